"""What is on record of items, as a message asks for it: what was recommended, what was said of it.

A question (`past_questions`) is answered where what it says beside its form is the title of an
item, or a kind of items that the catalogue knows; else it is taken for no such question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from usermind.memory.feedback import KEPT
from usermind.memory.item_events import ItemEvent
from usermind.memory.naming import ALSO_WORDS, folded, without_year
from usermind.prompts import AskedOfPast, verdict
from usermind.tools.past_questions import EDGES, PastQuestion, past_questions, sentences_of

if TYPE_CHECKING:
    from datetime import datetime

    from usermind.memory import UserMemory
    from usermind.memory.item_events import Exposure
    from usermind.tools.mentions import Mentions

MOST: Final = 20
"""Memories that answer one question, the latest; an answer that is longer is read by nobody."""

_ANY = re.compile(
    r"^(?:all|any|the|some|of|one|ones|them|those|these|things?|items?|titles?|anything|something|everything"
    r"|your|recommendations?|suggestions?|stuff|other|else|exactly|were|good|was|is|are|it|list)$",
    re.IGNORECASE,
)
_ITEMS = re.compile(
    r"^(?:ones?|them|those|these|items?|titles?|recommendations?|suggestions?)$", re.IGNORECASE
)
_CALLED = re.compile(
    r"^(?:(?:the|a) )?(?:film|movie|book|novel|game|show|series|song|album|one)(?: called)? (?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ItemHistory:
    """What a message asks of items that were recommended or judged before."""

    asks: AskedOfPast
    ids: tuple[str, ...] = ()
    """Memories that answer it, the latest first."""
    more: int = 0
    """Earlier ones beyond `MOST`."""
    missing: str = ""
    """What to say where there are none; with ids, these say when the item was recommended."""
    whether: bool = False
    """Whether it asks about one item."""
    title: str = ""
    """That item, where none of what is asked is on record."""
    rest: str = ""
    """The message without the question."""


def item_history(
    memory: UserMemory, message: str, mentions: Mentions | None = None
) -> ItemHistory | None:
    """Return what a message asks of items of the past, with what there is; None: nothing.

    Args:
        memory: The user's.
        message: What they say; what they pasted or quote of others asks nothing.
        mentions: Of the catalogue; None: only titles of which something is on record are known.
    """
    sentences = sentences_of(message)
    for place, sentence in enumerate(sentences):
        for asked in past_questions(sentence, memory.now()):
            found = _answered(memory, asked, mentions)
            if found is not None:
                others = " ".join(sentences[:place] + sentences[place + 1 :])
                return replace(found, rest=others)
    return None


# -- what there is --------------------------------------------------------------------------


def _answered(
    memory: UserMemory, asked: PastQuestion, mentions: Mentions | None
) -> ItemHistory | None:
    """Return what answers a question; None where it is of something else than items."""
    rows = _rows(memory, asked)
    if asked.names and not _is_of_any(asked.rest, mentions):
        return _of_one(memory, asked, rows, mentions)
    if asked.rest and not asked.names:
        return None
    noun = asked.rest if asked.names else asked.noun
    if not _is_kind(noun, mentions) or not (asked.bare or _speaks_of_items(noun, mentions)):
        return None
    if mentions is None and not _held(memory):
        return None
    of_kind = _of_kind(rows, noun, mentions)
    return _told(asked, of_kind, _nothing(asked, narrowed=len(of_kind) < len(rows)))


def _held(memory: UserMemory) -> bool:
    return bool({"feedback", "exposure"}.intersection(memory.kinds())) if memory.exists else False


def _rows(memory: UserMemory, asked: PastQuestion) -> Sequence[ItemEvent | Exposure]:
    """Return what is on record of the sort that is asked for, an item once, the latest first."""
    if asked.asks != "shown":
        return [each for each in memory.feedback.events()[::-1] if _is_within(each.at, asked)]
    if not memory.exists:
        return []
    latest: dict[str, Exposure] = {}
    for each in memory.feedback.exposures(limit=KEPT):
        if _is_within(each.at, asked):
            latest.setdefault(each.item_id, each)
    # Of one list in its order, the latest list first.
    return sorted(latest.values(), key=lambda each: (-each.at.timestamp(), int(each.id[1:])))


def _is_within(at: datetime, asked: PastQuestion) -> bool:
    return asked.days is None or asked.days[0] <= at.date() <= asked.days[1]


def _of_one(
    memory: UserMemory,
    asked: PastQuestion,
    rows: Iterable[ItemEvent | Exposure],
    mentions: Mentions | None,
) -> ItemHistory | None:
    """Return what is on record of the item that a question names; None: it names none."""
    for said in dict.fromkeys((asked.whole, asked.rest)):
        name = _CALLED.sub("", said).strip(EDGES)
        found = _named(name, asked, rows, mentions)
        if found is not None and found.missing and asked.asks != "shown":
            # When it was recommended is what is on record of it.
            shown = _rows(memory, replace(asked, asks="shown"))
            told = tuple(each.id for each in shown if each.title == found.title)
            return replace(found, ids=told)
        if found is not None:
            return found
    return None


def _named(
    name: str, asked: PastQuestion, rows: Iterable[ItemEvent | Exposure], mentions: Mentions | None
) -> ItemHistory | None:
    wanted = folded(name)
    if not wanted or (wanted in ALSO_WORDS and not name[0].isupper()):
        return None  # "did I like it?"
    found = [
        each for each in rows if wanted in (folded(each.title), folded(without_year(each.title)))
    ]
    known = [] if mentions is None else list(mentions.find(f"“{name}”").items[:1])
    if known and known[0].sure and not found:
        ids = {known[0].item_id, *known[0].others}
        found = [each for each in rows if each.item_id in ids]
    if found:
        return ItemHistory(asked.asks, tuple(each.id for each in found[:MOST]), whether=True)
    if not known or folded(without_year(known[0].title)) != folded(without_year(name)):
        return None
    if asked.asks == "shown":
        when = "in that time" if asked.days else "yet"
        told = f"I have not recommended {known[0].title} to you {when}."
    elif asked.days:
        return None  # "did I watch Heat yesterday?" asks more than what they think of it
    else:
        told = f"You have not told me what you think of {known[0].title} yet."
    return ItemHistory(asked.asks, missing=told, whether=True, title=known[0].title)


def _is_of_any(rest: str, mentions: Mentions | None) -> bool:
    """Say whether words mean items at large, or a kind of them: "any films", "anything"."""
    return bool(rest) and rest.split()[0].lower() in _AT_LARGE and _is_kind(rest, mentions)


_AT_LARGE = frozenset({"any", "anything", "something", "some", "all"})


def _is_kind(noun: str, mentions: Mentions | None) -> bool:
    """Say whether words mean items of the catalogue, or a kind of them that it knows."""
    left = noun
    if mentions is not None:
        found = mentions.find(noun)
        if found.items:
            return False
        for each in found.all[::-1]:
            left = f"{left[: each.start]} {left[each.end :]}"
    things = set() if mentions is None else {folded(thing) for thing in mentions.things}
    return all(
        _ANY.match(word) or bool({folded(word), folded(word).removesuffix("s")} & things)
        for word in left.split()
    )


def _speaks_of_items(noun: str, mentions: Mentions | None) -> bool:
    """Say whether words speak of items: "ones" and "films" do, "things" says anything."""
    if any(_ITEMS.match(word) for word in noun.split()):
        return True
    if mentions is None:
        return False
    found, things = mentions.find(noun), {folded(thing) for thing in mentions.things}
    said = {folded(word) for word in noun.split()}
    return bool(found.values or found.years or said & things) or any(
        word.removesuffix("s") in things for word in said
    )


def _of_kind(
    rows: Sequence[ItemEvent | Exposure], noun: str, mentions: Mentions | None
) -> Sequence[ItemEvent | Exposure]:
    """Return those of an item of the kind that words name; of what the catalogue lacks none."""
    if mentions is None:
        return rows
    found = mentions.find(noun)
    kept = list(rows)
    for value in found.values:
        of_value = mentions.items.values(value.attribute).get(folded(value.value), ())
        ids = {mentions.items[int(row)].id for row in of_value}
        kept = [each for each in kept if each.item_id in ids]
    for years in found.years:
        numbers = mentions.items.numbers(years.attribute)
        kept = [
            each
            for each in kept
            if (row := mentions.items.row(each.item_id)) is not None
            and (years.least is None or numbers[row] >= years.least)
            and (years.most is None or numbers[row] <= years.most)
        ]
    return kept


_VERDICTS: Final = {"liked": "liked", "disliked": "did not like"}


def _told(asked: PastQuestion, rows: Sequence[ItemEvent | Exposure], missing: str) -> ItemHistory:
    wanted = _VERDICTS.get(asked.asks)
    fit = [
        each
        for each in rows
        if wanted is None or (isinstance(each, ItemEvent) and verdict(each.weight) == wanted)
    ]
    if not fit:
        return ItemHistory(asked.asks, missing=missing)
    if asked.last:
        fit = [each for each in fit if each.at == fit[0].at]
    shown = tuple(each.id for each in fit[:MOST])
    return ItemHistory(asked.asks, shown, more=len(fit) - len(shown))


def _nothing(asked: PastQuestion, *, narrowed: bool) -> str:
    what = "anything of that kind" if narrowed else "anything"
    when = " in that time" if asked.days else " yet"
    if asked.asks == "shown":
        return f"I have not recommended {what} to you{when}."
    of = {"liked": " that you liked", "disliked": " that you did not like"}.get(asked.asks, "")
    return f"You have not told me of {what}{of}{when}."
