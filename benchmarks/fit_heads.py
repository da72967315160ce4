"""Fit the light heads of the offline engine and write `models/offline/heads.json`.

Logistic regressions with an L2 penalty, by Newton's method; no randomness. Penalties and
thresholds are chosen on the training personas alone: each is predicted by heads that were fitted to
the other training personas. The held-out personas and LoCoMo are looked at by
`benchmarks/extraction.py` only. Run: `python -m benchmarks.fit_heads` (needs MiniLM's weights).
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from usermind.evals.benchmarks.logistic import logistic
from usermind.evals.probabilities import Bools, Floats
from usermind.models.embeddings import open_embedder
from usermind.models.offline.claims import Claim
from usermind.models.offline.comparing import FEATURES as PAIR_FEATURES
from usermind.models.offline.comparing import compared
from usermind.models.offline.extraction import extract
from usermind.models.offline.heads import RELATIONS, WEIGHTS, inputs
from usermind.models.offline.surface import FEATURES

DATA = Path(__file__).with_name("data")
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""When the sentences count as said."""
DURABILITIES = ("momentary", "day", "week", "season", "year", "permanent")
PENALTIES = (0.3, 1.0, 3.0)
"""Tried for the weights of the vector; those of the features get `FEATURE_PENALTY`."""
FEATURE_PENALTY = 0.3
PAIR_PENALTIES = (0.1, 0.3, 1.0)
SURE = 0.9
"""Least precision of what the head adds to the rules, on left-out training personas."""
ASYMMETRIC = "generalises"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One labelled sentence."""

    text: str
    persona: str
    split: str
    fact: bool
    durability: str
    negated: bool
    claims: tuple[Claim, ...]
    """What the rules make of it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labelled claims."""

    draft: str
    known: str
    user: str
    split: str
    relation: str


def sentences() -> list[Sentence]:
    """Return the labelled sentences, with what the rules make of each."""
    rows = [json.loads(line) for line in _lines("sentences.jsonl")]
    return [
        Sentence(
            row["text"], row["persona"], row["split"], row["fact"], row["durability"],
            row["negated"], tuple(extract(row["text"], at=AT, name="Ana")),
        )
        for row in rows
    ]  # fmt: skip


def pairs() -> list[Pair]:
    """Return the labelled pairs of claims."""
    rows = [json.loads(line) for line in _lines("pairs.jsonl")]
    return [Pair(r["draft"], r["known"], r["user"], r["split"], r["relation"]) for r in rows]


def _lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def vectors_of(texts: Sequence[str]) -> Floats:
    """Return MiniLM's vectors, (texts, 384)."""
    return np.asarray(open_embedder("minilm").embed_documents(list(texts)), np.float64)


def left_out(
    fit: Callable[[Bools], Callable[[Floats], Floats]], x: Floats, groups: Sequence[str]
) -> Floats:
    """Return predictions for each group by heads that never saw it."""
    found: Floats | None = None
    names = np.asarray(groups)
    for name in sorted(set(groups)):
        here = names == name
        predicted = fit(~here)(x[here])
        if found is None:
            found = np.zeros((len(x), *predicted.shape[1:]))
        found[here] = predicted
    assert found is not None
    return found


def _log_loss(p: Floats, y: Bools) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.where(y, np.log(p), np.log(1 - p)).mean())


def fitted(x: Floats, labels: Sequence[str], classes: Sequence[str], penalty: Floats) -> Floats:
    """Return the weights of one regression a class, (classes, inputs)."""
    y = np.asarray(labels)
    return np.asarray([logistic(x, y == one, penalty) for one in classes])


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def chosen(
    x: Floats,
    labels: Sequence[str],
    classes: Sequence[str],
    groups: Sequence[str],
    penalties: Sequence[Floats],
) -> tuple[Floats, Floats]:
    """Return the weights under the best penalty, and the left-out predictions it had."""
    y = np.asarray(labels)
    target = np.stack([y == one for one in classes], axis=1)
    best: tuple[float, Floats, Floats] | None = None
    for penalty in penalties:

        def fit(rows: Bools, penalty: Floats = penalty) -> Callable[[Floats], Floats]:
            weights = fitted(x[rows], list(y[rows]), classes, penalty)
            return lambda new: _sigmoid(new @ weights.T)

        predicted = left_out(fit, x, groups)
        loss = _log_loss(predicted, target)
        if best is None or loss < best[0]:
            best = loss, penalty, predicted
    assert best is not None
    return fitted(x, labels, classes, best[1]), best[2]


