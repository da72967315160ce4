"""Write it as I would: what shows a model how the user writes, when a message asks for that.

    message → wants_my_voice → style card + what they replied to messages like it → turn prompt

Source: DHAP, arXiv 2108.09355: past replies are found by the message that they answered, and shown
beside a general profile of the user's replies; here that is the style card, which is counted.
"""

from collections.abc import Sequence
from dataclasses import replace

from usermind.graphs.egress import for_model
from usermind.graphs.plan import wants_my_voice
from usermind.memory import Recollection, UserMemory
from usermind.memory.journal import USER
from usermind.memory.pasted import harmless, pasted
from usermind.memory.style import Exchange
from usermind.prompts import STYLE_CARD, Voice, VoiceExample

EXAMPLES = 3
"""Exchanges that a prompt shows, at most."""
COUNTED = 4
"""Messages from which on a style card says anything; the request itself is one of them."""
STYLE = "style"
"""Name of the style card among what a reply used."""


def voice_of(
    memory: UserMemory, message: str, *, exclude: Sequence[str], recipient: str
) -> list[Recollection]:
    """Return what shows how the user writes; nothing where a message does not ask for it.

    The style card first, as a profile without an id of its own; then message and reply of each
    exchange, the message most like this one first.

    Args:
        memory: Whose message it is.
        message: What they say; where it holds a pasted mail, replies to mails like that are found.
        exclude: Ids of observations that are no example, such as the message itself.
        recipient: Who reads them; what is not for it is left out.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        PrivacyError: The gate broke; nothing may be sent.
    """
    if not wants_my_voice(message):
        return []
    found = for_model(memory, recipient, _style(memory))
    # Its own exchange may be among the nearest, and a reply that may not go out takes a place.
    for exchange in memory.profiles.replies_like(_incoming(message), EXAMPLES + 3):
        if len(found) > 2 * EXAMPLES:
            break
        if exchange.reply.id in exclude or exchange.message.id in exclude:
            continue
        shown = for_model(memory, recipient, _exchanged(memory, exchange))
        found += shown if len(shown) == 2 else []
    return found


def shown_voice(message: str, found: Sequence[Recollection]) -> Voice:
    """Return what `voice_of` found as the turn's prompt shows it."""
    said = [hit for hit in found if hit.kind == "observation"]
    return Voice(
        wanted=wants_my_voice(message),
        style=tuple(
            line for hit in found if hit.kind == "profile" for line in hit.text.splitlines()
        ),
        examples=tuple(
            VoiceExample((heard.id, reply.id), heard.author, heard.text, harmless(reply.text))
            for heard, reply in zip(said[::2], said[1::2], strict=True)
        ),
    )


def _incoming(message: str) -> str:
    """Return the mail that a message holds, or else the message."""
    held = " ".join(message[start:end] for start, end in pasted(message))
    return held if held.strip() else message


def _style(memory: UserMemory) -> list[Recollection]:
    # Without words of their own, which must go from a reply with the messages they come from.
    card = replace(memory.profiles.style(), vocabulary=())
    if card.messages < COUNTED:
        return []
    return [
        Recollection(
            id=STYLE_CARD,
            kind="profile",
            text=card.render(),
            score=0.0,
            confidence=None,
            at=memory.now(),
            author=USER,
            source="profiles",
            session=None,
            external_id=STYLE,
            why=f"you want it in your own voice: counted over {card.messages} messages of yours",
        )
    ]


def _exchanged(memory: UserMemory, exchange: Exchange) -> list[Recollection]:
    reasons: dict[str, str] = {
        exchange.message.id: "a message like the one you want to answer",
        exchange.reply.id: f"how you replied to {exchange.message.id}, in your own voice",
    }
    return [
        replace(hit, score=exchange.score, why=reasons[hit.id])
        for hit in memory.recollect(list(reasons))
    ]
