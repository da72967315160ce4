"""The queue of observations that reflection has not finished: leases, attempts, dead letters."""

import json
import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from usermind.memory import holder
from usermind.memory.database import Database
from usermind.memory.journal import Observation, from_row, instant, number
from usermind.types import ObservationId

LEASE = timedelta(minutes=10)
"""After how long without a sign of its worker another one may have its items."""
MAX_ATTEMPTS = 6
"""After so many failures an item is dead until somebody revives it."""
OUTAGE_ATTEMPTS = 16
"""The same where the model could not be reached, which is rarely the item's fault: a day and a
half of trying."""
LOST = "The worker disappeared."
"""What is noted of an attempt whose lease ran out, or whose process is gone."""
LOOK_AGAIN = timedelta(seconds=15)
"""How soon to look again at items that somebody else holds: their process may die."""
FIRST_DELAY = timedelta(seconds=20)
LONGEST_DELAY = timedelta(hours=6)

State = Literal["ready", "leased", "dead"]


@dataclass(frozen=True, slots=True)
class Lease:
    """Items one worker holds."""

    token: str
    observations: tuple[Observation, ...]
    """The most trusted tier first, then in order of event time."""


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


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be done for one user, and when."""

    pending: int
    """Items in the queue, dead ones included."""
    ready: int
    """May be taken now."""
    since: datetime | None
    """When the oldest of these arrived, UTC."""
    next_at: float | None
    """When to look next, in seconds since 1970; None: never, unless something arrives or a dead
    item is revived."""


class Queue:
    """The work items of one user's open file."""

    def __init__(self, database: Database, *, now: datetime) -> None:
        self._database = database
        self._now = now

    def lease(
        self, *, limit: int, cut: Callable[[Sequence[Observation]], int] = len
    ) -> Lease | None:
        """Take due items, the user's own first, then the oldest event; None when nothing is due.

        Items whose lease ran out, or whose worker is known to be dead, are due again: that counts
        as an attempt, for it may be the item that killed it. One that failed twice is taken
        alone, so that it cannot drag others down with it.

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
                "WHERE w.state = 'ready' AND w.next_at <= ? "
                # The user first: no flood of others' texts keeps their words waiting, and no batch
                # mixes the two.
                "ORDER BY CASE o.tier WHEN 'first_party' THEN 0 WHEN 'observed' THEN 1 ELSE 2 END, "
                "o.event_at, o.id LIMIT ?",
                (now, limit),
            ).fetchall()
            due = [from_row(row[:-1]) for row in rows]
            alone = next((place for place, row in enumerate(rows) if row[-1] >= 2), len(rows))
            due = due[: max(1, min(alone, cut(due)))] if due else []
            token = f"{holder.me()}/{uuid4().hex}"
            connection.executemany(
                "UPDATE work SET state = 'leased', lease = ?, lease_until = ? "
                "WHERE observation_id = ?",
                [(token, now + LEASE.total_seconds(), number(item.id, "o")) for item in due],
            )
        return Lease(token, tuple(due)) if due else None

    def fail(
        self,
        token: str,
        observations: Sequence[ObservationId],
        error: str,
        *,
        outage: bool = False,
    ) -> None:
        """Give items back after a failure: later and later, and at last to the dead letters.

        The delay doubles with each attempt and is drawn from its upper half, so that users
        whose model failed at once do not come back at once.

        Args:
            token: Of the lease.
            observations: What was tried.
            error: Why it failed, without any of the user's words.
            outage: Whether the model could not be reached.
        """
        most = OUTAGE_ATTEMPTS if outage else MAX_ATTEMPTS
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
                        "dead" if attempts >= most else "ready",
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

    def postpone(self, token: str, until: datetime) -> int:
        """Put off a lease's items and all that are due now, without an attempt; return how many."""
        now = self._now.timestamp()
        with self._database.write() as connection:
            return connection.execute(
                "UPDATE work SET state = 'ready', next_at = ?, lease = NULL, lease_until = NULL "
                "WHERE lease = ? OR (state = 'ready' AND next_at <= ?)",
                (until.timestamp(), token, now),
            ).rowcount

    def renew(self, token: str) -> bool:
        """Let a lease run for another `LEASE`; False when nothing is held by it any more."""
        until = self._now.timestamp() + LEASE.total_seconds()
        with self._database.write(durable=False) as connection:
            return (
                connection.execute(
                    "UPDATE work SET lease_until = ? WHERE lease = ?", (until, token)
                ).rowcount
                > 0
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
                f"SELECT COUNT(*) FILTER (WHERE {_DUE}), "
                "COUNT(*) FILTER (WHERE state = 'ready' AND next_at > :now), "
                f"COUNT(*) FILTER (WHERE state = 'leased' AND NOT {_LOST}), "
                "COUNT(*) FILTER (WHERE state = 'dead') FROM work",
                {"now": now, "orphans": _orphans(connection)},
            ).fetchone()
        return QueueStatus(*row)

    def outlook(self) -> Outlook:
        """Return what can be done, and when to look next."""
        now = self._now.timestamp()
        with self._database.read() as connection:
            pending, ready, since, waiting, held = connection.execute(
                f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {_DUE}), "
                f"MIN(ingested_at) FILTER (WHERE {_DUE}), "
                "MIN(next_at) FILTER (WHERE state = 'ready' AND next_at > :now), "
                f"COUNT(*) FILTER (WHERE state = 'leased' AND NOT {_LOST}) "
                "FROM work w JOIN observation o ON o.id = w.observation_id",
                {"now": now, "orphans": _orphans(connection)},
            ).fetchone()
        times = [now] if ready else []
        times += [now + LOOK_AGAIN.total_seconds()] if held else []
        times += [waiting] if waiting is not None else []
        return Outlook(
            pending,
            ready,
            None if since is None else instant(since),
            min(times, default=None),
        )

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


_LOST = "(lease_until <= :now OR lease IN (SELECT value FROM json_each(:orphans)))"
_DUE = f"(state = 'ready' AND next_at <= :now OR state = 'leased' AND {_LOST})"


def _orphans(connection: sqlite3.Connection) -> str:
    """Return, as a JSON list, the leases whose process is known to be dead."""
    held = connection.execute("SELECT DISTINCT lease FROM work WHERE state = 'leased'").fetchall()
    return json.dumps([token for (token,) in held if holder.gone(token)])


def _take_back(connection: sqlite3.Connection, now: float) -> None:
    """Count an attempt for the items of workers that disappeared; they are due again, or dead."""
    connection.execute(
        "UPDATE work SET state = CASE WHEN attempts + 1 >= :most THEN 'dead' ELSE 'ready' END, "
        "attempts = attempts + 1, next_at = :now, lease = NULL, lease_until = NULL, "
        f"last_error = :lost WHERE state = 'leased' AND {_LOST}",
        {"now": now, "orphans": _orphans(connection), "most": MAX_ATTEMPTS, "lost": LOST},
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
