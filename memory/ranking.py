"""Turn what is known about a query and a user's rows into one relevance per row.

Rows (turns, documents, propositions) are scored at four spans: the row alone, with one and with
two neighbours on each side, and its whole session. Each span has a dense signal (cosine with the
mean of the span's vectors) and a lexical one (BM25 of the span's summed counts); a few flags
follow. Learned weights (`ranking_weights.json`) add them up and a logistic function squashes the
sum, so the score is absolute: it never looks at which other rows are hits.

Source: BM25 as in Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", eq. 3.15,
with the non-negative idf of Lucene. Departs from it in three ways: spans of several rows count as
one text; lengths are compared with fixed ones, not with the corpus mean, so that a match in a long
document says less than one in a turn; and the sum is divided by the root of the query's total idf,
so that a long question does not outweigh its own vector.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Number = TypeVar("Number", np.float32, np.float64)

SPANS: Final = (0, 1, 2, None)
"""Neighbours on each side that a span takes in; None is the whole session."""
BLOCK: Final = 1_000
"""Vectors that are compared with a query at once."""
SPAN_NAMES: Final = ("row", "near", "wide", "session")
SIGNALS: Final = (
    *(f"dense_{name}" for name in SPAN_NAMES),
    *(f"lexical_{name}" for name in SPAN_NAMES),
    "author",
    "question",
    "reply",
    "length",
    "time",
)

_STOP_WORDS = """
    a an the and or but if of at by for with about to from in on is are was were be been being am
    do does did doing have has had having i me my mine we our you your he him his she her it its
    they them their this that these those what which who whom whose when where why how can could
    will would shall should may might must not no so than too very just as into over under out up
    down off again there here all any both each few more most other some such only own same s t d
    ll re ve m don
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
_TIME_WORDS = """
    january february march april may june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday yesterday today tomorrow tonight week weeks
    month months year years last next ago recently weekend morning evening day days since summer
    winter spring fall
"""
TIME_WORDS: Final = frozenset(_TIME_WORDS.split())
_WORD: Final = re.compile(r"\w+")


def content_query(query: str) -> str:
    """Return the query without stop words, or unchanged when nothing would be left."""
    kept = " ".join(word for word in _WORD.findall(query) if word.lower() not in STOP_WORDS)
    return kept or query


def is_question(text: str) -> bool:
    """Say whether a row's bare text ends by asking something."""
    return text.rstrip().endswith(("?", "？"))


def mentions_time(text: str) -> bool:
    """Say whether a row's bare text (no header) has a word that dates what it tells."""
    return not TIME_WORDS.isdisjoint(word.lower() for word in _WORD.findall(text))


