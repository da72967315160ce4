"""Pictures in the messages of other agents: taken from the message, compared, never fetched."""

import base64
import logging
from dataclasses import replace

from langchain_core.messages import AnyMessage

from usermind.errors import InvalidInputError, MissingExtraError
from usermind.graphs.pictures import MOST_SHOWN, Look, looked, picture_lines
from usermind.memory import UserMemory
from usermind.memory.images import Picture, prepare
from usermind.models.offline import Offline
from usermind.prompts import PictureLine

_log = logging.getLogger(__name__)


def pictures_in(message: AnyMessage) -> tuple[Picture, ...]:
    """Return the pictures that a message carries in itself, at most four.

    None where one of them is but an address, which is never fetched, or cannot be read: what is
    said of the others would stand under a wrong number.
    """
    blocks = [block for block in message.content_blocks if block["type"] == "image"]
    try:
        return tuple(
            prepare(base64.b64decode(str(block["base64"]), validate=True))
            for block in blocks[:MOST_SHOWN]
        )
    except (KeyError, ValueError, InvalidInputError, MissingExtraError) as error:
        _log.warning("The pictures of a message were not compared: %s", type(error).__name__)
        return ()


def seen_in(
    memory: UserMemory,
    pictures: tuple[Picture, ...],
    said: str,
    *,
    observation: str | None = None,
    learn: bool = False,
) -> Look:
    """Return what pictures show of the user's concepts; see `looked`."""
    if not pictures:
        return Look()
    return looked(memory, pictures, Offline(), said, observation=observation, learn=learn)


def lines_of(
    memory: UserMemory, pictures: tuple[Picture, ...], said: str, look: Look
) -> tuple[PictureLine, ...]:
    """Return what an agent is told of the pictures, whether or not its model sees them."""
    lines = picture_lines(memory, said, pictures, look, (), Offline())
    return tuple(replace(line, role="in the message") for line in lines)
