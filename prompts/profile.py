"""The prompt of a profile: a user's history in, claims with cites out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.fencing import quoted

LONGEST = 400
"""Characters of one line of the history that the prompt shows."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One note or message of the history."""

    alias: int
    """Number the model uses to cite it; real ids are never shown."""
    at: datetime
    """Event time, aware."""
    text: str
    note: bool
    """Whether it is a proposition; else the user wrote it."""

    def render(self) -> str:
        """Return `[1] 2026-03-02, note: ⟦text⟧`."""
        what = "note" if self.note else "wrote"
        return f"[{self.alias}] {self.at:%Y-%m-%d}, {what}: {quoted(self.text, longest=LONGEST)}"


class SaidClaim(BaseModel):
    """One claim of the answer."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=240)]
    kind: Literal["preference", "routine", "style", "fact"]
    cites: Annotated[list[Annotated[int, Field(ge=1, le=999)]], Field(min_length=1, max_length=8)]
    """Aliases of the lines it rests on."""


class ProfileAnswer(BaseModel):
    """The answer to `ProfilePrompt`."""

    model_config = ConfigDict(extra="forbid")

    claims: Annotated[list[SaidClaim], Field(max_length=16)]


@dataclass(frozen=True, slots=True)
class ProfilePrompt(StructuredPrompt[ProfileAnswer]):
    """Sum a user up for a task."""

    name: ClassVar[str] = "profile"
    output: ClassVar[type[ProfileAnswer]] = ProfileAnswer
    max_tokens: ClassVar[int] = 1024
    version: ClassVar[str] = "2"
    """Raise it with any change of the wording: profiles are then made again."""

    user_name: str
    task: str
    history: tuple[HistoryLine, ...]
    """Notes first, then messages, newest first."""
    emphasis: str = "Put first what helps most with the task; leave out what does not help."
    """What to say and what to leave out: one sentence of ours, at most 80 characters."""
