"""A bar that shows on a terminal how far a long command is; a pipe gets nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from usermind.cli.screen import screen


class Advance(Protocol):
    """Moves the bar."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show how much is done, and of how much where that is news."""
        ...


@contextmanager
def bar(doing: str, total: int | None = None) -> Iterator[Advance]:
    """Show a progress bar on a terminal; yields what moves it.

    Args:
        doing: What the command does: `"Storing"`.
        total: Of how much; None: it is not known, or not yet.
    """
    console = screen(stderr=True)
    if not console.is_terminal:
        yield lambda done, total=None: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn(doing),
        BarColumn(),
        TaskProgressColumn("{task.percentage:>3.0f} %", text_format_no_percentage=""),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as shown:
        task = shown.add_task("", total=total)

        def advance(done: int, total: int | None = None) -> None:
            shown.update(task, completed=done, total=total)

        yield advance
