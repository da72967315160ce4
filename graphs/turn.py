"""One turn: from a message of the user to the reply.

START → journal → (look) → plan → recall → respond ⇄ call_tools
           ↓                         ↓
          END                      refine → keep_reply → END
   (answered before)                 ↑ ↓ (once, when a check asks for it)
                                   respond

`journal` makes the message durable before anything else. `look` is visited where the message comes
with pictures, or answers a question about some. `respond` is the only node that calls
a model, once where no tool is needed. Nothing here learns: the reply is kept as the assistant's
words, never as evidence, and reflection runs after the turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated, Literal, TypedDict

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolInvocationError
from langgraph.runtime import Runtime

from usermind.errors import BudgetSpentError, InvalidModelOutputError, ModelError, UsermindError
from usermind.graphs import journaling, refining
from usermind.graphs.checking import Evidence, doubts, evidence_of
from usermind.graphs.checkpoints import saver_of
from usermind.graphs.context import Plan, memory_line, next_best, planned, recalled
from usermind.graphs.egress import passed, recipient_of
from usermind.graphs.journaling import FORGOTTEN, SOURCE, keep_message, reply_id
from usermind.graphs.looking import Look, answered, explained, looked, picture_lines
from usermind.graphs.plan import Planner, Said, by_rules
from usermind.graphs.sources import Source
from usermind.graphs.voice import shown_voice, voice_of
from usermind.memory import Recollection, UserMemory
from usermind.memory.database import Database
from usermind.memory.images import Picture
from usermind.memory.journal import ASSISTANT, USER, Observation
from usermind.memory.propositions import Proposition
from usermind.memory.quarantine import kept_in
from usermind.models.account import charging, metered
from usermind.models.offline import Offline
from usermind.models.reasoner import CITED, DEGRADED, Reasoner, ReplyRequest
from usermind.prompts import STYLE_CARD, FactLine, SystemPrompt, TurnPrompt, spoken
from usermind.tools import memory_tools
from usermind.tools.forget import forgot

HISTORY = 13
"""Last messages of the thread that the model sees, with the one it answers, at least."""
BLOCK = 6
"""Messages that leave its sight at once: were it one by one, what vLLM has cached of the prompt
would end at the first of them in every turn."""
FACTS = 16
"""Long-lived claims in the system prompt, at most."""
FACT_CONFIDENCE = 0.6
"""Probability from which on a claim is given as long known."""
MAX_TOOL_ROUNDS = 4
"""How often the model may call tools within one turn."""


class TurnState(TypedDict, total=False):
    """What the nodes share, and what LangGraph keeps of a thread: its latest turn.

    Earlier messages are in the journal, which is the one place they are forgotten from.
    """

    message: str
    message_id: str
    """What makes a repeated call the same message."""
    observation: str
    """Id of the observation that holds the message."""
    pictures: int
    """How many pictures come with the message."""
    look: Look | None
    """What was made of them, or of those of the message before, until it was answered."""
    seen: tuple[str, ...]
    """Keys of the concepts in the pictures that the conversation is about."""
    sources: tuple[Source, ...]
    focus: tuple[str, ...]
    """Ids of the concepts that the message names, shows, or means by a pronoun."""
    names: tuple[str, ...]
    """Names of those that it means by a pronoun."""
    instead: str | None
    """Why the rules planned in place of the planner that was asked."""
    memories: list[Recollection]
    doubted: list[Recollection]
    """What a reply was given that was asked for once more."""
    voice: list[Recollection]
    """How the user writes, where the message wants that; see `voice.voice_of`."""
    messages: Annotated[list[AnyMessage], add_messages]
    """Messages of this turn: the user's, then tool calls and results, then the reply."""
    refined: bool
    reply_id: str


