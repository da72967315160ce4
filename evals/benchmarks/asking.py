"""A benchmark's question to a model: words of ours in, one short answer out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.errors import InvalidModelOutputError, TruncatedOutputError
from usermind.models import Reasoner
from usermind.prompts import StructuredPrompt


class Answer(BaseModel):
    """What a model answers."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(max_length=600)]


@dataclass(frozen=True, slots=True)
class Question(StructuredPrompt[Answer]):
    """A prompt that is written out already: benchmarks keep no files among the product's."""

    name: ClassVar[str] = "benchmark"
    output: ClassVar[type[Answer]] = Answer
    max_tokens: ClassVar[int] = 400

    text: str

    def render(self) -> str:
        """Return the text."""
        return self.text


@dataclass(slots=True)
class Asker:
    """Puts questions to a model, and counts the answers that were none."""

    reasoner: Reasoner
    asked: int = 0
    unusable: int = 0
    """Answers that were cut, or did not fit the schema after a repair; they count as wrong."""

    def __call__(self, text: str) -> str:
        """Return the answer; empty where it was unusable. A model that is down raises."""
        self.asked += 1
        try:
            return self.reasoner.complete(Question(text)).answer.strip()
        except (InvalidModelOutputError, TruncatedOutputError):
            self.unusable += 1
            return ""
