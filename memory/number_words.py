"""Number words: the cardinal numbers that a text says in words, and what each is worth. English."""

from __future__ import annotations

from typing import Final

NUMBER_WORDS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip


def up_to(most: int, *, least: int = 1) -> dict[str, int]:
    """Return the words for the numbers from one to another, both counted in, the least first.

    >>> up_to(3), up_to(12, least=11)
    ({'one': 1, 'two': 2, 'three': 3}, {'eleven': 11, 'twelve': 12})
    """
    return {word: number for word, number in NUMBER_WORDS.items() if least <= number <= most}
