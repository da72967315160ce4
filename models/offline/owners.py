"""Whose a thing is that a question asks about: the mum's dog is no dog of the user's."""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.words import accepted, stem, terms, tokens

_KIN = f"{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS}"
_HAVING = (
    r"(?:(?:also|now|still|already|recently|just) )?(?:has|had|have|owns|owned|keeps|kept|adopted|"
    r"bought|got)"
)
_FEW = r"(?:(?!my\b|our\b)[\w-]+ ){0,3}?"
"""Words between an owner and the thing; "Here's my dog" names no owner in front of it."""
_ASKED = (
    r"\b(?:do|did|have|had) (?:I|we) (?:(?:still|ever|already|also) )?(?:have|own|keep|got|had)\b"
)
_USER = frozenset(("i", "we", "user"))
_NOBODY = (
    r"(?:He|She|It|That|There|Here|What|Who|Where|Let|Today|Tomorrow|Yesterday|Tonight|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)
"""What stands before "'s" in capitals and owns nothing: "It's", "Tomorrow's"."""


def another_has(passage: str, asked: str, name: str) -> bool:
    """Tell whether a question asks for what the user has, and a passage tells only what others do.

    A question that names the owner ("my mum's dog") is not one about the user's own.

    Args:
        passage: What a memory says.
        asked: The question.
        name: How claims call the user.
    """
    wanted = {stem(word) for word in _own(asked)}
    things = {w for w in tokens(passage) if any(stem(w) in accepted(one) for one in wanted)}
    if not things:
        return False
    owners = [_owner(passage, thing) for thing in things]
    ours = _USER | {word.lower() for word in name.split()}
    named = terms(asked)
    return all(owner and owner.lower() not in ours and stem(owner) not in named for owner in owners)


def _own(asked: str) -> list[str]:
    """Return the words of a question that may name what the user has."""
    if found := re.search(_ASKED, asked, re.IGNORECASE):
        return [word for word in tokens(asked[found.end() :]) if terms(word)]
    mine = re.findall(r"\b(?:my|our) ([\w-]+\b(?!['’])(?: [\w-]+\b(?!['’]))?)", asked, re.I)
    return [word for words in mine for word in tokens(words) if terms(word)]


def _owner(passage: str, thing: str) -> str | None:
    """Return who has a thing, in the word of the passage; None when it may be the user."""
    word = re.escape(thing)
    others = rf"(?:{_KIN}|(?!{_NOBODY})[A-ZÀ-Þ][\w-]+)"
    for pattern in (
        rf"\b(?P<owner>{others}|user)['’]s {_FEW}{word}\b",
        rf"\b(?P<owner>[Hh]e|[Ss]he|[Tt]hey|{others}) {_HAVING} {_FEW}{word}\b",
    ):
        if found := re.search(pattern, passage):
            return found["owner"]
    return None
