"""Items of a file: JSONL, CSV, TSV or Parquet, checked row by row.

A row has `id`, `title`, perhaps `text`, and attributes: what else it has, by name. In JSONL they
may also stand together under `attributes`, as `usermind catalogue show --json` gives them.

Of what kind an attribute is, its column says (`columns`): where most rows have a number, a word is
a fault of its row. Cells of CSV and TSV have no type; where `|` stands anywhere in a column, each
cell of it is several words: `Comedy|Drama`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from usermind.tools.checked_items import read_item
from usermind.tools.columns import Misfit, columns_of
from usermind.tools.items import Item
from usermind.tools.row_files import Faults, Row, is_table, read_rows

OWN: Final = ("id", "title", "text")
"""Fields that are no attributes."""
MOST_MISFITS: Final = 3
"""Attributes of one row whose faults are told."""
EXPECTED: Final = (
    'A row has `id`, `title`, perhaps `text`, and attributes, like {"id": "heat", "title": "Heat", '
    '"genre": ["Crime", "Drama"], "year": 1995}.'
)


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
    shaped = [(number, _fields(row)) for number, row in rows]
    return checked_rows(_typed(shaped, wrong, cells=is_table(path)), wrong, EXPECTED)


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


def _typed(rows: list[tuple[int, Row]], wrong: Faults, *, cells: bool) -> Iterator[tuple[int, Row]]:
    """Yield rows with their attributes as each column has them, but for those that do not fit."""
    columns = columns_of((_attributes(row) for _, row in rows), cells=cells)
    for number, row in rows:
        read = {name: columns[name].read(value) for name, value in _attributes(row).items()}
        misfits = [value.told for value in read.values() if isinstance(value, Misfit)]
        if misfits:
            wrong.add(number, ", ".join(misfits[:MOST_MISFITS]))
        else:
            yield number, {**row, "attributes": read} if read else row


def _attributes(row: Row) -> Row:
    given = row["attributes"]
    return given if isinstance(given, Mapping) else {}


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
