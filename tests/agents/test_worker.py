"""The background worker: everybody in turn, nothing twice, no hot loop, and an end when asked."""

import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.agents.test_budget import learnt

from usermind import Budget, MemoryStore, Worker
from usermind.agents import Batch, WorkReport, worker
from usermind.errors import InvalidInputError, InvalidModelOutputError, ModelUnavailableError
from usermind.memory import Draft
from usermind.prompts import Operations, ReflectPrompt
from usermind.testing import ScriptedReasoner, StoppedClock

OpenStore = Callable[..., MemoryStore]
StartPython = Callable[..., Any]
DOWN = ModelUnavailableError("The endpoint is down.")


def fill(store: MemoryStore, user: str, count: int) -> None:
    store.user(user).observe_many(
        [Draft(text=f"I like tea number {number}.") for number in range(count)]
    )


class Running:
    """A worker in a thread, and what it did so far."""

    def __init__(self, store: MemoryStore, **given: Any) -> None:
        self.batches: list[Batch] = []
        self._more = threading.Condition()
        self.worker = Worker(store=store, on_batch=self._note, **given)
        self._report: list[WorkReport] = []
        self._thread = threading.Thread(target=lambda: self._report.append(self.worker.run()))

    def _note(self, batch: Batch) -> None:
        with self._more:
            self.batches.append(batch)
            self._more.notify_all()

    def until(self, met: Callable[[list[Batch]], bool]) -> None:
        with self._more:
            assert self._more.wait_for(lambda: met(self.batches), timeout=60)

    def ended(self) -> WorkReport:
        self.worker.stop()
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self._report[0]

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop()
        self._thread.join(60)


def test_once_works_off_what_is_due_and_ends(store: MemoryStore) -> None:
    for user in ("ana", "bob", "cy"):
        fill(store, user, 30)
    done = Worker(store=store, jobs=2).run(once=True)

    assert (done.batches, done.users, done.failed) == (6, 3, False)
    assert done.report.processed == 90
    assert store.due() == []
    assert Worker(store=store).run(once=True) == WorkReport()


def test_a_user_with_much_to_do_keeps_nobody_waiting(store: MemoryStore) -> None:
    fill(store, "ana", 240)
    for user in ("bob", "cy", "dan"):
        fill(store, user, 2)
    order: list[str] = []
    Worker(store=store, on_batch=lambda batch: order.append(batch.user)).run(once=True)
    assert Counter(order) == {"ana": 10, "bob": 1, "cy": 1, "dan": 1}
    assert order[:4] == ["ana", "bob", "cy", "dan"]


def test_what_arrives_is_learnt_soon(open_store: OpenStore) -> None:
    store, writer = open_store(), open_store()
    with Running(store) as running:
        writer.user("ana").observe("I live in Oslo.")
        running.until(lambda batches: len(batches) == 1)
        store.user("bob").observe("I live in Rome.")
        running.until(lambda batches: len(batches) == 2)
        done = running.ended()
    assert [batch.user for batch in running.batches] == ["ana", "bob"]
    assert done.report.processed == 2
    assert not done.failed


def test_where_a_call_costs_it_waits_for_more_but_not_for_ever(
    store: MemoryStore, clock: StoppedClock
) -> None:
    model = ScriptedReasoner([learnt, learnt], batch=3)
    fill(store, "ana", 2)
    fill(store, "bob", 3)
    with Running(store, model=model, linger=timedelta(minutes=2)) as running:
        running.until(lambda batches: len(batches) == 1)
        assert running.batches[0].user == "bob"
        assert len(model.prompts) == 1
        clock.advance(timedelta(minutes=2))
        running.until(lambda batches: len(batches) == 2)
    assert running.batches[1].user == "ana"


