"""What is asked of a recommender: one user as they are known this very moment.

No user id is in it. A recommender that was fitted yesterday scores whoever comes from their events
and from what they say they like, so that a turn needs no training.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from usermind.tools.item_filter import Condition
from usermind.tools.items import ItemTable


@dataclass(frozen=True, slots=True)
class Event:
    """Something the user did with an item, or said of it."""

    item_id: str
    weight: float = 1.0
    """In [−1, 1]: how much they liked it; below 0: they did not."""
    at: datetime | None = None
    source: Literal["log", "chat", "example", "profile"] = "log"
    """log: what they did; chat: what they say in this conversation; example: they ask for something
    like it; profile: a claim about them."""
    memory: str | None = None
    """Id of the memory that tells of it: an observation or a proposition."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What the user likes or does not, in words."""

    text: str
    """As it was said: `"likes science fiction"`."""
    polarity: Literal[1, -1] = 1
    confidence: float = 1.0
    """Probability in [0, 1] that it is so."""
    attribute: str | None = None
    """The attribute of the catalogue that it speaks of: `"genre"`."""
    value: str | None = None
    """A word of that attribute: `"Science Fiction"`."""
    memory: str | None = None
    hard: bool = False
    """Whether it is a condition: what it speaks against may not come."""
    least: float | None = None
    """Where the attribute is a number: it is this or more."""
    most: float | None = None

    def mask(self, items: ItemTable) -> NDArray[np.bool_]:
        """Return (items,) which items it speaks of; none where it is in words alone."""
        if self.attribute is None or (self.value, self.least, self.most) == (None, None, None):
            return np.zeros(len(items), dtype=bool)
        words = () if self.value is None else (self.value,)
        return Condition(self.attribute, words, least=self.least, most=self.most).mask(items)


@dataclass(frozen=True)
class UserQuery:
    """One user, one question."""

    events: tuple[Event, ...] = ()
    """The oldest first."""
    preferences: tuple[Preference, ...] = ()
    text: str = ""
    """What they ask for right now, in words; empty: nothing in particular."""
    session: tuple[str, ...] = ()
    """Ids of what was shown to them in this conversation, the latest last."""
    now: datetime | None = field(default=None, compare=False)

    @cached_property
    def seen(self) -> frozenset[str]:
        """Ids of all items with an event, or shown in this conversation."""
        return frozenset(event.item_id for event in self.events) | frozenset(self.session)

    @cached_property
    def liked(self) -> tuple[Event, ...]:
        """Events with a weight above 0."""
        return tuple(event for event in self.events if event.weight > 0)
