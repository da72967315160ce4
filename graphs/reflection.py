"""Reflection: new observations become changes of what is known. The model proposes, code disposes.

START → lease → sift → propose → relate → revise → apply → END
          ↓       ↓       ↓                   ↑
         END      └───────┼── (nothing new) ──┘
                         END   (the reasoner failed)

`sift` sets apart what says nothing new. Only `propose` calls a model, once, and never inside a
transaction. `relate` checks every operation against the observations and finds the proposition it
means, `revise` settles what several operations say about the same thing, `apply` writes all of it
in one transaction or nothing.

A user whose daily budget has no room for the call waits for the next day, so that the model sees
what they said. What has waited for `PATIENCE` (see `asking`) by then, or is too much for the budget
of any day, is learnt from by the rules of the offline engine instead: it is never left lying.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from usermind.errors import (
    BudgetSpentError,
    ModelTimeoutError,
    ModelUnavailableError,
    StoreError,
    UsermindError,
)
from usermind.graphs.asking import Asking
from usermind.graphs.echo import Hearing, heard, presentable
from usermind.graphs.egress import recipient_of
from usermind.graphs.excerpts import MOST, SHOWN, Excerpt, excerpts, unread
from usermind.graphs.familiar import Sifted
from usermind.graphs.familiar import sift as sift_observations
from usermind.graphs.mentions import count_mentions
from usermind.graphs.proposals import changing, components, settle, validated
from usermind.graphs.statements import hints, placed
from usermind.graphs.tracing import untraced
from usermind.memory import ReflectionReport, UserMemory
from usermind.memory.changes import Change, StalePlanError
from usermind.memory.changes import apply as apply_changes
from usermind.memory.journal import Observation
from usermind.memory.propositions import Proposition
from usermind.memory.work import Lease, Queue
from usermind.models.offline import Offline
from usermind.models.reasoner import Reasoner
from usermind.prompts import KnownLine, ObservationLine, Operation, ReflectPrompt

_log = logging.getLogger(__name__)

BATCH = 24
"""Observations that one call of the reasoner deals with, at most."""
BATCH_CHARACTERS = 8_000
"""Text of one batch, at most, unless it is a single long observation."""
KNOWN = 24
"""Related propositions that the reasoner is shown, at most."""
MAX_CONFLICTS = 3
"""How often a batch is tried anew because its propositions changed meanwhile."""
WAIT = 60.0
"""Seconds that who asks for a reflection waits, at most, for batches of other threads."""


class ReflectionState(TypedDict, total=False):
    """What the nodes share."""

    lease: Lease | None
    sifted: Sifted
    known: tuple[Proposition, ...]
    shown: tuple[Excerpt, ...]
    operations: tuple[Operation, ...]
    author: str
    """Name of the reasoner that proposed."""
    plan: tuple[Change, ...]
    report: ReflectionReport


@dataclass(frozen=True, slots=True)
class ReflectionContext:
    """What a reflection needs and never changes."""

    memory: UserMemory
    reasoner: Reasoner
    keep: Callable[[str], None] = lambda _: None
    """Is told the token of a lease, to keep it alive while the reasoner thinks."""


class Leased(TypedDict):
    """Update written by `lease`."""

    lease: Lease | None
    report: ReflectionReport


class Parted(TypedDict):
    """Update written by `sift`."""

    sifted: Sifted
    plan: tuple[Change, ...]
    report: ReflectionReport


class Proposed(TypedDict, total=False):
    """Update written by `propose`."""

    known: tuple[Proposition, ...]
    shown: tuple[Excerpt, ...]
    operations: tuple[Operation, ...]
    author: str
    report: ReflectionReport


class Planned(TypedDict):
    """Update written by `relate` and `revise`."""

    plan: tuple[Change, ...]
    report: ReflectionReport


class Reported(TypedDict):
    """Update written by `apply`."""

    report: ReflectionReport


Run = Runtime[ReflectionContext]


def lease(state: ReflectionState, runtime: Run) -> Leased:
    """Take the next stretch of due observations, cut at a session's end where that is near."""
    memory = runtime.context.memory
    with memory.open() as file:
        # One more than fits shows whether the last session goes on.
        taken = Queue(file.database, now=memory.now()).lease(limit=BATCH + 1, cut=stretch)
    if taken is not None:
        runtime.context.keep(taken.token)
    return {"lease": taken, "report": ReflectionReport()}


