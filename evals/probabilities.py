"""How good probabilities are: Brier score, calibration error, ranking."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """One row of a reliability table."""

    low: float
    high: float
    """Bounds of the probabilities in it, the upper one included."""
    count: int
    shown: float
    """Mean probability."""
    true: float
    """Share that proved true."""


def brier(shown: ArrayLike, true: ArrayLike) -> float:
    """Return the mean squared difference of probabilities and outcomes, in [0, 1]; 0 is best.

    Args:
        shown: (n,), probabilities.
        true: (n,), 1 or True where the claim proved true.

    >>> brier([1.0, 0.0, 0.5], [1, 0, 1])
    0.08333333333333333
    """
    p, y = _arrays(shown, true)
    return float(np.mean((p - y) ** 2))


def log_loss(shown: ArrayLike, true: ArrayLike) -> float:
    """Return the mean negative log likelihood, in nats; probabilities within [0.001, 0.999]."""
    p, y = _arrays(shown, true)
    p = np.clip(p, 0.001, 0.999)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def reliability(
    shown: ArrayLike, true: ArrayLike, *, bins: int = BINS, equal_mass: bool = False
) -> list[Bin]:
    """Return the bins that hold anything, from the lowest probability to the highest.

    Args:
        shown: (n,), probabilities.
        true: (n,), outcomes.
        bins: How many at most.
        equal_mass: Bins of about the same count, equal probabilities together, instead of the
            same width.
    """
    p, y = _arrays(shown, true)
    places = _places(p, bins, equal_mass=equal_mass)
    found = []
    for place in np.unique(places):
        here = places == place
        low, high = (
            (float(p[here].min()), float(p[here].max()))
            if equal_mass
            else (place / bins, (place + 1) / bins)
        )
        found.append(Bin(low, high, int(here.sum()), float(p[here].mean()), float(y[here].mean())))
    return found


def ece(shown: ArrayLike, true: ArrayLike, *, bins: int = BINS, equal_mass: bool = False) -> float:
    """Return the expected calibration error: Σ n_b / n · |shown_b − true_b|, in [0, 1].

    Source: Naeini, Cooper and Hauskrecht, AAAI 2015; with `equal_mass`, Nguyen and O'Connor,
    EMNLP 2015.
    """
    p, y = _arrays(shown, true)
    places = _places(p, bins, equal_mass=equal_mass)
    gaps = np.bincount(places, weights=p - y)
    return float(np.abs(gaps).sum() / len(p))


def auc(shown: ArrayLike, true: ArrayLike) -> float:
    """Return the chance that a true claim is shown above a false one, ties half; NaN for one class.

    >>> auc([0.9, 0.4, 0.4], [1, 1, 0])
    0.75
    """
    p, y = _arrays(shown, true)
    positive, negative = p[y > 0.5], np.sort(p[y <= 0.5])
    if not len(positive) or not len(negative):
        return float("nan")
    below = np.searchsorted(negative, positive, side="left")
    upto = np.searchsorted(negative, positive, side="right")
    return float((below + upto).sum() / (2 * len(positive) * len(negative)))


def _places(p: Floats, bins: int, *, equal_mass: bool) -> NDArray[np.intp]:
    """Return the bin of each probability."""
    if equal_mass:
        inner = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
        return np.searchsorted(inner, p, side="left")
    return np.clip(np.ceil(p * bins).astype(np.intp) - 1, 0, bins - 1)


def _arrays(shown: ArrayLike, true: ArrayLike) -> tuple[Floats, Floats]:
    p, y = np.asarray(shown, dtype=np.float64), np.asarray(true, dtype=np.float64)
    if p.shape != y.shape or p.ndim != 1 or not len(p):
        raise ValueError(f"Got arrays of {p.shape} and {y.shape}. Expected two of one length > 0.")
    if np.isnan(p).any() or p.min() < 0.0 or p.max() > 1.0:
        raise ValueError("A probability lies outside [0, 1].")
    return p, y
