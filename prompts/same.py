"""Whether a picture shows the same individual as one of several reference pictures."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.pictures import PictureLine


class SameAnswer(BaseModel):
    """What a vision model says of a close call."""

    model_config = ConfigDict(extra="forbid")

    picture: int = Field(ge=0, le=9)
    """Number of the picture that shows the same individual as the first; 0: none, or unknown."""
    certainty: int = Field(ge=0, le=100)
    """Percent."""


@dataclass(frozen=True, slots=True)
class SamePrompt(StructuredPrompt[SameAnswer]):
    """Ask which reference picture shows what the first picture shows."""

    name: ClassVar[str] = "same"
    output: ClassVar[type[BaseModel]] = SameAnswer
    max_tokens: ClassVar[int] = 64

    pictures: tuple[PictureLine, ...]
    """The picture in question as number 1, then one reference picture a candidate."""
