"""Whether an offer is wanted now, told by what its words and the latest events have in common.

A logistic regression over a few counts; the weights were fitted by `benchmarks/fit_gate.py` and
ship as `weighing.json`. Words are read in English, overlaps in any script. What is known of the
user is not in the data that the weights come from, so what facts count for is set by hand.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from usermind.models.offline.denying import negative
from usermind.models.offline.grammar import expanded
from usermind.models.offline.words import STOP, stem, tokens
from usermind.prompts import FactLine, OfferedLine, WeighAnswer, WeighPrompt

Floats = NDArray[np.float64]

WEIGHTS: Final = Path(__file__).with_name("weighing.json")
SIGNALS: Final = (
    "asked",
    "trouble",
    "trouble met",
    "substance",
    "news",
    "already done",
    "switching",
    "fits the latest",
    "fits earlier",
    "of earlier alone",
    "latest covered",
    "length",
    "makes something",
    "vague",
    "more of it",
)
"""What is counted; `signals` says how, in this order."""

EVENTS: Final = 40
"""Latest events that are read."""
JUST: Final = 3
"""Latest events that something has just happened in."""
LATELY: Final = timedelta(hours=1)
"""Where nothing happened for as long, the user does nothing now; by hand."""
LONGEST: Final = 2_000
"""Characters of one text that are read."""
ABSENT: Final = 1.0
"""Log-odds taken away while nothing happens that an offer could fit; by hand."""
KNOWN: Final = 0.8
"""Log-odds that a certain fact adds which tells of all that an offer is about; by hand."""
FAINT: Final = 0.1
"""Likeness below which two texts have nothing in common."""
CLEAR: Final = 0.5
"""Log-odds against from which on what is known is the reason."""
UNWANTED: Final = 4.0
"""Log-odds that a certain fact takes away which says that the user does not want it; by hand."""


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


_INTERACTION = _stems(
    """click mouse scroll switch tab browser web page website site open navigate user type press
    key search bar result google bing chrome edge firefox visual studio code vscode editor
    application app window file project left right button new title link work continue back interact
    interaction content text input ctrl shift cmd caps lock space backspace perform multiple time
    action return several view move release homepage focus remain active use double terminal start
    tool within first"""
)
"""Words of how somebody does something, which say nothing of what it is about."""
_OFFERING = _stems("offer help provide suggest assist guide look show recommend find")
_MAKES = _stems(
    """summary summarize summarise snippet example template list step check compile compare
    comparison outline create draft convert translate fix organize organise key point explain"""
)
_VAGUE = _stems(
    """explore continue tip further additional more other resource related relevant general idea
    tutorial topic browse feature recommend suggestion information task improve"""
)
_TROUBLE = re.compile(
    r"error|exception|traceback|\b(?:fail(?:s|ed|ing|ures?)?|invalid|crash(?:es|ed)?|wrong|issues?|"
    r"problems?|troubleshoot\w*|stuck|unable|bugs?|debug\w*|missing|denied|refused|not found|"
    r"no such|not work(?:s|ing)?)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\bsearch(?:es|ed|ing)?\b(?! results?\b)|\bhow (?:to|do|does|can)\b|\bwhat is\b|"
    r"\blook(?:s|ed|ing)? up\b|(?:\bno idea|\bnot know|n['’]t know) (?:how|what|where|why)\b|[?？]",
    re.IGNORECASE,
)
_SWITCHES = re.compile(r"\b(?:switch\w*|return\w*|revert\w*|back to)\b", re.IGNORECASE)
_MORE = re.compile(r"\b(?:more|further|additional|continue|other|another|similar)\b", re.IGNORECASE)
_SPARED = re.compile(
    r"\b(?:hates?|dislikes?|loathes?|detests?|avoids?|cannot (?:stand|bear)|"
    r"(?:does|do) not (?:want|like|need|enjoy|care)|wants? no|not interested in|"
    r"no longer|stopped \w+ing|(?:would )?rather not|prefers? not|tired of|fed up with)\b"
    r"(?P<what>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DISTURBANCE = _stems("interrupt interruption disturb disturbance bother notify unasked proactive")
_OFFERS = _stems("suggestion suggest offer tip advice advise notification reminder remind popup")
_SETTING = _stems("assistant get receive give any anything new unwanted unsolicited")
"""What may stand beside these words without saying what the offers would be about."""
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
"""Where `FileNotFoundError` and its like are one word to a machine, and four to people."""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned once."""

    bias: float
    signals: Floats
    """(signals,), in the order of `SIGNALS`."""
    line: float
    """Probability from which offers had the best F1 at few intrusions, where no costs are given."""


