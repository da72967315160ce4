"""One turn: from a message of the user to the reply.

START → journal → (look) → (listen) → plan → recall → (offer) → respond ⇄ call_tools
           ↓                                                       ↓
          END                                                    refine → keep_reply → END
   (answered before)                                               ↑ ↓ (once, when a check asks)
                                                                 respond

`journal` makes the message durable before anything else. `look` is visited where the message comes
with pictures, or answers a question about some; `listen` and `offer` where there is a catalogue:
the one for what the message says of its items, the other where it asks for some. `respond` is the
only node that calls a model, once where no tool is needed. Nothing here learns: the reply is kept
as the assistant's words, never as evidence, and reflection runs after the turn.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Literal

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolInvocationError

from usermind.errors import BudgetSpentError, InvalidModelOutputError, ModelError, UsermindError
from usermind.graphs import journaling, refining
from usermind.graphs.checking import Evidence, doubts, evidence_of
from usermind.graphs.checkpoints import saver_of
from usermind.graphs.close_calls import Answer, answered
from usermind.graphs.context import Plan, next_best, planned, recalled
from usermind.graphs.egress import passed, recipient_of
from usermind.graphs.heard import heard, words_in
from usermind.graphs.journaling import FORGOTTEN, SOURCE, keep_message, reply_id
from usermind.graphs.offering import (
    CATALOGUE_FAULTS,
    Called,
    advised,
    called_for,
    failed,
    heard_of,
    log_shown,
    recommended_in,
)
from usermind.graphs.pictures import Look, explained, looked
from usermind.graphs.turn_request import (
    earlier_in,
    facts_of,
    look_of,
    request_of,
    said_in,
    thread_of,
    tools_of,
)
from usermind.graphs.turn_state import (
    Journaled,
    Kept,
    Listened,
    Looked,
    Offered,
    Planned,
    Recalled,
    Refined,
    Run,
    Spoken,
    TurnContext,
    TurnInput,
    TurnState,
)
from usermind.graphs.voice import voice_of
from usermind.memory import Recollection
from usermind.memory.database import Database
from usermind.memory.journal import ASSISTANT
from usermind.models.account import charging, metered
from usermind.models.offline import Offline
from usermind.models.reasoner import CITED, DEGRADED
from usermind.prompts import STYLE_CARD
from usermind.tools.corrections import standing
from usermind.tools.forget import forgot

MAX_TOOL_ROUNDS = 4
"""How often the model may call tools within one turn."""


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
    earlier = None
    if receipt.outcome == "known":
        earlier = context.memory.find_observation(SOURCE, reply_id(state["message_id"]))
        said += [AIMessage(earlier.text, response_metadata={CITED: []})] if earlier else []
    return {
        "observation": receipt.id or "",
        "messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *said],
        "refined": False,
        # Of a message that was answered before, nothing is looked at again.
        "pictures": 0 if earlier else len(context.pictures),
        "sources": (),
        "instead": None,
        "doubted": [],
        "past": None,
        "heard": (),
        "advice": None,
        "unoffered": None,
    }


def after_journal(state: TurnState, runtime: Run) -> Literal["look", "listen", "plan", "__end__"]:
    """Stop when the message was answered before; look where there are or were pictures."""
    if isinstance(state["messages"][-1], AIMessage):
        return "__end__"
    return "look" if state["pictures"] or state.get("look") else after_look(state, runtime)


def after_look(state: TurnState, runtime: Run) -> Literal["listen", "plan"]:
    """Listen for what is said of items where there is a catalogue; nothing private is kept."""
    context = runtime.context
    return "plan" if context.advisor is None or context.said is not None else "listen"


def listen(state: TurnState, runtime: Run) -> Listened:
    """Keep what the message says of items of the catalogue, so that the next ranking knows it."""
    context = runtime.context
    assert context.advisor is not None, "routing listens only where there is a catalogue"
    if not state["observation"]:
        return {"heard": (), "unoffered": None}
    try:
        kept = context.advisor.listen(
            context.memory,
            said_in(state, context),
            observation=state["observation"],
            thread=context.thread_id,
        )
        unclear = context.advisor.unclear(
            context.memory, said_in(state, context), thread=context.thread_id
        )
        stand = standing(context.memory, said_in(state, context), observation=state["observation"])
    except CATALOGUE_FAULTS as error:
        return {"heard": (), "unoffered": failed(error)}
    return {"heard": heard_of(kept, unclear, stand), "unoffered": None}


def look(state: TurnState, runtime: Run) -> Looked:
    """Compare the pictures with what is on record; take the answer to what was asked of others."""
    context = runtime.context
    memory, before = context.memory, state.get("look")
    told = Answer()
    if before and before.asked:
        replies = (item.text for item in thread_of(context)[::-1] if item.author == ASSISTANT)
        told = answered(memory, said_in(state, context), before.asked, next(replies, ""))
    heard = told if told.confirmed or told.denied else None
    if context.pictures:
        found = looked(
            memory,
            context.pictures,
            context.reasoner,
            said_in(state, context),
            observation=state["observation"] or None,
            learn=context.said is None,
        )
        found = replace(found, told=heard)
        return {"look": found, "seen": found.keys}
    seen = told.confirmed or state.get("seen", ())
    return {"look": Look(told=heard) if heard else None, "seen": seen}


def plan(state: TurnState, runtime: Run) -> Planned:
    """Decide which memories this message needs, and what it speaks of."""
    context = runtime.context
    memory, seen = context.memory, state.get("seen", ())
    message, unoffered, called = said_in(state, context), state.get("unoffered"), Called()
    advisor = None if unoffered else context.advisor
    try:
        called = called_for(
            memory,
            message,
            advisor,
            thread=context.thread_id,
            observation=state["observation"] or None,
        )
    except CATALOGUE_FAULTS as error:
        advisor, unoffered = None, failed(error)
    found = planned(
        memory,
        message,
        earlier_in(state, context),
        planner=context.planner,
        connected=("feedback", "catalogue") if advisor else (),
        called=called.sources,
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
        "past": called.past if "feedback" in found.sources else None,
        "unoffered": unoffered,
    }


def recall(state: TurnState, runtime: Run) -> Recalled:
    """Search the planned sources in one ranking and keep what fits the budget."""
    context = runtime.context
    past = state.get("past")
    hits = recalled(
        context.memory,
        said_in(state, context),
        _plan(state),
        exclude=_visible(state, context),
        recipient=recipient_of(context.reasoner),
        past=past.ids if past else None,
    )
    voice = voice_of(
        context.memory,
        said_in(state, context),
        exclude=[state["observation"]],
        recipient=recipient_of(context.reasoner),
    )
    return {"memories": explained(hits, look_of(state)), "voice": voice}


def after_recall(state: TurnState) -> Literal["offer", "respond"]:
    """Look through the catalogue where that is planned."""
    return "offer" if "catalogue" in state["sources"] else "respond"


def offer(state: TurnState, runtime: Run) -> Offered:
    """Rank the catalogue for the user and what they ask."""
    context = runtime.context
    assert context.advisor is not None, "a catalogue is planned only where there is one"
    try:
        advice = advised(
            context.advisor,
            context.memory,
            said_in(state, context),
            thread=context.thread_id,
            observation=state["observation"] or None,
            recipient=recipient_of(context.reasoner),
        )
    except CATALOGUE_FAULTS as error:
        return {"advice": None, "unoffered": failed(error)}
    return {"advice": advice, "unoffered": None}


def _plan(state: TurnState) -> Plan:
    return Plan(state["sources"], state["focus"], state["names"])


def _visible(state: TurnState, context: TurnContext) -> list[str]:
    # What the user just said may answer, and can be cited; our own replies only echo.
    return [state["observation"], *(i.id for i in thread_of(context) if i.author == ASSISTANT)]


def respond(state: TurnState, runtime: Run) -> Spoken:
    """Let the reasoner answer; its words are streamed to whoever listens.

    When the user's daily budget has no room for it, the offline engine answers in its place.
    """
    context = runtime.context
    request = passed(request_of(state, context), context.memory, context.reasoner)
    with charging(context.memory.account):
        try:
            said = metered(context.reasoner).reply(request)
            return {"messages": [heard(said, runtime.stream_writer)]}
        except BudgetSpentError as spent:  # before the first word
            reply = heard(Offline().reply(request), runtime.stream_writer)
            reply.response_metadata[DEGRADED] = str(spent)
        except ModelError:
            if refining.first_reply(state["messages"]) is None:
                raise
            return {"messages": []}  # what it said first is better than nothing
    return {"messages": [reply]}


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
        return evidence_of(request_of(shown, context))

    return doubts(reply.text, known)


def _next(state: TurnState, context: TurnContext, shown: Sequence[str]) -> Recollection | None:
    return next_best(
        context.memory,
        said_in(state, context),
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
        FORGOTTEN if forgot(state["messages"]) else words_in(last),
        thread=runtime.context.thread_id,
        message_id=state["message_id"],
        rests_on=_rests_on(state, runtime.context, last.response_metadata.get(CITED)),
        private=bool(runtime.context.said),
        since=runtime.context.since,
    )
    context = runtime.context
    named = recommended_in(text, state.get("advice"), state["messages"])
    lost = context.since is not None and context.memory.lost_since(context.since)
    # What is forgotten meanwhile may be what was shown, or why.
    if context.said is None and kept == text and not lost:
        log_shown(context.memory, named, thread=context.thread_id, observation=receipt.id)
    found: Kept = {"reply_id": receipt.id or ""}
    if kept != text:  # no checkpoint holds what the journal does not
        found["messages"] = [refining.kept_as(last, kept)]
    return found


def _rests_on(state: TurnState, context: TurnContext, cited: list[str] | None) -> tuple[str, ...]:
    """Return the ids a reply may repeat: the message, what was cited, else all it was given."""
    if cited is None:
        shown = (state.get("memories", []), state.get("doubted", []), state.get("voice", []))
        given = [hit.id for hits in shown for hit in hits]
        advice = state.get("advice")
        cited = [
            *given,
            *(advice.cites if advice else ()),
            *(fact.id for fact in facts_of(context)),
            *(item.id for item in thread_of(context)),
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
        node = ToolNode(tools_of(state, runtime.context), handle_tool_errors=_tool_error)
        answers += node.invoke({"messages": [last]})["messages"]
    return {"messages": answers}


def _tool_error(error: UsermindError | ToolInvocationError) -> str:
    return f"The tool failed: {error}"


@cache
def build_turn_graph() -> CompiledStateGraph[TurnState, TurnContext, TurnInput, TurnState]:
    """Wire the nodes; compiled once, without a checkpointer: `turn_graph_of` gives it one."""
    graph = StateGraph(TurnState, context_schema=TurnContext, input_schema=TurnInput)
    graph.add_node("journal", journal)
    graph.add_node("look", look)
    graph.add_node("listen", listen)
    graph.add_node("plan", plan)
    graph.add_node("recall", recall)
    graph.add_node("offer", offer)
    graph.add_node("respond", respond)
    graph.add_node("call_tools", call_tools)
    graph.add_node("refine", refine)
    graph.add_node("keep_reply", keep_reply)
    graph.add_edge(START, "journal")
    graph.add_conditional_edges("journal", after_journal)
    graph.add_conditional_edges("look", after_look)
    graph.add_edge("listen", "plan")
    graph.add_edge("plan", "recall")
    graph.add_conditional_edges("recall", after_recall)
    graph.add_edge("offer", "respond")
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
