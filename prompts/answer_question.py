"""The prompt that has a question answered in a few words from what is remembered."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.entities import TextLine
from usermind.prompts.turn import MemoryLine

LONGEST = 600
"""Characters of an answer."""


class AnswerQuestionAnswer(BaseModel):
    """The answer to `AnswerQuestionPrompt`."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(max_length=LONGEST)]
    """May be empty, which answers nothing."""


@dataclass(frozen=True, slots=True)
class AnswerQuestionPrompt(StructuredPrompt[AnswerQuestionAnswer]):
    """Ask for a short answer, to be held against a labelled one."""

    name: ClassVar[str] = "answer_question"
    output: ClassVar[type[AnswerQuestionAnswer]] = AnswerQuestionAnswer
    max_tokens: ClassVar[int] = 400
    optional: ClassVar[frozenset[str]] = frozenset({"user_name"})

    user_name: str
    """Whose memory it is and who asks; empty: nobody's in particular."""
    memories: tuple[MemoryLine, ...]
    """Empty: nothing is remembered."""
    question: TextLine
