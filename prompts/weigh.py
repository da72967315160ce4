"""The prompt of the proactive gate: what somebody did lately and an offer in, a probability out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.fencing import quoted
from usermind.prompts.system import FactLine

LONGEST_EVENT = 400
"""Characters of one event that the prompt shows."""
LONGEST_TITLE = 200
"""Characters of an offer's title that it shows."""
LONGEST_OFFER = 1_000
"""Characters of an offer's text that it shows."""
LONGEST_WHY = 200
"""Characters of the reason that an answer gives."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that the user did, or that happened before their eyes."""

    at: datetime
    """Aware, as `WeighPrompt.now` is."""
    text: str

    def render(self) -> str:
        """Return `- 2026-03-02 09:10:05 ⟦searched for "pandas file not found"⟧`."""
        return f"- {self.at:%Y-%m-%d %H:%M:%S} {quoted(self.text, longest=LONGEST_EVENT)}"


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """What could be offered to the user."""

    title: str
    text: str = ""
    """What it would bring them, if the title does not say it all."""

    def render(self) -> str:
        """Return `⟦title⟧ ⟦text⟧`."""
        more = f" {quoted(self.text, longest=LONGEST_OFFER)}" if self.text else ""
        return f"{quoted(self.title, longest=LONGEST_TITLE)}{more}"


class WeighAnswer(BaseModel):
    """The answer to `WeighPrompt`; the reason comes first, so that a model reasons, then counts."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_WHY)]
    """What speaks for the offer, or against it."""
    useful: Annotated[float, Field(ge=0.0, le=1.0)]
    """Probability that the user takes the offer now."""


@dataclass(frozen=True, slots=True)
class WeighPrompt(StructuredPrompt[WeighAnswer]):
    """Ask whether an offer is wanted now, or silence is."""

    name: ClassVar[str] = "weigh"
    output: ClassVar[type[WeighAnswer]] = WeighAnswer
    max_tokens: ClassVar[int] = 512

    now: datetime
    """The present, aware."""
    events: tuple[EventLine, ...]
    """What the user did lately, oldest first."""
    facts: tuple[FactLine, ...]
    """What is believed of them."""
    offer: OfferedLine
