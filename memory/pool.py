"""The open user files: opened when needed, the least recently used closed first."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from usermind.memory.database import Database
from usermind.memory.index import Index
from usermind.memory.item_titles import ItemTitles
from usermind.memory.registry import file_name


@dataclass(slots=True)
class OpenFile:
    """A user's file and what was computed from it, for as long as it stays open."""

    database: Database
    index: Index
    titles: ItemTitles = field(default_factory=ItemTitles)
    users: int = 0
    """Threads that are using it now; it is not closed while there are any."""


class Pool:
    """At most `size` open files, more only while more are in use at once."""

    def __init__(self, folder: Path, *, size: int) -> None:
        self._folder = folder
        self._size = size
        self._open: OrderedDict[str, OpenFile] = OrderedDict()
        self._lock = threading.Lock()
        self._doors = tuple(threading.Lock() for _ in range(64))

    @contextmanager
    def use(self, user_id: str) -> Iterator[OpenFile]:
        """Hold a user's file open; made when it is missing."""
        entry = self._taken(user_id)
        if entry is None:
            # One thread opens a file, and the threads of most other users do not wait for it.
            with self._doors[hash(user_id) % len(self._doors)]:
                entry = self._taken(user_id) or self._opened(user_id)
        try:
            yield entry
        finally:
            with self._lock:
                entry.users -= 1
                left = entry.users == 0 and self._open.get(user_id) is not entry
            if left:  # dropped or replaced while it was in use
                entry.database.close()

    def _taken(self, user_id: str) -> OpenFile | None:
        with self._lock:
            entry = self._open.get(user_id)
            if entry is None or not entry.database.current():
                return None
            self._open.move_to_end(user_id)
            entry.users += 1
            return entry

    def _opened(self, user_id: str) -> OpenFile:
        database = Database(self._folder / file_name(user_id), user_id=user_id)
        fresh = OpenFile(database, Index(), users=1)
        with self._lock:
            replaced = self._open.pop(user_id, None)
            self._open[user_id] = fresh
            surplus = self._surplus()
        if replaced is not None and replaced.users == 0:
            surplus.append(replaced)
        for idle in surplus:
            idle.database.close()
        return fresh

    def exists(self, user_id: str) -> bool:
        """Return whether this user has a file with something in it."""
        try:
            return (self._folder / file_name(user_id)).stat().st_size > 0
        except FileNotFoundError:
            return False

    def files(self, user_id: str) -> list[str]:
        """Return the names of this user's files that are there."""
        path = self._folder / file_name(user_id)
        names = (f"{path.name}{suffix}" for suffix in ("", "-wal", "-shm", "-journal"))
        return [name for name in names if path.with_name(name).exists()]

    def _surplus(self) -> list[OpenFile]:
        idle = [user for user, entry in self._open.items() if entry.users == 0]
        count = max(0, len(self._open) - self._size)
        return [self._open.pop(user) for user in idle[:count]]

    def drop(self, user_id: str) -> None:
        """Close a user's file, if it is open, as soon as nobody uses it."""
        with self._lock:
            entry = self._open.pop(user_id, None)
            idle = entry is not None and entry.users == 0
        if entry is not None and idle:
            entry.database.close()

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            entries = list(self._open.values())
            self._open.clear()
        for entry in entries:
            entry.database.close()
