"""What recall needs of one kind of row, in arrays, kept while the user's file stays open."""

import json
import math
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from usermind.memory import belief, calibration, meta
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.names import known_as
from usermind.memory.propositions import Proposition
from usermind.memory.ranking import Levels
from usermind.memory.succession import VOUCHED
from usermind.memory.vectors import check_model
from usermind.types import Durability, Kind

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SESSION_GAP = 3_600.0
"""Seconds of silence that end a session where the observations do not name theirs."""
ECHO = 0.5
"""Factor of the assistant's replies and of the user's own questions: asked again, the same words
would otherwise find themselves before they find an answer."""
BURST = 0.5
"""Seconds between two live observations of one author, without a session, below which nobody was
talking: a program writes them, and neighbours say nothing of each other."""
ALONE = 200
"""Tokens from which an observation without a session is a document that stands alone."""


@dataclass(slots=True)
class Rows:
    """The searchable rows of one kind as of one state of the file; sessions stay together."""

    ids: Ints
    """(rows,) row ids, in the order of session, time, id."""
    times: Doubles
    """(rows,) event time or last support, seconds since 1970."""
    levels: Levels
    authors: tuple[str, ...]
    """Distinct authors, in lower case."""
    author: Ints
    """(rows,) place of each row's author in `authors`."""
    trust: Doubles
    """(rows,) factor, in [0.5, 1]: of a claim's confidence; for observations 1, or `ECHO`."""
    own: Bools
    """(rows,) whether the user, what they did or their assistant stands behind the row."""
    half_life: Doubles
    """(rows,) seconds; infinite for observations and permanent claims."""
    fades: Doubles
    """(rows,) confidence of claims that can go stale; infinite for what cannot."""
    bare: Bools
    """(rows,) whether a row has no vector yet."""
    stamp: tuple[int, ...]
    place: dict[int, int]
    """Row id to place."""
    postings: dict[str, tuple[Ints, Floats]] = field(default_factory=dict)
    """Term to the places it stands at and how often; filled as terms are asked for."""

    def is_as_of(self, stamp: tuple[int, ...]) -> bool:
        """Say whether these are the rows of a state of the file still."""
        *rows, vectors = stamp
        # Where all have their vectors, those written since are of others.
        return self.stamp == (*rows, vectors if self.bare.any() else self.stamp[-1])

    def first_chunks(self) -> Ints:
        """Return (rows + 1,) where the chunks of each row begin, and where the last ones end."""
        first = self.levels.first_chunk
        starts = np.arange(len(self.ids), dtype=np.int64) if first is None else first
        return np.append(starts, len(self.levels.vectors))


class Index:
    """The rows of both kinds, rebuilt when the file has changed."""

    def __init__(self) -> None:
        self.filled: tuple[int, int] | None = None
        """State of the file in which every row had its vector."""
        self._rows: dict[Kind, Rows] = {}
        self._checked: dict[Kind, tuple[tuple[int, int], str | None]] = {}
        self._lock = threading.Lock()

    def rows(
        self,
        connection: sqlite3.Connection,
        kind: Kind,
        *,
        model: str | None,
        state: tuple[int, int],
    ) -> Rows:
        """Return the rows of a kind as the file holds them now.

        Args:
            connection: To the user's file, inside a read transaction.
            kind: Which rows.
            model: Name of the query's vector space; None when the query has no vector.
            state: Of the file, `Database.state`.

        Raises:
            EmbedderMismatchError: The file holds vectors of another model.
        """
        with self._lock:
            checked = (state, model)
            kept = self._rows.get(kind)
            if kept is not None and self._checked.get(kind) == checked:
                return kept
            if model is not None:
                check_model(connection, model)
            stamp = _stamp(connection, kind)
            if kept is None or not kept.is_as_of(stamp):
                if kind == "proposition":
                    kept = _propositions(connection, stamp)
                else:
                    kept = _observations(connection, stamp, kept)
                self._rows[kind] = kept
            self._checked[kind] = checked
            return kept

    def clear(self) -> None:
        """Forget everything; the next read loads it anew."""
        with self._lock:
            self._rows.clear()
            self._checked.clear()
            self.filled = None


def _stamp(connection: sqlite3.Connection, kind: Kind) -> tuple[int, ...]:
    counter = meta.OBSERVATIONS_LOST if kind == "observation" else meta.PROPOSITIONS_CHANGED
    row = connection.execute(  # each recall asks it: one statement
        f"SELECT (SELECT COALESCE(MAX(id), 0) FROM {kind}), "
        "(SELECT value FROM meta WHERE key = ?), (SELECT value FROM meta WHERE key = ?)",
        (counter, meta.VECTORS_WRITTEN),
    ).fetchone()
    return tuple(map(int, row))


