"""Interactions in one SQLite file, and which items there are to interact with.

Who did what with which item, of many people. The same person, item and time again is the same
interaction.

The file also says which items a catalogue has, in which order, and what changed since when. The
items themselves lie in Chroma, which shares no transaction with it. So an id is written down as
pending before Chroma hears of it: what a process leaves there when it dies in between is known, and
the next one that writes sweeps it away.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError, StoreNotWritableError, StoreVersionError
from usermind.memory.database import (
    connect,
    connect_read_only,
    is_read_only,
    log_of,
    make_folder,
    sqlite_errors,
)
from usermind.memory.transactions import one_change, one_state
from usermind.tools.checked_items import LONGEST_ID, unseen
from usermind.tools.interactions import Interaction
from usermind.tools.loading import Progress
from usermind.tools.write_turns import in_turn

SCHEMA_VERSION: Final = 1
FLAG: Final = "--catalogue"
"""By which another folder is named."""
BATCH: Final = 20_000
"""Interactions written in one transaction: others who write wait for less than a second."""
READ: Final = 50_000
"""Interactions that are in memory as Python objects at once."""

_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE item (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE pending (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE person (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE interaction (
    place INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person,
    item INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
    at REAL,
    weight REAL NOT NULL CHECK (weight BETWEEN -1 AND 1),
    rating REAL
);
CREATE UNIQUE INDEX interaction_once ON interaction (person, item, ifnull(at, ''));
CREATE INDEX interaction_item ON interaction (item);
"""
_RECORD: Final = """
INSERT INTO interaction (person, item, at, weight, rating)
SELECT person.row, item.place, ?, ?, ? FROM person, item WHERE person.id = ? AND item.id = ?
ON CONFLICT (person, item, ifnull(at, '')) DO UPDATE
SET weight = excluded.weight, rating = excluded.rating
WHERE weight <> excluded.weight OR rating IS NOT excluded.rating
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording interactions changed."""

    added: int = 0
    changed: int = 0
    """They were there with another weight or rating."""
    unchanged: int = 0
    strangers: int = 0
    """They are with items that the catalogue does not have, and were left out."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of the catalogue, as far as this file knows it."""

    id: str
    digest: bytes
    version: int
    """At which version of the items it was written last."""


@dataclass(frozen=True, slots=True)
class Columns:
    """All interactions, in the order in which they came."""

    ids: list[str]
    """Of the items, in their order."""
    people: NDArray[np.int64]
    """(n,) row of the person, from 0 on without gaps."""
    items: NDArray[np.int64]
    """(n,) row of the item in `ids`."""
    weights: NDArray[np.float32]
    times: NDArray[np.float64]
    """(n,) seconds since 1970; where none is known, the place in the log."""
    n_people: int


