"""The terms of a query, cut and stemmed by the same FTS5 tokenizer that indexes the rows."""

import atexit
import sqlite3
import threading
from functools import lru_cache

from usermind.memory.text import index_terms

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""FTS5's tokenizer of all full-text tables; the schema names it too."""

_lock = threading.Lock()
_scratch: sqlite3.Connection | None = None


def counts_of(text: str) -> dict[str, int]:
    """Return the terms of a row with how often each stands in it, as the index counts them."""
    with _lock:
        connection = _ready()
        connection.execute("INSERT INTO query (rowid, terms) VALUES (1, ?)", (index_terms(text),))
        found = connection.execute(
            "SELECT term, COUNT(*) FROM query_terms GROUP BY term"
        ).fetchall()
        connection.execute("DELETE FROM query")
    return dict(found)


@lru_cache(maxsize=4096)
def terms_of(text: str) -> tuple[str, ...]:
    """Return the distinct terms of a query, in no particular order."""
    with _lock:
        connection = _ready()
        terms = index_terms(text, query=True)
        connection.execute("INSERT INTO query (rowid, terms) VALUES (1, ?)", (terms,))
        found = connection.execute("SELECT DISTINCT term FROM query_terms").fetchall()
        connection.execute("DELETE FROM query")
    return tuple(row[0] for row in found)


def _ready() -> sqlite3.Connection:
    """Return the scratch table's connection; the caller holds the lock."""
    global _scratch
    if _scratch is None:
        _scratch = _opened()
    return _scratch


@atexit.register
def _close() -> None:
    # From 3.13 on Python warns of a connection that is left open.
    global _scratch
    with _lock:
        if _scratch is not None:
            _scratch.close()
            _scratch = None  # for a thread that goes on until the very end


def _opened() -> sqlite3.Connection:
    # In memory: a query never reaches a disk, and no user's file is written by a search.
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute(f"CREATE VIRTUAL TABLE query USING fts5 (terms, tokenize = '{TOKENIZER}')")
    connection.execute("CREATE VIRTUAL TABLE query_terms USING fts5vocab (query, instance)")
    return connection
