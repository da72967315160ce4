"""Which items may be recommended at all: hard conditions, that no score can buy off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.memory.naming import folded
from usermind.prompts import quoted
from usermind.tools.facets import Facet, facet_of
from usermind.tools.items import ItemTable

_WORDED: Mapping[Facet | None, str] = {
    "made": "by", "plays": "with", "language": "in", "country": "from",
}  # fmt: skip
MOST_KNOWN: Final = 12
"""Attributes, or words of one, that an error names."""
MOST_NEAR: Final = 3
"""Words like the one that was given that an error names."""
TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
"""Yes and no, as a condition writes them."""
_WRITTEN = re.compile(r"\s*(?P<name>[^!<>=]+?)\s*(?P<sign>!=|<=|>=|=)\s*(?P<value>.+?)\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """What an attribute must be."""

    attribute: str
    any_of: tuple[str, ...] = ()
    """At least one of these words, where there are any; case and accents do not count. A number, or
    yes and no, is one of them too: `year=1994`, `subtitled=yes`."""
    none_of: tuple[str, ...] = ()
    """None of these; an item without the attribute passes."""
    least: float | None = None
    """Its number is this or more; an item without one does not pass."""
    most: float | None = None

    @classmethod
    def read(cls, written: str) -> Condition:
        """Return a condition as a person writes it.

        >>> Condition.read("genre != Horror").none_of, Condition.read("year>=1990").least
        (('Horror',), 1990.0)

        Raises:
            InvalidInputError: It is not `name=word`, `name!=word`, `name>=number` or
                `name<=number`; several words are parted by `|`.
        """
        match = _WRITTEN.fullmatch(written)
        if match is None:
            raise InvalidInputError(
                f"The condition {written!r} cannot be read. Expected `genre=Comedy`, "
                "`genre!=Horror|War`, `year>=1990` or `year<=1999`. Nothing was filtered."
            )
        name, sign, value = match["name"], match["sign"], match["value"]
        words = tuple(part.strip() for part in value.split("|") if part.strip())
        if sign in ("=", "!="):
            return cls(name, words) if sign == "=" else cls(name, none_of=words)
        try:
            bound = float(value)
        except ValueError:
            raise InvalidInputError(
                f"The condition {written!r} compares with {value!r}, which is no number. Expected "
                "one like `year>=1990`. Nothing was filtered."
            ) from None
        return cls(name, least=bound) if sign == ">=" else cls(name, most=bound)

    def __str__(self) -> str:
        """Return it as `read` reads it."""
        parts = []
        if self.any_of:
            parts.append(f"{self.attribute}={'|'.join(self.any_of)}")
        if self.none_of:
            parts.append(f"{self.attribute}!={'|'.join(self.none_of)}")
        if self.least is not None:
            parts.append(f"{self.attribute}>={self.least:g}")
        if self.most is not None:
            parts.append(f"{self.attribute}<={self.most:g}")
        return ", ".join(parts)

    def told(self) -> str:
        """Return what it asks for, in words: `"Comedy"`, `"by Ida Moor"`, `"from 1990 on"`.

        What it refuses is not told.
        """
        facet = facet_of(self.attribute)
        if self.any_of:
            words = " or ".join(self.any_of)
            return f"{_WORDED[facet]} {words}" if facet in _WORDED else words
        if facet == "year":
            return spanned(self.least, self.most)
        bounds = ((self.least, "or more"), (self.most, "or less"))
        parts = [f"{bound:g} {way}" for bound, way in bounds if bound is not None]
        return f"of {self.attribute} {' and '.join(parts)}"

    def mask(self, items: ItemTable) -> NDArray[np.bool_]:
        """Return (items,) whether each meets it."""
        passes = np.ones(len(items), dtype=bool)
        if self.any_of:
            passes &= self._with(items, self.any_of)
        if self.none_of:
            passes &= ~self._with(items, self.none_of)
        if self.least is not None or self.most is not None:
            numbers = items.numbers(self.attribute)
            with np.errstate(invalid="ignore"):
                passes &= numbers >= (-np.inf if self.least is None else self.least)
                passes &= numbers <= (np.inf if self.most is None else self.most)
        return passes

    def _with(self, items: ItemTable, words: Iterable[str]) -> NDArray[np.bool_]:
        """Return (items,) whether each has one of some words; `1994` and `yes` are values too."""
        found = np.zeros(len(items), dtype=bool)
        rows = items.values(self.attribute)
        for word in words:
            fold = folded(word)
            if fold in rows:
                found[rows[fold]] = True
            number = _number(fold)
            if number is not None:
                found |= items.numbers(self.attribute) == number
        return found


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What every recommendation must meet."""

    conditions: tuple[Condition, ...] = ()
    """All of them."""
    exclude: frozenset[str] = frozenset()
    """Ids that may not come."""
    only: frozenset[str] | None = None
    """Ids that may come; None: all."""
    exclude_seen: bool = True
    """Whether what the user has events of, or was shown in this session, may not come."""

    def mask(self, items: ItemTable) -> NDArray[np.bool_]:
        """Return (items,) whether each passes, but for what the user has seen."""
        passes = np.ones(len(items), dtype=bool)
        for condition in self.conditions:
            passes &= condition.mask(items)
        passes[items.rows(self.exclude)] = False
        if self.only is not None:
            allowed = np.zeros(len(items), dtype=bool)
            allowed[items.rows(self.only)] = True
            passes &= allowed
        return passes


