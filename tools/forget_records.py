"""What a request to forget means beside messages and claims: concepts, counts and summaries.

A concept goes as a whole when the request says nothing but its names; what else it says picks
attributes. What was deleted and can be undone counts as there. An entity goes when its name holds
the request's words, and so does what was said and shown of an item of a catalogue by its title.
Profiles follow: what is left is summed up anew.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from usermind.memory import Concept, UserMemory
from usermind.memory.concepts import names_of
from usermind.memory.feedback import KEPT
from usermind.memory.item_events import Exposure, ItemEvent
from usermind.memory.naming import says, without_year
from usermind.tools.content_terms import content_terms, covers

SEARCHING = content_terms(
    "search searched searches searching look looked looking lookup visit visited history"
)
"""What people say of how an entity came to be known: "that I searched for Lisbon"."""
RATING = content_terms(
    "like liked love loved enjoy enjoyed hate hated dislike disliked rate rated rating feedback "
    "opinion watch watched see saw seen read recommend recommended recommendation show shown "
    "suggest suggested film films movie movies book books series show shows"
)
"""What people say of how an item came up: "that I liked Alien", "the film you showed me"."""
_ITEMS = (
    r"(?:films?|movies?|books?|novels?|series|shows?|songs?|albums?|games?|recipes?|items?|titles?|"
    r"products?|things?)"
)
_OF_ALL = rf"(?: (?:of|on|about|for) (?:(?:all|any|every|the|those|these|of) )*{_ITEMS})?"
_END = r"(?:,? (?:please|now|again|anyway|so far|for good|you (?:have|kept|stored|know)))*\W*$"
_ASK = (
    r"^\W*(?:(?:please|pls|can|could|would|will|you|now|just|and|then|so|ok|okay|yes|also|i|want|"
    r"to)\W+)*(?:(?:forget|delete|erase|remove|wipe|clear|drop|reset)(?: about)?\s+)?"
)
"""What stands before all that a sentence asks to be forgotten, and nothing else."""
_EVERY = r"(?:(?:all|every|each|everything|anything|what(?:ever)?|of|that|the) )*"
_VERDICTS = re.compile(
    rf"{_ASK}(?:{_EVERY}my (?:{_ITEMS} )?(?:ratings?|verdicts?|reviews?|feedback|"
    rf"likes and dislikes|opinions?(?= (?:of|on|about)\b)){_OF_ALL}{_END}"
    rf"|{_EVERY}(?:{_ITEMS} )?(?:that )?i(?:['’]ve| have)? (?:ever )?(?:"
    rf"(?:said|told you|think|thought|wrote) (?:of|on|about) (?:(?:all|any|the|those) )*{_ITEMS}"
    rf"|(?:have )?(?:rated|judged|reviewed|liked (?:and|or) disliked){_OF_ALL}){_END})",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[.!?;\n]+")
_SPARES = re.compile(
    r"\b(?:but|except|apart from|other than|besides|keep|not)\b|n['’]t\b", re.IGNORECASE
)
"""What may say that these are to stay: "everything but my ratings"."""
_SHOWN = re.compile(
    rf"{_ASK}(?:{_EVERY}(?:your|my|the) (?:{_ITEMS} )?(?:recommendations?|suggestions?)"
    rf"(?: (?:to|for) me)?{_OF_ALL}{_END}"
    rf"|{_EVERY}(?:{_ITEMS} )?(?:that )?(?:you(?:['’]ve| have)?|i was) (?:ever )?"
    rf"(?:recommended|suggested|shown|showed)(?: (?:to )?me)?{_OF_ALL}{_END})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Noted:
    """What a request means beside messages and claims, by id."""

    concepts: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of attributes by the id of their concept, which stays."""
    entities: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    """Only those that were named by id; see `profiles_that_say`."""
    feedback: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    """Concepts of which the request may mean any."""

    def __bool__(self) -> bool:
        return bool(
            self.concepts
            or self.attributes
            or self.entities
            or self.profiles
            or self.feedback
            or self.exposures
        )


def every_of_items(request: str) -> Literal["verdict", "recommendation"] | None:
    """Return of what sort a request means all that is on record of items; None: it means less.

    >>> every_of_items("forget all my ratings"), every_of_items("delete what I said about films")
    ('verdict', 'verdict')
    >>> every_of_items("forget what you recommended"), every_of_items("forget my rating of Heat")
    ('recommendation', None)
    """
    if _SPARES.search(request):
        return None
    sentences = [each for each in _SENTENCES.split(request) if each.strip()]
    if any(_VERDICTS.match(each) for each in sentences):
        return "verdict"
    return "recommendation" if any(_SHOWN.match(each) for each in sentences) else None


