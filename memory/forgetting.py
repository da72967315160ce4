"""Forgetting: what goes when something is forgotten, and the receipt that says so."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from usermind.errors import UnknownItemError
from usermind.memory.database import Database
from usermind.memory.journal import number
from usermind.memory.propositions import set_text, write_version
from usermind.memory.text import fingerprint


@dataclass(frozen=True, slots=True)
class DeletionReceipt:
    """What was deleted. It names ids and counts, never the text."""

    user_id: str
    at: datetime
    observations: tuple[str, ...]
    propositions: tuple[str, ...]
    vectors: int
    checkpoints: int
    """Conversation states that were dropped because they may have held the text."""
    files: tuple[str, ...] = ()
    """Names of whole files that were removed."""


def forget(
    database: Database,
    user_id: str,
    *,
    observations: Iterable[str] = (),
    propositions: Iterable[str] = (),
    now: datetime,
) -> DeletionReceipt:
    """Delete items with everything that holds their words, and see that they stay away.

    A proposition takes the observations it rests on with it, because they say the same; an
    observation takes the propositions that rest on nothing else. What rests on other evidence
    too is believed anew without the lost one, and loses the wordings that only this one brought.
    Tombstones (hashes) keep a forgotten claim from
    being learnt again and a forgotten observation from being ingested again.

    Raises:
        UnknownItemError: One of the ids does not exist; nothing was deleted.
    """
    with database.write() as connection:
        wanted = {_row(connection, "observation", item) for item in observations}
        claims = {_row(connection, "proposition", item) for item in propositions}
        for claim in claims:
            wanted |= _column(
                connection,
                "SELECT observation_id FROM evidence WHERE proposition_id = ? AND polarity = 1",
                claim,
            )
        touched: set[int] = set()
        for item in wanted:
            touched |= _column(
                connection, "SELECT proposition_id FROM evidence WHERE observation_id = ?", item
            )
        vectors = sum(_bury_observation(connection, item, now) for item in wanted)
        for claim in touched - claims:
            if _column(
                connection,
                "SELECT 1 FROM evidence WHERE proposition_id = ? AND polarity = 1 "
                "UNION SELECT 1 FROM proposition WHERE id = ?1 AND verdict IS NOT NULL",
                claim,
            ) and _unsay(connection, claim, now):
                write_version(connection, claim, cause="forget", author="user", now=now)
            else:
                claims.add(claim)
        vectors += sum(_bury_proposition(connection, claim, now) for claim in claims)
        checkpoints = _drop_checkpoints(connection)
    database.scrub()
    return DeletionReceipt(
        user_id=user_id,
        at=now,
        observations=tuple(f"o{item}" for item in sorted(wanted)),
        propositions=tuple(f"p{item}" for item in sorted(claims)),
        vectors=vectors,
        checkpoints=checkpoints,
    )


def _row(connection: sqlite3.Connection, kind: str, item_id: str) -> int:
    rowid = number(item_id, kind[0])
    if not connection.execute(f"SELECT 1 FROM {kind} WHERE id = ?", (rowid,)).fetchone():
        raise UnknownItemError(item_id, kind=kind)
    return rowid


def _column(connection: sqlite3.Connection, sql: str, rowid: int) -> set[int]:
    return {int(row[0]) for row in connection.execute(sql, (rowid,))}


def _bury_observation(connection: sqlite3.Connection, rowid: int, now: datetime) -> int:
    connection.execute(
        "INSERT OR REPLACE INTO tombstone SELECT 'observation', identity, ? FROM observation "
        "WHERE id = ?",
        (now.timestamp(), rowid),
    )
    return _delete(connection, "observation", rowid)


def _bury_proposition(connection: sqlite3.Connection, rowid: int, now: datetime) -> int:
    texts = [
        row[0]
        for row in connection.execute(
            "SELECT text FROM proposition_version WHERE proposition_id = ?", (rowid,)
        )
    ]
    _bury_words(connection, texts, now)
    return _delete(connection, "proposition", rowid)


def _bury_words(connection: sqlite3.Connection, texts: Iterable[str], now: datetime) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO tombstone VALUES ('proposition', ?, ?)",
        [(fingerprint(text), now.timestamp()) for text in texts],
    )


def _unsay(connection: sqlite3.Connection, rowid: int, now: datetime) -> bool:
    """Take away the wordings that no evidence is left for; return whether one remains.

    A wording is backed by what arrived while it stood, and by the user's verdict on it.
    """
    backed: dict[str, bool] = {}
    for text, holds in connection.execute(
        "SELECT v.text, v.cause IN ('confirm', 'correct', 'deny') OR EXISTS "
        "(SELECT 1 FROM evidence e WHERE e.proposition_id = v.proposition_id "
        "AND e.version = v.version AND e.polarity = 1) "
        "FROM proposition_version v WHERE v.proposition_id = ? ORDER BY v.version",
        (rowid,),
    ):
        backed[text] = bool(holds) or backed.pop(text, False)
    lost = [text for text, holds in backed.items() if not holds]
    left = [text for text, holds in backed.items() if holds]
    if not left:
        return False
    _bury_words(connection, lost, now)
    connection.executemany(
        "DELETE FROM proposition_version WHERE proposition_id = ? AND text = ?",
        [(rowid, text) for text in lost],
    )
    stands = connection.execute("SELECT text FROM proposition WHERE id = ?", (rowid,)).fetchone()
    if stands[0] in lost:
        set_text(connection, rowid, left[-1])
    return True


def _delete(connection: sqlite3.Connection, kind: str, rowid: int) -> int:
    connection.execute(f"DELETE FROM {kind}_fts WHERE rowid = ?", (rowid,))
    vectors = connection.execute(
        "DELETE FROM vector WHERE kind = ? AND item = ?", (kind, rowid)
    ).rowcount
    connection.execute(f"DELETE FROM {kind} WHERE id = ?", (rowid,))
    return vectors


def _drop_checkpoints(connection: sqlite3.Connection) -> int:
    # LangGraph's tables exist once a turn was held.
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('checkpoints', 'writes')"
    ).fetchall()
    return sum(connection.execute(f"DELETE FROM {name}").rowcount for (name,) in tables)
