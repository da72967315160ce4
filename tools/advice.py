"""Advice: items of a catalogue that fit a user, and what was left out for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usermind.prompts import AskedOfItems
from usermind.tools.recommenders.recommendation import Reason, Recommendation

if TYPE_CHECKING:
    from usermind.tools.items import Item

SHARED = 3
"""Words that two items share which a reason names."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was left out or set aside for a list of recommendations, and why."""

    text: str
    memory: str | None = None
    """Id of the memory that tells of it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What fits a user of a catalogue."""

    recommendations: tuple[Recommendation, ...]
    """Best first."""
    notes: tuple[Note, ...] = ()
    instead: str | None = None
    """Why it stands in the recommender's own order, or what was mended, where a model was asked to
    put it in order; and why it rests on the request alone, where other words for it were wanted."""
    asks: AskedOfItems | None = None
    """What is asked of these items, which were shown before; None: they are offered now."""

    @property
    def cites(self) -> tuple[str, ...]:
        """Ids of the memories that its reasons and notes rest on."""
        reasons = (reason for each in self.recommendations for reason in each.reasons)
        rests_on = (*(reason.memory for reason in reasons), *(note.memory for note in self.notes))
        return tuple(dict.fromkeys(id_ for id_ in rests_on if id_))


def near_to(item: Item, found: Recommendation, *, goes_with: bool) -> Recommendation:
    """Return what stands in a list of what is near an item, or goes with it, with that as reason.

    Args:
        item: That other one.
        found: What stands in the list.
        goes_with: Whether it is what people turn to after it.
    """
    words = [
        word
        for name in item.attributes
        for word in item.words(name)
        if word.casefold() in {each.casefold() for each in found.item.words(name)}
    ]
    shared = ", ".join(dict.fromkeys(words[:SHARED]))
    text = f"it goes with {item.title}" if goes_with else f"it is near to {item.title}"
    reason = Reason("event", f"{text}: both {shared}" if shared else text, 1.0, item.id)
    return replace(found, reasons=(reason,))
