"""Forgetting what was said and shown of items: their rows, and the messages that held them."""

import sqlite3
from collections.abc import Iterable, Mapping

from usermind.errors import UnknownItemError
from usermind.memory.journal import ASSISTANT, number
from usermind.memory.receipt import EXPOSURE, FEEDBACK, TABLES

KINDS = (FEEDBACK, EXPOSURE)

Rows = Mapping[str, Mapping[int, tuple[str, str]]]
"""Item and title by row, by the letter of the ids."""


def held(connection: sqlite3.Connection) -> Rows:
    """Return what was said and shown of items."""
    return {
        letter: {
            int(row): (item, title)
            for row, item, title in connection.execute(
                f"SELECT id, item, title FROM {TABLES[letter]}"
            )
        }
        for letter in KINDS
    }


def gone(connection: sqlite3.Connection, before: Rows) -> Mapping[str, set[int]]:
    """Return the rows that were there before and are no longer, by the letter of their ids."""
    now = held(connection)
    return {letter: before[letter].keys() - now[letter].keys() for letter in KINDS}


def words(before: Rows, lost: Mapping[str, set[int]]) -> set[str]:
    """Return the ids and titles of the items that lost rows speak of."""
    return {word for letter, rows in lost.items() for row in rows for word in before[letter][row]}


def resting(connection: sqlite3.Connection, feedback: Iterable[str]) -> set[int]:
    """Return the observations that were written for what was said of items, and go with it.

    Raises:
        UnknownItemError: One of the ids does not exist.
    """
    found = (_row(connection, FEEDBACK, item) for item in feedback)
    return {observation for row, observation, own in found if own}


def bury(
    connection: sqlite3.Connection, feedback: Iterable[str], exposures: Iterable[str]
) -> set[int]:
    """Delete what was said and shown of items, by id; return the observations that go with it.

    These are what was written for it, and the replies that showed it: they hold its title.

    Raises:
        UnknownItemError: One of the ids does not exist.
    """
    with_it: set[int] = set()
    for letter, items in ((FEEDBACK, feedback), (EXPOSURE, exposures)):
        # All are looked up first: ids may name one row twice.
        found = {_row(connection, letter, item) for item in items}
        for row, observation, own in found:
            connection.execute(f"DELETE FROM {TABLES[letter]} WHERE id = ?", (row,))
            if own:
                with_it.add(observation)
    return with_it


_SELECT = {
    FEEDBACK: "SELECT id, observation_id, own FROM feedback WHERE id = ?",
    EXPOSURE: "SELECT x.id, x.observation_id, COALESCE(o.author = ?2, 0) FROM exposure x "
    "LEFT JOIN observation o ON o.id = x.observation_id WHERE x.id = ?1",
}


def _row(connection: sqlite3.Connection, letter: str, item: str) -> tuple[int, int, bool]:
    """Return the row of an id, its observation, and whether that goes with it."""
    values = (number(item, letter), ASSISTANT)[: 1 + (letter == EXPOSURE)]
    found = connection.execute(_SELECT[letter], values).fetchone()
    if found is None:
        raise UnknownItemError(item, kind=TABLES[letter])
    row, observation, own = found
    return int(row), int(observation or -1), bool(own)