@cache
def shipped() -> Weights:
    """Return the weights that come with the package."""
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    found = data["signals"]
    values = np.array([found[name] for name in SIGNALS], dtype=np.float64)
    return Weights(float(data["bias"]), values, float(data["line"]))


def weigh(prompt: WeighPrompt, weights: Weights | None = None) -> WeighAnswer:
    """Return the probability that an offer is taken now, and what speaks most for or against it.

    Args:
        prompt: Events, facts and the offer.
        weights: Other weights than those that ship.
    """
    weights = weights or shipped()
    found = signals(prompt)
    known = _known(prompt.facts, prompt.offer)
    total = weights.bias + float(weights.signals @ found) + known
    total -= 0.0 if _active(prompt) else ABSENT
    useful = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    value = dict(zip(SIGNALS, found.tolist(), strict=True))
    reason = _for(value, known) if useful >= weights.line else _against(value, known)
    return WeighAnswer(reason=reason, useful=round(useful, 4))


def signals(prompt: WeighPrompt) -> Floats:
    """Return (signals,), what is counted of the events and the offer, each within [−9, 9]."""
    offer = f"{prompt.offer.title} {prompt.offer.text}"[:LONGEST]
    texts = _texts(prompt)
    about = [content(text) for text in texts]
    latest, earlier = about[-1], frozenset[str]().union(*about[:-1])
    said = all_terms(offer)
    own = said - _OFFERING - _INTERACTION - _VAGUE - _MAKES
    spelt = _runs(offer)
    near = [_alike(spelt, _runs(text)) for text in texts]
    just = frozenset[str]().union(*about[-JUST:])
    trouble = any(_TROUBLE.search(text) for text in texts[-JUST:])
    news = latest - earlier
    return np.array(
        [
            bool(_ASKS.search(texts[-1])),
            trouble,
            trouble and bool(own & just or _TROUBLE.search(offer)),
            math.log1p(min(len(latest), 50)),
            math.log1p(min(len(news), 50)),
            _done(said, texts),
            sum(bool(_SWITCHES.search(text)) for text in texts[-5:]) / len(texts[-5:]),
            math.sqrt(near[-1]),  # roots: once it fits, more of the same adds little
            max(near[:-1], default=0.0),
            len((own & earlier) - latest) / max(len(own), 1),
            math.sqrt(len(own & latest) / max(len(latest), 1)),
            math.log1p(min(len(tokens(offer)), 24)),
            bool(said & _MAKES),
            len(said & _VAGUE) / max(len(said), 1),
            bool(_MORE.search(offer)),
        ],
        dtype=np.float64,
    )


def _texts(prompt: WeighPrompt) -> list[str]:
    """Return what happened, oldest first, and the empty text for what does not happen now."""
    texts = [event.text[:LONGEST] for event in prompt.events[-EVENTS:]]
    return texts if _active(prompt) else [*texts, *[""] * JUST]


def _active(prompt: WeighPrompt) -> bool:
    """Tell whether the user does anything now."""
    return bool(prompt.events) and prompt.now - prompt.events[-1].at < LATELY


def _done(said: frozenset[str], texts: Sequence[str]) -> bool:
    """Tell whether one of the latest events, which asks for nothing, says all that is offered."""
    words = said - _OFFERING
    return bool(words) and any(
        words <= all_terms(text) and not _ASKS.search(text) for text in texts[-JUST:]
    )


