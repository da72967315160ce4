"""`usermind actions`: the log of what was to be done for a user, and the switch that stops it."""

from __future__ import annotations

from typing import Annotated

import typer

from usermind.cli.flags import ActionId, JsonFlag, LimitFlag, StoreFlag, UserFlag, example, given
from usermind.cli.opening import opened
from usermind.cli.screen import columns, day, emit, flat, note, say, show

app = typer.Typer(
    no_args_is_help=True,
    help="See what was done for the user, or waits for a yes; stop all of it.",
    epilog=example(
        "usermind actions list --user ana",
        "usermind actions refuse a3 --user ana",
        "usermind actions stop --user ana",
    ),
)


@app.command("list", epilog=example("usermind actions list --drafts --user ana --json"))
def list_(
    ctx: typer.Context,
    drafts: Annotated[bool, typer.Option("--drafts", help="Only what waits for a yes.")] = False,
    limit: LimitFlag = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List what was to be done, the latest first, and what came of it."""
    from usermind.memory.actions import WAITING

    flags = given(ctx)
    with opened(flags) as place:
        door = place.known.actions
        found = door.list(states=WAITING if drafts else None, limit=limit)
        since = door.stopped()
    if flags.as_json:
        emit(found)
        return
    if since is not None:
        note(f"Stopped since {day(since)}: nothing is done. `usermind actions resume` goes on.")
    if not found:
        note("Nothing waits for a yes." if drafts else "Nothing was to be done yet.")
        return
    table = columns("id", "drafted", "state", "by", "effect", "tool", "with")
    for each in found:
        table.add_row(
            each.id,
            day(each.drafted),
            each.state if each.error is None else f"{each.state}: {each.error}",
            each.decided_by or "",
            each.effect,
            flat(each.tool, width=40),
            flat(", ".join(f"{name}={value}" for name, value in each.arguments.items())),
        )
    show(table)


@app.command(epilog=example("usermind actions refuse a3 --user ana"))
def refuse(
    ctx: typer.Context,
    id_: ActionId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Leave undone what waits for a yes. A yes is said in the application, which has the tool."""
    flags = given(ctx)
    with opened(flags) as place:
        one = place.known.actions.move(id_, "refused", by="user")
    emit(one) if flags.as_json else say(f"{one.id} is refused.")


@app.command(epilog=example("usermind actions stop --user ana"))
def stop(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Let nothing be done for the user any more, in any process, until `resume`."""
    flags = given(ctx)
    with opened(flags) as place:
        place.known.actions.stop()
    emit({"stopped": True}) if flags.as_json else say("Stopped: nothing is done until `resume`.")


@app.command(epilog=example("usermind actions resume --user ana"))
def resume(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Let things be done again after `stop`."""
    flags = given(ctx)
    with opened(flags) as place:
        was = place.known.actions.resume()
    if flags.as_json:
        emit({"stopped": False, "was": was})
    else:
        say("Things may be done again." if was else "Nothing was stopped.")
