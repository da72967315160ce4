"""Slots: what a person has one of at a time, by name, and told by the words of a claim."""

import re

SINGLE_VALUED = frozenset(
    {
        "address",
        "age",
        "birthday",
        "birthplace",
        "blood type",
        "boss",
        "diet",
        "email",
        "employer",
        "height",
        "home",
        "job",
        "marital status",
        "name",
        "nationality",
        "native language",
        "origin",
        "partner",
        "phone number",
        "pronouns",
        "shoe size",
        "star sign",
        "surname",
        "time zone",
    }
)
"""Slots: what a person has one of at a time. A new value takes the place of the old one."""

_FAVOURITE = re.compile(r"favou?rite (?P<what>[a-z][a-z ]{1,28}[a-z])")
_SPELLED = {
    "address": ("home address",),
    "email": ("email address", "e-mail"),
    "job": ("occupation", "profession"),
    "name": ("first name",),
    "native language": ("mother tongue", "first language"),
    "phone number": ("number",),
    "star sign": ("zodiac sign",),
    "surname": ("last name", "family name"),
    "time zone": ("timezone",),
}
_SAME_SLOT = {other: slot for slot, others in _SPELLED.items() for other in others}


def slot_named(name: str | None) -> str | None:
    """Return the slot that a name stands for, spelled our way; None when it is no slot.

    Besides `SINGLE_VALUED` there is one family without end: "favourite …".

    >>> slot_named("Favorite color"), slot_named("mother tongue"), slot_named("hobby")
    ('favourite colour', 'native language', None)
    """
    if name is None:
        return None
    plain = " ".join(name.casefold().split())
    if found := _FAVOURITE.fullmatch(plain):
        return "favourite " + re.sub(r"\bcolor", "colour", found["what"])
    plain = _SAME_SLOT.get(plain, plain)
    return plain if plain in SINGLE_VALUED else None


def is_slot(name: str | None) -> bool:
    """Tell whether a name stands for a slot."""
    return slot_named(name) is not None


_SLOTS = (
    ("home", r" (?:now |currently )?(?:lives|resides) (?:in|at|near) "),
    ("home", r" (?:has )?(?:just |recently )?(?:moved|relocated) to "),
    ("employer", r" (?:now |currently )?works (?:at|for) "),
    ("job", r" (?:now |currently )?works as "),
    ("age", r" is (?:now )?\d{1,3} years old"),
    ("age", r" (?:just )?turned \d{1,3}\b"),
    ("diet", r" is (?:now )?(?:an? )?(?:strict |mostly )?(?:vegan|vegetarian|pescatarian)\b"),
    ("partner", r" is (?:married|engaged) to "),
    (
        "partner",
        r"['’]s (?:wife|husband|partner|boyfriend|girlfriend|fianc[eé]e?) is (?:called )?[A-Z]",
    ),
    ("marital status", r" is (?:single|divorced|widowed|married)\.?$"),
    ("birthplace", r" was born in [A-Z]"),
    ("birthday", r"['’]s birthday is "),
    ("nationality", r"['’]s nationality is "),
)
_PATTERNS = tuple((slot, re.compile(pattern)) for slot, pattern in _SLOTS)
_NAMED = re.compile(r"['’]s (?P<slot>[a-z][a-z ]{2,40}?) is ")


def slot_of(statement: str, user: str) -> str | None:
    """Return the slot of the user's own that a statement gives a value of, or None.

    >>> slot_of("Ana lives in Oslo.", "Ana"), slot_of("Ana's sister lives in Oslo.", "Ana")
    ('home', None)
    """
    names = (user, "The user", "the user", "User")
    name = next((name for name in names if statement.startswith(name)), None)
    if name is None:
        return None
    rest = statement[len(name) :]
    if (found := _NAMED.match(rest)) and (slot := slot_named(found["slot"])):
        return slot
    return next((slot for slot, pattern in _PATTERNS if pattern.match(rest)), None)
