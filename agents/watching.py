"""Reading the sources of a user's life into their memory, each for itself.

    poll → observe, at most once → agenda → cursor

A source that cannot be read, breaks, or hangs takes nothing from another one: each is read in a
thread of its own, and what went wrong stands in `ana.watched` and in the report.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from usermind.agents.sources import BadPart, Happening, Poll, Source
from usermind.errors import (
    ConflictingObservationError,
    PrivacyError,
    StoreError,
    UnknownUserError,
    UsermindError,
)
from usermind.memory import Receipt, UserMemory
from usermind.memory.agenda import series_of
from usermind.memory.pinned import PinnedMemory

_log = logging.getLogger(__name__)

POLLS: Final = 4
"""Polls of a source in one pass: one that has much to tell goes on in the next, and what it told is
looked at in between."""
PATIENCE: Final = 30.0
"""Seconds that one pass waits for a source; it reads on, and the next pass finds it done."""
MOST_BAD: Final = 50
"""Parts that could not be read which one report tells."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source in one pass."""

    name: str
    new: int = 0
    """Observations that were stored."""
    bad: tuple[BadPart, ...] = ()
    error: str | None = None
    """Why the source as a whole could not be read."""
    busy: bool = False
    """Whether it was still reading when the pass ended."""
    more: bool = False
    """Whether it has more to tell, in the next pass."""


FORGOTTEN: Final = (
    "The user was forgotten while this source was read for them. Nothing more of it is read. "
    "Watch it anew to begin again."
)


class _Forgotten(Exception):  # noqa: N818  # it is no error
    """The user of a source is no longer there."""


class Watching:
    """The sources that are read for one user.

    Once a user was there and is forgotten, nothing is read for them any more: what they wanted gone
    would come back with it.

    Args:
        memory: Whose.
        sources: What to read; their names must differ.
        patience: Seconds that `read` waits for all of them together.
    """

    def __init__(
        self, memory: UserMemory, sources: Sequence[Source], *, patience: float = PATIENCE
    ) -> None:
        self._memory, self._sources, self._patience = memory, tuple(sources), patience
        self._running: dict[str, threading.Thread] = {}
        self._done: dict[str, SourceReport] = {}
        self._lock = threading.Lock()
        self._born: str | None = None
        """Of the file that is read into; None: there was none."""
        if memory.exists:
            with memory.pinned() as held:
                self._born = held.born
        self._ended = False

    def read(self) -> list[SourceReport]:
        """Read what is new of every source; one report each, in their order.

        Raises:
            StoreError: The user's file cannot be written.
            PrivacyError: The gate broke; nothing of that source was stored.
        """
        for source in self._sources:
            self._start(source)
        deadline = time.monotonic() + self._patience
        for source in self._sources:
            thread = self._running.get(source.name)
            if thread is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return [self._report(source.name) for source in self._sources]

    def _start(self, source: Source) -> None:
        with self._lock:
            if source.name in self._done:
                return  # what it told too late for the last pass is told in this one
            running = self._running.get(source.name)
            if running is not None and running.is_alive():
                return  # it hangs, or has much to tell
            # A daemon: a dead network disk must not keep the process from ending.
            thread = threading.Thread(
                target=self._work, args=(source,), name="usermind-source", daemon=True
            )
            self._running[source.name] = thread
            thread.start()

    def _work(self, source: Source) -> None:
        try:
            with self._held() as memory:
                report = read_one(memory, source)
        except _Forgotten:
            report = SourceReport(source.name, error=FORGOTTEN)
        except UsermindError as error:  # the store, the gate, or a store that was closed meanwhile
            report = SourceReport(source.name, error=str(error))
        with self._lock:
            self._done[source.name] = report

    @contextmanager
    def _held(self) -> Iterator[PinnedMemory]:
        """Hold the file of the user who is read for; whoever was there once still is."""
        with ExitStack() as stack:
            with self._lock:
                if self._ended:
                    raise _Forgotten
                try:
                    held = stack.enter_context(self._memory.pinned(create=self._born is None))
                except UnknownUserError:
                    self._ended = True
                    raise _Forgotten from None
                self._ended = self._born not in (None, held.born)  # forgotten, and begun anew
                self._born = held.born
                if self._ended:
                    raise _Forgotten
            yield held

    def _report(self, name: str) -> SourceReport:
        with self._lock:
            return self._done.pop(name, SourceReport(name, busy=True))


def read_one(memory: PinnedMemory, source: Source) -> SourceReport:
    """Read a source on, at most `POLLS` times; return what became of it.

    Args:
        memory: Whose; what is written goes to the file that it holds, or nowhere.
        source: What to read.

    Raises:
        StoreError: The user's file cannot be written.
        PrivacyError: The gate broke.
    """
    new, bad = 0, list[BadPart]()
    try:
        for _ in range(POLLS):
            _go_on(memory)
            poll = source.poll(memory.watched.cursor(source.name))
            new += _store(memory, poll, source.name, bad)
            bad += poll.bad
            memory.watched.read(source.name, poll.cursor)
            if not poll.more:
                break
        return SourceReport(source.name, new, tuple(bad[:MOST_BAD]), more=poll.more)
    except UnknownUserError:
        raise _Forgotten from None
    except (StoreError, PrivacyError, _Forgotten):
        raise
    except UsermindError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001  # a defect of one source: the others go on
        reason = f"it broke with {type(error).__name__}"  # its message may hold the user's words
        _log.warning("Source %s broke with %s", source.name, type(error).__name__)
    try:
        memory.watched.failed(source.name, reason)
    except UnknownUserError:
        raise _Forgotten from None
    return SourceReport(source.name, new, tuple(bad[:MOST_BAD]), reason)


def _go_on(memory: PinnedMemory) -> None:
    if not memory.exists:
        raise _Forgotten


def _store(memory: UserMemory, poll: Poll, source: str, bad: list[BadPart]) -> int:
    """Store what a poll of a source tells; return how many observations are new."""
    told = poll.happenings
    try:
        receipts: list[Receipt | None] = [*memory.observe_many([each.draft() for each in told])]
    except ConflictingObservationError:  # of one of them: all but that one
        receipts = [_observed(memory, each, bad) for each in told]
    for receipt, each in zip(receipts, told, strict=True):
        if receipt is not None and receipt.id and each.direct and receipt.quarantine is None:
            memory.letters.add(receipt.id)
        # What is in quarantine reaches no prompt, and no list of what is coming either.
        if receipt is not None and receipt.id and each.due and receipt.quarantine is None:
            memory.agenda.add(
                receipt.id,
                each.due,
                ends=each.ends,
                kind="appointment" if each.kind == "appointment" else "task",
                series=series_of(each.series or each.external_id, source),
                all_day=each.all_day,
                busy=each.busy,
            )
    for id_ in poll.gone:
        memory.agenda.cancel(series_of(id_, source))
    return sum(receipt is not None and receipt.outcome == "stored" for receipt in receipts)


def _observed(memory: UserMemory, each: Happening, bad: list[BadPart]) -> Receipt | None:
    try:
        return memory.observe_many([each.draft()])[0]
    except ConflictingObservationError:
        bad.append(BadPart(each.source, "another text came under its id before; that one counts"))
        return None
