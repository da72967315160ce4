"""How suggestions go from state to state, inside the transaction that moves them."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import outbox, suggestion_rows
from usermind.memory.candidates import Candidate, is_there
from usermind.memory.journal import number
from usermind.memory.privacy import topics
from usermind.memory.suggestion_rows import LETTER, State, Suggestion
from usermind.memory.text import digest


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
    """Give a suggestion another state, and announce it.

    One that was snoozed when it is withdrawn keeps when it was to wake: see `back`.
    """
    suggestion_rows.settle(
        connection,
        number(one.id, LETTER),
        one.decision,
        state=state,
        context=one.context,
        now=now,
        shown=shown,
        wakes=one.wakes if state == "withdrawn" else wakes,
    )
    outbox.record(connection, f"suggestion.{state}", one.id, now=now)


def back(
    connection: sqlite3.Connection, candidate: Candidate, title: str, text: str, *, now: datetime
) -> tuple[int | None, str | None]:
    """Put an offer that was shown, then withdrawn, back where it was, now that it holds again.

    Returns:
        Its row, where it is to be decided of, because its snooze is over; why it is not, where it
        is open or asleep again. Both are None where no such offer was withdrawn.
    """
    found = suggestion_rows.found(
        connection,
        "WHERE matter = ? AND state = 'withdrawn' AND shown_at IS NOT NULL AND way <> 'silent' "
        "ORDER BY id DESC LIMIT 1",
        digest(candidate.matter),
    )
    if not found:
        return None, None
    one = found[0]
    row = number(one.id, LETTER)
    connection.execute(
        "UPDATE suggestion SET title = ?, text = ?, action = ?, stated = ?, due_at = ?, timed = ?, "
        "expires_at = ? WHERE id = ?",
        (
            *(title, text, candidate.action, candidate.useful),
            *(None if candidate.due is None else candidate.due.timestamp(), candidate.timed),
            *(candidate.expires.timestamp(), row),
        ),
    )
    suggestion_rows.rest_on(connection, row, candidate.basis)
    if one.wakes is not None and one.wakes <= now:
        return row, None
    move(connection, one, "open" if one.wakes is None else "snoozed", now=now, wakes=one.wakes)
    return None, "it was offered before, and is back where it was"


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
