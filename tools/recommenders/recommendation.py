"""What a recommender returns: items, with reasons that can be checked."""

from dataclasses import dataclass
from typing import Literal

from usermind.tools.items import Item

MOST_REASONS = 3
"""Reasons that one recommendation carries, at most."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the things that speak for an item."""

    kind: Literal["event", "preference", "words", "popularity"]
    """event: something the user did or said of another item; preference: what they like in words;
    words: what they ask for now; popularity: what others like."""
    text: str
    """In plain words, such as `"you liked Alien (1979)"`."""
    contribution: float
    """Its share of the score; shares of one item add up to 1 at most."""
    item_id: str | None = None
    """The other item, of an event."""
    memory: str | None = None
    """Id of the observation or proposition that tells of it."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item, with its place."""

    item: Item
    score: float
    """Finite; comparable within one answer only."""
    rank: int
    """1 for the best."""
    source: str
    """Name of the recommender."""
    reasons: tuple[Reason, ...] = ()
    """The strongest first; empty where none were asked for."""
