"""`usermind entities` and `usermind profile` from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_searches_are_counted_listed_and_forgotten(cli: Cli) -> None:
    for number in (1, 2):
        added = cli("entities", "add", "flights to Lisbon", "--id", f"s{number}")
        assert added.exit_code == 0, added.stderr
    listed = json.loads(cli("entities", "list", "--json").stdout)
    lisbon = next(each for each in listed if "lisbon" in each["name"].lower())
    assert lisbon["count"] == 2
    assert cli("entities", "forget", lisbon["name"], "--yes").exit_code == 0
    left = json.loads(cli("entities", "list", "--json").stdout)
    assert lisbon["name"] not in [each["name"] for each in left]


def test_an_entity_that_is_not_there_is_named_in_the_error(known: Cli) -> None:
    done = known("entities", "forget", "Atlantis", "--yes")
    assert done.exit_code == 1
    assert "Atlantis" in done.stderr


@pytest.mark.parametrize("call", [["link"], ["add", "hotels in NYC"]], ids=lambda call: call[0])
@pytest.mark.parametrize("made", [False, True], ids=["missing", "of something else"])
def test_a_folder_without_public_entities_is_told_and_not_made(
    known: Cli, tmp_path: Path, call: list[str], made: bool
) -> None:
    place = tmp_path / "no kb"
    if made:
        place.mkdir()
    done = known("entities", *call, "--knowledge", place)
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"entities load FILE --knowledge '{place}'" in done.stderr
    assert list(tmp_path.glob("no kb*")) == ([place] if made else [])
    assert not made or list(place.iterdir()) == []


def test_public_entities_are_linked_and_an_emptied_base_says_so(known: Cli, tmp_path: Path) -> None:
    pytest.importorskip("chromadb")
    places, kb = tmp_path / "places.jsonl", tmp_path / "kb"
    places.write_text('{"id": "Q60", "name": "New York City", "aliases": ["NYC"]}\n')
    assert known("entities", "load", places, "--knowledge", kb).exit_code == 0
    for number, text in enumerate(("hotels in NYC", "flights to New York City")):
        known("entities", "add", text, "--id", number)
    done = known("entities", "link", "--knowledge", kb)
    assert done.exit_code == 0, done.stderr
    assert "Q60" in known("entities", "list").stdout
    places.write_text("")
    assert known("entities", "load", places, "--knowledge", kb, "--prune").exit_code == 0
    empty = known("entities", "link", "--knowledge", kb)
    assert empty.exit_code == 1
    assert "no public entities" in empty.stderr


@pytest.mark.parametrize(
    "call", [("entities", "list"), ("entities", "link", "--knowledge", "x"), ("private", "list")]
)
def test_a_mistyped_user_is_told(known: Cli, call: tuple[str, ...]) -> None:
    done = known(*call, "--user", "anna")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No memory is stored for user 'anna'" in done.stderr


def test_a_profile_names_the_messages_it_rests_on(known: Cli) -> None:
    shown = json.loads(known("profile", "show", "--task", "cooking", "--json").stdout)
    claims = {claim["text"]: claim["cites"] for claim in shown["claims"]}
    assert any("walnuts" in text for text in claims)
    assert all(claims.values())


def test_how_the_user_writes_is_shown(known: Cli) -> None:
    shown = known("profile", "style")
    assert shown.exit_code == 0
    assert "Typical length: 5 words." in shown.stdout


def test_nothing_known_is_said_so(cli: Cli) -> None:
    cli("concept", "add", "bo", "Bo")
    assert "Nothing is known yet" in cli("profile", "show").stderr
    assert "no message" in cli("profile", "style").stderr


def test_a_model_finds_what_rules_do_not_and_is_believed_where_the_text_says_it(
    cli: Cli, endpoint: Any
) -> None:
    endpoint.learning = json.dumps({"names": ["running shoes", "Atlantis"]})
    text = "cheap running shoes for wet hills"
    result = cli("entities", "add", text, "--model", endpoint.url)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "Counted running shoes (1).\n"
    assert endpoint.learns.is_set()


def test_where_the_model_is_down_the_rules_count(cli: Cli) -> None:
    result = cli("entities", "add", "flights to Lisbon", "--model", "http://127.0.0.1:9/v1")
    assert result.exit_code == 0
    assert "Lisbon" in result.stdout
