"""What is coming: entries of the agenda, and claims that name a day, in order of time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from usermind.memory import UserMemory
from usermind.memory.agenda import USUAL
from usermind.memory.propositions import Proposition
from usermind.memory.text import MONTHS
from usermind.models.offline.dates import WEEKDAYS, first_day

ComingKind = Literal["appointment", "task", "birthday"]

_CLOCK = re.compile(
    r"\bat (?P<hour>[01]?\d|2[0-3])(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap]\.?m\b\.?)?"
    r"(?! ?%|[\d/])|\bat (?P<word>noon|midnight)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\b(?:is|are) due\b|\bdeadline\b|\b(?:needs?|has|have|wants?|plans?|must|should)(?: to)? "
    r"(?:finish|submit|send|pay|renew|return|call|book|buy|hand in|cancel|reply|write)\b",
    re.IGNORECASE,
)
_BIRTHDAY = re.compile(r"\bbirthday\b|\banniversary\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:\w+day )?(\d{1,2} [A-Z][a-z]+) \d{4}")
_DAY_OF = re.compile(r"\b(?:on|by|until) (?:\w+day )?(?=\d{1,2} [A-Z][a-z]+ \d{4})")


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that begins or is due."""

    kind: ComingKind
    text: str
    """As its source says it."""
    starts: datetime
    """Aware; for what names a day alone its first moment."""
    ends: datetime
    timed: bool
    """Whether a time of the day is named."""
    basis: tuple[str, ...]
    """Ids of what says so."""
    matter: str
    """Names it: the same thing at another time is another matter."""

    def overlaps(self, other: "Coming") -> bool:
        """Say whether both take place at one time; only appointments at a time do."""
        both = self.kind == other.kind == "appointment" and self.timed and other.timed
        return both and self.starts < other.ends and other.starts < self.ends


def coming(memory: UserMemory, *, until: timedelta, zone: tzinfo | None) -> list[Coming]:
    """Return what begins or is due from now on, the soonest first.

    Args:
        memory: Whose.
        until: How far to look ahead.
        zone: In which claims name days and times; None: that of the machine.
    """
    now = memory.now()
    end = now + until
    found = [
        Coming(
            entry.kind,
            entry.text,
            entry.starts,
            entry.over,
            entry.starts.time() != time(),
            (entry.observation,),
            f"{entry.series}@{entry.starts.timestamp():.0f}",
        )
        for entry in memory.agenda.between(now, end)
        if entry.starts >= now
    ]
    for claim in memory.propositions.list(status="active"):
        one = _of_claim(claim, memory, now.astimezone(zone))
        if one is not None and now <= (one.starts if one.timed else one.ends) and one.starts < end:
            found.append(one)
    return sorted(found, key=lambda one: (one.starts, one.matter))


def in_meeting(memory: UserMemory) -> bool:
    """Say whether an appointment of the agenda is going on."""
    now = memory.now()
    return any(
        entry.kind == "appointment"
        and entry.starts.time() != time()  # what takes the whole day is no meeting
        and entry.starts <= now < entry.over
        for entry in memory.agenda.between(now, now + timedelta(seconds=1))
    )


def _of_claim(claim: Proposition, memory: UserMemory, now: datetime) -> Coming | None:
    day = first_day(claim.text, now)
    if day is None:
        return None
    birthday = bool(_BIRTHDAY.search(claim.text))
    if birthday:
        day = _next(day, now.date())
    clock = _time(claim.text)
    starts = datetime.combine(day, clock or time(), tzinfo=now.tzinfo)
    task = bool(_TASK.search(claim.text))
    if not _DAY_OF.search(claim.text) and not birthday:
        return None  # the day is told of, not announced: "since 3 May 2026"
    if clock is not None:
        ends = starts if task else starts + USUAL
    else:
        ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=now.tzinfo)
    text = _YEAR.sub(r"\1", claim.text) if birthday else claim.text
    return Coming(
        "birthday" if birthday else "task" if task else "appointment",
        text,
        starts,
        ends,
        clock is not None,
        (claim.id, *memory.propositions.supporters(claim.id)),
        f"{claim.id}@{starts.timestamp():.0f}",
    )


def _next(day: date, today: date) -> date:
    """Return when a day of the year comes next; 29 February counts as 1 March in other years."""
    for year in (today.year, today.year + 1):
        try:
            found = day.replace(year=year)
        except ValueError:
            found = date(year, 3, 1)
        if found >= today:
            return found
    raise AssertionError("next year's is to come")


def _time(text: str) -> time | None:
    """Return the time of the day that a text names.

    >>> _time("Ana has a dentist appointment on 3 December 2026 at 5 pm.")
    datetime.time(17, 0)
    """
    found = _CLOCK.search(text)
    if found is None:
        return None
    if found["word"]:
        return time(12) if found["word"].lower() == "noon" else time(0)
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found["minute"] or 0))


def clashes(ahead: Sequence[Coming]) -> list[list[Coming]]:
    """Return the groups of appointments that take place at one time, the soonest first.

    In a group each overlaps with one that begins before it.

    Args:
        ahead: In order of time.
    """
    groups: list[list[Coming]] = []
    for one in ahead:
        if one.kind != "appointment" or not one.timed:
            continue
        if groups and any(one.overlaps(other) for other in groups[-1]):
            groups[-1].append(one)
        else:
            groups.append([one])
    return [group for group in groups if len(group) > 1]


def lead(due: datetime, now: datetime, *, zone: tzinfo | None) -> str:
    """Return when something is due, as one says it: `in 45 minutes`, `tomorrow at 19:00`.

    What is due at midnight is told by its day. Nothing for what is past.
    """
    at, today = due.astimezone(zone), now.astimezone(zone).date()
    minutes = round((due - now).total_seconds() / 60)
    days = (at.date() - today).days
    if days < 0 or (minutes < 0 and at.time() != time()):
        return ""
    timed = at.time() != time()
    if timed and minutes <= 90:
        return "now" if minutes == 0 else f"in {minutes} minute{'s' if minutes > 1 else ''}"
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {WEEKDAYS[at.weekday()]}")
    if days > 6:
        day = f"on {at.day} {MONTHS[at.month - 1]}"
    return f"{day} at {at:%H:%M}" if timed else day
