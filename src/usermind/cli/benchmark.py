"""`usermind eval benchmark`: published benchmarks over data that the user has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from usermind.cli.answering import answering
from usermind.cli.flags import (
    EmbedderFlag,
    Flags,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    TimeoutFlag,
    example,
    given,
)
from usermind.cli.opening import connected, loaded
from usermind.cli.opening import embedder as embedder_of
from usermind.cli.progress import bar
from usermind.cli.screen import columns, emit, note, say, show

if TYPE_CHECKING:
    from usermind.evals.benchmarks.asking import Asker
    from usermind.evals.benchmarks.running import Progress
    from usermind.evals.benchmarks.tables import Report
    from usermind.models.ledger import Ledger
    from usermind.models.reasoner import Reasoner
    from usermind.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Run published benchmarks over data that you have: what is found, and what is answered.",
    epilog=example(
        "usermind eval benchmark locomo locomo10.json --out results",
        "usermind eval benchmark personabench community_0 --model http://localhost:8000/v1 "
        "--answers answers.jsonl --out results",
    ),
)

OutFlag = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FOLDER", help="Write results.json, report.txt and questions.jsonl."
    ),
]
SampleFlag = Annotated[
    int | None,
    typer.Option("--sample", metavar="N", help="Ask so many questions, drawn by --seed; else all."),
]
SeedFlag = Annotated[int, typer.Option("--seed", metavar="N", help="Draws the sample.")]
KFlag = Annotated[
    list[int] | None,
    typer.Option("--k", metavar="N", help="How many of a ranking are looked at; may come again."),
]
AnswersFlag = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        help="Keep the model's answers there, and ask for none that is there. Without --model: "
        "answer from it alone.",
    ),
]
EverythingFlag = Annotated[
    bool, typer.Option("--everything", help="Ask also with all that was said in the prompt.")
]
JobsFlag = Annotated[
    int, typer.Option("--jobs", "-j", min=1, help="Questions to the model at once.")
]


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
    flags = given(ctx, embedder=embedder, as_json=as_json)
    settings, _ = loaded(flags)
    ready(out)
    from usermind.evals.benchmarks.limit import K, run_limit

    with shown_progress() as progress:
        report = run_limit(
            folder,
            embedder=embedder_of(settings),
            k=k or K,
            sample=sample,
            seed=seed,
            progress=progress,
        )
    tell(report, flags, out)


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
    flags = given(
        ctx,
        model=model,
        model_name=model_name,
        embedder=embedder,
        timeout=timeout,
        as_json=as_json,
    )
    settings, _ = loaded(flags)
    ready(out)
    from usermind.evals.benchmarks.locomo import K, run_locomo

    with asking(settings, answers, jobs) as asker, shown_progress() as progress:
        report = run_locomo(
            file,
            embedder=embedder_of(settings),
            asker=asker,
            everything=everything,
            k=k or K,
            sample=sample,
            seed=seed,
            progress=progress,
        )
    tell(report, flags, out)


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
    flags = given(
        ctx,
        model=model,
        model_name=model_name,
        embedder=embedder,
        timeout=timeout,
        as_json=as_json,
    )
    settings, _ = loaded(flags)
    ready(out)
    from usermind.evals.benchmarks.personabench import K, run_personabench

    with asking(settings, answers, jobs) as asker, shown_progress() as progress:
        report = run_personabench(
            folder,
            embedder=embedder_of(settings),
            noise=noise,
            asker=asker,
            everything=everything,
            k=k or K,
            sample=sample,
            seed=seed,
            progress=progress,
        )
    tell(report, flags, out)


# -- what all of them do ------------------------------------------------------------------------


@contextmanager
def asking(settings: Settings, answers: Path | None, jobs: int) -> Iterator[Asker | None]:
    """Hold what asks the model of the settings, or answers from a file; None without both.

    Raises:
        InvalidInputError: The file of answers cannot be used.
    """
    if not settings.model and answers is None:
        yield None
        return
    from usermind.evals.benchmarks.asking import Asker

    connect = (lambda ledger: _connected(settings, ledger)) if settings.model else None
    with answering(answers, connect, model=settings.model_name or None) as reasoner:
        yield Asker(reasoner, jobs)


def _connected(settings: Settings, ledger: Ledger) -> Reasoner:
    reasoner = connected(settings, ledger)
    assert reasoner is not None, "a model is set"
    return reasoner


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show a bar for each stage of a run."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        stage: list[tuple[str, Callable[..., None]]] = []

        def told(doing: str, done: int, total: int) -> None:
            if not stage or stage[0][0] != doing:
                stack.close()
                stage[:] = [(doing, stack.enter_context(bar(doing, total)))]
            stage[0][1](done, total)

        yield told


def ready(out: Path | None) -> None:
    """Make sure, before anything takes its time, that results can be written."""
    if out is not None:
        from usermind.evals.results import make_ready

        make_ready(out, of="benchmark")


def tell(report: Report, flags: Flags, out: Path | None) -> None:
    """Print a report, and write it where that is asked for."""
    if flags.as_json:
        emit(report.as_json())
        if out is not None:
            report.save(out)
        return
    for table in report.tables:
        say(table.title)
        lines = columns("", "n", *table.systems, right=("n",))
        for row in table.rows():
            lines.add_row(*row)
        show(lines)
        if table.about:
            say(table.about)
        say()
    say("; ".join(f"{name}: {number:,}" for name, number in report.counts.items()))
    for sentence in report.notes:
        note(sentence)
    if out is not None:
        note(f"Results: {report.save(out)}", whole=True)
