"""What a text names in particular: people, places, days and numbers, by which it differs."""

import re
from collections.abc import Iterator
from datetime import time
from typing import Final

from usermind.memory.clocks import HOURS, TimeSaid, meant, times_in, without_times
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.terms import terms_of
from usermind.types import MONTHS, WEEKDAYS

_WORD: Final = re.compile(r"[^\W\d_][\w’'-]*")
_SENTENCE: Final = re.compile(r"(?<=[.!?:;…])[\s\"“”„«»(]+|\n+")
_POSSESSIVE: Final = re.compile(r"['’]s?$")
_DATE: Final = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_NUMBER: Final = re.compile(r"(?<![\d.,:])\d+(?:[.,:]\d+)*")
_DAYS: Final = {word.lower() for word in (*MONTHS, *WEEKDAYS)}
_NUMERALS: Final = {word: str(count) for word, count in HOURS.items() if count > 1}
_CAPITALS: Final = 3
"""Words from which a line that has a capital at each of them is a headline, whose capitals say
nothing."""


def tells_apart(one: str, other: str) -> bool:
    """Say whether two texts name different people, places, days or numbers.

    Only where each names something that the other does not: "Draft a reply to Bob" and "Draft a
    reply to Eva" are about two things, "Draft a reply" may be about either.

    >>> tells_apart("Draft the reply to Bob?", "Draft the reply to Eva?")
    True
    >>> tells_apart("Draft the reply to Bob?", "Shall I write to Bob?")
    False
    """
    names = _names(one), _names(other)
    words = _lowered(one), _lowered(other)
    if names[0] - words[1] and names[1] - words[0]:
        return True
    numbers = _numbers(one), _numbers(other)
    return bool(numbers[0] - numbers[1] and numbers[1] - numbers[0])


def _names(text: str) -> set[str]:
    """Return the stems of the words that have a capital because they are names."""
    found = set()
    for sentence in _SENTENCE.split(text):
        words = [each for each in _WORD.finditer(sentence) if each[0].lower() not in STOP_WORDS]
        capitals = sum(each[0][0].isupper() for each in words)
        headline = len(words) >= _CAPITALS and capitals == len(words)
        for each in words:
            bare = _POSSESSIVE.sub("", each[0])
            # The first word has a capital in any case.
            sure = (each.start() > 0 and not headline) or bare != each[0] or bare[1:].isupper()
            if (each[0][0].isupper() and sure) or bare.lower() in _DAYS - {"may", "march"}:
                found |= _stems(bare)
    return found


def _lowered(text: str) -> set[str]:
    return {stem for word in _WORD.findall(text) for stem in _stems(_POSSESSIVE.sub("", word))}


def _stems(word: str) -> set[str]:
    return set(terms_of(word.lower()))


def _numbers(text: str) -> set[str]:
    """Return the numbers of a text, however they are written: `3`, `3rd`, `three`, `15:00`."""
    dated = _DATE.sub(lambda at: f"{at[1]} {int(at[2])} {int(at[3])}", text)
    said = [at for one in times_in(dated) for at in _stretch(one, dated)]
    found = {f"{at.hour}:{at.minute:02}".removesuffix(":00") for at in said}
    for number in _NUMBER.findall(without_times(dated)):
        found.add(re.sub(r"[:.,]00$", "", number).lstrip("0") or "0")
    return found | {_NUMERALS[word] for word in text.lower().split() if word in _NUMERALS}


def _stretch(one: TimeSaid, text: str) -> Iterator[time]:
    """Yield the times that are meant: "from 3 to 4" is from 15:00 to 16:00."""
    begin = meant(one, text)
    yield begin
    if one.until is not None:
        later = one.until < begin and one.until.hour < 12 <= begin.hour
        yield one.until.replace(hour=one.until.hour + 12) if later else one.until
