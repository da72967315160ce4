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


_OF_USER = re.compile(
    r"\b(?:do|did|am|was|have|had|can|could|will|would|should|are|were) (?:I|we)\b"
    r"(?! (?:(?:still|ever|already|also) )?(?:have|own|know|got|had|keep)\b)|"
    r"\bmy (?:current |new )?(?:job|profession|occupation|work|employer|age|address|home|diet|"
    r"birthday|surname|last name|salary|allerg(?:y|ies)|nationality|hobb(?:y|ies)|car|e-?mail)\b"
    r"(?!['’])",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"(?:[^'’]{{1,60}}['’]s|[Mm]y|[Oo]ur) (?:[\w-]+ ){{0,2}}?(?P<kin>{_KIN})s?\b"
    r"(?P<named>(?: [A-ZÀ-Þ][\w-]+)*)(?:,[^,]{1,40},)? (?=[a-z])"
)
_BY_NAME = re.compile(
    rf"(?P<named>(?!(?:{_NOBODY}|I\b|We\b|You\b))[A-ZÀ-Þ][\w-]+) (?:is|was|lives?|lived|works?|"
    r"worked|speaks|drives|plays|studies|studied|has|had|likes|loves|hates|moved|comes)\b"
)


def of_another(passage: str, asked: str, name: str) -> bool:
    """Tell whether a question is about the user, and a passage about somebody it does not name.

    >>> of_another("Ana's brother lives in Graz.", "Where do I live?", "Ana")
    True
    """
    if not _OF_USER.search(asked):
        return False
    if passage.startswith(f"{name} "):
        return False
    if re.match(r"(?:He|She) [a-z]", passage):
        return True
    found = _SUBJECT.match(passage) or _BY_NAME.match(passage)
    if found is None:
        return False
    named = terms(asked)
    if any(accepted(one) & named or one in named for one in terms(found[0])):
        return False
    # "Ana's boyfriend Joost gave them a recorder" is about the user too.
    place = re.match(r"\W*where\b", asked, re.IGNORECASE)
    return bool(place) or not re.search(r"\b(?:them|me|us|I|we)\b", passage[found.end() :])


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
