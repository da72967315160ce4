"""What is coming: entries of the agenda, and claims that name a day, in order of time.

The same thing in several places is one, and what the user says is off or moved is not where it was.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

from usermind.errors import UnknownItemError
from usermind.graphs.announced import Announced, announced
from usermind.graphs.birthdays import Birthday, birthdays, departed
from usermind.graphs.changed_plans import PlanChange, is_no_plan, plan_changes
from usermind.graphs.done_tasks import ToDo, ended
from usermind.graphs.plan_words import PlanWords, plan_words
from usermind.memory import UserMemory
from usermind.memory.agenda import USUAL, Entry
from usermind.memory.clocks import in_figures, meant, time_in
from usermind.memory.journal import USER, number
from usermind.memory.propositions import Proposition
from usermind.memory.todo import task_text
from usermind.memory.zones import in_zone
from usermind.models.offline.dates import first_day, written
from usermind.models.offline.wishes import tells_of_reminding
from usermind.types import MONTHS, WEEKDAYS

OFTEN: Final = 3
"""Days of a week from which on what takes place at the same time is a routine."""
ComingKind = Literal["appointment", "task", "birthday"]

_TASK = re.compile(
    r"\b(?:is|are) due\b|\bdeadline\b|\b(?:needs?|has|have|wants?|plans?|must|should)(?: to)? "
    r"(?:finish|submit|send|pay|renew|return|call|book|buy|hand in|cancel|reply|write)\b",
    re.IGNORECASE,
)
_BIRTHDAY = re.compile(r"\bbirthday\b|\banniversary\b|\bturns \d{1,3}\b", re.IGNORECASE)
_TURNS = re.compile(r"\bturns \d{1,3}\b", re.IGNORECASE)
_BIRTHDAY_WAS = re.compile(r"\b(?:birthday|anniversary) (?:was|were|has been)\b", re.IGNORECASE)
_BIRTHDAY_WORDS = re.compile(r"\bbirthday\b|\bturns \d{1,3}\b|\bis on\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:\w+day )?(\d{1,2} [A-Z][a-z]+) \d{4}")
_DAY_OF = re.compile(r"\b(?:on|by|until) (?:\w+day )?(?=\d{1,2} [A-Z][a-z]+ \d{4})")


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that begins or is due."""

    kind: ComingKind
    text: str
    """As its source says it; a task of a note without its marks."""
    starts: datetime
    """Aware; for what names a day alone its first moment."""
    ends: datetime
    timed: bool
    """Whether a time of the day is named."""
    basis: tuple[str, ...]
    """Ids of what says so."""
    matter: str
    """Names it: the same thing at another time is another matter."""
    busy: bool = True
    """Whether it takes the user's time; not what a calendar shows as free."""
    by: str | None = None
    """Who says so, where all that does is a third party's; None: the user, or what they use."""
    usual: bool = False
    """Whether nobody said how long it takes: it ends when most do."""

    @property
    def takes_time(self) -> bool:
        """Whether it is an appointment at a time, for which the user has to be there."""
        return self.kind == "appointment" and self.timed and self.busy

    def overlaps(self, other: "Coming") -> bool:
        """Say whether both take the same time; only appointments at a time do."""
        both = self.takes_time and other.takes_time
        return both and self.starts < other.ends and other.starts < self.ends

    def counts(self, at: datetime) -> bool:
        """Say whether it is still to come: what names a day alone is until that day ends."""
        return at <= self.starts if self.timed else at < self.starts + timedelta(days=1)


def coming(memory: UserMemory, *, until: timedelta, zone: tzinfo | None) -> list[Coming]:
    """Return what begins or is due from now on, the soonest first; what names today too.

    Args:
        memory: Whose.
        until: How far to look ahead.
        zone: In which claims name days and times; None: that of the machine.
    """
    return around(memory, until=until, zone=zone).ahead


def in_meeting(memory: UserMemory, *, zone: tzinfo | None = None) -> bool:
    """Say whether an appointment is going on that takes the user's time; see `coming`."""
    return around(memory, until=timedelta(seconds=1), zone=zone).meeting


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around the present, of one reading."""

    ahead: list[Coming]
    """As `coming` returns it."""
    meeting: bool
    """Whether an appointment is going on that takes the user's time."""
    late: list[Coming]
    """Tasks of the agenda whose time is over, the first known first."""


