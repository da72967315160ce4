"""Whether a gate knows when to stay silent, on ProactiveBench's labelled proposals.

    labelled proposals → gates → decisions, what they are worth, probabilities

Each row with a proposal is one decision: offer it, or stay silent. Wanted is what the annotators'
label calls valid. Who decides:

- learned: the offline gate, anew for each trace without that trace; weights, penalty and line are
  chosen on the others alone.
- shipped: the offline gate by the weights that ship, for a file that they were not fitted on.
- model: one that is given the same `WeighPrompt`, on a sample; its line is chosen on the sample's
  other traces.

Beside them stand the two gates that need no thought: always, and never. Utilities are of expected
utility, `p > c / (1 + c + m)`, in which nothing is chosen. Intervals are of 1,000 resamples of
traces. Rows without a proposal offer nothing to decide on and are reported apart.

Source: Lu et al., ICLR 2025, "Proactive Agent", arXiv 2410.12361.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.gate_metrics import Agreement, Decisions, agreement, worth_it
from usermind.evals.benchmarks.gates import (
    Judged,
    Weighed,
    as_shipped,
    by_model,
    unlearnable,
    unseen,
)
from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.benchmarks.proposals import Row, hours, offered, read, traces
from usermind.evals.benchmarks.reading import digest
from usermind.evals.benchmarks.running import Progress, silent
from usermind.evals.benchmarks.sampling import drawn
from usermind.evals.benchmarks.tables import Answered, Figure, Report, Table
from usermind.evals.probabilities import Bools, auc, brier, ece, log_loss

COSTS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""What an unwanted offer costs, where one that is taken is worth 1."""
MISSING = (0.0, 0.5)
"""What it costs to keep back an offer that would have been taken."""


# -- what is measured ---------------------------------------------------------------------------


def per_hour(rows: Sequence[Row], offers: Bools) -> float:
    """Return offers an hour where each moment comes with one of its proposals, drawn by chance."""
    moments: dict[tuple[str, int], list[bool]] = {}
    for row, offer in zip(rows, offers.tolist(), strict=True):
        moments.setdefault((row.trace, len(row.events)), []).append(offer)
    lasted = hours(rows)
    return sum(float(np.mean(some)) for some in moments.values()) / lasted if lasted else np.nan


def over_traces(judged: Judged, of: Callable[[Weighed], float]) -> Figure:
    """Return a figure with its interval over resampled traces.

    It has none for one trace, and where the figure is not defined: a gate that offers nothing has
    no precision.
    """
    weighed, parts = judged.weighed, judged.traces()
    value = of(weighed)
    if len(parts) < 2 or math.isnan(value):
        return figure(value, len(judged.rows))
    low, high = grouped(parts, lambda drawn: of(weighed.taken(np.concatenate(drawn))))
    return Figure(value, low, high, len(judged.rows))


def figure(value: float, n: int) -> Figure:
    """Return a figure without an interval."""
    return Figure(None if math.isnan(value) else value, None, None, n)


SPREAD: Mapping[str, Callable[[Weighed], float]] = {
    "precision": lambda some: some.decided.precision,
    "recall": lambda some: some.decided.recall,
    "F1": lambda some: some.decided.f1,
    "FPR": lambda some: some.decided.false_positive_rate,
    "F1 beyond always": lambda some: some.decided.f1 - some.always.f1,
}
"""Figures of a gate that come with an interval."""


def decisions(judged: Judged) -> dict[str, dict[str, Figure]]:
    """Return what each gate's decisions are like, by the gate's name; the first is the judged."""
    found: dict[str, dict[str, Figure]] = {}
    for name, offers in judged.gates().items():
        made = Decisions.of(offers, judged.weighed.wanted)
        plain = {
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
            "F1 beyond always": made.f1 - judged.weighed.always.f1,
        }
        found[name] = {line: figure(value, len(offers)) for line, value in plain.items()}
    found[judged.name] |= {line: over_traces(judged, of) for line, of in SPREAD.items()}
    return found


@dataclass(frozen=True, slots=True)
class Worth:
    """What a decision is worth in the mean at one cost, where a taken offer is worth 1."""

    cost: float
    """Of an unwanted offer."""
    missing: float
    """Of keeping back one that would have been taken."""
    offered: float
    """Share that is offered where p > c / (1 + c + m)."""
    unwanted: int
    """Offers among them that are not wanted."""
    gate: float
    always: float
    never: float
    beyond: Figure
    """Of the gate beyond the better of always and never."""


