"""The command `usermind`: its options, its commands, and how it fails."""

import inspect
import os
import re
import shlex
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from usermind.cli import (
    actions,
    benchmark,
    catalogue_status,
    chat,
    concept_pictures,
    concepts,
    config,
    entities,
    evaluation,
    feedback,
    fitting,
    ingest,
    interview,
    judging,
    lamp,
    memory,
    model,
    privacy,
    proactivebench,
    profile,
    quarantine,
    recommend,
    status,
    suggestions,
    uqa,
    users,
    watch,
    work,
    worker,
)
from usermind.cli import (
    catalogue as items,
)
from usermind.cli.ending import INTERRUPTED, TERMINATED, Terminated
from usermind.cli.flags import (
    CallsFlag,
    CatalogueFlag,
    ChromaFlag,
    EmbedderFlag,
    Flags,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    StoreFlag,
    TimeoutFlag,
    TokensFlag,
    UserFlag,
    example,
)
from usermind.cli.screen import NARROW, flat, note, screen
from usermind.errors import CallError, PrivacyError, StoreError, UnknownUserError, UsermindError

NOT_READ = 141
"""Exit status when the reader of a pipe went away, as shells have it."""


class _Readable:
    """A command whose help speaks to people: `--json`, `--limit N`; not `<bool>`, `<int range>`."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `--help` included."""
        found: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # beside a command
        for each in found:
            if each.type_descriptor.is_choice:
                continue
            if isinstance(each, TyperArgument):
                each.display_type_rich = _nothing  # type: ignore[method-assign]  # its name says it
            elif each.metavar is None:
                each.metavar = "" if each.is_flag else _kind(each.type_descriptor)
        return found


def _nothing(ctx: Any) -> None:
    """Return what stands for the type of an argument."""


def _kind(of: Any) -> str:
    """Return what stands for the value of an option."""
    if of.annotation in (int, float):
        return "N"
    return "PATH" if of.is_path else "TEXT"


class Command(_Readable, TyperCommand):
    """A command of ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, and without a table where its columns would be slivers."""
        if screen().width < NARROW:
            self.rich_markup_mode = None
        super().format_help(ctx, formatter)


class Group(_Readable, TyperGroup):
    """A group of commands of ours, which takes their flags before the command's name, too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; flags of the whole program go behind the name they stand before."""
        if ctx.parent is not None:
            args = _named_first(args, ctx.find_root().command.params)
        return super().parse_args(ctx, args)


def _named_first(args: list[str], known: Sequence[Any]) -> list[str]:
    """Return `-s st list` as `list -s st`."""
    takes = {name: not each.is_flag for each in known for name in each.opts if name != "--help"}
    end = 0
    while end < len(args) and (name := args[end].partition("=")[0]) in takes:
        end += 2 if takes[name] and name == args[end] else 1
    return [*args[end : end + 1], *args[:end], *args[end + 1 :]]


class Root(Group):
    """The group that turns our exceptions into a message and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what fails on purpose leaves one message and no traceback."""
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            try:
                return super().invoke(ctx)
            except UsermindError as error:
                note(f"{_heading(error)}: {_told(error)}")
                raise typer.Exit(1) from None
            except OSError as error:
                if error.filename is None:  # the output, or what no command names
                    raise
                # A name that is too long, or a folder above it that may not be looked into.
                shown = flat(os.fsdecode(error.filename), width=200)
                note(f"Error: {shown!r} cannot be used: {error.strerror}. Check the path.")
                raise typer.Exit(1) from None
            except KeyboardInterrupt as stop:
                note(f"\nStopped. {str(stop) or 'What was stored before is kept.'}")
                ended = TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
                raise typer.Exit(ended) from None


def _heading(error: UsermindError) -> str:
    if isinstance(error, StoreError):
        return "Store error"
    if isinstance(error, PrivacyError):
        return "Privacy"
    return "Error" if isinstance(error, CallError) else "Model error"


