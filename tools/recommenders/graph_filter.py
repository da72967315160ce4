"""A graph filter: taste smoothed over who liked what, near (two steps) and far (low frequencies).

    R̃ = D_u^−½ R D_i^−½,  scores = r (R̃ᵀR̃ + α D_i^−½ V Vᵀ D_i^½)

R is who liked what, D its degrees, V the leading right singular vectors of R̃, r what the user
liked. The filter is linear in r: each event's share of a score is known exactly. The matrix of all
pairs of items is never made: memory grows with the log and with items × rank.

Source: Y. Shen et al., How Powerful is Graph Convolution for Recommendation? (2021), section 4.2,
GF-CF. We depart from it where a query is scored: dislikes count with a negative weight, older
events can count less, and the near part can be D_i^−lift R̃ᵀ D_u^crowd R̃ D_i^lift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.matrices import joined, packed, unpacked
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_SEED = 0
"""Of the vector that the search for singular vectors starts from: the same log, the same model."""
_DENSE = 64
"""Up to this many people or items the singular vectors are found without iterating."""
_NOUGHT = 1e-5
"""Frequencies of a smaller singular value (the largest is 1) are noise of single precision."""
_FEW = 0.2
"""As long as those who share an item with the user have less than this share of all interactions,
picking their rows is faster than running over the whole matrix."""


class GraphFilter(Recommender):
    """Scores an item by how near it is, in the graph of people and items, to what the user liked.

    Args:
        rank: Singular vectors, 1 or more; 0: none, the near part alone.
        smooth: α, 0 or more: the weight of the far part.
        lift: In [−0.5, 0.5]: how much more the near part favours what many like, as a power of
            how many; 0: as in the paper.
        crowd: In [−1, 1]: how much more people count in the near part who like many items, as a
            power of how many; 0: as in the paper. A check-in data set (Gowalla) is answered best
            with lift 0.15, crowd 0.2 and smooth 0.06; films with what is set here.
        decay: In (0, 1]: what an event of the user counts less for each event after it.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    name: ClassVar[str] = "graph filter"

    def __init__(
        self,
        *,
        rank: int = 256,
        smooth: float = 0.3,
        lift: float = 0.0,
        crowd: float = 0.0,
        decay: float = 1.0,
    ) -> None:
        if not (
            rank >= 0
            and np.isfinite(smooth)
            and smooth >= 0
            and abs(lift) <= 0.5
            and abs(crowd) <= 1
            and 0 < decay <= 1
        ):
            raise InvalidInputError(
                f"`rank` is {rank}, `smooth` is {smooth}, `lift` is {lift}, `crowd` is {crowd} and "
                f"`decay` is {decay}. Expected a rank and a weight of 0 or more, `lift` in "
                "[-0.5, 0.5], `crowd` in [-1, 1], and a decay above 0 and at most 1. Nothing was "
                "fitted."
            )
        self.rank, self.smooth, self.decay = int(rank), float(smooth), float(decay)
        self.lift, self.crowd = float(lift), float(crowd)
        self.items = ItemTable(())
        self._graph: _Graph | None = None

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Weigh the graph and find its low frequencies."""
        if progress is not None:
            progress(0, 1)
        graph = _Graph.of(log.matrix(), self.rank)
        self.items, self._graph = log.items, graph
        if progress is not None:
            progress(1, 1)
        return self

    def update(self, log: InteractionLog) -> None:
        """Fit on old and new interactions together; the old ones are kept for this.

        A row of the log is the same person as in the fit.
        """
        self.check_rows(log)
        liked = log.matrix()
        before = self._graph
        self._graph = _Graph.of(joined(before.liked, liked) if before else liked, self.rank)

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the user's events, filtered."""
        history, graph = History.of(query, self.items, decay=self.decay), self._graph
        if graph is None or not len(history):
            return np.zeros(len(self.items), dtype=np.float32)
        rows, weights = history.rows, history.weights
        lifts, trust = graph.lifts(self.lift), graph.trust(self.crowd)
        people = graph.by_item[rows].T @ (weights / lifts[rows])
        found = lifts * graph.to_items(people * trust)
        taste = (weights * graph.inverse_root[rows]) @ graph.low[rows]
        found += self.smooth * graph.root * (graph.low @ taste)
        return found

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the events that the score of an item is the sum of."""
        history, graph = History.of(query, self.items, decay=self.decay), self._graph
        if graph is None:
            return ()
        rows = history.rows
        start, stop = graph.by_item.indptr[row : row + 2]
        people = np.zeros(graph.by_item.shape[1], dtype=np.float32)
        people[graph.by_item.indices[start:stop]] = graph.by_item.data[start:stop]
        lifts = graph.lifts(self.lift)
        near = graph.by_item[rows] @ (people * graph.trust(self.crowd)) * lifts[row] / lifts[rows]
        far = graph.inverse_root[rows] * (graph.low[rows] @ graph.low[row]) * graph.root[row]
        return history.reasons(self.items, history.weights * (near + self.smooth * far))

    def factors(self) -> NDArray[np.float32]:
        """Return (items, rank at most) the low frequencies, rows of mean square length 1.

        Items that similar people liked point the same way; the row of one that many liked is long,
        and that of one that nobody liked is 0.
        """
        if self._graph is None:
            return np.zeros((len(self.items), 0), dtype=np.float32)
        low = self._graph.low
        warm = int((low != 0).any(axis=1).sum())
        return low * np.float32(np.sqrt(warm / max(low.shape[1], 1)))

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return who liked what, and the low frequencies."""
        graph = self._graph or _Graph.of(InteractionLog.of(self.items, []).matrix(), 0)
        return {**packed(graph.liked, "liked"), "low": graph.low}

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return rank, weight of the far part, and decay."""
        return {
            "rank": self.rank,
            "smooth": self.smooth,
            "lift": self.lift,
            "crowd": self.crowd,
            "decay": self.decay,
        }

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return the one of this graph.

        Raises:
            InvalidInputError: They do not fit together.
        """
        made = cls(
            rank=int(settings["rank"]),
            smooth=float(settings["smooth"]),
            lift=float(settings["lift"]),
            crowd=float(settings["crowd"]),
            decay=float(settings["decay"]),
        )
        low = arrays["low"].astype(np.float32, copy=False)
        if low.ndim != 2 or len(low) != len(items):
            raise InvalidInputError(
                f"The low frequencies are {low.shape}, for {len(items):,} items. Expected one row "
                "for each item. Nothing was made of them. Fit the recommender anew."
            )
        made.items = items
        made._graph = _Graph.around(unpacked(arrays, "liked", len(items)), low)
        return made


