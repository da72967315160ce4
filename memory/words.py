"""Words: where they begin and end, in any script and however their characters are written.

A word is a run of letters, digits and the marks on them. A vowel sign of an Indic script, the point
of a Hebrew letter or an accent that is written apart is no letter to a regular expression, and a
name that ended before one would be found in other words: "राम" in "रामू", "Zoe" in "Zoë".
"""

import re
import unicodedata
from collections.abc import Iterator

Span = tuple[int, int]
"""First character and the one after the last, of the text as it was given."""

_PLAIN = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Thai to Lao, Burmese, Khmer, kana and Han; and Korean, whose particles follow a name without a
space."""
_JOINERS = "\u200c\u200d"
"""Stand between letters of one Persian or Indic word."""
_BEHIND = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]")
"""Letters that one character is made of with those before them: Korean jamo, the voiced half-width
kana."""


def is_mark(char: str) -> bool:
    """Say whether a character is a mark on the one before it.

    What only chooses between two pictures of it, as for an emoji, is none.
    """
    return unicodedata.category(char) in ("Mn", "Mc") and not "\ufe00" <= char <= "\ufe0f"


def runs_on(text: str) -> bool:
    """Say whether a text holds a character of a script that has no spaces between words."""
    return _UNSPACED.search(text) is not None


def words(text: str) -> list[Span]:
    """Return where the words of a text are, in order.

    >>> [text[start:end] for text in ["snake_case, 3.5"] for start, end in words(text)]
    ['snake', 'case', '3', '5']
    """
    if text.isascii():
        return [match.span() for match in _PLAIN.finditer(text)]
    found: list[Span] = []
    start = None
    for place in range(len(text) + 1):
        if place < len(text) and _is_of_word(text, place):
            start = place if start is None else start
        elif start is not None:
            if any(char.isalnum() for char in text[start:place]):
                found.append((start, place))
            start = None
    return found


def cuts(text: str, place: int) -> bool:
    """Say whether a place lies within a word, or between a letter and its mark.

    In scripts without spaces any other place may be the end of a word.
    """
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if is_mark(after) or _BEHIND.match(after):
        return not before.isspace()
    if runs_on(before + after):
        return False
    return _is_of_word(text, place - 1) and _is_of_word(text, place)


def characters(text: str) -> Iterator[Span]:
    """Yield where the characters of a text are, each with its marks."""
    start = 0
    for place in range(1, len(text) + 1):
        if place < len(text) and (is_mark(text[place]) or _BEHIND.match(text[place])):
            continue
        yield start, place
        start = place


def _is_of_word(text: str, place: int) -> bool:
    char = text[place]
    if char in _JOINERS:
        between = text[max(0, place - 1) : place + 2]
        return len(between) == 3 and all(each.isalnum() or is_mark(each) for each in between[::2])
    return char.isalnum() or is_mark(char)
