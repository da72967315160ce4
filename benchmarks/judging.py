"""Whether a claim about a persona is true at a time, told by the words of its values.

No value belongs to two kinds of fact, so a value in a claim says what the claim is about; words
like "no longer" or "left" turn it round. What names no value, or only wonders, is not judged, and
how much that is belongs to every report.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal

from benchmarks.lives import Fact
from benchmarks.personas import Persona
from benchmarks.wordings import PLANS, SLOTS, VALUES, Kind

from usermind.types import MONTHS

Verdict = Literal["true", "ended", "false", "unjudged"]
"""true: so now. ended: it was so. false: it never was. unjudged: the words do not tell."""

_MODAL = re.compile(
    r"\b(?:might|(?-i:may)|maybe|perhaps|probably|possibly|could|would|thinking (?:of|about)|"
    r"wonder\w*|considering|considers|if|wish\w*|hopes?|toying|decent chance|looks like|"
    r"suspects?|guess\w*|not sure|wants? to|imagines?)\b",
    re.IGNORECASE,
)
_TURNED = re.compile(
    r"\b(?:not|never|no longer|no more|nor|without|used to|stopp?(?:ed|ing)?|stops|quit\w*|"
    r"g[ai]ve[ns]? up|giving up|broke up|break(?:ing)? up|split up|splitting up|split|over|ended|"
    r"left|leaves|leaving|dropped|drops|cancel\w*|called off|fell through|gone off|went off|"
    r"died|dead|passed away|gave away|give away|sold|traded|former|formerly|ex|separated|"
    r"cannot stand|notice|laid off|let go|away|behind|single)\b|n['’]t\b",
    re.IGNORECASE,
)
_DISLIKE = re.compile(
    r"\b(?:hates?|dislikes?|detests?|loathes?|not (?:really )?(?:like|enjoy|a fan)|"
    r"ca(?:n['’]t|nnot) (?:stand|bear)|n['’]t (?:really )?(?:like|enjoy|think)|not think|"
    r"shudder|nerves|worst|avoids?|away|up the wall|never been able|not been able|nothing with)\b",
    re.IGNORECASE,
)
_LIKE = re.compile(
    r"\b(?:likes?|loves?|enjoys?|fine|peace|not mind|n['’]t mind|used to hate)\b", re.IGNORECASE
)
_LOST = re.compile(
    r"\b(?:from|left|quit|leaving|instead of|not|being|no longer|goodbye|swapped|traded|replaced|"
    r"my|as)\W+(?:her |his |their |the |an? )*$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r", (?:if|since|because|as)\b.*")
_OF_ANOTHER = re.compile(rf"(?:^|\bsays that )(?:{'|'.join(VALUES['partner'])})\b(?!['’]s)")
_BORN_LATELY = re.compile(r"\bborn on\b.*\b20\d\d\b")
_FULL_DATE = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})\b")
_NEAR = timedelta(days=30)
"""How far the telling of a change may lie from it."""
_DATE = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)})\b")
_ABOUT_AGE = re.compile(r"\b(?:age|aged|years?|year-old|turn\w*|old)\b|\b(?:is|am|was|at) {v}\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a claim says of one value."""

    kind: Kind
    value: str
    polarity: int
    day: tuple[int, int] | None = None
    """Day and month that it names for a plan."""
    on: datetime | None = None
    """Day with its year that it names for anything else."""


@cache
def _patterns() -> tuple[tuple[Kind, str, re.Pattern[str]], ...]:
    return tuple(
        (kind, value, re.compile(rf"\b{re.escape(value)}\b", re.IGNORECASE))
        for kind, values in VALUES.items()
        for value in values
    )


def readings(text: str) -> list[Reading] | None:
    """Return what a claim says of values it names, or None when it only wonders.

    >>> readings("Nadia no longer works at Quillon.")
    [Reading(kind='employer', value='Quillon', polarity=-1, day=None, on=None)]
    """
    text = _ASIDE.sub("", text)
    if _MODAL.search(text):
        return None
    on = _day_named(text)
    named = [
        (kind, value, match.start())
        for kind, value, pattern in _patterns()
        if (match := pattern.search(text)) and _about(kind, value, text)
    ]
    of_kind = [kind for kind, _, _ in named]
    found = []
    for kind, value, start in named:
        rival = kind in SLOTS and of_kind.count(kind) > 1
        polarity = _beside_another(text[:start]) if rival else _polarity(kind, text)
        day = _DATE.search(text) if kind in PLANS else None
        date = (int(day[1]), MONTHS.index(day[2]) + 1) if day else None
        past = None if kind in (*PLANS, "birthday") else on
        found.append(Reading(kind, value, polarity, date, past))
    return found


