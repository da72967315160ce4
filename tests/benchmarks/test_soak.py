"""The soak finds what it is there to find."""

import argparse
import json
import socket
from pathlib import Path

import pytest
from benchmarks import soak

from usermind import MemoryStore
from usermind.graphs.journaling import reply_id

TURNS = 6


def closed_port() -> int:
    """Return a port at which nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_turns_of_two_processes_that_are_killed_are_all_found_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{closed_port()}/v1"  # the model is down all the time
    soak.main(
        [
            *("--model", url, "--turns", str(TURNS), "--users", "2", "--processes", "2"),
            *("--kill-every", "1", "--json", str(tmp_path / "figures.json")),
        ]
    )
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert figures["kills"] > 0
    assert figures["turns"] == figures["model down"]["turns"] == TURNS
    assert figures["wrong"] == []
    assert '"answered"' not in capsys.readouterr().out


@pytest.fixture
def options(tmp_path: Path) -> argparse.Namespace:
    """A store in which all is as it was answered."""
    given = soak.options_of(["--model", "http://localhost", "--turns", str(TURNS), "--users", "2"])
    given.store = tmp_path / "store"
    with MemoryStore(given.store) as store:
        for turn in range(TURNS):
            memory = store.user(soak.user_of(turn, users=2, processes=given.processes))
            name = soak.message_id(turn)
            memory.observe(soak.said(turn), external_id=name)
            memory.observe(f"Reply {turn}.", author="assistant", external_id=reply_id(name))
        for name in store.users():
            store.user(name).reflect()
    return given


def answers(count: int = TURNS) -> list[soak.Answered]:
    """What the processes wrote down."""
    return [soak.Answered(turn, 0.1, f"Reply {turn}.", 1_000, 0) for turn in range(count)]


def test_a_store_with_all_of_it_has_nothing_wrong(options: argparse.Namespace) -> None:
    assert soak.checked(options, answers()) == []


def test_what_is_lost_doubled_changed_or_due_is_told(options: argparse.Namespace) -> None:
    with MemoryStore(options.store) as store:
        first = store.user("user-0")
        [lost] = [each for each in first.observations(limit=99) if each.external_id == "m1"]
        first.forget(observations=[lost.id])
        first.observe("Nobody said this.", external_id="m99")
        first.observe(soak.said(2), external_id="m2", source="mail")
    told = soak.checked(options, answers())
    assert "user-0, m1: stands 0 times" in told
    assert "user-0, m2: stands 2 times" in told
    assert "user-0: holds m99 of another" in told
    assert any("are still due" in each for each in told)


def test_a_turn_without_an_answer_and_one_with_two_are_told(options: argparse.Namespace) -> None:
    both = [*answers(), answers()[-1]]
    assert f"turn {TURNS - 1}: 2 answers" in soak.checked(options, both)
    other = [*answers(TURNS - 1), soak.Answered(TURNS - 1, 0.1, "Another.", 1_000, 0)]
    assert any("another reply is kept" in each for each in soak.checked(options, other))
