"""One user's SQLite file: opening, locking, transactions, and SQLite's errors in our words."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar, cast

from usermind.errors import (
    InvalidInputError,
    StoreBusyError,
    StoreDamagedError,
    StoreNotWritableError,
    UsermindError,
)
from usermind.memory import meta
from usermind.memory.schema import migrate
from usermind.memory.transactions import one_change, one_state

BUSY_SECONDS = 15.0
"""How long a writer waits for another process before `StoreBusyError`."""

USER_ID = "user_id"
"""Under which a file says whose it is."""
BORN = "born"
"""Under which it has a word that no other file has."""
STORE_FLAG = "--store"
"""By which another folder of memories is named."""

Resource = TypeVar("Resource")


class sqlite_errors:  # noqa: N801  # reads like `contextlib.suppress`
    """Turn SQLite's errors inside a block into the ones that an operator can act on.

    Args:
        path: The file.
        flag: By which another folder is named.
    """

    __slots__ = ("flag", "path")

    def __init__(self, path: Path, *, flag: str = STORE_FLAG) -> None:
        self.path, self.flag = path, flag

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, sqlite3.DatabaseError):
            raise _translated(error, self.path, self.flag) from error
        if isinstance(error, UnicodeEncodeError):
            raise InvalidInputError(
                "A text holds a lone surrogate: its bytes were not UTF-8. Nothing was stored or "
                "found. Decode its source with the right encoding."
            ) from error
        if isinstance(error, OverflowError) and "SQLite" in str(error):
            raise InvalidInputError(
                "A whole number is larger than 64 bits hold. Nothing was stored or found. Give a "
                "smaller one."
            ) from error


def _translated(
    error: sqlite3.DatabaseError, path: Path, flag: str
) -> UsermindError | sqlite3.DatabaseError:
    if isinstance(error, sqlite3.ProgrammingError) and "closed database" in str(error):
        return InvalidInputError(
            f"This store was closed, and {path} with it. Nothing was read or changed. Open the "
            "store again, and close it after its last use."
        )
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL"):
        return StoreNotWritableError(
            f"The disk of {path} is full. What was stored before is safe; this change was not "
            "stored. Free some space and call again."
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")):
        reading = (  # a catalogue is opened in another way then
            "Reading, too, needs a folder that can be written, for SQLite keeps its log there. "
            if flag == STORE_FLAG
            else ""
        )
        return StoreNotWritableError(
            f"{path} cannot be written ({error}). Nothing was changed. {reading}Check the "
            "permissions of the folder and its disk, copy it to a place of your own, or choose "
            f"another one with `{flag}`."
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusyError(
            f"{path} was locked by another process for {BUSY_SECONDS:.0f} seconds. "
            "Nothing was changed. Call again."
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreDamagedError(
            f"{path} is not a healthy SQLite file ({error}). Nothing was changed. "
            "Restore it from an export or a copy."
        )
    return error


def connect(
    path: Path,
    *,
    synchronous: Literal["FULL", "NORMAL"] = "FULL",
    isolation_level: Literal["DEFERRED"] | None = None,
) -> sqlite3.Connection:
    """Return a connection in WAL mode.

    Args:
        path: The file; made when it is missing, for its owner alone, whatever its folder allows.
        synchronous: FULL survives a power cut; NORMAL survives the death of the process.
        isolation_level: None starts no transaction by itself.
    """
    new = not path.exists()
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=isolation_level, check_same_thread=False
    )
    try:
        if new:  # by its name: to open and close it here would take away SQLite's locks
            with suppress(OSError):  # it was deleted just now, or its disk knows no modes
                path.chmod(0o600)  # the log gets the same mode
        _write_ahead(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # forgotten bytes are overwritten
        connection.execute("PRAGMA temp_store = MEMORY")  # and never spilt to /tmp
    except BaseException:
        connection.close()
        raise
    return connection


def make_folder(folder: Path, *, flag: str) -> None:
    """Make a folder, and those above it, where they are missing; the owner's alone.

    Args:
        folder: The folder.
        flag: By which another one is named, for the error.

    Raises:
        StoreNotWritableError: It cannot be made.
    """
    try:
        for each in (*reversed(folder.parents), folder):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreNotWritableError(
            f"The folder {folder} cannot be made ({error.strerror}). Nothing was written. Check "
            f"the permissions, or name another folder with `{flag}`."
        ) from error


def is_read_only(path: Path) -> bool:
    """Return whether a file is there that can be read, but not written, or not its folder."""
    return os.access(path, os.R_OK) and not (
        os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    )


def log_of(path: Path) -> bool:
    """Return whether a file has a log with writes that are not in the file itself yet."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def connect_read_only(path: Path, *, flag: str) -> sqlite3.Connection:
    """Return a connection to a file that cannot be written.

    Without a log nothing is made beside the file; what others write later is then not seen. A log
    is read as long as another process holds it open.

    Args:
        path: The file.
        flag: By which another folder is named, for the error.

    Raises:
        StoreNotWritableError: There is a log that nobody holds open, left behind by a process that
            died: to read it takes writing.
    """
    log = log_of(path)
    uri = f"{path.absolute().as_uri()}?{'mode=ro' if log else 'immutable=1'}"
    connection = sqlite3.connect(
        uri, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
    )
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if not log:
            raise
        raise StoreNotWritableError(
            f"{path} cannot be written, and a log stands beside it that nobody finished. Nothing "
            "was read. Open it once where it can be written, copy its folder to a place of your "
            f"own, or choose another one with `{flag}`."
        ) from error
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    # While another process switches the same new file, SQLite says "locked" without waiting.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Database:
    """An open user file. Thread-safe: one thread at a time holds it; re-entrant."""

    def __init__(self, path: Path, *, user_id: str) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._inode = -1
        self.born = ""
        """Another one for each file that is ever made."""
        self._writes = 0
        self._checkpoints: sqlite3.Connection | None = None
        self._checkpointer: object | None = None
        with sqlite_errors(path):
            self._connection = connect(path)
            try:
                self._inode = path.stat().st_ino
                migrate(self._connection, path)
                self._claim(user_id)
            except BaseException:
                self._connection.close()
                raise

    def _value(self, key: str) -> meta.Value | None:
        with self.read() as connection:
            return meta.value_of(connection, key)

    def _claim(self, user_id: str) -> None:
        stored = self._value(USER_ID)
        if stored is None:
            with self.write() as connection:
                meta.keep_first(connection, USER_ID, user_id)
            stored = self._value(USER_ID)
        self.born = str(self._value(BORN))
        if stored != user_id:
            raise StoreDamagedError(
                f"{self.path} belongs to another user than {user_id!r}. Nothing was read. "
                "Files of a store must not be renamed or exchanged."
            )

    def state(self) -> tuple[int, int]:
        """Return a value that is another one after any commit, by whomever, to this file."""
        with self._lock, sqlite_errors(self.path):
            others = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return int(others), self._writes

    def current(self) -> bool:
        """Return whether the file that is open is still the one under its path."""
        try:
            return self.path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def delete(self) -> list[str]:
        """Delete the file and its companions; return their names. Only `close` may follow.

        Raises:
            StoreNotWritableError: A file could not be deleted.
        """
        removed = []
        with self.write():
            for suffix in ("-wal", "-shm", ""):
                item = self.path.with_name(self.path.name + suffix)
                try:
                    item.unlink()
                    removed.append(item.name)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise StoreNotWritableError(
                        f"{item} could not be deleted ({error.strerror}). Part of this user's "
                        "memory is still there. Check the permissions and call again."
                    ) from error
        return removed

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Hold the file for reading; several statements see one state of it."""
        with self._lock, sqlite_errors(self.path), one_state(self._connection) as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Hold the file for one short write transaction; an exception undoes all of it.

        Args:
            durable: Survive a power cut, which waits for the disk. False survives the death of
                the process and is for what can be computed again.

        Raises:
            StoreBusyError: Another process held the file for too long, or deleted it.
            StoreNotWritableError: The file cannot be written, or its disk is full.
        """
        with self._lock, sqlite_errors(self.path):
            assert not self._connection.in_transaction, "write transactions do not nest"
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with one_change(self._connection) as connection:
                # Whoever deletes the file holds this lock while doing so.
                if not self.current():
                    raise StoreBusyError(
                        f"{self.path} was deleted by another process just now. Nothing was "
                        "written. Call again."
                    )
                yield connection
            self._writes += 1

    def checkpointer(self, make: Callable[[sqlite3.Connection], Resource]) -> Resource:
        """Return what keeps LangGraph's checkpoints in this file, made once per open file.

        It gets a connection of its own, which does not wait for the disk at each commit: the
        journal holds every message already.
        """
        with self._lock, sqlite_errors(self.path):
            if self._checkpointer is None:
                self._checkpoints = connect(
                    self.path, synchronous="NORMAL", isolation_level="DEFERRED"
                )
                self._checkpointer = make(self._checkpoints)
            return cast("Resource", self._checkpointer)

    def scrub(self) -> None:
        """Remove what deleted rows left behind: merged full-text segments, the log, free pages.

        Raises:
            StoreBusyError: Another process uses the file; the rows stay deleted.
            StoreNotWritableError: The disk is full or fails; the rows stay deleted.
        """
        try:
            self._scrub()
        except (StoreBusyError, StoreNotWritableError) as error:
            # Anywhere else these say that nothing was changed; here the deletion is committed.
            raise type(error)(
                f"The rows are deleted; their bytes may still be in {self.path} "
                f"({error.__cause__ or 'another process reads it'}). When that is mended, call "
                "`forget` again, without ids, to finish."
            ) from error

    def _scrub(self) -> None:
        with self.write() as connection:
            for table in ("observation_fts", "proposition_fts"):
                connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")
        with self._lock, sqlite_errors(self.path):
            self._connection.execute("VACUUM")
            deadline = time.monotonic() + 1.0
            while self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                # For readers SQLite has waited; for another checkpoint it never does.
                if time.monotonic() > deadline:
                    raise StoreBusyError(f"Another process reads {self.path}: its log is in use.")
                time.sleep(0.01)

    def image(self) -> bytes:
        """Return all pages as they stand, unused ones too, with what is still in the log."""
        with self._lock, sqlite_errors(self.path):
            return self._connection.serialize()

    def close(self) -> None:
        """Close both connections; safe to call twice."""
        with self._lock:
            if self._checkpoints is not None:
                self._checkpoints.close()
                self._checkpoints = self._checkpointer = None
            self._connection.close()