def utility(weighed: Weighed, *, cost: float, missing: float) -> float:
    """Return what a decision of expected utility is worth beyond always or never, the better."""
    gate, always, never = _worth(weighed, cost=cost, missing=missing)
    return gate - max(always, never)


def utilities(judged: Judged) -> list[Worth]:
    """Return what decisions are worth at each cost, beside always and never."""
    found, weighed = [], judged.weighed
    for missing in MISSING:
        for cost in COSTS:
            offers = worth_it(weighed.p, cost=cost, missing=missing)
            worth = _worth(weighed, cost=cost, missing=missing)
            beyond = over_traces(judged, partial(utility, cost=cost, missing=missing))
            unwanted = int((offers & ~weighed.wanted).sum())
            found.append(Worth(cost, missing, float(offers.mean()), unwanted, *worth, beyond))
    return found


def _worth(weighed: Weighed, *, cost: float, missing: float) -> tuple[float, float, float]:
    """Return the utility of a decision by the gate, by always and by never."""
    y = weighed.wanted
    gates = (worth_it(weighed.p, cost=cost, missing=missing), np.ones_like(y), np.zeros_like(y))
    gate, always, never = (
        Decisions.of(offers, y).utility(cost=cost, missing=missing) for offers in gates
    )
    return gate, always, never


def probabilities(judged: Judged) -> dict[tuple[str, str], float]:
    """Return how good the probabilities are, beside the share that is taken; by line and gate."""
    p, y = judged.weighed.p, judged.weighed.wanted
    share = np.full(len(y), y.mean())
    scores = {"Brier": brier, "log loss": log_loss, "ECE": ece, "AUC": auc}
    found = {(line, "gate"): score(p, y) for line, score in scores.items()}
    return found | {(line, "share"): scores[line](share, y) for line in ("Brier", "log loss")}


@dataclass(frozen=True, slots=True)
class Labels:
    """What the labels say themselves."""

    agreement: Agreement | None
    """Of the annotators; None where no row has votes."""
    needed: Decisions
    """Of a gate that knew when help is needed, and nothing of the offer."""
    silent: int
    """Rows without a proposal."""
    silent_right: int
    """Those in which nothing was the right thing to say."""


def labels(rows: Sequence[Row]) -> Labels:
    """Return what the labels of all rows of a file say, proposals or none."""
    some, none = offered(rows), [row for row in rows if row.offer is None]
    taken = [row.accepted for row in some]
    voted = any(row.votes for row in some)
    return Labels(
        agreement=agreement([row.votes for row in some], taken) if voted else None,
        needed=Decisions.of([row.needed for row in some], taken),
        silent=len(none),
        silent_right=sum(row.accepted for row in none),
    )


# -- the report -------------------------------------------------------------------------------


