"""The prompt of listwise ranking: preferences in words and numbered items in, an order out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.entities import TextLine
from usermind.prompts.fencing import quoted

LONGEST_ITEM = 160
"""Characters of one item that are shown."""
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


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item by its number."""

    number: int
    """From 1."""
    told: str
    """Its title and the words of its attributes."""

    def render(self) -> str:
        """Return `7. ⟦Alien (1979). genre: Horror⟧`."""
        return f"{self.number}. {quoted(self.told, longest=LONGEST_ITEM)}"


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
