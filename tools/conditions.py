"""Conditions: what of a taste no score can buy off.

What is refused may not come; what is asked for must. A refusal of several words said as one thing,
"romantic comedies", refuses what is all of them and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usermind.tools.item_filter import Condition
from usermind.tools.items import ItemTable
from usermind.tools.mentions import ItemMention, ValueMention
from usermind.tools.recommenders.query import Preference
from usermind.tools.wishes import Wish, Wishes

Told = tuple[Preference, tuple[str, int]]
"""A preference, and the run of words that it stands in; what has one run is said as one thing."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What is refused."""

    single: tuple[Preference, ...]
    """Each by itself."""
    joint: tuple[tuple[Preference, ...], ...]
    """Several as one thing."""


def together(told: Iterable[Told]) -> Refused:
    """Return what is refused, by itself or as one thing."""
    runs: dict[tuple[str, int], list[Preference]] = {}
    for each, run in told:
        if each.hard and each.polarity < 0:
            runs.setdefault(run, []).append(each)
    # One word of two attributes, of an actor who directs, is one thing of each.
    several = {run for run, of in runs.items() if len({_word(each) for each in of}) > 1}
    return Refused(
        single=tuple(each for run, of in runs.items() if run not in several for each in of),
        joint=tuple(tuple(of) for run, of in runs.items() if run in several),
    )


def _word(preference: Preference) -> object:
    return preference.value, preference.least, preference.most


def bans(refused: Refused) -> Iterator[Condition]:
    """Yield that no refused word of an attribute may come, and no year beyond a bound."""
    words: dict[str, list[str]] = {}
    for each in refused.single:
        if each.attribute is None:
            continue
        if each.value is not None:
            words.setdefault(each.attribute, []).append(each.value)
        elif each.least is None and each.most is not None:
            yield Condition(each.attribute, least=each.most + 1)
        elif each.most is None and each.least is not None:
            yield Condition(each.attribute, most=each.least - 1)
    for attribute, of in words.items():
        yield Condition(attribute, none_of=tuple(dict.fromkeys(of)))


def demands(said: Wishes, asked: Sequence[Preference]) -> Iterator[Condition]:
    """Yield that one of the words asked for must come, for each group of alternatives."""
    groups: dict[int, list[Wish]] = {}
    for wish in said.values:
        if wish.kind == "want" and not wish.mild:
            groups.setdefault(wish.group, []).append(wish)
    for group in groups.values():
        about = [each.mention for each in group if isinstance(each.mention, ValueMention)]
        # A loose word makes no condition, nor does one of several attributes.
        if len({each.attribute for each in about}) == 1 and all(each.sure for each in group):
            yield Condition(about[0].attribute, tuple(each.value for each in about))
    spoken = {(each.mention.attribute, each.mention.value) for each in said.values
              if isinstance(each.mention, ValueMention)}  # fmt: skip
    for each in asked:
        if not each.hard or each.polarity < 0 or each.attribute is None:
            continue
        if each.value is None:
            yield Condition(each.attribute, least=each.least, most=each.most)
        elif (each.attribute, each.value) not in spoken:  # a model's
            yield Condition(each.attribute, (each.value,))


def excluded(
    items: ItemTable, refused: Refused, said: Wishes, shown: Sequence[str]
) -> frozenset[str]:
    """Return the ids that may not come, where no condition on one attribute says so."""
    away = ("dislike", "refuse", "seen", "example")
    ids = {
        wish.mention.item_id
        for wish in said.items
        if isinstance(wish.mention, ItemMention) and wish.kind in away
    }
    if said.other_ones:
        ids.update(shown)
    between = [(each,) for each in refused.single if None not in (each.least, each.most)]
    for joint in (*between, *refused.joint):
        words: dict[object, NDArray[np.bool_]] = {}
        for each in joint:
            words[_word(each)] = words.get(_word(each), False) | each.mask(items)
        passes = np.logical_and.reduce(list(words.values()))
        ids.update(items.ids[row] for row in np.flatnonzero(passes))
    return frozenset(ids)
