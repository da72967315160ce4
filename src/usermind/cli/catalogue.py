"""`usermind catalogue`: what can be recommended, and who did what with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.fitting import fitted
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
)
from usermind.errors import NotInCatalogueError

if TYPE_CHECKING:
    from usermind.tools.interaction_store import Recorded
    from usermind.tools.items import Item
    from usermind.tools.loading import Loaded

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
    flags = given(ctx)
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
            fitted(place)
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
    flags = given(ctx)
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
    flags = given(ctx)
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
    flags = given(ctx)
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
