"""What a text names of a catalogue: items by their titles, words of attributes, spans of years.

    "a comedy from the 90s, like Groundhog Day but not scary"
      → genre Comedy · 1990 to 1999 · Groundhog Day (1993) · genre Horror

It finds what is named and nothing about what is wished; that says `wishes`. Titles come first, the
longest at each place; attributes and years are looked for in what is left. What `signs` takes for
ordinary words is left alone. Patterns are English; titles may be of any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Literal, TypeVar

from usermind.tools.durations import durations_in
from usermind.tools.facets import numbers_of
from usermind.tools.folded_text import Spoken
from usermind.tools.items import ItemTable
from usermind.tools.manners import Manners
from usermind.tools.signs import Sign, Signs, ends_a_list, links, name_sign, thing_before
from usermind.tools.titles import Titles, said_in
from usermind.tools.values import Values
from usermind.tools.years import Years, years_in

END = 1_000
"""Characters of a text that are looked at, at its beginning and again at its end. What is asked
stands there; between them stands what was pasted, which takes long to read and names by chance."""
SEAM = "\n…\n"
"""Stands for what was left out: a sentence ends there."""
READ = 2 * END + len(SEAM)
"""Characters of a text that are looked at in all; a longer one is cut."""
LONGEST_WORD = 40
"""Characters within which a text is cut at a space; where none is, between any two."""
PLACES = 12
"""Places of a text where a mistyped title is looked for: each costs a comparison with many."""
SHORTEST = 6
"""Letters of a word that may be mistyped: of a shorter one, too many others are a letter away."""
LONG = 9
"""Letters from which on a mistyped name may be written small."""
LONGER = 12
"""Letters from which on two of them may be wrong."""

_WITHIN = re.compile(r"[ '’:-]+")
"""What stands between two words of a title."""


@dataclass(frozen=True, slots=True)
class ItemMention:
    """An item that a text names."""

    item_id: str
    title: str
    text: str
    """As it stands in the text."""
    start: int
    end: int
    sure: bool
    """Whether it is likely to be meant; false where several go by the name, where it is spelt
    otherwise, or where the words say something else as well."""
    others: tuple[str, ...] = ()
    """Ids of what may be meant instead, the likeliest first."""
    mistyped: Literal["no", "clear", "unclear"] = "no"
    """Whether it is spelt otherwise; "clear": where a title surely stands, with one alone near."""


@dataclass(frozen=True, slots=True)
class ValueMention:
    """A word of an attribute that a text says."""

    attribute: str
    value: str
    """As the catalogue writes it."""
    text: str
    start: int
    end: int
    sure: bool
    """Whether it can hardly speak of anything else: "war films" can not, "war" can."""


@dataclass(frozen=True, slots=True)
class YearMention:
    """A span of years that a text names, or of minutes, where the catalogue tells how long."""

    attribute: str
    least: float | None
    most: float | None
    text: str
    start: int
    end: int
    sure: bool
    """False for a bare year, which may date anything."""


Mention = ItemMention | ValueMention | YearMention
_M = TypeVar("_M", ItemMention, ValueMention, YearMention)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """All that a text names, each in the order of the text."""

    items: tuple[ItemMention, ...] = ()
    values: tuple[ValueMention, ...] = ()
    years: tuple[YearMention, ...] = ()
    all: tuple[Mention, ...] = field(default=(), compare=False)
    """The three in one, in the order of the text."""


def shortened(text: str) -> str:
    """Return the beginning and the end of a long text, cut between words; a short one as it is.

    >>> shortened("I loved Heat."), len(shortened("word " * 10_000)) <= READ
    ('I loved Heat.', True)
    """
    if len(text) <= READ:
        return text
    head, tail = text[:END], text[-END:]
    # Of text without spaces, and of scripts that have none, nothing is lost at the border.
    if not text[END].isspace():
        head = head[: _last_space(head) or END]
    if not text[-END - 1].isspace():
        first = next((at for at, char in enumerate(tail[:LONGEST_WORD]) if char.isspace()), 0)
        tail = tail[first:]
    return f"{head}{SEAM}{tail}"


class Mentions:
    """Finds what texts name of a catalogue. Made once for a table, shared by all users.

    Args:
        items: The table.
        things: What people call its items, such as `("film", "movie")`.
        counts: (items,) how popular each is; of two of one name, the more popular is meant.
    """

    def __init__(
        self,
        items: ItemTable,
        things: Sequence[str] = (),
        counts: Sequence[float] | None = None,
    ) -> None:
        self.items = items
        self.things = tuple(things)
        self.titles = Titles(items, counts)
        self.values = Values(items, things)
        self.year_attribute = numbers_of(items, "year")
        self.length_attribute = numbers_of(items, "length")
        self.thing_words = "|".join(f"{re.escape(thing)}s?" for thing in things)
        self.manners = Manners(self.values, self.thing_words)
        self._thing_before = thing_before(things)
        self._thing_behind = re.compile(
            rf"^\s+(?:{self.thing_words or '(?!)'}|flicks?|titles?|genre|ones?)\b", re.IGNORECASE
        )

    def find(self, text: str, *, places: int = PLACES) -> Mentioned:
        """Return what a text names, at its beginning and its end; nothing for an empty one.

        Args:
            text: Of any length; see `READ`.
            places: In how many places a title with a letter wrong is looked for, of those where
                one is expected; the likeliest first. 0: in none.
        """
        looked_at = shortened(text)
        found = self._find(Spoken(looked_at), places)
        if looked_at is text:
            return found
        seam, left_out = looked_at.index(SEAM), len(text) - len(looked_at)
        return _moved(found, seam, left_out)

    def _find(self, spoken: Spoken, places: int) -> Mentioned:
        if not len(spoken):
            return Mentioned()
        items = self._items(spoken)
        taken = [(each.start, each.end) for each in items]
        values = [each for each in self._values(spoken) if _is_free(each, taken)]
        spans = [*self._years(spoken.text), *self._lengths(spoken.text, values)]
        years = [each for each in spans if _is_free(each, taken)]
        taken += [(each.start, each.end) for each in values]
        if places:
            items += self._mistyped(spoken, taken, places)
            items.sort(key=lambda each: each.start)
        return _all_of(items, values, years)

    # -- titles ---------------------------------------------------------------------------

    def _items(self, spoken: Spoken) -> list[ItemMention]:
        found: list[tuple[int, int, ItemMention]] = []
        waiting: list[tuple[int, int, ItemMention]] = []
        reached = 0
        for first, ends in said_in(spoken, self.titles):
            if first < reached:
                continue
            for last, spelt in ends:
                if spoken.parts(first, last):
                    continue
                signs_ = Signs(spoken, first, last, self._thing_before)
                sign = self._sign(spoken, first, last, spelt, signs_)
                mention = self._mention(spoken, first, last, spelt, signs_, sign or "likely")
                if mention is None:
                    continue
                listed = bool(found) and links(spoken, found[-1][1] - 1, first)
                if sign is None and listed and self._may_be_listed(spoken, first, spelt):
                    sign = "likely"  # "I loved Heat and alien"
                if sign is None:
                    if spoken.words[first].capital:
                        waiting.append((first, last, mention))
                    continue
                found.append((first, last, mention))
                reached = last
                break
        found += self._before(spoken, found, waiting)
        return list(self._listed(spoken, sorted(found, key=lambda each: each[0])))

    def _sign(self, spoken: Spoken, first: int, last: int, spelt: str, found: Signs) -> Sign | None:
        """Return the sign of a title; a word of an attribute or for any item is none by itself."""
        if self._is_general(spelt) and not (found.quoted or found.bracketed):
            return None
        return name_sign(spoken, first, last, found)

    def _may_be_listed(self, spoken: Spoken, first: int, spelt: str) -> bool:
        if self._is_general(spelt):
            return False
        return spoken.words[first].capital or not spoken.is_cased

    def _is_general(self, spelt: str) -> bool:
        name = re.sub(r"^(?:the|an?) ", "", spelt)
        return name in self.values or self.values.is_thing(name)

    def _mention(
        self, spoken: Spoken, first: int, last: int, spelt: str, found: Signs, sign: Sign
    ) -> ItemMention | None:
        rows = self.titles.called(spelt, year=found.year) if found.year is not None else ()
        dated = bool(rows)
        if not rows:
            if found.bracketed:
                return None  # "Heat (1986)", where only the one of 1995 is known
            rows = self.titles.called(spelt)
        start, end = spoken.words[first].start, spoken.words[last - 1].end
        if spoken.words[last - 1].fold != spelt.rpartition(" ")[2]:
            end -= 2  # the owner's 's
        sure = self.titles.is_clear(rows) and (sign == "sure" or dated)
        return self._named(spoken.text, start, end, rows, sure=sure)

    def _named(
        self, text: str, start: int, end: int, rows: Sequence[int], *, sure: bool
    ) -> ItemMention:
        item = self.items[rows[0]]
        others = tuple(self.items.ids[row] for row in rows[1:])
        return ItemMention(item.id, item.title, text[start:end], start, end, sure, others)

    def _before(
        self,
        spoken: Spoken,
        found: Sequence[tuple[int, int, ItemMention]],
        waiting: Sequence[tuple[int, int, ItemMention]],
    ) -> Iterator[tuple[int, int, ItemMention]]:
        """Yield what stands in a list before what was found: "Heat and Alien are great"."""
        firsts = {first for first, _, _ in found}
        spans = [(first, last) for first, last, _ in found]
        for first, last, mention in reversed(waiting):
            free = all(last <= begin or end <= first for begin, end in spans)
            if free and any(at >= last and links(spoken, last - 1, at) for at in firsts):
                firsts.add(first)
                spans.append((first, last))
                yield first, last, mention

    def _listed(
        self, spoken: Spoken, found: Sequence[tuple[int, int, ItemMention]]
    ) -> Iterator[ItemMention]:
        """Yield what was found, a name in a list with a sure one as sure: "Alien and Heat"."""
        runs: list[list[tuple[int, int, ItemMention]]] = []
        for each in found:
            joined = bool(runs) and links(spoken, runs[-1][-1][1] - 1, each[0])
            runs[-1].append(each) if joined else runs.append([each])
        for run in runs:
            is_sure = any(mention.sure for _, _, mention in run)
            for first, last, mention in run:
                meant = is_sure and spoken.is_cased and spoken.words[first].capital
                if meant and self._is_the_one(mention) and ends_a_list(spoken, last):
                    mention = replace(mention, sure=True)
                yield mention

    def _is_the_one(self, mention: ItemMention) -> bool:
        return self.titles.is_clear(self.items.rows((mention.item_id, *mention.others)).tolist())

    # -- attributes -----------------------------------------------------------------------

    def _values(self, spoken: Spoken) -> Iterator[ValueMention]:
        for first, last, spelt in self.values.said_in(spoken):
            start, end = spoken.words[first].start, spoken.words[last - 1].end
            behind = self._thing_behind.match(spoken.after(last - 1))
            sure = bool(behind) or not self.values.is_loose(spelt)
            for value in self.manners.meant(spoken, first, last, spelt):
                yield ValueMention(
                    value.attribute, value.word, spoken.text[start:end], start, end, sure
                )

    def _years(self, text: str) -> Iterator[YearMention]:
        if self.year_attribute is None:
            return
        for span in years_in(text):
            yield YearMention(
                self.year_attribute,
                span.least,
                span.most,
                text[span.start : span.end],
                span.start,
                span.end,
                not span.is_year or self._is_of_a_thing(text, span),
            )

    def _lengths(self, text: str, values: Sequence[ValueMention]) -> Iterator[YearMention]:
        if self.length_attribute is None:
            return
        kinds = "|".join(re.escape(each.text) for each in values)
        things = "|".join(part for part in (self.thing_words, kinds) if part)
        for span in durations_in(text, things):
            words = text[span.start : span.end]
            yield YearMention(
                self.length_attribute, span.least, span.most, words, span.start, span.end, True
            )

    def _is_of_a_thing(self, text: str, span: Years) -> bool:
        before = text[max(0, span.start - 40) : span.start]
        pattern = rf"\b(?:{self.thing_words or '(?!)'}|something|anything|ones?)\b[^.!?]*$"
        return bool(re.search(pattern, before, re.IGNORECASE))

    # -- what is mistyped -----------------------------------------------------------------

    def _mistyped(
        self, spoken: Spoken, taken: Sequence[tuple[int, int]], places: int
    ) -> list[ItemMention]:
        """Return titles with a letter wrong, looked for only where a title is expected."""
        found: list[ItemMention] = []
        reached = 0
        expected = _expected(spoken, self._thing_before, taken)
        for first, last in sorted(islice(expected, places)):
            if first < reached:
                continue
            for end in range(last, first, -1):
                spelt = spoken.run(first, end)
                letters = len(spelt.replace(" ", ""))
                is_name = spoken.is_cased and spoken.words[end - 1].capital
                if letters < (SHORTEST if is_name else LONG) or self.values.called(spelt):
                    continue
                if spelt in self.titles:
                    break  # it was looked at, and is no name here
                rows = self.titles.nearly(spelt, 1 if letters < LONGER else 2)
                if rows:
                    start, stop = spoken.words[first].start, spoken.words[end - 1].end
                    named = self._named(spoken.text, start, stop, rows, sure=False)
                    one = self.titles.is_clear(rows)
                    signs_ = Signs(spoken, first, end, self._thing_before)
                    clear = (
                        one
                        and not self.titles.is_inflected(spelt, rows[0])
                        and signs_.tell_a_work(long=letters >= LONG)
                    )
                    found.append(replace(named, mistyped="clear" if clear else "unclear"))
                    reached = end
                    break
        return found


def _expected(
    spoken: Spoken, thing: re.Pattern[str] | None, taken: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the stretches of at most six words where an unknown title may stand.

    That is where a capital tells one, right behind a verb that a title follows before others; then
    behind such a verb or between quotation marks without one; then where a sentence begins.
    """

    def strong(place: int) -> bool:
        found = Signs(spoken, place, place + 1, thing)
        return found.quoted or found.seeing or found.liking

    told = [place for place, word in enumerate(spoken.words) if word.tells]
    first = [place for place in told if strong(place)]
    small = (place for place, word in enumerate(spoken.words) if not word.tells and strong(place))
    opening = (
        place
        for place, word in enumerate(spoken.words)
        if word.opens and _may_begin(spoken, place, thing) and not strong(place)
    )
    for place in chain(first, (each for each in told if each not in first), small, opening):
        yield from _stretch(spoken, place, taken)


