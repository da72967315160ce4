"""Reflection: new observations become changes of what is known. The model proposes, code disposes.

START → lease → propose → relate → revise → apply → END
          ↓        ↓
         END      END   (nothing due; the reasoner failed)

Only `propose` calls a model, once, and never inside a transaction. `relate` checks every operation
against the observations and finds the proposition it means, `revise` settles what several
operations say about the same thing, `apply` writes all of it in one transaction or nothing.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from usermind.errors import StoreError, UsermindError
from usermind.memory import ReflectionReport, UserMemory
from usermind.memory.changes import Change, Quote, StalePlanError
from usermind.memory.changes import apply as apply_changes
from usermind.memory.journal import ASSISTANT, Observation
from usermind.memory.propositions import Proposition
from usermind.memory.work import Lease, Queue
from usermind.models.reasoner import Reasoner
from usermind.prompts import KnownLine, ObservationLine, Operation, ReflectPrompt
from usermind.prompts.reflect import SINGLE_VALUED

_log = logging.getLogger(__name__)

BATCH = 24
"""Observations that one call of the reasoner deals with, at most."""
BATCH_CHARACTERS = 8_000
"""Text of one batch, at most; a longer single observation is shown cut."""
SHOWN = 4_000
"""Characters of one observation that the reasoner is shown."""
KNOWN = 24
"""Related propositions that the reasoner is shown, at most."""
MAX_CONFLICTS = 3
"""How often a batch is tried anew because its propositions changed meanwhile."""


class ReflectionState(TypedDict, total=False):
    """What the nodes share."""

    lease: Lease | None
    known: tuple[Proposition, ...]
    operations: tuple[Operation, ...]
    plan: tuple[Change, ...]
    report: ReflectionReport


@dataclass(frozen=True, slots=True)
class ReflectionContext:
    """What a reflection needs and never changes."""

    memory: UserMemory
    reasoner: Reasoner


class Leased(TypedDict):
    """Update written by `lease`."""

    lease: Lease | None
    report: ReflectionReport


class Proposed(TypedDict, total=False):
    """Update written by `propose`."""

    known: tuple[Proposition, ...]
    operations: tuple[Operation, ...]
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
    return {"lease": taken, "report": ReflectionReport()}


def stretch(due: Sequence[Observation]) -> int:
    """Return how many of the due observations make one batch; at least 1.

    As many whole sessions as fit the budget; when already the first does not fit, its beginning.
    """
    size, end, last_border = 0, 0, 0
    for place, item in enumerate(due):
        size += min(len(item.text), SHOWN)
        if place and item.session != due[place - 1].session:
            last_border = place
        if place == BATCH or (place and size > BATCH_CHARACTERS):
            break
        end = place + 1
    if end == len(due) or not last_border or last_border < end // 2:
        return end
    return last_border


def after_lease(state: ReflectionState) -> Literal["propose", "__end__"]:
    """Stop when nothing is due."""
    return "propose" if state.get("lease") else "__end__"


def propose(state: ReflectionState, runtime: Run) -> Proposed:
    """Ask the reasoner once for operations; on failure the observations go back to the queue."""
    taken = _taken(state)
    memory, reasoner = runtime.context.memory, runtime.context.reasoner
    queue_failed = ReflectionReport(failed=len(taken.observations), calls=1)
    try:
        with given_back(memory, taken):
            known = related(memory, taken.observations)
            prompt = _prompt(memory, taken.observations, known)
            operations = tuple(reasoner.complete(prompt).operations)
    except StoreError:
        raise
    except UsermindError as error:
        _log.warning("Reflection failed and will be tried again: %s", type(error).__name__)
        return {"report": replace(queue_failed, errors=(_said(error),))}
    return {"known": known, "operations": operations, "report": ReflectionReport(calls=1)}


@contextmanager
def given_back(memory: UserMemory, taken: Lease) -> Iterator[None]:
    """Give a lease back when the block is left by an exception, whatever it is.

    The observations count as failed, unless it was the store that failed or somebody interrupted.
    A store that cannot even take them back leaves them to the end of the lease.
    """
    try:
        yield
    except BaseException as error:
        with suppress(StoreError), memory.open() as file:
            queue = Queue(file.database, now=memory.now())
            if isinstance(error, Exception) and not isinstance(error, StoreError):
                queue.fail(taken.token, [item.id for item in taken.observations], _said(error))
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
    with given_back(runtime.context.memory, taken):
        plan = [
            change
            for operation in operations
            if (change := validated(operation, taken.observations, known)) is not None
        ]
    report = replace(_report(state), rejected=len(operations) - len(plan))
    return {"plan": tuple(plan), "report": report}


def revise(state: ReflectionState, runtime: Run) -> Planned:
    """Settle each component of changes about the same proposition or slot by itself."""
    plan = state.get("plan", ())
    settled = [change for part in components(plan) for change in settle(part)]
    dropped = _changing(plan) - _changing(settled)
    report = _report(state)
    return {"plan": tuple(settled), "report": replace(report, rejected=report.rejected + dropped)}


def apply(state: ReflectionState, runtime: Run) -> Reported:
    """Write the plan and finish its observations, or leave both as they were."""
    taken, memory = _taken(state), runtime.context.memory
    report = _report(state)
    done = [item.id for item in taken.observations]
    with given_back(memory, taken), memory.open() as file:
        try:
            applied = apply_changes(
                file.database,
                state.get("plan", ()),
                lease=taken.token,
                done=done,
                author=runtime.context.reasoner.name,
                now=memory.now(),
            )
        except StalePlanError:
            Queue(file.database, now=memory.now()).release(taken.token)
            return {"report": replace(report, conflicts=1)}
    return {
        "report": replace(
            report,
            processed=len(done),
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
    graph.add_node("propose", propose)
    graph.add_node("relate", relate)
    graph.add_node("revise", revise)
    graph.add_node("apply", apply)
    graph.add_edge(START, "lease")
    graph.add_conditional_edges("lease", after_lease)
    graph.add_conditional_edges("propose", after_propose)
    graph.add_edge("relate", "revise")
    graph.add_edge("revise", "apply")
    graph.add_edge("apply", END)
    return graph.compile(name="reflection")


def reflect(memory: UserMemory, reasoner: Reasoner) -> ReflectionReport:
    """Work off one user's queue, batch by batch, until nothing is due or a batch fails.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        StoreError: The file cannot be used.
    """
    graph = build_reflection_graph()
    context = ReflectionContext(memory, reasoner)
    total = ReflectionReport()
    while True:
        state = graph.invoke({}, context=context)
        report: ReflectionReport = state["report"]
        total += report
        if state["lease"] is None or report.failed or total.conflicts > MAX_CONFLICTS:
            return replace(total, pending=memory.settle_due())


# -- proposing ----------------------------------------------------------------------------


def related(memory: UserMemory, observations: Sequence[Observation]) -> tuple[Proposition, ...]:
    """Return active propositions near the observations, and all that fill a slot."""
    found: dict[str, float] = {}
    for item in observations:
        for hit in memory.recall(item.text[:SHOWN], k=5, kinds=["proposition"]):
            found[hit.id] = max(hit.score, found.get(hit.id, 0.0))
    nearest = sorted(found, key=lambda id_: (-found[id_], id_))
    active: dict[str, Proposition] = {item.id: item for item in memory.propositions.list()}
    slotted = [item.id for item in active.values() if item.slot]
    chosen = dict.fromkeys([*slotted[: KNOWN // 2], *nearest])
    return tuple(active[id_] for id_ in list(chosen)[:KNOWN] if id_ in active)


def _prompt(
    memory: UserMemory, observations: Sequence[Observation], known: Sequence[Proposition]
) -> ReflectPrompt:
    return ReflectPrompt(
        user_name=memory.display_name,
        now=memory.now(),
        known=tuple(
            KnownLine(alias, p.text, p.confidence, p.durability, p.slot, p.supported_at)
            for alias, p in enumerate(known, 1)
        ),
        observations=tuple(
            ObservationLine(alias, item.author, item.at, item.tier, item.text[:SHOWN])
            for alias, item in enumerate(observations, 1)
        ),
    )


def _said(error: Exception) -> str:
    # Only our own messages are known to hold no user text.
    return str(error) if isinstance(error, UsermindError) else type(error).__name__


# -- relating -----------------------------------------------------------------------------


def validated(
    operation: Operation, observations: Sequence[Observation], known: Sequence[Proposition]
) -> Change | None:
    """Return the change an operation stands for, or None when it does not hold.

    It holds when a quote of it stands in an observation that may speak about the user, its
    target exists, and it brings the words that its kind needs. What third parties wrote may add
    a claim or speak against one, but replaces, rewrites and retires nothing.
    """
    quotes = tuple(
        quote
        for citation in operation.evidence
        if 1 <= citation.observation <= len(observations)
        and (quote := located(citation.quote, observations[citation.observation - 1]))
    )
    if not quotes:
        return None
    cited = [item for item in observations if item.id in {quote.observation for quote in quotes}]
    statement = " ".join(operation.statement.split())
    op = operation.op
    target = _named(operation.target, known)
    vouched = any(item.tier != "third_party" for item in cited)
    if not vouched and op in ("supersede", "revise", "retire"):
        op = "contradict" if op == "retire" or not statement else "add"
    if target is None and op in ("contradict", "retire"):
        return None
    if op in ("add", "generalise") or (target is None and statement):
        op, target = ("generalise" if op == "generalise" else "add"), None
    if target is None and not statement:
        return None
    if op in ("supersede", "revise") and not statement:
        return None
    slot = operation.slot if operation.slot in SINGLE_VALUED else None
    return Change(
        op=op,
        statement=statement,
        evidence=quotes,
        said_at=max(item.at.timestamp() for item in cited),
        vouched=vouched,
        confidence=operation.confidence,
        durability=operation.durability,
        slot=slot,
        target=target.id if target else None,
        expected_version=target.version if target else 0,
    )


def _named(alias: int | None, known: Sequence[Proposition]) -> Proposition | None:
    return known[alias - 1] if alias is not None and 1 <= alias <= len(known) else None


def located(quote: str, observation: Observation) -> Quote | None:
    """Return where a quote stands in an observation: to the letter, else but for case and space."""
    if observation.author == ASSISTANT:
        return None
    words = quote.strip()
    start = observation.text.find(words) if words else -1
    if start >= 0:
        return Quote(observation.id, start, start + len(words))
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    match = re.search(pattern, observation.text, re.IGNORECASE) if pattern else None
    return Quote(observation.id, *match.span()) if match else None


# -- revising -----------------------------------------------------------------------------


def components(plan: Sequence[Change]) -> list[list[Change]]:
    """Return the changes in groups that share a target or a slot, each in order of time."""
    groups: dict[str, list[Change]] = {}
    for place, change in enumerate(plan):
        key = change.target or (f"slot {change.slot}" if change.slot else f"alone {place}")
        groups.setdefault(key, []).append(change)
    return [sorted(group, key=lambda change: change.said_at) for group in groups.values()]


def settle(group: Sequence[Change]) -> list[Change]:
    """Return what remains of changes to one thing: for one target, the last word counts.

    All support for a target is kept, as one change and beside its replacement, since both may be
    told in one session; but a target is replaced or rewritten once.
    """
    if group[0].target is None:
        return list(group)
    support = [change for change in group if change.op == "reinforce"]
    others = [change for change in group if change.op != "reinforce"]
    merged = [
        replace(
            last,
            evidence=tuple(quote for change in support for quote in change.evidence),
            vouched=any(change.vouched for change in support),
        )
        for last in support[-1:]
    ]
    return [*merged, *others[-1:]]


def _changing(plan: Sequence[Change]) -> int:
    # Support is merged, not dropped.
    return sum(change.op != "reinforce" for change in plan)


def _taken(state: ReflectionState) -> Lease:
    taken = state.get("lease")
    assert taken is not None, "routing sends nothing here without a lease"
    return taken


def _report(state: ReflectionState) -> ReflectionReport:
    return state.get("report", ReflectionReport())
