"""Whose turn it is to write to a Chroma in a folder, and which version it has by now.

Chroma lets several processes write to one folder, but what one holds in memory it does not hear of
from the others, and its index may leave theirs out. So one at a time writes, after it has seen what
the others wrote; a number that each write makes higher says that there is something to see.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from usermind.errors import StoreNotWritableError
from usermind.memory.database import connect, sqlite_errors

FILE: Final = "usermind-writes.sqlite3"
"""The file in Chroma's folder that writers lock."""
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS turn (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER)"
)


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
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreNotWritableError(
                f"The folder {folder} cannot be made ({error.strerror}). Nothing was written. "
                f"Check the permissions, or name another folder with `{flag}`."
            ) from error
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
            return self._version()

    def take(self, write: Callable[[int], None]) -> int:
        """Let `write` write while nobody else does, and return the version from then on.

        Args:
            write: Is told the last version that is not of this call. What it raises is raised;
                all others then look anew, since nobody knows what it has written.

        Raises:
            StoreBusyError: Another process held the turn for too long.
            StoreNotWritableError: The file cannot be written.
        """
        # Announced first: a writer that dies on the way leaves a version that nobody has seen.
        with self._writing():
            announced = self._count_up()
        with self._writing():
            now = self._version()
            write(now - 1 if now == announced else now)
            return self._count_up()

    def _version(self) -> int:
        return int(self._connection.execute("SELECT version FROM turn").fetchone()[0])

    def _count_up(self) -> int:
        self._connection.execute("UPDATE turn SET version = version + 1")
        return self._version()

    def _errors(self) -> sqlite_errors:
        return sqlite_errors(self.path, flag=self._flag)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
