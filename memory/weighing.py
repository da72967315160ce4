"""Deciding of an offer, inside the transaction that keeps what was decided."""

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Literal

from usermind.memory import outbox, patience, suggestion_rows
from usermind.memory.appraisal import appraise, groups
from usermind.memory.candidates import REQUESTED, Candidate, Moment, stakes
from usermind.memory.doing import busy, joined
from usermind.memory.journal import OWN_WORDS, number
from usermind.memory.patience import Patience
from usermind.memory.receipt import TABLES
from usermind.memory.suggestion_rows import LETTER
from usermind.memory.utility import (
    LOUD,
    Situation,
    Way,
    corrected,
    decide,
    recent,
    shift,
    shifts,
)

Context = Literal["free", "focus", "meeting", "quiet"]


def settle(
    connection: sqlite3.Connection,
    row: int,
    candidate: Candidate,
    patient: Patience,
    doing: Moment,
    *,
    acts: bool,
    now: datetime,
    awaited: Collection[datetime] = (),
) -> None:
    """Decide of an offer and write it down, the interruption with it.

    Args:
        connection: The user's file, in a transaction that writes.
        row: Of the offer.
        candidate: What it is.
        patient: How often the user may be interrupted.
        doing: What they are doing.
        acts: Whether anything may be done before the user has said yes.
        now: The present.
        awaited: When something is to be told that is known, and cannot wait.
    """
    moment = situation(connection, patient, doing, now=now, awaited=awaited)
    of_moment = context(moment)
    by = shift(shifts(suggestion_rows.verdicts(connection)), candidate.kind, of_moment)
    next_digest = patient.next_digest(now)
    late = candidate.late or candidate.due or candidate.expires
    in_time = next_digest < min(late, candidate.expires)
    at_stake = stakes(candidate, corrected(candidate.useful, by), keeps=1.0 if in_time else 0.0)
    barred: dict[Way, str] = {}
    wished = candidate.kind == REQUESTED
    if wished:
        moment = replace(moment, reserve=None)
    else:
        chain = groups(candidate.kind, of_moment, moment.device, moment.recent)
        found = appraise(suggestion_rows.answers(connection), chain)
        at_stake = replace(at_stake, valued=round(found.valued, 6))
        moment = replace(moment, strain=round(found.strain, 6))
    if not wished and (refused := patience.refusal(connection, patient, now=now)) is not None:
        barred = dict.fromkeys(LOUD, refused)
    if not in_time:
        barred["digest"] = "it would be too late by the next digest"
    if candidate.effect is not None and not acts:
        barred.setdefault("act", "nothing is done unasked here: actions are drafts")
    elif candidate.effect is not None and not rests_on(connection, candidate.basis, OWN_WORDS):
        barred.setdefault("act", "it rests on more than the user's own words")
    decision = decide(at_stake, moment, barred=barred)
    loud = decision.way in LOUD
    if loud:
        if not wished:
            patience.spend(connection, patient, now=now)
        outbox.record(connection, "suggestion.shown", f"{LETTER}{row}", now=now)
    suggestion_rows.settle(
        connection,
        row,
        decision,
        state="open" if loud else decision.way,  # type: ignore[arg-type]  # the two quiet ways
        context=of_moment,
        now=now,
        shown=now if loud else None,
        wakes=None,
    )


def situation(
    connection: sqlite3.Connection,
    patient: Patience,
    doing: Moment,
    *,
    now: datetime,
    awaited: Collection[datetime] = (),
) -> Situation:
    """Return what the user's attention is worth."""
    doing = joined(doing, busy(connection, now=now))
    felt = recent(patience.ages(connection, now=now))
    return Situation(
        focus=doing.focus,
        meeting=doing.meeting,
        quiet=patient.is_quiet(now),
        recent=round(felt, 6) if felt > 1e-6 else 0.0,
        device=doing.device,
        reserve=patience.reserve(connection, patient, now=now, awaited=awaited),
    )


def rests_on(connection: sqlite3.Connection, items: Iterable[str], whose: str) -> bool:
    """Say whether observations are all of one kind, and claims rest on nothing else.

    Args:
        connection: The user's file.
        items: Ids; anything but observations and claims is of no kind.
        whose: `journal.OWN` or `journal.OWN_WORDS`.
    """
    wanted = {
        "observation": f"SELECT 1 FROM observation WHERE id = ? AND {whose}",
        "proposition": (
            "SELECT 1 FROM proposition p WHERE id = ? AND NOT EXISTS (SELECT 1 FROM evidence e "
            "JOIN observation o ON o.id = e.observation_id WHERE e.proposition_id = p.id "
            f"AND NOT {whose})"
        ),
    }
    for item in items:
        sql = wanted.get(TABLES.get(item[:1], ""))
        if sql is None or not connection.execute(sql, (number(item, item[:1]),)).fetchone():
            return False
    return True


def context(moment: Situation) -> Context:
    """Return of what kind a moment is: verdicts count where they were given, and nearby."""
    if moment.quiet:
        return "quiet"
    if moment.meeting:
        return "meeting"
    return "focus" if moment.focus else "free"
