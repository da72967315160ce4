"""Propositions: claims about the user, with their evidence, belief and history."""

import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import belief, calibration, outbox
from usermind.memory.calibration import Calibrator
from usermind.memory.database import Database
from usermind.memory.journal import Observation, from_row, instant, number
from usermind.memory.ranking import mentions_time
from usermind.memory.text import checked, fingerprint, index_terms, token_count
from usermind.types import Durability, ObservationId, PropositionId, Status

Cause = Literal["add", "reinforce", "revise", "contradict", "supersede", "generalise", "retire",
                "correct", "confirm", "deny", "pin", "unpin", "forget"]  # fmt: skip
"""What made a version; the first seven are operations of reflection, the rest the user's."""

MAX_STATEMENT = 2_000
"""Longest text of a proposition, in characters."""


@dataclass(frozen=True, slots=True)
class Proposition:
    """A claim about the user as it stands."""

    id: PropositionId
    text: str
    confidence: float
    """Probability in [0, 1] that it is true."""
    freshness: float
    """2^(−age since last support / half-life), in [0, 1]."""
    durability: Durability
    status: Status
    slot: str | None
    """What it is the value of, for facts with one value at a time."""
    pinned: bool
    """Ruled upon by the user, or kept by them. It never goes stale, and reflection neither rewords
    nor ends it, but a newer value of its slot, or a replacement in the user's own words,
    supersedes it."""
    version: int
    superseded_by: PropositionId | None
    supported_at: datetime
    """Event time of the last support."""
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A proposition as it once stood."""

    number: int
    text: str
    status: Status
    confidence: float
    cause: Cause
    author: str
    """Who made it: the name of a model, `"offline"`, or `"user"`."""
    at: datetime
    """When it was written."""
    held_from: datetime
    """Event time of what brought it about: from then on the claim stood so."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one observation says about a proposition."""

    observation: Observation
    polarity: int
    """+1 for it, −1 against it."""
    quote: str
    """The deciding words, as they stand in the observation."""


