"""Decisions: what the gate did, by kind, rule and item; never a word of the text."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, cast

from usermind.memory.privacy.findings import Subject
from usermind.memory.privacy.policy import Action

Stage = Literal["storage", "egress"]
KEPT = 10_000
"""Newest decisions of a user that are kept."""

EVERYTHING = "everything"
"""Kind of the one decision that a gate notes which is off."""
TOPIC = "private topic"
"""Kind of the decision that a text touches what the user made private."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate decided over findings of one kind in one text."""

    action: Action
    kind: str
    subject: Subject
    recipient: str
    rule: str
    """Id of the rule of the policy, or of the private topics."""
    item: str | None = None
    """Id of the observation or proposition, when it has one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log."""

    id: int
    at: datetime
    """UTC."""
    stage: Stage
    action: Action
    kind: str
    subject: Subject
    recipient: str
    """`"store"`, `"local model"`, `"remote model"`, `"offline engine"`."""
    rule: str
    item: str | None
    """The memory it was about; None when it has none, or none any more."""
    count: int
    """Findings."""


def log(
    connection: sqlite3.Connection, verdicts: Iterable[Verdict], *, stage: Stage, at: float
) -> None:
    """Write decisions, equal ones as one line with their number; drop what is too old to keep."""
    counts = Counter(verdicts)
    if not counts:
        return
    connection.executemany(
        "INSERT INTO decision (at, stage, action, kind, subject, recipient, rule, item, count) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (at, stage, v.action, v.kind, v.subject, v.recipient, v.rule, v.item, count)
            for v, count in counts.items()
        ],
    )
    connection.execute(
        "DELETE FROM decision WHERE id <= (SELECT MAX(id) FROM decision) - ?", (KEPT,)
    )


def about(verdicts: Iterable[Verdict], item: str | None) -> list[Verdict]:
    """Return verdicts with the id that their text was given."""
    return [replace(verdict, item=item) for verdict in verdicts]


def newest(connection: sqlite3.Connection, limit: int) -> list[Decision]:
    """Return decisions, newest first."""
    rows = connection.execute(
        "SELECT id, at, stage, action, kind, subject, recipient, rule, item, count FROM decision "
        "ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [
        Decision(
            id_,
            datetime.fromtimestamp(at, UTC),
            cast("Stage", stage),
            cast("Action", action),
            kind,
            cast("Subject", subject),
            recipient,
            rule,
            item,
            count,
        )
        for id_, at, stage, action, kind, subject, recipient, rule, item, count in rows
    ]


def release(connection: sqlite3.Connection, item: str) -> None:
    """Take the id of a memory that is forgotten out of the log."""
    connection.execute("UPDATE decision SET item = NULL WHERE item = ?", (item,))
