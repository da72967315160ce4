"""How long a model that failed is left alone: longer after each failure, up to half an hour.

It holds for all that a look asks of it, reflection and ideas. Kept in the user's file, so that
every process that watches them, and one that is started anew each minute, keep to it together.
"""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from usermind.memory import meta

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

FIRST: Final = timedelta(minutes=2)
"""How long after the first failure; twice as long after each further one."""
LONGEST: Final = timedelta(minutes=30)

_FAILURES: Final = "ideas_failures"
_UNTIL: Final = "ideas_pause_until"


def begin(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Note that a model failed now."""
    failures = int(meta.number_of(connection, _FAILURES) or 0)
    # Beyond 2⁶ any pause is the longest, and no power of two is too long for a timedelta.
    length = min(LONGEST, FIRST * 2 ** min(failures, 6))
    meta.keep(connection, _FAILURES, failures + 1)
    meta.keep(connection, _UNTIL, (now + length).timestamp())


def end(connection: sqlite3.Connection) -> None:
    """Note that a model answered."""
    for key in (_FAILURES, _UNTIL):
        meta.drop(connection, key)


def until(connection: sqlite3.Connection, *, now: datetime) -> datetime | None:
    """Return until when it is left alone; None: it may be asked.

    Never for longer than `LONGEST`, whatever a clock said that ran ahead.
    """
    at = meta.number_of(connection, _UNTIL)
    if at is None or not 0.0 < at - now.timestamp() <= LONGEST.total_seconds():
        return None
    return datetime.fromtimestamp(at, UTC)


def waiting(memory: UserMemory) -> str | None:
    """Say until when the model of a user is left alone; None: it may be asked.

    Raises:
        UnknownUserError: Nothing is stored for this user.
    """
    now = memory.now()
    with memory.open() as file, file.database.read() as connection:
        again = until(connection, now=now)
    if again is None:
        return None
    minutes = math.ceil((again - now).total_seconds() / 60)
    return f"The model failed lately. It is asked again in {minutes} min."
