"""Titles of items, and all the ways in which people write them.

    "Lord of the Rings: The Fellowship of the Ring, The (2001)"
      → the lord of the rings the fellowship of the ring · lord of the rings the fellowship … ·
        the fellowship of the ring · lord of the rings

A spelling leads to the rows of all items that may be called so, the whole title before a part of
it. Articles and numerals are English, and those of the catalogues that put an article behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from usermind.memory.naming import YEAR
from usermind.memory.works import Whole, called
from usermind.tools.folded_text import Spoken, told
from usermind.tools.items import Item, ItemTable

LONGEST = 12
"""Words of a title that are compared; of a longer one the first of them."""
MANY = 99
"""More letters than any two spellings of a name differ by."""
OUTSHINES = 5.0
"""How many times as popular a part of a series must be to be meant before an item that is called so
as a whole: who says "The Lord of the Rings" seldom means the cartoon of 1978."""
CLEAR = 10.0
"""How many times as popular an item must be as the next one of its name for no doubt to be left."""

ALIKE = 0.4
"""Share of their groups of three letters that a title and what may stand for it have in common."""
_COMPARED = 50
"""Spellings that share the most groups and are compared letter by letter."""

_ENDINGS = frozenset(("s", "es", "d", "ed", "r", "er", "n", "y", "ly"))
_YEAR_BEHIND = re.compile(r"^(.*\S)[\s,]+\(?(\d{4})\)?$")
_ARTICLES = frozenset(("the", "a", "an"))


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a title."""

    text: str
    whole: Whole