def stretch(due: Sequence[Observation]) -> int:
    """Return how many of the due observations make one batch; at least 1.

    As many whole sessions as fit the budget; when already the first does not fit, its beginning.
    """
    size, end, last_border = 0, 0, 0
    for place, item in enumerate(due):
        size += min(len(item.text), MOST * SHOWN)
        if place and item.session != due[place - 1].session:
            last_border = place
        if place == BATCH or (place and size > BATCH_CHARACTERS):
            break
        if item.tier != due[0].tier:  # what others wrote is never read beside the user's words
            return place
        end = place + 1
    if end == len(due) or not last_border or last_border < end // 2:
        return end
    return last_border


def after_lease(state: ReflectionState) -> Literal["sift", "__end__"]:
    """Stop when nothing is due."""
    return "sift" if state.get("lease") else "__end__"


def sift(state: ReflectionState, runtime: Run) -> Parted:
    """Set apart the observations that say nothing new; no model sees them."""
    taken, memory = _taken(state), runtime.context.memory
    with given_back(memory, taken):
        parted = sift_observations(memory, taken.observations)
    report = replace(_report(state), familiar=parted.familiar)
    return {"sifted": parted, "plan": parted.plan, "report": report}


def after_sift(state: ReflectionState) -> Literal["propose", "revise"]:
    """Ask nobody where nothing is new."""
    return "propose" if _sifted(state).fresh else "revise"


def propose(state: ReflectionState, runtime: Run) -> Proposed:
    """Ask the reasoner for operations; on failure the observations go back to the queue.

    Once; and once more, with the beginnings alone, where long observations are too much for it.
    """
    taken, memory = _taken(state), runtime.context.memory
    fresh = _sifted(state).fresh
    whole, beginnings = excerpts(fresh), excerpts(fresh, most=1)
    asking = Asking(memory, runtime.context.reasoner, taken)
    prompts: list[ReflectPrompt] = []
    try:
        with given_back(memory, taken):
            known = presentable(memory, whole, related(memory, whole))
            recipient = recipient_of(runtime.context.reasoner)

            def prompt(shown: Sequence[Excerpt]) -> ReflectPrompt:
                prompts.append(_prompt(memory, shown, known, recipient))
                return prompts[-1]

            try:
                answer, shown = asking.answered(whole, beginnings, prompt)
            except BudgetSpentError as spent:
                return _postponed(memory, taken, spent, asking.calls)
    except StoreError:
        raise
    except UsermindError as error:
        _log.warning("Reflection failed and will be tried again: %s", _said(error))
        failed = ReflectionReport(failed=len(taken.observations), calls=asking.calls)
        return {"report": replace(failed, errors=(_said(error),), outages=int(_outage(error)))}
    return {
        "known": known,
        "shown": tuple(shown),
        "operations": tuple(answer.operations),
        "author": asking.author,
        "report": replace(
            _report(state), calls=asking.calls, withheld=_withheld(prompts[-1], shown)
        ),
    }


def _outage(error: Exception) -> bool:
    return isinstance(error, ModelUnavailableError | ModelTimeoutError)


def _postponed(memory: UserMemory, taken: Lease, spent: BudgetSpentError, calls: int) -> Proposed:
    with memory.open() as file:
        count = Queue(file.database, now=memory.now()).postpone(taken.token, spent.retry_at)
    return {"report": ReflectionReport(postponed=count, calls=calls, errors=(str(spent),))}


