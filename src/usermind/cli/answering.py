"""Who answers the questions of a benchmark: a model, a recording of its answers, or nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.cost import note_cost
from usermind.cli.opening import connected
from usermind.cli.screen import count, note

if TYPE_CHECKING:
    from usermind.evals.benchmarks.asking import Asker
    from usermind.models.ledger import Ledger
    from usermind.models.reasoner import Reasoner
    from usermind.settings import Settings

AnswersFlag = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        help="Keep the model's answers there, one a line; what is there is not asked again, and "
        "without --model nothing is.",
    ),
]
JobsFlag = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Questions at once.")]


@contextmanager
def asking(settings: Settings, answers: Path | None, *, jobs: int = 1) -> Iterator[Asker | None]:
    """Yield who puts the questions to a model, and tell afterwards what it cost; None: nobody.

    Args:
        settings: Which model, if any.
        answers: The recording; None: nothing is kept.
        jobs: Questions at once.

    Raises:
        InvalidInputError: The recording cannot be used.
    """
    from usermind.evals.benchmarks.asking import Asker
    from usermind.evals.benchmarks.recording import Recording
    from usermind.models.ledger import Ledger

    if answers is None and not settings.model:
        yield None
        return

    def connect(ledger: Ledger) -> Reasoner:
        reasoner = connected(settings, ledger)
        assert reasoner is not None, "a model is set"
        return reasoner

    ledger = Ledger()
    if answers is None:
        yield Asker(connect(ledger), jobs)
    else:
        made = connect if settings.model else None
        recording = Recording(answers, made, model=settings.model_name or None)
        if recording.torn:
            note(f"{answers}: {count(recording.torn, 'line')} torn off; asked again.")
        ledger = recording.ledger
        yield Asker(recording, jobs)
    note_cost(ledger)
