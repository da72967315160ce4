"""Works by their titles: what people call them, and whether texts call them so.

The catalogue that a title comes from is not known here (`tools.titles` knows it): this tells what
of a text speaks of a work that the user judged or was shown.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from usermind.memory.naming import (
    ALSO_WORDS,
    LONGEST,
    Spelling,
    bare,
    folded,
    spellings,
    without_year,
)
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.words import words

Whole = Literal[0, 1, 2]
"""0: the title as it is; 1: without its article, or another title that it gives; 2: a part."""
How = Literal["surely", "perhaps", "loosely"]
"""How a text names a work. surely: by several words, or by one in quotation marks, with its year
or by itself. perhaps: by one word as the title writes it, or by a part of the title: "Oslo" may be
the town. loosely: by a word in other letters, as in "too much heat"."""

_ASIDE = re.compile(r"\s*\(([^()]+)\)")
_KNOWN_AS = re.compile(r"^(?:a\.?k\.?a\.?:?|or)\s+", re.IGNORECASE)
_CUT = re.compile(r":\s+|\s+[-–—]\s+")
_BEHIND = re.compile(
    r"^(?P<name>.+), (?P<article>The|A|An|Le|La|Les|L'|Il|El|Los|Las|Lo|Der|Die|Das|Ein|Eine|Un|"
    r"Une|Una|O|Os|Den|Det|De|En)$"
)
_BEFORE = re.compile(r"^(?:The|A|An) (?=\S)", re.IGNORECASE)
_NUMBERED = frozenset(("part", "episode", "chapter", "volume", "vol", "season", "book"))
_JOINED = re.compile(r"\b(\w+)-(\w+)\b")

_OPEN, _SHUT = "“‘«„\"'「『*_", "”’»“\"'」』*_"
_BEGUN = rf"(?:[\w,;:’'] |[{_OPEN}(]|(?:^|\n)[ \t]*(?:\d+[.)]|[-*•])[ \t]+)"
"""What stands before a name within a sentence, or as an item of a list."""
_KNOWN = 4_096
"""Titles whose names are kept: folding them takes longer than looking for them."""


def called(title: str) -> Iterator[tuple[str, Whole]]:
    """Yield what a work is called, as people write it, and how much of the title that is.

    >>> list(called("Matrix, The (1999)"))
    [('The Matrix', 0), ('Matrix, The', 1)]
    >>> list(called("Star Wars: A New Hope"))
    [('Star Wars: A New Hope', 0), ('Star Wars', 2), ('A New Hope', 2)]
    """
    name = without_year(title)
    asides = [_KNOWN_AS.sub("", aside.strip()) for aside in _ASIDE.findall(name)]
    main = " ".join(_ASIDE.sub("", name).split()) or name
    for place, each in enumerate([main, *asides]):
        full = _article_first(each)
        whole: Whole = 1 if place else 0
        yield full, whole
        if full != each:
            yield each, 1  # as the catalogue shows it
        if "-" in full:
            yield _JOINED.sub(r"\1\2", full), 1
        yield from ((part, 2) for part in _parts(each))
    if asides:
        yield name, 1


def _article_first(title: str) -> str:
    match = _BEHIND.match(title)
    if match is None:
        return title
    gap = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{gap}{match['name']}"


def _parts(title: str) -> Iterator[str]:
    """Yield what a title is called before and after its colon or dash.

    The part behind is a name only where it has two words that say something: "A New Hope" is one,
    "Part 2" and "The Movie" are none.
    """
    match = _BEHIND.match(title)
    pieces = _CUT.split(match["name"] if match else title)
    if len(pieces) == 1:
        return
    head = re.sub(r"\s+(?:or|and)$", "", pieces[0])
    yield f"{match['article']} {head}" if match else head
    tail = pieces[-1]
    saying = _telling(_words(folded(tail)))
    if len(saying) >= 2 and saying[0] not in _NUMBERED and not all(map(str.isdigit, saying)):
        yield tail


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a work, ready to be looked for."""

    text: str
    part: bool
    loose: bool
    """Whether it counts in any letters, and wherever it stands."""
    sure: bool
    """Whether it has several words that say something, so that it is hardly said by chance."""
    spellings: tuple[Spelling, ...]


@lru_cache(maxsize=_KNOWN)
def names_of(title: str) -> tuple[Name, ...]:
    """Return the names by which texts are searched for a work, the whole title first."""
    found: dict[str, Name] = {}
    for text, whole in called(title):
        short = _BEFORE.sub("", text)
        for each in dict.fromkeys((text, short)):
            telling = _telling(_words(folded(each)))
            cut = whole == 2 or each != text
            found.setdefault(
                each,
                Name(
                    text=each,
                    part=whole == 2,
                    loose=" " in each if cut else not _is_ordinary(each),
                    sure=len(telling) >= 2,
                    spellings=tuple(spellings([each])),
                ),
            )
    return tuple(found.values())