def _stretch(
    spoken: Spoken, place: int, taken: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the words from one on that may be of one title; none where it is taken."""
    last = place + 1
    while last < min(place + 6, len(spoken)) and _WITHIN.fullmatch(spoken.between(last - 1, last)):
        last += 1
    while last > place and any(
        begin < spoken.words[last - 1].end and spoken.words[place].start < end
        for begin, end in taken
    ):
        last -= 1
    if last > place:
        yield place, last


def _may_begin(spoken: Spoken, place: int, thing: re.Pattern[str] | None) -> bool:
    """Return whether a sentence may begin with a title: it is judged, or there is nothing else."""
    ends = range(place + 1, min(place + 4, len(spoken)) + 1)
    return any((found := Signs(spoken, place, end, thing)).judged or found.alone for end in ends)


def _all_of(
    items: Sequence[ItemMention], values: Sequence[ValueMention], years: Sequence[YearMention]
) -> Mentioned:
    every: list[Mention] = [*items, *values, *years]
    every.sort(key=lambda each: each.start)
    return Mentioned(tuple(items), tuple(values), tuple(years), tuple(every))


def _moved(found: Mentioned, seam: int, by: int) -> Mentioned:
    """Return what is behind the seam of a cut text at its places in the whole one."""

    def move(each: _M) -> _M:
        if each.start < seam:
            return each
        return replace(each, start=each.start + by, end=each.end + by)

    return _all_of(
        [move(each) for each in found.items],
        [move(each) for each in found.values],
        [move(each) for each in found.years],
    )


def _last_space(text: str) -> int:
    """Return where the last space of a text is, if a word's length from its end; else 0."""
    begin = len(text) - LONGEST_WORD
    return next((at for at in range(len(text) - 1, begin, -1) if text[at].isspace()), 0)


def _is_free(mention: Mention, taken: Sequence[tuple[int, int]]) -> bool:
    return all(mention.end <= start or end <= mention.start for start, end in taken)
