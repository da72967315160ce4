"""The prompt of discovery: what somebody did and what is known of them in, ideas for offers out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.entities import TextLine
from usermind.prompts.fencing import label, quoted
from usermind.prompts.system import FactLine
from usermind.prompts.weigh import LONGEST_EVENT

MOST_IDEAS = 3
MOST_BECAUSE = 8
"""Lines that one idea may name."""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """Something that the user did or said, under its id."""

    id: str
    at: datetime
    author: str
    text: str

    def render(self) -> str:
        """Return `- [o12] 2026-03-02 09:10 user: ⟦I fly to Oslo on Friday.⟧`."""
        said = quoted(self.text, longest=LONGEST_EVENT)
        author = quoted(self.author, longest=60)
        return f"- [{label(self.id)}] {self.at:%Y-%m-%d %H:%M} {author}: {said}"


@dataclass(frozen=True, slots=True)
class ActionLine:
    """Something that can be done for the user."""

    tool: str
    about: str
    takes: str
    """JSON schema of its arguments."""

    def render(self) -> str:
        """Return `- send_mail: Send a mail. Takes {"to": {"type": "string"}}`."""
        return f"- {label(self.tool)}: {quoted(self.about, longest=400)} Takes {quoted(self.takes)}"


class IdeaAction(BaseModel):
    """What would be done."""

    model_config = ConfigDict(extra="forbid")

    tool: Annotated[str, Field(min_length=1, max_length=64)]
    arguments: Annotated[str, Field(max_length=2_000)]
    """A JSON object."""


class Idea(BaseModel):
    """Something that could be offered."""

    model_config = ConfigDict(extra="forbid")

    because: Annotated[
        list[Annotated[str, Field(pattern=r"^[op][0-9]{1,12}$")]],
        Field(min_length=1, max_length=MOST_BECAUSE),
    ]
    """Ids of the lines that it follows from."""
    title: Annotated[str, Field(min_length=1, max_length=120)]
    text: Annotated[str, Field(min_length=1, max_length=400)]
    action: IdeaAction | None = None
    benefit: Annotated[int, Field(ge=1, le=5)]
    """From 1, it saves a minute, to 5."""


class DiscoverAnswer(BaseModel):
    """The answer to `DiscoverPrompt`."""

    model_config = ConfigDict(extra="forbid")

    ideas: Annotated[list[Idea], Field(max_length=MOST_IDEAS)]
    """The best first; empty where there is nothing to offer."""


@dataclass(frozen=True, slots=True)
class DiscoverPrompt(StructuredPrompt[DiscoverAnswer]):
    """Ask what could be offered to somebody who has asked for nothing."""

    name: ClassVar[str] = "discover"
    output: ClassVar[type[DiscoverAnswer]] = DiscoverAnswer
    max_tokens: ClassVar[int] = 1024
    optional: ClassVar[frozenset[str]] = frozenset({"actions"})

    now: datetime
    """The present, aware."""
    events: tuple[SeenLine, ...]
    """Oldest first."""
    facts: tuple[FactLine, ...]
    actions: tuple[ActionLine, ...]
    earlier: tuple[TextLine, ...]
    """Titles of what was offered before."""
