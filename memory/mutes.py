"""What is never to be offered again: a kind of offers, or one matter of it.

Of a matter the file keeps a hash of its words alone. What it was is told by the offers about it
that are still there; forgetting those leaves the mute, and no word of what it was about.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from usermind.memory import suggestion_rows
from usermind.memory.candidates import subject
from usermind.memory.journal import number
from usermind.memory.privacy import topics
from usermind.memory.suggestion_moves import move
from usermind.memory.suggestion_rows import LETTER, Suggestion


@dataclass(frozen=True, slots=True)
class Mute:
    """Something that the user never wants to be offered again."""

    key: str
    """By which it is lifted: a kind, such as `"reminder"`, or `"reminder:3fa29c01"` for one matter
    of it."""
    kind: str
    since: datetime
    offer: Suggestion | None = None
    """The latest offer about that matter; None for a whole kind, and where all were forgotten, or
    touch a topic that is private now."""

    @property
    def whole_kind(self) -> bool:
        """Whether it is about all offers of the kind."""
        return self.key == self.kind


def mute(
    connection: sqlite3.Connection, one: Suggestion, *, whole_kind: bool, now: datetime
) -> None:
    """Never offer such things again, and take back what waits."""
    about = b"" if whole_kind else _subject(connection, one)
    connection.execute(
        "INSERT OR IGNORE INTO suggestion_muted (kind, subject, at) VALUES (?, ?, ?)",
        (one.kind, about, now.timestamp()),
    )
    waiting = suggestion_rows.found(
        connection,
        "WHERE kind = ? AND state IN ('digest', 'snoozed', 'open') AND id <> ?",
        *(one.kind, number(one.id, LETTER)),
    )
    for each in waiting:
        if whole_kind or _subject(connection, each) == about:
            move(connection, each, "withdrawn", now=now)


def mutes(connection: sqlite3.Connection) -> tuple[Mute, ...]:
    """Return all that is muted: of each kind the whole first, then the matters as they came."""
    rows = connection.execute(
        "SELECT kind, subject, at FROM suggestion_muted ORDER BY kind, subject <> x'', at"
    ).fetchall()
    private = topics.matchers(topics.rows(connection))
    return tuple(
        Mute(
            _key(kind, about),
            kind,
            datetime.fromtimestamp(at, UTC),
            _latest(connection, kind, about, private) if about else None,
        )
        for kind, about, at in rows
    )


def unmute(connection: sqlite3.Connection, key: str) -> bool:
    """Lift a mute, by its key or the id of an offer about its matter; False where there is none."""
    found = suggestion_rows.found(connection, "WHERE 's' || id = ?", key)
    keys = {key, *(_key(one.kind, _subject(connection, one)) for one in found)}
    for kind, about in connection.execute("SELECT kind, subject FROM suggestion_muted").fetchall():
        if _key(kind, about) in keys:
            connection.execute(
                "DELETE FROM suggestion_muted WHERE kind = ? AND subject = ?", (kind, about)
            )
            return True
    return False


def _key(kind: str, about: bytes) -> str:
    return f"{kind}:{about.hex()[:8]}" if about else kind


def _subject(connection: sqlite3.Connection, one: Suggestion) -> bytes:
    (kept,) = connection.execute(
        "SELECT subject FROM suggestion WHERE id = ?", (number(one.id, LETTER),)
    ).fetchone()
    return subject(one.title) if kept is None else bytes(kept)


def _latest(
    connection: sqlite3.Connection, kind: str, about: bytes, private: Sequence[topics.Matcher]
) -> Suggestion | None:
    offers = suggestion_rows.found(
        connection,
        "WHERE kind = ? AND (subject = ? OR subject IS NULL) ORDER BY id DESC",
        *(kind, about),
    )
    same = (each for each in offers if _subject(connection, each) == about)
    one = next(same, None)
    return None if one is None or topics.touching(private, f"{one.title}\n{one.text}") else one