@dataclass(frozen=True, slots=True)
class Related:
    """How another claim stands to this one."""

    kind: Literal["contradictory", "generalises", "generalised by"]
    """`generalises`: this claim sums the other one up."""
    id: PropositionId
    text: str
    status: Status


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a proposition is believed as much as it is."""

    proposition: Proposition
    prior: float
    """Probability before any evidence, in (0, 1)."""
    verdict: float | None
    """Log-odds set by the user."""
    log_odds: float
    evidence: tuple[Evidence, ...]
    """In the order it arrived."""
    related: tuple[Related, ...] = ()
    """Claims that contradict it, and those it generalises or is generalised by."""


class Propositions:
    """The propositions of one user's open file, as they stand now, for reading.

    Reflection writes through `changes.apply`, the user through `verdicts.Verdicts`.
    """

    def __init__(self, database: Database, *, now: datetime) -> None:
        self._database = database
        self._now = now

    def get(self, proposition_id: str) -> Proposition:
        """Return one proposition in any status.

        Raises:
            UnknownItemError: There is none with this id.
        """
        with self._database.read() as connection:
            return self._get(connection, proposition_id)

    def _get(self, connection: sqlite3.Connection, proposition_id: str) -> Proposition:
        row = connection.execute(
            f"{SELECT} WHERE id = ?", (number(proposition_id, "p"),)
        ).fetchone()
        if row is None:
            raise UnknownItemError(proposition_id, kind="proposition")
        return from_columns(row, self._now, calibration.load(connection))

    def find(self, text: str) -> Proposition | None:
        """Return the active proposition of these words, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                f"{SELECT} WHERE fingerprint = ? AND status = 'active' ORDER BY id",
                (fingerprint(text),),
            ).fetchone()
            line = calibration.load(connection)
        return None if row is None else from_columns(row, self._now, line)

    def history(self, proposition_id: str) -> list[Version]:
        """Return all versions, oldest first.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        with self._database.read() as connection:
            self._get(connection, proposition_id)
            rows = connection.execute(
                "SELECT version, text, status, confidence, cause, author, at, held_from "
                "FROM proposition_version WHERE proposition_id = ? ORDER BY version",
                (number(proposition_id, "p"),),
            ).fetchall()
        return [
            Version(
                number=version,
                text=text,
                status=status,
                confidence=confidence,
                cause=cause,
                author=author,
                at=instant(at),
                held_from=instant(held_from),
            )
            for version, text, status, confidence, cause, author, at, held_from in rows
        ]

    def explain(self, proposition_id: str) -> Explanation:
        """Return the evidence and the arithmetic behind a proposition.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        rowid = number(proposition_id, "p")
        with self._database.read() as connection:
            proposition = self._get(connection, proposition_id)
            prior, verdict, log_odds = connection.execute(
                "SELECT prior, verdict, log_odds FROM proposition WHERE id = ?", (rowid,)
            ).fetchone()
            rows = connection.execute(
                "SELECT o.id, o.text, o.source, o.author, o.tier, o.session, o.external_id, "
                "o.event_at, o.utc_offset, o.ingested_at, e.polarity, e.quote_start, e.quote_end "
                "FROM evidence e JOIN observation o ON o.id = e.observation_id "
                "WHERE e.proposition_id = ? ORDER BY e.at, o.id",
                (rowid,),
            ).fetchall()
            related = _related(connection, rowid)
        evidence = tuple(
            Evidence(from_row(row[:10]), row[10], row[1][row[11] : row[12]]) for row in rows
        )
        return Explanation(proposition, prior, verdict, log_odds, evidence, related)

    def outdated_evidence(self) -> dict[ObservationId, Status]:
        """Return the observations that speak for no active claim, but for one that was given up.

        The status is that of such a claim, `retracted` before others.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT e.observation_id, MIN(p.status <> 'retracted'), MAX(p.status) "
                "FROM evidence e JOIN proposition p ON p.id = e.proposition_id "
                "WHERE e.polarity = 1 GROUP BY e.observation_id HAVING SUM(p.status = 'active') = 0"
            ).fetchall()
        return {
            ObservationId(f"o{rowid}"): status if kept else "retracted"
            for rowid, kept, status in rows
        }

    def list(self, *, status: Status | None = "active", limit: int | None = None
             ) -> list[Proposition]:  # fmt: skip
        """Return propositions, best supported first: confidence × freshness, then id.

        Args:
            status: Only those; None for all.
            limit: How many at most.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} WHERE status = COALESCE(?, status) ORDER BY id",
                ("active" if status == "stale" else status,),
            ).fetchall()
            line = calibration.load(connection)
        found = [from_columns(row, self._now, line) for row in rows]
        return best_first([p for p in found if status in (None, p.status)])[:limit]


def best_first(found: Iterable[Proposition]) -> list[Proposition]:
    """Return propositions by confidence × freshness, then id."""
    return sorted(found, key=lambda p: (-p.confidence * p.freshness, int(p.id[1:])))


def checked_statement(text: object) -> str:
    """Return the words of a proposition as they are stored.

    Raises:
        InvalidInputError: They cannot be stored, or are longer than `MAX_STATEMENT`.
    """
    clean = checked(text)
    if len(clean) > MAX_STATEMENT:
        raise InvalidInputError(
            f"The text has {len(clean):,} characters; a proposition has at most "
            f"{MAX_STATEMENT:,}. Nothing was changed. Say one fact."
        )
    return clean


SELECT = (
    "SELECT id, text, log_odds, verdict, durability, status, slot, pinned, version, superseded_by, "
    "supported_at, updated_at FROM proposition"
)


