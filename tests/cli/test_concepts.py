"""`usermind concept`: the concepts from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.concept_images import again, drawing, encoded
from PIL import Image

from usermind import MemoryStore

Cli = Callable[..., Any]


@pytest.fixture
def bo(cli: Cli) -> Cli:
    done = cli("concept", "add", "bo", "Bo", "--category", "dog", "--set", "eats=salmon")
    assert done.exit_code == 0, done.stderr
    assert "Bo is a dog" in done.stdout
    return cli


def record(cli: Cli, key: str) -> dict[str, Any]:
    shown = cli("concept", "show", key, "--json")
    assert shown.exit_code == 0, shown.stderr
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def test_a_concept_is_added_edited_and_listed(bo: Cli) -> None:
    edited = bo(
        "concept", "edit", "bo", "--alias", "Bobo", "--set", "weighs=9 kg", "--set", "eats="
    )
    assert edited.exit_code == 0
    assert record(bo, "bo")["attributes"] == {"weighs": "9 kg"}
    assert record(bo, "bo")["aliases"] == ["Bobo"]
    assert "9 kg" in bo("concept", "list").stdout


@pytest.mark.parametrize("change", ["eats", "eats=", " eats = "])
def test_an_attribute_without_a_value_is_taken_away(bo: Cli, change: str) -> None:
    assert bo("concept", "edit", "bo", "--set", change).exit_code == 0
    assert record(bo, "bo")["attributes"] == {}


@pytest.mark.parametrize(
    "call",
    [
        ["list"],
        ["show", "bo"],
        ["edit", "bo", "--name", "Rex"],
        ["delete", "bo"],
        ["undo"],
        ["forget", "bo", "--yes"],
        ["recognise", "nowhere.png"],
    ],
    ids=lambda call: call[0],
)
def test_a_mistyped_user_is_told_and_not_taken_for_one_without_concepts(
    bo: Cli, call: list[str]
) -> None:
    done = bo("concept", *call, "--user", "anna")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No memory is stored for user 'anna'" in done.stderr
    assert record(bo, "bo")["name"] == "Bo"


def test_a_conversation_answers_from_a_concept(bo: Cli) -> None:
    said = bo("chat", said="What does Bo eat?\nAnd who is he?\nThanks!\n")
    assert said.exit_code == 0
    assert said.stdout.count("salmon") == 2


def test_edits_are_taken_back_one_by_one(bo: Cli) -> None:
    assert bo("concept", "rename", "bo", "rex").exit_code == 0
    assert bo("concept", "delete", "rex").exit_code == 0
    assert "delete rex" in bo("concept", "undo").stdout
    assert "rename bo, rex" in bo("concept", "undo").stdout
    assert record(bo, "bo")["name"] == "Bo"
    bo("concept", "undo")
    assert "nothing to undo" in bo("concept", "undo").stderr


def test_two_concepts_are_merged_and_split(bo: Cli) -> None:
    bo("concept", "add", "pup", "Pup", "--set", "born=2020")
    assert bo("concept", "merge", "bo", "pup").exit_code == 0
    assert record(bo, "bo")["attributes"] == {"born": "2020", "eats": "salmon"}
    assert bo("concept", "split", "bo", "pup", "Pup", "--set", "born").exit_code == 0
    assert record(bo, "pup")["attributes"] == {"born": "2020"}


def test_a_forgotten_concept_is_gone_for_good(bo: Cli) -> None:
    assert bo("concept", "forget", "bo", said="n\n").exit_code == 1
    done = bo("concept", "forget", "bo", "--yes")
    assert done.exit_code == 0
    assert "Forgotten: 1 concept." in done.stdout
    assert "nothing of it is left" in done.stdout
    assert "No concepts yet" in bo("concept", "list").stderr


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["add", "bo", "Rex"], "already"),
        (["show", "rex"], "'rex'"),
        (["show", "rex"], "`usermind concept list` lists the concepts"),
        (["edit", "bo"], "not said what to change"),
        (["edit", "bo", "--set", "=salmon"], "equals sign"),
        (["edit", "bo", "--set", "weighs"], "'bo' has no attribute 'weighs'"),
        (["edit", "bo", "--set", "weighs="], "`usermind concept show 'bo'`"),
        (["edit", "bo", "--relation", "owned by"], '--relation "owned by=tobias"'),
        (["edit", "bo", "--relation", "owned by=nobody"], "no concept"),
        (["add", "rex", "Rex", "--set", "eats"], "equals sign"),
        (["split", "bo", "rex", "Rex", "--set", "weighs"], "'bo' has no attribute 'weighs'"),
        (["merge", "bo", "bo"], "itself"),
        (["add", "x", " "], "empty"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_wrong_call_says_what_to_do_and_changes_nothing(
    bo: Cli, call: list[str], said: str
) -> None:
    done = bo("concept", *call)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert record(bo, "bo")["attributes"] == {"eats": "salmon"}


def test_a_picture_is_kept_with_consent_and_recognised(bo: Cli, tmp_path: Path) -> None:
    known, same, other = (tmp_path / name for name in ("bo.png", "again.jpg", "other.png"))
    known.write_bytes(encoded(drawing(1)))
    same.write_bytes(again(1))
    other.write_bytes(encoded(drawing(3)))
    refused = bo("concept", "picture", "bo", known)
    assert refused.exit_code == 1
    assert "consent" in refused.stderr
    assert bo("concept", "picture", "bo", known, "--consent").exit_code == 0
    assert bo("concept", "recognise", same).stdout.startswith("bo, ")
    assert "no concept" in bo("concept", "recognise", other).stderr
    assert bo("concept", "recognise", tmp_path / "nix.png").exit_code == 1


def test_a_picture_on_which_nothing_is_to_be_seen_is_kept_and_doubted(
    bo: Cli, tmp_path: Path
) -> None:
    good, grey, tiny = (tmp_path / name for name in ("bo.png", "grey.png", "tiny.png"))
    good.write_bytes(encoded(drawing(1)))
    grey.write_bytes(encoded(Image.new("RGB", (280, 280), "grey")))
    tiny.write_bytes(encoded(drawing(1).resize((31, 31))))
    for path, doubted in ((good, False), (grey, True), (tiny, True)):
        done = bo("concept", "picture", "bo", path, "--consent")
        assert done.exit_code == 0
        assert ("will hardly be known" in done.stderr) is doubted
    assert len(record(bo, "bo")["images"]) == 3


def test_a_broken_picture_records_no_consent(bo: Cli, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(encoded(drawing(1))[:200])
    assert bo("concept", "picture", "bo", broken, "--consent").exit_code == 1
    assert record(bo, "bo")["consent"] is False


def test_pictures_are_listed_removed_and_forgotten(bo: Cli, tmp_path: Path) -> None:
    for seed in (1, 2):
        known = tmp_path / f"{seed}.png"
        known.write_bytes(encoded(drawing(seed)))
        assert bo("concept", "picture", "bo", known, "--consent").exit_code == 0
    first, second = record(bo, "bo")["images"]
    shown = json.loads(bo("concept", "picture", "bo", "--json").stdout)
    assert [each["id"] for each in shown] == [first, second]
    assert bo("concept", "picture", "bo", "--remove", first).exit_code == 0
    assert record(bo, "bo")["images"] == [second]
    done = bo("concept", "picture", "bo", "--forget", first, "--yes")
    assert "Forgotten: 1 picture" in done.stdout
    assert bo("concept", "picture", "bo", known, "--remove", second).exit_code == 1
    assert bo("concept", "edit", "bo", "--no-consent").exit_code == 0
    assert (record(bo, "bo")["images"], record(bo, "bo")["consent"]) == ([], False)
    assert "No pictures" in bo("concept", "picture", "bo").stderr


def test_what_was_denied_is_listed_and_taken_back(bo: Cli, folder: Path) -> None:
    with MemoryStore(folder, embedder="lexical") as store:
        store.user("ana").pictures.not_of("bo", encoded(drawing(1)))
    [denial] = json.loads(bo("concept", "denied", "bo", "--json").stdout)
    assert denial["id"] in bo("concept", "denied", "bo").stdout
    assert bo("concept", "denied", "bo", "--remove", "n0").exit_code == 1
    assert bo("concept", "denied", "bo", "--remove", denial["id"]).exit_code == 0
    assert json.loads(bo("concept", "denied", "bo", "--json").stdout) == []


def test_what_was_deleted_is_named_with_a_private_topic_and_forgotten_by_id(bo: Cli) -> None:
    assert bo("concept", "delete", "bo").exit_code == 0
    assert "usermind memory forget c1 " in bo("private", "add", "salmon").stderr
    refused = bo("memory", "forget", "c1", said="n\n")
    assert refused.exit_code == 1
    assert "'Bo', which was deleted" in refused.stdout + refused.stderr
    assert "Forgotten: 1 concept" in bo("memory", "forget", "c1", "--yes").stdout
    assert "nothing to undo" in bo("concept", "undo").stderr


def test_what_was_deleted_is_forgotten_from_the_terminal(bo: Cli) -> None:
    assert bo("concept", "edit", "bo", "--set", "eats=").exit_code == 0
    done = bo("concept", "forget", "bo", "--set", "eats", "--yes")
    assert "Forgotten: 1 attribute" in done.stdout
    assert bo("concept", "delete", "bo").exit_code == 0
    assert "Forgotten: 1 concept" in bo("concept", "forget", "bo", "--yes").stdout
    assert bo("concept", "forget", "bo", "--yes").exit_code == 1
