"""Leases while the work goes on, when it is given up, and when its process is dead."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from usermind import MemoryStore, UserMemory
from usermind.graphs import reflect
from usermind.graphs.reflection import WAIT
from usermind.memory import ReflectionReport, holder
from usermind.memory.work import LEASE, LOST, MAX_ATTEMPTS, OUTAGE_ATTEMPTS, Lease, Queue
from usermind.prompts import Operations, ReflectPrompt
from usermind.testing import ScriptedReasoner, StoppedClock

OpenStore = Callable[..., MemoryStore]
StartPython = Callable[..., Any]
NOTHING = Operations(operations=[])


def lease(memory: UserMemory) -> Lease | None:
    with memory.open() as file:
        return Queue(file.database, now=memory.now()).lease(limit=10)


def test_a_slow_model_keeps_its_lease(open_store: OpenStore, clock: StoppedClock) -> None:
    store, other = open_store(), open_store().user("ana")
    ana = store.user("ana")
    ana.observe("I like tea.")

    def slowly(prompt: ReflectPrompt) -> Operations:
        for _ in range(5):
            clock.advance(LEASE - timedelta(seconds=1))
            store.leases.renew()
            assert lease(other) is None
        return NOTHING

    assert reflect(ana, ScriptedReasoner([slowly])).processed == 1


def test_a_lease_is_renewed_by_itself(open_store: OpenStore, clock: StoppedClock) -> None:
    store, other = open_store(), open_store().user("ana")
    store.leases.beat = 0.001
    ana = store.user("ana")
    ana.observe("I like tea.")

    def slowly(prompt: ReflectPrompt) -> Operations:
        clock.advance(LEASE - timedelta(seconds=1))
        beaten = threading.Event()
        while not beaten.wait(0.001):
            with other.open() as file, file.database.read() as connection:
                (until,) = connection.execute("SELECT lease_until FROM work").fetchone()
            if until == (clock.now + LEASE).timestamp():
                beaten.set()
        return NOTHING

    assert reflect(ana, ScriptedReasoner([slowly])).processed == 1


def test_closing_the_store_gives_back_what_is_under_way(
    open_store: OpenStore, store: MemoryStore
) -> None:
    ana, other = store.user("ana"), open_store()
    ana.observe("I like tea.")

    def closed(prompt: ReflectPrompt) -> Operations:
        store.close()
        queue = other.user("ana").queue()
        assert (queue.ready, queue.leased) == (1, 0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reflect(ana, ScriptedReasoner([closed]))
    assert other.user("ana").failures() == []
    assert other.registry.due(by=ana.now().timestamp()) == ["ana"]


LEASE_AND_END = """
import os, signal, sys, threading, time
from usermind import MemoryStore
from usermind.graphs import reflect
from usermind.graphs.reflection import WAIT
from usermind.testing import ScriptedReasoner

store = MemoryStore(sys.argv[1], embedder="lexical")

def hang(prompt):
    print("thinking", flush=True)
    time.sleep(60)

thread = threading.Thread(
    target=reflect, args=(store.user("ana"), ScriptedReasoner([hang])), daemon=True
)
thread.start()
sys.stdin.readline()
if sys.argv[2] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_what_a_process_held_is_free_as_soon_as_it_is_gone(
    how: str, python: StartPython, folder: Path, open_store: OpenStore
) -> None:
    ana = open_store().user("ana")
    ana.observe("I like tea.")
    process = python(LEASE_AND_END, folder, how)
    assert process.stdout.readline() == "thinking\n"
    assert ana.queue().leased == 1
    assert lease(ana) is None
    process.communicate("go\n", timeout=60)

    assert ana.queue().ready == 1
    assert lease(ana) is not None
    # Given back at the end of the interpreter; a killed one may have been killed by the item.
    assert [failed.error for failed in ana.failures()] == ([] if how == "exit" else [LOST])


def test_holders_are_told_apart() -> None:
    mine = holder.me()
    assert not holder.gone(mine)
    assert not holder.gone(f"{mine}/token")
    place, process, start = mine.split("/")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert holder.gone(f"{place}/{ended.pid}/{start}")
    assert not holder.gone(f"elsewhere/{ended.pid}/{start}")
    assert not holder.gone("0123456789abcdef")  # of an older release
    if sys.platform == "linux":  # the number of a dead process, given to another one
        assert holder.gone(f"{place}/{process}/{int(start) - 1}")