def _told(error: UsermindError) -> str:
    """Return the message, in terms of commands where the library speaks of calls."""
    if isinstance(error, UnknownUserError):
        return (
            f"No memory is stored for user {error.user_id!r}. Nothing was read or created. "
            f"`usermind users` lists who there is; `usermind chat --user "
            f"{shlex.quote(error.user_id)}` or `usermind ingest` begins one."
        )
    from usermind.prompts.fencing import FENCE

    # Where a model may read it too, words of others stand between the marks of a prompt.
    return str(error).translate(dict.fromkeys(map(ord, FENCE), "'"))


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
    daily_tokens: TokensFlag = None,
    daily_calls: CallsFlag = None,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    as_json: JsonFlag = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """An assistant that knows its user, and a memory that says why it believes what it knows."""
    ctx.obj = Flags(
        store=store,
        user=user,
        model=model,
        model_name=model_name,
        embedder=embedder,
        timeout=timeout,
        daily_tokens=daily_tokens,
        daily_calls=daily_calls,
        catalogue=catalogue,
        chroma=chroma,
        as_json=as_json,
    )


chat.register(app)
ingest.register(app)
recommend.register(app)
interview.register(app)
app.add_typer(memory.app, name="memory")
app.add_typer(concepts.app, name="concept")
app.add_typer(entities.app, name="entities")
app.add_typer(feedback.app, name="feedback")
app.add_typer(suggestions.app, name="suggestions")
app.add_typer(actions.app, name="actions")
app.add_typer(items.app, name="catalogue")
fitting.register(items.app)
catalogue_status.register(items.app)
concept_pictures.register(concepts.app)
app.add_typer(profile.app, name="profile")
app.add_typer(privacy.app, name="private")
privacy.register(app)
app.add_typer(quarantine.app, name="quarantine")
work.register(app)
worker.register(app)
watch.register(app)
status.register(app)
users.register(app)
config.register(app)
app.add_typer(model.app, name="model")
app.add_typer(evaluation.app, name="eval")
judging.register(evaluation.app)
evaluation.app.add_typer(benchmark.app, name="benchmark")
lamp.register(benchmark.app)
proactivebench.register(benchmark.app)
uqa.register(benchmark.app)


def _shape(group: typer.Typer) -> None:
    """Let flags be plain, and the terminal break the lines of help paragraphs, not the source."""
    for command in group.registered_commands:
        command.cls = Command
        text = inspect.getdoc(command.callback) or ""
        command.help = re.sub(r"(?<!\n)\n(?!\n)", " ", text)


GROUPS = (
    items.app,
    benchmark.app,
    concepts.app,
    entities.app,
    evaluation.app,
    feedback.app,
    suggestions.app,
    actions.app,
    memory.app,
    model.app,
    privacy.app,
    profile.app,
    quarantine.app,
)
for each in GROUPS:
    each.info.cls = Group
for each in (app, *GROUPS):
    _shape(each)


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 failed, 2 called wrongly, 130 interrupted."""
    _check_streams()
    code: str | int | None
    try:
        app(prog_name="usermind")
        raise AssertionError("typer ends by SystemExit")
    except SystemExit as end:
        # typer and rich end by themselves when the reader of a pipe is gone.
        code = NOT_READ if isinstance(end.__context__, BrokenPipeError) else end.code
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            note("\nStopped before it began.")  # while it read the arguments
    except KeyboardInterrupt:
        code = INTERRUPTED
        note("\nStopped.")
    except OSError as error:
        if error.filename is not None:  # a file of ours, not the output
            raise
        code = _unwritten(error)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _unwritten(error)
    if code in (INTERRUPTED, TERMINATED):
        # Python would wait for the thread that is still reflecting; its work stays due.
        with suppress(OSError):
            sys.stderr.flush()
        os._exit(int(code))
    sys.exit(code)


def _check_streams() -> None:
    """Make the standard streams usable, where a shell closed one (`>&-`) or its code is poor."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # for the whole run
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # as above
    if sys.stdout is None:
        note("Error: Standard output is closed. Nothing was done. To be quiet, use >/dev/null.")
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name the terminal cannot write is no failure
            stream.reconfigure(errors="replace")


def _unwritten(error: OSError) -> int:
    """Tell that the output cannot be written; return the exit status."""
    with suppress(OSError, ValueError):  # what is still in the buffer would fail again at the end
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return NOT_READ
    with suppress(OSError):
        note(f"Error: The output cannot be written: {error.strerror}.")
    return 1