class TurnInput(TypedDict):
    """What the caller gives."""

    message: str
    message_id: str


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn needs and never changes."""

    memory: UserMemory
    reasoner: Reasoner
    thread_id: str
    words: str | None = None
    """The message as it was written, for the journal's gate; None: as the state has it."""
    pictures: tuple[Picture, ...] = ()
    """What the user shows with the message; no state holds it."""
    said: str | None = None
    """A private message as the model may see it: no state holds it. None: it is not private."""
    planner: Planner = by_rules
    """Who chooses what the turn draws on."""
    streamed: bool = False
    """Whether the reply is heard while it is made, and cannot be unsaid."""


class Journaled(TypedDict):
    """Update written by `journal`."""

    observation: str
    messages: list[BaseMessage]
    refined: bool
    pictures: int
    sources: tuple[Source, ...]
    instead: str | None
    doubted: list[Recollection]


class Looked(TypedDict):
    """Update written by `look`."""

    look: Look | None
    seen: tuple[str, ...]


class Planned(TypedDict):
    """Update written by `plan`."""

    seen: tuple[str, ...]
    sources: tuple[Source, ...]
    focus: tuple[str, ...]
    names: tuple[str, ...]
    instead: str | None


class Recalled(TypedDict):
    """Update written by `recall`."""

    memories: list[Recollection]
    voice: list[Recollection]


class Spoken(TypedDict):
    """Update written by `respond` and `call_tools`."""

    messages: list[BaseMessage]


class Refined(TypedDict, total=False):
    """Update written by `refine`."""

    messages: list[BaseMessage]
    refined: bool
    memories: list[Recollection]
    doubted: list[Recollection]


class Kept(TypedDict, total=False):
    """Update written by `keep_reply`."""

    reply_id: str
    messages: list[BaseMessage]


Run = Runtime[TurnContext]


def journal(state: TurnState, runtime: Run) -> Journaled:
    """Store the user's message, durable before anything else happens.

    A message that was answered before, by its id, gets that answer again and no model is asked.
    """
    context = runtime.context
    receipt = keep_message(
        context.memory,
        context.words or state["message"],
        thread=context.thread_id,
        message_id=state["message_id"],
    )
    said: list[BaseMessage] = [HumanMessage(state["message"])]
    if receipt.outcome == "known":
        earlier = context.memory.find_observation(SOURCE, reply_id(state["message_id"]))
        said += [AIMessage(earlier.text, response_metadata={CITED: []})] if earlier else []
    return {
        "observation": receipt.id or "",
        "messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *said],
        "refined": False,
        "pictures": len(context.pictures),
        "sources": (),
        "instead": None,
        "doubted": [],
    }


def after_journal(state: TurnState) -> Literal["look", "plan", "__end__"]:
    """Stop when the message was answered before; look where there are or were pictures."""
    if isinstance(state["messages"][-1], AIMessage):
        return "__end__"
    return "look" if state["pictures"] or state.get("look") else "plan"


def look(state: TurnState, runtime: Run) -> Looked:
    """Compare the pictures with what is on record; take the answer to what was asked of others."""
    context = runtime.context
    memory, before = context.memory, state.get("look")
    seen: tuple[str, ...] = state.get("seen", ())
    if before and before.asked:
        replies = (item.text for item in _thread(context)[::-1] if item.author == ASSISTANT)
        said = _said(state, context)
        seen = answered(memory, said, before.asked, next(replies, "")) or seen
    if not context.pictures:
        return {"look": None, "seen": seen}
    found = looked(memory, context.pictures, context.reasoner)
    return {"look": found, "seen": found.keys}


def plan(state: TurnState, runtime: Run) -> Planned:
    """Decide which memories this message needs, and what it speaks of."""
    context = runtime.context
    memory, seen = context.memory, state.get("seen", ())
    found = planned(
        memory,
        _said(state, context),
        _earlier(state, context),
        planner=context.planner,
        shown=seen if state["pictures"] else (),
        seen=seen,
    )
    kept = not found.focus or set(found.focus) & set(memory.concepts.ids(seen))
    return {
        "seen": seen if kept else (),
        "sources": found.sources,
        "focus": found.focus,
        "names": found.names,
        "instead": found.instead,
    }


