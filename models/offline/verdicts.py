"""What a predicate is worth keeping as: the common result of the rules."""

import re
from dataclasses import dataclass

from usermind.models.offline import lexicon
from usermind.models.offline.dates import Tense
from usermind.models.offline.words import terms
from usermind.types import Durability

IT = (
    r"^(?:it|that|this|them|those|these|you|your|u|how|when|what|where|why|the (?:way|idea|"
    r"fact))\b"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a predicate is worth."""

    confidence: float
    durability: Durability
    slot: str | None = None
    statement: str | None = None
    """Predicate in the third person to use instead of the generic rewording."""
    more: tuple["Verdict", ...] = ()
    """Further facts the same predicate holds."""
    tense: Tense = "future"
    change: bool = False
    """Whether it ends something that was so before."""


def dated(text: str) -> bool:
    """Tell whether a predicate names a time in the calendar."""
    return bool(
        re.search(
            r"\b(?:tomorrow|tonight|next|this (?:week|month|weekend|summer|winter|spring|autumn|"
            r"fall|year|mon|tues|wed|thurs|fri|sat|sun)\w*|(?:mon|tues|wednes|thurs|fri|satur|"
            r"sun)days?|january|february|march|april|in may|june|july|august|september|october|"
            r"november|december|christmas|easter|\d{1,2}(?:st|nd|rd|th)|in \w+ (?:days|weeks|"
            r"months|years)|yesterday|last|ago)\b",
            text,
            re.IGNORECASE,
        )
    )


def solid(text: str, least: int) -> bool:
    """Tell whether a text holds at least so many words of content."""
    return len({t for t in terms(text) if t not in _LIGHT and len(t) > 1}) >= least


_LIGHT = frozenset(t for word in lexicon.LIGHT for t in terms(word))
