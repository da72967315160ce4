"""Quarantine: observations of others that give instructions, stored and kept out of everything.

The whole observation is kept out, not the sentence alone: what stands around an instruction was
written to carry it. It is durable, listed, exported and forgotten like any other; no prompt shows
it, no recall finds it and no claim rests on it until somebody releases it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.instructions import Reason, instruction
from usermind.memory.journal import SELECT, Observation, from_row, number

if TYPE_CHECKING:
    from usermind.memory.database import Database
    from usermind.memory.user import UserMemory


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An observation that is kept out of prompts, and why."""

    observation: Observation
    reason: Reason
    start: int | None
    """Where the instruction begins in the text, in characters; None when it is not in the text
    (but in its author's name), or when the rules that found it have changed."""
    end: int | None


class QuarantineDoor:
    """`ana.quarantine`: what others wrote that reads like an instruction."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def list(self, *, limit: int = 100) -> list[Quarantined]:
        """Return what is kept out, newest first."""
        with self._memory.open() as file, file.database.read() as connection:
            rows = connection.execute(
                f"{SELECT.replace(' FROM', ', quarantine FROM')} WHERE quarantine IS NOT NULL "
                "ORDER BY event_at DESC, id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [_quarantined(row) for row in rows]

    def release(self, observation_id: str) -> Observation:
        """Let an observation count as the text of a third party that it is; return it.

        It becomes due for reflection and can be recalled. Whatever it was taken for before, it
        is a third party's from now on: what it says is never believed beyond 0.5.

        Raises:
            UnknownItemError: There is no such observation.
            InvalidInputError: It is not in quarantine.
        """
        memory = self._memory
        memory.mark_due()
        with memory.open() as file:
            released = _release(file.database, observation_id)
        memory.mark_due()
        return released


def _quarantined(row: tuple[object, ...]) -> Quarantined:
    item = from_row(row[:-1])
    found = instruction(item.text)
    return Quarantined(
        item,
        cast("Reason", row[-1]),
        found.start if found else None,
        found.end if found else None,
    )


def _release(database: Database, observation_id: str) -> Observation:
    rowid = number(observation_id, "o")
    with database.write() as connection:
        if (reason := _reason(connection, rowid)) is None:
            raise UnknownItemError(observation_id, kind="observation")
        if not reason:
            raise InvalidInputError(
                f"{observation_id!r} is not in quarantine. Nothing was changed. List what is "
                "with `usermind quarantine list`."
            )
        connection.execute(
            "UPDATE observation SET quarantine = NULL, tier = 'third_party' WHERE id = ?", (rowid,)
        )
        connection.execute("INSERT OR IGNORE INTO work (observation_id) VALUES (?)", (rowid,))
        row = connection.execute(f"{SELECT} WHERE id = ?", (rowid,)).fetchone()
    return from_row(row)


def _reason(connection: sqlite3.Connection, rowid: int) -> str | None:
    """Return why an observation is kept out; empty when it is not, None when there is none."""
    row = connection.execute(
        "SELECT COALESCE(quarantine, '') FROM observation WHERE id = ?", (rowid,)
    ).fetchone()
    return None if row is None else str(row[0])


def is_quarantined(database: Database, observation_id: str) -> bool:
    """Return whether an observation is kept out of prompts."""
    with database.read() as connection:
        return bool(_reason(connection, number(observation_id, "o")))


def kept_in(database: Database, observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations that prompts may show, in their order."""
    ids = json.dumps([number(item.id, "o") for item in observations])
    with database.read() as connection:
        rows = connection.execute(
            "SELECT id FROM observation WHERE quarantine IS NULL "
            "AND id IN (SELECT value FROM json_each(?))",
            (ids,),
        ).fetchall()
    free = {f"o{rowid}" for (rowid,) in rows}
    return [item for item in observations if item.id in free]