def threshold(p: Floats, fact: Bools, ruled: Bools) -> float:
    """Return the lowest probability from which what the head adds is as precise as `SURE`.

    Args:
        p: Left-out probabilities, (sentences,).
        fact: Which sentences state a fact.
        ruled: Which ones the rules have a claim for.
    """
    for step in np.round(np.arange(0.3, 0.995, 0.01), 2):
        new = ~ruled & (p >= step)
        if new.any() and fact[new].mean() >= SURE:
            return float(step)
    return 1.0


def pair_inputs(
    rows: Sequence[Pair], draft: Floats, known: Floats, *, both_ways: bool
) -> tuple[Floats, list[str], list[str]]:
    """Return the inputs, relations and users of pairs; `both_ways` also turns them round.

    All relations but "generalises" hold in both directions, so training may see both.
    """
    x, y, users = [], [], []
    for row, a, b in zip(rows, draft, known, strict=True):
        cosine = float(a @ b)
        ways = [(row.draft, row.known)]
        if both_ways and row.relation != ASYMMETRIC:
            ways.append((row.known, row.draft))
        for one, other in ways:
            x.append(compared(one, other, user=row.user, cosine=cosine))
            y.append(row.relation)
            users.append(row.user)
    return np.asarray(x), y, users


def sentence_heads() -> dict[str, object]:
    """Fit the heads of sentences; return them as they are written down."""
    rows = [row for row in sentences() if row.split == "train"]
    x = inputs([r.text for r in rows], [r.claims for r in rows], vectors_of([r.text for r in rows]))
    width = x.shape[1] - len(FEATURES)
    penalties = [
        np.r_[np.full(width, one), np.full(len(FEATURES), FEATURE_PENALTY)] for one in PENALTIES
    ]
    groups = [r.persona for r in rows]
    labels = ["fact" if r.fact else "none" for r in rows]
    fact, p = chosen(x, labels, ("fact",), groups, penalties)
    truth, ruled = np.asarray([r.fact for r in rows]), np.asarray([bool(r.claims) for r in rows])
    add = threshold(p[:, 0], truth, ruled)
    print(
        f"left-out training personas, adding from {add}: {_scores(ruled | (p[:, 0] >= add), truth)}"
    )
    print(f"  rules alone: {_scores(ruled, truth)}")
    lasting = [i for i, r in enumerate(rows) if r.fact]
    names = [rows[i].durability for i in lasting]
    how_long, q = chosen(x[lasting], names, DURABILITIES, [groups[i] for i in lasting], penalties)
    right = np.mean([DURABILITIES[k] == name for k, name in zip(q.argmax(1), names, strict=True)])
    print(f"durability of facts, left-out training personas: {right:.3f} right")
    return {
        "add": add,
        "fact": _written(("fact",), fact),
        "durability": _written(DURABILITIES, how_long),
    }


def _scores(kept: Bools, truth: Bools) -> str:
    hit = int((kept & truth).sum())
    return f"precision {hit / kept.sum():.3f}, recall {hit / truth.sum():.3f}"


def relation_heads() -> dict[str, object]:
    """Fit the heads of pairs, with and without the cosine; return them as they are written."""
    rows = [row for row in pairs() if row.split == "train"]
    a, b = vectors_of([r.draft for r in rows]), vectors_of([r.known for r in rows])
    x, y, users = pair_inputs(rows, a, b, both_ways=True)
    penalties = [np.full(len(PAIR_FEATURES), one) for one in PAIR_PENALTIES]
    found = {}
    by_words = x.copy()
    by_words[:, PAIR_FEATURES.index("cosine")] = 0.0
    for name, seen in (("relation", x), ("relation by words", by_words)):
        weights, p = chosen(seen, y, RELATIONS, users, penalties)
        right = np.mean([RELATIONS[k] == one for k, one in zip(p.argmax(1), y, strict=True)])
        print(f"{name}, left-out training users: {right:.3f} right")
        found[name] = _written(RELATIONS, weights)
    return dict(found)


def _written(classes: Sequence[str], weights: Floats) -> dict[str, object]:
    return {"classes": list(classes), "weights": np.round(weights, 4).tolist()}


def main() -> None:
    """Fit everything and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    model_id = getattr(open_embedder("minilm"), "model_id", "")
    data = {"model_id": model_id, "features": list(FEATURES)}
    data |= sentence_heads() | relation_heads()
    args.out.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{args.out.name}: {args.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
