"""Point-in-time reads: what was believed of the user at an earlier moment.

Time is event time: when the user said it or it was seen, not when it was imported. So a memory
filled today with last year's mail can be asked about last year.
"""

import math
import sqlite3
from datetime import UTC, datetime

from usermind.errors import InvalidInputError
from usermind.memory import calibration
from usermind.memory.propositions import Proposition, believe, from_columns
from usermind.types import ObservationId


def moment(as_of: object, *, now: datetime) -> datetime:
    """Return a point in time to read as of, aware; a naive one means local time.

    Raises:
        InvalidInputError: It is no datetime, out of range in UTC, or in the future.
    """
    if not isinstance(as_of, datetime):
        raise InvalidInputError(
            f"`as_of` is of type {type(as_of).__name__}; a datetime was expected. "
            "Parse the text with `datetime.fromisoformat` first."
        )
    try:
        then = as_of.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        raise InvalidInputError(
            f"`as_of` is {as_of.isoformat()}, which is out of range in UTC."
        ) from None
    if then > now:
        raise InvalidInputError(
            f"`as_of` is {as_of.isoformat()}, which lies in the future; now is "
            f"{now.isoformat(timespec='seconds')}. Leave it out to read what is known now."
        )
    return then


def stood(
    connection: sqlite3.Connection, then: datetime, *, row: int | None = None
) -> list[Proposition]:
    """Return every claim that was known at a moment, as it stood then, by id.

    Confidence counts the evidence and verdicts of the time, with today's calibration; freshness is
    as of then. What was forgotten since is not shown: it is gone from the past, too.

    Args:
        connection: The user's file.
        then: Aware.
        row: Only this claim; None for all.
    """
    at = then.timestamp()
    line = calibration.load(connection)
    found = connection.execute(
        "SELECT v.proposition_id, v.text, NULLIF(EXISTS (SELECT 1 FROM proposition_version r "
        "WHERE r.proposition_id = v.proposition_id AND r.version <= v.version "
        "AND r.cause IN ('confirm', 'correct', 'deny')), 0), v.durability, v.status, v.slot, "
        "v.pinned, v.version, v.superseded_by, v.supported_at, v.at FROM proposition_version v "
        "WHERE v.version = (SELECT MAX(w.version) FROM proposition_version w "
        "WHERE w.proposition_id = v.proposition_id AND w.held_from <= :at) "
        "AND (:id IS NULL OR v.proposition_id = :id) ORDER BY v.proposition_id",
        {"at": at, "id": row},
    ).fetchall()
    return [
        from_columns((id_, text, believe(connection, id_, until=at), *rest), then, line)
        for id_, text, *rest in found
    ]


def supporters(
    connection: sqlite3.Connection, rowid: int, *, until: float = math.inf
) -> tuple[ObservationId, ...]:
    """Return the observations that spoke for a claim by a moment, in the order they came.

    Args:
        connection: The user's file.
        rowid: The claim.
        until: Event time, seconds since 1970; what was announced for later counts from the day it
            was told, as in `believe`.
    """
    found = connection.execute(
        "SELECT o.id FROM evidence e JOIN observation o ON o.id = e.observation_id "
        "WHERE e.proposition_id = ? AND e.polarity > 0 AND MIN(e.at, o.event_at) <= ? "
        "ORDER BY e.at, o.id",
        (rowid, until),
    ).fetchall()
    return tuple(ObservationId(f"o{row}") for (row,) in found)
