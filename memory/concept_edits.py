"""Edits of concepts: each is one transaction, and keeps what was there before, for undo.

A concept keeps its row for life: under another key, and when its deletion is undone. Replies rest
on rows. Where one concept says what another one said, as after a merge, replies that were made
from either rest on both.
"""

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from usermind.errors import UnknownItemError
from usermind.memory.concepts import Concept, check, dump, everything, load, row_of, without, write
from usermind.memory.image_rows import drop

KEPT_EDITS = 100
"""Edits that can be undone, the newest."""

_PICTURE = re.compile(r"\bi[0-9a-f]{32}\b")
_MADE_ANEW = ("rename", "merge", "split")


class OutdatedError(Exception):
    """A concept is no longer as it was read; the edit has to be worked out anew."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An edit that can be undone."""

    id: int
    held: Mapping[str, tuple[Concept, ...]]
    """By key: what it was before and after, without what was not there."""
    ids: Mapping[str, int]
    """Rows before the edit, by key."""
    kin: frozenset[str]
    """Keys under which the same concept, or a part of it, was before and after."""

    @property
    def related(self) -> set[str]:
        """Return the keys to which what it holds has relations."""
        return {r.to for bodies in self.held.values() for body in bodies for r in body.relations}


# -- editing --------------------------------------------------------------------------------


