"""`usermind worker`: learn in the background, for everybody, until it is stopped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC
from types import FrameType
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
    example,
    given,
)
from usermind.cli.opening import opened
from usermind.cli.screen import count, emit, flat, note, plain

if TYPE_CHECKING:
    from usermind.agents import Batch, Worker, WorkReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind worker --model http://localhost:8000/v1 --jobs 4",
            "usermind worker --once --json",
        )
    )(worker)


def worker(
    ctx: typer.Context,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Users to deal with at once.")
    ] = 1,
    once: Annotated[
        bool, typer.Option("--once", help="Work off what is due now, and end.")
    ] = False,
    linger: Annotated[
        float,
        typer.Option(
            min=0,
            max=86_400,
            metavar="SECONDS",
            help="How long to wait for more to learn from in one call.",
        ),
    ] = 120.0,
    grace: Annotated[
        float,
        typer.Option(
            min=0,
            max=86_400,
            metavar="SECONDS",
            help="How long a batch may take to end after a signal.",
        ),
    ] = 8.0,
    store: StoreFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    daily_tokens: TokensFlag = None,
    daily_calls: CallsFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Learn in the background from what is due, for every user in turn, until it is stopped.

    Several may run at once, also on the same store. Each batch is told on one line of standard
    error, or with --json as one object on standard output; never with a user's words.

    Ctrl-C or SIGTERM ends it: what is under way is finished, or given back untouched, and the exit
    status is 0. A second one ends it at once, with 128 and the signal's number. With --once the
    exit status is 1 when something failed; it stays due, and `usermind status` says why.
    """
    flags = given(ctx)
    with opened(flags, create=not once) as place:
        from datetime import timedelta

        from usermind.agents import Worker

        _ = place.store.vectors.embedder  # one that cannot be used is told before the first batch
        tell = threading.Lock()

        def told(batch: Batch) -> None:
            with tell:
                emit(_record(batch)) if flags.as_json else note(_line(batch), whole=True)

        work = Worker(
            store=place.store,
            model=place.reasoner,
            jobs=jobs,
            linger=timedelta(seconds=linger),
            grace=grace,
            on_batch=told,
            ledger=place.ledger,
        )
        if not (once or flags.as_json):
            engine = place.settings.model or "the offline engine"
            note(f"Learning in {place.store.path} by {plain(engine)}; Ctrl-C ends it.", whole=True)
        with _heeding(work):
            report = work.run(once=once)
        if flags.as_json:
            emit({"worked": report, "model": spent(place.ledger)})
        else:
            note(_sum(report), whole=True)
            note_cost(place.ledger)
    if once and report.failed:
        raise typer.Exit(1)


@contextmanager
def _heeding(work: Worker) -> Iterator[None]:
    """Stop the worker at the first signal, and the process at the second."""

    def handle(number: int, _: FrameType | None) -> None:
        if work.stopping:
            os._exit(128 + number)  # what is held is known to be nobody's as soon as we are gone
        work.stop()

    if threading.current_thread() is not threading.main_thread():
        yield  # Python delivers signals to the main thread alone
        return
    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _line(batch: Batch) -> str:
    report = batch.report
    facts: dict[str, object] = {
        "user": flat(batch.user, width=80),
        "read": report.processed,
        "changed": report.changed,
        "failed": report.failed,
        "postponed": report.postponed,
        "pending": report.pending,
        "calls": report.calls,
        "seconds": batch.seconds,
    }
    why = batch.problem or next(iter(report.errors), "")
    told = " ".join(f"{name}={value}" for name, value in facts.items())
    at = batch.at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%SZ} {told}" + (f" why={flat(why)!r}" if why else "")


def _record(batch: Batch) -> dict[str, object]:
    record = asdict(batch) | asdict(batch.report)
    del record["report"]
    return record


def _sum(report: WorkReport) -> str:
    text = (
        f"Stopped after {_batches(report.batches)} of "
        f"{count(report.users, 'user')}: {count(report.report.processed, 'message')} read, "
        f"{count(report.report.changed, 'claim')} new or changed."
    )
    if report.released:
        text += f" Given back unfinished: {_batches(report.released)}."
    if report.gave_up:
        text += " Gave up because one batch after the other failed; all of it stays due."
    return text


def _batches(number: int) -> str:
    return f"{number:,} {'batch' if number == 1 else 'batches'}"
