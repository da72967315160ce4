"""`usermind suggestions`: what was offered unasked, why, and what the user says to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.flags import (
    JsonFlag,
    LimitFlag,
    StoreFlag,
    SuggestionId,
    UserFlag,
    example,
    given,
)
from usermind.cli.offers import offered
from usermind.cli.opening import opened
from usermind.cli.screen import columns, emit, flat, minute, note, say, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usermind.memory import Mute, Reckoning
    from usermind.memory.appraisal import Answer, Level
    from usermind.memory.suggestion_rows import State, Suggestion

app = typer.Typer(
    no_args_is_help=True,
    help="See what was offered unasked and why, and answer it.",
    epilog=example(
        "usermind suggestions list --user ana",
        "usermind suggestions explain s3 --user ana",
        "usermind suggestions snooze s3 --hours 3 --user ana",
    ),
)


@app.command("list", epilog=example("usermind suggestions list --all --user ana --json"))
def list_(
    ctx: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was weighed, and not shown.")
    ] = False,
    limit: LimitFlag = 50,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List offers, the latest first."""
    from typing import get_args

    from usermind.memory.suggestion_rows import State

    flags = given(ctx)
    with opened(flags) as place:
        states = get_args(State) if everything else None
        found = place.known.suggestions.list(states=states, limit=limit)
        now = place.store.clock()
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("Nothing was offered yet. `usermind watch` looks for something.")
        return
    from usermind.graphs.coming import lead

    table = columns("id", "decided", "kind", "state", "when", "useful", "offer", right=("useful",))
    for each in found:
        table.add_row(
            each.id,
            minute(each.decided),
            each.kind,
            each.state,
            ""
            if each.due is None
            else lead(each.due, now, zone=None, timed=each.timed) or minute(each.due),
            f"{each.decision.stakes.useful:.2f}",
            flat(each.title),
        )
    show(table)