@contextmanager
def given_back(memory: UserMemory, taken: Lease) -> Iterator[None]:
    """Give a lease back when the block is left by an exception, whatever it is.

    The observations count as failed, unless it was the store that failed or somebody interrupted.
    A store that cannot even take them back, or was closed, leaves them to the end of the lease.
    """
    try:
        yield
    except BaseException as error:
        with suppress(UsermindError), memory.open() as file:
            queue = Queue(file.database, now=memory.now())
            if isinstance(error, Exception) and not isinstance(error, StoreError):
                ids = [item.id for item in taken.observations]
                queue.fail(taken.token, ids, _said(error), outage=_outage(error))
            else:
                queue.release(taken.token)
        raise


def after_propose(state: ReflectionState) -> Literal["relate", "__end__"]:
    """Stop when the reasoner failed."""
    return "relate" if "operations" in state else "__end__"


def relate(state: ReflectionState, runtime: Run) -> Planned:
    """Turn operations into changes of real propositions; drop those that do not hold."""
    taken, known = _taken(state), state.get("known", ())
    operations = state.get("operations", ())
    memory, shown = runtime.context.memory, state.get("shown", ())
    with given_back(memory, taken):
        holds = Hearing(memory, known).holds
        plan = [
            change
            for operation in operations
            if (change := validated(operation, shown, known, holds)) is not None
        ]
        if state.get("author") != Offline.name:  # its own statements are settled already
            times = {excerpt.observation.id: excerpt.observation.at for excerpt in shown}
            plan = [
                placed(
                    change,
                    known,
                    user=memory.display_name,
                    at=max(times[quote.observation] for quote in change.evidence),
                )
                for change in plan
            ]
    report = replace(_report(state), rejected=len(operations) - len(plan))
    return {"plan": (*state.get("plan", ()), *plan), "report": report}


def revise(state: ReflectionState, runtime: Run) -> Planned:
    """Settle each component of changes about the same proposition or slot by itself."""
    plan = state.get("plan", ())
    settled = [change for part in components(plan) for change in settle(part)]
    dropped = changing(plan) - changing(settled)
    report = _report(state)
    return {"plan": tuple(settled), "report": replace(report, rejected=report.rejected + dropped)}


def apply(state: ReflectionState, runtime: Run) -> Reported:
    """Write the plan and finish its observations, or leave both as they were."""
    taken, memory = _taken(state), runtime.context.memory
    report = _report(state)
    done = [item.id for item in taken.observations]
    with given_back(memory, taken), memory.open() as file:
        count_mentions(memory, taken.observations)
        wanted = state.get("plan", ())
        plan = memory.privacy.learnable(wanted)
        report = replace(report, rejected=report.rejected + len(wanted) - len(plan))
        try:
            applied = apply_changes(
                file.database,
                plan,
                lease=taken.token,
                done=done,
                author=state.get("author", runtime.context.reasoner.name),
                now=memory.now(),
            )
        except StalePlanError:
            Queue(file.database, now=memory.now()).release(taken.token)
            return {"report": replace(report, conflicts=1)}
    return {
        "report": replace(
            report,
            processed=len(done),
            unread=unread(_sifted(state).fresh, state.get("shown", ())),
            changed=len(applied.changed),
            rejected=report.rejected + applied.refused,
        )
    }


@cache
def build_reflection_graph() -> CompiledStateGraph[
    ReflectionState, ReflectionContext, ReflectionState, ReflectionState
]:
    """Wire the nodes; compiled once, invoked once per batch."""
    graph = StateGraph(ReflectionState, context_schema=ReflectionContext)
    graph.add_node("lease", lease)
    graph.add_node("sift", sift)
    graph.add_node("propose", propose)
    graph.add_node("relate", relate)
    graph.add_node("revise", revise)
    graph.add_node("apply", apply)
    graph.add_edge(START, "lease")
    graph.add_conditional_edges("lease", after_lease)
    graph.add_conditional_edges("sift", after_sift)
    graph.add_conditional_edges("propose", after_propose)
    graph.add_edge("relate", "revise")
    graph.add_edge("revise", "apply")
    graph.add_edge("apply", END)
    return graph.compile(name="reflection")


