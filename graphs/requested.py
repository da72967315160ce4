"""What a message asks to be reminded of, and when.

"Remind me to call Eva tomorrow at 9": a plain request in their own words that names a day, a time
or a stretch of time. What is refused, told of somebody else, on a condition, again and again, or
asks about the past is none. One that names no time that can be used is known as `Unclear`, so that
the user can be told what is missing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

from usermind.graphs.plan_words import DATE, DAY_AHEAD, MONTH, READ, as_told, is_open, written_out
from usermind.memory.clocks import (
    CLOCK,
    HOUR,
    PARTS,
    is_impossible,
    meant,
    part_of_day,
    time_in,
    times_in,
    without_impossible,
    without_parts,
    without_times,
)
from usermind.memory.number_words import up_to
from usermind.memory.zones import in_zone
from usermind.models.offline.dates import absolute, first_day
from usermind.models.offline.wishes import Asking, asking, said_without_quotes
from usermind.types import WEEKDAYS

MORNING: Final = time(9)
"""When one is reminded of what names a day alone."""
OVERDUE: Final = timedelta(hours=12)
"""How long after its time it is still told as if it were due, where nobody looked at it."""
MISSED: Final = timedelta(days=7)
"""How long after its time it is told, in the digest, that it was missed."""

Missing = Literal["time", "what", "again", "condition", "none", "past"]
"""What a wish lacks: a time that is clear; "what": it is about "it"; "again": it is to come more
than once; "condition": it hangs on something; "none": there is no such day or time; "past": it is
over."""

_AGAIN: Final = re.compile(
    rf"\b(?:every|each) (?:other |second |single |\d+ |few )?(?:{'|'.join(WEEKDAYS)}|day|week|"
    r"fortnight|month|year|hour|minute|morning|noon|afternoon|evening|night|weekday|weekend)s?\b|"
    rf"\b(?:hourly|daily|weekly|monthly|yearly|always|regularly)\b|"
    rf"\bon (?:{'|'.join(WEEKDAYS)})s\b|\b(?:once|twice|times) (?:a|per) (?:day|week|month|year)\b",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"\b(?:if|unless|when(?:ever)?|once|as soon as|until I|every time|each time|in case)\b", re.I
)
_WONDERED: Final = re.compile(
    r"\b(?:ask|check|see|find out|know|decide|look|tell|say|wonder)\b(?: \w+){0,3}? "
    r"(?:if|whether|when)\b",
    re.IGNORECASE,
)
""" "to ask Eva if she comes" hangs on nothing."""
_GONE: Final = (
    r"(?<!about )(?<!from )(?<!of )\b(?:(?:on )?(?:the )?day before yesterday|yesterday|"
    r"(?:on )?last (?:night|week|month|year|"
    rf"{'|'.join(WEEKDAYS)})|(?:\w+ ){{0,3}}ago)\b(?!['’]s)"
)
_OVER: Final = re.compile(_GONE, re.IGNORECASE)
_OVER_THEN: Final = re.compile(
    rf"{_GONE}(?: (?:morning|afternoon|evening))?\W+{CLOCK}|\b{CLOCK}\W+{_GONE}", re.IGNORECASE
)
"""The same with its time: "yesterday at 9"."""
_LINK: Final = re.compile(
    rf"^(?P<when>.*?)\b(?P<link>(?:(?P<not>not|never) )?to(?! \d{{1,2}}\b)|about|of(?! {MONTH}\b)|"
    r"that|for)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER: Final = {"a": 1, "an": 1, **up_to(60)}
_AFTER: Final = re.compile(
    rf"\bin (?:(?P<half>half an hour)|(?P<count>\d{{1,3}}|{'|'.join(_NUMBER)})"
    r"(?P<more> and a half)? (?P<unit>minutes?|mins?|hours?|hrs?))\b(?: from now)?",
    re.IGNORECASE,
)
_NTH: Final = r"\d{1,2}(?:st|nd|rd|th)"
_DAYS: Final = (
    rf"{DAY_AHEAD}|(?:(?:this|next|coming) )?(?:{'|'.join(WEEKDAYS)})"
    rf"(?:,? (?:{DATE}|(?:the )?{_NTH}\b))?|today|tonight|tomorrow|{DATE}|"
    rf"the {_NTH}(?=\W*$|[,.;!?)]| (?:at|to|about|that|in|for|and|or|please|not|never|noon|from|"
    rf"midnight|by|before|around|\d|of(?! (?:the|this|that|next|every|each|{MONTH})\b)))"
)
_DAY: Final = re.compile(
    rf"(?<!last )(?<!past )\b(?:on |by |until )?(?P<day>{_DAYS})\b(?!['’]s)", re.IGNORECASE
)
_DATED: Final = re.compile(
    rf"(?:\w+ )?(?P<named>{'|'.join(WEEKDAYS)}),? (?P<date>(?:the )?\d.*|{MONTH} .*)",
    re.IGNORECASE,
)
"""A day that is named twice over: "Thursday the 17th"."""
_IN_DAYS: Final = re.compile(
    r"\bin (?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) (?:days?|weeks?)\b",
    re.I,
)
_FOR: Final = re.compile(rf"\b(?:for|of|from) (?:{_DAYS})\b", re.IGNORECASE)
_HEAD_FOR: Final = re.compile(rf"^for (?=(?:{_DAYS})\b|at \d|{HOUR})", re.IGNORECASE)
_WHEN: Final = (
    rf"(?:(?:(?:on|by|until|for) )?(?:{_DAYS})(?!['’]s)|{CLOCK}|"
    rf"in (?:\d{{1,3}}|half an|{'|'.join(_NUMBER)}) (?:minutes?|mins?|hours?|hrs?|days?|weeks?)|"
    r"(?:in the |this )?(?:morning|afternoon|evening)|at night)"
)
_AND: Final = (
    r"(?:\s*[,;]\s*(?:and\s+|then\s+|and then\s+)?|\s+(?:and|then|and then)\s+)"
    r"(?:also\s+|again\s+)?"
)
_NEXT: Final = re.compile(
    rf"{_AND}(?:(?:please\s+)?remind me\b\s*|(?=(?:{_WHEN}[\s,]+)+(?:to|about|of|that)\b))",
    re.IGNORECASE,
)
"""Before a further wish that says first when: "at 5 to water the plants, and at 6 to feed Bo"."""
_NEXT_DONE: Final = re.compile(
    rf"(?P<first>{_WHEN}){_AND}(?=(?:to\s+)?(?P<rest>[^,;]+\s{_WHEN}\W*$|{_WHEN}\W*$))",
    re.IGNORECASE,
)
"""The same where each says last when: "water the plants at 5 and feed Bo at 6"."""
_NOT_THEN: Final = re.compile(
    rf",?\s*(?:(?:and|but) )?(?:not|instead of|rather than)\s+(?:{_WHEN}\s*)+", re.IGNORECASE
)
""" "on Thursday, not tomorrow": when it is not to be."""
_BEFORE: Final = re.compile(
    rf"\b(?:(?P<half>half an hour)|(?P<count>\d{{1,3}}|{'|'.join(_NUMBER)}) "
    r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?)|the (?P<part>day|night|evening)) "
    r"(?:before|ahead of)\b",
    re.IGNORECASE,
)
_VAGUE: Final = re.compile(
    r"\b(?:again|soon|later|some ?time|next (?:week|month|year)|this (?:week|weekend|month)|"
    r"(?:at|on) the weekend)\b",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r"\b(?:again|soon|later|some ?time)\b", re.IGNORECASE)
_TELLS_WHEN: Final = re.compile(
    rf"\d|\b(?:{'|'.join(word for word in _NUMBER if len(word) > 2)}|{'|'.join(WEEKDAYS)}|{MONTH}|"
    r"half|quarter|past|after|before|next|between|or|weeks?|weekend|fortnight|months?|years?|"
    r"mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|midday|noon|time|yesterday|the \w+(?:st|nd|rd|th)|"
    r"(?:lunch|dinner|tea|bed)\w*|breakfast|brunch|supper|dawn|dusk|sunrise|sunset|UTC|GMT|CET)\b",
    re.IGNORECASE,
)
"""A word that says more of when, where nothing but when is said."""
_CLAUSE: Final = (
    r"(?:I|we|he|she|they|it|you|there|this|that|(?:my|our) \w+)(?:['’]\w+)?\s+\w+|"
    r"(?:thanks|thank you|thx)\b"
)
_ASIDE: Final = re.compile(
    rf"(?P<kept>{_WHEN})\s*(?:[,;–—]\s*(?:(?:and|but|so)\s+)?|(?:and|but|so)\s+)(?:{_CLAUSE}).*$",
    re.IGNORECASE | re.DOTALL,
)
"""What is said after a wish in its sentence: "call Ben at 9, and I love sailing"."""
_REPORTS: Final = re.compile(r"\b(?:tell|say|that|whether|if)\b", re.IGNORECASE)
_DANGLES: Final = re.compile(
    r"(?:\b(?:is|are|was|were|be|starts|begins|takes place)|['’]s)$", re.IGNORECASE
)
"""How "Tom's birthday is on Saturday" ends without its day."""
_IT: Final = frozenset({"it", "that", "this", "them", "these", "those"})


_ALONE: Final = re.compile(
    r"^(?:(?:ok|okay|oh|hm+|well|sorry|yes|sure|right|let['’]s say|make it|say|please)[,!:]?\s+)*"
    rf"(?P<when>(?:(?:{_WHEN}|(?:at )?\d{{1,2}}[:.]\d\d|(?:at )?(?:noon|midnight))[\s,]*)+|"
    r"\d{1,2})(?:,?\s*(?:please|thanks|thank you|then|"
    r"(?:is|would be) (?:fine|good|ok|okay|great|perfect)))*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Requested:
    """Something of which the user asked to be reminded."""

    said_in: str
    """Id of the message."""
    place: int
    """Which of the requests of that message, from 0."""
    what: str
    """As told to them: "call your mother"; empty: they did not say."""
    said: datetime
    at: datetime
    """When; aware, in the user's zone."""
    timed: bool
    """Whether they named a time, and not a day alone."""
    over: datetime
    """From when on it is of no use."""
    basis: tuple[str, ...] = ()
    """Ids of all the messages it rests on, `said_in` among them."""
    missed: bool = False
    """Whether its time is too long ago for it to be told as if it were due."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something of which the user asked to be reminded, at no time that can be used."""

    said_in: str
    what: str
    said: datetime
    missing: Missing


