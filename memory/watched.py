"""`ana.watched`: how far each source of the user's life was read, and what keeps it from being.

A cursor is stored after what it stands behind, never before: a crash in between has some of it read
again, which stores nothing twice, and loses none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """A source as it stands."""

    name: str
    cursor: str | None
    """Where reading goes on; None: at the beginning."""
    polled: datetime
    """When it was last tried."""
    failures: int = 0
    """Tries in a row that failed."""
    error: str | None = None
    """Why the last one did, without words of the user."""


class WatchedDoor:
    """`ana.watched`: the sources that are read for one user."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def list(self) -> list[WatchedSource]:
        """Return every source that was ever tried, by name."""
        if not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            rows = connection.execute(
                "SELECT name, cursor, polled_at, failures, error FROM watched_source ORDER BY name"
            ).fetchall()
        return [
            WatchedSource(name, cursor, datetime.fromtimestamp(at, UTC), failures, error)
            for name, cursor, at, failures, error in rows
        ]

    def cursor(self, name: str) -> str | None:
        """Return where reading of a source goes on; None: at the beginning."""
        return next((each.cursor for each in self.list() if each.name == name), None)

    def read(self, name: str, cursor: str) -> None:
        """Note that a source was read up to a cursor, and all before it is stored."""
        with self._memory.open(create=True) as file, file.database.write() as connection:
            connection.execute(
                "INSERT INTO watched_source (name, cursor, polled_at) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, "
                "polled_at = excluded.polled_at, failures = 0, error = NULL",
                (name, cursor, self._memory.now().timestamp()),
            )

    def failed(self, name: str, error: str) -> None:
        """Note that a source could not be read; where it was read up to stays."""
        with self._memory.open(create=True) as file, file.database.write() as connection:
            connection.execute(
                "INSERT INTO watched_source (name, polled_at, failures, error) "
                "VALUES (?, ?, 1, ?) ON CONFLICT (name) DO UPDATE SET "
                "polled_at = excluded.polled_at, failures = failures + 1, error = excluded.error",
                (name, self._memory.now().timestamp(), error),
            )

    def forget(self, name: str) -> bool:
        """Forget how far a source was read; False where it is unknown. What it told stays."""
        with self._memory.open() as file, file.database.write() as connection:
            gone = connection.execute("DELETE FROM watched_source WHERE name = ?", (name,))
            return gone.rowcount > 0
