"""`usermind eval benchmark`: published benchmarks over data that the user has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from usermind.cli.benchmarking import (
    AnswersFlag,
    EverythingFlag,
    JobsFlag,
    KFlag,
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

app = typer.Typer(
    no_args_is_help=True,
    help="Run published benchmarks over data that you have: what is found, and what is answered.",
    epilog=example(
        "usermind eval benchmark locomo locomo10.json --out results",
        "usermind eval benchmark personabench community_0 --model http://localhost:8000/v1 "
        "--answers answers.jsonl --out results",
    ),
)


@app.command(epilog=example("usermind eval benchmark limit limit-small --out results"))
def limit(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Holds LIMIT's corpus.jsonl, queries.jsonl and qrels.jsonl."
        ),
    ],
    k: KFlag = None,
    sample: SampleFlag = None,
    seed: SeedFlag = 0,
    out: OutFlag = None,
    embedder: EmbedderFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Search LIMIT: documents that list what people like, which single vectors cannot tell apart.

    Recall at k, if not told 2, 10 and 20, of usermind, of BM25, of one vector a document, and of
    both fused. No model is asked.
    """
    from usermind.evals.benchmarks.limit import K, run_limit

    with bench(ctx, out, asks=False) as run:
        report = run_limit(
            folder,
            embedder=run.embedder,
            k=k or K,
            sample=sample,
            seed=seed,
            progress=run.progress,
        )
    run.tell(report)


@app.command(
    epilog=example(
        "usermind eval benchmark locomo locomo10.json --out results",
        "usermind eval benchmark locomo locomo10.json --model http://localhost:8000/v1 "
        "--answers answers.jsonl --jobs 16 --sample 200",
    )
)
def locomo(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="LoCoMo's JSON.")],
    k: KFlag = None,
    sample: SampleFlag = None,
    seed: SeedFlag = 0,
    everything: EverythingFlag = False,
    answers: AnswersFlag = None,
    jobs: JobsFlag = 1,
    out: OutFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Search LoCoMo's long conversations, and with a model answer questions from them.

    Recall at k, if not told 5, 10 and 20, of the turns that answer a question, beside BM25, one
    vector a turn, both fused, and the most that is possible. With --model or --answers, the
    questions are answered too: from what usermind gives, from the labelled turns, from nothing.
    """
    from usermind.evals.benchmarks.locomo import K, run_locomo

    with bench(ctx, out, answers=answers, jobs=jobs) as run:
        report = run_locomo(
            file,
            embedder=run.embedder,
            asker=run.asker,
            everything=everything,
            k=k or K,
            sample=sample,
            seed=seed,
            progress=run.progress,
        )
    run.tell(report)


@app.command(
    epilog=example(
        "usermind eval benchmark personabench community_0 --noise 0.3 --out results",
        "usermind eval benchmark personabench community_0 --model http://localhost:8000/v1 "
        "--answers answers.jsonl",
    )
)
def personabench(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="A community's questions.json, documents_noise_….json, evidence_noise_….json.",
        ),
    ],
    noise: Annotated[
        Literal["0.0", "0.3", "0.5", "0.7"],
        typer.Option("--noise", help="Share of sessions that say nothing of what is asked."),
    ] = "0.5",
    k: KFlag = None,
    sample: SampleFlag = None,
    seed: SeedFlag = 0,
    everything: EverythingFlag = False,
    answers: AnswersFlag = None,
    jobs: JobsFlag = 1,
    out: OutFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Search PersonaBench's private data, and with a model answer questions from it.

    Recall and NDCG at k, if not told 5, of the sessions that reveal an answer, beside BM25, one
    vector a turn, and both fused. With --model or --answers, the questions are answered too: from
    what usermind gives, from the labelled sessions, from nothing.
    """
    from usermind.evals.benchmarks.personabench import K, run_personabench

    with bench(ctx, out, answers=answers, jobs=jobs) as run:
        report = run_personabench(
            folder,
            embedder=run.embedder,
            noise=noise,
            asker=run.asker,
            everything=everything,
            k=k or K,
            sample=sample,
            seed=seed,
            progress=run.progress,
        )
    run.tell(report)
