"""`ana.agenda`: what begins or is due when, each entry resting on the observation that says so.

Entries come from calendars and notes. What the user only says ("my dentist appointment is on
Thursday") is a claim and is found by its words; see `graphs/coming.py`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final, Literal

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.journal import USER, number
from usermind.memory.privacy import topics
from usermind.types import ObservationId

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

EntryKind = Literal["appointment", "task"]
"""An appointment takes place from a moment on; a task is to be done by then."""
USUAL: Final = timedelta(hours=1)
"""How long an appointment takes that does not say."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that begins or is due."""

    observation: ObservationId
    """What says so; forgetting that forgets the entry."""
    kind: EntryKind
    text: str
    """Of the observation."""
    series: str
    """The same entry keeps it when it is moved; see `series_of`."""
    starts: datetime
    """Aware, in the zone where it was written down."""
    ends: datetime | None
    all_day: bool = False
    """Whether it names days alone: it starts at the midnight of its own zone."""
    busy: bool = True
    """Whether it takes the user's time; not what a calendar shows as free."""
    by: str | None = None
    """Who says so, where that is a third party; None: the user, or what they use."""

    @property
    def thing(self) -> str:
        """Its series as its source names it: the same in two calendars."""
        return self.series.partition(_OF)[0]

    @property
    def over(self) -> datetime:
        """When it is over."""
        if self.ends is not None:
            return self.ends
        return self.starts if self.kind == "task" else self.starts + USUAL


_OF: Final = "\n"


def series_of(series: str, source: str) -> str:
    """Return what names a series of one source, and of no other that tells of the same.

    So what one calendar calls off stays where another one still has it.
    """
    return f"{series}{_OF}{source}"


class AgendaDoor:
    """`ana.agenda`: appointments and tasks of one user."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def add(
        self,
        observation: str,
        starts: datetime,
        *,
        ends: datetime | None = None,
        kind: EntryKind = "appointment",
        series: str | None = None,
        all_day: bool = False,
        busy: bool = True,
    ) -> Entry:
        """Enter what an observation announces; return it.

        Args:
            observation: Id of what says so.
            starts: When it begins, or is due; aware.
            ends: When it ends; aware, not before it starts.
            kind: What it is.
            series: What stays the same when it is moved: an entry of the same series that was
                entered before is taken out. None: the observation itself.
            all_day: Whether it names days alone; `starts` is their first midnight then, in the
                user's zone, and `ends` the one after the last of them, or None for one day.
            busy: Whether it takes the user's time: only then it clashes, and is a meeting.

        Raises:
            InvalidInputError: A time is not aware, or the end lies before the beginning.
            UnknownItemError: There is no such observation.
        """
        for time in (starts, ends):
            if time is not None and time.tzinfo is None:
                raise InvalidInputError("The times of an entry must be aware of their zone.")
        if ends is not None and ends < starts:
            raise InvalidInputError(
                f"The entry ends at {ends.isoformat()}, before it starts at {starts.isoformat()}."
            )
        if all_day and (ends is None or ends == starts):
            ends = starts + timedelta(days=1)
        row, named = number(observation, "o"), series or observation
        offset = starts.utcoffset() or timedelta()
        with self._memory.open() as file, file.database.write() as connection:
            if not connection.execute("SELECT 1 FROM observation WHERE id = ?", (row,)).fetchone():
                raise UnknownItemError(observation, kind="observation")
            connection.execute(
                "DELETE FROM appointment WHERE series = ? AND observation_id <> ?", (named, row)
            )
            connection.execute(
                "INSERT OR REPLACE INTO appointment "
                "(observation_id, kind, series, starts_at, ends_at, utc_offset, all_day, busy) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(row, kind, named, starts.timestamp()),
                    *(None if ends is None else ends.timestamp(), int(offset.total_seconds())),
                    *(all_day, busy),
                ),
            )
            return _entries(connection, "WHERE a.observation_id = ?", row)[0]

    def cancel(self, series: str) -> bool:
        """Take an entry out; False where there is none. What announced it stays."""
        with self._memory.open() as file, file.database.write() as connection:
            gone = connection.execute("DELETE FROM appointment WHERE series = ?", (series,))
            return gone.rowcount > 0

    def between(self, begin: datetime, end: datetime) -> list[Entry]:
        """Return what begins or is due from `begin` until before `end`, and what lasts then.

        In order of time; what touches a private topic is left out.
        """
        usual = USUAL.total_seconds()
        with self._memory.open() as file, file.database.read() as connection:
            found = _entries(
                connection,
                "WHERE a.starts_at < ? AND COALESCE(a.ends_at, a.starts_at + "
                "CASE WHEN a.kind = 'task' THEN 0 ELSE ? END) >= ? ORDER BY a.starts_at, o.id",
                *(end.timestamp(), usual, begin.timestamp()),
            )
            private = topics.matchers(topics.rows(connection))
        return [entry for entry in found if not topics.touching(private, entry.text)]


def _entries(connection: sqlite3.Connection, where: str, *values: object) -> list[Entry]:
    rows = connection.execute(
        "SELECT o.id, a.kind, o.text, a.series, a.starts_at, a.ends_at, a.utc_offset, "
        "a.all_day, a.busy, o.author, o.tier "
        "FROM appointment a JOIN observation o ON o.id = a.observation_id AND o.quarantine IS NULL "
        f"{where}",
        values,
    ).fetchall()
    return [
        Entry(
            ObservationId(f"o{row}"),
            kind,
            text,
            series,
            datetime.fromtimestamp(starts, UTC).astimezone(_zone(offset)),
            None if ends is None else datetime.fromtimestamp(ends, UTC).astimezone(_zone(offset)),
            bool(all_day),
            bool(busy),
            author if author != USER and tier == "third_party" else None,
        )
        for row, kind, text, series, starts, ends, offset, all_day, busy, author, tier in rows
    ]


def _zone(offset: int) -> timezone:
    return timezone(timedelta(seconds=offset))
