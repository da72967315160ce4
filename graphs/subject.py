"""Kinds of things that names stand for, told by a category, a claim, or the words before a name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from usermind.memory.naming import folded
from usermind.types import MONTHS

Kind = Literal[
    "place", "venue", "person", "pet", "work", "maker", "thing",
    "home", "taste", "activity", "game", "diet",
]  # fmt: skip
"""venue: where one is at, such as a shop or an employer; work: something with a title; maker: a
brand or a company; taste: what the user likes; activity: what they go for, such as climbing; game:
what they play."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that a query can be about."""

    name: str
    kind: Kind
    ids: tuple[str, ...] = ()
    """Of the entity, concept or claim that it rests on; empty: it is new to the user."""
    fit: float = 0.0
    """How much it is the user's own, in [0, 1]: 1 − 2^−count of an entity, confidence × freshness
    of a claim."""
    why: str = ""
    """What speaks for it, in words of the user's memory."""
    lapsed: bool = False
    """Whether it was last seen more than `LAPSE` ago."""
    related: bool = False
    """Whether it stands here because it co-occurs with what the turn speaks of."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Attributes of a concept."""


REACH = 160
"""Characters before a name in which the words are looked for that tell its kind."""
_TITLE = '“”"„«»'
_NO_ARTICLE = ("person", "pet")
"""Kinds of whom nobody says "the": "for the Drift" is for no person."""
_BEFORE: Sequence[tuple[Kind, re.Pattern[str]]] = tuple(
    (
        kind,  # type: ignore[misc]  # the literals are kinds
        re.compile(
            rf"\b(?:{words}){'' if kind in _NO_ARTICLE else '(?: the)?'}\s+$", re.IGNORECASE
        ),
    )
    for kind, words in (
        ("maker", "by|made by|brand|from brand"),
        (
            "person",
            "with|for|sister|brother|mother|father|mum|mom|dad|daughter|son|wife|husband|partner"
            "|girlfriend|boyfriend|friend|cousin|aunt|uncle|niece|nephew|colleague|boss|neighbour"
            "|neighbor|met|ask|tell|told|asked|call|visited my|dear",
        ),
        ("pet", "my dog|my cat|my horse|my rabbit|my parrot|our dog|our cat|walk|feed"),
        (
            "place",
            "in|near|around|towards|via|visit|visited|visiting|reach|back from|(?:go|goes|going"
            "|went|fly|flies|flying|flew|move|moves|moved|moving|travel|drive|driving|drove|trip"
            "|flight|train|ferry|road|way) to",
        ),
        ("venue", "at"),
        ("work", "read|reading|watch|watched|watching|finished|listen to|listening to|heard"),
    )
)
_WITHIN_A_NAME = re.compile(
    rf"[^\s.!?:;]\s+(?!(?:I|{'|'.join(MONTHS)}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b)"
    r"[A-Z][\w'’-]*\s+[a-z]+(?: the)?\s+$"
)
"""A capital before the preposition: in "I loved Men in Black" it is part of a name, as it may be in
any text; at the beginning of a sentence, it says nothing."""
_LANGUAGE = re.compile(r"(?:ish|ese|ian|ic|ean|rench|erman|reek|utch|indi|ahili|atin|hai)$")
"""How names of languages end, and few names of places."""
_CATEGORIES: Sequence[tuple[Kind, frozenset[str]]] = tuple(
    (kind, frozenset(words.split()))  # type: ignore[misc]  # the kinds below are `Kind`s
    for kind, words in (
        ("pet", "dog cat horse rabbit parrot hamster pony puppy kitten bird tortoise pet"),
        (
            "person",
            "person sister brother mother father mum mom dad daughter son wife husband partner"
            " girlfriend boyfriend friend cousin aunt uncle niece nephew colleague boss neighbour"
            " neighbor child grandmother grandfather teacher doctor",
        ),
        ("place", "place city town village country house flat park beach restaurant cafe shop"),
        ("work", "book film movie song album series game play painting"),
        ("maker", "brand company firm employer band"),
    )
)


def kind_of_category(category: str) -> Kind:
    """Return the kind of a concept by its category in plain words.

    >>> kind_of_category("dog"), kind_of_category("old bicycle")
    ('pet', 'thing')
    """
    words = set(folded(category).split())
    return next((kind for kind, names in _CATEGORIES if words & names), "thing")


def kind_in(name: str, texts: Sequence[str]) -> Kind | None:
    """Return the kind of a name by the words before it: what most of the texts say.

    Where they do not say, what is written in small letters is a thing, and of a name it is None.

    >>> kind_in("Lisbon", ["I fly to Lisbon.", "a week in Lisbon"])
    'place'
    >>> kind_in("Norda", ["I bought the Kestrel running shoes by Norda."])
    'maker'
    """
    votes: dict[Kind, int] = {}
    for text in texts:
        for found in re.finditer(re.escape(name), text, re.IGNORECASE):
            # Not all that comes before: a name may stand there often, and each would read it.
            before = text[max(0, found.start() - REACH) : found.start()]
            kind = next((kind for kind, form in _BEFORE if form.search(before)), None)
            if before[-1:] and before[-1] in _TITLE:
                kind = "work"
            if kind == "place" and (_LANGUAGE.search(name) or _WITHIN_A_NAME.search(before)):
                kind = None  # "say it in Korean", "the form is in Danish"
            if kind is not None and (name[:1].isupper() or kind in ("maker", "place", "venue")):
                votes[kind] = votes.get(kind, 0) + 1
    if not votes:
        return None if name[:1].isupper() else "thing"
    return max(votes, key=lambda kind: votes[kind])
