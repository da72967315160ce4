"""Proof of forgetting: a search of every byte of a user's database for what was deleted.

The bytes come from SQLite itself, page by page, with the unused ones and what stands in its log.
The files must not be opened beside it: when a process closes a file, POSIX takes all its locks on
that file away, SQLite's too, and another process may then cut off a log that is in use.
"""

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from usermind.memory.database import Database
from usermind.memory.text import header, runs_without_spaces

STRETCH = 48
"""Characters of a text that are looked for as one; long texts may lie across pages."""
WORD = 8
"""Letters from which on a single word is looked for; shorter ones turn up by chance."""
SHORTEST = 4
"""Bytes of UTF-8 from which on a short text is looked for as a whole; fewer turn up by chance."""

PIECE = 32
"""Bytes of a picture that are looked for as one."""
PIECES = 64
"""Pieces of one picture that are looked for, spread evenly: a few may lie across pages."""
MIXED = 12
"""Different bytes that a piece must have to be told from a run of zeros."""

_WORDS = re.compile(rf"\w{{{WORD},}}")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a search of a user's files found."""

    scanned: int
    """Bytes that were read: all pages of the database, unused ones too."""
    residue: int
    """Stretches and words of the deleted texts that are still in some page, and in no row."""
    searched: int
    """Stretches and words that were looked for; what a row that remains says too is not."""


def scan(database: Database, texts: Iterable[str], pictures: Iterable[bytes] = ()) -> Scan:
    """Return what is left of deleted texts and pictures in a user's database.

    Looked for are their stretches of `STRETCH` characters, and their words of `WORD` letters or
    more as written, in lower case, and without their endings. A shorter text is looked for as a
    whole, from `SHORTEST` bytes on, and by the pairs in which the index keeps Chinese, Japanese,
    Korean and Thai. What a row that remains says too is no residue. Vectors are numbers: they go
    with their row, and their count is in the receipt. Of a picture, `PIECES` pieces are looked for.
    """
    probes = {probe for text in texts for probe in _probes(text)}
    pieces = {piece for picture in pictures for piece in _pieces(picture)}
    data = database.image()
    if not probes and not pieces:
        return Scan(len(data), 0, 0)
    with database.read() as connection:
        left = look_for(data, probes, _remaining(connection)) if probes else Scan(0, 0, 0)
        kept = [bytes(row[0]) for row in connection.execute("SELECT data FROM image")]
    suspects = [piece for piece in pieces if not any(piece in picture for picture in kept)]
    return Scan(
        len(data),
        left.residue + sum(piece in data for piece in suspects),
        left.searched + len(suspects),
    )


def look_for(data: bytes, probes: Iterable[str], remaining: str) -> Scan:
    """Return which probes the bytes hold, but for those that stand in what remains on purpose."""
    suspects = [probe for probe in probes if probe not in remaining]
    return Scan(len(data), sum(probe.encode() in data for probe in suspects), len(suspects))


def _pieces(picture: bytes) -> set[bytes]:
    step = max(PIECE, len(picture) // PIECES)
    pieces = (picture[start : start + PIECE] for start in range(0, len(picture) - PIECE, step))
    return {piece for piece in pieces if len(set(piece)) >= MIXED}


def _probes(text: str) -> set[str]:
    text = text.strip()
    if len(text) <= STRETCH:
        whole = {text, text.lower()} if len(text) < WORD else {text}
        short = {probe for probe in whole if len(probe.encode()) >= SHORTEST}
        return short | _long(text) | _pairs(text)
    return _long(text)


def _pairs(text: str) -> set[str]:
    return {
        run[place : place + 2] for run in runs_without_spaces(text) for place in range(len(run) - 1)
    }


def _long(text: str) -> set[str]:
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
    pieces = ["SQLite format 3"]  # how each such file begins
    pieces += [str(row[0]) for row in connection.execute("SELECT sql FROM sqlite_master")]
    # The index holds the words before each observation too, which are in no column as such.
    pieces += {
        header(*row) for row in connection.execute("SELECT author, event_at FROM observation")
    }
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
    # The full-text index holds each row with its author and day before it.
    pieces += [
        header(author, at)
        for author, at in connection.execute("SELECT author, event_at FROM observation")
    ]
    written = "\n".join(pieces)
    return f"{written}\n{written.lower()}"