def recall(state: TurnState, runtime: Run) -> Recalled:
    """Search the planned sources in one ranking and keep what fits the budget."""
    context = runtime.context
    hits = recalled(
        context.memory,
        _said(state, context),
        _plan(state),
        exclude=_visible(state, context),
        recipient=recipient_of(context.reasoner),
    )
    voice = voice_of(
        context.memory,
        _said(state, context),
        exclude=[state["observation"]],
        recipient=recipient_of(context.reasoner),
    )
    return {"memories": explained(hits, _look(state)), "voice": voice}


def _plan(state: TurnState) -> Plan:
    return Plan(state["sources"], state["focus"], state["names"])


def _visible(state: TurnState, context: TurnContext) -> list[str]:
    # What the user just said may answer, and can be cited; our own replies only echo.
    return [state["observation"], *(i.id for i in _thread(context) if i.author == ASSISTANT)]


def respond(state: TurnState, runtime: Run) -> Spoken:
    """Let the reasoner answer; its words are streamed to whoever listens.

    When the user's daily budget has no room for it, the offline engine answers in its place.
    """
    context = runtime.context
    request = passed(_request(state, context), context.memory, context.reasoner)
    with charging(context.memory.account):
        try:
            return {"messages": [_heard(metered(context.reasoner).reply(request), runtime)]}
        except BudgetSpentError as spent:  # before the first word
            reply = _heard(Offline().reply(request), runtime)
            reply.response_metadata[DEGRADED] = str(spent)
        except ModelError:
            if refining.first_reply(state["messages"]) is None:
                raise
            return {"messages": []}  # what it said first is better than nothing
    return {"messages": [reply]}


def _heard(reply: Iterator[AIMessageChunk], runtime: Run) -> BaseMessage:
    chunks: list[AIMessageChunk] = []
    for chunk in reply:
        chunks.append(chunk)
        if piece := chunk.text:
            runtime.stream_writer(piece)
    if not chunks:
        raise InvalidModelOutputError(
            "The model ended its reply before it began. Your message is kept. Ask again."
        )
    # Added up once: one by one, a long reply would be copied for each of its pieces.
    return message_chunk_to_message(chunks[0] + chunks[1:])


def after_respond(state: TurnState) -> Literal["call_tools", "refine"]:
    """Carry out tool calls while there are any and rounds left."""
    said = state["messages"]
    rounds = sum(isinstance(message, AIMessage) for message in said)
    last = said[-1]
    wants_tools = isinstance(last, AIMessage) and (last.tool_calls or last.invalid_tool_calls)
    return "call_tools" if wants_tools and rounds <= MAX_TOOL_ROUNDS else "refine"


def refine(state: TurnState, runtime: Run) -> Refined:
    """Ask once more when the reply is empty or a check speaks up; else leave it as it is.

    The weakest evidence then makes room for the next best. What has been heard, or came after
    tools, is not said anew. Of two replies the better is kept, marked with what is still wrong.
    """
    said, context = state["messages"], runtime.context
    last = said[-1]
    if not state["refined"] and isinstance(last, AIMessage) and not last.text.strip():
        assert last.id is not None
        hint = HumanMessage("Your last reply was empty. Answer the message above in words.")
        return {"messages": [RemoveMessage(id=last.id), hint], "refined": True}
    if forgot(said):  # it may name what was deleted, which nothing holds any more
        return {}
    found = _doubts(state, context, last) if isinstance(last, AIMessage) else ()
    if first := refining.first_reply(said):
        kept = refining.better(said, first, found, state["doubted"])
        return {
            "messages": kept.messages,
            "memories": state["memories"] if kept.memories is None else kept.memories,
        }
    if not found:
        return {}
    if state["refined"] or context.streamed or any(isinstance(m, ToolMessage) for m in said):
        return {"messages": [refining.marked(last, found)]}
    memories = refining.replaced(state["memories"], last.text, partial(_next, state, context))
    return {
        "messages": [refining.marked(last, found), refining.hint(found)],
        "refined": True,
        "memories": memories,
        "doubted": state["memories"],
    }


