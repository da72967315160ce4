"""A shelf: a catalogue as it was at one moment, and what was made of it, to be asked many times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from usermind.memory.naming import folded
from usermind.tools.advice import Note
from usermind.tools.compared import compared, compares_by, may_compare
from usermind.tools.item_filter import ItemFilter
from usermind.tools.mentions import Mentions
from usermind.tools.orders import Measures, Order
from usermind.tools.shortage import Cause, causes_of, shortage
from usermind.tools.unheard import clause, untold
from usermind.tools.yardsticks import measured

if TYPE_CHECKING:
    from usermind.tools.items import ItemTable
    from usermind.tools.recommenders.query import UserQuery
    from usermind.tools.recommenders.recommendation import Recommendation
    from usermind.tools.recommenders.recommender import Recommender


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a shelf for one list."""

    query: UserQuery
    where: ItemFilter
    """What the user's memory and their message ask and refuse."""
    given: ItemFilter
    """The conditions of whoever called."""
    orders: tuple[Order, ...] = ()
    shown: frozenset[str] = frozenset()
    """Ids of what was shown in the conversation lately."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A catalogue at one moment."""

    version: tuple[int, int]
    mentions: Mentions
    measures: Measures
    recommender: Recommender

    @property
    def items(self) -> ItemTable:
        """What there is."""
        return self.recommender.items

    def compared(self, message: str, shown: Sequence[str]) -> str:
        """Return a message with what it compares with a list or an item in years and minutes.

        Args:
            message: What the user writes.
            shown: Ids of the list that was shown last before it.
        """
        message = measured(message, self.mentions, self.measures).text
        if not shown or not may_compare(message):
            return message
        middle = self.measures.medians(self.items.rows(shown))
        return compared(message, middle, self._kinds(message))

    def uncompared(self, message: str, shown: Sequence[str]) -> list[str]:
        """Return what `compared` could not say in numbers, a clause each."""
        beside = measured(message, self.mentions, self.measures)
        found = [clause(words, why) for words, why in beside.untold]
        if not shown or not may_compare(message):
            return found
        by = compares_by(beside.text, self._kinds(message))
        if by is not None and by not in self.measures:
            found.append(untold(message, by))
        return found

    def ranked(self, asked: Asked, k: int) -> list[Recommendation]:
        """Return at most k items, best first, or in the order that is asked for.

        In an order that is asked for, the recommender decides between equals.
        """
        passing = self.passing(asked)
        order = self.strict(asked)
        if order is None:
            return self.recommender.recommend(asked.query, k, passing, explain=True)
        every = self.recommender.recommend(asked.query, max(len(self.items), 1), passing)
        rows = [int(row) for row in self.items.rows(each.item.id for each in every)]
        first = [self.items.ids[row] for row in self.measures.sorted(order, rows)[:k]]
        told = self.recommender.recommend(
            asked.query, k, replace(passing, only=frozenset(first)), explain=True
        )
        by_id = {each.item.id: each for each in told}
        return [replace(by_id[id_], rank=rank) for rank, id_ in enumerate(first, 1)]

    def strict(self, asked: Asked) -> Order | None:
        """Return the order that the list is to stand in: what was said last; None: the usual."""
        told = (each for each in reversed(asked.orders) if each.by in self.measures)
        return next((each for each in told if each.strict), None)

    def heeded(self, asked: Asked) -> list[str]:
        """Return the orders that a list heeds, in words."""
        strict = self.strict(asked)
        return [
            self.measures.told(each)
            for each in asked.orders
            if each is strict or each in self._quarters(asked)
        ]

    def passing(self, asked: Asked) -> ItemFilter:
        """Return what a recommendation must meet."""
        passing = both(asked.where, asked.given)
        quarters = self._quarters(asked)
        if not quarters:
            return passing
        fits = np.logical_and.reduce([self._quarter(each, asked) for each in quarters])
        return both(passing, ItemFilter(only=_ids(self.items, fits)))

    def left_out(self, asked: Asked, k: int) -> Iterator[Note]:
        """Yield what the user rules out, where it makes a difference to a list."""
        ruled_out = [
            each
            for each in asked.query.preferences
            if each.hard and each.polarity < 0 and each.value is not None
        ]
        if not ruled_out:
            return
        kept = tuple(each for each in asked.query.preferences if each not in ruled_out)
        would_come = self.recommender.recommend(
            replace(asked.query, preferences=kept), k, replace(self.passing(asked), conditions=())
        )
        items = [each.item for each in would_come]
        had = {
            (name, folded(w))
            for item in items
            for name in item.attributes
            for w in item.words(name)
        }
        left_out = {
            each.value: each.memory
            for each in ruled_out
            if (each.attribute, folded(each.value or "")) in had
        }
        yield from (Note(f"left out: {value}", memory) for value, memory in left_out.items())

    def missing(self, asked: Asked, *, some_left: bool = False) -> tuple[Note, ...]:
        """Return why nothing of the shelf is left, a cause each; or why no more, if some is."""
        causes = list(
            causes_of(self.items, asked.query, asked.where, asked.given, shown=asked.shown)
        )
        for order in self._quarters(asked):
            outside = ~self._quarter(order, asked)
            causes.append(Cause(f"are not “{order.said}”", "without that", outside))
        return shortage(self.items, causes, some_left=some_left)

    def _quarters(self, asked: Asked) -> list[Order]:
        return [each for each in asked.orders if not each.strict and each.by in self.measures]

    def _quarter(self, order: Order, asked: Asked) -> NDArray[np.bool_]:
        conditions = (*asked.where.conditions, *asked.given.conditions)
        return self.measures.quarter(order, ItemFilter(conditions).mask(self.items))

    def _kinds(self, message: str) -> str:
        named = self.mentions.find(message, places=0).values
        words = (self.mentions.thing_words, *(re.escape(each.text) for each in named))
        return "|".join(word for word in words if word)


def both(one: ItemFilter, other: ItemFilter) -> ItemFilter:
    """Return what passes two filters."""
    limits = [each.only for each in (one, other) if each.only is not None]
    return ItemFilter(
        (*one.conditions, *other.conditions),
        one.exclude | other.exclude,
        frozenset.intersection(*limits) if limits else None,
        one.exclude_seen and other.exclude_seen,
    )


def _ids(items: ItemTable, mask: NDArray[np.bool_]) -> frozenset[str]:
    return frozenset(items.ids[row] for row in np.flatnonzero(mask))
