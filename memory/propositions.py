"""Propositions: claims about the user, with their evidence, belief and history."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import belief
from usermind.memory.database import Database
from usermind.memory.journal import Observation, from_row, instant, number
from usermind.memory.ranking import mentions_time
from usermind.memory.text import checked, fingerprint, index_terms, token_count
from usermind.types import Durability, ObservationId, PropositionId, Status

Cause = Literal["add", "reinforce", "revise", "contradict", "supersede", "generalise", "retire",
                "correct", "confirm", "deny", "forget"]  # fmt: skip
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
    """Ruled upon by the user. Reflection neither rewords nor ends it, but a newer value of its
    slot, or a replacement in the user's own words, supersedes it."""
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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one observation says about a proposition."""

    observation: Observation
    polarity: int
    """+1 for it, −1 against it."""
    quote: str
    """The deciding words, as they stand in the observation."""


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


class Propositions:
    """The propositions of one user's open file. Reflection writes through `changes.apply`."""

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
        return from_columns(row, self._now)

    def find(self, text: str) -> Proposition | None:
        """Return the active proposition of these words, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                f"{SELECT} WHERE fingerprint = ? AND status = 'active' ORDER BY id",
                (fingerprint(text),),
            ).fetchone()
        return None if row is None else from_columns(row, self._now)

    def history(self, proposition_id: str) -> list[Version]:
        """Return all versions, oldest first.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        with self._database.read() as connection:
            self._get(connection, proposition_id)
            rows = connection.execute(
                "SELECT version, text, status, confidence, cause, author, at "
                "FROM proposition_version WHERE proposition_id = ? ORDER BY version",
                (number(proposition_id, "p"),),
            ).fetchall()
        return [
            Version(version, text, status, confidence, cause, author, instant(at))
            for version, text, status, confidence, cause, author, at in rows
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
        evidence = tuple(
            Evidence(from_row(row[:10]), row[10], row[1][row[11] : row[12]]) for row in rows
        )
        return Explanation(proposition, prior, verdict, log_odds, evidence)

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

    def confirm(self, proposition_id: str) -> Proposition:
        """Record that the user says it is true; it is pinned and no longer revised.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        return self._rule(proposition_id, "confirm", verdict=belief.VERDICT, status="active")

    def deny(self, proposition_id: str) -> Proposition:
        """Record that the user says it is false; it stays readable and is not learnt again.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        return self._rule(proposition_id, "deny", verdict=-belief.VERDICT, status="retracted")

    def correct(self, proposition_id: str, text: str) -> Proposition:
        """Replace the words by the user's own; the id stays, the old words go to its history.

        New words leave the slot of the old ones, which may not be theirs. An active claim that
        has them already is superseded by this one, which takes its slot.

        Raises:
            UnknownItemError: There is no proposition with this id.
            InvalidInputError: The text cannot be stored.
        """
        return self._rule(
            proposition_id,
            "correct",
            verdict=belief.VERDICT,
            status="active",
            text=checked_statement(text),
        )

    def _rule(
        self,
        proposition_id: str,
        cause: Cause,
        *,
        verdict: float,
        status: Status,
        text: str | None = None,
    ) -> Proposition:
        with self._database.write() as connection:
            before = self._get(connection, proposition_id)
            rowid = number(proposition_id, "p")
            connection.execute(
                "UPDATE proposition SET verdict = ?, status = ?, pinned = 1, superseded_by = NULL, "
                "supported_at = MAX(supported_at, ?) WHERE id = ?",
                (verdict, status, self._now.timestamp(), rowid),
            )
            if text is not None and text != before.text:
                if fingerprint(text) != fingerprint(before.text):
                    # Nobody says that the new words are a value of the old slot.
                    connection.execute("UPDATE proposition SET slot = NULL WHERE id = ?", (rowid,))
                set_text(connection, rowid, text)
            # What was said before the verdict is settled by it; the rows stay for `explain`.
            write_version(
                connection, rowid, cause=cause, author="user", now=self._now, log_odds=verdict
            )
            if status == "active":
                self._displace(connection, rowid)
            return self._get(connection, proposition_id)

    def _displace(self, connection: sqlite3.Connection, rowid: int) -> None:
        """Let a claim take the place of its equals and of the other values of its slot."""
        equals = (
            "FROM proposition q JOIN proposition p ON p.fingerprint = q.fingerprint "
            "WHERE q.id = ?1 AND p.id <> ?1 AND p.status = 'active'"
        )
        # The same words are a value of the same slot.
        connection.execute(
            "UPDATE proposition SET slot = "
            f"COALESCE(slot, (SELECT p.slot {equals} AND p.slot IS NOT NULL)) WHERE id = ?1",
            (rowid,),
        )
        for (other,) in connection.execute(
            f"SELECT p.id {equals} UNION SELECT p.id FROM proposition q JOIN proposition p "
            "ON p.slot = q.slot WHERE q.id = ?1 AND p.id <> ?1 AND p.status = 'active'",
            (rowid,),
        ).fetchall():
            supersede(connection, other, by=rowid, author="user", now=self._now)

    def list(self, *, status: Status | None = "active", limit: int | None = None
             ) -> list[Proposition]:  # fmt: skip
        """Return propositions, best supported first: confidence × freshness, then id.

        Args:
            status: Only those; None for all.
            limit: How many at most.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} WHERE (?1 IS NULL OR status = ?1) ORDER BY id", (status,)
            ).fetchall()
        found = [from_columns(row, self._now) for row in rows]
        found.sort(key=lambda p: -p.confidence * p.freshness)
        return found[:limit]


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
    "SELECT id, text, log_odds, durability, status, slot, pinned, version, superseded_by, "
    "supported_at, updated_at FROM proposition"
)


VOUCHED = (
    "(p.verdict IS NOT NULL OR EXISTS (SELECT 1 FROM evidence e JOIN observation o "
    "ON o.id = e.observation_id WHERE e.proposition_id = p.id AND e.polarity = 1 "
    "AND o.tier <> 'third_party'))"
)
"""Whether the user or their recorded behaviour stands behind `proposition p`, in SQL."""


def from_columns(row: Sequence[object], now: datetime) -> Proposition:
    """Return the proposition of a row of `SELECT`, its freshness taken at `now`."""
    (id_, text, log_odds, durability, status, slot, pinned, version, by, supported, updated) = row
    age = now.timestamp() - supported  # type: ignore[operator]  # the schema's type: REAL
    return Proposition(
        id=PropositionId(f"p{id_}"),
        text=text,  # type: ignore[arg-type]  # the columns' types are the schema's
        confidence=belief.probability(log_odds),  # type: ignore[arg-type]
        freshness=belief.freshness(durability, age),  # type: ignore[arg-type]
        durability=durability,  # type: ignore[arg-type]
        status=status,  # type: ignore[arg-type]
        slot=slot,  # type: ignore[arg-type]
        pinned=bool(pinned),
        version=version,  # type: ignore[arg-type]
        superseded_by=None if by is None else PropositionId(f"p{by}"),
        supported_at=instant(supported),  # type: ignore[arg-type]
        updated_at=instant(updated),  # type: ignore[arg-type]
    )


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


def supersede(
    connection: sqlite3.Connection, rowid: int, *, by: int, author: str, now: datetime
) -> None:
    """Let another proposition take this one's place."""
    connection.execute(
        "UPDATE proposition SET status = 'superseded', superseded_by = ? WHERE id = ?", (by, rowid)
    )
    write_version(connection, rowid, cause="supersede", author=author, now=now)


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
        "FROM observation o, proposition p WHERE o.id = ? AND p.id = ?",
        (polarity, *quote, now.timestamp(), number(observation_id, "o"), rowid),
    )
    return cursor.rowcount > 0