def _doubts(state: TurnState, context: TurnContext, reply: AIMessage) -> tuple[str, ...]:
    def known() -> Evidence:
        shown: TurnState = {**state, "memories": [*state["memories"], *state["doubted"]]}
        return evidence_of(_request(shown, context))

    return doubts(reply.text, known)


def _next(state: TurnState, context: TurnContext, shown: Sequence[str]) -> Recollection | None:
    return next_best(
        context.memory,
        _said(state, context),
        _plan(state),
        exclude=[*_visible(state, context), *shown],
        recipient=recipient_of(context.reasoner),
    )


def after_refine(state: TurnState) -> Literal["respond", "keep_reply"]:
    """Answer again when `refine` asked for it."""
    return "respond" if isinstance(state["messages"][-1], HumanMessage) else "keep_reply"


def keep_reply(state: TurnState, runtime: Run) -> Kept:
    """Store the reply as the assistant's words, with what it was made from: never evidence.

    Raises:
        InvalidModelOutputError: The reply is empty even after the second asking.
    """
    last = state["messages"][-1]
    text = last.text
    if not text.strip():
        raise InvalidModelOutputError(
            "The model gave an empty reply twice. Your message is kept. Ask again, or check the "
            "model with `usermind model check`."
        )
    receipt, kept = journaling.keep_reply(
        runtime.context.memory,
        # A reply that confirms a deletion likes to repeat what was deleted.
        FORGOTTEN if forgot(state["messages"]) else text.replace("\x00", ""),
        thread=runtime.context.thread_id,
        message_id=state["message_id"],
        rests_on=_rests_on(state, runtime.context, last.response_metadata.get(CITED)),
        private=bool(runtime.context.said),
    )
    found: Kept = {"reply_id": receipt.id or ""}
    if kept != text:  # no checkpoint holds what the journal does not
        found["messages"] = [refining.kept_as(last, kept)]
    return found


def _rests_on(state: TurnState, context: TurnContext, cited: list[str] | None) -> tuple[str, ...]:
    """Return the ids a reply may repeat: the message, what was cited, else all it was given."""
    if cited is None:
        shown = (state.get("memories", []), state.get("doubted", []), state.get("voice", []))
        given = [hit.id for hits in shown for hit in hits]
        cited = [
            *given,
            *(fact.id for fact in _facts(context)),
            *(item.id for item in _thread(context)),
        ]
    known = (item for item in (state["observation"], *cited) if item and item != STYLE_CARD)
    return tuple(dict.fromkeys(known))


def call_tools(state: TurnState, runtime: Run) -> Spoken:
    """Carry out the model's tool calls; what it got wrong goes back to it in words."""
    last = state["messages"][-1]
    assert isinstance(last, AIMessage), "routing sends only replies here"
    answers: list[BaseMessage] = [
        ToolMessage(
            f"The arguments are not a JSON object with the fields of {call['name']!r}. "
            "Call it again with an object.",
            tool_call_id=call["id"] or "",
            name=call["name"],
            status="error",
        )
        for call in last.invalid_tool_calls
    ]
    if last.tool_calls:
        node = ToolNode(_tools(state, runtime.context), handle_tool_errors=_tool_error)
        answers += node.invoke({"messages": [last]})["messages"]
    return {"messages": answers}


def _tool_error(error: UsermindError | ToolInvocationError) -> str:
    return f"The tool failed: {error}"


def _tools(state: TurnState, context: TurnContext) -> list[BaseTool]:
    return memory_tools(context.memory, evidence=state["observation"] or None, said=context.said)


