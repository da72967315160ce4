"""The system prompt of a conversation: the part that stays the same from turn to turn."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from usermind.prompts._base import Prompt
from usermind.prompts.fencing import label, quoted


@dataclass(frozen=True, slots=True)
class FactLine:
    """One long-lived claim about the user."""

    id: str
    """Id of the proposition."""
    text: str
    confidence: float
    """Probability in [0, 1]."""
    at: datetime
    """When it was last said or seen."""

    def render(self) -> str:
        """Return `[p3] ⟦text⟧ (last said 2026-03, confidence 0.85)`.

        In months and twentieths, so that new support seldom changes the line and prefixes stay
        cached; never 1.
        """
        rounded = min(round(self.confidence * 20) / 20, 0.95)
        said = f"(last said {self.at:%Y-%m}, confidence {rounded:.2f})"
        return f"[{label(self.id)}] {quoted(self.text)} {said}"


@dataclass(frozen=True, slots=True)
class SystemPrompt(Prompt):
    """Who the assistant is, and what it has long known; stable, so that prefixes are cached."""

    name: ClassVar[str] = "system"

    user_name: str
    facts: tuple[FactLine, ...]
    """In an order that does not depend on the turn."""
