"""How far a long command is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from usermind.cli.screen import note, screen

SECONDS = 10.0
"""Between two lines where there is no terminal."""


class Advance(Protocol):
    """Moves the bar."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show how much is done, and of how much where that is news."""
        ...


@contextmanager
def bar(doing: str, total: int | None = None, *, seconds: float = SECONDS) -> Iterator[Advance]:
    """Show a progress bar on a terminal, elsewhere lines on standard error; yields what moves it.

    Args:
        doing: What the command does: `"Storing"`.
        total: Of how much; None: it is not known, or not yet.
        seconds: How far lines are apart, at least; what takes less tells none.
    """
    console = screen(stderr=True)
    if not console.is_terminal:
        yield _lines(doing, total, seconds)
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


def _lines(doing: str, total: int | None, seconds: float) -> Advance:
    """Return what tells how much is done, each time that so many seconds went by."""
    whole, told = total, time.monotonic()

    def advance(done: int, total: int | None = None) -> None:
        nonlocal whole, told
        whole = total or whole
        now = time.monotonic()
        if now - told >= seconds and done != whole:
            told = now
            note(f"{doing}: {done:,}" + (f" of {whole:,}." if whole else "."))

    return advance
