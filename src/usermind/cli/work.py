"""`usermind reflect` and `usermind reembed`: work off what is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.cost import note_cost, spent
from usermind.cli.flags import (
    CallsFlag,
    EmbedderFlag,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    StoreFlag,
    TimeoutFlag,
    TokensFlag,
    UserFlag,
    example,
    given,
)
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import count, emit, flat, note, plain, say, screen
from usermind.cli.troubles import Troubles, troubles

if TYPE_CHECKING:
    from usermind.memory import ReflectionReport


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=example(
            "usermind reflect --user ana",
            "usermind reflect --all --model http://localhost:8000/v1",
        )
    )(reflect)
    app.command(epilog=example("usermind reembed --embedder minilm --store .demo-store"))(reembed)


def reflect(
    ctx: typer.Context,
    everybody: Annotated[bool, typer.Option("--all", help="Every user with something due.")] = (
        False
    ),
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    timeout: TimeoutFlag = None,
    daily_tokens: TokensFlag = None,
    daily_calls: CallsFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Learn from what is due: turn new messages into claims with confidence and evidence.

    Without --model the offline engine does it by rules; with it, the last line says what was asked
    of the model. Exit status 1 when something failed; it
    stays due, and `usermind status` says why.
    """
    flags = given(ctx)
    reports: dict[str, ReflectionReport] = {}
    with troubles() as found, opened(flags) as place:
        names = place.store.due() if everybody else [place.memory.user_id]
        for name in names:
            with _spinning(f"Learning about {plain(name)}"):
                reports[name] = _reflect(place, name)
            if not flags.as_json:
                _say(name, reports[name])
    _note_troubles(found, reports)
    if flags.as_json:
        emit({"users": reports, "model": spent(place.ledger)})
    elif not names:
        say("Nothing is due.")
    else:
        note_cost(place.ledger)
    if any(report.failed or report.conflicts for report in reports.values()):
        raise typer.Exit(1)


def _note_troubles(found: Troubles, reports: Mapping[str, ReflectionReport]) -> None:
    """Say what went wrong, but for the failures that the reports tell of."""
    told = {error for report in reports.values() for error in report.errors}
    for line in found.lines():
        if not any(flat(error) in line for error in told):
            note(line)


def _reflect(place: Workplace, name: str) -> ReflectionReport:
    try:
        return place.store.user(name).reflect()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "What was learnt is kept; the rest stays due. Run the command again to go on."
        ) from None


def _say(name: str, report: ReflectionReport) -> None:
    left = f", {report.rejected:,} proposed and thrown out" if report.rejected else ""
    say(
        f"{plain(name)}: {count(report.processed, 'message')} read, "
        f"{count(report.changed, 'claim')} new or changed{left}, {report.pending:,} still due."
    )
    for error in report.errors:
        what = "Failed and still due" if report.failed else "Put off until tomorrow"
        note(f"{what}: {count(report.failed or report.postponed, 'message')}. {error}")
    if report.unread:
        note(
            f"{report.unread:,} characters of very long messages were not read for claims. They "
            "are kept and can be recalled; store such texts in parts to have them learnt from."
        )
    if report.conflicts:
        note("Another process was learning about the same user; run the command again.")


def reembed(
    ctx: typer.Context,
    store: StoreFlag = None,
    embedder: EmbedderFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Compute all vectors anew, for all users, after a change of the embedding model."""
    flags = given(ctx)
    with opened(flags) as place:
        try:
            with _spinning("Computing vectors"):
                rows = place.store.reembed()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "No memory was lost. Missing vectors are computed when they are needed; run the "
                "command again for the users it had not come to."
            ) from None
        model = type(place.store.vectors.embedder).__name__
        model = str(getattr(place.store.vectors.embedder, "model_id", model))
    if flags.as_json:
        emit({"rows": rows, "embedder": model})
    else:
        say(f"{count(rows, 'text')} embedded with {plain(model)}.")


@contextmanager
def _spinning(text: str) -> Iterator[None]:
    console = screen(stderr=True)
    if console.is_terminal:
        with console.status(f"{text} …"):
            yield
    else:
        yield