class InteractionStore:
    """An open file. Thread-safe: one thread at a time holds it. Processes may share it.

    Where the file, or the folder that SQLite keeps its log in, cannot be written, it can be read.

    Args:
        path: The file; made when it is missing, with its folder.

    Raises:
        StoreNotWritableError: It cannot be made; or it cannot be written, and who wrote it last
            left without closing it.
        StoreVersionError: It was written by a newer usermind.
        StoreDamagedError: It is no healthy SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._read_only = is_read_only(path)
        self._state: object = None
        if not self._read_only:
            make_folder(path.parent, flag=FLAG)
        with self._errors():
            self._connection = self._connected()
            try:
                self._migrate()
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._connection.close()

    # -- versions and settings ------------------------------------------------------------

    @property
    def version(self) -> int:
        """Return a number that every write makes higher, by whichever process."""
        return int(self.meta("version") or 0)

    @property
    def items_version(self) -> int:
        """Return the version at which the items changed last."""
        return int(self.meta("items") or 0)

    @property
    def chroma_version(self) -> int:
        """Return a number that every write to Chroma makes higher, by whichever process."""
        return int(self.meta("chroma") or 0)

    def meta(self, name: str) -> str | None:
        """Return a value kept in the file."""
        with self._read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Keep a value in the file."""
        with self._write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
            _stamp(connection)

    # -- items ----------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._read() as connection:
            return int(connection.execute("SELECT count(*) FROM item").fetchone()[0])

    def entries(self) -> tuple[int, list[Entry]]:
        """Return the version of the items, and all of them in their order."""
        with self._read() as connection:
            version = int(_meta(connection, "items"))
            rows = connection.execute("SELECT id, digest, version FROM item ORDER BY place")
            return version, [Entry(*row) for row in rows]

    def ids(self) -> list[str]:
        """Return the ids of all items, in their order."""
        with self._read() as connection:
            rows = connection.execute("SELECT id FROM item ORDER BY place")
            return [row[0] for row in rows]

    def digests(self, ids: Collection[str]) -> dict[str, bytes]:
        """Return the digests of those items that are there."""
        found: dict[str, bytes] = {}
        with self._read() as connection:
            for id_ in ids:
                row = connection.execute("SELECT digest FROM item WHERE id = ?", (id_,)).fetchone()
                if row is not None:
                    found[id_] = row[0]
        return found

    def put(self, digests: Mapping[str, bytes], write: Callable[[int], None]) -> int:
        """Take items in, in place of those of the same id, once `write` has put them into Chroma.

        No other process writes items meanwhile. What `write` raises undoes it.

        Args:
            digests: Of the items, by id.
            write: Is told the last version of Chroma that is not of this call.

        Returns:
            The version of Chroma from then on.
        """

        def announce(connection: sqlite3.Connection) -> None:
            rows = [(id_,) for id_ in digests]
            connection.executemany("INSERT OR IGNORE INTO pending VALUES (?)", rows)

        def conclude(connection: sqlite3.Connection) -> None:
            version = _stamp(connection, items=True)
            connection.executemany(
                "INSERT INTO item (id, digest, version) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET digest = excluded.digest, version = excluded.version",
                ((id_, digest, version) for id_, digest in digests.items()),
            )
            connection.executemany("DELETE FROM pending WHERE id = ?", ((i,) for i in digests))

        return in_turn(self._write, _Counter(), write, announce=announce, conclude=conclude)

    def remove(self, ids: Collection[str]) -> int:
        """Let items go with their interactions, and return how many were there.

        They are pending until `sweep` has taken them out of Chroma.
        """
        gone = list(self.digests(ids))
        with self._write() as connection:
            rows = [(id_,) for id_ in gone]
            connection.executemany("INSERT OR IGNORE INTO pending VALUES (?)", rows)
            connection.executemany("DELETE FROM item WHERE id = ?", rows)
            connection.execute(
                "DELETE FROM person WHERE row NOT IN (SELECT person FROM interaction)"
            )
            if gone:
                _stamp(connection, items=True)
        return len(gone)

    def sweep(self, delete: Callable[[int, Collection[str]], None]) -> int | None:
        """Let `delete` take out of Chroma what lies there and is no item of the catalogue.

        Args:
            delete: Is told the last version of Chroma, and the ids.

        Returns:
            The version of Chroma from then on; None: there was nothing to do.
        """
        with self._read() as connection:
            if connection.execute("SELECT 1 FROM pending LIMIT 1").fetchone() is None:
                return None
        with self._write() as connection:
            rows = connection.execute(
                "SELECT id FROM pending WHERE id NOT IN (SELECT id FROM item)"
            ).fetchall()
            delete(_Counter().now(connection), [row[0] for row in rows])
            connection.execute("DELETE FROM pending")
            return _Counter().up(connection)

    # -- interactions ---------------------------------------------------------------------

    def record(
        self, interactions: Iterable[Interaction], *, total: int, progress: Progress | None = None
    ) -> Recorded:
        """Store interactions; raises InvalidInputError for one that is not as it should be.

        What is written stays when a later one cannot be; recording all of them again goes on.
        """
        with self._read() as connection:
            known = {row[0] for row in connection.execute("SELECT id FROM item")}
        added = changed = strangers = done = 0
        every = iter(interactions)
        while batch := list(islice(every, BATCH)):
            done += len(batch)
            kept = [checked_interaction(each) for each in batch if each.item_id in known]
            strangers += len(batch) - len(kept)
            with self._write() as connection:
                before = _count(connection, "interaction")
                touched = _record(connection, kept)
                new = _count(connection, "interaction") - before
                if touched:
                    _stamp(connection)
            added += new
            changed += touched - new
            if progress is not None:
                progress(done, total)
        return Recorded(added, changed, done - strangers - added - changed, strangers)

    def columns(self) -> tuple[int, Columns]:
        """Return the version, and all interactions."""
        with self._read() as connection:
            version = int(_meta(connection, "version"))
            items = connection.execute("SELECT place, id FROM item ORDER BY place").fetchall()
            rows = connection.execute(
                "SELECT person, item, weight, at FROM interaction ORDER BY place"
            )
            parts = [
                np.array(part, dtype=np.float64)  # NULL becomes NaN
                for part in iter(lambda: rows.fetchmany(READ), [])
            ]
        every = np.concatenate(parts) if parts else np.zeros((0, 4))
        places = np.array([place for place, _ in items], dtype=np.int64)
        people, row_of_person = np.unique(every[:, 0], return_inverse=True)
        times = np.where(np.isnan(every[:, 3]), np.arange(len(every)), every[:, 3])
        return version, Columns(
            ids=[id_ for _, id_ in items],
            people=row_of_person.astype(np.int64),
            items=np.searchsorted(places, every[:, 1].astype(np.int64)),
            weights=every[:, 2].astype(np.float32),
            times=times,
            n_people=len(people),
        )

    def sizes(self) -> tuple[int, int]:
        """Return how many people and how many interactions there are."""
        with self._read() as connection:
            return _count(connection, "person"), _count(connection, "interaction")

    # -- inside ---------------------------------------------------------------------------

    def _migrate(self) -> None:
        if self._connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
            return
        with self._write() as connection:
            # Another process may have made the tables while this one waited.
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found > SCHEMA_VERSION:
                raise StoreVersionError(
                    f"{self.path} was written by a newer usermind (format {found}; this one reads "
                    f"{SCHEMA_VERSION}). Nothing was read or changed. Update usermind."
                )
            if found == SCHEMA_VERSION:
                return
            for statement in _SCHEMA.split(";")[:-1]:
                connection.execute(statement)
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [("version", "0"), ("items", "0"), ("chroma", "0"), ("key", secrets.token_hex(8))],
            )
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _errors(self) -> sqlite_errors:
        return sqlite_errors(self.path, flag=FLAG)

    def _connected(self) -> sqlite3.Connection:
        if not self._read_only:
            return connect(self.path)
        self._state = _state(self.path)
        return connect_read_only(self.path, flag=FLAG)

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for reading; several statements see one state of it."""
        with self._lock, self._errors():
            # What another may write is not seen through a connection that has no log.
            if self._read_only and self._state != _state(self.path):
                self._connection.close()
                self._connection = self._connected()
            with one_state(self._connection) as connection:
                yield connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for one write transaction; an exception undoes all of it."""
        if self._read_only:
            raise StoreNotWritableError(
                f"{self.path} can be read and not written. Nothing was changed. Check the "
                "permissions of the file, its folder and its disk, copy the folder to a place of "
                f"your own, or choose another one with `{FLAG}`."
            )
        with self._lock, self._errors(), one_change(self._connection) as connection:
            yield connection


