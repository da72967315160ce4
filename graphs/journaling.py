"""What is said in a conversation, kept: the user's messages and the replies, private ones unsaid.

Shared by the turn and by the middleware: what may not be kept is decided in one place.
"""

from dataclasses import replace

from usermind.memory import Draft, Receipt, UserMemory
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.privacy.doors import PRIVATE_MESSAGE, PRIVATE_REPLY

SOURCE = "chat"
"""Source of what is said in conversations."""
FORGOTTEN = "I have forgotten what you asked me to forget."
"""What is kept of a reply that followed a deletion."""


def reply_id(message_id: str | None) -> str:
    """Return the id under which the reply to a message is kept."""
    return f"{message_id}/reply"


def keep_message(
    memory: UserMemory, text: str, *, thread: str | None, message_id: str | None
) -> Receipt:
    """Store a message of the user; of a private one, that there was one."""
    return _kept(
        memory,
        Draft(text=text, source=SOURCE, author=USER, session=thread, external_id=message_id),
        instead=PRIVATE_MESSAGE,
    )[0]


def keep_reply(
    memory: UserMemory,
    text: str,
    *,
    thread: str | None,
    message_id: str | None,
    rests_on: tuple[str, ...],
    private: bool,
    since: int | None = None,
) -> tuple[Receipt, str]:
    """Store a reply as the assistant's words; return the receipt and what was kept of it.

    Of a reply that may hold what was forgotten meanwhile, only that is kept.

    Args:
        memory: Whose.
        text: What the assistant said.
        thread: The conversation.
        message_id: Id of the message that it answers.
        rests_on: Ids of what it was made from; it is forgotten with any.
        private: Whether it answers what may not be kept, so that it may not be kept either.
        since: What `UserMemory.last_change` was before anything was read for it; None: what was
            forgotten since is not looked for.
    """
    kept = PRIVATE_REPLY if private else memory.privacy.storable(text, author=ASSISTANT)
    draft = Draft(
        # What the gate takes out it takes out, and logs, when it is stored.
        text=PRIVATE_REPLY if kept == PRIVATE_REPLY else text,
        source=SOURCE,
        author=ASSISTANT,
        session=thread,
        external_id=reply_id(message_id),
        rests_on=rests_on,
        since=since,
    )
    receipt, barred = _kept(memory, draft, instead=PRIVATE_REPLY)
    if receipt.outcome == "forgotten":
        # Without what it rested on: these words are no one's secret, and answer a repeated call.
        draft = replace(draft, text=FORGOTTEN, rests_on=(), since=None)
        return memory.observe_many([draft])[0], FORGOTTEN
    return receipt, PRIVATE_REPLY if barred or kept is None else kept


def _kept(memory: UserMemory, draft: Draft, *, instead: str) -> tuple[Receipt, bool]:
    [receipt] = memory.observe_many([draft])
    if receipt.outcome != "private":
        return receipt, False
    [receipt] = memory.observe_many([replace(draft, text=instead)])
    return receipt, True