def all_terms(text: str) -> frozenset[str]:
    """Return the stems of the content words; pairs of letters where words are not set apart."""
    return frozenset(
        part for word in tokens(text) if word.lower() not in STOP for part in _parts(word)
    )


def content(text: str) -> frozenset[str]:
    """Return the terms of a text that say what it is about, not how it is done."""
    return all_terms(text) - _INTERACTION


def _parts(word: str) -> list[str]:
    if _UNSPACED.search(word):
        return _pairs(word)
    return [stem(part) for part in _HUMPS.sub(" ", word).split()]


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(max(len(word) - 1, 1))]


def _alike(a: Counter[str], b: Counter[str]) -> float:
    """Return how alike two texts are spelt: the cosine of their runs, in [0, 1]."""
    if not a or not b:
        return 0.0
    product = sum(count * b[run] for run, count in a.items())
    squares = sum(n * n for n in a.values()) * sum(n * n for n in b.values())
    return float(product / math.sqrt(squares))


def _runs(text: str) -> Counter[str]:
    """Return the runs of four letters in the content words of a text.

    By them a slip of the pen, or another ending, costs little.
    """
    found: Counter[str] = Counter()
    left_out = _INTERACTION | _OFFERING
    kept = [
        word.lower()
        for word in tokens(text)
        if word.lower() not in STOP and stem(word) not in left_out
    ]
    for word in kept:
        if _UNSPACED.search(word):
            found.update(_pairs(word))
    line = f" {' '.join(word for word in kept if not _UNSPACED.search(word))} "
    found.update(line[i : i + 4] for i in range(len(line) - 3))
    return found


def _known(facts: Sequence[FactLine], offer: OfferedLine) -> float:
    """Return the log-odds that what is known of the user adds."""
    own = content(f"{offer.title} {offer.text}"[:LONGEST]) - _OFFERING
    against = max((fact.confidence * _unwanted(fact.text, own) for fact in facts), default=0.0)
    speaking = max((fact.confidence * _told(fact.text, own) for fact in facts), default=0.0)
    return KNOWN * speaking - UNWANTED * against


def _told(fact: str, own: frozenset[str]) -> float:
    """Return how much of an offer a fact that denies nothing tells of, in [0, 1]."""
    if not own or negative(fact) or _SPARED.search(expanded(fact)):
        return 0.0
    return len(own & content(fact)) / len(own)


def _unwanted(fact: str, own: frozenset[str]) -> float:
    """Return how far an offer is of what a fact says the user does not want, in [0, 1].

    Who does not want to be interrupted, or to be offered anything, wants no offer; where it says
    what is not to be offered, only none of that.
    """
    found = _SPARED.search(expanded(fact))
    if found is None:
        return 0.0
    what = all_terms(found["what"])
    if what & _DISTURBANCE or (what & _OFFERS and not what - _OFFERS - _SETTING):
        return 1.0
    named = what - _OFFERS - _INTERACTION
    return len(own & named) / len(named) if named else 0.0


def _for(value: Mapping[str, float], known: float) -> str:
    """Return in our own words what speaks for an offer."""
    if value["trouble met"]:
        return "Something has just gone wrong, and the offer is about it."
    if value["asked"] and value["fits the latest"]:
        return "The user has just looked for what it is about."
    if value["fits the latest"]:
        return "It fits what the user does now."
    if known > 0:
        return "What is known of the user speaks for it."
    return "The offer is definite, and comes at a good moment."


def _against(value: Mapping[str, float], known: float) -> str:
    """Return in our own words what speaks against an offer."""
    if known <= -CLEAR:
        return "What is known of the user speaks against it."
    if value["already done"]:
        return "The user has just done that."
    latest, earlier = value["fits the latest"] ** 2, value["fits earlier"]
    if max(latest, earlier) < FAINT:
        return "It has nothing to do with what the user does."
    if earlier > latest:
        return "It fits what the user did before, not what they do now."
    if value["vague"] or value["more of it"]:
        return "It says nothing definite."
    return "Too little speaks for it."
