"""`usermind feedback` from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind import MemoryStore

Cli = Callable[..., Any]


def listed(cli: Cli, command: str = "list") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cli("feedback", command, "--json").stdout)
    return found


@pytest.mark.parametrize(
    ("how", "weight", "told"),
    [
        (["--liked"], 1.0, "v1: Liked Alien (1979) (+1.0).\n"),
        (["--disliked"], -1.0, "v1: Did not like Alien (1979) (-1.0).\n"),
        (["--weight", "-0.5"], -0.5, "v1: Did not like Alien (1979) (-0.5).\n"),
        (["--weight", "0"], 0.0, "v1: Neither liked nor disliked Alien (1979) (+0.0).\n"),
    ],
    ids=["liked", "disliked", "weight", "neither"],
)
def test_a_verdict_is_kept_and_listed(how: list[str], weight: float, told: str, cli: Cli) -> None:
    added = cli("feedback", "add", "1214", "--title", "Alien (1979)", *how)
    assert (added.exit_code, added.stdout) == (0, told), added.stderr
    [event] = listed(cli)
    assert (event["item_id"], event["title"], event["weight"]) == ("1214", "Alien (1979)", weight)
    table = cli("feedback", "list").stdout
    assert "Alien (1979)" in table
    assert "v1" in table


@pytest.mark.parametrize(
    "how", [[], ["--liked", "--disliked"], ["--liked", "--weight", "1"], ["--weight", "2"]], ids=str
)
def test_exactly_one_verdict_is_asked_for(how: list[str], cli: Cli, folder: Path) -> None:
    done = cli("feedback", "add", "1214", "--title", "Alien", *how)
    assert done.exit_code == 2
    assert not folder.exists()


def test_what_is_said_is_learnt_and_forgotten_with_the_item(known: Cli) -> None:
    known("feedback", "add", "1214", "--title", "Alien (1979)", "--liked", "--id", "r1")
    known("feedback", "add", "1214", "--title", "Alien (1979)", "--liked", "--id", "r1")
    known("feedback", "add", "6", "--title", "Heat (1995)", "--disliked", "--words", "Too long.")
    assert [each["item_id"] for each in listed(known)] == ["6", "1214"]
    known("reflect")
    assert "Ana likes “Alien (1979)”" in known("memory", "list").stdout
    kept = known("feedback", "forget", "1214", said="n\n")
    assert kept.exit_code == 1
    gone = known("feedback", "forget", "1214", "--yes")
    assert gone.exit_code == 0, gone.stderr
    assert "Forgotten: 1 claim, 1 message" in gone.stdout
    assert "1 verdict" in gone.stdout
    assert "nothing of it is left" in gone.stdout
    assert [each["item_id"] for each in listed(known)] == ["6"]
    assert "Alien" not in known("memory", "list").stdout
    again = known("feedback", "add", "1214", "--title", "Alien (1979)", "--liked", "--id", "r1")
    assert "was forgotten" in again.stderr


def test_a_verdict_is_a_memory_like_others(known: Cli) -> None:
    known("feedback", "add", "1214", "--title", "Alien (1979)", "--liked")
    assert "v1: Liked Alien (1979)" in known("memory", "show", "v1").stdout
    assert "v1" in known("memory", "explain", "o4").stdout
    refused = known("memory", "correct", "v1", "Ana hates it.")
    assert refused.exit_code == 1
    assert "feedback add" in refused.stderr
    asked = known("memory", "forget", "v1", said="n\n")
    assert "the verdict on 'Alien (1979)' with the message o4" in asked.stdout + asked.stderr
    assert known("memory", "forget", "v1", "--yes").exit_code == 0
    assert listed(known) == []
    for command in (("memory", "show", "v1"), ("memory", "forget", "x1", "--yes")):
        missing = known(*command)
        assert missing.exit_code == 1
        assert "feedback" in missing.stderr


def test_what_was_shown_is_listed(known: Cli, folder: Path) -> None:
    with MemoryStore(folder, embedder="lexical") as store:
        store.user("ana").feedback.shown([("6", "Heat (1995)"), ("7", "Sabrina")], thread="t1")
        store.user("ana").feedback.shown([("8", "Alien")], thread="t2")
    assert [each["item_id"] for each in listed(known, "shown")] == ["8", "7", "6"]
    assert "Heat (1995)" in known("feedback", "shown", "--thread", "t1").stdout
    assert "Alien" not in known("feedback", "shown", "--thread", "t1").stdout
    assert "was shown" in known("memory", "show", "x1").stdout
    assert "1 recommendation" in known("memory", "forget", "x1", "--yes").stdout
    assert "1 recommendation" in known("feedback", "forget", "8", "--yes").stdout
    assert [each["item_id"] for each in listed(known, "shown")] == ["7"]


def test_a_private_topic_is_told(known: Cli) -> None:
    known("private", "add", "Alien")
    done = known("feedback", "add", "1214", "--title", "Alien (1979)", "--liked")
    assert done.exit_code == 1
    assert "private topic" in done.stderr
    assert listed(known) == []


def test_nothing_said_and_a_mistyped_user_are_told(known: Cli) -> None:
    assert "feedback add" in known("feedback", "list").stderr
    assert "No item was shown" in known("feedback", "shown").stderr
    missing = known("feedback", "forget", "1214", "--yes")
    assert missing.exit_code == 1
    assert "feedback list" in missing.stderr
    for command in (("list",), ("shown",), ("forget", "1214", "--yes")):
        done = known("feedback", *command, "--user", "anna")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "No memory is stored for user 'anna'" in done.stderr
