"""The few single values that a user's file keeps beside its rows, each under a key.

A value keeps the type that it was kept with.
"""

import sqlite3

Value = str | int | float

EMBEDDER = "embedder"
"""Under which the name of the vector space stands."""
VECTORS_WRITTEN = "vectors_written"
"""Under which it is counted how often vectors were written or dropped."""
OBSERVATIONS_LOST = "observations_lost"
PROPOSITIONS_CHANGED = "propositions_changed"
"""Under which it is counted how often rows that a reader may hold were changed or deleted."""


def value_of(connection: sqlite3.Connection, key: str) -> Value | None:
    """Return what is kept under a key, or None."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def number_of(connection: sqlite3.Connection, key: str) -> float | None:
    """Return the number that is kept under a key, or None."""
    value = value_of(connection, key)
    return None if value is None else float(value)


def keep(connection: sqlite3.Connection, key: str, value: Value) -> None:
    """Keep a value under a key, in place of what was there."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def keep_first(connection: sqlite3.Connection, key: str, value: Value) -> None:
    """Keep a value under a key where there is none yet."""
    connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (key, value))


def count_up(connection: sqlite3.Connection, key: str) -> None:
    """Make the number under a key higher by one."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = ?", (key,))


def drop(connection: sqlite3.Connection, key: str) -> bool:
    """Keep nothing under a key any more; return whether there was anything."""
    return connection.execute("DELETE FROM meta WHERE key = ?", (key,)).rowcount > 0
