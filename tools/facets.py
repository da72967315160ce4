"""Facets: what people ask of items by form, and which attribute of a catalogue answers it.

A catalogue names its attributes as it likes. These names are known, in any case, and with spaces
for `_` and `-`; of several the first counts that the catalogue has:

    made      director, author, writer, artist, creator, made by
    plays     cast, actors, actor, actresses, actress, starring, stars
    language  language, original language, spoken languages
    country   country, country of origin, production countries, origin, nationality
    length    runtime, running time, duration, length: in minutes, or as "1h 58m"
    rating    rating, average rating, vote average, imdb rating, score
    known     popularity, votes, vote count, rating count
    year      year, release year, …; see `mentions.YEAR_NAMES`

Where no attribute answers it, how well an item is known and rated is taken from what people did
with it, if the catalogue has that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from usermind.memory.naming import folded

if TYPE_CHECKING:
    from usermind.tools.items import ItemTable

Facet = Literal["made", "plays", "language", "country", "length", "rating", "known", "year"]

NAMES: Final[Mapping[Facet, tuple[str, ...]]] = {
    "made": ("director", "author", "writer", "artist", "creator", "made by"),
    "plays": ("cast", "actor", "actress", "starring", "star"),
    "language": ("language", "original language", "spoken language"),
    "country": (
        "country", "country of origin", "production country", "origin", "nationality",
    ),
    "length": ("runtime", "running time", "run time", "duration", "length", "minutes"),
    "rating": ("rating", "average rating", "vote average", "imdb rating", "score"),
    "known": ("popularity", "votes", "vote count", "rating count"),
    "year": (
        "year", "release year", "released", "release date", "publication year", "published",
    ),
}  # fmt: skip
"""Names of attributes by facet; each also in its plural."""
PEOPLE: Final[tuple[Facet, ...]] = ("made", "plays")
PLACES: Final[tuple[Facet, ...]] = ("language", "country")
"""Facets that hold words; of the others the numbers count."""
_MANY: Final = {"country": "countries", "actress": "actresses", "nationality": "nationalities"}


def facet_of(attribute: str) -> Facet | None:
    """Return what an attribute answers by its name; None: nothing that is known here.

    >>> facet_of("Original_Language"), facet_of("directors"), facet_of("colour")
    ('language', 'made', None)
    """
    return _FACETS.get(_plain(attribute))


def numbers_of(items: ItemTable, facet: Facet) -> str | None:
    """Return the attribute that answers a facet by numbers; None: the catalogue has none."""
    return next((name for name in _named(items, facet) if _has_numbers(items, name)), None)


def is_told(items: ItemTable, facet: Facet) -> bool:
    """Say whether any attribute answers a facet by words."""
    return any(items.values(name) for name in _named(items, facet))


def _named(items: ItemTable, facet: Facet) -> list[str]:
    """Return the attributes of a facet that a table has, in the order of `NAMES`."""
    have = [name for name in items.names if facet_of(name) == facet]
    order = {spelt: place for place, spelt in enumerate(_spellings(facet))}
    return sorted(have, key=lambda name: order[_plain(name)])


def _has_numbers(items: ItemTable, attribute: str) -> bool:
    return bool(np.isfinite(items.numbers(attribute)).any())


def _spellings(facet: Facet) -> tuple[str, ...]:
    return tuple(form for name in NAMES[facet] for form in (name, _plural(name)))


def _plural(name: str) -> str:
    head, _, last = name.rpartition(" ")
    return f"{head} {_MANY.get(last, f'{last}s')}".strip()


def _plain(attribute: str) -> str:
    return " ".join(folded(attribute).replace("_", " ").replace("-", " ").split())


_FACETS: Final[dict[str, Facet]] = {spelt: facet for facet in NAMES for spelt in _spellings(facet)}
