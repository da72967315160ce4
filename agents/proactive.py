"""The proactive agent: watches what happens to a user, and speaks up where that is worth it.

sources → memory → reflection → what is noticed → offers, most of them silence
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from usermind.agents.arguments import reasoner_of
from usermind.errors import (
    InvalidInputError,
    ModelError,
    PrivateTopicError,
    UnknownUserError,
)
from usermind.memory import ReflectionReport, Store, pause
from usermind.memory.appraisal import Answer
from usermind.memory.candidates import Moment
from usermind.memory.patience import Patience
from usermind.memory.suggestion_rows import Suggestion
from usermind.models.ledger import Ledger

if TYPE_CHECKING:
    from datetime import datetime

    from langchain_core.language_models import BaseChatModel

    from usermind.agents.sources import Source
    from usermind.agents.watching import SourceReport, Watching
    from usermind.graphs.acting import Leave
    from usermind.memory.actions import ActionRecord
    from usermind.memory.suggestions import Considered
    from usermind.memory.user import UserMemory
    from usermind.models.reasoner import Reasoner
    from usermind.tools.actions import Action

EVERY = timedelta(minutes=1)
BATCHES = 4
"""Batches that one look reflects on: what is due now must not wait for a first reading of years."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a user came to."""

    shown: tuple[Suggestion, ...]
    """Offers to put before the user now, the worthiest first. The interruption is paid for."""
    considered: tuple[Considered, ...]
    """All that was weighed, and why some of it was not."""
    digest: tuple[Suggestion, ...] = ()
    """The digest, at the hour when it is due; counted as shown."""
    sources: tuple[SourceReport, ...] = ()
    trouble: str | None = None
    """What kept the model, or reflection, from its part."""


