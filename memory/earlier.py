"""What the user wrote before, by its words: to suggest nothing twice, and to see how they ask."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from usermind.memory.echoes import content
from usermind.memory.journal import USER
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.text import fingerprint, index_terms

LONGEST = 200
"""Characters up to which a message is looked at as a question: longer ones tell a story first."""
LOOKED_AT = 2_000
"""Newest rows among which questions are looked for, so that a long life costs no more than a
short one."""
_LEEWAY = 40
"""Characters that an earlier text which says the same may have more: a greeting, other marks."""
_MOST = 50
_OWN = f"o.author = '{USER}' AND o.tier <> 'third_party' AND o.quarantine IS NULL"


@dataclass(frozen=True, slots=True)
class Earlier:
    """Something that the user wrote."""

    id: str
    text: str


def questions(connection: sqlite3.Connection, *, most: int) -> list[Earlier]:
    """Return the user's own short questions, newest first."""
    rows = connection.execute(
        f"SELECT o.id, o.text FROM observation o WHERE {_OWN} AND length(o.text) <= ? "
        "AND rtrim(o.text) LIKE '%?' AND o.id > (SELECT COALESCE(MAX(id), 0) FROM observation) - ? "
        "ORDER BY o.id DESC LIMIT ?",
        (LONGEST, LOOKED_AT, most),
    )
    return [Earlier(f"o{id_}", text) for id_, text in rows]


def naming(connection: sqlite3.Connection, name: str, *, most: int) -> list[Earlier]:
    """Return messages of the user's own that hold a name, newest first."""
    words = re.findall(r"\w+", index_terms(name, query=True))
    if not words:
        return []
    rows = connection.execute(
        "SELECT o.id, o.text FROM observation_fts f JOIN observation o ON o.id = f.rowid "
        f"WHERE observation_fts MATCH ? AND {_OWN} ORDER BY o.id DESC LIMIT ?",
        (f'"{" ".join(words)}"', most),
    )
    return [Earlier(f"o{id_}", text) for id_, text in rows]


def said_before(connection: sqlite3.Connection, text: str) -> bool:
    """Say whether the user wrote a text before, or one of the same content and no more.

    Case, marks, stop words and the endings of words make no difference.
    """
    return any(_same(text, each) for each in _near(connection, text))


def _near(connection: sqlite3.Connection, text: str) -> Sequence[str]:
    spoken = re.findall(r"\w+", index_terms(text, query=True))
    words = [word for word in spoken if word.casefold() not in STOP_WORDS] or spoken
    if not words:
        return []
    rows = connection.execute(
        "SELECT o.text FROM observation_fts f JOIN observation o ON o.id = f.rowid "
        f"WHERE observation_fts MATCH ? AND o.author = '{USER}' AND length(o.text) <= ? "
        "ORDER BY length(o.text) LIMIT ?",
        (" AND ".join(f'"{word}"' for word in words), len(text) + _LEEWAY, _MOST),
    )
    return [found for (found,) in rows]


def _same(text: str, earlier: str) -> bool:
    return fingerprint(text) == fingerprint(earlier) or content(text) == content(earlier) != set()
