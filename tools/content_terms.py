"""The words of a request to forget, and whether a text holds them."""

import re

from usermind.memory.ranking import STOP_WORDS
from usermind.memory.terms import terms_of

COVERED = 0.75
"""Share of the request's content words that a memory must hold to be what is meant by it."""

_REQUEST_WORDS = frozenset(
    {
        "all", "anything", "anyway", "away", "delete", "deleted", "drop", "erase", "everything",
        "fact", "facts", "forget", "forgotten", "know", "let", "longer", "memories", "memory",
        "mention", "message", "messages", "now", "please", "remember", "remove", "said", "say",
        "something", "stop", "stuff", "tell", "thing", "things", "told", "want",
    }
)  # fmt: skip
_NAMES = re.compile(
    r"\b(?i:named|called)\b|\b(?:is|are) [^\W\d_a-z][\w'’-]*"
    r"(?:(?: and)? [^\W\d_a-z][\w'’-]*)*\W*$"
)
"""Texts that say a name without the word: "Ana's sister is Lena."."""
_WORD = re.compile(r"\w+")
KIN = {"allergi": "allerg", "asthmat": "asthma", "marriag": "marri", "pregnanc": "pregnant"}
"""Stems of nouns by the stems of what people say of themselves: "my allergy", "I am allergic"."""


def content_terms(text: str) -> set[str]:
    """Return a text's distinct terms without stop words and the words of asking to forget."""
    words = [word for word in _WORD.findall(text.casefold()) if word not in STOP_WORDS]
    return stems(" ".join(word for word in words if word not in _REQUEST_WORDS))


def stems(text: str) -> set[str]:
    """Return a text's distinct terms, nouns as what people say of themselves."""
    return {KIN.get(term, term) for term in terms_of(text)}


def covers(text: str, asked: set[str]) -> bool:
    """Say whether a text holds nearly all of the terms, whatever their form.

    >>> covers("Ana's sister is Lena.", content_terms("my sister's name"))
    True
    """
    held = stems(text) | ({"name"} if _NAMES.search(text) else set())
    return len(asked & held) >= COVERED * len(asked)