def wishes_in(text: str, said: datetime) -> list[Requested | Unclear]:
    """Return what a message alone asks to be reminded of, in its order.

    Args:
        text: The message.
        said: When it was written, in the zone of who wrote it.
    """
    zone = said.tzinfo
    found: list[Requested | Unclear] = []
    for sentence in said_without_quotes(text):
        heard = asking(sentence)
        if heard is not None and heard.does == "wish":
            found += read_wish(heard, "", len(found), said, zone)
    return found


def read_wish(
    heard: Asking, message: str, place: int, said: datetime, zone: tzinfo | None
) -> Iterator[Requested | Unclear]:
    """Yield the wishes of one sentence.

    Args:
        heard: What it asks.
        message: Id of the message; may be empty.
        place: How many wishes of that message came before.
        said: When it was said, in the zone.
        zone: The user's; None: that of the machine.
    """
    rest = _HEAD_FOR.sub("", _NOT_THEN.sub(" ", written_out(heard.rest)).strip(" .!?;"))
    about = as_told(" ".join(heard.about.split()).strip(" ,")) if heard.does == "wish" else ""
    day = first_day(written_out(heard.about), said) if heard.does == "wish" else None
    found: list[Requested | Unclear] = []
    what = ""
    for number, part in enumerate(_parts(_without_aside(rest))):
        one = _request(part, message, place + number, said, zone, day)
        if one.what == "" or (about and one.what.casefold() in _IT):
            one = replace(one, what=what or about)
        if isinstance(one, Requested):
            day = one.at.date() if _names_a_day(part) else day
        what = one.what
        found.append(one)
    # "At 9 and at 5 to take my pills": what is said last is to be done at both.
    what = next((one.what for one in found if one.what), "")
    earlier = heard.changes or re.search(r"\bagain\b", rest, re.IGNORECASE)
    for one in found:
        one = replace(one, what=one.what or what)
        if one.what.casefold() in _IT and not earlier:
            yield Unclear(message, "", said, "what")
        else:
            yield one


