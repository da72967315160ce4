"""The assistant: answers many users, each from their own memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypedDict, cast
from uuid import uuid4

from usermind.agents.ahead import Ahead
from usermind.agents.arguments import (
    advisor_of,
    checked_how,
    checked_planner,
    pictures_of,
    planner_of,
    reasoner_of,
)
from usermind.agents.background import Background
from usermind.agents.reply import Piece, Reply
from usermind.agents.suggesting import Suggesting
from usermind.errors import InvalidInputError, ModelError
from usermind.memory import Recollection, ReflectionReport, Store, UserMemory
from usermind.memory.text import checked
from usermind.models.ledger import Ledger

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig

    from usermind.graphs.plan import Planner
    from usermind.graphs.turn_state import TurnState
    from usermind.memory.sight import Sighting
    from usermind.models.reasoner import Reasoner
    from usermind.tools.advisor import Advisor
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.reformulating import How

MAX_MESSAGE = 100_000
"""Longest message, in characters; longer texts are observations."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it was given."""

    message: str
    thread_id: str
    message_id: str | None
    images: Sequence[bytes | Path | str]


class Assistant:
    """Answers users from their memories.

    Args:
        store: Where the memories are.
        model: URL of an OpenAI-compatible endpoint such as vLLM's, any LangChain chat model, a
            `Reasoner`, or None for the offline engine.
        reflect: background: new observations are reflected on after a turn, in a thread of
            this assistant; manual: only when `store.user(id).reflect()` is called.
        ledger: Records every model call with its tokens and seconds; None makes one, which is
            the attribute of that name.
        planner: Who chooses what a turn draws on. rules: code, without a model. model: one more
            call of `model` before each reply, for a choice among the legal plans; where it fails
            the rules plan, and `Reply.instead` says why. Or a `usermind.graphs.plan.Planner`.
        catalogue: What to recommend from where a turn asks for it: a `usermind.tools.Catalogue`, or
            a `usermind.tools.Advisor` over one, with a recommender of your own; None: nothing. It
            is read in the background at once, so that the first message need not wait for it.
        suggestions: Who says what the user could ask next (`Reply.suggestions`), once the reply is
            made. rules: code, without a model. model: one more call of `model`, which sees of the
            memory names alone; where it fails the rules do. None: nobody.
        reformulate: How the tools `search_memory` and `recommend_items` put what is asked in other
            words, by calls of the model: see `usermind.tools.reformulating`. None: they go by the
            words as they stand.

    Raises:
        InvalidInputError: `reflect`, `planner` or `suggestions` is unknown, or one is "model" where
            there is no model.

    Where the store has a daily budget (`MemoryStore(budget=…)`) and a user's is spent, the offline
    engine answers them until midnight UTC, `Reply.degraded` says so, and what they say stays due
    for the model; see `usermind.graphs.reflection`.

    Use it as a context manager, or call `close`, so that background work is finished.
    """

    def __init__(
        self,
        *,
        store: Store,
        model: str | BaseChatModel | Reasoner | None = None,
        reflect: Literal["background", "manual"] = "background",
        ledger: Ledger | None = None,
        planner: Literal["rules", "model"] | Planner = "rules",
        catalogue: Catalogue | Advisor | None = None,
        suggestions: Literal["rules", "model"] | None = "rules",
        reformulate: How | None = None,
    ) -> None:
        self.store = store
        self.advisor = advisor_of(catalogue)
        self.ledger = ledger or Ledger()
        self.reasoner = reasoner_of(model, self.ledger, store)
        self._planner = checked_planner(planner, model)
        self._suggesting = Suggesting(
            suggestions, self.reasoner, has_model=model is not None, advisor=self.advisor
        )
        if reflect not in ("background", "manual"):
            raise InvalidInputError(
                f"`reflect` is {reflect!r}. Expected 'background' or 'manual'. Nothing was opened. "
                "To have learnt from a turn before the next, pass 'manual' and call "
                "`assistant.reflect(user_id)` after it."
            )
        self._reformulate = checked_how(reformulate)
        self._reflects = reflect == "background"
        self._background = Background(self._reflect_once, threads=2)
        self._ahead = Ahead(self.advisor)
        self._turns = ThreadPoolExecutor(max_workers=64, thread_name_prefix="usermind-turn")

    # -- turns ----------------------------------------------------------------------------

    def turn(
        self,
        user_id: str,
        message: str,
        *,
        thread_id: str = "main",
        message_id: str | None = None,
        images: Sequence[bytes | Path | str] = (),
    ) -> Reply:
        """Return the reply to one message.

        Args:
            user_id: Who speaks.
            message: What they say, 1 to 100,000 characters.
            thread_id: The conversation; its last messages are part of the prompt.
            message_id: Names the message, so that repeating the call stores it once.
            images: What they show with it: bytes or paths of at most 4 PNG, JPEG or WEBP. They are
                compared with the reference pictures of concepts, shown to a model that sees, and
                not kept.

        Raises:
            InvalidInputError: The user id, the message or a picture cannot be used; nothing was
                stored.
            MissingExtraError: There are pictures, and Pillow is not installed.
            PrivacyError: The privacy gate broke; the message was not sent to the model.
            StoreError: The message could not be stored.

        A failure of the model raises nothing: the reply says what happened in words, `error`
        holds it, and the message is kept.
        """
        said = Said(message, thread_id, message_id, images)
        for event in self._events(user_id, said, stream=False):
            if isinstance(event, Reply):
                return event
        raise AssertionError("a turn ends with its reply")

    def stream_turn(
        self,
        user_id: str,
        message: str,
        *,
        thread_id: str = "main",
        message_id: str | None = None,
        images: Sequence[bytes | Path | str] = (),
    ) -> Iterator[Piece | Reply]:
        """Yield the reply's pieces as they come and, last, the whole `Reply`; see `turn`.

        What was heard cannot be unsaid, so a reply with a fault is not asked for once more, as
        `turn` does; `Reply.doubts` tells of it.
        """
        said = Said(message, thread_id, message_id, images)
        yield from self._events(user_id, said, stream=True)

    def _events(self, user_id: str, given: Said, *, stream: bool) -> Iterator[Piece | Reply]:
        from usermind.graphs.checkpoints import SINCE, saver_of
        from usermind.graphs.tracing import untraced_events
        from usermind.graphs.turn import build_turn_graph, turn_graph_of
        from usermind.graphs.turn_state import TurnContext
        from usermind.memory.database import sqlite_errors

        memory = self.store.user(user_id)
        thread = checked(given.thread_id, what="thread id")
        text = checked(given.message, what="message")
        if len(text) > MAX_MESSAGE:
            raise InvalidInputError(
                f"The message has {len(text):,} characters; at most {MAX_MESSAGE:,} are accepted. "
                "Nothing was stored. Store long texts with `observe`."
            )
        pictures = pictures_of(given.images)
        private = memory.private.hear(text)  # first, so that it holds for this message too
        arrival = memory.privacy.arrival(text)
        config: RunnableConfig = {"configurable": {"thread_id": thread}}
        said: list[str] = []
        state: TurnState = {}
        answer: BaseMessage | None = None
        error: ModelError | None = None
        with memory.open(create=True) as file, sqlite_errors(file.database.path):
            since = memory.last_change()
            config["configurable"][SINCE] = since
            context = TurnContext(
                memory=memory,
                reasoner=self.reasoner,
                thread_id=thread,
                words=text,
                pictures=pictures,
                said=arrival.said if arrival.private else None,
                private=tuple(topic.words for topic in private),
                planner=planner_of(self._planner, self.reasoner),
                advisor=self.advisor,
                reformulate=self._reformulate,
                streamed=stream,
                since=since,
            )
            # No checkpoint may hold what is private.
            graph = build_turn_graph() if arrival.private else turn_graph_of(file.database)
            turn = graph.stream(
                {"message": arrival.kept, "message_id": given.message_id or uuid4().hex},
                config,
                context=context,
                # Without "custom" LangGraph runs the nodes in this thread, 5 ms faster.
                stream_mode=["values", "custom"] if stream else ["values"],
                durability=None if arrival.private else "exit",
            )
            events = untraced_events(iter(turn))
            try:
                for mode, update in events:
                    if mode == "values":
                        state = cast("TurnState", update)
                        answer = _as_said(answer, state)
                    else:
                        said.append(str(update))
                        yield Piece(str(update))
            except ModelError as failure:
                error = failure
            finally:
                events.close()  # who stops listening ends the turn, with a last checkpoint
                # By the tool of this turn, or by somebody else while it ran.
                if file.database.current() and memory.lost_since(since):
                    saver_of(file.database).delete_thread(thread)  # which repeats what it was
                    file.database.scrub()
            tools = _tools(state)
        if self._reflects:
            self._background.soon(memory)
        reply = (
            _failed(error, said, state, thread)
            if error
            else _reply(memory, state, answer, tools, thread)
        )
        yield (
            reply if arrival.private else self._suggesting.with_queries(reply, memory, text, since)
        )

    async def aturn(
        self,
        user_id: str,
        message: str,
        *,
        thread_id: str = "main",
        message_id: str | None = None,
        images: Sequence[bytes | Path | str] = (),
    ) -> Reply:
        """Twin of `turn` for event loops."""
        turn = partial(
            self.turn,
            user_id,
            message,
            thread_id=thread_id,
            message_id=message_id,
            images=images,
        )
        return await asyncio.get_running_loop().run_in_executor(self._turns, turn)

    async def astream_turn(
        self,
        user_id: str,
        message: str,
        *,
        thread_id: str = "main",
        message_id: str | None = None,
        images: Sequence[bytes | Path | str] = (),
    ) -> AsyncIterator[Piece | Reply]:
        """Twin of `stream_turn` for event loops.

        The turn runs in a thread of its own and is finished, and kept, even when the caller
        stops listening.
        """
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Piece | Reply | BaseException] = asyncio.Queue()

        def tell(event: Piece | Reply | BaseException) -> None:
            # A loop that was closed meanwhile has nobody left to tell.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(events.put_nowait, event)

        def run() -> None:
            said = Said(message, thread_id, message_id, images)
            for event in self._events(user_id, said, stream=True):
                tell(event)

        def ended(turn: Future[None]) -> None:
            if (failure := turn.exception()) is not None:
                tell(failure)

        self._turns.submit(run).add_done_callback(ended)
        while True:
            event = await events.get()
            if isinstance(event, BaseException):
                raise event
            yield event
            if isinstance(event, Reply):
                return

    # -- background reflection ------------------------------------------------------------

    def _reflect_once(self, memory: UserMemory) -> None:
        from usermind.graphs.reflection import reflect

        if memory.exists and memory.queue().ready >= self.reasoner.batch:
            reflect(memory, self.reasoner)

    def reflect(self, user_id: str) -> ReflectionReport:
        """Work off everything that is due for one user, with this assistant's model.

        A batch that another thread of this process is at is waited for, up to a minute.

        Raises:
            UnknownUserError: Nothing is stored for this user.
        """
        from usermind.graphs.reflection import WAIT, reflect

        return reflect(self.store.user(user_id), self.reasoner, wait=WAIT)

    def wait(self, *, timeout: float | None = None) -> None:
        """Return when no background reflection is under way; raise what broke one.

        Args:
            timeout: Seconds to wait at most; `TimeoutError` when they are over.
        """
        self._background.wait(timeout)

    def close(self) -> None:
        """Finish turns and background work; safe to call twice. The store stays open."""
        self._ahead.close()
        self._turns.shutdown(wait=True)
        self._background.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _tools(state: TurnState) -> tuple[str, ...]:
    return tuple(
        call["name"]
        for message in state.get("messages", [])
        for call in getattr(message, "tool_calls", ())
    )


