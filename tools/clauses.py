"""Clauses: with what words a request begins, and what may stand behind what it names. English.

    "ok, maybe" | "a Korean film" | "for tonight"

Who reads a word for something that is asked for looks behind it: "something in French, please" asks
for a language, and "in French class" for none. What may stand there is said here once; who reads
something of a sort adds what may stand behind that alone.
"""

from __future__ import annotations

from typing import Final

COURTESY: Final = (
    r"ok(?:ay)?|hm+|so|then|now|maybe|please|pls|and|or|but|well|yes|no|hi|hello|hey|rather|just|"
    r"perhaps|thanks|how about|what about"
)
"""An expression for the words before a request that say nothing of it."""
OPENING: Final = rf"(?:(?:{COURTESY})\b\W*)*"
"""Any number of them, and what parts them."""
_BEHIND: Final = (
    r"please|and|or|but|with|for|from|by|that|which|then|instead|perhaps|maybe|tonight|today|"
    r"this (?:evening|weekend|time)"
)


def closing(more: str = "") -> str:
    """Return an expression for what may stand behind a word: an end, a mark, or one of some words.

    Hyphens and apostrophes are no marks: they go on with the word.

    Args:
        more: An expression for words that may stand there beside the common ones.
    """
    words = "|".join(each for each in (_BEHIND, more) if each)
    return rf"\s*(?:$|\n|[^\w\s'’-]|\b(?:{words})\b)"


BEHIND_A_THING: Final = closing(
    r"to|about|without|like|as|this|now|in|on|of|set|not|we|i|you|made|should|do|does|can|could|"
    r"would|is|are|next|recommendations?|suggestions?|ideas?|tips?|night|at|when|where|later|under|"
    r"over|shorter|longer|less|more|directed|written|starring|featuring|between|no|around|lasting|"
    r"newer|older|than|first"
)
"""What may stand behind a word for a thing: "a film camera" is no film."""
WORKS: Final = (
    "film", "films", "movie", "movies", "book", "books", "novel", "novels", "series", "show",
    "shows", "game", "games", "song", "songs", "album", "albums",
)  # fmt: skip
"""What items are called where a catalogue does not say."""
