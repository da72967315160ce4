"""Tastes in kinds of works: "Musicals are not my thing", "enough horror for a lifetime".

A statement in general lasts: one of the user's own, or one that says how long it holds. What asks
or refuses and states nothing ("No horror please", "no more westerns") is a wish for now, and what
names its occasion ("I'm tired of musicals tonight") is one, too: both make no claim.
"""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.verdicts import Verdict
from usermind.models.offline.words import listed

_NO_PART = (
    r"(?!(?:the|this|that|these|those|my|your|his|her|our|their|its|it|he|she|they|we|i|you|there|"
    r"what|who|which|some|one|of|is|are|was|were|not|and|but|if|says?|said|thinks?|thought|finds?|"
    r"found|heard|told)\b)"
)
_BEFORE = rf"(?:{_NO_PART}[\w'’&-]+ ){{0,3}}?"
_MORE_OF_IT = rf"(?:(?:,| and| or|,? nor) {_BEFORE}(?:{lexicon.KINDS_OF_WORKS}))?"
SURELY = rf"(?P<what>{_BEFORE}(?:{lexicon.MANY_WORKS}){_MORE_OF_IT})"
"""A kind of works, as a regular expression: "superhero films", "romantic comedies"."""
_KIND = rf"(?P<what>{_BEFORE}(?:{lexicon.KINDS_OF_WORKS}){_MORE_OF_IT})"
_END = (
    r"(?:,? (?:at all|anymore|any more|any longer|either|these days|lately|really|sorry|"
    r"to be honest|"
    r"honestly|i am afraid|i (?:have to|must) (?:say|admit)|in general|generally|usually))*$"
)
_NOT_MINE = re.compile(
    rf"{_KIND} (?:(?:just |simply )?(?:are|is|was|were|has|have)(?: just| simply)?"
    r"(?P<mild> really| exactly| quite| particularly)? (?:not|never)(?: been)?(?: just| simply)?"
    r"(?P<milder> really| exactly| quite| particularly)? "
    r"(?:my (?:cup of tea|thing|taste|style|bag|jam|favou?rites?)|(?:to|quite to) my taste|for me|"
    r"up my (?:alley|street))"
    r"|do(?:es)? not(?P<mildly> really)? (?:do (?:it|much|anything) for|work for|appeal to|"
    r"interest|grab)"
    r" me|do(?:es)? nothing for me|(?:just |really |always )*(?:bores?|leaves?) me(?: cold)?|"
    r"(?:always )?puts? me to sleep)" + _END,
    re.IGNORECASE,
)
_MINE = re.compile(
    rf"{_KIND} (?:are|is) (?:so |really |totally |absolutely |just |very much )*(?:my (?:thing|jam|"
    rf"cup of tea)|(?:right )?up my (?:alley|street)){_END}",
    re.IGNORECASE,
)
_ENOUGH = re.compile(
    rf"(?:that (?:is|was) )?(?:(?:i|we) (?:have )?had )?(?:more than |"
    rf"quite )?enough (?:of )?{SURELY} "
    r"(?:for|to last(?: me)?) (?:a|one|my|several|two) (?:whole )?(?:lifetimes?|life|lives)$",
    re.IGNORECASE,
)
_NEVER = re.compile(
    rf"(?:(?:please |absolutely )?no (?:more )?{SURELY},? (?:ever(?: again)?|in general|for ever|"
    rf"forever)"
    r"|never (?:ever )?(?:again )?(?P<again>(?:an? |another )?"
    rf"{_BEFORE}(?:{lexicon.MANY_WORKS}|{lexicon.ONE_WORK}))(?: again)?)$",
    re.IGNORECASE,
)
_SUBJECTLESS = re.compile(
    rf"(?P<said>(?:not (?:really )?(?:(?:a|much of a) (?:\w+ )?fan of|into|keen on|fond of)|"
    rf"no fan of|"
    rf"(?:so |really |just )*(?:tired|sick|fed up|bored|done) (?:of|with|by)|(?:could|"
    rf"can) ?not stand|"
    rf"(?:can|could) ?not (?:get into|get enough of)) {SURELY}){_END}",
    re.IGNORECASE,
)
_WEARY = re.compile(
    rf"(?:(?:tired|sick|weary|bored|fed up|done|through) (?:of|with|by)|over) (?:all )?(?:the |"
    rf"these |"
    rf"watching )?{SURELY}{_END}",
    re.IGNORECASE,
)
_NO_WAY_IN = re.compile(
    r"(?:(?:cannot|could not|can never|could never|never|never really|did not) (?:really |ever |"
    r"quite )?"
    rf"(?:get|got|warm|warmed) (?:in)?to|(?:cannot|can never) get enough of|"
    rf"do not do) {_KIND}{_END}"
    r"|never (?:ever )?want to (?:see|watch|read|play|hear) (?:an? |another )?"
    rf"{_BEFORE}(?:{lexicon.MANY_WORKS}|{lexicon.ONE_WORK})(?: ever)? again$",
    re.IGNORECASE,
)
OCCASION = re.compile(
    r"\b(?:tonight|today|tomorrow|right now|for now|just now|at the moment|this (?:time|evening|"
    r"weekend|week|afternoon|morning|month)|for (?:a change|once|the night|the evening)|"
    r"with the (?:kids|"
    r"family|children))\b",
    re.IGNORECASE,
)
"""What a wish holds for, where it is said."""


