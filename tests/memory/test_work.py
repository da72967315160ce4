"""The queue: one worker an item, later and later after failures, and nothing lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from usermind import MemoryStore, UserMemory
from usermind.memory.work import LEASE, LONGEST_DELAY, LOST, MAX_ATTEMPTS, Lease, Queue, finish
from usermind.testing import StoppedClock

OpenStore = Callable[..., MemoryStore]


@pytest.fixture
def two_workers(open_store: OpenStore) -> tuple[UserMemory, UserMemory]:
    """The same user through two connections."""
    return open_store().user("ana"), open_store().user("ana")


def lease(memory: UserMemory, *, limit: int = 10) -> Lease | None:
    with memory.open() as file:
        return Queue(file.database, now=memory.now()).lease(limit=limit)


def fail(memory: UserMemory, taken: Lease, error: str = "The model is down.") -> None:
    with memory.open() as file:
        ids = [item.id for item in taken.observations]
        Queue(file.database, now=memory.now()).fail(taken.token, ids, error)


def held(taken: Lease | None) -> list[str]:
    return [] if taken is None else [item.text for item in taken.observations]


def test_an_item_is_leased_to_one_worker_at_a_time(
    two_workers: tuple[UserMemory, UserMemory],
) -> None:
    one, other = two_workers
    for number in range(5):
        one.observe(f"Note {number}")

    first, second, third = lease(one, limit=3), lease(other, limit=3), lease(one)
    assert held(first) == ["Note 0", "Note 1", "Note 2"]
    assert held(second) == ["Note 3", "Note 4"]
    assert third is None
    assert other.queue().leased == 5


def test_items_are_taken_in_order_of_what_happened(ana: UserMemory, clock: StoppedClock) -> None:
    for days in (1, 3, 2):
        ana.observe(f"{days} days ago", at=clock.now - timedelta(days=days))
    assert held(lease(ana)) == ["3 days ago", "2 days ago", "1 days ago"]


def test_a_lease_runs_out_and_its_late_worker_cannot_fail_what_another_holds(
    two_workers: tuple[UserMemory, UserMemory], clock: StoppedClock
) -> None:
    one, other = two_workers
    one.observe("I moved to Oslo.")
    late = lease(one)
    assert late is not None
    clock.advance(LEASE - timedelta(seconds=1))
    assert lease(other) is None
    clock.advance(timedelta(seconds=1))
    assert other.queue().ready == 1
    assert held(lease(other)) == ["I moved to Oslo."]

    fail(one, late)
    (lost,) = one.failures()
    assert (lost.state, lost.attempts, lost.error) == ("leased", 1, LOST)
    assert one.queue().leased == 1


def test_an_item_that_kills_its_workers_is_taken_alone_and_ends_among_the_dead(
    ana: UserMemory, clock: StoppedClock
) -> None:
    for number in range(3):
        ana.observe("poison" if number == 1 else f"Note {number}")
    done: list[str] = []
    for _ in range(4 * MAX_ATTEMPTS):
        taken = lease(ana)
        if taken is None:
            break
        if "poison" in held(taken):  # its worker is killed
            clock.advance(LEASE)
            continue
        done += held(taken)
        with ana.open() as file, file.database.write() as connection:
            assert finish(connection, taken.token, [item.id for item in taken.observations])

    assert sorted(done) == ["Note 0", "Note 2"]
    (dead,) = ana.failures()
    assert (dead.state, dead.attempts, dead.error) == ("dead", MAX_ATTEMPTS, LOST)
    assert lease(ana) is None


def test_failures_wait_longer_and_longer_and_end_among_the_dead(
    ana: UserMemory, clock: StoppedClock
) -> None:
    ana.observe("I moved to Oslo.")
    waits: list[timedelta] = []
    for attempt in range(1, MAX_ATTEMPTS):
        taken = lease(ana)
        assert taken is not None
        fail(ana, taken)
        (failed,) = ana.failures()
        assert (failed.state, failed.attempts) == ("ready", attempt)
        assert failed.error == "The model is down."
        assert failed.next_at is not None
        assert lease(ana) is None
        assert ana.queue().waiting == 1
        waits.append(failed.next_at - clock.now)
        clock.advance(waits[-1] + timedelta(milliseconds=1))
    assert waits == sorted(waits)
    assert all(timedelta(0) < wait <= LONGEST_DELAY for wait in waits)

    last = lease(ana)
    assert last is not None
    fail(ana, last)
    (dead,) = ana.failures()
    assert (dead.state, dead.next_at) == ("dead", None)
    clock.advance(timedelta(days=365))
    assert lease(ana) is None
    assert ana.queue().dead == 1
    assert ana.settle_due() == 1


def test_the_dead_and_the_waiting_can_be_revived_with_a_fresh_count(
    ana: UserMemory, clock: StoppedClock
) -> None:
    ana.observe("I moved to Oslo.")
    for _ in range(MAX_ATTEMPTS):
        taken = lease(ana)
        assert taken is not None
        fail(ana, taken)
        clock.advance(LONGEST_DELAY)
    ana.observe("I like tea.")
    waiting = lease(ana)
    assert waiting is not None
    fail(ana, waiting)

    assert ana.revive() == 2
    assert ana.failures() == []
    assert held(lease(ana)) == ["I moved to Oslo.", "I like tea."]
    assert ana.revive() == 0


def test_a_poison_item_does_not_drag_others_down(ana: UserMemory, clock: StoppedClock) -> None:
    for number in range(4):
        ana.observe("poison" if number == 1 else f"Note {number}", at=clock.now)
    done: list[str] = []
    for _ in range(40):
        taken = lease(ana)
        clock.advance(LONGEST_DELAY)
        if taken is None:
            continue
        if "poison" in held(taken):
            fail(ana, taken)
            continue
        done += held(taken)
        with ana.open() as file:  # stands for a batch that was dealt with
            ids = [item.id for item in taken.observations]
            queue = Queue(file.database, now=ana.now())
            queue.release(taken.token)
        ana.forget(observations=ids)

    assert sorted(done) == ["Note 0", "Note 2", "Note 3"]
    (dead,) = ana.failures()
    assert (dead.state, dead.attempts) == ("dead", MAX_ATTEMPTS)


def test_released_items_are_due_at_once_and_count_no_attempt(ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.")
    taken = lease(ana)
    assert taken is not None
    with ana.open() as file:
        Queue(file.database, now=ana.now()).release(taken.token)
    assert ana.failures() == []
    assert held(lease(ana)) == ["I moved to Oslo."]


def test_a_forgotten_observation_leaves_the_queue(ana: UserMemory) -> None:
    note = str(ana.observe("I moved to Oslo.").id)
    assert lease(ana) is not None
    ana.forget(observations=[note])
    queue = ana.queue()
    assert (queue.ready, queue.waiting, queue.leased, queue.dead) == (0, 0, 0, 0)
