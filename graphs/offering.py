"""What a turn offers from a catalogue: items that fit the user, as the model is told of them.

The ranking is made on the spot by `usermind.tools.Advisor`, from everything the user's memory says.
"""

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from langchain_core.messages import AnyMessage, ToolMessage

from usermind.errors import CallError, ModelError, StoreError, UsermindError
from usermind.graphs.journaling import SOURCE
from usermind.graphs.sources import Source
from usermind.graphs.suggesting import QuerySuggestion
from usermind.memory import UserMemory
from usermind.memory.instructions import instruction
from usermind.memory.item_events import ItemEvent
from usermind.memory.naming import without_year
from usermind.memory.text import fingerprint
from usermind.memory.works import Texts
from usermind.prompts import NO_PAST, HeardLine, ItemLine, Offer, PastItems, ReasonLine
from usermind.prompts.fencing import LONGEST_LABEL, on_one_line
from usermind.tools.advice import Advice, Note
from usermind.tools.advisor import Advisor
from usermind.tools.conversation import said_before
from usermind.tools.item_history import ItemHistory, item_history
from usermind.tools.items import Item
from usermind.tools.recommenders import Reason, Recommendation

_log = logging.getLogger(__name__)

STATE_TYPES = (Advice, Note, Recommendation, Reason, Item, HeardLine, ItemHistory)
"""Types of ours that a checkpoint holds of a catalogue."""
CATALOGUE_FAULTS = (CallError, ModelError, StoreError)
"""What a catalogue, its embedder or what was fitted on it fail with; no reason for a turn to."""
MOST_WORDS = 6
"""Words of attributes that the line of an item names."""
_BRACKETS = re.compile(r"(?:\s*\([^()]*\))+$")


def failed(error: UsermindError) -> str:
    """Return why a catalogue is not looked at in a turn, and log that it is not."""
    _log.warning("A catalogue is not looked at: %s", type(error).__name__)
    return str(error)


@dataclass(frozen=True, slots=True)
class Called:
    """What a message asks for that has to do with a catalogue."""

    past: ItemHistory | None = None
    """What was recommended or judged before."""
    items: bool = False
    """Whether it asks for something of the catalogue."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that it asks for."""
        past: tuple[Source, ...] = ("feedback",) if self.past else ()
        return (*past, "catalogue") if self.items else past


def called_for(
    memory: UserMemory,
    message: str,
    advisor: Advisor | None,
    *,
    thread: str | None,
    observation: str | None,
) -> Called:
    """Return what a message asks for that has to do with a catalogue.

    A question about the past asks for nothing new: "which films did you suggest?"

    Args:
        memory: The user's.
        message: What they say.
        advisor: Over the catalogue; None: there is none.
        thread: The conversation.
        observation: Id of the message, where it is kept.

    Raises:
        CallError, ModelError, StoreError: The catalogue cannot be read.
    """
    if advisor is None:
        return Called(item_history(memory, message))
    past = advisor.history(memory, message)
    rest = past.rest if past else message
    earlier = said_before(memory, thread=thread, source=SOURCE, message=observation)
    asked = bool(rest) and (
        advisor.is_asked(memory, rest, thread=thread, earlier=earlier)
        or advisor.explain(memory, rest, thread=thread, earlier=earlier) is not None
    )
    return Called(past, asked)


def advised(
    advisor: Advisor,
    memory: UserMemory,
    message: str,
    *,
    thread: str | None,
    observation: str | None,
    recipient: str,
) -> Advice:
    """Return what of a catalogue fits a user and what they ask, as a recipient may see it.

    Where they ask why items were shown, or point at one of them, these come, with what speaks for
    them.

    Args:
        advisor: Over the catalogue.
        memory: The user's.
        message: What they say.
        thread: The conversation; their earlier wishes in it go on.
        observation: Id of the message, where it is kept.
        recipient: Who reads the reasons.

    Raises:
        CallError, ModelError, StoreError: The catalogue cannot be read.
    """
    earlier = said_before(memory, thread=thread, source=SOURCE, message=observation)
    found = advisor.explain(memory, message, thread=thread, earlier=earlier) or advisor.advise(
        memory, message, thread=thread, earlier=earlier, observation=observation
    )
    return advisor.known_to(memory, found, recipient=recipient)


def log_shown(
    memory: UserMemory,
    recommended: Iterable[Recommendation],
    *,
    thread: str | None,
    observation: str | None,
) -> None:
    """Note which items a reply that was kept recommends."""
    items = [(each.item.id, each.item.title) for each in recommended]
    if items:
        memory.feedback.shown(items, thread=thread, observation=observation)


