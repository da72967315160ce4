"""Verdicts: what a message says of items that it names, kept where it is sure which are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from usermind.errors import PrivateTopicError
from usermind.memory.naming import folded, without_year
from usermind.tools.clauses import OPENING
from usermind.tools.folded_text import told
from usermind.tools.mentions import ItemMention
from usermind.tools.places import listed, with_titles
from usermind.tools.taste import DISLIKED, LIKED, MILDLY, SEEN
from usermind.tools.titles import year_of

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.memory.item_events import ItemEvent
    from usermind.tools.items import Item, ItemTable
    from usermind.tools.wishes import Wishes

_WEIGHTS = {"like": LIKED, "dislike": DISLIKED, "seen": SEEN}


def recorded(memory: UserMemory, said: Wishes, *, observation: str) -> list[ItemEvent]:
    """Keep what a message says of items, as feedback that rests on it; return what was kept.

    Only what is surely meant is kept: a title with a letter wrong where one alone is near to it.

    Raises:
        StoreError: It could not be kept.
    """
    kept = []
    judged = {event.item_id: event for event in memory.feedback.events()} if said.items else {}
    for mention, weight in _verdicts(said):
        if not (mention.sure or mention.mistyped == "clear"):
            continue
        before = judged.get(mention.item_id)
        if weight == SEEN and before is not None and before.observation != observation:
            kept.append(before)  # to have seen it says nothing against having liked it
            continue
        kept += record(memory, mention.item_id, mention.title, weight, observation)
    return kept


def record(
    memory: UserMemory, item_id: str, title: str, weight: float, observation: str
) -> list[ItemEvent]:
    """Keep one verdict; nothing of what is private."""
    try:
        event = memory.feedback.record(item_id, title, weight, observation=observation)
    except PrivateTopicError:
        return []
    return [] if event is None else [event]


def unclear_in(items: ItemTable, said: Wishes) -> list[tuple[float, tuple[Item, ...]]]:
    """Return the verdicts on a title that several items bear, or may be meant by its letters.

    Each with its weight in [−1, 1], and what may be meant, the likeliest first.
    """
    found = []
    for mention, weight in _verdicts(said):
        if mention.sure or mention.mistyped == "clear":
            continue
        others = [items[int(row)] for row in items.rows(mention.others)]
        if mention.mistyped == "no":
            called = folded(without_year(mention.title))
            others = [each for each in others if folded(without_year(each.title)) == called]
        if others:
            (row,) = items.rows((mention.item_id,))
            found.append((weight, (items[int(row)], *others)))
    return found


def chosen(message: str, of: Sequence[Item], things: Sequence[str] = ()) -> Item | None:
    """Return the item that a message names, of those that the user was asked to choose from.

    "Aliens (1986)", "the 1986 one", "the second": it may say nothing else.

    Args:
        message: What the user writes.
        of: What may be meant, in the order of the question.
        things: What people call the items of the catalogue.
    """
    said = with_titles(message, [listed(each.title, each) for each in of], things)
    name = told(_MEANT.sub("", said))
    found = [
        each
        for each in of
        if name in (told(each.title), told(without_year(each.title)), str(year_of(each)))
    ]
    return found[0] if len(found) == 1 else None


_MEANT = re.compile(
    rf"^\W*{OPENING}(?:(?:i (?:mean|meant)|it was|it is|it['’]s) )?|\W*(?:please|of course)?\W*$",
    re.IGNORECASE,
)
"""What stands around a name that answers a question."""


def _verdicts(said: Wishes) -> Iterator[tuple[ItemMention, float]]:
    """Yield what a message says of items that it names: liked, disliked, or seen."""
    for wish in said.items:
        if isinstance(wish.mention, ItemMention) and wish.kind in _WEIGHTS:
            weight = _WEIGHTS[wish.kind] * (MILDLY if wish.mild else 1.0)
            yield wish.mention, weight if wish.weight is None else wish.weight
