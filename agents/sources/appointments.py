"""The appointments of an iCalendar file: occurrences within a window, rules worked out."""

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from importlib.util import find_spec
from typing import Any, Final, Literal

from usermind.agents.sources.source import storable
from usermind.errors import MissingExtraError
from usermind.memory.zones import in_zone

INSTALL: Final = "pip install 'usermind[sources]'"
MOST_OFTEN: Final = 24
"""Occurrences a day; what repeats more often is no appointment."""
MOST_SINCE: Final = 300_000
"""Occurrences that a rule may have had since it began: more than 800 years of every day."""
PATIENCE: Final = 20.0
"""Seconds in which the repetitions of one file are worked out; what is left then is told."""
LONGEST: Final = 10_000
"""Characters of a description that are kept."""
_EVENT: Final = re.compile(
    rb"^BEGIN:VEVENT[ \t]*\r?\n.*?^END:VEVENT[ \t]*\r?$", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
_END: Final = re.compile(rb"^END:VEVENT[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_BEGIN: Final = re.compile(rb"^BEGIN:VEVENT[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_OF: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
_REPEATING: Final = ("RRULE", "RDATE", "RECURRENCE-ID")
_DEFECTS: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip
"""What the libraries raise at events that are not as the standard has them."""

_CANCELLED: Final = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|tr|rv)\s*:\s*)*(?:cancell?ed(?: event)?|cancell?ation|abgesagt|"
    r"abgesagter termin|"
    r"annul[ée]e?|cancelad[oa]|annullat[oa]|geannuleerd)\s*:\s*",
    re.IGNORECASE,
)
"""What Outlook puts before the title of what is cancelled, in the languages it speaks here."""

State = Literal["on", "not answered", "declined", "cancelled"]
"""not answered: others have invited the user, who has not said yes or no."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One occurrence of an event."""

    uid: str
    occurrence: str
    """Which one of a series: when it was to begin by its rule; empty where it is no series."""
    title: str
    place: str
    description: str
    people: tuple[str, ...]
    """Who else takes part: names or addresses."""
    organizer: str
    """Address, in lower case; empty: nobody is named, as where one enters one's own."""
    organizer_name: str
    start: datetime
    """Aware, as `end`."""
    end: datetime
    all_day: bool
    busy: bool
    """Whether it takes the user's time, which is what TRANSP says."""
    state: State
    entered: datetime | None
    """When it was written or last changed, aware."""


@dataclass(frozen=True, slots=True)
class BadEvent:
    """An event that cannot be read, or in part: its number in the file, from 1, and why."""

    number: int
    why: str
    uids: frozenset[str] = frozenset()
    """What it may be an event of; empty: nobody knows."""
    doubtful: bool = False
    """Whether it was read all the same, and may not be as it was meant."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for in a calendar."""

    begin: datetime
    """Aware; occurrences that touch the time from here to `end` are."""
    end: datetime
    zone: tzinfo | None = None
    """Where times are meant that name no zone, and where days begin; None: this machine's."""
    me: frozenset[str] = frozenset()
    """Addresses of the user, in lower case."""


def appointments(data: bytes, asked: Asked) -> Iterator[Appointment | BadEvent]:
    """Yield the occurrences of a whole iCalendar file, and the events that cannot be read.

    Raises:
        MissingExtraError: The calendar libraries are not installed.
    """
    icalendar, expand = _libraries()
    begun = icalendar.Calendar()
    # Behind the last end no event is whole; looking for its end from each beginning takes all day.
    whole = max((end.end() for end in _END.finditer(data)), default=0)
    rest = _EVENT.sub(b"", data[:whole]) + data[whole:]
    if _BEGIN.search(rest):
        yield BadEvent(0, "an event in it has no END:VEVENT")
    try:  # which also makes the zones of the file known to the library
        for head in icalendar.Calendar.from_ical(rest, multiple=True):
            if "X-WR-TIMEZONE" in head:
                begun["X-WR-TIMEZONE"] = head["X-WR-TIMEZONE"]
    except _DEFECTS:
        yield BadEvent(0, "its zones cannot be read; times may be wrong where they name one")
    series: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for number, block in enumerate(_EVENT.finditer(data[:whole]), 1):
        event = _event(icalendar, block[0], asked)
        if isinstance(event, str):
            yield BadEvent(number, event, _uids(icalendar, block[0]))
        else:
            uid = storable(str(event.get("UID", ""))).strip()
            series[uid or f"the {number}th, without an id"].append((number, event))
    until = time.monotonic() + PATIENCE
    for uid, events in series.items():
        calendar = begun.copy()
        for _, event in events:
            calendar.add_component(event)
        repeats = any(name in event for _, event in events for name in _REPEATING)
        if repeats and time.monotonic() > until:
            yield BadEvent(
                events[0][0], "the rules of this file take too long to work out", frozenset([uid])
            )
            continue
        try:
            found = [
                _appointment(uid, event, repeats, asked)
                for event in expand(calendar).between(_utc(asked.begin), _utc(asked.end))
            ]
        except _DEFECTS:
            reason = "its times or its rule of repetition make no sense"
            yield BadEvent(events[0][0], reason, frozenset([uid]))
            continue
        doubtful = [number for number, event in events if _is_in_unknown_zone(event)]
        if doubtful:
            yield BadEvent(
                doubtful[0],
                "its time zone is unknown, and its times are read as those of the user's; name a "
                "zone as the IANA list does, or describe it in a VTIMEZONE",
                frozenset([uid]),
                doubtful=True,
            )
        yield from found


def _is_in_unknown_zone(event: Any) -> bool:
    """Say whether a time of an event names a zone that nobody knows."""
    times = (event[name] for name in ("DTSTART", "DTEND") if name in event)
    return any(
        isinstance(time.dt, datetime) and time.dt.tzinfo is None and "TZID" in time.params
        for time in times
    )


def check_libraries() -> None:
    """Do nothing where calendars can be read; loads nothing.

    Raises:
        MissingExtraError: The calendar libraries are not installed.
    """
    if not (find_spec("icalendar") and find_spec("recurring_ical_events")):
        raise MissingExtraError("icalendar or recurring-ical-events", install=INSTALL)


def _libraries() -> tuple[Any, Any]:
    check_libraries()
    import icalendar
    import recurring_ical_events

    return icalendar, recurring_ical_events.of


def _event(icalendar: Any, block: bytes, asked: Asked) -> Any:
    """Return an event of the library, or why there is none."""
    if len(_BEGIN.findall(block)) > 1:
        return "another one begins before its END:VEVENT"
    try:
        event = icalendar.Event.from_ical(block + b"\r\n")
        broken = {name for name, _ in event.errors} & {"DTSTART", "DTEND", "DURATION", *_REPEATING}
        if broken:
            return f"its {sorted(broken)[0]} cannot be read"
        if "DTSTART" not in event:
            return "it has no DTSTART, so nobody knows when it is"
        if "DTEND" in event and _is_before(event["DTEND"].dt, event["DTSTART"].dt):
            return "it ends before it begins"
        if _is_flood(event, (asked.end - _instant(event["DTSTART"].dt, UTC)).days):
            return f"it repeats more than {MOST_OFTEN} times a day, for ages, or never"
    except _DEFECTS:
        return "it is not written as RFC 5545 has it"
    return event


def _uids(icalendar: Any, block: bytes) -> frozenset[str]:
    """Return what a broken event is an event of; nothing unless all of that can be read."""
    begun = len(_BEGIN.findall(block))  # of two, where the end of the first is missing
    found = []
    try:
        for line in icalendar.parser.Contentlines.from_ical(block):
            name, _, value = line.parts() if line[:3].upper() == "UID" else ("", None, "")
            if name.upper() == "UID":
                found.append(storable(str(icalendar.vText.from_ical(value))).strip())
    except _DEFECTS:
        return frozenset()
    return frozenset(found) if len(found) == begun and all(found) else frozenset()


def _is_before(end: date | datetime, start: date | datetime) -> bool:
    return _instant(end, UTC) < _instant(start, UTC)


def _is_flood(event: Any, days: int) -> bool:
    """Say whether a rule has so many occurrences that counting them takes all day.

    Args:
        event: One of the library's.
        days: From its beginning to what is looked for.
    """
    for rule in _listed(event.get("RRULE")):
        named = {str(name).upper(): _listed(value) for name, value in rule.items()}
        often = 1
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            often *= len(named.get(part, [])) or 1
        frequency = {str(value).upper() for value in named.get("FREQ", [])}
        if often > MOST_OFTEN or frequency & {"HOURLY", "MINUTELY", "SECONDLY"}:
            return True
        if often * days > MOST_SINCE or any(int(value) < 1 for value in named.get("INTERVAL", [])):
            return True
        if _is_never(named, max((_DAYS_OF.get(each, 1) for each in frequency), default=1) * often):
            return True
    return False


def _is_never(rule: dict[str, list[Any]], most: int) -> bool:
    """Say whether a rule names days that there are not: 30 February, the 40th of a week.

    Args:
        rule: Its parts.
        most: Occurrences in one of its periods.
    """
    frequency = {str(value).upper() for value in rule.get("FREQ", [])}
    if rule.keys() & {"BYYEARDAY", "BYWEEKNO"} and frequency != {"YEARLY"}:
        return True  # which the standard forbids, and where nothing may fit both
    if "BYEASTER" in rule:  # of one library, and of no standard
        return True
    months = [int(value) for value in rule.get("BYMONTH", [])]
    days = [abs(int(value)) for value in rule.get("BYMONTHDAY", [])]
    if any(not 1 <= month <= 12 for month in months) or 0 in days:
        return True
    if any(not 1 <= abs(int(value)) <= most for value in rule.get("BYSETPOS", [])):
        return True
    longest = max((_LONGEST_MONTHS[month - 1] for month in months), default=31)
    return bool(days) and min(days) > longest


def _appointment(uid: str, event: Any, repeats: bool, asked: Asked) -> Appointment:
    first = event["DTSTART"].dt
    all_day = not isinstance(first, datetime)
    start = _instant(first, asked.zone)
    end = _instant(event["DTEND"].dt, asked.zone) if "DTEND" in event else start
    which = event["RECURRENCE-ID"].dt if repeats and "RECURRENCE-ID" in event else None
    organizer, organizer_name = _person(next(iter(_listed(event.get("ORGANIZER"))), ""))
    attendees = _listed(event.get("ATTENDEE"))
    answers = [
        str(one.params.get("PARTSTAT", "")).upper()
        for one in attendees
        if _person(one)[0] in asked.me
    ]
    others = [_person(one) for one in attendees if _person(one)[0] not in asked.me]
    title = _words(event, "SUMMARY")
    status = "CANCELLED" if _CANCELLED.match(title) else str(event.get("STATUS", ""))
    return Appointment(
        uid=uid,
        occurrence=which.isoformat() if which else "",
        title=_CANCELLED.sub("", title) or title,
        place=_words(event, "LOCATION"),
        description=storable(str(event.get("DESCRIPTION", ""))).strip()[:LONGEST],
        people=tuple(name or address for address, name in others[:20] if name or address),
        organizer=organizer,
        organizer_name=organizer_name,
        start=start,
        end=max(start, end),
        all_day=all_day,
        busy=str(event.get("TRANSP", "")).strip().upper() != "TRANSPARENT",
        state=_state(status.strip().upper(), answers),
        entered=_entered(event),
    )


def _state(status: str, answers: list[str]) -> State:
    if status == "CANCELLED":
        return "cancelled"
    if "DECLINED" in answers:
        return "declined"
    return "not answered" if "NEEDS-ACTION" in answers else "on"


def _entered(event: Any) -> datetime | None:
    for name in ("LAST-MODIFIED", "DTSTAMP", "CREATED"):
        at = getattr(event.get(name), "dt", None)
        if isinstance(at, datetime):
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _person(value: Any) -> tuple[str, str]:
    """Return address, in lower case, and name of somebody who takes part."""
    address = storable(str(value)).strip()
    address = address[7:] if address.lower().startswith("mailto:") else address
    name = str(getattr(value, "params", {}).get("CN", ""))
    return address.casefold(), " ".join(storable(name).strip(' "').split())[:200]


def _words(event: Any, name: str) -> str:
    return " ".join(storable(str(event.get(name, ""))).split())[:1_000]


def _instant(value: date | datetime, zone: tzinfo | None) -> datetime:
    if not isinstance(value, datetime):
        return in_zone(datetime(value.year, value.month, value.day), zone)
    return in_zone(value, zone) if value.tzinfo is None else value


def _listed(value: Any) -> list[Any]:
    """Return the values of a property that may stand there once, several times or not at all."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
