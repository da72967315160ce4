"""Changes that reflection wants, and the one transaction that carries them out."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from usermind.memory import propositions as rows
from usermind.memory import succession
from usermind.memory.belief import calibrated
from usermind.memory.database import Database
from usermind.memory.journal import number
from usermind.memory.text import fingerprint
from usermind.memory.work import finish, settle
from usermind.prompts.reflect import Op
from usermind.types import Durability, ObservationId, PropositionId


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of one observation's text."""

    observation: ObservationId
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Change:
    """One validated operation on what is known."""

    op: Op
    statement: str
    """The claim's words; empty where the operation brings none."""
    evidence: tuple[Quote, ...]
    said_at: float
    """Event time of the latest evidence, seconds since 1970."""
    vouched: bool
    """Whether any of the evidence is the user's own word or behaviour."""
    confidence: float
    """As stated by the model, in [0, 1]; calibrated here."""
    durability: Durability
    slot: str | None = None
    target: PropositionId | None = None
    expected_version: int = 0
    """Version of the target that was read; another one means that the world moved on."""
    against: tuple[PropositionId, ...] = ()
    """Known claims that a new one contradicts without taking their place."""
    wished: bool = False
    """Somebody asked for these words, so that it no longer counts that they were forgotten."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a plan did."""

    changed: tuple[PropositionId, ...]
    """Propositions added or changed, in the order of the plan, without repeats."""
    refused: int
    """Changes left out: what they say was forgotten, or their target is pinned or gone."""


class StalePlanError(Exception):
    """The plan rests on versions or leases that are no longer the current ones."""


def apply(
    database: Database,
    plan: Sequence[Change],
    *,
    lease: str,
    done: Sequence[ObservationId],
    settled: Sequence[ObservationId] = (),
    author: str,
    now: datetime,
) -> Applied:
    """Carry out a plan and finish its work items, all in one transaction or not at all.

    Args:
        database: The user's file.
        plan: Validated changes.
        lease: The lease under which `done` were taken.
        done: Observations that this plan deals with.
        settled: Observations that nobody holds and that this plan says all about.
        author: Name of the reasoner.
        now: The present.

    Raises:
        StalePlanError: A lease was lost or a target has another version; nothing was written.
    """
    with database.write() as connection:
        if not finish(connection, lease, done):
            raise StalePlanError
        # Against what was read, before the plan's own changes make newer versions.
        if any(_outdated(connection, change) for change in plan):
            raise StalePlanError
        settle(connection, settled)
        changed: dict[PropositionId, None] = {}
        refused = 0
        for change in plan:
            ids = _carry_out(connection, change, author=author, now=now)
            refused += not ids
            changed.update(dict.fromkeys(ids))
        return Applied(tuple(changed), refused)


def _carry_out(
    connection: sqlite3.Connection, change: Change, *, author: str, now: datetime
) -> list[PropositionId]:
    if change.wished:
        connection.execute(
            "DELETE FROM tombstone WHERE kind = 'proposition' AND hash = ?",
            (fingerprint(change.statement),),
        )
    if change.target is None:
        return _add(connection, change, author=author, now=now)
    row = connection.execute(
        "SELECT id, pinned, status FROM proposition WHERE id = ?", (number(change.target, "p"),)
    ).fetchone()
    if row is None:
        return []
    rowid, pinned, status = row
    if status != "active" or (pinned and change.op not in ("reinforce", "supersede", "generalise")):
        return []
    return _change(connection, rowid, change, author=author, now=now)


def _outdated(connection: sqlite3.Connection, change: Change) -> bool:
    row = connection.execute(
        "SELECT version FROM proposition WHERE id = ?", (number(change.target or "", "p"),)
    ).fetchone()
    return row is not None and row[0] != change.expected_version


def _change(
    connection: sqlite3.Connection, rowid: int, change: Change, *, author: str, now: datetime
) -> list[PropositionId]:
    me = PropositionId(f"p{rowid}")
    match change.op:
        case "reinforce" | "revise":
            if change.op == "revise":
                known = _known(connection, change.statement)
                if known is not None and known[0] != rowid:
                    # Forgotten or denied words stay out; another claim's words support that one.
                    return _add(connection, change, author=author, now=now)
            if not _link(connection, rowid, change, polarity=1, now=now):
                return []
            if change.op == "revise":
                rows.set_text(connection, rowid, change.statement)
            return _supported(connection, rowid, change, author=author, now=now)
        case "contradict" | "retire" if succession.told_late(
            connection, rowid, said_at=change.said_at
        ):
            return []  # what was said since counts
        case "contradict" | "retire":
            if not _link(connection, rowid, change, polarity=-1, now=now):
                return []
            # Third parties cast doubt on the user's own claim; they do not end it.
            may_end = change.vouched or not succession.is_vouched(connection, rowid)
            if may_end and (change.op == "retire" or rows.believe(connection, rowid) < 0.0):
                succession.contradict(connection, rowid)
        case "supersede" if succession.told_late(connection, rowid, said_at=change.said_at):
            return _add(connection, replace(change, target=None), author=author, now=now)
        case "supersede":
            added = _add(connection, change, author=author, now=now)
            if not added or added[0] == me:  # refused, or the same words again
                return added
            _link(connection, rowid, change, polarity=-1, now=now)
            succession.supersede(
                connection,
                rowid,
                by=number(added[0], "p"),
                author=author,
                now=now,
                held_from=change.said_at,
            )
            return [*added, me]
        case "generalise":
            added = _add(connection, change, author=author, now=now)
            if added:
                general = number(added[0], "p")
                succession.relate(connection, general, rowid, "generalises", now=now)
            return added
        case "add":
            return _add(connection, change, author=author, now=now)
    _write(connection, rowid, change, author=author, now=now)
    return [me]


