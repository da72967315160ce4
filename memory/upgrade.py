"""What an older file needs besides new tables: what code has to compute and to judge anew."""

import sqlite3

from usermind.memory.belief import probability
from usermind.memory.instructions import instruction
from usermind.memory.propositions import believe


def renew(connection: sqlite3.Connection, *, since: int) -> None:
    """Bring rows up to date, inside the transaction that made the tables so.

    Args:
        connection: A file whose tables are of the newest version.
        since: The version that it had; 0 for a new one, which holds no rows.
    """
    if 0 < since < 2:
        _believe_anew(connection)
        _judge_anew(connection)


def _believe_anew(connection: sqlite3.Connection) -> None:
    """Compute beliefs by the constants of today, as reads of earlier times do."""
    for (rowid,) in connection.execute("SELECT id FROM proposition").fetchall():
        log_odds = believe(connection, rowid)
        connection.execute("UPDATE proposition SET log_odds = ? WHERE id = ?", (log_odds, rowid))
        connection.execute(
            "UPDATE proposition_version SET confidence = ? WHERE (proposition_id, version) = "
            "(SELECT id, version FROM proposition WHERE id = ?)",
            (probability(log_odds), rowid),
        )


def _judge_anew(connection: sqlite3.Connection) -> None:
    """Put text of others that reads like an instruction into quarantine."""
    for rowid, text in connection.execute(
        "SELECT id, text FROM observation WHERE tier <> 'first_party' AND author <> 'assistant'"
    ).fetchall():
        if (found := instruction(text)) is not None:
            connection.execute(
                "UPDATE observation SET quarantine = ? WHERE id = ?", (found.reason, rowid)
            )
            connection.execute("DELETE FROM work WHERE observation_id = ?", (rowid,))
