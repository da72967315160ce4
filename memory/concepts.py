"""Concepts: named people, pets, objects and places in the user's life, and their rows.

A concept is one JSON document under a key that the application chooses (RAP's key-value store).
Names are kept apart, as `naming` compares them, so that a message is looked up without reading
any document. Each edit keeps what was there before, so that it can be undone.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import outbox
from usermind.memory.journal import number
from usermind.memory.naming import spellings
from usermind.types import ObservationId

KEPT_EDITS = 100
"""Edits that can be undone, the newest."""
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
"""Relations that lead nowhere back: a chain of one of them has no cycle."""


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


class OutdatedError(Exception):
    """A concept is no longer as it was read; the edit has to be worked out anew."""


def edit(
    connection: sqlite3.Connection,
    what: str,
    changes: Mapping[str, Concept | None],
    *,
    read: Mapping[str, Concept] | None = None,
    now: datetime,
) -> None:
    """Put concepts in place of those under these keys, as one edit that can be undone.

    Args:
        connection: Inside a write transaction.
        what: What the edit is, for the list of edits.
        changes: By key; None deletes.
        read: The concepts that the changes were made from; None: they replace whatever is there.
        now: The present.

    Raises:
        InvalidInputError: A relation leads to itself, to nothing, or around in a circle.
        UnknownItemError: An attribute rests on no observation, or a picture is not in the file.
        OutdatedError: A concept was changed since it was read; nothing was written.
    """
    before = {key: _body(connection, key) for key in changes}
    if read is not None and any(
        body != (dump(read[key]) if key in read else None) for key, body in before.items()
    ):
        raise OutdatedError
    after = {key: None if new is None else dump(new) for key, new in changes.items()}
    if before == after:
        return
    for key, body in after.items():
        write(connection, key, body, now=now)
    _check(connection, {key: new for key, new in changes.items() if new is not None})
    if None in after.values() and _dangling(connection):
        raise OutdatedError
    connection.execute(
        "INSERT INTO concept_edit (what, before, after, at) VALUES (?, ?, ?, ?)",
        (what, json.dumps(before), json.dumps(after), now.timestamp()),
    )
    connection.execute(
        "DELETE FROM concept_edit WHERE id <= "
        "(SELECT id FROM concept_edit ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (KEPT_EDITS,),
    )
    drop_unused_pictures(connection)


def drop_unused_pictures(connection: sqlite3.Connection) -> list[bytes]:
    """Delete the pictures that no concept has and no edit can bring back; return their bytes."""
    unused = (
        "NOT EXISTS (SELECT 1 FROM concept WHERE instr(body, image.id)) "
        "AND NOT EXISTS (SELECT 1 FROM concept_edit "
        "WHERE instr(before, image.id) OR instr(after, image.id))"
    )
    gone = [bytes(row[0]) for row in connection.execute(f"SELECT data FROM image WHERE {unused}")]
    connection.execute(f"DELETE FROM image WHERE {unused}")
    return gone


def _dangling(connection: sqlite3.Connection) -> bool:
    known = everything(connection)
    return any(each.to not in known for concept in known.values() for each in concept.relations)


def undo(connection: sqlite3.Connection, *, now: datetime) -> tuple[str, ...]:
    """Take the last edit back; return the keys it touched, none when there is nothing to undo."""
    row = connection.execute(
        "SELECT id, before FROM concept_edit ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return ()
    id_, before = row[0], json.loads(row[1])
    for key, body in before.items():
        write(connection, key, body, now=now)
    connection.execute("DELETE FROM concept_edit WHERE id = ?", (id_,))
    drop_unused_pictures(connection)
    return tuple(sorted(before))


def write(connection: sqlite3.Connection, key: str, body: str | None, *, now: datetime) -> None:
    """Write one document with its names and what it rests on, or delete it where it is None."""
    row = connection.execute("SELECT id, body FROM concept WHERE key = ?", (key,)).fetchone()
    if body == (row and row[1]):
        return
    if body is None:
        connection.execute("DELETE FROM concept WHERE id = ?", (row[0],))
        outbox.record(connection, "concept.deleted", f"c{row[0]}", now=now)
        return
    at = now.timestamp()
    if row is None:
        id_ = connection.execute(
            "INSERT INTO concept (key, body, updated_at) VALUES (?, ?, ?)", (key, body, at)
        ).lastrowid
    else:
        id_ = row[0]
        connection.execute(
            "UPDATE concept SET body = ?, updated_at = ? WHERE id = ?", (body, at, id_)
        )
        connection.execute("DELETE FROM concept_name WHERE concept_id = ?", (id_,))
        connection.execute("DELETE FROM concept_basis WHERE concept_id = ?", (id_,))
    concept = load(body)
    connection.executemany(
        "INSERT INTO concept_name VALUES (?, ?, ?, ?)",
        [(s.fold, id_, s.exact, s.spaced) for s in spellings(names_of(key, concept))],
    )
    connection.executemany(
        "INSERT INTO concept_basis VALUES (?, ?)",
        [(id_, row) for row in _sources(connection, concept)],
    )
    outbox.record(connection, "concept.changed", f"c{id_}", now=now)


def _body(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT body FROM concept WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def _sources(connection: sqlite3.Connection, concept: Concept) -> set[int]:
    rows = set()
    for given in concept.attributes.values():
        if isinstance(given, Attribute) and given.source is not None:
            row = number(given.source, "o")
            if not connection.execute("SELECT 1 FROM observation WHERE id = ?", (row,)).fetchone():
                raise UnknownItemError(given.source, kind="observation")
            rows.add(row)
    return rows


def _check(connection: sqlite3.Connection, changed: Mapping[str, Concept]) -> None:
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
            if relation.kind in ORDERED and _leads_back(known, key, relation.kind):
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
            if relation.kind != kind or relation.to not in known:
                continue
            if relation.to == key:
                return True
            if relation.to not in met:
                met.add(relation.to)
                ways.append(relation.to)
    return False


# -- forgetting -----------------------------------------------------------------------------


@dataclass(slots=True)
class Lost:
    """What forgetting took from concepts."""

    words: set[str] = field(default_factory=set)
    """All that it said."""
    pictures: list[bytes] = field(default_factory=list)
    """The data of the pictures that went."""
    rows: set[int] = field(default_factory=set)
    """Concepts that went or lost something."""
    attributes: int = 0
    """Attributes that went from concepts which stay."""

    def add(self, other: "Lost") -> None:
        """Put what another deletion took to this."""
        self.words |= other.words
        self.pictures += other.pictures
        self.rows |= other.rows
        self.attributes += other.attributes


def unsay(connection: sqlite3.Connection, observations: Collection[int], *, now: datetime) -> Lost:
    """Take away the attributes that rest on observations which go.

    Edits of such a concept can no longer be undone.
    """
    gone = {f"o{row}" for row in observations}
    rows = connection.execute(
        "SELECT DISTINCT c.key FROM concept_basis b JOIN concept c ON c.id = b.concept_id "
        "WHERE b.observation_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(observations)),),
    ).fetchall()
    return _take(
        connection,
        {key for (key,) in rows},
        lambda _, given: isinstance(given, Attribute) and given.source in gone,
        now=now,
    )


def strip(
    connection: sqlite3.Connection, key: str, names: Collection[str], *, now: datetime
) -> Lost:
    """Take attributes from a concept, by name; edits of it can no longer be undone.

    Raises:
        UnknownItemError: There is no such concept, or it has no such attribute.
    """
    concept = find(connection, key)
    for name in names:
        if name not in concept.attributes:
            raise UnknownItemError(name, kind=f"attribute of {key!r}")
    return _take(
        connection,
        {key},
        lambda name, _: name in names,
        now=now,
        edits_of=_formerly(connection, {key}),
    )


def _take(
    connection: sqlite3.Connection,
    keys: set[str],
    goes: Callable[[str, Attribute | str], bool],
    *,
    now: datetime,
    edits_of: Collection[str] | None = None,
) -> Lost:
    """Take attributes from the concepts under these keys, and drop the edits that hold them.

    Args:
        connection: Inside a write transaction.
        keys: Which concepts.
        goes: Given name and value of an attribute, whether it goes.
        now: The present.
        edits_of: Keys whose edits may hold them; None: any.
    """
    lost = Lost()
    for key in keys:
        lost.rows.add(_row(connection, key))
        concept = find(connection, key)
        kept = {name: each for name, each in concept.attributes.items() if not goes(name, each)}
        lost.attributes += len(concept.attributes) - len(kept)
        lost.words |= _said(concept, goes)
        write(connection, key, dump(replace(concept, attributes=kept)), now=now)
    for id_, held in _edits(connection):
        looked = held.keys() if edits_of is None else held.keys() & set(edits_of)
        said = {word for key in looked for body in held[key] for word in _said(body, goes)}
        if said or keys & held.keys():
            lost.words |= said
            connection.execute("DELETE FROM concept_edit WHERE id = ?", (id_,))
    lost.pictures = drop_unused_pictures(connection)
    return lost


def _said(concept: Concept, goes: Callable[[str, Attribute | str], bool]) -> set[str]:
    """Return the values of the attributes that go."""
    return {
        concept.value(name) or "" for name, each in concept.attributes.items() if goes(name, each)
    }


def _row(connection: sqlite3.Connection, key: str) -> int:
    return int(connection.execute("SELECT id FROM concept WHERE key = ?", (key,)).fetchone()[0])


def _formerly(connection: sqlite3.Connection, keys: set[str]) -> set[str]:
    """Return these keys and those under which the same concepts, or parts of them, once were."""
    known = set(keys)
    for before, after in connection.execute(
        "SELECT before, after FROM concept_edit WHERE what IN ('rename', 'merge', 'split') "
        "ORDER BY id DESC"
    ):
        if known & (moved := {*json.loads(before), *json.loads(after)}):
            known |= moved
    return known


def _edits(connection: sqlite3.Connection) -> list[tuple[int, dict[str, list[Concept]]]]:
    """Return the edits: their number, and by key what it was before and after."""
    found = []
    for id_, before, after in connection.execute("SELECT id, before, after FROM concept_edit"):
        sides = (json.loads(before), json.loads(after))
        held = {key: [load(side[key]) for side in sides if side[key]] for key in sides[0]}
        found.append((int(id_), held))
    return found


def bury(connection: sqlite3.Connection, key: str, *, now: datetime) -> Lost:
    """Delete a concept, its edits, pictures and the relations to it.

    Edits of the concepts that were related to it can no longer be undone.

    Raises:
        UnknownItemError: There is none under this key.
    """
    concept = find(connection, key)
    lost = Lost(words=set(_words(concept)), rows={_row(connection, key)})
    names = _formerly(connection, {key})
    touched = set(names)
    for other, kept in everything(connection).items():
        if any(relation.to == key for relation in kept.relations):
            touched.add(other)
            write(connection, other, dump(without(kept, key)), now=now)
    write(connection, key, None, now=now)
    for id_, held in _edits(connection):
        related = {r.to for bodies in held.values() for body in bodies for r in body.relations}
        if touched & held.keys() or names & related:
            for name in names & held.keys():
                for body in held[name]:
                    lost.words.update(_words(body))
            connection.execute("DELETE FROM concept_edit WHERE id = ?", (id_,))
    lost.pictures = drop_unused_pictures(connection)
    return lost


def without(concept: Concept, key: str) -> Concept:
    """Return a concept without its relations to one key."""
    kept = tuple(relation for relation in concept.relations if relation.to != key)
    return replace(concept, relations=kept)


def _words(concept: Concept) -> Sequence[str]:
    values = [concept.value(name) or "" for name in concept.attributes]
    # The document itself is long enough to be looked for where a name like "Bo" is not.
    return [concept.name, *concept.aliases, *values, dump(concept)]
