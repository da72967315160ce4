"""What was said, as it can be kept: a model's reply piece by piece and as a whole, or one message.

JSON carries what no file holds: halves of characters, which some servers make of an emoji that is
streamed in two pieces; numbers of any length; lists in lists without end.
"""

from collections.abc import Callable, Iterator
from typing import Final

from langchain_core.messages import AIMessageChunk, BaseMessage, message_chunk_to_message

from usermind.errors import InvalidModelOutputError

DEEPEST: Final = 40
"""Levels of a tool call's arguments; what is deeper is left out."""
_LARGEST: Final = 2**63
_VAST: Final = 1e300
"""Stands for a number that no file holds; no tool takes one of its size."""


def heard(reply: Iterator[AIMessageChunk], tell: Callable[[str], None]) -> BaseMessage:
    """Return a reply as one message, in which everything can be kept.

    Args:
        reply: As the reasoner yields it.
        tell: Is given the words as they come.

    Raises:
        InvalidModelOutputError: There is nothing of it.
    """
    chunks: list[AIMessageChunk] = []
    for chunk in reply:
        chunks.append(chunk)
        if piece := chunk.text:
            tell(piece)
    if not chunks:
        raise InvalidModelOutputError(
            "The model ended its reply before it began. Your message is kept. Ask again."
        )
    # Added up once: one by one, a long reply would be copied for each of its pieces.
    message = message_chunk_to_message(chunks[0] + chunks[1:])
    fields = message.model_dump()
    kept = _kept(fields, DEEPEST)
    return message if kept == fields else type(message)(**kept)  # type: ignore[arg-type]  # as it was


def words_in(message: BaseMessage) -> str:
    """Return the words of a message, of all its blocks of text, as a file can hold them.

    Empty where there are none, as in a picture alone.
    """
    return _whole(message.text).replace("\x00", "")


def _kept(value: object, levels: int) -> object:
    """Return a value of JSON as a file can hold it."""
    match value:
        case str():
            return _whole(value)
        case int() if not -_LARGEST <= value < _LARGEST:
            return _VAST if value > 0 else -_VAST
        case dict() | list() if not levels:
            return "…"
        case dict():
            return {_whole(str(name)): _kept(each, levels - 1) for name, each in value.items()}
        case list():
            return [_kept(each, levels - 1) for each in value]
    return value


def _whole(text: str) -> str:
    """Return text with its halves of characters put together; those that are left are marked."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
