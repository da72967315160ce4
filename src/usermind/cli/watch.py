"""`usermind watch`: read what happens to a user, and speak up where that is worth it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from usermind.cli.clock import clock
from usermind.cli.ending import ending
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
from usermind.cli.offers import offered
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import count, emit, note, plain, say

if TYPE_CHECKING:
    from datetime import tzinfo

    from usermind.agents import Look
    from usermind.agents.watching import SourceReport
    from usermind.memory import Patience

TYPING = timedelta(seconds=30)
"""A note that was written more recently waits: the user may be in the middle of a sentence."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind watch notes:~/notes calendar:work.ics --user ana",
            "usermind watch mail:~/Maildir events:events.jsonl --quiet 21:00-09:00 --per-day 4",
            "usermind watch --once --user ana --json",
        )
    )(watch)


def watch(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="notes:FOLDER, mail:FILE or FOLDER, calendar:FILE, events:FILE.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    every: Annotated[
        float,
        typer.Option("--every", min=1, max=86_400, metavar="SECONDS", help="Between two looks."),
    ] = 60.0,
    per_day: Annotated[
        int, typer.Option("--per-day", min=0, help="Interruptions a day, at most.")
    ] = 6,
    quiet: Annotated[
        str,
        typer.Option(
            "--quiet",
            metavar="HOURS",
            help="When only what they asked to be reminded of comes: 22:00-08:00, or never.",
        ),
    ] = "22:00-08:00",
    digest: Annotated[
        str, typer.Option("--digest", metavar="HH:MM", help="When the digest is due.")
    ] = "18:00",
    me: Annotated[
        list[str] | None,
        typer.Option("--me", metavar="ADDRESS", help="A mail address of the user's; repeatable."),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="NAME", help="The user's, like Europe/Berlin; none: this."),
    ] = None,
    focus: Annotated[
        bool, typer.Option("--focus", help="The user is at work that should not be broken.")
    ] = False,
    meeting: Annotated[
        bool,
        typer.Option("--meeting", help="They are in a meeting; those of the calendar are known."),
    ] = False,
    device: Annotated[
        Literal["desktop", "phone", "watch", "unknown"],
        typer.Option("--device", help="Where the offers are shown."),
    ] = "unknown",
    ideas: Annotated[
        bool, typer.Option("--ideas/--no-ideas", help="Ask the model for ideas of its own.")
    ] = True,
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    daily_tokens: TokensFlag = None,
    daily_calls: CallsFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Watch what happens to a user, and offer what is worth an interruption; mostly be silent.

    Sources are read on from where they were read to. Offers come on standard output, at most as
    often as the budget says; answer them with `usermind suggestions accept ID`, `dismiss`,
    `snooze` or `never`. What is not worth an interruption waits for the digest. `--focus` and
    `--meeting` hold while this runs; `usermind suggestions busy` holds for a while, everywhere.

    Ctrl-C or SIGTERM ends it; nothing is lost, and nothing is offered twice.
    """
    flags = given(ctx)
    with opened(flags, create=True) as place:
        from zoneinfo import ZoneInfo

        from usermind.agents import ProactiveAgent
        from usermind.memory import Moment

        patience = _patience(per_day, quiet, digest, zone)  # which knows whether there is the zone
        at = None if zone is None else ZoneInfo(zone)
        agent = ProactiveAgent(
            store=place.store,
            model=place.reasoner,
            patience=patience,
            moment=lambda _: Moment(focus, meeting, device),
            ideas=ideas,
            ledger=place.ledger,
        )
        name = place.memory.user_id
        if sources:
            from usermind.agents.sources import source

            quiet_time = timedelta(0) if once else TYPING
            agent.watch(
                name,
                [
                    source(spec, me=me or (), clock=place.store.clock, quiet=quiet_time, zone=at)
                    for spec in sources
                ],
            )
        ended = threading.Event()
        with ending():
            while True:
                look = agent.look(name)
                _tell(place, look, once=once, zone=at)
                more = any(report.more for report in look.sources)
                if once or ended.wait(0 if more else every):
                    return


def _tell(place: Workplace, look: Look, *, once: bool, zone: tzinfo | None) -> None:
    if place.flags.as_json:
        if once or look.shown or look.digest:
            emit({"shown": look.shown, "digest": look.digest, "sources": look.sources})
    else:
        now = place.store.clock()
        for each in look.shown:
            for line in offered(each, now, zone=zone):
                say(line)
        if look.digest:
            say("Your digest:")
        for each in look.digest:
            for line in offered(each, now, zone=zone):
                say(line)
    for report in look.sources:
        _tell_source(report, once=once)
    if look.trouble:
        note(look.trouble)
    if once and not place.flags.as_json and not look.shown and not look.digest:
        weighed = sum(each.suggestion is not None for each in look.considered)
        note(f"Nothing to offer now. {count(weighed, 'idea')} weighed.")


def _tell_source(report: SourceReport, *, once: bool) -> None:
    if report.error:
        note(report.error)
    if report.new:
        note(f"{plain(report.name)}: {count(report.new, 'new entry')}.")
    if report.more and once:
        note(f"{plain(report.name)}: there is more to read. Run this again to go on.")
    same: dict[str, list[str]] = {}
    for part in report.bad:
        same.setdefault(part.why, []).append(part.where)
    for why, places in same.items():
        more = f" (and {count(len(places) - 1, 'other')} like it)" if len(places) > 1 else ""
        note(f"{plain(report.name)}: {plain(places[0])}{more}: {why}")


def _patience(per_day: int, quiet: str, digest: str, zone: str | None) -> Patience:
    from usermind.memory import Patience

    hours = None
    if quiet != "never":
        begin, dash, end = quiet.partition("-")
        if not dash:
            raise typer.BadParameter(
                "Expected hours like 22:00-08:00, or never.", param_hint="--quiet"
            )
        hours = (clock(begin, "--quiet"), clock(end, "--quiet"))
    return Patience(per_day=per_day, quiet=hours, digest=clock(digest, "--digest"), zone=zone)
