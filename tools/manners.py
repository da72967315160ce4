"""Manners: what around a name or a nation makes it one that is said of a catalogue's things.

    "a film by Nolan", "something with Tom Hanks", "a Korean comedy", "anything in French?"

"My friend Tom Hanks", "French fries" and "when I was in Korea" say nothing of them. English.

A last name alone is often a word: "an old Stone house", "a new Ford". It counts where a thing is
said to be somebody's, "a Stone film", "something by Stone", and, if one person alone has it, where
their works are asked for or refused right there: "please no more Stone".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from usermind.memory.privacy.findings import words as word_set
from usermind.tools import nations
from usermind.tools.clauses import BEHIND_A_THING, COURTESY, OPENING, closing
from usermind.tools.facets import PEOPLE, PLACES
from usermind.tools.folded_text import Spoken, told
from usermind.tools.signs import is_of_people
from usermind.tools.values import Value, Values

Form = Literal["language", "country", "either"]
"""What a word for a nation says of a thing: its language, where it is from, or one of them."""

_LIST = r"(?:[A-Z][\w.'’-]*\s+){1,3}?(?:and|or)\s+|(?:[A-Z][\w.'’-]*,?\s+){1,3}?(?:and\s+|or\s+)?"
_MADE = re.compile(
    r"(?<!recommended )(?<!suggested )(?<!reviewed )(?<!liked )(?<!loved )(?<!hated )(?<!given )"
    rf"(?<!sent )\b(?P<how>(?i:by|from|of|director|author|writer|artist))\s+(?:{_LIST})?$"
)
_PLAYS = re.compile(
    rf"\b(?P<how>(?i:with|without|starring|stars?|featuring|actor|actress))\s+(?:{_LIST})?$"
)
_OF_ONES_OWN = re.compile(r"by|from|of|with|without", re.IGNORECASE)
"""Words that are said of people and places as often as of who made a thing."""
_DIRECTED = re.compile(rf"\bdirected by\s+(?:{_LIST})?$", re.IGNORECASE)
_WORKS = word_set("1 ones everything something anything nothing more work works stuff")
_ELSEWHERE = word_set("i we you he she they it who was were has had got did to his her my their")
"""Words behind which another clause is about: "a film that I got from ▢"."""
_GOT = re.compile(
    r"\b(?:g[eo]t|getting|had|borrow\w*|bought|rent\w*|received?|stole)\b[^.!?]*$", re.IGNORECASE
)
"""What tells from whom a thing was had, and not who made it."""
_JOINS = re.compile(
    rf"\W*(?:(?:{COURTESY}|not|nothing|only|also|preferably|ideally|something|anything)\W+)*",
    re.IGNORECASE,
)
_NO_MORE = re.compile(
    rf"(?:^|[.!?;\n])\W*{OPENING}(?:(?:no|enough) more|enough)(?: of)?\s+$|\bfan of\s+$|"
    r"\b(?:(?:re-?)?watch(?:ing)?|in the mood for) (?:an?|another|some|any|more)\s+"
    r"(?:(?:old|new|early|late|classic|good|great)\s+)?$|"
    r"\b(?:recommend|suggest|watch)(?: me| us)? (?:(?:any|some|every)thing but|another|more)\s+$",
    re.IGNORECASE,
)
"""What asks for works, or refuses them, where only who made them is named: "no more ▢"."""
_NO_FURTHER = re.compile(
    r"(?:,?\s*(?:please|tonight|today|for (?:now|tonight|today))\b)*"
    r"\s*(?:$|[.!?;\n]|,\s*(?:recommend|suggest|show|give|find)\b)",
    re.IGNORECASE,
)
_ALONE_BEFORE = re.compile(
    rf"\W*{OPENING}(?:(?:(?:something|anything|ones?) )?(?:by|from)\s+|only\s+)?", re.IGNORECASE
)
_ALONE_BEHIND = re.compile(
    r"\W*(?:(?:please|then|instead|maybe|perhaps|tonight|thanks)\W*)*", re.IGNORECASE
)
_BY = re.compile(r"\bby\s+$", re.IGNORECASE)
LONG_NAME = 4
"""Letters from which on a last name is looked for where no thing is named."""
_ALSO_WORDS = word_set(
    """young long short little small rich wise strong sweet black white brown green grey gray gold
    silver stone wood woods park parks lake rivers field fields hill hills church bay west east
    north south winter summer spring snow frost rain storm star moon day night may june noble king
    queen prince bishop knight power powers price hunt war love best good bond cross fox wolf lean
    frank ford case cook baker miller hope grace christian english french german holland classic
    new old"""
)
"""Last names that say something else where no capital tells: "young films"."""
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
_OPENS = re.compile(rf"\W*(?:(?:{COURTESY}|also|only)\W+)*", re.IGNORECASE)
_CLOSES = re.compile(closing("this|under|over|nor"), re.IGNORECASE)
_CLOSES_A_NAME = re.compile(
    closing(
        "this|under|over|about|in|not|like|set|made|released|before|after|between|starring|"
        "featuring|directed|written"
    ),
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
            rf"(?:['’]s?)?\s+(?:{things or '(?!)'}|flicks?)(?={BEHIND_A_THING})", re.IGNORECASE
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
        made = [each for each in people if each.facet == "made"]
        whole = " " in spelt
        one = len({told(each.word) for each in people}) == 1 and len(spelt) >= LONG_NAME
        if one and _is_alone(spoken, first, last):
            if spoken.words[first].capital or spelt not in _ALSO_WORDS:
                yield from made or people
            return
        if not whole and not self._is_a_name(spoken, first, spelt):
            return
        lead, plays = _MADE.search(before), _PLAYS.search(before)
        if lead and (whole or self._is_asked_for(spoken, first, last, lead)):
            # "Directed by" is of directors alone; "a film of Tom Hanks" is one that he plays in.
            yield from made or ([] if lead["how"].lower() == "by" else people)
        elif plays and (
            whole
            or (not _IN_COMPANY.search(before) and self._is_asked_for(spoken, first, last, plays))
        ):
            yield from (each for each in people if each.facet == "plays")
        elif self._thing_behind.match(behind) and (
            spoken.words[last - 1].capital or not spoken.is_cased
        ):
            yield from made or people
        elif whole:
            yield from (each for each in people if spelt == told(each.word))
        elif (
            one
            and spoken.words[first].tells
            and _NO_MORE.search(before)
            and _NO_FURTHER.match(behind)
        ):
            yield from made or people

    def _is_a_name(self, spoken: Spoken, place: int, spelt: str) -> bool:
        """Say whether a last name is one here, and neither a word nor part of another name."""
        word = spoken.words[place]
        if spoken.is_cased and not word.capital:
            # "a film by nolan": nothing but a name stands there, where it is no common word.
            by = _BY.search(spoken.before(place)) and spelt not in _ALSO_WORDS
            return bool(by) and len(spelt) > LONG_NAME
        if spelt in _ALSO_WORDS and not word.tells:
            return False
        if place and spoken.words[place - 1].tells and spoken.between(place - 1, place) == " ":
            return False  # "Bob Marlowe"; of the one who is meant, the whole name is found
        behind = spoken.words[place + 1] if place + 1 < len(spoken) else None
        goes_on = behind is not None and behind.tells and spoken.between(place, place + 1) == " "
        return not goes_on or bool(self._thing_behind.match(spoken.after(place)))

    def _is_asked_for(self, spoken: Spoken, first: int, last: int, lead: re.Match[str]) -> bool:
        """Say whether what leads to a last name says it of a thing: "a film by ▢"."""
        if not _CLOSES_A_NAME.match(spoken.after(last - 1)):
            return False
        how = lead["how"].lower()
        if how == "from" and _GOT.search(spoken.before(first)):
            return False
        if not _OF_ONES_OWN.fullmatch(how) or _DIRECTED.search(spoken.before(first)):
            return True
        at = first - len(lead[0].split())
        if how in ("by", "with", "without") and (
            at < 0 or _JOINS.fullmatch(re.split(r"[.!?;:,(\n]", spoken.before(at))[-1])
        ):
            return True
        for back in range(at - 1, max(at - 6, -1), -1):
            if spoken.between(back, back + 1).strip():
                return False
            word = spoken.words[back].fold
            if self._values.is_thing(word) or word in self._values:
                return True
            if word in _WORKS:
                return how != "of"
            if word in _ELSEWHERE or (word.endswith("ed") and word != "directed"):
                return False
        return False

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


def _is_alone(spoken: Spoken, first: int, last: int) -> bool:
    """Say whether a name is all that a message says, so that it answers or refines: "Nolan"."""
    before = spoken.text[: spoken.words[first].start]
    behind = spoken.text[spoken.words[last - 1].end :]
    return bool(_ALONE_BEFORE.fullmatch(before) and _ALONE_BEHIND.fullmatch(behind))


def _of_form(lands: list[Value], form: Form) -> list[Value]:
    """Return the values that a form speaks of: where both may be meant, where things are from."""
    if form != "either":
        return [each for each in lands if each.facet == form]
    return [each for each in lands if each.facet == "country"] or lands
