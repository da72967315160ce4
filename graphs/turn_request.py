"""What a model is asked in a turn: what is long known, the conversation, memories, the message."""

from collections.abc import Iterator
from functools import partial

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
)
from langchain_core.tools import BaseTool

from usermind.graphs.context import memory_line
from usermind.graphs.egress import recipient_of
from usermind.graphs.journaling import SOURCE
from usermind.graphs.offering import offer_of, past_of
from usermind.graphs.pictures import Look, picture_lines
from usermind.graphs.plan import Said, is_for_the_user
from usermind.graphs.reminders import reminders_for
from usermind.graphs.turn_state import TurnContext, TurnState
from usermind.graphs.voice import shown_voice
from usermind.memory.journal import ASSISTANT, Observation, is_own_words
from usermind.memory.propositions import Proposition
from usermind.memory.quarantine import kept_in
from usermind.models.reasoner import ReplyRequest
from usermind.prompts import NO_REMINDERS, FactLine, KeptOut, SystemPrompt, TurnPrompt, spoken
from usermind.prompts.kept_out import as_told
from usermind.tools import catalogue_tools, memory_tools
from usermind.tools.reformulating import recalled_with, reformulated

HISTORY = 13
"""Last messages of the thread that the model sees, with the one it answers, at least."""
BLOCK = 6
"""Messages that leave its sight at once: were it one by one, what vLLM has cached of the prompt
would end at the first of them in every turn."""
FACTS = 16
"""Long-lived claims in the system prompt, at most."""
FACT_CONFIDENCE = 0.6
"""Probability from which on a claim is given as long known."""


def tools_of(state: TurnState, context: TurnContext) -> list[BaseTool]:
    """Return the tools that the model may call."""
    memory, evidence = context.memory, state["observation"] or None
    search = None
    if context.reformulate:
        search = partial(recalled_with, memory, reasoner=context.reasoner, how=context.reformulate)
    tools = memory_tools(memory, evidence=evidence, said=context.said, search=search)
    if context.advisor is None:
        return tools
    reword = None
    if context.reformulate:
        reword = partial(
            reformulated,
            memory,
            reasoner=context.reasoner,
            how=context.reformulate,
            things=context.advisor.catalogue.things,
        )
    return tools + catalogue_tools(
        memory,
        context.advisor,
        evidence=evidence,
        said=context.said,
        recipient=recipient_of(context.reasoner),
        reword=reword,
    )


def request_of(state: TurnState, context: TurnContext) -> ReplyRequest:
    """Return everything that the reply is made from, before the privacy gate has seen it."""
    memory = context.memory
    return ReplyRequest(
        system=SystemPrompt(
            user_name=memory.display_name,
            facts=tuple(
                FactLine(item.id, item.text, item.confidence, item.supported_at)
                for item in facts_of(context)
            ),
        ),
        history=[_message(item) for item in thread_of(context) if item.id != state["observation"]],
        turn=TurnPrompt(
            now=memory.now(),
            memories=tuple(memory_line(hit) for hit in state.get("memories", [])),
            message=said_in(state, context),
            pictures=picture_lines(
                memory,
                said_in(state, context),
                context.pictures,
                look_of(state),
                state.get("memories", []),
                context.reasoner,
            ),
            voice=shown_voice(said_in(state, context), state.get("voice", [])),
            past=past_of(state.get("past"), {hit.id for hit in state.get("memories", [])}),
            heard=state.get("heard", ()),
            offer=offer_of(
                state.get("advice"),
                unread=bool(state.get("unoffered")) and is_for_the_user(said_in(state, context)),
            ),
            # Nothing is kept of a private message, so nobody is reminded of what it asks for.
            reminders=NO_REMINDERS
            if context.said is not None
            else reminders_for(memory, state["message"], message=state["observation"]),
            kept_out=KeptOut(tuple(map(as_told, context.private)), context.said is not None),
        ),
        steps=state["messages"][1:],
        tools=tools_of(state, context),
    )


def look_of(state: TurnState) -> Look:
    """Return what was made of the pictures of this message, and heard of those before."""
    return state.get("look") or Look()


def said_in(state: TurnState, context: TurnContext) -> str:
    """Return the message as a model may see it."""
    return context.said or state["message"]


def facts_of(context: TurnContext) -> list[Proposition]:
    """Return the long-lived claims that every prompt begins with, by id."""
    lasting = [item for item in context.memory.propositions.list() if _long_known(item)]
    # What a person has one of at a time matters most; the order of ids keeps prefixes stable.
    chosen = sorted(lasting, key=lambda item: item.slot is None)[:FACTS]
    return sorted(chosen, key=lambda item: int(item.id[1:]))


def _long_known(item: Proposition) -> bool:
    lasting = item.durability in ("permanent", "year", "season")
    return lasting and item.confidence >= FACT_CONFIDENCE and item.freshness >= 0.5


def thread_of(context: TurnContext) -> list[Observation]:
    """Return the last messages of this conversation, without others' words and the quarantined."""
    thread = context.thread_id
    said = context.memory.count_observations(session=thread, source=SOURCE)
    newest_first = context.memory.observations(
        session=thread, source=SOURCE, limit=min(said, HISTORY + (said - HISTORY) % BLOCK)
    )
    with context.memory.open() as file:
        shown = kept_in(file.database, newest_first[::-1])
    return [item for item in shown if _takes_part(item)]


def earlier_in(state: TurnState, context: TurnContext) -> Iterator[Said]:
    """Yield the thread's messages before this one; it is read when the first is asked for."""
    for item in thread_of(context):
        if item.id != state["observation"]:
            yield Said(item.author, item.text)


def _takes_part(item: Observation) -> bool:
    # Text of others may carry the user's name.
    return item.author == ASSISTANT or is_own_words(item)


def _message(item: Observation) -> BaseMessage:
    text = spoken(item.text)
    return AIMessage(text) if item.author == ASSISTANT else HumanMessage(text)
