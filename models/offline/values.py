"""What somebody else has one of at a time: the age of a pet, the home of a sister."""

import re
from dataclasses import dataclass

from usermind.models.offline import lexicon

_WHO = (
    rf"['’]s (?:[\w-]+ )*?(?P<kin>{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS})"
    r"(?P<name> [A-ZÀ-Þ][\w-]+)?"
)
_AGE = re.compile(rf"{_WHO} (?:is|turned) (?:now )?(?P<value>\d{{1,3}})(?: years old| now)?\b")
_HOME = re.compile(rf"{_WHO} (?:now )?(?:lives|moved) (?:in|to) (?P<value>[A-ZÀ-Þ][\w-]+)")
_EMPLOYER = re.compile(rf"{_WHO} (?:now )?works (?:at|for) (?P<value>[A-ZÀ-Þ][\w-]+)")
_ONLY_ONE = re.compile(
    r"(?:mum|mom|mother|mama|dad|father|papa|wife|husband|partner|boyfriend|girlfriend|"
    r"fianc[eé]e?|spouse|boss|manager|landlord|landlady|mother-in-law|father-in-law)$"
)
OLDER = 3
"""Most years by which somebody unnamed may have grown older and still be the same."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one attribute of somebody in the user's life."""

    attribute: str
    kin: str
    name: str
    """Empty when the claim names nobody."""
    value: str

    def replaces(self, other: "Value | None") -> bool:
        """Tell whether this is another value of the same attribute of the same being."""
        if other is None or self.attribute != other.attribute or self.value == other.value:
            return False
        if self.name and other.name:
            return self.name == other.name
        if self.kin != other.kin:
            return False
        if _ONLY_ONE.match(self.kin):
            return True
        # "My son is 9", a year after "My son is 8"; two sons may live in two towns.
        older = int(self.value) - int(other.value) if self.attribute == "age" else 0
        return 0 < older <= OLDER


def value_of_another(statement: str, user: str) -> Value | None:
    """Return the value that a claim about somebody in the user's life gives, or None.

    >>> value_of_another("Ana's dog Bo is 3 years old.", "Ana").value
    '3'
    """
    if not statement.startswith(user):
        return None
    rest = statement[len(user) :]
    for attribute, pattern in (("age", _AGE), ("home", _HOME), ("employer", _EMPLOYER)):
        if found := pattern.match(rest):
            name = (found["name"] or "").strip()
            return Value(attribute, found["kin"].lower(), name, found["value"])
    return None
