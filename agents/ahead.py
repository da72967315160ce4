"""What the first message needs of a catalogue, read before it comes, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING

from usermind.errors import UsermindError

if TYPE_CHECKING:
    from usermind.tools.advisor import Advisor

_log = logging.getLogger(__name__)


class Ahead:
    """Reads what an advisor recommends by, once, in the background.

    Whoever asks the advisor meanwhile waits for what is left. What fails here is tried again, and
    raised, when it is asked; nothing is fitted, and nothing written, so that a process which ends
    meanwhile need not wait for it.

    Args:
        advisor: Whose; None: there is nothing to read.
    """

    def __init__(self, advisor: Advisor | None) -> None:
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        if advisor is not None:
            self._thread = threading.Thread(
                target=self._read, args=(advisor,), name="usermind-catalogue", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Begin no further step, and return when the one under way is done; safe to call twice."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _read(self, advisor: Advisor) -> None:
        try:
            with closing(advisor.steps()) as steps:
                for _ in steps:
                    if self._closed.is_set():
                        return
        except UsermindError as error:
            # Nobody has asked for anything yet; whoever does gets this very error.
            _log.debug("A catalogue was not read ahead: %s", type(error).__name__)
