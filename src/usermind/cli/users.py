"""`usermind users`: who has a memory in this store."""

import typer

from usermind.cli.flags import JsonFlag, StoreFlag, example, given
from usermind.cli.opening import opened
from usermind.cli.screen import emit, note, plain, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("usermind users --store .demo-store"))(users)


def users(ctx: typer.Context, store: StoreFlag = None, as_json: JsonFlag = False) -> None:
    """List the users of the store, one name a line."""
    flags = given(ctx)
    with opened(flags) as place:
        names = place.store.users()
    if flags.as_json:
        emit(names)
        return
    for name in names:
        say(plain(name).replace("\n", "\ufffd"), whole=True)
    if not names:
        note("Nobody has a memory here yet. Begin with `usermind chat --user NAME`.")
