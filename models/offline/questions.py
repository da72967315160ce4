"""What a message asks for: its words, weighed."""

import re

from usermind.models.offline import lexicon
from usermind.models.offline.clauses import sentences
from usermind.models.offline.words import accepted, listed, stem, terms, tokens

ASKING = re.compile(
    r"^(?:(?:so|and|but|ok|okay|hey|hi|hello|well|please|hm+|oh|remind me,?|tell me,?|"
    r"do you (?:know|remember),?|can you (?:tell|remind) me,?|"
    r"quick question)[,:]? )*(?P<word>who(?:se|m)?|what|when|where|which|why|how|do|does|did|am|"
    r"is|are|was|were|have|has|had|can|could|will|would|should)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(?:please )?(?:tell me|remind me|list|describe|show me|summari[sz]e|what do you know|"
    r"plan|suggest|recommend|help)\b",
    re.IGNORECASE,
)
_GENERIC = frozenset(
    stem(w)
    for w in listed(
        """go do have get make take be say says tell know thing things name named called call
    kind type sort date day time year please many much long often still yet usually ever remember
    mention mentioned someone anyone anybody somebody person people think want need user
    claim claims"""
    )
) - {stem("type")}
_SORTS = frozenset(
    stem(w)
    for w in listed(
        "colour color food foods dish "
        "city town country place street village animal company firm month"
    )
)
"""Nouns after "which" that any answer of the sort satisfies without saying the word."""
_REQUIRED = frozenset(
    stem(w)
    for w in re.findall(
        r"[a-z]+", f"{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS}".replace("?", "")
    )
)


def question(message: str) -> str | None:
    """Return the part of a message that asks, or None."""
    asking = [s.text for s in sentences(message) if s.question]
    if asking:
        return asking[-1] if len(terms(asking[-1])) else message
    return message if ASKING.match(message) or _REQUEST.match(message) else None


def weights(asked: str, name: str) -> dict[str, float]:
    """Return the content stems of a question with their weights."""
    # The user's own name and "user" say who is asked about, which every memory shares.
    stems = terms(ASKING.sub(lambda m: m["word"] + " ", asked)) - terms(name)
    proper = {stem(w) for w in tokens(asked)[1:] if w[0].isupper() and w != "I"}
    # "which food am I allergic to": the noun says what sort of answer is wanted.
    sort = re.match(
        r"\W*(?:what|which) (\w+) (?:am|are|is|do|did|does|was|were|have|can)\b", asked, re.I
    )
    sorts = {stem(sort[1])} if sort else set()
    measure = re.search(r"\bhow (old|tall|heavy|big|far)\b", asked, re.I)
    needed = _REQUIRED | proper | ({stem(measure[1])} if measure else frozenset())
    weighed: dict[str, float] = {}
    for one in stems:
        if one in _GENERIC:
            weighed[one] = 0.3
        elif one in sorts:
            weighed[one] = 0.3 if one in _SORTS else 0.8
        else:
            weighed[one] = 1.5 if one in needed else 1.0
    return weighed


def covered(wanted: dict[str, float], held: frozenset[str]) -> float:
    """Return the weight of the question's words that a memory covers, over all of it.

    0 when it lacks a person or relation that the question names: a sister is no answer to a
    question about a brother.
    """
    total = sum(wanted.values())
    if not total:
        return 0.0
    met = {w: bool(accepted(w) & held) for w in wanted}
    if any(not met[w] and weight > 1 for w, weight in wanted.items()):
        return 0.0
    if not any(met[w] for w, weight in wanted.items() if weight >= 1) and any(
        weight >= 1 for weight in wanted.values()
    ):
        return 0.0
    return sum(weight for w, weight in wanted.items() if met[w]) / total
