"""Interactions of a file: JSONL, CSV, TSV, Parquet, or MovieLens' `ratings.dat`.

A row has `user` and `item`, and may have `time`, and a `weight` in [−1, 1] or a `rating`, which
becomes one as in `ratings`. A row with neither, such as a click, has the weight 1.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, FiniteFloat, ValidationError

from usermind.errors import InvalidInputError
from usermind.tools.checked_items import faults
from usermind.tools.interaction_store import interaction_fault
from usermind.tools.interactions import Interaction
from usermind.tools.ratings import scaled
from usermind.tools.row_files import Faults, Row, header, is_table, read_rows, text_file

Scale = tuple[float, float]
"""The lowest and the highest rating."""

FIVE_STARS: Final[Scale] = (1.0, 5.0)
"""The scale where nothing else is said; that of `ratings.dat`, too."""
HALF_STARS: Final[Scale] = (0.5, 5.0)
"""The scale of MovieLens' `ratings.csv`."""
MOVIELENS: Final = ("userId", "movieId", "rating", "timestamp")
"""The header by which such a file is known."""
NAMES: Final = {
    "user": "user",
    "user_id": "user",
    "userId": "user",
    "item": "item",
    "item_id": "item",
    "itemId": "item",
    "movieId": "item",
    "rating": "rating",
    "weight": "weight",
    "time": "time",
    "timestamp": "time",
}
"""What the fields of a row are called, and which each one is."""
LATEST: Final = 32_503_680_000.0
"""Seconds until the year 3000: a time behind it was given in milliseconds."""
EXPECTED: Final = (
    'A row has `user` and `item`, perhaps `time`, and `rating` or `weight`, like {"user": "u1", '
    '"item": "heat", "rating": 4.5, "time": 1260759144}.'
)


class Interactions(Collection[Interaction]):
    """Interactions in columns: some 30 bytes each, where objects take ten times that."""

    def __init__(self) -> None:
        self._people: dict[str, int] = {}
        self._items: dict[str, int] = {}
        self._rows = (array("q"), array("q"))
        self._numbers = (array("d"), array("d"), array("d"))

    def append(self, each: Interaction) -> None:
        """Add one at the end."""
        self._rows[0].append(self._people.setdefault(each.person, len(self._people)))
        self._rows[1].append(self._items.setdefault(each.item_id, len(self._items)))
        for column, number in zip(self._numbers, (each.weight, each.at, each.rating), strict=True):
            column.append(float("nan") if number is None else number)

    def under(self, prefix: str) -> Self:
        """Put something before the ids of all items, and return these interactions."""
        self._items = {f"{prefix}{id_}": row for id_, row in self._items.items()}
        return self

    @property
    def item_ids(self) -> Collection[str]:
        """Return the ids of all items that come in them."""
        return self._items.keys()

    def __len__(self) -> int:
        return len(self._rows[0])

    def __iter__(self) -> Iterator[Interaction]:
        people, items = list(self._people), list(self._items)
        for person, item, weight, at, rating in zip(*self._rows, *self._numbers, strict=True):
            yield Interaction(people[person], items[item], weight, _known(at), _known(rating))

    def __contains__(self, each: object) -> bool:
        return any(each == own for own in self)


def read_interactions(path: Path, *, scale: Scale | None = None) -> Interactions:
    """Return the interactions of a file.

    Args:
        path: The file; its name says of what kind it is.
        scale: The lowest and the highest rating; None: MovieLens' own, else `FIVE_STARS`.

    Raises:
        InvalidInputError: The scale is none, or the file cannot be read; or rows are wrong, which
            are named by number.
        MissingExtraError: It is a Parquet file, and pyarrow is not installed.
    """
    low, high = scale or _scale(path)
    if not low < high:
        raise InvalidInputError(
            f"A scale of ratings from {low:g} to {high:g} was given. Expected the lowest, then the "
            "highest. Nothing was stored."
        )
    wrong, found = Faults(path), Interactions()
    for number, row in _dat(path) if path.suffix.lower() == ".dat" else read_rows(path):
        read = row if isinstance(row, str) else _read(row, low, high)
        if isinstance(read, str):
            wrong.add(number, read)
        else:
            found.append(read)
    wrong.check(EXPECTED)
    return found


def _scale(path: Path) -> Scale:
    halves = is_table(path) and header(path) == MOVIELENS
    return HALF_STARS if halves else FIVE_STARS


def _dat(path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield the rows of a file like MovieLens 1M's, `user::item::rating::time`."""
    with text_file(path, encoding="latin-1") as file:
        for number, line in enumerate(file, 1):
            cells = line.rstrip("\r\n").split("::")
            if len(cells) == len(MOVIELENS):
                yield number, dict(zip(MOVIELENS, cells, strict=True))
            elif line.strip():
                yield number, f"{len(cells)} cells between `::`, expected {len(MOVIELENS)}"


def _seconds(value: object) -> object:
    """Return a time in seconds since 1970; one without a zone is taken as UTC."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            value = datetime.fromisoformat(value)  # another ValueError becomes a fault
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    return value


class _Row(BaseModel):
    """One row of a file; cells of CSV are read as what they should be."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    user: str
    item: str
    rating: FiniteFloat | None = None
    weight: FiniteFloat | None = None
    time: Annotated[float | None, BeforeValidator(_seconds)] = None


def _read(row: Row, low: float, high: float) -> Interaction | str:
    """Return the interaction of a row, or what is wrong with it."""
    named = {NAMES.get(name, name): value for name, value in row.items()}
    # NaN is nothing, too, but for a rating: a row without one counts as a click.
    fields = {
        name: value
        for name, value in named.items()
        if value not in ("", None) and (name in ("rating", "weight") or value == value)
    }
    try:
        read = _Row.model_validate(fields)
    except ValidationError as error:
        return faults(error)
    if read.rating is not None and not low <= read.rating <= high:
        return (
            f"the rating {read.rating:g} is not from {low:g} to {high:g}; give the scale it is on"
        )
    if read.time is not None and not abs(read.time) <= LATEST:
        return f"the time {read.time:g} is no time in seconds since 1970"
    found = Interaction(
        read.user.strip(), read.item.strip(), _weight(read, low, high), read.time, read.rating
    )
    return interaction_fault(found) or found


def _weight(read: _Row, low: float, high: float) -> float:
    if read.weight is not None:
        return read.weight
    if read.rating is None:
        return 1.0
    return scaled(read.rating, low, high)


def _known(number: float) -> float | None:
    return None if number != number else number
