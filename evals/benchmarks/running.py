"""What the runs of all benchmarks share."""

from typing import Protocol

from usermind.types import Embedder

COUNTED_WRONG = "answers that could not be used, counted as wrong"
"""Name of this count in a report."""


class Progress(Protocol):
    """Is told how far a run is."""

    def __call__(self, doing: str, done: int, total: int) -> None:
        """Hear that so much is done of a stage, such as `"Searching"`."""
        ...


def silent(doing: str, done: int, total: int) -> None:
    """Tell nobody."""


def embedder_name(embedder: Embedder) -> str:
    """Return the name of an embedder's vector space."""
    return str(getattr(embedder, "model_id", type(embedder).__name__))


class Pace:
    """Tells how far a search is, in questions, while it reads what they are asked of as well.

    Args:
        progress: Is told.
        questions: Of the memory that is searched.
        steps: Of work that this takes, such as texts to embed and questions to search for.
        before: Questions of the memories before.
        total: Questions of all memories.
    """

    def __init__(
        self, progress: Progress, *, questions: int, steps: int, before: int = 0, total: int
    ) -> None:
        self._progress = progress
        self._questions, self._steps = questions, steps
        self._before, self._total = before, total
        self._done = 0

    def step(self, number: int = 1) -> None:
        """Hear that so many steps are done; more than there are count as all of them."""
        self._done = min(self._done + number, self._steps)
        share = self._questions * self._done // self._steps
        self._progress("Searching", self._before + share, self._total)
