"""Whether the gate knows when to stay silent, on ProactiveBench's labelled proposals.

    python -m benchmarks.proactivebench LABELS.jsonl [--shipped] [--model URL --sample 200]

Each row with a proposal is one decision: offer it, or stay silent. Wanted is what the annotators'
label calls valid. Who decides:

- The offline gate, learned anew for each trace without that trace: weights, penalty and line are
  chosen on the others alone. `--shipped` asks the weights that ship instead, for a file they were
  not fitted on.
- With `--model` a model that is given the same `WeighPrompt`, on a sample; its line is chosen on
  the sample's other traces.

Beside them stand the two gates that need no thought: always, and never. Utilities are of expected
utility, `p > c / (1 + c + m)`, in which nothing is chosen. Intervals are of 1,000 resamples of
traces. Rows without a proposal offer nothing to decide on and are reported apart.
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks.fit_gate import MOST, SLACK, counted, fit

from usermind.errors import InvalidModelOutputError, TruncatedOutputError
from usermind.evals.benchmarks.gate_metrics import (
    Bools,
    Decisions,
    Floats,
    agreement,
    best_line,
    worth_it,
)
from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.benchmarks.proactive_data import Row, hours, offered, read
from usermind.evals.probabilities import auc, brier, ece, log_loss
from usermind.models import Reasoner, connect
from usermind.models.offline.weighing import shipped, weigh

COSTS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""What an unwanted offer costs, where one that is taken is worth 1."""
MISSING = (0.0, 0.5)
"""What it costs to keep back an offer that would have been taken."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Decisions with the probabilities that a gate gave."""

    name: str
    rows: tuple[Row, ...]
    p: Floats
    """(rows,), probability that each offer is taken."""
    line: Floats
    """(rows,), from which on it is offered; chosen without the trace of the row."""
    unusable: int = 0
    """Answers of a model that were none; they count as 0."""

    @property
    def wanted(self) -> Bools:
        """(rows,), what was taken."""
        return np.array([row.accepted for row in self.rows])

    @property
    def offers(self) -> Bools:
        """(rows,), what the gate lets through."""
        return np.asarray(self.p >= self.line)

    @property
    def decided(self) -> Decisions:
        """The gate's decisions, counted."""
        return Decisions.of(self.offers, self.wanted)

    @property
    def always(self) -> Decisions:
        """Those of a gate that offers everything."""
        return Decisions.of(np.ones_like(self.wanted), self.wanted)

    def of_trace(self) -> list["Judged"]:
        """Return one of each trace, in the order of the rows."""
        names = np.array([row.trace for row in self.rows])
        return [
            Judged(
                self.name,
                tuple(row for row in self.rows if row.trace == name),
                self.p[names == name],
                self.line[names == name],
            )
            for name in dict.fromkeys(names.tolist())
        ]

    def gates(self) -> dict[str, Bools]:
        """Return what is offered by this gate and by those that need no thought."""
        every = np.ones(len(self.rows), dtype=bool)
        return {self.name: self.offers, "always": every, "never": ~every}


def joined(parts: Sequence[Judged]) -> Judged:
    """Return several as one; a trace may come twice, as in a resample."""
    return Judged(
        parts[0].name,
        tuple(row for part in parts for row in part.rows),
        np.concatenate([part.p for part in parts]),
        np.concatenate([part.line for part in parts]),
    )


# -- who decides --------------------------------------------------------------------------------


def unseen(rows: Sequence[Row]) -> Judged:
    """Return what gates say that were learned without the trace they are asked about."""
    data = counted(rows)
    p, line = np.zeros(len(rows)), np.zeros(len(rows))
    for here, others in data.beside():
        gate = fit(others)
        p[here], line[here] = gate.probabilities(data.x[here]), gate.line
    return Judged("offline gate", tuple(rows), p, line)


def as_shipped(rows: Sequence[Row]) -> Judged:
    """Return what the offline engine answers."""
    p = np.array([weigh(row.prompt).useful for row in rows])
    return Judged("offline gate, shipped", tuple(rows), p, np.full(len(rows), shipped().line))


