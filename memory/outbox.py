"""The outbox: what changed in a user's memory, in order, for whoever keeps something made of it.

Written in the transaction that makes the change, so nothing is announced that did not happen and
nothing happens unannounced. It names ids, never text.
"""

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

KEPT = 10_000
"""Events that are kept, the newest."""
SWEEP = 256
"""How many events come between two looks for old ones."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change."""

    number: int
    """Rising, never used twice; a reader asks for what came after the last one it saw."""
    kind: str
    """`proposition.` and the cause of its new version, `concept.changed`, `concept.deleted`,
    `feedback.recorded`, `exposure.recorded`, a kind and `.forgotten`, or a kind and `.unsaid`."""
    item: str
    """Id of what changed; a forgotten one is gone, and one that was unsaid has lost words that were
    forgotten."""
    at: datetime


def record(connection: sqlite3.Connection, kind: str, item: str, *, now: datetime) -> None:
    """Announce a change, inside the transaction that makes it."""
    number = connection.execute(
        "INSERT INTO event (kind, item, at) VALUES (?, ?, ?)", (kind, item, now.timestamp())
    ).lastrowid
    assert number is not None
    if number % SWEEP == 0:
        connection.execute("DELETE FROM event WHERE id <= ?", (number - KEPT,))


def last(connection: sqlite3.Connection) -> int:
    """Return the number of the last event, kept or not; 0 where there was none."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
    return 0 if row is None else int(row[0])


def lost_since(
    connection: sqlite3.Connection, after: int, items: Collection[str] | None = None
) -> bool:
    """Say whether anything was forgotten, wholly or in part, since an event.

    Args:
        connection: The user's file.
        after: Number of the event; one that this file never had: the file is another one.
        items: Whether any of these was, by id; None: whether anything was.
    """
    if last(connection) < after:
        return True
    row = connection.execute(
        "SELECT 1 FROM event WHERE id > :after "
        "AND (kind LIKE '%.forgotten' OR kind LIKE '%.unsaid') "
        "AND (:items IS NULL OR item IN (SELECT value FROM json_each(:items))) LIMIT 1",
        {"after": after, "items": None if items is None else json.dumps(list(items))},
    ).fetchone()
    return row is not None


def events(connection: sqlite3.Connection, *, after: int, limit: int) -> list[Event]:
    """Return what changed after an event, oldest first.

    Args:
        connection: The user's file.
        after: Number of the last event that the caller saw; 0 for all that are kept.
        limit: How many at most.
    """
    return [
        Event(number, kind, item, datetime.fromtimestamp(at, UTC))
        for number, kind, item, at in connection.execute(
            "SELECT id, kind, item, at FROM event WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
    ]
