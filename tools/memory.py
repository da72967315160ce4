"""The tools by which a model reads and changes the memory of the user it talks to."""

from typing import ClassVar

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from usermind.memory import UserMemory
from usermind.prompts import quoted
from usermind.tools.forget import Forget
from usermind.tools.tied import MemoryTool, shown


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
        kept = self.memory.remember(text, evidence=self.evidence, author="assistant")
        if kept is None:
            return "Not kept: the user said before that it is not so, or had it forgotten."
        return f"Kept as {kept.id}: {quoted(kept.text)}"


class SearchMemory(MemoryTool):
    """Look something up."""

    name: str = "search_memory"
    description: str = (
        "Search what is known about the user: earlier messages and claims with their confidence."
    )
    args_schema: ClassVar[type[BaseModel]] = SearchArgs  # type: ignore[misc]  # same for all

    def _run(self, query: str, k: int = 5) -> str:
        hits = self.memory.recall(query, k=k, exclude=[self.evidence] if self.evidence else [])
        return "\n".join(shown(hit) for hit in hits) or "Nothing is known about that."


def memory_tools(memory: UserMemory, *, evidence: str | None = None) -> list[BaseTool]:
    """Return the tools for one user, to be bound to any LangChain model.

    Args:
        memory: Whose memory they work on.
        evidence: The observation that is being answered: what `remember` rests on.
    """
    return [tool(memory=memory, evidence=evidence) for tool in (Remember, SearchMemory, Forget)]
