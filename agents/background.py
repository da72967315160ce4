"""Reflection behind a conversation: one at a time for each user, and heard of when it breaks."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from usermind.errors import UsermindError
from usermind.memory import UserMemory

UNHEARD = 16
"""Failures that are kept for `wait`, the newest: an application may never call it."""
_log = logging.getLogger(__name__)


class Background:
    """Reflects in threads of its own on the users that it is told of.

    Args:
        reflect: Does it once for one user.
        threads: Users that are reflected on at the same time, at most.
    """

    def __init__(self, reflect: Callable[[UserMemory], None], *, threads: int) -> None:
        self._reflect = reflect
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="usermind-reflect")
        self._running: dict[str, Future[None]] = {}
        self._broken: deque[Future[None]] = deque(maxlen=UNHEARD)
        self._again: set[str] = set()
        self._closed = False
        self._lock = threading.Lock()

    def soon(self, memory: UserMemory) -> None:
        """Reflect for a user, or once more where that is under way; nothing after `close`."""
        with self._lock:
            if memory.user_id in self._running:
                self._again.add(memory.user_id)  # it may have looked at the queue already
            elif not self._closed:
                self._running[memory.user_id] = self._pool.submit(self._keep_on, memory)

    def wait(self, timeout: float | None = None) -> None:
        """Return when nothing is under way; raise what broke since the last call.

        Args:
            timeout: Seconds to wait for each at most; `TimeoutError` when they are over.
        """
        with self._lock:
            futures = [*self._broken, *self._running.values()]
        for future in futures:
            try:
                future.result(timeout)
            finally:
                with self._lock:
                    if future in self._broken:
                        self._broken.remove(future)

    def close(self) -> None:
        """Finish what is under way; safe to call twice."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=True)

    def _keep_on(self, memory: UserMemory) -> None:
        user = memory.user_id
        try:
            while True:
                self._once(memory)
                with self._lock:
                    if user not in self._again:
                        del self._running[user]
                        return
                    self._again.discard(user)
        except BaseException:
            with self._lock:
                self._broken.append(self._running.pop(user))
                self._again.discard(user)
            raise

    def _once(self, memory: UserMemory) -> None:
        try:
            self._reflect(memory)
        except UsermindError as failure:
            # The observations stay due, and `usermind status` shows why they failed.
            _log.warning("Background reflection stopped: %s", failure)
        except Exception as defect:
            # Its message may hold what the user said.
            _log.error(
                "Background reflection broke with %s; `wait` raises it", type(defect).__name__
            )
            _log.debug("Where it broke", exc_info=True)
            raise
