"""Taste: what a recommender is asked for one user right now, from their memory and their words.

    claims ─ likings ─┐
    feedback ─────────┼─ what counts of each thing ─→ UserQuery + ItemFilter + notes
    messages ─ wishes ┘

No model is called. Of one thing the last word counts: this message before earlier ones, messages
before verdicts, verdicts before claims, newer claims before older ones. What a user cannot stand is
a condition that no score can buy off, until they ask for it themselves; that lifts it for one
question.

Attribute-blind: what claims tell of health, faith, politics and the like never enters a query,
unless the message speaks of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usermind.memory.privacy import sensitive
from usermind.memory.privacy.findings import SENSITIVE
from usermind.tools.conditions import Refused, Told, bans, demands, excluded, together
from usermind.tools.item_filter import ItemFilter
from usermind.tools.likings import Liking, likings
from usermind.tools.mentions import (
    ItemMention,
    Mentions,
    ValueMention,
    YearMention,
    shortened,
)
from usermind.tools.recommenders.query import Event, Preference, UserQuery
from usermind.tools.wishes import Utterance, Wish, Wishes, wishes

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.memory.propositions import Proposition

LIKED, DISLIKED, MILDLY = 1.0, -1.0, 0.5
"""Weights of what is liked or disliked, and the factor of a word that does not insist."""
SEEN = 0.25
"""Weight of an item of which a claim says only that the user has seen it: people mostly choose what
they like, and do not always."""
BESIDE_AN_EXAMPLE = 0.3
"""Factor of all other items where something like one is asked for."""
UNSURE = 0.5
"""Factor of an item that may be another one of that name, or no item at all."""
KEPT_WHEN_STALE = 0.5
"""Share of its weight that a claim keeps when nothing has supported it for long."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a recommender is asked, and why."""

    query: UserQuery
    where: ItemFilter
    said: Wishes
    """What the conversation asks for."""
    notes: tuple[str, ...] = ()
    """What was understood otherwise than it looks, in plain sentences, for the user or a model.
    They hold the user's words and belong into no log."""


def taste(
    memory: UserMemory,
    mentions: Mentions,
    message: str,
    *,
    earlier: Sequence[Utterance] = (),
    shown: Sequence[str] = (),
    blind: bool = True,
    observation: str | None = None,
    anew: bool = False,
) -> Taste:
    """Return what a recommender is to be asked for a user who writes a message.

    Args:
        memory: The user's; one of whom nothing is known has no claims and no verdicts.
        mentions: Of the catalogue.
        message: What they write; empty: nothing in particular. Of a long one its beginning and
            its end are read; see `mentions.READ`.
        earlier: Their earlier messages of this conversation, the oldest first.
        shown: Ids of what they were shown in it, the latest last.
        blind: Whether claims that tell something sensitive stay out unless the message speaks of
            it.
        observation: Id of the message, where it is kept.
        anew: Whether what earlier messages asked for does not count any more.
    """
    message = shortened(message)
    said = wishes(mentions, message, earlier=earlier, observation=observation, anew=anew)
    notes: list[str] = []
    known = _remembered(memory, mentions, message, blind=blind, notes=notes)
    asked = _asked(said)
    kept = _not_overruled(known, [each for each, _ in asked], notes)
    events = _focused(_events(memory, mentions, known, said, notes), said)
    refused = together([*kept, *asked])
    wanted, apart = demands(mentions.items, said, [each for each, _ in asked])
    notes += apart
    where = ItemFilter(
        conditions=(*bans(refused), *wanted),
        exclude=excluded(mentions.items, refused, said, shown),
    )
    query = UserQuery(
        events=events,
        preferences=tuple(_softened(each, refused) for each, _ in [*kept, *asked]),
        text=said.words,
        session=tuple(shown),
        now=memory.now(),
    )
    return Taste(query, where, said, tuple(dict.fromkeys(notes)))


def _softened(preference: Preference, refused: Refused) -> Preference:
    """Return a preference without its condition where only more than it is refused.

    Who cannot stand romantic comedies may like other comedies.
    """
    if not any(preference in joint for joint in refused.joint):
        return preference
    return replace(preference, hard=False, confidence=preference.confidence * MILDLY)


# -- what memory tells --------------------------------------------------------------------


