"""`usermind catalogue`: what can be recommended, and who did what with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.flags import (
    CatalogueFlag,
    ChromaFlag,
    EmbedderFlag,
    JsonFlag,
    LimitFlag,
    StoreFlag,
    WhereFlag,
    YesFlag,
    example,
    given,
)
from usermind.cli.opening import catalogue as opened
from usermind.cli.opening import loaded
from usermind.cli.progress import bar
from usermind.cli.screen import (
    columns,
    confirmed,
    count,
    emit,
    flat,
    note,
    plain,
    say,
    show,
    shown_url,
    size,
)
from usermind.errors import NotInCatalogueError, StoreDamagedError, StoreVersionError

if TYPE_CHECKING:
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.interaction_store import Recorded
    from usermind.tools.items import Item, ItemTable
    from usermind.tools.loading import Loaded

SHOWN_WORDS = 5
"""Words of an attribute that `status` names, the most used first."""

app = typer.Typer(
    no_args_is_help=True,
    help="Load, search and delete what can be recommended, shared by all users.",
    epilog=example(
        "usermind catalogue load ml-latest-small",
        'usermind catalogue search "a robot from the future" --where "genre!=Horror"',
    ),
)


@app.command(
    epilog=example(
        "usermind catalogue load ml-latest-small",
        "usermind catalogue load books.csv --interactions ratings.parquet --scale 1-10 "
        "--things book,novel,read",
    )
)
def load(
    ctx: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="JSONL, CSV, TSV or Parquet with id, title, text and attributes; or a MovieLens "
            "folder, with its ratings.",
        ),
    ],
    interactions: Annotated[
        Path | None,
        typer.Option(
            "--interactions",
            "-i",
            metavar="FILE",
            help="Who did what: user, item, time, and rating or weight (-1 to 1).",
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale", metavar="LOW-HIGH", help="What ratings lie between; 1-5 if not told."
        ),
    ] = None,
    prefix: Annotated[
        str,
        typer.Option(
            "--prefix",
            metavar="TEXT",
            help="Put before the items' ids, like films: (where several catalogues serve one "
            "memory, which knows items by their ids alone).",
        ),
    ] = "",
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Delete what the file does not name, interactions included."),
    ] = False,
    things: Annotated[
        str | None,
        typer.Option(
            "--things", metavar="WORDS", help="How people speak of the items: film,movie,watch."
        ),
    ] = None,
    no_fit: Annotated[
        bool,
        typer.Option(
            "--no-fit", help="Leave fitting to `usermind catalogue fit`, or to first use."
        ),
    ] = False,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    embedder: EmbedderFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Load items, and what people did with them; what is there word for word is left alone.

    A row that is wrong is named by its number, and nothing is loaded. A load that was stopped goes
    on where it was when the same command is run again. What recommends is then fitted on all of it.
    """
    flags = given(
        ctx, catalogue=catalogue, chroma=chroma, embedder=embedder, store=store, as_json=as_json
    )
    settings, _ = loaded(flags)
    between = _scale(scale)
    with opened(settings, create=True) as place:
        with _kept_if_stopped(), bar("Loading") as advance:
            items, events = place.load(
                path,
                interactions=interactions,
                scale=between,
                prefix=prefix,
                prune=prune,
                progress=advance,
            )
        if things is not None:
            place.things = things.split(",")
        if not no_fit and len(place):
            _fit(place)
        touched, spoken = place.sizes[1] > 0, place.things
    if flags.as_json:
        emit({"items": items, "interactions": events})
    else:
        _say_loaded(items, events, touched=touched, spoken=() if things is not None else spoken)


@contextmanager
def _kept_if_stopped() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "What was loaded is kept. Run the same command again to load the rest."
        ) from None


def _say_loaded(items: Loaded, events: Recorded, *, touched: bool, spoken: Sequence[str]) -> None:
    say(
        f"Items: {items.added:,} added, {items.changed:,} changed, {items.unchanged:,} unchanged, "
        f"{items.deleted:,} deleted."
    )
    if events.added or events.changed or events.unchanged or events.strangers:
        say(
            f"Interactions: {events.added:,} added, {events.changed:,} changed, "
            f"{events.unchanged:,} unchanged."
        )
    if spoken:
        note(
            f"Spoken of as: {flat(', '.join(spoken))}. `--things` says how else people speak of "
            "them."
        )
    if not touched:
        note(
            "Nobody has done anything with them yet: `usermind catalogue load FILE --interactions "
            "FILE` loads who did what, which most recommenders learn from."
        )
    if events.strangers:
        note(
            f"{count(events.strangers, 'interaction')} left out: with items that the catalogue "
            "does not have."
        )


