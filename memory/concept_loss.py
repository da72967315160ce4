"""Forgetting concepts, what they say and what they show: from their rows and from their edits."""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from usermind.errors import UnknownItemError
from usermind.memory.concept_edits import (
    Logged,
    drop_edits,
    drop_unused_pictures,
    formerly,
    key_of,
    logged,
    pictures_in,
)
from usermind.memory.concepts import Attribute, Concept, dump, everything, find, row_of, without
from usermind.memory.concepts import write as write_concept


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


Goes = Callable[[str, Attribute | str], bool]
"""Given name and value of an attribute, says whether it goes."""


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
    keys = {str(key) for (key,) in rows}

    def goes(_: str, given: Attribute | str) -> bool:
        return isinstance(given, Attribute) and given.source in gone

    lost = Lost()
    for key in keys:
        lost.add(_take(connection, key, goes, now=now))
    known = logged(connection)
    return _forget_edits(connection, known, keys, lost, goes, anywhere=True)


def strip(
    connection: sqlite3.Connection, row: int, names: Collection[str], *, now: datetime
) -> Lost:
    """Take attributes from a concept, by name; edits of it can no longer be undone.

    Attributes that but an edit holds count too.

    Raises:
        UnknownItemError: There is no such concept, or it never had such an attribute.
    """
    key, concept = key_of(connection, row)
    known = logged(connection)
    bodies = [*([concept] if concept else []), *_bodies(known, key)]
    _ever_had(names, (body.attributes for body in bodies), kind=f"attribute of {key!r}")

    def goes(name: str, _: Attribute | str) -> bool:
        return name in names

    lost = _take(connection, key, goes, now=now) if concept else Lost()
    lost = _forget_edits(connection, known, {key}, lost, goes)
    lost.rows.add(row)
    lost.attributes = len(set(names))
    return lost


def unpicture(
    connection: sqlite3.Connection, row: int, images: Collection[str], *, now: datetime
) -> Lost:
    """Take pictures from a concept; edits of it can no longer be undone.

    Pictures that but an edit holds count too. One that another concept has stays in the file.

    Raises:
        UnknownItemError: There is no such concept, or it never had such a picture.
    """
    key, concept = key_of(connection, row)
    known = logged(connection)
    bodies = [*([concept] if concept else []), *_bodies(known, key)]
    _ever_had(images, (body.images for body in bodies), kind=f"picture of {key!r}")
    if concept is not None:
        left = tuple(id_ for id_ in concept.images if id_ not in images)
        write_concept(connection, key, dump(replace(concept, images=left)), now=now)
    lost = _forget_edits(connection, known, {key}, Lost(), lambda *_: False)
    lost.pictures += drop_unused_pictures(connection, images)
    return lost


def bury(connection: sqlite3.Connection, row: int, *, now: datetime) -> Lost:
    """Delete a concept, its edits, pictures and the relations to it.

    Edits of the concepts that were related to it can no longer be undone. What was deleted before
    and can be undone is buried too.

    Raises:
        UnknownItemError: There is no such concept, and no edit holds one.
    """
    key, concept = key_of(connection, row)
    known = logged(connection)
    names = formerly(known, {key})
    lost = Lost(rows={row} | _rows(connection, known, names))
    images: set[str] = set()
    touched = set(names)
    if concept is not None:
        lost.words.update(_words(concept))
        images |= set(concept.images)
        for other, kept in everything(connection).items():
            if any(relation.to == key for relation in kept.relations):
                touched.add(other)
                # What was made of it named the one that goes.
                if (of_other := row_of(connection, other)) is not None:
                    lost.rows.add(of_other)
                write_concept(connection, other, dump(without(kept, key)), now=now)
        write_concept(connection, key, None, now=now)
    dropped = []
    for each in known:
        if touched & each.held.keys() or names & each.related:
            dropped.append(each.id)
            for name in names & each.held.keys():
                for body in each.held[name]:
                    lost.words.update(_words(body))
    images |= pictures_in(drop_edits(connection, dropped))
    lost.pictures = drop_unused_pictures(connection, images)
    return lost


# -- inside ---------------------------------------------------------------------------------


def _ever_had(wanted: Iterable[str], held: Iterable[Iterable[str]], *, kind: str) -> None:
    """Raise `UnknownItemError` for the first wanted one that no document of a concept held."""
    had = {each for one in held for each in one}
    for each in wanted:
        if each not in had:
            raise UnknownItemError(each, kind=kind)


def _take(connection: sqlite3.Connection, key: str, goes: Goes, *, now: datetime) -> Lost:
    """Take attributes from the concept under a key."""
    concept = find(connection, key)
    kept = {name: each for name, each in concept.attributes.items() if not goes(name, each)}
    row = row_of(connection, key)
    write_concept(connection, key, dump(replace(concept, attributes=kept)), now=now)
    return Lost(
        words=_said(concept, goes),
        rows=set() if row is None else {row},
        attributes=len(concept.attributes) - len(kept),
    )


def _forget_edits(
    connection: sqlite3.Connection,
    known: Sequence[Logged],
    keys: Collection[str],
    lost: Lost,
    goes: Goes,
    *,
    anywhere: bool = False,
) -> Lost:
    """Drop the edits of concepts, and those that would lead back to them under an earlier key.

    Args:
        connection: Inside a write transaction.
        known: All edits.
        keys: Of the concepts.
        lost: What was taken from their rows; what edits held is put to it and comes back.
        goes: What is forgotten.
        anywhere: Whether edits of other concepts are dropped too, where they hold any of that.
    """
    names = formerly(known, keys)
    bygone = {name for name in names if row_of(connection, name) is None}
    there = {row for (row,) in connection.execute("SELECT id FROM concept")}
    lost.rows |= _rows(connection, known, names)
    dropped = []
    for each in known:
        said = set()
        for key in each.held if anywhere else names & each.held.keys():
            found = {word for body in each.held[key] for word in _said(body, goes)}
            if found and key in each.ids and each.ids[key] not in there:
                lost.rows.add(each.ids[key])
            said |= found
        lost.words |= said
        if said or names & each.held.keys() or bygone & each.related:
            dropped.append(each.id)
    images = pictures_in(drop_edits(connection, dropped))
    lost.pictures += drop_unused_pictures(connection, images)
    return lost


def _bodies(known: Sequence[Logged], key: str) -> list[Concept]:
    """Return what edits hold of a concept, under whatever key it was."""
    names = formerly(known, {key})
    return [body for each in known for name in names for body in each.held.get(name, ())]


def _rows(connection: sqlite3.Connection, known: Sequence[Logged], names: set[str]) -> set[int]:
    """Return the rows that were under these keys, without those that are there still."""
    there = {row for (row,) in connection.execute("SELECT id FROM concept")}
    return {row for each in known for key, row in each.ids.items() if key in names} - there


def _said(concept: Concept, goes: Goes) -> set[str]:
    """Return the values of the attributes that go."""
    return {
        concept.value(name) or "" for name, each in concept.attributes.items() if goes(name, each)
    }


def _words(concept: Concept) -> Sequence[str]:
    values = [concept.value(name) or "" for name in concept.attributes]
    # The document itself is long enough to be looked for where a name like "Bo" is not.
    return [concept.name, *concept.aliases, *values, dump(concept)]
