"""To whom a mail goes: to the user in person, or to a list, a crowd, or them in copy alone."""

import re
from collections.abc import Collection, Sequence
from email.message import Message
from typing import Final

MOST_TO: Final = 5
"""Recipients of a mail that was written to each of them in person, at most."""
_OF_LISTS: Final = frozenset(
    ["list-id", "list-unsubscribe", "list-post", "list-help", "feedback-id", "x-campaign-id",
     "x-mailing-list", "x-auto-response-suppress"]
)  # fmt: skip
_BULK: Final = re.compile(r"\b(?:bulk|list|junk|auto_reply)\b", re.IGNORECASE)
_MACHINE: Final = re.compile(
    r"(?:^|[._+-])(?:no-?_?reply|do-?_?not-?_?reply|newsletters?|notifications?|notify|alerts?|"
    r"mailer(?:-daemon)?|postmaster|bounces?|marketing|promo(?:tions)?|updates?|digest|automated)"
    r"(?:$|[._+-])",
    re.IGNORECASE,
)


def is_direct(
    message: Message, *, sender: str, to: Sequence[str], me: Collection[str], is_own: bool
) -> bool:
    """Say whether somebody else wrote a mail to the user in person.

    Not in copy alone, to a list or a crowd, or by a machine, as far as headers say.

    Args:
        message: The mail.
        sender: Its sender's address.
        to: Addresses of its `To`.
        me: The user's, in lower case; without them nothing is direct.
        is_own: Whether the user sent it.
    """
    if is_own or len(to) > MOST_TO or not {one.casefold() for one in to} & set(me):
        return False
    headers = {name.lower(): str(value) for name, value in message.raw_items()}
    if _OF_LISTS & headers.keys() or _BULK.search(headers.get("precedence", "")):
        return False
    if headers.get("auto-submitted", "no").strip().lower() != "no":
        return False
    return "@" in sender and _MACHINE.search(sender.partition("@")[0]) is None
