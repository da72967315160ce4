"""What a sentence looks like, as numbers: the inputs of the heads beside its vector."""

import re
from collections.abc import Sequence

from usermind.models.offline import lexicon
from usermind.models.offline.claims import Claim
from usermind.models.offline.words import tokens

_I = r"(?:i|i['’]?(?:m|ve|ll|d)|im|ive)"
_PATTERNS = {
    "says I": rf"\b{_I}\b",
    "says my": r"\b(?:my|our|we|we['’]\w+|us|me|mine)\b",
    "begins with me": rf"\W*(?:{_I}|we|we['’]\w+|my|our)\b",
    "asks": r".*\?\W*$",
    "quotes": r".*[\"“”]",
    "says you": r"\b(?:you|your|u|ya)\b",
    "begins like a question or request": (
        r"\W*(?:can|could|would|will|please|make|write|give|tell|explain|suggest|list|show|how|"
        r"what|who|why|where|when|which|is|are|do|does|did|let['’]?s|help|find|use)\b"
    ),
    "names kin or pets": rf"\b(?:{lexicon.FAMILY}|{lexicon.PEOPLE}|{lexicon.PETS})s?\b",
    "has a number": r"\d",
    "says how often": lexicon.FREQUENCY,
    "supposes": r"\b(?:if|imagine|suppose|supposing|would|could)\b",
    "says now": r"\b(?:today|tonight|now|rn|this (?:morning|week|afternoon|evening)|again)\b",
    "hedges": r"\b(?:maybe|perhaps|might|guess|think|suppose|probably)\b",
    "exclaims": r".*!",
    "reports": r"\b(?:said|says|told|goes|asked|reckons?|according)\b",
    "looks like code": r".*(?:[{}<>=();]|//)",
}
_COMPILED = {name: re.compile(text, re.IGNORECASE | re.DOTALL) for name, text in _PATTERNS.items()}
_SEARCHED = {name for name, text in _PATTERNS.items() if not text.startswith((".*", r"\W*"))}
_CAPITAL = re.compile(r"(?<!^)(?<![.!?] )\b[A-ZÀ-Þ][a-zà-ÿ]+")
LONG = 30
"""Words from which on a sentence counts as no longer."""
FEATURES = (*_PATTERNS, "rules", "confidence", "words", "short", "capitals", "bias")
"""Names of the numbers, in their order."""


def surface(text: str, claims: Sequence[Claim]) -> list[float]:
    """Return the numbers of a sentence, each in [0, 2], in the order of `FEATURES`.

    Args:
        text: The sentence.
        claims: What the rules made of it.
    """
    length = len(tokens(text))
    found = [
        float(bool(p.search(text) if name in _SEARCHED else p.match(text)))
        for name, p in _COMPILED.items()
    ]
    return [
        *found,
        float(bool(claims)),
        max((claim.confidence for claim in claims), default=0.0),
        min(length, LONG) / (LONG / 2),
        float(length < 4),
        float(bool(_CAPITAL.search(text))),
        1.0,
    ]
