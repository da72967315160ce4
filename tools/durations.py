"""Lengths of time that a text asks for: "under two hours", "90 minutes or less". English.

    "something under two hours" → at most 119 minutes

A length counts where it is said of what is asked for, and not where it dates or measures something
else: "I slept under two hours". Minutes are whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from usermind.memory.number_words import NUMBER_WORDS
from usermind.tools.clauses import OPENING, closing

ABOUT = 0.1
"""Share by which "about 90 minutes" may be missed to either side."""

_NUMBERS = {"a": 1, "an": 1, **NUMBER_WORDS}
_N = rf"(?:(?<!\d)\d{{1,6}}(?:[.,]\d{{1,6}})?|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_HOURS, _MINUTES = r"(?:hours?|hrs?|h)", r"(?:minutes?|mins?|m)"
_LENGTH = (
    rf"(?:half an hour|{_N} and a half[ -]{_HOURS}|{_N}[ -]{_HOURS} and a half|"
    rf"{_N}[ -]?{_HOURS}(?: and)? ?\d+(?:[ -]?{_MINUTES})?|{_N}[ -]?{_HOURS}|"
    rf"{_N}[ -]?(?:minutes?|mins?))(?![\w])"
)
_WORDED = re.compile(
    rf"(?P<half>half an hour)|(?P<more>{_N})(?:[ -]{_HOURS})? and a half(?:[ -]{_HOURS})?|"
    rf"(?P<h>{_N})[ -]?{_HOURS}(?:(?: and)? ?(?P<hm>\d+)(?:[ -]?{_MINUTES})?)?|"
    rf"(?P<m>{_N})[ -]?{_MINUTES}",
    re.IGNORECASE,
)
_NOT = (
    r"(?:no|not|never|(?:is|are|was|do|does|should|must|would)(?:n['’]t| not)(?: be| last|"
    r" run| take|"
    r" go| go on)?(?: for)?)"
)
_BELOW = r"(?:under|below|less than|shorter than|fewer than)"
_UP_TO = (
    rf"(?:at (?:the )?most|{_NOT} (?:longer|more) than|{_NOT} (?:over|above|exceed)|up to|within|"
    r"max(?:imum)?(?: of)?\.?)"
)
_ABOVE = r"(?:over|above|more than|longer than)"
_FROM = rf"(?:at least|{_NOT} (?:shorter|less) than|{_NOT} (?:under|below)|min(?:imum)?(?: of)?\.?)"
_NEAR = r"(?:about|around|roughly|approximately|some|circa|~)"
_ASKED = re.compile(
    rf"\bbetween (?P<from>{_LENGTH}|\d+) (?:and|to) (?P<to>{_LENGTH})|"
    rf"\b(?P<below>{_BELOW}) (?P<b>{_LENGTH})|\b(?P<upto>{_UP_TO}) (?P<u>{_LENGTH})|"
    rf"\b(?P<above>{_ABOVE}) (?P<a>{_LENGTH})|\b(?P<since>{_FROM}) (?P<s>{_LENGTH})|"
    rf"\b(?P<less>{_LENGTH})(?: or (?:less|shorter|under|below)| max(?:imum)?| at (?:the )?most|"
    rf" tops)\b|\b(?P<plus>{_LENGTH}) (?:or (?:more|longer|over|above)|at least)\b|"
    rf"\b(?P<has>(?:i|we)(?:['’]ve| have|['’]ve got| have got| only have| just have| have only| "
    rf"have just) (?:got )?(?:(?:only|just|about|around) )*)(?P<time>{_LENGTH})|"
    rf"(?<!\w)(?:(?P<near>{_NEAR}) ?)?(?P<n>{_LENGTH})(?P<long>[ -]long\b)?",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    closing(r"long|in (?:length|total)|of (?:runtime|running time)|so|now|what|directed|starring"),
    re.IGNORECASE,
)
"""What may stand behind a length that is asked for; "away", "of sleep" and "ago" may not."""
_VERB = (
    r"(?:that|which|it|they)(?:['’]?s| is| are| lasts?| runs?| takes?| should be| must be| has to "
    r"be| (?:should|must) (?:last|run|take))|lasting|running"
)
_COMMON = r"something|anything|nothing|ones?|but|also|only|preferably|ideally|recommend|suggest"
_OTHERS = (
    r"(?:i|we|you|he|she|they|it|my|our|your|his|her|their|the|is|are|was|were|am|be|been|ha[sd]|have|"
    r"takes?|took|lasts?|lasted|wait\w*|sle(?:ep|pt)|drive|for|ago|while|because|since|as|when|after|"
    r"before|until|if|and|or|but|every)"
)
"""Words behind which a length is that of something else: "a film after my nap of under an hour"."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time that a text asks for, in minutes."""

    least: int | None
    most: int | None
    start: int
    end: int


