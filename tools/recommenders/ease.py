"""EASE: each item is predicted from all others by one ridge regression, in closed form.

    G = XᵀX + λI,  P = G⁻¹,  B[i, j] = −P[i, j] / P[j, j],  B[i, i] = 0,  scores = x B

X is who liked what, x what the user liked. The score of an item is a sum over the user's events, so
that each event's share of it is known exactly.

Source: H. Steck, Embarrassingly Shallow Autoencoders for Sparse Data (2019), section 3.1, equations
7 and 8. We depart from it where a query is scored: dislikes count with a negative weight, and older
events can count less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.matrices import joined, packed, sparse, unpacked
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_BLOCK = 1024
"""Rows of a large matrix that are worked on at a time, so that no second one is needed."""
_CHEAP_UPDATE = 0.25
"""As long as fewer people than this share of the items changed, correcting the inverse takes less
arithmetic than inverting anew."""


class Ease(Recommender):
    """Scores an item by what the user liked, each weighted by a learnt matrix.

    Fitting takes (items)³ steps and 4 (items)² bytes: 2 s at 3,000 items, 20 s and 0.6 GB at
    12,000.

    Args:
        ridge: λ above 0: the larger, the more even the weights. 500 where people like a hundred
            items each, as films; 100 where they like ten, as in a shop.
        decay: In (0, 1]: what an event of the user counts less for each event after it. 1 where
            order means nothing; 0.7 where people's wishes move on, as in shopping.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    name: ClassVar[str] = "ease"

    def __init__(self, *, ridge: float = 500.0, decay: float = 1.0) -> None:
        if not (np.isfinite(ridge) and ridge > 0 and 0 < decay <= 1):
            raise InvalidInputError(
                f"`ridge` is {ridge} and `decay` is {decay}. Expected a ridge above 0, and a decay "
                "above 0 and at most 1. Nothing was fitted."
            )
        self.ridge, self.decay = float(ridge), float(decay)
        self.items = ItemTable(())
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._pivots = np.zeros(0, dtype=np.float32)
        self._liked: csr_matrix | None = None

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Solve for the weights.

        Raises:
            InvalidInputError: The matrix would not fit into the free memory.
            MissingExtraError: scipy is not installed.
        """
        liked = log.matrix()
        self._weights, self._pivots = _solved(liked, self.ridge, progress)
        self.items, self._liked = log.items, liked
        return self

    def update(self, log: InteractionLog) -> None:
        """Take new interactions in; the result is that of a fit on old and new ones together.

        A row of the log is the same person as in the fit. Where few people changed, the inverse is
        corrected by Woodbury's identity, in (items)² steps for each of them; both the old and the
        new matrix are in memory meanwhile, and questions are answered from the old one.
        """
        self.check_rows(log)
        before, after = self._liked, joined(self._known_liked(), log.matrix())
        if before is None or len(self.items) == 0:
            self.fit(log)
            return
        changed = np.unique(log.users[log.weights > 0])
        if 2 * len(changed) > _CHEAP_UPDATE * len(self.items):
            solved = _solved(after, self.ridge, None)
        else:
            known = changed[changed < before.shape[0]]
            solved = _corrected(self._weights, self._pivots, after[changed], before[known])
        (self._weights, self._pivots), self._liked = solved, after

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the sum of the weights from what the user liked or did not."""
        found = np.zeros(len(self.items), dtype=np.float32)
        history = History.of(query, self.items, decay=self.decay)
        for start in range(0, len(history), _BLOCK):
            part = slice(start, start + _BLOCK)
            found += history.weights[part] @ self._weights[history.rows[part]]
        return found

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the events that the score of an item is the sum of."""
        history = History.of(query, self.items, decay=self.decay)
        return history.reasons(self.items, history.weights * self._weights[history.rows, row])

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return the weights, the diagonal of the inverse, and who liked what."""
        return {
            "weights": self._weights,
            "pivots": self._pivots,
            **packed(self._known_liked(), "liked"),
        }

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return ridge and decay."""
        return {"ridge": self.ridge, "decay": self.decay}

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return the one of these weights.

        Raises:
            InvalidInputError: They do not fit together.
        """
        made = cls(ridge=float(settings["ridge"]), decay=float(settings["decay"]))
        shape = arrays["weights"].shape
        if shape != (len(items), len(items)) or arrays["pivots"].shape != (len(items),):
            raise InvalidInputError(
                f"The weights are {shape}, for {len(items):,} items. Expected one for each pair of "
                "items. Nothing was made of them. Fit the recommender anew."
            )
        made.items = items
        made._weights = arrays["weights"].astype(np.float32, copy=False)
        made._pivots = arrays["pivots"].astype(np.float32, copy=False)
        made._liked = unpacked(arrays, "liked", len(items))
        return made

    def _known_liked(self) -> csr_matrix:
        if self._liked is None:
            return sparse().csr_matrix((0, len(self.items)), dtype=np.float32)
        return self._liked