def reflect(
    memory: UserMemory,
    reasoner: Reasoner,
    *,
    batches: int | None = None,
    wait: float = 0.0,
) -> ReflectionReport:
    """Work off one user's queue, batch by batch, until nothing is due or a batch fails.

    Args:
        memory: Whose.
        reasoner: Who proposes.
        batches: How many at most; None: all.
        wait: Seconds to wait, at most, for what other threads of this process are at; what
            they then learn is in their report.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        StoreError: The file cannot be used.
    """
    graph = build_reflection_graph()
    total, count = ReflectionReport(), 0
    deadline = time.monotonic() + wait
    while True:
        with untraced(), memory.leases.keeping(memory) as keep:
            state = graph.invoke({}, context=ReflectionContext(memory, reasoner, keep))
        report: ReflectionReport = state["report"]
        total, count = total + report, count + 1
        left = deadline - time.monotonic()
        if state["lease"] is None and memory.leases.ended(memory.user_id, timeout=left):
            continue  # what they gave back, or what arrived meanwhile, is there to take
        ended = state["lease"] is None or report.failed or report.postponed
        if ended or count == batches or total.conflicts > MAX_CONFLICTS:
            return replace(total, pending=memory.settle_due())


# -- proposing ----------------------------------------------------------------------------


def related(memory: UserMemory, shown: Sequence[Excerpt]) -> tuple[Proposition, ...]:
    """Return active propositions near what is shown, and all that fill a slot."""
    found: dict[str, float] = {}
    for excerpt in shown:
        author = excerpt.observation.author
        for hit in memory.recall(excerpt.text, k=5, kinds=["proposition"], written_by=author):
            found[hit.id] = max(hit.score, found.get(hit.id, 0.0))
    nearest = sorted(found, key=lambda id_: (-found[id_], id_))
    active: dict[str, Proposition] = {item.id: item for item in memory.propositions.list()}
    slotted = [item.id for item in active.values() if item.slot]
    chosen = dict.fromkeys([*slotted[: KNOWN // 2], *nearest])
    return tuple(active[id_] for id_ in list(chosen)[:KNOWN] if id_ in active)


def _prompt(
    memory: UserMemory, shown: Sequence[Excerpt], known: Sequence[Proposition], recipient: str
) -> ReflectPrompt:
    """Return the prompt, without what the privacy gate does not let out to the recipient."""
    with memory.privacy.egress(recipient) as out:
        return ReflectPrompt(
            user_name=memory.display_name,
            now=memory.now(),
            known=tuple(
                KnownLine(alias, text, p.confidence, p.durability, p.slot, p.supported_at)
                for alias, p in enumerate(known, 1)
                if (text := out.text(p.text, item=p.id)) is not None
            ),
            observations=tuple(
                ObservationLine(
                    alias,
                    out.text(said.author) or "somebody",
                    said.at,
                    said.tier,
                    text,
                    hints(text, said.at),
                )
                for alias, excerpt in enumerate(shown, 1)
                for said in (excerpt.observation,)
                if (text := out.text(heard(memory, excerpt), author=said.author, item=said.id))
                is not None
            ),
        )


def _withheld(prompt: ReflectPrompt, shown: Sequence[Excerpt]) -> int:
    """Return of how many observations the reasoner was shown nothing."""
    let_out = {shown[line.alias - 1].observation.id for line in prompt.observations}
    return len({excerpt.observation.id for excerpt in shown} - let_out)


def _said(error: Exception) -> str:
    # Only our own messages are known to hold no user text.
    return str(error) if isinstance(error, UsermindError) else type(error).__name__


def _taken(state: ReflectionState) -> Lease:
    taken = state.get("lease")
    assert taken is not None, "routing sends nothing here without a lease"
    return taken


def _sifted(state: ReflectionState) -> Sifted:
    assert "sifted" in state, "routing sends nothing past `sift` without it"
    return state["sifted"]


def _report(state: ReflectionState) -> ReflectionReport:
    return state.get("report", ReflectionReport())
