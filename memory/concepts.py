"""Concepts: named people, pets, objects and places in the user's life, and their rows.

A concept is one JSON document under a key that the application chooses (RAP's key-value store).
Names are kept apart, as `naming` compares them, so that a message is looked up without reading
any document. `concept_edits` changes them, and `concept_loss` forgets them.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import outbox
from usermind.memory.journal import number
from usermind.memory.naming import spellings
from usermind.types import ObservationId

MOST_NAMES = 50
MOST_ATTRIBUTES = 100
MOST_RELATIONS = 200
MOST_IMAGES = 20
LONGEST = 2_000
"""Characters of a value, at most."""
LONGEST_NAME = 200
"""Characters of a key, a name, a category or the name of an attribute, at most."""
ORDERED = frozenset(
    {"part of", "parent of", "child of", "owner of", "owned by", "member of", "kind of", "inside"}
)
"""Relations that lead nowhere back, in any case: a chain of one of them has no cycle."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that is known of a concept."""

    value: str
    source: ObservationId | None = None
    """Observation it rests on; forgetting that takes it along. None: it was entered by hand."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How one concept stands to another one."""

    kind: str
    """In plain words: `"owned by"`, `"sister of"`; those in `ORDERED` form no cycle."""
    to: str
    """Key of the other concept."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A named person, pet, object or place."""

    name: str
    aliases: tuple[str, ...] = ()
    """Other names; they may be those of other concepts too, and are then ambiguous."""
    category: str = ""
    """In plain words: `"dog"`. The only dog is also meant by "my dog"."""
    attributes: Mapping[str, Attribute | str] = field(default_factory=dict)
    """By name: `{"eats": "salmon"}`; a plain string has no source."""
    relations: tuple[Relation, ...] = ()
    images: tuple[str, ...] = ()
    """Ids of reference pictures, which `ana.pictures.add` keeps in the user's file."""
    consent: bool = False
    """Whether pictures of it may be kept, compared with others, and shown to an image encoder."""

    def value(self, name: str) -> str | None:
        """Return the value of an attribute, or None."""
        found = self.attributes.get(name)
        return found.value if isinstance(found, Attribute) else found

    def render(self, key: str) -> str:
        """Return what a prompt says of it, as in `Bo is a dog, also called Bobo. eats: salmon`."""
        kind = f" is a {self.category}" if self.category else f" is known as {key}"
        also = f", also called {', '.join(self.aliases)}" if self.aliases else ""
        known = [f"{name}: {self.value(name)}" for name in self.attributes]
        known += [f"{relation.kind} {relation.to}" for relation in self.relations]
        return f"{self.name}{kind}{also}." + "".join(f" {each.rstrip('.')}." for each in known)


def names_of(key: str, concept: Concept) -> list[str]:
    """Return what it may be called: its names, its key, and "my dog" of a dog."""
    mine = [f"my {concept.category}"] if concept.category else []
    return [concept.name, *concept.aliases, key, *mine]


def dump(concept: Concept) -> str:
    """Return a concept as JSON."""
    attributes = {
        name: [given.value, given.source] if isinstance(given, Attribute) else [given, None]
        for name, given in concept.attributes.items()
    }
    return json.dumps(
        {
            "name": concept.name,
            "aliases": concept.aliases,
            "category": concept.category,
            "attributes": attributes,
            "relations": [[relation.kind, relation.to] for relation in concept.relations],
            "images": concept.images,
            "consent": concept.consent,
        },
        ensure_ascii=False,
    )


def load(body: str) -> Concept:
    """Return the concept of a JSON document that `dump` wrote."""
    read = json.loads(body)
    return Concept(
        name=read["name"],
        aliases=tuple(read["aliases"]),
        category=read["category"],
        attributes={
            name: Attribute(value, source) for name, (value, source) in read["attributes"].items()
        },
        relations=tuple(Relation(kind, to) for kind, to in read["relations"]),
        images=tuple(read.get("images", ())),
        consent=bool(read.get("consent", False)),
    )


# -- rows -----------------------------------------------------------------------------------


