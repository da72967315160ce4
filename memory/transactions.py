"""Transactions of SQLite: reading one state of a file, and changing it wholly or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_state(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Read one state of a file by several statements, be it that of a transaction under way."""
    if connection.in_transaction:
        yield connection
        return
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        _undo(connection)


@contextmanager
def one_change(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Change a file while nobody else does; an exception undoes all of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        _undo(connection)
        raise


def _undo(connection: sqlite3.Connection) -> None:
    # A disk that is full or fails makes SQLite roll back by itself.
    if connection.in_transaction:
        connection.execute("ROLLBACK")
