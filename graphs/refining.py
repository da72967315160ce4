"""Asking once more: the weakest evidence is replaced, and of two replies the better is kept.

Source: UniMS-RAG, arXiv 2401.13256, algorithm 1: evidence is weighed by consistency with the reply
times relevance, the weakest makes room for the next of its ranking that was not shown, and the
reply is made anew. We depart from it: only when a check speaks up, once, one piece of evidence, and
the share of its words that the reply uses stands in for a model of inference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)

from usermind.memory import Recollection
from usermind.memory.ranking import content_query
from usermind.memory.terms import terms_of
from usermind.models.reasoner import DEGRADED

DOUBTS = "usermind_doubts"
"""Key of a reply's response metadata: what is wrong with it, a sentence each."""
UNSAID = "What is wrong with it may not be kept."
"""Stands for doubts that could repeat what is taken out of a reply."""
REPLACED = frozenset({"observation", "proposition", "entity"})
"""Kinds that are found by rank; what the message names, and the profile, stay."""


@dataclass(frozen=True, slots=True)
class Better:
    """The better of two replies."""

    messages: list[BaseMessage]
    """What changes in the turn's messages, so that it stands last and the other is gone."""
    memories: list[Recollection] | None
    """What it was made from; None: what the last one was given."""


def marked(reply: BaseMessage, doubts: Sequence[str]) -> BaseMessage:
    """Return a reply that says what is wrong with it."""
    told = reply.response_metadata | {DOUBTS: list(doubts)}
    return reply.model_copy(update={"response_metadata": told})


def kept_as(reply: BaseMessage, text: str) -> BaseMessage:
    """Return a reply with the words that may be kept, and no doubts that repeat the others."""
    told = dict(reply.response_metadata)
    if DOUBTS in told:
        told[DOUBTS] = [UNSAID]
    return reply.model_copy(update={"content": text, "response_metadata": told})


def hint(doubts: Sequence[str]) -> HumanMessage:
    """Return what the model is told before it answers again."""
    return HumanMessage(
        f"Your last reply has a fault. {' '.join(doubts)} Answer the message again, from the "
        "memories alone, and do not speak of the fault."
    )


def first_reply(messages: Sequence[AnyMessage]) -> AIMessage | None:
    """Return the reply of this turn that was asked for once more; None: there is none."""
    return next(
        (
            reply
            for reply, after in pairwise(messages)
            if isinstance(reply, AIMessage)
            and isinstance(after, HumanMessage)
            and DOUBTS in reply.response_metadata
        ),
        None,
    )


def replaced(
    memories: Sequence[Recollection],
    reply: str,
    next_best: Callable[[Sequence[str]], Recollection | None],
) -> list[Recollection]:
    """Return the memories with the weakest replaced by the next best; as they are without one.

    Args:
        memories: What the reply was given.
        reply: What was made of it.
        next_best: Returns the best memory beside those of these ids.
    """
    found = next_best([hit.id for hit in memories])
    if found is None:
        return list(memories)
    weak = weakest(memories, reply)
    if weak is None:
        return [*memories, found]
    return [found if hit is weak else hit for hit in memories]


def weakest(memories: Sequence[Recollection], reply: str) -> Recollection | None:
    """Return the memory with the least relevance × share of its words that the reply uses.

    Of equals, such as those of which it uses none, the one of least relevance.
    """
    used = set(terms_of(reply))

    def worth(hit: Recollection) -> tuple[float, float]:
        words = set(terms_of(content_query(hit.text)))
        return hit.score * len(words & used) / max(1, len(words)), hit.score

    return min((hit for hit in memories if hit.kind in REPLACED), key=worth, default=None)


def better(
    messages: Sequence[AnyMessage],
    first: AIMessage,
    doubts: Sequence[str],
    given: list[Recollection],
) -> Better:
    """Return the better of two replies: the one with fewer doubts, of equals the second.

    The first also stays where no second came, or only the offline engine's; else a second for
    which tools did something stays in any case, since it may tell of that.

    Args:
        messages: Of the turn: the first, what the model was told, and what came of it.
        first: The first.
        doubts: What is wrong with the second.
        given: What the first was given.
    """
    at = next(place for place, message in enumerate(messages) if message.id == first.id)
    second, since = messages[-1], messages[at + 1 :]
    acted = any(isinstance(message, ToolMessage) for message in since)
    came = isinstance(second, AIMessage) and bool(second.text.strip())
    lost = not came or DEGRADED in second.response_metadata
    worse = len(doubts) > len(first.response_metadata[DOUBTS])
    if lost or (worse and not acted):
        return Better([RemoveMessage(id=str(message.id)) for message in since], given)
    gone = [RemoveMessage(id=str(message.id)) for message in (first, since[0])]
    return Better([*gone, marked(second, doubts)] if doubts else [*gone], None)
