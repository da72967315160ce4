"""A chat model as the thing that thinks: vLLM, any OpenAI-compatible endpoint, any LangChain model.

complete(prompt) → one request, its schema enforced by the server → validated here → at most one
repair. reply(request) → a stream of pieces, then one last chunk with tool calls, tokens and the
reason why it ended.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from threading import Lock
from typing import Any, Final, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)
from pydantic import BaseModel, SecretStr, ValidationError

from usermind.errors import (
    InvalidModelOutputError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    PromptTooLongError,
    TruncatedOutputError,
)
from usermind.models import _replies, _transport
from usermind.models._pictures import with_pictures
from usermind.models.account import Request, Running, most_tokens, reply_request
from usermind.models.ledger import Ledger, LedgerEntry, Outcome
from usermind.models.reasoner import ReplyRequest
from usermind.prompts import StructuredPrompt, unattached
from usermind.prompts._base import Output
from usermind.types import ModelPlace

SHOWN_OF_INVALID: Final = 4_000
"""Characters of a refused answer that the repair shows to the model again."""

REPAIR: Final = """\
Your answer was refused:
{faults}
Answer again with one complete JSON object that fits this JSON schema, and with nothing else:
{schema}"""
INSTRUCT: Final = """\
{prompt}

Answer with one JSON object that fits this JSON schema, and with nothing else:
{schema}"""

# Grammar-guided decoding lets raw control characters into strings (seen: xgrammar), which JSON
# forbids. Between tokens they are white space anyway.
_CONTROL: Final = dict.fromkeys(range(32), " ")


def connect(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    timeout: float = 60.0,
    max_retries: int = 2,
    ledger: Ledger | None = None,
    vision: bool | None = None,
) -> "ChatReasoner":
    """Return a reasoner over an OpenAI-compatible endpoint, vLLM first of all. Sends nothing yet.

    Args:
        url: With or without `/v1`.
        model: Name of the served model; None asks the endpoint at the first call.
        api_key: Sent as bearer token. OPENAI_API_KEY is not read: it belongs to someone else.
        timeout: Seconds for the first byte and between bytes; also bounds a call's retries.
        max_retries: Repeats after a lost connection, a 5xx or a 429; never after a timeout.
        ledger: Records every request.
        vision: Whether the model takes pictures; None: found out by sending the first one.

    Raises:
        InvalidInputError: `url` is not an http or https URL.
    """
    base = _transport.api_base(url)

    def build() -> BaseChatModel:
        from langchain_openai import ChatOpenAI

        name = model or _transport.served(base, api_key=api_key, timeout=timeout).model
        return ChatOpenAI(
            model=name,
            base_url=_transport.shown(base),
            http_client=_transport.road(base, timeout=timeout),
            api_key=SecretStr(api_key or _transport.NO_KEY),
            timeout=timeout,
            max_retries=0,  # ours, which know Retry-After and a bound on the whole
            stream_usage=True,
            use_responses_api=False,
            output_version="v0",
        )

    return ChatReasoner(
        build,
        name=model,
        place=_transport.shown(base),
        recipient=_transport.recipient_at(base),
        ledger=ledger,
        timeout=timeout,
        max_retries=max_retries,
        vision=vision,
    )


class ChatReasoner:
    """Executes prompts with a LangChain chat model.

    Safe to use from several threads at once, if the model is.

    Args:
        model: A chat model, or a function that makes it at the first call.
        name: Shown in `status`; None takes the model's own.
        place: What error messages call the endpoint; None takes the name.
        recipient: What the privacy gate takes the model for. None: told by the URL that the model
            was made with; without one that is known to be near, a remote model.
        ledger: Records every request.
        timeout: Seconds that one call may take with its retries; it is not imposed on a model
            that was passed in, which has a timeout of its own. None: no bound.
        max_retries: Repeats after a lost connection, a 5xx or a 429, on top of the model's own.
        vision: Whether the model takes pictures; None: found out by sending the first one. A model
            that refuses it is told in words what is known of the pictures, from then on.
    """

    metered = True
    """Every request counts for the account of `charging`."""
    batch = 8
    """Observations worth waiting for before reflection in the background: one call for all."""

    def __init__(
        self,
        model: BaseChatModel | Callable[[], BaseChatModel],
        *,
        name: str | None = None,
        place: str | None = None,
        recipient: ModelPlace | None = None,
        ledger: Ledger | None = None,
        timeout: float | None = None,
        max_retries: int = 0,
        vision: bool | None = None,
    ) -> None:
        self._recipient = recipient
        self._made = model if isinstance(model, BaseChatModel) else None
        self._make = None if isinstance(model, BaseChatModel) else model
        self._name, self._place = name, place
        self._ledger, self._timeout, self._max_retries = ledger, timeout, max_retries
        self._lock = Lock()
        self._schema_in_words, self._streams = False, True
        self.sees = vision is not False
        """Whether pictures are sent: until the model has refused one, unless told otherwise."""

    @property
    def name(self) -> str:
        """Name of the model; before the first call it may be the endpoint's address."""
        if self._name:
            return self._name
        made = self._made
        if made is None:
            return self._place or "a model not yet loaded"
        found = getattr(made, "model_name", None) or getattr(made, "model", None)
        return found if isinstance(found, str) else type(made).__name__

    def settled(self) -> "ChatReasoner":
        """Return itself once `name` is that of the model; asks the endpoint where none was given.

        For whoever keeps something under the name: another model may have the address tomorrow.

        Raises:
            ModelError: The endpoint could not be asked.
        """
        self._model("name")
        return self

    @property
    def recipient(self) -> ModelPlace:
        """Who reads what it is given, for the privacy gate."""
        return self._recipient or _recipient_of(self._made)

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the validated answer to a prompt: one model call, two when the first is invalid.

        Raises:
            InvalidModelOutputError: The answer did not fit the schema, nor did the repair.
            TruncatedOutputError: The answer was cut by the length limit.
            PromptTooLongError: The prompt alone does not fit into the model's context.
            ModelRequestError: The endpoint refused the request.
            ModelUnavailableError: The endpoint is down or answered with a server error.
            ModelTimeoutError: The endpoint did not answer in time.
        """
        model = self._model(prompt.name)
        if not _speaks_openai(model) or self._schema_in_words:
            return self._complete(model, prompt, {})
        try:
            return self._complete(model, prompt, _schema_options(model, prompt))
        except PromptTooLongError:
            raise
        except ModelRequestError as error:
            if error.status not in {400, 422}:
                raise
        found = self._complete(model, prompt, {})  # the server does not know json_schema
        self._schema_in_words = True
        return found

    def _complete(
        self, model: BaseChatModel, prompt: StructuredPrompt[Output], options: dict[str, Any]
    ) -> Output:
        text, schema = prompt.render(), json.dumps(prompt.output.model_json_schema())
        if not options:
            text = INSTRUCT.format(prompt=text, schema=schema)
        messages: list[BaseMessage] = [with_pictures(text, getattr(prompt, "pictures", ()))]
        for repairing in (False, True):
            answer = self._ask(model, messages, prompt, options)
            if answer.value is not None:
                return cast("Output", answer.value)
            messages = [
                *messages,
                AIMessage(answer.text[:SHOWN_OF_INVALID]),
                HumanMessage(REPAIR.format(faults=answer.faults, schema=schema)),
            ]
            if repairing:
                break
        raise InvalidModelOutputError(
            f"{self.name} answered the prompt {prompt.name!r} twice with what "
            f"`{prompt.output.__name__}` refuses ({answer.kinds}). Nothing was kept. "
            "Try again, or serve a model that follows schemas."
        )

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield the reply piece by piece, then a last chunk (`chunk_position == "last"`).

        The last chunk carries the tool calls (those whose arguments are not one complete JSON
        object as `invalid_tool_calls`), the tokens used, and in `response_metadata`
        `finish_reason` and `cut`, which is True when the length limit ended the reply.
        Requests are repeated only before the first piece.

        Raises:
            TruncatedOutputError: The stream broke off before the model had finished.
            PromptTooLongError: The conversation does not fit into the model's context.
            ModelRequestError: The endpoint refused the request.
            ModelUnavailableError: The endpoint is down or answered with a server error.
            ModelTimeoutError: The endpoint did not answer in time.
        """
        strict = _speaks_openai(self._model(request.turn.name))
        (first, rest), running = self._opened(request)
        rest_guarded = _replies.guarded(rest, at=self._at, timeout=self._timeout, strict=strict)
        seen: list[AIMessageChunk] = []
        outcome: Outcome = "abandoned"
        try:
            for chunk in chain(first, rest_guarded):
                seen.append(chunk)
                if chunk.content or chunk.additional_kwargs:
                    yield AIMessageChunk(
                        content=chunk.content,
                        id=chunk.id,
                        additional_kwargs=chunk.additional_kwargs,
                    )
            last = _replies.last(seen, at=self._at, strict=strict)
            outcome = "truncated" if last.response_metadata["cut"] else "ok"
            yield last
        except ModelError as error:
            outcome = _outcome(error)
            raise
        finally:
            self._record(running, outcome, seen[0] + seen[1:] if seen else None)

    def _opened(self, request: ReplyRequest) -> tuple["_Opened", Running]:
        """Return the beginning of a reply; without the pictures where the model takes none."""
        turn = request.turn
        blind = replace(turn, pictures=unattached(turn.pictures))
        if not self.sees or not any(line.data for line in turn.pictures):
            return self._open(replace(request, turn=blind) if not self.sees else request)
        try:
            return self._open(request)
        except PromptTooLongError:
            raise
        except ModelRequestError as error:
            if error.status not in {400, 415, 422}:
                raise
        found = self._open(replace(request, turn=blind))
        self.sees = False
        return found

    def _open(self, request: ReplyRequest) -> tuple["_Opened", Running]:
        purpose = request.turn.name
        model = self._model(purpose)
        strict = _speaks_openai(model)
        messages = [
            SystemMessage(request.system.render()),
            *(_replies.sendable(message) for message in request.history),
            with_pictures(request.turn.render(), request.turn.pictures),
            *(_replies.sendable(message) for message in request.steps),
        ]
        source = _replies.with_tools(model, request.tools)

        def call(limit: int | None) -> _Opened:
            limited = source.bind(max_tokens=limit) if limit and strict else source
            found = _replies.opened(
                limited, messages, at=self._at, strict=strict, streams=self._streams
            )
            self._streams = found[1] is not _replies.NOTHING
            return found

        return self._roomily(reply_request(purpose, messages, request.tools), call)

    @property
    def _at(self) -> str:
        return self._place or self.name

    def _model(self, purpose: str) -> BaseChatModel:
        with self._lock:
            if self._made is None:
                assert self._make is not None
                make = self._make
                made, _ = self._patiently(Request(purpose), lambda _: make())
                self._made = made
            return self._made

    def _patiently(
        self, request: Request, call: Callable[[int | None], _transport.Result]
    ) -> tuple[_transport.Result, Running]:
        """Return what `call` returns, and the try that succeeded, which is to be recorded.

        It is given the tokens that its answer may have, and is repeated as the retry policy
        says; failures are recorded, each with its own seconds, and each try needs room in the
        budget.
        """
        for attempt in _transport.retrying(self._max_retries, self._timeout):
            with attempt:
                running = request.begin()
                try:
                    result = _transport.guarded(
                        partial(call, running.limit), at=self._at, timeout=self._timeout
                    )
                    return result, running
                except ModelError as error:
                    self._record(running, _outcome(error), None)
                    if isinstance(error, ModelRequestError) and error.status == 404:
                        self._forget()
                    raise
                except BaseException:  # interrupted: what the model did until then counts
                    running.settle("abandoned", None)
                    raise
        raise AssertionError("tenacity re-raises the last failure")

    def _roomily(
        self, request: Request, call: Callable[[int | None], _transport.Result]
    ) -> tuple[_transport.Result, Running]:
        """Do the same; where limit and prompt are too much together, without the limit.

        The room that the prompt leaves is smaller than the limit then, and ends the answer.
        """
        limits: list[int] = []

        def limited(limit: int | None) -> _transport.Result:
            limits.extend([limit] if limit else [])
            return call(limit)

        try:
            return self._patiently(request, limited)
        except PromptTooLongError:
            if not limits:
                raise
            return self._patiently(request, lambda _: call(None))

    def _forget(self) -> None:
        """Ask again for the model's name: the server may have come back with another one."""
        if self._make is not None and not self._lock.locked():
            self._made = None

    def _ask(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        prompt: StructuredPrompt[Output],
        options: dict[str, Any],
    ) -> "_Answer":
        def call(_: int | None) -> AIMessage:
            try:
                return model.invoke(list(messages), **options)
            except _transport.MALFORMED as error:
                if isinstance(error, (ModelError, *_transport.failures())):
                    raise
                if not _speaks_openai(model):
                    raise
                raise ModelUnavailableError(
                    f"{self._at} answered with something that is not a chat completion. "
                    "Check that the URL is that of an OpenAI-compatible API."
                ) from error

        most = prompt.max_tokens
        request = Request(prompt.name, most_tokens(messages), most, most)
        try:
            message, running = self._patiently(request, call)
        except PromptTooLongError:
            if options.pop("max_tokens", None) is None:
                raise
            # The answer gets the room that is left, which is less than `max_tokens`.
            message, running = self._patiently(request, call)
        if _replies.finish_reason(message) in _replies.CUT:
            self._record(running, "truncated", message)
            raise TruncatedOutputError(
                f"The answer of {self.name} to the prompt {prompt.name!r} was cut by the length "
                "limit. Nothing of it was kept. Send less at once, or allow more tokens."
            )
        answer = _judged(message.text, prompt.output)
        self._record(running, "invalid" if answer.faults else "ok", message)
        return answer

    def _record(self, running: Running, outcome: Outcome, message: AIMessage | None) -> None:
        running.settle(outcome, message)
        if self._ledger is None:
            return
        usage = message.usage_metadata if message else None
        self._ledger.record(
            LedgerEntry(
                running.request.purpose,
                self.name,
                outcome,
                running.seconds,
                usage["input_tokens"] if usage else None,
                usage["output_tokens"] if usage else None,
                usage.get("input_token_details", {}).get("cache_read") if usage else None,
            )
        )