def _observations(
    connection: sqlite3.Connection, stamp: tuple[int, ...], before: Rows | None
) -> Rows:
    """Return the rows of observations; the vectors that `before` holds are not read again."""
    found = connection.execute(
        "SELECT id, event_at, author, session, source, tokens, asks, dated, tier, "
        "event_at = ingested_at FROM observation "
        "WHERE quarantine IS NULL ORDER BY event_at, id"
    ).fetchall()
    found = _by_session(found)
    ids = np.array([row[0] for row in found], dtype=np.int64)
    names = [known_as(row[2]) for row in found]
    authors = tuple(dict.fromkeys(names))
    code = {name: number for number, name in enumerate(authors)}
    # Where no row was lost since, a vector that was there is the same.
    same = before is not None and len(before.ids) and before.stamp[1] == stamp[1]
    chunks = _chunks(connection, "observation", ids, before if same else None)
    levels = Levels.build(
        chunks.vectors,
        [row[5] for row in found],
        [row[3] for row in found],
        questions=[bool(row[6]) for row in found],
        dated=[bool(row[7]) for row in found],
        chunk_rows=chunks.chunk_rows,
    )
    return Rows(
        ids=ids,
        times=np.array([row[1] for row in found], dtype=np.float64),
        levels=levels,
        authors=authors,
        author=np.array([code[name] for name in names], dtype=np.int64),
        trust=np.array([ECHO if _echoes(row) else 1.0 for row in found]),
        own=np.array([row[2] == ASSISTANT or row[8] != "third_party" for row in found], dtype=bool),
        half_life=np.full(len(ids), np.inf),
        fades=np.full(len(ids), np.inf),
        bare=chunks.bare,
        stamp=stamp,
        place={int(id_): place for place, id_ in enumerate(ids)},
    )


def _echoes(row: Sequence[object]) -> bool:
    _, _, author, _, _, _, asks, *_ = row
    return author == ASSISTANT or (author == USER and bool(asks))


