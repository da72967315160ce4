"""`usermind feedback`: what the user said of items of a catalogue, and what they were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from usermind.cli import claims, receipts
from usermind.cli.flags import (
    CatalogueFlag,
    ChromaFlag,
    JsonFlag,
    LimitFlag,
    StoreFlag,
    UserFlag,
    YesFlag,
    example,
    given,
)
from usermind.cli.opening import Workplace, catalogue_of, loaded, opened
from usermind.cli.screen import columns, confirmed, day, emit, flat, note, say, show
from usermind.errors import UnknownItemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from usermind.memory import Exposure, ItemEvent, UserMemory
    from usermind.tools.catalogue import Catalogue

KINDS: Final = ("feedback", "exposure")
"""How ids like v3 and x5 are called."""

app = typer.Typer(
    no_args_is_help=True,
    help="Say what the user thinks of an item, see and forget it.",
    epilog=example(
        "usermind feedback add 1214 --liked --user ana",
        "usermind feedback list --user ana",
    ),
)

ItemId = Annotated[str, typer.Argument(metavar="ITEM_ID", help="Its id in the catalogue.")]


@app.command(
    epilog=example(
        'usermind feedback add "Blade Runner" --liked --user ana',
        'usermind feedback add 1214 --title "Alien (1979)" --liked --user ana',
        'usermind feedback add 1721 --title "Titanic (1997)" --weight -0.5 --words "Too long."',
    )
)
def add(
    ctx: typer.Context,
    item: Annotated[
        str,
        typer.Argument(metavar="ITEM", help="Its id in the catalogue, or its title there."),
    ],
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TITLE", help="Its title, where there is no catalogue."),
    ] = None,
    liked: Annotated[bool, typer.Option("--liked", help="They liked it: weight 1.")] = False,
    disliked: Annotated[
        bool, typer.Option("--disliked", help="They did not like it: weight -1.")
    ] = False,
    weight: Annotated[
        float | None,
        typer.Option("--weight", min=-1.0, max=1.0, help="How much they liked it; 0: neither."),
    ] = None,
    words: Annotated[
        str | None, typer.Option("--words", metavar="TEXT", help="What they said, in their words.")
    ] = None,
    external_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Id of the verdict; it counts once.")
    ] = None,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep what the user thinks of an item: a ranking follows it, and reflection learns from it.

    Where there is a catalogue, the item must be in it; where there is none, nothing is checked.
    """
    flags = given(ctx)
    if liked + disliked + (weight is not None) != 1:
        raise typer.BadParameter("Say one of --liked, --disliked and --weight.")
    counts = weight if weight is not None else 1.0 if liked else -1.0
    # The item first: of one that is none, no store is made.
    with catalogue_of(*loaded(flags)) as shelf:
        id_, name = _looked_up(shelf, item, title)
    with opened(flags, create=True) as place:
        made = place.memory.feedback.record(id_, name, counts, words=words, external_id=external_id)
    if flags.as_json:
        emit(made)
    elif made is None:
        note("Nothing was kept: this verdict was forgotten, and stays so.")
    else:
        say(f"{made.id}: {told(made)}")


def _looked_up(shelf: Catalogue | None, item: str, title: str | None) -> tuple[str, str]:
    """Return id and title of an item; where there is nothing to look it up in, as they are given.

    Raises:
        NotInCatalogueError, InvalidInputError: As `tools.typed_item`.
    """
    from usermind.tools.typed_item import typed

    if shelf is not None and len(shelf):
        found = typed(shelf, item, title=title)
        return found.id, found.title
    missing = "There is no catalogue" if shelf is None else "The catalogue is empty"
    if title is None:
        raise typer.BadParameter(
            f"{missing}, so nobody knows what {item!r} is. Say --title too, or fill a catalogue "
            "with `usermind catalogue load FILE`."
        )
    note(f"{missing}: it was not checked that there is such an item.")
    return item, title


