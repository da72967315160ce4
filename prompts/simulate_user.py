"""The prompt of the simulated user: what they may say now and a conversation in, a message out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.fencing import quoted
from usermind.prompts.plan import SaidLine

MOST_FACTS = 20
"""Things that a simulated user may say at one time."""
LONGEST_SAID = 300
"""Characters of the message that an answer gives."""


@dataclass(frozen=True, slots=True)
class TellLine:
    """Something that the simulated user may say, under its number."""

    number: int
    text: str

    def render(self) -> str:
        """Return `1. ⟦text⟧`."""
        return f"{self.number}. {quoted(self.text)}"


@dataclass(frozen=True, slots=True)
class TaskLine:
    """What the next message does."""

    task: Literal["answer", "object"]

    def render(self) -> str:
        """Return it as a sentence."""
        if self.task == "answer":
            return "the assistant asks you something; answer it."
        return "this is not what you need; say so, and what is missing if it stands above."


class SimulateUserAnswer(BaseModel):
    """The answer to `SimulateUserPrompt`."""

    model_config = ConfigDict(extra="forbid")

    tells: Annotated[int, Field(ge=0, le=MOST_FACTS)]
    """Number of what the message says; 0: none of them."""
    says: Annotated[str, Field(min_length=1, max_length=LONGEST_SAID)]


@dataclass(frozen=True, slots=True)
class SimulateUserPrompt(StructuredPrompt[SimulateUserAnswer]):
    """Write the next message of a person whose need is hidden.

    Source: the two tasks are those of ConvSim (SIGIR 2023): answer a clarifying question, and give
    feedback on a reply. What must not be said now is not in the prompt.
    """

    name: ClassVar[str] = "simulate_user"
    output: ClassVar[type[SimulateUserAnswer]] = SimulateUserAnswer
    max_tokens: ClassVar[int] = 256

    user_name: str
    facts: tuple[TellLine, ...]
    conversation: tuple[SaidLine, ...]
    """Oldest first."""
    task: TaskLine