def from_columns(row: Sequence[Any], now: datetime, line: Calibrator) -> Proposition:
    """Return the proposition of a row of `SELECT`, its freshness taken at `now`."""
    # The columns' types are the schema's.
    (id_, text, log_odds, verdict, durability, status, slot, pinned, version, by, supported,
     updated) = row  # fmt: skip
    confidence = line.confidence(log_odds, ruled=verdict is not None)
    age = now.timestamp() - supported
    freshness = belief.freshness(durability, age)
    faded = status == "active" and not pinned and belief.is_stale(confidence, freshness)
    return Proposition(
        id=PropositionId(f"p{id_}"),
        text=text,
        confidence=confidence,
        freshness=freshness,
        durability=durability,
        status="stale" if faded else status,
        slot=slot,
        pinned=bool(pinned),
        version=version,
        superseded_by=None if by is None else PropositionId(f"p{by}"),
        supported_at=instant(supported),
        updated_at=instant(updated),
    )


def _related(connection: sqlite3.Connection, rowid: int) -> tuple[Related, ...]:
    rows = connection.execute(
        "SELECT r.kind, p.id, p.text, p.status FROM relation r JOIN proposition p ON p.id = r.b "
        "WHERE r.a = :id UNION "
        "SELECT CASE r.kind WHEN 'generalises' THEN 'generalised by' ELSE r.kind END, "
        "p.id, p.text, p.status FROM relation r JOIN proposition p ON p.id = r.a WHERE r.b = :id "
        "ORDER BY 1, 2",
        {"id": rowid},
    ).fetchall()
    return tuple(
        Related(kind, PropositionId(f"p{other}"), text, status)
        for kind, other, text, status in rows
    )


def exists(connection: sqlite3.Connection, rowid: int) -> bool:
    """Return whether there is a proposition of this row, in any status."""
    row = connection.execute("SELECT 1 FROM proposition WHERE id = ?", (rowid,)).fetchone()
    return row is not None


def insert(
    connection: sqlite3.Connection,
    text: str,
    *,
    prior: float,
    durability: Durability,
    slot: str | None,
    supported_at: float,
    now: datetime,
) -> int:
    """Add a proposition without evidence or version yet; return its row."""
    at = now.timestamp()
    rowid = connection.execute(
        "INSERT INTO proposition (text, fingerprint, slot, durability, status, prior, log_odds, "
        "version, created_at, supported_at, updated_at, tokens, dated) "
        "VALUES (?, ?, ?, ?, 'active', ?, 0, 0, ?, ?, ?, 0, 0)",
        (text, fingerprint(text), slot, durability, prior, at, supported_at, at),
    ).lastrowid
    assert rowid is not None
    _index(connection, rowid, text)
    return rowid


def _index(connection: sqlite3.Connection, rowid: int, text: str) -> None:
    terms = index_terms(text)
    connection.execute("INSERT INTO proposition_fts (rowid, terms) VALUES (?, ?)", (rowid, terms))
    connection.execute(
        "UPDATE proposition SET tokens = ?, dated = ? WHERE id = ?",
        (token_count(terms), mentions_time(text), rowid),
    )


def set_text(connection: sqlite3.Connection, rowid: int, text: str) -> None:
    """Change the words; the vector is computed anew when it is next needed."""
    connection.execute(
        "UPDATE proposition SET text = ?, fingerprint = ?, embedded = 0 WHERE id = ?",
        (text, fingerprint(text), rowid),
    )
    connection.execute("DELETE FROM vector WHERE kind = 'proposition' AND item = ?", (rowid,))
    connection.execute("DELETE FROM proposition_fts WHERE rowid = ?", (rowid,))
    _index(connection, rowid, text)