class Titles:
    """The titles of a table, by their spellings.

    Args:
        items: What is looked for.
        counts: (items,) how popular each is, by which those of one name are told apart; None: all
            the same.
    """

    def __init__(self, items: ItemTable, counts: Sequence[float] | None = None) -> None:
        self.items = items
        self._counts = (
            np.zeros(len(items)) if counts is None else np.asarray(counts, dtype=np.float64)
        )
        self.years: tuple[int | None, ...] = tuple(year_of(item) for item in items)
        self._rows: dict[str, dict[int, Whole]] = {}
        self.longest: dict[str, int] = {}
        """Words of the longest spelling by the first word of it, and by the first two."""
        for row, item in enumerate(items):
            for spelling in spellings(item.title):
                known = self._rows.setdefault(spelling.text, {})
                known[row] = min(known.get(row, 2), spelling.whole)
        for text in self._rows:
            words = text.split(" ")
            for begin in {words[0], " ".join(words[:2])}:
                self.longest[begin] = max(self.longest.get(begin, 0), len(words))

    def __contains__(self, spelling: object) -> bool:
        return spelling in self._rows

    def called(self, spelling: str, *, year: int | None = None) -> tuple[int, ...]:
        """Return the rows of what is spelt so, the likeliest first; empty where nothing is.

        Args:
            spelling: Words as `folded_text.told` has them.
            year: The year that was said with it; what is of another year is left out.
        """
        named = self._rows.get(spelling, {})
        if year is not None:
            named = {row: whole for row, whole in named.items() if self.years[row] == year}
        ordered = sorted(named, key=lambda row: (named[row], -self._counts[row], row))
        if len({named[row] for row in ordered}) > 1:
            first = ordered[0]
            best = max(ordered, key=lambda row: self._counts[row])
            if self._counts[best] >= OUTSHINES * max(self._counts[first], 1.0):
                ordered = [best, *(row for row in ordered if row != best)]
            else:  # a part of a title gives way to a whole one
                ordered = [row for row in ordered if named[row] == named[first]]
        return tuple(ordered)

    def is_clear(self, rows: Sequence[int]) -> bool:
        """Return whether the first of some items of one name is hardly ever not the one meant."""
        if len(rows) < 2:
            return True
        first, second = (self._counts[row] for row in rows[:2])
        return bool(first >= CLEAR * max(second, 1.0))

    def is_part(self, spelling: str) -> bool:
        """Return whether it is only ever a part of a title."""
        return min(self._rows[spelling].values()) == 2

    def like(self, spelling: str, most: int) -> tuple[str, ...]:
        """Return the spellings that differ by at most so many letters, the nearest first.

        A letter that is missing, too many, another, or changed places with the next one counts as
        one. The first letter has to be right: people mistype it least, and a word that begins
        otherwise is mostly another word.
        """
        letters = _trigrams(spelling)
        postings = [self._by_trigram[each] for each in letters if each in self._by_trigram]
        if not postings:
            return ()
        shared = np.bincount(np.concatenate(postings), minlength=len(self._spelt))
        # A wrong letter spoils three groups, two that changed places four.
        enough = max(len(letters) - 4 * most, 1)
        near = [
            (distance, self._spelt[at])
            for at in np.flatnonzero(shared >= enough).tolist()
            if self._spelt[at][0] == spelling[0]
            and abs(len(self._spelt[at]) - len(spelling)) <= most
            and (distance := _words_apart(spelling, self._spelt[at], most)) <= most
        ]
        return tuple(text for _, text in sorted(near))

    def nearly(self, spelling: str, most: int) -> tuple[int, ...]:
        """Return the rows of what is spelt most like it, of several equally near ones all of them.

        The likeliest of the first comes first. Nothing comes where that is only part of a title.
        """
        near = self.like(spelling, most)
        if not near or self.is_part(near[0]):
            return ()
        apart = _words_apart(spelling, near[0], most)
        equal = (text for text in near if _words_apart(spelling, text, most) == apart)
        return tuple(dict.fromkeys(row for text in equal for row in self.called(text)))

    def is_inflected(self, spelling: str, row: int) -> bool:
        """Return whether it differs from the name of an item by an ending: "gladiators".

        That is mostly another word, and no slip.
        """
        names = [text for text in self.like(spelling, 2) if row in self._rows[text]]
        pairs = (sorted((spelling, name), key=len) for name in names)
        return any(
            long.startswith(short) and long[len(short) :] in _ENDINGS for short, long in pairs
        )

    def named(self, written: str) -> tuple[int, ...]:
        """Return the rows of what is called so, the likeliest first, where a title is all there is.

        A year behind it, in brackets or not, tells those of one name apart.
        """
        if rows := self.called(told(written)):
            return rows
        match = _YEAR_BEHIND.match(written.strip())
        return self.called(told(match[1]), year=int(match[2])) if match else ()

    def nearest(self, written: str, k: int = 3) -> tuple[int, ...]:
        """Return the rows of at most k items whose titles are spelt most alike, the nearest first.

        Nothing comes that shares less than `ALIKE` of its groups of three letters (Dice).
        """
        match = _YEAR_BEHIND.match(written.strip())
        spelling = told(match[1] if match else written)
        letters = _trigrams(spelling)
        postings = [self._by_trigram[each] for each in letters if each in self._by_trigram]
        if not spelling or not postings:
            return ()
        shared = np.bincount(np.concatenate(postings), minlength=len(self._spelt))
        alike = 2 * shared / (self._sizes + len(letters))
        order = np.argsort(-alike, kind="stable")[:_COMPARED].tolist()
        near = sorted(
            (letters_apart(spelling, self._spelt[at]), -float(alike[at]), self._spelt[at])
            for at in order
            if alike[at] >= ALIKE
        )
        rows = dict.fromkeys(row for *_, text in near for row in self.called(text))
        return tuple(rows)[:k]

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.array([len(_trigrams(text)) for text in self._spelt])

    @cached_property
    def _spelt(self) -> tuple[str, ...]:
        return tuple(self._rows)

    @cached_property
    def _by_trigram(self) -> dict[str, NDArray[np.int64]]:
        places: dict[str, list[int]] = {}
        for at, text in enumerate(self._spelt):
            for each in _trigrams(text):
                places.setdefault(each, []).append(at)
        return {each: np.array(of) for each, of in places.items()}