def find(connection: sqlite3.Connection, key: str) -> Concept:
    """Return the concept under a key.

    Raises:
        UnknownItemError: There is none.
    """
    row = connection.execute("SELECT body FROM concept WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise UnknownItemError(key, kind="concept")
    return load(row[0])


def everything(connection: sqlite3.Connection) -> dict[str, Concept]:
    """Return all concepts by key, the oldest first."""
    rows = connection.execute("SELECT key, body FROM concept ORDER BY id")
    return {key: load(body) for key, body in rows}


def write(
    connection: sqlite3.Connection,
    key: str,
    body: str | None,
    *,
    now: datetime,
    row: int | None = None,
) -> None:
    """Write one document with its names and what it rests on, or delete it where it is None.

    Args:
        connection: Inside a write transaction.
        key: Of the concept.
        body: As `dump` makes it.
        now: The present.
        row: Number that a concept gets which is not there, where that is free; None: a new one.
    """
    there = connection.execute("SELECT id, body FROM concept WHERE key = ?", (key,)).fetchone()
    if body == (there and there[1]):
        return
    if body is None:
        connection.execute("DELETE FROM concept WHERE id = ?", (there[0],))
        outbox.record(connection, "concept.deleted", f"c{there[0]}", now=now)
        return
    at = now.timestamp()
    if there is None:
        taken = connection.execute("SELECT 1 FROM concept WHERE id = ?", (row,)).fetchone()
        id_ = connection.execute(
            "INSERT INTO concept (id, key, body, updated_at) VALUES (?, ?, ?, ?)",
            (None if taken else row, key, body, at),
        ).lastrowid
    else:
        id_ = there[0]
        connection.execute(
            "UPDATE concept SET body = ?, updated_at = ? WHERE id = ?", (body, at, id_)
        )
        for table in ("concept_name", "concept_basis", "concept_image"):
            connection.execute(f"DELETE FROM {table} WHERE concept_id = ?", (id_,))
    concept = load(body)
    connection.executemany(
        "INSERT INTO concept_name VALUES (?, ?, ?, ?)",
        [(s.fold, id_, s.exact, s.spaced) for s in spellings(names_of(key, concept))],
    )
    connection.executemany(
        "INSERT INTO concept_basis VALUES (?, ?)",
        [(id_, source) for source in _sources(connection, concept)],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO concept_image VALUES (?, ?)", [(id_, i) for i in concept.images]
    )
    outbox.record(connection, "concept.changed", f"c{id_}", now=now)


def row_of(connection: sqlite3.Connection, key: str) -> int | None:
    """Return the number of the concept under a key, or None."""
    row = connection.execute("SELECT id FROM concept WHERE key = ?", (key,)).fetchone()
    return None if row is None else int(row[0])


def without(concept: Concept, key: str) -> Concept:
    """Return a concept without its relations to one key."""
    kept = tuple(relation for relation in concept.relations if relation.to != key)
    return replace(concept, relations=kept)


def _sources(connection: sqlite3.Connection, concept: Concept) -> set[int]:
    rows = set()
    for given in concept.attributes.values():
        if isinstance(given, Attribute) and given.source is not None:
            row = number(given.source, "o")
            if not connection.execute("SELECT 1 FROM observation WHERE id = ?", (row,)).fetchone():
                raise UnknownItemError(given.source, kind="observation")
            rows.add(row)
    return rows


def check(connection: sqlite3.Connection, changed: Mapping[str, Concept]) -> None:
    """See that what concepts lead to and show is there; they are written already.

    Raises:
        InvalidInputError: A relation leads to itself, to nothing, or around in a circle.
        UnknownItemError: A picture is not in the file.
    """
    related = any(concept.relations for concept in changed.values())
    known = everything(connection) if related else {}
    for key, concept in changed.items():
        for relation in concept.relations:
            if relation.to == key or relation.to not in known:
                raise InvalidInputError(
                    f"A relation of {key!r} leads to {relation.to!r}, which is "
                    f"{'itself' if relation.to == key else 'no concept'}. Nothing was changed. "
                    "Name the key of another concept, and store that one first."
                )
            if relation.kind.casefold() in ORDERED and _leads_back(known, key, relation.kind):
                raise InvalidInputError(
                    f"{relation.kind!r} would lead from {key!r} around to itself. Nothing was "
                    "changed. Remove one of the relations of the circle."
                )
        for image in concept.images:
            if not connection.execute("SELECT 1 FROM image WHERE id = ?", (image,)).fetchone():
                raise UnknownItemError(image, kind="picture")


def _leads_back(known: Mapping[str, Concept], key: str, kind: str) -> bool:
    ways, met = [key], set[str]()
    while ways:
        for relation in known[ways.pop()].relations if ways else ():
            if relation.kind.casefold() != kind.casefold() or relation.to not in known:
                continue
            if relation.to == key:
                return True
            if relation.to not in met:
                met.add(relation.to)
                ways.append(relation.to)
    return False
