"""`usermind feedback`: what the user said of items of a catalogue, and what they were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from usermind.cli import receipts
from usermind.cli.flags import JsonFlag, StoreFlag, UserFlag, YesFlag, example, given
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import columns, confirmed, day, emit, flat, note, say, show
from usermind.errors import UnknownItemError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from usermind.memory import Exposure, ItemEvent, UserMemory

KINDS: Final = ("feedback", "exposure")
"""How ids like v3 and x5 are called."""

app = typer.Typer(
    no_args_is_help=True,
    help="Say what the user thinks of an item, see and forget it.",
    epilog=example(
        'usermind feedback add 1214 --title "Alien (1979)" --liked --user ana',
        "usermind feedback list --user ana",
    ),
)

ItemId = Annotated[str, typer.Argument(metavar="ITEM_ID", help="Its id in the catalogue.")]


@app.command(
    epilog=example(
        'usermind feedback add 1214 --title "Alien (1979)" --liked --user ana',
        'usermind feedback add 1721 --title "Titanic (1997)" --weight -0.5 --words "Too long."',
    )
)
def add(
    ctx: typer.Context,
    item: ItemId,
    title: Annotated[str, typer.Option("--title", metavar="TITLE", help="Its title.")],
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
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep what the user thinks of an item: a ranking follows it, and reflection learns from it."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
    if liked + disliked + (weight is not None) != 1:
        raise typer.BadParameter("Say one of --liked, --disliked and --weight.")
    counts = weight if weight is not None else 1.0 if liked else -1.0
    with opened(flags, create=True) as place:
        made = place.memory.feedback.record(
            item, title, counts, words=words, external_id=external_id
        )
    if flags.as_json:
        emit(made)
    elif made is None:
        note("Nothing was kept: this verdict was forgotten, and stays so.")
    else:
        say(f"{made.id}: {told(made)}")


@app.command("list", epilog=example("usermind feedback list --user ana --json"))
def list_(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List what the user said of items, the latest first; the latest on an item counts."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
    with opened(flags) as place:
        found = place.known.feedback.list(limit=limit)
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("Nothing was said of any item yet. `usermind feedback add ITEM_ID` says it.")
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
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 50,
    thread: Annotated[
        str | None, typer.Option("--thread", metavar="ID", help="Only in this conversation.")
    ] = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the items that the user was shown, the latest first."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
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
    """Delete all that was said of an item, and that it was shown, with what rests on it."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
    with opened(flags) as place:
        door = place.known.feedback
        found = [each for each in _everything(place.memory) if each.item_id == item]
        if found and not yes:
            what = f"all that was said of {flat(found[0].title)} and that it was shown"
            if not confirmed(f"Delete {what} for good, with what was learnt from it?"):
                note("Nothing was deleted. To delete without being asked, say --yes.")
                raise typer.Exit(1)
        receipts.tell(place, door.forget(item))


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


def doomed(found: ItemEvent | Exposure) -> str:
    """Return what forgetting it takes, in words."""
    title = repr(flat(found.title))
    if not hasattr(found, "own"):
        return f"that {title} was shown, with the reply"
    return f"the verdict on {title}" + (f" with the message {found.observation}" * found.own)


def show_one(place: Workplace, item: str) -> None:
    """Print what was said or shown of an item, and what it rests on."""
    found = one(place.memory, item)
    if place.flags.as_json:
        emit(found)
        return
    say(f"{found.id}: {told(found)}\n")
    say(f"Item {flat(found.item_id)}, on {day(found.at)}; it rests on {found.observation or '—'}.")
