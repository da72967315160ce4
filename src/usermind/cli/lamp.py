"""`usermind eval benchmark lamp`: what recall gives a model about a user, on LaMP's seven tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from usermind.cli.benchmarking import (
    AnswersFlag,
    JobsFlag,
    OutFlag,
    SampleFlag,
    SeedFlag,
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
            "usermind eval benchmark lamp dev_questions.json dev_outputs.json --task LaMP-3",
            "usermind eval benchmark lamp dev_questions.json dev_outputs.json --task LaMP-3 "
            "--sample 200 --model http://localhost:8000/v1 --answers lamp3.jsonl --out results",
        )
    )(lamp)


def lamp(
    ctx: typer.Context,
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS", help="LaMP's …_questions.json of a task.")
    ],
    outputs: Annotated[
        Path, typer.Argument(metavar="OUTPUTS", help="LaMP's …_outputs.json of the same split.")
    ],
    task: Annotated[str, typer.Option("--task", metavar="TASK", help="LaMP-1 to LaMP-7.")],
    k: Annotated[
        int, typer.Option("--k", min=1, help="Items of the profile given with a question.")
    ] = 4,
    sample: SampleFlag = None,
    seed: SeedFlag = 0,
    answers: AnswersFlag = None,
    jobs: JobsFlag = 1,
    out: OutFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Do a task of LaMP for users whose past is their memory, with items chosen in five ways.

    By usermind, by BM25, the newest, by chance, and none. Readers that only copy answer always;
    with --model or --answers a model does too, once for each question and way. Each profile is a
    memory of its own: your store is neither read nor written.
    """
    from usermind.evals.benchmarks.lamp import run_lamp

    with bench(ctx, out, answers=answers, jobs=jobs) as run:
        report = run_lamp(
            task,
            questions,
            outputs,
            embedder=run.embedder,
            k=k,
            sample=sample,
            seed=seed,
            asker=run.asker,
            progress=run.progress,
        )
    run.tell(report)
