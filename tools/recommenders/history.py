"""A user's events as arrays over the rows of a table, and what each of them adds to a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Self

import numpy as np
from numpy.typing import NDArray

from usermind.tools.items import ItemTable
from usermind.tools.recommenders.query import Event, UserQuery
from usermind.tools.recommenders.recommendation import MOST_REASONS, Reason

LIKED = 0.255
"""Weight from which on an event says that something was liked; below, hardly more than seen. An
event beside an example weighs 0.3 at least, where it was liked."""
_LEAST_SHARE = 0.01
"""An event that gave less of a score than this is no reason for it."""
_NOISE = 1e-6
"""What single precision makes of nothing is no reason either."""


@dataclass(frozen=True, slots=True)
class History:
    """The events of a query that speak of items of a table, the oldest first.

    Of several events with one item the latest counts: whoever liked it and now says they do not,
    does not.
    """

    events: tuple[Event, ...]
    rows: NDArray[np.int64]
    """(events,) no row twice."""
    weights: NDArray[np.float32]
    """(events,) in [−1, 1], the older the nearer to 0."""

    @classmethod
    def of(cls, query: UserQuery, items: ItemTable, *, decay: float = 1.0) -> Self:
        """Return the events of a query.

        Args:
            query: Events of unknown ids, and such whose weight is no number, are left out.
            items: The rows.
            decay: In (0, 1]: what a weight is multiplied with for each event after it.
        """
        latest: dict[int, Event] = {}
        for event in query.events:
            row = items.row(event.item_id)
            if row is not None and isfinite(event.weight):
                latest.pop(row, None)
                latest[row] = event
        weights = np.array([max(-1.0, min(1.0, event.weight)) for event in latest.values()])
        ages = np.arange(len(latest) - 1, -1, -1)
        return cls(
            tuple(latest.values()),
            np.fromiter(latest, dtype=np.int64, count=len(latest)),
            (weights * decay**ages).astype(np.float32),
        )

    def __len__(self) -> int:
        return len(self.events)

    def reasons(
        self, items: ItemTable, added: NDArray[np.float32], *, whole: float | None = None
    ) -> Sequence[Reason]:
        """Return the events that spoke for an item, the strongest first.

        Args:
            items: Their titles.
            added: (events,) what each added to the score of the item.
            whole: What a share is a share of: all that spoke for the item. None: these events.
        """
        if whole is None:
            whole = float(added[added > 0].sum())
        order = np.argsort(-added, kind="stable")[:MOST_REASONS]
        return [
            Reason(
                "event",
                _told(event, items[row].title),
                float(added[place]) / whole,
                item_id=event.item_id,
                memory=event.memory,
            )
            for place in map(int, order)
            # Neither that they only know something is a reason, nor that they did not like it.
            if added[place] > max(_NOISE, _LEAST_SHARE * whole)
            and self.events[place].weight >= LIKED
            for event, row in [(self.events[place], int(self.rows[place]))]
        ]


def _told(event: Event, title: str) -> str:
    """Return an event as a reason."""
    if event.source == "example":
        return f"it is like {title}"
    return f"you liked {title}"
