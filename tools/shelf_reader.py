"""Who reads the shelf of a catalogue as it is now, where it is needed and has changed."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import TYPE_CHECKING

from usermind.errors import StoreDamagedError
from usermind.tools.fitting import fitted, place_of, texts_of
from usermind.tools.mentions import Mentions
from usermind.tools.orders import Measures
from usermind.tools.shelf import Shelf

if TYPE_CHECKING:
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.recommenders.recommender import Recommender


class ShelfReader:
    """Reads a catalogue and what was fitted on it, and keeps the last reading. Thread-safe.

    Args:
        catalogue: What there is.
        recommender: Who ranks; None: who was fitted on the catalogue, or is fitted now.
    """

    def __init__(self, catalogue: Catalogue, recommender: Recommender | None = None) -> None:
        self.last: Shelf | None = None
        """What was read last; None: nothing yet."""
        self._catalogue = catalogue
        self._given = recommender
        self._spoilt: tuple[tuple[int, int], str] | None = None
        """What is wrong with files that need not be read again as long as they are the same."""
        self._lock = threading.Lock()

    def steps(self) -> Generator[None, None, None]:
        """Read a step at a time; what was never fitted is left to whoever asks first.

        Raises:
            ModelError: The embedder of the catalogue failed.
            StoreError: The catalogue, or what was fitted on it, cannot be read.
        """
        if not len(self._catalogue) or (self._given is None and not self._fitted_at()):
            return
        yield
        self._catalogue.snapshot()
        yield
        with self._lock:  # whoever asks meanwhile waits, and goes on where this was given up
            version = self._version()
            if self.last is None or self.last.version != version:
                self.last = yield from self._reading()

    def now(self) -> Shelf:
        """Return the catalogue as it is now; as it was, while another thread reads it anew.

        Raises:
            StoreDamagedError: The catalogue, as it stands, could not be read before.
            ModelError, StoreError: As `steps`.
        """
        shelf = self.last
        version = self._version()
        if shelf is not None and shelf.version == version:
            return shelf
        if self._spoilt is not None and self._spoilt[0] == version:
            raise StoreDamagedError(self._spoilt[1])
        if not self._lock.acquire(blocking=shelf is None):
            assert shelf is not None, "without one, the lock is waited for"
            return shelf
        try:
            if self.last is None or self.last.version != version:
                self.last = _done(self._reading())
            return self.last
        except StoreDamagedError as error:
            self._spoilt = version, str(error)
            raise
        finally:
            self._lock.release()

    def _reading(self) -> Generator[None, None, Shelf]:
        """Read the catalogue of now, a step at a time."""
        version = self._version()
        recommender = self._recommender()
        yield
        if version[1] == 0:  # fitting it just now has made the file
            version = version[0], self._fitted_at()
        items, log = recommender.items, self._catalogue.log(recommender.items)
        yield
        mentions = Mentions(items, self._catalogue.things, log.counts().tolist())
        yield
        return Shelf(version, mentions, Measures.of(items, log), recommender)

    def _version(self) -> tuple[int, int]:
        return self._catalogue.items_version, self._fitted_at()

    def _recommender(self) -> Recommender:
        if self._given is None:
            return fitted(self._catalogue)
        now = self._catalogue.snapshot()
        if self._given.items is now.items:
            return self._given
        return self._given.over(now.items, texts_of(self._catalogue, now))

    def _fitted_at(self) -> int:
        """Return when what is recommended by was fitted, in nanoseconds; 0: never, or elsewhere."""
        if self._given is not None:
            return 0
        try:
            return (place_of(self._catalogue) / "model.json").stat().st_mtime_ns
        except OSError:
            return 0


def _done(reading: Generator[None, None, Shelf]) -> Shelf:
    """Take all steps at once, and return what was read."""
    while True:
        try:
            next(reading)
        except StopIteration as end:
            shelf: Shelf = end.value
            return shelf
