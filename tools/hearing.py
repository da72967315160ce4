"""Hearing: a message of a conversation in words that stand alone, by the list it was said after.

shown: 1. Heat (1995)  2. Alien (1979)
"I liked the second one"  → "I liked “Alien (1979)”"
"something older"         → "something older than 1987 instead"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from usermind.tools.afterthoughts import with_examples
from usermind.tools.compared import as_a_wish
from usermind.tools.mentions import shortened
from usermind.tools.places import Listed, listed, with_titles
from usermind.tools.shown import before, ids, last_list

if TYPE_CHECKING:
    from usermind.memory.item_events import Exposure
    from usermind.tools.shelf import Shelf
    from usermind.tools.wishes import Utterance


def titled(shelf: Shelf, message: str, shown: Sequence[Exposure]) -> str:
    """Return a message with titles in place of what points at the last list.

    Args:
        shelf: The catalogue.
        message: What the user writes.
        shown: What was shown in the conversation before, the latest first.
    """
    last = last_list(shown)
    return with_titles(
        message,
        pointable(shelf, last),
        shelf.mentions.things,
        pointable(shelf, shown[len(last) :]),
    )


def pointable(shelf: Shelf, shown: Sequence[Exposure]) -> list[Listed]:
    """Return what was shown as a message can point at it, an item once."""
    items = shelf.items
    found: dict[str, Listed] = {}
    for each in shown:
        row = items.row(each.item_id)
        found.setdefault(each.item_id, listed(each.title, None if row is None else items[row]))
    return list(found.values())


def heard(shelf: Shelf, message: str, shown: Sequence[Exposure]) -> str:
    """Return the same with what it compares with the list said in years and minutes, too."""
    said = as_a_wish(with_examples(shelf.mentions, titled(shelf, message, shown)))
    return shelf.compared(said, ids(last_list(shown)))


def all_heard(
    shelf: Shelf, said: Sequence[Utterance], shown: Sequence[Exposure]
) -> list[Utterance]:
    """Return messages so, each by the list that was shown before it; long ones shortened."""
    return [
        replace(each, text=heard(shelf, shortened(each.text), before(each, shown))) for each in said
    ]
