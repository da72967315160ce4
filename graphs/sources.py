"""What a turn can draw on, and the order it can be drawn on in.

    feedback ─→ concept ─→ observation ─→ proposition ─→ profile ─→ catalogue
                   └────→ entity ─────────────────────────────────────↑

A source stands after those that its search builds on, where both are in a plan: a search knows
whom a pronoun means once the concepts are found, and what is offered from a catalogue depends on
what the user is known to like. What was said and shown of items answers by itself, and comes
first. Every plan is one of `plans()`, whoever made it.

Source: UniMS-RAG, arXiv 2401.13256, plans sources in the order of their dependency, or none.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Literal, get_args

Source = Literal[
    "feedback", "concept", "observation", "proposition", "entity", "profile", "catalogue"
]
"""A kind of memory, or a catalogue of things outside it. "observation" is the history, "feedback"
what the user made of items of a catalogue and which of them were recommended to them."""
SOURCES: tuple[Source, ...] = get_args(Source)
"""All of them, in an order that the graph allows."""
NONE = "none"
"""How a plan without a source is written."""
THEN = " > "
"""What stands between the sources of a written plan."""

AFTER: Mapping[Source, frozenset[Source]] = {
    "feedback": frozenset(),
    # It is no search: the few lines that answer a question of the past are not to be crowded out.
    "concept": frozenset({"feedback"}),
    # What "she" means is looked up among the concepts, and the name is searched for.
    "observation": frozenset({"feedback", "concept"}),
    # Claims and what was said are ranked as one, so one order stands for both.
    "proposition": frozenset({"feedback", "concept", "observation"}),
    # A name that a concept bears is that concept's, not a public thing's.
    "entity": frozenset({"feedback", "concept"}),
    # A summary fills what the room for details leaves.
    "profile": frozenset({"feedback", "concept", "observation", "proposition"}),
    # What fits the user can be told when all that is known has been found.
    "catalogue": frozenset(
        {"feedback", "concept", "observation", "proposition", "entity", "profile"}
    ),
}
"""By source: those it stands behind where both are planned. Transitive, and without a cycle."""


@cache
def plans(held: frozenset[Source] = frozenset(SOURCES)) -> tuple[tuple[Source, ...], ...]:
    """Return all legal plans over the sources that are held, the empty one first.

    Shorter ones come before longer ones, then by the order of `SOURCES`.

    >>> plans(frozenset({"concept", "observation"}))
    ((), ('concept',), ('observation',), ('concept', 'observation'))
    """
    found: list[tuple[Source, ...]] = [()]
    for plan in found:  # it grows while it is walked
        found += [(*plan, source) for source in SOURCES if _may_follow(source, plan, held)]
    return tuple(found)


def _may_follow(source: Source, plan: Sequence[Source], held: Collection[Source]) -> bool:
    return (
        source in held
        and source not in plan
        and not any(source in AFTER[earlier] for earlier in plan)
    )


def is_legal(plan: Sequence[object], held: Collection[Source] = SOURCES) -> bool:
    """Say whether a plan is one of `plans` over what is held.

    >>> is_legal(["profile", "observation"])
    False
    """
    return tuple(plan) in plans(frozenset(held))


def in_order(wanted: Iterable[Source]) -> tuple[Source, ...]:
    """Return the sources as a legal plan that moves as few as need be: each as early as it may.

    >>> in_order(["profile", "entity", "observation"])
    ('entity', 'observation', 'profile')
    """
    left = list(dict.fromkeys(wanted))
    plan: list[Source] = []
    while left:
        first = next(each for each in left if not AFTER[each].intersection(left))
        left.remove(first)
        plan.append(first)
    return tuple(plan)


def written(plan: Sequence[Source]) -> str:
    """Return a plan in words, as a model chooses it.

    >>> written(["concept", "observation"]), written([])
    ('concept > observation', 'none')
    """
    return THEN.join(plan) or NONE


def read(words: str) -> tuple[Source, ...]:
    """Return the plan that `written` wrote.

    Raises:
        KeyError: The words are no legal plan.
    """
    return _READ[words]


_READ: Mapping[str, tuple[Source, ...]] = {written(plan): plan for plan in plans()}
