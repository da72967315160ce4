"""Recall: exact hybrid search over one user's rows, with absolute scores.

What is in quarantine is no row. Of the places of one answer, text of others takes at most half
while the user's own rows that may answer wait for one, and repeats of it come last; scores stay
what they are.

A score is relevance × trust × (0.3 + 0.7 · freshness). Relevance is the ranking's, trust is
0.5 + 0.5 · confidence; for an observation trust and freshness are 1.
"""

import math
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from usermind.memory import belief, calibration, ranking, timeline
from usermind.memory.calibration import Calibrator
from usermind.memory.index import Bools, Doubles, Floats, Ints, Rows, earlier, term_counts
from usermind.memory.journal import USER, instant, number
from usermind.memory.pool import OpenFile
from usermind.memory.propositions import Proposition
from usermind.memory.terms import terms_of
from usermind.memory.timeline import moment
from usermind.memory.vectors import Vectors
from usermind.types import Kind

KINDS: tuple[Kind, ...] = ("observation", "proposition")
MAX_QUERY = 2_000
"""Characters of a query that are looked at; the rest of a longer one is left out."""

WAITS = 0.4
"""Share of the best score from which a row of the user's own keeps a place among any number of
others' rows. Their answer scores 0.76 of a thousand texts that were made for its question, by
MiniLM; below 0.4, others' rows that answer were lost where one speaker of LoCoMo is the user (at
0.005: 0.84 of them among ten instead of 0.87)."""
ALIKE = 0.8
"""Share of common words from which a text of others repeats another one."""

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
    own: bool = True
    """Whether the user, what they did or their assistant stands behind it."""


@dataclass(frozen=True, slots=True)
class _Search:
    """A question, made ready."""

    text: str
    """Empty: the newest are wanted."""
    terms: Sequence[str]
    vector: Floats | None
    most: int
    """Hits of each kind, at most."""
    min_score: float
    now: datetime
    """Freshness is taken at this moment."""
    until: float
    """Event time after which nothing is found, seconds since 1970."""


def recall(
    file: OpenFile,
    vectors: Vectors,
    query: str,
    *,
    k: int,
    kinds: Sequence[Kind],
    min_score: float,
    exclude: Sequence[str],
    as_of: datetime | None,
    written_by: str | None,
    now: datetime,
) -> list[Recollection]:
    """Return the rows of these kinds that fit a query, best first; `gather` checked the arguments.

    A recall embeds what one may wait for, at most `INLINE_ROWS` rows of `INLINE_CHUNKS` chunks;
    the rows that still lack a vector are scored by their words.
    """
    then = None if as_of is None else moment(as_of, now=now)
    text = query.strip()[:MAX_QUERY]
    state = file.database.state()
    if file.index.filled != state and vectors.fill_or_warn(file.database):
        # Where rows were filled the state has moved on, and the next recall looks again.
        file.index.filled = state
    vector = vectors.query(text, database=file.database, author=written_by) if text else None
    model = None if vector is None else vectors.model(len(vector))
    search = _Search(
        text=text,
        terms=terms_of(ranking.content_query(text)),
        vector=vector,
        most=k + len(exclude),
        min_score=min_score,
        now=now if then is None else then,
        until=math.inf if then is None else then.timestamp(),
    )
    # One state of the file for all that follows, and one transaction.
    with file.database.read() as connection:
        state = file.database.state()
        hits: list[_Hit] = []
        stood: dict[int, Proposition] = {}
        for kind in kinds:
            rows = file.index.rows(connection, kind, model=model, state=state)
            if kind == "proposition" and then is not None:
                active = [p for p in timeline.stood(connection, then) if p.status == "active"]
                stood = {number(p.id, "p"): p for p in active}
                rows = earlier(connection, active)
            if len(rows.ids):
                hits += (
                    _scored(connection, rows, kind, search) if text else _newest(rows, kind, search)
                )
        left_out = set(exclude)
        hits = [hit for hit in hits if f"{hit.kind[0]}{hit.rowid}" not in left_out]
        hits.sort(key=lambda hit: (-hit.score, -hit.at, hit.kind, -hit.rowid))
        best = _shared(_repeats_last(connection, hits), k) if text else hits[:k]
        return _described(connection, best, stood)


