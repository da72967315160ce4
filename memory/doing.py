"""What the user said they are doing, until when: work that should not be broken, or a meeting.

Kept as two moments in the user's file, so that every process that watches them knows.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from usermind.memory.candidates import Moment

Doing = Literal["focus", "meeting"]
_KEYS: Final[dict[Doing, str]] = {"focus": "focus_until", "meeting": "meeting_until"}


@dataclass(frozen=True, slots=True)
class Busy:
    """Until when the user is busy, as they said; None: they are not."""

    focus: datetime | None = None
    meeting: datetime | None = None


def begin(connection: sqlite3.Connection, doing: Doing, until: datetime) -> None:
    """Note that they are busy until a moment."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        (_KEYS[doing], until.timestamp()),
    )


def end(connection: sqlite3.Connection) -> None:
    """Note that they are free."""
    connection.executemany("DELETE FROM meta WHERE key = ?", [(key,) for key in _KEYS.values()])


def busy(connection: sqlite3.Connection, *, now: datetime) -> Busy:
    """Return what they are doing now."""
    until = dict(
        connection.execute("SELECT key, value FROM meta WHERE key IN (?, ?)", (*_KEYS.values(),))
    )
    found = {
        doing: datetime.fromtimestamp(until[key], UTC)
        for doing, key in _KEYS.items()
        if key in until and until[key] > now.timestamp()
    }
    return Busy(found.get("focus"), found.get("meeting"))


def joined(moment: Moment, said: Busy) -> Moment:
    """Return a moment with what the user said of it."""
    return replace(
        moment,
        focus=moment.focus or said.focus is not None,
        meeting=moment.meeting or said.meeting is not None,
    )
