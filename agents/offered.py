"""What was suggested in each conversation, so that what was passed over is not suggested again.

Only fingerprints are held, in this process: nothing can be read back, nothing outlives a restart.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from usermind.memory.text import fingerprint

THREADS = 1_000
"""Conversations that are remembered, those heard last."""
LAST = 60
"""Suggestions of each that are remembered."""


class Offered:
    """Suggestions by conversation. Safe to share between threads."""

    def __init__(self) -> None:
        self._by_thread: OrderedDict[tuple[str, str], tuple[bytes, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, user_id: str, thread_id: str) -> frozenset[bytes]:
        """Return the fingerprints of what was offered."""
        with self._lock:
            return frozenset(self._by_thread.get((user_id, thread_id), ()))

    def add(self, user_id: str, thread_id: str, texts: Iterable[str]) -> None:
        """Take note of what is offered now."""
        new = tuple(fingerprint(text) for text in texts)
        if not new:
            return
        with self._lock:
            known = self._by_thread.pop((user_id, thread_id), ())
            self._by_thread[user_id, thread_id] = (*known, *new)[-LAST:]
            if len(self._by_thread) > THREADS:
                self._by_thread.popitem(last=False)