class Texts:
    """Some texts, searched for works that they speak of."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._said = "\n".join(texts)
        fold = folded(self._said)
        self._folds = (fold, bare(fold))
        self._runs = tuple(f" {' '.join(_words(each))} " for each in self._folds)

    @property
    def words(self) -> frozenset[str]:
        """Their words, folded, with their accents and without."""
        return frozenset(word for run in self._runs for word in run.split())

    def name(self, title: str) -> bool:
        """Say whether they hold a title, or what a work of it is called, as whole words.

        A name that is an ordinary word ("It", "Her"), or one word without its article, counts only
        as the title writes it, and where no sentence begins with it.
        """
        return self.how(title) is not None

    def how(self, title: str, *, parts: bool = True) -> How | None:
        """Return how surely they name a work; None: they do not.

        Args:
            title: Of the work.
            parts: Whether a part of the title, before its colon or behind it, counts.
        """
        names = (name for name in names_of(title) if parts or not name.part)
        found = {self._how(name) for name in names if self._hold(name)}
        order: tuple[How, ...] = ("surely", "perhaps", "loosely")
        return next((how for how in order if how in found), None)

    def touch(self, title: str) -> bool:
        """Say whether they hold a title or any word of it that is no ordinary one."""
        telling = _telling(_words(bare(folded(title))))
        return self.name(title) or any(f" {word} " in self._runs[1] for word in telling)

    def _hold(self, name: Name) -> bool:
        return any(
            any(f" {each.fold} " in run for run in self._runs)
            if each.spaced
            else any(each.fold in fold for fold in self._folds)
            for each in name.spellings
        )

    def _how(self, name: Name) -> How | None:
        """Return how surely a name that they hold is meant."""
        exact = re.escape(name.text)
        if self._said.strip() == name.text or self._is_marked(exact):
            return "perhaps" if name.part else "surely"
        if not name.loose:
            return "perhaps" if re.search(rf"{_BEGUN}{exact}(?!\w)", self._said) else None
        if name.part or not name.spellings[0].spaced:
            return "perhaps"  # within other letters it may be a part of another word
        if name.sure or self._runs[0].strip() == name.spellings[0].fold:
            return "surely"
        written = re.search(rf"(?<!\w){exact}(?!\w)", self._said) is not None
        if " " in name.text:
            return "surely" if written else "perhaps"
        return "perhaps" if written else "loosely"

    def _is_marked(self, exact: str) -> bool:
        """Say whether a name stands in quotation marks, or with a year."""
        quoted = rf"[{_OPEN}]{exact}[.,!?]?[{_SHUT}]"
        return re.search(rf"{quoted}|(?<!\w){exact},? \(?\d{{4}}(?!\w)", self._said) is not None


class Hints:
    """What a text must hold to name any of some titles, looked for before it is read word by word.

    >>> hints = Hints(["Heat (1995)"])
    >>> hints.pass_by("I live in Oslo."), hints.pass_by("Heat again.")
    (True, False)
    """

    def __init__(self, titles: Iterable[str]) -> None:
        names = {name for title in titles for name in words_of(title)}
        self._words = {max(name, key=len, default="") for name in names}

    def pass_by(self, text: str) -> bool:
        """Say whether a text surely names none."""
        if not text.isascii():
            return False  # its letters may be written in several ways
        fold = text.casefold()
        return not any(word in fold for word in self._words)


def words_of(title: str) -> frozenset[tuple[str, ...]]:
    """Return the words of each name of a work: a text that names it holds all of one of them.

    Folded and without accents; in a script without spaces they may stand inside a longer one.
    """
    names = {name for text, _ in called(title) for name in (text, _BEFORE.sub("", text))}
    return frozenset(tuple(_words(bare(folded(name)))[:LONGEST]) for name in names)


def is_ordinary(title: str) -> bool:
    """Say whether a title is a word, or several, that anybody says: "It", "Her", "Hope".

    >>> is_ordinary("It (1990)"), is_ordinary("Heat (1995)")
    (True, False)
    """
    return _is_ordinary(without_year(title))


def _is_ordinary(name: str) -> bool:
    fold = folded(name)
    return fold in ALSO_WORDS or not _telling(_words(fold))


def _telling(found: Iterable[str]) -> list[str]:
    return [word for word in found if word not in STOP_WORDS]


def _words(fold: str) -> list[str]:
    return [fold[start:end] for start, end in words(fold)]
