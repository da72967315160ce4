"""Ways that usermind represents a user, each asked the same question.

Whatever is compared is made from the same log:

- Observations: every event's sentence, as observed behaviour, with its time.
- Entities: the same sentences through `entities.record`, linked by the shop's catalogue (thing,
  brand, kind, shop), which is all that the sentences name.
- Propositions: what reflection makes of the observations; the offline engine, or the model.
- Profile: `profile(task="shopping")`, by rules, made from the propositions.
- Concepts: the user's own note of one person or pet whom they shop for, and what these want; events
  say both too. No other question is about a concept, so only that kind is asked of them.

A question goes to each with its options, as a user would send it, so whatever is found by name can
be: brands and kinds of things stand in the options, of wrong ones too. "nothing" is the control,
and "whole log" all sentences: what a reader could do at best. "planner" is what a turn is given
(`graphs.context`).
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from usermind import Concept, Draft, MemoryStore, Recollection, UserMemory
from usermind.evals.benchmarks.uqa_logs import END, Asked, Event, Shopper
from usermind.graphs.context import RECALL_K, planned, recalled
from usermind.models import Reasoner
from usermind.testing import StoppedClock
from usermind.types import Embedder, Kind

TASK = "shopping"
"""Of the profile."""

Given = Callable[[UserMemory, Asked], list[Recollection] | None]
"""Returns what a question is given, best first; None where the way does not apply to it."""


def nothing(_memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return no memory: the control."""
    return []


def searched(*kinds: Kind) -> Given:
    """Return what recalls some kinds of memory for the question."""

    def given(memory: UserMemory, asked: Asked) -> list[Recollection]:
        return memory.recall(asked.message(), k=RECALL_K, kinds=kinds or None)

    return given


def newest(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return the observations made last."""
    return memory.recall("", k=RECALL_K, kinds=["observation"])


def most_met(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return the entities with most events."""
    return memory.recollect([entity.id for entity in memory.entities.list(RECALL_K)])


def summed_up(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return the profile."""
    return memory.recollect([memory.profile(task=TASK).id])


def noted(memory: UserMemory, asked: Asked) -> list[Recollection] | None:
    """Return the concepts that a question names; None for questions about nobody."""
    if asked.kind != "df, for somebody":
        return None
    return memory.recall(asked.message(), k=RECALL_K, kinds=["concept"])


def chosen(memory: UserMemory, asked: Asked) -> list[Recollection]:
    """Return what a turn is given."""
    message = asked.message()
    plan = planned(memory, message)
    return recalled(memory, message, plan, exclude=(), recipient="offline")


def whole(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return all observations, whatever they cost."""
    return memory.recall("", k=max(1, memory.count_observations()), kinds=["observation"])


WAYS: Mapping[str, Given] = {
    "nothing": nothing,
    "observations": searched("observation"),
    "newest events": newest,
    "propositions": searched("proposition"),
    "profile": summed_up,
    "entities, named": searched("entity"),
    "entities, most met": most_met,
    "concepts": noted,
    "everything": searched(),
    "planner": chosen,
    "whole log": whole,
}
"""By name."""


@contextmanager
def remembered(
    shopper: Shopper, *, embedder: Embedder | str | None = None, reasoner: Reasoner | None = None
) -> Iterator[UserMemory]:
    """Yield the memory of a user who has been through their log, reflected on."""
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder, reasoner=reasoner, clock=StoppedClock(END)) as store,
    ):
        memory = store.user(shopper.name.lower())
        receipts = memory.observe_many([_draft(event) for event in shopper.events])
        for event, receipt in zip(shopper.events, receipts, strict=True):
            # Under the observation's id, so that reflection does not count the same event again.
            memory.entities.record(
                event.text,
                at=event.at,
                source="shop",
                external_id=receipt.id,
                observation=receipt.id,
                extract=lambda _text, names=event.names: names,
            )
        memory.concepts[shopper.whom.lower()] = Concept(
            name=shopper.whom, category=shopper.whom_is, attributes={"wants": shopper.whom_wants}
        )
        memory.embed()
        memory.reflect()
        memory.profile(task=TASK)
        yield memory


def _draft(event: Event) -> Draft:
    return Draft(
        text=event.text,
        at=event.at,
        source="shop",
        tier="observed",
        session=f"{event.at:%Y-%m-%d}",
        external_id=event.id,
    )
