"""Manners: what around a name or a nation makes it one that is said of a catalogue's things.

    "a film by Nolan", "something with Tom Hanks", "a Korean comedy", "anything in French?"

"My friend Tom Hanks", "French fries" and "when I was in Korea" say nothing of them. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from usermind.memory.privacy.findings import words as word_set
from usermind.tools import nations
from usermind.tools.facets import PEOPLE, PLACES
from usermind.tools.signs import is_of_people
from usermind.tools.spoken import Spoken, told
from usermind.tools.values import Value, Values

Form = Literal["language", "country", "either"]
"""What a word for a nation says of a thing: its language, where it is from, or one of them."""

_LIST = r"(?:[A-Z][\w.'’-]*\s+){1,3}?(?:and|or)\s+|(?:[A-Z][\w.'’-]*,?\s+){1,3}?(?:and\s+|or\s+)?"
_MADE = re.compile(
    r"(?<!recommended )(?<!suggested )(?<!reviewed )(?<!liked )(?<!loved )(?<!hated )(?<!given )"
    rf"(?<!sent )\b(?P<how>(?i:by|from|of|director|author|writer|artist))\s+(?:{_LIST})?$"
)
_PLAYS = re.compile(rf"\b(?i:with|starring|stars?|featuring|actor|actress)\s+(?:{_LIST})?$")
_IN_COMPANY = re.compile(r"\b(?:watch|see|seeing|watching|night|evening|date)\b", re.IGNORECASE)
_BETWEEN = word_set(
    """and or good great nice old new classic short long recent modern popular funny scary fun
    language speaking spoken"""
)
"""Words that may stand between a nation and the thing that it is said of."""
_ONES = word_set("1 ones stuff cinema title titles flick flicks")
_THINGS = _ONES | word_set("something anything nothing that are is")
_TONGUE_BEHIND = re.compile(r"[ -](?:language|speaking|spoken)\b", re.IGNORECASE)
_SOMETHING = re.compile(
    r"\b(?:something|anything|nothing|ones?)\s+(?:(?:more|really|very|truly)\s+)?$|^\W*$|"
    r"\b(?:films?|movies?|something|anything|ones?)\s+(?:that|which)(?:['’]s|\s+(?:is|are|isn['’]t|"
    r"aren['’]t))\s+(?:(?:not|neither)\s+)?(?:[\w-]+(?:,|\s+(?:n?or|and))\s+)*$|"
    r"(?:^\W*|[.!?;,:]\s+|\b(?:films?|movies?|something|anything|ones?)\s+)neither\s+"
    r"(?:[\w-]+(?:,|\s+n?or)\s+)*$",
    re.IGNORECASE,
)
_OTHER_LANDS = r"(?:[\w-]+(?:,\s+|,?\s+(?:n?or|and)\s+)){0,3}"
_IN = re.compile(rf"\bin\s+{_OTHER_LANDS}$", re.IGNORECASE)
_FROM = re.compile(
    rf"\b(?:from|made in|produced in)\s+(?:the\s+)?{_OTHER_LANDS}(?:the\s+)?$", re.IGNORECASE
)
_OPENS = re.compile(
    r"\W*(?:(?:ok(?:ay)?|please|maybe|rather|or|and|but|also|only|how about|what about)\W+)*",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    r"\s*(?:$|[,;:.!?)\n…–—]|(?:please|and|n?or|but|with|for|from|tonight|today|this|by|that|which|"
    r"instead|then|perhaps|maybe|under|over)\b)",
    re.IGNORECASE,
)


class Manners:
    """Tells which names and nations of a text are said of a catalogue's things.

    Args:
        values: Of the catalogue.
        things: An expression for the words for its items; empty: none is known.
    """

    def __init__(self, values: Values, things: str) -> None:
        self._values = values
        self._thing_behind = re.compile(
            rf"(?:['’]s?)?\s+(?:{things or '(?!)'}|flicks?)\b", re.IGNORECASE
        )

    def meant(self, spoken: Spoken, first: int, last: int, spelt: str) -> Iterator[Value]:
        """Yield those of the values called so that the words may speak of."""
        called = self._values.called(spelt)
        people = [each for each in called if each.facet in PEOPLE]
        lands = [each for each in called if each.facet in PLACES]
        others = [each for each in called if each not in people and each not in lands]
        form = None
        if lands or spelt in nations.WORDS:
            form = self.nation(spoken, first, last, spelt)
            if form is None:
                others = []
        yield from others
        yield from self._people(spoken, first, last, spelt, people)
        if form is not None:
            yield from _of_form(lands, form)

    def nation(self, spoken: Spoken, first: int, last: int, spelt: str) -> Form | None:
        """Return what a nation's name says of a thing; None: it says nothing of any."""
        before, behind = spoken.before(first), spoken.after(last - 1)
        if _TONGUE_BEHIND.match(behind) and self._reaches_a_thing(spoken, last):
            return "language"
        if self._reaches_a_thing(spoken, last):
            return "either"
        if not _CLOSES.match(behind):
            return None
        if lead := _IN.search(before):
            # "I live in Germany" tells no language, "a film in German" does.
            tongue = spelt not in nations.LANDS
            return "language" if tongue and self._follows_a_thing(spoken, first, lead) else None
        if lead := _FROM.search(before):
            return "country" if self._follows_a_thing(spoken, first, lead) else None
        return "either" if _SOMETHING.search(before) else None

    def _people(
        self, spoken: Spoken, first: int, last: int, spelt: str, people: list[Value]
    ) -> Iterator[Value]:
        before, behind = spoken.before(first), spoken.after(last - 1)
        if not people or is_of_people(before):
            return
        if lead := _MADE.search(before):
            made = [each for each in people if each.facet == "made"]
            # "Directed by" is of directors alone; "a film of Tom Hanks" is one that he plays in.
            yield from made or ([] if lead["how"].lower() == "by" else people)
        elif _PLAYS.search(before):
            full = " " in spelt or not _IN_COMPANY.search(before)
            yield from (each for each in people if each.facet == "plays" and full)
        elif self._thing_behind.match(behind) and (
            spoken.words[last - 1].capital or not spoken.is_cased
        ):
            made = [each for each in people if each.facet == "made"]
            yield from made or people
        elif " " in spelt:
            # A name alone is short: "Prince", and a surname is shorter still.
            yield from (each for each in people if spelt == told(each.word))

    def _reaches_a_thing(self, spoken: Spoken, last: int) -> bool:
        """Say whether a word for a thing or for a kind is what comes behind: "French comedies"."""
        for at in range(last, min(last + 4, len(spoken))):
            if not re.fullmatch(r"[\s,-]+", spoken.between(at - 1, at)):
                return False
            word = spoken.words[at].fold
            if self._values.is_thing(word) or word in _ONES:
                return True
            for spelt in (word, spoken.run(at, min(at + 2, len(spoken)))):
                if spelt in self._values and spelt not in nations.WORDS:
                    if not self._values.is_loose(spelt):
                        return True
                    break
            else:
                if word not in _BETWEEN and word not in nations.ADJECTIVES:
                    return False
        return False

    def _follows_a_thing(self, spoken: Spoken, first: int, lead: re.Match[str]) -> bool:
        """Say whether what is led to comes right behind a thing, or where a sentence begins."""
        at = first - len(lead[0].split())
        if at < 0 or _OPENS.fullmatch(re.split(r"[.!?;\n]", spoken.before(at))[-1]):
            return True
        for back in range(at - 1, max(at - 6, -1), -1):
            if spoken.between(back, back + 1).strip():
                return False
            word = spoken.words[back].fold
            if self._values.is_thing(word) or word in self._values or word in _THINGS:
                return True
        return False


def _of_form(lands: list[Value], form: Form) -> list[Value]:
    """Return the values that a form speaks of: where both may be meant, where things are from."""
    if form != "either":
        return [each for each in lands if each.facet == form]
    return [each for each in lands if each.facet == "country"] or lands