def past_of(history: ItemHistory | None, given: Collection[str]) -> PastItems:
    """Return as the turn's prompt has it what a message asks of items of the past.

    Args:
        history: That, with what there is.
        given: Ids of the memories that the prompt shows.
    """
    if history is None:
        return NO_PAST
    shown = tuple(id_ for id_ in history.ids if id_ in given)
    return PastItems(
        asks=history.asks,
        whether=history.whether,
        ids=shown,
        more=history.more + len(history.ids) - len(shown),
        missing=history.missing,
        title=history.title,
    )


def offer_of(advice: Advice | None, *, unread: bool = False) -> Offer:
    """Return advice as the turn's prompt shows it; no offer where there is none.

    Args:
        advice: What fits.
        unread: Whether it was asked for, and the catalogue could not be looked into.
    """
    if advice is None:
        return Offer(wanted=unread, unread=unread)
    return Offer(
        wanted=True,
        asks=advice.asks,
        items=tuple(_line(each) for each in advice.recommendations),
        notes=tuple(ReasonLine(on_one_line(note.text), note.memory) for note in advice.notes),
    )


def _line(each: Recommendation) -> ItemLine:
    words = [word for name in each.item.attributes for word in each.item.words(name)]
    return ItemLine(
        number=each.rank,
        title=on_one_line(each.item.title),
        about=", ".join(words[:MOST_WORDS]),
        reasons=tuple(ReasonLine(on_one_line(why.text), why.memory) for why in each.reasons),
    )


def heard_of(
    events: Sequence[ItemEvent],
    unclear: Sequence[tuple[float, tuple[str, ...]]] = (),
    standing: Sequence[ItemEvent] = (),
) -> tuple[HeardLine, ...]:
    """Return what was kept of what a message says of items, as the turn's prompt shows it.

    Args:
        events: That.
        unclear: Verdicts on a title of several items, which were not kept; see
            `Advisor.unclear`.
        standing: What it takes back of what was kept before, and what stands all the same; see
            `usermind.tools.corrections`. Of no account where something was kept.
    """
    if standing and not events:
        return tuple(
            HeardLine(on_one_line(each.title), each.weight, stands=True) for each in standing
        )
    kept = (HeardLine(on_one_line(event.title), event.weight) for event in events)
    asked = (
        HeardLine(on_one_line(titles[0]), weight, tuple(on_one_line(each) for each in titles[1:]))
        for weight, titles in unclear
    )
    return (*kept, *asked)


def recommended_in(
    text: str, advice: Advice | None, messages: Iterable[AnyMessage] = ()
) -> tuple[Recommendation, ...]:
    """Return those of the items offered, by the turn or by its tools, that a reply names."""
    offered = [
        each
        for found in _all(advice, messages)
        if found.asks is None  # else it was shown before
        for each in found.recommendations
    ]
    said = Texts([text])
    named = {each.item.id: each for each in offered if _names(text, said, each.item.title)}
    return tuple(named.values())


def unranked_in(advice: Advice | None, messages: Iterable[AnyMessage] = ()) -> str | None:
    """Return what went wrong where a model was asked to put a list in order; None: nothing did."""
    notes = (found.instead for found in _all(advice, messages))
    return next((note for note in notes if note), None)


def _all(advice: Advice | None, messages: Iterable[AnyMessage]) -> Iterator[Advice]:
    """Yield the advice of a turn, and of its tools."""
    if advice is not None:
        yield advice
    for message in messages:
        if isinstance(message, ToolMessage) and isinstance(message.artifact, Advice):
            yield message.artifact


def next_requests(
    recommended: Sequence[Recommendation], *, offered: Collection[bytes] = ()
) -> tuple[QuerySuggestion, ...]:
    """Return what the user could ask after a list: more like the best of it, or other items.

    Args:
        recommended: What a reply recommends, best first.
        offered: Fingerprints of what was suggested before.
    """
    if not recommended:
        return ()
    best = on_one_line(recommended[0].item.title)
    said = _BRACKETS.sub("", best) or best
    requests = (
        QuerySuggestion(f"Something like {said}, please", f"{best} came first", "offered", (), 1.0),
        QuerySuggestion("Not these, something else", "there is more", "offered", (), 0.5),
    )
    return tuple(
        each
        for each in requests
        # A title is the catalogue's, and what is suggested will be said as the user's own words.
        if fingerprint(each.text) not in offered and instruction(each.text) is None
    )


def _names(text: str, said: Texts, title: str) -> bool:
    """Say whether a reply names a title, with or without its year; one word letter by letter."""
    short = without_year(on_one_line(title))
    if len(short) >= LONGEST_LABEL:  # a model saw no more of it
        return short[: LONGEST_LABEL - 1] in text
    return said.how(short, parts=False) in ("surely", "perhaps")
