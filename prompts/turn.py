"""The user's message of one turn, with the memories recalled for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from usermind.prompts._base import Prompt
from usermind.prompts.fencing import named, quoted
from usermind.prompts.pictures import PictureLine
from usermind.types import Kind

LONGEST = 4_000
"""Characters of one memory that a prompt shows."""

_NOTED: dict[Kind, str] = {
    "proposition": "claim",
    "concept": "noted by the user",
    "entity": "searched for or mentioned",
    "profile": "summary of the user",
}


@dataclass(frozen=True, slots=True)
class MemoryLine:
    """One recalled memory."""

    id: str
    """Id of the observation or proposition."""
    kind: Kind
    text: str
    author: str
    """Who said it: `"user"`, `"assistant"` or a name; for a proposition, who it rests on."""
    at: datetime
    """Event time of an observation, last support of a proposition; aware."""
    score: float
    """Relevance to the message, absolute, in [0, 1]."""
    confidence: float | None
    """Probability in [0, 1] of a proposition; None for an observation."""

    def render(self) -> str:
        """Return `[p3] 2026-03-02 (claim, confidence 0.84) ⟦text⟧`."""
        if self.kind == "observation":
            what = f"{named(self.author)} said"
        elif self.confidence is None:
            what = _NOTED[self.kind]
        else:
            what = f"claim, confidence {self.confidence:.2f}"
        return f"[{self.id}] {self.at:%Y-%m-%d} ({what}) {quoted(self.text, longest=LONGEST)}"


@dataclass(frozen=True, slots=True)
class TurnPrompt(Prompt):
    """Ask for the reply to one message."""

    name: ClassVar[str] = "turn"
    spoken: ClassVar[frozenset[str]] = frozenset({"message"})
    optional: ClassVar[frozenset[str]] = frozenset({"pictures"})

    now: datetime
    """The present, aware."""
    memories: tuple[MemoryLine, ...]
    """Best first."""
    message: str
    """What the user wrote; only what cannot be seen, and fence marks, are taken out."""
    pictures: tuple[PictureLine, ...] = ()
    """What the user shows, then what is on record of what they speak of."""
