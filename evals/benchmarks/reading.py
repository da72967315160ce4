"""Files of data sets, read whole; what cannot be read is told with its place."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from usermind.errors import InvalidInputError

DONE = "Nothing was scored."


def content(path: Path, *, what: str) -> bytes:
    """Return what a file holds.

    Args:
        path: The file.
        what: What it is expected to be, in words: `"LoCoMo's JSON"`.

    Raises:
        InvalidInputError: It is not there, is a folder, is empty or cannot be read.
    """
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        raise InvalidInputError(
            f"There is no file {path}. {DONE} Expected {what} there; check the path."
        ) from None
    except IsADirectoryError:
        raise InvalidInputError(
            f"{path} is a folder. {DONE} Name a file: {what} is expected."
        ) from None
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error.strerror}. {DONE} Expected {what}; check the path and "
            "the permissions."
        ) from error
    if not found.strip():
        raise InvalidInputError(f"{path} is empty. {DONE} Expected {what}.")
    return found


def folder(path: Path, *, what: str) -> Path:
    """Return a folder that is there.

    Raises:
        InvalidInputError: There is none.
    """
    if path.is_dir():
        return path
    found = f"{path} is a file" if path.is_file() else f"There is no folder {path}"
    raise InvalidInputError(f"{found}. {DONE} Name the folder with {what}.")


def json_of(path: Path, *, what: str) -> object:
    """Return what a file of JSON holds.

    Raises:
        InvalidInputError: It cannot be read, or is no JSON; the line is named.
    """
    given = content(path, what=what)
    try:
        found: object = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"{path}{_line(error)} is not JSON. {DONE} Expected {what}."
        ) from error
    return found


def json_lines(path: Path, *, what: str) -> list[tuple[int, Mapping[str, object]]]:
    """Return the objects of a file with one a line, each with the number of its line, from 1.

    Raises:
        InvalidInputError: It cannot be read, or a line is no JSON object.
    """
    found: list[tuple[int, Mapping[str, object]]] = []
    for number, line in enumerate(content(path, what=what).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            value: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(
                f"{path}:{number} is not JSON. {DONE} Expected {what}: a JSON object a line."
            ) from error
        found.append((number, mapping(value, at=f"{path}:{number}")))
    return found


def _line(error: Exception) -> str:
    return f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""


# -- values -----------------------------------------------------------------------------------


def fault(at: str, expected: str) -> InvalidInputError:
    """Return the error for a place that holds something else than is expected."""
    return InvalidInputError(
        f"{at} {expected}. {DONE} Mend the place, or check that this is the right file."
    )


def mapping(value: object, *, at: str) -> Mapping[str, object]:
    """Return an object of JSON."""
    if not isinstance(value, dict):
        raise fault(at, "must be a JSON object")
    return value


def listed(value: object, *, at: str) -> list[object]:
    """Return a list of JSON."""
    if not isinstance(value, list):
        raise fault(at, "must be a JSON list")
    return value


def field(item: Mapping[str, object], name: str, *, at: str) -> object:
    """Return the value of a key that must be there."""
    if name not in item:
        raise fault(at, f"has no `{name}`")
    return item[name]


def text(item: Mapping[str, object], name: str, *, at: str) -> str:
    """Return the text under a key that must be there and hold more than spaces."""
    found = field(item, name, at=at)
    if not isinstance(found, str) or not found.strip():
        raise fault(at, f"must have a text as `{name}`")
    return found


def written(value: object, *, at: str) -> str:
    """Return a value of an answer as text: numbers in digits, `{"cat": "Bo"}` as `cat: Bo`."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {written(each, at=at)}" for key, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    raise fault(f"{at}, its answer", "must be a text, a number, or a list of them")


def digest(*paths: Path) -> str:
    """Return a digest of what files hold, in their order; they were read before."""
    found = hashlib.sha256()
    for path in paths:
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
