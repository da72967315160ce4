"""What a memory tool is tied to, and how it shows a memory to a model."""

from langchain_core.tools import BaseTool
from pydantic import ConfigDict

from usermind.memory import Recollection, UserMemory
from usermind.prompts import named, quoted


class MemoryTool(BaseTool):
    """A tool that is tied to one user; the model cannot name another one."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    memory: UserMemory
    evidence: str | None = None
    """The observation of the message that is being answered."""


def shown(hit: Recollection) -> str:
    """Return a memory on one line, its words and its author fenced."""
    sure = f", confidence {hit.confidence:.2f}" if hit.confidence is not None else ""
    return f"[{hit.id}] {hit.at:%Y-%m-%d} {named(hit.author)}{sure}: {quoted(hit.text)}"
