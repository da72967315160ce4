"""What the user said before in a conversation, from which wishes go on: "not these, older"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from usermind.memory.journal import is_own_words
from usermind.memory.quarantine import kept_in
from usermind.tools.wishes import Utterance

if TYPE_CHECKING:
    from usermind.memory import UserMemory

LAST_HEARD: Final = 12
"""Last messages of a conversation, replies among them, from which a wish goes on."""


def said_before(
    memory: UserMemory, *, thread: str | None, source: str, message: str | None
) -> list[Utterance]:
    """Return the user's own earlier messages of a conversation, the oldest first.

    Args:
        memory: Whose.
        thread: The conversation; None: there is none.
        source: Of the observations that hold what is said in it.
        message: Id of the message that is answered, which is left out.
    """
    if thread is None or not memory.exists:
        return []
    newest_first = memory.observations(session=thread, source=source, limit=LAST_HEARD)
    with memory.open() as file:
        shown = kept_in(file.database, newest_first[::-1])
    return [
        Utterance(item.text, item.id) for item in shown if item.id != message and is_own_words(item)
    ]
