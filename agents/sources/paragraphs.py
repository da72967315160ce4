"""Paragraphs of a note: blocks of lines, each task for itself, with the headings above them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from usermind.memory.todo import DUE, TASK

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE: Final = re.compile(r"\s*(```+|~~~+)")
_ITEM: Final = re.compile(r"(\s*)(?:[-*+]|\d{1,9}[.)])\s+")
_OPEN: Final = " /"
"""What stands in the box of a task that is still to be done."""
_MARKS_ALONE: Final = re.compile(r"[\s\-*_=#>|+~`.:]*")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a task with the lines below it."""

    text: str
    """With the headings above it, from the outermost on, in a line of their own."""
    line: int
    """Where it begins, from 1."""
    due: datetime | None = None
    """When an open task is due, without a zone; midnight where only a day is named."""
    no_day: bool = False
    """Whether a task names a day that no calendar has."""
    all_day: bool = False
    """Whether `due` names a day alone."""
    task: str = ""
    """What an open task that is due says: without box, headings, and when."""


@dataclass(slots=True)
class _Reader:
    """What was read so far of one note."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    """Levels and words."""
    bare: int = 0
    """The line of the last heading while nothing stands below it; 0: something does."""
    block: list[str] = field(default_factory=list)
    begin: int = 0
    task: str | None = None
    """What stands in the box, where the block is a task."""
    indent: int = 0

    def flush(self) -> Iterator[Paragraph]:
        """Yield the block, if it says anything, and begin another."""
        text = "\n".join(self.block).strip("\n").rstrip()
        self.block = []
        task, self.task = self.task, None
        if _MARKS_ALONE.fullmatch(text):
            return
        self.bare = 0
        whole = self._below_headings(text)
        if task is not None and task in _OPEN:
            yield _task(whole, text, self.begin)
        else:
            yield Paragraph(whole, self.begin)

    def heading(self, level: int, words: str, line: int) -> Iterator[Paragraph]:
        """Take a heading; yield the one before where nothing stands below it."""
        if self.bare and self.headings and level <= self.headings[-1][0]:
            yield from self.alone()
        self.headings = [held for held in self.headings if held[0] < level]
        if words:
            self.headings.append((level, words))
            self.bare = line

    def alone(self) -> Iterator[Paragraph]:
        """Yield the last heading where nothing stands below it."""
        if self.bare:
            yield Paragraph(self._path(), self.bare)
            self.bare = 0

    def _below_headings(self, text: str) -> str:
        return f"{self._path()}\n\n{text}" if self.headings else text

    def _path(self) -> str:
        return " › ".join(words for _, words in self.headings)


def paragraphs(text: str, *, markdown: bool) -> Iterator[Paragraph]:
    """Yield the paragraphs of a note in order; its front matter is none.

    Args:
        text: The whole note.
        markdown: Whether `#` begins a heading and three backticks a block that goes on to the next.
    """
    lines = _BREAK.split(text)
    begin = _front_matter(lines) if markdown else 0
    reader = _Reader()
    fence = ""
    for number, line in enumerate(lines[begin:], begin + 1):
        mark = _FENCE.match(line) if markdown else None
        if fence:
            reader.block.append(line)
            fence = "" if mark and mark[1].startswith(fence) else fence
            continue
        heading = _HEADING.match(line) if markdown else None
        if heading or not line.strip():
            yield from reader.flush()
            if heading:
                yield from reader.heading(len(heading[1]), heading[2], number)
            continue
        if _begins(reader, line):
            yield from reader.flush()
        if not reader.block:
            _begin(reader, line, number)
        reader.block.append(line)
        fence = mark[1] if mark else ""
    yield from reader.flush()
    yield from reader.alone()


def _front_matter(lines: list[str]) -> int:
    """Return how many lines of metadata a note begins with."""
    if lines[0].rstrip() != "---":
        return 0
    ends = (number for number, line in enumerate(lines[1:200], 2) if line.rstrip() == "---")
    return next(ends, 0)


def _begins(reader: _Reader, line: str) -> bool:
    """Say whether a line begins another block than the one before it."""
    if TASK.match(line):
        return True
    item = _ITEM.match(line)
    return reader.task is not None and item is not None and len(item[1]) <= reader.indent


def _begin(reader: _Reader, line: str, number: int) -> None:
    task, item = TASK.match(line), _ITEM.match(line)
    reader.begin = number
    reader.task = task[1] if task else None
    reader.indent = len(item[1]) if item else 0


def _task(whole: str, task: str, line: int) -> Paragraph:
    """Return an open task, with when it is due."""
    found = DUE.search(task)
    if found is None:
        return Paragraph(whole, line)
    try:
        due = datetime.fromisoformat(f"{found[1]}T{(found[2] or '0:00').zfill(5)}")
    except ValueError:
        return Paragraph(whole, line, no_day=True)
    if not 1900 <= due.year <= 9000:
        return Paragraph(whole, line, no_day=True)
    words = TASK.sub("", f"{task[: found.start()]} {task[found.end() :]}", count=1)
    return Paragraph(
        whole, line, due, all_day=found[2] is None, task=" ".join(words.split()).casefold()
    )
