"""What the user says they like, in the catalogue's own words: "science fiction", "the nineties".

A preference that speaks of an attribute's word counts for every item that has it, by the user's
confidence and by how telling the word is: one that half of all items have tells little. Who asks
for something like an item asks for its words, and for numbers near its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from usermind.memory.naming import folded
from usermind.tools.facets import PEOPLE, facet_of
from usermind.tools.interactions import InteractionLog
from usermind.tools.item_filter import TRUTH, spanned
from usermind.tools.items import Item, ItemTable, told
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.query import Preference, UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores

if TYPE_CHECKING:
    from usermind.tools.recommenders.text import TextSource


NEAR: Final = 0.5
"""Standard deviations between two numbers of which one still tells 1/e of what the other does."""


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
        """Return (items,) the sum over preferences and examples; 0 where none has an attribute."""
        found = np.zeros(len(self.items), dtype=np.float32)
        for preference in query.preferences:
            rows = preference.mask(self.items)
            found[rows] += self._weight(preference, rows)
        for _, alike in self._examples(query):
            found += alike
        return found

    def over(self, items: ItemTable, text: TextSource | None = None) -> Recommender:
        """Return one over another table: there is nothing that it does not know."""
        made = type(self)()
        made.items = items
        return made

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the preferences that speak for an item, by their weight."""
        found = [
            Reason(
                "preference",
                _told(each, self.items[row]),
                self._weight(each, rows),
                memory=each.memory,
            )
            for each in query.preferences
            if each.polarity > 0 and each.confidence > 0 and (rows := each.mask(self.items))[row]
        ]
        found += [
            replace(reason, contribution=float(alike[row]))
            for one, alike in self._examples(query)
            if alike[row] > 0
            for reason in one.reasons(self.items, np.ones(1, dtype=np.float32))
        ]
        total = sum(each.contribution for each in found)
        every = (replace(each, contribution=each.contribution / total) for each in found)
        return sorted(every, key=lambda each: -each.contribution)

    def _weight(self, preference: Preference, rows: NDArray[np.bool_]) -> float:
        return preference.polarity * preference.confidence * self._telling(rows)

    def _examples(self, query: UserQuery) -> Iterator[tuple[History, Scores]]:
        """Yield each item that something like is asked for, and (items,) how alike others are."""
        for event in query.events:
            one = History.of(replace(query, events=(event,)), self.items)
            if event.source == "example" and len(one):
                yield one, one.weights[0] * self._likeness(int(one.rows[0]))

    def _likeness(self, row: int) -> Scores:
        """Return (items,) what items share with one, by how telling it is.

        Words of one attribute count on average, or ten tags would outweigh a year.
        """
        item, found = self.items[row], np.zeros(len(self.items), dtype=np.float32)
        for name in item.attributes:
            numbers = self.items.numbers(name)
            shared = [self._having(name, word) for word in item.words(name)]
            if np.isfinite(numbers[row]):
                scale = NEAR * float(np.nanstd(numbers))
                away = np.nan_to_num(np.abs(numbers - numbers[row]), nan=np.inf)
                shared.append(np.exp(-away / scale) if scale > 0 else (away == 0) * 1.0)
            for of in shared:
                found += (self._telling(of) / len(shared) * of).astype(np.float32)
        return found

    def _having(self, name: str, word: str) -> NDArray[np.float64]:
        found = np.zeros(len(self.items))
        found[self.items.values(name)[folded(word)]] = 1.0
        return found

    def _telling(self, having: NDArray[np.generic]) -> float:
        """Return how telling something is that items have, wholly or to a part."""
        return math.log1p(len(self.items) / max(float(having.sum()), 1.0))

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
        facet = facet_of(name)
        if facet in PEOPLE and not liked:
            return f"by {value}" if facet == "made" else f"with {value}"
        it = value if truth is None else f"{name}: {told(truth)}"
        return f"you like {it}" if liked else it if truth is not None else f"{name}: {value}"
    if facet_of(name) != "year":
        return f"{name}: {_written(item, name)}"
    span = spanned(preference.least, preference.most)
    return f"you like what is {span}" if liked else f"it is {span}"


def _written(item: Item, attribute: str) -> str:
    value = item.attributes[attribute]
    return f"{value:g}" if isinstance(value, float) else str(value)
