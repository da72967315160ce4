"""Doing what was offered: a draft first, the user's leave where it is needed, then once.

START → approve → execute → END
           ↘ (refused, stopped) → END

`approve` interrupts the graph where the user has to agree to these very arguments; the answer comes
with `Command(resume=…)`, in this process or another one, now or days later. The log in
`ana.actions` is what counts: `execute` runs a tool only where it could move the row from `approved`
to `running`, which one of several can, so a call that comes twice is made once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypedDict, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from usermind.errors import InvalidInputError, PrivacyError
from usermind.graphs.checkpoints import saver_of
from usermind.graphs.tracing import untraced
from usermind.memory import UserMemory
from usermind.memory.actions import WAITING, ActionRecord
from usermind.tools.actions import Actions

Leave = Literal["yes", "no"]


class ActingState(TypedDict, total=False):
    """What the nodes share: the id alone; what is to be done stands in the log."""

    action: str


@dataclass(frozen=True, slots=True)
class ActingContext:
    """What doing something needs, and never changes."""

    memory: UserMemory
    actions: Actions
    unasked: bool = False
    """Whether it was worth doing without asking, and may be; never what cannot be taken back."""


Context = Runtime[ActingContext]


def approve(state: ActingState, runtime: Context) -> ActingState:
    """Get leave: by the rule that decided, or by the user, for whom the graph waits."""
    memory, one = runtime.context.memory, _record(state, runtime)
    if one.state != "draft":
        return state
    if runtime.context.unasked and one.effect != "irreversible":
        memory.actions.move(one.id, "approved", by="utility")
        return state
    leave: Leave = interrupt(
        {"action": one.id, "tool": one.tool, "arguments": dict(one.arguments), "effect": one.effect}
    )
    memory.actions.move(one.id, "approved" if leave == "yes" else "refused", by="user")
    return state


def execute(state: ActingState, runtime: Context) -> ActingState:
    """Use the tool, once; what it says, or the kind of its failure, is kept.

    Where the privacy gate breaks over what it says, that alone is not kept.
    """
    memory, one = runtime.context.memory, _record(state, runtime)
    try:
        action = runtime.context.actions.named(one.tool)
        arguments = action.checked(one.arguments)
    except InvalidInputError:  # the tool was changed since it was drafted
        memory.actions.move(one.id, "failed", error="the arguments no longer fit")
        raise
    memory.actions.move(one.id, "running")
    try:
        result = action.tool.invoke(arguments)
    except Exception as error:  # noqa: BLE001  # whatever a tool of others raises is its failure
        memory.actions.move(one.id, "failed", error=type(error).__name__)
        return state
    except BaseException:  # interrupted: it may have been done
        memory.actions.move(one.id, "unclear", error="interrupted")
        raise
    try:
        memory.actions.move(one.id, "done", result=str(result))
    except PrivacyError:  # it was done all the same
        memory.actions.move(one.id, "done", error="what the tool said could not be kept")
    return state


def may_run(state: ActingState, runtime: Context) -> Literal["execute", "__end__"]:
    """Say whether leave was given."""
    return "execute" if _record(state, runtime).state == "approved" else "__end__"


def _record(state: ActingState, runtime: Context) -> ActionRecord:
    return runtime.context.memory.actions.get(state["action"])


@cache
def build_acting_graph() -> CompiledStateGraph[ActingState, ActingContext]:
    """Wire the nodes; compiled once, without a checkpointer."""
    graph = StateGraph(ActingState, context_schema=ActingContext)
    graph.add_node("approve", approve)
    graph.add_node("execute", execute)
    graph.add_edge(START, "approve")
    graph.add_conditional_edges("approve", may_run)
    graph.add_edge("execute", END)
    return graph.compile(name="acting")


def begin(
    memory: UserMemory, actions: Actions, suggestion: str, call: Mapping[str, Any], *, unasked: bool
) -> ActionRecord:
    """Draft what an offer would do, and do it where no leave is needed; return how it stands.

    What was approved before, and cut off or stopped before it began, is done now.

    Raises:
        InvalidInputError: The tool is unknown or not granted, its arguments do not fit, or all
            actions of the user are stopped.
        UnknownItemError: There is no such suggestion.
        PrivateTopicError: Its arguments touch a private topic, or may not be stored.
    """
    tool, arguments = str(call["tool"]), cast("Mapping[str, Any]", call["arguments"])
    action = actions.named(tool)
    one = memory.actions.draft(
        tool,
        action.checked(arguments),
        effect=action.effect,
        scopes=action.scopes,
        suggestion=suggestion,
    )
    if one.state in WAITING:
        _run(ActingContext(memory, actions, unasked), one.id, {"action": one.id})
    return memory.actions.get(one.id)


def give_leave(memory: UserMemory, actions: Actions, id_: str, leave: Leave) -> ActionRecord:
    """Go on with what waits: do it, or leave it; return how it stands.

    That is a draft, or what was approved, and cut off or stopped before it began.

    Raises:
        InvalidInputError: It does not wait any more, the tool is unknown or not granted, or all
            actions of the user are stopped.
        UnknownItemError: There is no such action.
    """
    one = memory.actions.get(id_)
    if one.state not in WAITING:
        raise InvalidInputError(f"{id_} is {one.state}: there is nothing to agree to.")
    actions.named(one.tool)
    context = ActingContext(memory, actions)
    if one.state == "approved" and leave == "no":
        return memory.actions.move(id_, "refused", by="user")
    # Up to the question, whose checkpoint may have been forgotten; what is approved goes on.
    _run(context, id_, {"action": id_})
    if one.state == "draft":
        _run(context, id_, Command(resume=leave))
    return memory.actions.get(id_)


def _run(context: ActingContext, id_: str, given: ActingState | Command[Any]) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": f"usermind-action:{id_}"}}
    with context.memory.open() as file, untraced():
        graph = build_acting_graph().copy({"checkpointer": saver_of(file.database)})
        graph.invoke(given, config, context=context)
