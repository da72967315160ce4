"""The leases that this process holds: renewed while the work goes on, given back at its end."""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING

from usermind.errors import UnknownUserError, UsermindError
from usermind.memory.work import LEASE, Queue

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

_log = logging.getLogger(__name__)

BEAT = LEASE.total_seconds() / 4
"""Seconds between two renewals."""
LONGEST = 3600.0
"""Seconds after which a batch is taken for hung, and its lease is left to run out."""
_within: ContextVar[bool] = ContextVar("usermind_within_a_batch", default=False)


class Leases:
    """The leases of one open store. Thread-safe.

    A thread renews them, so that a slow model does not lead to double work; it runs only while
    there are any. What is still held when the store is closed, or the interpreter ends, is given
    back untouched.
    """

    def __init__(self, *, beat: float = BEAT) -> None:
        self.beat = beat
        self._held: dict[str, tuple[UserMemory, float]] = {}
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._beating = False
        self._at_exit = partial(_close, weakref.ref(self))

    @contextmanager
    def keeping(self, memory: UserMemory) -> Iterator[Callable[[str], None]]:
        """Keep the leases alive whose tokens the yielded function is told, until the end."""
        mine: list[str] = []

        def keep(token: str) -> None:
            mine.append(token)
            self._keep(memory, token)

        within = _within.set(True)
        try:
            yield keep
        finally:
            _within.reset(within)
            with self._changed:
                for token in mine:
                    self._held.pop(token, None)
                self._changed.notify_all()

    def ended(self, user_id: str, *, timeout: float) -> bool:
        """Wait for the batches of a user that other threads are at; return whether any ended.

        Who is within a batch, anybody's, does not wait: two that waited for each other would stand
        still. Other processes, and other stores on the same folder, are not waited for.

        Args:
            user_id: Whose.
            timeout: Seconds to wait at most.
        """
        with self._changed:
            if _within.get() or not self._under_way(user_id):
                return False
            return self._changed.wait_for(lambda: not self._under_way(user_id), timeout=timeout)

    def _under_way(self, user_id: str) -> bool:
        return any(memory.user_id == user_id for memory, _ in self._held.values())

    def _keep(self, memory: UserMemory, token: str) -> None:
        with self._lock:
            self._held[token] = (memory, time.monotonic())
            if self._beating:
                return
            self._beating = True
        atexit.unregister(self._at_exit)  # it stands there once
        atexit.register(self._at_exit)
        threading.Thread(target=self._beat, name="usermind-leases", daemon=True).start()

    def _beat(self) -> None:
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: not self._held, timeout=self.beat):
                    self._beating = False
                    return
            self.renew()

    def renew(self) -> None:
        """Let every lease run for another `LEASE`, except those of batches that hang."""
        for token, (memory, since) in self._snapshot():
            alive = time.monotonic() - since < LONGEST
            if not alive:
                _log.warning("A batch has taken %d s; its lease is left to run out", LONGEST)
            try:
                if alive:
                    with memory.open() as file:
                        alive = Queue(file.database, now=memory.now()).renew(token)
            except UnknownUserError:  # forgotten meanwhile, and the work with them
                alive = False
            except UsermindError as error:
                _log.warning("A lease could not be renewed: %s", error)
            if not alive:
                self._drop(token)

    def release(self, users: Collection[str] | None = None) -> int:
        """Give back what is held, untouched; return how many leases.

        Args:
            users: Whose; None: everybody's.
        """
        held = [
            (token, memory)
            for token, (memory, _) in self._snapshot()
            if users is None or memory.user_id in users
        ]
        for token, memory in held:
            try:
                with memory.open() as file:
                    Queue(file.database, now=memory.now()).release(token)
                memory.settle_due()
            except UsermindError as error:  # it runs out, or is taken over from a dead process
                _log.warning("A lease could not be given back: %s", error)
            finally:
                self._drop(token)  # last: who waits for it finds what was given back
        return len(held)

    def close(self) -> None:
        """Give back everything that is held; safe to call twice."""
        self.release()
        atexit.unregister(self._at_exit)

    def _snapshot(self) -> list[tuple[str, tuple[UserMemory, float]]]:
        with self._lock:
            return list(self._held.items())

    def _drop(self, token: str) -> None:
        with self._changed:
            self._held.pop(token, None)
            self._changed.notify_all()


def _close(leases: weakref.ref[Leases]) -> None:
    alive = leases()
    if alive is not None:
        alive.release()
