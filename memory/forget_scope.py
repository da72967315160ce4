"""What is meant when something is to be forgotten: what says the same, and what goes beyond it."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from usermind.errors import UnknownItemError
from usermind.memory import feedback_loss
from usermind.memory.database import Database
from usermind.memory.feedback_loss import LeftOver
from usermind.memory.item_events import ItemEvent
from usermind.memory.journal import number
from usermind.memory.receipt import LETTERS
from usermind.memory.works import Texts
from usermind.types import Kind


def would_take(
    database: Database,
    *,
    observations: Iterable[str] = (),
    propositions: Iterable[str] = (),
    feedback: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the propositions that `forget` would delete beyond the named ones, by id.

    Nothing but the observations that go speaks for them. Those of the same words as a named one
    are meant with it. Then come the verdicts on items of which nothing that is named speaks.

    Raises:
        UnknownItemError: One of the ids does not exist.
    """
    with database.read() as connection:
        named = meant(connection, observations, propositions, feedback)
        touched: set[int] = set()
        for item in named.messages:
            touched |= column(
                connection,
                "SELECT e.proposition_id FROM evidence e JOIN proposition p "
                "ON p.id = e.proposition_id WHERE e.observation_id = ? AND p.verdict IS NULL",
                item,
            )
        moved = {claim for each in named.left_over for claim in each.claims}
        beyond = (
            f"p{claim}"
            for claim in sorted(touched - named.claims - moved)
            if column(connection, _BACKED_BY, claim) <= named.messages
        )
        stays = {each.verdict.id for each in named.left_over}
        said = Texts(texts_of(connection, set(), named.claims))
        verdicts = feedback_loss.resting_on(connection, sorted(named.messages))
        items = {each.item_id for each in named.verdicts}
        return (
            *beyond,
            *(
                each.id
                for each in verdicts
                if each.id not in stays and each.item_id not in items and not said.name(each.title)
            ),
        )


def spoken(database: Database, feedback: Iterable[str]) -> tuple[str, ...]:
    """Return the messages and claims that go with what was said of items, by id.

    Raises:
        UnknownItemError: One of the ids does not exist.
    """
    with database.read() as connection:
        named = meant(connection, (), (), feedback)
        return (
            *(f"p{claim}" for claim in sorted(named.claims)),
            *(f"o{message}" for message in sorted(named.messages)),
        )


_BACKED_BY = "SELECT observation_id FROM evidence WHERE proposition_id = ? AND polarity = 1"


@dataclass(frozen=True, slots=True)
class Meant:
    """What is named, with what says the same."""

    messages: set[int]
    """Named ones, and those that claims and verdicts rest on."""
    claims: set[int]
    """Named ones, those of equal words, and those that go with a verdict."""
    verdicts: tuple[ItemEvent, ...]
    left_over: list[LeftOver]
    """What these messages say of other items, which stays."""


def meant(
    connection: sqlite3.Connection,
    observations: Iterable[str],
    propositions: Iterable[str],
    feedback: Iterable[str],
) -> Meant:
    """Return what is named, with what says the same.

    Raises:
        UnknownItemError: One of the ids does not exist.
    """
    named = {row_of(connection, "observation", item) for item in observations}
    gone = feedback_loss.spoken(connection, feedback)
    ruled = _equal(connection, {row_of(connection, "proposition", item) for item in propositions})
    claims = ruled | _equal(connection, gone.claims)
    messages = named | gone.messages
    for claim in claims:
        messages |= column(connection, _BACKED_BY, claim)
    left_over = feedback_loss.left_over(
        connection, sorted(messages - named), named=ruled, gone=gone, going=claims
    )
    return Meant(messages, claims, gone.verdicts, left_over)


def _equal(connection: sqlite3.Connection, claims: Iterable[int]) -> set[int]:
    """Return claims with those of the same words."""
    sql = (
        "SELECT p.id FROM proposition p JOIN proposition q ON p.fingerprint = q.fingerprint "
        "WHERE q.id = ?"
    )
    return {equal for claim in claims for equal in column(connection, sql, claim)}


def row_of(connection: sqlite3.Connection, kind: Kind, item_id: str) -> int:
    """Return the row of an id; raises `UnknownItemError` where there is none."""
    rowid = number(item_id, LETTERS[kind])
    if not connection.execute(f"SELECT 1 FROM {kind} WHERE id = ?", (rowid,)).fetchone():
        raise UnknownItemError(item_id, kind=kind)
    return rowid


def texts_of(connection: sqlite3.Connection, observations: set[int], claims: set[int]) -> set[str]:
    """Return all words of these rows, earlier wordings included."""
    found: set[str] = set()
    for sql, rows in (
        ("SELECT text FROM observation WHERE id = ?", observations),
        ("SELECT text FROM proposition_version WHERE proposition_id = ?", claims),
    ):
        for row in rows:
            found |= {str(text) for (text,) in connection.execute(sql, (row,))}
    return found


def column(connection: sqlite3.Connection, sql: str, rowid: int) -> set[int]:
    """Return the first column of what a row gives, as a set of rows."""
    return {int(row[0]) for row in connection.execute(sql, (rowid,))}
