"""Fit the offline gate on ProactiveBench's labelled proposals.

Run from the root: `python -m benchmarks.fit_gate LABELS.jsonl [--out FILE]`; without `--out`
nothing is written. A logistic regression over the signals of `models/offline/weighing.py`,
standardised, with an L2 penalty, by Newton's method; no randomness. Penalty and line are chosen by
predictions of whole traces that the fit has not seen; `benchmarks/proactivebench.py` does all of
this anew within each fold. What facts count for is not in the data and is not fitted.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.fit_heads import logistic

from usermind.evals.benchmarks.gate_metrics import Bools, Decisions, Floats, best_line
from usermind.evals.benchmarks.proactive_data import Row, offered, read
from usermind.evals.probabilities import log_loss
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


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--out", type=Path, help="where to write the weights")
    options = parser.parse_args()
    data = counted(offered(read(options.labels)))
    gate = fit(data)
    made = Decisions.of(unseen(data, gate.penalty) >= gate.line, data.y)
    rows, traces = len(data.y), len(set(data.traces))
    print(f"{rows} offers of {traces} traces, {data.y.mean():.3f} taken; penalty "
          f"{gate.penalty:g}, line {gate.line:.3f}, bias {gate.bias:.3f}")  # fmt: skip
    scale = data.x.std(axis=0)
    for name, weight, spread in zip(SIGNALS, gate.weights, scale, strict=True):
        print(f"{name:<26}{weight:>8.3f}  ({weight * spread:+.3f} a standard deviation)")
    print(f"left out: precision {made.precision:.3f}, recall {made.recall:.3f}, F1 {made.f1:.3f}, "
          f"false-positive rate {made.false_positive_rate:.3f}")  # fmt: skip
    if options.out is not None:
        options.out.write_text(json.dumps(_written(gate, made, rows, traces), indent=2)
                               + "\n", encoding="utf-8")  # fmt: skip


def _written(gate: Gate, made: Decisions, rows: int, traces: int) -> dict[str, object]:
    return {
        "note": f"Written by benchmarks/fit_gate.py. Fitted on {rows} labelled proposals of "
        f"{traces} traces of ProactiveBench (reward data). `checked` is what proposals of traces "
        "left out of the fit got by `line`, which was chosen on the same; "
        "benchmarks/proactivebench.py chooses it within the folds.",
        "checked": {
            "precision": round(made.precision, 3),
            "recall": round(made.recall, 3),
            "f1": round(made.f1, 3),
            "false_positive_rate": round(made.false_positive_rate, 3),
        },
        "line": round(gate.line, 4),
        "bias": round(gate.bias, 4),
        "signals": {
            name: round(float(weight), 4)
            for name, weight in zip(SIGNALS, gate.weights, strict=True)
        },
    }


if __name__ == "__main__":
    main()
