"""The prompt of the judge: a person, a conversation and two answers in, one of the two out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.entities import TextLine
from usermind.prompts.plan import SaidLine

LONGEST_WHY = 200
"""Characters of the reason that an answer gives."""


class JudgeReplyAnswer(BaseModel):
    """The answer to `JudgeReplyPrompt`; the reason comes first, so that a model reasons first."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_WHY)]
    """What decides it."""
    choice: Literal["A", "B"]
    certainty: Annotated[int, Field(ge=1, le=100)]
    """In the bands that the prompt describes; a feeling, until it is calibrated."""


@dataclass(frozen=True, slots=True)
class JudgeReplyPrompt(StructuredPrompt[JudgeReplyAnswer]):
    """Ask which of two answers a person would choose.

    Source: the bands and the choice are those of "Can LLM be a Personalized Judge?" (EMNLP
    Findings 2024), worded anew.
    """

    name: ClassVar[str] = "judge_reply"
    output: ClassVar[type[JudgeReplyAnswer]] = JudgeReplyAnswer
    max_tokens: ClassVar[int] = 512
    optional: ClassVar[frozenset[str]] = frozenset({"facts", "conversation"})

    user_name: str
    facts: tuple[TextLine, ...]
    """What is true of the person; empty for the control, which knows nothing of them."""
    conversation: tuple[SaidLine, ...]
    """Oldest first."""
    question: TextLine
    first: TextLine
    second: TextLine