def year_of(item: Item) -> int | None:
    """Return the year of an item: of its title in brackets, else its attribute `year`."""
    if match := YEAR.search(item.title):
        return int(match[1])
    year = item.attributes.get("year")
    return int(year) if isinstance(year, int | float) and not isinstance(year, bool) else None


def spellings(title: str) -> tuple[Spelling, ...]:
    """Return the ways in which a title is written, none twice.

    >>> [each.text for each in spellings("Matrix, The (1999)")]
    ['the matrix', 'matrix']
    """
    best: dict[str, Whole] = {}
    for text, whole in called(title):
        compared = " ".join(told(text).split()[:LONGEST])
        for spelt in _without_article(compared):
            rank: Whole = whole if spelt == compared or whole else 1
            if spelt and rank < best.get(spelt, 3):
                best[spelt] = rank
    return tuple(Spelling(text, whole) for text, whole in best.items())


def _without_article(spelling: str) -> tuple[str, ...]:
    first, _, rest = spelling.partition(" ")
    return (spelling, rest) if first in _ARTICLES and rest else (spelling,)


def _trigrams(text: str) -> set[str]:
    padded = f"  {text} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _words_apart(left: str, right: str, most: int) -> int:
    """Return how many letters two names differ by; little words may not differ.

    Where one has a space more, the letters are compared as one word.
    """
    if left.count(" ") != right.count(" "):
        return letters_apart(left, right, most)
    found = 0
    for one, other in zip(left.split(), right.split(), strict=True):
        if one != other:
            apart = letters_apart(one, other, most)
            found += apart if min(len(one), len(other)) >= 4 + apart else MANY
        if found > most:
            break
    return found


def letters_apart(left: str, right: str, most: int = MANY) -> int:
    """Return how many letters two words differ by; neighbours that changed places count once.

    Args:
        left: A word.
        right: Another one.
        most: Beyond so many letters the answer is `MANY`: most words are told apart by their
            first few letters, and a row need not be wider than twice that.

    >>> letters_apart("incpetion", "inception"), letters_apart("heat", "heats")
    (1, 1)

    Source: optimal string alignment distance (Damerau 1964), by its recurrence, of which only the
    diagonals that can stay within `most` are computed (Ukkonen 1985).
    """
    size = len(right)
    if abs(len(left) - size) > most:
        return MANY
    two: list[int] = []
    one = [place if place <= most else MANY for place in range(size + 1)]
    for at, letter in enumerate(left, 1):
        row = [MANY] * (size + 1)
        row[0] = at
        for place in range(max(1, at - most), min(size, at + most) + 1):
            other = right[place - 1]
            best = min(row[place - 1] + 1, one[place] + 1, one[place - 1] + (letter != other))
            if at > 1 and place > 1 and letter == right[place - 2] and left[at - 2] == other:
                best = min(best, two[place - 2] + 1)
            row[place] = best
        if min(row) > most and min(one) >= most:
            return MANY
        two, one = one, row
    return one[-1] if one[-1] <= most else MANY


def said_in(spoken: Spoken, titles: Titles) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Yield where a spelling of a title begins: the word, and its ends with what it spells.

    The longest comes first. Each word costs as many look-ups as the longest title that begins with
    it and the next one has words.
    """
    for first, word in enumerate(spoken.words):
        size = max(titles.longest.get(word.fold, 0), titles.longest.get(word.stem, 0))
        if size > 2:  # of two words the second may be an owner's, so they are looked up in any case
            size = max(2, titles.longest.get(spoken.run(first, first + 2), 0))
        ends: list[tuple[int, str]] = []
        for last in range(min(first + size, len(spoken)), first, -1):
            for spelt in (spoken.owned(first, last), spoken.run(first, last)):
                if spelt is not None and spelt in titles:
                    ends.append((last, spelt))
                    break
        if ends:
            yield first, ends
