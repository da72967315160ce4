"""The titles of what was judged and shown, by their words, kept while the user's file is open."""

import sqlite3
import threading
from dataclasses import dataclass, field
from typing import Literal

from usermind.memory.words import runs_on
from usermind.memory.works import How, Texts, hints

Table = Literal["feedback", "exposure"]


@dataclass(slots=True)
class _Titles:
    """Those of one table, as of one state of the file."""

    state: tuple[int, int] = (-1, -1)
    rows: dict[str, list[int]] = field(default_factory=dict)
    """By title, the ids of its rows."""
    by_word: dict[str, set[str]] = field(default_factory=dict)
    """Titles by the words that `hints` gives; under "" those that no word tells."""


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
            words = [word for word in ("", *said.words) if word in kept.by_word]
            near = {title: kept.rows[title] for word in words for title in kept.by_word[word]}
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
        for word in _keys(title):
            kept.by_word[word].discard(title)
            if not kept.by_word[word]:
                del kept.by_word[word]
    for title in rows.keys() - kept.rows.keys():
        for word in _keys(title):
            kept.by_word.setdefault(word, set()).add(title)
    kept.rows = rows


def _keys(title: str) -> frozenset[str]:
    return frozenset(("",)) if runs_on(title) else hints(title)
