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
