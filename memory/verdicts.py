"""Verdicts: what the user says of claims. Theirs is the last word on what is believed of them."""

import sqlite3
from datetime import datetime

from usermind.errors import UnknownItemError
from usermind.memory import belief, calibration
from usermind.memory.calibration import Rating
from usermind.memory.database import Database
from usermind.memory.journal import USER, number
from usermind.memory.propositions import Cause, checked_statement, set_text, write_version
from usermind.memory.succession import displace
from usermind.memory.text import fingerprint
from usermind.prompts.slots import slot_of


class Verdicts:
    """The user's verdicts on the propositions of their open file.

    Args:
        database: The file.
        user: What claims call the user.
        now: The present.
    """

    def __init__(self, database: Database, *, user: str, now: datetime) -> None:
        self._database = database
        self._user = user
        self._now = now

    def confirm(self, proposition_id: str) -> None:
        """Record that the user says it is true; it is pinned and no longer revised.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        with self._database.write() as connection:
            rowid = _row(connection, proposition_id)
            self._settle(connection, rowid, "confirm")
            displace(connection, rowid, now=self._now)

    def deny(self, proposition_id: str) -> None:
        """Record that the user says it is false; it stays readable and is not learnt again.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        with self._database.write() as connection:
            self._settle(connection, _row(connection, proposition_id), "deny")

    def correct(self, proposition_id: str, text: str) -> None:
        """Replace the words by the user's own; the id stays, the old words go to its history.

        New words fill the slot that they name, else none: the old one may not be theirs. An active
        claim that has them already is superseded by this one, which takes its slot.

        Raises:
            UnknownItemError: There is no proposition with this id.
            InvalidInputError: The text cannot be stored.
        """
        words = checked_statement(text)
        with self._database.write() as connection:
            rowid = _row(connection, proposition_id)
            stands = connection.execute(
                "SELECT text FROM proposition WHERE id = ?", (rowid,)
            ).fetchone()[0]
            if fingerprint(words) != fingerprint(stands):
                connection.execute(
                    "UPDATE proposition SET slot = ? WHERE id = ?",
                    (slot_of(words, self._user), rowid),
                )
            self._settle(connection, rowid, "correct", words=words if words != stands else None)
            displace(connection, rowid, now=self._now)

    def pin(self, proposition_id: str, *, pinned: bool) -> None:
        """Keep a claim from going stale and from being reworded, or let it again.

        Raises:
            UnknownItemError: There is no proposition with this id.
        """
        with self._database.write() as connection:
            rowid = _row(connection, proposition_id)
            changed = connection.execute(
                "UPDATE proposition SET pinned = :pinned WHERE id = :id AND pinned <> :pinned",
                {"pinned": int(pinned), "id": rowid},
            ).rowcount
            if changed:
                self._write(connection, rowid, "pin" if pinned else "unpin")

    def _settle(
        self,
        connection: sqlite3.Connection,
        rowid: int,
        rating: Rating,
        *,
        words: str | None = None,
    ) -> None:
        text, log_odds, verdict, author = connection.execute(
            "SELECT text, log_odds, verdict, (SELECT author FROM proposition_version "
            "WHERE proposition_id = p.id ORDER BY version LIMIT 1) FROM proposition p WHERE id = ?",
            (rowid,),
        ).fetchone()
        same = words is None or fingerprint(words) == fingerprint(text)
        # Claims of the user's own, or ruled upon before, say nothing about how well we believe.
        if verdict is None and author != USER:
            # The same words in another spelling were true as they stood.
            said = "confirm" if rating == "correct" and same else rating
            calibration.note(
                connection, rowid, said, log_odds=log_odds, author=author, now=self._now
            )
        denied = rating == "deny"
        connection.execute(
            "UPDATE proposition SET verdict = ?, status = ?, pinned = 1, superseded_by = NULL, "
            "supported_at = MAX(supported_at, ?) WHERE id = ?",
            (
                -belief.VERDICT if denied else belief.VERDICT,
                "retracted" if denied else "active",
                self._now.timestamp(),
                rowid,
            ),
        )
        if words is not None:
            set_text(connection, rowid, words)
        # What was said before the verdict is settled by it; the rows stay for `explain`.
        self._write(connection, rowid, rating)

    def _write(self, connection: sqlite3.Connection, rowid: int, cause: Cause) -> None:
        write_version(
            connection,
            rowid,
            cause=cause,
            author=USER,
            now=self._now,
            held_from=self._now.timestamp(),
        )


def _row(connection: sqlite3.Connection, proposition_id: str) -> int:
    rowid = number(proposition_id, "p")
    if not connection.execute("SELECT 1 FROM proposition WHERE id = ?", (rowid,)).fetchone():
        raise UnknownItemError(proposition_id, kind="proposition")
    return rowid
