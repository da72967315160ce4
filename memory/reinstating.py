"""Reinstating: what counts again once that which had taken its place is forgotten."""

import sqlite3
from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from usermind.memory import propositions as rows


def heirs(connection: sqlite3.Connection, forgotten: Set[int]) -> dict[int, int | None]:
    """Return the claims that lose their replacement, each with the next one that stays, if any.

    To be called before the forgotten rows go: their links go with them.
    """
    by: dict[int, int] = dict(
        connection.execute(
            "SELECT id, superseded_by FROM proposition WHERE superseded_by IS NOT NULL"
        ).fetchall()
    )
    found: dict[int, int | None] = {}
    for rowid, replacement in by.items():
        if rowid in forgotten or replacement not in forgotten:
            continue
        heir: int | None = replacement
        while heir is not None and heir in forgotten:
            heir = by.get(heir)
        found[rowid] = heir
    return found


def uncontested(connection: sqlite3.Connection, claims: Iterable[int]) -> set[int]:
    """Return those of the claims that count as contradicted though nothing speaks against them."""
    return {
        claim
        for claim in claims
        if connection.execute(
            "SELECT 1 FROM proposition p WHERE p.id = ? AND p.status = 'contradicted' AND NOT "
            "EXISTS (SELECT 1 FROM evidence WHERE proposition_id = p.id AND polarity = -1)",
            (claim,),
        ).fetchone()
    }


def reinstate(
    connection: sqlite3.Connection, claims: Mapping[int, int | None], *, now: datetime
) -> None:
    """Make claims active again, unless an heir or a newer value of their slot stands in their way.

    Args:
        connection: Inside a write transaction.
        claims: Row of each claim, and of the one that takes its place instead, if any.
        now: The present.
    """
    newest_first = connection.execute(
        "SELECT id, slot FROM proposition ORDER BY supported_at DESC, id DESC"
    ).fetchall()
    for rowid, slot in newest_first:
        if rowid not in claims:
            continue
        heir = claims[rowid] or _holder(connection, slot)
        connection.execute(
            "UPDATE proposition SET status = ?, superseded_by = ? WHERE id = ?",
            ("active" if heir is None else "superseded", heir, rowid),
        )
        rows.write_version(connection, rowid, cause="forget", author="user", now=now)


def _holder(connection: sqlite3.Connection, slot: str | None) -> int | None:
    """Return the vouched claim that fills a slot; hearsay fills none."""
    row = connection.execute(
        f"SELECT p.id FROM proposition p WHERE p.slot = ? AND p.status = 'active' "
        f"AND {rows.VOUCHED} LIMIT 1",
        (slot,),
    ).fetchone()
    return None if row is None else int(row[0])
