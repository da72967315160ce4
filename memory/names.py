"""Names: which author is the user or the assistant, and which only looks like one of them."""

import unicodedata
from functools import lru_cache

from usermind.memory.disguises import folded
from usermind.memory.instructions import instruction
from usermind.memory.journal import ASSISTANT, USER

LONGEST = 40
"""Characters of a user id that can be a name."""
OTHER = "\x00"
"""Put before the name of an author that only looks like one of ours: no name begins with it."""


@lru_cache(maxsize=1024)  # asked of the same user for each text that is shown
def is_plain_name(user_id: str) -> bool:
    """Say whether an id can be shown as a name: one word of letters that can be seen."""
    return (
        user_id.isalpha()
        and len(user_id) <= LONGEST
        and len(folded(user_id)) >= len(unicodedata.normalize("NFC", user_id))
        and instruction(user_id) is None
    )


def known_as(author: str) -> str:
    """Return by which name rows of an author are found: in lower case.

    "User", "úser" and "user " are other people: the words "I" and "my" of a question do not mean
    them.

    >>> known_as("user"), known_as("Maria")
    ('user', 'maria')
    >>> known_as("User") == known_as("user")
    False
    """
    if author in (USER, ASSISTANT):
        return author
    lower = author.lower()
    return OTHER + lower if folded(author).strip() in (USER, ASSISTANT) else lower