_Opened = tuple[list[AIMessageChunk], Iterator[AIMessage]]


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    value: BaseModel | None = None
    faults: str = ""
    """For the model: where and why, one a line."""
    kinds: str = ""
    """For people: the kinds of fault, without anything the model wrote."""


def _judged(text: str, output: type[BaseModel]) -> _Answer:
    body = text.rpartition("</think>")[2].translate(_CONTROL)
    start, end = body.find("{"), body.rfind("}")  # models like to fence their JSON
    try:
        return _Answer(text, output.model_validate_json(body[start : end + 1] or "null"))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"- {'.'.join(map(str, f['loc'])) or 'the whole'}: {f['msg']}" for f in found[:12]]
    kinds = ", ".join(sorted({f["type"] for f in found}))
    return _Answer(text, None, "\n".join(lines), kinds)


def _speaks_openai(model: BaseChatModel) -> bool:
    """Say whether the model is a langchain-openai one, without importing that package."""
    return any(kind.__name__ == "BaseChatOpenAI" for kind in type(model).__mro__)


def _schema_options(model: BaseChatModel, prompt: StructuredPrompt[Output]) -> dict[str, Any]:
    """Return the options of a request whose answer the server holds to the prompt's schema.

    The schema rides in `extra_body`: as `response_format` langchain-openai would parse the answer
    itself, and raise over one that was cut before anyone can see why.
    """
    schema = {
        "name": prompt.output.__name__,
        "strict": True,
        "schema": prompt.output.model_json_schema(),
    }
    body = dict(getattr(model, "extra_body", None) or {})
    body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {"extra_body": body, "max_tokens": prompt.max_tokens}


def _outcome(error: ModelError) -> Outcome:
    match error:
        case TruncatedOutputError():
            return "truncated"
        case ModelTimeoutError():
            return "timeout"
        case ModelRequestError():
            return "refused"
        case _:
            return "unavailable"


def _recipient_of(model: BaseChatModel | None) -> ModelPlace:
    """Return who reads what a LangChain model is given, by the URL that it says it uses."""
    for name in ("openai_api_base", "base_url", "api_base", "endpoint_url", "azure_endpoint"):
        url = getattr(model, name, None)
        if isinstance(url, str):
            return _transport.recipient_at(url)
    return "remote model"
