"""Works by their titles: what people call them, and whether texts call them so.

The catalogue that a title comes from is not known here (`tools.titles` knows it): this tells what
of a user's own words speaks of a work that they judged.
"""

import re
from collections.abc import Iterable, Iterator

from usermind.memory.naming import ALSO_WORDS, bare, folded, spellings, without_year
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.words import words

_ASIDE = re.compile(r"\s*\(([^()]+)\)")
_KNOWN_AS = re.compile(r"^(?:a\.?k\.?a\.?:?|or)\s+", re.IGNORECASE)
_CUT = re.compile(r":\s+|\s+[-–—]\s+")
_BEHIND = re.compile(r"^(?P<name>.+), (?P<article>The|A|An|Le|La|Les|Il|El|Los|Las|Der|Die|Das)$")
_BEFORE = re.compile(r"^(?:The|A|An) (?=\S)", re.IGNORECASE)


class Texts:
    """Some texts, searched for works that they speak of."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._said = "\n".join(texts)
        fold = folded(self._said)
        self._folds = (fold, bare(fold))
        self._runs = tuple(f" {' '.join(_words(each))} " for each in self._folds)

    def name(self, title: str) -> bool:
        """Say whether they hold a title, or what a work of it is called, as whole words.

        A name that is an ordinary word ("It", "Her"), or one word without its article, counts only
        as the title writes it, and where no sentence begins with it.
        """
        return any(
            self._hold(name) if loose else self._hold_as_written(name)
            for name, loose in _called(title)
        )

    def touch(self, title: str) -> bool:
        """Say whether they hold a title or any word of it that is no ordinary one."""
        telling = {word for word in _words(bare(folded(title))) if word not in STOP_WORDS}
        return self.name(title) or any(f" {word} " in self._runs[1] for word in telling)

    def _hold(self, name: str) -> bool:
        return any(
            any(f" {each.fold} " in run for run in self._runs)
            if each.spaced
            else any(each.fold in fold for fold in self._folds)
            for each in spellings([name])
        )

    def _hold_as_written(self, name: str) -> bool:
        before = r"(?:[\w,;:’'] |[“‘«(\"])"
        return re.search(rf"{before}{re.escape(name)}(?!\w)", self._said) is not None


class Hints:
    """What a text must hold to name any of some titles, looked for before it is read word by word.

    >>> hints = Hints(["Heat (1995)"])
    >>> hints.pass_by("I live in Oslo."), hints.pass_by("Heat again.")
    (True, False)
    """

    def __init__(self, titles: Iterable[str]) -> None:
        names = [_words(bare(folded(name))) for title in titles for name, _ in _called(title)]
        self._words = {max(name, key=len, default="") for name in names}

    def pass_by(self, text: str) -> bool:
        """Say whether a text surely names none."""
        if not text.isascii():
            return False  # its letters may be written in several ways
        fold = text.casefold()
        return not any(word in fold for word in self._words)


def _called(title: str) -> Iterator[tuple[str, bool]]:
    """Yield what a work is called, and whether that counts in any case."""
    name = without_year(title)
    main = " ".join(_ASIDE.sub("", name).split()) or name
    asides = (_KNOWN_AS.sub("", aside.strip()) for aside in _ASIDE.findall(name))
    for each in (main, *asides):
        behind = _BEHIND.match(each)
        whole = f"{behind['article']} {behind['name']}" if behind else each
        pieces = _CUT.split(behind["name"] if behind else each)
        yield whole, _is_telling(whole)
        for place, piece in enumerate((whole, *(pieces if len(pieces) > 1 else ()))):
            short = _BEFORE.sub("", piece)
            if short != whole and (place < 2 or " " in short):
                yield short, " " in short


def _is_telling(name: str) -> bool:
    fold = folded(name)
    return fold not in ALSO_WORDS and not all(word in STOP_WORDS for word in fold.split())


def _words(fold: str) -> list[str]:
    return [fold[start:end] for start, end in words(fold)]
