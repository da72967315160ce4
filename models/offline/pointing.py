"""Words that mean something outside their sentence, as claims: "hates the second one"."""

import re
from typing import Final

from usermind.models.offline.words import choice

_FELT: Final = choice(
    """likes?|liked|loves?|loved|hates?|hated|enjoys?|enjoyed|adores?|adored|dislikes?|disliked|
    loathes?|loathed|detests?|detested|prefers?|preferred|fancy|fancies|sees?|saw|seen|seeing|
    watch(?:es|ed|ing)?|reads?|reading|knows?|knew|known|chooses?|chose|chosen|picks?|picked|wants?|
    skips?|skipped|recommends?|recommended|(?:listen(?:s|ed)?|listening) to|heard|rates?|rated"""
)
_ORDINAL: Final = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|other|former|latter|"
    r"top|\d{1,2}(?:st|nd|rd|th))"
)
_COUNT: Final = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|ones)"
_ONE: Final = (
    rf"(?:(?:both |all )?(?:of )?the (?:very )?{_ORDINAL}(?:(?:,| and| or) (?:the )?{_ORDINAL})*"
    rf"(?: {_COUNT}| (?:one|two|three|few) of (?:them|these|those))?(?: (?:on|in|of) (?:the|your) "
    r"list)?|(?:number|numbers|no\.|nr\.|item|items|option|options|#) ?(?:\d{1,2}|"
    rf"{_COUNT})|\d{{1,2}}|the {_COUNT} (?:above|below|you (?:named|showed|mentioned|listed|"
    r"recommended|suggested)))"
)
_END: Final = (
    r"(?=[.,;!]|$| (?:and|but|or|on|in|at|this|next|last|tonight|today|tomorrow|yesterday|"
    r"most|best|more|better|least|a lot|a bit|very much|so much|too|already|now|because|though|"
    r"again|right|already|instead|first|really)\b)"
)
_POINTED: Final = re.compile(
    rf"\b{_FELT} (?:(?:only|also|both|really|all|just|even|to (?:see|watch|read|hear)) )*"
    rf"{_ONE}(?:(?:,| and| or|, and| &) {_ONE})*{_END}"
)


def points_away(statement: str) -> bool:
    """Tell whether a claim is about the second of something, or a number, that it does not name.

    What it means stands in a list that was shown, and means something else the next day.

    >>> points_away("Ivy hates number 3."), points_away("Ivy likes 2 sugars in their tea.")
    (True, False)
    """
    return _POINTED.search(statement) is not None