def around(
    memory: UserMemory,
    *,
    until: timedelta,
    since: timedelta = timedelta(0),
    zone: tzinfo | None,
) -> Around:
    """Return what is coming, going on and late.

    Args:
        memory: Whose.
        until: How far to look ahead.
        since: How long ago a task was due that is still told of, at most.
        zone: The user's; None: that of the machine.
    """
    now = memory.now()
    end = now + until
    changes = plan_changes(memory, zone=zone)
    known = _known(memory, end, changes, zone)
    ahead = [one for one in known if one.counts(now) and one.starts < end]
    meeting = any(one.takes_time and one.starts <= now < one.ends for one in known)
    late = _overdue(memory, since, changes, zone) if since else []
    # What is over by now was open, perhaps, when they said that "the report" is done.
    done = _done(memory, [*known, *late], zone)
    return Around(
        sorted(
            (one for one in ahead if one.matter not in done),
            key=lambda one: (one.starts, one.matter),
        ),
        meeting,
        [one for one in late if one.matter not in done],
    )


def _done(memory: UserMemory, found: Sequence[Coming], zone: tzinfo | None) -> set[str]:
    """Return the matters of tasks that the user says are done."""
    tasks = {
        one.matter: ToDo(one.text, max(_numbers(one), default=0), one.ends)
        for one in found
        if one.kind == "task"
    }
    return ended(memory, tasks, zone=zone)


def _known(
    memory: UserMemory, end: datetime, changes: Sequence[PlanChange], zone: tzinfo | None
) -> list[Coming]:
    """Return what is going on or coming until a moment, each once, after what the user said of it.

    What is over may be among it.
    """
    now = memory.now()
    # Which one was meant by "the meeting is off" is the next one from when that was said.
    begin = min([now, *(change.said for change in changes)])
    found = [_of_entry(entry) for entry in memory.agenda.between(begin, end)]
    found += [_of_announced(each, zone) for each in announced(memory, until=end, zone=zone)]
    for claim in memory.propositions.list(status="active"):
        one = _of_claim(claim, memory, now.astimezone(zone), zone)
        if one is not None:
            found.append(one)
    today = now.astimezone(zone).date()
    name = memory.display_name
    found += [
        _of_birthday(each, today, zone)
        for each in birthdays(memory, zone=zone)
        if each.who.casefold() != name.casefold()
    ]
    dead = departed(memory)
    found = [one for one in found if one.kind != "birthday" or not dead.had(one.text, name)]
    for change in changes:
        found = _changed(found, change, name, zone=zone)
    return _merged(found, name)


def _overdue(
    memory: UserMemory, since: timedelta, changes: Sequence[PlanChange], zone: tzinfo | None
) -> list[Coming]:
    now = memory.now()
    entries = memory.agenda.between(now - since, now)
    found = [_of_entry(one) for one in entries if one.kind == "task" and one.over <= now]
    for change in changes:
        found = _changed(found, replace(change, moved=False), memory.display_name, zone=zone)
    return _merged(found, memory.display_name)


def _of_entry(entry: Entry) -> Coming:
    return Coming(
        entry.kind,
        task_text(entry.text) if entry.kind == "task" else entry.text,
        entry.starts,
        entry.over,
        not entry.all_day,
        (entry.observation,),
        f"{entry.thing}@{entry.starts.timestamp():.0f}",
        entry.busy,
        entry.by,
    )


def _merged(found: Sequence[Coming], name: str) -> list[Coming]:
    """Return what is coming with the same thing in several places as one."""
    groups: list[tuple[list[PlanWords], list[Coming]]] = []
    for one in sorted(found, key=lambda one: (_first(one), one.matter)):
        words = _words_of(one, name)
        for others, group in groups:
            if _at_once(one, group[0]) and all(words.alike(other) for other in others):
                others.append(words)
                group.append(one)
                break
        else:
            groups.append(([words], [one]))
    return [_one_of(group) for _, group in groups]


def _words_of(one: Coming, name: str) -> PlanWords:
    text = _BIRTHDAY_WORDS.sub(" ", one.text) if one.kind == "birthday" else one.text
    return plan_words(text, [name])


def _at_once(one: Coming, other: Coming) -> bool:
    if set(_numbers(one)) & set(_numbers(other)) and "birthday" not in (one.kind, other.kind):
        # A claim and the words it was made from, each read in its own way.
        return one.starts.date() == other.starts.date()
    if one.kind != other.kind or one.timed != other.timed:
        return False
    if one.timed:
        return one.starts == other.starts
    return one.starts.date() == other.starts.date()


