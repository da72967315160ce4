"""Spans of years in a text: "from the 90s", "older than 2000", "between 1980 and 1995". English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DECADES = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990,
}  # fmt: skip
_Y = r"(?:18|19|20)\d\d"
_PART = r"(?:(?:early|mid|late)[ -])?"
_YD = rf"(?:{_Y}|[2-9]0(?=['’]?s))"
"""A year, or a decade without its century."""
_NOT = (
    r"(?:\b(?P<{name}>(?:not|no|never|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|"
    r"shouldn['’]t)(?: be| been| being| any| much| made| released| from| shot| set| filmed)*) )?"
)
"""What turns a bound around: "not older than 2010" is of 2010 or later."""
_SPANS = re.compile(
    rf"\b(?:between|from)\s+(?P<from>{_Y})\s+(?:and|to|until|till|through)\s+(?P<to>{_Y})\b|"
    rf"\b(?P<first>{_Y})\s*[-–]\s*(?P<last>{_Y})\b|"
    rf"{_NOT.format(name='nu')}\b(?P<upto>(?:from |made |released )*"
    rf"(?:before|older than|earlier than|prior to|pre-?))\s*(?:the )?(?P<b>{_YD})(?P<bs>['’]?s)?\b|"
    rf"{_NOT.format(name='ns')}\b(?P<since>(?:from |made |released )*(?:since|after|"
    rf"newer than|later than|more recent than|"
    rf"post-?|younger than))\s*(?:the )?(?P<a>{_YD})(?P<as>['’]?s)?\b|"
    rf"\b(?P<onward>from\s+(?P<o>{_Y})\s+(?:on|onwards?|or later))\b|"
    rf"\b{_PART}(?P<decade>{_Y[:-4]}\d0)['’]?s\b|"
    rf"(?<![\w.])['’]?{_PART}(?P<short>[2-9]0)['’]?s\b(?! old)|"
    rf"\b{_PART}(?P<spelt>{'|'.join(_DECADES)})\b|"
    rf"\b(?:from|of|in|made in|released in)\s+(?P<year>{_Y})\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:my|his|her|their|our|your|in (?:his|her|their|my|our)) $", re.IGNORECASE)
"""Before decades of a life: "she is in her nineties"."""


@dataclass(frozen=True, slots=True)
class Years:
    """A span of years that a text names."""

    least: int | None
    """The first year; None: from the beginning."""
    most: int | None
    start: int
    end: int

    @property
    def is_year(self) -> bool:
        """Whether it is one year, as "in 1994" is, which may well date something else."""
        return self.least is not None and self.least == self.most


def years_in(text: str) -> Iterator[Years]:
    """Yield the spans of years that a text names, in order.

    >>> [(each.least, each.most) for each in years_in("a film from the 90s, or before 1980")]
    [(1990, 1999), (None, 1979)]
    """
    for match in _SPANS.finditer(text):
        if _OWN.search(text[: match.start()]):
            continue
        least, most = _bounds(match)
        yield Years(least, most, match.start(), match.end())


def _bounds(match: re.Match[str]) -> tuple[int | None, int | None]:
    if match["from"]:
        return _sorted(match["from"], match["to"])
    if match["first"]:
        return _sorted(match["first"], match["last"])
    if match["upto"]:
        begin = _year(match["b"])
        return (begin, None) if match["nu"] else (None, begin - 1)
    if match["since"]:
        # After the nineties is after the last of them.
        begin = _year(match["a"]) + (10 if match["as"] else 1)
        if match["since"].lower().endswith("since"):
            begin = _year(match["a"])
        return (None, begin - 1) if match["ns"] else (begin, None)
    if match["onward"]:
        return int(match["o"]), None
    if match["year"]:
        return int(match["year"]), int(match["year"])
    return _decade(match)


def _decade(match: re.Match[str]) -> tuple[int, int]:
    if match["decade"]:
        begin = int(match["decade"])
    elif match["short"]:
        begin = _year(match["short"])
    else:
        begin = _DECADES[match["spelt"].lower()]
    return begin, begin + 9


def _year(digits: str) -> int:
    return int(digits) + (1900 if len(digits) == 2 else 0)


def _sorted(one: str, other: str) -> tuple[int, int]:
    return min(int(one), int(other)), max(int(one), int(other))
