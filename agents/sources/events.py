"""A stream of events: a file of JSON lines that other programs append to.

A line has the fields of `usermind ingest`; see `usermind.memory.lines`.
"""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from usermind.agents.sources.source import (
    LIMIT,
    BadPart,
    Cursor,
    Happening,
    Poll,
    fingerprint,
    full,
    label,
    parsed,
    reading,
    regular,
    short,
    utc_now,
    written,
)
from usermind.errors import InvalidInputError
from usermind.memory.journal import USER, prepared
from usermind.memory.lines import BadLine, Line, read_lines
from usermind.types import Clock

MARK = 512
"""Bytes at the beginning, and before where reading goes on, by which a file is known again."""


class _Cursor(Cursor):
    kind: Literal["events"] = "events"
    end: int = 0
    """Bytes that were read."""
    number: int = 0
    """Lines in them."""
    head: str = ""
    tail: str = ""


class EventStream:
    """A file of JSON lines.

    A last line without a line break is still being written and waits. A file that is shorter than
    what was read, or is not what it was up to there, is another one: it is read from its beginning,
    after the rest of the old one where that was renamed to end in `.1`.

    Args:
        path: The file.
        clock: The present, which no event may be past.
    """

    def __init__(self, path: str | Path, *, clock: Clock = utc_now) -> None:
        self.path = full(path)
        self.name = f"events:{self.path}"
        self._source = label("events:", self.path.stem)
        self._clock = clock

    def poll(self, cursor: str | None) -> Poll:
        """Return the lines since a cursor; see `Source.poll`."""
        known = parsed(_Cursor, cursor, of=self.name)
        with reading(self.name):
            regular(self.path, self.name, expected="a file of one JSON object a line")
            return self._read(known)

    def _read(self, known: _Cursor | None) -> Poll:
        with self.path.open("rb") as file:
            if known is None or _same(file, known):
                return self._lines(file, known or _Cursor(), growing=True)
        # Rotated: what was written between the last poll and then is still in the old file.
        before = self._rest_of_rotated(known)
        if before and (before.happenings or before.bad):
            cursor = before.cursor if before.more else _Cursor().model_dump_json()
            return replace(before, cursor=cursor, more=True)
        with self.path.open("rb") as file:
            return self._lines(file, _Cursor(), growing=True)

    def _rest_of_rotated(self, known: _Cursor) -> Poll | None:
        try:
            with self.path.with_name(f"{self.path.name}.1").open("rb") as file:
                return self._lines(file, known, growing=False) if _same(file, known) else None
        except OSError:  # there is none: the usual case after a truncation
            return None

    def _lines(self, file: BinaryIO, begin: _Cursor, *, growing: bool) -> Poll:
        happenings: list[Happening] = []
        bad: list[BadPart] = []
        unstated = written(os.fstat(file.fileno()), self._clock)
        end, number, more = begin.end, begin.number, False
        file.seek(end)
        for line in read_lines(file, source=self._source, end=end, number=number, growing=growing):
            if len(happenings) + len(bad) >= LIMIT:
                more = True
                break
            end, number = line.end, line.number
            fault = line.reason if isinstance(line, BadLine) else self._fault(line)
            if isinstance(line, Line) and fault is None:
                happenings.append(_happening(line, unstated))
            else:
                bad.append(BadPart(f"{self._source}, {line.place}", fault or ""))
        head, tail = _marks(file, end)
        after = _Cursor(end=end, number=number, head=head, tail=tail)
        return Poll(tuple(happenings), after.model_dump_json(), tuple(bad), more)

    def _fault(self, line: Line) -> str | None:
        """Return why no store would take a line."""
        try:
            prepared(line.draft, now=self._clock())
        except InvalidInputError as error:
            return str(error)
        return None


def _happening(line: Line, unstated: datetime) -> Happening:
    draft = line.draft
    at = draft.at
    written_out = "" if at is None else at.isoformat()
    return Happening(
        text=draft.text,
        at=unstated if at is None else at.astimezone() if at.tzinfo is None else at,
        source=draft.source,
        author=draft.author,
        # As `usermind ingest` has it: the same words at another stated time are another event.
        external_id=draft.external_id
        or fingerprint(draft.source, draft.author, draft.text, written_out),
        kind="event",
        session=draft.session,
        tier=draft.tier or ("first_party" if draft.author == USER else "third_party"),
    )


def _same(file: BinaryIO, known: _Cursor) -> bool:
    """Say whether a file holds what was read, where it was read."""
    return _marks(file, known.end) == (known.head, known.tail)


def _marks(file: BinaryIO, end: int) -> tuple[str, str]:
    if not end:
        return "", ""
    file.seek(0)
    head = file.read(min(MARK, end))
    file.seek(max(0, end - MARK))
    return short(head), short(file.read(min(MARK, end)))
