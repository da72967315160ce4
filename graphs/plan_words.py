"""What a plan is about, in words."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from usermind.memory.clocks import HOURS, in_figures, without_times
from usermind.memory.ranking import STOP_WORDS, TIME_WORDS
from usermind.memory.todo import task_words
from usermind.models.offline.dates import SHORT_MONTHS
from usermind.types import MONTHS, WEEKDAYS

SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
"""What stands between two plain statements of the user's; a line is one, too."""
MONTH: Final = f"(?:{'|'.join(MONTHS)})"
"""Pattern of a month in full."""
DATE: Final = (
    rf"(?:(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}(?:,? \d{{4}})?|"
    rf"{MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d)"
)
"""Pattern of a day that is named by its month; case does not count."""
_WEEKDAY: Final = f"(?:{'|'.join(WEEKDAYS)})"
DAY_AHEAD: Final = (
    rf"(?:(?:the )?day after tomorrow|{_WEEKDAY} (?:week|fortnight)|"
    rf"a (?:week|fortnight) on {_WEEKDAY}|next week,? (?:on )?{_WEEKDAY}|"
    rf"{_WEEKDAY} (?:of )?(?:next|this) week)"
)
"""Pattern of a day that is named by its distance from another; case does not count."""
_SHORT: Final = "(?:" + "|".join(sorted(SHORT_MONTHS, key=len, reverse=True)) + ")"
_ABBREVIATED: Final = re.compile(
    # The dot behind one may end its sentence, too.
    rf"(?<!\w)(?P<of>\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )(?P<m>{_SHORT})\b"
    r"(?:\.(?!\s*$|\s+(?-i:[A-Z])))?|"
    rf"\b(?P<month>{_SHORT})\b\.?(?= \d{{1,2}}(?:st|nd|rd|th)?\b(?!:))",
    re.IGNORECASE,
)
_ORDINAL_NAMES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first "
    "twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh "
    "twenty-eighth twenty-ninth thirtieth thirty-first"
)
_ORDINALS: Final = _ORDINAL_NAMES.split()
_ORDINAL_WORD: Final = re.compile(
    rf"\b(?P<nth>{'|'.join(reversed(_ORDINALS))}) of (?P<m>{MONTH})\b", re.IGNORECASE
)
READ: Final = " § "
"""What stands for a day or time that was read in a text that `is_open` looks at."""
_COUNT: Final = rf"(?:\d{{1,2}}|{'|'.join(HOURS)})"
_STOP: Final = r"\s*(?:$|[§.,;!?)]|\b(?:on|in|and|or|today|tomorrow)\b)"
_OPEN: Final = re.compile(
    rf"§\s*(?:or\s*(?:§|{_COUNT}\b)|(?:and|to|till|until|[-–/&])\s*{_COUNT}{_STOP}|{_COUNT}{_STOP})|"
    rf"§\s*(?:(?:week|fortnight|ish|after next)\b|in (?:an?|{_COUNT}) weeks?\b)|"
    r"§\s*(?:of )?(?:the )?(?:next|this|following|coming) (?:week|month|year)\b|"
    r"\b(?:next|this) (?:week|month|year)\s*§|"
    r"§\s*(?:UTC|GMT|[A-Z]{1,3}ST|CET|EET|(?!this|some|next)\w+ time)\b|"
    rf"\b(?:an?|{_COUNT}) (?:weeks?|fortnights?|days?|months?)(?: (?:on|from|after|before))?\s*§|"
    r"\bday (?:after|before)\s*§|\bbetween (?:about )?"
    rf"(?:§|{_COUNT}\b)|\bhalf {_COUNT}{_STOP}|\b{_COUNT} past {_COUNT}\b|"
    rf"(?:\b(?:at|by|before|around|till|until|from)|@) (?:about |half )?{_COUNT}(?:ish)?"
    rf"(?:[ -](?:past |to )?{_COUNT})?{_STOP}|"
    r"\bon (?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\b|\bon \d{1,2}[./]\d{1,2}\b|"
    rf"\b(?:on|by|until) the (?:\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(_ORDINALS)})\b(?! (?!of\b)\w)",
    re.IGNORECASE,
)
_OF_THE_DAY: Final = re.compile(
    r"\b(?:after|before|at|during|over|around) (?:breakfast|brunch|lunch|dinner|supper|tea|midday|"
    r"lunch ?time|dinner ?time|tea ?time|bedtime|dawn|dusk|sunrise|sunset)\b|"
    r"\b(?:after|before) (?:work|school)\b|\bthis time\b",
    re.IGNORECASE,
)
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
    """Return a text with its hours and days in figures, and the months beside them in full.

    >>> written_out("on 3 Dec at half past nine, on the third of May, in Sept.")
    'on 3 December at 9.30, on the 3 May, in Sept.'
    """
    return _months_in_full(in_figures(text))


def _months_in_full(text: str) -> str:
    text = _ABBREVIATED.sub(
        lambda m: (m["of"] or "") + SHORT_MONTHS[(m["m"] or m["month"]).lower()], text
    )
    return _ORDINAL_WORD.sub(lambda m: f"{_ORDINALS.index(m['nth'].lower()) + 1} {m['m']}", text)


def is_open(marked: str, *, timed: bool) -> bool:
    """Say whether a text names more of when than was read of it, so that this may be wrong.

    Args:
        marked: The text, with `READ` in the place of each day and time that was read.
        timed: Whether a time of the day was.

    >>> is_open("call Eva § at half nine", timed=False), is_open("call Eva § about us", timed=False)
    (True, False)
    """
    return _OPEN.search(marked) is not None or (
        not timed and _OF_THE_DAY.search(marked) is not None
    )


def as_told(what: str) -> str:
    """Return words of the user as said to them.

    >>> as_told("call my mother before I'm at Eva's")
    "call your mother before you’re at Eva's"
    """
    for pattern, word in _YOURS:
        what = pattern.sub(word, what)
    return " ".join(what.split())
