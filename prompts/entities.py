"""The prompt of entity extraction: a text in, the public things that it names out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.fencing import quoted


@dataclass(frozen=True, slots=True)
class TextLine:
    """A text that is shown as data."""

    text: str

    def render(self) -> str:
        """Return `⟦text⟧`."""
        return quoted(self.text)


class EntitiesAnswer(BaseModel):
    """The answer to `EntitiesPrompt`."""

    model_config = ConfigDict(extra="forbid")

    names: Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=20)]


@dataclass(frozen=True, slots=True)
class EntitiesPrompt(StructuredPrompt[EntitiesAnswer]):
    """Find the public things that a text names."""

    name: ClassVar[str] = "entities"
    output: ClassVar[type[EntitiesAnswer]] = EntitiesAnswer
    max_tokens: ClassVar[int] = 1024

    user_name: str
    text: TextLine
