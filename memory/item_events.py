"""Rows of what was said of items and of what was shown of them; `feedback` is the door to both."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from usermind.memory import outbox
from usermind.memory.receipt import EXPOSURE, FEEDBACK
from usermind.types import ObservationId

LATEST = (
    "WHERE NOT EXISTS (SELECT 1 FROM feedback l WHERE l.item = f.item "
    "AND (l.at, l.id) > (f.at, f.id))"
)
"""Chooses the latest verdict on each item by event time; of one time, that recorded last."""


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """What the user said of an item."""

    id: str
    """`"v"` and a number."""
    item_id: str
    """In the catalogue."""
    title: str
    """As it was then."""
    weight: float
    """In [−1, 1]: how much they liked it; below 0: they did not; 0: neither."""
    at: datetime
    """Event time, UTC."""
    observation: ObservationId
    """The message that it rests on; each is forgotten with the other."""
    own: bool
    """Whether that message was written for it."""
    answered: ObservationId | None = None
    """An earlier message that judged it without saying which item is meant; it goes with that, too.
    """


@dataclass(frozen=True, slots=True)
class Exposure:
    """An item that the user was shown."""

    id: str
    """`"x"` and a number, rising in the order they were shown."""
    item_id: str
    title: str
    thread: str | None
    """The conversation."""
    observation: ObservationId | None
    """The reply that showed it; None: that is forgotten, or it was shown otherwise."""
    at: datetime
    """UTC."""


def keep(
    connection: sqlite3.Connection,
    item: str,
    title: str,
    weight: float,
    observation: int,
    time: float,
    *,
    own: bool,
    now: datetime,
    answered: int | None = None,
) -> ItemEvent:
    """Store a verdict in place of that which the message gave on the item, if it gave one."""
    changed = connection.execute(
        "INSERT INTO feedback (item, title, weight, observation_id, own, at, answered) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (item, observation_id) DO UPDATE SET "
        "title = excluded.title, weight = excluded.weight, at = excluded.at, "
        "answered = excluded.answered "
        "WHERE (title, weight, at, answered) IS NOT "
        "(excluded.title, excluded.weight, excluded.at, excluded.answered) RETURNING id",
        (item, title, weight, observation, own, time, answered),
    ).fetchone()
    if changed is not None:
        outbox.record(connection, "feedback.recorded", f"{FEEDBACK}{changed[0]}", now=now)
    where = "WHERE f.item = ? AND f.observation_id = ?"
    return events(connection, where, item, observation)[0]


def events(connection: sqlite3.Connection, where: str, *values: object) -> list[ItemEvent]:
    """Return the verdicts that what follows `FROM feedback f` chooses and orders."""
    rows = connection.execute(
        "SELECT f.id, f.item, f.title, f.weight, f.at, f.observation_id, f.own, f.answered "
        f"FROM feedback f {where}",
        values,
    )
    return [
        ItemEvent(
            id=f"{FEEDBACK}{id_}",
            item_id=item,
            title=title,
            weight=weight,
            at=datetime.fromtimestamp(at, UTC),
            observation=ObservationId(f"o{observation}"),
            own=bool(own),
            answered=None if answered is None else ObservationId(f"o{answered}"),
        )
        for id_, item, title, weight, at, observation, own, answered in rows
    ]


def exposures(connection: sqlite3.Connection, where: str, *values: object) -> Iterator[Exposure]:
    """Yield the exposures that what follows `FROM exposure` chooses and orders."""
    rows = connection.execute(
        f"SELECT id, item, title, thread, observation_id, at FROM exposure {where}", values
    )
    return (
        Exposure(
            id=f"{EXPOSURE}{id_}",
            item_id=item,
            title=title,
            thread=thread,
            observation=None if row is None else ObservationId(f"o{row}"),
            at=datetime.fromtimestamp(at, UTC),
        )
        for id_, item, title, thread, row, at in rows
    )
