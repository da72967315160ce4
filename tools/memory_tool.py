"""What a memory tool is tied to, and how it shows a memory to a model."""

from langchain_core.tools import BaseTool
from pydantic import ConfigDict

from usermind.memory import Recollection, UserMemory
from usermind.memory.journal import USER, is_own_words
from usermind.memory.pasted import harmless, own_words
from usermind.prompts import named, quoted

THREAD = 8
"""Latest messages of the conversation in which the user must have spoken of what is done."""
LONGEST = 1_000
"""Characters of one memory that a tool shows."""


class MemoryTool(BaseTool):
    """A tool that is tied to one user; the model cannot name another one."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    memory: UserMemory
    evidence: str | None = None
    """The observation of the message that is being answered."""
    said: str | None = None
    """The message itself where it is private, so that its observation does not hold it."""

    def spoken(self) -> list[str] | None:
        """Return what the user said last, in their own words; None outside a conversation.

        What they pasted is left out, and what others put into the conversation in their name.
        """
        if self.evidence is None:
            return None
        message = self.memory.observation(self.evidence)
        thread = self.memory.observations(
            session=message.session, source=message.source, limit=THREAD
        )
        own = [own_words(item.text) for item in (message, *thread) if is_own_words(item)]
        return [*own, own_words(self.said)] if self.said else own


def shown(hit: Recollection) -> str:
    """Return a memory on one line, its words and its author fenced, cut to `LONGEST`."""
    words = harmless(hit.text) if hit.author == USER else hit.text
    sure = f", confidence {hit.confidence:.2f}" if hit.confidence is not None else ""
    return (
        f"[{hit.id}] {hit.at:%Y-%m-%d} {named(hit.author)}{sure}: {quoted(words, longest=LONGEST)}"
    )