def _request(state: TurnState, context: TurnContext) -> ReplyRequest:
    memory = context.memory
    return ReplyRequest(
        system=SystemPrompt(
            user_name=memory.display_name,
            facts=tuple(
                FactLine(item.id, item.text, item.confidence, item.supported_at)
                for item in _facts(context)
            ),
        ),
        history=[_message(item) for item in _thread(context) if item.id != state["observation"]],
        turn=TurnPrompt(
            now=memory.now(),
            memories=tuple(memory_line(hit) for hit in state.get("memories", [])),
            message=_said(state, context),
            pictures=picture_lines(
                memory,
                _said(state, context),
                context.pictures,
                _look(state),
                state.get("memories", []),
                context.reasoner,
            ),
            voice=shown_voice(_said(state, context), state.get("voice", [])),
        ),
        steps=state["messages"][1:],
        tools=_tools(state, context),
    )


def _look(state: TurnState) -> Look:
    """Return what was made of the pictures of this message."""
    return (state.get("look") if state["pictures"] else None) or Look()


def _said(state: TurnState, context: TurnContext) -> str:
    return context.said or state["message"]


def _facts(context: TurnContext) -> list[Proposition]:
    lasting = [item for item in context.memory.propositions.list() if _long_known(item)]
    # What a person has one of at a time matters most; the order of ids keeps prefixes stable.
    chosen = sorted(lasting, key=lambda item: item.slot is None)[:FACTS]
    return sorted(chosen, key=lambda item: int(item.id[1:]))


def _long_known(item: Proposition) -> bool:
    lasting = item.durability in ("permanent", "year", "season")
    return lasting and item.confidence >= FACT_CONFIDENCE and item.freshness >= 0.5


def _thread(context: TurnContext) -> list[Observation]:
    """Return the last messages of this conversation, without others' words and the quarantined."""
    thread = context.thread_id
    said = context.memory.count_observations(session=thread, source=SOURCE)
    newest_first = context.memory.observations(
        session=thread, source=SOURCE, limit=min(said, HISTORY + (said - HISTORY) % BLOCK)
    )
    with context.memory.open() as file:
        shown = kept_in(file.database, newest_first[::-1])
    return [item for item in shown if _takes_part(item)]


def _earlier(state: TurnState, context: TurnContext) -> Iterator[Said]:
    """Yield the thread's messages before this one; it is read when the first is asked for."""
    for item in _thread(context):
        if item.id != state["observation"]:
            yield Said(item.author, item.text)


def _takes_part(item: Observation) -> bool:
    # Text of others may carry the user's name.
    return item.author == ASSISTANT or (item.author == USER and item.tier == "first_party")


def _message(item: Observation) -> BaseMessage:
    text = spoken(item.text)
    return AIMessage(text) if item.author == ASSISTANT else HumanMessage(text)


@cache
def build_turn_graph() -> CompiledStateGraph[TurnState, TurnContext, TurnInput, TurnState]:
    """Wire the nodes; compiled once, without a checkpointer: `turn_graph_of` gives it one."""
    graph = StateGraph(TurnState, context_schema=TurnContext, input_schema=TurnInput)
    graph.add_node("journal", journal)
    graph.add_node("look", look)
    graph.add_node("plan", plan)
    graph.add_node("recall", recall)
    graph.add_node("respond", respond)
    graph.add_node("call_tools", call_tools)
    graph.add_node("refine", refine)
    graph.add_node("keep_reply", keep_reply)
    graph.add_edge(START, "journal")
    graph.add_conditional_edges("journal", after_journal)
    graph.add_edge("look", "plan")
    graph.add_edge("plan", "recall")
    graph.add_edge("recall", "respond")
    graph.add_conditional_edges("respond", after_respond)
    graph.add_edge("call_tools", "respond")
    graph.add_conditional_edges("refine", after_refine)
    graph.add_edge("keep_reply", END)
    return graph.compile(name="turn")


def turn_graph_of(
    database: Database,
) -> CompiledStateGraph[TurnState, TurnContext, TurnInput, TurnState]:
    """Return the turn graph with its checkpoints in one user's file."""
    return build_turn_graph().copy({"checkpointer": saver_of(database)})