def asks_when(query: str) -> bool:
    """Say whether the query wants a time."""
    return not {"when", "date", "long"}.isdisjoint(query.lower().replace("?", " ").split())


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned once: see `benchmarks/fit_ranking.py`."""

    bias: float
    signals: Doubles
    """(signals,), in the order of `SIGNALS`."""
    absent: Doubles
    """(4,), the dense value assumed at each span where no vector exists yet."""
    lengths: Doubles
    """(4,), the tokens of an ordinary span, which BM25 compares lengths with."""
    k1: float
    b: float
    long: float
    """Tokens from which a longer row gains nothing more."""

    @classmethod
    def from_mapping(cls, data: Mapping[str, object]) -> Weights:
        """Read the shipped format. Raises KeyError when a signal has no weight."""
        signals, absent, lengths = data["signals"], data["absent"], data["lengths"]
        assert isinstance(signals, dict), "`signals` maps each signal to its weight"
        return cls(
            bias=float(str(data["bias"])),
            signals=np.array([signals[name] for name in SIGNALS], dtype=np.float64),
            absent=np.array(absent, dtype=np.float64),
            lengths=np.array(lengths, dtype=np.float64),
            k1=float(str(data["k1"])),
            b=float(str(data["b"])),
            long=float(str(data["long"])),
        )


@cache
def shipped_weights() -> Weights:
    """Return the weights that ship beside this module; the file is read once per process."""
    path = Path(__file__).with_name("ranking_weights.json")
    return Weights.from_mapping(json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Levels:
    """What can be computed before the query is known, for one user and one generation of rows."""

    vectors: Floats
    """(chunks, dim), unit length, or all zero while a chunk is not embedded."""
    first_chunk: Ints | None
    """(rows,), where each row's chunks begin; None when every row is one chunk."""
    chunk_low: Ints
    chunk_high: Ints
    chunk_norm: Doubles
    """(4, chunks): span bounds and the length of the span's summed vectors."""
    low: Ints
    high: Ints
    """(4, rows): span bounds in rows."""
    damping: Floats
    """(4, rows): BM25's length part of the denominator, k1·(1 - b + b·length/ordinary)."""
    fixed: Doubles
    """(5, rows): the signals after the lexical ones that do not depend on the query; others 0."""
    dated: Flags
    """(rows,): the row mentions a time."""
    weights: Weights

    @classmethod
    def build(
        cls,
        vectors: npt.ArrayLike,
        lengths: npt.ArrayLike,
        sessions: npt.ArrayLike,
        *,
        questions: npt.ArrayLike | None = None,
        dated: npt.ArrayLike | None = None,
        chunk_rows: npt.ArrayLike | None = None,
        weights: Weights | None = None,
    ) -> Levels:
        """Prepare spans for rows sorted by (session, event time).

        Args:
            vectors: (chunks, dim) float32 unit vectors, all zero where not embedded yet.
            lengths: (rows,) indexed tokens of each row.
            sessions: (rows,) integers; equal neighbours share a session, so a row that stands alone
                (a proposition, a document) has a number of its own.
            questions: (rows,) `is_question` of each row; None means no row is one.
            dated: (rows,) `mentions_time` of each row; None means no row does.
            chunk_rows: (chunks,) ascending row of each chunk, every row at least once; None when
                chunks are rows.
            weights: None takes the shipped ones.
        """
        learned = weights or shipped_weights()
        session = np.asarray(sessions, dtype=np.int64)
        rows = len(session)
        vector = np.asarray(vectors, dtype=np.float32)
        if vector.ndim != 2:
            vector = vector.reshape(rows if chunk_rows is None else 0, -1)
        token = np.asarray(lengths, dtype=np.float64)
        low, high = spans(session)
        relative = _sums(token, low, high) / learned.lengths[:, None]
        first, chunk_low, chunk_high = None, low, high
        if chunk_rows is not None and len(vector) != rows:
            owner = np.asarray(chunk_rows, dtype=np.int64)
            first = np.searchsorted(owner, np.arange(rows)).astype(np.int64)
            chunk_low, chunk_high = spans(session[owner])
        asked = np.zeros(rows, dtype=bool) if questions is None else np.asarray(questions, bool)
        reply = np.zeros(rows, dtype=bool)
        reply[1:] = asked[:-1] & (session[1:] == session[:-1])
        fixed = np.zeros((5, rows))
        fixed[1], fixed[2] = asked, reply
        fixed[3] = np.log1p(np.minimum(token, learned.long))
        return cls(
            vectors=vector,
            first_chunk=first,
            chunk_low=chunk_low,
            chunk_high=chunk_high,
            chunk_norm=_span_norms(vector, chunk_low, chunk_high),
            low=low,
            high=high,
            damping=(learned.k1 * (1 - learned.b + learned.b * relative)).astype(np.float32),
            fixed=fixed,
            dated=np.zeros(rows, dtype=bool) if dated is None else np.asarray(dated, dtype=bool),
            weights=learned,
        )

    def __len__(self) -> int:
        return int(self.low.shape[1])


@dataclass(frozen=True, slots=True)
class Scores:
    """Relevance of every row to one query, in the order of the rows."""

    relevance: Floats
    """(rows,), in [0, 1], absolute."""
    signals: Doubles
    """(signals, rows), in the order of `SIGNALS`."""
    weights: Weights

    def explain(self, row: int) -> tuple[tuple[str, float, float], ...]:
        """Return (signal, value, contribution) of one row, largest contribution first.

        Contributions are log-odds; with the bias they sum to the logit of the relevance.
        """
        values = self.signals[:, row]
        parts = zip(SIGNALS, values.tolist(), (values * self.weights.signals).tolist(), strict=True)
        return tuple(sorted(parts, key=lambda part: -abs(part[2])))

    def strongest(self, places: Ints, most: int) -> list[list[tuple[str, float]]]:
        """Return of each of these rows the first so many of `explain`: signal and contribution."""
        parts = self.signals[:, places].T * self.weights.signals  # (places, signals)
        order = np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :most]
        values = np.take_along_axis(parts, order, axis=1)
        return [
            [(SIGNALS[number], value) for number, value in zip(*row, strict=True)]
            for row in zip(order.tolist(), values.tolist(), strict=True)
        ]


def highest(values: Doubles, most: int) -> Ints:
    """Return (at most `most`,) the places of the highest values, equals in the order of rows."""
    if most < len(values):
        least = np.partition(values, len(values) - most)[len(values) - most]
        near = np.flatnonzero(values >= least)
    else:
        near = np.arange(len(values))
    found: Ints = near[np.argsort(-values[near], kind="stable")][:most]
    return found


