"""What a plan is about, in words."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from usermind.memory.clocks import in_figures, without_times
from usermind.memory.ranking import STOP_WORDS, TIME_WORDS
from usermind.memory.todo import task_words
from usermind.models.offline.dates import months_in_full
from usermind.types import MONTHS

SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
"""What stands between two plain statements of the user's; a line is one, too."""
_MONTH: Final = f"(?:{'|'.join(MONTHS)})"
DATE: Final = (
    rf"(?:(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?|"
    rf"{_MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d)"
)
"""Pattern of a day that is named by its month; case does not count."""
_DATE: Final = re.compile(rf"\b{DATE}\b", re.IGNORECASE)
_LABEL: Final = re.compile(r"^Invited, not answered: ")
_GUESTS: Final = re.compile(r"\bwith ((?:[A-ZÀ-ÖØ-Þ][\w’'-]*(?:,? and |, | )?)+)")
_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(r"[^\W_]+(?:['’](?!s\b)\w+)?")
SORTS: Final = (
    "breakfast", "call", "class", "coffee", "date", "dinner", "exam", "flight", "game",
    "interview", "lecture", "lesson", "lunch", "match", "meeting", "party", "practice",
    "rehearsal", "session", "training", "trip", "visit", "workshop",
)  # fmt: skip
"""Words for what many plans are: alone they name none."""
EVENING_SORTS: Final = (
    "dinner", "drinks?", "beers?", "supper", "party", "concert", "cinema", "movie", "film",
)  # fmt: skip
"""Patterns of what takes place in the evening, where nobody says otherwise."""
INVITED_TO: Final = (
    "breakfast", "brunch", "coffee", "tea", "lunch", *EVENING_SORTS, "pizza", "walk", "tennis",
    "football", "squash", "badminton", "swimming", "gym", "yoga", "theat(?:re|er)", "barbecue",
    "bbq", "picnic", "call", "zoom", "meeting", "chat",
)  # fmt: skip
"""Patterns of what people ask each other to."""
_SORTS: Final = frozenset((*SORTS, "deadline"))
_NOTHING = """
    appointment attend attending attends due event go goes going need needs plan planned plans
    scheduled take takes taking want wants
"""
_FILLING: Final = frozenset(_NOTHING.split())
_YOURS: Final = (
    (re.compile(r"\bI['’]m\b", re.I), "you’re"), (re.compile(r"\bI am\b", re.I), "you are"),
    (re.compile(r"\bI\b", re.I), "you"), (re.compile(r"\bmy\b", re.I), "your"),
    (re.compile(r"\bme\b", re.I), "you"), (re.compile(r"\bmine\b", re.I), "yours"),
)  # fmt: skip
COMMON: Final = 0.5
"""Share of all their words that two plans have in common from which they are one."""


@dataclass(frozen=True, slots=True)
class PlanWords:
    """The words of a plan that tell it from others, without when it is."""

    names: frozenset[str]
    sorts: frozenset[str]
    """What kind of thing it is: a meeting, a class."""
    guests: frozenset[str] = frozenset()
    """Those of the names that it is with."""

    @property
    def numbers(self) -> frozenset[str]:
        """Those of the names that number it: "project A7"."""
        return frozenset(name for name in self.names if _DIGIT.search(name))

    def alike(self, other: "PlanWords") -> bool:
        """Say whether two are about one thing, as far as words tell."""
        telling = (
            (self.sorts, other.sorts),
            (self.guests, other.guests),
            (self.numbers, other.numbers),
        )
        if any(ours and theirs and not ours & theirs for ours, theirs in telling):
            return False
        if not self.names or not other.names:
            return bool(self.sorts & other.sorts)
        common = self.names & other.names
        if common in (self.names, other.names):
            return True
        return len(common) >= COMMON * len(self.names | other.names)


def plan_words(text: str, names: Collection[str] = ()) -> PlanWords:
    """Return what a plan is about.

    Args:
        text: A claim, an appointment with its title in the first line, or a note with a task.
        names: What the user is called.

    >>> sorted(plan_words("Ana has a call with Eva on 3 December 2026 at 5 pm.", ["Ana"]).names)
    ['eva']
    """
    task = task_words(text)
    line = task if task is not None else _LABEL.sub("", text.strip()).partition("\n")[0]
    bare = _DATE.sub(" ", without_times(in_figures(line))).replace("’", "'")
    words = _words(bare) - STOP_WORDS - TIME_WORDS - _FILLING - {name.lower() for name in names}
    guests = _words(" ".join(_GUESTS.findall(bare))) & words
    return PlanWords(words - _SORTS, words & _SORTS, guests)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))


def written_out(text: str) -> str:
    """Return a text with its hours in figures and its months in full.

    >>> written_out("on 3 Dec at half past nine")
    'on 3 December at 9.30'
    """
    return months_in_full(in_figures(text))


def as_told(what: str) -> str:
    """Return words of the user as said to them.

    >>> as_told("call my mother before I'm at Eva's")
    "call your mother before you’re at Eva's"
    """
    for pattern, word in _YOURS:
        what = pattern.sub(word, what)
    return " ".join(what.split())