def edit(
    connection: sqlite3.Connection,
    what: str,
    changes: Mapping[str, Concept | None],
    *,
    read: Mapping[str, Concept] | None = None,
    heirs: Mapping[str, str] | None = None,
    now: datetime,
) -> list[bytes]:
    """Put concepts in place of those under these keys, as one edit that can be undone.

    What is without consent has no pictures. Where consent is taken back they go at once, and with
    them every edit of the concept, this one too: none of it can be undone.

    Args:
        connection: Inside a write transaction.
        what: What the edit is, for the list of edits.
        changes: By key; None deletes.
        read: The concepts that the changes were made from; None: they replace whatever is there.
        heirs: Key → key of the concept that says from now on what this one said.
        now: The present.

    Returns:
        The data of the pictures that left the file because consent was taken back.

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
    after = {key: None if new is None else dump(_agreed(new)) for key, new in changes.items()}
    if before == after:
        return []
    ids = {key: row for key in changes if (row := row_of(connection, key)) is not None}
    for old, new in (heirs or {}).items():
        _move(connection, ids.get(old), ids.get(new), new, stays=after[old] is not None)
    for key, body in after.items():
        write(connection, key, body, now=now)
    for old, new in (heirs or {}).items():
        _share(connection, ids.get(old), row_of(connection, new))
    check(connection, {key: new for key, new in changes.items() if new is not None})
    gone = {key for key, body in after.items() if body is None}
    if gone and any(r.to in gone for c in everything(connection).values() for r in c.relations):
        raise OutdatedError
    lapsed = {key for key, body in before.items() if body and _withdrawn(body, after[key])}
    texts = _drop_edits_of(connection, lapsed) if lapsed else []
    texts += [before[key] or "" for key in lapsed]
    _log(connection, what, before, after, ids, heirs or {}, leave_out=lapsed, now=now)
    evicted = _evict(connection)
    taken = drop_unused_pictures(connection, pictures_in(texts))
    drop_unused_pictures(connection, pictures_in(evicted))
    return taken


def _agreed(concept: Concept) -> Concept:
    return concept if concept.consent or not concept.images else replace(concept, images=())


def _withdrawn(before: str, after: str | None) -> bool:
    return after is not None and load(before).consent and not load(after).consent


def _log(
    connection: sqlite3.Connection,
    what: str,
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
    ids: Mapping[str, int],
    heirs: Mapping[str, str],
    *,
    leave_out: Collection[str],
    now: datetime,
) -> None:
    kept = [key for key in before if key not in leave_out]
    if kept:
        sides = [{key: side.get(key) for key in kept} for side in (before, after)]
        connection.execute(
            "INSERT INTO concept_edit (what, before, after, at, ids, heirs) VALUES (?,?,?,?,?,?)",
            (what, *map(json.dumps, sides), now.timestamp(), json.dumps(ids), json.dumps(heirs)),
        )


def _evict(connection: sqlite3.Connection) -> list[str]:
    """Delete the edits that are too many, and return their documents."""
    oldest = connection.execute(
        "SELECT id FROM concept_edit ORDER BY id DESC LIMIT 1 OFFSET ?", (KEPT_EDITS,)
    ).fetchone()
    return [] if oldest is None else _deleted(connection, "id <= ?", oldest[0])


def _deleted(connection: sqlite3.Connection, which: str, value: int) -> list[str]:
    rows = connection.execute(f"SELECT before, after FROM concept_edit WHERE {which}", (value,))
    texts = [text for row in rows.fetchall() for text in row]
    connection.execute(f"DELETE FROM concept_edit WHERE {which}", (value,))
    return texts


def drop_edits(connection: sqlite3.Connection, edits: Iterable[int]) -> list[str]:
    """Delete edits, which can then no longer be undone, and return their documents."""
    return [text for each in edits for text in _deleted(connection, "id = ?", each)]


def _drop_edits_of(connection: sqlite3.Connection, keys: Collection[str]) -> list[str]:
    known = logged(connection)
    names = formerly(known, keys)
    return drop_edits(connection, [each.id for each in known if names & each.held.keys()])


# -- rows -----------------------------------------------------------------------------------


def _move(
    connection: sqlite3.Connection, row: int | None, into: int | None, key: str, *, stays: bool
) -> None:
    """Let the heir of a concept that goes have its row, or else what hangs on the row."""
    if row is None or stays:
        return
    if into is None:
        # Without its document, so that it is written anew: its key is among its names.
        connection.execute("UPDATE concept SET key = ?, body = '' WHERE id = ?", (key, row))
        return
    connection.execute(
        "UPDATE OR IGNORE image_negative SET concept_id = ? WHERE concept_id = ?", (into, row)
    )


def _share(connection: sqlite3.Connection, row: int | None, heir: int | None) -> None:
    """Let the replies that were made from one concept rest on another one too."""
    if row is not None and heir is not None and row != heir:
        connection.execute(
            "INSERT OR IGNORE INTO basis (reply, item) SELECT reply, ? FROM basis WHERE item = ?",
            (f"c{heir}", f"c{row}"),
        )


def _body(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT body FROM concept WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


# -- taking back ----------------------------------------------------------------------------


def undo(connection: sqlite3.Connection, *, now: datetime) -> tuple[str, ...]:
    """Take the last edit back; return the keys it touched, none when there is nothing to undo.

    A relation to a concept that has gone for good meanwhile does not come back, and one to a
    concept that this takes away goes; the keys of those that had one are returned too.
    """
    row = connection.execute(
        "SELECT id, before, ids, heirs FROM concept_edit ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return ()
    id_ = int(row[0])
    before, ids, heirs = map(json.loads, row[1:])
    since = {key: row_of(connection, key) for key in before}
    own = {ids[key]: key for key, body in before.items() if body is not None and key in ids}
    for there in since.values():
        if (key := own.get(there or 0)) is not None and row_of(connection, key) is None:
            connection.execute("UPDATE concept SET key = ?, body = '' WHERE id = ?", (key, there))
    for key, body in before.items():
        write(connection, key, body, now=now, row=ids.get(key))
    for old, new in heirs.items():
        _share(connection, since.get(new), row_of(connection, old))
    mended = mend(connection, now=now)
    drop_unused_pictures(connection, pictures_in(drop_edits(connection, [id_])))
    return tuple(sorted({*before, *mended}))


def mend(connection: sqlite3.Connection, *, now: datetime) -> list[str]:
    """Take away relations that lead to no concept; return the keys of those that had one."""
    known = {key for (key,) in connection.execute("SELECT key FROM concept")}
    mended = []
    for key, body in connection.execute(
        "SELECT key, body FROM concept WHERE instr(body, ?)", ('"relations": [[',)
    ).fetchall():
        concept = load(body)
        for lost in {each.to for each in concept.relations} - known:
            concept = without(concept, lost)
        if dump(concept) != body:
            write(connection, key, dump(concept), now=now)
            mended.append(key)
    return mended


# -- what edits hold ------------------------------------------------------------------------


def logged(connection: sqlite3.Connection) -> list[Logged]:
    """Return the edits that can be undone, the newest first."""
    found = []
    for id_, what, *texts in connection.execute(
        "SELECT id, what, before, after, ids, heirs FROM concept_edit ORDER BY id DESC"
    ):
        before, after, ids, heirs = map(json.loads, texts)
        held = {
            key: tuple(load(side[key]) for side in (before, after) if side[key]) for key in before
        }
        kin = frozenset({*heirs, *heirs.values()})
        if not kin and what in _MADE_ANEW:  # of an older file, where no more is known
            kin = frozenset(before)
        found.append(Logged(int(id_), held, ids, kin))
    return found


def formerly(edits: Iterable[Logged], keys: Collection[str]) -> set[str]:
    """Return these keys and those under which the same concepts, or parts of them, once were.

    Args:
        edits: As `logged` returns them.
        keys: As they are now.
    """
    known = set(keys)
    for each in edits:
        if known & each.kin:
            known |= each.kin
    return known


def bygone(connection: sqlite3.Connection) -> dict[int, tuple[str, Concept]]:
    """Return what was deleted and can be undone: by row, the key and what it last said."""
    there = {row for (row,) in connection.execute("SELECT id FROM concept")}
    found: dict[int, tuple[str, Concept]] = {}
    for each in logged(connection):
        for key, row in each.ids.items():
            if row not in there and each.held.get(key):
                found.setdefault(row, (key, each.held[key][0]))
    return found


def said_before(connection: sqlite3.Connection) -> dict[int, list[tuple[str, Concept]]]:
    """Return what edits hold of every concept, by row: keys and what it said, newest first."""
    found: dict[int, list[tuple[str, Concept]]] = {}
    for each in logged(connection):
        for key, row in each.ids.items():
            found.setdefault(row, []).extend((key, body) for body in each.held.get(key, ())[:1])
    return found


def key_of(connection: sqlite3.Connection, row: int) -> tuple[str, Concept | None]:
    """Return the key of a concept, and what it says; None where but an edit holds it.

    Raises:
        UnknownItemError: There is no such concept, and no edit holds one.
    """
    there = connection.execute("SELECT key, body FROM concept WHERE id = ?", (row,)).fetchone()
    if there is not None:
        return str(there[0]), load(there[1])
    gone = bygone(connection)
    if row not in gone:
        raise UnknownItemError(f"c{row}", kind="concept")
    return gone[row][0], None


# -- pictures -------------------------------------------------------------------------------


def pictures_in(texts: Iterable[str]) -> set[str]:
    """Return what looks like the id of a picture in documents."""
    return {id_ for text in texts for id_ in _PICTURE.findall(text)}


def drop_unused_pictures(connection: sqlite3.Connection, ids: Iterable[str]) -> list[bytes]:
    """Delete those of these pictures that no concept has and no edit can bring back.

    Returns:
        Their data.
    """
    unused = [
        id_
        for id_ in ids
        if not connection.execute(
            "SELECT EXISTS (SELECT 1 FROM concept_image WHERE image_id = :id) OR EXISTS "
            "(SELECT 1 FROM concept_edit WHERE instr(before, :id) OR instr(after, :id))",
            {"id": id_},
        ).fetchone()[0]
    ]
    return drop(connection, unused)
