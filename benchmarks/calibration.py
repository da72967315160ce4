"""How far the store's probabilities can be trusted: synthetic people whose lives are known.

Run from the root: `python -m benchmarks.calibration [--model URL] [--json FILE]`.

Held-out personas (`personas.py`) are played into a store of their own, with reflection after every
session, and every 60 days each claim is compared with the truth of that day. An active claim is
right when it is so now; one that was so once is `ended`, the stale part. Baselines see the same
claims: one number for all (the share right among the other personas), the reasoner's own number,
and what GUM does (the reasoner's number, and nothing ever ends). A second play lets the simulated
user rule on some of the claims shown; those are left out, and the rest are compared with the
first play. Intervals: 95 %, bootstrap over personas.
"""

import argparse
import json
import platform
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from benchmarks.personas import persona
from benchmarks.playing import Ending, Played, Shown, play

from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.probabilities import Bin, Floats, auc, brier, ece, reliability
from usermind.memory.calibration import ENOUGH
from usermind.models import Ledger, Reasoner, connect

FIRST_SEED = 100
"""Of the personas that results are reported on; constants are fitted on 0 to 99."""
STALE = 0.15
"""Confidence × freshness below which a claim is taken for stale."""

Pairs = list[tuple[float, bool]]
"""Probability shown, and whether it was true."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Row:
    """One system's probabilities against the truth."""

    system: str
    claims: int
    accuracy: Figure
    shown: float
    """Mean probability."""
    brier: Figure
    ece: Figure
    ece_equal_mass: Figure
    auc: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What the active claims are worth, all checkpoints together."""

    judged: Figure
    """Share of active claims that the matcher could judge."""
    accuracy: Figure
    """Share of those that are true."""
    stale: Figure
    """Share of those that were true once."""
    false: Figure
    """Share of those that never were."""
    coverage: Figure
    """Share of true facts that the user had told and an active claim states."""
    baseless: Figure
    """Share of active claims that rest on words which state nothing."""
    hidden: Figure | None
    """Share of claims set aside as stale that are true; None where none is."""
    rumours_believed: int
    """False claims that only third parties vouch for and that are shown above 0.5."""
    rumours: int
    """Active claims that only third parties vouch for."""


@dataclass(frozen=True, slots=True)
class Latency:
    """From the first telling of a change to the old claim's end."""

    claims: int
    ended: float
    """Share that ended within the stream."""
    at_once: float
    """Share that ended in the session of the telling."""
    median_days: float | None
    """Of those that ended."""
    median_observations: float | None
    """Of the user, of those that ended."""


# -- from plays to figures ----------------------------------------------------------------


def active(played: Played) -> list[Shown]:
    """Return the claims that were shown as believed, at all checkpoints."""
    return [claim for claim in played.shown if claim.status == "active"]


def judged(claims: Iterable[Shown]) -> list[Shown]:
    """Return the claims whose truth the matcher can tell."""
    return [claim for claim in claims if claim.verdict != "unjudged"]


def pairs_of(claims: Iterable[Shown], number: Callable[[Shown], float]) -> Pairs:
    """Return the probability and outcome of each judged claim."""
    return [(number(claim), claim.verdict == "true") for claim in judged(claims)]


def by_confidence(claim: Shown) -> float:
    """Return what the store shows."""
    return claim.confidence


def by_freshness(claim: Shown) -> float:
    """Return confidence × freshness."""
    return claim.confidence * claim.freshness


def by_statement(claim: Shown) -> float:
    """Return the reasoner's own number, where it gave one."""
    return claim.confidence if claim.stated is None else claim.stated


def base_rates(plays: Sequence[Played]) -> list[Pairs]:
    """Return for each persona the share of right claims among the others, and the outcomes."""
    own = [[claim.verdict == "true" for claim in judged(active(played))] for played in plays]
    found = []
    for place, outcomes in enumerate(own):
        others = [one for other, rows in enumerate(own) if other != place for one in rows]
        rate = statistics.fmean(others or outcomes or [0.5])
        found.append([(rate, outcome) for outcome in outcomes])
    return found


def figure(groups: Sequence[Pairs], score: Callable[[Floats, Floats], float]) -> Figure:
    """Return a score of all groups' pairs together, with its interval."""
    arrays = [np.array(group, dtype=np.float64).reshape(-1, 2) for group in groups]

    def of(drawn: Sequence[Floats]) -> float:
        pairs = np.concatenate(drawn)
        return score(pairs[:, 0], pairs[:, 1]) if len(pairs) else float("nan")

    return Figure(of(arrays), *grouped(arrays, of))


def row(system: str, groups: Sequence[Pairs]) -> Row:
    """Return one line of the table."""
    pairs = [pair for group in groups for pair in group]
    return Row(
        system,
        len(pairs),
        figure(groups, lambda _, y: float(y.mean())),
        statistics.fmean(p for p, _ in pairs),
        figure(groups, brier),
        figure(groups, ece),
        figure(groups, lambda p, y: ece(p, y, equal_mass=True)),
        auc([p for p, _ in pairs], [y for _, y in pairs]),
    )


