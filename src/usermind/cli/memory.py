"""`usermind memory`: what is known about a user, why, and the user's rights over it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from usermind.cli import claims, concepts, entities, kinds, profile, receipts
from usermind.cli.flags import (
    AsOfFlag,
    Flags,
    JsonFlag,
    LimitFlag,
    StoreFlag,
    UserFlag,
    YesFlag,
    example,
    given,
)
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import (
    columns,
    confirmed,
    count,
    day,
    emit,
    flat,
    note,
    origin,
    say,
    show,
)

app = typer.Typer(
    no_args_is_help=True,
    help="See, correct, export and forget what is known about a user.",
    epilog=example("usermind memory list --user ana", "usermind memory explain p3 --user ana"),
)


Which = Literal["active", "stale", "contradicted", "superseded", "retracted", "all"]
What = Literal["claims", "messages"]
KindFlag = Annotated[
    kinds.Which | None,
    typer.Option(
        "--kind", help="Of this kind; a proposition is a claim, an observation a message."
    ),
]
AnyId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A claim (p3), message (o17), concept (c2), entity (e4) or profile (f1).",
    ),
]
ClaimId = Annotated[str, typer.Argument(metavar="ID", help="A claim, like p3.")]


@app.command(
    "list",
    epilog=example(
        "usermind memory list --user ana",
        "usermind memory list --as-of 2026-03-01 --user ana",
        "usermind memory list messages --user ana --limit 5",
        "usermind memory list --kind concept --user ana",
    ),
)
def list_(
    ctx: typer.Context,
    what: Annotated[
        What | None, typer.Argument(help="Claims, or the messages they come from.")
    ] = None,
    kind: KindFlag = None,
    status: Annotated[Which, typer.Option(help="Only claims in this state.")] = "active",
    limit: LimitFlag = 50,
    as_of: AsOfFlag = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the claims about the user, surest and freshest first; or messages, newest first.

    With --kind: concepts, entities or profiles as well, or the newest of all kinds.
    """
    flags = given(ctx)
    wanted = _kind(what, kind) or "proposition"
    if as_of is not None and wanted not in ("proposition", "observation"):
        raise typer.BadParameter("Only claims and messages have a past; leave --as-of out.")
    with opened(flags) as place:
        then = None if as_of is None else as_of.astimezone()
        if wanted == "observation":
            _list_messages(place, limit, then)
        elif wanted == "concept":
            concepts.show_all(place, limit=limit)
        elif wanted == "entity":
            entities.show_all(place, limit=limit)
        elif wanted == "profile":
            profile.show_all(place, limit=limit)
        elif wanted == "all":
            kinds.list_all(place, limit=limit)
        else:
            _list_claims(place, status, limit, then)


def _kind(what: What | None, kind: kinds.Which | None) -> kinds.Which | None:
    """Return the kind that the older word or `--kind` names, None where neither is given."""
    said: dict[What, kinds.Which] = {"claims": "proposition", "messages": "observation"}
    if what is not None and kind not in (None, said[what]):
        raise typer.BadParameter(f"{what!r} is not --kind {kind}; say one of them.")
    return kind or (None if what is None else said[what])


def _list_claims(place: Workplace, status: Which, limit: int, as_of: datetime | None) -> None:
    wanted = None if status == "all" else status
    total = len(place.memory.propositions.list(status=wanted, as_of=as_of))
    found = claims.known(place.memory, status=wanted, limit=limit, as_of=as_of)
    if place.flags.as_json:
        emit([claim.record() for claim in found])
        return
    if not found and as_of is not None:
        note(f"Nothing was known by {day(as_of)}.")
        return
    if not found:
        note("Nothing is known yet. `usermind reflect` learns from what is due.")
        return
    show(claims.table(found, with_status=status != "active"))
    if total > len(found):
        note(f"… and {total - len(found):,} more; raise --limit to see them.")


def _list_messages(place: Workplace, limit: int, as_of: datetime | None) -> None:
    found = place.memory.observations(limit=limit, until=as_of)
    if place.flags.as_json:
        emit(found)
        return
    table = columns("id", "who", "when", "text")
    for item in found:
        where = origin(
            author=item.author,
            source=item.source,
            at=item.at,
            session=item.session,
            external_id=None,
        ).rpartition(", ")[0]
        table.add_row(item.id, where, day(item.at), flat(item.text, width=400))
    show(table)


