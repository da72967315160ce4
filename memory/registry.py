"""The one file the users of a store share: who exists, and where work may be due."""

import hashlib
import os
import threading
import time
from pathlib import Path

from usermind.errors import (
    InvalidInputError,
    StoreError,
    StoreNotWritableError,
    StoreVersionError,
)
from usermind.memory import holder
from usermind.memory.database import connect, sqlite_errors
from usermind.memory.residue import Scan, look_for
from usermind.memory.transactions import one_change

_V1 = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS user (id TEXT PRIMARY KEY, file TEXT NOT NULL UNIQUE, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS due (user TEXT PRIMARY KEY) WITHOUT ROWID;
"""
# due.at: when something can be done, seconds since 1970 by the store's clock; NULL: never, only
# dead letters are left. due.turn: who was put there earlier goes first. The last two: which process
# works on the user, so that others need not look.
_V2 = """
ALTER TABLE due ADD COLUMN at REAL DEFAULT 0;
ALTER TABLE due ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE due ADD COLUMN holder TEXT;
ALTER TABLE due ADD COLUMN held_until REAL;
CREATE INDEX due_by_time ON due (at, turn);
"""
_MIGRATIONS = (_V1, _V2)
MAX_USER_ID = 512
"""Longest user id, in characters."""
SHORTEST_TRACE = 6
"""Characters of a user id from which on it is looked for among what is left of a user."""


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


def _look_into(users: Path) -> None:
    """Refuse a folder whose files cannot be told from none that are there.

    Raises:
        StoreError: It may not be looked into.
    """
    try:
        os.stat(f"{users}{os.sep}.")  # noqa: PTH116  # a Path would leave the dot out
    except OSError as error:
        raise StoreError(
            f"{users} cannot be looked into ({error.strerror}). Nothing was read or changed. Check "
            "the permissions of the store's folders, or name another one with `--store`."
        ) from error


_SET = (
    "INSERT INTO due (user, at, turn) VALUES (?, ?, ?) "
    "ON CONFLICT (user) DO UPDATE SET at = excluded.at, turn = excluded.turn"
)


class Registry:
    """The users of one store. Thread-safe, and safe between processes.

    Args:
        folder: That of the store; made when it is missing.

    Raises:
        StoreNotWritableError: It cannot be made or written.
        StoreError: Its folder of users cannot be looked into.
        StoreVersionError: It was written by a newer usermind.
        StoreDamagedError: Its file is no healthy SQLite file.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "registry.db"
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a new one is the owner's alone
            (folder / "users").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            for place in (folder / "users", folder, *folder.parents):
                if os.path.isfile(place):  # noqa: PTH113  # where nobody may look, no answer either
                    raise StoreNotWritableError(
                        f"The store folder {folder} cannot be made: {place} is a file. Nothing was "
                        "changed. A store is a folder; name another place with `--store`."
                    ) from error
            raise StoreNotWritableError(
                f"The store folder {folder} cannot be made ({error.strerror}). Nothing was "
                "changed. Check its permissions, or choose another one with `--store`."
            ) from error
        _look_into(folder / "users")
        with sqlite_errors(self.path):
            self._connection = connect(self.path)
            try:
                self._migrate()
            except BaseException:
                self._connection.close()
                raise

    def _migrate(self) -> None:
        version = self._version()
        if version > len(_MIGRATIONS):
            raise StoreVersionError(
                f"{self.path} has schema version {version}; this usermind knows "
                f"{len(_MIGRATIONS)}. The store was not touched. Install a newer usermind to open "
                "it."
            )
        if version == len(_MIGRATIONS):
            return
        with one_change(self._connection) as connection:
            # Another process may have migrated while this one waited for the lock.
            for script in _MIGRATIONS[self._version() :]:
                for statement in filter(str.strip, script.split(";")):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _run(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock, sqlite_errors(self.path):
            return self._connection.execute(sql, values).fetchall()

    def _lightly(self, sql: str, *values: object) -> int:
        """Change rows without waiting for the disk, for what is no loss in a power cut."""
        with self._lock, sqlite_errors(self.path):
            self._connection.execute("PRAGMA synchronous = NORMAL")
            try:
                return self._connection.execute(sql, values).rowcount
            finally:
                self._connection.execute("PRAGMA synchronous = FULL")

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

    def remove(self, user_id: str) -> bool:
        """Forget that a user exists; return whether the log that named them is empty now.

        It is not while another process reads it.
        """
        with self._lock, sqlite_errors(self.path):
            with one_change(self._connection) as connection:
                connection.execute("DELETE FROM user WHERE id = ?", (user_id,))
                connection.execute("DELETE FROM due WHERE user = ?", (user_id,))
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def traces(self, user_id: str) -> Scan:
        """Return what is left of a user's names, their id and that of their file, in any page.

        An id that is shorter than `SHORTEST_TRACE`, or a part of another user's, is not looked
        for: it would be found by chance.
        """
        with self._lock, sqlite_errors(self.path):
            data = self._connection.serialize()
            rows = self._connection.execute(
                "SELECT sql FROM sqlite_master UNION ALL SELECT key || ' ' || value FROM meta "
                "UNION ALL SELECT id || ' ' || file FROM user "
                "UNION ALL SELECT user || ' ' || COALESCE(holder, '') FROM due"
            ).fetchall()
        names = [file_name(user_id)]
        if len(user_id) >= SHORTEST_TRACE:
            names.append(user_id)
        return look_for(data, names, "\n".join(str(row[0]) for row in rows))

    # -- whose turn it is -----------------------------------------------------------------

    def mark_due(self, user_id: str, *, at: float) -> None:
        """Note that this user may have observations to reflect on from `at` on.

        To be called before and after storing one: a crash in between then leaves a harmless
        mark, and a mark that another process takes away in between is put back.
        """
        if not self._run("SELECT 1 FROM due WHERE user = ? AND at <= ?", user_id, at):
            self._run(_SET, user_id, at, time.time_ns())

    def set_due(self, user_id: str, *, at: float | None) -> None:
        """Note when to look at this user again, at the end of the line; None: not by itself."""
        self._lightly(_SET, user_id, at, time.time_ns())

    def clear_due(self, user_id: str) -> None:
        """Note that nothing was in this user's queue when it was last looked at."""
        self._run("DELETE FROM due WHERE user = ?", user_id)

    def due(self, *, by: float | None = None) -> list[str]:
        """Return the users for whom something can be done, now or later, sorted.

        Args:
            by: Only those whose time has come by then, in seconds since 1970.
        """
        rows = self._run(
            "SELECT user FROM due WHERE at IS NOT NULL AND at <= COALESCE(?, at) ORDER BY user",
            by,
        )
        return [str(row[0]) for row in rows]

    def stuck(self) -> list[str]:
        """Return the users of whom only dead letters are left, sorted."""
        return [str(row[0]) for row in self._run("SELECT user FROM due WHERE at IS NULL")]

    def claim(self, me: str, *, now: float, until: float) -> str | None:
        """Take the user whose turn it is, so that other workers pass them over; None: nobody's.

        Who was noted earlier comes first, and who was served goes to the end: however much one
        user has to do, the others get their turn. So does a user whose worker died on this machine:
        they stand where they stood, and are free at once.

        Args:
            me: Token that begins with a holder; see `holder.me`.
            now: Seconds since 1970.
            until: When others may take the user although this process lives.
        """
        while first := self._first(me, now):
            if self._taken(first, me, now=now, until=until):
                return str(first[0])
        return None

    def _first(self, me: str, now: float) -> tuple[object, ...] | None:
        """Return the first user of the line who can be taken, and who holds them."""
        with self._lock, sqlite_errors(self.path):
            # Read row by row along the index: only the holders of those ahead are asked after.
            line = self._connection.execute(
                "SELECT user, holder, held_until <= :now FROM due WHERE at <= :now "
                "ORDER BY at, turn, user",
                {"now": now},
            )
            try:
                for user, held_by, over in line:
                    if held_by is None or over or (held_by != me and holder.gone(held_by)):
                        return user, held_by
            finally:
                line.close()  # what is read half keeps the next change from being written
        return None

    def _taken(self, row: tuple[object, ...], me: str, *, now: float, until: float) -> bool:
        user, held_by = row
        changed = self._lightly(
            "UPDATE due SET holder = ?, held_until = ? WHERE user = ? AND at <= ? AND holder IS ?",
            me,
            until,
            user,
            now,
            held_by,
        )
        return changed == 1

    def unclaim(self, user_id: str, me: str) -> None:
        """Let others have a user again."""
        self._lightly(
            "UPDATE due SET holder = NULL, held_until = NULL WHERE user = ? AND holder = ?",
            user_id,
            me,
        )

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._connection.close()
