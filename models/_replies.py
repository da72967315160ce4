"""A reply as it streams in: where it broke off, why it ended, which tool calls can be trusted."""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.json import parse_partial_json

from usermind.errors import ModelError, TruncatedOutputError
from usermind.models import _transport

CUT: Final = frozenset({"length", "max_tokens", "MAX_TOKENS"})
"""Reasons, in the words of several providers, that mean the length limit ended the output."""

MOST_PIECES: Final = 100_000
"""Pieces of one reply. Each takes a thousand times the memory of the few letters in it."""


def with_tools(model: BaseChatModel, tools: Sequence[BaseTool]) -> Runnable[Any, AIMessage]:
    if not tools or type(model).bind_tools is BaseChatModel.bind_tools:
        return model
    return model.bind_tools(tools)


def opened(
    source: Runnable[Any, AIMessage],
    messages: list[BaseMessage],
    *,
    at: str,
    strict: bool,
    streams: bool = True,
) -> tuple[list[AIMessageChunk], Iterator[AIMessage]]:
    """Return the first chunk and the stream of the others.

    Args:
        source: The model, with or without tools.
        messages: The conversation.
        at: What error messages call the endpoint.
        strict: Whether the model is langchain-openai's: then an error of a kind that it raises
            over unreadable events means a broken stream, and every stream must say why it ended.
        streams: Whether the server is taken to stream. One that turns out to answer in one piece
            is asked once more for that, and `NOTHING` follows its first chunk.
    """
    try:
        if streams:
            stream = source.stream(messages)
            try:
                return [_chunk(message) for message in (next(stream, None),) if message], stream
            except Exception as error:
                if not (strict and _in_one_piece(error)):
                    raise
        return [_chunk(source.invoke(messages))], NOTHING
    except _transport.MALFORMED as error:
        if _ours(error, strict=strict):
            raise
        raise broken_off(at) from None


NOTHING: Final[Iterator[AIMessage]] = iter(())
"""What follows a reply that came in one piece."""


def _in_one_piece(error: Exception) -> bool:
    """Say whether a stream failed since the server has none: no event came, or it says so."""
    if getattr(error, "status_code", None) in {400, 422, 501}:
        return "stream" in str(error).lower()
    return type(error) is ValueError  # langchain's, of no event; an unreadable one is a subclass


def _ours(error: Exception, *, strict: bool) -> bool:
    """Say whether an error stands for itself: some failures of transport are ValueErrors too."""
    return not strict or isinstance(error, (ModelError, *_transport.failures()))


def _chunk(message: AIMessage) -> AIMessageChunk:
    """Return a whole message, which models without streaming give, as a chunk."""
    if isinstance(message, AIMessageChunk):
        return message
    return AIMessageChunk(**message.model_dump(exclude={"type"}))


def guarded(
    stream: Iterator[AIMessage], *, at: str, timeout: float | None, strict: bool
) -> Iterator[AIMessageChunk]:
    """Yield the chunks; what breaks off comes out as an error of ours."""
    try:
        for count, message in enumerate(stream):
            if count >= MOST_PIECES:
                raise _transport.endless(at)
            yield _chunk(message)
    except ModelError:  # already ours
        raise
    except _transport.failures() as error:
        if own := _transport.ours(error):
            raise own from error
        if _transport.classify(error) == "lost":
            raise broken_off(at) from error
        raise _transport.explained(error, at=at, timeout=timeout) from error
    except _transport.MALFORMED as error:
        if _ours(error, strict=strict):
            raise
        raise broken_off(at) from None  # half an event, whose text would ride on the cause


def broken_off(at: str) -> TruncatedOutputError:
    """Return the error for a stream that ended before the model had."""
    return TruncatedOutputError(
        f"The reply of {at} broke off before it was complete. What had arrived was passed on. "
        "Check that the server runs, and ask again."
    )


def finish_reason(message: AIMessage) -> str | None:
    """Return why the output ended, in the provider's word."""
    metadata = message.response_metadata
    return metadata.get("finish_reason") or metadata.get("stop_reason")


def last(seen: list[AIMessageChunk], *, at: str, strict: bool) -> AIMessageChunk:
    """Return the chunk that closes a reply."""
    if not seen:
        raise broken_off(at)
    whole = seen[0] + seen[1:]
    reason = finish_reason(whole)
    if reason is None and strict:
        raise broken_off(at)
    return AIMessageChunk(
        content="",
        id=whole.id,
        tool_call_chunks=[_checked(call, i) for i, call in enumerate(whole.tool_call_chunks)],
        usage_metadata=whole.usage_metadata,
        response_metadata={
            "finish_reason": reason,
            "cut": reason in CUT,
            "model_name": whole.response_metadata.get("model_name"),
        },
        chunk_position="last",
    )


def _checked(call: ToolCallChunk, index: int) -> ToolCallChunk:
    """Return a tool call that LangChain reads as valid only if its arguments are one JSON object.

    LangChain completes half an object: a call that was cut would run with what had arrived. Such
    arguments become a JSON string, which comes out under `invalid_tool_calls`.
    """
    arguments = call["args"] or "{}"
    try:
        whole = isinstance(json.loads(arguments, strict=False), dict)
    except (ValueError, RecursionError):  # no JSON, a number without end, nested without end
        whole = False
    if not whole and _reads_as_object(arguments):
        arguments = json.dumps(arguments)
    number = call["id"] or f"call-{uuid.uuid4().hex[:12]}"
    return tool_call_chunk(name=call["name"], args=arguments, id=number, index=index)


def _reads_as_object(arguments: str) -> bool:
    try:
        return isinstance(parse_partial_json(arguments), dict)
    except (ValueError, RecursionError):
        return False


def sendable(message: BaseMessage) -> BaseMessage:
    """Return a message whose tool calls all have an object for arguments: servers refuse others."""
    if not isinstance(message, AIMessage) or not message.invalid_tool_calls:
        return message
    repaired = [
        ToolCall(
            name=call["name"] or "unknown",
            args={"invalid_arguments": call["args"]},
            id=call["id"],
            type="tool_call",
        )
        for call in message.invalid_tool_calls
    ]
    return AIMessage(
        content=message.content, id=message.id, tool_calls=[*message.tool_calls, *repaired]
    )
