"""Conditions: what of a taste no score can buy off.

What is refused may not come; what is asked for must. A refusal of several words said as one thing,
"romantic comedies", refuses what is all of them and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from usermind.tools.item_filter import Condition, ItemFilter
from usermind.tools.items import ItemTable
from usermind.tools.mentions import ItemMention, ValueMention
from usermind.tools.recommenders.query import Preference
from usermind.tools.wishes import Wish, Wishes

MOST = 6
"""Alternatives of which each may be several things at once; of more, the last word of each counts:
the conditions that they make double with every one."""

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


def demands(
    items: ItemTable, said: Wishes, asked: Sequence[Preference]
) -> tuple[list[Condition], list[str]]:
    """Return that what is asked for must come, and in notes what of it no item can meet at once.

    Of alternatives one must, of what one thing is said to be all: "a romantic comedy or a western".
    Where no item is all of them, one of them is enough.
    """
    found, notes = list[Condition](), list[str]()
    chains: dict[int, list[Wish]] = {}
    for wish in said.values:
        if wish.kind == "want" and not wish.mild:
            chains.setdefault(wish.group, []).append(wish)
    for chain in chains.values():
        terms: list[_Term] = []
        for term in _terms(chain):
            apart = _apart(items, term)
            if apart:
                words = [" or ".join(each.any_of) for each in apart]
                told = f"{', '.join(words[:-1])} and {words[-1]}"
                notes.append(f"nothing here is {told} at once: one of them was enough")
                rest = [each for each in term if each not in apart]
                terms += [[each, *rest] for each in apart]
            else:
                terms.append(term)
        found += _all_of(terms)
    spoken = {(each.mention.attribute, each.mention.value) for each in said.values
              if isinstance(each.mention, ValueMention)}  # fmt: skip
    for each in asked:
        if not each.hard or each.polarity < 0 or each.attribute is None:
            continue
        if each.value is None:
            found.append(Condition(each.attribute, least=each.least, most=each.most))
        elif (each.attribute, each.value) not in spoken:  # a model's
            found.append(Condition(each.attribute, (each.value,)))
    return list(dict.fromkeys(found)), notes


_Term = list[Condition]
"""What one thing is said to be, all of it; empty where none of its words makes a condition."""


def _terms(chain: Iterable[Wish]) -> list[_Term]:
    """Return the alternatives of a chain."""
    runs: dict[object, dict[int, list[Wish]]] = {}
    for wish in chain:
        runs.setdefault(wish.run, {}).setdefault(wish.mention.start, []).append(wish)
    return [[each for word in run.values() for each in _condition(word)] for run in runs.values()]


def _condition(word: Sequence[Wish]) -> Iterator[Condition]:
    """Yield the condition that a word makes; a loose one makes none, nor one of two attributes."""
    about = [each.mention for each in word if isinstance(each.mention, ValueMention)]
    if len({each.attribute for each in about}) == 1 and all(each.sure for each in word):
        yield Condition(about[0].attribute, tuple(each.value for each in about))


def _apart(items: ItemTable, term: _Term) -> _Term:
    """Return the conditions of a term on one attribute that no item meets at once."""
    for attribute in dict.fromkeys(each.attribute for each in term):
        alike = [each for each in term if each.attribute == attribute]
        if len(alike) > 1 and not ItemFilter(tuple(alike)).mask(items).any():
            return alike
    return []


def _all_of(terms: Sequence[_Term]) -> Iterator[Condition]:
    """Yield what must be so for one of some terms to be, as far as one attribute can say it.

    (A and B) or C is: A or C, and B or C.
    """
    if len(terms) > MOST:
        terms = [term[-1:] for term in terms]
    for each in product(*terms):
        if len({one.attribute for one in each}) == 1:
            words = dict.fromkeys(word for one in each for word in one.any_of)
            yield Condition(each[0].attribute, tuple(words))


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
