"""What recall needs of one kind of row, in arrays, kept while the user's file stays open."""

import math
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from usermind.memory import belief, calibration
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.names import known_as
from usermind.memory.propositions import Proposition
from usermind.memory.ranking import Levels
from usermind.memory.standing import VOUCHED
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
    stamp: tuple[int, ...]
    place: dict[int, int]
    """Row id to place."""
    postings: dict[str, tuple[Ints, Floats]] = field(default_factory=dict)
    """Term to the places it stands at and how often; filled as terms are asked for."""


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
            if kept is None or kept.stamp != stamp:
                load = _observations if kind == "observation" else _propositions
                kept = self._rows[kind] = load(connection, stamp)
            self._checked[kind] = checked
            return kept

    def clear(self) -> None:
        """Forget everything; the next read loads it anew."""
        with self._lock:
            self._rows.clear()
            self._checked.clear()
            self.filled = None


def _stamp(connection: sqlite3.Connection, kind: Kind) -> tuple[int, ...]:
    counter = "observations_lost" if kind == "observation" else "propositions_changed"
    row = connection.execute(
        f"SELECT (SELECT COALESCE(MAX(id), 0) FROM {kind}), "
        "(SELECT value FROM meta WHERE key = ?), "
        "(SELECT value FROM meta WHERE key = 'vectors_written')",
        (counter,),
    ).fetchone()
    return tuple(map(int, row))


def _observations(connection: sqlite3.Connection, stamp: tuple[int, ...]) -> Rows:
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
    vectors, owners = _vectors(connection, "observation", ids)
    levels = Levels.build(
        vectors,
        [row[5] for row in found],
        [row[3] for row in found],
        questions=[bool(row[6]) for row in found],
        dated=[bool(row[7]) for row in found],
        chunk_rows=owners,
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
    vectors, owners = _vectors(connection, "proposition", ids)
    levels = Levels.build(
        vectors,
        [row[1] for row in found],
        np.arange(len(found)),
        dated=[bool(row[2]) for row in found],
        chunk_rows=owners,
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
        stamp=stamp,
        place={int(id_): place for place, id_ in enumerate(ids)},
    )


def _vectors(connection: sqlite3.Connection, kind: Kind, ids: Ints) -> tuple[Floats, Ints | None]:
    """Return (chunks, dimension) vectors in the order of `ids`, and (chunks,) owners' places.

    A row without a vector gets one chunk of zeros.
    """
    place = {int(id_): number for number, id_ in enumerate(ids)}
    stored = [
        (place[item], data)
        for item, data in connection.execute(
            "SELECT item, data FROM vector WHERE kind = ? ORDER BY item, chunk", (kind,)
        )
        if item in place
    ]
    dimension = len(stored[0][1]) // 4 if stored else 1
    bare = set(range(len(ids))) - {owner for owner, _ in stored}
    zeros = bytes(4 * dimension)
    stored += [(owner, zeros) for owner in bare]
    stored.sort(key=lambda pair: pair[0])
    flat = np.frombuffer(b"".join(data for _, data in stored), dtype="<f4")
    owners = np.array([owner for owner, _ in stored], dtype=np.int64)
    vectors = flat.reshape(len(stored), dimension).astype(np.float32)
    return vectors, None if len(stored) == len(ids) else owners


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
