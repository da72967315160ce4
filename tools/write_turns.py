"""Whose turn it is to write to a Chroma in a folder, and which version it has by now.

Chroma lets several processes write to one folder, but what one holds in memory it does not hear of
from the others, and its index may leave theirs out. So one at a time writes, after it has seen what
the others wrote; a number that each write makes higher says that there is something to see.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol

from usermind.memory.database import connect, make_folder, sqlite_errors
from usermind.memory.transactions import one_change

FILE: Final = "usermind-writes.sqlite3"
"""The file in Chroma's folder that writers lock."""
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS turn (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER)"
)


class Counter(Protocol):
    """A number in a SQLite file that every write to Chroma makes higher."""

    def now(self, connection: sqlite3.Connection) -> int:
        """Return it."""
        ...

    def up(self, connection: sqlite3.Connection) -> int:
        """Make it higher by one, and return it."""
        ...


def in_turn(
    writing: Callable[[], AbstractContextManager[sqlite3.Connection]],
    counter: Counter,
    write: Callable[[int], None],
    *,
    announce: Callable[[sqlite3.Connection], None] = lambda _: None,
    conclude: Callable[[sqlite3.Connection], None] = lambda _: None,
) -> int:
    """Let `write` write to Chroma while nobody else does, and return the version from then on.

    Args:
        writing: Holds the file for one write transaction.
        counter: Counts the writes in it.
        write: Is told the last version that is not of this call. What it raises is raised; all
            others then look anew, since nobody knows what it has written.
        announce: What is written into the file before.
        conclude: What is written into it in one transaction with the new version, once `write` is
            done.
    """
    # Announced first: a writer that dies on the way leaves a version that nobody has seen.
    with writing() as connection:
        announce(connection)
        announced = counter.up(connection)
    with writing() as connection:
        now = counter.now(connection)
        write(now - 1 if now == announced else now)
        conclude(connection)
        return counter.up(connection)


class _Counter:
    """That of a file of its own."""

    def now(self, connection: sqlite3.Connection) -> int:
        return int(connection.execute("SELECT version FROM turn").fetchone()[0])

    def up(self, connection: sqlite3.Connection) -> int:
        connection.execute("UPDATE turn SET version = version + 1")
        return self.now(connection)


class WriteTurns:
    """An open file. Thread-safe: one thread at a time holds it. Processes share it.

    Args:
        folder: Chroma's; made when it is missing.
        flag: By which another folder is named, for errors.

    Raises:
        StoreNotWritableError: The folder or the file cannot be made or written.
        StoreDamagedError: It is no healthy SQLite file.
    """

    def __init__(self, folder: Path, *, flag: str) -> None:
        self.path, self._flag = folder / FILE, flag
        self._lock = threading.RLock()
        make_folder(folder, flag=flag)
        with self._errors():
            self._connection = connect(self.path)
            try:
                self._connection.execute(_SCHEMA)
                self._connection.execute("INSERT OR IGNORE INTO turn VALUES (1, 0)")
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._connection.close()

    @property
    def version(self) -> int:
        """A number that every write makes higher, by whichever process."""
        with self._lock, self._errors():
            return _Counter().now(self._connection)

    def take(self, write: Callable[[int], None]) -> int:
        """Let `write` write while nobody else does, and return the version from then on.

        Args:
            write: Is told the last version that is not of this call. What it raises is raised;
                all others then look anew, since nobody knows what it has written.

        Raises:
            StoreBusyError: Another process held the turn for too long.
            StoreNotWritableError: The file cannot be written.
        """
        return in_turn(self._writing, _Counter(), write)

    def _errors(self) -> sqlite_errors:
        return sqlite_errors(self.path, flag=self._flag)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._errors(), one_change(self._connection) as connection:
            yield connection
