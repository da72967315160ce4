"""The arithmetic of belief: log-odds, evidence weights, durability and freshness.

A proposition's log-odds are a pure function of its prior and its evidence, so they can be
computed again at any time and two workers cannot disagree.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from usermind.types import Durability, Tier

HALF_LIFE: dict[Durability, float] = {
    "momentary": 3_600.0,
    "day": 86_400.0,
    "week": 7 * 86_400.0,
    "season": 90 * 86_400.0,
    "year": 3 * 365 * 86_400.0,
    "permanent": math.inf,
}
"""Seconds until a claim without new support counts half. Claims of the class "year" are of years:
half of them stand for three and more (`benchmarks/fit_belief.py`)."""

WEIGHT: dict[Tier, float] = {"first_party": 1.6, "observed": 0.9, "third_party": 0.4}
"""Log-odds that one more piece of evidence adds or takes. The first is fitted in
`benchmarks/fit_belief.py`, the others keep their proportion to it."""

AGAINST = 2.5
"""How much more evidence against a claim weighs than evidence for it: people correct on purpose,
and repeat without thinking."""

LIMIT = 6.9
"""Bound of log-odds; a probability stays within [0.001, 0.999]."""

VERDICT = 4.0
"""Log-odds after the user confirmed (+) or denied (−) a claim: 0.982 and 0.018."""

STALE = 0.15
"""Confidence × freshness below which an active claim counts as stale, unless it is pinned."""

_PUBLISHED = (
    np.array([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]),
    np.array([0.2, 0.365, 0.52, 0.657, 0.77, 0.877, 0.96]),
)
_FITTED = {
    "offline": (
        np.array([0.0, 0.3, 0.5, 0.55, 0.6, 0.65, 0.9, 1.0]),
        np.array([0.2, 0.4, 0.575, 0.75, 0.87, 0.92, 0.92, 0.95]),
    )
}


@dataclass(frozen=True, slots=True)
class Support:
    """What one observation says about a claim."""

    polarity: int
    """+1 for it, −1 against it."""
    tier: Tier
    session: str
    """Repeats within one session weigh less and less."""


def calibrated(stated: float, *, author: str = "") -> float:
    """Return how often a claim proves true that its proposer gave this confidence.

    Args:
        stated: The proposer's number, in [0, 1]; values outside are clipped.
        author: Who proposed it. For the offline engine the line was fitted on lives that are known
            (`benchmarks/fit_belief.py`); for all others it is the published one.

    Source: monotone line through the reliability curve published with GUM (Shaikh et al.,
    2025, arXiv 2505.10831, calibration study), shrunk at the ends; a weak prior, which the user's
    verdicts correct (`memory/calibration.py`).
    """
    return float(np.interp(stated, *_FITTED.get(author, _PUBLISHED)))


def log_odds(prior: float, support: Iterable[Support], *, verdict: float | None = None) -> float:
    """Return the belief in a claim, in [−LIMIT, LIMIT].

    L = logit(prior) + Σ polarity · weight(tier) / √k, with k the how-manieth piece of evidence
    of that polarity and tier from one session; were tiers counted together, hearsay would take
    weight from the user's own word. The first piece for a claim adds nothing: it is what the prior
    was stated on. A claim is vouched for by a verdict, the user's word or their
    recorded behaviour. Without that it never exceeds 0: third parties alone cannot make a claim
    likelier than not. With it, what third parties say against the claim takes nothing below 0:
    they cast doubt on the user's own word and do not overrule it. A verdict of the user takes the
    place of everything that came before it.

    Args:
        prior: Probability before any evidence, in (0, 1).
        support: In the order it arrived.
        verdict: Log-odds set by the user.
    """
    total = verdict if verdict is not None else logit(prior)
    rumour = 0.0
    seen: Counter[tuple[str, int, Tier]] = Counter()
    vouched = verdict is not None
    founded = vouched
    for item in support:
        kind = (item.session, item.polarity, item.tier)
        seen[kind] += 1
        weight = WEIGHT[item.tier] / math.sqrt(seen[kind])
        if item.polarity > 0 and not founded:
            founded = True
        elif item.polarity > 0:
            total += weight
        elif item.tier == "third_party":
            rumour -= weight * AGAINST
        else:
            total -= weight * AGAINST
        vouched = vouched or (item.polarity > 0 and item.tier != "third_party")
    doubted = total + rumour
    total = max(doubted, min(total, 0.0)) if vouched else min(doubted, 0.0)
    return max(-LIMIT, min(LIMIT, total))


def logit(probability: float) -> float:
    """Return ln(p / (1 − p)), bounded by LIMIT."""
    if not 0.0 < probability < 1.0:
        return LIMIT if probability >= 1.0 else -LIMIT
    return max(-LIMIT, min(LIMIT, math.log(probability / (1.0 - probability))))


def probability(log_odds: float) -> float:
    """Return the probability of log-odds.

    >>> probability(0.0)
    0.5
    """
    return 1.0 / (1.0 + math.exp(-log_odds))


def freshness(durability: Durability, age: float) -> float:
    """Return 2^(−age / half-life), in [0, 1].

    Args:
        durability: Class of the claim.
        age: Seconds since its last support; a negative age (clock skew) counts as 0.
    """
    return float(2.0 ** (-max(age, 0.0) / HALF_LIFE[durability]))


def is_stale(confidence: float, freshness: float) -> bool:
    """Return whether so little is left of an active claim that it is no longer recalled.

    Args:
        confidence: Probability in [0, 1].
        freshness: In [0, 1].
    """
    return confidence * freshness < STALE
