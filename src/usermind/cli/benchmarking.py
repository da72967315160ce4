"""What all benchmarks have in common on the command line: flags, how they run, how they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.answering import answering
from usermind.cli.flags import Flags, given
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
    from usermind.types import Embedder

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


@dataclass(frozen=True, slots=True)
class Bench:
    """What a benchmark is run with, and where its results go."""

    settings: Settings
    asker: Asker | None
    """Asks the model of the settings, or answers from a file; None: neither is there."""
    progress: Progress
    _flags: Flags
    _out: Path | None

    @property
    def embedder(self) -> Embedder:
        """The one of the settings, opened anew."""
        return embedder_of(self.settings)

    def tell(self, report: Report) -> None:
        """Print a report, and write it where that is asked for."""
        _tell(report, self._flags, self._out)


@contextmanager
def bench(
    ctx: typer.Context,
    out: Path | None,
    *,
    answers: Path | None = None,
    jobs: int = 1,
    asks: bool = True,
) -> Iterator[Bench]:
    """Hold what a benchmark is run with; what cannot be used is told before it takes its time.

    Args:
        ctx: Of the command.
        out: Folder of the results; None: they are only printed.
        answers: File of a model's answers; None: they are not kept.
        jobs: Questions to the model at once.
        asks: Whether it has anything to ask a model.

    Raises:
        InvalidInputError: The folder or the file cannot be used.
    """
    flags = given(ctx)
    settings, _ = loaded(flags)
    if out is not None:
        from usermind.evals.results import make_ready

        make_ready(out, of="benchmark")
    try:
        with ExitStack() as stack:
            asker = stack.enter_context(_asking(settings, answers, jobs)) if asks else None
            progress = stack.enter_context(_shown_progress())
            yield Bench(settings, asker, progress, flags, out)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(
            str(stop) or "A benchmark keeps nothing before its end. The same command begins anew."
        ) from None


@contextmanager
def _asking(settings: Settings, answers: Path | None, jobs: int) -> Iterator[Asker | None]:
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
def _shown_progress() -> Iterator[Progress]:
    """Show a bar for each stage of a run."""
    with ExitStack() as stack:
        stage: list[tuple[str, Callable[..., None]]] = []

        def told(doing: str, done: int, total: int) -> None:
            if not stage or stage[0][0] != doing:
                stack.close()
                stage[:] = [(doing, stack.enter_context(bar(doing, total)))]
            stage[0][1](done, total)

        yield told


def _tell(report: Report, flags: Flags, out: Path | None) -> None:
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
