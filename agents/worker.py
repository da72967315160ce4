"""The background worker: reflects for whoever has something due, user by user, until it is stopped.

claim a user → one batch → note when to look again → next user

Who was noted first comes first, and who was served goes to the end of the line, so that one user
with much to do keeps nobody waiting. The line stands in the store's registry: several workers, in
threads, processes or (on a shared disk) machines, take from it without meeting.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from uuid import uuid4

from usermind.agents.arguments import reasoner_of
from usermind.errors import (
    InvalidInputError,
    StoreBusyError,
    StoreError,
    UnknownUserError,
    UsermindError,
)
from usermind.memory import ReflectionReport, Store, UserMemory
from usermind.memory.holder import me
from usermind.memory.work import LEASE
from usermind.models.ledger import Ledger
from usermind.types import UserId

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from usermind.models.reasoner import Reasoner

_log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two looks at the line while there is nothing to do."""
LINGER = timedelta(minutes=2)
"""How long to wait for more, where one call of the model can deal with several observations."""
GRACE = 8.0
"""Seconds that `stop` leaves to what is under way; a supervisor's patience is 10 and more."""
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
"""Seconds between two tries while batches fail: doubled each time, drawn from the upper half."""
GIVE_UP = 5
"""Failures in a row after which `run(once=True)` tries no further."""
ERRORS_KEPT = 20
"""Messages in the report of a worker, the last ones: it may run for months."""
RECONSIDER = timedelta(seconds=5)
"""When to look again at a user whose claims others changed while the model was thinking."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of one batch: names and counts, no word of the user's."""

    user: UserId
    at: datetime
    """When it was finished, by the store's clock."""
    seconds: float
    report: ReflectionReport
    problem: str | None = None
    """What is wrong with the user's file, or with the reasoner."""

    @property
    def failed(self) -> bool:
        """Whether it is to be tried again because something went wrong."""
        return bool(self.problem or self.report.failed)


@dataclass(frozen=True, slots=True)
class WorkReport:
    """What a worker did while it ran."""

    batches: int = 0
    users: int = 0
    report: ReflectionReport = field(default_factory=ReflectionReport)
    """The sum over the batches; `pending` is that of the last one."""
    problems: int = 0
    """Batches that could not be tried, or broke."""
    released: int = 0
    """Batches that were given back untouched because the worker had to stop."""
    gave_up: bool = False
    """Whether `once` ended early, after `GIVE_UP` failures in a row."""

    @property
    def failed(self) -> bool:
        """Whether something is left that went wrong."""
        return bool(self.gave_up or self.problems or self.report.failed or self.report.conflicts)