@pytest.mark.skipif(sys.platform == "win32", reason="has no fork")
def test_a_forked_process_is_somebody_else() -> None:
    parent = holder.me()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, holder.me().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 200).decode()
    os.close(read)
    os.close(write)
    assert theirs.split("/")[1] == str(child)
    assert theirs != parent


def test_a_stopped_process_is_not_taken_for_dead(python: StartPython) -> None:
    script = (
        "import sys\nfrom usermind.memory import holder\nprint(holder.me(), flush=True)\n"
        "sys.stdin.readline()"
    )
    process = python(script)
    theirs = process.stdout.readline().strip()
    os.kill(process.pid, signal.SIGSTOP)
    assert not holder.gone(theirs)
    os.kill(process.pid, signal.SIGCONT)
    process.communicate("go\n", timeout=60)
    assert holder.gone(theirs)


def test_an_outage_of_the_model_kills_nothing_for_a_day(
    ana: UserMemory, clock: StoppedClock
) -> None:
    ana.observe("I like tea.")
    start = clock.now
    for attempt in range(1, OUTAGE_ATTEMPTS + 1):
        taken = lease(ana)
        assert taken is not None
        with ana.open() as file:
            ids = [item.id for item in taken.observations]
            Queue(file.database, now=ana.now()).fail(taken.token, ids, "Down.", outage=True)
        (failed,) = ana.failures()
        assert failed.attempts == attempt
        if failed.next_at is not None:
            clock.now = failed.next_at + timedelta(milliseconds=1)
    assert failed.state == "dead"
    assert clock.now - start > timedelta(hours=20)
    assert OUTAGE_ATTEMPTS > MAX_ATTEMPTS


class Waiting:
    """A batch in another thread, which goes on when somebody waits for it to end."""

    def __init__(self, ana: UserMemory, store: MemoryStore, patch: pytest.MonkeyPatch) -> None:
        self.thinking, self.go = threading.Event(), threading.Event()
        self.reports: list[ReflectionReport] = []
        self.thread = threading.Thread(
            target=lambda: self.reports.append(reflect(ana, self.model, batches=1))
        )
        self.model = ScriptedReasoner([self._answer])
        self.then: Callable[[], Operations] = lambda: NOTHING
        ended = store.leases.ended

        def waited_for(user_id: str, *, timeout: float) -> bool:
            if timeout > 1:  # somebody has patience
                self.go.set()
            return ended(user_id, timeout=timeout)

        patch.setattr(store.leases, "ended", waited_for)

    def _answer(self, prompt: ReflectPrompt) -> Operations:
        self.thinking.set()
        assert self.go.wait(60)
        return self.then()

    def __enter__(self) -> "Waiting":
        self.thread.start()
        assert self.thinking.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.go.set()
        self.thread.join(60)


def test_reflect_waits_for_what_another_thread_is_at(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = store.user("ana")
    ana.observe("I like tea.")
    with Waiting(ana, store, monkeypatch) as other:
        done = ana.reflect()
    assert (done.processed, done.pending) == (0, 0)
    assert other.reports[0].processed == 1


def test_reflect_does_what_another_thread_gave_back(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = store.user("ana")
    ana.observe("I like tea.")
    with Waiting(ana, store, monkeypatch) as other:

        def forsaken() -> Operations:
            store.leases.release(["ana"])
            return NOTHING

        other.then = forsaken
        done = ana.reflect()
    assert (done.processed, done.pending) == (1, 0)
    assert (other.reports[0].processed, other.reports[0].conflicts) == (0, 1)


def test_reflect_within_a_batch_waits_for_nobody(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bob = store.user("ana"), store.user("bob")
    for user in (ana, bob):
        user.observe("I like tea.")
    inner: list[ReflectionReport] = []
    begun = time.monotonic()
    with Waiting(ana, store, monkeypatch):

        def nested(prompt: ReflectPrompt) -> Operations:
            monkeypatch.undo()  # the other batch goes on only after this one
            inner.extend([bob.reflect(), ana.reflect()])
            return NOTHING

        assert reflect(bob, ScriptedReasoner([nested])).processed == 1
    assert [(each.processed, each.pending) for each in inner] == [(0, 1), (0, 1)]
    assert time.monotonic() - begun < WAIT / 2


def test_reflect_waits_for_no_other_process_and_not_by_itself(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = open_store(), open_store().user("ana")
    ana = store.user("ana")
    ana.observe("I like tea.")
    with Waiting(ana, store, monkeypatch):
        assert reflect(ana, ScriptedReasoner([])).pending == 1
        assert other.reflect().pending == 1
