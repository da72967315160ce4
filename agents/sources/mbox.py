"""An mbox file, mail by mail: each begins with a line like "From bo@example.com Mon May  4 ..."."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from usermind.agents.sources.letter import LARGEST

_CHUNK: Final = 64 * 1024
"""Bytes of a line that are looked at together."""
_BEGIN: Final = re.compile(
    rb"From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2})[ ,]+(?:\d{1,2}:\d\d|\d{4}).*\d\r?\n"
)
"""Also within a text that is not followed by a blank line: words of a person do not look so."""
_LIKELY: Final = re.compile(rb"From (?:\S+@\S+|-|MAILER-DAEMON)\s.*\d{1,2}:\d\d.*\d{4}.*\r?\n")
"""After a blank line."""
_QUOTED: Final = re.compile(rb"(?m)^>(>*From )")
_DATE: Final = re.compile(
    r"([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}:\d\d(?::\d\d)?)(?: +\S+)*? +(\d{4})"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of an mbox file: a mail, or what belongs to none."""

    begin: int
    """Bytes of the file before it."""
    end: int
    """And up to its end."""
    mail: bytes | None
    """The first `LARGEST` bytes and one more, so that it shows where there are others; None: what
    stands here belongs to no mail."""
    envelope: datetime | None
    """When it was delivered, as the line before it says."""
    last: bool
    """Whether the file ends here, so that there may be more of it later."""


def pieces(file: BinaryIO, begin: int) -> Iterator[Piece]:
    """Yield what stands in an mbox from a place on, holding one mail in memory.

    Args:
        file: Opened for bytes.
        begin: Where a mail begins.
    """
    file.seek(begin)
    at, first, blank, line_begins = begin, b"", True, True
    held: bytearray | None = None
    while chunk := file.readline(_CHUNK):
        if line_begins and _is_begin(chunk, blank):
            if at > begin:
                yield _piece(begin, at, first, held, last=False)
            begin, first, held = at, chunk, bytearray()
        elif held is not None:
            held += chunk[: max(0, LARGEST + 1 - len(held))]
        at += len(chunk)
        blank = line_begins and not chunk.strip()
        line_begins = chunk.endswith(b"\n")
    if at > begin:
        yield _piece(begin, at, first, held, last=True)


def is_locked(path: Path) -> bool:
    """Say whether a mail program holds the lock of an mbox: a file beside it, or the system's."""
    if path.with_name(f"{path.name}.lock").exists():
        return True
    with suppress(ImportError):
        import fcntl

        with path.open("rb") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:  # a file system without locks: nobody can hold one
                return False
    return False


def _is_begin(line: bytes, after_blank: bool) -> bool:
    if not line.startswith(b"From "):
        return False
    return bool(_BEGIN.fullmatch(line) or (after_blank and _LIKELY.fullmatch(line)))


def _piece(begin: int, end: int, first: bytes, held: bytearray | None, *, last: bool) -> Piece:
    mail = None if held is None else _QUOTED.sub(rb"\1", bytes(held))
    return Piece(begin, end, mail, _delivered(first.decode("latin-1")), last)


def _delivered(line: str) -> datetime | None:
    found = _DATE.search(line)
    if found is None:
        return None
    month, day, time, year = found.groups()
    text = f"{month} {day} {time if time.count(':') == 2 else time + ':00'} {year}"
    try:
        return datetime.strptime(text, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
