"""What the user said they are doing, until when: work that should not be broken, or a meeting.

Kept as two moments in the user's file, so that every process that watches them knows.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from usermind.memory import meta
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
    meta.keep(connection, _KEYS[doing], until.timestamp())


def end(connection: sqlite3.Connection) -> None:
    """Note that they are free."""
    for key in _KEYS.values():
        meta.drop(connection, key)


def busy(connection: sqlite3.Connection, *, now: datetime) -> Busy:
    """Return what they are doing now."""
    until = {doing: meta.number_of(connection, key) for doing, key in _KEYS.items()}
    found = {
        doing: datetime.fromtimestamp(at, UTC)
        for doing, at in until.items()
        if at is not None and at > now.timestamp()
    }
    return Busy(found.get("focus"), found.get("meeting"))


def joined(moment: Moment, said: Busy) -> Moment:
    """Return a moment with what the user said of it."""
    return replace(
        moment,
        focus=moment.focus or said.focus is not None,
        meeting=moment.meeting or said.meeting is not None,
    )
