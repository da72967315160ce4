"""How much of a mail is taken apart: what is written to keep a reader busy is cut off.

The standard library's parser compares each line with the boundary of every part that is open, and
takes a time that grows with the square of a header's length.
"""

import re
from itertools import islice
from typing import Final

MOST_PARTS: Final = 5_000
"""Lines that may begin a part."""
MOST_INSIDE: Final = 50
"""Parts that may have parts."""
MOST_LINES: Final = 500_000
LONGEST_HEADER: Final = 2_000
"""Bytes of a header that says what a part is."""
MOST_HEADERS: Final = 200_000
"""Bytes of all those."""

_BOUNDARY: Final = re.compile(rb"\bboundary(?:\*\d*)?\*?[ \t]*=", re.IGNORECASE)
_CUTS: Final = (
    (re.compile(rb"^--", re.MULTILINE), MOST_PARTS, "parts"),
    (_BOUNDARY, MOST_INSIDE, "parts that have parts"),
    (re.compile(rb"\n"), MOST_LINES, "lines"),
)
_SAYS_WHAT: Final = re.compile(
    rb"^Content-(?:Type|Disposition|Transfer-Encoding)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*",
    re.MULTILINE | re.IGNORECASE,
)


def bounded(raw: bytes) -> tuple[bytes, list[str]]:
    """Return as much of a mail as can be taken apart, and what was left out, in words."""
    doubts: list[str] = []
    if _BOUNDARY.search(raw):
        for pattern, most, what in _CUTS:
            if beyond := next(islice(pattern.finditer(raw), most, None), None):
                raw = raw[: beyond.start()]
                doubts.append(f"it has more than {most:,} {what}; the first were read")
    room, cut = MOST_HEADERS, False

    def short(found: re.Match[bytes]) -> bytes:
        nonlocal room, cut
        kept = found[0][: max(0, min(LONGEST_HEADER, room))]
        room -= len(kept)
        cut |= len(kept) < len(found[0])
        return kept or b"X:"

    raw = _SAYS_WHAT.sub(short, raw)
    if cut:
        doubts.append("what it says of its parts is too long; the beginning of that was read")
    return raw, doubts