@app.command(
    "show",
    epilog=example("usermind memory show p3 --user ana", "usermind memory show o17 --user ana"),
)
def show_(
    ctx: typer.Context,
    item: AnyId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show one memory: a claim with its history, a message as it arrived, or what else it is."""
    flags = given(ctx)
    with opened(flags) as place:
        kinds.show_one(place, item)


@app.command(epilog=example("usermind memory explain p3 --user ana"))
def explain(
    ctx: typer.Context,
    item: AnyId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show why a claim is believed: its evidence, word for word, and the arithmetic.

    Of concepts, entities and profiles: what they rest on; of a message: what rests on it.
    """
    flags = given(ctx)
    with opened(flags) as place:
        kinds.explain(place, item)


@app.command(epilog=example('usermind memory correct p3 "Ana lives in Oslo." --user ana'))
def correct(
    ctx: typer.Context,
    item: ClaimId,
    text: Annotated[str, typer.Argument(help="The claim as it should read.")],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Put the user's own words in place of a claim; the old ones stay in its history."""
    flags = given(ctx)
    with opened(flags) as place:
        claim = kinds.claim(place.memory, item)
        ruled = place.memory.propositions.correct(claim, text)
    claims.show_verdict(ruled, as_json=flags.as_json)


@app.command(epilog=example("usermind memory confirm p3 --user ana"))
def confirm(
    ctx: typer.Context,
    item: ClaimId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Record that the user says a claim is true; learning no longer changes it."""
    flags = given(ctx)
    with opened(flags) as place:
        claim = kinds.claim(place.memory, item)
        ruled = place.memory.propositions.confirm(claim)
    claims.show_verdict(ruled, as_json=flags.as_json)


@app.command(epilog=example("usermind memory deny p3 --user ana"))
def deny(
    ctx: typer.Context,
    item: ClaimId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Record that the user says a claim is false; it is not learnt again."""
    flags = given(ctx)
    with opened(flags) as place:
        claim = kinds.claim(place.memory, item)
        ruled = place.memory.propositions.deny(claim)
    claims.show_verdict(ruled, as_json=flags.as_json)


@app.command(epilog=example("usermind memory pin p3 --user ana"))
def pin(
    ctx: typer.Context,
    item: ClaimId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep a claim from going stale and from being reworded by learning."""
    flags = given(ctx)
    with opened(flags) as place:
        claim = kinds.claim(place.memory, item)
        ruled = place.memory.propositions.pin(claim)
    claims.show_verdict(ruled, as_json=flags.as_json)


@app.command(epilog=example("usermind memory unpin p3 --user ana"))
def unpin(
    ctx: typer.Context,
    item: ClaimId,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a claim age and be reworded again."""
    flags = given(ctx)
    with opened(flags) as place:
        claim = kinds.claim(place.memory, item)
        ruled = place.memory.propositions.unpin(claim)
    claims.show_verdict(ruled, as_json=flags.as_json)


@app.command(
    epilog=example(
        "usermind memory forget p3 o17 c2 --user ana",
        "usermind memory forget --everything --user ana --yes",
        "usermind memory forget --user ana",
    )
)
def forget(
    ctx: typer.Context,
    items: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="Claims (p3), messages (o17), concepts (c2), entities (e4), profiles (f1), what "
            "was said of items (v3) and shown of them (x5).",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="All of this user's memory.")
    ] = False,
    yes: YesFlag = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Delete for good, with everything that holds the same words.

    A claim takes the messages it rests on with it, a message the claims that rest on it alone.
    A concept takes its pictures and edits with it; what a profile was made from stays.
    What was forgotten is not learnt again when it arrives again. There is no way back.
    Without an ID nothing more is deleted: it finishes a deletion that was interrupted, or that
    another process kept from clearing the file.
    """
    flags = given(ctx)
    if items and everything:
        raise typer.BadParameter("Name what to forget (p3, o17), or say --everything; not both.")
    with opened(flags) as place:
        memory = place.memory
        if not items and not everything:
            _finish_forgetting(place)
            return
        wanted = kinds.by_kind(items or ())
        if everything:
            what = f"everything about {memory.user_id!r} ({claims.amount(memory)})"
        else:
            what = kinds.doomed(memory, wanted)
        if not yes and not confirmed(f"Delete {what} for good?"):
            note("Nothing was deleted. To delete without being asked, say --yes.")
            raise typer.Exit(1)
        receipt = memory.forget_everything() if everything else memory.forget(**wanted)
        receipts.tell(place, receipt, everything=everything)


def _finish_forgetting(place: Workplace) -> None:
    receipt = place.memory.forget()
    if place.flags.as_json:
        emit(receipt)
    else:
        say(
            "No ID was named, so nothing more was deleted. "
            "What earlier deletions had left in the file is gone now."
        )


@app.command(
    epilog=example(
        "usermind memory export ana.jsonl --user ana",
        "usermind memory export - --user ana | gzip > ana.jsonl.gz",
    )
)
def export(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A file that does not exist yet; - writes to standard output."
        ),
    ],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Write everything about the user to a file, one JSON object a line, for them to take away."""
    flags = given(ctx)
    if str(file) == "-":
        _export_to_output(flags)
        return
    with opened(flags) as place:
        lines = place.memory.export(file)
    if flags.as_json:
        emit({"file": file, "lines": lines})
    else:
        say(f"{count(lines, 'line')} written to {file}, readable by you alone.")


def _export_to_output(flags: Flags) -> None:
    from usermind.memory.export import records  # no file: nothing to leave behind or to protect

    with opened(flags) as place:
        memory, lines = place.memory, 0
        with memory.open() as file:
            for record in records(file.database, memory.user_id, memory.now()):
                emit(record)
                lines += 1
    note(f"{count(lines, 'line')} written.")


@app.command(epilog=example('usermind memory search "where does she live" --user ana -k 3'))
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="A question or words; empty: the newest.")],
    k: Annotated[int, typer.Option("-k", min=1, help="How many at most.")] = 10,
    what: Annotated[What | None, typer.Option("--only", help="Claims or messages alone.")] = None,
    kind: KindFlag = None,
    min_score: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Leave out what fits less than this.")
    ] = 0.0,
    why: Annotated[bool, typer.Option("--why", help="Say what made each one fit.")] = False,
    as_of: AsOfFlag = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Search the memory as a reply would, best first; or one kind of it.

    `--kind all` looks among the titles of items that were judged or shown, too.
    """
    flags = given(ctx)
    wanted = _kind(what, kind)
    with opened(flags) as place:
        hits = place.memory.recall(
            query,
            k=k,
            kinds=kinds.searched(wanted, as_of=as_of),
            min_score=min_score,
            as_of=as_of,
        )
    if flags.as_json:
        emit(hits)
        return
    if not hits:
        note("Nothing fits.")
        return
    show(claims.hits(hits, why=why))