def _one_of(group: Sequence[Coming]) -> Coming:
    """Return one for several that are the same, the first known first: it names the matter."""
    own = [one for one in group if one.by is None] or group
    # A calendar knows how long it takes; what is only said takes as long as most do.
    ends = next((one.ends for one in own if not one.usual), own[0].ends)
    told = next((one.text for one in own if one.basis[0].startswith("p")), own[0].text)
    return replace(
        own[0],
        text=told,
        ends=ends,
        basis=tuple(dict.fromkeys(id_ for one in group for id_ in one.basis)),
        matter=group[0].matter,
        busy=all(one.busy for one in own),
    )


def _numbers(one: Coming) -> list[int]:
    return [number(id_, "o") for id_ in one.basis if id_.startswith("o")]


def _first(one: Coming) -> int:
    return min(_numbers(one), default=0)


def _changed(
    found: Sequence[Coming], change: PlanChange, name: str, *, zone: tzinfo | None
) -> list[Coming]:
    """Return what is coming after the user said that something is off, or moved."""
    words = plan_words(change.what, [name])
    if not words.names and not words.sorts:
        return list(found)  # "my appointment" may be any
    meant = [
        one
        for one in sorted(found, key=lambda one: one.starts)
        if one.kind != "birthday"
        and max(_numbers(one), default=0) < change.heard
        and _is_meant(plan_words(one.text, [name]), words)
        and (one.counts(change.said) if change.day is None else _day(one, zone) == change.day)
    ]
    if change.day is None:
        # "The meeting" may be any of several; "the meeting with Eva" is the next one.
        next_ = [one for one in meant if _at_once(one, meant[0])]
        meant = next_ if words.names or len(next_) == len(meant) else []
    left = [one for one in found if one not in meant]
    if not change.moved:
        return left
    day = change.to_day or change.day or (_day(meant[0], zone) if meant else None)
    return left if day is None else [*left, _moved(change, day, meant, zone=zone)]


def _is_meant(plan: PlanWords, named: PlanWords) -> bool:
    """Say whether a plan may be what is spoken of; what has a name is not one that has none."""
    return plan.alike(named) and (bool(plan.names) or not named.names)


def _day(one: Coming, zone: tzinfo | None) -> date:
    return one.starts.astimezone(zone).date() if one.timed else one.starts.date()


def _moved(
    change: PlanChange, day: date, before: Sequence[Coming], *, zone: tzinfo | None
) -> Coming:
    starts = _moment(day, change.to_time or time(), zone)
    timed = change.to_time is not None
    if not timed:
        ends = _moment(day + timedelta(days=1), time(), zone)
    elif before and before[0].timed:
        ends = starts + (before[0].ends - before[0].starts)
    else:
        ends = starts + USUAL
    at = f" at {starts:%H:%M}" if timed else ""
    when = f"{written(day)}{at}"
    return Coming(
        before[0].kind if before else "appointment",
        f"{change.title} on {when}",
        starts,
        ends,
        timed,
        change.basis,
        f"{change.basis[0]}@{starts.timestamp():.0f}",
    )


def _moment(day: date, at: time, zone: tzinfo | None) -> datetime:
    return in_zone(datetime.combine(day, at), zone)


def _of_claim(
    claim: Proposition, memory: UserMemory, now: datetime, zone: tzinfo | None
) -> Coming | None:
    day = first_day(claim.text, now)
    if day is None:
        return None
    birthday = bool(_BIRTHDAY.search(claim.text))
    if birthday and _is_no_birthday(claim.text, memory.display_name):
        return None
    if birthday and not _TURNS.search(claim.text):
        day = _next(day, now.date())
    at = time_in(in_figures(claim.text))
    clock = meant(at, claim.text) if at is not None else None
    starts = _moment(day, clock or time(), zone)
    task = bool(_TASK.search(claim.text))
    if not _DAY_OF.search(claim.text) and not birthday:
        return None  # the day is told of, not announced: "since 3 May 2026"
    if is_no_plan(claim.text, memory.display_name) or tells_of_reminding(claim.text):
        return None  # what they ask to be reminded of comes as such, and once
    if clock is not None:
        ends = starts if task else starts + USUAL
    else:
        ends = _moment(day + timedelta(days=1), time(), zone)
    text = _YEAR.sub(r"\1", claim.text) if birthday else claim.text
    supporters = memory.propositions.supporters(claim.id)
    try:
        by = _by(memory, supporters)
    except UnknownItemError:
        return None  # forgotten just now
    return Coming(
        "birthday" if birthday else "task" if task else "appointment",
        text,
        starts,
        ends,
        clock is not None,
        (claim.id, *supporters),
        f"{claim.id}@{starts.timestamp():.0f}",
        by=by,
        usual=True,
    )