def spanned(least: float | None, most: float | None) -> str:
    """Return a span of years in words.

    >>> spanned(1990, 1999), spanned(None, 1979), spanned(1994, 1994)
    ('from 1990 to 1999', 'from 1979 or before', 'from 1994')
    """
    if least is not None and most is not None:
        return f"from {least:g} to {most:g}" if least != most else f"from {least:g}"
    return f"from {least:g} on" if least is not None else f"from {most:g} or before"


def condition_on(items: ItemTable, written: str) -> Condition:
    """Return a condition as a person or a model writes it, on what some item has.

    On an empty table it is only read: there is nothing that it could miss.

    Raises:
        InvalidInputError: It cannot be read; or it speaks of an attribute, a word or a number that
            no item has: it would find nothing, or leave nothing out, without a word.
    """
    condition = Condition.read(written)
    if not len(items):
        return condition
    name = {folded(known): known for known in items.names}.get(folded(condition.attribute))
    if name is None:
        raise InvalidInputError(
            f"No item has an attribute {quoted(condition.attribute)}. Nothing was searched or "
            f"ranked. {_instead(condition.attribute, items.names, 'Attributes are')}"
        )
    for word in (*condition.any_of, *condition.none_of):
        if not Condition(name, (word,)).mask(items).any():
            raise InvalidInputError(
                f"No item has the {quoted(name)} {quoted(word)}. Nothing was searched or ranked. "
                f"{_known(items, name, word)}"
            )
    bounded = condition.least is not None or condition.most is not None
    if bounded and np.isnan(items.numbers(name)).all():
        raise InvalidInputError(
            f"{quoted(name)} is a number of no item, so it cannot be compared. Nothing was "
            f"searched or ranked. {_known(items, name)}"
        )
    return replace(condition, attribute=name)


def _known(items: ItemTable, name: str, word: str = "") -> str:
    """Return what an attribute may be, as a sentence: what is nearest to a word, or is common."""
    numbers = items.numbers(name)
    if np.isfinite(numbers).any():
        truth = all(isinstance(item.attributes.get(name, False), bool) for item in items)
        between = f"{np.nanmin(numbers):.15g} to {np.nanmax(numbers):.15g}"
        return f"It is {'yes or no' if truth else f'a number, from {between}'}."
    used = Counter(each for item in items for each in item.words(name))
    return _instead(word, [each for each, _ in used.most_common()], "Among others there are")


def _instead(word: str, known: Sequence[str], those: str) -> str:
    """Return which of the known words may have been meant, else the first of them."""
    spelt = {folded(each): each for each in reversed(known)}
    near = get_close_matches(folded(word), spelt, MOST_NEAR)
    if near:
        return f"Did you mean {' or '.join(quoted(spelt[each]) for each in near)}?"
    return f"{those} {', '.join(map(quoted, known[:MOST_KNOWN]))}."


def _number(word: str) -> float | None:
    """Return the number that a word is, yes and no as an attribute has them among them."""
    try:
        return float(TRUTH[word]) if word in TRUTH else float(word)
    except ValueError:
        return None