def recollect(file: OpenFile, ids: Sequence[str]) -> list[Recollection]:
    """Return the memories of these ids, in their order; what is gone is left out.

    Their score is 0: nothing was searched for.
    """
    hits = [
        _Hit(kind, number(item, item[0]), 0.0, 0.0, "named by its id")
        for item in ids
        for kind in KINDS
        if item.startswith(kind[0])
    ]
    with file.database.read() as connection:
        return _described(connection, hits, {})


def embed_pending(file: OpenFile, vectors: Vectors) -> int:
    """Compute the vectors that are missing; return how many rows got theirs."""
    return vectors.fill(file.database)


def _scored(connection: sqlite3.Connection, rows: Rows, kind: Kind, search: _Search) -> list[_Hit]:
    counts, held = term_counts(connection, kind, rows, search.terms)
    # A dimension of its own stands in while no row of the kind has a vector.
    embedded = search.vector is not None and rows.levels.vectors.shape[1] == len(search.vector)
    scores = ranking.score(
        rows.levels,
        search.vector if embedded else None,
        counts,
        held,
        authors=_asked_about(rows, search.text),
        asks_time=ranking.asks_when(search.text),
    )
    fresh = _freshness(rows, search.now)
    worth = rows.trust * (0.3 + 0.7 * fresh)
    final = np.where(_hidden(rows, fresh, search), -1.0, scores.relevance * worth)
    best = _candidates(rows, final, search.most)
    best = best[final[best] >= max(search.min_score, 0.0)]
    reasons = _why(scores, best, worth[best])
    return [
        _Hit(kind, rowid, score, at, why, own)
        for rowid, score, at, why, own in zip(
            rows.ids[best].tolist(),
            final[best].tolist(),
            rows.times[best].tolist(),
            reasons,
            rows.own[best].tolist(),
            strict=True,
        )
    ]


def _repeats_last(connection: sqlite3.Connection, hits: Sequence[_Hit]) -> list[_Hit]:
    """Return the hits with those texts of others last that repeat better ones of others."""
    first: list[_Hit] = []
    again: list[_Hit] = []
    told: list[frozenset[str]] = []
    for hit in hits:
        if hit.own or hit.kind != "observation":
            first.append(hit)
            continue
        row = connection.execute(
            "SELECT text FROM observation WHERE id = ?", (hit.rowid,)
        ).fetchone()
        words = frozenset(_WORDS.findall(row[0].casefold())) if row else frozenset()
        repeats = any(len(words & known) >= ALIKE * len(words | known) for known in told)
        (again if repeats else first).append(hit)
        told.append(words)
    return first + again


