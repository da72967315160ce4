"""`usermind eval benchmark proactivebench`: whether a gate knows when to stay silent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from usermind.cli.benchmarking import (
    AnswersFlag,
    JobsFlag,
    OutFlag,
    SeedFlag,
    bench,
)
from usermind.cli.flags import JsonFlag, ModelFlag, ModelNameFlag, TimeoutFlag, example


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind eval benchmark proactivebench train_data.jsonl --out results",
            "usermind eval benchmark proactivebench train_data.jsonl --sample 200 "
            "--model http://localhost:8000/v1 --answers gate.jsonl",
        )
    )(proactivebench)


def proactivebench(
    ctx: typer.Context,
    labels: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="ProactiveBench's labelled proposals, one a line."),
    ],
    ships: Annotated[
        bool, typer.Option("--shipped", help="Ask also the gate by the weights that ship.")
    ] = False,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            metavar="N",
            help="Ask the model about so many proposals, drawn by --seed; else all.",
        ),
    ] = None,
    seed: SeedFlag = 0,
    answers: AnswersFlag = None,
    jobs: JobsFlag = 1,
    out: OutFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Decide on labelled proposals, offer or stay silent: the offline gate, or a model too.

    The offline gate is learned anew for each trace from the others. Beside it stand the gates that
    offer always and never. With --model or --answers a model weighs a sample of the same proposals.
    """
    from usermind.evals.benchmarks.proactivebench import run_proactivebench

    with bench(ctx, out, answers=answers, jobs=jobs) as run:
        report = run_proactivebench(
            labels, ships=ships, asker=run.asker, sample=sample, seed=seed, progress=run.progress
        )
    run.tell(report)
