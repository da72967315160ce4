"""How suggestions go from state to state, inside the transaction that moves them."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import outbox, suggestion_rows
from usermind.memory.candidates import is_there, subject
from usermind.memory.journal import number
from usermind.memory.privacy import topics
from usermind.memory.suggestion_rows import LETTER, State, Suggestion


def mute(
    connection: sqlite3.Connection, one: Suggestion, *, whole_kind: bool, now: datetime
) -> None:
    """Never offer such things again, and take back what waits."""
    about = b"" if whole_kind else subject(one.title)
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
        if whole_kind or subject(each.title) == about:
            move(connection, each, "withdrawn", now=now)


def wakes_at(one: Suggestion, until: datetime | None, now: datetime) -> datetime:
    """Return when a snoozed offer is weighed again: by itself in an hour, or half the time left.

    Raises:
        InvalidInputError: `until` is past, or lies beyond the time that the offer is of use.
    """
    try:
        wakes = now + min(timedelta(hours=1), (one.expires - now) / 2)
        if until is not None:
            wakes = until.astimezone(now.tzinfo)
    except (OverflowError, ValueError, OSError):
        raise InvalidInputError("`until` is out of range in UTC. Name a nearer moment.") from None
    if not now < wakes < one.expires:
        raise InvalidInputError(
            f"{one.id} is of use until {one.expires.isoformat(timespec='minutes')}; a moment "
            f"between now and then was expected, not {wakes.isoformat(timespec='minutes')}."
        )
    return wakes


def take_digest(connection: sqlite3.Connection, at_most: int, *, now: datetime) -> list[Suggestion]:
    """Return what waits for a digest, counted as shown, the worthiest first."""
    waiting = suggestion_rows.found(
        connection, "WHERE state = 'digest' AND expires_at > ? ORDER BY id", now.timestamp()
    )
    waiting.sort(key=lambda each: -each.decision.worths[each.way])
    private = topics.matchers(topics.rows(connection))
    shown: list[Suggestion] = []
    for each in waiting:
        if not holds(connection, each, private):
            move(connection, each, "withdrawn", now=now)
        elif len(shown) < at_most:
            move(connection, each, "open", now=now, shown=now)
            shown.append(one_of(connection, number(each.id, LETTER)))
    return shown


def move(
    connection: sqlite3.Connection,
    one: Suggestion,
    state: State,
    *,
    now: datetime,
    shown: datetime | None = None,
    wakes: datetime | None = None,
) -> None:
    """Give a suggestion another state, and announce it."""
    suggestion_rows.settle(
        connection,
        number(one.id, LETTER),
        one.decision,
        state=state,
        context=one.context,
        now=now,
        shown=shown,
        wakes=wakes,
    )
    outbox.record(connection, f"suggestion.{state}", one.id, now=now)


def named(connection: sqlite3.Connection, id_: str) -> Suggestion:
    """Return a suggestion by its id; raises `UnknownItemError`."""
    found = suggestion_rows.found(connection, "WHERE id = ?", number(id_, LETTER))
    if not found:
        raise UnknownItemError(id_, kind="suggestion")
    return found[0]


def one_of(connection: sqlite3.Connection, row: int) -> Suggestion:
    """Return the suggestion of a row that is there."""
    return suggestion_rows.found(connection, "WHERE id = ?", row)[0]


def holds(
    connection: sqlite3.Connection, one: Suggestion, private: Sequence[topics.Matcher]
) -> bool:
    """Say whether all that an offer rests on is there, and believed, and none of it is private."""
    return (
        bool(one.basis)
        and all(is_there(connection, item) for item in one.basis)
        and not topics.touching(private, suggestion_rows.said(one.title, one.text, one.action))
    )