def _is_no_birthday(text: str, name: str) -> bool:
    """Say whether a birthday is the user's own, or told of as over."""
    own = re.compile(
        rf"^(?:{re.escape(name)}['’]s (?:\w+ )?birthday|{re.escape(name)} turns)\b", re.I
    )
    return own.search(text) is not None or _BIRTHDAY_WAS.search(text) is not None


def _of_announced(one: Announced, zone: tzinfo | None) -> Coming:
    starts = _moment(one.day, one.clock or time(), zone)
    if one.clock is None:
        ends = _moment(one.day + timedelta(days=1), time(), zone)
    else:
        ends = starts + USUAL if one.kind == "appointment" else starts
    return Coming(
        one.kind,
        one.text,
        starts,
        ends,
        one.clock is not None,
        (one.said_in,),
        f"{one.said_in}.{one.place}@{starts.timestamp():.0f}",
        usual=True,
    )


def _of_birthday(one: Birthday, today: date, zone: tzinfo | None) -> Coming:
    day = _next(one.day, today)
    starts = _moment(day, time(), zone)
    whose = f"{one.who[:1].upper()}{one.who[1:]}{'’' if one.who.endswith('s') else '’s'}"
    return Coming(
        "birthday",
        f"{whose} birthday is on {day.day} {MONTHS[day.month - 1]}.",
        starts,
        _moment(day + timedelta(days=1), time(), zone),
        False,
        (one.said_in,),
        f"birthday of {one.who.casefold()}@{starts.timestamp():.0f}",
    )


def _by(memory: UserMemory, supporters: Sequence[str]) -> str | None:
    """Return who said so first, where only third parties did; raises `UnknownItemError`."""
    said = [memory.observation(id_) for id_ in supporters]
    if not said or any(one.author == USER or one.tier != "third_party" for one in said):
        return None
    return said[0].author


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


def routines(ahead: Sequence[Coming], *, zone: tzinfo | None) -> set[str]:
    """Return the matters of what takes place at one time on several days: the daily standup.

    Args:
        ahead: What is coming; of a week at least.
        zone: The user's; None: that of the machine.
    """
    groups: dict[tuple[str, time], list[Coming]] = {}
    for one in ahead:
        if one.takes_time:
            at = one.starts.astimezone(zone).time()
            title = _DAY_OF.split(one.text.partition("\n")[0])[0].casefold()
            groups.setdefault((title, at), []).append(one)
    return {
        one.matter
        for group in groups.values()
        if len({each.starts.astimezone(zone).date() for each in group}) >= OFTEN
        for one in group
    }


def clashes(ahead: Sequence[Coming]) -> list[list[Coming]]:
    """Return the groups of appointments that take place at one time, the soonest first.

    In a group each overlaps with one that begins before it.

    Args:
        ahead: In order of time.
    """
    groups: list[list[Coming]] = []
    for one in ahead:
        if not one.takes_time:
            continue
        if groups and any(one.overlaps(other) for other in groups[-1]):
            groups[-1].append(one)
        else:
            groups.append([one])
    return [group for group in groups if len(group) > 1]


def lead(due: datetime, now: datetime, *, zone: tzinfo | None, timed: bool | None = None) -> str:
    """Return when something is due, as one says it: `in 45 minutes`, `tomorrow at 19:00`.

    Nothing for what is past.

    Args:
        due: When; the first moment of its day where it names no time.
        now: The present.
        zone: The user's; None: that of the machine.
        timed: Whether it names a time of the day. None: nobody knows, and midnight is told by its
            day.
    """
    at, today = due.astimezone(zone), now.astimezone(zone).date()
    if timed is None:
        timed = at.time() != time()
    minutes = round((due - now).total_seconds() / 60)
    days = (at.date() - today).days
    if days < 0 or (minutes < 0 and timed):
        return ""
    if timed and minutes <= 90:
        return "now" if minutes == 0 else f"in {minutes} minute{'s' if minutes > 1 else ''}"
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {WEEKDAYS[at.weekday()]}")
    if days > 6:
        day = f"on {at.day} {MONTHS[at.month - 1]}"
    return f"{day} at {at:%H:%M}" if timed else day
