"""`usermind profile`: what is known of a user for a task, and how they write."""

from typing import Annotated

import typer

from usermind.cli.flags import JsonFlag, StoreFlag, UserFlag, example, given
from usermind.cli.opening import opened
from usermind.cli.screen import columns, emit, flat, note, say, show

app = typer.Typer(
    no_args_is_help=True,
    help="See the user summed up for a task, and how they write; by rules, without a model.",
    epilog=example("usermind profile show --task email-writing", "usermind profile style"),
)


@app.command("show", epilog=example("usermind profile show --task email-writing --user ana"))
def show_(
    ctx: typer.Context,
    task: Annotated[str, typer.Option("--task", "-t", help="What for.")] = "conversation",
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the profile for a task, each claim with the messages that it rests on."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
    with opened(flags) as place:
        profile = place.memory.profile(task=task)
    if flags.as_json:
        emit(profile)
        return
    if not profile.claims:
        note("Nothing is known yet; `usermind reflect` learns from messages.")
        return
    table = columns("kind", "claim", "rests on")
    for claim in profile.claims:
        table.add_row(claim.kind, flat(claim.text, width=200), ", ".join(claim.cites))
    show(table)


@app.command(epilog=example("usermind profile style --user ana --json"))
def style(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how the user writes, counted over their own messages."""
    flags = given(ctx, store=store, user=user, as_json=as_json)
    with opened(flags) as place:
        card = place.memory.profiles.style()
    if flags.as_json:
        emit(card)
    elif not card.messages:
        note("There is no message of the user yet.")
    else:
        say(card.render())
