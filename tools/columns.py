"""Columns of a file of items: of what kind the values of each are, decided over all its rows.

    more than half are numbers      → numbers
    more than half are yes or no    → yes or no
    else                            → words; in CSV and TSV several, where `|` stands in any cell

Empty, null and NaN are no values. What does not fit into a column of numbers, or of yes and no, is
a fault of its row: as a word it would meet no condition and count for nothing, without a sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["numbers", "yes or no", "words"]

_TRUTH: Final = {"true": True, "false": False}
_MISSING: Final = frozenset({"nan", "na", "n/a", "<na>", "null", "none"})
"""How programs write that there is no value; where a column is of words, they are words."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that is not of its column's kind."""

    told: str
    """What is wrong with it, for a person."""


@dataclass(frozen=True, slots=True)
class Column:
    """How the values of one column are read."""

    name: str
    kind: Kind
    cells: bool = False
    """Whether they are text without a type, as in CSV."""
    parted: bool = False
    """Whether each cell is several words, parted by `|`."""

    @classmethod
    def of(cls, name: str, values: Iterable[object], *, cells: bool) -> Column:
        """Return the column of some values: JSON's, or cells of text without a type."""
        every = [
            value.strip() if isinstance(value, str) else value
            for value in values
            if not _is_nothing(value)
        ]
        if cells and any("|" in str(cell) for cell in every):
            return cls(name, "words", cells, parted=True)
        kinds = [_kind_of_cell(str(cell)) if cells else _kind_of(cell) for cell in every]
        told = [kind for kind in kinds if kind is not None]
        for kind in ("numbers", "yes or no"):
            if 2 * told.count(kind) > len(told):
                return cls(name, kind, cells)
        # A column of nothing but NaN is one of numbers that nobody filled in.
        return cls(name, "words" if told or not cells or not _only_nan(every) else "numbers", cells)

    def read(self, value: object) -> object:
        """Return a value as the column has it, None where there is none; or why it does not fit."""
        if _is_nothing(value):
            return None
        if self.cells:
            return self._cell(str(value).strip())
        if self.kind == "words" or _kind_of(value) in (self.kind, None):
            return value
        return self._misfit(value)

    def _cell(self, cell: str) -> object:
        if self.parted:
            return [word for part in cell.split("|") if (word := part.strip())]
        if self.kind == "words":
            return cell
        if cell.casefold() in _MISSING or _only_nan([cell]):
            return None
        if self.kind == "yes or no":
            truth = _TRUTH.get(cell.casefold())
            return self._misfit(cell) if truth is None else truth
        number = _number(cell)
        return self._misfit(cell) if number is None else number

    def _misfit(self, value: object) -> Misfit:
        shown = repr(value) if isinstance(value, str | int | float) else type(value).__name__
        if len(shown) > 40:
            shown = f"{shown[:39]}…"
        if self.kind == "numbers" and isinstance(value, str) and _is_infinite(value):
            return Misfit(f"{self.name!r} is {shown}, which is no finite number")
        words = "; a `|` in any cell makes the column one of words" if self.cells else ""
        return Misfit(
            f"{self.name!r} is {shown} here and {self.kind} in most rows, leave it empty where it "
            f"is not known{words}"
        )


def columns_of(rows: Iterable[Mapping[str, object]], *, cells: bool) -> dict[str, Column]:
    """Return the columns of rows by name."""
    values: dict[str, list[object]] = {}
    for row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    return {name: Column.of(name, of, cells=cells) for name, of in values.items()}


def _is_nothing(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _kind_of(value: object) -> Kind | None:
    """Return of what kind a value of JSON or Parquet is; None: of none that an attribute has."""
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "numbers"
    return "words" if isinstance(value, str | list) else None


def _kind_of_cell(cell: str) -> Kind | None:
    """Return of what kind a cell is; None: it says nothing of its column's."""
    if cell.casefold() in _TRUTH:
        return "yes or no"
    if _number(cell) is not None:
        return "numbers"
    return None if cell.casefold() in _MISSING or _float(cell) is not None else "words"


def _number(cell: str) -> float | None:
    found = _float(cell)
    return found if found is not None and math.isfinite(found) else None


def _float(cell: str) -> float | None:
    try:
        found = float(cell)
    except ValueError:
        return None
    return None if "_" in cell else found  # "1_000" is no way to write a number outside Python


def _is_infinite(cell: str) -> bool:
    found = _float(cell)
    return found is not None and math.isinf(found)


def _only_nan(cells: Iterable[object]) -> bool:
    found = [_float(str(cell)) for cell in cells]
    return bool(found) and all(each is not None and math.isnan(each) for each in found)
