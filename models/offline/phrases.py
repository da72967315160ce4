"""Set phrases that state a fact with another subject than "I": "It was my birthday yesterday"."""

import re
from datetime import datetime

from usermind.models.offline import lexicon
from usermind.models.offline.claims import NAMELESS
from usermind.models.offline.dates import first_day, short
from usermind.models.offline.framing import trimmed
from usermind.models.offline.grammar import about
from usermind.models.offline.verdicts import Verdict
from usermind.models.offline.words import listed

_NAME = re.compile(r"am (?:called )?([A-ZÀ-Þ][a-zà-ÿ]+)(?=$|,| and\b| from\b| by the way| btw\b)")
_NO_NAMES = listed(
    """sure sorry fine ok okay glad happy good great here back done home ready so not very just
    still really too never always busy sick tired free late early new old right wrong"""
)
_BIRTHDAY = re.compile(
    r"\b(?:it|my birthday) (?P<tense>was|is)(?: my birthday)?\b(?: on)? ?(?P<when>.*)$",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"(?:I was )born (?:in|on) (?P<day>(?:the )?\d{1,2}(?:st|nd|rd|th)? (?:of )?[A-Z][a-z]+|"
    r"[A-Z][a-z]+ (?:the )?\d{1,2}(?:st|nd|rd|th)?)(?!\w|,? \d)"
)
_ADDRESS = re.compile(r"(?:the|our) new (address|number|email|phone number) is (.+)", re.IGNORECASE)
_MINE = re.compile(
    r"(?!They|These|Those|This|That|It|He|She|You)([A-Z].{2,80}?) (is|are) my ((?:main|biggest|"
    r"favou?rite|only|new|other|go-to|number one|top) [\w ]{3,30})$"
)
_LANGUAGE = re.compile(
    r"([A-ZÀ-Þa-z][\w-]+) is my (?:first|native|mother) (?:language|tongue)\b", re.IGNORECASE
)
_HELPS = re.compile(r"([A-Z]\w+ing) (helps|makes|keeps|lets|calms|relaxes) me\b(.+)$")
_LAST_DAY = re.compile(
    r"(?:(?:[Mm]y|[Tt]he) )?[Ll]ast day at ((?:the )?[A-Z][\w'’-]+(?: [A-Z]\w+)*)"
)


def named(predicate: str) -> str | None:
    """Return the name of "am Ana", or None: "am Dutch" is not one."""
    found = _NAME.match(predicate)
    if found is None or found[1].lower() in lexicon.NATIONS | lexicon.LASTING | _NO_NAMES:
        return None
    return found[1]


def birthday(clause: str, at: datetime) -> str | None:
    """Return the `12 September` that a clause gives as the birthday; empty when it tells none."""
    if born := _BORN.match(clause):  # without its year, which is not the last one
        day = first_day(f"on {born['day']}", at)
        return short(day).rpartition(" ")[0] if day else ""
    found = _BIRTHDAY.search(clause)
    if found is None or "birthday" not in found[0].lower():
        return None
    when = found["when"] or "today"
    if not re.match(r"(?:on|to|yes|next|this|last|in)", when):
        when = f"on {when}"
    day = first_day(when, at, tense="past" if found["tense"].lower() == "was" else "future")
    return short(day).rpartition(" ")[0] if day else ""


def phrased(clause: str, name: str) -> tuple[str, Verdict] | None:
    """Return the statement and the verdict of a set phrase about `name`."""
    if found := _ADDRESS.match(clause):
        what = found[1].lower()
        return f"{name}'s {what} is {found[2]}", Verdict(0.9, "year", slot=what)
    if found := _LANGUAGE.match(clause):
        verdict = Verdict(0.9, "permanent", slot="native language")
        return f"{name}'s native language is {found[1]}", verdict
    if found := _MINE.match(clause):
        what = f"{found[1][0].lower()}{found[1][1:]}"
        return f"{name}'s {found[3]} {found[2]} {what}", Verdict(0.8, "year")
    if found := _HELPS.match(clause):
        rest = about(trimmed(found[3]), name)
        whom = "the user" if name == NAMELESS else name
        return f"{found[1]} {found[2]} {whom} {rest}", Verdict(0.7, "year")
    if found := _LAST_DAY.match(clause):
        verdict = Verdict(0.8, "year", slot="employer", change=True)
        return f"{name} no longer works at {found[1]}", verdict
    return None