def score(
    levels: Levels,
    query_vector: npt.ArrayLike | None,
    tf: npt.ArrayLike,
    df: npt.ArrayLike,
    *,
    documents: int | None = None,
    authors: npt.ArrayLike | None = None,
    asks_time: bool = False,
) -> Scores:
    """Return the relevance of every row of `levels` to one query.

    A row without a vector is scored by its words: its dense signals take the `absent` value, that
    of an ordinary unrelated row. The same holds for all rows when `query_vector` is None.

    Args:
        levels: What `Levels.build` prepared.
        query_vector: (dim,) unit vector of the whole question.
        tf: (terms, rows) counts of the distinct terms of `content_query(question)`.
        df: (terms,) rows that hold each term; terms that no row holds may be left out.
        documents: rows that `df` was counted over; None is the number of rows here.
        authors: (rows,) whether the question names the row's author; None means it names none.
        asks_time: `asks_when(question)`.
    """
    rows, spans, weights = len(levels), len(SPANS), levels.weights
    signals = np.zeros((len(SIGNALS), rows))
    signals[:spans] = _dense(levels, query_vector)
    count: Floats = np.asarray(tf, dtype=np.float32)
    count = count.reshape(-1, rows) if rows else np.zeros((0, 0), dtype=np.float32)
    if count.size:
        held = np.asarray(df, dtype=np.float64)
        total = max(rows if documents is None else documents, float(held.max()))
        idf = np.log1p((total - held + 0.5) / (held + 0.5)).astype(np.float32)
        idf[held < 1] = 0.0  # as if the query had not said it
        summed: Floats = _sums(count, levels.low, levels.high).reshape(len(count), -1)
        summed = summed / (summed + levels.damping.reshape(-1))
        scale = (weights.k1 + 1) / np.sqrt(max(float(idf.sum()), 1e-9))
        signals[spans : 2 * spans] = (scale * (idf @ summed)).reshape(spans, rows)
    signals[2 * spans :] = levels.fixed
    if authors is not None:
        signals[2 * spans] = np.asarray(authors, dtype=np.float64)
    if asks_time:
        signals[2 * spans + 4] = levels.dated
    logit = weights.signals @ signals + weights.bias
    relevance = (1.0 / (1.0 + np.exp(-np.clip(logit, -60.0, 60.0)))).astype(np.float32)
    return Scores(relevance=relevance, signals=signals, weights=weights)


def spans(sessions: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Return the (4, rows) first and one-past-last row of each span; none leaves its session."""
    session = np.asarray(sessions, dtype=np.int64)
    rows = len(session)
    here = np.arange(rows)
    starts = np.flatnonzero(np.diff(session, prepend=session[:1] - 1)) if rows else here
    run = np.searchsorted(starts, here, side="right") - 1
    first, last = starts[run], np.append(starts[1:], rows)[run]
    low = [first if span is None else np.maximum(here - span, first) for span in SPANS]
    high = [last if span is None else np.minimum(here + span + 1, last) for span in SPANS]
    return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)


def _sums(values: npt.NDArray[Number], low: Ints, high: Ints) -> npt.NDArray[Number]:
    """Return (..., 4, rows) sums of (..., rows) over the spans, by differences of a running sum."""
    running = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=values.dtype)
    np.cumsum(values, axis=-1, out=running[..., 1:])
    sums: npt.NDArray[Number] = np.take(running, high, axis=-1) - np.take(running, low, axis=-1)
    return sums


def _span_norms(vectors: Floats, low: Ints, high: Ints) -> Doubles:
    """Return (4, chunks) lengths of the summed vectors of each span.

    The square of a narrow span's sum is the sum of its products v_i·v_j, so the five diagonals
    next to the main one are enough; only the sessions are summed as vectors.
    """
    rows, narrow = len(vectors), slice(0, 3)
    squares = np.zeros(low.shape)
    for apart in range(min(5, rows)):
        products = np.einsum("rd,rd->r", vectors[: rows - apart], vectors[apart:])
        running = np.append(0.0, np.cumsum(products, dtype=np.float64))
        first = np.minimum(low[narrow], rows - apart)
        last = np.maximum(high[narrow] - apart, first)
        squares[narrow] += (running[last] - running[first]) * (2.0 if apart else 1.0)
    norms: Doubles = np.sqrt(np.maximum(squares, 0.0))
    if rows:
        starts, run = np.unique(low[3], return_inverse=True)
        norms[3] = np.linalg.norm(np.add.reduceat(vectors, starts, axis=0), axis=1)[run]
    return norms


def _products(vectors: Floats, query: Floats) -> Doubles:
    """Return (chunks,) products, in blocks too small for the linear algebra library's threads.

    For the little there is to compute, threads that wait for each other cost more than they
    bring: on a busy machine 20 ms instead of 0.7 ms for 10,000 vectors.
    """
    out = np.empty(len(vectors))
    for start in range(0, len(vectors), BLOCK):
        out[start : start + BLOCK] = vectors[start : start + BLOCK] @ query
    return out


def _dense(levels: Levels, query_vector: npt.ArrayLike | None) -> Doubles:
    """Return (4, rows) cosines of the query with each span, the best chunk of a row counting."""
    absent = np.repeat(levels.weights.absent[:, None], len(levels.vectors), axis=1)
    query = None if query_vector is None else np.asarray(query_vector, dtype=np.float32)
    if query is not None and query.any() and levels.vectors.size:
        dots = _products(levels.vectors, query)
        sums = _sums(dots, levels.chunk_low, levels.chunk_high)
        np.divide(sums, levels.chunk_norm, out=absent, where=levels.chunk_norm > 1e-6)
    if levels.first_chunk is None:
        return absent
    return np.maximum.reduceat(absent, levels.first_chunk, axis=1)
