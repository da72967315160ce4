"""What the constants of `memory/belief.py` should be, by lives that are known.

Run from the root: `python -m benchmarks.fit_belief [--json FILE]`. Constants are fitted on personas
of training (their own seeds and wordings) and scored on held-out ones.

A claim shown now is right when it was right when it was said, and is so still; the two are fitted
apart. Belief answers the first question: prior and weights are chosen by log loss against "it was
ever so", over claims that the user's own words vouch for and nothing speaks against. Freshness
answers the second: half-lives are chosen against "it is so still", among claims that were ever so.
What personas cannot tell is left alone: how often third parties are right is a rate set in
`personas.py`, nothing is learnt from recorded behaviour, and few claims survive evidence against
them. Personas' lives move faster than people's, so that half-lives found here are short ones.
"""

import argparse
import json
import math
import pickle
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from benchmarks.calibration import FIRST_SEED, STALE, judged
from benchmarks.personas import persona
from benchmarks.playing import Played, Shown, play

from usermind.evals.probabilities import brier, ece, log_loss
from usermind.memory.belief import (
    HALF_LIFE,
    WEIGHT,
    Support,
    calibrated,
    log_odds,
    logit,
    probability,
)
from usermind.types import MONTHS

DAY = 86_400.0
DATED = re.compile(rf"\b\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}\b")
PSEUDO = 4.0
"""Claims' worth of the published curve that each knot of the prior keeps."""
WEIGHTS = tuple(np.round(np.arange(0.2, 4.01, 0.1), 2))
HALF_LIVES = (30, 60, 90, 180, 365, 730, 1095, 1460, 2190, 2920)
"""Days that are tried."""


@dataclass(frozen=True, slots=True)
class Constants:
    """A way to turn a stated number and evidence into a belief."""

    name: str
    knots: tuple[tuple[float, float], ...]
    """Stated number → share that proves true, rising; empty: the curve that ships."""
    first_party: float
    """Log-odds of one more session in which the user says it."""
    first_counts: bool
    """Whether the evidence that the stated number rests on is added to it as well."""
    within: float = 0.5
    """Exponent of the how-manieth repeat of one session: weight / k ** within."""
    ships: bool = False
    """Ask `memory/belief.py` instead of the numbers here."""

    def prior(self, stated: float) -> float:
        """Return the probability before evidence is added."""
        if not self.knots:
            return calibrated(stated)
        xs, ys = zip(*self.knots, strict=True)
        return float(np.interp(stated, xs, ys))

    def belief(self, claim: Shown) -> float:
        """Return the probability of a claim that nothing speaks against."""
        stated = claim.confidence if claim.stated is None else claim.stated
        if self.ships:
            support = [Support(one.polarity, one.tier, one.session) for one in claim.evidence]
            return probability(log_odds(calibrated(stated), support))
        total = logit(self.prior(stated))
        seen: dict[str, int] = {}
        for place, piece in enumerate(claim.evidence):
            rank = seen[piece.session] = seen.get(piece.session, 0) + 1
            if (place or self.first_counts) and piece.polarity > 0:
                base = self.first_party if piece.tier == "first_party" else WEIGHT["third_party"]
                total += base / rank**self.within
        return probability(max(-6.9, min(6.9, total)))


SMOOTH = Constants(
    "a smooth prior by hand, weight 1.6",
    ((0.0, 0.2), (0.3, 0.4), (0.5, 0.6), (0.7, 0.85), (0.9, 0.9), (1.0, 0.95)),
    1.6,
    first_counts=False,
)
"""Drawn by eye through what training's single mentions proved to be: the fitted prior has a step
where the offline engine's few numbers leave a gap, which other reasoners' numbers would fall on."""
SMOOTH_LIVES = {"season": 365.0, "year": 1095.0}
"""Days; shorter than what training asks for where that has few endings to go by."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well constants fit."""

    name: str
    claims: int
    shown: float
    right: float
    brier: float
    log_loss: float
    ece: float


def own(plays: Iterable[Played]) -> list[Shown]:
    """Return the claims that the fit looks at: the user's own, unopposed, judged."""
    return [
        claim
        for played in plays
        for claim in judged(played.shown)
        # What present constants set aside as stale would choose the claims by what is fitted.
        if claim.status in ("active", "stale")
        and not claim.rumour
        and all(piece.polarity > 0 for piece in claim.evidence)
    ]