def believe(connection: sqlite3.Connection, rowid: int) -> float:
    """Return the log-odds that a proposition's prior, verdict and evidence add up to."""
    prior, verdict = connection.execute(
        "SELECT prior, verdict FROM proposition WHERE id = ?", (rowid,)
    ).fetchone()
    settled = connection.execute(
        "SELECT MAX(at) FROM proposition_version WHERE proposition_id = ? "
        "AND cause IN ('confirm', 'correct', 'deny')",
        (rowid,),
    ).fetchone()[0]
    rows = connection.execute(
        "SELECT e.polarity, o.tier, COALESCE(o.session, o.source || date(o.event_at, 'unixepoch'))"
        " FROM evidence e JOIN observation o ON o.id = e.observation_id "
        "WHERE e.proposition_id = ? AND (?2 IS NULL OR e.at > ?2) ORDER BY e.at, o.id",
        (rowid, settled if verdict is not None else None),
    ).fetchall()
    support = (belief.Support(polarity, tier, session) for polarity, tier, session in rows)
    return belief.log_odds(prior, support, verdict=verdict)


def write_version(
    connection: sqlite3.Connection,
    rowid: int,
    *,
    cause: Cause,
    author: str,
    now: datetime,
    log_odds: float | None = None,
) -> None:
    """Compute the belief anew and record how the proposition stands now."""
    odds = believe(connection, rowid) if log_odds is None else log_odds
    connection.execute(
        "UPDATE proposition SET log_odds = ?, version = version + 1, updated_at = ? WHERE id = ?",
        (odds, now.timestamp(), rowid),
    )
    connection.execute(
        "INSERT INTO proposition_version SELECT id, version, text, status, ?, ?, ?, ?, ?, "
        "durability, slot, pinned, supported_at, superseded_by FROM proposition WHERE id = ?",
        (belief.probability(odds), cause, author, now.timestamp(), now.timestamp(), rowid),
    )