def _solved(
    liked: csr_matrix, ridge: float, progress: Progress | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights, and the diagonal of the inverse, from who liked what."""
    from scipy.linalg import lapack

    n = liked.shape[1]
    _check_room(n, matrices=1)
    if n == 0:
        return np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.float32)
    blocks = [*range(0, n, _BLOCK), n]
    steps, done = len(blocks) + 1, 0
    inverse = np.empty((n, n), dtype=np.float32)
    by_item = liked.T.tocsr()
    for start, stop in pairwise(blocks):
        inverse[start:stop] = (by_item[start:stop] @ liked).toarray()
        done += 1
        if progress is not None:
            progress(done, steps)
    inverse[np.diag_indices(n)] += ridge
    # LAPACK works in place on Fortran's order, in which a symmetric matrix is its own transpose.
    factor, failed = lapack.spotrf(inverse.T, lower=1, overwrite_a=1, clean=0)
    if progress is not None:
        progress(done + 1, steps)
    if not failed:
        _, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise InvalidInputError(
            f"A ridge of {ridge:g} is too small to solve for {n:,} items in single precision. "
            "Nothing was fitted. Give a larger one, such as 100."
        )
    for start, stop in pairwise(blocks):
        inverse[stop:, start:stop] = inverse[start:stop, stop:].T
        corner = np.triu(inverse[start:stop, start:stop])
        inverse[start:stop, start:stop] = corner + np.triu(corner, 1).T
    if progress is not None:
        progress(steps, steps)
    return _weights(inverse)


def _weights(inverse: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights, in the place of the inverse, and the diagonal that it had."""
    pivots = np.diagonal(inverse).copy()
    inverse /= -pivots
    np.fill_diagonal(inverse, 0.0)
    return inverse, pivots


def _corrected(
    weights: NDArray[np.float32],
    pivots: NDArray[np.float32],
    gained: csr_matrix,
    lost: csr_matrix,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what `_solved` would, once some people's rows in X are others.

    P' = P − (UP)ᵀ (C + U P Uᵀ)⁻¹ (UP), U the gained and the lost rows, C their signs.
    """
    n = len(pivots)
    _check_room(n, matrices=1)
    inverse = weights * -pivots
    inverse[np.diag_indices(n)] = pivots
    moved = sparse().vstack([gained, lost]).tocsr()
    signs = np.repeat([1.0, -1.0], [gained.shape[0], lost.shape[0]])
    reached = np.asarray(moved @ inverse)  # (people moved, items)
    inner = np.diag(signs) + np.asarray(moved @ reached.T, dtype=np.float64).T
    solved = np.linalg.solve(inner, reached.astype(np.float64)).astype(np.float32)
    for start in range(0, n, _BLOCK):
        inverse[start : start + _BLOCK] -= reached[:, start : start + _BLOCK].T @ solved
    return _weights(inverse)


def _check_room(n: int, *, matrices: int) -> None:
    # A tenth more for blocks and sparse copies.
    needed, free = int(4.4 * n * n * matrices), _free_bytes()
    if free is not None and needed > free:
        raise InvalidInputError(
            f"EASE over {n:,} items needs {needed / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are "
            "free. Nothing was fitted. Take `GraphFilter`, whose memory grows with the log "
            "instead, or a table of fewer items."
        )


def _free_bytes() -> int | None:
    """Return the memory that may still be taken; None where the system does not tell."""
    try:
        told = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return None
    kilobytes = next(
        (line.split()[1] for line in told.splitlines() if "MemAvailable" in line), None
    )
    return None if kilobytes is None else int(kilobytes) * 1024
