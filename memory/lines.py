"""Lines of JSON, each an observation: read one by one, the bad ones told with their place.

    {"text": "I moved to Oslo.", "at": "2026-05-04T09:30:00+02:00", "author": "user",
     "source": "chat", "session": "s1", "id": "s1:1"}

`text` is required.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO, Literal, get_args

from usermind.errors import InvalidInputError
from usermind.memory.journal import USER, Draft
from usermind.memory.text import checked
from usermind.types import Tier

MAX_LINE = 8 * 1024 * 1024
"""Longest line in bytes: the longest text of an observation, every character escaped."""
EXAMPLE = "2026-05-04T09:30:00+02:00"

_FIELDS = {"text", "at", "author", "source", "session", "id", "tier"}


@dataclass(frozen=True, slots=True)
class Line:
    """One observation as it was read."""

    place: str
    """Where it stands, in words: `"line 17"`."""
    end: int
    """Bytes of the file up to its end."""
    draft: Draft
    naive: bool = False
    """Whether its time named no zone, so that it was taken as local time."""
    ignored: tuple[str, ...] = ()
    """Fields that nothing was done with."""
    number: int = 0
    """Its place among the lines, from 1; 0 where what was read has no lines."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be stored."""

    place: str
    end: int
    reason: str
    """What is wrong and what to do; never the line's text."""
    number: int = 0


def read_lines(
    file: BinaryIO,
    *,
    source: str = "import",
    end: int = 0,
    number: int = 0,
    growing: bool = False,
) -> Iterator[Line | BadLine]:
    """Yield what each line holds; blank lines are passed over.

    Args:
        file: Opened for bytes, since one line that is not UTF-8 must not spoil the others. It
            stands where the first line to read begins.
        source: Where lines come from that do not say so.
        end: Bytes of the file before that.
        number: Lines of the file before that.
        growing: Whether somebody is writing to the file, so that a last line without its line break
            is not all of a line and is left alone.
    """
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        end += len(raw)
        too_long = len(raw) > MAX_LINE
        while too_long and not raw.endswith(b"\n") and (raw := file.readline(MAX_LINE)):
            end += len(raw)
        if growing and not raw.endswith(b"\n"):
            return
        place = f"line {number}"
        if too_long:
            limit = MAX_LINE // 1024 // 1024
            yield BadLine(place, end, f"longer than {limit} MiB; split it into several", number)
        elif raw.strip():
            whole = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            yield replace(_line(whole, place, end, source), number=number)


def _line(raw: bytes, place: str, end: int, source: str) -> Line | BadLine:
    try:
        record = json.loads(raw.decode("utf-8"))
        if not isinstance(record, dict):
            raise InvalidInputError(f"a JSON object was expected, not {_kind(record)}")
        at = _time(record.get("at"))
        author = _text(record, "author")
        draft = Draft(
            text=checked(_text(record, "text", required=True)),
            at=at,
            # One that is empty is refused below: whoever wrote it, it is not the user's own word.
            author=USER if author is None else author,
            source=_text(record, "source") or source,
            session=_text(record, "session"),
            external_id=_text(record, "id"),
            tier=_tier(record.get("tier")),
        )
    except UnicodeDecodeError as error:
        return BadLine(place, end, f"not UTF-8 at byte {error.start + 1}; convert the file first")
    except json.JSONDecodeError as error:
        return BadLine(place, end, f"not JSON at character {error.pos + 1}: {error.msg}")
    except RecursionError:
        return BadLine(place, end, "not JSON that can be read: nested too deeply")
    except InvalidInputError as error:
        return BadLine(place, end, str(error))
    except ValueError:  # an integer of thousands of digits, which Python refuses to read
        return BadLine(place, end, "not JSON that can be read: a number is too long")
    naive = at is not None and at.tzinfo is None
    return Line(place, end, draft, naive, tuple(sorted(record.keys() - _FIELDS)))


def _text(record: dict[str, object], name: str, *, required: bool = False) -> str | None:
    value = record.get(name)
    if value is None and not required:
        return None
    if value is None:
        raise InvalidInputError("`text` is missing")
    if isinstance(value, int) and not isinstance(value, bool) and name in ("id", "session"):
        return str(value)  # ids are numbers in many exports
    if not isinstance(value, str):
        raise InvalidInputError(f"`{name}` must be a string, not {_kind(value)}")
    return value


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            raise InvalidInputError(f"`at` must be a time like {EXAMPLE!r}, not {_kind(value)}")
        at = datetime.fromisoformat(value)
        at.astimezone(UTC)  # the first and last day of the calendar have no UTC
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(
            f"`at` is not a time that can be read; write it like {EXAMPLE!r}"
        ) from None
    return at


def _tier(value: object) -> Tier | None:
    if value is None:
        return None
    known: tuple[Tier, ...] = get_args(Tier)
    for tier in known:
        if value == tier:
            return tier
    raise InvalidInputError(f"`tier` must be one of {', '.join(known)}")


Named = Literal["null", "a boolean", "a number", "a string", "a list", "an object"]


def _kind(value: object) -> Named:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
    return "an object"