def _as_said(answer: BaseMessage | None, state: TurnState) -> BaseMessage | None:
    """Return the last message as the model gave it, before the gate put a kept one in its place."""
    messages = state.get("messages") or []
    last: BaseMessage | None = messages[-1] if messages else None
    return answer if answer is not None and last is not None and last.id == answer.id else last


def _reply(
    memory: UserMemory,
    state: TurnState,
    answer: BaseMessage | None,
    tools: tuple[str, ...],
    thread: str,
) -> Reply:
    from usermind.graphs.offering import recommended_in, unranked_in
    from usermind.graphs.refining import DOUBTS
    from usermind.models.reasoner import CITED, DEGRADED

    last: BaseMessage = answer or state["messages"][-1]
    return Reply(
        text=last.text,
        used=_used(
            memory,
            [*state.get("memories", []), *state.get("voice", [])],
            last.response_metadata.get(CITED),
        ),
        thread_id=thread,
        observation=state.get("observation") or None,
        tools=tools,
        cut=last.response_metadata.get("finish_reason") == "length",
        degraded=last.response_metadata.get(DEGRADED),
        **_looked(state),
        # The checks come after the words: `answer` may be from before them.
        doubts=tuple(state["messages"][-1].response_metadata.get(DOUBTS, ())),
        sources=tuple(state.get("sources", ())),
        unoffered=state.get("unoffered"),
        recommended=recommended_in(last.text, state.get("advice"), state["messages"]),
        unranked=unranked_in(state.get("advice"), state["messages"]),
        instead=state.get("instead"),
    )


class _Looked(TypedDict, total=False):
    sightings: tuple[Sighting, ...]
    missed: str | None


def _looked(state: TurnState) -> _Looked:
    """Return what a reply says of the pictures of its message."""
    look = state.get("look") if state.get("pictures") else None
    return {"sightings": look.sightings, "missed": look.missed} if look else {}


def _used(
    memory: UserMemory, given: list[Recollection], cited: list[str] | None
) -> tuple[Recollection, ...]:
    by_id = {hit.id: hit for hit in given}  # one that is given twice: why it was given last
    if cited is None:
        return tuple(by_id.values())
    others = memory.recollect([id_ for id_ in cited if id_ not in by_id])
    by_id |= {hit.id: hit for hit in others}
    return tuple(by_id[id_] for id_ in cited if id_ in by_id)


def _failed(error: ModelError, said: list[str], state: TurnState, thread: str) -> Reply:
    began = "".join(said)
    words = f"I could not answer: {error} What you wrote is kept, and I will learn from it later."
    return Reply(
        text=f"{began}\n\n{words}" if began.strip() else words,
        used=(),
        thread_id=thread,
        observation=state.get("observation") or None,
        tools=_tools(state),
        cut=bool(began.strip()),
        error=error,
        **_looked(state),
    )
