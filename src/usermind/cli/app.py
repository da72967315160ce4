"""The command `usermind`: its options, its commands, and how it fails."""

import os
import sys
import warnings
from contextlib import suppress
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from usermind.cli import chat, config, ingest, memory, model, status, users, work
from usermind.cli.flags import (
    EmbedderFlag,
    Flags,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    StoreFlag,
    TimeoutFlag,
    UserFlag,
    example,
)
from usermind.cli.screen import note
from usermind.errors import CallError, StoreError, UsermindError

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


class Root(TyperGroup):
    """The group that turns our exceptions into a message and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what fails on purpose leaves one message and no traceback."""
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            try:
                return super().invoke(ctx)
            except UsermindError as error:
                note(f"{_heading(error)}: {error}")
                raise typer.Exit(1) from None
            except KeyboardInterrupt as stop:
                note(f"\nStopped. {str(stop) or 'What was stored before is kept.'}")
                raise typer.Exit(INTERRUPTED) from None


def _heading(error: UsermindError) -> str:
    if isinstance(error, StoreError):
        return "Store error"
    return "Error" if isinstance(error, CallError) else "Model error"


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    note(f"Warning: {message}")


app = typer.Typer(
    name="usermind",
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its frames would show what the user wrote
    epilog=example(
        "usermind chat --user ana",
        "usermind ingest mails.jsonl --user ana",
        "usermind memory list --user ana",
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        from usermind import __version__

        typer.echo(f"usermind {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """An assistant that knows its user, and a memory that says why it believes what it knows."""
    ctx.obj = Flags(store, user, model, model_name, embedder, timeout, as_json)


chat.register(app)
ingest.register(app)
app.add_typer(memory.app, name="memory")
work.register(app)
status.register(app)
users.register(app)
config.register(app)
app.add_typer(model.app, name="model")


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 failed, 2 called wrongly, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name the terminal cannot write is no failure
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="usermind")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # Python would wait for the thread that is still reflecting; its work stays due.
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise
    raise AssertionError("typer ends by SystemExit")
