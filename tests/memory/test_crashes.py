"""Death at every step of what changes a memory: nothing is lost, nothing doubled, all can go on.

`crashing.py` does the killing; its docstring says how.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[[str], dict[str, Any]]

ONE_STEP = ("observe", "observe many", "observe what was forgotten", "confirm", "deny", "correct",
            "name a concept", "merge concepts", "search", "say of an item",
            "show items")  # fmt: skip
"""Done whole or not at all: between the two there is no state."""
ADDING = ("observe", "observe many", "observe what was forgotten", "embed", "remember",
          "remember what was forgotten", "confirm", "deny", "correct", "reflect",
          "name a concept", "merge concepts", "search", "say of an item",
          "show items")  # fmt: skip
FORGETTING = ("forget an observation", "forget a claim", "forget an item", "forget everything")
AGAIN = ("confirm", "deny", "correct")
"""What a user says twice is kept twice, as two versions of one claim."""


@pytest.fixture(scope="module")
def deaths() -> Iterator[Ask]:
    """Ask a warm process to kill its children at each step of an operation; once for each."""
    # A killed process leaves its pages to the system: a disk adds waiting and no danger.
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    script = Path(__file__).with_name("crashing.py")
    killer = subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killer.stdin
    assert killer.stdout
    asked, answers = killer.stdin, killer.stdout
    assert answers.readline() == "ready\n"

    @cache
    def ask(operation: str) -> dict[str, Any]:
        place = folder / operation
        place.mkdir()
        print(json.dumps([operation, str(place)]), file=asked, flush=True)
        answer: dict[str, Any] = json.loads(answers.readline() or "{}")
        assert "deaths" in answer, answer.get("error", "the killer itself died; see its stderr")
        return answer

    yield ask
    killer.kill()
    killer.communicate()
    shutil.rmtree(folder)


def values(seen: dict[str, Any], user: str, table: str) -> Counter[str]:
    return Counter((seen[user] or {}).get(table, []))


@pytest.mark.parametrize("operation", [*ADDING, *FORGETTING, "observe in a new store"])
def test_an_operation_that_was_killed_at_any_step_can_be_done_again_as_if_for_the_first_time(
    operation: str, deaths: Ask
) -> None:
    found = deaths(operation)
    once = found["once"]
    assert len(found["deaths"]) >= 8
    assert {"COMMIT", "BEGIN IMMEDIATE"} <= {death["at"] for death in found["deaths"]}
    assert operation == "observe what was forgotten" or found["before"] != once
    # A death after the last step: all is done, and nobody heard of it.
    assert operation in AGAIN or found["twice"] == once
    for death in found["deaths"]:
        told = f"killed before step {death['step']}: {death['at']}"
        left = death["left"]
        assert death["repeated"] == once, told
        assert left["bob"] == found["before"]["bob"], told
        if operation in ONE_STEP:
            assert left["ana"] in (found["before"]["ana"], once["ana"]), told
        if operation in ADDING:
            for table in ("observation", "evidence", "tombstone"):
                lost = values(found["before"], "ana", table) - values(left, "ana", table)
                assert operation == "remember what was forgotten" or not lost, told
        for table in ("observation", "proposition", "evidence"):
            everything = values(found["before"], "ana", table) | values(once, "ana", table)
            assert not values(left, "ana", table) - everything or operation == "reflect", told
        if values(left, "ana", "work"):
            assert "ana" in left["due"], told  # what waits is found by whoever looks for work


@pytest.mark.parametrize("operation", FORGETTING)
def test_forgetting_that_was_killed_leaves_no_byte_once_it_is_done_again(
    operation: str, deaths: Ask
) -> None:
    found = deaths(operation)
    assert found["before"]["canary"]
    assert not found["once"]["canary"]
    assert not any(death["repeated"]["canary"] for death in found["deaths"])
