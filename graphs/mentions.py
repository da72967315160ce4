"""Entities of what the user says: counted when it is reflected on, each message once."""

from collections.abc import Iterable
from contextlib import suppress

from usermind.errors import UnknownItemError
from usermind.memory import Observation, UserMemory
from usermind.memory.journal import is_own


def count_mentions(memory: UserMemory, observations: Iterable[Observation]) -> None:
    """Count the entities that the user's own messages mention.

    The id of a message makes a second counting of it change nothing, so a batch that is tried again
    counts once.
    """
    for item in observations:
        # A message in small letters is no search query, and names nothing for sure.
        if is_own(item) and item.text != item.text.lower():
            with suppress(UnknownItemError):  # it was forgotten a moment ago
                memory.entities.record(
                    item.text,
                    at=item.at,
                    source=item.source,
                    external_id=item.id,
                    observation=item.id,
                )
