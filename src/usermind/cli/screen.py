"""What the commands print: text for people, JSON for programs, and nothing that moves a cursor."""

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Text in a memory may come from anybody. Escape sequences could repaint the terminal, and marks
# that turn the writing direction could make a line read as another.
_UNSEEN = re.compile("[\u200b\u2060\ufeff]")
"""What takes no room and joins nothing, as a copied page has it; emoji are joined by others."""
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NARROW = 70
"""Columns below which lines are broken between words, and rows are blocks and no table."""
ROOM = 16
"""Columns that a table must leave to each column whose text is wrapped."""
PLAIN_FACTS = frozenset(
    {"", "who", "when", "status", "what happened", "detail", "claim", "text", "value"}
)
"""Columns whose cells say by themselves what they are."""
WIDE = 10_000
"""Columns where the output is no terminal: a program reads it, and lines stay whole."""


def plain(text: str) -> str:
    """Return text without characters that steer a terminal or are unseen; line breaks stay."""
    return _UNSAFE.sub("\ufffd", _UNSEEN.sub("", text.replace("\r\n", "\n")))


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


def say(text: str = "", *, style: str | None = None, whole: bool = False) -> None:
    """Print a line of the command's result; `whole`: it is to be copied, and never broken."""
    console = screen()
    text = plain(text)
    console.print(text if whole else _broken(text, console), style=style, soft_wrap=True)


def note(text: str, *, style: str | None = None, whole: bool = False) -> None:
    """Print a line about the command itself on standard error."""
    console = screen(stderr=True)
    text = plain(text)
    console.print(text if whole else _broken(text, console), style=style, soft_wrap=True)


def _broken(text: str, console: Console) -> str:
    """Return text with line breaks between words where the terminal would break inside them."""
    if console.width >= NARROW:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        label = re.match(r" *(\S+ {2,})?", line)
        lines += _wrapped(line, console, indent=label.end() if label else 0, fold=False)
    return "\n".join(lines)


def _wrapped(text: str, console: Console, *, indent: int, fold: bool = True) -> list[str]:
    """Return text as lines that fit, all but the first indented.

    Args:
        text: One line.
        console: Where it goes.
        indent: Columns that stay free from the second line on.
        fold: Break a word that is longer than a line too; else it stays whole, to be copied.
    """
    if cell_len(text) <= console.width:
        return [text]
    head, rest = text[:indent], text[indent:]
    room = max(8, console.width - indent)
    if fold:
        lines = [line.plain.rstrip() for line in Text(rest).wrap(console, room, overflow="fold")]
    else:
        lines = []
        for word in rest.split(" "):
            if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= room:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
    return [(" " * indent if number else head) + line for number, line in enumerate(lines)]


def show(table: Table) -> None:
    """Print a table, or its rows as blocks where it does not fit."""
    console = screen()
    if len(table.columns) > 2 and not _fits(table, console.width):
        for line in _blocks(table, console):
            sys.stdout.write(line + "\n")
        return
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as kept:
        console.print(table)
    for line in kept.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def _fits(table: Table, width: int) -> bool:
    """Tell whether a table can be shown without a cell that is cut or a sliver of text."""
    widths = [
        max(map(cell_len, (str(column.header), *map(str, column.cells))))
        for column in table.columns
    ]
    between = 2 * (len(widths) - 1)
    if sum(widths) + between <= width:
        return True
    kept = [
        room if column.no_wrap else min(room, ROOM)
        for room, column in zip(widths, table.columns, strict=True)
    ]
    return width >= NARROW and sum(kept) + between <= width


def _blocks(table: Table, console: Console) -> list[str]:
    """Return each row as a block: the first cell with the facts, the last cell's text below."""
    lines: list[str] = []
    for row in zip(*(column.cells for column in table.columns), strict=True):
        facts = [
            cell if column.header in PLAIN_FACTS else f"{column.header} {cell}"
            for column, cell in list(zip(table.columns, map(str, row), strict=True))[1:]
            if cell
        ]
        text = facts.pop() if facts and row[-1] and table.columns[-1].justify == "left" else ""
        lines += _packed([str(row[0]), *facts], console)
        if text:
            lines += _wrapped(f"    {text}", console, indent=4)
    return lines


def _packed(parts: Sequence[str], console: Console) -> list[str]:
    """Return parts on as few lines as they fit on, broken between them where that is possible."""
    lines = [parts[0]]
    for part in parts[1:]:
        if cell_len(lines[-1]) + 2 + cell_len(part) <= console.width:
            lines[-1] += f"  {part}"
        else:
            lines += _wrapped(f"  {part}", console, indent=2)
    return lines


class Rows(Table):
    """A table whose cells steer no terminal, whatever text stands in them."""

    def add_row(self, *cells: Any, style: Any = None, end_section: bool = False) -> None:
        """Add a row; see `rich.table.Table.add_row`."""
        told = (plain(cell) if isinstance(cell, str) else cell for cell in cells)
        super().add_row(*told, style=style, end_section=end_section)


def columns(*names: str, right: tuple[str, ...] = ()) -> Table:
    """Return an empty table without lines; the last column takes what room is left.

    Where there is little, `from` and `why` are wrapped with it; the others stay whole.
    """
    table = Rows(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        table.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=name not in ("from", "why", names[-1]),
            overflow="fold",
        )
    return table


def emit(value: object) -> None:
    """Print one value as one line of JSON, in which nothing steers a terminal."""
    utf = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, ensure_ascii=not utf, default=_encoded)
    sys.stdout.write(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")
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


def minute(at: datetime) -> str:
    """Return a date and the time by this machine's clock: `4 Oct 2026 09:30`."""
    local = at.astimezone()
    return f"{day(local)} {local:%H:%M}"


def shown_url(text: str) -> str:
    """Return a URL without the name, the password and the query in it; other text as it is."""
    if ":/" not in text:
        return text
    from usermind.models._transport import veiled

    return veiled(text)


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
    """Return a number with its noun: `1 message`, `1,024 messages`, `2 entities`."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


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
