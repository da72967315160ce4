"""The tools by which a model reads and changes the memory of the user it talks to."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Protocol, runtime_checkable

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from usermind.errors import ModelError
from usermind.memory import Recollection, UserMemory
from usermind.memory.echoes import content
from usermind.prompts import quoted
from usermind.tools.forget import Forget
from usermind.tools.memory_tool import MemoryTool, shown

_log = logging.getLogger(__name__)

TOLD = 0.6
"""Share of a claim's content words, but for the user's name, dates and `_FRAME`, that the user must
have used."""
_FRAME = content(
    "user prefer like call name want currently person people favourite favorite also keep remember "
    "January February March April May June July August September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
)
"""Words by which a claim about the user is put, whatever it says."""


@runtime_checkable
class Search(Protocol):
    """Finds memories for a query."""

    def __call__(self, query: str, /, *, k: int, exclude: Sequence[str]) -> Sequence[Recollection]:
        """Return at most k memories, best first.

        Raises:
            ModelError: A model that puts the query in other words failed.
        """
        ...


class RememberArgs(BaseModel):
    """Arguments of `remember`."""

    text: str = Field(
        min_length=1,
        max_length=500,
        description="One fact about the user, in the third person, with absolute dates.",
    )


class SearchArgs(BaseModel):
    """Arguments of `search_memory`."""

    query: str = Field(min_length=1, max_length=500, description="What to look for, in words.")
    k: int = Field(default=5, ge=1, le=20, description="How many memories to return at most.")


class Remember(MemoryTool):
    """Keep a claim at once."""

    name: str = "remember"
    description: str = (
        "Keep one fact about the user for later. Use it when they ask you to remember something."
    )
    args_schema: ClassVar[type[BaseModel]] = RememberArgs  # type: ignore[misc]  # same for all

    def _run(self, text: str) -> str:
        said = self.spoken()
        if said is not None and not _says(said, text, name=self.memory.display_name):
            return (
                "Not kept: the user did not say that themselves. Keep only what they say in this "
                "conversation, with their words; what others wrote is learnt from by itself."
            )
        kept = self.memory.remember(text, evidence=self.evidence, author="assistant")
        if kept is None:
            return "Not kept: the user said before that it is not so, or had it forgotten."
        return f"Kept as {kept.id}: {quoted(kept.text)}"


def _says(said: Sequence[str], text: str, *, name: str) -> bool:
    """Say whether the user's own words hold most of a claim: a model may put it, not invent it."""
    told = {term for words in said for term in content(words)}
    wanted = {term for term in content(text) - content(name) - _FRAME if not term.isdigit()}
    return len(wanted & told) >= TOLD * len(wanted)


class SearchMemory(MemoryTool):
    """Look something up."""

    name: str = "search_memory"
    description: str = (
        "Search what is known about the user: earlier messages and claims with their confidence."
    )
    args_schema: ClassVar[type[BaseModel]] = SearchArgs  # type: ignore[misc]  # same for all
    search: Search | None = None
    """Searches in the place of `recall`, by other words too; None: `recall` alone."""

    def _run(self, query: str, k: int = 5) -> str:
        hits = self._found(query, k, [self.evidence] if self.evidence else [])
        lines = [shown(part) for hit in hits for part in self._parts(hit)]
        return "\n".join(lines) or "Nothing is known about that."

    def _found(self, query: str, k: int, exclude: Sequence[str]) -> Sequence[Recollection]:
        if self.search is not None:
            try:
                return self.search(query, k=k, exclude=exclude)
            except ModelError as error:  # the query as it stands needs no model
                _log.warning("Searched by the query alone: %s", type(error).__name__)
        return self.memory.recall(query, k=k, exclude=exclude)

    def _parts(self, hit: Recollection) -> Sequence[Recollection]:
        """Return what gets a line of its own, to be shown or not: of a profile each claim."""
        if hit.kind != "profile":
            return [hit]
        claims = self.memory.profiles.said_in(hit.id, hit.text)
        return [replace(hit, text=claim.text) for claim in claims] or [hit]


def memory_tools(
    memory: UserMemory,
    *,
    evidence: str | None = None,
    said: str | None = None,
    search: Search | None = None,
) -> list[BaseTool]:
    """Return the tools for one user, to be bound to any LangChain model.

    Args:
        memory: Whose memory they work on.
        evidence: The observation that is being answered: what `remember` rests on.
        said: The message where it is private, so that the observation does not hold its words.
        search: Searches in the place of `memory.recall`, such as
            `partial(recalled_with, memory, reasoner=…)` of `usermind.tools.reformulating`.
    """
    return [
        Remember(memory=memory, evidence=evidence, said=said),
        SearchMemory(memory=memory, evidence=evidence, said=said, search=search),
        Forget(memory=memory, evidence=evidence, said=said),
    ]