def score(constants: Constants, claims: Sequence[Shown]) -> Score:
    """Return how well a belief says whether claims were ever so."""
    p = np.array([constants.belief(claim) for claim in claims])
    y = np.array([claim.verdict != "false" for claim in claims], dtype=float)
    return Score(constants.name, len(claims), float(p.mean()), float(y.mean()),
                 brier(p, y), log_loss(p, y), ece(p, y))  # fmt: skip


def fitted_prior(claims: Sequence[Shown]) -> tuple[tuple[float, float], ...]:
    """Return a rising curve through what the single mentions of training proved to be.

    Each stated number keeps `PSEUDO` claims of the published curve; one claim seen at several
    checkpoints counts once. Pool adjacent violators.
    """
    single: dict[tuple[int, str], Shown] = {
        (claim.persona, claim.id): claim for claim in claims if len(claim.evidence) == 1
    }
    by_stated: dict[float, list[float]] = {}
    for claim in single.values():
        if claim.stated is not None:
            by_stated.setdefault(claim.stated, []).append(float(claim.verdict != "false"))
    blocks: list[list[float]] = []  # mean, weight, stated numbers…
    for stated, outcomes in sorted(by_stated.items()):
        weight = len(outcomes) + PSEUDO
        mean = (sum(outcomes) + PSEUDO * calibrated(stated)) / weight
        blocks.append([mean, weight, stated])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            joined = last[1] + before[1]
            mean = (last[0] * last[1] + before[0] * before[1]) / joined
            blocks.append([mean, joined, *before[2:], *last[2:]])
    return tuple((stated, block[0]) for block in blocks for stated in block[2:])


def best_weight(constants: Constants, claims: Sequence[Shown]) -> Constants:
    """Return the constants with the weight of least log loss."""
    tried = [replace(constants, first_party=float(weight)) for weight in WEIGHTS]
    return min(tried, key=lambda one: score(one, claims).log_loss)


def fit(claims: Sequence[Shown]) -> list[Constants]:
    """Return what ships, and what training says instead."""
    weight = WEIGHT["first_party"]
    twice = Constants("first evidence counted twice", (), weight, first_counts=True)
    once = replace(twice, name="first evidence counted once", first_counts=False)
    return [
        replace(twice, name="as it ships", ships=True),
        twice,
        once,
        replace(best_weight(once, claims), name="… and weight fitted"),
        replace(
            best_weight(replace(once, knots=fitted_prior(claims)), claims),
            name="… and prior fitted",
        ),
        SMOOTH,
    ]


def half_lives(claims: Sequence[Shown]) -> dict[str, dict[str, float]]:
    """Return for each durability the half-life in days of least log loss, beside what ships.

    Claims that name their day are left out: they stay as true as they were.
    """
    found = {}
    claims = [claim for claim in claims if not DATED.search(claim.text)]
    for durability in dict.fromkeys(claim.durability for claim in claims):
        some = [c for c in claims if c.durability == durability and c.verdict != "false"]
        if len(some) < 50 or math.isinf(HALF_LIFE[durability]):  # type: ignore[index]  # its keys
            continue
        ages = np.array([claim.age.total_seconds() / DAY for claim in some])
        still = np.array([claim.verdict == "true" for claim in some], dtype=float)
        losses = {days: log_loss(2.0 ** (-ages.clip(0) / days), still) for days in HALF_LIVES}
        ships = HALF_LIFE[durability] / DAY  # type: ignore[index]  # its keys
        best = min(losses, key=lambda days: losses[days])
        found[durability] = {
            "claims": len(some),
            "mean age": float(ages.mean()),
            "still so": float(still.mean()),
            "days, ships": ships,
            "log loss, ships": log_loss(2.0 ** (-ages.clip(0) / ships), still),
            "days, fitted": float(best),
            "log loss, fitted": losses[best],
        }
    return found


def now_true(
    constants: Constants, lives: Mapping[str, float], claims: Sequence[Shown], name: str
) -> Score:
    """Return how well belief × freshness says whether claims are so now."""
    p = np.array([_now(constants, lives, claim) for claim in claims])
    y = np.array([claim.verdict == "true" for claim in claims], dtype=float)
    return Score(name, len(claims), float(p.mean()), float(y.mean()),
                 brier(p, y), log_loss(p, y), ece(p, y))  # fmt: skip


def _now(constants: Constants, lives: Mapping[str, float], claim: Shown) -> float:
    days = max(claim.age.total_seconds() / DAY, 0.0)
    return constants.belief(claim) * math.pow(2.0, -days / lives[claim.durability])


