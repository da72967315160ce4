"""Other processes: killed ones lose nothing, and two at once neither lose nor double."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind import MemoryStore

OpenStore = Callable[..., MemoryStore]
StartPython = Callable[..., Any]

OBSERVE_AND_DIE = """
import os, signal, sys
from usermind import MemoryStore

ana = MemoryStore(sys.argv[1], embedder="lexical").user("ana")
for number in range(int(sys.argv[2])):
    ana.observe(f"Note {number}")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("count", [1, 20])
def test_what_observe_returned_for_survives_a_kill(
    count: int, python: StartPython, folder: Path, open_store: OpenStore
) -> None:
    killed = python(OBSERVE_AND_DIE, folder, count)
    _, errors = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, errors

    store = open_store()
    ana = store.user("ana")
    assert len(ana.observations()) == count
    assert ana.queue().ready == count
    assert store.due() == ["ana"]
    assert ana.recall("note", k=1)


OBSERVE_UNTIL_KILLED = """
import sys
from usermind import Draft, MemoryStore

ana = MemoryStore(sys.argv[1], embedder="lexical").user("ana")
number = 0
while True:
    ana.observe_many([Draft(text=f"{number} {part}") for part in "abc"])
    print(number, flush=True)
    number += 1
"""


def test_a_kill_in_the_middle_leaves_whole_batches_and_every_acknowledged_one(
    python: StartPython, folder: Path, open_store: OpenStore
) -> None:
    writer = python(OBSERVE_UNTIL_KILLED, folder)
    acknowledged = -1
    while acknowledged < 25:
        acknowledged = int(writer.stdout.readline())
    writer.kill()
    rest, _ = writer.communicate(timeout=60)
    acknowledged = int(rest.split()[-1]) if rest.split() else acknowledged

    texts = [o.text for o in open_store().user("ana").observations(limit=100_000)]
    batches = Counter(text.split()[0] for text in texts)
    assert set(batches.values()) == {3}
    assert {str(number) for number in range(acknowledged + 1)} <= set(batches)
    assert len(batches) <= acknowledged + 2


WRITE = """
import sys
from usermind import MemoryStore

folder, me = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
store = MemoryStore(folder, embedder="lexical")
for number in range(40):
    store.user("shared").observe(f"Own {me} {number}", external_id=f"own {me} {number}")
    store.user("shared").observe(f"Both {number}", external_id=f"both {number}")
    store.user(f"only {me} {number % 5}").observe(f"Note {number}")
    if number % 10 == 0:
        store.user("shared").recall("own")
        store.user("shared").remember(f"Claim {number}.")
"""


def test_processes_at_once_lose_and_double_nothing_on_a_store_that_none_has_made(
    python: StartPython, folder: Path, open_store: OpenStore
) -> None:
    writers = [python(WRITE, folder, me) for me in range(4)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors

    store = open_store()
    texts = [o.text for o in store.user("shared").observations(limit=1_000)]
    assert len(texts) == len(set(texts)) == 4 * 40 + 40 + 4
    claims = store.user("shared").propositions.list()
    assert len(claims) == 4
    assert all(len(store.user("shared").propositions.explain(c.id).evidence) == 1 for c in claims)
    assert len(store.users()) == 1 + 4 * 5
    assert all(len(store.user(u).observations()) == 8 for u in store.users() if u != "shared")
    assert set(store.due()) == set(store.users())
    hits = store.user("shared").recall("own", k=1_000, kinds=["observation"])
    assert len(hits) == len(texts)


def test_a_change_by_another_process_is_seen_at_once(open_store: OpenStore) -> None:
    one, other = open_store().user("ana"), open_store().user("ana")
    one.observe("I moved to Oslo.")
    assert [hit.text for hit in other.recall("moved")] == ["I moved to Oslo."]
    one.observe("I moved to Bergen.")
    assert len(other.recall("moved")) == 2
    claim = one.remember("Ana lives in Bergen.")
    assert claim is not None
    assert other.recall("lives", kinds=["proposition"])[0].id == claim.id
    other.propositions.deny(claim.id)
    assert one.recall("lives", kinds=["proposition"]) == []
    other.forget(observations=["o1"])
    assert all(hit.id != "o1" for hit in one.recall("moved"))
