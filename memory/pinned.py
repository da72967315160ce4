"""A user's memory as it stands in one file: who is forgotten meanwhile is not begun again.

`UserMemory` makes a file where there is none, so what is still being written when its user is
forgotten would begin a new one with what they wanted gone. Here each write is to the file that was
there at the beginning, and checked in the transaction that writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from usermind.errors import StoreBusyError, UnknownUserError
from usermind.memory.user import UserMemory

if TYPE_CHECKING:
    from usermind.memory.pool import OpenFile
    from usermind.memory.store import Store
    from usermind.types import UserId


class PinnedMemory(UserMemory):
    """Made by `UserMemory.pinned`; of use as long as that holds the file.

    Whatever opens the file raises `UnknownUserError` once the user was forgotten.
    """

    def __init__(self, store: Store, user_id: UserId, file: OpenFile) -> None:
        super().__init__(store, user_id)
        self._file = file
        self.born = file.database.born
        """Another one for each file that is ever made, also of the same user."""

    @property
    def exists(self) -> bool:
        """Whether the file is still there."""
        return self._file.database.current()

    @contextmanager
    def open(self, *, create: bool = False) -> Iterator[OpenFile]:
        """Hold the file; none is ever made, whatever `create` says.

        Raises:
            UnknownUserError: The user was forgotten.
        """
        if not self.exists:
            raise UnknownUserError(self.user_id)
        try:
            yield self._file
        except StoreBusyError:
            if self.exists:
                raise
            raise UnknownUserError(self.user_id) from None

    def _announce(self, now: datetime, *, stored: bool = False) -> None:
        # Whoever forgets the user waits for this transaction, and then clears the mark.
        with self.open() as file, file.database.write():
            self._store.registry.mark_due(self.user_id, at=now.timestamp())
