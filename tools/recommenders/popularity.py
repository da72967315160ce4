"""What most people like, whoever asks: the bar for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores


class Popularity(Recommender):
    """Scores an item by how many people liked it."""

    name: ClassVar[str] = "popularity"

    def __init__(self) -> None:
        self.items = ItemTable(())
        self._counts = np.zeros(0, dtype=np.float32)

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Count, in time linear in the log."""
        self.items, self._counts = log.items, log.counts()
        return self

    def update(self, log: InteractionLog) -> None:
        """Count on."""
        self.check_rows(log)
        self._counts = self._counts + log.counts()

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the counts, whatever the query says."""
        return self._counts

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Say how many people liked it."""
        count = int(self._counts[row])
        people = "1 person" if count == 1 else f"{count:,} people"
        return [Reason("popularity", f"{people} liked it", 1.0)] if count else []

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return the counts."""
        return {"counts": self._counts}

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return nothing: there is nothing to set."""
        return {}

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return one of these counts."""
        made = cls()
        made.items, made._counts = items, arrays["counts"].astype(np.float32)
        return made
