"""How good a gate's decisions are: what it lets through and keeps back, and what that is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from usermind.evals.probabilities import Bools, Floats


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions about offers, counted; a rate whose denominator is 0 is NaN."""

    hits: int
    """Offered and taken (TP)."""
    intrusions: int
    """Offered and not wanted (FP)."""
    missed: int
    """Kept back, and would have been taken (FN)."""
    spared: int
    """Kept back, and not wanted (TN)."""

    @classmethod
    def of(cls, offer: ArrayLike, wanted: ArrayLike) -> "Decisions":
        """Count decisions.

        Args:
            offer: (n,), what the gate lets through.
            wanted: (n,), what would be taken.
        """
        o, w = np.asarray(offer, dtype=bool), np.asarray(wanted, dtype=bool)
        if o.shape != w.shape:
            raise ValueError(f"Got arrays of {o.shape} and {w.shape}. Expected two of one length.")
        return cls(int((o & w).sum()), int((o & ~w).sum()), int((~o & w).sum()),
                   int((~o & ~w).sum()))  # fmt: skip

    @property
    def total(self) -> int:
        """All decisions."""
        return self.hits + self.intrusions + self.missed + self.spared

    @property
    def precision(self) -> float:
        """Share of what is offered that is taken; NaN where nothing is offered."""
        return _share(self.hits, self.hits + self.intrusions)

    @property
    def recall(self) -> float:
        """Share of what would be taken that is offered."""
        return _share(self.hits, self.hits + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing is offered."""
        return _share(2 * self.hits, 2 * self.hits + self.intrusions + self.missed)

    @property
    def false_positive_rate(self) -> float:
        """Share of what is not wanted that is offered all the same."""
        return _share(self.intrusions, self.intrusions + self.spared)

    @property
    def false_discovery_rate(self) -> float:
        """Share of what is offered that is not wanted: 1 − precision.

        The benchmark publishes it as "False-Alarm"; a false-alarm rate proper is
        `false_positive_rate`.
        """
        return _share(self.intrusions, self.hits + self.intrusions)

    @property
    def accuracy(self) -> float:
        """Share of decisions that are right."""
        return _share(self.hits + self.spared, self.total)

    @property
    def missed_share(self) -> float:
        """MD: missed offers as a share of all decisions; with `intruded_share`, 1 − accuracy."""
        return _share(self.missed, self.total)

    @property
    def intruded_share(self) -> float:
        """FD: unwanted offers as a share of all decisions."""
        return _share(self.intrusions, self.total)

    def utility(self, *, cost: float, missing: float = 0.0) -> float:
        """Return what a decision is worth in the mean, where an offer that is taken is worth 1.

        Args:
            cost: What an offer that is not wanted takes away.
            missing: What an offer that would have been taken takes away when it is kept back.
        """
        return (self.hits - cost * self.intrusions - missing * self.missed) / self.total


def worth_it(p: ArrayLike, *, cost: float, missing: float = 0.0) -> Bools:
    """Return which offers are expected to be worth more than silence: p > c / (1 + c + m).

    Source: Horvitz, CHI 1999, "Principles of mixed-initiative user interfaces".

    Args:
        p: (n,), probabilities that the offers are taken.
        cost: Of an unwanted offer, where a taken one is worth 1.
        missing: Of keeping back one that would have been taken.
    """
    found: Bools = np.asarray(p, dtype=np.float64) > cost / (1 + cost + missing)
    return found


def best_line(p: Floats, wanted: Bools, *, most: float) -> float:
    """Return the probability from which on offering has the best F1 within a false-positive rate.

    Of lines as good the highest, the quietest. Offer where the probability is at least the line.

    Args:
        p: (n,), probabilities.
        wanted: (n,), outcomes, both of which occur.
        most: Highest false-positive rate, in [0, 1].
    """
    order = np.argsort(-p, kind="stable")
    hits, intrusions = np.cumsum(wanted[order]), np.cumsum(~wanted[order])
    f1 = 2 * hits / (np.arange(1, len(p) + 1) + wanted.sum())
    ends = np.r_[p[order][1:] != p[order][:-1], True]  # equal probabilities go one way
    allowed = ends & (intrusions <= most * (~wanted).sum())
    if not allowed.any():
        return float(np.nextafter(p.max(), 2.0))
    return float(p[order][np.where(allowed, f1, -1.0).argmax()])


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far people who judge the same agree."""

    pairs: int
    """Pairs of votes on one row."""
    same: float
    """Share of pairs that agree."""
    kappa: float
    """The same beyond chance (Fleiss 1971, as if each pair were drawn from one pool)."""
    f1: float
    """F1 of one annotator's yes and no as decisions, with another's as what is wanted."""
    accuracy_of_one: float
    """Share of votes that equal the label which sums the votes up, their own among them."""


def agreement(votes: Sequence[Sequence[bool]], labels: Sequence[bool]) -> Agreement:
    """Return how far annotators agree with one another and with the label.

    Args:
        votes: Per row, one vote an annotator.
        labels: Per row, what the votes were summed up to.
    """
    both = neither = pairs = 0
    for row in votes:
        yes, no = sum(row), len(row) - sum(row)
        both += yes * (yes - 1) // 2
        neither += no * (no - 1) // 2
        pairs += len(row) * (len(row) - 1) // 2
    every = [(vote, label) for row, label in zip(votes, labels, strict=True) for vote in row]
    share = sum(vote for vote, _ in every) / len(every)
    same, chance = _share(both + neither, pairs), share**2 + (1 - share) ** 2
    return Agreement(
        pairs=pairs,
        same=same,
        kappa=(same - chance) / (1 - chance) if chance < 1 else float("nan"),
        # The pairs that differ are a miss one way round and an intrusion the other way round.
        f1=_share(2 * both, 2 * both + (pairs - both - neither)),
        accuracy_of_one=sum(vote == label for vote, label in every) / len(every),
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
