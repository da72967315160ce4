"""The seam between the graphs and whatever thinks: a model behind HTTP, or the offline engine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.tools import BaseTool

from usermind.prompts import StructuredPrompt, SystemPrompt, TurnPrompt
from usermind.prompts._base import Output
from usermind.types import ModelPlace

CITED = "usermind_cited"
"""Key of a reply's response metadata: ids of the memories it used, where the reasoner knows."""

DEGRADED = "usermind_degraded"
"""Key of a reply's response metadata: why another reasoner than the intended one answered."""


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """Everything the reply to one message is made from, stable parts first."""

    system: SystemPrompt
    history: Sequence[BaseMessage]
    """Earlier messages of the thread, oldest first."""
    turn: TurnPrompt
    steps: Sequence[BaseMessage] = ()
    """Tool calls and results of this turn so far."""
    tools: Sequence[BaseTool] = ()


def sees(reasoner: "Reasoner") -> bool:
    """Say whether pictures are worth sending to a reasoner: its attribute `sees`, if it has one."""
    return bool(getattr(reasoner, "sees", False))


class Reasoner(Protocol):
    """Executes typed prompts. `Offline` and `ChatReasoner` are the two that ship.

    One that takes the pictures of a prompt (`PictureLine`) says so by an attribute `sees: bool`.
    """

    @property
    def name(self) -> str:
        """Name shown in `status` and kept beside what it proposed."""
        ...

    @property
    def batch(self) -> int:
        """How many observations to wait for before reflecting in the background; 1 if free."""
        ...

    @property
    def recipient(self) -> ModelPlace:
        """Who reads what it is given, for the privacy gate; where it is missing, a remote model."""
        ...

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the validated answer to a prompt.

        Raises:
            InvalidModelOutputError: The answer did not fit the schema, nor did the repair.
            TruncatedOutputError: The answer was cut by the length limit.
            ModelUnavailableError: The endpoint is down or answered with a server error.
            ModelTimeoutError: The endpoint did not answer in time.
        """
        ...

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield the reply piece by piece; tool calls ride on the chunks as LangChain has them.

        Raises:
            TruncatedOutputError: The stream broke off before the model had finished.
            ModelUnavailableError: The endpoint is down or answered with a server error.
            ModelTimeoutError: The endpoint did not answer in time.
        """
        ...