def durations_in(text: str, things: str = "") -> Iterator[Duration]:
    """Yield the lengths that a text asks for, in order.

    Args:
        text: What somebody writes.
        things: An expression for the words for what is asked for: "films?|movies?".

    >>> [(each.least, each.most) for each in durations_in("a film under two hours", "films?")]
    [(None, 119)]
    >>> list(durations_in("I slept under two hours."))
    []
    """
    things = things or "(?!)"
    before = re.compile(
        rf"(?:^\W*{OPENING}|[,;:(–—]\W*|\b(?:{things}|{_COMMON}|{_VERB})\W+"
        rf"(?:(?!{_OTHERS}\b)[\w'’.-]+ ){{0,6}}?"
        rf"(?:(?:with a (?:runtime|running time|length|duration)(?: of)?|of|is|are|just|well|for|a "
        rf"bit|in|not|that) )*)$",
        re.IGNORECASE,
    )
    thing_behind = re.compile(rf"[ -]+(?:\w+ )?(?:{things})\b", re.IGNORECASE)
    for match in _ASKED.finditer(text):
        sentence = max(text.rfind(mark, 0, match.start()) for mark in ".!?;\n") + 1
        attached = before.search(text[sentence : match.start()].lstrip())
        described = thing_behind.match(text, match.end())
        if match["n"] and not (described or (attached and (match["near"] or match["long"]))):
            continue
        if not described and not ((attached or match["has"]) and _BEHIND.match(text, match.end())):
            continue
        least, most = _bounds(match)
        yield Duration(least, most, match.start(), match.end())


def minutes(text: str) -> float | None:
    """Return a length that stands alone, in minutes; None: it is none.

    >>> minutes("118 min"), minutes("1h 58m"), minutes("two and a half hours"), minutes("blue")
    (118.0, 118.0, 150.0, None)
    """
    match = _WORDED.fullmatch(text.strip())
    return _minutes(match) if match else None


def _minutes(match: re.Match[str]) -> float:
    if match["half"]:
        return 30.0
    if match["more"]:
        return 60 * (_number(match["more"]) + 0.5)
    if match["h"]:
        return 60 * _number(match["h"]) + float(match["hm"] or 0)
    return _number(match["m"])


def _number(word: str) -> float:
    known = _NUMBERS.get(word.lower())
    return float(word.replace(",", ".")) if known is None else float(known)


def _bounds(match: re.Match[str]) -> tuple[int | None, int | None]:
    if match["to"]:
        last = _of(match["to"])
        first = minutes(match["from"])
        # "between 90 and 120 minutes", "between 1 and 2 hours": the first has the second's unit.
        unit = 60 if first is None and re.search(r"h", match["to"], re.IGNORECASE) else 1
        return round(float(match["from"]) * unit if first is None else first), last
    if match["below"]:
        return None, _of(match["b"]) - 1
    if match["above"]:
        return _of(match["a"]) + 1, None
    if upto := match["u"] or match["less"] or match["time"]:
        return None, _of(upto)
    if since := match["s"] or match["plus"]:
        return _of(since), None
    middle = _of(match["n"])
    return round(middle * (1 - ABOUT)), round(middle * (1 + ABOUT))


def _of(length: str) -> int:
    found = minutes(length)
    assert found is not None, "the expression matches lengths alone"
    return round(found)
