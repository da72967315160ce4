"""A recommender over a table that has gained or lost items since it was fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.tools.interactions import InteractionLog
from usermind.tools.items import Item, ItemTable
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores

if TYPE_CHECKING:
    from usermind.tools.recommenders.text import TextSource


class Aligned(Recommender):
    """Answers over one table with what another recommender learnt over another.

    An item that is new to it scores 0; one that is gone from the table still tells of the user,
    but is not recommended.

    Args:
        inner: The one that was fitted. Its table is replaced by one of the same ids, with the
            titles of `items`.
        items: The table that answers are over.
    """

    name: ClassVar[str] = "aligned"

    def __init__(self, inner: Recommender, items: ItemTable) -> None:
        inner.items = ItemTable(
            Item(id_, id_) if (row := items.row(id_)) is None else items[row]
            for id_ in inner.items.ids
        )
        self.inner, self.items = inner, items
        rows = items.rows_in(inner.items)
        self._known = np.flatnonzero(rows >= 0)
        self._rows = rows
        self._inner_rows = rows[self._known]

    @property
    def source(self) -> str:
        """The name of the one within."""
        return self.inner.source

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Fit the one within on a log; from then on both tables are the log's."""
        self.inner.fit(log, progress=progress)
        self.items = log.items
        self._rows = self._known = self._inner_rows = np.arange(len(log.items))
        return self

    def update(self, log: InteractionLog) -> None:
        """Take in what the log says of items that were there at the fit."""
        self.check_rows(log)
        rows = self._rows[log.rows]
        kept = rows >= 0
        self.inner.update(
            InteractionLog(
                self.inner.items,
                log.users[kept],
                rows[kept],
                log.weights[kept],
                log.times[kept],
                log.n_users,
            )
        )

    def over(self, items: ItemTable, text: TextSource | None = None) -> Recommender:
        """Return the one within over another table."""
        return self.inner.over(items, text)

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the scores of the one within, 0 for items it does not know."""
        return self._spread(self.inner.scores(query))

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the reasons of the one within."""
        inner_row = int(self._rows[row])
        return self.inner.explain(query, inner_row) if inner_row >= 0 else ()

    def neighbours(self, row: int, *, goes_with: bool = False) -> Scores:
        """Return (items,) the neighbours that the one within knows; none of a new item."""
        inner_row = int(self._rows[row])
        if inner_row < 0:
            return np.zeros(len(self.items), dtype=np.float32)
        return self._spread(self.inner.neighbours(inner_row, goes_with=goes_with))

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return what the one within learnt; `files.save` writes that one."""
        return self.inner.arrays()

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return the settings of the one within."""
        return self.inner.settings()

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Raise: only the one within is ever written."""
        raise NotImplementedError("`files.load` restores the one within and aligns it.")

    def _spread(self, inner: Scores) -> Scores:
        found = np.zeros(len(self.items), dtype=np.float32)
        found[self._known] = inner[self._inner_rows]
        return found
