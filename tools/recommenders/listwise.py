"""Listwise re-ranking: a model puts the first items of a list in order, and code keeps it honest.

    list → the first n, numbered → one structured call → a permutation, repaired → the same items

No item comes or goes: what a model can do is change places among the first n. It is off unless
somebody calls it; it costs one call, and scores stay those of the recommender that found the items.

Source: A-LLMRec (KDD 2024) and its like show candidates to a model by title; here the model's order
stands for nothing else than an order.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from usermind.errors import InvalidInputError, ModelError
from usermind.memory import UserMemory
from usermind.memory.journal import USER
from usermind.models.account import charging, metered
from usermind.models.reasoner import Reasoner
from usermind.prompts import ItemLine, PreferenceLine, RankItemsPrompt, TextLine
from usermind.prompts.rank_items import MOST_ITEMS
from usermind.tools.recommenders.query import Preference
from usermind.tools.recommenders.recommendation import Recommendation

PREFERENCES = 20
"""Preferences that the model is told, at most, the surest first."""
WORDS = 6
"""Words of one attribute that it is shown."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reranked:
    """A list in its new order."""

    recommendations: tuple[Recommendation, ...]
    """The items that were given, with new ranks; scores and reasons are as they were."""
    note: str | None = None
    """Why the order is as it was, or what of the model's order was repaired; None: neither."""


def reranked(
    memory: UserMemory,
    recommendations: Sequence[Recommendation],
    reasoner: Reasoner,
    *,
    preferences: Sequence[Preference] = (),
    asked: str = "",
    n: int = MOST_ITEMS,
) -> Reranked:
    """Return a list whose first n items a model has put in order.

    What cannot be used of its answer is mended: of a number that comes twice the first place
    counts, unknown numbers are left out, and missing items follow in the order that they had. Where
    nothing can be used, where the model fails, and where it may be told nothing of the user, all
    stays as it was.

    Args:
        memory: Whose list it is; they are charged for the call.
        recommendations: Best first.
        reasoner: Who ranks; the offline engine cannot, and leaves it as it is.
        preferences: In words; each passes the privacy gate, or is left out.
        asked: What they ask for now, in words.
        n: How many take part, 1 to 30.

    Raises:
        InvalidInputError: `n` is out of range.
        PrivacyError: The gate broke; nothing was sent.
    """
    if not 1 <= n <= MOST_ITEMS:
        raise InvalidInputError(
            f"`n` is {n}. Expected 1 to {MOST_ITEMS}. Nothing was asked or ranked."
        )
    first = list(recommendations[:n])
    if len(first) < 2:
        return Reranked(tuple(recommendations))
    recipient = str(getattr(reasoner, "recipient", "remote model"))
    if recipient == "offline":
        return _as_it_was(recommendations, "The offline engine does not rank.")
    told, said = _told(memory, preferences, asked, recipient)
    if not told and not said.text:
        return _as_it_was(recommendations, "Nothing is known of the user that the model may see.")
    items = tuple(
        ItemLine(number, each.item.title, _about(each)) for number, each in enumerate(first, 1)
    )
    try:
        with charging(memory.account):
            answer = metered(reasoner).complete(RankItemsPrompt(told, said, items))
    except ModelError as error:
        _log.warning("A list keeps its order: %s", type(error).__name__)
        return _as_it_was(recommendations, str(error))
    order, mended = repaired(answer.order, len(first))
    if order is None:
        return _as_it_was(recommendations, "The model named no item of the list.")
    chosen = [*(first[place] for place in order), *recommendations[n:]]
    return Reranked(_ranked(chosen), mended)


def repaired(numbers: Sequence[int], count: int) -> tuple[list[int] | None, str | None]:
    """Return a permutation of `range(count)` made of a model's numbers, and what was mended.

    None for the permutation where no number is one of 1 to `count`.

    >>> repaired([2, 2, 9], 3)
    ([1, 0, 2], '1 repeated, 1 unknown, 2 missing')
    """
    known = [number - 1 for number in numbers if 1 <= number <= count]
    kept = list(dict.fromkeys(known))
    if not kept:
        return None, None
    missing = [place for place in range(count) if place not in set(kept)]
    faults = {
        "repeated": len(known) - len(kept),
        "unknown": len(numbers) - len(known),
        "missing": len(missing),
    }
    said = ", ".join(f"{times} {what}" for what, times in faults.items() if times)
    return [*kept, *missing], said or None


def _told(
    memory: UserMemory, preferences: Sequence[Preference], asked: str, recipient: str
) -> tuple[tuple[PreferenceLine, ...], TextLine]:
    """Return preferences and question as the model may see them."""
    surest = sorted(preferences, key=lambda each: -each.confidence)[:PREFERENCES]
    with memory.privacy.egress(recipient, log=memory.exists) as out:
        lines = [
            PreferenceLine(text, likes=each.polarity > 0)
            for each in surest
            if (text := out.text(each.text, author=USER, item=each.memory))
        ]
        return tuple(lines), TextLine(out.said(asked) if asked.strip() else "")


def _about(recommendation: Recommendation) -> str:
    """Return the words of an item's attributes."""
    item = recommendation.item
    words = ((name, item.words(name)[:WORDS]) for name in item.attributes)
    return ". ".join(f"{name}: {', '.join(each)}" for name, each in words if each)


def _as_it_was(recommendations: Sequence[Recommendation], why: str) -> Reranked:
    return Reranked(tuple(recommendations), why)


def _ranked(recommendations: Sequence[Recommendation]) -> tuple[Recommendation, ...]:
    return tuple(replace(each, rank=rank) for rank, each in enumerate(recommendations, 1))
