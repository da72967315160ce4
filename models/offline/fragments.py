"""Statements without a subject: "Vegan for two years now", "Oslo since May", "No kids"."""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.texting import NAMES
from usermind.models.offline.words import listed
from usermind.types import MONTHS, WEEKDAYS

_FOR = (
    r"(?P<time>,? (?:(?:since|for) [\w '’-]{2,30}|now|already|"
    r"again|these days|at the moment|always have been))*"
)
_PLACE = r"(?P<place>[A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+){0,2})"
_SINCE = re.compile(
    rf"(?:(?:[Bb]een )?(?:in|In) )?{_PLACE} since (?P<since>(?:last |early |late )?"
    r"(?:[A-ZÀ-Þ][a-z]+|spring|summer|autumn|winter|\d{4})(?: \d{4})?)$"
)
_DIET = re.compile(
    rf"(?:(?:strictly|strict|fully|now|mostly) )?(?P<diet>{lexicon.DIETS}){_FOR}$", re.IGNORECASE
)
_STATE = re.compile(rf"(?P<state>[a-z-]+){_FOR}$", re.IGNORECASE)
_STATES = lexicon.LASTING - listed(
    """afraid scared interested based born raised fond passionate adopted addicted obsessed
    sensitive responsible terrified engaged fluent gluten lactose employed"""
)
_ROLE = re.compile(
    r"(?P<role>[a-z][\w-]+(?: [a-z][\w-]+)?) (?:by (?:trade|profession)|since \d{4})$"
    r"|(?P<alone>widow|widower) .*$",
    re.IGNORECASE,
)
_BORN = re.compile(r"born (?:in|on) .+$", re.IGNORECASE)
_AGE = re.compile(
    r"(?P<age>\d{1,2})(?: years old| ?y/?o| years of age)?"
    r"(?:(?<=old)|(?<=yo)|(?<=y/o)|, (?P<rest>[a-z-]+))$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:no|one|two|three|four|five|six|\d) (?:[a-z]+ )?"
    rf"(?:kids|children|siblings|brothers|sisters|sons|daughters|grandchildren|"
    rf"(?:{lexicon.PETS})s?|tv|television|smartphone|car)\b[^?]*$",
    re.IGNORECASE,
)
_PRONOUNS = re.compile(
    r"(?P<pronouns>(?:she/(?:her|they)|he/(?:him|they)|they/them))\b.{0,5}$", re.I
)
_BIRTHDAY = re.compile(r"(?:birthday|bday)(?: is| on|:) .+$", re.IGNORECASE)
_NO_PLACES = NAMES | {name.lower() for name in (*MONTHS, *WEEKDAYS)}


def completed(clause: str) -> str | None:
    """Return the first-person clause that a fragment stands for, or None.

    >>> completed("Vegan for two years now"), completed("Two daughters, both in Canada")
    ('I am Vegan for two years now', 'I have two daughters, both in Canada')
    """
    if _DIET.match(clause) or ((s := _STATE.match(clause)) and s["state"].lower() in _STATES):
        return f"I am {_lower(clause)}"
    if (found := _ROLE.match(clause)) and (role := found["role"] or found["alone"]):
        known = role.split()[-1].lower() in lexicon.ROLES
        if known:
            return f"I am a {_lower(role)}"
    if found := _SINCE.match(clause):
        ours = found["place"].split()[0].lower() not in _NO_PLACES
        return f"I live in {found['place']} since {found['since']}" if ours else None
    if _BORN.match(clause):
        return f"I was {_lower(clause)}"
    if (found := _AGE.match(clause)) and int(found["age"]) >= 12:
        return f"I am {found['age']} years old"
    if _COUNTED.match(clause):
        return f"I have {_lower(clause)}"
    if found := _PRONOUNS.match(clause):
        return f"My pronouns are {found['pronouns'].lower()}"
    return f"My {_lower(clause)}" if _BIRTHDAY.match(clause) else None


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