def _without_aside(rest: str) -> str:
    """Return a wish that says last when without what is said after it."""
    link, aside = _LINK.match(rest), _ASIDE.search(rest)
    if link is None or aside is None or re.search(_WHEN, link["when"], re.IGNORECASE):
        return rest
    kept, tail = rest[: aside.end("kept")], rest[aside.end("kept") :]
    if _REPORTS.search(kept) or _AGAIN.search(tail) or _CONDITION.search(tail):
        return rest
    return kept


def _parts(rest: str) -> list[str]:
    """Return the single wishes of "at 5 to water the plants, and at 6 to feed Bo"."""
    parts, begin = [], 0
    for cut in _NEXT.finditer(rest):
        part = rest[begin : cut.start()]
        if cut[0].strip(" ;,") or _LINK.match(part):  # "on Thursday, at 9 to call Eva" is one
            parts.append(part)
            begin = cut.end()
    parts.append(rest[begin:])
    link = _LINK.match(parts[0])
    if len(parts) > 1 or (link and re.search(_WHEN, link["when"], re.IGNORECASE)):
        return parts
    found = _NEXT_DONE.search(rest)
    if found is None:
        return parts
    first, second = rest[: found.end("first")], found["rest"]
    both_days = _names_a_day(found["first"]) and re.fullmatch(rf"(?:{_WHEN}\W*)+", second, re.I)
    return [rest] if both_days and not _names_a_day(second) else [first, second]


