"""The queue of observations that reflection has not finished: leases, attempts, dead letters."""

import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from usermind.memory.database import Database
from usermind.memory.journal import Observation, from_row, instant, number
from usermind.types import ObservationId

LEASE = timedelta(minutes=10)
"""How long a worker may take before another one may have its items."""
MAX_ATTEMPTS = 6
"""After so many failures an item is dead until somebody revives it."""
LOST = "The worker disappeared."
"""What is noted of an attempt whose lease ran out."""
FIRST_DELAY = timedelta(seconds=20)
LONGEST_DELAY = timedelta(hours=6)

State = Literal["ready", "leased", "dead"]


@dataclass(frozen=True, slots=True)
class Lease:
    """Items one worker holds."""

    token: str
    observations: tuple[Observation, ...]
    """In order of event time."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An item whose last attempt failed."""

    observation: ObservationId
    state: State
    attempts: int
    next_at: datetime | None
    """When it may be tried again; None for a dead one."""
    error: str


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How one user's queue stands."""

    ready: int
    """May be taken now."""
    waiting: int
    """Backing off after a failure."""
    leased: int
    dead: int


class Queue:
    """The work items of one user's open file."""

    def __init__(self, database: Database, *, now: datetime) -> None:
        self._database = database
        self._now = now

    def lease(
        self, *, limit: int, cut: Callable[[Sequence[Observation]], int] = len
    ) -> Lease | None:
        """Take due items, oldest event first; None when nothing is due.

        Items whose lease ran out are due again: their worker is taken for dead, which counts as
        an attempt, for it may be the item that killed it. One that failed twice is taken alone,
        so that it cannot drag others down with it.

        Args:
            limit: How many at most.
            cut: Says how many of the due ones, which it is given in order, to take.
        """
        now = self._now.timestamp()
        with self._database.write() as connection:
            _take_back(connection, now)
            rows = connection.execute(
                "SELECT o.id, o.text, o.source, o.author, o.tier, o.session, o.external_id, "
                "o.event_at, o.utc_offset, o.ingested_at, w.attempts "
                "FROM work w JOIN observation o ON o.id = w.observation_id "
                "WHERE w.state = 'ready' AND w.next_at <= ?1 "
                "ORDER BY o.event_at, o.id LIMIT ?2",
                (now, limit),
            ).fetchall()
            due = [from_row(row[:-1]) for row in rows]
            alone = next((place for place, row in enumerate(rows) if row[-1] >= 2), len(rows))
            due = due[: max(1, min(alone, cut(due)))] if due else []
            token = uuid4().hex
            connection.executemany(
                "UPDATE work SET state = 'leased', lease = ?, lease_until = ? "
                "WHERE observation_id = ?",
                [(token, now + LEASE.total_seconds(), number(item.id, "o")) for item in due],
            )
        return Lease(token, tuple(due)) if due else None

    def fail(self, token: str, observations: Sequence[ObservationId], error: str) -> None:
        """Give items back after a failure: later and later, and at last to the dead letters.

        The delay doubles with each attempt and is drawn from its upper half, so that users
        whose model failed at once do not come back at once.
        """
        with self._database.write() as connection:
            for observation in observations:
                rowid = number(observation, "o")
                row = connection.execute(
                    "SELECT attempts FROM work WHERE observation_id = ? AND lease = ?",
                    (rowid, token),
                ).fetchone()
                if row is None:  # the lease ran out; another worker answers for it now
                    continue
                attempts = row[0] + 1
                full = min(FIRST_DELAY * 2 ** (attempts - 1), LONGEST_DELAY).total_seconds()
                delay = full * random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, no secret
                connection.execute(
                    "UPDATE work SET state = ?, attempts = ?, next_at = ?, lease = NULL, "
                    "lease_until = NULL, last_error = ? WHERE observation_id = ?",
                    (
                        "dead" if attempts >= MAX_ATTEMPTS else "ready",
                        attempts,
                        self._now.timestamp() + delay,
                        error,
                        rowid,
                    ),
                )

    def release(self, token: str) -> None:
        """Give all items of a lease back untouched: the work was interrupted, not failed."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE work SET state = 'ready', lease = NULL, lease_until = NULL WHERE lease = ?",
                (token,),
            )

    def revive(self) -> int:
        """Make dead and waiting items due now with a fresh count; return how many."""
        with self._database.write() as connection:
            return connection.execute(
                "UPDATE work SET state = 'ready', attempts = 0, next_at = 0 "
                "WHERE state = 'dead' OR (state = 'ready' AND next_at > ?)",
                (self._now.timestamp(),),
            ).rowcount

    def status(self) -> QueueStatus:
        """Return how many items are in which state."""
        now = self._now.timestamp()
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT COUNT(*) FILTER (WHERE state = 'ready' AND next_at <= ?1 "
                "OR state = 'leased' AND lease_until <= ?1), "
                "COUNT(*) FILTER (WHERE state = 'ready' AND next_at > ?1), "
                "COUNT(*) FILTER (WHERE state = 'leased' AND lease_until > ?1), "
                "COUNT(*) FILTER (WHERE state = 'dead') FROM work",
                (now,),
            ).fetchone()
        return QueueStatus(*row)

    def failed(self) -> list[Failed]:
        """Return the items whose last attempt failed, by observation."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT observation_id, state, attempts, next_at, last_error FROM work "
                "WHERE attempts > 0 ORDER BY observation_id"
            ).fetchall()
        return [
            Failed(
                ObservationId(f"o{rowid}"),
                state,
                attempts,
                None if state == "dead" else instant(next_at),
                error,
            )
            for rowid, state, attempts, next_at, error in rows
        ]


def _take_back(connection: sqlite3.Connection, now: float) -> None:
    """Count an attempt for the items of workers that disappeared; they are due again, or dead."""
    connection.execute(
        "UPDATE work SET state = CASE WHEN attempts + 1 >= ?2 THEN 'dead' ELSE 'ready' END, "
        "attempts = attempts + 1, next_at = ?1, lease = NULL, lease_until = NULL, last_error = ?3 "
        "WHERE state = 'leased' AND lease_until <= ?1",
        (now, MAX_ATTEMPTS, LOST),
    )


def settle(connection: sqlite3.Connection, observations: Sequence[ObservationId]) -> None:
    """Remove items that nobody holds, inside the caller's transaction."""
    connection.executemany(
        "DELETE FROM work WHERE observation_id = ? AND state = 'ready'",
        [(number(observation, "o"),) for observation in observations],
    )


def finish(
    connection: sqlite3.Connection, token: str, observations: Sequence[ObservationId]
) -> bool:
    """Remove leased items inside the caller's transaction; False when one is no longer held.

    An observation that was forgotten meanwhile took its item with it and does not count.
    """
    for observation in observations:
        rowid = number(observation, "o")
        row = connection.execute(
            "SELECT lease FROM work WHERE observation_id = ?", (rowid,)
        ).fetchone()
        if row is None:
            gone = connection.execute("SELECT 1 FROM observation WHERE id = ?", (rowid,))
            if gone.fetchone() is None:
                continue
            return False
        if row[0] != token:
            return False
        connection.execute("DELETE FROM work WHERE observation_id = ?", (rowid,))
    return True
