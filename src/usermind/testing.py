"""For tests of code that uses this package: a reasoner by script, and a clock that stands still."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from langchain_core.messages import AIMessageChunk
from pydantic import BaseModel

from usermind.models.reasoner import ReplyRequest
from usermind.prompts import StructuredPrompt
from usermind.prompts._base import Output
from usermind.types import ModelPlace

Answer = BaseModel | BaseException | Callable[[Any], BaseModel]
"""What a call of `complete` does: returns this, raises this, or returns what this makes of the
prompt."""
Said = str | AIMessageChunk | BaseException
"""What a call of `reply` does: streams this text, yields this chunk, or raises this."""


class ScriptedReasoner:
    """A `Reasoner` that says what it was told to say, one answer a call, and no more.

    Pass it where a model goes: `MemoryStore(path, reasoner=ScriptedReasoner([...]))`. What it was
    asked is in `prompts` and `requests`.

    Args:
        answers: To `complete`, in order.
        replies: To `reply`, in order.
        name: Kept beside what it proposes.
        batch: Observations worth waiting for before reflection in the background.
        recipient: What the privacy gate takes it for.
        sees: Whether it is given pictures.
    """

    def __init__(
        self,
        answers: Sequence[Answer] = (),
        *,
        replies: Sequence[Said] = (),
        name: str = "scripted",
        batch: int = 1,
        recipient: ModelPlace = "local model",
        sees: bool = False,
    ) -> None:
        self.name = name
        self.sees = sees
        self.batch = batch
        self.recipient: ModelPlace = recipient
        self.prompts: list[StructuredPrompt[Any]] = []
        """What `complete` was given."""
        self.requests: list[ReplyRequest] = []
        """What `reply` was given."""
        self._answers = list(answers)
        self._replies = list(replies)

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the next answer; raises AssertionError when there is none left."""
        self.prompts.append(prompt)
        assert self._answers, f"`complete` was called {len(self.prompts)} times: once too often"
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        made = answer if isinstance(answer, BaseModel) else answer(prompt)
        assert isinstance(made, prompt.output), f"{prompt.output.__name__} was asked for"
        return made  # type: ignore[return-value]  # `output` is the type argument, by contract

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield the next reply, a text word by word; AssertionError when there is none left."""
        self.requests.append(request)
        assert self._replies, f"`reply` was called {len(self.requests)} times: once too often"
        said = self._replies.pop(0)
        if isinstance(said, BaseException):
            raise said
        if isinstance(said, AIMessageChunk):
            yield said
            return
        for piece in re.findall(r"\S+\s*|\s+", said):
            yield AIMessageChunk(content=piece)


class StoppedClock:
    """A clock that moves only when told to: `MemoryStore(path, clock=StoppedClock())`."""

    def __init__(self, now: datetime = datetime(2026, 6, 1, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the present."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.now += by
