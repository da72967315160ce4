"""What loading many rows tells: how far it is while it runs, and what it changed."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]
"""Called with how many rows are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading changed."""

    added: int
    changed: int
    unchanged: int
    """They were there word for word, and were not embedded again."""
    deleted: int = 0