def _names_a_day(text: str) -> bool:
    return _DAY.search(text) is not None or _IN_DAYS.search(text) is not None


def _request(
    rest: str,
    message: str,
    place: int,
    said: datetime,
    zone: tzinfo | None,
    day: date | None,
) -> Requested | Unclear:
    """Return one wish.

    Args:
        rest: When and what.
        message: Id of the message.
        place: Which of its wishes.
        said: When, in the zone.
        zone: The user's.
        day: The day of what was said before it in the sentence, where that names one.
    """
    link = _LINK.match(rest)
    head, what = (link["when"], link["what"]) if link else ("", rest)
    # "remind me tomorrow about the talk on Friday": what stands first is when.
    first = bool(link) and (when_said(head, said) is not None or is_impossible(head))
    where = head if first else _FOR.sub(" ", rest)
    bare = _bare(what, whole=not first)
    if _DANGLES.search(bare):
        bare = " ".join(absolute(what, said, tense="future").split()).strip(" .,!?;:")
    told = as_told(f"{link['not']} to {bare}" if link and link["not"] else bare)
    if _AGAIN.search(rest):
        return Unclear(message, told, said, "again")
    if _CONDITION.search(_WONDERED.sub(" ", rest)):
        return Unclear(message, told, said, "condition")
    if is_impossible(where) or _no_day(where, said):
        return Unclear(message, told, said, "none")
    over = _OVER.search(where) is not None
    past = over if first else _OVER_THEN.search(where) is not None
    when = when_said(_OVER.sub(" ", where), said)
    if when is None:
        return Unclear(message, told, said, "past" if over else "time")
    named, clock, delta = when
    if past and named is None and delta is None:
        return Unclear(message, told, said, "past")
    if _unread(where, said, alone=first, timed=clock is not None or delta is not None):
        return Unclear(message, told, said, "time")
    if named is None and day is not None:
        clock = _clock(where, said, day)
    before = _BEFORE.search(where)
    if delta is not None and before is None:
        at, timed = said + delta, True
    else:
        at, timed = moment_of(named or day, clock, said, zone), clock is not None
        if before is not None:
            at, timed = _ahead_of(at, before, timed=timed)
    if at < said:
        return Unclear(message, told, said, "past")
    return Requested(message, place, told, said, at, timed, at + OVERDUE, (message,))


def _no_day(text: str, said: datetime) -> bool:
    """Say whether a text names a day that no calendar has."""
    return any(
        re.search(r"\d", each["day"])
        and _day_of(each["day"], said) is None
        and not re.fullmatch(r"\d{4}-\d\d-\d\d", each["day"])
        for each in _DAY.finditer(text)
    )


def _day_of(words: str, said: datetime) -> date | None:
    """Return the day that words mean; None where there is none, or they name two."""
    twice = _DATED.fullmatch(words)
    if twice is None:
        return first_day(f"on {words}", said)
    the = "the " if re.fullmatch(_NTH, twice["date"], re.IGNORECASE) else ""
    day = first_day(f"on {the}{twice['date']}", said)
    same = day is not None and WEEKDAYS[day.weekday()].lower() == twice["named"].lower()
    return day if same else None


def _unread(text: str, said: datetime, *, alone: bool, timed: bool) -> bool:
    """Say whether a text names more of when than can be read, so that a wrong time would be set.

    Args:
        text: Where the time was looked for.
        said: When it was said.
        alone: Whether it says nothing but when.
        timed: Whether a time was found.
    """
    days = {_day_of(each["day"], said) for each in _DAY.finditer(text)}
    days |= {first_day(each[0], said) for each in _IN_DAYS.finditer(text)}
    for pattern in (_PLAIN, _BEFORE, _AFTER, _IN_DAYS):
        text = pattern.sub(" " if pattern is _PLAIN else READ, text)
    times = times_in(text)
    for one in reversed(times):
        text = f"{text[: one.start]}{READ}{text[one.end :]}"
    meant = {one.at for one in times if alone or one.led}
    if len(days) > 1 or len(meant) > 1 or any(one.until and one.led for one in times):
        return True
    text = without_parts(_DAY.sub(READ, text))
    if alone and _TELLS_WHEN.search(text):
        return True
    return is_open(" ".join(text.split()), timed=timed)