@app.command(epilog=example("usermind suggestions reminders --user ana"))
def reminders(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List what you asked to be reminded of and is to come, the soonest first."""
    from usermind.graphs.reminders import pending, told_when

    flags = given(ctx)
    with opened(flags) as place:
        found = pending(place.known)
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("No reminder is to come. Ask for one in `usermind chat`, with its time.")
    for each in found:
        say(f"{told_when(each)}: {flat(each.what) or 'what you had in mind'}  ({each.said_in})")


@app.command(epilog=example("usermind suggestions explain s3 --user ana"))
def explain(
    ctx: typer.Context,
    id_: SuggestionId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what an offer rests on, and the whole arithmetic of what was decided."""
    flags = given(ctx)
    with opened(flags) as place:
        found = place.known.suggestions.explain(id_)
    if flags.as_json:
        emit(found)
        return
    for line in reckoned(found):
        say(line)


@app.command(epilog=example("usermind suggestions accept s3 --user ana"))
def accept(
    ctx: typer.Context,
    id_: SuggestionId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Say that an offer was wanted: more like it will come."""
    _answer(ctx, id_, "accept")


@app.command(epilog=example("usermind suggestions dismiss s3 --user ana"))
def dismiss(
    ctx: typer.Context,
    id_: SuggestionId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Say that an offer was not wanted: fewer like it will come."""
    _answer(ctx, id_, "dismiss")


@app.command(epilog=example("usermind suggestions rate s3 --down --user ana"))
def rate(
    ctx: typer.Context,
    id_: SuggestionId,
    up: Annotated[bool, typer.Option("--up", help="A good one.")] = False,
    down: Annotated[bool, typer.Option("--down", help="A bad one.")] = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Judge an offer, and leave it where it is."""
    if up == down:
        raise typer.BadParameter("Say one of --up and --down.")
    _answer(ctx, id_, "up" if up else "down")


@app.command(epilog=example("usermind suggestions snooze s3 --hours 3 --user ana"))
def snooze(
    ctx: typer.Context,
    id_: SuggestionId,
    hours: Annotated[
        float, typer.Option("--hours", min=0.01, max=8760, help="For how long.")
    ] = 1.0,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Put an offer off: it is weighed again then."""
    _answer(ctx, id_, "snooze", hours=hours)


@app.command(epilog=example("usermind suggestions never s3 --kind --user ana"))
def never(
    ctx: typer.Context,
    id_: SuggestionId,
    whole_kind: Annotated[
        bool, typer.Option("--kind", help="Nothing of its kind, not only of this matter.")
    ] = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Never offer this matter again, or nothing of its kind; `unmute` takes it back."""
    _answer(ctx, id_, "never", whole_kind=whole_kind)


@app.command(epilog=example("usermind suggestions muted --user ana"))
def muted(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List what is never offered again: kinds, and single matters of them."""
    flags = given(ctx)
    with opened(flags) as place:
        found = place.known.suggestions.muted()
    if flags.as_json:
        emit(found)
        return
    if not found:
        note("Nothing is muted.")
        return
    table = columns("mute", "since", "what")
    for each in found:
        table.add_row(each.key, minute(each.since), _muted(each))
    show(table)


@app.command(
    epilog=example(
        "usermind suggestions unmute idea --user ana",
        "usermind suggestions unmute s3 --user ana",
    )
)
def unmute(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="MUTE",
            help="As `usermind suggestions muted` lists it, or the id of the offer.",
        ),
    ],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Let offers of a kind, or about one matter, come again after `never`."""
    flags = given(ctx)
    with opened(flags) as place:
        was = place.known.suggestions.unmute(what)
    if flags.as_json:
        emit({"mute": what, "unmuted": was})
    elif was:
        say(f"{flat(what)} is not muted any more: such offers may come again.")
    else:
        say(f"{flat(what)} was not muted. See `usermind suggestions muted`.")


@app.command(
    epilog=example(
        "usermind suggestions busy --until 15:00 --user ana",
        "usermind suggestions busy --hours 2 --meeting --user ana",
    )
)
def busy(
    ctx: typer.Context,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="[DAYT]HH:MM",
            help="Until when, by this machine's clock; with its day where it is far ahead.",
        ),
    ] = None,
    hours: Annotated[
        float | None, typer.Option("--hours", min=0.01, max=24, help="For how long; else an hour.")
    ] = None,
    meeting: Annotated[
        bool, typer.Option("--meeting", help="In a meeting, and not at work of one's own.")
    ] = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Be left alone for a while: what can wait, waits. Meetings of the calendar are known."""
    from usermind.cli.clock import next_time, told

    if until is not None and hours is not None:
        raise typer.BadParameter("Say one of --until and --hours.")
    flags = given(ctx)
    with opened(flags) as place:
        now = place.store.clock()
        end = now + timedelta(hours=hours or 1.0)
        if until is not None:
            end = next_time(until, now, flag="--until")
        doing = place.known.suggestions.busy(end, meeting=meeting)
    if flags.as_json:
        emit(doing)
    else:
        what = "in a meeting" if meeting else "busy"
        say(f"You are {what} until {told(end, now)}. Only what cannot wait will come.")


@app.command(epilog=example("usermind suggestions free --user ana"))
def free(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Be busy no more, whatever was said until when."""
    flags = given(ctx)
    with opened(flags) as place:
        place.known.suggestions.free()
        doing = place.known.suggestions.busy_until()
    if flags.as_json:
        emit(doing)
    else:
        say("You are free.")


@app.command(epilog=example("usermind suggestions digest --user ana"))
def digest(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what waits for the digest, now; it counts as shown then."""
    flags = given(ctx)
    with opened(flags) as place:
        found = place.known.suggestions.digest()
        now = place.store.clock()
    if flags.as_json:
        emit(found)
    elif not found:
        note("Nothing waits.")
    for each in () if flags.as_json else found:
        for line in offered(each, now):
            say(line)


def reckoned(found: Reckoning) -> list[str]:
    """Return the arithmetic of a suggestion in lines."""
    one = found.suggestion
    decision, stakes, moment = one.decision, one.decision.stakes, one.decision.situation
    lines = [f"{one.id} ({one.kind}, {one.state}): {flat(one.title)}"]
    lines += [f"    {item}: {flat(text)}" for item, text in found.evidence]
    moved = "; ".join(f"{name} {value:+.2f}" for name, value in found.shifts if abs(value) >= 0.005)
    lines += [
        "",
        f"Wanted with probability {stakes.useful:.2f} (stated {one.stated:.2f}"
        f"{f'; verdicts move it today by: {moved}' if moved else ''}).",
        f"Benefit {stakes.benefit:g}{_times(stakes.valued)}, cost of a false alarm "
        f"{stakes.cost:g}, of a missed one {stakes.missed:g}.",
        f"Attention was worth {moment.worth:.2f} ({one.context}"
        f"{'' if moment.device == 'unknown' else f', {moment.device}'}"
        f"{f', {moment.recent:.1f} interruptions lately' if moment.recent else ''}"
        f"{_times(moment.strain, comma=True)}).",
        *_answered("their benefit", found.appraisal.benefit, ("praised", "not")),
        *_answered("interrupting", found.appraisal.cost, ("unwelcome", "welcome")),
    ]
    if moment.reserve is not None:
        left = moment.reserve
        lines.append(
            f"Of {left.of} interruptions a day {left.left} were left; one of them was worth "
            f"{left.price:.2f}, for what may come that cannot wait."
        )
    lines.append("")
    for way, worth in decision.worths.items():
        mark = "→" if way == decision.way else " "
        why = decision.barred.get(way)
        lines.append(f"{mark} {way:<8}{worth:+.2f}{f'   not open: {why}' if why else ''}")
    return lines


def _times(factor: float, *, comma: bool = False) -> str:
    """Return what answers made of a number; nothing where they said nothing."""
    if factor == 1.0:
        return ""
    return f"{',' if comma else ''} × {factor:.2f} by earlier answers"


def _answered(what: str, levels: Sequence[Level], signs: tuple[str, str]) -> list[str]:
    """Return what today's answers make of a number, with their counts; nothing where none count."""
    told = [
        f"{', '.join(each.group)}: {each.yes:g} {signs[0]}, {each.no:g} {signs[1]}"
        for each in levels
        if each.yes or each.no
    ]
    if not told:
        return []
    factor = levels[-1].factor
    return [f"Answers to such offers make {what} × {factor:.2f} today ({'; '.join(told)})."]


def _muted(one: Mute) -> str:
    """Return what a mute is about."""
    if one.whole_kind:
        return "all of this kind"
    if one.offer is None:
        return "something that was forgotten, or is private"
    title, text = flat(one.offer.title), flat(one.offer.text)
    return text if text.startswith(title) else f"{title} {text}"


def _answer(
    ctx: typer.Context,
    id_: str,
    answer: Answer,
    *,
    hours: float | None = None,
    whole_kind: bool = False,
) -> None:
    flags = given(ctx)
    with opened(flags) as place:
        now = place.store.clock()
        until = None if hours is None else now + timedelta(hours=hours)
        before = place.known.suggestions.get(id_).state
        one = place.known.suggestions.answer(id_, answer, until=until, whole_kind=whole_kind)
    if flags.as_json:
        emit(one)
    else:
        say(f"{_what_it_did(one, answer, before, now, whole_kind=whole_kind)}: {flat(one.title)}")
    if not flags.as_json and answer == "never" and whole_kind:
        note(
            f"Nothing of the kind {one.kind} is offered any more; `usermind suggestions unmute "
            f"{one.kind}` lifts that."
        )


def _what_it_did(
    one: Suggestion, answer: Answer, before: State, now: datetime, *, whole_kind: bool
) -> str:
    """Return what an answer changed: "s1 is snoozed until 15:00"."""
    from usermind.cli.clock import told

    if answer in ("up", "down"):
        return f"{one.id} is rated as a {'good' if answer == 'up' else 'bad'} one ({one.state})"
    if answer == "never":
        return (
            f"{one.id} is {one.state}, {'with its kind' if whole_kind else 'and never comes again'}"
        )
    if answer == "snooze" and one.wakes is not None:
        return f"{one.id} is snoozed until {told(one.wakes, now)}"
    was = f", after it was {before}" if before in ("accepted", "dismissed") else ""
    return f"{one.id} is {one.state}{was}"
