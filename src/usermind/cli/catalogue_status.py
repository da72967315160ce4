"""`usermind catalogue status`: how much is in a catalogue, and what can be asked of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from usermind.cli.fitting import parts
from usermind.cli.flags import CatalogueFlag, ChromaFlag, JsonFlag, StoreFlag, example, given
from usermind.cli.opening import catalogue as opened
from usermind.cli.opening import loaded
from usermind.cli.screen import columns, count, emit, flat, say, show, shown_url, size
from usermind.errors import StoreDamagedError, StoreVersionError

if TYPE_CHECKING:
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.items import ItemTable

SHOWN_WORDS = 5
"""Words of an attribute that are named, the most used first."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("usermind catalogue status --json"))(status)


@dataclass(frozen=True, slots=True)
class Attribute:
    """What the items have under one name."""

    items: int
    """How many have it."""
    words: int
    """How many different ones there are; yes and no are words, too."""
    common: tuple[str, ...]
    """The most used words, the most used first."""
    least: float | None
    """Of the numbers, if any."""
    most: float | None

    def told(self) -> str:
        """Return it for a person."""
        numbers = "" if self.least is None else f"{self.least:.15g} to {self.most:.15g}"
        more = self.words - len(self.common)
        words = ", ".join(self.common) + (f" and {more:,} more" if more else "")
        return "; ".join(part for part in (numbers, words) if part)


@dataclass(frozen=True, slots=True)
class Status:
    """How much is in a catalogue, and what can be asked of it."""

    folder: Path
    chroma: str | None
    bytes: int
    """Of the folder; a Chroma server keeps its own."""
    items: int
    people: int
    interactions: int
    things: tuple[str, ...]
    embedder: str | None
    """The id of the model that made the vectors; None: there are none."""
    models: tuple[str, ...]
    """Names of what was fitted."""
    unusable: dict[str, str]
    """Of those, what cannot be loaded, and why: damaged, or newer."""
    roles: dict[str, str]
    """What `usermind catalogue fit` fitted for each role, if it can be read."""
    stopped: tuple[str, ...]
    """What was being trained when it was stopped; the next such fit goes on there."""
    attributes: dict[str, Attribute]


def status(
    ctx: typer.Context,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how much is in the catalogue, what was fitted on it, and what can be asked of it."""
    flags = given(ctx)
    settings, _ = loaded(flags)
    with opened(settings) as place:
        found = _status(place)
    if flags.as_json:
        emit(found)
        return
    server = f", items in Chroma at {found.chroma}" if found.chroma else ""
    say(f"{found.folder}: {size(found.bytes)}{server}")
    say(f"{count(found.items, 'item')}, spoken of as {flat(', '.join(found.things))}")
    people = f"{found.people:,} {'person' if found.people == 1 else 'people'}"
    say(f"{count(found.interactions, 'interaction')} of {people}")
    if found.embedder:
        say(f"Vectors by {flat(found.embedder)}")
    models = (f"{flat(name)}{_fault(name, found.unusable.get(name))}" for name in found.models)
    say(f"Fitted: {', '.join(models) or 'nothing yet'}")
    if found.roles:
        say(f"Ranks by: {flat(parts(found.roles))}")
    if found.stopped:
        say(f"Training stopped: {flat(', '.join(found.stopped))}; the same fit goes on with it")
    if found.attributes:
        say()
        table = columns("attribute", "items", "values", right=("items",))
        for name, each in found.attributes.items():
            table.add_row(flat(name, width=40), f"{each.items:,}", flat(each.told()))
        show(table)


def _status(place: Catalogue) -> Status:
    people, interactions = place.sizes
    from usermind.tools.fitting import NAME, roles, stopped

    items, unusable = place.items, _unusable(place)
    return Status(
        folder=place.folder,
        chroma=None if place.chroma is None else shown_url(place.chroma),
        bytes=sum(file.stat().st_size for file in place.folder.rglob("*") if file.is_file()),
        items=len(items),
        people=people,
        interactions=interactions,
        things=place.things,
        embedder=place.made_by,
        models=place.models,
        unusable=unusable,
        roles={} if NAME in unusable else roles(place),
        stopped=stopped(place),
        attributes={name: _attribute(items, name) for name in items.names},
    )


def _unusable(place: Catalogue) -> dict[str, str]:
    """Return what was fitted and cannot be loaded, by name, and why."""
    from usermind.tools.catalogue import MODELS
    from usermind.tools.recommenders import files

    found = {}
    for name in place.models:
        try:
            files.check(place.folder / MODELS / name)
        except StoreDamagedError:
            found[name] = "damaged"
        except StoreVersionError:
            found[name] = "newer"
    return found


def _fault(name: str, why: str | None) -> str:
    """Return what is wrong with something fitted, in brackets, and what to do."""
    from usermind.tools.fitting import NAME

    own = name == NAME
    if why == "damaged":
        mend = "`usermind catalogue fit` mends it" if own else "fit it anew and save it"
        return f" (damaged; {mend})"
    if why == "newer":
        return f" (of a newer usermind; update{', or run `usermind catalogue fit`' if own else ''})"
    return ""


def _attribute(items: ItemTable, name: str) -> Attribute:
    from usermind.tools.items import told

    had = [item.attributes[name] for item in items if name in item.attributes]
    used = Counter(word for item in items for word in item.words(name))
    used.update(told(value) for value in had if isinstance(value, bool))
    numbers = [v for v in had if isinstance(v, int | float) and not isinstance(v, bool)]
    return Attribute(
        items=len(had),
        words=len(used),
        common=tuple(word for word, _ in used.most_common(SHOWN_WORDS)),
        least=min(numbers, default=None),
        most=max(numbers, default=None),
    )
