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
    assert "the verdict on 'Alien (1979)' with 1 message (o4)" in asked.stdout + asked.stderr
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


# -- what a deletion takes and leaves ---------------------------------------------------------


def judged(folder: Path) -> None:
    """Let ana judge two films in one message, and one of them in another."""
    with MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        both = str(ana.observe("I loved Heat and hated Alien.").id)
        ana.feedback.record("6", "Heat (1995)", 1, observation=both)
        ana.feedback.record("1214", "Alien (1979)", -1, observation=both)
        ana.remember("Ana loved Heat.", evidence=both)
        ana.remember("Ana hated Alien.", evidence=both)
        ana.observe("Tom said that Heat is long.")


def test_it_is_said_before_and_after_what_goes_and_what_stays(cli: Cli, folder: Path) -> None:
    judged(folder)
    asked = cli("feedback", "forget", "6", said="n\n")
    assert "with 1 message (o1) and 1 claim (p1)" in asked.stdout + asked.stderr
    assert "what else" not in asked.stdout + asked.stderr
    gone = cli("feedback", "forget", "6", "--yes")
    assert "Forgotten: 1 claim, 1 message, 1 verdict" in gone.stdout
    assert "What was said of other items stays, in messages of its own: v2." in gone.stdout
    assert "Its title still stands in o2. `usermind memory forget o2` takes it" in gone.stdout
    assert [(each["item_id"], each["own"]) for each in listed(cli)] == [("1214", True)]
    assert "Ana hated Alien." in cli("memory", "list").stdout
    assert "I did not like “Alien (1979)”." in cli("memory", "explain", "p2").stdout


def test_what_else_a_message_says_is_named_before_it_goes(cli: Cli, folder: Path) -> None:
    judged(folder)
    with MemoryStore(folder, embedder="lexical") as store:
        store.user("ana").remember("Ana lives in Oslo.", evidence="o1")
    asked = cli("feedback", "forget", "6", said="n\n")
    assert "what else these messages say (p3: Ana lives in Oslo.)" in asked.stdout + asked.stderr


def test_what_was_shown_beside_it_is_said_to_stay(cli: Cli, folder: Path) -> None:
    with MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        reply = str(ana.observe("Heat or Alien?", author="assistant").id)
        ana.feedback.shown([("6", "Heat (1995)"), ("1214", "Alien (1979)")], observation=reply)
    gone = cli("feedback", "forget", "6", "--yes", "--json")
    receipt = json.loads(gone.stdout)
    assert (receipt["exposures"], receipt["kept"]) == (["x1"], ["x2"])
    told = cli("feedback", "forget", "1214", "--yes").stdout
    assert "1 recommendation" in told
    assert "shown stays" not in told


def test_forgetting_a_message_says_first_which_verdicts_go_with_it(cli: Cli, folder: Path) -> None:
    judged(folder)
    asked = cli("memory", "forget", "o1", said="n\n")
    assert "what was said there of Heat (1995), Alien (1979)" in asked.stdout + asked.stderr
    by_claim = cli("memory", "forget", "p1", said="n\n")
    assert "what was said there" not in by_claim.stdout + by_claim.stderr


# -- which item ------------------------------------------------------------------------------


@pytest.fixture
def films(cli: Cli, tmp_path: Path) -> Cli:
    """The command line, with a catalogue."""
    titles = {
        "6": "Heat (1995)", "9": "Frost (1972)", "10": "Frost (1995)", "12": "Lantern, The (1999)",
        "300": "Second Dawn (2020)", "77": "300 (2007)", "88": "Inception (2010)",
    }  # fmt: skip
    file = tmp_path / "films.jsonl"
    lines = (json.dumps({"id": id_, "title": title}) for id_, title in titles.items())
    file.write_text("\n".join(lines))
    assert cli("catalogue", "load", file).exit_code == 0
    return cli


@pytest.mark.parametrize(
    ("item", "id_", "title"),
    [
        ("6", "6", "Heat (1995)"),
        ("heat", "6", "Heat (1995)"),
        ("Heat (1995)", "6", "Heat (1995)"),
        ("frost 1972", "9", "Frost (1972)"),
        ("the lantern", "12", "Lantern, The (1999)"),
        ("300", "300", "Second Dawn (2020)"),
        ("300 (2007)", "77", "300 (2007)"),
    ],
)
def test_an_item_goes_by_its_id_or_its_title(item: str, id_: str, title: str, films: Cli) -> None:
    added = films("feedback", "add", item, "--liked")
    assert (added.exit_code, added.stderr) == (0, "")
    assert added.stdout == f"v1: Liked {title} (+1.0).\n"
    assert [(each["item_id"], each["title"]) for each in listed(films)] == [(id_, title)]


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("Hea", "no item 'Hea' in the catalogue"),
        ("Hea", "Did you mean Heat (1995), id 6?"),
        ("Incpetion", "Did you mean Inception (2010), id 88?"),
        ("heat 1986", "Did you mean Heat (1995), id 6?"),
        ("Frost", "Frost (1972), id 9; Frost (1995), id 10"),
        ("999999", "catalogue search"),
    ],
)
def test_what_is_no_item_is_refused_with_what_may_be_meant(
    item: str, told: str, films: Cli
) -> None:
    refused = films("feedback", "add", item, "--liked")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert told in refused.stderr
    assert films("feedback", "list").exit_code == 1  # no memory was begun


def test_an_id_and_a_title_that_do_not_agree_are_refused(films: Cli) -> None:
    for item, title in (("6", "Frost (1995)"), ("Heat", "Inception"), ("6", "Zardoz")):
        refused = films("feedback", "add", item, "--title", title, "--liked")
        assert refused.exit_code == 1
        assert "Nothing was kept" in refused.stderr
    mistyped = films("feedback", "add", "60", "--title", "Heat (1995)", "--liked")
    assert "Did you mean Heat (1995), id 6?" in mistyped.stderr
    agreed = films("feedback", "add", "6", "--title", "heat", "--liked")
    assert agreed.stdout == "v1: Liked Heat (1995) (+1.0).\n"


def test_without_a_catalogue_a_title_is_needed_and_nothing_is_checked(
    cli: Cli, folder: Path, tmp_path: Path
) -> None:
    refused = cli("feedback", "add", "Heat", "--liked")
    assert refused.exit_code == 2
    assert "--title" in refused.stderr
    assert not folder.exists()
    added = cli("feedback", "add", "hm", "--title", "Heat (1995)", "--liked")
    assert added.stdout == "v1: Liked Heat (1995) (+1.0).\n"
    assert "not checked" in added.stderr
    named = cli("feedback", "add", "hm", "--title", "Heat", "--liked", "--catalogue", tmp_path)
    assert named.exit_code == 1
    assert "There is no catalogue in" in named.stderr
