"""Verdicts: what a message says of items that it names, kept where it is sure which are meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from usermind.errors import PrivateTopicError
from usermind.memory.naming import folded, without_year
from usermind.tools.mentions import ItemMention
from usermind.tools.taste import DISLIKED, LIKED, MILDLY, SEEN

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.memory.item_events import ItemEvent
    from usermind.tools.items import ItemTable
    from usermind.tools.wishes import Wishes

_WEIGHTS = {"like": LIKED, "dislike": DISLIKED, "seen": SEEN}


def recorded(memory: UserMemory, said: Wishes, *, observation: str) -> list[ItemEvent]:
    """Keep what a message says of items, as feedback that rests on it; return what was kept.

    Only what is surely meant is kept: a title with a letter wrong where one alone is near to it.

    Raises:
        StoreError: It could not be kept.
    """
    kept = []
    for mention, weight in _verdicts(said):
        if not (mention.sure or mention.mistyped == "clear"):
            continue
        try:
            event = memory.feedback.record(
                mention.item_id, mention.title, weight, observation=observation
            )
        except PrivateTopicError:
            continue  # of what is private the policy keeps nothing
        if event is not None:
            kept.append(event)
    return kept


def unclear_in(items: ItemTable, said: Wishes) -> list[tuple[float, tuple[str, ...]]]:
    """Return the verdicts on a title that several items bear, or may be meant by its letters.

    Each with its weight in [−1, 1], and the titles that may be meant, the likeliest first.
    """
    found = []
    for mention, weight in _verdicts(said):
        if mention.sure or mention.mistyped == "clear":
            continue
        others = [items[int(row)].title for row in items.rows(mention.others)]
        if mention.mistyped == "no":
            called = folded(without_year(mention.title))
            others = [each for each in others if folded(without_year(each)) == called]
        if others:
            found.append((weight, (mention.title, *others)))
    return found


def _verdicts(said: Wishes) -> Iterator[tuple[ItemMention, float]]:
    """Yield what a message says of items that it names: liked, disliked, or seen."""
    for wish in said.items:
        if isinstance(wish.mention, ItemMention) and wish.kind in _WEIGHTS:
            weight = _WEIGHTS[wish.kind] * (MILDLY if wish.mild else 1.0)
            yield wish.mention, weight if wish.weight is None else wish.weight
