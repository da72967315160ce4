"""Times of the day in English text: "at 9", "half past three", "15:30", "9 pm", "from 10 to 11"."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from usermind.memory.number_words import up_to
from usermind.types import MONTHS

HOUR: Final = r"(?:\d{1,2}(?:[:.][0-5]\d)?(?:\s?[ap]\.?m\b\.?)?|noon\b|midnight\b)"
"""Pattern of a time behind a word that says that it is one; case does not count."""
CLOCK: Final = (
    rf"(?:at {HOUR}|\d{{1,2}}(?:[:.][0-5]\d)?\s?[ap]\.?m\b\.?|\d{{1,2}}:[0-5]\d\b|"
    r"noon\b|midnight\b)"
)
"""Pattern of a time that shows by itself that it is one."""
HOURS: Final = up_to(12)
PARTS: Final = {
    "morning": time(9), "afternoon": time(14), "evening": time(18), "tonight": time(20),
    "night": time(20),
}  # fmt: skip
"""Which time is meant where one says no more than the part of the day."""

_TO: Final = r"\s*(?:to|till|until|[-–])\s*"
_NO_TIME: Final = (
    rf"(?![.,]\d)(?! ?(?:[%°€$£\d/:]|(?:of )?(?:{'|'.join(MONTHS)})\b|"
    r"(?:percent|per cent|euros?|dollars?|pounds?|degrees?|km|kg|miles?|hours?|minutes?|days?|"
    r"weeks?|people|times|points)\b))"
)
"""What does not stand behind an hour: "at 20 %", "from 3 May"."""
_ENDS: Final = (
    rf"(?={_TO}\d|\s*(?:$|[,.;!?)])|\s\w+ time\b|\s(?:on|in|to|till|until|for|with|about|and|that|"
    r"this|next|every|each|today|tomorrow|tonight|instead|sharp|please|at|\w+day)\b)"
)
"""What stands behind an hour that counts no things: "from 3 on Friday", not "from 3 rooms"."""
_GOES_ON: Final = (
    r"(?=\s*[-–—:\"“”’\])|/]|\s(?:I|we|you|he|she|it|they|there|the|my|our|your|his|her|their|who|"
    r"is|was|will|would|has|had|can|could|should|must|but|or|so|then|when|because|if|as|by|before|"
    r"after|from|not|already|again|too|instead|exactly|precisely|latest|local|now|"
    r"o['’]clock|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\b|"
    r"\s(?:appointment|breakfast|call|class|coffee|dinner|drinks|lunch|meeting|pick|take|go|see|"
    r"meet|buy|feed|leave|send|water)\b)"
)
"""What stands behind "at 3" besides: "at 3 I have a call", not "at 3 rooms"."""
_TIME: Final = re.compile(
    r"(?P<lead>(?:\b(?:at|from|around|by|before)\b|(?<!\w)@|,)\s*)?(?<![-–\d:.])(?:"
    rf"\b(?P<first>\d{{1,2}})(?={_TO}(?P<last>\d{{1,2}})(?:[:.][0-5]\d)?\s?(?P<their>[ap])\.?m\b)|"
    r"\b(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?\s?(?P<half>[ap])\.?m\b\.?|"
    r"\b(?P<hh>\d{1,2}):(?P<mm>[0-5]\d)\b|\b(?P<word>noon|midnight)\b|"
    r"(?:(?<=\bat )|(?<=\bfrom )|(?<= @)|(?<= @ )|(?<=\bby )|(?<=\bbefore )|(?<=\baround )|"
    r"(?<=day )|(?<=tomorrow )|(?<=tonight )|(?<=morning )|(?<=afternoon )|(?<=evening )|^)"
    rf"(?P<dh>\d{{1,2}})\.(?P<dm>[0-5]\d)\b{_NO_TIME}|"
    rf"(?:(?<=\bat )(?<!look at )(?<!looking at )|(?<= @)|(?<= @ ))(?P<at>\d{{1,2}})\b{_NO_TIME}"
    rf"(?:{_ENDS}|{_GOES_ON})|"
    rf"(?<=\bfrom )(?P<from>\d{{1,2}})\b{_NO_TIME}{_ENDS})"
    rf"(?P<stretch>{_TO}(?P<until>{HOUR}){_NO_TIME})?",
    re.IGNORECASE,
)
_IMPOSSIBLE: Final = re.compile(
    r"\bat (?:2[4-9]|[3-9]\d)\b(?=\W*$| (?:on|to|tomorrow|today)\b)|"
    r"(?:\bat )?(?:\b(?:2[4-9]|[3-9]\d):\d\d\b|\b\d{1,2}:[6-9]\d\b|"
    r"(?<![:.\d])\b(?:0|1[3-9]|[2-9]\d)(?:[:.]\d\d)?\s?[ap]\.?m\b)",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(
    r"\b(?:(?P<lead>at|from|by|before|around|to|till|until) )?(?:a )?"
    r"(?:(?P<half>half past)|(?:quarter|(?P<few>twenty[- ]five|five|ten|twenty|5|10|20|25)"
    r"(?:[ -]minutes?)?) (?P<side>past|to)) "
    rf"(?P<hour>1[0-2]|[1-9]|{'|'.join(HOURS)})\b(?![:.]\d)(?:\s+o['’]clock\b)?{_NO_TIME}",
    re.IGNORECASE,
)
_FEW: Final = {"five": 5, "ten": 10, "twenty": 20, "twenty five": 25}
_AT_MINUTES: Final = re.compile(
    rf"\b(?P<lead>at|from|by|before|around|until|till) (?P<hour>{'|'.join(HOURS)})[ -]"
    rf"(?P<minute>fifteen|thirty|forty[- ]five)\b{_ENDS}",
    re.IGNORECASE,
)
""" "at nine thirty"."""
_MINUTES: Final = {"fifteen": 15, "thirty": 30, "forty five": 45}
_WORD: Final = re.compile(
    rf"\b(?P<lead>(?P<at>at)|from) (?P<hour>{'|'.join(HOURS)})\b"
    rf"(?:(?P<clock>\s+o['’]clock\b)|(?=\s?[ap]\.?m\b)|{_ENDS}|(?(at){_GOES_ON}|(?!)))",
    re.IGNORECASE,
)
_UP_TO: Final = re.compile(
    r"(?P<span>\bfrom \d{1,2}(?:[:.]\d\d)? (?:to|till|until) )"
    rf"(?P<hour>{'|'.join(HOURS)})\b{_ENDS}",
    re.IGNORECASE,
)
_PART: Final = re.compile(
    r"\b(?:in the |this |at )?(?P<part>morning|afternoon|evening|night)\b|\b(?P<tonight>tonight)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TimeSaid:
    """One time of the day in a text."""

    start: int
    end: int
    """Where it stands, with "at" or the like before it, and up to when it lasts behind it."""
    at: time
    """As it stands: that of "at 3" is 03:00."""
    until: time | None
    """Up to when, as it stands, where that is said."""
    led: bool
    """Whether "at" stands before it."""
    bare: bool
    """Whether it is said as one speaks of the next hours: "at 3", "half past three"."""
    sure: bool
    """Whether it is clear in which half of the day it lies: "3 pm", "15:30", "03:30", "noon"."""


def times_in(text: str) -> list[TimeSaid]:
    """Return the times that a text names, in its order; of a stretch of time its beginning.

    Hours in words are found after `in_figures`.

    >>> [f"{one.at:%H:%M}" for one in times_in("Lunch at noon, yoga 5 pm, choir from 18.30 to 20")]
    ['12:00', '17:00', '18:30']
    """
    return list(_times(text))


def _times(text: str) -> Iterator[TimeSaid]:
    for found in _TIME.finditer(text):
        at = _read(found)
        if at is not None:
            spoken = found["at"] or found["from"] or found["dh"]
            digits = spoken or found["hh"] or ""
            yield TimeSaid(
                found.start(),
                found.end(),
                at,
                _end(found),
                led=(found["lead"] or "").strip().lower() in ("at", "@"),
                bare=bool(spoken),
                sure=not digits or digits.startswith("0") or at.hour > 12,
            )


def _read(found: re.Match[str]) -> time | None:
    """Return the time of a match, where a clock has it."""
    if found["word"]:
        return time(12) if found["word"].lower() == "noon" else time(0)
    if found["first"]:
        first, last = int(found["first"]), int(found["last"])
        if not (1 <= first <= 12 and 1 <= last <= 12):
            return None
        # "11 to 1 pm" begins in the morning.
        half = "a" if first % 12 > last % 12 else found["their"]
        return time(_hour(first, half))
    hour = int(found["h"] or found["hh"] or found["dh"] or found["at"] or found["from"])
    minute = int(found["m"] or found["mm"] or found["dm"] or 0)
    if found["half"]:
        return time(_hour(hour, found["half"]), minute) if 1 <= hour <= 12 else None
    return time(hour, minute) if hour < 24 else None


def _end(found: re.Match[str]) -> time | None:
    last = next(_times(f"at {found['until']}"), None) if found["stretch"] else None
    return None if last is None else last.at


def _hour(hour: int, half: str) -> int:
    return hour % 12 + (12 if half.lower() == "p" else 0)


def time_in(text: str) -> TimeSaid | None:
    """Return the one that is meant where a text is about one time: the first with "at", or else."""
    found = times_in(text)
    return next((one for one in found if one.led), found[0] if found else None)


def without_times(text: str) -> str:
    """Return a text with a space in the place of each time.

    >>> without_times("Lunch at 12:30 with Sue")
    'Lunch   with Sue'
    """
    for one in reversed(times_in(text)):
        text = f"{text[: one.start]} {text[one.end :]}"
    return text


def without_impossible(text: str) -> str:
    """Return a text with a space in the place of each time that no clock has; see `is_impossible`.

    >>> without_impossible("Lunch at 25:00 with Sue")
    'Lunch   with Sue'
    """
    return _IMPOSSIBLE.sub(" ", text)


def meant(one: TimeSaid, text: str, *, after: time | None = None) -> time:
    """Return the time of the day that is meant by one that may lie in either half of it.

    Args:
        one: The time.
        text: Where it stands, with the part of the day where that is named.
        after: What it does not lie before, where it then can lie behind it; None: anything.

    >>> (at_3,) = times_in("at 3")
    >>> meant(at_3, "at 3"), meant(at_3, "at 3 in the morning")
    (datetime.time(15, 0), datetime.time(3, 0))
    """
    if one.sure or not 1 <= one.at.hour <= 11:
        return one.at
    later, part = one.at.replace(hour=one.at.hour + 12), part_of_day(text)
    if part is not None:
        return one.at if part == "morning" else later
    if one.bare and one.at.hour <= 5:
        return later  # whoever means the night says so
    return later if after is not None and one.at < after < later else one.at


def part_of_day(text: str) -> str | None:
    """Return which of `PARTS` a text names first, or None."""
    found = _PART.search(text)
    return (found["part"] or found["tonight"]).lower() if found is not None else None


def without_parts(text: str) -> str:
    """Return a text with a space in the place of each part of the day."""
    return _PART.sub(" ", text)


def is_impossible(text: str) -> bool:
    """Say whether a text names a time that no clock has: "at 25:00", "9:75", "14 pm"."""
    return _IMPOSSIBLE.search(text) is not None


def in_figures(text: str) -> str:
    """Return a text with its hours in figures.

    >>> in_figures("tomorrow at half past nine, or at three o'clock")
    'tomorrow at 9.30, or at 3'
    """

    def spoken(found: re.Match[str]) -> str:
        word, lead, few = found["hour"].lower(), found["lead"], found["few"]
        if few and found["side"].lower() == "to" and not _SAYS_TO.fullmatch(f"{lead} {few}"):
            return found[0]  # "from ten to six" is a stretch, as "at 10 to 12" may be
        hour = HOURS.get(word) or int(word)
        minute = 30 if found["half"] else 15 if few is None else _minutes(few, _FEW)
        if not found["half"] and found["side"].lower() == "to":
            hour, minute = (hour - 2) % 12 + 1, 60 - minute
        return f"{lead or 'at'} {hour}.{minute:02}"

    text = _SPOKEN.sub(spoken, _ABOUT.sub("at ", text))
    text = _AT_MINUTES.sub(
        lambda found: (
            f"{found['lead']} {HOURS[found['hour'].lower()]}.{_minutes(found['minute'], _MINUTES)}"
        ),
        text,
    )
    text = _WORD.sub(lambda found: f"{found['lead']} {HOURS[found['hour'].lower()]}", text)
    text = _UP_TO.sub(lambda found: f"{found['span']}{HOURS[found['hour'].lower()]}", text)
    return _O_CLOCK.sub(
        lambda found: (
            f"{found['lead'] or 'at'} "
            f"{HOURS.get(found['hour'].lower(), found['hour'])}{found['minute'] or ''}"
        ),
        text,
    )


_ABOUT: Final = re.compile(
    r"\bat (?:about|around|roughly|exactly|precisely|approximately) "
    rf"(?=\d{{1,2}}\b|half\b|(?:a )?quarter\b|twenty\b|(?:{'|'.join(HOURS)})\b)",
    re.IGNORECASE,
)
_O_CLOCK: Final = re.compile(
    r"(?:\b(?P<lead>at|from|by|before|around|about|to|till|until|and|or) )?(?<![\w:.])"
    rf"(?P<hour>\d{{1,2}}|{'|'.join(HOURS)})(?P<minute>[:.]\d\d)?\s+o['’]clock\b",
    re.IGNORECASE,
)


_SAYS_TO: Final = re.compile(r"(?:at|by|before|around) (?:[a-z -]+|20|25)", re.IGNORECASE)
""" "At ten to nine" is a time: "ten to nine" alone, or "at 10 to 12", may be a stretch."""


def _minutes(word: str, named: Mapping[str, int]) -> int:
    return named.get(word.lower().replace("-", " ")) or int(word)