def _by_session(found: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows in order of session, with the session's number in place of its name."""
    numbers: dict[object, int] = {}
    last: dict[object, tuple[float, str]] = {}
    out = []
    for row in found:
        id_, at, author, session, source, tokens, *rest = row
        assert isinstance(at, float)
        assert isinstance(tokens, int)
        if session is not None:
            number = numbers.setdefault((session, source), len(numbers))
        elif tokens >= ALONE:
            number = numbers.setdefault((None, id_), len(numbers))
        else:
            before, speaker = last.get(source, (-math.inf, ""))
            written = row[-1] and at - before < BURST and author == speaker
            if at - before > SESSION_GAP or written:
                numbers[source, id_] = numbers[source,] = len(numbers)
            last[source] = at, author
            number = numbers[source,]
        out.append((id_, at, author, number, source, tokens, *rest))
    return sorted(out, key=lambda row: row[3])


def _propositions(connection: sqlite3.Connection, stamp: tuple[int, ...]) -> Rows:
    line = calibration.load(connection)
    found = connection.execute(
        "SELECT id, tokens, dated, supported_at, durability, log_odds, verdict IS NOT NULL, pinned "
        "FROM proposition WHERE status = 'active' ORDER BY id"
    ).fetchall()
    return _claims(
        connection,
        [
            (*shape, at, durability, line.confidence(odds, ruled=bool(ruled)), bool(pinned))
            for *shape, at, durability, odds, ruled, pinned in found
        ],
        stamp,
    )


def earlier(connection: sqlite3.Connection, then: Sequence[Proposition]) -> Rows:
    """Return the rows of claims as they stood once; searched by their present words and vectors."""
    shapes = {
        id_: (id_, tokens, dated)
        for id_, tokens, dated in connection.execute("SELECT id, tokens, dated FROM proposition")
    }
    rows = [
        (*shapes[int(p.id[1:])], p.supported_at.timestamp(), p.durability, p.confidence, p.pinned)
        for p in then
    ]
    return _claims(connection, rows, ())


def _claims(
    connection: sqlite3.Connection,
    found: Sequence[tuple[int, int, int, float, Durability, float, bool]],
    stamp: tuple[int, ...],
) -> Rows:
    """Return the rows of (id, tokens, dated, last support, durability, confidence, pinned)."""
    hearsay = connection.execute(f"SELECT p.id FROM proposition p WHERE NOT {VOUCHED}").fetchall()
    others = {int(row[0]) for row in hearsay}
    ids = np.array([row[0] for row in found], dtype=np.int64)
    chunks = _chunks(connection, "proposition", ids)
    levels = Levels.build(
        chunks.vectors,
        [row[1] for row in found],
        np.arange(len(found)),
        dated=[bool(row[2]) for row in found],
        chunk_rows=chunks.chunk_rows,
    )
    confidence = np.array([row[5] for row in found], dtype=np.float64)
    return Rows(
        ids=ids,
        times=np.array([row[3] for row in found], dtype=np.float64),
        levels=levels,
        authors=(),
        author=np.full(len(ids), -1, dtype=np.int64),
        trust=0.5 + 0.5 * confidence,
        own=np.array([row[0] not in others for row in found], dtype=bool),
        half_life=np.array([belief.HALF_LIFE[row[4]] for row in found], dtype=np.float64),
        fades=np.where([row[6] for row in found], np.inf, confidence),
        bare=chunks.bare,
        stamp=stamp,
        place={int(id_): place for place, id_ in enumerate(ids)},
    )


@dataclass(slots=True)
class _Chunks:
    """The vectors of rows, those of a row one behind the other."""

    vectors: Floats
    """(chunks, dimension); a row without a vector has one chunk of zeros."""
    owners: Ints
    """(chunks,) ascending places of the rows that they belong to."""
    bare: Bools
    """(rows,) which rows have no vector yet."""

    @property
    def chunk_rows(self) -> Ints | None:
        """What `Levels.build` calls so: None where each row has one chunk."""
        return None if len(self.owners) == len(self.bare) else self.owners


def _chunks(
    connection: sqlite3.Connection, kind: Kind, ids: Ints, before: Rows | None = None
) -> _Chunks:
    """Return the vectors of rows, in the order of `ids`; what `before` has of them is not read."""
    old = np.full(len(ids), -1, dtype=np.int64)
    if before is not None:
        place = before.place
        old[:] = [place.get(id_, -1) for id_ in ids.tolist()]
        old[(old >= 0) & before.bare[old]] = -1
    read = np.flatnonzero(old < 0)
    found = _stored(connection, kind, ids[read], all_=before is None)
    counts = np.ones(len(ids), dtype=np.int64)
    counts[read] = [max(1, len(vectors)) for vectors in found]
    bare = np.zeros(len(ids), dtype=bool)
    bare[read] = [not vectors for vectors in found]
    known = next((len(vectors[0]) // 4 for vectors in found if vectors), 1)
    if before is not None:
        first = before.first_chunks()
        counts[old >= 0] = np.diff(first)[old[old >= 0]]
        known = max(known, before.levels.vectors.shape[1])
    starts = np.cumsum(counts) - counts
    owners = np.repeat(np.arange(len(ids), dtype=np.int64), counts)
    vectors = np.zeros((len(owners), known), dtype=np.float32)
    if before is not None and (old >= 0).any():
        here = np.flatnonzero(old[owners] >= 0)
        vectors[here] = before.levels.vectors[here + (first[old] - starts)[owners[here]]]
    new = b"".join(vector for item in found for vector in item)
    here = np.flatnonzero((old < 0)[owners] & ~bare[owners])
    vectors[here] = np.frombuffer(new, dtype="<f4").reshape(len(here), known)
    return _Chunks(vectors, owners, bare)


def _stored(
    connection: sqlite3.Connection, kind: Kind, ids: Ints, *, all_: bool
) -> list[list[bytes]]:
    """Return the stored vectors of each row, by chunk.

    Args:
        connection: To the user's file.
        kind: Of the rows.
        ids: Of the rows.
        all_: Whether they are nearly all of the kind, so that asking for each costs more.
    """
    of: dict[int, list[bytes]] = {id_: [] for id_ in ids.tolist()}
    among = "" if all_ else "AND item IN (SELECT value FROM json_each(?)) "
    asked = (kind,) if all_ else (kind, json.dumps(list(of)))
    for item, data in connection.execute(
        f"SELECT item, data FROM vector WHERE kind = ? {among}ORDER BY item, chunk", asked
    ):
        if item in of:
            of[item].append(data)
    return list(of.values())


def term_counts(
    connection: sqlite3.Connection, kind: Kind, rows: Rows, terms: Sequence[str]
) -> tuple[Floats, Doubles]:
    """Return (terms, rows) counts and (terms,) numbers of rows that hold each term.

    Terms that no row holds are left out. What is read once is kept with the rows.
    """
    for term in terms:
        if term not in rows.postings:
            rows.postings[term] = _posting(connection, kind, rows, term)
    held = [rows.postings[term] for term in terms if len(rows.postings[term][0])]
    counts = np.zeros((len(held), len(rows.ids)), dtype=np.float32)
    for number, (places, count) in enumerate(held):
        counts[number, places] = count
    return counts, np.array([len(places) for places, _ in held], dtype=np.float64)


def _posting(
    connection: sqlite3.Connection, kind: Kind, rows: Rows, term: str
) -> tuple[Ints, Floats]:
    counted: dict[int, int] = {}
    for (rowid,) in connection.execute(f"SELECT doc FROM {kind}_tf WHERE term = ?", (term,)):
        place = rows.place.get(rowid)
        if place is not None:  # a row that came or went after the rows were loaded
            counted[place] = counted.get(place, 0) + 1
    places = np.fromiter(counted.keys(), dtype=np.int64, count=len(counted))
    return places, np.fromiter(counted.values(), dtype=np.float32, count=len(counted))
