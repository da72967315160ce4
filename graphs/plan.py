"""Which memories a message needs: decided without a model, and "none" is a good answer."""

import re
from collections.abc import Sequence

from usermind.types import Kind

_SMALL_TALK = re.compile(
    r"""^[\W_]*(?:
        (?:hi|hello|hey|hiya|yo|good\ (?:morning|afternoon|evening|night)|morning|evening)
        (?:\ (?:there|again|you|all))?
      | (?:many\ )?thank(?:s|\ you)(?:\ (?:so\ much|a\ lot|very\ much|again))?
      | thx|cheers|ta
      | ok(?:ay)?|k|cool|great|nice|perfect|lovely|awesome|sure|fine|right|alright|got\ it
      | yes|yeah|yep|no|nope|please|lol|haha+
      | bye|goodbye|see\ you(?:\ (?:later|soon|tomorrow))?|later|good\ ?night|ciao
    )(?:[\W_]+|$)""",
    re.IGNORECASE | re.VERBOSE,
)


def plan_sources(message: str) -> tuple[Kind, ...]:
    """Return the kinds of memory worth searching for a message; none for mere courtesies.

    >>> plan_sources("Thanks, see you later!")
    ()
    >>> plan_sources("Thanks! What's my sister's name?")
    ('observation', 'proposition')
    """
    rest = message
    while match := _SMALL_TALK.match(rest):
        if match.end() == 0:
            break
        rest = rest[match.end() :]
    return ("observation", "proposition") if re.search(r"\w", rest) else ()


_PAST = re.compile(
    r"\b(?:before|earlier|ever|former(?:ly)?|history|last|old|once|past|previous(?:ly)?|then|"
    r"used\ to|was|were|did|had|changed?)\b",
    re.IGNORECASE,
)


def asks_about_the_past(message: str) -> bool:
    """Say whether a message may want what is no longer so.

    >>> asks_about_the_past("Where did I live before?")
    True
    >>> asks_about_the_past("Where do I live?")
    False
    """
    return _PAST.search(message) is not None


def within_budget(lines: Sequence[str], *, tokens: int) -> int:
    """Return how many of the lines, from the first, fit a token budget; at least one if any.

    A token is counted as four characters, the usual figure for English.
    """
    used = 0
    for place, line in enumerate(lines):
        used += len(line) // 4 + 1
        if used > tokens and place:
            return place
    return len(lines)
