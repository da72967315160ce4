"""Favourites: whether what somebody calls their favourite is a thing of a catalogue.

"My favourite film is Casablanca" judges the film, and "My favourite city is Casablanca" none.
English.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from usermind.memory.privacy.findings import words as word_set
from usermind.tools.clauses import WORKS
from usermind.tools.folded_text import Spoken
from usermind.types import MONTHS

if TYPE_CHECKING:
    from usermind.tools.cues import Stance
    from usermind.tools.mentions import Mentions

_ANY: Final = word_set("1 ones thing things pick picks choice choices item items title titles")
_AT_LARGE: Final = re.compile(
    r"\b(?:(?:of|from|in) (?:all|the|them|these|those|this|that|my|\d+)\b.*|by \w.*|ever|so far|"
    r"lately|right now|at the moment|these days|currently|always|still|now|personal|absolute|all|"
    r"time)\b",
    re.IGNORECASE,
)
"""What says of a favourite when and among what, and not of what kind it is."""
_BEFORE: Final = re.compile(
    r"\bfavou?rites?\b(?P<what>[^.!?]*?)(?:\s+(?:is|are|was|were|has|must|would|include)\b|[:–—])",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(
    r"\s+(?P<what>[\w'’-]+(?: (?!(?:and|but|or|so|because|when|that|which|i|we)\b)[\w'’-]+){0,3})",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"(?:and|but|or|so|because|since|when|that|which|i|we|too|as|for|with|at|on|by|please|then|"
    r"though|anyway|still)\b",
    re.IGNORECASE,
)


def of_things(mentions: Mentions, what: str) -> bool:
    """Say whether a favourite of such a kind may be an item: a film, a comedy, or simply one.

    Args:
        mentions: Of the catalogue.
        what: The words between "favourite" and "is", or behind "is my favourite".
    """
    left = _AT_LARGE.sub(" ", what)
    if not re.search(r"\w", left):
        return True
    spoken = Spoken(left)
    things = frozenset() if mentions.things else frozenset(WORKS)
    names = {name.casefold() for name in mentions.items.names}
    return any(
        word.fold in _ANY
        or word.fold in things
        or mentions.values.is_thing(word.fold)
        or word.fold in names
        for word in spoken.words
    ) or any(True for _ in mentions.values.said_in(spoken))


_SEASON: Final = re.compile(
    r"[\"”'’]*\s+(?:in (?:the )?(?:spring|summer|autumn|fall|winter|rain|snow|sun|mornings?|"
    rf"evenings?|{'|'.join(MONTHS)})|"
    r"at (?:night|christmas)|this time of (?:the )?year)\b",
    re.IGNORECASE,
)


def of_elsewhere(mentions: Mentions, text: str, stance: Stance) -> bool:
    """Say whether it is something or somewhere else that is liked, and called like an item.

    "My favourite city is Casablanca", "Venice is my favourite place", "I love Chicago in the
    spring".

    Args:
        mentions: Of the catalogue.
        text: What was said.
        stance: How it stands to what it names.
    """
    mention, cue = stance.mention, stance.cue
    if stance.kind not in ("like", "dislike"):
        return False
    if cue.start < mention.start:
        if _SEASON.match(text[mention.end :]):
            return True
        found = _BEFORE.search(text[cue.start : mention.start])
        return found is not None and not of_things(mentions, found["what"])
    if not re.search(r"\bfavou?rites?$", text[cue.start : cue.end], re.IGNORECASE):
        return False
    more = _BEHIND.match(text[cue.end :])
    return more is not None and not (
        _GOES_ON.match(more["what"]) or of_things(mentions, more["what"])
    )
