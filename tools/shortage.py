"""Shortage: why nothing of a catalogue is left, and what to let go of so that something is.

    a comedy from before 1970, of 20 films
      → 20 of 20 are not from 1969 or before; without that, 5 would fit
      → 15 of 20 are not Comedy

Each cause is counted by itself: how many items it keeps back, and how many would come if it alone
were gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usermind.tools.advice import Note
from usermind.tools.item_filter import Condition, ItemFilter
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.query import Preference, UserQuery

MOST = 4
"""Causes that are told, those first that would bring most if they were gone."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for which items may not come."""

    said: str
    """What is so of those it keeps back, behind their number: `"are not Comedy"`."""
    relaxed: str
    """What would have to be otherwise: `"without that"`."""
    keeps_back: NDArray[np.bool_]
    """(items,)"""
    memory: str | None = None
    """Id of the memory that it rests on."""
    passing: bool = False
    """Whether it is over with the conversation; of a list that is only short, such alone count."""


def shortage(
    items: ItemTable, causes: Sequence[Cause], *, some_left: bool = False
) -> tuple[Note, ...]:
    """Return why nothing is left of a table, a cause each; what keeps nothing back is left out.

    Where no cause alone is to blame, the first note says so.

    Args:
        items: The table.
        causes: All that keep anything back.
        some_left: Whether something is left after all, and fewer than were asked for. Then only
            what was shown before is told: the rest is what the user wants.
    """
    kept = [each for each in causes if each.keeps_back.any()]
    counted = [(each, _freed(each, kept)) for each in kept]
    if some_left:
        counted = [(each, freed) for each, freed in counted if each.passing and freed]
    counted.sort(key=lambda each: (-each[1], -int(each[0].keeps_back.sum())))
    notes = [Note(_told(cause, freed, len(items)), cause.memory) for cause, freed in counted[:MOST]]
    if notes and not any(freed for _, freed in counted):
        notes.insert(0, Note("no single condition is to blame: let go of more than one"))
    return tuple(notes)


def _freed(cause: Cause, causes: Iterable[Cause]) -> int:
    """Return how many items nothing but one cause keeps back."""
    others = [each.keeps_back for each in causes if each is not cause]
    alone = cause.keeps_back.copy()
    for each in others:
        alone &= ~each
    return int(alone.sum())


def _told(cause: Cause, freed: int, of: int) -> str:
    count = int(cause.keeps_back.sum())
    said = (
        cause.said
        if count != 1
        else cause.said.replace("are ", "is ", 1).replace("were ", "was ", 1)
    )
    told = f"{count:,} of {of:,} {said}"
    return f"{told}; {cause.relaxed}, {freed:,} would fit" if freed else told


def causes_of(
    items: ItemTable,
    query: UserQuery,
    asked: ItemFilter,
    given: ItemFilter,
    *,
    shown: Iterable[str] = (),
) -> Iterator[Cause]:
    """Yield what keeps items back.

    Args:
        items: The table.
        query: What a recommender was asked.
        asked: What the user's memory and their message ask and refuse.
        given: The conditions of whoever called.
        shown: Ids of what was shown in the conversation lately.
    """
    for condition in (*asked.conditions, *given.conditions):
        if condition.none_of:
            yield from _bans(items, condition, query.preferences)
        else:
            said = f"are not {condition.told()}"
            yield Cause(said, "without that", ~condition.mask(items))
    if given.only is not None:
        inside = _mask(items, given.only)
        yield Cause("are not among those that may come", "without that", ~inside)
    if not (asked.exclude_seen and given.exclude_seen):
        shown, known = (), frozenset[str]()
    else:
        shown = frozenset(shown)
        known = frozenset(event.item_id for event in query.events) - shown
    out = (asked.exclude | given.exclude) - known - frozenset(shown)
    yield Cause(
        "were shown in this conversation already",
        "in a new conversation",
        _mask(items, shown),
        passing=True,
    )
    yield Cause("are known to you already", "with those", _mask(items, known))
    yield Cause("are left out as you asked", "with those", _mask(items, out))


def _bans(
    items: ItemTable, condition: Condition, preferences: Sequence[Preference]
) -> Iterator[Cause]:
    by_word = {
        (each.attribute, each.value): each.memory for each in preferences if each.polarity < 0
    }
    for word in condition.none_of:
        one = replace(condition, none_of=(word,))
        memory = by_word.get((condition.attribute, word))
        said = Condition(condition.attribute, (word,)).told()
        yield Cause(f"are {said}, which you rule out", "with those", ~one.mask(items), memory)


def _mask(items: ItemTable, ids: Iterable[str]) -> NDArray[np.bool_]:
    found = np.zeros(len(items), dtype=bool)
    found[items.rows(ids)] = True
    return found
