"""Repeats: what was learnt from an observation, for another one that says the same."""

import sqlite3
from dataclasses import dataclass

from usermind.memory.journal import number
from usermind.types import ObservationId, PropositionId, Status


@dataclass(frozen=True, slots=True)
class Lesson:
    """One claim that an observation speaks for or against."""

    proposition: PropositionId
    version: int
    status: Status
    """As stored: a stale claim counts as active."""
    polarity: int
    quote: tuple[int, int]
    """Characters of the observation's text."""


def lessons(connection: sqlite3.Connection, observation: ObservationId) -> list[Lesson] | None:
    """Return what was learnt from an observation; None while reflection has not finished it."""
    rowid = number(observation, "o")
    pending = "SELECT 1 FROM work WHERE observation_id = ?"
    if connection.execute(pending, (rowid,)).fetchone():
        return None
    rows = connection.execute(
        "SELECT p.id, p.version, p.status, e.polarity, e.quote_start, e.quote_end "
        "FROM evidence e JOIN proposition p ON p.id = e.proposition_id "
        "WHERE e.observation_id = ? ORDER BY p.id",
        (rowid,),
    ).fetchall()
    return [
        Lesson(PropositionId(f"p{id_}"), version, status, polarity, (start, end))
        for id_, version, status, polarity, start, end in rows
    ]