def _remembered(
    memory: UserMemory, mentions: Mentions, message: str, *, blind: bool, notes: list[str]
) -> list[Liking]:
    """Return what the user's claims say of the catalogue's things, the oldest support first."""
    if not memory.exists:
        return []
    user = memory.display_name
    claims = sorted(memory.propositions.list(), key=lambda each: each.supported_at)
    found = [each for claim in claims for each in likings(mentions, claim, user=user)]
    if not blind:
        return found
    spoken_of = _sensitive(message)
    seen = [each for each in found if not _is_sensitive(each, user, spoken_of)]
    if left := len(found) - len(seen):
        notes.append(f"Left out, because it tells something sensitive: {left} remembered likings.")
    return seen


def _is_sensitive(liking: Liking, user: str, spoken_of: frozenset[str]) -> bool:
    """Return whether a liking tells something sensitive that the message does not speak of.

    A refusal does not count: who cannot stand a kind of film has asked not to be shown it.
    """
    if isinstance(liking.mention, ItemMention) or _is_refusal(liking):
        return False
    words = liking.claim.text if liking.mention is None else liking.mention.text
    return bool(_sensitive(words, user) - spoken_of)


def _is_refusal(liking: Liking) -> bool:
    return liking.kind == "dislike" and not liking.mild and liking.mention is not None


def _sensitive(text: str, user: str = "") -> frozenset[str]:
    return frozenset(each.kind for each in sensitive.find(text, name=user)) & SENSITIVE


def _preference(liking: Liking) -> Preference | None:
    """Return what a liking says of anything but an item."""
    mention, claim = liking.mention, liking.claim
    if isinstance(mention, ItemMention) or liking.kind == "seen":
        return None
    likes = liking.kind == "like"
    made = Preference(
        text=claim.text,
        polarity=1 if likes else -1,
        confidence=claim.confidence * (MILDLY if liking.mild else 1.0),
        memory=claim.id,
    )
    if mention is None:
        return made
    # A reason is shown: it says what is liked, and not what else the claim tells.
    if _sensitive(claim.text):
        made = replace(made, text=f"{'likes' if likes else 'does not like'} {mention.text}")
    hard = not likes and not liking.mild and (mention.sure or liking.joint)
    return _about(replace(made, hard=hard), mention)


def _about(preference: Preference, mention: ValueMention | YearMention) -> Preference:
    if isinstance(mention, ValueMention):
        return replace(preference, attribute=mention.attribute, value=mention.value)
    return replace(preference, attribute=mention.attribute, least=mention.least, most=mention.most)


# -- what the conversation says -----------------------------------------------------------


def _asked(said: Wishes) -> list[Told]:
    found: list[Told] = []
    for wish in (*said.values, *said.years):
        mention = wish.mention
        if isinstance(mention, ItemMention) or wish.kind == "seen":
            continue
        refused = wish.kind in ("dislike", "refuse")
        insists = refused or (wish.kind == "want" and wish.sure)
        made = Preference(
            text=wish.said,
            polarity=-1 if refused else 1,
            confidence=MILDLY if wish.mild else 1.0,
            memory=wish.observation,
            hard=insists and not wish.mild,
        )
        about = _about(made, mention)
        if not any(
            _thing(each) == _thing(about)
            and each.polarity == about.polarity
            and run[0] == wish.run[0]
            for each, run in found
        ):
            found.append((about, wish.run))
    return found


def _not_overruled(
    known: Iterable[Liking], asked: Sequence[Preference], notes: list[str]
) -> list[Told]:
    """Return what memory prefers, the last word on each thing, without what is overruled now."""
    last: dict[object, Told] = {}
    for liking in known:
        if (made := _preference(liking)) is not None:
            last[_thing(made)] = (made, liking.run)
    over: set[tuple[str, int]] = set()
    for made, run in last.values():
        against = next((each for each in asked if _overrules(each, made)), None)
        if against is not None:
            over.add(run)
        if against is not None and against.polarity != made.polarity:
            notes.append(
                f"you ask for {against.value or 'it'} now, so “{made.text}” does not count this "
                "time"
            )
    return [(made, run) for made, run in last.values() if run not in over]


