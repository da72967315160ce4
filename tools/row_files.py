"""Files of rows, JSONL, CSV, TSV and Parquet: each row with its number or what is wrong with it."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from usermind.errors import InvalidInputError, MissingExtraError

INSTALL: Final = "pip install 'usermind[parquet]'"
SHOWN_ROWS: Final = 5
"""Rows whose faults are told; more are counted."""
LARGEST_CELL: Final = 1_000_000
"""Characters of one cell of a CSV file; Python's own limit is below a long description's."""
TABS: Final = ".tsv"
KINDS: Final = (".jsonl", ".ndjson", ".csv", TABS, ".parquet")

Row = Mapping[str, object]


class Faults:
    """What is wrong with the rows of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told: list[str] = []
        self._count = 0

    def add(self, number: int, what: str) -> None:
        """Take down what is wrong with a row."""
        self._count += 1
        if len(self._told) < SHOWN_ROWS:
            self._told.append(f"row {number}: {what}")

    def check(self, expected: str) -> None:
        """Raise InvalidInputError where a row was wrong.

        Args:
            expected: What a row looks like, as a sentence.
        """
        if not self._count:
            return
        more = self._count - len(self._told)
        listed = "; ".join(self._told) + (f"; and {more:,} more" if more else "")
        raise InvalidInputError(
            f"{self.path} cannot be loaded: {listed}. Nothing was stored. {expected}"
        )


def is_table(path: Path) -> bool:
    """Return whether the cells of a file are text without a type: CSV or TSV."""
    return path.suffix.lower() in (".csv", TABS)


def read_rows(path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield each row with its number, or what is wrong with it; blank ones are passed over.

    The number is that of the line in a text file, where a CSV file's header is line 1 and a row of
    several lines has that of its last; of a Parquet file the first row is 1.

    Raises:
        InvalidInputError: The file cannot be read, or is of another kind.
        MissingExtraError: It is a Parquet file, and pyarrow is not installed.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InvalidInputError(
            f"{path} is no file that can be loaded. Nothing was stored. Expected a name that ends "
            f"in one of {', '.join(KINDS)}, or a MovieLens folder."
        )
    if kind == ".parquet":
        yield from _parquet(path)
    elif is_table(path):
        yield from _table(path)
    else:
        yield from json_lines(path)


def header(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a CSV or TSV file; raises as `read_rows`."""
    with text_file(path) as file:
        return tuple(next(_reader(path, file), ()))


@contextmanager
def text_file(path: Path, *, encoding: str = "utf-8-sig") -> Iterator[TextIO]:
    """Hold a text file open; what cannot be read of it raises InvalidInputError."""
    expected = "a text file in UTF-8"
    try:
        check_regular(path, expected)
        with path.open(encoding=encoding, newline="") as file:
            yield file
    except InvalidInputError:
        raise  # of whoever reads it
    except (OSError, ValueError, csv.Error) as error:  # ValueError: no UTF-8, or no path at all
        raise unreadable(path, error, expected) from error


def check_regular(path: Path, expected: str) -> None:
    """Raise InvalidInputError for a pipe or a device, which may never end; OSError for nothing."""
    if not stat.S_ISREG(mode := path.stat().st_mode) and not stat.S_ISDIR(mode):
        raise InvalidInputError(f"{path} is no file. Nothing was stored. Give {expected}.")


def unreadable(path: Path, error: Exception, expected: str) -> InvalidInputError:
    """Return the error for a file that cannot be read."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return InvalidInputError(f"{path} cannot be read ({why}). Nothing was stored. Give {expected}.")


def json_lines(path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield the rows of a JSONL file, whatever its name; see `read_rows`."""
    with text_file(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, _object(line)


def _object(line: str) -> Row | str:
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        return f"no JSON ({getattr(error, 'msg', 'nested too deeply')})"
    except ValueError:
        return "no JSON (a number of too many digits)"
    return found if isinstance(found, dict) else "no JSON object"


def _table(path: Path) -> Iterator[tuple[int, Row | str]]:
    with text_file(path) as file:
        reader = _reader(path, file)
        names: list[str] = next(reader, [])
        fault = _header_fault(names)
        if fault:
            raise InvalidInputError(f"{path} cannot be loaded: {fault}. Nothing was stored.")
        for cells in reader:
            if len(cells) == len(names):
                yield reader.line_num, dict(zip(names, cells, strict=True))
            elif cells:
                yield reader.line_num, f"{len(cells)} cells under {len(names)} names"


def _reader(path: Path, file: TextIO) -> Any:
    csv.field_size_limit(max(LARGEST_CELL, csv.field_size_limit()))
    return csv.reader(file, delimiter="\t" if path.suffix.lower() == TABS else ",", strict=True)


def _header_fault(names: list[str]) -> str:
    if not names:
        return "it is empty, and its first line should name the columns"
    if not all(name.strip() for name in names):
        return "a column has no name in the first line"
    if len(set(names)) < len(names):
        return "two columns have one name"
    return ""


def _parquet(path: Path) -> Iterator[tuple[int, Row | str]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", install=INSTALL) from error
    number, expected = 0, "a whole Parquet file"
    try:
        check_regular(path, expected)
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (OSError, ValueError, ArithmeticError, pyarrow.ArrowException) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise unreadable(path, error, expected) from error
