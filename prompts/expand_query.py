"""The prompts of query reformulation: a query in, terms or made-up notes to search by out.

What is searched is a memory, or a catalogue: the made-up notes are then entries of it.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.entities import TextLine

INSTRUCTIONS = (
    "Make a query find more: suggest terms that could be added to it.",
    "Suggest further search terms for a query, so that nothing it is after is missed.",
    "Which words would you add to a query to get better results? Name them.",
    "Widen a query: give terms for what it leaves unsaid.",
    "A query found too little. Name words by which it should be searched for as well.",
    "Think of how others put what a query asks for, and list their words.",
    "List what somebody who writes about the matter of a query would mention.",
    "Give terms that tell what a query means from other things it could mean.",
    "Name the people, places, things and times that an answer to a query may speak of.",
    "Give the key words of the best answer to a query.",
)
"""Ten ways to ask for the same; what one of them misses another finds.

Source: GenQREnsemble (arXiv 2404.03746), section 3, which paraphrases one instruction ten times.
The words are ours.
"""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of `INSTRUCTIONS`: our own words, which stand in no fence."""

    text: str

    def render(self) -> str:
        """Return the text."""
        return self.text


class ExpandQueryAnswer(BaseModel):
    """The answer to `ExpandQueryPrompt`."""

    model_config = ConfigDict(extra="forbid")

    terms: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=20)
    ]


@dataclass(frozen=True, slots=True)
class ExpandQueryPrompt(StructuredPrompt[ExpandQueryAnswer]):
    """Ask for terms to search by beside a query, of a memory or of a catalogue."""

    name: ClassVar[str] = "expand_query"
    optional: ClassVar[frozenset[str]] = frozenset({"user_name", "things"})
    output: ClassVar[type[ExpandQueryAnswer]] = ExpandQueryAnswer
    max_tokens: ClassVar[int] = 256

    instruction: Instruction
    most: int
    query: TextLine
    user_name: str = ""
    """Whose memory is searched; empty: it is a catalogue."""
    things: str = ""
    """How people speak of the catalogue's items; empty: it is a memory."""


class ImagineNoteAnswer(BaseModel):
    """The answer to `ImagineNotePrompt`."""

    model_config = ConfigDict(extra="forbid")

    notes: Annotated[list[Annotated[str, Field(min_length=1, max_length=400)]], Field(max_length=5)]


@dataclass(frozen=True, slots=True)
class ImagineNotePrompt(StructuredPrompt[ImagineNoteAnswer]):
    """Ask for made-up notes that would answer a query: what is looked for looks like them.

    Source: pseudo-documents as in Query2Doc and MuGI, which with strong models find more than
    terms do (STORM's table for TREC DL19).
    """

    name: ClassVar[str] = "imagine_note"
    output: ClassVar[type[ImagineNoteAnswer]] = ImagineNoteAnswer
    max_tokens: ClassVar[int] = 512

    user_name: str
    most: int
    query: TextLine


@dataclass(frozen=True, slots=True)
class ImagineItemPrompt(StructuredPrompt[ImagineNoteAnswer]):
    """Ask for made-up entries of a catalogue that would answer a request."""

    name: ClassVar[str] = "imagine_item"
    output: ClassVar[type[ImagineNoteAnswer]] = ImagineNoteAnswer
    max_tokens: ClassVar[int] = 512

    things: str
    most: int
    query: TextLine
