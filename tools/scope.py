"""Scope: whether a negation reaches what is named behind it. English.

    "a film that isn't from ｜the 90s｜"           denied
    "a comedy that isn't long, from ｜the 90s｜"    free
    "nothing that isn't ｜a comedy｜"              free: denied twice
    "a film that doesn't remind me of ｜horror｜"   unclear: it may be a kind of it only

What is denied is refused; what is unclear makes no condition, and the user is told so.
"""

import re
from typing import Final, Literal

Reach = Literal["free", "denied", "unclear"]

_IDLE: Final = re.compile(
    r"^\W*(?:no|nope|nah),|\bwhy not\b|\bnot (?:only|just|merely|sure)\b|\bor not\b|"
    r"\bnot these\b|\bnot those\b|"
    r"\b(?:do not|don't) (?:mind|care|know|forget|worry)\b|\b(?:can't|cannot|can not) "
    r"(?:decide|wait|sleep|stop|remember|get enough of|think of|go wrong with)\b|"
    r"\b(?:(?:have|has|had|did) not|(?:have|has|had|did)n't|never)(?: \w+ly| yet| ever)? "
    r"(?:see|seen|saw|watch|watched|know|known|heard?|read|fail\w*)(?: of)?\b|"
    r"\bno (?:idea|matter|problem|worries|rush|doubt|thanks|preference)\b|\bwhether\b[^,;]*"
)
"""Negations that deny nothing of what is asked for."""
_NOT: Final = re.compile(
    r"\b(?:not|never|neither|nor|no|nothing|none|without|minus|rather than|instead of|other than|"
    r"anything but|except|besides|forget|hardly|non)\b|\w+n't\b"
)
_ENDS: Final = re.compile(
    r"[;:]|,(?! (?:a|an|the|or|nor|neither|not|no)?\b ?ꙮ)(?!\s*$)|,(?= (?:from|in|by|with|set|made|"
    r"starring|directed)\b)|"
    r"\b(?:but|so|because|then|though|although|since)\b|"
    r"\band (?:that |which )?(?:is|are|has|have|was|it's|it|i|we|from|with|in|set|made|"
    r"preferably)\b"
)
_LIGHT: Final = re.compile(
    r"(?:[\s,/\"“'(-]|\b(?:an?|the|any|some|in|from|of|by|with|about|on|at|during|around|between|like|made|set|"
    r"shot|released|filmed|produced|directed|written|starring|featuring|based|recorded|too|so|"
    r"very|really|that|which|be|been|being|is|are|was|were|have|having|has|had|contain\w*|includ\w*|"
    r"involv\w*|featur\w*|come|comes|came|belong\w*|to|count\w*|as|originally|all|another|ones?|"
    r"kind|type|sort|genre|or|nor|and|either|also|films?|movies?|books?|series|shows?|titles?|"
    r"director|language|something|anything|just|purely|strictly|early|late|year|years|decade|"
    r"more|much|lot|lots|bit|of a|want|need|watch|see|show|give|recommend|suggest|me|us|feel|"
    r"in the mood for|for|looking|after|desire|wish|interest|appetite|urge)\b|ꙮ)*"
)
"""What may stand between a negation and what it denies."""


def reach(words: str) -> Reach:
    """Return whether a negation reaches the end of some words, where a name follows.

    Args:
        words: What stands before the name in its sentence; other names are letters `ꙮ`.

    >>> reach("a film that isn't from the "), reach("something without blood, from the ")
    ('denied', 'free')
    """
    said = _IDLE.sub(lambda found: " " * len(found[0]), f"{words}ꙮ".lower().replace("’", "'"))
    found = list(_NOT.finditer(said))
    if left_open(words):
        return "unclear"
    for at, last in reversed(list(enumerate(found))):
        scope = said[last.end() :]
        if _ENDS.search(scope):
            return "free"
        if last[0] == "nor":
            continue  # goes with the "neither" before it
        if _LIGHT.fullmatch(scope) is None:
            return "unclear"
        earlier = [each for each in found[:at] if not _is_one(said, each, last)]
        if earlier and not _ENDS.search(said[earlier[-1].end() : last.start()]):
            return "free" if _LEADS.search(said[: last.start()]) else "unclear"
        return "denied"
    return "free"


def left_open(words: str) -> re.Match[str] | None:
    """Return what says that what follows may be so and need not: "doesn't have to be"."""
    return _MAY_BE.search(words.lower().replace("’", "'"))


_MAY_BE: Final = re.compile(
    r"\b(?:not necessarily|(?:does|do|is)(?:n't| not) (?:(?:have|need) to|required to)|need not|"
    r"needn't)(?: be| have| come)?[^,;:]*$"
)
"""What leaves it open: "doesn't have to be a comedy"."""
_LEADS: Final = re.compile(r"\b(?:that|which|who)(?:'s| is| are| was| were)? *$")
"""Before a second negation that takes back the first: "nothing that isn't"."""


def _is_one(said: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Say whether two negations are said as one: "isn't neither", "not, not", "and no"."""
    between = said[one.end() : other.start()]
    return (
        re.fullmatch(r"[\s,]*(?:(?:please|and|or|but)[\s,]*)*|.*ꙮ\W*(?:or|and|nor)? *", between)
        is not None
    )
