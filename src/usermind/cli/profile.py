"""`usermind profile`: what is known of a user for a task, and how they write."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli import receipts
from usermind.cli.flags import (
    AsOfFlag,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    StoreFlag,
    UserFlag,
    example,
    given,
)
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import columns, count, day, emit, flat, note, say, show
from usermind.errors import InvalidInputError

if TYPE_CHECKING:
    from usermind.graphs.contest import Contest
    from usermind.memory.profiles import Profile

app = typer.Typer(
    no_args_is_help=True,
    help="See the user summed up for a task, and how they write; by rules where no model is named.",
    epilog=example("usermind profile show --task email-writing", "usermind profile style"),
)
TaskFlag = Annotated[str, typer.Option("--task", "-t", help="What for.")]


@app.command("list", epilog=example("usermind profile list --user ana"))
def list_(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the profiles that are kept, newest first."""
    flags = given(ctx)
    with opened(flags) as place:
        show_all(place)


def show_all(place: Workplace, *, limit: int | None = None) -> None:
    """Print the profiles that are kept, newest first."""
    found = place.memory.profiles.list()[:limit]
    if place.flags.as_json:
        emit(found)
        return
    if not found:
        note("No profile is kept. `usermind profile show --task TASK` makes one.")
        return
    table = columns("id", "made", "by", "task", "text")
    for each in found:
        made_by = flat(each.made_by, width=24)
        table.add_row(each.id, day(each.at), made_by, flat(each.task), flat(each.text, width=400))
    show(table)


@app.command(
    "show",
    epilog=example(
        "usermind profile show --task email-writing --user ana",
        "usermind profile show --as-of 2026-03-01 --user ana",
    ),
)
def show_(
    ctx: typer.Context,
    task: TaskFlag = "conversation",
    as_of: AsOfFlag = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the profile for a task, each claim with the messages that it rests on."""
    flags = given(ctx)
    with opened(flags) as place:
        then = None if as_of is None else as_of.astimezone()
        profile = place.memory.profile(task=task, as_of=then)
        if then is not None and not profile.claims and not as_json:
            note(f"Nothing was known by {day(then)}.")
            return
        show_one(place, profile)


def show_one(place: Workplace, profile: Profile, *, words: bool = False) -> None:
    """Print a profile, each claim with the messages that it rests on.

    Args:
        place: Where it is.
        profile: Which.
        words: Also the words of the messages, and the claims that it was made from.
    """
    memory = place.memory
    cites = dict.fromkeys(cite for claim in profile.claims for cite in claim.cites)
    said = {cite: memory.observation(cite) for cite in cites if words}
    behind = memory.profiles.behind(profile.id) if words else ()
    if place.flags.as_json:
        more = {"behind": behind, "messages": list(said.values())} if words else {}
        emit(asdict(profile) | more)
        return
    if not profile.claims:
        note("Nothing is known yet; `usermind reflect` learns from messages.")
        return
    table = columns("kind", "claim", "rests on")
    for claim in profile.claims:
        table.add_row(claim.kind, flat(claim.text, width=200), ", ".join(claim.cites))
    show(table)
    if words:
        by = flat(profile.made_by)
        say(f"\nMade by {by} for {flat(profile.task)!r} from {', '.join(behind)}.")
    for id_, message in said.items():
        say(f"\n{id_}, {day(message.at)}\n    “{flat(message.text, width=400)}”")


@app.command(epilog=example("usermind profile refresh --task email-writing --user ana"))
def refresh(
    ctx: typer.Context,
    task: TaskFlag = "conversation",
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the profile for a task anew, from what is known now, and show it.

    Its text is not edited by hand: `usermind memory correct` puts the claim behind it right.
    """
    flags = given(ctx)
    with opened(flags) as place:
        show_one(place, place.memory.profiles.refresh(task))


@app.command(epilog=example("usermind profile delete email-writing --user ana"))
def delete(
    ctx: typer.Context,
    task: Annotated[str, typer.Argument(metavar="TASK", help="Its task, or its id like f3.")],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Delete what is kept for a task; what it was made from stays, and it can be made again."""
    flags = given(ctx)
    with opened(flags) as place:
        receipts.tell(place, place.memory.profiles.forget(task))


@app.command(epilog=example("usermind profile style --user ana --json"))
def style(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how the user writes, counted over their own messages."""
    flags = given(ctx)
    with opened(flags) as place:
        show_style(place)


def show_style(place: Workplace) -> None:
    """Print how the user writes."""
    card = place.memory.profiles.style()
    if place.flags.as_json:
        emit(card)
    elif not card.messages:
        note("There is no message of the user yet.")
    else:
        say(card.render())


@app.command(
    epilog=example(
        "usermind profile best --task email-writing --user ana",
        "usermind profile best --n 6 --model http://localhost:8000/v1 --pairs pairs.jsonl",
    )
)
def best(
    ctx: typer.Context,
    task: TaskFlag = "conversation",
    n: Annotated[int, typer.Option("--n", help="How many profiles to choose from, 2 to 8.")] = 4,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help="A new file for preferred and rejected profiles, to train a model on.",
        ),
    ] = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Make several profiles of the earlier messages and keep the way that fits the later best.

    The file of pairs has TRL's preference format; what the privacy policy keeps from a remote
    model is not in it.
    """
    flags = given(ctx)
    if pairs is not None and pairs.exists():
        raise InvalidInputError(f"{pairs} exists already. Nothing was made. Choose another name.")
    with opened(flags) as place:
        from usermind.graphs.contest import best_profile
        from usermind.graphs.preferences import write_pairs

        contest = best_profile(place.memory, task, reasoner=place.reasoner, n=n)
        written = write_pairs(place.memory, contest, pairs) if pairs is not None else 0
    if flags.as_json:
        emit(_as_json(contest) | ({"pairs": written} if pairs is not None else {}))
        return
    _say(contest)
    if pairs is not None and written:
        say(f"{count(written, 'pair')} written to {pairs}, readable by you alone.")
    elif pairs is not None:
        note("No two of them differ enough to be a pair; no file was written.")


def _as_json(contest: Contest) -> dict[str, object]:
    return {
        "task": contest.task,
        "until": contest.until,
        "judged_by": contest.judged_by,
        "candidates": [
            {
                "way": each.way,
                "made_by": each.made_by,
                "score": each.score,
                "text": each.text,
                "claims": [asdict(claim) for claim in each.claims],
            }
            for each in contest.candidates
        ],
        "profile": asdict(contest.profile),
    }


def _say(contest: Contest) -> None:
    table = columns("way", "score", "words", "claims", right=("score", "words", "claims"))
    for each in contest.candidates:
        words = str(len(each.text.split()))
        table.add_row(flat(each.way), f"{each.score:.3f}", words, str(len(each.claims)))
    show(table)
    say(
        f"Made of what was known by {day(contest.until)}, judged by "
        f"{count(contest.judged_by, 'later message')} of the user; 0.5 is chance."
    )
    say(f"Kept, made anew the best way as {contest.profile.id}:")
    say(contest.profile.text)
