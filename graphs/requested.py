"""What the user asked to be reminded of, and when.

"Remind me to call Eva tomorrow at 9": a plain request in their own words that names a day, a time
or a stretch of time. What is refused, told of somebody else, on a condition, again and again, or
asks about the past is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from usermind.graphs.plan_words import DATE, SENTENCE_END, named_time, plan_words
from usermind.memory import UserMemory
from usermind.memory.journal import Observation, is_own_words
from usermind.memory.zones import in_zone
from usermind.models.offline.dates import first_day
from usermind.types import WEEKDAYS

MOST: Final = 1_000
"""Messages with such words that are looked through, the newest."""
MORNING: Final = time(9)
"""When one is reminded of what names a day alone."""
OVERDUE: Final = timedelta(hours=12)
"""How long after its time it is still told as if it were due, where nobody looked at it."""
MISSED: Final = timedelta(days=7)
"""How long after its time it is told, in the digest, that it was missed."""

_QUOTED: Final = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]|^\s*>.*$", re.MULTILINE)
_LEAD: Final = re.compile(
    r"^(?:[-*+]\s+)?(?:(?:hey|hi|hello|ok|okay|so|and|also|then|oh|well|yes|no|thanks|thank you|"
    r"great|please|pls|could you|can you|would you|will you|i(?:['’]d| would) like you to|"
    r"i want you to|i need you to|don['’]t forget to|do not forget to|make sure to|be sure to|"
    r"make sure you)"
    r"[,!:]?\s+)*"
    r"(?:remind me\b(?!,? (?:who|what|when|where|why|how|which|whether|if|again)\b|:)|"
    r"(?:set|create|make|add)(?: me)? a reminder\b|i need a reminder\b|"
    r"(?:don['’]t|do not) let me forget\b)[,:]?\s*(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_OPEN: Final = re.compile(
    r"\b(?:if|unless|when(?:ever)?|once|as soon as|every|each|daily|weekly|monthly|yearly|"
    r"always|regularly)\b",
    re.IGNORECASE,
)
_LINK: Final = re.compile(
    r"^(?P<when>.*?)\b(?P<link>to|about|of|that|for)\s+(?P<what>.+)$", re.I | re.S
)
_REFUSED: Final = re.compile(
    r"^(?:(?:ok|okay|so|and|please|well|oh|no|thanks),?\s+)*(?:don['’]t|do not|never|no need to|"
    r"stop|cancel|delete|drop|never ?mind|forget|you need not|"
    r"you (?:don['’]t|do not|needn['’]t)(?: (?:need|have) to)?)\s+(?!forget\b).{0,40}?"
    r"\bremind(?:ers?|ing)?\b(?: me\b)?(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10,
    "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
_AFTER: Final = re.compile(
    rf"\bin (?:(?P<half>half an hour)|(?P<count>\d{{1,3}}|{'|'.join(_NUMBER)})"
    r"(?P<more> and a half)? (?P<unit>minutes?|mins?|hours?|hrs?))\b(?: from now)?",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"\b(?:at )?(\d{1,2}(?:[:.][0-5]\d)\s?(?:[ap]\.?m\b\.?)?|\d{1,2}\s?[ap]\.?m\b\.?|noon\b|"
    r"midnight\b)",
    re.IGNORECASE,
)
_PART: Final = {
    "morning": time(9), "noon": time(12), "afternoon": time(14), "evening": time(18),
    "tonight": time(20), "night": time(20),
}  # fmt: skip
_PARTS: Final = re.compile(
    r"\b(?:(?:in the |this |at )?(?P<part>morning|afternoon|evening|night)|(?P<tonight>tonight))\b",
    re.IGNORECASE,
)
_DAYS: Final = (
    rf"(?:(?:this|next|coming) )?(?:{'|'.join(WEEKDAYS)})|today|tonight|tomorrow|"
    rf"{DATE}"
)
_DAY: Final = re.compile(rf"\b(?:on |by |until )?(?P<day>{_DAYS})\b(?!['’]s)", re.IGNORECASE)
_IN_DAYS: Final = re.compile(
    r"\bin (?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) (?:days?|weeks?)\b",
    re.I,
)
_FOR: Final = re.compile(rf"\b(?:for|of|from) (?:{_DAYS})\b", re.IGNORECASE)
_HEAD_FOR: Final = re.compile(rf"^for (?=(?:{_DAYS})\b|at \d|\d|noon\b|midnight\b)", re.IGNORECASE)
_CERTAIN: Final = re.compile(
    r"\d\s?[ap]\.?m\b|\b(?:1[3-9]|2[0-3])(?:[:.]\d\d)?\b|\b0\d[:.]\d\d|\bnoon\b|\bmidnight\b",
    re.IGNORECASE,
)
"""A time of which it is clear in which half of the day it lies."""
_YOURS: Final = (
    (re.compile(r"\bI['’]m\b"), "you’re"), (re.compile(r"\bI am\b"), "you are"),
    (re.compile(r"\bI\b"), "you"), (re.compile(r"\bmy\b", re.I), "your"),
    (re.compile(r"\bme\b", re.I), "you"), (re.compile(r"\bmine\b", re.I), "yours"),
)  # fmt: skip


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
    missed: bool = False
    """Whether its time is too long ago for it to be told as if it were due."""


def requested(memory: UserMemory, *, zone: tzinfo | None) -> list[Requested]:
    """Return what the user asked to be reminded of by now, and not longer than `MISSED` ago.

    Args:
        memory: Whose.
        zone: Where they are; None: that of the machine.
    """
    now = memory.now()
    due = [
        one if now < one.over else replace(one, missed=True, over=one.at + MISSED)
        for one in _requests(memory, zone)
        if one.at <= now < one.at + MISSED
    ]
    # Who says it twice means it once.
    return list({(one.what.casefold(), one.at): one for one in reversed(due)}.values())[::-1]


def _requests(memory: UserMemory, zone: tzinfo | None) -> list[Requested]:
    said = {
        one.id: one
        for word in ("remind", "forget")
        for one in memory.observations(word=word, limit=MOST)
        if is_own_words(one)
    }
    found: list[Requested] = []
    for message in sorted(said.values(), key=lambda one: (one.at, int(one.id[1:]))):
        for place, sentence in enumerate(SENTENCE_END.split(_QUOTED.sub(" ", message.text))):
            refused = None if sentence.rstrip().endswith("?") else _REFUSED.match(sentence.strip())
            if refused is not None:
                found = _without(found, refused["what"])
            else:
                found += _read(sentence.strip(), message, place, zone)
    return found


def _without(found: list[Requested], what: str) -> list[Requested]:
    """Return requests without that which was taken back: by its words, or else the last one."""
    words = plan_words(_told(what))
    if not words.names and not words.sorts:
        return found[:-1]
    return [one for one in found if not plan_words(one.what).alike(words)]


def _read(
    sentence: str, message: Observation, place: int, zone: tzinfo | None
) -> Iterator[Requested]:
    lead = _LEAD.match(sentence)
    if lead is None or _OPEN.search(lead["rest"]):
        return
    rest = _HEAD_FOR.sub("", lead["rest"].strip(" .!?;"))
    said = message.at.astimezone(zone)
    link = _LINK.match(rest)
    head, what = (link["when"], link["what"]) if link else ("", rest)
    # "remind me tomorrow about the talk on Friday": what stands first is when.
    where = head if link and _when(head, said) is not None else _FOR.sub(" ", rest)
    when = _when(where, said)
    if when is None:
        return
    day, clock, delta = when
    if delta is not None:
        at, timed = said + delta, True
    else:
        at, timed = _moment(day, clock, said, zone), clock is not None
    over = at + OVERDUE
    yield Requested(
        message.id, place, _told(_bare(what, whole=where is not head)), said, at, timed, over
    )


def _when(text: str, said: datetime) -> tuple[date | None, time | None, timedelta | None] | None:
    """Return day, time, or stretch of time that a text names; None where it names none."""
    after = _AFTER.search(text)
    if after is not None:
        return None, None, _stretch(after)
    days = [first_day(f"on {each['day']}", said) for each in _DAY.finditer(text)]
    days += [first_day(each[0], said) for each in _IN_DAYS.finditer(text)]
    if any("tonight" in each["day"].lower() for each in _DAY.finditer(text)):
        days.append(said.date())
    if re.search(r"\btoday\b", text, re.IGNORECASE):
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
    bare = _BARE.search(text)
    clock = named_time(text) or (named_time(f"at {bare[1]}") if bare else None)
    part = _PARTS.search(text)
    named = (part["part"] or part["tonight"]).lower() if part else None
    if clock is None:
        return _PART[named] if named else None
    if not _CERTAIN.search(text) and 0 < clock.hour < 12:
        later = clock.replace(hour=clock.hour + 12)
        if named in ("afternoon", "evening", "tonight", "night"):
            return later
        # "at 5", said in the afternoon, is the 5 that is still to come today.
        today = day in (None, said.date()) and named is None
        if today and clock <= said.time() < later:
            return later
    return clock


def _moment(day: date | None, clock: time | None, said: datetime, zone: tzinfo | None) -> datetime:
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
        for pattern in (_AFTER, _IN_DAYS):
            kept = pattern.sub(" ", kept)
        meant = list(_FOR.finditer(kept))
        for found in reversed(list(_DAY.finditer(kept))):
            if not any(each.start() <= found.start() < each.end() for each in meant):
                kept = f"{kept[: found.start()]} {kept[found.end() :]}"
        kept = re.sub(
            r"\bat \d{1,2}(?:[:.]\d\d)?(?:\s?[ap]\.?m\b\.?)?|\bat (?:noon|midnight)", " ", kept
        )
        kept = _PARTS.sub(" ", _BARE.sub(" ", kept))
        what = kept
    return " ".join(what.split()).strip(" .,!?;:")


def _told(what: str) -> str:
    """Return words of the user as said to them."""
    for pattern, word in _YOURS:
        what = pattern.sub(word, what)
    return " ".join(what.split())
