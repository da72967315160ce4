"""What an older file needs besides new tables: what code has to compute and to judge anew."""

import json
import sqlite3
from datetime import UTC, datetime

from usermind.memory.belief import probability
from usermind.memory.concept_edits import mend
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
    if 0 < since < 5:
        _number_edits(connection)
        mend(connection, now=datetime.now(UTC))


def _number_edits(connection: sqlite3.Connection) -> None:
    """Give edits the rows of their concepts; what is gone gets one that no other concept has."""
    rows: dict[str, int] = dict(connection.execute("SELECT key, id FROM concept"))
    for edit, before in connection.execute("SELECT id, before FROM concept_edit").fetchall():
        keys = [key for key, body in json.loads(before).items() if body is not None]
        for key in keys:
            if key not in rows:
                made = connection.execute(
                    "INSERT INTO concept (key, body, updated_at) VALUES (?, '', 0)", (key,)
                )
                rows[key] = int(made.lastrowid or 0)
                connection.execute("DELETE FROM concept WHERE id = ?", (rows[key],))
        ids = json.dumps({key: rows[key] for key in keys})
        connection.execute("UPDATE concept_edit SET ids = ? WHERE id = ?", (ids, edit))


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
