"""`ana.actions`: what was to be done for the user, by whose leave, and what came of it.

    draft → approved → running → done
          ↘ refused           ↘ failed, or unclear after a crash

A log that is never rewritten: a row moves forward only, and the same thing is drafted once. What
was running when its process died is unclear: it may have been done, so it is not tried again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from usermind.errors import InvalidInputError, PrivateTopicError, UnknownItemError
from usermind.memory import holder, meta, outbox
from usermind.memory.journal import ASSISTANT, USER, instant, instant_or_none, number
from usermind.memory.privacy import topics
from usermind.memory.suggestion_rows import LETTER as SUGGESTION
from usermind.memory.suggestion_rows import spoken
from usermind.memory.text import digest
from usermind.memory.utility import Effect

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

LETTER: Final = "a"
"""With what ids of actions begin."""
STOPPED: Final = "actions_stopped"
"""Under which key the file keeps since when nothing may be done."""
LONGEST: Final = 20_000
"""Characters of the arguments, and of a result that is kept."""

ActionState = Literal["draft", "approved", "refused", "running", "done", "failed", "unclear"]

WAITING: Final[tuple[ActionState, ...]] = ("draft", "approved")
"""States in which something waits for the user's yes: a draft, and what was cut off, or stopped,
after a yes and before it began."""

_FORWARD: Final[Mapping[ActionState, tuple[ActionState, ...]]] = {
    "draft": ("approved", "refused"),
    "approved": ("running", "refused", "failed"),
    "running": ("done", "failed", "unclear"),
    "refused": (),
    "done": (),
    "failed": (),
    "unclear": (),
}


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """One thing to be done, as it stands."""

    id: str
    """`"a"` and a number."""
    suggestion: str | None
    """The offer that it belongs to; None: it was forgotten, and with it what was to be done."""
    tool: str
    arguments: Mapping[str, Any]
    effect: Effect
    scopes: tuple[str, ...]
    state: ActionState
    result: str | None
    """What the tool said, at most 20,000 characters."""
    error: str | None
    """Why it failed or was refused: the kind of fault, never the tool's words."""
    drafted: datetime
    decided: datetime | None
    decided_by: str | None
    """`"user"`, or `"utility"` where it was worth doing unasked."""
    done: datetime | None


