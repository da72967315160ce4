"""The prompt of query suggestion: a turn and names in, what may be asked next out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.fencing import label, quoted
from usermind.prompts.plan import SaidLine

LONGEST_QUERY = 120
"""Characters of one suggestion."""
LONGEST_NAME = 80
"""Characters of a name that is shown."""


@dataclass(frozen=True, slots=True)
class NameLine:
    """A name, and what kind of thing it stands for."""

    name: str
    kind: str = ""
    """Our own word: `"place"`; empty where nothing is known."""

    def render(self) -> str:
        """Return `- ⟦Oslo⟧ (place)`."""
        kind = f" ({label(self.kind)})" if self.kind else ""
        return f"- {quoted(self.name, longest=LONGEST_NAME)}{kind}"


class SuggestedQuery(BaseModel):
    """One query that a model suggests."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=3, max_length=LONGEST_QUERY)]
    names: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]], Field(max_length=4)
    ]
    why: Annotated[str, Field(min_length=1, max_length=160)]


class SuggestQueriesAnswer(BaseModel):
    """The answer to `SuggestQueriesPrompt`."""

    model_config = ConfigDict(extra="forbid")

    queries: Annotated[list[SuggestedQuery], Field(max_length=8)]


@dataclass(frozen=True, slots=True)
class SuggestQueriesPrompt(StructuredPrompt[SuggestQueriesAnswer]):
    """Suggest next queries. Of the user's memory it holds names and nothing else.

    Source: K-LaMP (Baek et al., WWW 2024, arXiv 2311.06318): the entity store stands in for the
    history. The wording is ours.
    """

    name: ClassVar[str] = "suggest_queries"
    output: ClassVar[type[SuggestQueriesAnswer]] = SuggestQueriesAnswer
    max_tokens: ClassVar[int] = 1024

    user_name: str
    present: tuple[NameLine, ...]
    related: tuple[NameLine, ...]
    familiar: tuple[NameLine, ...]
    lapsed: tuple[NameLine, ...]
    most: int
    reply: SaidLine
    message: SaidLine
