"""What the user is to be reminded of, after all that they said of it.

A wish may be changed ("on Thursday instead"), taken back, or done before its time ("I already
called Kim").
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from usermind.graphs.plan_words import as_told, plan_words, written_out
from usermind.graphs.requested import (
    MISSED,
    OVERDUE,
    Missing,
    Requested,
    Unclear,
    moment_of,
    read_wish,
    time_alone,
    when_said,
    wishes_in,
)
from usermind.memory import UserMemory
from usermind.memory.journal import Observation, is_own_words
from usermind.models.offline.grammar import is_past
from usermind.models.offline.wishes import Asking, asking, asks_for_list, said_without_quotes
from usermind.models.offline.words import stem, tokens
from usermind.models.unsure import CONDITION, MIGHT, TOLD
from usermind.prompts import NO_REMINDERS, ReminderLine, Reminders
from usermind.types import MONTHS, WEEKDAYS

MOST: Final = 1_000
"""Messages with such words that are looked through, the newest."""
_SAME: Final = frozenset({"", "again", "it", "that", "this", "that again", "it again"})
_DONE: Final = re.compile(
    r"^(?:(?:ok|okay|oh|hey|hi|thanks|thank you|well|btw|by the way|done|no need|actually|so|and|"
    r"yes|no),?\s+)*(?:i|we)(?P<have>['’]ve| have)?\s+(?P<now>(?:(?:already|just|now|finally)\s+)*)"
    r"(?P<did>[a-z]+)\s+(?P<what>.+?)(?P<since>\s+already)?$",
    re.IGNORECASE,
)
_NOT_DONE: Final = re.compile(
    r"\b(?:not|no|never|but|nobody|no one|voicemail|busy|tr(?:y|ied)|almost|nearly|"
    rf"{CONDITION}|{MIGHT}|should|yesterday|last|ago|again|{TOLD})\b|n['’]t\b",
    re.IGNORECASE,
)
DID_WORDS: Final = ("already", "just", "have", "finally", "ve")
"""Words of which who tells that something is done says one."""
ANSWERED: Final = timedelta(hours=1)
"""How long after a wish without a time a message that is a time alone gives it one."""
_LACKS_TIME: Final[frozenset[Missing]] = frozenset({"time", "none", "past"})
MOST_LISTED: Final = 20
"""Reminders that one reply tells, at most."""
MISSING: Final[dict[Missing, str]] = {
    "time": "on which day, or at what time?",
    "what": "of what? Say it in one sentence with its day or time",
    "again": "I can remind you once, not again and again. Name one day or time",
    "condition": "I cannot tell when that is so. Name a day or a time instead",
    "none": "there is no such day or time. Name another one",
    "past": "that time is over. Name one that is to come",
}
"""What is said of a wish that lacks a usable time."""
LATELY: Final = 200
"""Messages with each of them that are looked through, the newest."""


def requested(memory: UserMemory, *, zone: tzinfo | None) -> list[Requested]:
    """Return what the user asked to be reminded of by now, and not longer than `MISSED` ago.

    Args:
        memory: Whose.
        zone: Where they are; None: that of the machine.
    """
    now = memory.now()
    return _once(
        one if now < one.over else replace(one, missed=True, over=one.at + MISSED)
        for one in _requests(memory, zone)
        if one.at <= now < one.at + MISSED
    )


def pending(memory: UserMemory, *, zone: tzinfo | None = None) -> list[Requested]:
    """Return what the user is still to be reminded of, because they asked for it; soonest first.

    Args:
        memory: Whose.
        zone: Where they are; None: that of the machine.
    """
    now = memory.now()
    return sorted(
        _once(one for one in _requests(memory, zone) if one.at > now), key=lambda one: one.at
    )


def reminders_for(memory: UserMemory, text: str, *, message: str = "") -> Reminders:
    """Return what a turn is told of reminders: what its message asks for, or what is to come.

    Args:
        memory: Whose.
        text: What the user says.
        message: Its id, once it is kept.
    """
    if asks_for_list(text):
        return Reminders(True, tuple(_line(one) for one in pending(memory)[:MOST_LISTED]))
    wishes = wishes_in(text, memory.now().astimezone())
    if not wishes and message and time_alone(text) is not None:
        answered = [one for one in pending(memory) if message in one.basis]
        return Reminders(False, tuple(_line(one) for one in answered)) if answered else NO_REMINDERS
    if not wishes and message and _refuses(text):
        return Reminders(lines=_taken_back(memory, message), refused=True)
    if not wishes:
        return NO_REMINDERS
    # Of what the message changes, the words and the day may be those of an earlier one.
    kept = [one for one in pending(memory) if message and one.said_in == message]
    clear = kept or [one for one in wishes if isinstance(one, Requested)]
    unclear = [
        ReminderLine(one.what, missing=MISSING[one.missing])
        for one in wishes
        if isinstance(one, Unclear)
    ]
    return Reminders(False, (*(_line(one) for one in clear), *unclear))


def _refuses(text: str) -> bool:
    heard = (asking(sentence) for sentence in said_without_quotes(text))
    return any(one is not None and one.does == "refuse" for one in heard)


def _taken_back(memory: UserMemory, message: str) -> tuple[ReminderLine, ...]:
    """Return what was to come before a message, and is not any more."""
    now = memory.now()
    left = {(one.said_in, one.what, one.at) for one in _requests(memory, None)}
    before = [one for one in _requests(memory, None, without=message) if one.at > now]
    gone = [one for one in before if (one.said_in, one.what, one.at) not in left]
    return tuple(_line(one) for one in sorted(_once(gone), key=lambda one: one.at))


def _line(one: Requested) -> ReminderLine:
    return ReminderLine(one.what, told_when(one), memory=one.said_in)


def told_when(one: Requested) -> str:
    """Return `on Monday 30 November at 09:00`."""
    at = one.at
    year = "" if at.year == one.said.year else f" {at.year}"
    return f"on {WEEKDAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}{year} at {at:%H:%M}"


def _once(found: Iterable[Requested]) -> list[Requested]:
    # Who says it twice means it once.
    kept = reversed(list(found))
    return list({(one.what.casefold(), one.at): one for one in kept}.values())[::-1]


def _requests(
    memory: UserMemory, zone: tzinfo | None, *, without: str | None = None
) -> list[Requested]:
    """Return what is asked for by all messages, or by all without one."""
    said = _own(memory, ("remind", "forget"), MOST)
    if said:
        said |= _own(memory, DID_WORDS, LATELY)
        # What stands alone as a time has no word of its own to be looked for by.
        said |= {one.id: one for one in memory.observations(limit=LATELY) if is_own_words(one)}
    found: list[Requested | Unclear] = []
    asked: tuple[Unclear, Observation] | None = None
    said.pop(without or "", None)
    for message in sorted(said.values(), key=lambda one: (one.at, int(one.id[1:]))):
        place = 0
        timely = None if asked is None else _timed(*asked, message, zone)
        if asked is not None and timely is not None:
            found = [timely if one is asked[0] else one for one in found]
            asked = None
            continue
        for sentence in said_without_quotes(message.text):
            heard = asking(sentence)
            if heard is None:
                found = _without_done(found, sentence)
            elif heard.does == "refuse":
                found = _without(found, heard.rest)
            else:
                at = message.at.astimezone(zone)
                read = list(read_wish(heard, message.id, place, at, zone))
                place += len(read)
                found = _with(found, read, heard, at, zone)
        lacking = [
            one
            for one in found
            if isinstance(one, Unclear) and one.said_in == message.id and one.missing in _LACKS_TIME
        ]
        asked = (lacking[0], message) if len(lacking) == 1 else None
    return [one for one in found if isinstance(one, Requested)]


def _timed(
    wish: Unclear, before: Observation, message: Observation, zone: tzinfo | None
) -> Requested | None:
    """Return a wish with the time that the next message says, where that is all it says."""
    when = time_alone(message.text)
    same = (message.session, message.source) == (before.session, before.source)
    if when is None or not same or message.at - before.at > ANSWERED:
        return None
    said = message.at.astimezone(zone)
    heard = Asking("wish", f"{when} to {wish.what}" if wish.what else when)
    read = list(read_wish(heard, message.id, 0, said, zone))
    if len(read) != 1 or not isinstance(read[0], Requested):
        return None
    return replace(read[0], what=wish.what, basis=(before.id, message.id))


def _own(memory: UserMemory, words: Sequence[str], limit: int) -> dict[str, Observation]:
    return {
        one.id: one
        for word in words
        for one in memory.observations(word=word, limit=limit)
        if is_own_words(one)
    }


def _meant(found: Sequence[Requested | Unclear], what: str) -> list[Requested | Unclear]:
    """Return the requests that are called so, the last one where it is called nothing."""
    words = plan_words(as_told(what))
    if not words.names and not words.sorts:
        return list(found[-1:])
    return [one for one in found if plan_words(one.what).alike(words)]


def _without(found: Sequence[Requested | Unclear], what: str) -> list[Requested | Unclear]:
    """Return requests without that which was taken back: by its words, or else the last one."""
    meant = _meant(found, what)
    return [one for one in found if one not in meant]


def _without_done(found: list[Requested | Unclear], sentence: str) -> list[Requested | Unclear]:
    """Return requests without what the user says they have done by now."""
    done = _DONE.match(sentence.strip(" .!"))
    if not found or done is None or sentence.endswith("?") or _NOT_DONE.search(sentence):
        return found
    if not (done["have"] or done["now"] or done["since"]) or not is_past(done["did"]):
        return found
    objects = _stems(as_told(done["what"]))
    did = stem(done["did"])

    def is_done(what: str) -> bool:
        first, *_ = tokens(what) or [""]
        meant = _stems(what) - {did}
        return stem(first) == did and bool(objects) and objects <= meant

    return [one for one in found if not is_done(one.what)]


def _stems(text: str) -> frozenset[str]:
    words = plan_words(text)
    return frozenset(stem(word) for word in words.names | words.sorts)


def _with(
    found: list[Requested | Unclear],
    read: Sequence[Requested | Unclear],
    heard: Asking,
    said: datetime,
    zone: tzinfo | None,
) -> list[Requested | Unclear]:
    """Return requests with new ones, each in the place of what it changes."""
    for one in read:
        bare = one.what.casefold() in _SAME
        if not heard.changes and not (bare and "again" in heard.rest.casefold()):
            found = [*found, one]
            continue
        what = heard.about if heard.does == "move" else "" if bare else one.what
        meant = _meant(found, what)
        before = meant[-1] if meant else None
        if isinstance(one, Unclear) or (heard.does == "move" and before is None):
            continue  # what is moved to no time, or is unknown, stays as it is
        if before is not None:
            one = replace(
                one,
                what=before.what if bare or heard.does == "move" else one.what,
                basis=(*(before.basis if isinstance(before, Requested) else ()), *one.basis),
            )
            if isinstance(before, Requested):
                one = _completed(one, before, heard.rest, said, zone)
            if heard.changes:
                found = [each for each in found if each is not before]
        found = [*found, one]
    return found


def _completed(
    one: Requested, before: Requested, rest: str, said: datetime, zone: tzinfo | None
) -> Requested:
    """Return a changed request with the day, or the time, that it leaves as it was."""
    when = when_said(written_out(rest), said)
    if when is None or when[2] is not None or (when[0] is None) == (when[1] is None):
        return one
    day, clock, _ = when
    if clock is None and before.timed:
        clock = before.at.timetz().replace(tzinfo=None)
    at = moment_of(day or before.at.date(), clock, said, zone)
    return replace(one, at=at, timed=clock is not None, over=at + OVERDUE) if at > said else one
