"""Verdicts: what a message says of items that it names, kept where it is sure which are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usermind.errors import PrivateTopicError
from usermind.memory.naming import folded, without_year
from usermind.tools.clauses import OPENING
from usermind.tools.mentions import ItemMention
from usermind.tools.places import called, listed, with_titles
from usermind.tools.taste import DISLIKED, LIKED, MILDLY, SEEN

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.memory.item_events import ItemEvent
    from usermind.tools.items import Item, ItemTable
    from usermind.tools.wishes import Wishes

_WEIGHTS = {"like": LIKED, "dislike": DISLIKED, "seen": SEEN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of one item."""

    item_id: str
    title: str
    weight: float
    """In [−1, 1]."""


def recorded(memory: UserMemory, said: Wishes, *, observation: str) -> list[ItemEvent]:
    """Keep what a message says of items, as feedback that rests on it; return what was kept.

    Only what is surely meant is kept: a title with a letter wrong where one alone is near to it.

    Raises:
        StoreError: It could not be kept.
    """
    sure = [
        Verdict(mention.item_id, mention.title, weight)
        for mention, weight in _verdicts(said)
        if mention.sure or mention.mistyped == "clear"
    ]
    return _kept(memory, sure, observation)


def _kept(
    memory: UserMemory,
    verdicts: Sequence[Verdict],
    observation: str,
    answered: str | None = None,
) -> list[ItemEvent]:
    """Keep verdicts, and return what stands of each; nothing of what is private."""
    kept = []
    judged = {event.item_id: event for event in memory.feedback.events()} if verdicts else {}
    for each in verdicts:
        before = judged.get(each.item_id)
        if each.weight == SEEN and before is not None and before.observation != observation:
            kept.append(before)  # to have seen it says nothing against having liked it
            continue
        with suppress(PrivateTopicError):
            event = memory.feedback.record(
                each.item_id, each.title, each.weight, observation=observation, answered=answered
            )
            kept += [] if event is None else [event]
    return kept


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


def settled(
    memory: UserMemory,
    message: str,
    asked: Sequence[tuple[float, tuple[Item, ...]]],
    by: str | None,
    *,
    things: Sequence[str],
    observation: str,
) -> list[ItemEvent]:
    """Keep the verdict of the message before, where this one says on which item it was.

    It rests on both messages.

    Args:
        memory: The user's.
        message: What the user answers.
        asked: What `unclear_in` the message before; where it is not one verdict, nothing is kept.
        by: Id of that message; None: it is not kept, and nothing can rest on it.
        things: What people call the items of the catalogue.
        observation: Id of the answer.

    Raises:
        StoreError: It could not be kept.
    """
    item = chosen(message, asked[0][1], things) if len(asked) == 1 else None
    if item is None or by is None:
        return []
    return _kept(memory, [Verdict(item.id, item.title, asked[0][0])], observation, by)


def chosen(message: str, of: Sequence[Item], things: Sequence[str] = ()) -> Item | None:
    """Return the item that a message names, of those that the user was asked to choose from.

    "Aliens (1986)", "the 1986 one", "the second": it may say nothing else.

    Args:
        message: What the user writes.
        of: What may be meant, in the order of the question.
        things: What people call the items of the catalogue.
    """
    listing = [listed(each.title, each) for each in of]
    found = called(_MEANT.sub("", with_titles(message, listing, things)), listing)
    return of[listing.index(found[0])] if len(found) == 1 else None


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
