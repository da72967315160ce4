"""`usermind entities`: what the user searched for, read about and mentioned, and how often."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli import receipts
from usermind.cli.flags import (
    JsonFlag,
    LimitFlag,
    ModelFlag,
    ModelNameFlag,
    StoreFlag,
    UserFlag,
    YesFlag,
    example,
    given,
)
from usermind.cli.opening import Workplace, embedder, loaded, opened
from usermind.cli.screen import columns, confirmed, count, day, emit, flat, note, say, show
from usermind.errors import InvalidInputError

if TYPE_CHECKING:
    from usermind.settings import Settings
    from usermind.tools.knowledge import KnowledgeBase

STEP = 5_000
"""Public entities after which progress is told."""

BASE = "chroma.sqlite3"
"""The file by which a folder is known to hold public entities."""

app = typer.Typer(
    no_args_is_help=True,
    help="See, add and forget what was searched for and mentioned; only names are kept.",
    epilog=example(
        'usermind entities add "gravel bike in oslo" --user ana',
        "usermind entities list --user ana",
    ),
)


@app.command("list", epilog=example("usermind entities list --user ana --json"))
def list_(
    ctx: typer.Context,
    limit: LimitFlag = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the entities, most counted first."""
    flags = given(ctx)
    with opened(flags) as place:
        show_all(place, limit=limit)


def show_all(place: Workplace, *, limit: int) -> None:
    """Print the entities, most counted first."""
    found = place.known.entities.list(limit=limit)
    if place.flags.as_json:
        emit(found)
        return
    if not found:
        note("No entities yet. `usermind entities add TEXT` counts those of a search.")
        return
    linked = any(each.link for each in found)
    names = ("id", "count", "last seen", "from", *(["public"] if linked else []), "name")
    table = columns(*names, right=("count",))
    for each in found:
        table.add_row(
            each.id,
            f"{each.count:,}",
            day(each.last_seen),
            flat(", ".join(each.sources), width=40),
            *([flat(each.link or "", width=24)] if linked else []),
            flat(each.name),
        )
    show(table)


def show_one(place: Workplace, name_or_id: str) -> None:
    """Print one entity and what its count rests on."""
    found = place.memory.entities.get(name_or_id)
    if place.flags.as_json:
        emit(found)
        return
    say(f"{found.id}: {flat(found.name)}\n")
    say(
        f"Named in {count(found.count, 'event')} ({flat(', '.join(found.sources))}), from "
        f"{day(found.first_seen)} to {day(found.last_seen)}; their words are not kept."
    )
    if found.link:
        say(f"It is the public entity {flat(found.link)}.")


Knowledge = Annotated[
    str | None,
    typer.Option(
        "--knowledge", metavar="PLACE", help="Public entities: a folder, or a Chroma server's URL."
    ),
]


@app.command(epilog=example('usermind entities add "gravel bike in oslo" --user ana'))
def add(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was searched for or read.")],
    source: Annotated[str, typer.Option(help="Where it comes from.")] = "search",
    external_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Its id there; it counts once.")
    ] = None,
    knowledge: Knowledge = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Count the entities of a text, found by the model where there is one; the text is not kept."""
    flags = given(ctx)
    with opened(flags, create=True) as place:
        from usermind.graphs.extraction import ModelExtractor

        found = place.memory.entities.record(
            text,
            source=source,
            external_id=external_id,
            extract=ModelExtractor(place.memory, place.reasoner) if place.reasoner else None,
            linker=None if knowledge is None else _loaded(knowledge, place.settings),
        )
    if flags.as_json:
        emit(found)
    elif not found:
        note("Nothing was counted: the text names nothing, is private, or was forgotten.")
    else:
        say("Counted " + "; ".join(f"{flat(each.name)} ({each.count:,})" for each in found) + ".")


@app.command(
    epilog=example("usermind entities load places.jsonl --knowledge ~/.usermind-knowledge")
)
def load(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help='JSONL: {"id": "Q60", "name": "New York City", "aliases": ["NYC"]} a line; kind, '
            "description and url may follow.",
        ),
    ],
    knowledge: Annotated[
        str,
        typer.Option(
            "--knowledge", metavar="PLACE", help="A folder, or the URL of a Chroma server."
        ),
    ],
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete what the file does not name.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Load public entities for linking; what is there word for word is left alone.

    They are shared by all users. A row that is wrong is named by its number, and nothing is loaded.
    """
    flags = given(ctx)
    settings, _ = loaded(flags)

    def told(done: int, of: int) -> None:
        if of > STEP and (done % STEP < 256 or done == of):
            note(f"{done:,} of {of:,} entities")

    with _knowledge(knowledge, settings) as base:
        done = base.load(file, prune=prune, progress=told)
    if flags.as_json:
        emit(done)
    else:
        say(
            f"{done.added:,} added, {done.changed:,} changed, {done.unchanged:,} unchanged, "
            f"{done.deleted:,} deleted."
        )


@app.command(epilog=example("usermind entities link --knowledge ~/.usermind-knowledge --user ana"))
def link(
    ctx: typer.Context,
    knowledge: Annotated[
        str,
        typer.Option(
            "--knowledge", metavar="PLACE", help="A folder, or the URL of a Chroma server."
        ),
    ],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Link what was counted to public entities: several names of one thing become one count.

    What the knowledge does not surely know stays as it is. Nothing of the user is written there.
    """
    flags = given(ctx)
    with opened(flags) as place:
        entities = place.known.entities
        moved = entities.link(_loaded(knowledge, place.settings))
    if flags.as_json:
        emit({"linked": moved})
    else:
        say(f"Linked {count(moved, 'name')}.")


def _knowledge(place: str, settings: Settings) -> KnowledgeBase:
    from usermind.tools.knowledge import KnowledgeBase

    return KnowledgeBase(place, embedder=embedder(settings))


def _loaded(place: str, settings: Settings) -> KnowledgeBase:
    """Return the public entities of a place that holds some; a mistyped folder is not made.

    Raises:
        InvalidInputError: It holds none.
    """
    if "://" in place or Path(place).expanduser().joinpath(BASE).is_file():
        base = _knowledge(place, settings)
        if len(base):
            return base
    raise InvalidInputError(
        f"There are no public entities in {place}. Nothing was counted, linked or made. Check the "
        "spelling, or load some there with `usermind entities load FILE --knowledge "
        f"{shlex.quote(place)}`."
    )


@app.command(epilog=example("usermind entities forget oslo --user ana"))
def forget(
    ctx: typer.Context,
    items: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names, or ids like e3.")],
    yes: YesFlag = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Delete entities with all that was counted of them."""
    flags = given(ctx)
    with opened(flags) as place:
        entities = place.memory.entities
        found = {entities.get(item).id: entities.get(item) for item in items}
        if not yes and not confirmed(f"Delete {count(len(found), 'name')} for good?"):
            note("Nothing was deleted.")
            raise typer.Exit(1)
        receipts.tell(place, place.memory.forget(entities=list(found)))
