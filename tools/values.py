"""Words of attributes as people say them: "comedies", "scary films" and "scifi" in a text.

The words are those of the catalogue; each is also found in its plural, with or without its hyphen,
and by what else English calls it, where the table below knows that. A person is also found by their
last name, a language and a country by the nation; `manners` tells where those are meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from usermind.memory.privacy.findings import words as word_set
from usermind.memory.ranking import STOP_WORDS
from usermind.tools import nations
from usermind.tools.facets import PEOPLE, PLACES, Facet, facet_of
from usermind.tools.folded_text import Spoken, told
from usermind.tools.items import ItemTable

LONGEST = 6
"""Words of an attribute's value; a longer one is a description and no name."""
SHORTEST_NAME = 2
"""Letters that a last name has more than: "Jr" is none."""
_CALLED = (
    ("sci fi", "science fiction", "scifi", "sf", "sci-fi movie"),
    ("comedy", "comedies", "funny", "funnier", "comic"),
    ("horror", "horrors", "scary", "scarier", "creepy"),
    ("romance", "romances", "romantic"),
    ("romantic comedy", "romantic comedies", "rom com", "romcom", "rom coms", "romcoms"),
    ("thriller", "thrillers", "suspense"),
    ("documentary", "documentaries", "docu", "docus", "doc"),
    ("animation", "animations", "animated", "cartoon", "cartoons"),
    ("children", "kids", "children s", "childrens"),
    ("film noir", "noir", "film noirs"),
    ("western", "westerns"),
    ("musical", "musicals"),
    ("mystery", "mysteries", "whodunit", "whodunits"),
    ("fantasy", "fantasies"),
    ("drama", "dramas"),
    ("adventure", "adventures"),
    ("biography", "biographies", "biopic", "biopics"),
    ("superhero", "superheroes"),
)
"""Words for one kind of thing; a value that is one of them is found by all of them."""
_LOOSE = word_set("""funny funnier comic scary scarier creepy suspense doc romantic children sf""")
"""Of those, words that say other things as well."""
_ORDINARY = word_set(
    """war action crime family children kids music history sport sports adventure drama mystery
    fantasy romance biography news animation short adult game school business food travel art
    nature love life home classic foreign modern new old western musical"""
)
"""Names of kinds that are said of other things as often."""


@dataclass(frozen=True, slots=True)
class Value:
    """A word of an attribute."""

    attribute: str
    word: str
    """As the catalogue writes it."""
    facet: Facet | None = None
    """What its attribute answers."""


class Values:
    """The words of a table's attributes, by how they are said."""

    def __init__(self, items: ItemTable, things: Sequence[str] = ()) -> None:
        self._things = frozenset(told(form) for thing in things for form in _forms(thing))
        self._said: dict[str, list[Value]] = {}
        self._also: dict[str, list[Value]] = {}
        """People, languages and countries, whose names may well be a title or another word."""
        self.longest: dict[str, int] = {}
        for value in _values(items):
            if value.facet in (*PEOPLE, *PLACES):
                for spelt in _names(value) | _other_names(value):
                    self._add(self._also, spelt, value)
            else:
                for spelt in _ways(value.word):
                    self._add(self._said, spelt, value)

    def _add(self, to: dict[str, list[Value]], spelt: str, value: Value) -> None:
        if spelt in STOP_WORDS or spelt in self._things or len(spelt) < 2:
            return
        to.setdefault(spelt, []).append(value)
        first, _, _ = spelt.partition(" ")
        self.longest[first] = max(self.longest.get(first, 0), spelt.count(" ") + 1)

    def __contains__(self, spelling: object) -> bool:
        """Say whether it is a word for a kind, and not for a person, a language or a country."""
        return spelling in self._said

    def called(self, spelling: str) -> tuple[Value, ...]:
        """Return what is said so, in all attributes that know the word."""
        return (*self._said.get(spelling, ()), *self._also.get(spelling, ()))

    def is_thing(self, spelling: str) -> bool:
        """Return whether it is a word for any item: "film", "movies"."""
        return spelling in self._things

    def is_noun(self, spelling: str) -> bool:
        """Return whether "a" before it makes it a kind of thing: "a romance", but not "a funny"."""
        return spelling not in _LOOSE

    def is_loose(self, spelling: str) -> bool:
        """Return whether it may well speak of something else, unless a thing follows."""
        return spelling in _LOOSE or spelling in _ORDINARY

    def said_in(self, spoken: Spoken) -> Iterator[tuple[int, int, str]]:
        """Yield the stretches of words that say a value, with how it is spelt.

        The longest comes at each place, and no two overlap.
        """
        place = 0
        while place < len(spoken):
            word = spoken.words[place]
            most = max(self.longest.get(word.fold, 0), self.longest.get(word.stem, 0))
            for last in range(min(place + most, len(spoken)), place, -1):
                spelt = spoken.run(place, last)
                if not self._knows(spelt):
                    spelt = spoken.owned(place, last) or ""
                if self._knows(spelt) and not spoken.parts(place, last):
                    yield place, last, spelt
                    place = last - 1
                    break
            place += 1

    def _knows(self, spelling: str) -> bool:
        return spelling in self._said or spelling in self._also


def _names(value: Value) -> set[str]:
    """Return by what a person, a language or a country goes; a code is no word of a message."""
    own = told(value.word)
    return {own} if value.facet in PEOPLE or nations.is_said(own) else set()


def _other_names(value: Value) -> set[str]:
    """Return by what else a person, a language or a country goes."""
    own = told(value.word)
    if value.facet == "language" or value.facet == "country":
        return {told(each) for each in nations.spoken(value.facet, own)}
    last = own.rpartition(" ")[2]
    return {last} if len(last) > SHORTEST_NAME else set()


def _values(items: ItemTable) -> Iterator[Value]:
    for attribute in items.names:
        facet = facet_of(attribute)
        written: dict[str, str] = {}
        for item in items:
            for word in item.words(attribute):
                written.setdefault(told(word), word)
        for compared, word in sorted(written.items()):
            if compared and compared.count(" ") < LONGEST:
                yield Value(attribute, word, facet)


def _ways(word: str) -> set[str]:
    """Return how a value is said, in the words of `folded_text.told`."""
    spelt = told(word)
    joined = spelt.replace(" ", "") if "-" in word else spelt
    found = {spelt, joined, *_forms(spelt)}
    for group in _CALLED:
        if found & set(group):
            found.update(group)
    return {told(each) for each in found}


def _forms(word: str) -> tuple[str, ...]:
    """Return a noun and its plural, or what would be one."""
    if word.endswith(("s", "x", "ch", "sh")):
        return (word, f"{word}es")
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return (word, f"{word[:-1]}ies")
    return (word, f"{word}s")