def by_model(rows: Sequence[Row], reasoner: Reasoner) -> Judged:
    """Return what a model says; one call a row. A model that is down raises."""
    p, unusable = np.zeros(len(rows)), 0
    for place, row in enumerate(rows):
        try:
            p[place] = reasoner.complete(row.prompt).useful
        except (InvalidModelOutputError, TruncatedOutputError):
            unusable += 1
    y, names = np.array([row.accepted for row in rows]), np.array([row.trace for row in rows])
    line = np.zeros(len(rows))
    for name in dict.fromkeys(names.tolist()):
        here = names == name
        line[here] = best_line(p[~here], y[~here], most=MOST - SLACK)
    return Judged(reasoner.name, tuple(rows), p, line, unusable)


# -- what is measured ---------------------------------------------------------------------------


def per_hour(rows: Sequence[Row], offers: Bools) -> float:
    """Return offers an hour where each moment comes with one of its proposals, drawn by chance."""
    moments: dict[tuple[str, int], list[bool]] = {}
    for row, offer in zip(rows, offers.tolist(), strict=True):
        moments.setdefault((row.trace, len(row.events)), []).append(offer)
    lasted = hours(rows)
    return sum(float(np.mean(some)) for some in moments.values()) / lasted if lasted else np.nan


def interval(judged: Judged, of: Callable[[Judged], float]) -> tuple[float, float]:
    """Return the interval of a figure over resampled traces.

    NaN twice for one trace, and where the figure is not defined: a gate that offers nothing has no
    precision.
    """
    parts = judged.of_trace()
    if len(parts) < 2 or np.isnan(of(judged)):
        return np.nan, np.nan
    return grouped(parts, lambda drawn: of(joined(drawn)))


def utility(judged: Judged, *, cost: float, missing: float) -> float:
    """Return what a decision of expected utility is worth beyond always or never, the better."""
    y = judged.wanted
    gates = [worth_it(judged.p, cost=cost, missing=missing), np.ones_like(y), np.zeros_like(y)]
    worth = [Decisions.of(offers, y).utility(cost=cost, missing=missing) for offers in gates]
    return worth[0] - max(worth[1:])


def decisions(judged: Judged) -> list[dict[str, object]]:
    """Return what each gate's decisions are like."""
    found = []
    for name, offers in judged.gates().items():
        made = Decisions.of(offers, judged.wanted)
        found.append(
            {
                "gate": name,
                "offered": float(offers.mean()),
                "precision": made.precision,
                "recall": made.recall,
                "F1": made.f1,
                "FPR": made.false_positive_rate,
                "1 - P": made.false_discovery_rate,
                "accuracy": made.accuracy,
                "MD": made.missed_share,
                "FD": made.intruded_share,
                "an hour": per_hour(judged.rows, offers),
            }
        )
    return found


def utilities(judged: Judged) -> list[dict[str, float]]:
    """Return what decisions are worth at each cost, beside always and never."""
    y = judged.wanted
    found: list[dict[str, float]] = []
    for missing in MISSING:
        for cost in COSTS:
            offers = worth_it(judged.p, cost=cost, missing=missing)
            every = np.ones_like(y)
            worth = [
                Decisions.of(some, y).utility(cost=cost, missing=missing)
                for some in (offers, every, ~every)
            ]
            low, high = interval(judged, partial(utility, cost=cost, missing=missing))
            found.append(
                {
                    "missing": missing,
                    "cost": cost,
                    "offered": float(offers.mean()),
                    "unwanted": int((offers & ~y).sum()),
                    "gate": worth[0],
                    "always": worth[1],
                    "never": worth[2],
                    "beyond": worth[0] - max(worth[1:]),
                    "low": low,
                    "high": high,
                }
            )
    return found


def probabilities(judged: Judged) -> dict[str, float]:
    """Return how good the probabilities are, beside the share that is taken."""
    y = judged.wanted
    share = np.full(len(y), y.mean())
    return {
        "Brier": brier(judged.p, y),
        "Brier of the share": brier(share, y),
        "log loss": log_loss(judged.p, y),
        "log loss of the share": log_loss(share, y),
        "ECE": ece(judged.p, y),
        "AUC": auc(judged.p, y),
    }


# -- the command line ---------------------------------------------------------------------------


