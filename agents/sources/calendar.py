"""A calendar: iCalendar files, of which each appointment that is near is a happening."""

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from usermind.agents.sources.appointments import (
    Appointment,
    Asked,
    BadEvent,
    appointments,
    check_libraries,
)
from usermind.agents.sources.source import (
    LIMIT,
    BadPart,
    Cursor,
    Happening,
    Poll,
    fingerprint,
    full,
    label,
    parsed,
    plausible,
    reading,
    regular,
    sender,
    short,
    utc_now,
    why,
    written,
)
from usermind.errors import SourceError
from usermind.memory.journal import USER
from usermind.models.offline import dates
from usermind.types import Clock

PAST: Final = timedelta(days=30)
COMING: Final = timedelta(days=60)
MOST: Final = 5_000
"""Appointments within the window; of more, those nearest to the present are told of."""
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a file."""
MOST_FILES: Final = 20_000
MOST_TOLD: Final = 500
"""Bad parts of which a cursor knows that they were told."""

_BEFORE_TITLE: Final = {
    "on": "",
    "not answered": "Invited, not answered: ",
    "declined": "Declined: ",
    "cancelled": "Cancelled: ",
}


class _Cursor(Cursor):
    kind: Literal["calendar"] = "calendar"
    stamp: str = ""
    """Stands for the files and the hour: nothing is new while they are the same."""
    seen: dict[str, dict[str, int]] = Field(default_factory=dict)
    """By what stands for its UID: ids of what was told, and when it ends, in seconds since 1970; 0:
    it will not be."""
    told: list[str] = Field(default_factory=list)
    """Stand for bad parts that were told."""


@dataclass(slots=True)
class _Found:
    """What the files hold now."""

    appointments: list[tuple[str, Appointment, datetime]] = field(default_factory=list)
    """Id, what it is, when its file was written."""
    bad: list[BadPart] = field(default_factory=list)
    whole: bool = True
    """Whether it is known of what everything is, so that what is not there is called off."""
    broken: set[str] = field(default_factory=set)
    """Stand for the UIDs of what is there and cannot be read."""


class CalendarFiles:
    """An `.ics` file, or a folder of them, with the appointments of 30 past and 60 coming days.

    Each occurrence is a happening, and again when something about it changes. Where that is its
    time, title or place, it is another series; `Poll.gone` names those to come that are no longer
    there. Who is named as its organizer wrote it, unless that is the user or nobody. Needs
    `pip install 'usermind[sources]'`.

    Args:
        path: The file or folder.
        me: The user's addresses.
        clock: The present.
        zone: Where times are meant that name no zone, and where times are told; None: this
            machine's.

    Raises:
        MissingExtraError: The calendar libraries are not installed.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        me: Collection[str] = (),
        clock: Clock = utc_now,
        zone: tzinfo | None = None,
    ) -> None:
        check_libraries()
        self.path = full(path)
        self.name = f"calendar:{self.path}"
        self._source = label("calendar:", self.path.stem)
        self._me = frozenset(address.strip().casefold() for address in me)
        self._clock = clock
        self._zone = zone

    def poll(self, cursor: str | None) -> Poll:
        """Return the appointments that are new or changed since a cursor; see `Source.poll`."""
        known = parsed(_Cursor, cursor, of=self.name) or _Cursor()
        now = self._clock().astimezone(UTC)
        found = _Found()
        with reading(self.name):
            files = self._files(found)
        hour = str(int(now.timestamp() // 3600))
        stamp = short(hour, *(f"{path} {s.st_size} {s.st_mtime_ns}" for path, s in files.items()))
        if stamp == known.stamp:
            return Poll((), known.model_dump_json())
        for path, status in files.items():
            self._read(found, path, written(status, self._clock), now)
        return self._tell(found, known, stamp, now)

    def _files(self, found: _Found) -> dict[Path, os.stat_result]:
        status = self.path.stat()
        if not stat.S_ISDIR(status.st_mode):
            regular(self.path, self.name, expected="an .ics file, or a folder of them")
            return {self.path: status}
        files: dict[Path, os.stat_result] = {}
        for path in self._named(found):
            if len(files) >= MOST_FILES:
                found.bad.append(BadPart(self._source, f"it holds more than {MOST_FILES:,} files"))
                break
            try:
                files[path] = path.stat()
            except OSError as error:
                self._missed(found, path, error)
        return files

    def _missed(self, found: _Found, path: Path, error: OSError) -> None:
        found.bad.append(BadPart(label(f"{self._source}, ", path.name), why(error)))
        found.whole = False

    def _named(self, found: _Found) -> Iterator[Path]:
        """Yield the files of a folder and of those in it; hidden ones and links are passed over."""
        next(self.path.iterdir(), None)  # which raises where `walk` only finds nothing

        def missed(error: OSError) -> None:
            self._missed(found, Path(error.filename), error)

        for folder, inside, names in os.walk(self.path, onerror=missed):
            inside[:] = sorted(name for name in inside if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                named = name.lower().endswith(".ics") and not name.startswith(".")
                if named and path.is_file() and not path.is_symlink():
                    yield path

    def _read(self, found: _Found, path: Path, at: datetime, now: datetime) -> None:
        """Take what one file holds."""
        where = self._source if path == self.path else label(f"{self._source}, ", path.name)
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
            fault = _fault(data)
        except OSError as error:
            fault = why(error)
        if fault:
            if path == self.path:
                raise SourceError(self.name, found=fault, do="Give an iCalendar file (RFC 5545).")
            found.bad.append(BadPart(where, fault))
            found.whole = False
            return
        asked = Asked(now - PAST, now + COMING, self._zone, self._me)
        for one in appointments(data, asked):
            if isinstance(one, BadEvent):
                place = f"{where}, event {one.number}" if one.number else where
                found.bad.append(BadPart(place, one.why))
                if not one.doubtful:
                    found.broken |= {short(uid) for uid in one.uids}
                    found.whole &= bool(one.uids)
            elif one.end >= asked.begin and one.start <= asked.end:
                found.appointments.append((self._id(one), one, at))

    def _id(self, one: Appointment) -> str:
        """Return what is another when anything that is told of an appointment is.

        It begins with its series, which stays where only what is written about it changes, and is
        the same in another calendar; the id is not: each calendar's own can be called off alone.
        """
        about = [self._text(one), one.state, one.organizer, "" if one.busy else "free"]
        times = [at.astimezone(UTC).isoformat() for at in (one.start, one.end)]
        on = "on" if _takes_place(one) else "off"
        series = fingerprint(one.uid, one.occurrence, one.title, one.place, on, *times)
        return series + short(self.name, *about)

    def _tell(self, found: _Found, known: _Cursor, stamp: str, now: datetime) -> Poll:
        found.appointments.sort(key=lambda one: abs(one[1].start - now))
        if len(found.appointments) > MOST:
            reason = f"more than {MOST:,} appointments are near; the nearest were read"
            found.bad.append(BadPart(self._source, reason))
        held = {id_: (one, at) for id_, one, at in found.appointments[:MOST]}
        seen: dict[str, dict[str, int]] = {}
        gone: list[str] = []
        for uid, told in known.seen.items():
            unknown = not found.whole or uid in found.broken
            seen[uid] = {id_: ends for id_, ends in told.items() if id_ in held or unknown}
            gone += [
                _series(id_)
                for id_, ends in told.items()
                if id_ not in seen[uid] and ends > now.timestamp()
            ]
        seen = {uid: told for uid, told in seen.items() if told}
        before = {id_ for told in seen.values() for id_ in told}
        new = sorted(
            (one.start, one.uid, id_) for id_, (one, _) in held.items() if id_ not in before
        )
        happenings = []
        for *_, id_ in new[:LIMIT]:
            one, at = held[id_]
            happenings.append(self._happening(id_, one, at))
            ends = int(one.end.timestamp()) if _takes_place(one) else 0
            seen.setdefault(short(one.uid), {})[id_] = ends
        marks = [short(bad.where, bad.why) for bad in found.bad[:MOST_TOLD]]
        bad = tuple(
            bad for bad, mark in zip(found.bad, marks, strict=False) if mark not in known.told
        )
        more = len(new) > LIMIT
        after = _Cursor(stamp="" if more else stamp, seen=seen, told=marks)
        # Where only its description is another, it is still to come.
        here = {_series(id_) for id_ in (*held, *(id_ for told in seen.values() for id_ in told))}
        over = tuple(dict.fromkeys(each for each in gone if each not in here))
        return Poll(tuple(happenings), after.model_dump_json(), bad, more, over)

    def _happening(self, id_: str, one: Appointment, written_at: datetime) -> Happening:
        own = not one.organizer or one.organizer in self._me
        entered = one.entered if plausible(one.entered, self._clock) else None
        on = _takes_place(one)
        return Happening(
            text=self._text(one),
            at=min(entered, self._clock()) if entered else written_at,
            source=self._source,
            author=USER if own else sender(one.organizer_name, one.organizer),
            external_id=id_,
            kind="appointment",
            session=one.uid,
            due=one.start if on else None,
            ends=one.end if on else None,
            all_day=one.all_day,
            busy=one.busy,
            series=_series(id_),
            tier="observed" if own else "third_party",
        )

    def _text(self, one: Appointment) -> str:
        head = [f"{_BEFORE_TITLE[one.state]}{one.title or 'An appointment without a title'}"]
        head.append(_when(one, self._zone))
        head += [f"Where: {one.place}"] if one.place else []
        head += [f"With: {', '.join(one.people)}"] if one.people else []
        return "\n".join(head) + (f"\n\n{one.description}" if one.description else "")


def _series(id_: str) -> str:
    """Return the part of an id that names the appointment, whatever is written about it."""
    return id_[: len(fingerprint())]


def _takes_place(one: Appointment) -> bool:
    return one.state in ("on", "not answered")


def _when(one: Appointment, zone: tzinfo | None) -> str:
    """Return when it is: "Tuesday 1 December 2026, 09:00–09:30"."""
    start, end = one.start.astimezone(zone), one.end.astimezone(zone)
    if one.all_day:
        last = max(start, end - timedelta(hours=12))  # the end is the midnight after; DST moves it
        return dates.written(start) + (
            "" if last.date() == start.date() else f" to {dates.written(last)}"
        )
    if start == end:
        return f"{dates.written(start)}, {start:%H:%M}"
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{dates.written(end)}, {end:%H:%M}"
    return f"{dates.written(start)}, {start:%H:%M}–{until}"


def _fault(data: bytes) -> str | None:
    """Return why a file is no whole calendar."""
    if len(data) > LARGEST:
        return f"it has more than {LARGEST // 1024 // 1024} MiB"
    if b"BEGIN:VCALENDAR" not in data.upper():
        return "it holds no calendar"
    if not data.rstrip().upper().endswith(b"END:VCALENDAR"):
        return "it does not end as a calendar does; another program may be writing it"
    return None
