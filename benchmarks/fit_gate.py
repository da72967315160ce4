"""Fit the offline gate on ProactiveBench's labelled proposals.

Run from the root: `python -m benchmarks.fit_gate LABELS.jsonl [--out FILE]`; without `--out`
nothing is written. How it is learned is `usermind.evals.benchmarks.gate_learning`'s;
`benchmarks/proactivebench.py` does all of this anew within each fold.
"""

import argparse
import json
from pathlib import Path

from usermind.evals.benchmarks.gate_learning import Gate, counted, fit, unseen
from usermind.evals.benchmarks.gate_metrics import Decisions
from usermind.evals.benchmarks.proposals import offered, read
from usermind.models.offline.weighing import SIGNALS


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
