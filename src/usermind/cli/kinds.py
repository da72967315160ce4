"""What `usermind memory` does with each kind of memory, told by the letter of its id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypedDict, get_args

from usermind.cli import claims, concepts, entities, feedback, profile
from usermind.cli.opening import Workplace
from usermind.cli.screen import columns, count, day, emit, flat, note, say, show
from usermind.errors import InvalidInputError
from usermind.types import Kind

if TYPE_CHECKING:
    from usermind.memory import UserMemory

Which = Literal["proposition", "observation", "concept", "entity", "profile", "all"]
"""What can be listed and searched; a proposition is a claim, an observation a message."""
_KINDS = {
    "p": "proposition",
    "o": "observation",
    "c": "concept",
    "e": "entity",
    "f": "profile",
    "v": "feedback",
    "x": "exposure",
}
_EDITED_BY = {
    "observation": (
        "A message stays as it was said. `usermind memory forget {id}` deletes it; "
        "`usermind memory correct` puts a claim right that was learnt from it."
    ),
    "concept": 'A concept is changed by `usermind concept edit {key} --set "NAME=VALUE"`.',
    "entity": (
        "An entity is a count and has no text to correct. `usermind memory forget {id}` deletes it."
    ),
    "profile": (
        "A profile is made from claims and not edited by hand. Correct the claim behind it, one of "
        "{behind}: `usermind memory correct ID TEXT`; the profile is then made anew."
    ),
    "feedback": (
        "It is what the user said of an item. `usermind feedback add ITEM` says something else "
        "of it, which counts from then on."
    ),
    "exposure": "It is an item that was shown, and stays as it is until it is forgotten.",
}


def kind_of(item: str) -> str:
    """Return the kind of memory that an id names.

    Raises:
        InvalidInputError: It is no id.
    """
    if item[:1] in _KINDS and item[1:].isascii() and item[1:].isdigit():
        return _KINDS[item[0]]
    raise InvalidInputError(
        f"{item!r} is no id. Nothing was changed. An id is a letter and a number: p3 is a claim, "
        "o17 a message, c2 a concept, e4 an entity, f1 a profile, v3 what was said of an item, x5 "
        "an item that was shown."
    )


class Wanted(TypedDict, total=False):
    """Ids by kind, as `ana.forget` takes them."""

    observations: list[str]
    propositions: list[str]
    concepts: list[str]
    entities: list[str]
    profiles: list[str]
    feedback: list[str]
    exposures: list[str]


def by_kind(items: Sequence[str]) -> Wanted:
    """Return ids by kind; raises what `kind_of` does."""
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS.values()}
    for item in items:
        found[kind_of(item)].append(item)
    return Wanted(
        observations=found["observation"],
        propositions=found["proposition"],
        concepts=found["concept"],
        entities=found["entity"],
        profiles=found["profile"],
        feedback=found["feedback"],
        exposures=found["exposure"],
    )


def claim(memory: UserMemory, item: str) -> str:
    """Return the id of a claim.

    Raises:
        InvalidInputError: It names another kind, and what changes that is said; or it is no id.
        UnknownItemError: There is nothing under this id.
    """
    kind = kind_of(item)
    if kind == "proposition":
        return item
    key, behind = "", "none"
    if kind == "observation":
        memory.observation(item)
    elif kind == "concept":
        key = memory.concepts.key(item)
    elif kind == "entity":
        memory.entities.get(item)
    elif kind in feedback.KINDS:
        feedback.one(memory, item)
    else:
        behind = ", ".join(memory.profiles.behind(item)) or behind
    told = _EDITED_BY[kind].format(id=item, key=key, behind=behind)
    raise InvalidInputError(f"{item} is no claim, so nothing was changed. {told}")


def searched(wanted: Which | None, *, as_of: datetime | None) -> Sequence[Kind] | None:
    """Return the kinds that a search looks in; None: those that `recall` looks in by itself."""
    if wanted == "all":
        return get_args(Kind) if as_of is None else None
    return None if wanted is None else [wanted]


def list_all(place: Workplace, *, limit: int) -> None:
    """Print the newest memories of every kind."""
    found = place.memory.recall("", k=limit, kinds=get_args(Kind))
    if place.flags.as_json:
        emit(found)
        return
    if not found:
        note("Nothing is known yet. `usermind reflect` learns from what is due.")
        return
    lines = columns("id", "kind", "when", "text")
    for hit in found:
        lines.add_row(hit.id, hit.kind, day(hit.at), flat(hit.text, width=400))
    show(lines)


UNKEPT = "f0"
"""Id that a reply gives to what is made anew each time and kept nowhere: how the user writes."""


def _show_unkept(place: Workplace) -> None:
    if not place.flags.as_json:
        note(
            f"{UNKEPT} is not kept: a reply in the user's own voice lists under it how they write, "
            "counted anew over their messages. `usermind profile style` shows it as well.\n"
        )
    profile.show_style(place)


def show_one(place: Workplace, item: str) -> None:
    """Print one memory of any kind; raises what `kind_of` does, and `UnknownItemError`."""
    memory, as_json = place.memory, place.flags.as_json
    if item == UNKEPT:
        _show_unkept(place)
        return
    kind = kind_of(item)
    if kind == "observation":
        claims.show_message(memory.observation(item), as_json=as_json)
    elif kind == "proposition":
        doors = memory.propositions
        claims.show_claim(doors.get(item), doors.history(item), as_json=as_json)
    elif kind == "concept":
        concepts.show_one(place, memory.concepts.key(item))
    elif kind == "entity":
        entities.show_one(place, item)
    elif kind in feedback.KINDS:
        feedback.show_one(place, item)
    else:
        profile.show_one(place, memory.profiles.find(item))


def explain(place: Workplace, item: str) -> None:
    """Print what one memory rests on, and of a message what rests on it; raises as `show_one`."""
    memory, as_json = place.memory, place.flags.as_json
    if item == UNKEPT:
        _show_unkept(place)
        return
    kind = kind_of(item)
    if kind == "proposition":
        claims.show_explanation(memory.propositions.explain(item), as_json=as_json)
    elif kind == "concept":
        concepts.show_one(place, memory.concepts.key(item), words=True)
    elif kind == "entity":
        entities.show_one(place, item)
    elif kind == "profile":
        profile.show_one(place, memory.profiles.find(item), words=True)
    elif kind in feedback.KINDS:
        feedback.show_one(place, item)
    else:
        _explain_message(place, item)


def _explain_message(place: Workplace, item: str) -> None:
    memory = place.memory
    message, resting = memory.observation(item), memory.resting_on(item)
    if place.flags.as_json:
        emit({"observation": message, "resting": resting})
        return
    claims.show_message(message, as_json=False)
    if not resting:
        say("\nNothing rests on it.")
        return
    say("\nOn it rests:")
    lines = columns("id", "text")
    for hit in memory.recollect(resting):
        lines.add_row(hit.id, flat(hit.text, width=400))
    for item in resting:
        if kind_of(item) in feedback.KINDS:
            lines.add_row(item, feedback.told(feedback.one(memory, item)))
    show(lines)


def doomed(memory: UserMemory, wanted: Wanted) -> str:
    """Return what forgetting these takes with it, in words; raises `UnknownItemError`."""
    messages, told = wanted["observations"], wanted["propositions"]
    parts = [claims.doomed(memory, told, messages)] if messages or told else []
    gone = memory.concepts.bygone() if wanted["concepts"] else {}
    for item in wanted["concepts"]:
        if item in gone:
            named = flat(gone[item][1].name)
            parts.append(f"{item} (the concept {named!r}, which was deleted, with its edits)")
            continue
        concept = memory.concepts[memory.concepts.key(item)]
        pictures = f", {count(len(concept.images), 'picture')}" if concept.images else ""
        parts.append(f"{item} (the concept {flat(concept.name)!r} with its edits{pictures})")
    for item in wanted["entities"]:
        found = memory.entities.get(item)
        parts.append(f"{item} (the entity {flat(found.name)!r}, counted {found.count:,} times)")
    for item in wanted["profiles"]:
        task = memory.profiles.find(item).task
        parts.append(f"{item} (the profile for {flat(task)!r}; what it was made from stays)")
    for item in (*wanted["feedback"], *wanted["exposures"]):
        parts.append(f"{item} ({feedback.doomed(memory, feedback.one(memory, item))})")
    return " and ".join(parts)
