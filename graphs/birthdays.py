"""Birthdays that the user wrote down: "Mum's birthday is on 3 May", or a list of them in a note."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

from usermind.graphs.plan_words import DATE, SENTENCE_END
from usermind.memory import UserMemory
from usermind.memory.journal import Observation, is_own_words
from usermind.models.offline.dates import first_day
from usermind.models.unsure import CONDITION, IF, MIGHT, PERHAPS, THOUGHT, TOLD, UNREAL

MOST: Final = 500
"""Messages and notes with such words that are looked through, the newest."""

_MARKS: Final = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[.\]\s+)?|[🎂🎉🎈]\ufe0f?|\*\*|__")
_NAME: Final = r"(?:(?:my|our)\s+)?(?:[\w’'-]+\s+){0,3}?[\w’'-]+?"
_SAID: Final = (
    re.compile(
        rf"^(?P<who>{_NAME})(?:['’]s?)\s+birthday(?:\s+is(?:\s+on)?|\s+falls\s+on|\s+on|\s*[:–-])"
        rf"\s*(?P<day>{DATE})\b[\s.!]*(?:\([^)]*\))?[\s.!]*$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:on\s+)?(?P<day>{DATE})\s*(?:is|[:–-])\s*(?P<who>{_NAME})(?:['’]s?)\s+birthday[\s.!]*$",
        re.IGNORECASE,
    ),
)
_LISTED: Final = (
    re.compile(rf"^(?P<who>{_NAME})\s*[:,–-]?\s+(?P<day>{DATE})[\s.!]*$", re.IGNORECASE),
    re.compile(rf"^(?P<day>{DATE})\s*[:,–-]?\s+(?P<who>{_NAME})[\s.!]*$", re.IGNORECASE),
)
_HEADING: Final = re.compile(r"(?:^|› )birthdays(?: list)?:?$", re.IGNORECASE)
_NOBODY: Final = re.compile(
    r"^(?:my|our|his|her|their|your|its|the|a|when|what|is|was|whose|if|and|not)$|"
    rf"\b(?:late|not|never|was|were|{CONDITION}|{PERHAPS}|{THOUGHT}|{TOLD})\b",
    re.IGNORECASE,
)
_OURS: Final = re.compile(r"^(?:my|our)\s+", re.IGNORECASE)


_DIED: Final = re.compile(
    r"^(?:(?:and|but|then|when|since)\s+)?(?P<who>(?:[\w’'-]+\s+){1,4}?)(?:(?:has|have|"
    r"had)\s+)?(?:sadly\s+)?"
    r"(?:died|passed away|(?:is|was) put (?:down|to sleep)|is (?:dead|no longer with us|"
    r"gone forever))\b",
    re.IGNORECASE,
)
_PART: Final = re.compile(r"(?<=[.!?;])\s+|\n+|,\s*(?:and|but|who)?\s*|\s+[–-]\s+")
_LATE: Final = re.compile(r"\b(?:my|our) late (?P<who>[\w’-]+(?: [A-Z][\w’-]+)?)", re.IGNORECASE)
_PRONOUN: Final = frozenset({"he", "she", "it", "they", "who"})
_WHOSE: Final = re.compile(
    r"^(?P<who>.{2,60}?)(?:['’]s?)?\s+(?:birthday|turns|anniversary)\b", re.I
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_SMALL: Final = frozenset({"my", "our", "your", "the", "is", "was", "s", "on", "then", "and"})


@dataclass(frozen=True, slots=True)
class Departed:
    """Those of whom the user said that they are dead, each by the words they are called by."""

    who: frozenset[frozenset[str]]

    def had(self, text: str, name: str) -> bool:
        """Say whether a birthday that is told of is one of theirs.

        Args:
            text: "Your dog Rex's birthday is on 3 December."
            name: What claims call the user.
        """
        found = _WHOSE.match(re.sub(rf"^{re.escape(name)}['’]s\s+", "", text))
        words = _called(found["who"]) if found is not None else frozenset()
        return bool(words) and any(words <= dead or dead <= words for dead in self.who)


def departed(memory: UserMemory) -> Departed:
    """Return those of whom the user said that they are dead."""
    found: set[frozenset[str]] = set()
    for word in (
        "died",
        "passed away",
        "put down",
        "put to sleep",
        "dead",
        "no longer with",
        "late",
    ):
        for one in memory.observations(word=word, limit=MOST):
            if is_own_words(one) and "?" not in one.text:
                found.update(_dead_in(one.text))
    return Departed(frozenset(found - {frozenset()}))


def _dead_in(text: str) -> Iterator[frozenset[str]]:
    before: frozenset[str] = frozenset()
    for part in _PART.split(text):
        late, died, whose = _LATE.search(part), _DIED.match(part.strip()), _WHOSE.match(part)
        if late is not None:
            yield _called(late["who"])
        if died is not None and not _NOT_DEAD.search(part):
            who = died["who"].strip()
            yield before if who.casefold() in _PRONOUN else _called(who)
        if whose is not None:
            before = _called(whose["who"])


def _called(who: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(who)) - _SMALL


_NOT_DEAD: Final = re.compile(
    rf"\b(?:not|never|almost|nearly|{IF}|{MIGHT}|{THOUGHT}|{UNREAL})\b|n['’]t\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Birthday:
    """Whose birthday is on which day of the year."""

    who: str
    """As told to the user: "your brother Tom"."""
    day: date
    """Of the year in which it was said, or of their birth."""
    said_in: str
    """Id of what says so, the latest."""


def birthdays(memory: UserMemory, *, zone: tzinfo | None) -> list[Birthday]:
    """Return the birthdays of others that the user wrote down; what was said last of one counts.

    Only plain statements: no question, guess, or word of somebody else.

    Args:
        memory: Whose.
        zone: Where the user is; None: that of the machine.
    """
    found: dict[str, Birthday] = {}
    said = [one for one in memory.observations(word="birthday", limit=MOST) if is_own_words(one)]
    for one in sorted(said, key=lambda each: (each.at, int(each.id[1:]))):
        for each in _read(one, zone):
            found[_OURS.sub("", each.who.removeprefix("your ")).casefold()] = each
    return list(found.values())


def _read(message: Observation, zone: tzinfo | None) -> Iterator[Birthday]:
    lines = message.text.split("\n")
    listed = _HEADING.search(lines[0].strip().lstrip("#").strip()) is not None
    for line in SENTENCE_END.split(message.text):
        bare = " ".join(_MARKS.sub(" ", line).split())
        for pattern in (*_SAID, *(_LISTED if listed else ())):
            match = pattern.match(bare)
            if match is None or _NOBODY.search(match["who"].strip()):
                continue
            day = first_day(f"on {match['day']}", message.at.astimezone(zone))
            if day is not None:
                who = _OURS.sub("your ", match["who"].strip())
                yield Birthday(who, day, message.id)
                break
