"""The system prompt of a conversation: the part that stays the same from turn to turn."""

from dataclasses import dataclass
from typing import ClassVar

from usermind.prompts._base import Prompt, quoted


@dataclass(frozen=True, slots=True)
class FactLine:
    """One long-lived claim about the user."""

    id: str
    """Id of the proposition."""
    text: str
    confidence: float
    """Probability in [0, 1]."""

    def render(self) -> str:
        """Return `[p3] ⟦text⟧ (confidence 0.84)`."""
        return f"[{self.id}] {quoted(self.text)} (confidence {self.confidence:.2f})"


@dataclass(frozen=True, slots=True)
class SystemPrompt(Prompt):
    """Who the assistant is, and what it has long known; stable, so that prefixes are cached."""

    name: ClassVar[str] = "system"

    user_name: str
    facts: tuple[FactLine, ...]
    """In an order that does not depend on the turn."""
