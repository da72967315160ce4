"""Excerpts: the stretches of long observations that a prompt has room for."""

from collections.abc import Sequence
from dataclasses import dataclass

from usermind.memory.journal import Observation

SHOWN = 4_000
"""Characters of one excerpt, at most."""
MOST = 8
"""Excerpts of one observation, at most."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of one observation's text; a short observation is one excerpt."""

    observation: Observation
    start: int
    """Where it begins in the text, in characters."""
    text: str


def excerpts(observations: Sequence[Observation], *, most: int = MOST) -> tuple[Excerpt, ...]:
    """Return the observations in pieces of at most `SHOWN` characters, cut between words.

    Args:
        observations: In the order they are to be shown.
        most: Pieces of one observation; what follows them is not shown.
    """
    return tuple(excerpt for item in observations for excerpt in _cut(item, most))


def unread(observations: Sequence[Observation], shown: Sequence[Excerpt]) -> int:
    """Return how many characters of the observations none of the excerpts holds."""
    return sum(len(item.text) for item in observations) - sum(len(part.text) for part in shown)


def _cut(observation: Observation, most: int) -> list[Excerpt]:
    text, start = observation.text, 0
    found: list[Excerpt] = []
    while start < len(text) and len(found) < most:
        end = _end(text, start)
        found.append(Excerpt(observation, start, text[start:end]))
        start = end
    return found


def _end(text: str, start: int) -> int:
    limit = start + SHOWN
    if limit >= len(text):
        return len(text)
    # A line is rather left whole than a sentence, and a sentence rather than a word.
    for border in ("\n", ". ", " "):
        place = text.rfind(border, start + SHOWN // 2, limit)
        if place >= 0:
            return place + len(border)
    return limit
