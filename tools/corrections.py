"""Corrections: what a message takes back of what was just noted of items. English.

    "I've seen 1 and 3"  → noted
    "undo"   "I haven't seen any of them"   "I meant 2, not 3"   → which of it is meant

Nothing is deleted here: what stands is told, so that a reply never claims what did not happen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from usermind.tools.conversation import said_before

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.memory.item_events import ItemEvent

_SORRY: Final = r"(?:(?:sorry|oops|wait|actually|correction|my mistake|no|hm+|ah|oh)\b\W*)*"
_NEVER: Final = (
    r"(?:haven['’]?t|have not|hadn['’]?t|didn['’]?t|did not|never)(?: actually| really| even)?"
    r" (?:seen?|watch(?:ed)?|read|hear|heard|know|say|said|rate[d]?|like[d]?|love[d]?|hate[d]?)"
)
_ANY: Final = (
    r"(?:any of (?:them|these|those)|them|these|those|it|that|that one|(?:(?:number |#|the )?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?|first|second|third|fourth|fifth|last)(?: one)?"
    r"(?:,| and|, and)? ?)+)"
)
_TAKES_BACK: Final = re.compile(
    rf"\W*{_SORRY}(?:(?:please |can you |could you )*(?:undo|revert|cancel|scratch|correct)"
    r"(?: (?:that|it|this|the last (?:one|thing)))?|(?:i |please |let me )?take (?:that|it) back|"
    rf"(?:that|this|it)(?:['’]s| is| was)(?: all)? (?:wrong|not right|not true|a mistake)|"
    rf"i {_NEVER} {_ANY}|i mean(?:t)? .{{1,60}}|not .{{1,40}}, but .{{1,40}})\W*",
    re.IGNORECASE,
)
_NOT_THAT: Final = re.compile(
    rf"\W*(?:sorry|oops|wait|actually|correction|my mistake)\W+not {_ANY}\W*", re.IGNORECASE
)


def takes_back(message: str) -> bool:
    """Say whether a message takes back or corrects what was said before it, and nothing else.

    >>> takes_back("Sorry, I meant 2, not 3"), takes_back("undo that"), takes_back("not these")
    (True, True, False)
    """
    return bool(_TAKES_BACK.fullmatch(message) or _NOT_THAT.fullmatch(message))


def standing(memory: UserMemory, message: str, *, observation: str) -> list[ItemEvent]:
    """Return the verdicts that a message takes back: they stand until they are forgotten.

    They are those of the message before it in the conversation, other corrections left out.

    Args:
        memory: The user's.
        message: What they write.
        observation: Id of the message.

    Raises:
        StoreError: The memory cannot be read.
    """
    if not takes_back(message):
        return []
    here = memory.observation(observation)
    earlier = said_before(memory, thread=here.session, source=here.source, message=observation)
    before = [each.observation for each in earlier if not takes_back(each.text)][-1:]
    return [each for each in memory.feedback.events() if each.observation in before]
