"""Who did what with which item, of many people: what recommenders are fitted on.

People are rows without a name here. The user an agent talks to is none of them: their own events
lie in their memory, and come to a recommender with each question (`recommenders/query.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError, MissingExtraError
from usermind.tools.items import ItemTable

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

INSTALL = "pip install 'usermind[recommenders]'"


@dataclass(frozen=True, slots=True)
class Interaction:
    """Somebody did something with an item."""

    person: str
    """Who, as the one who gives it calls them; 1 to 200 characters that can be seen."""
    item_id: str
    weight: float = 1.0
    """In [−1, 1]: how much they liked it; below 0: they did not."""
    at: float | None = None
    """Seconds since 1970."""
    rating: float | None = None
    """On the scale of where it comes from; kept beside the weight that was made of it."""


@dataclass(frozen=True, slots=True)
class InteractionLog:
    """Interactions as four columns of one length, over the rows of an `ItemTable`."""

    items: ItemTable
    users: NDArray[np.int64]
    """(n,) row of the person, from 0 on."""
    rows: NDArray[np.int64]
    """(n,) row of the item."""
    weights: NDArray[np.float32]
    """(n,) how much they liked it, in [−1, 1]; below 0: they did not."""
    times: NDArray[np.float64]
    """(n,) seconds since 1970; where none is known, the place in the log."""
    n_users: int

    @classmethod
    def of(
        cls,
        items: ItemTable,
        interactions: Iterable[tuple[int, str, float, float]],
        *,
        n_users: int | None = None,
    ) -> InteractionLog:
        """Return the log of `(person, item id, weight, seconds since 1970)`.

        What is not in the table is left out.

        Raises:
            InvalidInputError: A weight is not in [−1, 1], or a time not finite.
        """
        known = [
            (person, row, weight, time)
            for person, id_, weight, time in interactions
            if (row := items.row(id_)) is not None
        ]
        columns = np.array(known, dtype=np.float64).reshape(len(known), 4).T
        users = columns[0].astype(np.int64)
        log = cls(
            items,
            users,
            columns[1].astype(np.int64),
            columns[2].astype(np.float32),
            columns[3],
            n_users if n_users is not None else int(users.max(initial=-1)) + 1,
        )
        wrong = ~(np.abs(log.weights) <= 1) | ~np.isfinite(log.times)
        if wrong.any():
            raise InvalidInputError(
                f"{int(wrong.sum())} of {len(log)} interactions have a weight outside [-1, 1] or a "
                "time that is not finite. Nothing was made of them. Scale ratings to [-1, 1]."
            )
        return log

    def __len__(self) -> int:
        return len(self.rows)

    def matrix(self) -> csr_matrix:
        """Return (people, items) float32: 1 where somebody liked an item, else 0.

        Raises:
            MissingExtraError: scipy is not installed.
        """
        try:
            from scipy.sparse import csr_matrix
        except ImportError as error:
            raise MissingExtraError("scipy", install=INSTALL) from error
        liked = self.weights > 0
        cells = (self.users[liked], self.rows[liked])
        found = csr_matrix(
            (np.ones(int(liked.sum()), dtype=np.float32), cells),
            shape=(self.n_users, len(self.items)),
        )
        found.data[:] = 1.0  # also where somebody liked it more than once
        return found

    def sequences(self) -> list[NDArray[np.int64]]:
        """Return for each person (likes,) the rows that they liked, the oldest first.

        Those of one time are in the order of the log.
        """
        liked = self.weights > 0
        order = np.lexsort((self.times[liked], self.users[liked]))
        users, rows = self.users[liked][order], self.rows[liked][order]
        return np.split(rows, np.searchsorted(users, np.arange(1, self.n_users)))

    def counts(self) -> NDArray[np.float32]:
        """Return (items,) how many interactions above 0 each item has."""
        liked = self.rows[self.weights > 0]
        return np.bincount(liked, minlength=len(self.items)).astype(np.float32)
