"""What people turn to next: directed transitions between items, counted in everybody's order.

    T[i, j] = Σ 1 / (places from i to j, up to the window),   A = T + backward · Tᵀ
    scores[j] = Σ_i  weight_i · decay^age_i · A[i, j] / (√likes_i · likes_j^rarity)

over the user's events i, of which the latest has age 0.

An item leads to what came after it, and less strongly to what came before it.

Source: our own composition of item-to-item nearest neighbours (B. Sarwar et al. 2001) with order;
the decay of a session is that of M. Ludewig and D. Jannach, Evaluation of Session-based
Recommendation Algorithms (2018), section 2.2, V-SKNN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.matrices import entries, sparse, unpacked
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_NOBODY = -1
"""In the place of a row, where a person has liked fewer items than the window is wide."""


class TransitionKnn(Recommender):
    """Scores an item by how often people came to it from what the user liked lately.

    Args:
        window: How many places apart two items of one person may lie, 1 or more.
        backward: 0 or more: what a transition counts against its direction.
        decay: In (0, 1]: what an event of the user counts less for each event after it.
        rarity: 0 or more: how strongly an item that many liked is held back. 0: not at all; 0.5:
            as the cosine does.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    name: ClassVar[str] = "transitions"

    def __init__(
        self,
        *,
        window: int = 10,
        backward: float = 0.3,
        decay: float = 0.6,
        rarity: float = 0.0,
    ) -> None:
        if not (
            window >= 1
            and np.isfinite([backward, rarity]).all()
            and backward >= 0
            and rarity >= 0
            and 0 < decay <= 1
        ):
            raise InvalidInputError(
                f"`window` is {window}, `backward` is {backward}, `decay` is {decay} and `rarity` "
                f"is {rarity}. Expected a window of 1 or more, `backward` and `rarity` of 0 or "
                "more, and a decay above 0 and at most 1. Nothing was fitted."
            )
        self.window, self.backward = int(window), float(backward)
        self.decay, self.rarity = float(decay), float(rarity)
        self.items = ItemTable(())
        self._counts = np.zeros(0, dtype=np.float32)
        self._last = np.zeros((0, self.window), dtype=np.int64)
        self._after: csr_matrix | None = None
        self._around: csr_matrix | None = None

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Count, in time linear in the log times the window."""
        self.items = log.items
        self._last = np.zeros((0, self.window), dtype=np.int64)
        self._after, self._around = None, None
        self._counts = np.zeros(len(log.items), dtype=np.float32)
        self._count_on(log)
        return self

    def update(self, log: InteractionLog) -> None:
        """Count on.

        The result is that of a fit on old and new interactions together, if those of each person
        are later than what was known of them. A row of the log is the same person as in the fit.
        """
        self.check_rows(log)
        self._count_on(log)

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) how often people came to each item from the user's events."""
        history, near = History.of(query, self.items, decay=self.decay), self._around
        if near is None or not len(history):
            return np.zeros(len(self.items), dtype=np.float32)
        return np.asarray(near[history.rows].T @ history.weights, dtype=np.float32)

    def neighbours(self, row: int, *, goes_with: bool = False) -> Scores:
        """Return (items,) what lies near an item; what came after it alone, if it `goes_with`."""
        matrix = self._after if goes_with else self._around
        if matrix is None:
            return np.zeros(len(self.items), dtype=np.float32)
        return np.asarray(matrix[[row]].toarray()[0], dtype=np.float32)

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the events from which people came to an item."""
        history, near = History.of(query, self.items, decay=self.decay), self._around
        if near is None or not len(history):
            return ()
        return history.reasons(self.items, history.weights * entries(near, history.rows, row))

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return transitions, likes, and the last items of each person."""
        after = self._transitions()
        return {
            "after_starts": after.indptr.astype(np.int64),
            "after_rows": after.indices.astype(np.int32),
            "after": after.data.astype(np.float32),
            "counts": self._counts,
            "last": self._last,
        }

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return window, weight against the direction, decay and rarity."""
        return {
            "window": self.window,
            "backward": self.backward,
            "decay": self.decay,
            "rarity": self.rarity,
        }

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return the one of these transitions.

        Raises:
            InvalidInputError: They do not fit together.
        """
        made = cls(
            window=int(settings["window"]),
            backward=float(settings["backward"]),
            decay=float(settings["decay"]),
            rarity=float(settings["rarity"]),
        )
        made.items = items
        made._counts = arrays["counts"].astype(np.float32)
        made._last = arrays["last"].astype(np.int64)
        if made._counts.shape != (len(items),) or made._last.shape[1:] != (made.window,):
            raise InvalidInputError(
                f"The counts are {made._counts.shape} and the last items {made._last.shape}, for "
                f"{len(items):,} items and a window of {made.window}. Nothing was made of them. "
                "Fit the recommender anew."
            )
        made._settle(unpacked(arrays, "after", len(items), weights=arrays["after"]))
        return made

    def _count_on(self, log: InteractionLog) -> None:
        people = max(log.n_users, len(self._last))
        last = np.full((people, self.window), _NOBODY, dtype=np.int64)
        last[: len(self._last)] = self._last
        users, rows, new = _continued(log, last)
        found = self._transitions()
        for places in range(1, self.window + 1):
            pairs = (users[places:] == users[:-places]) & new[places:]
            pairs &= rows[places:] != rows[:-places]
            cells = (rows[:-places][pairs], rows[places:][pairs])
            weights = np.full(int(pairs.sum()), 1.0 / places, dtype=np.float32)
            found = found + sparse().csr_matrix((weights, cells), shape=found.shape)
        place = _places_from_the_end(users)
        kept = place < self.window
        last[users[kept], self.window - 1 - place[kept]] = rows[kept]
        self._counts, self._last = self._counts + log.counts(), last
        self._settle(found)

    def _transitions(self) -> csr_matrix:
        if self._after is None:
            return sparse().csr_matrix((len(self.items), len(self.items)), dtype=np.float32)
        return self._after

    def _settle(self, after: csr_matrix) -> None:
        """Keep transitions, and what lies near each item, weighed for scoring."""
        near = (after + self.backward * after.T).tocsr()
        likes = np.maximum(self._counts, 1.0)
        by_row = np.repeat(likes, np.diff(near.indptr))
        near.data /= np.sqrt(by_row) * likes[near.indices] ** self.rarity
        near.data = near.data.astype(np.float32)
        near.sort_indices()
        self._after, self._around = after, near


def _continued(
    log: InteractionLog, last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return person, row and whether it is new, in everybody's order, after their last items.

    Args:
        log: What is new.
        last: (people, window) rows, the oldest first; −1: none.
    """
    liked = np.flatnonzero(log.weights > 0)
    order = liked[np.lexsort((log.times[liked], log.users[liked]))]
    here = np.unique(log.users[liked])
    users = np.concatenate([np.repeat(here, last.shape[1]), log.users[order]])
    rows = np.concatenate([last[here].ravel(), log.rows[order]])
    new = np.arange(len(users)) >= len(users) - len(order)
    known = rows != _NOBODY
    users, rows, new = users[known], rows[known], new[known]
    # Stable: what was last comes before what is new, both in their order.
    order = np.argsort(users, kind="stable")
    return users[order], rows[order], new[order]


def _places_from_the_end(users: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each entry of sorted persons how many of the same person follow."""
    ends = np.searchsorted(users, users, side="right")
    return ends - 1 - np.arange(len(users))