def _thing(preference: Preference) -> object:
    if preference.attribute is None:
        return preference.text
    about = (preference.value, preference.least, preference.most)
    return (preference.attribute, *about)


def _overrules(now: Preference, before: Preference) -> bool:
    if now.attribute is None or now.attribute != before.attribute:
        return False
    if now.value is None and before.value is None and now.polarity > 0:
        return True  # years that are asked for now take the place of all others
    return (now.value, now.least, now.most) == (before.value, before.least, before.most)


# -- events -------------------------------------------------------------------------------


def _events(
    memory: UserMemory,
    mentions: Mentions,
    known: Iterable[Liking],
    said: Wishes,
    notes: list[str],
) -> tuple[Event, ...]:
    """Return the last word on each item: the oldest first, what is said now at the end."""
    found = {event.item_id: event for event in _claimed(known)}
    for record in memory.feedback.events():
        found.pop(record.item_id, None)
        if mentions.items.row(record.item_id) is not None:
            found[record.item_id] = Event(
                record.item_id, record.weight, record.at, "log", record.observation
            )
    ordered = sorted(found.values(), key=lambda event: _time(event))
    latest = {event.item_id: event for event in ordered}
    for wish in said.items:
        if (event := _said_now(wish, memory)) is None:
            continue
        if wish.kind == "seen" and event.item_id in latest:
            continue  # to have seen it says nothing against having liked it
        before = latest.pop(event.item_id, None)
        if before is not None and before.weight * event.weight < 0:
            notes.append(f"“{wish.said}” counts, and not what you said of it before")
        latest[event.item_id] = event
        if wish.last:
            _note_doubt(wish, notes)
    return tuple(latest.values())


def _focused(events: Sequence[Event], said: Wishes) -> tuple[Event, ...]:
    """Return events so that, where something like an item is asked for, that item counts most."""
    examples = {
        wish.mention.item_id
        for wish in said.items
        if wish.kind == "example" and isinstance(wish.mention, ItemMention)
    }
    return tuple(
        event
        if not examples or event.item_id in examples
        else replace(event, weight=event.weight * BESIDE_AN_EXAMPLE)
        for event in events
    )


def _time(event: Event) -> float:
    return event.at.timestamp() if event.at else 0.0


def _claimed(known: Iterable[Liking]) -> Iterator[Event]:
    for liking in known:
        mention = liking.mention
        if not isinstance(mention, ItemMention):
            continue
        claim = liking.claim
        weight = {"like": LIKED, "dislike": DISLIKED}.get(liking.kind, SEEN)
        weight *= _belief(claim) * (MILDLY if liking.mild else 1.0)
        weight *= 1.0 if mention.sure else UNSURE
        yield Event(mention.item_id, weight, claim.supported_at, "profile", claim.id)


def _belief(claim: Proposition) -> float:
    return claim.confidence * (KEPT_WHEN_STALE + (1 - KEPT_WHEN_STALE) * claim.freshness)


def _said_now(wish: Wish, memory: UserMemory) -> Event | None:
    mention = wish.mention
    weights = {"like": LIKED, "example": LIKED, "dislike": DISLIKED, "refuse": DISLIKED / 2,
               "seen": 0.0}  # fmt: skip
    if not isinstance(mention, ItemMention) or wish.kind not in weights:
        return None
    weight = weights[wish.kind] * (MILDLY if wish.mild else 1.0)
    if wish.weight is not None:
        weight = wish.weight
    return Event(
        mention.item_id,
        weight * (1.0 if mention.sure else UNSURE),
        memory.now() if wish.last else None,
        "example" if wish.kind == "example" else "chat",
        wish.observation,
    )


def _note_doubt(wish: Wish, notes: list[str]) -> None:
    mention = wish.mention
    if isinstance(mention, ItemMention) and mention.others:
        notes.append(
            f"“{mention.text}” was taken for {mention.title}; {_others(len(mention.others))} "
            "called so"
        )
    elif isinstance(mention, ItemMention) and not mention.sure:
        unkept = mention.mistyped == "unclear" and wish.kind in ("like", "dislike", "seen")
        notes.append(
            f"“{mention.text}” was taken for {mention.title}"
            + (", this time only: write its title out, and I will note what you say" * unkept)
        )


def _others(count: int) -> str:
    return "another is" if count == 1 else f"{count} others are"
