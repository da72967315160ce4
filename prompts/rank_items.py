"""The prompt of listwise ranking: preferences in words and numbered items in, an order out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.entities import TextLine
from usermind.prompts.fencing import quoted
from usermind.prompts.offer import ItemLine

MOST_ITEMS = 30
"""Items that one prompt shows: of longer lists models lose the middle."""


@dataclass(frozen=True, slots=True)
class PreferenceLine:
    """What somebody likes or does not."""

    text: str
    likes: bool

    def render(self) -> str:
        """Return `- likes: ⟦science fiction⟧`."""
        return f"- {'likes' if self.likes else 'does not like'}: {quoted(self.text)}"


class RankItemsAnswer(BaseModel):
    """The answer to `RankItemsPrompt`."""

    model_config = ConfigDict(extra="forbid")

    order: Annotated[
        list[Annotated[int, Field(ge=1, le=MOST_ITEMS)]], Field(min_length=1, max_length=60)
    ]
    """Numbers of the items, the best first."""


@dataclass(frozen=True, slots=True)
class RankItemsPrompt(StructuredPrompt[RankItemsAnswer]):
    """Put items in order for somebody whose preferences are told in words."""

    name: ClassVar[str] = "rank_items"
    output: ClassVar[type[RankItemsAnswer]] = RankItemsAnswer
    max_tokens: ClassVar[int] = 512

    preferences: tuple[PreferenceLine, ...]
    asked: TextLine
    items: tuple[ItemLine, ...]
