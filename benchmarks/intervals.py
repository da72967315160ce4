"""How sure a figure is: bootstrap intervals of means, with fixed seeds."""

from collections.abc import Sequence

import numpy as np

SEED = 20261121
DRAWS = 10_000
LEVEL = 0.95


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


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean; nan for fewer than two values."""
    given = np.asarray(values, dtype=np.float64)
    if len(given) < 2:
        return float("nan")
    return float(given.std(ddof=1) / np.sqrt(len(given)))