def _shared(hits: Sequence[_Hit], k: int) -> list[_Hit]:
    """Return the k first, of which others have no more than half while the user's own wait.

    Else one who sends thousands of texts made for a question would have all places of its answer.
    What scores below `WAITS` of the best does not wait: a question about others' texts gets them.
    """
    own = [hit for hit in hits if hit.own and hit.score >= WAITS * hits[0].score]
    others = sum(not hit.own for hit in hits[:k])
    room = max((k + 1) // 2, k - len(own))
    if others <= room:
        chosen = list(hits[:k])
    else:
        chosen = [*own[: k - room], *[hit for hit in hits if not hit.own][:room]]
    return sorted(chosen, key=lambda hit: (-hit.score, -hit.at, hit.kind, -hit.rowid))


def _candidates(rows: Rows, final: Doubles, most: int) -> Ints:
    """Return the places of the best rows, and of the best among the user's own, if those are few.

    However many texts of others there are, both are candidates.
    """
    best = ranking.highest(final, most)
    if rows.own[best].all():
        return best
    own = np.flatnonzero(rows.own)
    found: Ints = np.union1d(best, own[ranking.highest(final[own], most)])
    return found


def _freshness(rows: Rows, now: datetime) -> Doubles:
    age = np.maximum(now.timestamp() - rows.times, 0.0)
    return np.exp2(-age / rows.half_life)


def _hidden(rows: Rows, fresh: Doubles, search: _Search) -> Bools:
    """Return (rows,) whether a row is stale, or of a later time than is asked about."""
    return (rows.fades * fresh < belief.STALE) | (rows.times > search.until)


def _asked_about(rows: Rows, text: str) -> Sequence[bool] | None:
    words = {word.lower() for word in _WORDS.findall(text)}
    named = [
        bool(words.intersection(_WORDS.findall(author)))
        or (author == USER and _FIRST_PERSON.search(text) is not None)
        for author in rows.authors
    ]
    return np.asarray(named)[rows.author].tolist() if any(named) else None


def _newest(rows: Rows, kind: Kind, search: _Search) -> list[_Hit]:
    shown = np.flatnonzero(~_hidden(rows, _freshness(rows, search.now), search))
    order = shown[np.lexsort((-rows.ids[shown], -rows.times[shown]))][: search.most]
    return [
        _Hit(kind, int(rows.ids[place]), 0.0, float(rows.times[place]), "newest first")
        for place in order
    ]


def _why(scores: ranking.Scores, places: Ints, worth: Doubles) -> list[str]:
    return [
        ", ".join(f"{name} {part:+.1f}" for name, part in parts)
        + (f"; × {factor:.2f} trust and freshness" if factor < 0.995 else "")
        for parts, factor in zip(scores.strongest(places, 3), worth.tolist(), strict=True)
    ]


SOMEBODY = "somebody else"
"""Author of a recollection that carries the user's name and is not vouched for by them."""

_OBSERVATION = (
    "SELECT o.id, o.text, NULL, NULL, o.event_at, o.utc_offset, "
    # Text of others may carry the user's name.
    f"CASE WHEN o.author = '{USER}' AND o.tier = 'third_party' THEN '{SOMEBODY}' "
    "ELSE o.author END, o.source, o.session, o.external_id FROM observation o "
    "WHERE o.quarantine IS NULL AND o.id IN "
)
_PROPOSITION = (
    "SELECT p.text, p.log_odds, p.verdict IS NOT NULL, p.supported_at, o.utc_offset, o.author, "
    "o.source, o.session, o.external_id FROM proposition p "
    "LEFT JOIN evidence e ON e.proposition_id = p.id AND e.polarity = 1 "
    "LEFT JOIN observation o ON o.id = e.observation_id "
    "WHERE p.id = ? AND (? OR p.status = 'active') ORDER BY e.at, o.id LIMIT 1"
)
AT_ONCE = 500
"""Observations read by one statement; SQLite limits the values that one may have."""


def _described(
    connection: sqlite3.Connection, hits: Sequence[_Hit], stood: Mapping[int, Proposition]
) -> list[Recollection]:
    """Return what is shown of hits, without those that are gone.

    Args:
        connection: Inside a read transaction.
        hits: In the order of the result.
        stood: Claims as of an earlier time, by their row.
    """
    seen = [hit.rowid for hit in hits if hit.kind == "observation"]
    observed: dict[int, Sequence[Any]] = {}
    for start in range(0, len(seen), AT_ONCE):
        part = seen[start : start + AT_ONCE]
        marks = ",".join("?" * len(part))
        observed |= {
            row[0]: row[1:] for row in connection.execute(f"{_OBSERVATION}({marks})", part)
        }
    line = calibration.load(connection) if len(seen) < len(hits) else Calibrator()
    found = []
    for hit in hits:
        if hit.kind == "observation":
            row, then = observed.get(hit.rowid), None
        else:
            then = stood.get(hit.rowid)
            values = (hit.rowid, then is not None)
            row = connection.execute(_PROPOSITION, values).fetchone()
        if row is not None:  # else forgotten or superseded since the rows were loaded
            found.append(_recollection(hit, row, line, then))
    return found


def _recollection(
    hit: _Hit, row: Sequence[Any], line: Calibrator, stood: Proposition | None
) -> Recollection:
    text, log_odds, ruled, at, offset, author, source, session, external_id = row
    confidence = None if log_odds is None else line.confidence(log_odds, ruled=bool(ruled))
    if stood is not None:
        text, confidence, at = stood.text, stood.confidence, stood.supported_at.timestamp()
    return Recollection(
        id=f"{hit.kind[0]}{hit.rowid}",
        kind=hit.kind,
        text=text,
        score=hit.score,
        confidence=confidence,
        at=instant(at, offset or 0),
        author=author or USER,
        source=source or "",
        session=session,
        external_id=external_id,
        why=hit.why,
    )
