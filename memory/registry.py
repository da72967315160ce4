"""The one file the users of a store share: who exists, and where work may be due."""

import hashlib
import sqlite3
import threading
import time
from pathlib import Path

from usermind.errors import InvalidInputError, StoreNotWritableError, StoreVersionError
from usermind.memory.database import connect, sqlite_errors

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS user (id TEXT PRIMARY KEY, file TEXT NOT NULL UNIQUE, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS due (user TEXT PRIMARY KEY) WITHOUT ROWID;
"""
MAX_USER_ID = 512
"""Longest user id, in characters."""


def checked_user_id(user_id: object) -> str:
    """Return a user id that can be stored.

    Raises:
        InvalidInputError: It is not a string, is blank, is longer than `MAX_USER_ID`, or holds a
            lone surrogate, which no file can hold.
    """
    if not isinstance(user_id, str):
        what = type(user_id).__name__
    elif any("\ud800" <= character <= "\udfff" for character in user_id):
        what = "a lone surrogate"
    elif user_id.strip() and len(user_id) <= MAX_USER_ID:
        return user_id
    else:
        what = f"{len(user_id)} characters"
    raise InvalidInputError(
        f"The user id is not usable ({what}). Nothing was stored. "
        f"Give a string of 1 to {MAX_USER_ID} characters that is not blank."
    )


def file_name(user_id: str) -> str:
    """Return the file name of a user: a hash, so that no id can reach outside the folder.

    Ids that differ in case alone get different names also where the file system ignores case.
    """
    return hashlib.blake2b(user_id.encode(), digest_size=20).hexdigest() + ".db"


class Registry:
    """The users of one store. Thread-safe, and safe between processes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "registry.db"
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a new one is the owner's alone
            (folder / "users").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreNotWritableError(
                f"The store folder {folder} cannot be made ({error.strerror}). Nothing was "
                "changed. Check its permissions, or choose another one with `--store`."
            ) from error
        with sqlite_errors(self.path):
            self._connection = connect(self.path)
            try:
                self._migrate()
            except BaseException:
                self._connection.close()
                raise

    def _migrate(self) -> None:
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            raise StoreVersionError(
                f"{self.path} has schema version {version}; this usermind knows {_VERSION}. "
                "The store was not touched. Install a newer usermind to open it."
            )
        if version < _VERSION:
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;"
            )

    def _run(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock, sqlite_errors(self.path):
            return self._connection.execute(sql, values).fetchall()

    def add(self, user_id: str) -> None:
        """Make a user known; nothing happens when it is."""
        if not self.knows(user_id):
            self._run(
                "INSERT OR IGNORE INTO user VALUES (?, ?, ?)",
                user_id,
                file_name(user_id),
                time.time(),
            )

    def knows(self, user_id: str) -> bool:
        """Return whether something was ever stored for this user and not forgotten."""
        return bool(self._run("SELECT 1 FROM user WHERE id = ?", user_id))

    def users(self) -> list[str]:
        """Return all user ids, sorted."""
        return [str(row[0]) for row in self._run("SELECT id FROM user ORDER BY id")]

    def remove(self, user_id: str) -> None:
        """Forget that a user exists."""
        with self._lock, sqlite_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute("DELETE FROM user WHERE id = ?", (user_id,))
                self._connection.execute("DELETE FROM due WHERE user = ?", (user_id,))
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def mark_due(self, user_id: str) -> None:
        """Note that this user may have observations to reflect on.

        To be called before and after storing one: a crash in between then leaves a harmless
        mark, and a mark that another process takes away in between is put back.
        """
        if not self._run("SELECT 1 FROM due WHERE user = ?", user_id):
            self._run("INSERT OR IGNORE INTO due VALUES (?)", user_id)

    def clear_due(self, user_id: str) -> None:
        """Note that nothing was due when this user's queue was last looked at."""
        self._run("DELETE FROM due WHERE user = ?", user_id)

    def due(self) -> list[str]:
        """Return the users that may have work, sorted."""
        return [str(row[0]) for row in self._run("SELECT user FROM due ORDER BY user")]

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._connection.close()
