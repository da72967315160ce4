"""`usermind eval judge`: hold a judge against the labels of people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.answering import answering
from usermind.cli.evaluation import helper
from usermind.cli.flags import JsonFlag, TimeoutFlag, example, given
from usermind.cli.opening import loaded
from usermind.cli.screen import count, emit, note, say

if TYPE_CHECKING:
    from usermind.evals.assessing import Assessment


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind eval judge labels.jsonl --judge http://localhost:8000/v1 --out results",
            "usermind eval judge labels.jsonl --judge http://localhost:8000/v1 "
            "--answers answers.jsonl",
        )
    )(judge)


def judge(
    ctx: typer.Context,
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSONL: questions, each with the answer that a person chose."
        ),
    ],
    judge: Annotated[
        str | None, typer.Option("--judge", metavar="URL[#MODEL]", help="Endpoint that judges.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Keep the judge's answers there, and ask for none that is there. Without --judge: "
            "from it alone.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Keep judge.json there: `eval run --out` of that folder is calibrated by it.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Questions at once.")] = 1,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Hold a judge against the labels of people: how often it agrees, and how often it abstains.

    Each question is asked in both orders, with what is known of the person and without.
    """
    flags = given(ctx)
    if not judge and answers is None:
        raise typer.BadParameter(
            "Nobody is named who judges. Give --judge with an endpoint, or --answers with a file "
            "of what one said.",
            param_hint="--judge",
        )
    settings, _ = loaded(flags)
    from usermind.evals.assessing import (
        assess,
        load_assessments,
        read_labelled,
        save_assessment,
    )
    from usermind.evals.judging import PersonalJudge
    from usermind.evals.results import make_ready

    cases = read_labelled(labels)
    if out is not None:
        make_ready(out, of="evaluation")
    known = {} if out is None else load_assessments(out)
    url = judge or ""
    connect = (lambda ledger: helper(settings, url, ledger)) if url else None
    model = url.partition("#")[2] or None
    with answering(answers, connect, model=model, flag="--judge", of="Judge") as reasoner:
        found = assess(PersonalJudge(reasoner), cases, jobs=jobs)
    if out is not None:
        save_assessment(found, out)
    if flags.as_json:
        emit(found)
        return
    _tell_judge(found)
    if found.judge in known:
        _tell_replaced(known[found.judge], found)


def _tell_replaced(before: Assessment, now: Assessment) -> None:
    share = "nothing" if before.agreement is None else f"{before.agreement:.0%} as labelled"
    note(
        f"This replaces what was kept of {now.judge}: {before.decided} of "
        f"{count(before.questions, 'question')} decided, {share}."
    )
    note(
        "Its calibration is the same as before."
        if before.certainty == now.certainty
        else "Its calibration has changed: what it judged is played and judged anew by the next "
        "`usermind eval run` into that folder."
    )


def _tell_judge(found: Assessment) -> None:
    low, high = found.agreement_interval
    agrees = "It decided nothing."
    if found.agreement is not None:
        agrees = (
            f"Of those it agrees with {found.agreement:.0%} "
            f"(95 % interval {low:.0%} to {high:.0%})."
        )
    say(
        f"The judge decided {found.decided} of {count(found.questions, 'question')} and abstained "
        f"from {found.abstained}. {agrees}"
    )
    if found.by_place is not None and any(found.by_place):
        first, second = found.by_place
        leans = "" if found.leaning is None else f" It leans on the {found.leaning} place."
        say(
            f"In {first + second} it chose by place, whichever answer stood there: {first} times "
            f"the first, {second} times the second.{leans}"
        )
    if (decided := found.calibrated_decided) is not None:
        agreed = f", {found.calibrated_agreed} of them as labelled" if decided else ""
        say(f"Calibrated by these labels it decides {decided}{agreed}.")
    for words, share in (
        ("Votes as labelled", found.accuracy),
        ("Votes as labelled, the person unknown", found.control_accuracy),
        ("Both orders agree", found.order_consistency),
        ("Calibration error, as stated", found.ece_stated),
        ("Calibration error, calibrated", found.ece_calibrated),
    ):
        say(f"{words}: {'too few to tell' if share is None else f'{share:.2f}'}")
    if found.rubbish:
        say(f"{count(found.rubbish, 'answer')} of {2 * found.questions} were no verdict.")