def test_while_everything_fails_the_model_is_asked_once_a_pause(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE", 3600.0)
    for number in range(20):
        fill(store, f"user{number:02}", 1)
    model = ScriptedReasoner([DOWN] * 20)
    with Running(store, model=model, jobs=1) as running:
        running.until(lambda batches: len(batches) == 1)
        store.user("late").observe("I like tea.")
        done = running.ended()
    assert len(model.prompts) == 1
    assert (done.report.failed, done.report.outages) == (1, 1)
    assert len(store.due()) == 21


def test_after_an_outage_it_recovers(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, clock: StoppedClock
) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE", 0.01)
    for number in range(12):
        fill(store, f"user{number:02}", 1)
    model = ScriptedReasoner([DOWN] * 4 + [learnt] * 12)
    with Running(store, model=model, jobs=3) as running:
        running.until(lambda batches: sum(batch.report.processed for batch in batches) == 8)
        clock.advance(timedelta(minutes=1))  # those that failed are due again
        running.until(lambda batches: sum(batch.report.processed for batch in batches) == 12)
    assert len(model.prompts) == 16
    assert store.due() == []


@pytest.mark.parametrize("failure", [DOWN, InvalidModelOutputError("Nonsense."), ValueError("My")])
def test_once_gives_up_when_everything_fails(failure: Exception, store: MemoryStore) -> None:
    for number in range(20):
        fill(store, f"user{number:02}", 1)
    model = ScriptedReasoner([failure] * 20)
    done = Worker(store=store, model=model).run(once=True)
    assert len(model.prompts) == worker.GIVE_UP
    assert (done.gave_up, done.failed) == (True, True)
    assert len(store.due()) == 20


def test_pauses_grow_to_a_limit() -> None:
    for failures, low, high in (
        (1, 1, 2),
        (2, 2, 4),
        (5, 16, 32),
        (50, 150, 300),
        (9999, 150, 300),
    ):
        assert all(low <= worker.pause_after(failures) <= high for _ in range(50))


def test_a_defect_with_one_user_stops_nobody_else_and_tells_no_words(store: MemoryStore) -> None:
    def answer(prompt: ReflectPrompt) -> Operations:
        if prompt.user_name == "Bob":
            raise ZeroDivisionError("I like tea")
        return learnt(prompt)

    for user in ("ana", "bob", "cy"):
        fill(store, user, 1)
    batches: list[Batch] = []
    model = ScriptedReasoner([answer] * 3)
    done = Worker(store=store, model=model, on_batch=batches.append).run(once=True)
    assert {batch.user: batch.problem for batch in batches} == {
        "ana": None,
        "bob": "ZeroDivisionError",
        "cy": None,
    }
    assert (done.problems, done.failed, done.report.processed) == (1, True, 2)
    assert store.due() == ["bob"]


def test_what_the_listener_raises_ends_the_run_with_it(store: MemoryStore) -> None:
    for user in ("ana", "bob"):
        fill(store, user, 3)

    def listen(batch: Batch) -> None:
        raise LookupError(batch.user)

    broken = Worker(store=store, on_batch=listen)
    with pytest.raises(LookupError, match="ana"):
        broken.run(once=True)
    assert store.due() == ["bob"]
    assert Worker(store=store).run(once=True).report.processed == 3


def test_where_the_listener_breaks_what_others_have_under_way_is_given_back(
    store: MemoryStore, open_store: OpenStore
) -> None:
    fill(store, "ana", 3)
    fill(store, "bob", 3)
    thinking, go = threading.Event(), threading.Event()

    def answer(prompt: ReflectPrompt) -> Operations:
        if prompt.user_name == "Ana":
            assert thinking.wait(60)
        else:
            thinking.set()
            assert go.wait(60)
        return learnt(prompt)

    def listen(batch: Batch) -> None:
        raise LookupError(batch.user)

    model = ScriptedReasoner([answer, answer])
    with pytest.raises(LookupError, match="ana"):
        Worker(store=store, model=model, jobs=2, on_batch=listen).run(once=True)
    assert store.due() == ["bob"]
    assert Worker(store=open_store()).run(once=True).report.processed == 3

    go.set()
    for thread in threading.enumerate():
        if thread.name == "usermind-worker":
            thread.join(60)


def test_a_damaged_file_is_put_off_and_told(store: MemoryStore, folder: Path) -> None:
    for user in ("ana", "bob"):
        fill(store, user, 1)
    with store.user("ana").open() as file:
        path = file.database.path
    store.pool.close()
    for each in path.parent.glob(path.name + "*"):
        each.unlink()
    path.write_bytes(b"no database" * 1000)
    batches: list[Batch] = []
    done = Worker(store=store, on_batch=batches.append).run(once=True)
    assert done.failed
    assert {batch.user: bool(batch.problem) for batch in batches} == {"ana": True, "bob": False}
    assert store.due() == ["ana"]


def test_a_user_who_was_forgotten_leaves_the_line(store: MemoryStore) -> None:
    fill(store, "ana", 1)
    store.registry.mark_due("nobody", at=0.0)
    store.user("ana").forget_everything()
    assert Worker(store=store).run(once=True) == WorkReport()
    assert store.due() == []


def test_dead_letters_keep_no_worker_busy(store: MemoryStore, clock: StoppedClock) -> None:
    fill(store, "ana", 1)
    model = ScriptedReasoner([InvalidModelOutputError("Nonsense.")] * 6)
    for _ in range(10):
        Worker(store=store, model=model).run(once=True)
        clock.advance(timedelta(hours=6))
    assert len(model.prompts) == 6
    assert (store.due(), store.stuck()) == ([], ["ana"])
    store.user("ana").revive()
    assert Worker(store=store).run(once=True).report.processed == 1


def test_a_spent_budget_leaves_a_user_for_tomorrow(
    open_store: OpenStore, clock: StoppedClock
) -> None:
    store = open_store(budget=Budget(calls_per_day=1))
    fill(store, "ana", 30)
    fill(store, "bob", 3)
    model = ScriptedReasoner([learnt] * 3)
    done = Worker(store=store, model=model).run(once=True)
    assert (done.failed, done.report.postponed, done.report.processed) == (False, 6, 27)
    assert store.due() == ["ana"]
    clock.advance(timedelta(hours=12))
    assert Worker(store=store, model=model).run(once=True).report.processed == 6


def test_stopping_finishes_the_batch_that_is_under_way(store: MemoryStore) -> None:
    fill(store, "ana", 60)
    thinking, go = threading.Event(), threading.Event()

    def answer(prompt: ReflectPrompt) -> Operations:
        thinking.set()
        assert go.wait(60)
        return learnt(prompt)

    with Running(store, model=ScriptedReasoner([answer]), grace=60.0) as running:
        assert thinking.wait(60)
        running.worker.stop()
        go.set()
        done = running.ended()
    assert (done.batches, done.report.processed, done.released) == (1, 24, 0)
    assert store.user("ana").queue().ready == 36


def test_stopping_gives_back_what_takes_too_long(store: MemoryStore, open_store: OpenStore) -> None:
    fill(store, "ana", 3)
    thinking, go, over = threading.Event(), threading.Event(), threading.Event()

    def answer(prompt: ReflectPrompt) -> Operations:
        thinking.set()
        assert go.wait(60)
        over.set()
        return learnt(prompt)

    with Running(store, model=ScriptedReasoner([answer]), grace=0.0) as running:
        assert thinking.wait(60)
        done = running.ended()
    assert (done.batches, done.released) == (0, 1)
    ana = store.user("ana")
    assert (ana.queue().ready, ana.failures()) == (3, [])
    assert Worker(store=open_store()).run(once=True).report.processed == 3
    claims = sorted(claim.text for claim in ana.propositions.list())

    go.set()  # the late answer of the first worker changes nothing
    assert over.wait(60)
    for thread in threading.enumerate():
        if thread.name == "usermind-worker":
            thread.join(60)
    assert sorted(claim.text for claim in ana.propositions.list()) == claims
    assert running.batches == []


def test_an_interruption_gives_back_at_once(store: MemoryStore) -> None:
    fill(store, "ana", 1)
    thinking, go = threading.Event(), threading.Event()

    def answer(prompt: ReflectPrompt) -> Operations:
        thinking.set()
        assert go.wait(60)
        return learnt(prompt)

    work = Worker(store=store, model=ScriptedReasoner([answer]))
    wait = work._await

    def interrupted() -> None:
        assert thinking.wait(60)
        raise KeyboardInterrupt

    work._await = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        work.run()
    assert store.user("ana").queue().ready == 1
    go.set()
    wait()


def test_two_workers_do_not_meet(open_store: OpenStore) -> None:
    """While one is at a user, the other takes somebody else, and does not so much as look."""
    stores = [open_store(), open_store()]
    for user in ("ana", "bob"):
        fill(stores[0], user, 60)
    meet = threading.Barrier(2, timeout=60)
    seen: list[set[str]] = []
    lock = threading.Lock()

    def answer(prompt: ReflectPrompt) -> Operations:
        if meet.wait() == 0:
            with lock:
                seen.append({user for store in stores for user in working(store)})
        meet.wait()
        return learnt(prompt)

    def working(store: MemoryStore) -> list[str]:
        return [memory.user_id for memory, _ in store.leases._held.values()]

    models = [ScriptedReasoner([answer] * 6) for _ in stores]
    reports: list[WorkReport] = []

    def work(number: int) -> None:
        reports.append(Worker(store=stores[number], model=models[number]).run(once=True))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(report.report.processed for report in reports) == 120
    assert sum(report.report.conflicts for report in reports) == 0
    assert all(users == {"ana", "bob"} for users in seen)


def test_less_than_one_job_is_refused(store: MemoryStore) -> None:
    with pytest.raises(InvalidInputError, match="jobs"):
        Worker(store=store, jobs=0)


def test_only_those_are_opened_who_are_due(open_store: OpenStore, clock: StoppedClock) -> None:
    store = open_store()
    for number in range(3_000):
        store.registry.add(f"user{number}")
        if number % 60 == 0:
            store.registry.set_due(f"user{number}", at=clock.now.timestamp() + number % 120)
    assert len(store.due()) == 50
    assert len(store.registry.due(by=clock.now.timestamp())) == 25
    # Their files do not exist, and nobody looks for them.
    assert not any((store.path / "users").iterdir())


def test_who_is_noted_by_an_older_release_is_still_due(folder: Path, open_store: OpenStore) -> None:
    import sqlite3

    open_store().user("ana").observe("I like tea.")
    with sqlite3.connect(folder / "registry.db") as registry:
        registry.executescript(
            "DROP TABLE due; CREATE TABLE due (user TEXT PRIMARY KEY) WITHOUT ROWID; "
            "INSERT INTO due VALUES ('ana'); PRAGMA user_version = 1;"
        )
    registry.close()
    store = open_store()
    assert store.due() == ["ana"]
    assert Worker(store=store).run(once=True).report.processed == 1


WORK = """
import sys
from usermind import MemoryStore, Worker
from usermind.models import Offline

class Telling(Offline):
    def complete(self, prompt):
        print("thinking", flush=True)
        sys.stdin.readline()
        return super().complete(prompt)

store = MemoryStore(sys.argv[1], embedder="lexical")
done = Worker(store=store, model=Telling()).run(once=True)
print("done", done.report.processed, done.report.conflicts, flush=True)
"""


def test_of_three_workers_one_is_killed_and_nothing_is_lost_or_doubled(
    python: StartPython, folder: Path, open_store: OpenStore, clock: StoppedClock
) -> None:
    clock.now = datetime.now(UTC)
    store = open_store()
    for number in range(5):
        store.user(f"user{number}").observe_many(
            [Draft(text=f"I like the {word}.", at=clock.now) for word in WORDS]
        )
    workers = [python(WORK, folder) for _ in range(3)]
    for each in workers:
        assert each.stdout.readline() == "thinking\n"
    victim, *others = workers
    victim.send_signal(signal.SIGKILL)
    victim.wait(60)
    processed = 0
    for each in others:
        told, errors = each.communicate("go\n" * 50, timeout=120)
        assert each.returncode == 0, errors
        _, count, conflicts = told.splitlines()[-1].split()
        assert conflicts == "0"
        processed += int(count)
    left = Worker(store=open_store(clock=lambda: datetime.now(UTC))).run(once=True)

    assert processed + left.report.processed == 5 * len(WORDS)
    assert left.report.processed == 0  # the others took over what the dead one held
    assert store.due() == []
    for number in range(5):
        user = store.user(f"user{number}")
        claims = user.propositions.list()
        assert len(claims) == len({claim.text for claim in claims}) == len(WORDS)
        assert all(len(user.propositions.explain(claim.id).evidence) == 1 for claim in claims)
        assert user.queue().leased == user.queue().ready == 0


WORDS = ["sea", "hills", "rain", "snow", "sun", "moon", "river", "forest", "desert", "wind"]


TURNS = """
import sys
from usermind import MemoryStore, Worker
from usermind.models import Offline

class Telling(Offline):
    def complete(self, prompt):
        print("thinking", flush=True)
        sys.stdin.readline()
        return super().complete(prompt)

store = MemoryStore(sys.argv[1], embedder="lexical")
told = lambda batch: print("did", batch.user, batch.report.processed, flush=True)
Worker(store=store, model=Telling(), on_batch=told).run(once=True)
"""


@pytest.mark.parametrize("restarted", [False, True], ids=["one survives", "all are restarted"])
def test_who_was_held_by_a_killed_worker_keeps_their_turn_while_others_are_due(
    restarted: bool,
    python: StartPython,
    folder: Path,
    open_store: OpenStore,
    clock: StoppedClock,
) -> None:
    clock.now = datetime.now(UTC)
    store = open_store()
    users = ("ana", "bob", "cy")
    for user in users:
        fill(store, user, 120)
    workers = [python(TURNS, folder) for _ in range(2)]
    for each in workers:  # two of the three users are held now
        assert each.stdout.readline() == "thinking\n"
    for victim in workers if restarted else workers[:1]:
        victim.send_signal(signal.SIGKILL)
        victim.wait(60)
    last = python(TURNS, folder) if restarted else workers[1]
    told, errors = last.communicate("go\n" * 60, timeout=120)
    assert last.returncode == 0, errors

    did = [line.split() for line in told.splitlines() if line.startswith("did")]
    order = [user for _, user, _ in did]
    assert sum(int(count) for *_, count in did) == 360
    assert Counter(order) == dict.fromkeys(users, 5)
    rounds = [order[start : start + 3] for start in range(0, 15, 3)]
    assert all(sorted(each) == list(users) for each in rounds), order
    assert store.due() == []
