"""Comparisons with what was just shown: "no, older", "something shorter", "not that old". English.

    shown: films of 1994, 2000 and 2010
    "anything newer?"  → "anything newer than 2000 instead?"

What is compared with is the middle of the last list: its median year, its median length. So "newer"
leaves out the older half of what was shown, and one exception in a list does not decide. Said as a
year or as minutes, it is a condition like any other, and goes on like one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from usermind.tools.clauses import COURTESY, OPENING, closing
from usermind.tools.orders import By

_MEANS: Final[dict[str, tuple[By, str]]] = {
    "older": ("year", "older"), "less recent": ("year", "older"),
    "less modern": ("year", "older"), "newer": ("year", "newer"), "more recent": ("year", "newer"),
    "more modern": ("year", "newer"), "less old": ("year", "newer"),
    "shorter": ("length", "shorter"), "less long": ("length", "shorter"),
    "longer": ("length", "longer"), "less short": ("length", "longer"),
}  # fmt: skip
_NOT: Final[dict[str, tuple[By, str]]] = {
    "old": ("year", "newer"), "new": ("year", "older"), "recent": ("year", "older"),
    "modern": ("year", "older"), "long": ("length", "shorter"), "short": ("length", "longer"),
}  # fmt: skip
"""What is wanted of what is too much so."""

_LEAD = (
    rf"(?:{COURTESY}|nah|"
    r"nope|do you have|have you(?: got)?|got|are there|is there|can you|"
    r"could you|show|give|find|recommend|suggest|me|us|i['’]?d|i|we|would|want|need|like|prefer|"
    r"see|watch|try|not (?:these|those)|something|anything|some|any|ones?|things?|stuff|a|an|the|"
    r"bit|little|lot|few|much|even|slightly|other)"
)
_OF_THEM = r"(?: than (?:that|this|it|these|those|them|(?:those|these|the last|the first) ones?))?"
_CLOSES = rf"(?={closing('though|in|not')})"
_NO: Final = re.compile(r"^\W*(?:no+|nope|nah)\b[\s,.!–—-]*", re.IGNORECASE)
_WORDS: Final = re.compile(rf"\b(?:{'|'.join((*_MEANS, *_NOT))})\b", re.IGNORECASE)
_IS_NAMED: Final = re.compile(r"\b(?:some|any)thing\b|\bones?\b", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"\b(?:an?|the)\W*$", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"[^.!?;\n]+[.!?;\n]*")
_SO: Final = (
    r",?(?: please)?,? but,? (?:(?:please|maybe|just|only|a|bit|little|lot|much|slightly|somewhat|"
    r"even) )*(?:more|less|with|without|not (?:so|as|too|that)|from|set in|made in|in|by|"
    r"(?!ever\b|never\b|other\b|rather\b|after\b|later\b|either\b|there\b)\w+er)\b"
)
"""What says of an example how it is to be otherwise: "but shorter", "but with more action"."""
_LIKE_IT: Final = re.compile(
    rf"^(?P<opens>\W*{OPENING})(?:(?:like|similar to)\s+(?=[^.!?;]{{1,80}}?{_SO})|"
    rf"(?=“[^”]+”{_SO}))",
    re.IGNORECASE,
)


def as_a_wish(message: str) -> str:
    """Return a message that names an example and how to change it, said as a request.

    >>> as_a_wish("like Heat but shorter"), as_a_wish("“Heat” but with more jokes")
    ('something like Heat but shorter', 'something like “Heat” but with more jokes')
    """
    return _LIKE_IT.sub(lambda match: f"{match['opens']}something like ", message, count=1)


def compared(message: str, middle: Mapping[By, float], kinds: str = "") -> str:
    """Return a message with what it compares with the last list said in years and minutes.

    Args:
        message: What the user writes after a list was shown.
        middle: Median of that list by measure; what is missing is not compared.
        kinds: An expression for the words for items and their kinds: "films?|comedies".

    >>> compared("No, older!", {"year": 2000}), compared("I am older.", {"year": 2000})
    ('something older than 2000 instead!', 'I am older.')
    """
    if not middle:
        return message
    patterns = _patterns(kinds or "(?!)")

    def told(sentence: re.Match[str]) -> str:
        said = sentence[0]
        for pattern in patterns:
            match = pattern.match(said)
            if match is not None:
                return _in_numbers(said, match, middle)
        return said

    return _SENTENCE.sub(told, message)


def may_compare(message: str) -> bool:
    """Say whether a message has a word that may compare; most have none."""
    return _WORDS.search(message) is not None


def compares_by(message: str, kinds: str = "") -> By | None:
    """Return the measure that a message compares a list by; None: it does not."""
    measures: tuple[By, ...] = ("year", "length")
    return next((by for by in measures if compared(message, {by: 1.0}, kinds) != message), None)


def _patterns(kinds: str) -> tuple[re.Pattern[str], ...]:
    more, less = "|".join(_MEANS), "|".join(_NOT)
    lead = rf"(?P<lead>\W*(?:(?:{_LEAD}|{kinds})\b\W*)*)"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"{lead}\b(?<!no )(?P<more>{more})(?: (?P<kind>{kinds}|ones?|things?)\b)?"
            rf"{_OF_THEM}{_CLOSES}",
            rf"{lead}\bnot (?:that|so|as|quite so|quite that) (?P<not>{less}){_CLOSES}",
            rf"(?P<lead>\W*(?:(?:ok(?:ay)?|hm+|well|no|but|and)\b\W*)*)(?:(?:these|those|they|that|"
            rf"it|all)(?:['’]?s|['’]re| is| are| were)?\s+)*(?:(?:all|both|a bit|a little|much|way|"
            rf"still|just|rather)\s+)*too (?P<too>{less}){_CLOSES}",
        )
    )


def _in_numbers(said: str, match: re.Match[str], middle: Mapping[By, float]) -> str:
    groups = match.groupdict()
    word = groups.get("more")
    by, way = _MEANS[word.lower()] if word else _NOT[(groups.get("not") or groups["too"]).lower()]
    if by not in middle:
        return said
    # Of a median between two whole numbers the one that lies beyond it is no part of the bound.
    edge = math.floor(middle[by]) if way in ("newer", "longer") else math.ceil(middle[by])
    space = said[: len(said) - len(said.lstrip())]
    lead = _NO.sub("", match["lead"])
    kind = groups.get("kind") or ""
    if not kind or re.fullmatch(r"ones?|things?", kind, re.IGNORECASE):
        kind = "" if _IS_NAMED.search(lead) else "something"
        lead = lead if not kind else _ARTICLE.sub("", lead)
    unit = " minutes" if by == "length" else ""
    # "Instead" says that it goes on from what was asked before.
    parts = (lead.strip(), kind, f"{way} than {edge}{unit} instead")
    return space + " ".join(part for part in parts if part) + said[match.end() :]
