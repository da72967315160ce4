"""`usermind catalogue fit`: a recommender that is trained, from its name to what it recommends."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from usermind.tools.catalogue import MODELS
from usermind.tools.recommenders import checkpoint

Cli = Callable[..., Any]
HALF = 12
"""Red things, and as many blue ones; nobody likes both."""


def _lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def things(cli: Cli, tmp_path: Path) -> Cli:
    """Things of which each person likes those of one colour, one after the other."""
    items = _lines(
        tmp_path / "items.jsonl",
        [{"id": str(n), "title": f"Thing {n}"} for n in range(2 * HALF)],
    )
    events = _lines(
        tmp_path / "events.jsonl",
        [
            {"user": f"u{u}", "item": str(HALF * (u % 2) + (u + t) % HALF), "rating": 5,
             "time": 1_700_000_000 + 1000 * t}
            for u in range(60)
            for t in range(6)
        ],
    )  # fmt: skip
    done = cli("catalogue", "load", items, "-i", events, "--things", "thing", "--no-fit")
    assert done.exit_code == 0, done.stderr
    return cli


def _roles(cli: Cli) -> dict[str, str]:
    return dict(json.loads(cli("catalogue", "status", "--json").stdout)["roles"])


@pytest.mark.torch
def test_what_was_trained_by_name_is_saved_and_recommends(things: Cli, folder: Path) -> None:
    done = things("catalogue", "fit", "--taste", "lightgcn", "--epochs", "40", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["fitted"]["taste"] == "lightgcn"
    assert _roles(things)["taste"] == "lightgcn"
    assert "Ranks by: lightgcn for taste, " in things("catalogue", "status").stdout
    assert not list((folder / "catalogue" / MODELS).glob("*.training"))
    near = json.loads(things("recommend", "--like", "Thing 3", "-n", "5", "--json").stdout)
    assert {int(each["id"]) < HALF for each in near["recommendations"]} == {True}


@pytest.mark.torch
def test_what_was_trained_once_is_trained_anew_until_another_is_named(
    things: Cli, tmp_path: Path
) -> None:
    trained = things("catalogue", "fit", "--sequence", "sequential", "--epochs", "1")
    assert "sequential for sequence" in trained.stdout
    more = _lines(tmp_path / "more.jsonl", [{"id": "77", "title": "Thing 77"}])
    assert things("catalogue", "load", more).exit_code == 0
    assert _roles(things) | {"taste": "ease", "sequence": "sequential"} == _roles(things)
    assert things("catalogue", "fit", "--taste", "graph-filter").exit_code == 0
    assert _roles(things) | {"taste": "graph filter", "sequence": "sequential"} == _roles(things)
    assert things("catalogue", "fit", "--sequence", "transitions").exit_code == 0
    assert _roles(things) | {"taste": "ease", "sequence": "transitions"} == _roles(things)
    refused = things("catalogue", "fit", "--epochs", "3")
    assert refused.exit_code == 1
    assert "nothing here is trained" in refused.stderr


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Send a Ctrl-C at the first step of a training; what was told of how far it is."""
    steps: list[int] = []

    @contextmanager
    def bar(doing: str) -> Iterator[Callable[[int, int], None]]:
        def advance(done: int, total: int) -> None:
            steps.append(done)
            if 3 < done < total and len(steps) < 10:
                os.kill(os.getpid(), signal.SIGINT)

        yield advance

    monkeypatch.setattr("usermind.cli.fitting.bar", bar)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # nohup would ignore it
    yield steps
    signal.signal(signal.SIGINT, before)


@pytest.mark.torch
def test_a_training_that_is_stopped_is_kept_and_goes_on(
    things: Cli, folder: Path, interrupted: list[int]
) -> None:
    stopped = things("catalogue", "fit", "--taste", "lightgcn")
    assert (stopped.exit_code, stopped.stdout) == (130, ""), stopped.stderr
    assert "the training of lightgcn: the same command goes on with it." in stopped.stderr
    models = folder / "catalogue" / MODELS
    (kept,) = models.glob("*.training")
    state = checkpoint.read(kept)
    assert state is not None
    assert (state.epoch, state.step) != (0, 0)
    told = things("catalogue", "status")
    assert "Training stopped: lightgcn; the same fit goes on with it" in told.stdout
    assert things("catalogue", "fit").exit_code == 0  # by what suits, and leaves it where it is
    assert list(models.glob("*.training")) == [kept]

    interrupted[:] = [0] * 10  # from now on nobody interrupts
    done = things("catalogue", "fit", "--taste", "lightgcn", "--epochs", str(state.epoch + 1))
    assert done.exit_code == 0, done.stderr
    assert not list(models.glob("*.training"))
    assert _roles(things)["taste"] == "lightgcn"


@pytest.mark.torch
def test_a_training_that_is_stopped_is_given_up_where_another_is_named(
    things: Cli, folder: Path, interrupted: list[int]
) -> None:
    assert things("catalogue", "fit", "--taste", "lightgcn").exit_code == 130
    models = folder / "catalogue" / MODELS
    assert list(models.glob("lightgcn-*.training"))

    interrupted.clear()
    other = things("catalogue", "fit", "--sequence", "sequential")
    assert other.exit_code == 130
    assert "lightgcn" not in other.stderr  # which that command does not go on with
    assert "Training stopped: lightgcn" in things("catalogue", "status").stdout

    interrupted[:] = [0] * 10  # from now on nobody interrupts
    assert things("catalogue", "fit", "--taste", "ease").exit_code == 0
    assert not list(models.glob("lightgcn-*.training"))
    assert "lightgcn" not in things("catalogue", "status").stdout


@pytest.mark.torch
def test_a_training_on_what_has_changed_since_begins_anew(
    things: Cli, folder: Path, tmp_path: Path, interrupted: list[int]
) -> None:
    assert things("catalogue", "fit", "--taste", "lightgcn").exit_code == 130
    (before,) = (folder / "catalogue" / MODELS).glob("*.training")
    more = _lines(tmp_path / "more.jsonl", [{"id": "77", "title": "Thing 77"}])
    assert things("catalogue", "load", more, "--no-fit").exit_code == 0
    interrupted.clear()
    assert things("catalogue", "fit", "--taste", "lightgcn").exit_code == 130
    (after,) = (folder / "catalogue" / MODELS).glob("*.training")
    assert after != before


def test_what_learns_from_people_is_refused_where_nobody_did_anything(
    cli: Cli, tmp_path: Path
) -> None:
    items = _lines(tmp_path / "items.jsonl", [{"id": "1", "title": "Thing"}])
    assert cli("catalogue", "load", items, "--no-fit").exit_code == 0
    refused = cli("catalogue", "fit", "--taste", "lightgcn")
    assert refused.exit_code == 1
    assert "nobody has done anything yet" in refused.stderr
    events = _lines(tmp_path / "events.jsonl", [{"user": "a", "item": "1", "rating": 5}])
    assert cli("catalogue", "load", items, "-i", events, "--no-fit").exit_code == 0
    untimed = cli("catalogue", "fit", "--sequence", "transitions")
    assert untimed.exit_code == 1
    assert "of one moment" in untimed.stderr
