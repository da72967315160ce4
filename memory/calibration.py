"""Calibration: how often claims that were believed so much turned out true for this user.

Belief is arithmetic with constants chosen on other people. The user's verdicts say how well it fits
them: a monotone line from log-odds to probability, drawn anew after each verdict once there are
enough of them.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from usermind.memory import belief

Rating = Literal["confirm", "correct", "deny"]

ENOUGH = 30
"""Verdicts from which on the line is drawn; with fewer, belief stands as it is."""
PRIOR_WEIGHT = 12.0
"""Verdicts that the uncorrected arithmetic counts for, spread evenly over its range."""
TILT = 0.05
"""Share of the uncorrected probability in the line: keeps it rising where verdicts make a step."""

_GRID = np.linspace(-belief.LIMIT, belief.LIMIT, 25)


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A rising line from log-odds to probability; without knots, the logistic function."""

    log_odds: tuple[float, ...] = ()
    """Knots, rising, within ±`belief.LIMIT`."""
    probability: tuple[float, ...] = ()
    """Value at each knot, in (0, 1), not falling."""

    def confidence(self, log_odds: float, *, ruled: bool = False) -> float:
        """Return the probability that a claim is true.

        Args:
            log_odds: Its belief.
            ruled: The user gave a verdict on it, which needs no calibration.

        What the arithmetic holds for no likelier than not stays so: no calibration lifts what
        only third parties say above one half.
        """
        plain = belief.probability(log_odds)
        if ruled or not self.log_odds:
            return plain
        drawn = float(np.interp(log_odds, self.log_odds, self.probability))
        return min(drawn, 0.5) if log_odds <= 0.0 else drawn


def fit(log_odds: Sequence[float], outcomes: Sequence[bool]) -> Calibrator:
    """Return the line that fits what came true, shrunk towards the logistic function.

    Isotonic regression by pooling adjacent violators over the verdicts and `PRIOR_WEIGHT`
    pseudo-verdicts that lie on the logistic function.

    Args:
        log_odds: Belief in each claim before the verdict.
        outcomes: Whether it was true as it stood; as many.

    Returns:
        The logistic function where there are fewer than `ENOUGH`.

    Source: pool-adjacent-violators (Ayer et al. 1955); for calibration, Zadrozny & Elkan, 2002.
    """
    if len(log_odds) < ENOUGH:
        return Calibrator()
    x = np.concatenate([_GRID, np.clip(log_odds, -belief.LIMIT, belief.LIMIT)])
    y = np.concatenate([[belief.probability(at) for at in _GRID], np.asarray(outcomes, float)])
    weight = np.concatenate(
        [np.full(len(_GRID), PRIOR_WEIGHT / len(_GRID)), np.ones(len(outcomes))]
    )
    # Sums in another order differ in their last digits.
    knots = rising(np.round(x, 9), y, weight)
    return Calibrator(
        tuple(at for at, _ in knots),
        tuple((1 - TILT) * mean + TILT * belief.probability(at) for at, mean in knots),
    )


def rising(x: ArrayLike, y: ArrayLike, weight: ArrayLike) -> list[tuple[float, float]]:
    """Return the knots of the rising line with the least weighted squared error to points.

    Between two knots it is straight. Points of one x are one point.

    Args:
        x: (n,), in any order.
        y: (n,).
        weight: (n,), each above 0.

    Source: pool-adjacent-violators (Ayer et al. 1955).

    >>> rising([1, 2, 3], [0.0, 1.0, 0.5], [1, 1, 1])
    [(1.0, 0.0), (2.0, 0.75), (3.0, 0.75)]
    """
    mass, means = np.asarray(weight, float), np.asarray(y, float)
    levels, place = np.unique(np.asarray(x, float), return_inverse=True)
    weights = np.bincount(place, weights=mass)
    means = np.bincount(place, weights=mass * means) / weights
    blocks: list[_Block] = []
    for at, heavy, mean in zip(levels.tolist(), weights.tolist(), means.tolist(), strict=True):
        blocks.append(_Block(at, at, heavy, mean))
        while len(blocks) > 1 and blocks[-2].mean >= blocks[-1].mean:
            right, left = blocks.pop(), blocks.pop()
            blocks.append(left.pooled(right))
    # Level from a block's first point to its last: between two means, points at its end would be
    # drawn towards the next block, however many speak of them.
    return [(at, block.mean) for block in blocks for at in sorted({block.first, block.last})]


@dataclass(frozen=True, slots=True)
class _Block:
    """Neighbouring points of one value."""

    first: float
    last: float
    weight: float
    mean: float

    def pooled(self, right: "_Block") -> "_Block":
        weight = self.weight + right.weight
        mean = (self.weight * self.mean + right.weight * right.mean) / weight
        return _Block(self.first, right.last, weight, mean)


def load(connection: sqlite3.Connection) -> Calibrator:
    """Return the line that is in force in a user's file."""
    found = connection.execute(
        "SELECT log_odds, probability FROM calibration ORDER BY log_odds"
    ).fetchall()
    return Calibrator(tuple(row[0] for row in found), tuple(row[1] for row in found))


def note(
    connection: sqlite3.Connection,
    rowid: int,
    rating: Rating,
    *,
    log_odds: float,
    author: str,
    now: datetime,
) -> None:
    """Record a verdict and draw the line anew, inside the caller's write transaction.

    A corrected claim was not true as it stood, so it counts like a denied one.

    Args:
        connection: Inside a write transaction.
        rowid: The claim.
        rating: What the user said.
        log_odds: Belief before it.
        author: Who had proposed the claim.
        now: The present.
    """
    connection.execute(
        "INSERT INTO verdict (proposition_id, rating, belief, author, at) VALUES (?, ?, ?, ?, ?)",
        (rowid, rating, log_odds, author, now.timestamp()),
    )
    found = connection.execute("SELECT belief, rating FROM verdict ORDER BY id").fetchall()
    line = fit([row[0] for row in found], [row[1] == "confirm" for row in found])
    connection.execute("DELETE FROM calibration")
    connection.executemany(
        "INSERT INTO calibration VALUES (?, ?)", zip(line.log_odds, line.probability, strict=True)
    )
