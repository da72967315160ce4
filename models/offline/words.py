"""Words as the offline engine compares them: folded, stemmed, and grouped by what people mean."""

import re
from collections.abc import Iterable
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def listed(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def choice(text: str) -> str:
    """Return the alternatives of a block of text, `|` between them, as one regular expression."""
    return "(?:" + "|".join(" ".join(part.split()) for part in text.split("|")) + ")"


STOP = listed(
    """a about again ago all also am an and any anything are as at be because been before being but
    by can cannot could d did do does doing don for from had has have he her here hers him his how i
    if in into is it its just ll m may me might mine more most my myself no nor not now of off on
    one once only or other our ours out over own please re s shall she should so some something such
    t than that the their them themselves then there these they this those though to too up us ve
    very was we were what when where which who whom whose why will with would you your yours ve
    recently currently really quite actually user"""
)
"""Words that carry no content in a comparison."""

_IRREGULAR = {
    past: base
    for base, forms in {
        "be": "been",
        "become": "became",
        "begin": "began begun",
        "break": "broke broken",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "catch": "caught",
        "child": "children",
        "choose": "chose chosen",
        "come": "came",
        "die": "dying",
        "do": "done",
        "drink": "drank drunk",
        "drive": "drove driven",
        "eat": "ate eaten",
        "fall": "fell fallen",
        "feel": "felt",
        "find": "found",
        "fly": "flew flown",
        "forget": "forgot forgotten",
        "get": "got gotten",
        "give": "gave given",
        "go": "went gone",
        "grow": "grew grown",
        "hear": "heard",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "learn": "learnt",
        "leave": "left",
        "lend": "lent",
        "lose": "lost",
        "make": "made",
        "meet": "met",
        "pay": "paid",
        "ride": "rode ridden",
        "run": "ran",
        "say": "said",
        "see": "saw seen",
        "sell": "sold",
        "send": "sent",
        "sing": "sang sung",
        "sleep": "slept",
        "speak": "spoke spoken",
        "spend": "spent",
        "swim": "swam swum",
        "take": "took taken",
        "teach": "taught",
        "tell": "told",
        "think": "thought",
        "wear": "wore worn",
        "win": "won",
        "write": "wrote written",
    }.items()
    for past in forms.split()
}

_SAME = (
    "mum mom mother mama mommy",
    "dad father papa daddy",
    "grandma grandmother granny nan",
    "grandpa grandfather granddad",
    "job work profession occupation career employer company employ",
    "live home reside residence address",
    "allergic allergy intolerant intolerance",
    "like love enjoy favourite favorite prefer adore fond",
    "dislike hate stand loathe",
    "flat apartment",
    "film movie",
    "bike bicycle",
    "partner boyfriend girlfriend husband wife spouse fiance fiancee",
    "name call",
    "doctor gp physician",
    "buy purchase",
    "gift present",
    "holiday vacation",
    "child kid",
    "boss manager",
    "visit come",
    "quit stop cancel leave",
    "exam test",
    "begin start",
    "study learn",
)
"""Groups whose members answer for each other."""

_WIDER = {
    "pet": "dog cat kitten puppy rabbit hamster parrot horse goldfish tortoise",
    "sibling": "brother sister",
    "parent": "mum dad mother father mom parents",
    "child": "son daughter baby",
    "diet": "vegetarian vegan pescatarian meat fish halal kosher",
    "food": "eat nut meat fish fruit dish",
    "instrument": "piano guitar violin accordion drums flute cello",
    "sport": "swim run football tennis gym yoga cycle climb basketball",
    "language": "speak",
    "married": "divorced single widowed separated engaged husband wife spouse",
    "partner": "broke split divorced",
    "boyfriend": "broke split divorced",
    "girlfriend": "broke split divorced",
    "husband": "broke split divorced married",
    "wife": "broke split divorced married",
    "coffee": "espresso cappuccino latte",
    "birthday": "born",
    "old": "age",
    "age": "old",
}
"""A word of a question, and the narrower ones that answer it (not the reverse)."""


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Return a crude stem: lower case, no possessive, plural, tense or final e.

    >>> stem("Gives"), stem("gave"), stem("swimming")
    ('giv', 'giv', 'swim')
    """
    w = word.lower().replace("’", "'")
    for mark in ("n't", "'s", "'m", "'re", "'ve", "'ll", "'d"):
        w = w.removesuffix(mark)
    w = _IRREGULAR.get(w, w)
    if len(w) > 3 and w.endswith("ies"):
        w = w[:-3] + "y"
    elif len(w) > 3 and w.endswith("s") and not w.endswith(("ss", "us", "is")):
        w = w[:-1]
    for ending in ("ing", "ed"):
        if w.endswith(ending) and len(w) > len(ending) + 2 and re.search("[aeiouy]", w[:-3]):
            w = w[: -len(ending)]
            if len(w) > 2 and w[-1] == w[-2] and w[-1] not in "ls":
                w = w[:-1]
            break
    w = w.removesuffix("e") if len(w) > 2 else w
    return w[:-1] + "i" if len(w) > 2 and w.endswith("y") else w


def tokens(text: str) -> list[str]:
    """Return the words of a text in order, as written."""
    return _TOKEN.findall(text)


def terms(text: str) -> frozenset[str]:
    """Return the stems of the content words of a text."""
    return frozenset(stem(w) for w in tokens(text) if w.lower() not in STOP and w != "'")


def _groups() -> dict[str, frozenset[str]]:
    accepted: dict[str, set[str]] = {}
    for group in _SAME:
        stems = {stem(w) for w in group.split()}
        for one in stems:
            accepted.setdefault(one, set()).update(stems)
    for word, narrower in _WIDER.items():
        accepted.setdefault(stem(word), {stem(word)}).update(stem(w) for w in narrower.split())
    return {key: frozenset(value) for key, value in accepted.items()}


_ACCEPTED = _groups()


def accepted(term: str) -> frozenset[str]:
    """Return the stems that answer a question about this stem, itself included."""
    return _ACCEPTED.get(term, frozenset((term,)))


def overlap(left: Iterable[str], right: Iterable[str]) -> float:
    """Return the Jaccard overlap of two sets of stems, in [0, 1]; 0 when both are empty."""
    a, b = frozenset(left), frozenset(right)
    return len(a & b) / len(a | b) if a | b else 0.0
