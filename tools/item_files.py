"""Items of a file: JSONL, CSV, TSV or Parquet, checked row by row.

A row has `id`, `title`, perhaps `text`, and attributes: what else it has, by name. In JSONL they
may also stand together under `attributes`, as `usermind catalogue show --json` gives them.

Cells of CSV and TSV have no type. There a column of numbers is numbers, one of `true` and `false`
is that, and in one where `|` stands anywhere each cell is several words: `Comedy|Drama`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from usermind.tools.checked_items import read_item
from usermind.tools.items import Item
from usermind.tools.row_files import Faults, Row, is_table, read_rows

OWN: Final = ("id", "title", "text")
"""Fields that are no attributes."""
EXPECTED: Final = (
    'A row has `id`, `title`, perhaps `text`, and attributes, like {"id": "heat", "title": "Heat", '
    '"genre": ["Crime", "Drama"], "year": 1995}.'
)
_TRUTH: Final = {"true": True, "false": False}


def read_items(path: Path) -> list[Item]:
    """Return the items of a file.

    Raises:
        InvalidInputError: The file cannot be read; or rows are wrong, which are named by number.
        MissingExtraError: It is a Parquet file, and pyarrow is not installed.
    """
    wrong = Faults(path)
    rows: list[tuple[int, Row]] = []
    for number, row in read_rows(path):
        if isinstance(row, str):
            wrong.add(number, row)
        else:
            rows.append((number, row))
    if is_table(path):
        rows = _typed(rows)
    return checked_rows(((number, _fields(row)) for number, row in rows), wrong, EXPECTED)


def checked_rows(rows: Iterable[tuple[int, Row]], wrong: Faults, expected: str) -> list[Item]:
    """Return the items of rows that have the fields of `Item`.

    Raises:
        InvalidInputError: Rows are wrong, or were found so before; they are named by number.
    """
    found: dict[str, Item] = {}
    for number, row in rows:
        item = read_item(row)
        if isinstance(item, str):
            wrong.add(number, item)
        elif item.id in found:
            wrong.add(number, f"the id {item.id!r} came before")
        else:
            found[item.id] = item
    wrong.check(expected)
    return list(found.values())


def _fields(row: Row) -> Row:
    """Return a row with the fields of `Item`; what it lacks is left to be found wrong."""
    given = row.get("attributes")
    inner = given if isinstance(given, Mapping) else {}
    rest = {name: value for name, value in row.items() if name not in (*OWN, "attributes")}
    found: dict[str, object] = {
        "attributes": {name: _plain(value) for name, value in (*inner.items(), *rest.items())}
    }
    if not isinstance(given, Mapping | None):
        found["attributes"] = given
    if "id" in row:
        number = isinstance(row["id"], int) and not isinstance(row["id"], bool)
        found["id"] = str(row["id"]) if number else row["id"]  # numbers in many exports
    if "title" in row:
        found["title"] = _line(row["title"])
    if row.get("text") is not None:
        found["text"] = _text(row["text"])
    return found


def _plain(value: object) -> object:
    """Return an attribute as JSON could have given it."""
    match value:
        case Decimal():
            return float(value)
        case datetime() | date():
            return value.isoformat()
        case str():
            return _line(value)
        case list() | tuple():
            lines = [_line(each) for each in value if each is not None]
            return list(dict.fromkeys(lines)) if all(isinstance(x, str) for x in lines) else lines
    return value


def _line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _text(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


# -- cells without a type -----------------------------------------------------------------


def _typed(rows: list[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Return the rows of a CSV file with the attributes as each column has them."""
    names = rows[0][1].keys() if rows else ()
    read = {
        name: _column([str(row[name]).strip() for _, row in rows])
        for name in names
        if name not in OWN
    }
    return [
        (number, {name: read.get(name, _same)(str(cell)) for name, cell in row.items()})
        for number, row in rows
    ]


def _column(cells: list[str]) -> Callable[[str], object]:
    """Return how the cells of a column are read."""
    filled = [cell for cell in cells if cell]
    if all(cell.casefold() in _TRUTH for cell in filled):
        return lambda cell: _TRUTH.get(cell.strip().casefold())
    if all(_number(cell) is not None for cell in filled):
        return _number
    if any("|" in cell for cell in filled):
        return lambda cell: [word for part in cell.split("|") if (word := part.strip())]
    return _same


def _number(cell: str) -> float | None:
    try:
        found = float(cell)
    except ValueError:
        return None
    # "nan" and "inf" are words there, and "1_000" is no way to write a number outside Python.
    return found if math.isfinite(found) and "_" not in cell else None


def _same(cell: str) -> object:
    return cell
