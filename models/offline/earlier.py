"""Questions about what was so before, and the memories that can answer one."""

import re
from collections.abc import Sequence

from usermind.models.offline.claims import UNDATED
from usermind.models.offline.words import tokens
from usermind.prompts import MemoryLine
from usermind.types import MONTHS, WEEKDAYS

_ASKED = re.compile(
    r"(?<=\b(?:did|was) )(?P<who>(?:I|we|my [\w-]+|our [\w-]+)) (?:ever )?use to\b|"
    r"(?<!\bam )(?<!\bare )\b(?P<plain>I|we) used to\b|"
    r"\b(?:previously|formerly)\b|\b(?:previous|former)\b(?= \w)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?P<rest>\b(?:did|was|were)\b.*?),? before(?: that| this| then| now|"
    r" (?:I|we) (?:moved|started|came|joined|went|got|changed)\b[^?]*|(?= [A-ZÀ-Þ]) [^?]*)?"
    r"(?=\s*[?.!]*$)",
    re.DOTALL,
)
_TELLS = re.compile(
    r"\b(?:used to|no longer|previously|formerly|previous|former|before that|lived|worked|"
    r"was an?|were|moved (?:\w+ )?from|left|quit|stopped|gave up)\b",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\b(?:used to|no longer|formerly|previously|broke up|split up|quit|stopped|resigned|gave up|"
    r"left|not (?:\w+ ){1,6}?(?:any ?more|any longer))\b"
)
_NOW = re.compile(
    r"\b(?:do|does|am|is|are|have|has|can)\b|\b(?:what|where|who|how|when)['’]?s\b", re.IGNORECASE
)
_THEN = re.compile(r"\b(?:did|was|were|had|used|before|last|ago|yesterday)\b", re.IGNORECASE)
_CALENDAR = frozenset((*WEEKDAYS, *MONTHS))


def earlier_asked(asked: str) -> str | None:
    """Return a question about what was so before without the words that say so, or None.

    >>> earlier_asked("Where did I live before?"), earlier_asked("Where do I live?")
    ('Where did I live?', None)
    """
    for pattern, kept in ((_BEFORE, "rest"), (_ASKED, "who")):
        if found := pattern.search(asked):
            groups = found.groupdict()
            stays = groups.get(kept) or groups.get("plain") or ""
            return " ".join(f"{asked[: found.start()]}{stays}{asked[found.end() :]}".split())
    return None


def tells_earlier(passage: str, memory: MemoryLine, present: Sequence[MemoryLine]) -> bool:
    """Tell whether a memory says what was so before the claims that hold now.

    Either it says so itself ("used to"), or the user said it earlier, with names that the present
    claims do not have: "I live in Bergen", when by now they live in Oslo.
    """
    now = frozenset[str]().union(*(_names(claim.text) for claim in present))
    names = _names(passage)
    if _TELLS.search(passage):
        return not names or not names <= now
    return (
        memory.kind == "observation"
        and memory.author == "user"
        and bool(names)
        and not names & now
        and any(memory.at < claim.at or claim.at == UNDATED for claim in present)
    )


def holds_now(memory: MemoryLine) -> bool:
    """Tell whether a memory is a claim about the present."""
    return memory.kind == "proposition" and not _TELLS.search(memory.text)


def present_asked(asked: str) -> bool:
    """Tell whether a question asks how things stand now."""
    return bool(_NOW.search(asked)) and not _THEN.search(asked)


def is_over(passage: str) -> bool:
    """Tell whether a passage says that something is no longer so."""
    return bool(_OVER.search(passage))


def _names(text: str) -> frozenset[str]:
    """Return the capitalised words and the numbers of a text, save its first word and dates."""
    return frozenset(
        word
        for word in tokens(text)[1:]
        if (word[0].isupper() or word[0].isdigit()) and word != "I" and word not in _CALENDAR
    )
