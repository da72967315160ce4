"""How the ranking's weights are learned: a conditional logit over the signals that recall computes.

Among all rows of one memory the evidence of a question should win. Where the labels name a segment
and not the turn in it, the turn that the weights at hand like best stands for it, and weights and
choice are improved in turn (expectation maximisation). The sum is then scaled and shifted (Platt,
on LoCoMo) so that its logistic is the share of evidence among rows with that sum, if one row in
twenty were evidence; in LoCoMo it is one in 400, which would leave good hits near 0.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np
from benchmarks.retrieval import CachedMiniLM, ranking_by
from numpy.typing import NDArray

from usermind import MemoryStore
from usermind.evals.benchmarks.corpora import Corpus
from usermind.memory import ranking
from usermind.memory.ranking import SIGNALS, SPANS, Scores, Weights

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARES = {"locomo": 1.0, "personabench": 1.0, "limit": 0.2}
"""Weight of a data set in the fit, whatever its size. LIMIT is an artificial extreme."""
RIDGE = 0.1
"""On weights of signals that were scaled to unit deviation."""
NON_NEGATIVE = tuple(place for place, name in enumerate(SIGNALS) if name.startswith("lexical"))
PRIOR = 0.05
"""Share of evidence among rows that scores are calibrated to."""
ROUNDS, STEPS = 6, 10


@dataclass(frozen=True, slots=True)
class Measured:
    """The signals of all questions about one memory, as recall computed them."""

    corpus: Corpus
    signals: Doubles
    """(questions, signals, rows)"""
    units: tuple[str, ...]
    """(rows,), the unit of each row."""
    lengths: Doubles
    """(rows,), tokens of each row."""
    parts: tuple[tuple[Ints, ...], ...]
    """Per question and part of its answer: the rows any one of which may give it."""
    worth: Doubles
    """(rows,), the factor of trust that recall multiplies relevance by."""


def neutral(ordinary: Sequence[float]) -> Weights:
    """Return weights that say nothing, to measure signals by; `ordinary` as `Weights.lengths`."""
    return replace(
        ranking.shipped_weights(),
        bias=0.0,
        signals=np.zeros(len(SIGNALS)),
        absent=np.zeros(len(SPANS)),
        lengths=np.asarray(ordinary, dtype=np.float64),
    )


def measure(embedder: CachedMiniLM, corpus: Corpus, weights: Weights) -> Measured:
    """Return the signals of every question by asking `recall` and listening to its ranking."""
    heard: list[Scores] = []
    score = ranking.score

    def listening(*args: Any, **named: Any) -> Scores:
        heard.append(score(*args, **named))
        return heard[-1]

    unit = {
        draft.external_id: unit for draft, unit in zip(corpus.drafts, corpus.units, strict=True)
    }
    with (
        ranking_by(weights),
        patch.object(ranking, "score", listening),
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder) as store,
    ):
        memory = store.user(corpus.user)
        memory.observe_many(list(corpus.drafts))
        memory.embed()
        for question in corpus.questions:
            memory.recall(question.text, k=1, kinds=["observation"])
        with memory.open() as file, file.database.read() as connection:
            state = file.database.state()
            rows = file.index.rows(connection, "observation", model=None, state=state)
            stored = connection.execute("SELECT id, external_id, tokens FROM observation")
            known = {id_: (unit[external], tokens) for id_, external, tokens in stored}
    units = tuple(known[id_][0] for id_ in rows.ids.tolist())
    places: dict[str, list[int]] = {}
    for place, name in enumerate(units):
        places.setdefault(name, []).append(place)
    parts = tuple(
        tuple(
            np.array([place for name in sorted(part) for place in places[name]]) for part in asked
        )
        for asked in (question.answers for question in corpus.questions)
    )
    lengths = np.array([known[id_][1] for id_ in rows.ids.tolist()], dtype=np.float64)
    signals = np.array([item.signals for item in heard])
    return Measured(corpus, signals, units, lengths, parts, rows.trust)


def fit(data: Sequence[Measured]) -> Weights:
    """Return weights learned on these memories, calibrated."""
    raw = _conditional_logit(data)
    slope, bias = _platt(data, raw)
    talks = [item for item in data if item.corpus.data == "locomo"] or list(data)
    absent = np.mean([item.signals[:, : len(SPANS)].mean(axis=(0, 2)) for item in talks], axis=0)
    return replace(
        ranking.shipped_weights(), bias=bias, signals=slope * raw, absent=absent.round(3)
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    x: Doubles
    """(questions, rows, signals), scaled."""
    parts: tuple[tuple[Ints, ...], ...]
    share: float
    """Of one question in the loss."""

    def wanted(self, weights: Doubles) -> Doubles:
        """Return (questions, rows): which rows should win, and how much of the question each is."""
        total = self.x @ weights
        found = np.zeros(total.shape)
        for row, sums, parts in zip(found, total, self.parts, strict=True):
            for part in parts:
                likely = np.exp(sums[part] - sums[part].max())
                row[part] += likely / likely.sum() / len(parts)
        return found


def _conditional_logit(data: Sequence[Measured]) -> Doubles:
    """Return (signals,) weights with a ridge on the scaled ones and lexical ones not negative."""
    scale = np.sqrt(np.mean([item.signals.var(axis=(0, 2)) for item in data], axis=0)) + 1e-9
    sources = [item.corpus.data for item in data]
    batches = [
        _Batch(
            np.ascontiguousarray((item.signals / scale[:, None]).transpose(0, 2, 1)),
            item.parts,
            SHARES[item.corpus.data] / sources.count(item.corpus.data) / len(item.signals),
        )
        for item in data
    ]
    free = np.ones(len(SIGNALS), dtype=bool)
    while True:
        weights = np.zeros(len(SIGNALS))
        for _ in range(ROUNDS):
            before = weights
            weights = _newton(batches, [batch.wanted(weights) for batch in batches], weights, free)
            if np.abs(weights - before).max() < 1e-2:
                break
        worst = min(NON_NEGATIVE, key=lambda place: float(weights[place]))
        if weights[worst] >= 0:
            found: Doubles = weights / scale
            return found
        free[worst] = False


def _newton(
    batches: Sequence[_Batch], wanted: Sequence[Doubles], start: Doubles, free: NDArray[np.bool_]
) -> Doubles:
    """Return the weights that minimise the loss, by Newton's method with bounded steps."""
    weights = np.where(free, start, 0.0)
    for _ in range(STEPS):
        slope, bend = RIDGE * weights, RIDGE * np.eye(len(weights))
        for batch, goal in zip(batches, wanted, strict=True):
            x, p = batch.x, _softmax(batch.x @ weights)
            mean = np.einsum("qr,qrf->qf", p, x)
            flat = x.reshape(-1, len(weights))
            slope -= batch.share * np.einsum("qr,qrf->f", goal - p, x)
            bend += batch.share * ((flat * p.reshape(-1, 1)).T @ flat - mean.T @ mean)
        step = np.zeros(len(weights))
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        weights = weights - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-5:
            break
    return weights


