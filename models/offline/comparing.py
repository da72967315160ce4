"""Two claims compared: the same, similar, contradictory, one general, or nothing to do."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from usermind.models.offline.claims import NAMELESS
from usermind.models.offline.denying import ends, negative
from usermind.models.offline.heads import RELATIONS, shipped
from usermind.models.offline.titles import apart
from usermind.models.offline.values import value_of_another
from usermind.models.offline.words import accepted, listed, overlap, stem, terms, tokens
from usermind.types import Relation

_OPPOSITES = tuple(
    (listed(left), listed(right))
    for left, right in (
        (
            "like likes love loves enjoy enjoys adores",
            "hate hates dislikes dislike loathes detests",
        ),
        ("married engaged", "single divorced widowed widower widow"),
        ("vegan vegetarian pescatarian", "meat carnivore"),
        ("retired", "works"),
        ("early", "late"),
        ("always every", "never"),
    )
)
_MANY = re.compile(
    r"\b(?:several|various|many|some|all kinds of|a lot of|lots of|kinds|sports?|animals?|pets?|"
    r"music|languages?|instruments?|drinks?|food|family|health|arts?|outdoors?|generally|"
    r"regularly|cares?|enjoys?|is an?|avoids?)\b"
)
FEATURES = (
    "overlap",
    "draft in known",
    "known in draft",
    "negation differs",
    "draft ends",
    "numbers differ",
    "draft has a new number",
    "names differ",
    "draft has a new name",
    "known has another name",
    "begin alike",
    "end alike",
    "one value differs",
    "opposite words",
    "general words",
    "shorter",
    "same words",
    "cosine",
    "bias",
)
"""Names of the numbers that a relation is decided on, in their order."""
_TELL_APART = ("negation differs", "numbers differ", "names differ")
"""What two claims that say the same cannot have, however near their words are."""
_COMMON = ("draft in known", "known in draft", "one value differs", "opposite words")
"""What two claims that contradict each other have one of: they speak of the same thing."""
_ONE_VALUE = re.compile(
    r"(?P<key>(?:['’]s [\w ]+? (?:is|are)(?: called| on)?|(?:now )?lives in|works (?:at|as|for)|"
    r"is married to|was born (?:in|on)|is|owns|drives|studies|comes from|is from))(?= )"
)


def compared(draft: str, known: str, *, user: str, cosine: float) -> list[float]:
    """Return the numbers on which the relation of two claims is decided, as `FEATURES` has them."""
    a, b = _words(draft, user), _words(known, user)
    d, k = tokens(draft.removeprefix(user)), tokens(known.removeprefix(user))
    numbers = _numbers(draft), _numbers(known)
    names = _names(draft, user), _names(known, user)
    longest = max(1, min(len(d), len(k)))
    return [
        overlap(a, b),
        _held(a, b),
        _held(b, a),
        float(negative(draft) != negative(known)),
        float(ends(draft) and not ends(known)),
        float(bool(numbers[0] and numbers[1] and numbers[0] != numbers[1])),
        float(bool(numbers[0] - numbers[1])),
        float(bool(names[0] - names[1] and names[1] - names[0])),
        float(bool(names[0] - names[1])),
        float(bool(names[1] - names[0])),
        _alike(d, k) / longest,
        _alike(d[::-1], k[::-1]) / longest,
        float(_one_value_differs(draft, known, user)),
        float(_opposite(set(d), set(k))),
        float(bool(_MANY.search(draft)) and not _MANY.search(known)),
        (len(k) - len(d)) / 10,
        float(a == b),
        cosine,
        1.0,
    ]


def relation(
    draft: str,
    known: str,
    *,
    user: str,
    vectors: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
) -> Relation:
    """Return what a drafted claim is to a known one.

    Words decide; the vectors add how near the two are in meaning. Without vectors a head that
    never saw any decides, and is right less often; see `benchmarks/extraction.py`.

    Args:
        draft: The new claim, in the third person.
        known: The known claim.
        user: How both call the user.
        vectors: Of the draft and of the known claim, from one embedder, of any length.
    """
    if _plain(draft) == _plain(known):
        return "identical"
    if apart(draft, known):
        return "unrelated"
    near = 0.0 if vectors is None else _cosine(*vectors)
    x = np.asarray([compared(draft, known, user=user, cosine=near)])
    heads = shipped()
    head = heads.relation_by_words if vectors is None else heads.relation
    likely = head.probabilities(x)[0]
    if any(x[0, FEATURES.index(name)] for name in _TELL_APART):
        likely[RELATIONS.index("identical")] = 0.0
    if not any(x[0, FEATURES.index(name)] for name in _COMMON):
        likely[RELATIONS.index("contradictory")] = 0.0
    return RELATIONS[int(likely.argmax())]


def same(draft: str, known: str, *, user: str) -> bool:
    """Tell whether two claims say the same and nothing more, for merging them without a look.

    Stricter than `relation`: each holds all content words of the other, or synonyms of them.
    """
    if relation(draft, known, user=user) != "identical":
        return False
    if _plain(draft) == _plain(known):
        return True
    numbers = compared(draft, known, user=user, cosine=0.0)
    both = ("draft in known", "known in draft")
    return all(numbers[FEATURES.index(name)] >= 1.0 for name in both)


def _cosine(left: NDArray[np.floating], right: NDArray[np.floating]) -> float:
    length = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / length if length else 0.0


def _plain(text: str) -> str:
    return " ".join(tokens(text.casefold()))


def _words(text: str, user: str) -> frozenset[str]:
    return terms(text) - terms(user) - terms(NAMELESS)


def _held(words: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of words that another text holds or answers for, in [0, 1]."""
    met = [w for w in words if other & accepted(w) or any(w in accepted(o) for o in other)]
    return len(met) / len(words) if words else 0.0


def _numbers(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", text)) | {w for w in tokens(text.lower()) if w in _COUNTED}


_COUNTED = listed("no one two three four five six seven eight nine ten eleven twelve")


def _names(text: str, user: str) -> frozenset[str]:
    own = {word.casefold() for word in user.split()}
    words = tokens(text.removeprefix(user))
    return frozenset(
        stem(w) for w in words if w[0].isupper() and w.casefold() not in own and len(w) > 1
    )


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many words two texts begin with together."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a.casefold() != b.casefold():
            break
        count += 1
    return count


def _one_value_differs(draft: str, known: str, user: str) -> bool:
    other = value_of_another(draft, user)
    if other is not None and other.replaces(value_of_another(known, user)):
        return True
    a, b = (_ONE_VALUE.match(text.removeprefix(user).lstrip()) for text in (draft, known))
    if a is None or b is None or a["key"] != b["key"]:
        return False
    return draft.removeprefix(user)[a.end() :] != known.removeprefix(user)[b.end() :]


def _opposite(left: set[str], right: set[str]) -> bool:
    return any((left & p and right & q) or (left & q and right & p) for p, q in _OPPOSITES)