def run_proactivebench(
    path: Path,
    *,
    ships: bool = False,
    asker: Asker | None = None,
    sample: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Report:
    """Return how good the decisions of gates are on labelled proposals.

    Args:
        path: ProactiveBench's reward data, one labelled proposal a line.
        ships: Ask the gate that ships too, beside the one that is learned anew for each trace; it
            stands alone where too little is there to learn from.
        asker: Puts the prompts to a model; None: no model.
        sample: Proposals that the model is asked about, drawn by `seed`; None: all.
        seed: Of the sample.
        progress: Is told what is being done, and how far it is.

    Raises:
        InvalidInputError: The file cannot be read, a line is no labelled proposal, there are too
            few traces, or a recording lacks answers.
        ModelError: The model is down.
    """
    rows = read(path)
    some = offered(rows)
    if not some:
        raise InvalidInputError(
            f"No line of {path} has a proposal. Nothing was measured: a gate decides on proposals. "
            "Give a file in which `pred_task` is a text."
        )
    report = Report(
        "proactivebench",
        {"data": digest(path), "sample": sample, "seed": seed},
        {
            "proposals": len(some),
            "traces": len(traces(some)),
            "rows without a proposal": len(rows) - len(some),
        },
    )
    judged = []
    why = unlearnable(some)
    if ships and why:
        report.notes.append(f"{why} So only the gate that ships is told.")
    else:
        progress("Learning", 0, 1)
        judged.append(unseen(some))
        progress("Learning", 1, 1)
    if ships:
        judged.append(as_shipped(some))
        report.notes.append(FITTED)
    if asker is not None:
        asked = drawn(some, sample, seed=seed)
        told = by_model(asked, asker, progress=lambda done, total: progress("Asking", done, total))
        report.settings["model"] = asker.reasoner.name
        report.notes.append(f"The model is {asker.reasoner.name}.")
        report.counts |= {"answers": len(asked), KEPT_BACK: told.unusable}
        report.answers = one_by_one(told)
        judged.append(told)
    report.tables.append(_of_labels(rows))
    for place, one in enumerate(judged):
        progress("Measuring", place, len(judged))
        report.tables += tables(one, explained=not place)
    progress("Measuring", len(judged), len(judged))
    return report


def one_by_one(judged: Judged) -> list[Answered]:
    """Return what a model said of each proposal."""
    return [
        Answered(
            question=f"line {row.line}",
            kind=row.trace,
            context="gate",
            answer=None if said is None else said.reason,
            gold=("wanted" if row.accepted else "not wanted",),
            scores={
                "probability": float(p),
                "offered": float(offered),
                "right": float(offered == row.accepted),
            },
        )
        for row, said, p, offered in zip(
            judged.rows,
            judged.said,
            judged.weighed.p.tolist(),
            judged.weighed.offers.tolist(),
            strict=True,
        )
    ]


KEPT_BACK = "answers that could not be used, counted as keeping back"
FITTED = (
    "The weights that ship were fitted on ProactiveBench's reward data (train): on that file look "
    "at the gate that is learned anew."
)
ABOUT = (
    "Learned: the offline gate, for each trace anew from the others. FPR is the share of unwanted "
    "offers that is made; 1 - P is what the benchmark publishes as False-Alarm. MD and FD are "
    "missed and unwanted offers as shares of all decisions. An hour: offers, where each moment "
    "comes with one proposal. 95 % intervals by trace."
)
WORTH = (
    "What a decision is worth in the mean: an offer that is taken 1, an unwanted one -c, one kept "
    "back that would have been taken -m. It is made where p > c / (1 + c + m). Beyond: of the "
    "better of always and never."
)
GOOD = (
    "Brier score, log loss and ECE (calibration error): lower is better. AUC: the chance that a "
    "wanted offer has the higher probability."
)
AGREED = (
    "Two annotators: how often, beyond chance (kappa), and F1 of one's votes as decisions for "
    "another. Help needed: a gate that knew when, and nothing of the offer."
)


def tables(judged: Judged, *, explained: bool = True) -> list[Table]:
    """Return what a gate's decisions, their worth and its probabilities are like.

    Args:
        judged: The gate.
        explained: With a sentence each that says how to read it.
    """
    name, n = judged.name, len(judged.rows)
    made = Table(f"Decisions: {name}", about=ABOUT if explained else "")
    for gate, figures in decisions(judged).items():
        for line, value in figures.items():
            made.put(line, "gate" if gate == name else gate, value)
    worth = Table(f"Worth: {name}", about=WORTH if explained else "")
    for at in utilities(judged):
        line = f"c {at.cost:g}, m {at.missing:g}"
        for system in ("offered", "gate", "always", "never"):
            worth.put(line, system, figure(getattr(at, system), n))
        worth.put(line, "beyond", at.beyond)
    good = Table(f"Probabilities: {name}", about=GOOD if explained else "")
    for (line, system), score in probabilities(judged).items():
        good.put(line, system, figure(score, n))
    return [made, worth, good]


def _of_labels(rows: Sequence[Row]) -> Table:
    """Return what the labels say of themselves."""
    said = labels(rows)
    table = Table("Labels", about=AGREED)
    if said.agreement is not None:
        votes = said.agreement
        for line, value, n in (
            ("annotators agree", votes.same, votes.pairs),
            ("kappa", votes.kappa, votes.pairs),
            ("F1 of another", votes.f1, votes.pairs),
            (
                "one with the label",
                votes.accuracy_of_one,
                sum(len(row.votes) for row in offered(rows)),
            ),
        ):
            table.put(line, "all", figure(value, n))
    table.put("help needed: F1", "all", figure(said.needed.f1, said.needed.total))
    table.put("help needed: FPR", "all", figure(said.needed.false_positive_rate, said.needed.total))
    if said.silent:
        share = said.silent_right / said.silent
        table.put("silence was right", "all", figure(share, said.silent))
    return table
