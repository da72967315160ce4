"""Names in text: which stored names a message says, as whole words, the longest first.

Comparison is by NFKC and case folding, and what a word is says `words`. A name may be written
without its accents where no other one is spelt like that. Scripts without spaces between words, and
emoji, are found inside text.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from usermind.memory.words import characters, cuts, runs_on, words

LONGEST = 8
"""Words of a name that are compared; longer names are found by their first ones."""
READ = 4_000
"""Characters at the beginning and at the end of a text in which names are looked for: there it says
what it is about, and what is between them in a longer one is mostly pasted."""
YEAR = re.compile(r"\s*\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)\s*$")
"""The year behind a title, or the first and the last of a series."""
ALSO_WORDS = frozenset(
    {
        "will", "may", "mark", "bill", "art", "grace", "hope", "joy", "rose", "faith", "june",
        "april", "august", "pat", "rob", "sue", "jack", "drew", "chase", "chip", "summer", "sunny",
        "hunter", "frank", "miles", "dawn", "ivy", "max", "dot", "star", "lucky", "happy", "honey",
        "king", "queen", "baby", "it", "i", "me", "my", "he", "she", "they", "we", "you", "is",
        "am", "are", "do", "can", "so", "no", "an", "a", "the", "in", "on", "or", "and", "see",
        "ed",
    }
)  # fmt: skip
"""Names that are words too: they count only where they are written with a capital."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that names something."""

    text: str
    start: int
    """Characters of the text as it was given."""
    end: int
    keys: tuple[str, ...]
    """What it may name, sorted; more than one: it is ambiguous."""

    @property
    def ambiguous(self) -> bool:
        """Whether several things go by this name."""
        return len(self.keys) > 1


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which a name is looked for."""

    fold: str
    exact: bool
    spaced: bool


def spellings(names: Iterable[str]) -> list[Spelling]:
    """Return the ways in which names are looked for, without repeats, the exact ones first."""
    found: dict[str, Spelling] = {}
    for exact in (True, False):
        for name in names:
            shown = folded(name) if exact else bare(folded(name))
            spaced = _is_spaced(shown)
            fold = " ".join(_parts(shown)[:LONGEST]) if spaced else shown
            if fold and fold not in found:
                found[fold] = Spelling(fold, exact, spaced)
    return list(found.values())


def says(text: str, names: Iterable[str]) -> bool:
    """Return whether a text holds one of these names, in any case, with or without accents.

    For what `mentions` does not know, because no concept is called so any more.
    """
    seen = folded(text[:READ])
    runs = [f" {' '.join(_parts(run))} " for run in (seen, bare(seen))]
    return any(
        any(f" {each.fold} " in run for run in runs)
        and (each.fold not in ALSO_WORDS or each.fold.capitalize() in text)
        if each.spaced
        else each.fold in seen
        for each in spellings(names)
    )


def folded(name: str) -> str:
    """Return a name as it is compared: NFKC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def without_year(title: str) -> str:
    """Return a title without the year, or the years, behind it.

    >>> without_year("Alien (1979)"), without_year("Dark (2017–2020)")
    ('Alien', 'Dark')
    """
    return YEAR.sub("", title)


def bare(fold: str) -> str:
    """Return a name without the accents of Latin, Greek and Cyrillic letters."""
    parts = unicodedata.normalize("NFD", fold)
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", parts))


def mentions(connection: sqlite3.Connection, text: str) -> list[Mention]:
    """Return which concepts a text names, in its order; stretches do not overlap.

    Args:
        connection: The user's file.
        text: A message; its first and its last `READ` characters are looked at.
    """
    if connection.execute("SELECT 1 FROM concept_name LIMIT 1").fetchone() is None:
        return []  # most users name nothing, and every turn asks
    starts = (0,) if len(text) <= 2 * READ else (0, len(text) - READ)
    size = 2 * READ if len(starts) == 1 else READ
    found = [
        replace(item, start=start + item.start, end=start + item.end)
        for start in starts
        for item in _standing(connection, text[start : start + size])
    ]
    # Also where a stretch of a long text begins or ends within a word.
    found = [item for item in found if not (cuts(text, item.start) or cuts(text, item.end))]
    found.sort(key=lambda item: (item.start - item.end, item.start))
    chosen: list[Mention] = []
    for item in found:
        if all(item.end <= other.start or other.end <= item.start for other in chosen):
            chosen.append(item)
    return sorted(chosen, key=lambda item: item.start)


def _standing(connection: sqlite3.Connection, text: str) -> list[Mention]:
    return [*_spaced(connection, text), *_inside(connection, text)]


def _spaced(connection: sqlite3.Connection, text: str) -> list[Mention]:
    places = words(text)
    folds = [_parts(folded(text[start:end])) for start, end in places]
    runs: dict[tuple[int, int], str] = {}
    for first in range(len(places)):
        for size in range(1, min(LONGEST, len(places) - first) + 1):
            span = (places[first][0], places[first + size - 1][1])
            runs[span] = " ".join(part for fold in folds[first : first + size] for part in fold)
    named = _keys(connection, list(dict.fromkeys(runs.values())))
    # What nothing is called with its accents may be called so without them.
    without = {run: bare(run) for run in runs.values() if not run.isascii() and run not in named}
    plain = _keys(connection, list(without.values()))
    named |= {run: plain[fold] for run, fold in without.items() if fold in plain}
    return [
        Mention(text[start:end], start, end, named[run])
        for (start, end), run in runs.items()
        if run in named and (run not in ALSO_WORDS or text[start].isupper())
    ]


def _inside(connection: sqlite3.Connection, text: str) -> list[Mention]:
    rows = connection.execute("SELECT DISTINCT fold FROM concept_name WHERE spaced = 0").fetchall()
    if not rows:
        return []
    plain, begins, ends = _aligned(text)
    standing = [fold for (fold,) in rows if fold in plain]
    return [
        Mention(text[begins[place] : ends[last]], begins[place], ends[last], keys)
        for fold, keys in _keys(connection, standing).items()
        for place in (hit.start() for hit in re.finditer(re.escape(fold), plain))
        if place in begins and (last := place + len(fold)) in ends
    ]


def _aligned(text: str) -> tuple[str, dict[int, int], dict[int, int]]:
    """Return a text folded, and where in the text each of its characters begins and ends."""
    plain = ""
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    for start, end in characters(text):
        fold = unicodedata.normalize("NFKC", text[start:end]).casefold()
        if fold.isspace():
            fold = "" if plain.endswith(" ") else " "
        if fold:
            begins[len(plain)] = start
            plain += fold
        ends[len(plain)] = end
    return plain, begins, ends


def _keys(connection: sqlite3.Connection, folds: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what goes by each name; by an exact spelling only, where anything does."""
    named: dict[str, dict[bool, set[str]]] = {}
    for start in range(0, len(folds), 500):  # SQLite limits the values of one statement
        part = folds[start : start + 500]
        for fold, key, exact in connection.execute(
            "SELECT n.fold, c.key, n.exact FROM concept_name n JOIN concept c "
            f"ON c.id = n.concept_id WHERE n.fold IN ({','.join('?' * len(part))})",
            part,
        ):
            named.setdefault(fold, {}).setdefault(bool(exact), set()).add(key)
    return {fold: tuple(sorted(by.get(True) or by[False])) for fold, by in named.items()}


def _is_spaced(fold: str) -> bool:
    return bool(words(fold)) and not runs_on(fold)


def _parts(fold: str) -> list[str]:
    return [fold[start:end] for start, end in words(fold)]
