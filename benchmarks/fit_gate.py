"""Fit the offline gate on ProactiveBench's labelled proposals.

Run from the root: `python -m benchmarks.fit_gate LABELS.jsonl [--out FILE]`; without `--out`
nothing is written. A logistic regression over the signals of `models/offline/weighing.py`,
standardised, with an L2 penalty, by Newton's method; no randomness. Penalty and line are chosen by
predictions of whole traces that the fit has not seen; `benchmarks/proactivebench.py` does all of
this anew within each fold. What facts count for is not in the data and is not fitted.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.calibration_metrics import log_loss
from benchmarks.fit_heads import left_out, logistic
from benchmarks.gate_metrics import Bools, Decisions, Floats, best_line
from benchmarks.proactive_data import Row, offered, read

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


def counted(rows: Sequence[Row]) -> tuple[Floats, Bools, list[str]]:
    """Return signals (rows, signals), outcomes (rows,), and the trace of each row."""
    x = np.array([signals(row.prompt) for row in rows])
    return x, np.array([row.accepted for row in rows]), [row.trace for row in rows]


def learned(x: Floats, y: Bools, penalty: float) -> tuple[float, Floats]:
    """Return bias and weights under a penalty on the standardised weights."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    # What never varies where it is learned says nothing about where it does.
    scale = np.where(scale > 1e-9, scale, np.inf)
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    found = logistic(z, y, np.r_[np.full(x.shape[1], penalty), 0.0])
    weights = found[:-1] / scale
    return float(found[-1] - weights @ mean), weights


def unseen(x: Floats, y: Bools, traces: Sequence[str], penalty: float) -> Floats:
    """Return (rows,): the probabilities by weights learned without the trace of the row."""

    def fit(rows: Bools) -> object:
        bias, weights = learned(x[rows], y[rows], penalty)
        return Gate(penalty, bias, weights, 0.0).probabilities

    return left_out(fit, x, traces)  # type: ignore[arg-type]  # a bound method is a callable


def fit(x: Floats, y: Bools, traces: Sequence[str]) -> Gate:
    """Return the gate that these rows teach: penalty by log loss, line by F1, both left out."""
    tried = {penalty: unseen(x, y, traces, penalty) for penalty in PENALTIES}
    penalty = min(tried, key=lambda one: log_loss(tried[one], y))
    line = best_line(tried[penalty], y, most=MOST - SLACK)
    return Gate(penalty, *learned(x, y, penalty), line)


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--out", type=Path, help="where to write the weights")
    options = parser.parse_args()
    x, y, traces = counted(offered(read(options.labels)))
    gate = fit(x, y, traces)
    p = unseen(x, y, traces, gate.penalty)
    made = Decisions.of(p >= gate.line, y)
    print(f"{len(y)} offers of {len(set(traces))} traces, {y.mean():.3f} taken; penalty "
          f"{gate.penalty:g}, line {gate.line:.3f}, bias {gate.bias:.3f}")  # fmt: skip
    scale = x.std(axis=0)
    for name, weight, spread in zip(SIGNALS, gate.weights, scale, strict=True):
        print(f"{name:<26}{weight:>8.3f}  ({weight * spread:+.3f} a standard deviation)")
    print(f"left out: precision {made.precision:.3f}, recall {made.recall:.3f}, F1 {made.f1:.3f}, "
          f"false-positive rate {made.false_positive_rate:.3f}")  # fmt: skip
    if options.out is not None:
        options.out.write_text(json.dumps(_written(gate, made, len(y), len(set(traces))), indent=2)
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
