"""Recall: exact hybrid search over one user's rows, with absolute scores.

A score is relevance × trust × (0.3 + 0.7 · freshness). Relevance is the ranking's, trust is
0.5 + 0.5 · confidence; for an observation trust and freshness are 1.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from usermind.errors import InvalidInputError
from usermind.memory import belief, ranking
from usermind.memory.index import Doubles, Floats, Rows, term_counts
from usermind.memory.journal import USER, instant, number
from usermind.memory.pool import OpenFile
from usermind.memory.terms import terms_of
from usermind.memory.vectors import Vectors
from usermind.types import Kind

KINDS: tuple[Kind, ...] = ("observation", "proposition")
MAX_QUERY = 2_000
"""Characters of a query that are looked at; the rest of a longer one is left out."""

_FIRST_PERSON = re.compile(
    r"\b(?:i|me|my|mine|myself|we|us|our|ours|i'm|i've|i'd)\b", re.IGNORECASE
)
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Recollection:
    """One memory that fits a query."""

    id: str
    kind: Kind
    text: str
    score: float
    """Relevance × (0.5 + 0.5 · confidence) × (0.3 + 0.7 · freshness), in [0, 1]; absolute: other
    hits do not change it."""
    confidence: float | None
    """Probability in [0, 1] that a proposition is true; None for an observation."""
    at: datetime
    """Event time of an observation, last support of a proposition; aware."""
    author: str
    """Who said it; for a proposition, who said the first thing it rests on."""
    source: str
    session: str | None
    external_id: str | None
    """Id at the source of the observation, or of the first one that a proposition rests on."""
    why: str
    """The strongest signals and what each added to the log-odds of relevance."""


@dataclass(frozen=True, slots=True)
class _Hit:
    kind: Kind
    rowid: int
    score: float
    at: float
    why: str


def recall(
    file: OpenFile,
    vectors: Vectors,
    query: str,
    *,
    k: int,
    kinds: Sequence[Kind] | None,
    min_score: float,
    exclude: Sequence[str],
    now: datetime,
) -> list[Recollection]:
    """Return the memories that fit a query, best first; see `UserMemory.recall`.

    A recall embeds what one may wait for, at most `INLINE_ROWS` rows of `INLINE_CHUNKS` chunks;
    the rows that still lack a vector are scored by their words.
    """
    wanted = _checked(query, k, kinds)
    text = query.strip()[:MAX_QUERY]
    state = file.database.state()
    if file.index.filled != state and vectors.fill_or_warn(file.database):
        # Where rows were filled the state has moved on, and the next recall looks again.
        file.index.filled = state
    vector = vectors.query(text) if text else None
    model = None if vector is None else vectors.model(len(vector))
    hits: list[_Hit] = []
    terms = terms_of(ranking.content_query(text))
    for kind in wanted:
        rows = file.index.rows(file.database, kind, model=model)
        if not len(rows.ids):
            continue
        if text:
            hits += _scored(file, rows, kind, text, terms, vector, k + len(exclude), min_score, now)
        else:
            hits += _newest(rows, kind, k + len(exclude))
    left_out = set(exclude)
    hits = [hit for hit in hits if f"{hit.kind[0]}{hit.rowid}" not in left_out]
    hits.sort(key=lambda hit: (-hit.score, -hit.at, hit.kind, -hit.rowid))
    with file.database.read() as connection:
        found = (_described(connection, hit) for hit in hits[:k])
        return [item for item in found if item is not None]


def recollect(file: OpenFile, ids: Sequence[str]) -> list[Recollection]:
    """Return the memories of these ids, in their order; what is gone is left out.

    Their score is 0: nothing was searched for.
    """
    with file.database.read() as connection:
        found = (
            _described(connection, _Hit(kind, number(item, item[0]), 0.0, 0.0, "named by its id"))
            for item in ids
            for kind in KINDS
            if item.startswith(kind[0])
        )
        return [item for item in found if item is not None]


def embed_pending(file: OpenFile, vectors: Vectors) -> int:
    """Compute the vectors that are missing; return how many rows got theirs."""
    return vectors.fill(file.database)


def _checked(query: object, k: int, kinds: Sequence[Kind] | None) -> Sequence[Kind]:
    if not isinstance(query, str):
        raise InvalidInputError(
            f"The query is of type {type(query).__name__}; a string was expected."
        )
    if any("\ud800" <= character <= "\udfff" for character in query):
        raise InvalidInputError(
            "The query holds a lone surrogate: its bytes were not UTF-8. "
            "Decode the source with the right encoding."
        )
    if k < 1:
        raise InvalidInputError(f"`k` is {k}; ask for at least 1 memory.")
    unknown = set(kinds or ()) - set(KINDS)
    if unknown:
        raise InvalidInputError(
            f"Unknown kinds {sorted(unknown)}; known are {list(KINDS)}, and None for all."
        )
    return KINDS if kinds is None else tuple(dict.fromkeys(kinds))


def _scored(
    file: OpenFile,
    rows: Rows,
    kind: Kind,
    text: str,
    terms: Sequence[str],
    vector: Floats | None,
    k: int,
    min_score: float,
    now: datetime,
) -> list[_Hit]:
    with file.database.read() as connection:
        counts, held = term_counts(connection, kind, rows, terms)
    # A dimension of its own stands in while no row of the kind has a vector.
    embedded = vector is not None and rows.levels.vectors.shape[1] == len(vector)
    scores = ranking.score(
        rows.levels,
        vector if embedded else None,
        counts,
        held,
        authors=_asked_about(rows, text),
        asks_time=ranking.asks_when(text),
    )
    worth = rows.trust * (0.3 + 0.7 * _freshness(rows, now))
    final = scores.relevance * worth
    best = np.argsort(-final, kind="stable")[:k]
    return [
        _Hit(
            kind,
            int(rows.ids[place]),
            float(final[place]),
            float(rows.times[place]),
            _why(scores, int(place), float(worth[place])),
        )
        for place in best
        if final[place] >= min_score
    ]


def _freshness(rows: Rows, now: datetime) -> Doubles:
    age = np.maximum(now.timestamp() - rows.times, 0.0)
    return np.exp2(-age / rows.half_life)


def _asked_about(rows: Rows, text: str) -> Sequence[bool] | None:
    words = {word.lower() for word in _WORDS.findall(text)}
    named = [
        bool(words.intersection(_WORDS.findall(author)))
        or (author == USER and _FIRST_PERSON.search(text) is not None)
        for author in rows.authors
    ]
    return np.asarray(named)[rows.author].tolist() if any(named) else None


def _newest(rows: Rows, kind: Kind, k: int) -> list[_Hit]:
    order = np.lexsort((-rows.ids, -rows.times))[:k]
    return [
        _Hit(kind, int(rows.ids[place]), 0.0, float(rows.times[place]), "newest first")
        for place in order
    ]


def _why(scores: ranking.Scores, place: int, worth: float) -> str:
    parts = [f"{name} {part:+.1f}" for name, _, part in scores.explain(place)[:3]]
    return ", ".join(parts) + (f"; × {worth:.2f} trust and freshness" if worth < 0.995 else "")


_FROM = {
    "observation": (
        "SELECT o.text, NULL, o.event_at, o.utc_offset, o.author, o.source, o.session, "
        "o.external_id FROM observation o WHERE o.id = ?"
    ),
    "proposition": (
        "SELECT p.text, p.log_odds, p.supported_at, o.utc_offset, o.author, o.source, o.session, "
        "o.external_id FROM proposition p "
        "LEFT JOIN evidence e ON e.proposition_id = p.id AND e.polarity = 1 "
        "LEFT JOIN observation o ON o.id = e.observation_id "
        "WHERE p.id = ? AND p.status = 'active' ORDER BY e.at, o.id LIMIT 1"
    ),
}


def _described(connection: sqlite3.Connection, hit: _Hit) -> Recollection | None:
    row = connection.execute(_FROM[hit.kind], (hit.rowid,)).fetchone()
    if row is None:  # forgotten or superseded since the rows were loaded
        return None
    text, log_odds, at, offset, author, source, session, external_id = row
    return Recollection(
        id=f"{hit.kind[0]}{hit.rowid}",
        kind=hit.kind,
        text=text,
        score=hit.score,
        confidence=None if log_odds is None else belief.probability(log_odds),
        at=instant(at, offset or 0),
        author=author or USER,
        source=source or "",
        session=session,
        external_id=external_id,
        why=hit.why,
    )
