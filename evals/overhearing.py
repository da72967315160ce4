"""A reasoner that passes everything on, and keeps which tools were called with what."""

from collections.abc import Iterator

from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message

from usermind.evals.transcript import Call
from usermind.models.reasoner import Reasoner, ReplyRequest, sees
from usermind.prompts import StructuredPrompt
from usermind.prompts._base import Output
from usermind.types import ModelPlace


class Overhearing:
    """Stands before a reasoner; not for several turns at once."""

    def __init__(self, behind: Reasoner) -> None:
        self._behind = behind
        self.calls: list[Call] = []
        """Of tools, since somebody last cleared it."""
        self.metered = bool(getattr(behind, "metered", False))
        self.sees = sees(behind)

    @property
    def name(self) -> str:
        """Name of the one behind."""
        return self._behind.name

    @property
    def batch(self) -> int:
        """As the one behind has it."""
        return self._behind.batch

    @property
    def recipient(self) -> ModelPlace:
        """As the one behind has it."""
        return getattr(self._behind, "recipient", "remote model")

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the answer of the one behind."""
        return self._behind.complete(prompt)

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield the reply of the one behind."""
        said: list[AIMessageChunk] = []
        for chunk in self._behind.reply(request):
            said.append(chunk)
            yield chunk
        if said:
            whole = message_chunk_to_message(said[0] + said[1:])
            if isinstance(whole, AIMessage):
                self.calls += [Call(each["name"], each["args"]) for each in whole.tool_calls]
