"""Who pays: the account that requests to a model count for, and how much they may take.

    with charging(account):
        reasoner.complete(prompt)

The account is found by the context, not passed along, so that a reasoner can serve many users at
once. A reasoner takes it when a call begins and keeps it until the call ends.
"""

import json
import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from usermind.errors import (
    InvalidModelOutputError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
    TruncatedOutputError,
    UsermindError,
)
from usermind.models._pictures import PICTURE_TOKENS, parted, with_pictures
from usermind.models.ledger import Outcome
from usermind.models.reasoner import Reasoner, ReplyRequest
from usermind.prompts import StructuredPrompt
from usermind.prompts._base import Output
from usermind.types import Account, Hold, ModelCall, ModelPlace

_log = logging.getLogger(__name__)

REPLY_TOKENS: Final = 4_096
"""Longest reply where a daily budget of tokens must hold."""
LEAST_REPLY: Final = 256
"""With less room than this for a reply no model is asked."""
BYTES_A_TOKEN: Final = 4
"""How the tokens of a call are estimated when its endpoint does not report them; English."""
PER_MESSAGE: Final = 16
"""Tokens that a chat template may put around one message."""
FOR_TOOLS: Final = 512
"""Tokens that a chat template may put around the descriptions of tools."""

_paying: ContextVar[Account | None] = ContextVar("usermind_account", default=None)


@contextmanager
def charging(account: Account | None) -> Iterator[None]:
    """Let the requests that are begun within the block count for an account."""
    before = _paying.set(account)
    try:
        yield
    finally:
        _paying.reset(before)


def most_tokens(messages: Sequence[BaseMessage], tools: Sequence[BaseTool] = ()) -> int:
    """Return how many tokens a prompt has at most: no token is shorter than a byte."""
    size = sum(_size(message) + PER_MESSAGE for message in messages)
    if tools:
        size += FOR_TOOLS + sum(len(json.dumps(convert_to_openai_tool(t))) for t in tools)
    return size


def _size(message: BaseMessage) -> int:
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    words, pictures = parted(message)
    content = words if isinstance(words, str) else json.dumps(words)
    size = len(content.encode("utf-8", "replace")) + sum(len(json.dumps(call)) for call in calls)
    return size + pictures * PICTURE_TOKENS


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be made, perhaps several times, at somebody's cost."""

    purpose: str
    prompt_tokens: int = 0
    """At most; 0: it is none that a model answers, and free."""
    completion_tokens: int = 0
    """At most."""
    least: int = 0
    """With less room for the answer it is not worth making."""
    account: Account | None = field(default_factory=_paying.get)

    def begin(self) -> "Running":
        """Set room aside for one try.

        Raises:
            BudgetSpentError: There is none; the request must not be made.
        """
        hold = None
        if self.account is not None and self.prompt_tokens:
            hold = self.account.reserve(
                prompt_tokens=self.prompt_tokens,
                completion_tokens=self.completion_tokens,
                least=self.least,
            )
        return Running(self, hold, time.perf_counter())


@dataclass(frozen=True, slots=True)
class Running:
    """One try of a request; to be settled once."""

    request: Request
    hold: Hold | None
    started: float

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.started

    @property
    def limit(self) -> int | None:
        """Tokens that the answer may have; None: as many as it likes."""
        return self.hold.completion_tokens if self.hold is not None and self.hold.capped else None

    def settle(self, outcome: Outcome, answer: AIMessage | None) -> None:
        """Count it for whoever pays.

        What the endpoint did not report is estimated from the bytes that went and came; of an
        answer that never came in time nothing is known, so it counts as the longest.
        """
        account = self.request.account
        if account is None or not self.request.prompt_tokens:
            return
        prompt, completion, cached = self._tokens(outcome, answer)
        call = ModelCall(
            self.request.purpose, outcome != "ok", self.seconds, prompt, completion, cached
        )
        try:
            account.settle(call, self.hold)
        except UsermindError as error:
            # The answer is worth more than its receipt; what was set aside stays counted.
            _log.warning("A model call could not be counted: %s", error)

    def _tokens(self, outcome: Outcome, answer: AIMessage | None) -> tuple[int, int, int]:
        if answer is not None and (usage := answer.usage_metadata):
            cached = usage.get("input_token_details", {}).get("cache_read") or 0
            return usage["input_tokens"], usage["output_tokens"], cached
        if outcome in ("unavailable", "refused"):
            return 0, 0, 0
        prompt = math.ceil(self.request.prompt_tokens / BYTES_A_TOKEN)
        if outcome == "timeout":
            return prompt, self.hold.completion_tokens if self.hold else 0, 0
        return prompt, math.ceil(_size(answer) / BYTES_A_TOKEN) if answer else 0, 0


def metered(reasoner: Reasoner) -> Reasoner:
    """Return a reasoner whose calls count for the account of `charging`.

    Those that ship see to it request by request, and say so by an attribute `metered`; any other
    is counted from outside, each call as one request, by estimate.
    """
    return reasoner if getattr(reasoner, "metered", False) else _Estimated(reasoner)


class _Estimated:
    """Counts the calls of a reasoner that does not count its requests."""

    metered = True

    def __init__(self, reasoner: Reasoner) -> None:
        self._reasoner = reasoner

    @property
    def name(self) -> str:
        return self._reasoner.name

    @property
    def batch(self) -> int:
        return self._reasoner.batch

    @property
    def recipient(self) -> ModelPlace:
        return getattr(self._reasoner, "recipient", "remote model")

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        most = most_tokens([HumanMessage(prompt.render())])
        running = Request(prompt.name, most, prompt.max_tokens, prompt.max_tokens).begin()
        said, outcome = "", _FAILED
        try:
            answer = self._reasoner.complete(prompt)
            said, outcome = answer.model_dump_json(), _OK
        except ModelError as error:
            outcome = _outcome(error)
            raise
        finally:
            running.settle(outcome, AIMessage(said))
        return answer

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        running = reply_request(request.turn.name, written(request), request.tools).begin()
        seen: list[AIMessageChunk] = []
        outcome: Outcome = "abandoned"
        try:
            for chunk in self._reasoner.reply(request):
                seen.append(chunk)
                yield chunk
            outcome = "ok"
        finally:
            running.settle(outcome, seen[0] + seen[1:] if seen else None)


_OK: Outcome = "ok"
_FAILED: Outcome = "unavailable"


def _outcome(error: ModelError) -> Outcome:
    """Return how a call of another's reasoner ended, by which it is counted."""
    if isinstance(error, InvalidModelOutputError):
        return "invalid"
    if isinstance(error, TruncatedOutputError):
        return "truncated"
    if isinstance(error, ModelTimeoutError):
        return "timeout"
    return "refused" if isinstance(error, ModelRequestError) else _FAILED


def written(request: ReplyRequest) -> list[BaseMessage]:
    """Return the messages of a reply's prompt."""
    return [
        HumanMessage(request.system.render()),
        *request.history,
        with_pictures(request.turn.render(), request.turn.pictures),
        *request.steps,
    ]


def reply_request(
    purpose: str, messages: Sequence[BaseMessage], tools: Sequence[BaseTool]
) -> Request:
    """Return the request of one reply."""
    return Request(purpose, most_tokens(messages, tools), REPLY_TOKENS, LEAST_REPLY)
