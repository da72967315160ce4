"""Advice: items of a catalogue that fit a user, and what was left out for them."""

from __future__ import annotations

from dataclasses import dataclass

from usermind.tools.recommenders.recommendation import Recommendation


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

    @property
    def cites(self) -> tuple[str, ...]:
        """Ids of the memories that its reasons and notes rest on."""
        reasons = (reason for each in self.recommendations for reason in each.reasons)
        rests_on = (*(reason.memory for reason in reasons), *(note.memory for note in self.notes))
        return tuple(dict.fromkeys(id_ for id_ in rests_on if id_))
