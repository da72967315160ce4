"""The outbox: what changed in a user's memory, in order, for whoever keeps something made of it.

Written in the transaction that makes the change, so nothing is announced that did not happen and
nothing happens unannounced. It names ids, never text.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from usermind.memory.journal import instant

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
    """`proposition.` and the cause of its new version, `proposition.forgotten` or
    `observation.forgotten`."""
    item: str
    """Id of what changed; a forgotten one is gone."""
    at: datetime


def record(connection: sqlite3.Connection, kind: str, item: str, *, now: datetime) -> None:
    """Announce a change, inside the transaction that makes it."""
    number = connection.execute(
        "INSERT INTO event (kind, item, at) VALUES (?, ?, ?)", (kind, item, now.timestamp())
    ).lastrowid
    assert number is not None
    if number % SWEEP == 0:
        connection.execute("DELETE FROM event WHERE id <= ?", (number - KEPT,))


def events(connection: sqlite3.Connection, *, after: int, limit: int) -> list[Event]:
    """Return what changed after an event, oldest first.

    Args:
        connection: The user's file.
        after: Number of the last event that the caller saw; 0 for all that are kept.
        limit: How many at most.
    """
    return [
        Event(number, kind, item, instant(at))
        for number, kind, item, at in connection.execute(
            "SELECT id, kind, item, at FROM event WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
    ]
