"""Proactive suggestions: what is noticed becomes offers, and most of them silence.

START → tidy → notice → imagine → weigh → decide → END
                  └───────(no model)──────↗

`tidy` expires what is over and finds what was snoozed until now. `notice` finds candidates by rules
(`noticing`): what is coming, what clashes, what to keep in mind. `imagine` asks a model for ideas,
where there is one and something happened since it was asked last; `weigh` has each idea weighed
(`imagining`). `decide` puts every candidate before `ana.suggestions.consider`, the worthiest first,
so that the budget goes to what is worth most; each is one transaction.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    ModelError,
    PromptTooLongError,
    TruncatedOutputError,
)
from usermind.graphs.asked import asked
from usermind.graphs.coming import around
from usermind.graphs.egress import recipient_of
from usermind.graphs.imagining import HOLDS, IDEA, Scene, imagined, scene, weighed
from usermind.graphs.noticing import (
    ABOUT_ONE,
    LATE,
    MISSED,
    REPLIES,
    WEEK,
    matter_of,
    notice,
    reminded,
    reply_matter,
    wish_matter,
)
from usermind.graphs.reminders import requested
from usermind.graphs.tracing import untraced
from usermind.memory import UserMemory, pause
from usermind.memory.candidates import REQUESTED, Candidate, Moment
from usermind.memory.patience import Patience
from usermind.memory.suggestion_rows import Suggestion
from usermind.memory.suggestions import Considered
from usermind.models.reasoner import Reasoner
from usermind.tools.actions import Actions

_log = logging.getLogger(__name__)

LOOK: Final = WEEK + timedelta(days=1)
MOST_CHANGES = 200
"""Changed claims that one pass looks at, the newest."""


class ProactiveState(TypedDict, total=False):
    """What the nodes share."""

    woken: tuple[Suggestion, ...]
    candidates: tuple[Candidate, ...]
    meeting: bool
    """Whether an appointment is going on."""
    awaited: tuple[datetime, ...]
    """When it is to be told of what is known and cannot wait."""
    scene: Scene
    """What the model was shown for its ideas, and is shown to weigh them."""
    ideas: tuple[Candidate, ...]
    considered: tuple[Considered, ...]
    trouble: str | None


@dataclass(frozen=True, slots=True)
class ProactiveContext:
    """What a pass needs and never changes."""

    memory: UserMemory
    reasoner: Reasoner
    patience: Patience = field(default_factory=Patience)
    moment: Moment = field(default_factory=Moment)
    after: int = 0
    """Number of the last change that an earlier pass saw."""
    ideas: bool = True
    """Whether a model is asked for ideas."""
    actions: Actions = field(default_factory=Actions)
    """What can be done for the user."""
    acts: bool = False
    """Whether anything may be done before the user has said yes."""


class Tidied(TypedDict):
    """Update written by `tidy`."""

    woken: tuple[Suggestion, ...]


class Noticed(TypedDict):
    """Update written by `notice_coming`."""

    candidates: tuple[Candidate, ...]
    meeting: bool
    awaited: tuple[datetime, ...]


class Imagined(TypedDict, total=False):
    """Update written by `imagine`."""

    scene: Scene
    ideas: tuple[Candidate, ...]
    trouble: str | None


class Weighed(TypedDict, total=False):
    """Update written by `weigh`."""

    candidates: tuple[Candidate, ...]
    trouble: str | None


class Decided(TypedDict):
    """Update written by `decide`."""

    considered: tuple[Considered, ...]


Context = Runtime[ProactiveContext]


def tidy(state: ProactiveState, runtime: Context) -> Tidied:
    """Expire and withdraw what is over; find what is to be weighed again."""
    runtime.context.memory.actions.tidy()
    return {"woken": tuple(runtime.context.memory.suggestions.tidy())}


def notice_coming(state: ProactiveState, runtime: Context) -> Noticed:
    """Find candidates by rules."""
    given = runtime.context
    zone = given.patience.tz
    found = around(given.memory, until=LOOK, since=LATE, zone=zone)
    # What was ticked off, moved or cancelled is not offered any more, and not waited with either.
    given.memory.suggestions.keep_only(
        ABOUT_ONE,
        [matter_of(kind, one) for kind in ABOUT_ONE for one in (*found.ahead, *found.late)],
    )
    waiting = asked(given.memory, zone=zone)
    given.memory.suggestions.keep_only(REPLIES, [reply_matter(one) for one in waiting])
    wished = requested(given.memory, zone=zone)
    given.memory.suggestions.keep_only([MISSED], [wish_matter(one) for one in wished])
    changed = _changed(given.memory, given.after)
    muted = {each.key for each in given.memory.suggestions.muted()}
    return {
        "candidates": tuple(
            notice(
                given.memory,
                found.ahead,
                late=found.late,
                waiting=waiting,
                # Who wants to be reminded of nothing has missed nothing.
                wished=[one for one in wished if not one.missed or REQUESTED not in muted],
                changed=changed,
                patience=given.patience,
            )
        ),
        "meeting": found.meeting,
        "awaited": () if "reminder" in muted else tuple(reminded(found.ahead, given.patience)),
    }


def imagine(state: ProactiveState, runtime: Context) -> Imagined:
    """Ask the model for ideas; where it fails there are none, and the pass says so.

    What it answers with rubbish is not asked again until something new happened: it would be asked
    the same. One that cannot be reached is left alone for a while.
    """
    given = runtime.context
    waiting = pause.waiting(given.memory)
    if waiting is not None:
        return {"scene": Scene((), (), ()), "ideas": (), "trouble": waiting}
    upto = given.memory.suggestions.news()
    shown = scene(given.memory, recipient_of(given.reasoner))
    try:
        ideas = tuple(imagined(given.memory, given.reasoner, shown, given.actions))
    except _ANSWERED as error:
        _answered(given.memory, upto)
        return {"scene": shown, "ideas": (), "trouble": str(error)}
    except ModelError as error:
        with given.memory.open() as file, file.database.write() as connection:
            pause.begin(connection, now=given.memory.now())
        return {"scene": shown, "ideas": (), "trouble": str(error)}
    _answered(given.memory, upto)
    return {"scene": shown, "ideas": ideas}


_ANSWERED: Final = (InvalidModelOutputError, TruncatedOutputError, PromptTooLongError)
"""Failures that the same prompt would bring again."""


def _answered(memory: UserMemory, upto: int | None) -> None:
    if upto is not None:
        memory.suggestions.asked(upto)
    with memory.open() as file, file.database.write() as connection:
        pause.end(connection)


def weigh(state: ProactiveState, runtime: Context) -> Weighed:
    """Have ideas weighed."""
    given = runtime.context
    ideas, trouble = weighed(given.memory, given.reasoner, state["scene"], state["ideas"])
    update: Weighed = {"candidates": (*state["candidates"], *ideas)}
    if trouble is not None:
        update["trouble"] = str(trouble)
    return update


def decide(state: ProactiveState, runtime: Context) -> Decided:
    """Weigh up every candidate and what was snoozed, the worthiest first."""
    given = runtime.context
    doing = given.moment
    if state["meeting"]:
        doing = replace(doing, meeting=True)
    door = given.memory.suggestions
    acts = given.acts and given.memory.actions.stopped() is None
    # What a model makes of the words of others may be their doing, whatever it names as its reason.
    ideas = acts and "scene" in state and state["scene"].own
    found = [
        door.weigh_again(each.id, patience=given.patience, moment=doing, awaited=state["awaited"])
        for each in state["woken"]
    ]
    for each in sorted(state["candidates"], key=lambda each: -each.useful * each.benefit):
        try:
            one = door.consider(
                each,
                patience=given.patience,
                moment=doing,
                acts=ideas if each.kind == IDEA else acts,
                awaited=state["awaited"],
            )
        except InvalidInputError as error:  # a bad one takes nothing from the others
            _log.warning("A candidate of kind %s could not be weighed", each.kind)
            one = Considered(None, str(error))
        found.append(one)
    return {"considered": tuple(found)}


def asks(state: ProactiveState, runtime: Context) -> Literal["imagine", "decide"]:
    """Say whether a model is asked: where one is, an idea could come, and something is new."""
    given = runtime.context
    if not given.ideas or recipient_of(given.reasoner) == "offline":
        return "decide"
    if not _could_come(given.patience, given.memory.now()):
        return "decide"
    return "decide" if given.memory.suggestions.news() is None else "imagine"


def _could_come(patience: Patience, now: datetime) -> bool:
    """Say whether an idea that a model has now could be told, be it in the next digest."""
    never = patience.per_day == 0 or patience.burst == 0
    return not never or patience.next_digest(now) < now + HOLDS


def _changed(memory: UserMemory, after: int) -> Sequence[str]:
    events = memory.changes(after=after, limit=10_000)
    ids = dict.fromkeys(
        event.item
        for event in events
        if event.kind.startswith("proposition.")
        and not event.kind.endswith((".forgotten", ".unsaid"))
    )
    known = {claim.id for claim in memory.propositions.list(status="active")}
    return [id_ for id_ in ids if id_ in known][-MOST_CHANGES:]


@cache
def build_proactive_graph() -> CompiledStateGraph[ProactiveState, ProactiveContext]:
    """Return the graph; compiled once."""
    graph = StateGraph(ProactiveState, context_schema=ProactiveContext)
    graph.add_node("tidy", tidy)
    graph.add_node("notice", notice_coming)
    graph.add_node("imagine", imagine)
    graph.add_node("weigh", weigh)
    graph.add_node("decide", decide)
    graph.add_edge(START, "tidy")
    graph.add_edge("tidy", "notice")
    graph.add_conditional_edges("notice", asks)
    graph.add_edge("imagine", "weigh")
    graph.add_edge("weigh", "decide")
    graph.add_edge("decide", END)
    return graph.compile()


def considered(context: ProactiveContext) -> tuple[tuple[Considered, ...], str | None]:
    """Run one pass; return what became of each candidate, and what kept a model from helping.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        StoreError: Their file cannot be read or written.
        PrivacyError: The gate broke; nothing was sent.
    """
    with untraced():
        state = build_proactive_graph().invoke({}, context=context)
    return state["considered"], state.get("trouble")
