"""How claims stand to each other: which gives way to which, and which comes back.

The one place where reflection, the user's verdicts and forgetting end a claim or restore it. All
functions run inside the caller's write transaction.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Literal

from usermind.memory import propositions as rows

RelationKind = Literal["contradictory", "generalises"]

VOUCHED = (
    "(p.verdict IS NOT NULL OR EXISTS (SELECT 1 FROM evidence e JOIN observation o "
    "ON o.id = e.observation_id WHERE e.proposition_id = p.id AND e.polarity = 1 "
    "AND o.tier <> 'third_party'))"
)
"""Whether the user or their recorded behaviour stands behind `proposition p`, in SQL."""


def is_vouched(connection: sqlite3.Connection, rowid: int) -> bool:
    """Return whether the user, or what they did, stands behind a claim."""
    row = connection.execute(f"SELECT {VOUCHED} FROM proposition p WHERE p.id = ?", (rowid,))
    return bool(row.fetchone()[0])


def relate(
    connection: sqlite3.Connection, a: int, b: int, kind: RelationKind, *, now: datetime
) -> None:
    """Note that two claims contradict each other, or that `a` generalises `b`."""
    if a != b:
        connection.execute(
            "INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?)", (a, b, kind, now.timestamp())
        )


def supersede(
    connection: sqlite3.Connection,
    rowid: int,
    *,
    by: int,
    author: str,
    now: datetime,
    held_from: float,
) -> None:
    """Let another claim take this one's place.

    Args:
        connection: Inside a write transaction.
        rowid: The claim that gives way.
        by: The claim that takes its place.
        author: Who decided.
        now: The present.
        held_from: Event time from which on it no longer holds, seconds since 1970.
    """
    connection.execute(
        "UPDATE proposition SET status = 'superseded', superseded_by = ? WHERE id = ?", (by, rowid)
    )
    relate(connection, by, rowid, "contradictory", now=now)
    rows.write_version(
        connection, rowid, cause="supersede", author=author, now=now, held_from=held_from
    )


def contradict(connection: sqlite3.Connection, rowid: int) -> None:
    """Let a claim no longer be believed; the caller writes the version."""
    connection.execute("UPDATE proposition SET status = 'contradicted' WHERE id = ?", (rowid,))


def told_late(connection: sqlite3.Connection, rowid: int, *, said_at: float) -> bool:
    """Return whether a claim is vouched for at a later time than `said_at`: that word was older."""
    row = connection.execute(
        f"SELECT 1 FROM proposition p WHERE p.id = ? AND p.supported_at > ? AND {VOUCHED}",
        (rowid, said_at),
    ).fetchone()
    return row is not None


def fill_slot(
    connection: sqlite3.Connection, rowid: int, *, besides: int, author: str, now: datetime
) -> list[int]:
    """Let the newest value of a claim's slot supersede the others; return those that changed.

    Args:
        connection: Inside a write transaction.
        rowid: A claim that somebody vouches for: nothing else displaces anything.
        besides: A claim that is left to the caller; −1 for none.
        author: Who decided.
        now: The present.
    """
    slot, since = connection.execute(
        "SELECT slot, supported_at FROM proposition WHERE id = ?", (rowid,)
    ).fetchone()
    others = connection.execute(
        f"SELECT p.id, p.supported_at, {VOUCHED} FROM proposition p WHERE p.slot = ? "
        "AND p.status = 'active' AND p.id NOT IN (?, ?) ORDER BY p.supported_at, p.id",
        (slot, rowid, besides),
    ).fetchall()
    later = [(other, at) for other, at, vouched in others if vouched and at > since]
    if later:  # told late, of an earlier time
        losers, (winner, held_from) = [rowid], later[-1]
    else:
        losers, winner, held_from = [other for other, _, _ in others], rowid, since
    for loser in losers:
        supersede(connection, loser, by=winner, author=author, now=now, held_from=held_from)
    return losers


def displace(connection: sqlite3.Connection, rowid: int, *, now: datetime) -> None:
    """Let a claim that the user ruled upon supersede its equals and its slot's other values."""
    equals = (
        "FROM proposition q JOIN proposition p ON p.fingerprint = q.fingerprint "
        "WHERE q.id = :id AND p.id <> :id AND p.status = 'active'"
    )
    # The same words are a value of the same slot.
    connection.execute(
        "UPDATE proposition SET slot = "
        f"COALESCE(slot, (SELECT p.slot {equals} AND p.slot IS NOT NULL)) WHERE id = :id",
        {"id": rowid},
    )
    for (other,) in connection.execute(
        f"SELECT p.id {equals} UNION SELECT p.id FROM proposition q JOIN proposition p "
        "ON p.slot = q.slot WHERE q.id = :id AND p.id <> :id AND p.status = 'active'",
        {"id": rowid},
    ).fetchall():
        supersede(connection, other, by=rowid, author="user", now=now, held_from=now.timestamp())


# -- coming back --------------------------------------------------------------------------


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

    What had ended them is as if it had never been: their new version holds from where the one
    that ended them did.

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
            "UPDATE proposition SET status = 'active', superseded_by = NULL WHERE id = ?", (rowid,)
        )
        rows.write_version(connection, rowid, cause="forget", author="user", now=now)
        if heir is not None:  # it stood until that one did
            supersede(
                connection,
                rowid,
                by=heir,
                author="user",
                now=now,
                held_from=rows.began(connection, heir),
            )


def _holder(connection: sqlite3.Connection, slot: str | None) -> int | None:
    """Return the vouched claim that fills a slot; hearsay fills none."""
    row = connection.execute(
        f"SELECT p.id FROM proposition p WHERE p.slot = ? AND p.status = 'active' "
        f"AND {VOUCHED} LIMIT 1",
        (slot,),
    ).fetchone()
    return None if row is None else int(row[0])
