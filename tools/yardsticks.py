"""Yardsticks: items of the catalogue that a message compares with. English.

    "a film older than Jaws"       → "a film older than 1975"
    "like The Matrix but shorter"  → "like The Matrix but shorter than 136 minutes"

Said as a year or as minutes, it is a condition like any other. What no item tells, and what cannot
be measured, is left as it is and told to the user: it makes no condition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from usermind.tools.cue_patterns import SAID
from usermind.tools.mentions import ItemMention, Mentions
from usermind.tools.orders import By, Measures

_WAYS: Final[dict[str, tuple[By, str]]] = {
    "older": ("year", "older"), "earlier": ("year", "older"), "less recent": ("year", "older"),
    "less modern": ("year", "older"), "newer": ("year", "newer"), "later": ("year", "newer"),
    "younger": ("year", "newer"), "more recent": ("year", "newer"),
    "more modern": ("year", "newer"), "less old": ("year", "newer"),
    "shorter": ("length", "shorter"), "less long": ("length", "shorter"),
    "longer": ("length", "longer"), "less short": ("length", "longer"),
}  # fmt: skip
_WAY: Final = "|".join(_WAYS)
_MADE: Final = r"(?:made|released|filmed|shot|produced|published|written|from)"
_THAN: Final = re.compile(
    rf"(?:\b(?P<way>{_WAY}) than|\b{_MADE} (?P<time>before|after))\s+[\"“'‘]?$", re.IGNORECASE
)
_BUT: Final = re.compile(
    rf"\s*(?:\(\d{{4}}\))?[\"”'’]?\s*(?:\(\d{{4}}\))?(?:,? please)?,? "
    rf"(?:but|only|just|and) (?:(?:a|bit|little|lot|much|slightly|somewhat|far) )*"
    rf"(?P<way>{_WAY})(?! than\b)\b(?=\s*(?:$|[,;.!?]|(?:and|or|but|"
    r"please|with|for|from|in|by)\b))",
    re.IGNORECASE,
)
_LIKE: Final = re.compile(r"\b(?:like|similar to|as good as)\s+[\"“'‘]?(?:the )?$", re.IGNORECASE)
_STATED: Final = re.compile(
    r"(?:^|[.!?;,:]\s*|\b(?:and|but|that|think|know|because) )(?!(?:something|anything|one|a|an)\b)"
    r"[\w'’ -]*\b(?:is|was|are|were|am|i['’]m|it['’]s|he['’]s|she['’]s)(?:n['’]t| not)?"
    r"(?: \w+)? $",
    re.IGNORECASE,
)
_WANTED: Final = re.compile(
    r"\b(?:films?|movies?|books?|something|anything|nothing|ones?|stuff|that|which)\b[^.!?;]*$",
    re.IGNORECASE,
)
_BESIDE: Final = re.compile(
    r"\b(?P<how>(?!other|rather|better|more|less)\w+er than|(?:more|less) \w+ than|"
    r"(?:just |about )?as (?!good\b)\w+ as|the same (?:year|length|age|decade|time|era) as|"
    r"(?:more|less|better|worse) than)\s+[\"“'‘]?$",
    re.IGNORECASE,
)
_UNKNOWN: Final = re.compile(
    rf"\b(?:(?i:{_WAY}) than|(?i:{_MADE} (?:before|after)))\s+[\"“'‘]?(?P<name>[A-Z][\w'’-]+"
    r"(?: [A-Z][\w'’-]+)*)"
)
_NO_NAME: Final = re.compile(
    r"(?:I|Me|Mine|That|This|These|Those|It|The|My|Your|Two|Three|One|An?|World|Christmas|January|"
    r"February|March|April|May|June|July|August|September|October|November|December)\b"
)
_MISSING: Final[dict[By, str]] = {
    "year": "nothing here tells how old that is",
    "length": "nothing here tells how long that is",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A message with what it compares with items said in numbers."""

    text: str
    untold: tuple[tuple[str, str], ...] = ()
    """What could not be said so, and why; it holds the user's words."""


def measured(message: str, mentions: Mentions, measures: Measures) -> Measured:
    """Return a message with the years and lengths of the items that it compares with.

    What a message tells, "Heat is older than Jaws", is no wish and stays as it is.
    """
    if _MAY.search(message) is None:
        return Measured(message)
    named = mentions.find(message)
    changes: list[tuple[int, int, str]] = []
    untold: list[tuple[str, str]] = []
    for mention in named.items:
        before, behind = message[: mention.start], message[mention.end :]
        if (than := _THAN.search(before)) and _is_wish(before[: than.start()]):
            by, way = _of(than["way"] or than["time"])
            number = _number(mention, by, mentions, measures)
            if number is None:
                untold.append((message[than.start() : mention.end], _MISSING[by]))
                continue
            closing = re.match(r"[\"”'’](?!s\b)|\s*\(\d{4}\)", behind)
            end = mention.end + (closing.end() if closing else 0)
            changes.append((than.start(), end, _said(way, number, by)))
        elif (but := _BUT.match(behind)) and _LIKE.search(before):
            by, way = _of(but["way"])
            number = _number(mention, by, mentions, measures)
            if number is None:
                untold.append((but["way"], _MISSING[by]))
                continue
            start, end = (mention.end + at for at in but.span("way"))
            changes.append((start, end, _said(way, number, by)))
        elif (beside := _BESIDE.search(before)) and _is_wish(before[: beside.start()]):
            words = message[beside.start() : mention.end]
            if any(beside.start() <= each.start < mention.start for each in named.values):
                words = words[words.lower().index("than") :]  # "funnier" is heard
            untold.append((words, "nothing here compares items by that"))
    for match in _UNKNOWN.finditer(message):
        known = any(each.start < match.end() and match.start() < each.end for each in named.all)
        if not (known or _NO_NAME.match(match["name"])) and _is_wish(message[: match.start()]):
            untold.append((match[0], "nothing here is called so"))
    for start, end, said in sorted(changes, reverse=True):
        message = f"{message[:start]}{said}{message[end:]}"
    return Measured(message, tuple(untold))


_MAY: Final = re.compile(
    rf"\b(?:than|{_WAY}|{_MADE} (?:before|after)|as \w+ as|the same \w+ as)\b", re.IGNORECASE
)
"""Words without which nothing is compared."""


def _of(word: str) -> tuple[By, str]:
    return _WAYS[{"before": "older", "after": "newer"}.get(word.lower(), word.lower())]


def _number(mention: ItemMention, by: By, mentions: Mentions, measures: Measures) -> int | None:
    row = mentions.items.row(mention.item_id)
    if row is None or by not in measures:
        return None
    number = float(measures.numbers[by][row])
    return round(number) if np.isfinite(number) else None


def _said(way: str, number: int, by: By) -> str:
    return f"{way} than {number}{' minutes' if by == 'length' else ''}"


def _is_wish(before: str) -> bool:
    """Say whether a comparison is of what is asked for, and tells nothing of something else."""
    cue = SAID.before(f"{before}x", len(before))
    if cue is not None and cue.kind in ("like", "dislike", "seen"):
        return False
    sentence = re.split(r"[.!?;\n]", before)[-1]
    return bool(_WANTED.search(sentence)) or not _STATED.search(sentence)