class ActionDoor:
    """`ana.actions`: the log of what was to be done, and the switch that stops all of it."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def draft(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        effect: Effect,
        scopes: Iterable[str] = (),
        suggestion: str,
    ) -> ActionRecord:
        """Enter what is to be done, once: the same for the same offer comes back as it stands.

        Raises:
            InvalidInputError: The arguments are no JSON, or too long.
            PrivateTopicError: They touch a private topic, or hold what may not be stored.
            PrivacyError: The privacy gate broke.
            UnknownItemError: There is no such suggestion.
        """
        try:
            written = json.dumps(dict(arguments), sort_keys=True, allow_nan=False)
        except (TypeError, ValueError):
            raise InvalidInputError(
                f"The arguments of {tool!r} cannot be written as JSON. Nothing was drafted."
            ) from None
        if len(written) > LONGEST:
            raise InvalidInputError(
                f"The arguments of {tool!r} have {len(written):,} characters; at most {LONGEST:,} "
                "are accepted. Nothing was drafted."
            )
        words = spoken(json.loads(written))
        if words.strip() and self._memory.privacy.storable(words, author=USER) != words:
            raise PrivateTopicError
        row, now = number(suggestion, SUGGESTION), self._memory.now()
        key = digest(suggestion, tool, written)
        with self._memory.open() as file, file.database.write() as connection:
            if not connection.execute("SELECT 1 FROM suggestion WHERE id = ?", (row,)).fetchone():
                raise UnknownItemError(suggestion, kind="suggestion")
            made = connection.execute(
                "INSERT OR IGNORE INTO action "
                "(suggestion_id, tool, arguments, effect, scopes, key, state, drafted_at) "
                "VALUES (?, ?, ?, ?, ?, ?, 'draft', ?) RETURNING id",
                (
                    *(row, tool, written, effect, json.dumps(sorted(set(scopes)))),
                    *(key, now.timestamp()),
                ),
            ).fetchone()
            if made is not None:
                outbox.record(connection, "action.draft", f"{LETTER}{made[0]}", now=now)
            return _found(connection, "WHERE key = ?", key)[0]

    def move(
        self,
        id_: str,
        state: ActionState,
        *,
        by: str | None = None,
        result: str | None = None,
        error: str | None = None,
    ) -> ActionRecord:
        """Move an action on; return it. Of two who move it to `running`, one succeeds.

        Raises:
            UnknownItemError: There is none with this id.
            InvalidInputError: It does not go there from where it is, or all actions are stopped.
            PrivacyError: The privacy gate broke over the result; nothing was changed.
        """
        now = self._memory.now()
        if result is not None:  # a tool may say anything
            plain = result.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST]
            kept = self._memory.privacy.storable(plain, author=ASSISTANT) if plain.strip() else ""
            result = "" if kept is None else kept
        with self._memory.open() as file, file.database.write() as connection:
            one = _named(connection, id_)
            if state not in _FORWARD[one.state]:
                raise InvalidInputError(
                    f"{id_} is {one.state} and cannot become {state}. Nothing was changed."
                )
            if state in ("approved", "running") and _stopped(connection) is not None:
                raise InvalidInputError(
                    "All actions of this user are stopped. Nothing was done. "
                    "`usermind actions resume` lets them go on."
                )
            decided = state in ("approved", "refused")
            over = state in ("done", "failed", "unclear")
            connection.execute(
                "UPDATE action SET state = ?, result = COALESCE(?, result), "
                "error = COALESCE(?, error), holder = ?, decided_at = COALESCE(?, decided_at), "
                "decided_by = COALESCE(?, decided_by), done_at = COALESCE(?, done_at) WHERE id = ?",
                (
                    *(state, result, error),
                    holder.me() if state == "running" else None,
                    *(now.timestamp() if decided else None, by),
                    *(now.timestamp() if over else None, number(id_, LETTER)),
                ),
            )
            outbox.record(connection, f"action.{state}", id_, now=now)
            return _named(connection, id_)

    def tidy(self) -> None:
        """Say of what ran in a process that died that it is unclear whether it was done."""
        now = self._memory.now()
        with self._memory.open() as file, file.database.write() as connection:
            running = connection.execute(
                "SELECT id, holder FROM action WHERE state = 'running' AND holder IS NOT NULL"
            ).fetchall()
            for row, by in running:
                if holder.gone(by):
                    connection.execute(
                        "UPDATE action SET state = 'unclear', error = 'its process died', "
                        "holder = NULL, done_at = ? WHERE id = ?",
                        (now.timestamp(), row),
                    )
                    outbox.record(connection, "action.unclear", f"{LETTER}{row}", now=now)

    def get(self, id_: str) -> ActionRecord:
        """Return one action; raises `UnknownItemError`."""
        with self._memory.open() as file, file.database.read() as connection:
            return _named(connection, id_)

    def list(
        self, *, states: Sequence[ActionState] | None = None, limit: int = 50
    ) -> list[ActionRecord]:
        """Return actions, the latest first.

        What touches a private topic is left out where nothing was agreed to: what was done in the
        user's name is never hidden from them.

        Args:
            states: Only those; None: all.
            limit: How many at most.
        """
        wanted = tuple(_FORWARD) if states is None else tuple(states)
        marks = ", ".join("?" for _ in wanted)
        with self._memory.open() as file, file.database.read() as connection:
            private = topics.matchers(topics.rows(connection))
            found = _found(
                connection, f"WHERE state IN ({marks}) ORDER BY id DESC LIMIT ?", *wanted, limit
            )
        return [
            each
            for each in found
            if each.state not in ("draft", "refused")
            or not topics.touching(private, spoken(each.arguments))
        ]

    def stop(self) -> None:
        """Let nothing be approved or begun any more, in any process; what runs is not cut off."""
        with self._memory.open(create=True) as file, file.database.write() as connection:
            meta.keep_first(connection, STOPPED, self._memory.now().timestamp())

    def resume(self) -> bool:
        """Let actions be done again; False where they were not stopped."""
        with self._memory.open() as file, file.database.write() as connection:
            return meta.drop(connection, STOPPED)

    def stopped(self) -> datetime | None:
        """Return since when nothing may be done; None where it may."""
        if not self._memory.exists:
            return None
        with self._memory.open() as file, file.database.read() as connection:
            return _stopped(connection)


_COLUMNS = (
    "id, suggestion_id, tool, arguments, effect, scopes, state, result, error, drafted_at, "
    "decided_at, decided_by, done_at"
)


def _found(connection: sqlite3.Connection, where: str, *values: object) -> list[ActionRecord]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM action {where}", values).fetchall()
    return [
        ActionRecord(
            id=f"{LETTER}{row}",
            suggestion=None if suggestion is None else f"{SUGGESTION}{suggestion}",
            tool=tool,
            arguments=json.loads(arguments),
            effect=effect,
            scopes=tuple(json.loads(scopes)),
            state=state,
            result=result,
            error=error,
            drafted=instant(drafted),
            decided=instant_or_none(decided),
            decided_by=by,
            done=instant_or_none(done),
        )
        for (
            row,
            suggestion,
            tool,
            arguments,
            effect,
            scopes,
            state,
            result,
            error,
            drafted,
            decided,
            by,
            done,
        ) in rows
    ]


def _named(connection: sqlite3.Connection, id_: str) -> ActionRecord:
    found = _found(connection, "WHERE id = ?", number(id_, LETTER))
    if not found:
        raise UnknownItemError(id_, kind="action")
    return found[0]


def _stopped(connection: sqlite3.Connection) -> datetime | None:
    return instant_or_none(meta.number_of(connection, STOPPED))
