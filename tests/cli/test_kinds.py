"""`usermind memory` over every kind: listed, searched, shown, explained, corrected, forgotten."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind.prompts import STYLE_CARD

Cli = Callable[..., Any]
IDS = {"proposition": "p1", "observation": "o1", "concept": "c1", "entity": "e1", "profile": "f1"}


@pytest.fixture
def full(known: Cli) -> Cli:
    """The same, with one concept, some entities and a profile."""
    made = known("concept", "add", "bo", "Bo", "--category", "dog", "--set", "eats=smoked herring")
    assert made.exit_code == 0
    assert known("entities", "add", "flights to Lisbon", "--id", "s1").exit_code == 0
    assert known("profile", "show", "--task", "cooking").exit_code == 0
    return known


@pytest.mark.parametrize("kind", IDS)
def test_each_kind_is_listed_and_its_ids_can_be_shown_and_explained(full: Cli, kind: str) -> None:
    told = full("memory", "list", "--kind", kind)
    assert told.exit_code == 0, told.stderr
    listed = json.loads(full("memory", "list", "--kind", kind, "--json").stdout)
    assert listed
    for each in listed:
        assert each["id"][0] == IDS[kind][0]
        assert each["id"] in told.stdout
        for command in ("show", "explain"):
            shown = full("memory", command, each["id"])
            assert (shown.exit_code, shown.stderr) == (0, "")
            assert shown.stdout.strip()
            assert json.loads(full("memory", command, each["id"], "--json").stdout)


def test_the_newest_of_all_kinds_are_listed(full: Cli) -> None:
    found = json.loads(full("memory", "list", "--kind", "all", "--json").stdout)
    assert {each["kind"] for each in found} == set(IDS)
    assert "smoked herring" in full("memory", "list", "--kind", "all").stdout
    assert len(json.loads(full("memory", "list", "--kind", "all", "-n", "2", "--json").stdout)) == 2


def test_the_same_is_listed_by_the_command_of_the_kind(full: Cli) -> None:
    for command, kind in (("concept", "concept"), ("entities", "entity"), ("profile", "profile")):
        own = full(command, "list", "--json").stdout
        assert own == full("memory", "list", "--kind", kind, "--json").stdout


@pytest.mark.parametrize("kind", ["concept", "entity", "profile"])
def test_where_there_is_none_of_a_kind_it_is_said(known: Cli, kind: str) -> None:
    for id_ in [each["id"] for each in json.loads(known("entities", "list", "--json").stdout)]:
        known("entities", "forget", id_, "--yes")
    told = known("memory", "list", "--kind", kind)
    assert (told.exit_code, told.stdout) == (0, "")
    assert "usermind " in told.stderr
    assert json.loads(known("memory", "list", "--kind", kind, "--json").stdout) == []


def test_a_search_goes_over_all_kinds_or_one(full: Cli) -> None:
    everything = json.loads(full("memory", "search", "what does Bo eat", "--json").stdout)
    assert everything[0]["id"] == "c1"
    only = full("memory", "search", "what does Bo eat", "--kind", "proposition", "--json").stdout
    assert {each["kind"] for each in json.loads(only)} == {"proposition"}
    assert full("memory", "search", "Lisbon", "--kind", "entity", "--json").stdout != "[]\n"


def test_two_kinds_at_once_and_the_past_of_what_has_none_are_refused(full: Cli) -> None:
    assert full("memory", "list", "messages", "--kind", "concept").exit_code == 2
    assert full("memory", "search", "Bo", "--only", "claims", "--kind", "entity").exit_code == 2
    assert full("memory", "list", "--kind", "concept", "--as-of", "2026-01-01").exit_code == 2


def test_a_message_says_what_rests_on_it(full: Cli) -> None:
    resting = json.loads(full("memory", "explain", "o2", "--json").stdout)["resting"]
    assert any(id_.startswith("p") for id_ in resting)
    assert "f1" in resting
    assert "walnuts" in full("memory", "explain", "o2").stdout


def test_what_is_no_claim_is_not_corrected_and_the_command_that_does_is_named(full: Cli) -> None:
    for id_, named in (
        ("o1", "usermind memory forget o1"),
        ("c1", "usermind concept edit bo"),
        ("e1", "usermind memory forget e1"),
        ("f1", "usermind memory correct ID TEXT"),
    ):
        for command in (("correct", id_, "Other words."), ("confirm", id_), ("pin", id_)):
            done = full("memory", *command)
            assert done.exit_code == 1
            assert f"{id_} is no claim, so nothing was changed" in done.stderr
            assert named in done.stderr
    assert "p" in full("memory", "correct", "f1", "x").stderr.split("one of ")[1]


@pytest.mark.parametrize("id_", ["c9", "e9", "f9", "x1", "p", "bo", "o1x", "e٣"])
@pytest.mark.parametrize("command", ["show", "explain", "forget", "pin"])
def test_an_id_that_is_none_is_told(full: Cli, command: str, id_: str) -> None:
    done = full("memory", command, id_, *(["--yes"] if command == "forget" else []))
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert id_ in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["show", "explain"])
def test_how_the_user_writes_is_shown_by_the_id_that_replies_list_it_under(
    known: Cli, command: str
) -> None:
    shown = known("memory", command, STYLE_CARD)
    assert shown.exit_code == 0
    assert f"{STYLE_CARD} is not kept" in shown.stderr
    assert shown.stdout == known("profile", "style").stdout
    as_json = json.loads(known("memory", command, "f0", "--json").stdout)
    assert as_json["messages"] == 3


def test_every_kind_is_forgotten_by_its_id_after_a_yes(full: Cli) -> None:
    lisbon = next(
        each["id"]
        for each in json.loads(full("entities", "list", "--json").stdout)
        if each["name"] == "Lisbon"
    )
    asked = full("memory", "forget", "c1", lisbon, "f1", said="n\n")
    assert asked.exit_code == 1
    for named in ("the concept 'Bo'", "the entity 'Lisbon'", "the profile for 'cooking'"):
        assert named in asked.stderr
    done = full("memory", "forget", "c1", lisbon, "f1", "--yes", "--json")
    receipt = json.loads(done.stdout)
    assert receipt["concepts"] == ["c1"]
    assert receipt["entities"] == [lisbon]
    assert receipt["profiles"] == ["f1"]
    assert receipt["observations"] == receipt["propositions"] == []
    assert full("concept", "show", "bo").exit_code == 1


def test_a_profile_is_refreshed_and_deleted_by_its_task(full: Cli) -> None:
    assert json.loads(full("profile", "refresh", "-t", "cooking", "--json").stdout)["id"] == "f2"
    assert [each["task"] for each in json.loads(full("profile", "list", "--json").stdout)] == [
        "cooking"
    ]
    assert "Forgotten: 1 profile" in full("profile", "delete", "cooking").stdout
    assert full("profile", "delete", "cooking").exit_code == 1
    claim = json.loads(full("memory", "list", "--json").stdout)[0]["id"]
    assert full("memory", "correct", claim, "Ana is allergic to hazelnuts.").exit_code == 0
    assert "hazelnuts" in full("profile", "show", "-t", "cooking").stdout


def test_public_entities_are_loaded_and_linked(cli: Cli, tmp_path: Path) -> None:
    file, place = tmp_path / "e.jsonl", tmp_path / "kb"
    file.write_text('{"id": "Q597", "name": "Lisbon", "aliases": ["Lisboa"]}\n', "utf-8")
    assert "1 added" in cli("entities", "load", file, "--knowledge", place).stdout
    again = json.loads(cli("entities", "load", file, "--knowledge", place, "--json").stdout)
    assert again == {"added": 0, "changed": 0, "unchanged": 1, "deleted": 0}
    cli("entities", "add", "flights to Lisboa", "--id", "s1")
    assert "Linked 1 name." in cli("entities", "link", "--knowledge", place).stdout
    cli("entities", "add", "hotels in Lisbon", "--id", "s2", "--knowledge", place)
    [lisbon] = json.loads(cli("entities", "list", "--json").stdout)
    assert (lisbon["name"], lisbon["link"], lisbon["count"]) == ("Lisbon", "Q597", 2)
    assert "public entity Q597" in cli("memory", "show", lisbon["id"]).stdout
    file.write_text('{"id": "Q1"}\n', "utf-8")
    wrong = cli("entities", "load", file, "--knowledge", place)
    assert wrong.exit_code == 1
    assert "row 1: name: Field required" in wrong.stderr


def test_what_was_shown_is_found_among_all_kinds_and_not_by_itself(full: Cli) -> None:
    assert full("feedback", "add", "1", "--title", "Quiet Engines", "--liked").exit_code == 0

    def ids(*options: str) -> set[str]:
        told = full("memory", "search", "Quiet Engines", *options, "--json").stdout
        return {hit["id"] for hit in json.loads(told)}

    assert "v1" in ids("--kind", "all")
    assert "v1" not in ids()
    assert "v1" in full("memory", "list", "--kind", "all").stdout
