"""`usermind profile best` and `show --as-of` from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind.memory.summary import RULES

Cli = Callable[..., Any]

LATER = ("The opera on Friday was wonderful.", "They play the opera by Verdi.")
OTHERS = ("The printer upstairs is broken again.", "My car needs new tyres.")


@pytest.fixture
def written(cli: Cli) -> Cli:
    """Ana's opinions of January, notes of February, and of March the opera; Bob writes, too."""
    lines = [
        {"text": text, "id": f"m{number}", "at": f"2025-01-{number + 1:02}T09:00:00+00:00"}
        for number, text in enumerate(("I love opera.", "I live in Oslo.", "I hate rain."))
    ]
    lines += [
        {"text": f"A plain note, number {day}.", "id": f"n{day}",
         "at": f"2025-02-{day:02}T09:00:00+00:00"}
        for day in range(1, 29)
    ]  # fmt: skip
    for day in range(1, 13):
        at = f"2025-03-{day:02}T09:00:00+00:00"
        own, other = LATER[day % 2], OTHERS[day % 2]
        lines.append({"text": f"{own} Day {day}.", "id": f"l{day}", "at": at})
        lines.append({"text": f"{other} Day {day}.", "id": f"b{day}", "at": at, "author": "Bob"})
    assert cli("ingest", "-", said="\n".join(map(json.dumps, lines))).exit_code == 0
    assert cli("reflect").exit_code == 0
    return cli


def test_the_best_profile_is_shown_with_the_scores_of_all(written: Cli) -> None:
    done = written("profile", "best", "--task", "an evening out", "--n", "5")
    assert done.exit_code == 0, done.stderr
    assert f"{RULES}, brief" in done.stdout
    assert "judged by 10 later messages" in " ".join(done.stdout.split())
    assert "opera" in done.stdout


def test_scores_claims_and_the_kept_profile_are_given_as_json(written: Cli, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    done = written("profile", "best", "--n", "8", "--pairs", path, "--json")
    found = json.loads(done.stdout)
    assert len(found["candidates"]) == 8
    assert found["candidates"] == sorted(found["candidates"], key=lambda each: -each["score"])
    assert found["until"] < "2025-03-03T09:00"
    assert found["profile"]["id"].startswith("f")
    assert found["pairs"] == (len(path.read_text().splitlines()) if path.exists() else 0)


def test_a_file_of_pairs_that_exists_is_left_alone(written: Cli, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text("mine")
    done = written("profile", "best", "--pairs", path)
    assert done.exit_code == 1
    assert "exists already" in done.stderr
    assert path.read_text() == "mine"


def test_with_too_little_history_the_plain_profile_is_named_instead(known: Cli) -> None:
    done = known("profile", "best")
    assert done.exit_code == 1
    assert "too little" in done.stderr
    assert "usermind profile show" in " ".join(done.stderr.split())


def test_a_profile_can_be_shown_as_of_a_day(written: Cli) -> None:
    january = json.loads(written("profile", "show", "--as-of", "2025-01-02", "--json").stdout)
    assert [claim["text"] for claim in january["claims"]] == ["Ana loves opera."]
    before = written("profile", "show", "--as-of", "2024-12-31")
    assert "Nothing was known by 31 Dec 2024" in before.stderr