@app.command(epilog=example("usermind catalogue fit"))
def fit(
    ctx: typer.Context,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    embedder: EmbedderFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Fit what recommends on all that is in the catalogue, in place of what was fitted before."""
    flags = given(
        ctx, catalogue=catalogue, chroma=chroma, embedder=embedder, store=store, as_json=as_json
    )
    settings, _ = loaded(flags)
    with opened(settings) as place:
        parts = _fit(place)
    if flags.as_json:
        emit({"fitted": parts})
    else:
        say(f"Fitted: {', '.join(f'{name} for {role}' for role, name in parts.items())}.")


def _fit(place: Catalogue) -> dict[str, str]:
    """Fit, and return the name of what was fitted for each role."""
    from usermind.tools.fitting import fit

    with bar("Fitting") as advance:
        try:
            made = fit(place, progress=advance)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "What was loaded, and what was fitted before, is kept. `usermind catalogue fit` "
                "begins anew."
            ) from None
    return {role: part.source for role, part in made.parts.items()}


@app.command(
    epilog=example('usermind catalogue search "heist gone wrong" --where "year>=1990" -n 5')
)
def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="A title, or a wish.")],
    where: WhereFlag = None,
    limit: LimitFlag = 10,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    embedder: EmbedderFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Find items by their title or by what they are about, the nearest first."""
    flags = given(
        ctx, catalogue=catalogue, chroma=chroma, embedder=embedder, store=store, as_json=as_json
    )
    settings, _ = loaded(flags)
    from usermind.tools.item_filter import ItemFilter, condition_on

    with opened(settings) as place:
        passing = ItemFilter(tuple(condition_on(place.items, each) for each in where or ()))
        found = place.search(" ".join(words), limit, passing)
        empty = not len(place)
    if flags.as_json:
        emit([_as_row(each.item) | {"score": round(each.score, 4)} for each in found])
        return
    if not found:
        note(
            "The catalogue is empty. `usermind catalogue load FILE` fills it."
            if empty
            else "Nothing passes these conditions."
        )
        return
    table = columns("id", "score", "title", right=("score",))
    for each in found:
        table.add_row(flat(each.item.id, width=40), f"{each.score:.2f}", flat(each.item.title))
    show(table)


@app.command("show", epilog=example("usermind catalogue show 318"))
def show_(
    ctx: typer.Context,
    item_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the item.")],
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show an item with all that is known of it."""
    flags = given(ctx, catalogue=catalogue, chroma=chroma, store=store, as_json=as_json)
    settings, _ = loaded(flags)
    with opened(settings) as place:
        item = place.get(item_id)
    if flags.as_json:
        emit(_as_row(item))
        return
    say(f"{flat(item.id)}: {flat(item.title)}")
    from usermind.tools.items import told

    for name, value in item.attributes.items():
        say(f"{flat(name)}: {flat(told(value))}")
    if item.text:
        say(f"\n{plain(item.text)}")


@app.command(epilog=example("usermind catalogue delete 318 296 --yes"))
def delete(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of the items.")],
    yes: YesFlag = False,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    embedder: EmbedderFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Delete items with what people did with them."""
    flags = given(
        ctx, catalogue=catalogue, chroma=chroma, embedder=embedder, store=store, as_json=as_json
    )
    settings, _ = loaded(flags)
    with opened(settings) as place:
        strange = next((id_ for id_ in ids if id_ not in place), None)
        if strange is not None:
            raise NotInCatalogueError(strange)
        if not yes and not confirmed(f"Delete {count(len(set(ids)), 'item')} for good?"):
            note("Nothing was deleted.")
            raise typer.Exit(1)
        gone = place.delete(ids)
    if flags.as_json:
        emit({"deleted": gone})
    else:
        say(f"Deleted {count(gone, 'item')}.")


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
    attributes: dict[str, Attribute]


@app.command(epilog=example("usermind catalogue status --json"))
def status(
    ctx: typer.Context,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how much is in the catalogue, what was fitted on it, and what can be asked of it."""
    flags = given(ctx, catalogue=catalogue, chroma=chroma, store=store, as_json=as_json)
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
    if found.attributes:
        say()
        table = columns("attribute", "items", "values", right=("items",))
        for name, each in found.attributes.items():
            table.add_row(flat(name, width=40), f"{each.items:,}", flat(each.told()))
        show(table)


def _status(place: Catalogue) -> Status:
    people, interactions = place.sizes
    items = place.items
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
        unusable=_unusable(place),
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


def _scale(written: str | None) -> tuple[float, float] | None:
    if written is None:
        return None
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)\s*", written)
    if found is None or not float(found[1]) < float(found[2]):
        raise typer.BadParameter(
            f"{written!r} is no scale of ratings. Expected the lowest and the highest, like 1-10.",
            param_hint="--scale",
        )
    return float(found[1]), float(found[2])


def _as_row(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "title": item.title,
        "text": item.text,
        "attributes": dict(item.attributes),
    }
