"""`ana.letters`: mails that others wrote to the user in person, and whether they were answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from usermind.errors import UnknownItemError
from usermind.memory.journal import SELECT, USER, Observation, from_row, number
from usermind.memory.privacy import topics

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

SEEN: Final = timedelta(days=60)
"""How long ago the last mail of the user's own may be from which it is known that theirs are read:
without them nobody knows what was answered."""


class LettersDoor:
    """`ana.letters`: mails to one user in person."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def add(self, observation: str) -> None:
        """Note that a mail was written to the user in person, and not to a list or a crowd.

        Raises:
            UnknownItemError: There is no such observation.
        """
        row = number(observation, "o")
        with self._memory.open() as file, file.database.write() as connection:
            if not connection.execute("SELECT 1 FROM observation WHERE id = ?", (row,)).fetchone():
                raise UnknownItemError(observation, kind="observation")
            connection.execute("INSERT OR IGNORE INTO letter (observation_id) VALUES (?)", (row,))

    def waiting(self, begin: datetime, end: datetime) -> list[Observation]:
        """Return such mails from between two moments that end their conversation, in order of time.

        Whatever anybody wrote there afterwards, or the user to their sender elsewhere, settles
        them. Nothing where no mail of the user's own was read within `SEEN`. What is in quarantine
        or touches a private topic is left out.
        """
        known = (self._memory.now() - SEEN).timestamp()
        with self._memory.open() as file, file.database.read() as connection:
            own = connection.execute(
                "SELECT text, event_at FROM observation WHERE author = ? AND source LIKE 'mail:%' "
                "AND event_at >= ?",
                (USER, min(known, begin.timestamp())),
            ).fetchall()
            if not own:
                return []
            rows = connection.execute(
                f"{SELECT} AS o WHERE quarantine IS NULL AND event_at >= ? AND event_at < ? "
                "AND id IN (SELECT observation_id FROM letter) AND NOT EXISTS ("
                "SELECT 1 FROM observation later WHERE later.session = o.session "
                "AND later.source LIKE 'mail:%' AND later.id <> o.id "
                "AND later.event_at >= o.event_at) ORDER BY event_at, id",
                (begin.timestamp(), end.timestamp()),
            ).fetchall()
            private = topics.matchers(topics.rows(connection))
        found = [from_row(row) for row in rows]
        return [
            one
            for one in found
            if not topics.touching(private, one.text)
            and not any(at >= one.at.timestamp() and _is_to(text, one.author) for text, at in own)
        ]


def _is_to(text: str, author: str) -> bool:
    """Say whether a mail of the user's, which names its recipients, went to somebody."""
    to = next((line for line in text.splitlines()[:2] if line.startswith("To: ")), "").casefold()
    name, _, address = author.rstrip(">").casefold().rpartition("<")
    return any(each.strip() and each.strip() in to for each in (name, address))