@dataclass(frozen=True, slots=True)
class _Graph:
    """Who liked what, weighed by degrees, and its low frequencies."""

    liked: csr_matrix
    """(people, items) of 1."""
    low: NDArray[np.float32]
    """(items, rank at most) V."""
    by_person: csr_matrix
    """(people, items) R̃."""
    by_item: csr_matrix
    """(items, people) R̃ᵀ."""
    root: NDArray[np.float32]
    """(items,) D_i^½."""
    inverse_root: NDArray[np.float32]
    """(items,) D_i^−½; 0 where nobody liked the item."""

    @classmethod
    def of(cls, liked: csr_matrix, rank: int) -> Self:
        """Return the graph of who liked what."""
        return cls.around(liked, _low_frequencies(_weighed(liked), rank))

    @classmethod
    def around(cls, liked: csr_matrix, low: NDArray[np.float32]) -> Self:
        """Return the graph whose low frequencies are known."""
        weighed = _weighed(liked)
        root = np.sqrt(_degrees(liked, axis=0))
        inverse_root = np.divide(1.0, root, out=np.zeros_like(root), where=root > 0)
        return cls(liked, low, weighed, weighed.T.tocsr(), root, inverse_root)

    def lifts(self, power: float) -> NDArray[np.float32]:
        """Return (items,) how many like each, to a power; 1 where nobody does."""
        found: NDArray[np.float32] = np.maximum(self.root, 1.0) ** np.float32(2 * power)
        return found

    def trust(self, power: float) -> NDArray[np.float32]:
        """Return (people,) how much each likes, to a power; 1 on average over all interactions."""
        sizes = np.diff(self.liked.indptr).astype(np.float64)
        found = np.maximum(sizes, 1.0) ** power
        mean = float((found * sizes).sum() / max(sizes.sum(), 1.0))
        return np.asarray(found / (mean or 1.0), dtype=np.float32)

    def to_items(self, people: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (items,) R̃ᵀ times (people,), most of which are 0 as a rule."""
        some = np.flatnonzero(people)
        starts = self.by_person.indptr
        if (starts[some + 1] - starts[some]).sum() < _FEW * self.by_person.nnz:
            found = self.by_person[some].T @ people[some]
        else:
            found = self.by_item @ people
        return np.asarray(found, dtype=np.float32)


def _degrees(liked: csr_matrix, *, axis: int) -> NDArray[np.float32]:
    return np.asarray(liked.sum(axis=axis), dtype=np.float32).ravel()


def _weighed(liked: csr_matrix) -> csr_matrix:
    """Return R̃: each interaction divided by the roots of both degrees."""
    weighed = liked.tocsr().copy()
    by_person = np.repeat(_degrees(liked, axis=1), np.diff(weighed.indptr))
    by_item = _degrees(liked, axis=0)[weighed.indices]
    weighed.data = (1.0 / np.sqrt(by_person * by_item)).astype(np.float32)
    return weighed


def _low_frequencies(weighed: csr_matrix, rank: int) -> NDArray[np.float32]:
    """Return (items, rank at most) the leading right singular vectors."""
    smaller = min(weighed.shape)
    rank = min(rank, smaller)
    if rank == 0 or weighed.nnz == 0:
        return np.zeros((weighed.shape[1], 0), dtype=np.float32)
    if smaller <= _DENSE:
        _, values, vectors = np.linalg.svd(weighed.toarray(), full_matrices=False)
        values, vectors = values[:rank], vectors[:rank]
    else:
        from scipy.sparse.linalg import svds

        start = np.random.default_rng(_SEED).standard_normal(smaller).astype(np.float32)
        rank = min(rank, smaller - 1)
        _, values, vectors = svds(weighed, k=rank, v0=start, return_singular_vectors="vh")
    return np.ascontiguousarray(vectors[values > _NOUGHT].T, dtype=np.float32)
