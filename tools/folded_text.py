"""A text as it is compared with titles: its words folded, and what their writing tells of them.

"Schindler's List", "schindlers list" and "SCHINDLER'S LIST" have the same words, and so have
"Part II" and "part 2", "Fast & Furious" and "fast and furious".
"""

import re
from dataclasses import dataclass
from functools import cached_property

from usermind.memory.naming import bare, folded
from usermind.memory.number_words import up_to
from usermind.memory.privacy.findings import words as word_set
from usermind.memory.words import words
from usermind.types import MONTHS, WEEKDAYS

_APOSTROPHES = frozenset("'’ʼ`")
_NUMBERS = {word: str(number) for word, number in up_to(13).items()} | {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9",
}  # fmt: skip
"""Numbers in words and in Roman numerals, but for I, V and X, which are letters of names."""
_ENDS = re.compile(r"[.!?;…\n]")
_DAYS = word_set(f"{' '.join((*MONTHS, *WEEKDAYS)).lower()} christmas easter i")
"""Words that English writes with a capital wherever they stand."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text."""

    fold: str
    """As it is compared: `"schindlers"` for `"Schindler's"`."""
    stem: str
    """Without the 's of an owner: `"schindler"`."""
    start: int
    """Characters of the text as it was given."""
    end: int
    capital: bool
    """Written with a capital where it could have been written without."""
    opens: bool
    """First of a sentence."""

    @property
    def tells(self) -> bool:
        """Whether its capital tells something: it is one, and not that of a sentence."""
        return self.capital and not self.opens


class Spoken:
    """A text in words, for one comparison with many names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: tuple[Word, ...] = tuple(_words(text))

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def is_cased(self) -> bool:
        """Whether it is written in small and capital letters, so that capitals say something."""
        letters = [char for char in self.text if char.isalpha()]
        capitals = sum(char.isupper() for char in letters)
        return 0 < capitals <= len(letters) / 2

    def run(self, first: int, last: int) -> str:
        """Return the words from one to before another, as they are compared."""
        return " ".join(word.fold for word in self.words[first:last])

    def owned(self, first: int, last: int) -> str | None:
        """Return them with the last one's 's taken for an owner's; None: there is none."""
        ending = self.words[last - 1]
        if ending.stem == ending.fold:
            return None
        return " ".join([*(word.fold for word in self.words[first : last - 1]), ending.stem])

    def before(self, place: int, size: int = 48) -> str:
        """Return the text before a word."""
        end = self.words[place].start
        return self.text[max(0, end - size) : end]

    def after(self, place: int, size: int = 90) -> str:
        """Return the text behind a word."""
        end = self.words[place].end
        return self.text[end : end + size]

    def between(self, left: int, right: int) -> str:
        """Return the text between two words."""
        return self.text[self.words[left].end : self.words[right].start]

    def parts(self, first: int, last: int) -> bool:
        """Return whether a sentence ends between the first and the last of some words.

        A full stop behind an abbreviation ends none.
        """
        for left in range(first, last - 1):
            gap = self.between(left, left + 1)
            long = self.words[left].end - self.words[left].start > 3
            if "\n" in gap or (long and re.search(r"[.!?;]\s", gap)):
                return True
        return False


def told(text: str) -> str:
    """Return a name as it is compared: its words, one space between them."""
    return " ".join(word.fold for word in _words(text))


def _words(text: str) -> list[Word]:
    spans = words(text)
    if "&" in text:
        spans = sorted([*spans, *(match.span() for match in re.finditer("&", text))])
    found: list[Word] = []
    last = 0
    place = 0
    while place < len(spans):
        start, end = spans[place]
        stem_end = end
        # One word goes on behind an apostrophe: "don't", "Schindler's".
        while (
            place + 1 < len(spans)
            and spans[place + 1][0] == end + 1
            and text[end] in _APOSTROPHES
            and text[start:end] != "&"
        ):
            place += 1
            end = spans[place][1]
        is_owner = text[stem_end + 1 : end].lower() == "s"
        opens = not found or bool(_ENDS.search(text[last:start]))
        whole, stem = text[start:end], text[start : stem_end if is_owner else end]
        fold = folded_word(whole)
        capital = whole[0].isupper() and fold not in _DAYS
        found.append(Word(fold, folded_word(stem), start, end, capital, opens))
        last = end
        place += 1
    return found


def folded_word(word: str) -> str:
    """Return one word as it is compared."""
    if word == "&":
        return "and"
    fold = word.lower() if word.isascii() else bare(folded(word))
    if not fold.isalnum():
        fold = "".join(char for char in fold if char not in _APOSTROPHES)
    return _NUMBERS.get(fold, fold)
