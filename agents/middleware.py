"""Memory for any LangChain agent.

    create_agent(model, tools, middleware=[UserMemoryMiddleware(store.user("ana"))])

    before the agent: the user's message is journalled, and what bears on it recalled, once a run
    each model call:  what was recalled stands at the end of the system prompt, fenced
    after the agent:  the reply is journalled, and new messages are reflected on

The agent's own messages are left as they are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Annotated, Any, Literal, NotRequired, Self, cast, get_args

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain.agents.middleware.types import PrivateStateAttr
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage
from langgraph.config import get_config
from langgraph.runtime import Runtime

from usermind.agents.arguments import advisor_of
from usermind.agents.background import Background
from usermind.agents.pictures import lines_of, pictures_in, seen_in
from usermind.agents.recommending import Question, Recommending
from usermind.errors import InvalidInputError
from usermind.graphs.context import memory_lines, planned, recalled
from usermind.graphs.egress import picture_for_model, voice_for_model
from usermind.graphs.heard import words_in
from usermind.graphs.journaling import FORGOTTEN, SOURCE, keep_message, keep_reply, reply_id
from usermind.graphs.offering import log_shown, recommended_in
from usermind.graphs.plan import Said, wants_my_voice
from usermind.graphs.voice import shown_voice, voice_of
from usermind.memory import Recollection, Store, UserMemory
from usermind.memory.journal import ASSISTANT, USER
from usermind.memory.text import checked
from usermind.models.reasoner import Reasoner
from usermind.prompts import (
    NO_OFFER,
    NO_PAST,
    UNASKED,
    HeardLine,
    MemoryLine,
    Offer,
    PastItems,
    PictureLine,
    RecalledPrompt,
    Voice,
)
from usermind.tools.advisor import Advisor
from usermind.tools.catalogue import Catalogue
from usermind.tools.forget import forgot
from usermind.types import ModelPlace

SEEN = 12
"""Earlier messages of the conversation in which what a pronoun means is looked for."""
Asked = Literal["past", "items", "unread"]
"""What a message asks of a catalogue: items of the past, a list; or that it could not be read."""
Reflecting = Literal["background", "inline", "manual"]
"""When new messages are reflected on; see `UserMemoryMiddleware`."""


class RememberingState(AgentState[Any]):
    """What the middleware keeps for one run: ids, never words."""

    usermind_message: NotRequired[Annotated[str, PrivateStateAttr]]
    usermind_observation: NotRequired[Annotated[str, PrivateStateAttr]]
    usermind_given: NotRequired[Annotated[list[str], PrivateStateAttr]]
    usermind_private: NotRequired[Annotated[bool, PrivateStateAttr]]
    usermind_since: NotRequired[Annotated[int, PrivateStateAttr]]
    usermind_heard: NotRequired[Annotated[list[str], PrivateStateAttr]]
    usermind_asked: NotRequired[Annotated[list[Asked], PrivateStateAttr]]


class UserMemoryMiddleware(AgentMiddleware[RememberingState, Any, Any]):
    """Gives an agent the memory of its user.

    Args:
        memory: One user's memory, or the store; then the user is named in each call, by
            `config={"configurable": {"user_id": "ana"}}` or else by the `user_id` of its
            `context=`. `thread_id` in the config names the conversation.
        recipient: Where the agent's model runs, for the privacy gate. Where it is not said, it is
            taken for one far away.
        reasoner: Who reflects; None: the reasoner of the store.
        reflect: background: new messages are reflected on after a run, in a thread of this
            middleware, once there are as many as `reasoner` takes at a time; inline: all of them
            before a run returns; manual: only when `reflect()` of the memory is called.
        catalogue: What to recommend from where a message asks for it: a
            `usermind.tools.Catalogue`, or a `usermind.tools.Advisor` over one; None: nothing. What
            a message says of its items is kept as feedback, and what a reply recommends of it by
            name is noted as shown.

    A message without text, such as a picture alone, is answered from no memory and not kept.

    Raises:
        InvalidInputError: An argument is not one of these; at a call without a user, or whose
            message cannot be stored.
        ConflictingObservationError: A message came with the id of another.
        PrivacyError: The gate broke; nothing was sent to the model.
        StoreError: The message, or the reply, could not be stored.
    """

    state_schema = RememberingState

    def __init__(
        self,
        memory: UserMemory | Store,
        *,
        recipient: ModelPlace = "remote model",
        reasoner: Reasoner | None = None,
        reflect: Reflecting = "background",
        catalogue: Catalogue | Advisor | None = None,
    ) -> None:
        super().__init__()
        _check(memory, recipient, reflect)
        self.tools = []
        self.recipient = recipient
        self._memory = memory
        self._reasoner = reasoner
        self._when: Reflecting = reflect
        self._catalogue = Recommending(advisor_of(catalogue), recipient)
        self._background = Background(self._reflect_once, threads=1)

    # -- hooks ----------------------------------------------------------------------------

    def before_agent(self, state: RememberingState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Journal the user's message and recall what bears on it."""
        place = _last(state["messages"], HumanMessage)
        if place is None:
            return None
        memory, message = self._of_user(runtime.context), state["messages"][place]
        text = words_in(message)
        if not text.strip():
            # The reply will be kept under these: what no file holds is refused before it is made.
            for name, what in ((message.id, "id"), (_thread(), "session")):
                if name is not None:
                    checked(name, what=what)
            return _kept_of_run(message, "", [], private=False, since=memory.last_change()) | {
                "usermind_heard": [],
                "usermind_asked": [],
            }
        since = memory.last_change()
        memory.private.hear(text)  # first, so that it holds for this message too
        arrival = memory.privacy.arrival(text)
        receipt = keep_message(memory, text, thread=_thread(), message_id=message.id)
        observation = receipt.id or ""
        earlier = [
            Said(USER if isinstance(item, HumanMessage) else ASSISTANT, words_in(item))
            for item in state["messages"][max(0, place - SEEN) : place]
        ]
        # What was forgotten and comes again is answered, and as little kept as what is private.
        private = arrival.private or receipt.outcome == "forgotten"
        look = seen_in(
            memory,
            pictures_in(message),
            arrival.said,
            observation=receipt.id,
            learn=not private,
        )
        found = self._catalogue.begin(
            Question(memory, arrival.said, message.id or "", receipt.id, _thread()),
            private=private,
        )
        plan = planned(
            memory,
            arrival.said,
            earlier,
            connected=found.connected,
            called=found.called.sources,
            shown=look.keys,
        )
        hits = recalled(
            memory,
            arrival.said,
            plan,
            exclude=[observation, *_replies(state["messages"], memory)],
            recipient=self.recipient,
            past=found.called.past.ids if found.called.past else None,
        )
        hits += self._voice(memory, arrival.said, observation)
        run = _kept_of_run(
            message, observation, [hit.id for hit in hits], private=private, since=since
        )
        return run | {"usermind_heard": list(found.heard), "usermind_asked": list(found.asked)}

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        """Call the model with what was recalled at the end of its system prompt."""
        return handler(self._remembering(request))

    def after_agent(self, state: RememberingState, runtime: Runtime[Any]) -> None:
        """Journal the reply, with what it was made from, and see to reflection."""
        memory = self._of_user(runtime.context)
        messages = state["messages"]
        place, asked = _last(messages, AIMessage), _last(messages, HumanMessage)
        if place is not None and asked is not None and place > asked:
            text = words_in(messages[place])
            if text.strip():
                # A reply that confirms a deletion likes to repeat what was deleted.
                gone = forgot(messages[asked:]) or _is_gone(memory, state)
                self._keep(memory, state, FORGOTTEN if gone else text, messages[asked:])
        if self._when == "inline" and memory.exists:
            self._reflect_all(memory)
        elif self._when == "background":
            self._background.soon(memory)

    async def abefore_agent(
        self, state: RememberingState, runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        """Twin of `before_agent`."""
        return await asyncio.to_thread(self.before_agent, state, runtime)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Twin of `wrap_model_call`."""
        return await handler(await asyncio.to_thread(self._remembering, request))

    async def aafter_agent(self, state: RememberingState, runtime: Runtime[Any]) -> None:
        """Twin of `after_agent`."""
        await asyncio.to_thread(self.after_agent, state, runtime)

    # -- background work ------------------------------------------------------------------

    def wait(self, *, timeout: float | None = None) -> None:
        """Return when no reflection is under way; raises what broke one.

        Args:
            timeout: Seconds to wait for each at most; `TimeoutError` when they are over.
        """
        self._background.wait(timeout)

    def close(self) -> None:
        """Finish background work; safe to call twice. The store stays open.

        What an agent hears afterwards is kept, and reflected on when somebody asks for it.
        """
        self._catalogue.close()
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

    # -- inside ---------------------------------------------------------------------------

    def _of_user(self, context: object) -> UserMemory:
        if isinstance(self._memory, UserMemory):
            return self._memory
        user_id = _configured("user_id") or _named_in(context)
        if user_id is None:
            raise InvalidInputError(
                "The agent was called without a user. Nothing was stored or sent. Call it with "
                '`config={"configurable": {"user_id": "ana"}}`, name `user_id` in its `context=`, '
                "or give the middleware one user's memory."
            )
        return self._memory.user(user_id)

    def _remembering(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        memory = self._of_user(request.runtime.context)
        state = cast("RememberingState", request.state)
        given = state.get("usermind_given", [])
        # Read anew: what was forgotten since, by a tool of this very run, is not shown again.
        found = memory.recollect(given) if given else []
        voice = self._shown_voice(memory, state)
        manner = {id_ for example in voice.examples for id_ in example.ids}
        hits = [hit for hit in found if hit.id not in manner]
        lines = memory_lines(memory, hits, recipient=self.recipient) if hits else ()
        pictures = self._pictures(memory, state)
        told = RecalledPrompt(
            memory.display_name,
            lines,
            pictures,
            voice,
            *self._of_catalogue(memory, state, lines),
        )
        if not any(getattr(told, name) for name in told.optional):
            return request
        return request.override(system_message=_with(request.system_message, told.render()))

    def _of_catalogue(
        self, memory: UserMemory, state: RememberingState, lines: Sequence[MemoryLine]
    ) -> tuple[PastItems, tuple[HeardLine, ...], Offer]:
        """Return what a run is told of items: of the past, of this message, and what is offered."""
        asked, wanted = self._question(memory, state), state.get("usermind_asked", [])
        if asked is None:
            return NO_PAST, (), NO_OFFER
        past = self._catalogue.past(asked, lines) if "past" in wanted else NO_PAST
        offer = NO_OFFER
        if "items" in wanted or "unread" in wanted:
            offer = self._catalogue.offer(asked, unread="unread" in wanted)
        heard = self._catalogue.heard(
            asked, state.get("usermind_heard", []), private=state.get("usermind_private", False)
        )
        return past, heard, offer

    def _question(self, memory: UserMemory, state: RememberingState) -> Question | None:
        """Return the message of a run as the catalogue is asked; None: it has no words."""
        text = _asked_in(state)
        if not text.strip():
            return None
        return Question(
            memory,
            memory.privacy.arrival(text).said,
            state.get("usermind_message") or "",
            state.get("usermind_observation") or None,
            _thread(),
        )

    def _pictures(self, memory: UserMemory, state: RememberingState) -> tuple[PictureLine, ...]:
        """Return what is known of the pictures of the message that is answered."""
        place = _last(state["messages"], HumanMessage)
        if place is None or not memory.exists:
            return ()
        message = state["messages"][place]
        if not (pictures := pictures_in(message)):
            return ()
        said = words_in(message)
        lines = lines_of(memory, pictures, said, seen_in(memory, pictures, said))
        with memory.privacy.egress(self.recipient) as out:
            return tuple(picture_for_model(out, line) for line in lines)

    def _voice(self, memory: UserMemory, said: str, observation: str) -> list[Recollection]:
        return voice_of(memory, said, exclude=[observation], recipient=self.recipient)

    def _shown_voice(self, memory: UserMemory, state: RememberingState) -> Voice:
        """Return how the user writes, where their message asks for a text of theirs."""
        text = _asked_in(state)
        if not wants_my_voice(text):
            return UNASKED
        said = memory.privacy.arrival(text).said
        found = self._voice(memory, said, state.get("usermind_observation", ""))
        with memory.privacy.egress(self.recipient) as out:
            return voice_for_model(out, shown_voice(said, found))

    def _keep(
        self,
        memory: UserMemory,
        state: RememberingState,
        text: str,
        messages: Sequence[AnyMessage],
    ) -> None:
        """Journal a reply, and note what it recommends where it is kept as it was said."""
        message_id = state.get("usermind_message")
        if memory.find_observation(SOURCE, reply_id(message_id)) is not None:
            return  # a run that is tried again keeps its first
        advice = None
        if "items" in state.get("usermind_asked", []) and (asked := self._question(memory, state)):
            advice = self._catalogue.offered(asked)
        made_from = [
            state.get("usermind_observation", ""),
            *state.get("usermind_given", []),
            *(advice.cites if advice else ()),
        ]
        private, since = state.get("usermind_private", False), state.get("usermind_since")
        receipt, kept = keep_reply(
            memory,
            text,
            thread=_thread(),
            message_id=message_id,
            rests_on=tuple(dict.fromkeys(item for item in made_from if item)),
            private=private,
            since=since,
        )
        lost = since is not None and memory.lost_since(since)
        # What is forgotten meanwhile may be what was shown, or why.
        if kept == text != FORGOTTEN and not private and not lost:
            named = recommended_in(text, advice, messages)
            log_shown(memory, named, thread=_thread(), observation=receipt.id)

    def _reflect_all(self, memory: UserMemory) -> None:
        from usermind.graphs.reflection import WAIT, reflect

        if self._reasoner is None:
            memory.reflect()
        else:
            reflect(memory, self._reasoner, wait=WAIT)

    def _reflect_once(self, memory: UserMemory) -> None:
        batch = 1 if self._reasoner is None else self._reasoner.batch
        if memory.exists and memory.queue().ready >= batch:
            self._reflect_all(memory)


def _check(memory: object, recipient: object, reflect: object) -> None:
    """Refuse at once what would fail, or be passed over, at the first call."""
    if not isinstance(memory, UserMemory | Store):
        raise InvalidInputError(
            f"The memory is of type {type(memory).__name__}. Expected one user's memory, "
            '`store.user("ana")`, or the store, a `MemoryStore`. Nothing was opened. Open the '
            "store first and pass one of them."
        )
    for name, given, known in (
        ("recipient", recipient, get_args(ModelPlace)),
        ("reflect", reflect, get_args(Reflecting)),
    ):
        if given not in known:
            raise InvalidInputError(
                f"`{name}` is {given!r}. Expected one of {', '.join(map(repr, known))}. Nothing "
                "was opened."
            )


def _kept_of_run(
    message: AnyMessage, observation: str, given: list[str], *, private: bool, since: int
) -> dict[str, Any]:
    return {
        "usermind_message": message.id,
        "usermind_observation": observation,
        "usermind_given": given,
        "usermind_private": private,
        "usermind_since": since,
    }


def _is_gone(memory: UserMemory, state: RememberingState) -> bool:
    """Say whether the message that is answered was forgotten meanwhile, by whatever means."""
    name = state.get("usermind_message")
    if not name or not state.get("usermind_observation"):
        return False
    return memory.find_observation(SOURCE, name) is None


def _with(system: SystemMessage | None, told: str) -> SystemMessage:
    if system is None:
        return SystemMessage(told)
    if isinstance(system.content, str):
        return system.model_copy(update={"content": f"{system.content}\n\n{told}"})
    blocks = [*system.content, {"type": "text", "text": told}]
    return system.model_copy(update={"content": blocks})


def _last(messages: Sequence[AnyMessage], kind: type[BaseMessage]) -> int | None:
    places = (
        place for place in reversed(range(len(messages))) if isinstance(messages[place], kind)
    )
    return next(places, None)


def _asked_in(state: RememberingState) -> str:
    """Return the words of the message that is answered; empty: there are none."""
    place = _last(state["messages"], HumanMessage)
    return "" if place is None else words_in(state["messages"][place])


def _replies(messages: Sequence[AnyMessage], memory: UserMemory) -> list[str]:
    """Return the ids of the earlier replies, which the model sees anyway."""
    asked = [m.id for m in messages if isinstance(m, HumanMessage)][-SEEN:]
    found = (memory.find_observation(SOURCE, reply_id(each)) for each in asked)
    return [item.id for item in found if item is not None]


def _thread() -> str | None:
    return _configured("thread_id")


def _configured(name: str) -> str | None:
    value = get_config().get("configurable", {}).get(name)
    return None if value is None else str(value)


def _named_in(context: object) -> str | None:
    if isinstance(context, Mapping):
        value = context.get("user_id")
    else:
        value = getattr(context, "user_id", None)
    return None if value is None else str(value)