def add_evidence(
    connection: sqlite3.Connection,
    rowid: int,
    observation_id: ObservationId,
    *,
    polarity: int,
    quote: tuple[int, int],
    now: datetime,
) -> bool:
    """Link an observation, unless it is linked or gone already; return whether it was added."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO evidence SELECT p.id, o.id, ?, ?, ?, ?, p.version + 1 "
        "FROM observation o, proposition p WHERE o.id = ? AND p.id = ? AND o.quarantine IS NULL",
        (polarity, *quote, now.timestamp(), number(observation_id, "o"), rowid),
    )
    return cursor.rowcount > 0


def believe(connection: sqlite3.Connection, rowid: int, *, until: float = math.inf) -> float:
    """Return the log-odds that a proposition's prior, verdict and evidence add up to.

    Args:
        connection: The user's file.
        rowid: The proposition.
        until: Leave out what happened later, seconds since 1970.
    """
    (prior,) = connection.execute("SELECT prior FROM proposition WHERE id = ?", (rowid,)).fetchone()
    verdict = connection.execute(
        "SELECT at, cause FROM proposition_version WHERE proposition_id = ? AND at <= ? "
        "AND cause IN ('confirm', 'correct', 'deny') ORDER BY version DESC LIMIT 1",
        (rowid, until),
    ).fetchone()
    settled, cause = verdict or (-math.inf, None)
    # What is announced for later is known from the day it was told.
    rows = connection.execute(
        "SELECT e.polarity, o.tier, COALESCE(o.session, o.source || date(o.event_at, 'unixepoch'))"
        " FROM evidence e JOIN observation o ON o.id = e.observation_id "
        "WHERE e.proposition_id = ? AND e.at > ? AND MIN(e.at, o.event_at) <= ? "
        "ORDER BY e.at, o.id",
        (rowid, settled, until),
    ).fetchall()
    support = (belief.Support(polarity, tier, session) for polarity, tier, session in rows)
    ruled = None if cause is None else belief.VERDICT * (-1 if cause == "deny" else 1)
    return belief.log_odds(prior, support, verdict=ruled)


def began(connection: sqlite3.Connection, rowid: int) -> float:
    """Return the event time from which on a proposition has stood, seconds since 1970."""
    row = connection.execute(
        "SELECT MIN(held_from) FROM proposition_version WHERE proposition_id = ?", (rowid,)
    ).fetchone()
    return float(row[0])


def hold_earlier(connection: sqlite3.Connection, rowid: int, since: float) -> None:
    """Note that a claim stood earlier than was known: evidence of an earlier time arrived late.

    Not for values of a slot, for another value may have stood in between.
    """
    connection.execute(
        "UPDATE proposition_version SET held_from = :since WHERE proposition_id = :id "
        "AND held_from > :since AND slot IS NULL AND version = "
        "(SELECT MIN(version) FROM proposition_version WHERE proposition_id = :id)",
        {"id": rowid, "since": since},
    )


def write_version(
    connection: sqlite3.Connection,
    rowid: int,
    *,
    cause: Cause,
    author: str,
    now: datetime,
    held_from: float | None = None,
) -> None:
    """Compute the belief anew and record how the proposition stands now.

    Args:
        connection: Inside a write transaction.
        rowid: The proposition, whose other columns are up to date.
        cause: What made the version.
        author: Who did.
        now: The present.
        held_from: Event time of what brought it about, seconds since 1970; None: as the version
            before, whose end it undoes. Versions never hold from earlier than the one before.
    """
    connection.execute(
        "INSERT INTO proposition_version SELECT id, version + 1, text, status, 0.5, :cause, "
        ":author, :now, MAX(COALESCE(MIN(:held_from, :now), -1e18), "
        "COALESCE((SELECT v.held_from FROM proposition_version v WHERE v.proposition_id = p.id "
        "ORDER BY v.version DESC LIMIT 1), -1e18)), "
        "durability, slot, pinned, supported_at, superseded_by FROM proposition p WHERE id = :id",
        {
            "id": rowid,
            "cause": cause,
            "author": author,
            "now": now.timestamp(),
            "held_from": held_from,
        },
    )
    odds = believe(connection, rowid)
    connection.execute(
        "UPDATE proposition SET log_odds = ?, version = version + 1, updated_at = ? WHERE id = ?",
        (odds, now.timestamp(), rowid),
    )
    ruled = connection.execute(
        "SELECT verdict IS NOT NULL FROM proposition WHERE id = ?", (rowid,)
    ).fetchone()[0]
    connection.execute(
        "UPDATE proposition_version SET confidence = ? WHERE (proposition_id, version) = "
        "(SELECT id, version FROM proposition WHERE id = ?)",
        (calibration.load(connection).confidence(odds, ruled=bool(ruled)), rowid),
    )
    outbox.record(connection, f"proposition.{cause}", f"p{rowid}", now=now)
