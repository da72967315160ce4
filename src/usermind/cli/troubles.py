"""What goes wrong on the way, told once with how often and where, and not each time."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from usermind.cli.screen import count, flat


class Troubles(logging.Handler):
    """The warnings that the package logs, gathered."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._new: list[str] = []
        self._found: defaultdict[str, list[str | None]] = defaultdict(list)
        self._guard = Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning."""
        with self._guard:
            self._new.append(record.getMessage())

    def place(self, where: str | None) -> None:
        """Say where what came since the last call went wrong; None: nobody knows."""
        with self._guard:
            for message in self._new:
                self._found[message].append(where)
            self._new.clear()

    def lines(self) -> list[str]:
        """Return one line for each kind of trouble: what, how often, and where first."""
        self.place(None)
        told = []
        for message, places in self._found.items():
            where = "" if places[0] is None else f", first in {flat(places[0])}"
            times = "once" if len(places) == 1 else count(len(places), "time")
            told.append(f"{flat(message)} ({times}{where})")
        return told


@contextmanager
def troubles() -> Iterator[Troubles]:
    """Gather what the package warns of while the block runs."""
    log, found = logging.getLogger("usermind"), Troubles()
    log.addHandler(found)
    try:
        yield found
    finally:
        log.removeHandler(found)