def stale_rule(
    constants: Constants, lives: Mapping[str, float], claims: Sequence[Shown]
) -> list[dict[str, float]]:
    """Return what taking claims below a threshold for stale would do, at several thresholds.

    Each row: the share of claims below, how many of those are wrong, and what share of the wrong
    ones that catches.
    """
    p = np.array([_now(constants, lives, claim) for claim in claims])
    wrong = np.array([claim.verdict != "true" for claim in claims])
    rows = []
    for threshold in (0.05, 0.1, STALE, 0.2, 0.3, 0.4, 0.5, 0.6):
        below = p < threshold
        rows.append(
            {
                "threshold": threshold,
                "below": float(below.mean()),
                "wrong below": float(wrong[below].mean()) if below.any() else float("nan"),
                "caught": float(below[wrong].mean()),
            }
        )
    return rows


def main() -> None:
    """Play, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--train", type=int, default=20, help="personas")
    parser.add_argument("--test", type=int, default=10, help="personas")
    parser.add_argument("--keep", type=Path, help="folder that keeps the plays for another run")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    train = own(_plays(range(options.train), held_out=False, keep=options.keep))
    test = own(_plays(range(FIRST_SEED, FIRST_SEED + options.test), held_out=True,
                      keep=options.keep))  # fmt: skip
    report(train, test, options.json)


def report(train: Sequence[Shown], test: Sequence[Shown], target: Path | None) -> None:
    """Fit on the one, score on the other, print and write."""
    tried = fit(train)
    ships: dict[str, float] = {name: seconds / DAY for name, seconds in HALF_LIFE.items()}
    found = half_lives(train)
    lives = {**ships, **{name: row["days, fitted"] for name, row in found.items()}}
    smooth = {**ships, **SMOOTH_LIVES}
    scores = {
        "ever so, training": [score(one, train) for one in tried],
        "ever so, held out": [score(one, test) for one in tried],
        "so now, held out": [
            now_true(tried[0], ships, test, "as it ships × freshness"),
            now_true(tried[4], ships, test, "fitted belief × freshness as it ships"),
            now_true(tried[4], lives, test, "fitted belief × fitted freshness"),
            now_true(SMOOTH, smooth, test, "smooth belief × half-lives of 1 and 3 years"),
        ],
    }
    for title, rows in scores.items():
        print(f"\n{title}\n{'':<42}{'claims':>7}{'shown':>7}{'right':>7}{'Brier':>8}"
              f"{'log loss':>10}{'ECE':>7}")  # fmt: skip
        for row in rows:
            print(f"{row.name:<42}{row.claims:>7}{row.shown:>7.3f}{row.right:>7.3f}"
                  f"{row.brier:>8.4f}{row.log_loss:>10.4f}{row.ece:>7.3f}")  # fmt: skip
    for one in tried:
        print(f"\n{one.name}: weight {one.first_party}", end="")
        if one.knots:
            print("; prior " + ", ".join(f"{x:g} → {y:.3f}" for x, y in one.knots), end="")
    print("\n\nhalf-lives (training)")
    for name, life in found.items():
        print(f"{name:<10} " + ", ".join(f"{key} {value:.4g}" for key, value in life.items()))
    stale = {
        "as it ships": stale_rule(tried[0], ships, test),
        "fitted": stale_rule(tried[4], lives, test),
        "smooth": stale_rule(SMOOTH, smooth, test),
    }
    for title, rules in stale.items():
        print(f"\nstale below a threshold of belief × freshness, {title} (held out)")
        for rule in rules:
            print("  " + ", ".join(f"{key} {value:.3f}" for key, value in rule.items()))
    if target is not None:
        made = {
            "constants": [asdict(one) for one in tried],
            "scores": {title: [asdict(row) for row in rows] for title, rows in scores.items()},
            "half-lives": found,
            "stale": stale,
        }
        target.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _plays(seeds: Sequence[int], *, held_out: bool, keep: Path | None) -> list[Played]:
    """Play the personas, or take the plays that an earlier run kept.

    What is kept is read with pickle: name a folder that nobody else writes.
    """
    file = keep / f"plays-{seeds[0]}-{len(seeds)}.pickle" if keep else None
    if file is not None and file.is_file():
        kept: list[Played] = pickle.loads(file.read_bytes())
        return kept
    plays = [play(seed, persona(seed, held_out=held_out)) for seed in seeds]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(plays))
    return plays


if __name__ == "__main__":
    main()