def rows(plays: Sequence[Played]) -> list[Row]:
    """Return the table of systems."""

    def of(number: Callable[[Shown], float]) -> list[Pairs]:
        return [pairs_of(active(played), number) for played in plays]

    fresh = [
        pairs_of((c for c in active(played) if by_freshness(c) >= STALE), by_confidence)
        for played in plays
    ]
    return [
        row("one number for all", base_rates(plays)),
        row("the reasoner's number", of(by_statement)),
        row("as GUM: its number, no endings", [pairs_of(p.shown, by_statement) for p in plays]),
        row("usermind", of(by_confidence)),
        row("usermind × freshness", of(by_freshness)),
        row(f"usermind, × freshness ≥ {STALE}", fresh),
    ]


def truth(plays: Sequence[Played]) -> Truth:
    """Return what the active claims are worth."""

    def share(pick: Callable[[Played], list[bool]]) -> Figure:
        return figure(
            [[(0.0, one) for one in pick(played)] for played in plays],
            lambda _, y: float(y.mean()),
        )

    def stands(verdict: str) -> Figure:
        return share(lambda played: [c.verdict == verdict for c in judged(active(played))])

    aside = [
        [
            (0.0, claim.verdict == "true")
            for claim in judged(played.shown)
            if claim.status == "stale"
        ]
        for played in plays
    ]
    rumours = [claim for played in plays for claim in active(played) if claim.rumour]
    return Truth(
        judged=share(lambda played: [c.verdict != "unjudged" for c in active(played)]),
        accuracy=stands("true"),
        stale=stands("ended"),
        false=stands("false"),
        coverage=share(lambda played: [known for _, known in played.revealed]),
        baseless=share(lambda played: [claim.baseless for claim in active(played)]),
        hidden=figure(aside, lambda _, y: float(y.mean())) if any(aside) else None,
        rumours_believed=sum(c.verdict == "false" and c.confidence > 0.5 + 1e-9 for c in rumours),
        rumours=len(rumours),
    )


def latency(endings: Sequence[Ending]) -> Latency:
    """Return how long outdated claims of the user's stayed."""
    gone = [ending for ending in endings if ending.days is not None]
    within = [ending for ending in gone if (ending.days or 0.0) < 0.5]
    total = max(len(endings), 1)
    return Latency(
        len(endings),
        len(gone) / total,
        len(within) / total,
        statistics.median(ending.days or 0.0 for ending in gone) if gone else None,
        statistics.median(ending.observations or 0 for ending in gone) if gone else None,
    )


def with_and_without(plain: Sequence[Played], ruled: Sequence[Played], *, since: int) -> list[Row]:
    """Return the same claims without and with verdicts on others, from a checkpoint on.

    A claim counts when both plays show it at that checkpoint, in the same words, and the user has
    not ruled on it.
    """
    found: dict[str, list[Pairs]] = {"without verdicts": [], "with verdicts on others": []}
    for before, after in zip(plain, ruled, strict=True):
        first = {(c.checkpoint, c.text): c for c in judged(active(before)) if not c.rated}
        both = [
            (first[c.checkpoint, c.text], c)
            for c in judged(active(after))
            if c.checkpoint >= since and not c.rated and (c.checkpoint, c.text) in first
        ]
        found["without verdicts"].append(pairs_of((one for one, _ in both), by_confidence))
        found["with verdicts on others"].append(pairs_of((two for _, two in both), by_confidence))
    return [row(system, groups) for system, groups in found.items() if any(groups)]


# -- printing -----------------------------------------------------------------------------


def show_rows(table: Sequence[Row]) -> None:
    """Print the table of systems."""
    print(f"{'':<32}{'claims':>7}{'right':>8}{'shown':>7}  {'Brier':<21}  {'ECE':<21}  "
          f"{'ECE, equal mass':<21}  {'AUC':>5}")  # fmt: skip
    for one in table:
        print(f"{one.system:<32}{one.claims:>7}{one.accuracy.value:>8.3f}{one.shown:>7.3f}  "
              f"{one.brier!s:<21}  {one.ece!s:<21}  {one.ece_equal_mass!s:<21}  "
              f"{one.auc:>5.3f}")  # fmt: skip


def show_bins(title: str, bins: Sequence[Bin]) -> None:
    """Print a reliability table."""
    print(f"\n{title}\n{'':>12}{'claims':>8}{'shown':>8}{'right':>8}")
    for one in bins:
        print(f"{one.low:>5.2f}–{one.high:<6.2f}{one.count:>8}{one.shown:>8.3f}{one.true:>8.3f}")


