"""The contract of all recommenders: who is fitted on a log answers any user by their events.

    UserQuery → scores over all items → what the filter lets pass → the k best → reasons

A recommender says how it is fitted and how it scores. That filters hold, that what was seen does
not return, that scores are finite, and that ties go to the item that comes first in the table, is
settled here, once for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError, NotInCatalogueError
from usermind.tools.interactions import InteractionLog
from usermind.tools.item_filter import ItemFilter
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import MOST_REASONS, Reason, Recommendation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usermind.tools.recommenders.text import TextSource

Progress = Callable[[int, int], None]
"""Called with how many steps are done, and of how many."""
Scores = NDArray[np.float32]
"""(items,) the higher, the better; 0 where a recommender has nothing to say."""
ANY = ItemFilter()
"""Lets everything pass that was not seen."""


class Recommender(ABC):
    """Ranks the items of a table for any user. Fitted by `fit`, or `load`ed."""

    name: ClassVar[str]
    """What it is called in files, answers and on the command line."""
    items: ItemTable

    @property
    def source(self) -> str:
        """What its recommendations say they come from."""
        return self.name

    # -- what each of them says -----------------------------------------------------------

    @abstractmethod
    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Learn from a log, in place of what was learnt before, and return itself.

        Raises:
            MissingExtraError: A library it needs is not installed.
        """

    @abstractmethod
    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) how well each item fits; unknown ids in the query count for nothing."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return all that it learnt, of any shapes, by names of its own, for a file."""

    @abstractmethod
    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return the arguments that it was made with, for a file."""

    @classmethod
    @abstractmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return what `arrays` and `settings` were taken from.

        Raises:
            InvalidInputError: They do not fit together.
        """

    def update(self, log: InteractionLog) -> None:
        """Take new interactions in, over the same items, without a full fit.

        Raises:
            NotImplementedError: This one must be fitted anew.
        """
        raise NotImplementedError(
            f"{type(self).__name__} takes no new interactions in. Fit it anew on all of them."
        )

    def over(self, items: ItemTable, text: TextSource | None = None) -> Recommender:
        """Return this recommender answering over another table; items it does not know score 0.

        Args:
            items: The table; items are found by their ids.
            text: Vectors of these items, for those that read what items say.

        Raises:
            InvalidInputError: The vectors do not fit the items.
            EmbedderMismatchError: They are of another embedder than that of the fit.
        """
        from usermind.tools.recommenders.aligned import Aligned

        if items.ids != self.items.ids:
            return Aligned(self, items)
        self.items = items
        return self

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return what spoke for an item, the strongest first; nothing where it cannot tell."""
        return ()

    def neighbours(self, row: int, *, goes_with: bool = False) -> Scores:
        """Return (items,) how alike each item is to one, or how well it goes with it.

        Here: what it would recommend to somebody who liked that one item alone.
        """
        from usermind.tools.recommenders.query import Event

        return self.scores(UserQuery(events=(Event(self.items.ids[row]),)))

    def check_rows(self, log: InteractionLog) -> None:
        """Check that a log's rows are those of this recommender's items.

        Raises:
            InvalidInputError: They are not.
        """
        if log.items is not self.items and log.items.ids != self.items.ids:
            raise InvalidInputError(
                f"The log is over a table of {len(log.items):,} items, {type(self).__name__} was "
                f"fitted on one of {len(self.items):,}, and their ids differ. Nothing was taken "
                "in. Give a log over the same table, or fit anew."
            )

    # -- what holds for all ---------------------------------------------------------------

    def recommend(
        self,
        query: UserQuery,
        k: int = 10,
        where: ItemFilter = ANY,
        *,
        explain: bool = False,
    ) -> list[Recommendation]:
        """Return at most k items that pass the filter, best first.

        Fewer come where fewer pass, none from an empty table. A user of whom nothing is known gets
        what a recommender has for anybody.

        Raises:
            InvalidInputError: k is below 1.
        """
        _check_positive(k)
        passes = where.mask(self.items)
        if where.exclude_seen:
            passes[self.items.rows(query.seen)] = False
        return self._best(query, finite(self.scores(query)), passes, k, explain=explain)

    def score(self, query: UserQuery, item_ids: Sequence[str]) -> Scores:
        """Return (len(item_ids),) the scores of some items; 0 for those it does not know."""
        every = finite(self.scores(query))
        rows = (self.items.row(id_) for id_ in item_ids)
        return np.array([0.0 if row is None else every[row] for row in rows], dtype=np.float32)

    def similar(self, item_id: str, k: int = 10, where: ItemFilter = ANY) -> list[Recommendation]:
        """Return the items most like one, best first; the item itself is not among them.

        Raises:
            NotInCatalogueError: There is no item of this id.
            InvalidInputError: k is below 1.
        """
        return self._near(item_id, k, where, goes_with=False)

    def complementary(
        self, item_id: str, k: int = 10, where: ItemFilter = ANY
    ) -> list[Recommendation]:
        """Return what people turn to after an item, best first; raises what `similar` does.

        What has no notion of order answers as `similar` does.
        """
        return self._near(item_id, k, where, goes_with=True)

    def _near(
        self, item_id: str, k: int, where: ItemFilter, *, goes_with: bool
    ) -> list[Recommendation]:
        _check_positive(k)
        row = self.items.row(item_id)
        if row is None:
            raise NotInCatalogueError(item_id)
        passes = where.mask(self.items)
        passes[row] = False
        found = finite(self.neighbours(row, goes_with=goes_with))
        # What it has nothing to say of is not like anything.
        return self._best(UserQuery(), found, passes & (found > 0), k, explain=False)

    def _best(
        self,
        query: UserQuery,
        scores: Scores,
        passes: NDArray[np.bool_],
        k: int,
        *,
        explain: bool,
    ) -> list[Recommendation]:
        best = top(scores, k, among=passes)
        return [
            Recommendation(
                item=self.items[row],
                score=float(scores[row]),
                rank=rank,
                source=self.source,
                reasons=tuple(self.explain(query, row))[:MOST_REASONS] if explain else (),
            )
            for rank, row in enumerate(map(int, best), 1)
        ]


def top(scores: Scores, k: int, *, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Return the rows of the k best scores, best first; of equal ones the first row.

    Args:
        scores: (items,), finite.
        k: How many at most, 1 or more.
        among: (items,) which rows may come; None: all.
    """
    rows = np.arange(len(scores)) if among is None else np.flatnonzero(among)
    if len(rows) <= k:
        return rows[np.argsort(-scores[rows], kind="stable")]
    kept = scores[rows]
    least = _kth_best(kept, k)
    better = rows[kept > least]
    better = better[np.argsort(-scores[better], kind="stable")]
    # Of those at the edge the first in the table; they may be nearly all there are.
    return np.concatenate([better, rows[kept == least][: k - len(better)]])


def _kth_best(scores: Scores, k: int) -> float:
    """Return the k-th best of more than k scores.

    Most scores of one user are 0. numpy's partition takes 40 ms for 100,000 of which nearly all
    are one value; those are counted instead.
    """
    above = scores[scores > 0]
    if len(above) >= k:
        return float(-np.partition(-above, k - 1)[k - 1])
    below = scores[scores < 0]
    beyond = k - (len(scores) - len(below))
    return 0.0 if beyond <= 0 else float(-np.partition(-below, beyond - 1)[beyond - 1])


def finite(scores: Scores) -> Scores:
    """Return scores with 0 in place of what is no number."""
    return np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32, copy=False)


def _check_positive(k: int) -> None:
    if k < 1:
        raise InvalidInputError(f"`k` is {k}. Expected 1 or more. Nothing was ranked.")
