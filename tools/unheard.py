"""Unheard: what a message asks of items that the catalogue cannot tell, said to the user in words.

    "something by Tarantino", where no attribute names who made it
      → “by Tarantino” did not count: nothing here tells who made it

What an attribute does tell is heard by `mentions` and `orders`, and is not looked at here. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from usermind.memory.pasted import own_words
from usermind.memory.privacy.sensitive import RELATIVES
from usermind.tools import nations
from usermind.tools.clauses import OPENING
from usermind.tools.cue_patterns import SAID
from usermind.tools.durations import durations_in
from usermind.tools.facets import Facet, is_told
from usermind.tools.folded_text import Spoken
from usermind.tools.mentions import Mentioned, Mentions, shortened
from usermind.tools.orders import Measures
from usermind.tools.wishes import Wishes
from usermind.tools.years import years_in

MOST: Final = 4
"""Things that are told of one message; who lists more has not come to be told."""
LONGEST: Final = 60
"""Characters of the user's words that a note repeats."""

_UNTOLD: Final[dict[Facet, str]] = {
    "made": "nothing here tells who made it",
    "plays": "nothing here tells who plays in it",
    "language": "nothing here tells in which language it is",
    "country": "nothing here tells where it is from",
    "length": "nothing here tells how long it is",
    "rating": "nothing here tells how well it is rated",
    "known": "nothing here tells how well it is known",
    "year": "nothing here tells how old it is",
}
_NONE: Final[dict[Facet, str]] = {
    "made": "nothing here is by anybody of that name",
    "plays": "nobody of that name plays in anything here",
    "language": "nothing here is in that language",
    "country": "nothing here is from there",
}
_NAME: Final = re.compile(
    r"[A-Z][\w'’.-]*\w(?: (?:(?:de|da|di|del|della|van|von|der|den|la|le) )*[A-Z](?:[\w'’-]+|\.))*"
)
_SMALL_NAME: Final = re.compile(
    r"(?!(?:the|an?|my|your|his|her|our|their|its|this|that|these|those|it|me|us|you|them|him|"
    r"myself|yourself|now|then|noon|tonight|tomorrow|today|next|far|all|any|some|one|two|and|or|"
    r"\w+days?|midnight|mistake|accident|\w*mail|phone|train|bus|car|plane|heart|hand|night|day|"
    r"year|genre|some(?:one|body)|any(?:one|body)|chance|default|popularity|rating|length|title|"
    r"name|date|people|women|men|young|new|old|other)\b)"
    r"[a-z][\w'’-]+(?: (?!please\b)[a-z][\w'’-]+){0,2}(?=\s*(?:please\W*)?$|\s*[,.!?;])"
)
"""A name in a text without capitals: one to three words, behind which nothing comes."""
_NO_NAME: Final = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|Christmas|Easter|January|February|March|April|"
    r"May|June|July|August|September|October|November|December|I)\b"
)
_MAKING: Final = r"directed|written|made|produced|composed|sung|created|painted|filmed|shot"
_TELLS: Final = re.compile(
    r"\b(?:was|were|saw|watched|seen|read|met|heard|played|went|liked|loved|hated)\b",
    re.IGNORECASE,
)
_TOLD: Final = re.compile(r"\b(?:was|were|had|did|won|bored|moved|made me)\b", re.IGNORECASE)
_IN_COMPANY: Final = re.compile(
    r"\b(?:watch|see|go|come|sit|meet|talk|evening|date|dinner)\b", re.IGNORECASE
)


def unheard(mentions: Mentions, measures: Measures, message: str, said: Wishes) -> list[str]:
    """Return what of a message does not count, and why, a clause each; they hold the user's words.

    Args:
        mentions: Of the catalogue.
        measures: How new, long, good and known its items are.
        message: What the user writes.
        said: What it was read as.
    """
    text = own_words(shortened(message))
    named = mentions.find(text, places=0)
    kinds = "|".join(re.escape(each.text) for each in named.values)
    things = "|".join(part for part in (mentions.thing_words, kinds) if part) or "(?!)"
    orders = ((each.said, _UNTOLD[each.by]) for each in said.new_orders if each.by not in measures)
    found = chain(
        islice(_people(mentions, text, named, things), MOST),
        islice(_nations(mentions, text, named), MOST),
        islice(_numbers(mentions, text, things), MOST),
        islice(_unclear(text, named), MOST),
        orders,
    )
    return [clause(words, why) for words, why in islice(dict(found).items(), MOST)]