def _softmax(z: Doubles) -> Doubles:
    p = np.exp(z - z.max(axis=1, keepdims=True))
    total: Doubles = p / p.sum(axis=1, keepdims=True)
    return total


def _platt(data: Sequence[Measured], weights: Doubles) -> tuple[float, float]:
    """Return the slope and bias that make the logistic of the sum a share of evidence."""
    chosen = [item for item in data if item.corpus.data == "locomo"] or list(data)
    z = np.concatenate([np.einsum("f,qfr->qr", weights, item.signals).ravel() for item in chosen])
    y = np.concatenate([_evidence(item).ravel() for item in chosen])
    share = np.where(y > 0, PRIOR / y.mean(), (1 - PRIOR) / (1 - y.mean()))
    found = np.array([1.0, -float(np.quantile(z, 0.99))])
    x = np.stack([z, np.ones_like(z)])
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(found @ x, -60, 60)))
        step = np.linalg.solve((x * (share * p * (1 - p))) @ x.T, x @ (share * (p - y)))
        found -= step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-8:
            break
    return float(found[0]), float(found[1])


def _evidence(item: Measured) -> Doubles:
    found = np.zeros((len(item.signals), item.signals.shape[2]))
    for row, parts in zip(found, item.parts, strict=True):
        for part in parts:
            row[part] = 1.0
    return found


def ranked(item: Measured, weights: Weights) -> list[list[str]]:
    """Return the units per question that these weights rank, as recall would."""
    sums = np.einsum("f,qfr->qr", weights.signals, item.signals) + weights.bias
    scores = item.worth / (1 + np.exp(-np.clip(sums, -60, 60)))
    order = np.argsort(-scores, axis=1, kind="stable")
    return [list(dict.fromkeys(item.units[place] for place in found)) for found in order.tolist()]
