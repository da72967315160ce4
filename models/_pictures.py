"""Pictures inside a message: OpenAI's content parts, each picture behind its number."""

import base64
from collections.abc import Sequence
from typing import Any, Final

from langchain_core.messages import BaseMessage, HumanMessage

from usermind.prompts import PictureLine

PICTURE_TOKENS: Final = 3_000
"""Tokens that one picture counts for at most: LLaVA-NeXT takes up to 2,880 for any size; models
that count patches of 28 × 28 pixels take 1,369 for 1,024 × 1,024."""


def with_pictures(text: str, pictures: Sequence[PictureLine]) -> HumanMessage:
    """Return a message of the pictures that are attached, in order, and then the text."""
    attached = [line for line in pictures if line.data]
    if not attached:
        return HumanMessage(text)
    parts: list[str | dict[str, Any]] = []
    for line in attached:
        parts.append({"type": "text", "text": f"Picture {line.number}:"})
        address = base64.b64encode(line.data).decode("ascii")
        url = f"data:{line.media_type};base64,{address}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return HumanMessage([*parts, {"type": "text", "text": text}])


def parted(message: BaseMessage) -> tuple[object, int]:
    """Return a message's content without its pictures, and how many there are."""
    if isinstance(message.content, str):
        return message.content, 0
    words = [part for part in message.content if not _is_picture(part)]
    return words, len(message.content) - len(words)


def _is_picture(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "image_url"
