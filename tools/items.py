"""Things that can be recommended, and the table that gives each of them a row.

    Item (id, title, text, attributes) → ItemTable: id ↔ row, and a column for each attribute

Whatever is computed about items is an array over the rows of one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.memory.naming import folded
from usermind.tools.durations import minutes

Value = str | float | bool
"""What an attribute may hold; several words are a tuple of them."""
Attributes = Mapping[str, Value | tuple[str, ...]]


def told(value: Value | tuple[str, ...]) -> str:
    """Return an attribute's value for a person: `"Comedy, Drama"`, `"1994"`, `"yes"`."""
    match value:
        case tuple():
            return ", ".join(value)
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
    return str(value)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be recommended: a film, a product, a place."""

    id: str
    """1 to 200 characters that can be seen."""
    title: str
    text: str = ""
    """A description, by which it is found before anybody has touched it."""
    attributes: Attributes = field(default_factory=dict)
    """Such as `{"genre": ("Comedy", "Drama"), "year": 1994.0}`."""

    def told(self) -> str:
        """Return what its vector is made of: title, words of its attributes, description."""
        words = (
            f"{name}: {', '.join(value) if isinstance(value, tuple) else value}"
            for name, value in self.attributes.items()
            if isinstance(value, str | tuple) and value
        )
        return ". ".join(part for part in (self.title, *words, self.text) if part)

    def words(self, attribute: str) -> tuple[str, ...]:
        """Return an attribute as words; none where it is a number or missing."""
        value = self.attributes.get(attribute, ())
        return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


class ItemTable(Sequence[Item]):
    """Items in rows, in the order they are given. Never changes.

    Raises:
        InvalidInputError: An id comes twice.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = tuple(items)
        self.ids: tuple[str, ...] = tuple(item.id for item in self._items)
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self._rows = {id_: row for row, id_ in enumerate(self.ids)}
        if len(self._rows) < len(self.ids):
            raise InvalidInputError(
                f"{len(self.ids) - len(self._rows)} of {len(self.ids)} items have an id that came "
                "before. Nothing was made of them. Give each id once."
            )

    @classmethod
    def bare(cls, ids: Iterable[str]) -> ItemTable:
        """Return a table of items of which only the ids are known."""
        return cls(Item(id_, id_) for id_ in ids)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, row):  # type: ignore[no-untyped-def]  # both forms of Sequence
        return self._items[row]

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __contains__(self, item: object) -> bool:
        return (item.id if isinstance(item, Item) else item) in self._rows

    def row(self, item_id: str) -> int | None:
        """Return the row of an item; None: it is not in the table."""
        return self._rows.get(item_id)

    def rows(self, item_ids: Iterable[str]) -> NDArray[np.int64]:
        """Return (n,) the rows of those that are in the table, in the order of the ids."""
        found = (self._rows.get(id_) for id_ in item_ids)
        return np.array([row for row in found if row is not None], dtype=np.int64)

    def rows_in(self, other: ItemTable) -> NDArray[np.int64]:
        """Return (items,) the row of each item in another table, −1 where it is not there."""
        found = (other.row(id_) for id_ in self.ids)
        return np.array([-1 if row is None else row for row in found], dtype=np.int64)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attributes that any item has, sorted."""
        return tuple(sorted({name for item in self._items for name in item.attributes}))

    def values(self, attribute: str) -> Mapping[str, NDArray[np.int64]]:
        """Return by each word of an attribute, folded, (items that have it,) their rows."""
        return self._words.get(attribute, {})

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """Return (items,) an attribute as numbers, NaN where it is none; not to be written to.

        A length of time in words, "1h 58m", is its minutes.
        """
        if attribute not in self._numbers:
            self._numbers[attribute] = self._numbered(attribute)
        return self._numbers[attribute]

    def _numbered(self, attribute: str) -> NDArray[np.float64]:
        found = np.full(len(self), np.nan)
        for row, item in enumerate(self._items):
            value = item.attributes.get(attribute)
            if isinstance(value, int | float):
                found[row] = value
            elif isinstance(value, str) and (length := minutes(value)) is not None:
                found[row] = length
        found.flags.writeable = False
        return found

    @cached_property
    def _words(self) -> Mapping[str, Mapping[str, NDArray[np.int64]]]:
        rows: dict[str, dict[str, list[int]]] = {}
        for row, item in enumerate(self._items):
            for name in item.attributes:
                for word in item.words(name):
                    rows.setdefault(name, {}).setdefault(folded(word), []).append(row)
        return {
            name: {word: np.array(of) for word, of in words.items()} for name, words in rows.items()
        }
