"""The prompt of the planner: a message in, the sources that its reply draws on out."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.fencing import label, named, quoted

LONGEST = 600
"""Characters of one earlier message that the prompt shows."""
LONGEST_MESSAGE = 2_000
"""Characters of the message itself that it shows."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Something that can be looked up."""

    name: str
    what: str
    """What it holds; our own words."""
    named: bool
    """Whether the message names something of it."""

    def render(self) -> str:
        """Return `- concept: people and things of the user (the message names one)`."""
        return (
            f"- {label(self.name)}: {self.what}{' (the message names one)' if self.named else ''}"
        )


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A message of the conversation."""

    author: str
    """`"user"` or `"assistant"`."""
    text: str
    longest: int = LONGEST

    def render(self) -> str:
        """Return `user: ⟦text⟧`."""
        return f"{named(self.author)}: {quoted(self.text, longest=self.longest)}"


class PlanAnswer(BaseModel):
    """The answer to `PlanPrompt`."""

    model_config = ConfigDict(extra="forbid")

    plan: Annotated[str, Field(min_length=1, max_length=100)]
    """The sources in order, or `none`."""


@dataclass(frozen=True, slots=True)
class PlanPrompt(StructuredPrompt[PlanAnswer]):
    """Choose what a reply draws on; `among` bounds the answer to plans that there are."""

    name: ClassVar[str] = "plan"
    output: ClassVar[type[PlanAnswer]] = PlanAnswer
    max_tokens: ClassVar[int] = 64

    user_name: str
    sources: tuple[SourceLine, ...]
    earlier: tuple[SaidLine, ...]
    """Oldest first."""
    message: SaidLine


@cache
def among(plans: tuple[str, ...]) -> type[PlanPrompt]:
    """Return the prompt whose answer must be one of these plans: its schema lists them.

    A server that holds answers to a schema lets the model say nothing else.
    """
    choice: Any = Literal[plans]
    answer = create_model("PlanAnswer", __base__=PlanAnswer, plan=(choice, ...))
    return type("PlanPrompt", (PlanPrompt,), {"__slots__": (), "output": answer})