@app.command("list", epilog=example("usermind feedback list --user ana --json"))
def list_(
    ctx: typer.Context,
    limit: LimitFlag = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List what the user said of items, the latest first; the latest on an item counts."""
    flags = given(ctx)
    with opened(flags) as place:
        found = place.known.feedback.list(limit=limit)
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("Nothing was said of any item yet. `usermind feedback add ITEM` says it.")
        return
    table = columns("id", "when", "weight", "from", "item", "title", right=("weight",))
    for each in found:
        table.add_row(
            each.id,
            day(each.at),
            f"{each.weight:+.1f}",
            each.observation,
            flat(each.item_id, width=40),
            flat(each.title),
        )
    show(table)


@app.command("shown", epilog=example("usermind feedback shown --user ana"))
def shown(
    ctx: typer.Context,
    limit: LimitFlag = 50,
    thread: Annotated[
        str | None, typer.Option("--thread", metavar="ID", help="Only in this conversation.")
    ] = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the items that the user was shown, the latest first."""
    flags = given(ctx)
    with opened(flags) as place:
        found = place.known.feedback.exposures(thread=thread, limit=limit)
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("No item was shown yet.")
        return
    table = columns("id", "when", "in", "item", "title")
    for each in found:
        table.add_row(
            each.id,
            day(each.at),
            flat(each.thread or "", width=24),
            flat(each.item_id, width=40),
            flat(each.title),
        )
    show(table)


@app.command(epilog=example("usermind feedback forget 1214 --user ana"))
def forget(
    ctx: typer.Context,
    item: ItemId,
    yes: YesFlag = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Delete all that was said of an item, and that it was shown, with what rests on it.

    The messages that said it go, and the claims that they were the only ground for or that speak of
    the item. What they said of other items stays, in messages of its own.
    """
    flags = given(ctx)
    with opened(flags) as place:
        door = place.known.feedback
        found = [each for each in _everything(place.memory) if each.item_id == item]
        if found and not yes:
            what = f"all that was said of {flat(found[0].title)} and that it was shown"
            if not confirmed(f"Delete {what} for good{_with_it(place.memory, found)}?"):
                note("Nothing was deleted. To delete without being asked, say --yes.")
                raise typer.Exit(1)
        receipts.tell(place, door.forget(item))


def _with_it(memory: UserMemory, found: Sequence[ItemEvent | Exposure]) -> str:
    """Return what goes with what was said of an item, in words."""
    said = [each.id for each in found if hasattr(each, "own")]
    if not said:
        return ", with the replies that showed it"
    return f", with {claims.with_verdicts(memory, said)}"


# -- for `usermind memory` ------------------------------------------------------------------


def one(memory: UserMemory, item: str) -> ItemEvent | Exposure:
    """Return what an id like v3 or x5 names.

    Raises:
        UnknownItemError: There is nothing under this id.
    """
    for each in _everything(memory):
        if each.id == item:
            return each
    raise UnknownItemError(item, kind=KINDS[item.startswith("x")])


def _everything(memory: UserMemory) -> Iterator[ItemEvent | Exposure]:
    from usermind.memory.feedback import KEPT

    yield from memory.feedback.list()
    yield from memory.feedback.exposures(limit=KEPT)


def told(found: ItemEvent | Exposure) -> str:
    """Return in a few words what was said or shown of an item."""
    weight = getattr(found, "weight", None)
    if weight is None:
        return f"{flat(found.title)} was shown."
    return f"{_VERDICTS[(weight > 0) - (weight < 0)]} {flat(found.title)} ({weight:+.1f})."


_VERDICTS = {1: "Liked", 0: "Neither liked nor disliked", -1: "Did not like"}


def doomed(memory: UserMemory, found: ItemEvent | Exposure) -> str:
    """Return what forgetting it takes, in words."""
    title = repr(flat(found.title))
    if not hasattr(found, "own"):
        return f"that {title} was shown, with the reply"
    return f"the verdict on {title} with {claims.with_verdicts(memory, [found.id])}"


def show_one(place: Workplace, item: str) -> None:
    """Print what was said or shown of an item, and what it rests on."""
    found = one(place.memory, item)
    if place.flags.as_json:
        emit(found)
        return
    say(f"{found.id}: {told(found)}\n")
    say(f"Item {flat(found.item_id)}, on {day(found.at)}; it rests on {found.observation or '—'}.")