def _write(
    connection: sqlite3.Connection, rowid: int, change: Change, *, author: str, now: datetime
) -> None:
    rows.write_version(
        connection, rowid, cause=change.op, author=author, now=now, held_from=change.said_at
    )


def _add(
    connection: sqlite3.Connection, change: Change, *, author: str, now: datetime
) -> list[PropositionId]:
    known = _known(connection, change.statement)
    if known is not None and known[1] == "retracted" and _news(connection, known[0], change):
        known = None
    if known is not None:
        rowid, status = known
        if status != "active" or not _link(connection, rowid, change, polarity=1, now=now):
            return []
        return _supported(
            connection, rowid, replace(change, op="reinforce"), author=author, now=now
        )
    if not _observed(connection, change):
        return []
    rowid = rows.insert(
        connection,
        change.statement,
        prior=calibrated(change.confidence, author=author),
        durability=change.durability,
        slot=change.slot,
        supported_at=change.said_at,
        now=now,
    )
    _link(connection, rowid, change, polarity=1, now=now)
    for other in change.against:
        if rows.exists(connection, number(other, "p")):
            succession.relate(connection, rowid, number(other, "p"), "contradictory", now=now)
    return _supported(connection, rowid, change, author=author, now=now)


def _known(connection: sqlite3.Connection, statement: str) -> tuple[int, str] | None:
    """Return the row and status of the claim that has these words; row 0 where it was forgotten.

    What the user denied is not believed again because a model says it again, so a retracted one
    counts; one that time has overtaken does not, for it may be true again.
    """
    mark = fingerprint(statement)
    if connection.execute(
        "SELECT 1 FROM tombstone WHERE kind = 'proposition' AND hash = ?", (mark,)
    ).fetchone():
        return 0, "forgotten"
    found: tuple[int, str] | None = connection.execute(
        "SELECT id, status FROM proposition WHERE fingerprint = ? "
        "AND status IN ('active', 'retracted') ORDER BY status LIMIT 1",
        (mark,),
    ).fetchone()
    return found


def _news(connection: sqlite3.Connection, rowid: int, change: Change) -> bool:
    """Return whether the user has come to a value of a slot after they denied having it."""
    denied = connection.execute(
        "SELECT MAX(at) FROM proposition_version WHERE proposition_id = ? AND cause = 'deny'",
        (rowid,),
    ).fetchone()[0]
    later = denied is not None and change.said_at > denied
    return later and change.vouched and change.slot is not None


def _observed(connection: sqlite3.Connection, change: Change) -> bool:
    """Return whether any of the evidence is left: it may have been forgotten meanwhile."""
    return any(
        connection.execute(
            "SELECT 1 FROM observation WHERE id = ?", (number(quote.observation, "o"),)
        ).fetchone()
        for quote in change.evidence
    )


def _supported(
    connection: sqlite3.Connection, rowid: int, change: Change, *, author: str, now: datetime
) -> list[PropositionId]:
    """Record new support of a claim; return it and what it displaces."""
    connection.execute(
        "UPDATE proposition SET supported_at = MAX(supported_at, ?) WHERE id = ?",
        (change.said_at, rowid),
    )
    rows.hold_earlier(connection, rowid, change.said_at)
    _write(connection, rowid, change, author=author, now=now)
    ids = [rowid]
    if change.vouched:
        target = number(change.target or "", "p")
        ids += succession.fill_slot(connection, rowid, besides=target, author=author, now=now)
    return [PropositionId(f"p{each}") for each in ids]


def _link(
    connection: sqlite3.Connection, rowid: int, change: Change, *, polarity: int, now: datetime
) -> bool:
    added = [
        rows.add_evidence(
            connection,
            rowid,
            quote.observation,
            polarity=polarity,
            quote=(quote.start, quote.end),
            now=now,
        )
        for quote in change.evidence
    ]
    return any(added)
