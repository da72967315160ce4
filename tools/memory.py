"""Three tools by which a model reads and changes the memory of the user it talks to."""

from collections.abc import Sequence
from typing import ClassVar

from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict, Field

from usermind.memory import Recollection, UserMemory
from usermind.memory.journal import USER
from usermind.memory.ranking import content_query
from usermind.memory.terms import terms_of
from usermind.prompts import named, quoted

DELETED = "Forgotten for good"
"""How the answer of `forget` begins when something was deleted."""
CANDIDATES = 20
"""Memories nearest to a request, among which what is meant must be."""
COVERED = 0.75
"""Share of the request's content words that a memory must hold to be what is meant by it."""


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


class ForgetArgs(BaseModel):
    """Arguments of `forget`."""

    query: str = Field(
        min_length=1, max_length=500, description="What the user wants forgotten, in their words."
    )
    ids: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Ids of exactly those memories, as `search_memory` shows them; may be empty.",
    )


class MemoryTool(BaseTool):
    """A tool that is tied to one user; the model cannot name another one."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    memory: UserMemory
    evidence: str | None = None
    """The observation of the message that is being answered."""


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
            return "Not kept: the user had this forgotten or said that it is not so."
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
        return "\n".join(_line(hit) for hit in hits) or "Nothing is known about that."


class Forget(MemoryTool):
    """Delete what the user wants forgotten."""

    name: str = "forget"
    description: str = (
        "Delete from memory what the user explicitly asks you to forget. It cannot be undone."
    )
    args_schema: ClassVar[type[BaseModel]] = ForgetArgs  # type: ignore[misc]  # same for all

    def _run(self, query: str, ids: list[str] | None = None) -> str:
        request = [self.evidence] if self.evidence else []
        near = self.memory.recall(query, k=CANDIDATES, exclude=request)
        chosen = [hit for hit in near if hit.id in ids] if ids else []
        meant = [hit.id for hit in chosen or near if chosen or covers(hit.text, query)]
        spoken = self._spoken()
        # A model can be talked into naming memories by a text it was shown; the user must have.
        if spoken is not None:
            texts = {hit.id: hit.text for hit in near}
            meant = [item for item in meant if spoken & content_terms(texts[item])]
        if not meant:
            shown = "\n".join(_line(hit) for hit in near[:3]) or "(none)"
            return (
                "Nothing was forgotten: no memory says that, or the user did not name it. Ask them "
                f"what exactly they mean. The nearest ones:\n{shown}"
            )
        receipt = self.memory.forget(
            propositions=[item for item in meant if item.startswith("p")],
            # The request repeats what is to be forgotten, so it goes too.
            observations=[*(item for item in meant if not item.startswith("p")), *request],
        )
        return (
            f"{DELETED}: {_count(receipt.propositions, 'claim')} and "
            f"{_count(receipt.observations, 'message')}."
        )

    def _spoken(self) -> set[str] | None:
        """Return the content terms of what the user said last; None outside a conversation."""
        if self.evidence is None:
            return None
        message = self.memory.observation(self.evidence)
        thread = self.memory.observations(session=message.session, source=message.source, limit=8)
        said = [item.text for item in thread if item.author == USER]
        return {term for text in (message.text, *said) for term in content_terms(text)}


def forgot(messages: Sequence[BaseMessage]) -> bool:
    """Say whether a `forget` among these messages deleted something."""
    return any(
        isinstance(message, ToolMessage)
        and message.name == "forget"
        and str(message.content).startswith(DELETED)
        for message in messages
    )


def content_terms(text: str) -> set[str]:
    """Return a text's distinct terms, without stop words where others are left."""
    return set(terms_of(content_query(text)))


def covers(text: str, query: str) -> bool:
    """Say whether a text holds nearly all content words of a request, whatever their form."""
    asked = content_terms(query)
    return bool(asked) and len(asked & set(terms_of(text))) >= COVERED * len(asked)


def memory_tools(memory: UserMemory, *, evidence: str | None = None) -> list[BaseTool]:
    """Return the tools for one user, to be bound to any LangChain model.

    Args:
        memory: Whose memory they work on.
        evidence: The observation that is being answered: what `remember` rests on.
    """
    return [tool(memory=memory, evidence=evidence) for tool in (Remember, SearchMemory, Forget)]


def _count(ids: tuple[str, ...], noun: str) -> str:
    return f"{len(ids)} {noun}" + ("" if len(ids) == 1 else "s")


def _line(hit: Recollection) -> str:
    sure = f", confidence {hit.confidence:.2f}" if hit.confidence is not None else ""
    return f"[{hit.id}] {hit.at:%Y-%m-%d} {named(hit.author)}{sure}: {quoted(hit.text)}"