class ProactiveAgent:
    """Watches users, and offers what is worth an interruption.

    Args:
        store: Where the memories are.
        model: URL of an OpenAI-compatible endpoint such as vLLM's, any LangChain chat model, a
            `Reasoner`, or None for the offline engine, which notices by rules alone.
        patience: How often and when users may be interrupted, or a function from a user's id.
        moment: Says what a user is doing, by their id; None: what the agenda tells alone.
        ideas: Whether a model is asked for ideas beyond what rules notice.
        actions: Tools that may be used on a user's behalf, with what they change; a model fills
            them in. By default that is a draft, which `approve` carries out.
        granted: Scopes that actions may use.
        acts: Whether what can be taken back is done unasked where that is worth it.
        ledger: Records every model call; None makes one, which is the attribute of that name.

    Raises:
        InvalidInputError: Two actions have tools of one name.

    What is killed between a decision and its showing has cost an interruption and stays in
    `ana.suggestions.list()`; nothing is ever shown twice.
    """

    def __init__(
        self,
        *,
        store: Store,
        model: str | BaseChatModel | Reasoner | None = None,
        patience: Patience | Callable[[str], Patience] | None = None,
        moment: Callable[[str], Moment] | None = None,
        ideas: bool = True,
        actions: Sequence[Action] = (),
        granted: Iterable[str] = (),
        acts: bool = False,
        ledger: Ledger | None = None,
    ) -> None:
        from usermind.tools.actions import Actions

        self.store = store
        self.ledger = ledger or Ledger()
        self.reasoner = reasoner_of(model, self.ledger, store)
        self._patience = patience or Patience()
        self._moment = moment or (lambda _: Moment())
        self._ideas, self._acts = ideas, acts
        self._actions = Actions(actions, granted=granted)
        self._watching: dict[str, Watching] = {}
        self._seen: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the sources; what is being read ends by itself."""
        self._watching.clear()

    def watch(self, user_id: str, sources: Sequence[Source]) -> None:
        """Read these sources at each look at a user, in place of those before.

        Raises:
            InvalidInputError: Two of them have one name.
        """
        from usermind.agents.watching import Watching

        names = [source.name for source in sources]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidInputError(f"The source {twice!r} is given twice. Name each once.")
        self._watching[user_id] = Watching(self.store.user(user_id), sources)

    def look(self, user_id: str) -> Look:
        """Read the user's sources, reflect on what is new, and decide what to offer.

        Raises:
            StoreError: The user's file cannot be read or written.
            PrivacyError: The gate broke; nothing was sent.
        """
        from usermind.graphs.proactive import ProactiveContext, considered

        memory, patience = self.store.user(user_id), self.patience(user_id)
        watching = self._watching.get(user_id)
        reports = watching.read() if watching is not None else []
        if not memory.exists:
            return Look((), (), sources=tuple(reports))
        reflection = self._reflected(user_id)
        before = memory.last_change()
        weighed, trouble = considered(
            ProactiveContext(
                memory,
                self.reasoner,
                patience,
                self._moment(user_id),
                after=self._seen.get(user_id, 0),
                ideas=self._ideas,
                actions=self._actions,
                acts=self._acts,
            )
        )
        trouble = self._done_unasked(user_id, weighed) or trouble
        self._seen[user_id] = before
        return Look(
            shown=tuple(
                each.suggestion
                for each in weighed
                if each.suggestion is not None and each.suggestion.state == "open"
            ),
            considered=weighed,
            digest=tuple(memory.suggestions.due_digest(patience=patience)),
            sources=tuple(reports),
            trouble=trouble or reflection,
        )

    async def alook(self, user_id: str) -> Look:
        """Do what `look` does, without blocking the event loop."""
        return await asyncio.to_thread(self.look, user_id)

    async def suggestions(
        self, user_id: str, *, every: timedelta = EVERY
    ) -> AsyncIterator[Suggestion]:
        """Yield what is to be put before the user, as it comes; without end.

        A digest that falls due comes as its offers, one after the other.

        Args:
            user_id: Whose.
            every: How long to wait between two looks.
        """
        while True:
            found = await self.alook(user_id)
            for each in (*found.shown, *found.digest):
                yield each
            await asyncio.sleep(every.total_seconds())

    def answer(
        self,
        user_id: str,
        suggestion_id: str,
        answer: Answer,
        *,
        until: datetime | None = None,
        whole_kind: bool = False,
    ) -> Suggestion:
        """Keep what the user said to an offer; see `memory.suggestions.SuggestionDoor.answer`.

        Accepting one with an action drafts it: see `drafts` and `approve`.

        Raises:
            InvalidInputError: The action is not there any more, or not granted; the answer is kept.
            PrivateTopicError: It touches what became private since; the answer is kept.
        """
        door = self.store.user(user_id).suggestions
        one = door.answer(suggestion_id, answer, until=until, whole_kind=whole_kind)
        if answer == "accept" and one.action is not None:
            self._begin(user_id, one, unasked=False)
        return one

    def drafts(self, user_id: str) -> list[ActionRecord]:
        """Return what waits for the user's leave, the latest first.

        What was approved and then stopped, or cut off before it began, is there too.
        """
        from usermind.memory.actions import WAITING

        return self.store.user(user_id).actions.list(states=WAITING)

    def approve(self, user_id: str, action_id: str) -> ActionRecord:
        """Do what was drafted, once; return what came of it.

        Raises:
            UnknownItemError: There is no such action.
            InvalidInputError: It does not wait any more, its tool is not there or not granted, or
                all actions of the user are stopped.
        """
        return self._leave(user_id, action_id, "yes")

    def refuse(self, user_id: str, action_id: str) -> ActionRecord:
        """Leave undone what was drafted; raises what `approve` does."""
        return self._leave(user_id, action_id, "no")

    def _leave(self, user_id: str, action_id: str, leave: Leave) -> ActionRecord:
        from usermind.graphs.acting import give_leave

        return give_leave(self.store.user(user_id), self._actions, action_id, leave)

    def _begin(self, user_id: str, one: Suggestion, *, unasked: bool) -> ActionRecord:
        from usermind.graphs.acting import begin

        assert one.action is not None
        memory = self.store.user(user_id)
        return begin(memory, self._actions, one.id, json.loads(one.action), unasked=unasked)

    def _done_unasked(self, user_id: str, weighed: Sequence[Considered]) -> str | None:
        """Do what was worth doing without asking; return what kept it from being done."""
        trouble = None
        for each in weighed:
            one = each.suggestion
            if one is not None and (one.state, one.way) == ("open", "act"):
                try:
                    self._begin(user_id, one, unasked=True)
                except (InvalidInputError, PrivateTopicError) as error:
                    trouble = str(error)  # stopped, or private, since just now: the offer stays
        return trouble

    def patience(self, user_id: str) -> Patience:
        """Return how often and when a user may be interrupted."""
        return self._patience(user_id) if callable(self._patience) else self._patience

    def _note_pause(self, memory: UserMemory, *, down: bool) -> None:
        with memory.open() as file, file.database.write() as connection:
            if down:
                pause.begin(connection, now=memory.now())
            else:
                pause.end(connection)

    def _reflected(self, user_id: str) -> str | None:
        """Reflect on what is due; return what went wrong, if anything.

        A model that cannot be reached is left alone for a while, as it is when it is asked for
        ideas: it is the same one.
        """
        from usermind.graphs.egress import recipient_of
        from usermind.graphs.reflection import reflect

        memory = self.store.user(user_id)
        try:
            if recipient_of(self.reasoner) == "offline":  # it is never down
                report: ReflectionReport = reflect(memory, self.reasoner, batches=BATCHES)
            elif (waiting := pause.waiting(memory)) is not None:
                return waiting if memory.outlook().ready else None
            else:
                report = reflect(memory, self.reasoner, batches=BATCHES)
                if report.outages or (report.processed and report.calls):
                    self._note_pause(memory, down=report.outages > 0)
        except UnknownUserError:  # forgotten just now
            return None
        except ModelError as error:
            return str(error)
        return report.errors[-1] if report.errors else None