def _ahead_of(at: datetime, before: re.Match[str], *, timed: bool) -> tuple[datetime, bool]:
    """Return the moment so long before another, and whether it is a time of the day."""
    if before["half"]:
        return at - timedelta(minutes=30), timed
    if before["part"]:
        part, day = before["part"].lower(), at - timedelta(days=1)
        clock = MORNING if part == "day" else PARTS[part]
        return day.replace(hour=clock.hour, minute=clock.minute), part != "day"
    count = _NUMBER.get(before["count"].lower()) or int(before["count"])
    unit = before["unit"].lower()
    if unit.startswith(("day", "week")):
        return at - timedelta(days=count * (7 if unit.startswith("w") else 1)), timed
    return at - (timedelta(minutes=count) if unit.startswith("m") else timedelta(hours=count)), True


def time_alone(text: str) -> str | None:
    """Return the day or time that is all a message says; None where it says anything else.

    >>> time_alone("Tomorrow at half past nine, please."), time_alone("Tomorrow is Monday.")
    ('Tomorrow at 9.30', None)
    """
    found = _ALONE.match(written_out(" ".join(text.split()).rstrip(" .!")))
    if found is None:
        return None
    when = found["when"].strip(" ,")
    return f"at {when}" if re.match(r"\d{1,2}$|noon|midnight", when, re.IGNORECASE) else when


def when_said(
    text: str, said: datetime
) -> tuple[date | None, time | None, timedelta | None] | None:
    """Return day, time, or stretch of time that a text names; None where it names none."""
    after = _AFTER.search(text)
    if after is not None:
        return None, None, _stretch(after)
    days = [_day_of(each["day"], said) for each in _DAY.finditer(text)]
    days += [first_day(each[0], said) for each in _IN_DAYS.finditer(text)]
    if any("tonight" in each["day"].lower() for each in _DAY.finditer(text)):
        days.append(said.date())
    if re.search(r"\b(?:today|this (?:morning|afternoon|evening))\b", text, re.IGNORECASE):
        days.append(said.date())
    day = min((each for each in days if each is not None), default=None)
    clock = _clock(text, said, day)
    return None if day is None and clock is None else (day, clock, None)


def _stretch(after: re.Match[str]) -> timedelta:
    if after["half"]:
        return timedelta(minutes=30)
    count = _NUMBER.get(after["count"].lower()) or float(after["count"])
    count += 0.5 if after["more"] else 0.0
    unit = after["unit"].lower()
    return timedelta(minutes=count) if unit.startswith("m") else timedelta(hours=count)


def _clock(text: str, said: datetime, day: date | None) -> time | None:
    """Return the time of the day that is meant."""
    at = time_in(text)
    if at is None:
        part = part_of_day(text)
        return PARTS[part] if part is not None else None
    # "At 5", said in the afternoon, is the 5 that is still to come today.
    return meant(at, text, after=said.time() if day in (None, said.date()) else None)


def moment_of(
    day: date | None, clock: time | None, said: datetime, zone: tzinfo | None
) -> datetime:
    """Return the moment that a day and a time mean, either of which may not be named."""
    at = datetime.combine(day or said.date(), clock or MORNING)
    if day is None and at <= said.replace(tzinfo=None):
        at += timedelta(days=1)
    moment = in_zone(at, zone)
    # Whoever says in the evening "remind me today" is reminded at once.
    return max(moment, said) if clock is None and day == said.date() else moment


def _bare(what: str, *, whole: bool) -> str:
    """Return what is to be done, without when.

    Args:
        what: As it was said.
        whole: Whether it also says when; else a day in it belongs to what is to be done.
    """
    if whole:
        kept = what
        for pattern in (_BEFORE, _AFTER, _IN_DAYS, _VAGUE):
            kept = pattern.sub(" ", kept)
        kept = without_impossible(without_times(kept))
        meant_for = list(_FOR.finditer(kept))
        for found in reversed(list(_DAY.finditer(kept))):
            if not any(each.start() <= found.start() < each.end() for each in meant_for):
                kept = f"{kept[: found.start()]} {kept[found.end() :]}"
        what = without_parts(kept)
    return " ".join(what.split()).strip(" .,!?;:")
