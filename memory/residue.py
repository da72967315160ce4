"""Proof of forgetting: a search of every byte of a user's database for words that were deleted.

The bytes come from SQLite itself, page by page, with the unused ones and what stands in its log.
The files must not be opened beside it: when a process closes a file, POSIX takes all its locks on
that file away, SQLite's too, and another process may then cut off a log that is in use.
"""

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from usermind.memory.database import Database

STRETCH = 48
"""Characters of a text that are looked for as one; long texts may lie across pages."""
WORD = 8
"""Letters from which on a single word is looked for; shorter ones turn up by chance."""

_WORDS = re.compile(rf"\w{{{WORD},}}")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a search of a user's files found."""

    scanned: int
    """Bytes that were read: all pages of the database, unused ones too."""
    residue: int
    """Stretches and words of the deleted texts that are still in some page, and in no row."""


def scan(database: Database, texts: Iterable[str]) -> Scan:
    """Return what is left of deleted texts in a user's database.

    Looked for are their stretches of `STRETCH` characters, and their words of `WORD` letters or
    more as written, in lower case, and without their endings. What a row that remains says too is
    no residue. Vectors are numbers: they go with their row, and their count is in the receipt.
    """
    probes = {probe for text in texts for probe in _probes(text)}
    data = database.image()
    if not probes:
        return Scan(len(data), 0)
    with database.read() as connection:
        remaining = _remaining(connection)
    suspects = [probe for probe in probes if probe not in remaining]
    return Scan(len(data), sum(probe.encode() in data for probe in suspects))


def _probes(text: str) -> set[str]:
    stretches = {text[i : i + STRETCH] for i in range(0, len(text), STRETCH)}
    # The full-text index keeps stems: the beginning of a word is what it would leave.
    words = {
        word
        for found in _WORDS.findall(text)
        for word in (found, found.lower(), found.lower()[: max(WORD, len(found) - 3)])
    }
    return {probe for probe in stretches if len(probe) >= WORD} | words


def _remaining(connection: sqlite3.Connection) -> str:
    """Return all text that the file holds on purpose, as written and in lower case."""
    tables = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    ).fetchall()
    pieces = [str(row[0]) for row in connection.execute("SELECT sql FROM sqlite_master")]
    for (table,) in tables:
        columns = [
            name
            for _, name, kind, *_ in connection.execute(f'PRAGMA table_info("{table}")')
            if kind in ("TEXT", "")
        ]
        for column in columns:
            rows = connection.execute(
                f'SELECT "{column}" FROM "{table}" WHERE typeof("{column}") = \'text\''
            )
            pieces += [str(row[0]) for row in rows]
    written = "\n".join(pieces)
    return f"{written}\n{written.lower()}"
