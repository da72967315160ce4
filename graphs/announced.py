"""Plans that the user announced in plain words: "Lunch with Sue today at 12:30", "due on Thursday".

Read from their own messages and notes as they stand, so that nothing waits for a claim. An
appointment names a day and a time, or where its words alone make it one ("On Friday I'm moving") a
day to come; a deadline names its day. Questions, conditions, guesses,
negations, quotations, the plans of others and what was are none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

from usermind.graphs.changed_plans import MOST_HEARD, is_no_plan
from usermind.graphs.plan_words import (
    DATE,
    DAY_AHEAD,
    INVITED_TO,
    READ,
    SENTENCE_END,
    SORTS,
    as_told,
    is_open,
    written_out,
)
from usermind.memory import UserMemory
from usermind.memory.clocks import HOURS, meant, times_in, without_times
from usermind.memory.journal import Observation, is_own_words
from usermind.memory.todo import DUE, TASK, task_words
from usermind.models.offline.dates import first_day, written
from usermind.models.unsure import UNSURE
from usermind.types import WEEKDAYS

LONGEST: Final = 200
"""Characters of a sentence that announces a plan."""
HOLDS: Final = timedelta(days=365)
"""For how long what takes place every week is believed to."""

_HAIL: Final = re.compile(
    r"^(?:[-*+]\s+)?(?:(?:hi|hey|hello|ok|okay|so|and|but|also|well|oh|ps|btw|"
    r"by the way)\b[,:!]?\s+)*",
    re.IGNORECASE,
)
_UNSURE: Final = re.compile(
    rf"\b(?:{UNSURE}|not|no longer|yesterday|ago|remind(?:er|ed)?|instead|cancel\w*|called|moved|"
    r"postponed|rescheduled)\b|n['’]t\b|[\"“”„«»]|^\s*>",
    re.IGNORECASE,
)
_ON: Final = re.compile(
    rf"(?:\b(?:on|by|before|for|at|the)\s+)*\b(?P<day>{DAY_AHEAD}|today|tonight|tomorrow|"
    rf"(?:(?:this|next|coming)\s+)?(?:{'|'.join(WEEKDAYS)})\b(?:,?\s+(?:the\s+)?(?P<of>{DATE}))?|"
    rf"{DATE})\b(?:\s+(?:morning|afternoon|evening|night))?(?!['’])",
    re.IGNORECASE,
)
_DAYS: Final = f"(?:{'|'.join(WEEKDAYS)})"
_EVERY: Final = re.compile(
    rf"\b(?:every|each)\s+(?P<what>{_DAYS}(?:(?:,| and)\s+{_DAYS})*|"
    r"day|weekday|workday|working day)\b",
    re.IGNORECASE,
)
_SORTS: Final = "|".join(
    dict.fromkeys(
        (
            *(*SORTS, *INVITED_TO),
            "appointment", "barber", "bus", "check-?up", "choir", "conference", "course", "demo",
            "dentist", "doctor", "ferry", "gig", "haircut", "hairdresser", "massage", "opera",
            "physio", "plane", "reservation", "review", "shift", "stand-?up", "sync", "therapy",
            "tour", "train", "viewing", "webinar", "workout",
        )
    )
)  # fmt: skip
_WE: Final = r"(?:I|we)"
_APPOINTMENT: Final = (
    re.compile(
        rf"^{_WE}(?:['’]ve| have)(?:\s+(?:got|also))*\s+(?P<what>(?:(?:a|an|my|the|our|another)\s|"
        rf"(?:{_SORTS})\b).+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^{_WE}(?:['’]m| am|['’]re| are)\s+(?:also\s+)?(?P<what>(?:meeting|seeing|"
        rf"visiting|flying|"
        r"picking up|collecting|driving|attending|having|going to|giving|at the)\s.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:{_WE}(?:['’]ll| will| must| need to| have to|['’]ve got to)\s+)?(?P<what>(?:pick up|"
        r"collect|fetch)\s.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^{_WE}(?:['’]ll| will| must| need to| have to|['’]ve got to)\s+(?P<what>(?:meet|"
        rf"be at|be in|"
        r"attend|catch|leave for|drive)\s.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:my|our|the)\s+(?P<what>(?:\w+\s+){{0,2}}(?:{_SORTS})(?:\s+(?:with|to|at|for|about)\s"
        r"[^,]{1,60}?)?)\s+(?:leaves|departs|starts|begins|takes off|takes place|"
        r"is)\b(?P<rest>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<what>(?:{_SORTS})\b(?!['’])(?!.*\b(?:is|are|was|were|has|have|had|will|"
        rf"went|did|does|"
        r"starts|sucks?|me|you)\b).*)$",
        re.IGNORECASE,
    ),
)
_OF_A_DAY: Final = re.compile(
    rf"^(?:{_WE}(?:['’]m| am|['’]re| are)\s+(?:also\s+)?(?P<what>(?:moving|travell?ing|flying|"
    r"leaving|visiting|meeting|seeing|hosting|attending|returning|coming back|getting married|"
    r"going (?:to|on|away|hiking|skiing|sailing|camping|back)|driving (?:to|up|down|home))\b.*)|"
    rf"{_WE}(?:['’]ve got| have)\s+(?:also\s+)?(?P<has>(?:(?:an?|my|our|the)\s+)?"
    rf"(?:[\w-]+\s+){{0,2}}?(?:{_SORTS}|operation|surgery|wedding|funeral|guests|visitors)\b.*)|"
    rf"(?:my|our)\s+(?P<own>(?:[\w-]+\s+){{0,2}}?(?:{_SORTS}|operation|surgery|wedding|move|flight))"
    r"\s+is\s+on\b.*)$",
    re.IGNORECASE,
)
"""Plans of which the day is enough."""
_NOT_OF_IT: Final = re.compile(r"\b(?:about|since|from|until|till|after|before)\b", re.IGNORECASE)
"""A day behind one of these is not that of the plan."""
_HALF: Final = re.compile(rf"\b(?:at )?half (?:{'|'.join(HOURS)})\b", re.IGNORECASE)
_DUE: Final = re.compile(
    r"^(?P<what>[^,]{2,80}?)\s+(?:is|are)\s+due\s+(?:back\s+)?(?P<by>on|by|"
    r"before)?\s*(?P<when>.+)$",
    re.IGNORECASE,
)
_TASK: Final = (
    re.compile(
        rf"^{_WE}(?:['’]ve got to| have got to| must| have to| need to|(?: am|['’]m| are|['’]re) "
        r"supposed to)\s+(?P<what>.+?)\s+(?P<by>by|before|(?:no|not) later than)\s+(?P<when>.+)$",
        re.IGNORECASE,
    ),
    _DUE,
    re.compile(
        r"^(?:my|our|the)\s+(?P<what>deadline(?:\s+for\s+[^,]{2,80}?)?)\s+is\s+(?P<by>on|by)?\s*"
        r"(?P<when>.+)$",
        re.IGNORECASE,
    ),
)
_TODO: Final = re.compile(
    r"^(?P<what>.+?)\s+(?P<by>by|before|no later than)\s+(?P<when>.+)$", re.IGNORECASE
)
_OTHERS: Final = re.compile(
    r"^(?:he|she|it|they|you|that|this|everyone|his|her|its|their|your|who|what|which|\w+['’]s|"
    r"(?-i:[A-Z]\w+ and [A-Z]\w+))\b(?!\s+(?:library|books))",
    re.IGNORECASE,
)
_FIRST_PERSON: Final = re.compile(r"^(?:I|we|my|our)\b", re.IGNORECASE)
_LEFT: Final = re.compile(r"^(?:(?:a|an|my|the|our|another)\s+)|[\s,.;:–-]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Announced:
    """One plan, or one time of several at which it is."""

    kind: Literal["appointment", "task"]
    text: str
    """As told to the user, with its day in full."""
    day: date
    clock: time | None
    """None: it is of that day."""
    said_in: str
    place: int
    """Which sentence of it."""


def announced(memory: UserMemory, *, until: datetime, zone: tzinfo | None) -> list[Announced]:
    """Return the plans that the user announced; what is over may be among them.

    Args:
        memory: Whose.
        until: Up to when what takes place every week is told.
        zone: The user's; None: that of the machine.
    """
    today, end = memory.now().astimezone(zone).date(), until.astimezone(zone).date()
    own = [one for one in memory.observations(limit=MOST_HEARD) if is_own_words(one)]
    done = {_ticked(one) for one in own}
    found: list[Announced] = []
    for one in own:
        for place, line in enumerate(SENTENCE_END.split(written_out(one.text))):
            if TASK.match(line) and task_words(line) in done:
                continue
            found += _read(line, one, place, today, end, memory.display_name, zone)
    return found


def _ticked(one: Observation) -> str | None:
    """Return the words of a task that is done."""
    mark = next((m for line in one.text.splitlines() if (m := TASK.match(line))), None)
    return task_words(one.text) if mark is not None and mark[1] != " " else None


def _read(
    line: str,
    one: Observation,
    place: int,
    today: date,
    end: date,
    name: str,
    zone: tzinfo | None,
) -> Iterator[Announced]:
    box = TASK.match(line)
    if len(line) > LONGEST or (box and (box[1] != " " or DUE.search(line))):
        return  # what has a mark is in the agenda
    said = one.at.astimezone(zone)
    bare = _HAIL.sub("", (task_words(line) or "") if box else line.strip(), count=1)
    if bare.endswith("?") or _UNSURE.search(bare):
        return
    bare = _day_last(" ".join(bare.split()).rstrip(" .!;"))
    if is_no_plan(bare, name):
        return
    task = _task(bare, listed=box is not None)
    if task is not None:
        day = _day(task["when"], said)
        if day is not None:
            clock = _clock(task["when"], said, day)
            if (task["by"] or "").lower() == "before" and clock is None:
                day -= timedelta(days=1)
            what = task["what"] if _DUE is not task.re else f"{task['what']} due"
            yield _told("task", what, day, clock, one.id, place)
        return
    what = next((m["what"] for shape in _APPOINTMENT if (m := shape.match(bare))), None)
    if box:
        return
    if what is None or _clock(bare, said, said.date()) is None:
        yield from _of_a_day(bare, one, place, said)
        return
    every = _EVERY.search(bare)
    if every is not None:
        for day in _days(every["what"], max(today, said.date()), end):
            clock = _clock(bare, said, day)
            if clock is not None and day - said.date() <= HOLDS:
                yield _told("appointment", _EVERY.sub(" ", what), day, clock, one.id, place)
        return
    found = _day(bare, said)
    clock = None if found is None else _clock(bare, said, found)
    if found is not None and clock is not None:
        yield _told("appointment", what, found, clock, one.id, place)


def _day_last(bare: str) -> str:
    """Return "I'm moving on Friday" for "On Friday I'm moving"."""
    found = _ON.match(bare)
    if found is None:
        return bare
    rest, when = bare[found.end() :].lstrip(), bare[: found.end()]
    clock = next(iter(times_in(rest)), None)
    if clock is not None and clock.start == 0:
        rest, when = rest[clock.end :], f"{when} {rest[: clock.end]}"
    rest = rest.lstrip(" ,")
    return f"{rest} {when}" if _FIRST_PERSON.match(rest) else bare


def _of_a_day(bare: str, one: Observation, place: int, said: datetime) -> Iterator[Announced]:
    """Yield a plan that names a day to come and no time."""
    found = _OF_A_DAY.match(bare)
    day = None if found is None else _day(bare, said)
    if found is None or day is None or day <= said.date():
        return
    if _EVERY.search(bare) or times_in(_ON.sub(" ", bare)) or _NOT_OF_IT.search(bare):
        return
    what = found["what"] or found["has"] or found["own"]
    yield _told("appointment", what, day, None, one.id, place)


def _task(bare: str, *, listed: bool) -> re.Match[str] | None:
    for shape in (*_TASK, *((_TODO,) if listed else ())):
        found: re.Match[str] | None = shape.match(bare)
        if found is not None and not _OTHERS.match(found["what"]):
            return found
    return None


def _day(text: str, said: datetime) -> date | None:
    """Return the one day that a text names; None where it names several, or none."""
    found = list(_ON.finditer(text))
    if len(found) != 1 or _is_open(text):
        return None
    return first_day(f"on {found[0]['of'] or found[0]['day']}", said)


def _is_open(text: str) -> bool:
    """Say whether a text names more of when than is read of it."""
    for one in reversed(times_in(text)):
        text = f"{text[: one.start]}{READ}{text[one.end :]}"
    # What is said to be at half nine is at a time that is told as it was said.
    text = _HALF.sub(READ, _ON.sub(READ, text))
    return is_open(" ".join(text.split()), timed=True)


def _days(names: str, begin: date, end: date) -> Iterator[date]:
    lower = names.lower()
    for ahead in range((end - begin).days + 1):
        day = begin + timedelta(days=ahead)
        working = lower in ("weekday", "workday", "working day") and day.weekday() < 5
        if lower == "day" or working or WEEKDAYS[day.weekday()].lower() in lower:
            yield day


def _clock(text: str, said: datetime, day: date) -> time | None:
    """Return the one time that a text names, with its end or without."""
    found = times_in(text)
    if len(found) != 1:
        return None
    # Of what was said at two, "at one" is not what is over; "at 1:30" may be.
    ahead = found[0].bare and day == said.date()
    return meant(found[0], text, after=said.time() if ahead else None)


def _told(
    kind: Literal["appointment", "task"],
    what: str,
    day: date,
    clock: time | None,
    said_in: str,
    place: int,
) -> Announced:
    bare = " ".join(_ON.sub(" ", without_times(what)).split())
    bare = _LEFT.sub("", _LEFT.sub("", bare)) or kind.capitalize()
    bare = as_told(bare)
    at = f" at {clock:%H:%M}" if clock is not None else ""
    when = f"{written(day)}{at}"
    due = kind == "task" and bare.lower().startswith("deadline")
    link = "on" if kind == "appointment" or due else "by"
    return Announced(
        kind, f"{bare[:1].upper()}{bare[1:]} {link} {when}", day, clock, said_in, place
    )
