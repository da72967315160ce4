"""What the commands print: text for people, JSON for programs, and nothing that moves a cursor."""

import json
import os
import re
import sys
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Text in a memory may come from anybody. Escape sequences could repaint the terminal, and marks
# that turn the writing direction could make a line read as another.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
WIDE = 10_000
"""Columns where the output is no terminal: a program reads it, and lines stay whole."""


def plain(text: str) -> str:
    """Return text without characters that steer a terminal; tabs and line breaks stay."""
    return _UNSAFE.sub("\ufffd", text.replace("\r\n", "\n"))


def flat(text: str, *, width: int | None = None) -> str:
    """Return text on one line, cut to a width with an ellipsis when it is longer."""
    line = " ".join(plain(text).split())
    return line if width is None or len(line) <= width else line[: max(1, width - 1)] + "…"


def screen(*, stderr: bool = False) -> Console:
    """Return a console that takes text as it is, without markup or emoji codes."""
    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDE
    return console


def say(text: str | Text = "", *, style: str | None = None) -> None:
    """Print a line of the command's result."""
    screen().print(text, style=style, soft_wrap=True)


def note(text: str, *, style: str | None = None) -> None:
    """Print a line about the command itself on standard error."""
    screen(stderr=True).print(plain(text), style=style, soft_wrap=True)


def show(table: Table) -> None:
    """Print a table."""
    console = screen()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as kept:
        console.print(table)
    for line in kept.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def columns(*names: str, right: tuple[str, ...] = ()) -> Table:
    """Return an empty table without lines; the last column takes what room is left.

    On a narrow terminal `from` and `why` are wrapped with it, the others stay whole.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        table.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=name not in ("from", "why", names[-1]),
            overflow="fold",
        )
    return table


def emit(value: object) -> None:
    """Print one value as one line of JSON."""
    utf = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    sys.stdout.write(json.dumps(value, ensure_ascii=not utf, default=_encoded) + "\n")
    sys.stdout.flush()


def _encoded(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def day(at: datetime) -> str:
    """Return a date as people write it: `4 Oct 2026`."""
    return f"{at.day} {at:%b %Y}"


def who(author: str) -> str:
    """Return an author as the user would say it."""
    return {"user": "you", "assistant": "the assistant"}.get(author, flat(author, width=40))


def origin(
    *, author: str, source: str, at: datetime, session: str | None, external_id: str | None
) -> str:
    """Return where something comes from: `you, chat s11, 4 Oct 2026, s11:1`."""
    place = source if session is None else f"{source} {flat(session, width=24)}"
    parts = [who(author), place, day(at)]
    if external_id is not None and len(external_id) <= 24:  # longer ones are for machines
        parts.append(external_id)
    return plain(", ".join(parts))


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 message`, `1,024 messages`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def size(byte_count: int) -> str:
    """Return a size as people write it: `4.2 MB`."""
    value, unit = float(byte_count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def confirmed(question: str) -> bool:
    """Ask on the terminal; anything but y or yes is a no."""
    sys.stderr.write(f"{plain(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
