"""One user's file, as their store opens it, with what the store has for it: clock and models."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from usermind.errors import StoreDamagedError, UnknownUserError
from usermind.memory.names import is_plain_name

if TYPE_CHECKING:
    from usermind.memory.links import Linker
    from usermind.memory.pinned import PinnedMemory
    from usermind.memory.pool import OpenFile
    from usermind.memory.sight import Eyes
    from usermind.memory.store import Store
    from usermind.types import Embedder, UserId

DELETION_CHECKS = 40
DELETION_PAUSE = 0.005
"""Seconds between looks at a user whose file is gone: it may be on its way out of the registry."""
NO_NAMES = frozenset(
    {
        "admin", "ai", "assistant", "default", "developer", "guest", "i", "me", "myself", "self",
        "system", "test", "tool", "user",
    }
)  # fmt: skip
"""User ids that are words and no names."""


class UserFile:
    """The file of one user, which `UserMemory` reads and writes."""

    def __init__(self, store: Store, user_id: UserId) -> None:
        self.user_id = user_id
        self._store = store

    @property
    def display_name(self) -> str:
        """The user's name in prompts: the id, begun with a capital, when it reads as a name."""
        is_name = is_plain_name(self.user_id) and self.user_id.lower() not in NO_NAMES
        return self.user_id[:1].upper() + self.user_id[1:] if is_name else "the user"

    @property
    def exists(self) -> bool:
        """Whether anything is stored for this user."""
        return self._store.registry.knows(self.user_id)

    def embedder(self) -> Embedder:
        """Return what makes the store's vectors; made when it is first asked for."""
        return self._store.embedder()

    def eyes(self) -> Eyes:
        """Return what the store looks at pictures with; made when it is first asked for."""
        return self._store.eyes()

    def linker(self) -> Linker | None:
        """Return what links entities to public ones, if the store has any."""
        return self._store.linker

    def now(self) -> datetime:
        """Return the present by the store's clock."""
        return self._store.clock()

    @contextmanager
    def open(self, *, create: bool = False) -> Iterator[OpenFile]:
        """Hold this user's file open.

        Raises:
            UnknownUserError: Nothing is stored for this user and `create` is false.
            StoreDamagedError: The user is known and their file is gone.
        """
        known = self._settled()
        if not known and not create:
            raise UnknownUserError(self.user_id)
        with self._store.pool.use(self.user_id) as file:
            if not known:  # after the file was made: a known user has one
                self._store.registry.add(self.user_id)
            yield file

    @contextmanager
    def pinned(self, *, create: bool = False) -> Iterator[PinnedMemory]:
        """Hold this user's file, and write to that one alone: see `PinnedMemory`.

        Raises:
            UnknownUserError: Nothing is stored for this user and `create` is false.
        """
        from usermind.memory.pinned import PinnedMemory  # which is one of these

        with self.open(create=create) as file:
            yield PinnedMemory(self._store, self.user_id, file)

    def _settled(self) -> bool:
        """Return whether this user is known, waiting for a deletion that is under way."""
        for _ in range(DELETION_CHECKS):
            known = self.exists
            if not known or self._store.pool.exists(self.user_id):
                return known
            time.sleep(DELETION_PAUSE)
        raise StoreDamagedError(
            f"User {self.user_id!r} is known, but their file is missing from "
            f"{self._store.path / 'users'}. Nothing was read or made. Put it back from a copy; or, "
            "if they were being forgotten, call `forget_everything` again to finish."
        )

    def mark_due(self) -> None:
        """Put the user on the list of those that reflection looks at."""
        self._store.registry.mark_due(self.user_id, at=self.now().timestamp())

    def _announce(self, now: datetime, *, stored: bool = False) -> None:
        """Note that there may be something to reflect on; called before and after it is stored."""
        if stored:  # somebody may have forgotten the user in between, and this began a new file
            self._store.registry.add(self.user_id)
        self._store.registry.mark_due(self.user_id, at=now.timestamp())
