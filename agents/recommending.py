"""What the middleware does with a catalogue: hear verdicts, offer lists, note what was shown.

The agent's state keeps ids only, so what is offered is held here while a run lasts, and made anew
where a run goes on in another process.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from usermind.agents.ahead import Ahead
from usermind.graphs.egress import offer_for_model, past_for_model
from usermind.graphs.offering import (
    CATALOGUE_FAULTS,
    Called,
    advised,
    called_for,
    failed,
    heard_of,
    offer_of,
    past_of,
)
from usermind.graphs.plan import is_for_the_user
from usermind.graphs.sources import Source
from usermind.memory import UserMemory
from usermind.prompts import NO_PAST, HeardLine, MemoryLine, Offer, PastItems
from usermind.tools.advice import Advice
from usermind.tools.advisor import Advisor
from usermind.tools.corrections import standing

RUNS: Final = 256
"""Runs of which is held what they ask, and the list that was offered, the newest."""


@dataclass(frozen=True, slots=True)
class Question:
    """The message of a run, as the catalogue is asked."""

    memory: UserMemory
    message: str
    """As a model may see it."""
    message_id: str
    observation: str | None
    """None: it is not kept."""
    thread: str | None

    @property
    def run(self) -> tuple[str, ...]:
        """What tells one run from others; without a message id, what is known of the message."""
        user = self.memory.user_id
        if self.message_id:
            return user, self.message_id
        return user, "", self.thread or "", self.observation or "", self.message


@dataclass(slots=True)
class _Run:
    """What is held of a run."""

    called: Called | None = None
    """None: that is not looked into yet."""
    advice: Advice | None = None
    """None: nothing was offered yet."""
    unclear: list[tuple[float, tuple[str, ...]]] | None = None
    """Verdicts on a title of several items; None: they are not looked for yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a message has to do with the catalogue."""

    called: Called
    connected: tuple[Source, ...] = ()
    heard: tuple[str, ...] = ()
    """Ids of the verdicts that were kept of it."""
    unread: bool = False
    """Whether a list was asked for, and the catalogue could not be looked into."""

    @property
    def asked(self) -> tuple[Literal["past", "items", "unread"], ...]:
        """What the message asks, as a state keeps it."""
        if self.unread:
            return ("unread",)
        past: tuple[Literal["past"], ...] = ("past",) if self.called.past else ()
        return (*past, "items") if self.called.items else past


class Recommending:
    """Asks an advisor for the runs of agents.

    Args:
        advisor: Over the catalogue; None: there is none, and only what is on record is told.
        recipient: Who reads what is offered.
    """

    def __init__(self, advisor: Advisor | None, recipient: str) -> None:
        self._advisor = advisor
        self._recipient = recipient
        self._ahead = Ahead(advisor)
        self._runs: OrderedDict[tuple[str, ...], _Run] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Read nothing ahead any more; safe to call twice."""
        self._ahead.close()

    def begin(self, asked: Question, *, private: bool) -> Found:
        """Hear what a message says of items, and see what it asks for.

        Args:
            asked: The message.
            private: Whether nothing of it may be kept.
        """
        advisor = self._advisor
        with self._lock:
            self._runs.pop(asked.run, None)  # the same words without an id may begin another run
        if advisor is None:
            return Found(self._called(asked))
        try:
            heard = (
                ()
                if private or asked.observation is None
                else advisor.listen(
                    asked.memory,
                    asked.message,
                    observation=asked.observation,
                    thread=asked.thread,
                )
            )
            if not private:
                self._unclear(asked)
            called = self._called(asked)
            if called.items:
                self._advice(asked)
        except CATALOGUE_FAULTS as error:
            failed(error)
            return Found(Called(), unread=is_for_the_user(asked.message))
        ids = tuple(event.id for event in heard)
        return Found(called, ("feedback", "catalogue"), ids)

    def offer(self, asked: Question, *, unread: bool) -> Offer:
        """Return what a run is offered, as the model may see it now.

        Reasons that were forgotten since are left out.
        """
        if unread or self._advisor is None:
            return offer_of(None, unread=unread)
        advice = self.offered(asked)
        if advice is None:
            return offer_of(None, unread=True)
        known = self._advisor.known_to(asked.memory, advice, recipient=self._recipient)
        with asked.memory.privacy.egress(self._recipient) as out:
            return offer_for_model(out, offer_of(known))

    def heard(self, asked: Question, ids: Sequence[str], *, private: bool) -> tuple[HeardLine, ...]:
        """Return what was heard of items, and of which it is to be asked which are meant.

        Args:
            asked: The message.
            ids: Of the verdicts that were kept of it; what is gone is left out.
            private: Whether nothing of it may be kept; then nothing is asked of it.
        """
        kept = [each for each in asked.memory.feedback.list() if each.id in ids] if ids else []
        try:
            unclear = [] if private else self._unclear(asked)
        except CATALOGUE_FAULTS as error:
            failed(error)
            unclear = []
        said = None if private or self._advisor is None else asked.observation
        stand = standing(asked.memory, asked.message, observation=said) if said else []
        return heard_of(kept[::-1], unclear, stand)

    def past(self, asked: Question, lines: Sequence[MemoryLine]) -> PastItems:
        """Return what the message asks of items of the past, beside the memories it is given."""
        try:
            past = self._called(asked).past
        except CATALOGUE_FAULTS as error:
            failed(error)
            return NO_PAST
        if past is not None:  # without what was forgotten since the run began
            past = replace(past, ids=tuple(hit.id for hit in asked.memory.recollect(past.ids)))
        told = past_of(past, {line.id for line in lines})
        with asked.memory.privacy.egress(self._recipient) as out:
            return past_for_model(out, told, lines)

    def offered(self, asked: Question) -> Advice | None:
        """Return the list that a run was offered; None where it cannot be made any more."""
        try:
            return None if self._advisor is None else self._advice(asked)
        except CATALOGUE_FAULTS as error:
            failed(error)
            return None

    def _called(self, asked: Question) -> Called:
        """Return what a run asks for, looked into once."""
        run = self._run(asked)
        if run.called is None:
            run.called = called_for(
                asked.memory,
                asked.message,
                self._advisor,
                thread=asked.thread,
                observation=asked.observation,
            )
        return run.called

    def _unclear(self, asked: Question) -> list[tuple[float, tuple[str, ...]]]:
        """Return the verdicts of a run of which it is to be asked which item is meant."""
        if self._advisor is None or asked.observation is None:
            return []
        run = self._run(asked)
        if run.unclear is None:
            run.unclear = self._advisor.unclear(asked.memory, asked.message, thread=asked.thread)
        return run.unclear

    def _advice(self, asked: Question) -> Advice:
        """Return the list of a run, made once."""
        assert self._advisor is not None, "a list is asked for only where there is a catalogue"
        run = self._run(asked)
        if run.advice is None:
            run.advice = advised(
                self._advisor,
                asked.memory,
                asked.message,
                thread=asked.thread,
                observation=asked.observation,
                recipient=self._recipient,
            )
        return run.advice

    def _run(self, asked: Question) -> _Run:
        with self._lock:
            run = self._runs.setdefault(asked.run, _Run())
            while len(self._runs) > RUNS:
                self._runs.popitem(last=False)
            return run
