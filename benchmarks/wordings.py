"""How synthetic people word things: the sections of `wordings.txt`, and the values in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal, get_args

from usermind.types import MONTHS

Kind = Literal[
    "home", "employer", "job", "partner", "diet", "age", "birthday", "origin", "phone",
    "likes", "dislikes", "pet", "hobby", "language", "allergy",
    "trip", "event", "mood",
]  # fmt: skip
"""What a fact is about. Up to `phone` a person has one value at a time; trips and events are
plans; a mood passes."""
KINDS: tuple[Kind, ...] = get_args(Kind)
SLOTS: tuple[Kind, ...] = KINDS[:9]
SETS: tuple[Kind, ...] = KINDS[9:15]
PLANS: tuple[Kind, ...] = KINDS[15:17]

Use = Literal[
    "is", "begins", "ends", "hedged", "unreal", "reported", "asked",
    "corrected", "retracted", "chatter",
]  # fmt: skip
"""What a line does; explained at the top of `wordings.txt`."""

VALUES: Mapping[Kind, tuple[str, ...]] = {
    "home": (
        "Antwerp", "Gdansk", "Porto", "Leeds", "Graz", "Malmo", "Utrecht", "Turin", "Brno", "Cork",
        "Nantes", "Leipzig",
    ),
    "employer": (
        "Halden Freight", "Brightwell", "Nordlys Energy", "Quillon", "Marisol Foods",
        "Tessera Labs", "Kestrel Air", "Pinedale Bank", "Vantage Optics", "Oakhurst",
    ),
    "job": (
        "nurse", "electrician", "accountant", "architect", "bus driver", "translator", "paramedic",
        "florist", "chemist", "librarian",
    ),
    "partner": (
        "Robin", "Jonas", "Mireille", "Tariq", "Ines", "Kofi", "Saskia", "Dmitri", "Yuki", "Alba",
    ),
    "diet": ("vegetarian", "vegan", "pescatarian"),
    "age": tuple(str(years) for years in range(33, 59)),
    "birthday": tuple(f"{day} {month}" for month in MONTHS for day in (3, 7, 12, 18, 21, 26)),
    "origin": (
        "Galway", "Bruges", "Tartu", "Perugia", "Lublin", "Aarhus", "Zadar", "Linz", "Rouen",
    ),
    "phone": ("Pixel 8", "Fairphone", "iPhone 14", "Galaxy S23", "Nokia G42", "Xperia"),
    "likes": (
        "ramen", "dark chocolate", "jazz", "baroque music", "crime novels", "oat lattes",
        "thunderstorms", "flea markets", "board games", "rhubarb cake", "nature documentaries",
        "ginger tea",
    ),
    "dislikes": (
        "cilantro", "olives", "karaoke", "mushrooms", "loud bars", "horror films", "beetroot",
        "group calls", "liquorice", "blue cheese",
    ),
    "pet": ("Biscuit", "Momo", "Pepper", "Olaf", "Tilda", "Ziggy", "Nugget", "Fern"),
    "hobby": (
        "climbing", "rowing", "fencing", "kayaking", "sewing", "woodworking", "birdwatching",
        "skateboarding", "knitting", "ballroom dancing",
    ),
    "language": (
        "Portuguese", "Korean", "Polish", "Danish", "Arabic", "Swahili", "Greek", "Hungarian",
    ),
    "allergy": ("peanuts", "shellfish", "penicillin", "pollen", "latex", "kiwi"),
    "trip": (
        "Lisbon", "Kyoto", "Marrakesh", "Reykjavik", "Naples", "Tbilisi", "Oaxaca", "Valletta",
        "Bilbao", "Krakow",
    ),
    "event": (
        "driving test", "job interview", "half marathon", "knee surgery", "dentist appointment",
        "thesis defence", "piano exam", "housewarming party",
    ),
    "mood": ("exhausted", "hungover", "starving", "stressed", "grumpy", "jet-lagged", "sick"),
}  # fmt: skip
"""No value belongs to two kinds, so that its words say which kind a claim is about."""

SPECIES = ("cat", "dog", "rabbit", "parrot", "tortoise")


@dataclass(frozen=True, slots=True)
class Line:
    """One way to say something."""

    text: str
    """With `$v`, `$a`, `$old`, `$k`, `$day` and `$n` in it."""
    held_out: bool

    def fields(self) -> frozenset[str]:
        """Return the names of its placeholders."""
        return frozenset(Template(self.text).get_identifiers())

    def said(self, **words: str) -> str:
        """Return it with the words put in, begun with a capital; raises KeyError without one."""
        text = Template(self.text).substitute(words)
        return text[:1].upper() + text[1:]


@cache
def lines() -> Mapping[tuple[str, str], tuple[Line, ...]]:
    """Return the lines of each section, by (kind or `"any"`, use), in the order of the file."""
    found: dict[tuple[str, str], list[Line]] = {}
    section: list[Line] | None = None
    text = Path(__file__).with_name("wordings.txt").read_text(encoding="utf-8")
    for row in text.splitlines():
        if row.startswith("["):
            kind, use = row.strip("[]").split()
            section = found.setdefault((kind, use), [])
        elif row and not row.startswith("#"):
            assert section is not None, "a line stands in a section"
            section.append(Line(row.removeprefix("~ "), row.startswith("~ ")))
    return {key: tuple(rows) for key, rows in found.items()}


def choices(kind: str, use: Use, *, held_out: bool) -> tuple[Line, ...]:
    """Return the lines of a section that one half of the personas may use; may be empty."""
    return tuple(line for line in lines().get((kind, use), ()) if line.held_out == held_out)


def with_article(noun: str) -> str:
    """Return "a nurse", "an architect"."""
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"