def noted(
    memory: UserMemory,
    query: str,
    *,
    ids: Sequence[str] = (),
    said: Sequence[str] | None = None,
    sweeping: bool = False,
) -> Noted:
    """Return what a request means.

    Args:
        memory: Whose.
        query: The request, in the user's words.
        ids: Exactly these of them; empty: what the words say.
        said: What the user said themselves; what they did not name stays. None: not looked at.
        sweeping: Whether names that say more than the request are meant too.
    """
    request = _Request(
        content_terms(query),
        tuple(ids),
        None if said is None else content_terms("\n".join(said)),
        sweeping,
    )
    known = memory.concepts.by_id()
    sorts = {key: content_terms(concept.category) for key, concept in known.values()}
    named = [_picked(each.keys, sorts, request.asked) for each in memory.concepts.named_in(query)]
    whole, parts = _concepts(memory, query, request, said, known, named, sorts)
    by_key = {key: id_ for id_, (key, _) in known.items()}
    groups = [tuple(by_key[key] for key in keys if key in by_key) for keys in named if not ids]
    unclear = tuple(
        dict.fromkeys(
            id_
            for group in groups
            if group[1:] and (set(whole) & set(group) or len(parts.keys() & set(group)) > 1)
            for id_ in group
        )
    )
    return Noted(
        concepts=tuple(id_ for id_ in whole if id_ not in unclear),
        attributes=parts,
        entities=_entities(memory, request),
        profiles=tuple(
            each.id
            for each in (memory.profiles.list() if ids else ())
            if each.id in ids and request.heard(content_terms(each.text))
        ),
        feedback=_of_items(memory.feedback.list(), request),
        exposures=_of_items(memory.feedback.exposures(limit=KEPT), request),
        unclear=unclear,
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """A request to forget, as it is held against names."""

    asked: set[str]
    """Its terms."""
    ids: tuple[str, ...]
    """Exactly these are meant; empty: what the terms say."""
    spoken: set[str] | None
    """Terms of what the user said themselves; None: not looked at."""
    sweeping: bool
    """Whether names that say more than the request are meant too."""

    def heard(self, terms: set[str]) -> bool:
        """Say whether the user named it themselves."""
        return self.spoken is None or bool(terms & self.spoken)

    def means(self, name: str, id_: str, *, wanted: set[str]) -> bool:
        """Say whether a thing of a name is meant, by these of the terms."""
        terms = content_terms(name)
        if not self.heard(terms):
            return False
        if self.ids:
            return id_ in self.ids
        return covers(name, wanted) and (self.sweeping or terms <= wanted)


def _concepts(
    memory: UserMemory,
    query: str,
    request: _Request,
    said: Sequence[str] | None,
    known: Mapping[str, tuple[str, Concept]],
    named: Sequence[tuple[str, ...]],
    sorts: Mapping[str, set[str]],
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Return the concepts that are meant as a whole, and attributes of others, by id.

    Args:
        memory: Whose.
        query: The request, in the user's words.
        request: The same, in terms.
        said: What the user said themselves; None: not looked at.
        known: The concepts that are there, by id, with their keys.
        named: The keys of those that each name in the request may mean.
        sorts: Terms of their categories, by key.
    """
    gone = memory.concepts.bygone()
    own = None if said is None else _named_by(memory, said)
    once = memory.concepts.said_before()
    whole: list[str] = []
    parts: dict[str, tuple[str, ...]] = {}
    for id_, (key, concept) in (dict(known) | gone).items():
        if id_ in gone:  # no text is known to name it
            names = names_of(key, concept)
            wanted = id_ in request.ids if request.ids else says(query, names)
            heard = said is None or any(says(text, names) for text in said)
        else:
            wanted = id_ in request.ids if request.ids else any(key in keys for keys in named)
            heard = own is None or key in own
        if wanted and heard:
            told = content_terms(" ".join(names_of(key, concept))) | sorts.get(key, set())
            rest = set() if request.ids else request.asked - told
            if not rest - {"name"}:  # without its name there is no concept
                whole.append(id_)
                continue
        held = _ever(concept, once.get(id_, ()))
        if not request.ids and (meant := _attributes(key, held, request)):
            parts[id_] = meant
    return whole, parts


def _picked(
    keys: tuple[str, ...], sorts: Mapping[str, set[str]], asked: set[str]
) -> tuple[str, ...]:
    """Return which of several of one name is meant, where the request says its sort: "the cat"."""
    told = tuple(key for key in keys if sorts.get(key, set()) & asked)
    return told if len(told) == 1 else keys


def _entities(memory: UserMemory, request: _Request) -> tuple[str, ...]:
    """Return the ids of the entities that are meant; all that were sought for "all my searches"."""
    wanted = request.asked - SEARCHING
    every = memory.entities.list()
    if not wanted and not request.ids:
        return tuple(each.id for each in every if request.asked and set(each.sources) - {"chat"})
    return tuple(each.id for each in every if request.means(each.name, each.id, wanted=wanted))


def _of_items(found: Iterable[ItemEvent | Exposure], request: _Request) -> tuple[str, ...]:
    """Return the ids of what was said or shown of the items that are meant."""
    wanted = request.asked - RATING or request.asked
    return tuple(
        each.id for each in found if request.means(without_year(each.title), each.id, wanted=wanted)
    )


def profiles_that_say(memory: UserMemory, asked: set[str]) -> tuple[str, ...]:
    """Return the profiles that hold the terms of a request, in their task or in a claim."""
    return tuple(
        profile.id
        for profile in memory.profiles.list()
        if any(covers(text, asked) for text in (profile.task, *(c.text for c in profile.claims)))
    )


def _ever(concept: Concept, once: Sequence[tuple[str, Concept]]) -> Concept:
    """Return a concept with the attributes that were taken away and can be undone."""
    attributes = dict(concept.attributes)
    for _, before in once:
        attributes = {**before.attributes, **attributes}
    return replace(concept, attributes=attributes)


def _named_by(memory: UserMemory, said: Sequence[str]) -> set[str]:
    """Return the keys of the concepts that these texts name."""
    return {
        key for text in said for mention in memory.concepts.named_in(text) for key in mention.keys
    }


def _attributes(key: str, concept: Concept, request: _Request) -> tuple[str, ...]:
    """Return the attributes of a concept that hold what is asked beyond its names."""
    names = content_terms(" ".join(names_of(key, concept)))
    found = []
    for name in concept.attributes:
        told = f"{name} {concept.value(name)}"
        own = content_terms(told)
        beyond = request.asked - names
        if request.heard(own | names) and beyond & own and covers(told, beyond):
            found.append(name)
    return tuple(found)