def general(clause: str, name: str) -> tuple[str, Verdict] | None:
    """Return a claim about `name` from a clause whose subject is a kind of works, or None.

    >>> general("Musicals are not my thing", "Ana")[0]
    'Ana is not into musicals'
    >>> general("No horror please", "Ana") is None
    True
    """
    if OCCASION.search(clause):
        return None
    if found := _NOT_MINE.match(clause):
        mild = found["mild"] or found["milder"] or found["mildly"]
        return f"{name} is not {'really ' if mild else ''}into {_small(found['what'])}", LASTING
    if found := _MINE.match(clause):
        return f"{name} is into {_small(found['what'])}", LASTING
    if found := _ENOUGH.match(clause):
        return f"{name} has had enough {_small(found['what'])} for a lifetime", LASTING
    if found := _NEVER.match(clause):
        return f"{name} never wants {_small(found['what'] or found['again'])}", LASTING
    return None


def completed(clause: str) -> str | None:
    """Return the first-person clause that "Not a fan of horror" stands for, or None."""
    found = None if OCCASION.search(clause) else _SUBJECTLESS.match(clause)
    if found is None:
        return None
    said = f"{clause[0].lower()}{clause[1:]}"
    return f"I {said}" if said.startswith(("can", "could")) else f"I am {said}"


def weary(rest: str) -> Verdict | None:
    """Return the verdict on "tired of superhero films": what it is of, and how long, decide."""
    return PASSING if _WEARY.match(rest) and not OCCASION.search(rest) else None


def no_way_in(predicate: str) -> Verdict | None:
    """Return the verdict on "cannot get into westerns", "cannot get enough of horror"."""
    return LASTING if _NO_WAY_IN.match(predicate) and not OCCASION.search(predicate) else None


LASTING = Verdict(0.75, "year")
PASSING = Verdict(0.75, "season")
"""Who is tired of something has liked it, and may again."""


def _small(what: str) -> str:
    """Return a kind without the capital of a sentence; that of a name stays: "Marvel films"."""
    first, gap, rest = what.partition(" ")
    small = first.lower()
    is_kind = small in _PLAIN or re.fullmatch(lexicon.KINDS_OF_WORKS, small)
    return f"{small}{gap}{rest}" if is_kind else what


_PLAIN = listed(
    """superhero romantic war old new black slapstick teen animated biographical historical spy
    zombie vampire christmas foreign silent modern psychological disaster most violent sad
    gory scary true long slow all any"""
)
"""Words that stand before a kind and are no names."""
