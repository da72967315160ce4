"""`usermind entities` and `usermind profile` from a terminal."""

import json
from collections.abc import Callable
from typing import Any

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


def test_a_profile_names_the_messages_it_rests_on(known: Cli) -> None:
    shown = json.loads(known("profile", "show", "--task", "cooking", "--json").stdout)
    claims = {claim["text"]: claim["cites"] for claim in shown["claims"]}
    assert any("walnuts" in text for text in claims)
    assert all(claims.values())


def test_how_the_user_writes_is_shown(known: Cli) -> None:
    shown = known("profile", "style")
    assert shown.exit_code == 0
    assert shown.stdout.strip()


def test_nothing_known_is_said_so(cli: Cli) -> None:
    cli("concept", "add", "bo", "Bo")
    assert "Nothing is known yet" in cli("profile", "show").stderr
    assert "no message" in cli("profile", "style").stderr