class _Counter:
    """That of the writes to Chroma."""

    def now(self, connection: sqlite3.Connection) -> int:
        return int(_meta(connection, "chroma"))

    def up(self, connection: sqlite3.Connection) -> int:
        return _count_up(connection, "chroma")


def _state(path: Path) -> tuple[object, ...]:
    """Return what is another one once somebody wrote the file, or began to."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size, log_of(path)


def checked_interaction(interaction: Interaction) -> Interaction:
    """Return an interaction that can be stored.

    Raises:
        InvalidInputError: It cannot be.
    """
    fault = interaction_fault(interaction)
    if fault:
        raise InvalidInputError(
            f"An interaction with {interaction.item_id!r} cannot be stored: {fault}. Those before "
            "it may have been. Correct it, and record all of them again."
        )
    return interaction


def interaction_fault(interaction: Interaction) -> str:
    """Return what is wrong with an interaction; empty: nothing."""
    for what, id_ in (("person", interaction.person), ("item", interaction.item_id)):
        if unseen(id_) or len(id_) > LONGEST_ID:
            return f"the id of the {what} is blank, longer than {LONGEST_ID}, or cannot be seen"
    if not -1 <= interaction.weight <= 1:
        return f"the weight is {interaction.weight!r}, expected a number from -1 to 1"
    for what, number in (("time", interaction.at), ("rating", interaction.rating)):
        if number is not None and not isfinite(number):
            return f"the {what} is no finite number"
    return ""


def _record(connection: sqlite3.Connection, batch: Collection[Interaction]) -> int:
    """Write interactions, and return how many were new or other than before."""
    connection.executemany(
        "INSERT OR IGNORE INTO person (id) VALUES (?)",
        ((person,) for person in dict.fromkeys(each.person for each in batch)),
    )
    before = connection.total_changes
    connection.executemany(
        _RECORD, ((each.at, each.weight, each.rating, each.person, each.item_id) for each in batch)
    )
    return connection.total_changes - before


def _stamp(connection: sqlite3.Connection, *, items: bool = False) -> int:
    """Give the file its next version, and return it."""
    version = _count_up(connection, "version")
    if items:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'items'", (str(version),))
    return version


def _count_up(connection: sqlite3.Connection, name: str) -> int:
    value = int(_meta(connection, name)) + 1
    connection.execute("UPDATE meta SET value = ? WHERE name = ?", (str(value), name))
    return value


def _meta(connection: sqlite3.Connection, name: str) -> str:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return str(row[0])


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
