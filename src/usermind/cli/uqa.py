"""`usermind eval benchmark uqa`: which way to represent a user answers questions about them."""

from __future__ import annotations

from typing import Annotated

import typer

from usermind.cli.benchmarking import (
    AnswersFlag,
    JobsFlag,
    OutFlag,
    bench,
)
from usermind.cli.flags import (
    EmbedderFlag,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    TimeoutFlag,
    example,
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind eval benchmark uqa --users 20",
            "usermind eval benchmark uqa --model http://localhost:8000/v1 --answers uqa.jsonl",
        )
    )(uqa)


def uqa(
    ctx: typer.Context,
    users: Annotated[
        int, typer.Option("--users", metavar="N", help="Shoppers, each with eight questions.")
    ] = 60,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Draws the shoppers.")] = 0,
    answers: AnswersFlag = None,
    jobs: JobsFlag = 1,
    out: OutFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask UQABench's kinds of questions of each way that usermind represents a user.

    Observations, claims, profile, entities, concepts, all of them, and what a turn is given. The
    shoppers and their logs are drawn: no data is needed. Rules choose an option always; with
    --model or --answers a model does too.
    """
    from usermind.evals.benchmarks.uqa import run_uqa

    with bench(ctx, out, answers=answers, jobs=jobs) as run:
        report = run_uqa(
            users, embedder=run.embedder, seed=seed, asker=run.asker, progress=run.progress
        )
    run.tell(report)
