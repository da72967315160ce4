"""What is known that bears on a message: planned, recalled, weighed.

    message → plan (sources in order, concepts) → recall → what is evident → what fits the budget

One ranking decides what is evident. The order of the plan decides the rest: a search knows the
names of the concepts that were planned before it; what was found is shown in that order; and of the
budget each source gets room for its best, in that order, before any gets room for more.

Shared by the turn and by the middleware, which differ in how they reply.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from usermind.errors import ModelError, PrivateTopicError
from usermind.graphs.egress import for_model, line_for_model
from usermind.graphs.plan import (
    Asked,
    Planner,
    Said,
    asks_about_the_past,
    by_rules,
    checked_plan,
    evident,
    is_personal,
    task_of,
    within_budget,
)
from usermind.graphs.reasked import reasked
from usermind.graphs.sources import SOURCES, Source, in_order
from usermind.memory import Recollection, UserMemory
from usermind.memory.journal import USER
from usermind.memory.pasted import harmless
from usermind.models.embeddings import LexicalEmbedder
from usermind.prompts import MemoryLine
from usermind.types import Kind

_log = logging.getLogger(__name__)

RECALL_K = 12
"""Memories offered to one reply, at most."""
WIDER = 4
"""How many times as far the next search for echoes of a message looks as the last one: who asks the
same every day for a year has 730 of them."""
FOCUS = 4
"""Concepts that one message may be about, at most."""
RECALL_TOKENS = 1_200
"""Room for them in the prompt."""
MEANT = "the message is about it"
"""Why a concept is shown that the query does not name: by a pronoun, or a picture."""
ASKED_FOR = "the message asks what was recommended, or what was made of it"
"""Why what was said and shown of an item is given."""
MIN_SCORE = 0.0
"""Relevance below which a memory is not offered."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a message needs."""

    sources: tuple[Source, ...]
    """What to draw on, in order; empty: nothing."""
    focus: tuple[str, ...]
    """Ids of the concepts that it names, or means by a pronoun."""
    names: tuple[str, ...] = ()
    """Names of those that it means by a pronoun: they are searched for with it."""
    instead: str | None = None
    """Why the rules planned in place of the planner that was asked; None: they did not."""


def planned(
    memory: UserMemory,
    message: str,
    earlier: Iterable[Said] = (),
    *,
    planner: Planner = by_rules,
    connected: Sequence[Source] = (),
    called: Sequence[Source] = (),
    shown: Sequence[str] = (),
    seen: Sequence[str] = (),
) -> Plan:
    """Return what a message needs.

    Args:
        memory: Whose message it is.
        message: What they say.
        earlier: Messages of the same conversation before it, the oldest first; see `meant_by`.
        planner: Who chooses the sources.
        connected: Sources outside the memory that whoever calls this can search.
        called: Those of them that the message asks for.
        shown: Keys of the concepts in the pictures that come with it; they are what "he" means.
        seen: Keys of those in the last pictures, which are what "he" means until others are named.

    Raises:
        InvalidInputError: The planner chose what is no legal plan.
        PrivacyError: The gate broke; no model was asked.
    """

    @cache
    def before() -> tuple[Said, ...]:
        return tuple(earlier)

    def texts() -> Iterator[str]:
        yield from (said.text for said in before())  # read when the first is asked for
        if names := _called(memory, seen):  # as if they had been said last
            yield ", ".join(names)

    meant = memory.concepts.meant_by(message, () if shown else texts())
    named: list[Source] = ["concept"] if meant or shown else []
    if memory.entities.mentioned_in(message):
        named.append("entity")
    named += called
    kinds = memory.kinds()
    filled = {"observation", "proposition", "profile", *kinds, *connected}
    if "exposure" in kinds:
        filled.add("feedback")
    held = tuple(source for source in SOURCES if source in filled)
    asked = Asked(memory, message, held, tuple(named), before)
    sources, instead = _chosen(planner, asked)
    if shown and "concept" not in sources:
        sources = in_order(("concept", *sources))  # it was shown to be spoken of
    if "concept" not in sources:
        return Plan(sources, (), instead=instead)
    keys = [key for mention in meant for key in mention.keys][:FOCUS]
    said = message.casefold()
    by_pronoun = [
        key for mention in meant if mention.text.casefold() not in said for key in mention.keys
    ]
    focus = memory.concepts.ids([*keys, *shown])[:FOCUS]
    unsaid = list(dict.fromkeys([*by_pronoun, *shown]))[:FOCUS]
    return Plan(sources, focus, _names(memory, unsaid), instead)


def _chosen(planner: Planner, asked: Asked) -> tuple[tuple[Source, ...], str | None]:
    """Return the plan, and why it is the rules' where another planner failed."""
    try:
        return checked_plan(planner(asked), asked.held), None
    except ModelError as error:
        _log.warning("A turn is planned by rules: %s", type(error).__name__)
        return by_rules(asked), str(error)


