"""What is known that bears on a message: planned, recalled, weighed.

    message → plan (kinds, concepts) → recall → what is evident → named concepts and profile first

Shared by the turn and by the middleware, which differ in how they reply.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from usermind.graphs.egress import for_model, line_for_model
from usermind.graphs.plan import (
    asks_about_the_past,
    evident,
    is_personal,
    plan_sources,
    task_of,
    within_budget,
)
from usermind.memory import Recollection, UserMemory
from usermind.memory.journal import USER
from usermind.memory.pasted import harmless
from usermind.models.embeddings import LexicalEmbedder
from usermind.prompts import MemoryLine
from usermind.types import Kind

RECALL_K = 12
"""Memories offered to one reply, at most."""
FOCUS = 4
"""Concepts that one message may be about, at most."""
RECALL_TOKENS = 1_200
"""Room for them in the prompt."""
MIN_SCORE = 0.0
"""Relevance below which a memory is not offered."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a message needs."""

    sources: tuple[Kind, ...]
    """Kinds of memory to search; empty: none."""
    focus: tuple[str, ...]
    """Ids of the concepts that it names, or means by a pronoun."""


def planned(
    memory: UserMemory, message: str, earlier: Iterable[str] = (), *, shown: Sequence[str] = ()
) -> Plan:
    """Return what a message needs.

    Args:
        memory: Whose message it is.
        message: What they say.
        earlier: Messages of the same conversation before it, the oldest first; see `meant_by`.
        shown: Ids of concepts in the pictures that come with it; they are what "he" means.
    """
    meant = memory.concepts.meant_by(message, () if shown else earlier)
    named: list[Kind] = ["concept"] if meant else []
    if memory.entities.mentioned_in(message):
        named.append("entity")
    sources = plan_sources(message, held=[*memory.kinds(), "profile"], named=named)
    if shown and "concept" not in sources:
        sources = (*sources, "concept")
    keys = [key for mention in meant for key in mention.keys] if sources else []
    focus = dict.fromkeys([*memory.concepts.ids(keys), *shown])
    return Plan(sources, tuple(focus)[:FOCUS])


def recalled(
    memory: UserMemory, message: str, plan: Plan, *, exclude: Sequence[str], recipient: str
) -> list[Recollection]:
    """Return the memories that a reply is offered, within the budget.

    Args:
        memory: Whose message it is.
        message: What they say.
        plan: What it needs.
        exclude: Ids of memories that the model sees anyway.
        recipient: Who reads them; what is not for it is left out.
    """
    if not plan.sources:
        return []
    past = asks_about_the_past(message)
    given_up = [
        item
        for item, status in memory.propositions.outdated_evidence().items()
        if status == "retracted" or not past
    ]
    hits = memory.recall(
        message,
        k=RECALL_K,
        kinds=[kind for kind in plan.sources if kind != "profile"],
        min_score=MIN_SCORE,
        exclude=[*exclude, *given_up],
    )
    # Scores by spelling alone are lower, and say less of what is beside the point.
    spelt = getattr(memory.embedder(), "model_id", None) == LexicalEmbedder.model_id
    personal = (
        spelt
        or bool(plan.focus)
        or is_personal(message)
        or is_personal(message, memory.authors())  # it reads all rows; most messages need it not
    )
    hits = evident(hits, personal=personal)
    found = {hit.id for hit in hits}
    meant = [item for item in plan.focus if item not in found]
    if "profile" in plan.sources and (profile := memory.profile(task=task_of(message))).claims:
        meant.append(profile.id)
    hits = for_model(memory, recipient, [*memory.recollect(meant), *hits])
    fit = within_budget([memory_line(hit).render() for hit in hits], tokens=RECALL_TOKENS)
    return hits[:fit]


def memory_line(hit: Recollection) -> MemoryLine:
    """Return a memory as a prompt shows it."""
    return MemoryLine(
        id=hit.id,
        kind=hit.kind,
        text=harmless(hit.text) if hit.author == USER else hit.text,
        author=hit.author,
        at=hit.at,
        score=hit.score,
        confidence=hit.confidence,
    )


def memory_lines(
    memory: UserMemory, hits: Sequence[Recollection], *, recipient: str
) -> tuple[MemoryLine, ...]:
    """Return memories as a recipient may see them, and log what was decided."""
    with memory.privacy.egress(recipient) as out:
        lines = [line_for_model(out, memory_line(hit)) for hit in hits]
    return tuple(line for line in lines if line is not None)