def untold(words: str, facet: Facet) -> str:
    """Return that words did not count, because nothing tells what they ask."""
    return clause(words, _UNTOLD[facet])


def clause(words: str, why: str) -> str:
    """Return that words did not count, and why."""
    return f"“{words[:LONGEST].strip()}” did not count: {why}"


def _people(
    mentions: Mentions, text: str, named: Mentioned, things: str
) -> Iterator[tuple[str, str]]:
    """Yield who is asked for and in nobody's attribute."""
    of = rf"(?:{things}|something|anything|nothing|ones?|stuff|more)"
    leads: tuple[tuple[Facet, str], ...] = (
        ("made", rf"\b(?P<how>(?:{_MAKING}) by)\s+"),
        ("made", rf"\b{of}\s+(?P<how>by)\s+"),
        ("made", rf"(?m:^)\W*{OPENING}(?:only\s+)?(?P<how>by)\s+"),
        ("plays", r"\b(?P<how>starring|featuring)\s+"),
        ("plays", rf"\b{of}\s+(?P<how>with)\s+"),
    )
    pattern = _NAME if Spoken(text).is_cased else _SMALL_NAME
    for facet, lead in leads:
        for match in re.finditer(lead, text, re.IGNORECASE):
            name = pattern.match(text, match.end())
            if name is None or _NO_NAME.match(name[0]):
                continue
            if _is_named(named, *name.span()) or _is_told_of(text, match.start()):
                continue
            if match["how"].lower() == "with" and not _is_an_actor(text[: match.end()], name[0]):
                continue
            why = _NONE if is_told(mentions.items, facet) else _UNTOLD
            yield f"{match['how']} {name[0]}", why[facet]


def _is_an_actor(before: str, name: str) -> bool:
    """Say whether "with" tells who plays, and not in whose company something is watched."""
    first, _, more = name.partition(" ")
    company = _IN_COMPANY.search(_sentence(before))
    return bool(more) and first.istitle() and first.lower() not in RELATIVES and not company


def _unclear(text: str, named: Mentioned) -> Iterator[tuple[str, str]]:
    """Yield what may be asked for or refused."""
    for start, end in SAID.unclear(text, named):
        yield text[start:end], "it is not clear whether it may come or may not"


def _nations(mentions: Mentions, text: str, named: Mentioned) -> Iterator[tuple[str, str]]:
    """Yield languages and countries that are asked for and are no item's."""
    spoken = Spoken(text)
    for first in range(len(spoken)):
        for last in range(min(first + 3, len(spoken)), first, -1):
            spelt = spoken.run(first, last)
            if spelt not in nations.WORDS:
                continue
            start, end = spoken.words[first].start, spoken.words[last - 1].end
            form = mentions.manners.nation(spoken, first, last, spelt)
            if form is None or _is_named(named, start, end) or _is_told_of(text, start):
                break
            facets: tuple[Facet, ...] = ("country", "language") if form == "either" else (form,)
            told = [each for each in facets if is_told(mentions.items, each)]
            yield text[start:end], _NONE[told[0]] if told else _UNTOLD[facets[0]]
            break


def _numbers(mentions: Mentions, text: str, things: str) -> Iterator[tuple[str, str]]:
    """Yield lengths and years that are asked for where no item has any."""
    if mentions.length_attribute is None:
        for span in durations_in(text, things):
            yield text[span.start : span.end], _UNTOLD["length"]
    if mentions.year_attribute is None:
        of = re.compile(rf"\b(?:{things}|something|anything|ones?)\b", re.IGNORECASE)
        for years in years_in(text):
            sentence = _sentence(text[: years.start])
            if not years.is_year and of.search(sentence) and not _is_told_of(text, years.start):
                yield text[years.start : years.end], _UNTOLD["year"]


def _is_named(named: Mentioned, start: int, end: int) -> bool:
    return any(each.start < end and start < each.end for each in named.all)


def _is_told_of(text: str, place: int) -> bool:
    """Say whether a place tells of what was seen or liked, and asks for nothing."""
    before = _sentence(text[:place])
    behind = re.split(r"[.!?;\n]", text[place:], maxsplit=1)[0]
    cue = SAID.before(before + behind, len(before))
    if cue is not None and cue.kind in ("like", "seen"):
        return True
    return bool(_TELLS.search(before) or _TOLD.search(behind))


def _sentence(before: str) -> str:
    """Return the sentence that a text ends in."""
    return re.split(r"[.!?;\n]", before)[-1]
