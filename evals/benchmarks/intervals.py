"""How sure a figure is: 95 % intervals of shares, of means and of any statistic, by fixed seeds."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

SEED = 20261121
DRAWS = 10_000
LEVEL = 0.95
ROUNDS = 1_000
"""Resamples of `grouped`."""

Group = TypeVar("Group")


def bootstrap(values: Sequence[float]) -> tuple[float, float]:
    """Return the percentile interval of the mean when the values are drawn anew, at `LEVEL`.

    Every value is drawn by itself, so the interval says how the figure would change with other
    questions about the same people; what other people would change is not in it.

    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3.
    """
    given = np.asarray(values, dtype=np.float64)
    if not len(given):
        return (float("nan"), float("nan"))
    source = np.random.default_rng(SEED)
    means = np.concatenate(
        [  # a thousand draws at a time: ten thousand of a thousand values would take 80 MB
            given[source.integers(0, len(given), (DRAWS // 10, len(given)))].mean(axis=1)
            for _ in range(10)
        ]
    )
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return (float(low), float(high))


def wilson(passed: int, of: int) -> tuple[float, float]:
    """Return where a share lies with 95 % confidence; (0, 1) where nothing was tried.

    Source: Wilson, "Probable inference" (JASA 1927): the score interval.

    >>> low, high = wilson(9, 10)
    >>> round(low, 2), round(high, 2)
    (0.6, 0.98)
    """
    if of == 0:
        return 0.0, 1.0
    z = 1.959964
    share, spread = passed / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / spread
    half = z / spread * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    # At the ends one bound is the share itself, which rounding would miss.
    return (middle - half if passed else 0.0), (middle + half if passed < of else 1.0)


def grouped(
    groups: Sequence[Group],
    statistic: Callable[[Sequence[Group]], float],
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic over resampled groups.

    Args:
        groups: What is drawn with replacement, whole: items of one persona hang together.
        statistic: Computed of each resample; resamples for which it is NaN are left out.
        rounds: Resamples.
        seed: Of the draws.

    Raises:
        ValueError: There are no groups, or the statistic is NaN for all resamples.
    """
    if not groups:
        raise ValueError("No groups were given. Give at least one.")
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        drawn = [groups[i] for i in rng.integers(len(groups), size=len(groups))]
        values.append(statistic(drawn))
    kept = np.array([value for value in values if not np.isnan(value)])
    if not len(kept):
        raise ValueError("The statistic is not a number for any resample.")
    low, high = np.quantile(kept, [0.025, 0.975])
    return float(low), float(high)