class Worker:
    """Works off what is due in a store.

    Args:
        store: Where the memories are. Several workers may share it, also with assistants.
        model: URL of an OpenAI-compatible endpoint, any LangChain chat model, a `Reasoner`, or
            None for the offline engine.
        jobs: Users that are dealt with at once.
        linger: How long a user with fewer observations than make a batch worth a call may wait.
        grace: Seconds that `stop` leaves to batches that are under way; then they are given back.
        on_batch: Is told each batch, by the thread that did it.
        ledger: Records every model call; None makes one, which is the attribute of that name.

    Raises:
        InvalidInputError: `jobs` is below 1.

    While batches fail, the worker as a whole pauses longer and longer, up to five minutes, and
    then tries one batch at a time until one succeeds.
    """

    def __init__(
        self,
        *,
        store: Store,
        model: str | BaseChatModel | Reasoner | None = None,
        jobs: int = 1,
        linger: timedelta = LINGER,
        grace: float = GRACE,
        on_batch: Callable[[Batch], None] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        if jobs < 1:
            raise InvalidInputError(f"`jobs` is {jobs}. Expected 1 or more.")
        self.store = store
        self.ledger = ledger or Ledger()
        self.reasoner = reasoner_of(model, self.ledger, store)
        self._jobs, self._linger, self._grace = jobs, linger, grace
        self._on_batch = on_batch or (lambda _: None)
        self._me = f"{me()}/{uuid4().hex}"
        self._lock = threading.Lock()
        self._events: SimpleQueue[None] = SimpleQueue()  # the one queue a signal handler may use
        self._stopping = False
        self._running: set[UserId] = set()
        self._seen: set[UserId] = set()
        self._done = WorkReport()
        self._broken: dict[UserId, int] = {}
        self._failures = 0
        self._failed_at = 0.0
        self._resume_at = 0.0
        self._defect: BaseException | None = None

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    def stop(self) -> None:
        """Take nothing new, and let `run` return; callable from threads and signal handlers."""
        self._stopping = True
        self._events.put(None)

    def run(self, *, once: bool = False) -> WorkReport:
        """Work until `stop` is called.

        Args:
            once: Work off what is due now, without lingering, and return. What failed waits for
                another time, and after `GIVE_UP` failures in a row the rest does too.

        Raises:
            StoreError: The store cannot be used at all; a user's file alone is a `Batch.problem`.
            Exception: Whatever `on_batch` raised, except for a `UsermindError`, which is logged;
                what others had under way is given back.
        """
        try:
            while not self._stopping and self._defect is None:
                if self._may_start(once) and (user := self._claim()) is not None:
                    self._start(user, once)
                elif once and not self._running:
                    break
                else:
                    self._await()
            self._raise_defect()
        except BaseException:  # interrupted: nobody waits
            self._give_back()
            raise
        self._finish()
        self._raise_defect()
        with self._lock:
            gave_up = once and not self._stopping and self._failures >= GIVE_UP
            return replace(self._done, users=len(self._seen), gave_up=gave_up)

    # -- one user after the other ---------------------------------------------------------

    def _may_start(self, once: bool) -> bool:
        with self._lock:
            if once:
                most = 0 if self._failures >= GIVE_UP else self._jobs
            elif time.monotonic() < self._resume_at:
                most = 0
            else:
                most = 1 if self._failures else self._jobs
            return len(self._running) < most

    def _claim(self) -> UserId | None:
        now = self.store.clock()
        try:
            user = self.store.registry.claim(
                self._me, now=now.timestamp(), until=(now + LEASE).timestamp()
            )
        except StoreBusyError as error:
            _log.warning("Nobody could be taken from the line: %s", error)
            return None
        return None if user is None else UserId(user)

    def _start(self, user: UserId, once: bool) -> None:
        with self._lock:
            self._running.add(user)
        # A daemon: one that waits for a dead model must not keep the process from ending.
        threading.Thread(
            target=self._work, args=(user, once), name="usermind-worker", daemon=True
        ).start()

    def _await(self) -> None:
        """Wait for a batch to end, for `stop`, for the end of a pause, or a moment."""
        pause = self._resume_at - time.monotonic()
        try:
            self._events.get(timeout=pause if 0 < pause < POLL else POLL)
        except Empty:
            return

    def _work(self, user: UserId, once: bool) -> None:
        started = time.monotonic()
        try:
            batch = self._batch(user, once, started)
            with self._lock:
                given_back = user not in self._running
            if batch is not None and not given_back:
                self._note(batch, started)
                self._on_batch(batch)
        except UsermindError as error:  # the registry, which `run` will meet too, or a closed store
            _log.warning("A batch could not be ended: %s", error)
        except BaseException as defect:  # noqa: BLE001  # raised by `run`: nobody hears it here
            with self._lock:
                self._defect = self._defect or defect
        finally:
            with self._lock:
                self._running.discard(user)
            self._events.put(None)

    def _raise_defect(self) -> None:
        """Raise in the caller of `run` what a thread of ours met."""
        with self._lock:
            defect, self._defect = self._defect, None
        if defect is not None:
            raise defect

    def _batch(self, user: UserId, once: bool, started: float) -> Batch | None:
        """Do one batch; None when there was none to do."""
        from usermind.graphs.reflection import reflect

        memory, registry = self.store.user(user), self.store.registry
        report, problem = ReflectionReport(), None
        try:
            if not once and self._early(memory):
                return None
            report = reflect(memory, self.reasoner, batches=1)
            if report.conflicts:
                registry.set_due(user, at=(self.store.clock() + RECONSIDER).timestamp())
            with self._lock:
                self._broken.pop(user, None)
        except UnknownUserError:  # forgotten meanwhile, or about to come to be
            registry.clear_due(user)
            if memory.exists:
                memory.settle_due()
            return None
        except StoreError as error:
            problem = str(error)
            self._put_off(user)
        except Exception as error:  # noqa: BLE001  # a defect met with one user: the others go on
            problem = type(error).__name__  # its message may hold what the user said
            _log.warning("A batch broke with %s", problem)
            self._put_off(user)
        finally:
            registry.unclaim(user, self._me)
        done = report.processed or report.failed or report.postponed or report.conflicts
        if not (problem or done):
            return None
        seconds = round(time.monotonic() - started, 3)
        return Batch(user, self.store.clock(), seconds, report, problem)

    def _early(self, memory: UserMemory) -> bool:
        """Wait for more, where that makes a call worth its cost; say whether to."""
        outlook = memory.outlook()
        if outlook.since is None or outlook.ready >= self.reasoner.batch:
            return False
        ripe = outlook.since + self._linger
        if ripe <= self.store.clock():
            return False
        self.store.registry.set_due(memory.user_id, at=ripe.timestamp())
        return True

    def _put_off(self, user: UserId) -> None:
        """Look at a user later whose file, or whose words, the code cannot deal with."""
        with self._lock:
            times = self._broken[user] = self._broken.get(user, 0) + 1
        delay = min(60.0 * 2 ** (times - 1), 3600.0) * _jitter()
        self.store.registry.set_due(user, at=self.store.clock().timestamp() + delay)

    def _note(self, batch: Batch, started: float) -> None:
        with self._lock:
            self._seen.add(batch.user)
            report = self._done.report + batch.report
            self._done = replace(
                self._done,
                batches=self._done.batches + 1,
                problems=self._done.problems + bool(batch.problem),
                report=replace(report, errors=report.errors[-ERRORS_KEPT:]),
            )
            if not batch.failed:
                if batch.report.processed:
                    self._failures, self._resume_at = 0, 0.0
            elif started >= self._failed_at:  # what failed beside it is the same failure
                self._failures += 1
                self._failed_at = time.monotonic()
                self._resume_at = self._failed_at + pause_after(self._failures)

    # -- the end --------------------------------------------------------------------------

    def _finish(self) -> None:
        """Let what is under way end; after the grace period give it back."""
        deadline = time.monotonic() + self._grace
        while self._running and time.monotonic() < deadline:
            try:
                self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                break
        self._give_back()

    def _give_back(self) -> None:
        with self._lock:
            running = set(self._running)
            self._running.clear()
        if not running:
            return
        released = self.store.leases.release(running)
        for user in running:
            self.store.registry.unclaim(user, self._me)
        with self._lock:
            self._done = replace(self._done, released=self._done.released + released)


def pause_after(failures: int) -> float:
    """Return the seconds to pause after so many failures in a row, at least 1."""
    full = min(FIRST_PAUSE * 2.0 ** min(failures - 1, 30), LONGEST_PAUSE)
    return full * _jitter()


def _jitter() -> float:
    return random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, no secret
