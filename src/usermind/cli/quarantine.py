"""`usermind quarantine`: what others wrote that reads like an instruction to the assistant."""

from typing import Annotated

import typer

from usermind.cli.flags import JsonFlag, LimitFlag, StoreFlag, UserFlag, example, given
from usermind.cli.opening import opened
from usermind.cli.screen import columns, count, emit, flat, note, origin, say, show

app = typer.Typer(
    no_args_is_help=True,
    help="See and release what others wrote that reads like an instruction to the assistant.",
    epilog=example("usermind quarantine list --user ana", "usermind quarantine release o17"),
)


@app.command("list", epilog=example("usermind quarantine list --user ana --json"))
def list_(
    ctx: typer.Context,
    limit: LimitFlag = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the messages that no prompt shows and nothing is learnt from, newest first."""
    flags = given(ctx)
    with opened(flags) as place:
        found = place.memory.quarantine.list(limit=limit)
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("Nothing is in quarantine.")
        return
    table = columns("id", "reason", "from", "text")
    for each in found:
        item = each.observation
        text = item.text if each.start is None else f"… {item.text[each.start : each.end]} …"
        table.add_row(
            item.id,
            each.reason,
            origin(
                author=item.author,
                source=item.source,
                at=item.at,
                session=item.session,
                external_id=item.external_id,
            ),
            flat(text, width=200),
        )
    show(table)


@app.command(epilog=example("usermind quarantine release o17 --user ana"))
def release(
    ctx: typer.Context,
    items: Annotated[list[str], typer.Argument(metavar="ID...", help="Messages, like o17.")],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Let messages count as what a third party wrote: recalled, learnt from, believed to 0.5."""
    flags = given(ctx)
    with opened(flags) as place:
        released = [place.memory.quarantine.release(item) for item in items]
    if flags.as_json:
        emit(released)
    else:
        say(f"Released {count(len(released), 'message')}; `usermind reflect` learns from them.")
