"""`usermind entities`: what the user searched for, read about and mentioned, and how often."""

from typing import Annotated

import typer

from usermind.cli.flags import JsonFlag, StoreFlag, UserFlag, YesFlag, example, given
from usermind.cli.opening import opened
from usermind.cli.screen import columns, confirmed, count, day, emit, flat, note, say, show

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
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the entities, most counted first."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
    with opened(flags) as place:
        found = place.memory.entities.list(limit=limit)
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("No entities yet. `usermind entities add TEXT` counts those of a search.")
        return
    table = columns("id", "count", "last seen", "from", "name", right=("count",))
    for each in found:
        table.add_row(
            each.id,
            f"{each.count:,}",
            day(each.last_seen),
            flat(", ".join(each.sources), width=40),
            flat(each.name),
        )
    show(table)


@app.command(epilog=example('usermind entities add "gravel bike in oslo" --user ana'))
def add(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was searched for or read.")],
    source: Annotated[str, typer.Option(help="Where it comes from.")] = "search",
    external_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Its id there; it counts once.")
    ] = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Count the entities of a text; the text itself is not kept."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
    with opened(flags, create=True) as place:
        found = place.memory.entities.record(text, source=source, external_id=external_id)
    if flags.as_json:
        emit(found)
    elif not found:
        note("Nothing was counted: the text names nothing, is private, or was forgotten.")
    else:
        say("Counted " + "; ".join(f"{flat(each.name)} ({each.count:,})" for each in found) + ".")


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
    flags = given(ctx, store=store, user=user, as_json=as_json)
    with opened(flags) as place:
        entities = place.memory.entities
        found = {entities.get(item).id: entities.get(item) for item in items}
        if not yes and not confirmed(f"Delete {count(len(found), 'name')} for good?"):
            note("Nothing was deleted.")
            raise typer.Exit(1)
        gone = [entities.forget(id_) for id_ in found]
    if flags.as_json:
        emit(gone)
    else:
        say(f"Forgot {count(len(gone), 'name')}.")
