"""Who answers the questions of a command: a model, a file of its answers, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from usermind.cli.cost import note_cost
from usermind.cli.screen import count, note

if TYPE_CHECKING:
    from usermind.evals.benchmarks.recording import Recording
    from usermind.models.ledger import Ledger
    from usermind.models.reasoner import Reasoner


@contextmanager
def answering(
    answers: Path | None,
    connect: Callable[[Ledger], Reasoner] | None,
    *,
    model: str | None = None,
    flag: str = "--model",
    of: str = "Model",
) -> Iterator[Reasoner]:
    """Hold what answers, and tell what it cost and what is kept when it is let go.

    Args:
        answers: Keeps the answers, and is asked first; None: nothing is kept.
        connect: Makes the model; None: the file is all that is asked.
        model: Its name, where it is known before it is asked.
        flag: What names the model on the command line.
        of: What it is called where its cost is told.

    Raises:
        InvalidInputError: The file of answers cannot be used.
        KeyboardInterrupt: Ctrl-C; it says what is kept.
    """
    from usermind.errors import ModelError
    from usermind.evals.benchmarks.recording import Recording
    from usermind.models.ledger import Ledger

    if answers is None:
        assert connect is not None, "a model, a file, or both"
        ledger = Ledger()
        try:
            yield connect(ledger)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "Answers are kept by `--answers FILE` alone. The same command begins anew."
            ) from None
        finally:
            note_cost(ledger, of=of)
        return
    recording = Recording(answers, connect, model=model, flag=flag)
    if recording.torn:
        note(f"{answers}: a killed run left its last answer unfinished; it counts as not given.")
    try:
        yield recording
    except ModelError:
        note(_kept(recording, answers))
        raise
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_kept(recording, answers)) from None
    finally:
        note_cost(recording.ledger, of=of)


def _kept(recording: Recording, answers: Path) -> str:
    verb = "is" if len(recording) == 1 else "are"
    return f"{count(len(recording), 'answer')} {verb} kept in {answers}; the same command goes on."