def _day_named(text: str) -> datetime | None:
    found = _FULL_DATE.search(text)
    if found is None:
        return None
    return datetime(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1]), tzinfo=UTC)


def _about(kind: Kind, value: str, text: str) -> bool:
    if kind == "age":
        return bool(re.search(_ABOUT_AGE.pattern.replace("{v}", value), text, re.IGNORECASE))
    if kind == "birthday":
        return bool(re.search(r"\b(?:birthday|born|birth|year older|celebrates?|cake)\b", text))
    return True


def _beside_another(before: str) -> int:
    """Return −1 for the value that is left, of two of one slot: "from Graz to Leeds"."""
    return -1 if _LOST.search(before) else 1


def _polarity(kind: Kind, text: str) -> int:
    if kind == "dislikes":
        if re.search(r"\bused to (?:hate|dislike)\b|n['’]t mind|not mind|no longer", text):
            return -1
        if _DISLIKE.search(text):
            return 1
        return -1 if _LIKE.search(text) else 1
    if kind == "likes":
        return -1 if _DISLIKE.search(text) or _TURNED.search(text) else 1
    if kind == "allergy":
        text = re.sub(r"\b(?:cannot|can['’]t) (?:have|eat)\b", "", text)
        return -1 if re.search(r"\bnot allergic\b|n['’]t allergic", text) else 1
    if kind == "diet":
        text = re.sub(r"(?:not|n['’]t) eat (?:meat|anything)\b", "", text)
    if kind in ("phone", "pet", "age"):
        text = re.sub(r"\b(?:over|behind|away|left|dropped)\b(?! to)", "", text)
    return -1 if _TURNED.search(text) else 1


def judged(text: str, persona: Persona, at: datetime) -> Verdict:
    """Return how a claim stands to the truth at a time; the worst of its parts counts.

    A claim that names a day of the calendar is about that day, and stays true when it was.
    """
    found = readings(text)
    if not found:
        return "unjudged"
    others = _OF_ANOTHER.search(text) and {reading.kind for reading in found} != {"partner"}
    if others or _BORN_LATELY.search(text):  # nobody else's life is told, and nobody is a baby
        return "false"
    parts = [_stands(reading, persona, at) for reading in found]
    return next(verdict for verdict in ("false", "ended", "true") if verdict in parts)


def _stands(reading: Reading, persona: Persona, at: datetime) -> Verdict:
    facts = persona.of(reading.kind, reading.value)
    holds = any(fact.holds(at) for fact in facts)
    if reading.polarity < 0:
        return "ended" if holds else "true"
    if reading.kind in PLANS and reading.day is not None:
        return _dated(reading, facts, at)
    if reading.on is not None:  # what happened on a day stays true
        then = [f for f in facts if f.begins - _NEAR <= reading.on < (f.ends or at) + _NEAR]
        return "true" if then else "false"
    if holds:
        return "true"
    return "ended" if any(fact.begins <= at for fact in facts) else "false"


def _dated(reading: Reading, facts: Iterable[Fact], at: datetime) -> Verdict:
    """Judge a plan with its day: true before it and, if it came to pass, ever after."""
    same = [
        fact
        for fact in facts
        if fact.due and (fact.due.day, fact.due.month) == reading.day and fact.begins <= at
    ]
    if any(fact.holds(at) or not fact.cancelled for fact in same):
        return "true"
    return "ended" if same else "false"


def asserts(text: str, fact: Fact) -> bool:
    """Say whether a claim states a fact, and not just that it was so on some day."""
    return any(
        (r.kind, r.value, r.polarity, r.on) == (fact.kind, fact.value, 1, None)
        for r in readings(text) or ()
    )


def canonical(fact: Fact, name: str) -> str:
    """Return a fact as a claim, as a user would put it right."""
    said = {
        "home": "{n} lives in {v}.", "employer": "{n} works at {v}.", "job": "{n} works as {v}.",
        "partner": "{n}'s partner is {v}.", "diet": "{n} is {v}.", "age": "{n} is {v} years old.",
        "birthday": "{n}'s birthday is on {v}.", "origin": "{n} comes from {v}.",
        "phone": "{n}'s phone is a {v}.", "likes": "{n} likes {v}.", "dislikes": "{n} hates {v}.",
        "pet": "{n} has a pet called {v}.", "hobby": "{n} does {v}.",
        "language": "{n} speaks {v}.", "allergy": "{n} is allergic to {v}.",
        "trip": "{n} is going to {v}.", "event": "{n} has a {v}.", "mood": "{n} is {v}.",
    }  # fmt: skip
    return said[fact.kind].format(n=name, v=fact.value)