def show_samples(plays: Sequence[Played], count: int) -> None:
    """Print claims with the matcher's verdict, to be checked by eye."""
    claims = [claim for played in plays for claim in active(played)]
    for claim in random.Random(0).sample(claims, min(count, len(claims))):
        print(f"{claim.verdict:<9} {claim.at:%Y-%m-%d} persona {claim.persona}: {claim.text}")
        print(f"          from {claim.sources[0] if claim.sources else '—'!r}")


def spent(plays: Sequence[Played]) -> dict[str, int]:
    """Return what was played."""
    return {
        "personas": len(plays),
        "observations": sum(played.observations for played in plays),
        "failed": sum(played.failed for played in plays),
        "calls": sum(played.calls for played in plays),
        "verdicts": sum(played.verdicts for played in plays),
    }


def kinds_known(plays: Sequence[Played]) -> dict[str, tuple[int, float]]:
    """Return for each kind of fact how often it was true and told, and the share known."""
    told: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for played in plays:
        for kind, is_known in played.revealed:
            told[kind] += 1
            known[kind] += is_known
    return {kind: (told[kind], known[kind] / told[kind]) for kind in sorted(told)}


def main() -> None:
    """Play, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--personas", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--training", action="store_true", help="use the wordings not held out")
    parser.add_argument("--verdicts", type=int, default=6, help="a checkpoint; 0: no second play")
    parser.add_argument("--model", help="URL of an OpenAI-compatible endpoint; else offline")
    parser.add_argument("--embedder", help="URL, folder or name; else MiniLM")
    parser.add_argument("--json", type=Path, help="write everything there too")
    parser.add_argument("--show", type=int, default=0, help="judged claims to print")
    options = parser.parse_args()
    if options.personas < 1 or options.verdicts < 0:
        parser.error("--personas must be at least 1 and --verdicts at least 0.")

    ledger = Ledger()
    reasoner: Reasoner | None = connect(options.model, ledger=ledger) if options.model else None
    seeds = range(options.first_seed, options.first_seed + options.personas)
    people = [persona(seed, held_out=not options.training) for seed in seeds]

    def played(verdicts: int) -> list[Played]:
        return [
            play(seed, one, reasoner=reasoner, embedder=options.embedder, verdicts=verdicts)
            for seed, one in zip(seeds, people, strict=True)
        ]

    plain = played(0)
    if not any(judged(active(one)) for one in plain):
        raise SystemExit(f"No active claim could be judged. Played: {spent(plain)}.")
    ruled = played(options.verdicts) if options.verdicts else []
    report(
        plain,
        ruled,
        options.model or "offline engine",
        options.json,
        verdicts=options.verdicts,
        samples=options.show,
    )


def report(
    plain: Sequence[Played],
    ruled: Sequence[Played],
    reasoner: str,
    target: Path | None,
    *,
    verdicts: int,
    samples: int,
) -> None:
    """Print the tables and write them as JSON."""
    worth, table = truth(plain), rows(plain)
    compared = with_and_without(plain, ruled, since=-(-ENOUGH // verdicts)) if ruled else []
    ended = latency([ending for played in plain for ending in played.endings])
    claims = [claim for played in plain for claim in active(played)]
    bins = {
        "confidence": _bins(claims, by_confidence),
        "confidence × freshness": _bins(claims, by_freshness),
    }
    print(f"{reasoner}; {spent(plain)}")
    for name, value in asdict(worth).items():
        said = Figure(**value) if isinstance(value, dict) else value
        print(f"{name.replace('_', ' '):<18} {said}")
    print(
        f"claims set aside as stale: {sum(c.status == 'stale' for p in plain for c in p.shown)}\n"
    )
    show_rows(table)
    for title, found in bins.items():
        show_bins(f"{title}, as shown", found)
    print(f"\noutdated claims: {ended}")
    known = kinds_known(plain)
    print("known, by kind: " + ", ".join(f"{k} {share:.2f}" for k, (_, share) in known.items()))
    if compared:
        print(f"\nverdicts: {spent(ruled)['verdicts']}")
        show_rows(compared)
    show_samples(plain, samples)
    if target is not None:
        made = {
            "reasoner": reasoner,
            "machine": f"{platform.machine()}, {platform.system()}, Python "
            f"{platform.python_version()}, numpy {np.__version__}",
            "played": spent(plain),
            "truth": asdict(worth),
            "systems": [asdict(one) for one in table],
            "reliability": {title: [asdict(b) for b in found] for title, found in bins.items()},
            "latency": asdict(ended),
            "known": known,
            "verdicts": {"played": spent(ruled), "systems": [asdict(one) for one in compared]},
        }
        target.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _bins(claims: Sequence[Shown], number: Callable[[Shown], float]) -> list[Bin]:
    pairs = pairs_of(claims, number)
    return reliability([p for p, _ in pairs], [y for _, y in pairs])


if __name__ == "__main__":
    main()