def show(judged: Judged) -> dict[str, object]:
    """Print a gate's report; return it as it is written to JSON."""
    y = judged.wanted
    print(f"\n{judged.name}: {len(y)} offers of {len(judged.of_trace())} traces, "
          f"{y.mean():.3f} taken" + (f"; {judged.unusable} unusable answers count as 0"
                                     if judged.unusable else ""))  # fmt: skip
    table = decisions(judged)
    print("".join(f"{key:>{24 if key == 'gate' else 10}}" for key in table[0]))
    for row in table:
        print("".join(f"{value:>24}" if isinstance(value, str) else f"{value:>10.3f}"
                      for value in row.values()))  # fmt: skip
    print("(1 - P is what the benchmark publishes as False-Alarm; FPR is the share of unwanted "
          "offers that is made)")  # fmt: skip
    figures: dict[str, Callable[[Judged], float]] = {
        "precision": lambda some: some.decided.precision,
        "recall": lambda some: some.decided.recall,
        "F1": lambda some: some.decided.f1,
        "FPR": lambda some: some.decided.false_positive_rate,
        "F1 beyond always": lambda some: some.decided.f1 - some.always.f1,
    }
    spread = {name: interval(judged, of) for name, of in figures.items()}
    print("95 %: " + ", ".join(f"{name} {low:.3f} to {high:.3f}"
                               for name, (low, high) in spread.items()))  # fmt: skip
    good = probabilities(judged)
    print(", ".join(f"{name} {value:.4f}" for name, value in good.items()))
    sweep = utilities(judged)
    print(f"{'m/b':>5}{'c/b':>6}{'offered':>9}{'unwanted':>10}{'gate':>9}{'always':>9}{'never':>9}"
          f"{'beyond the better':>19}")  # fmt: skip
    for at in sweep:
        print(f"{at['missing']:>5}{at['cost']:>6}{at['offered']:>9.3f}{at['unwanted']:>10.0f}"
              f"{at['gate']:>9.3f}{at['always']:>9.3f}{at['never']:>9.3f}"
              f"{at['beyond']:>+10.3f} ({at['low']:+.3f} to {at['high']:+.3f})")  # fmt: skip
    return {"decisions": table, "95 %": spread, "probabilities": good, "utility": sweep}


def show_labels(rows: Sequence[Row]) -> dict[str, object]:
    """Print what the labels say themselves; return it as it is written to JSON."""
    some, none = offered(rows), [row for row in rows if row.offer is None]
    agreed = agreement([row.votes for row in some], [row.accepted for row in some])
    needed = np.array([row.needed for row in some])
    knowing = Decisions.of(needed, [row.accepted for row in some])
    print(f"\nannotators: {agreed.pairs} pairs of votes agree {agreed.same:.3f} of the time "
          f"(kappa {agreed.kappa:.3f}); one's votes as decisions for another: F1 {agreed.f1:.3f}; "
          f"one against the label, their own vote in it: {agreed.accuracy_of_one:.3f}")  # fmt: skip
    print(f"a gate that knew when help is needed, and nothing of the offer: F1 {knowing.f1:.3f}, "
          f"FPR {knowing.false_positive_rate:.3f}")  # fmt: skip
    right = sum(row.accepted for row in none)
    print(f"rows without a proposal: {len(none)}; that nothing was said was right in {right}, "
          f"help was missing in {len(none) - right}")  # fmt: skip
    return {"agreement": agreed.same, "kappa": agreed.kappa, "F1 of another": agreed.f1,
            "null rows": len(none), "null right": right}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, judge and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--shipped", action="store_true", help="ask the weights that ship")
    parser.add_argument("--model", help="URL of an OpenAI-compatible endpoint, to be asked too")
    parser.add_argument("--sample", type=int, default=200, help="rows the model is asked about")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    rows = read(options.labels)
    some = offered(rows)
    if not options.shipped and len({row.trace for row in some}) < 2:
        parser.error("What is learned needs proposals of two traces at least; give --shipped.")
    judged = [as_shipped(some) if options.shipped else unseen(some)]
    if options.model:
        drawn = random.Random(options.seed).sample(some, min(options.sample, len(some)))
        judged.append(by_model(drawn, connect(options.model)))
    made = {"labels": show_labels(rows)} | {one.name: show(one) for one in judged}
    if options.json:
        options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
