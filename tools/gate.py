"""The gate before a catalogue's embedder: what a user says and likes, as it may see that.

offline: all of it;  elsewhere: words without what identifies, none on what is private
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.tools.recommenders.query import UserQuery


def gated(memory: UserMemory, query: UserQuery, recipient: str) -> UserQuery:
    """Return a query with the words that a recipient may see; all else of it stays.

    A preference whose words may not be seen keeps what it says of attributes, which is matched in
    this process; its words are empty then, and nobody turns them into vectors. So are those of a
    message that touches a private topic: the user says it to the assistant, and not to a third.

    Args:
        memory: The user's; its private topics and its policy hold.
        query: What is asked of a recommender.
        recipient: Who turns words into vectors, as `Catalogue.recipient` says; what is not known
            counts as a remote model.

    Raises:
        PrivacyError: The gate broke; nothing may be sent.
    """
    if recipient == "offline":
        return query
    with memory.privacy.egress(recipient, log=False) as out:
        return replace(
            query,
            text="" if out.touched(query.text) else out.said(query.text),
            preferences=tuple(
                replace(each, text=out.text(each.text, item=each.memory) or "")
                for each in query.preferences
            ),
        )
