"""`ana.propositions`: the door to what is believed about one user."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, get_args

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.journal import number
from usermind.memory.propositions import (
    Explanation,
    Proposition,
    Propositions,
    Version,
    best_first,
    checked_statement,
)
from usermind.memory.receipt import DeletionReceipt
from usermind.memory.timeline import moment, stood, supporters
from usermind.memory.verdicts import Verdicts
from usermind.types import ObservationId, Status

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

Result = TypeVar("Result")


class PropositionDoor:
    """What is believed about one user, and their say in it."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    # -- reading --------------------------------------------------------------------------

    def get(self, proposition_id: str, *, as_of: datetime | None = None) -> Proposition:
        """Return one proposition in any status.

        Args:
            proposition_id: Which.
            as_of: As it stood then, by event time; None for now.

        Raises:
            UnknownItemError: There is none with this id, or was none then.
            InvalidInputError: `as_of` is no time.
        """
        if as_of is None:
            return self._read(lambda rows: rows.get(proposition_id))
        then = moment(as_of, now=self._memory.now())
        with self._memory.open() as file, file.database.read() as connection:
            found = stood(connection, then, row=number(proposition_id, "p"))
        if not found:
            raise UnknownItemError(proposition_id, kind="proposition")
        return found[0]

    def explain(self, proposition_id: str) -> Explanation:
        """Return the evidence, arithmetic and relations behind it; raises `UnknownItemError`."""
        return self._read(lambda rows: rows.explain(proposition_id))

    def supporters(
        self, proposition_id: str, *, as_of: datetime | None = None
    ) -> tuple[ObservationId, ...]:
        """Return the observations that speak for it, in the order they came.

        Args:
            proposition_id: Which; none speak for one that is not there.
            as_of: Those that did then, by event time; None for now.

        Raises:
            InvalidInputError: `as_of` is no time of the past.
        """
        until = math.inf
        if as_of is not None:
            until = moment(as_of, now=self._memory.now()).timestamp()
        with self._memory.open() as file, file.database.read() as connection:
            return supporters(connection, number(proposition_id, "p"), until=until)

    def history(self, proposition_id: str) -> list[Version]:
        """Return its versions, oldest first; raises `UnknownItemError`."""
        return self._read(lambda rows: rows.history(proposition_id))

    def outdated_evidence(self) -> dict[ObservationId, Status]:
        """Return the observations behind claims that were given up; see `Propositions`."""
        return self._read(lambda rows: rows.outdated_evidence())

    # -- the user's say -------------------------------------------------------------------

    def confirm(self, proposition_id: str) -> Proposition:
        """Record that the user says it is true; it is pinned. Raises `UnknownItemError`."""
        return self._rule(proposition_id, lambda say: say.confirm(proposition_id))

    def deny(self, proposition_id: str) -> Proposition:
        """Record that it is false; it stays readable and is not learnt again.

        Raises:
            UnknownItemError: There is none with this id.
        """
        return self._rule(proposition_id, lambda say: say.deny(proposition_id))

    def correct(self, proposition_id: str, text: str) -> Proposition:
        """Replace its words by the user's own; id and history stay.

        Raises:
            UnknownItemError: There is none with this id.
            InvalidInputError: The text cannot be stored.
            PrivateTopicError: It touches a private topic, or the privacy policy bars it.
        """
        words = self._memory.privacy.statement(checked_statement(text), item=proposition_id)
        return self._rule(proposition_id, lambda say: say.correct(proposition_id, words))

    def pin(self, proposition_id: str) -> Proposition:
        """Keep it from going stale and from being reworded; raises `UnknownItemError`."""
        return self._rule(proposition_id, lambda say: say.pin(proposition_id, pinned=True))

    def unpin(self, proposition_id: str) -> Proposition:
        """Let it age and be reworded again; raises `UnknownItemError`."""
        return self._rule(proposition_id, lambda say: say.pin(proposition_id, pinned=False))

    def forget(self, proposition_id: str) -> DeletionReceipt:
        """Delete it with the observations it rests on; raises `UnknownItemError`."""
        return self._memory.forget(propositions=[proposition_id])

    # Last of the public ones: in a class body its name hides the builtin from annotations below.
    def list(
        self,
        *,
        status: Status | None = "active",
        limit: int | None = None,
        as_of: datetime | None = None,
    ) -> list[Proposition]:
        """Return propositions, best supported first: confidence × freshness, then id.

        Args:
            status: Only those; None for all.
            limit: How many at most.
            as_of: As they stood then, by event time (see `memory.timeline`); naive means local
                time, None means now.

        Raises:
            InvalidInputError: `as_of` is no time of the past, or the status is unknown.
        """
        if status is not None and status not in get_args(Status):
            raise InvalidInputError(
                f"Unknown status {status!r}; known are {list(get_args(Status))}, and None for all."
            )
        if as_of is None:
            return self._read(lambda rows: rows.list(status=status, limit=limit))
        then = moment(as_of, now=self._memory.now())
        with self._memory.open() as file, file.database.read() as connection:
            found = stood(connection, then)
        return best_first([p for p in found if status in (None, p.status)])[:limit]

    def _read(self, call: Callable[[Propositions], Result]) -> Result:
        with self._memory.open() as file:
            return call(Propositions(file.database, now=self._memory.now()))

    def _rule(self, proposition_id: str, say: Callable[[Verdicts], None]) -> Proposition:
        now = self._memory.now()
        with self._memory.open() as file:
            say(Verdicts(file.database, user=self._memory.display_name, now=now))
            return Propositions(file.database, now=now).get(proposition_id)
