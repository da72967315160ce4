"""The titles of what was judged and shown, by their words, kept while the user's file is open."""

import sqlite3
import threading
from dataclasses import dataclass, field
from typing import Literal

from usermind.memory.words import runs_on
from usermind.memory.works import How, Texts, words_of

Table = Literal["feedback", "exposure"]
_Key = tuple[str, frozenset[str]]
"""A title, and the words of a name of it."""


@dataclass(slots=True)
class _Titles:
    """Those of one table, as of one state of the file."""

    state: tuple[int, int] = (-1, -1)
    rows: dict[str, list[int]] = field(default_factory=dict)
    """By title, the ids of its rows."""
    by_word: dict[str, set[_Key]] = field(default_factory=dict)
    """By the longest word of a name; under "" those that no word tells."""


class ItemTitles:
    """Which items a text names, at the cost of the few whose words it holds.

    Thread-safe. Rows are read again when the file has changed, and new titles are folded then.
    """

    def __init__(self) -> None:
        self._tables: dict[Table, _Titles] = {"feedback": _Titles(), "exposure": _Titles()}
        self._lock = threading.Lock()

    def named(
        self, connection: sqlite3.Connection, table: Table, text: str, *, state: tuple[int, int]
    ) -> dict[int, How]:
        """Return the ids of the rows whose titles a text names, and how surely.

        Args:
            connection: To the user's file, inside a read transaction.
            table: Where the rows are.
            text: A query.
            state: Of the file, `Database.state`.
        """
        said = Texts([text])
        with self._lock:
            kept = self._tables[table]
            if kept.state != state:
                _refresh(kept, connection, table)
                kept.state = state
            words = said.words
            near = {
                title: kept.rows[title]
                for word in ("", *words)
                for title, name in kept.by_word.get(word, ())
                if name <= words
            }
        return {
            row: how
            for title, rows in near.items()
            if (how := said.how(title)) is not None
            for row in rows
        }


def _refresh(kept: _Titles, connection: sqlite3.Connection, table: Table) -> None:
    rows: dict[str, list[int]] = {}
    for row, title in connection.execute(f"SELECT id, title FROM {table}"):
        rows.setdefault(title, []).append(row)
    for title in kept.rows.keys() - rows.keys():
        for word, key in _keys(title):
            kept.by_word[word].discard(key)
            if not kept.by_word[word]:
                del kept.by_word[word]
    for title in rows.keys() - kept.rows.keys():
        for word, key in _keys(title):
            kept.by_word.setdefault(word, set()).add(key)
    kept.rows = rows


def _keys(title: str) -> list[tuple[str, _Key]]:
    if runs_on(title):
        return [("", (title, frozenset()))]
    return [(max(name, key=len, default=""), (title, frozenset(name))) for name in words_of(title)]
