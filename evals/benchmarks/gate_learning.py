"""The offline gate learned from labelled proposals: weights, penalty, and the line it offers from.

A logistic regression over the signals of `usermind.models.offline.weighing`, standardised, with an
L2 penalty; no randomness. Penalty and line are chosen by predictions of whole traces that the fit
has not seen. What facts count for is not in the data and is not learned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from usermind.evals.benchmarks.gate_metrics import best_line
from usermind.evals.benchmarks.logistic import logistic
from usermind.evals.benchmarks.proposals import Row
from usermind.evals.probabilities import Bools, Floats, log_loss
from usermind.models.offline.weighing import SIGNALS, signals

PENALTIES = (10.0, 30.0, 100.0, 200.0, 400.0)
"""Tried; against some 1,300 rows of standardised signals."""
MOST = 0.35
"""False-positive rate that the line keeps within."""
SLACK = 0.05
"""How far within, so that traces not seen seldom exceed it."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Weights, and the line that goes with them."""

    penalty: float
    bias: float
    weights: Floats
    """(signals,), on the signals as they are counted."""
    line: float
    """Probability from which the gate offers."""

    def probabilities(self, x: Floats) -> Floats:
        """Return (rows,) for signals (rows, signals)."""
        return np.asarray(1 / (1 + np.exp(-np.clip(x @ self.weights + self.bias, -30, 30))))


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows as the fit sees them."""

    x: Floats
    """(rows, signals)."""
    y: Bools
    """(rows,), whether each offer was taken."""
    traces: tuple[str, ...]
    """Per row."""

    def only(self, rows: Bools) -> "Counted":
        """Return some of the rows."""
        kept = np.flatnonzero(rows).tolist()
        return Counted(self.x[rows], self.y[rows], tuple(self.traces[row] for row in kept))

    def beside(self) -> Iterator[tuple[Bools, "Counted"]]:
        """Yield for each trace where it stands, and the rows of all others."""
        names = np.array(self.traces)
        for name in dict.fromkeys(self.traces):
            yield names == name, self.only(names != name)


def counted(rows: Sequence[Row]) -> Counted:
    """Return what is counted of rows in which something is offered."""
    return Counted(
        np.array([signals(row.prompt) for row in rows]),
        np.array([row.accepted for row in rows]),
        tuple(row.trace for row in rows),
    )


def learned(data: Counted, penalty: float) -> tuple[float, Floats]:
    """Return bias and weights under a penalty on the standardised weights."""
    mean, scale = data.x.mean(axis=0), data.x.std(axis=0)
    # What never varies where it is learned says nothing about where it does.
    scale = np.where(scale > 1e-9, scale, np.inf)
    z = np.hstack([(data.x - mean) / scale, np.ones((len(data.x), 1))])
    found = logistic(z, data.y, np.r_[np.full(len(SIGNALS), penalty), 0.0])
    weights = found[:-1] / scale
    return float(found[-1] - weights @ mean), weights


def unseen(data: Counted, penalty: float) -> Floats:
    """Return (rows,): the probabilities by weights learned without the trace of the row."""
    p = np.zeros(len(data.y))
    for here, others in data.beside():
        p[here] = Gate(penalty, *learned(others, penalty), 0.0).probabilities(data.x[here])
    return p


def fit(data: Counted) -> Gate:
    """Return the gate that these rows teach: penalty by log loss, line by F1, both left out."""
    tried = {penalty: unseen(data, penalty) for penalty in PENALTIES}
    penalty = min(tried, key=lambda one: log_loss(tried[one], data.y))
    line = best_line(tried[penalty], data.y, most=MOST - SLACK)
    return Gate(penalty, *learned(data, penalty), line)
