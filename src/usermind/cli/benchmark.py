"""`usermind eval benchmark`: published benchmarks over data that the user has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.flags import EmbedderFlag, Flags, JsonFlag, example, given
from usermind.cli.opening import embedder as embedder_of
from usermind.cli.opening import loaded
from usermind.cli.progress import bar
from usermind.cli.screen import columns, emit, note, say, show

if TYPE_CHECKING:
    from usermind.evals.benchmarks.running import Progress
    from usermind.evals.benchmarks.tables import Report

app = typer.Typer(
    no_args_is_help=True,
    help="Run published benchmarks over data that you have: what is found, and what is answered.",
    epilog=example(
        "usermind eval benchmark limit limit-small --out results",
    ),
)

OutFlag = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FOLDER", help="Write results.json and report.txt into it."
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
    from usermind.evals.benchmarks.limit import K
    from usermind.evals.benchmarks.limit import limit as run

    with shown_progress() as progress:
        report = run(
            folder,
            embedder=embedder_of(settings),
            k=k or K,
            sample=sample,
            seed=seed,
            progress=progress,
        )
    tell(report, flags, out)


# -- what all of them do ------------------------------------------------------------------------


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


def tell(report: Report, flags: Flags, out: Path | None) -> None:
    """Write a report where that is asked for, and print it."""
    if out is not None:
        report.save(out)
    if flags.as_json:
        emit(report.as_json())
        return
    for table, figures in zip(report.tables, report.figures(), strict=True):
        lines = columns(table.title, "n", *table.systems, right=("n",))
        for line, cells in figures.items():
            number = max((cell.n for cell in cells.values()), default=0)
            row = [str(cells[name]) if name in cells else "" for name in table.systems]
            lines.add_row(line, f"{number:,}", *row)
        show(lines)
        if table.about:
            say(table.about)
        say()
    say("; ".join(f"{name}: {number:,}" for name, number in report.counts.items()))
    for sentence in report.notes:
        note(sentence)
    if out is not None:
        note(f"Results: {out / 'results.json'}", whole=True)