def _names(memory: UserMemory, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the names of concepts that whoever embeds a query may see."""
    if not keys:
        return ()
    recipient = getattr(memory.embedder(), "recipient", "remote model")
    names = _called(memory, keys)
    with memory.privacy.egress(recipient, log=False) as out:
        return tuple(name for name in names if out.text(name, author=USER) == name)


def recalled(
    memory: UserMemory,
    message: str,
    plan: Plan,
    *,
    exclude: Sequence[str],
    recipient: str,
    past: Sequence[str] | None = None,
) -> list[Recollection]:
    """Return the memories that a reply is offered, within the budget, in the order of the plan.

    Args:
        memory: Whose message it is.
        message: What they say.
        plan: What it needs.
        exclude: Ids of memories that the model sees anyway.
        recipient: Who reads them; what is not for it is left out.
        past: Ids of what answers a question about items that were recommended or judged before.
            None: it is none; where such are planned all the same, the newest stand in.
    """
    if not plan.sources:
        return []
    hits = _ranked(memory, message, plan, exclude=exclude)
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
    if past is None and "feedback" in plan.sources:
        newest = memory.recall("", k=RECALL_K, kinds=["feedback", "exposure"])
        hits += [hit for hit in newest if hit.id not in found]
    wanted = dict.fromkeys(past or (), ASKED_FOR)
    hits = [hit for hit in hits if hit.id not in wanted]
    wanted |= {item: MEANT for item in plan.focus if item not in found}
    task = task_of(message)
    if "profile" in plan.sources:
        with suppress(PrivateTopicError):  # "my writing" is private: nothing is summed up for it
            if (profile := memory.profile(task=task)).claims:
                wanted[profile.id] = f"sums the user up for {task}"
    named = [replace(hit, why=wanted[hit.id]) for hit in memory.recollect(list(wanted))]
    return _fitted(for_model(memory, recipient, [*named, *hits]), plan.sources)


def next_best(
    memory: UserMemory, message: str, plan: Plan, *, exclude: Sequence[str], recipient: str
) -> Recollection | None:
    """Return the best memory beside those excluded, be it ever so weak; None: there is none.

    Arguments as `recalled` has them.
    """
    if not plan.sources:
        return None
    hits = for_model(memory, recipient, _ranked(memory, message, plan, exclude=exclude))
    return hits[0] if hits else None


def _ranked(
    memory: UserMemory, message: str, plan: Plan, *, exclude: Sequence[str]
) -> list[Recollection]:
    """Return what the planned kinds hold, in one ranking, without what only echoes the message."""
    past = asks_about_the_past(message)
    given_up = [
        item
        for item, status in memory.propositions.outdated_evidence().items()
        if status == "retracted" or not past
    ]
    kinds: list[Kind] = [
        source for source in plan.sources if source != "profile" and source != "catalogue"
    ]
    if "feedback" in kinds:
        kinds.append("exposure")
    if not kinds:
        return []
    query = f"{message} ({', '.join(plan.names)})" if plan.names else message

    def found(k: int, echoes: Collection[str]) -> list[Recollection]:
        without = [*exclude, *given_up, *echoes]
        return memory.recall(query, k=k, kinds=kinds, min_score=MIN_SCORE, exclude=without)

    hits, echoes, wide = found(RECALL_K, ()), frozenset[str](), RECALL_K
    while new := reasked(memory, message, hits) - echoes:
        wide *= WIDER
        echoes |= new
        echoes |= reasked(memory, message, found(wide, echoes))
        hits = found(RECALL_K, echoes)
    keys = [hit.external_id or "" for hit in hits if hit.kind == "concept"]
    taken = {name.casefold() for name in _called(memory, keys)}
    return [hit for hit in hits if hit.kind != "entity" or _name(hit) not in taken]


def _name(hit: Recollection) -> str:
    return (hit.external_id or "").casefold()


def _called(memory: UserMemory, keys: Iterable[str]) -> list[str]:
    """Return the names of concepts, without what is gone."""
    found = (memory.concepts.get(key) for key in keys)
    return [concept.name for concept in found if concept is not None]


def _fitted(hits: Sequence[Recollection], sources: Sequence[Source]) -> list[Recollection]:
    """Return what the budget has room for, in the order of the sources.

    Claims and what was said are one ranking, and stand where the first of them was planned.
    """
    place = {source: at for at, source in enumerate(sources)}
    place["proposition"] = place.get("observation", place.get("proposition", 0))
    shown = place.get("feedback", 0)

    def placed(hit: Recollection) -> int:
        return shown if hit.kind == "exposure" else place[hit.kind]

    offered = sorted(hits, key=placed)
    best = {placed(hit): hit for hit in reversed(offered)}
    first = [best[at] for at in sorted(best)]
    rest = [hit for hit in offered if hit not in first]
    queue = [*first, *rest]
    fit = within_budget([memory_line(hit).render() for hit in queue], tokens=RECALL_TOKENS)
    room = {hit.id for hit in queue[:fit]}
    return [hit for hit in offered if hit.id in room]


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
        lines = [line_for_model(out, memory, memory_line(hit)) for hit in hits]
    return tuple(line for line in lines if line is not None)
