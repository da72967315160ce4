"""Afterthoughts: a verdict in a sentence of its own, right behind one that names the item. English.

    "I watched Heat yesterday. Boring."  → "I watched Heat yesterday. “Heat” was boring."
    "Saw Alien. Loved it!"               → "Saw Alien. Loved “Alien”!"

A sentence counts where it says nothing but the verdict, and the one before it says nothing but that
the item was seen: "I saw Heat and went to a party. Boring." leaves open which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from usermind.tools.cues import SENTENCE
from usermind.tools.mentions import ItemMention
from usermind.tools.places import plain
from usermind.tools.wishes import wishes

if TYPE_CHECKING:
    from usermind.tools.mentions import Mentions

MOST_WORDS: Final = 7
"""Words of a sentence that may be a verdict and nothing else."""
_IT: Final = re.compile(r"\b(?:it|that)\b", re.IGNORECASE)
_OPENS: Final = re.compile(r"^\W*(?:what |and |but )?", re.IGNORECASE)
_GOES_ON: Final = re.compile(r"[,;:]|\b(?:and|but|then|after|before|while|because|who)\b", re.I)
_ENDS: Final = re.compile(r"(?:\W|\b(?:though|honestly|really|for me|tbh|imo)\b)*", re.IGNORECASE)


def with_afterthoughts(
    mentions: Mentions, message: str, titled: Callable[[str], str] = lambda text: text
) -> str:
    """Return a message with each verdict behind the name of an item said of it by name.

    Args:
        mentions: Of the catalogue.
        message: What the user writes.
        titled: Puts titles in place of what points at the last list.
    """
    sentences = SENTENCE.findall(message)
    told = sentences[:1]
    for before, sentence in pairwise(sentences):
        told.append(_judging(mentions, titled(before), sentence) or sentence)
    return "".join(told) if told != sentences else message


def with_examples(mentions: Mentions, message: str) -> str:
    """Return a message with the item that it names before in place of what it asks to be like.

    "I loved Heat. Recommend something similar" → "… Recommend something like “Heat”". Where it
    names several, what is meant is left open.
    """
    asked = _SIMILAR.search(message)
    if asked is None:
        return message
    said = message[: asked.start()]
    named = {wish.mention for wish in wishes(mentions, said).items if wish.kind in ("like", "seen")}
    if len(named) != 1 or len(mentions.find(said).items) != 1:
        return message
    (title,) = (plain(each.title) for each in named if isinstance(each, ItemMention))
    return f"{said}{asked['what']} like “{title}”{message[asked.end() :]}"


_SIMILAR: Final = re.compile(
    r"\b(?P<what>something|anything|(?:some )?(?:films?|movies?|books?|songs?|ones?|more|others?))"
    r" (?:(?:very |more |that is |that['’]s )*similar(?! to\b)|like (?:it|that one|that|this))\b"
    r"(?=\s*(?:$|[.,;!?]|\b(?:but|please|tonight|for)\b))",
    re.IGNORECASE,
)


def _judging(mentions: Mentions, before: str, sentence: str) -> str | None:
    """Return a sentence that only judges, said of the item that the one before it names."""
    if "?" in f"{before}{sentence}" or len(sentence.split()) > MOST_WORDS:
        return None
    named, found = wishes(mentions, before).items, mentions.find(before).items
    if [wish.kind for wish in named] != ["seen"] or len(found) != 1:
        return None
    seen: ItemMention = found[0]
    if _GOES_ON.search(before[seen.end :]):
        return None
    for said in _of(f"“{plain(seen.title)}”", sentence):
        judged = wishes(mentions, said).items
        if len(judged) == 1 and judged[0].kind in ("like", "dislike"):
            end = said.find(judged[0].said) + len(judged[0].said)
            if _ENDS.fullmatch(re.sub(r"^(?: \(\d{4}\))?”", "", said[end:])):
                return f" {said}"
    return None


def _of(title: str, sentence: str) -> Iterator[str]:
    """Yield what a sentence may say of an item, by its name."""
    if _IT.search(sentence):
        yield _IT.sub(title, sentence, count=1).strip()
        return
    rest = _OPENS.sub("", sentence)
    if re.match(r"(?:loved|hated|liked|enjoyed|adored)\W*$", rest, re.IGNORECASE):
        return
    yield f"{title} was {rest[:1].lower()}{rest[1:]}"
    yield f"{title} was a {rest[:1].lower()}{rest[1:]}"
