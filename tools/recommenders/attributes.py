"""What the user says they like, in the catalogue's own words: "science fiction", "the nineties".

A preference that speaks of an attribute's word counts for every item that has it, by the user's
confidence and by how telling the word is: one that half of all items have tells little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from usermind.tools.facets import facet_of
from usermind.tools.interactions import InteractionLog
from usermind.tools.item_filter import TRUTH, spanned
from usermind.tools.items import Item, ItemTable, told
from usermind.tools.recommenders.query import Preference, UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores

if TYPE_CHECKING:
    from usermind.tools.recommenders.text import TextSource


class AttributeMatch(Recommender):
    """Scores items by the attributes that the user likes and does not. Learns nothing."""

    name: ClassVar[str] = "attributes"

    def __init__(self) -> None:
        self.items = ItemTable(())

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Take the log's items."""
        self.items = log.items
        return self

    def update(self, log: InteractionLog) -> None:
        """Check the log, and learn nothing: interactions tell nothing of attributes."""
        self.check_rows(log)

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the sum over the preferences; 0 where none speaks of an attribute."""
        found = np.zeros(len(self.items), dtype=np.float32)
        for preference in query.preferences:
            rows = preference.mask(self.items)
            found[rows] += self._weight(preference, rows)
        return found

    def over(self, items: ItemTable, text: TextSource | None = None) -> Recommender:
        """Return one over another table: there is nothing that it does not know."""
        made = type(self)()
        made.items = items
        return made

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the preferences that speak for an item, by their weight."""
        found = [
            (self._weight(preference, rows), preference)
            for preference in query.preferences
            if preference.polarity > 0 and (rows := preference.mask(self.items))[row]
        ]
        total = sum(weight for weight, _ in found)
        return [
            Reason(
                "preference",
                _told(preference, self.items[row]),
                weight / total,
                memory=preference.memory,
            )
            for weight, preference in sorted(found, key=lambda each: -each[0])
        ]

    def _weight(self, preference: Preference, rows: NDArray[np.bool_]) -> float:
        telling = math.log1p(len(self.items) / max(int(rows.sum()), 1))
        return preference.polarity * preference.confidence * telling

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return nothing: nothing was learnt."""
        return {}

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
        """Return one over these items."""
        made = cls()
        made.items = items
        return made


def _told(preference: Preference, item: Item) -> str:
    """Return a preference as a reason: what it is, and whether it was said just now."""
    liked = (preference.memory or "").startswith("p")
    name, value = preference.attribute or "", preference.value
    if value is not None:
        truth = TRUTH.get(value.casefold())
        it = value if truth is None else f"{name}: {told(truth)}"
        return f"you like {it}" if liked else it if truth is not None else f"{name}: {value}"
    if facet_of(name) != "year":
        return f"{name}: {_written(item, name)}"
    span = spanned(preference.least, preference.most)
    return f"you like what is {span}" if liked else f"it is {span}"


def _written(item: Item, attribute: str) -> str:
    value = item.attributes[attribute]
    return f"{value:g}" if isinstance(value, float) else str(value)
