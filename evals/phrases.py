"""Whether words stand in a text: whole words, whatever their case and the form of their quotes."""

import re


def plain(text: str) -> str:
    """Return text as it is compared: without case, odd quotes and line breaks."""
    return " ".join(text.casefold().replace("’", "'").replace("‘", "'").split())


def has_phrase(text: str, phrase: str) -> bool:
    """Say whether words stand in a text together, as whole words.

    >>> has_phrase("He eats no chicken.", "Chicken"), has_phrase("chickens", "chicken")
    (True, False)
    """
    return re.search(rf"(?<!\w){re.escape(plain(phrase))}(?!\w)", plain(text)) is not None


def has_words(text: str, words: str) -> bool:
    """Say whether words stand in a text in any order, as whole words.

    >>> has_words("Chicken: Bo is allergic to it", "allergic to chicken")
    True
    """
    return all(has_phrase(text, word) for word in re.findall(r"[\w'’-]*\w", words))
