"""Reading scenarios from YAML: every fault with its line, all of a file's at once.

Only the form of YAML is taken from it: each plain word is a word, so that `no` is not a falsehood
and `12:30` is no number. What is to be a number is read as one where a scenario has one.
"""

import difflib
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any, BinaryIO, get_args, get_type_hints

import yaml
from pydantic import BaseModel, ValidationError

from usermind.errors import InvalidInputError
from usermind.evals.scenario import ON_GOAL, ON_MEMORY, ON_REPLY, ON_WATCH, Scenario

SUFFIX = ".scenario.yaml"
"""How the name of a scenario's file ends where it is looked for in a folder."""
DEEPEST = 24
"""Levels that a file may have."""
LONGEST = 2_000_000
"""Bytes that it may have: a scenario is a page or two."""
MOST_VALUES = 100_000
"""Words, lists and mappings that it may have, what it repeats by `*name` counted each time."""
TOO_DEEP = "it is nested too deeply"
MOST_TOLD = 20
"""Faults that one message tells."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario, where it stands, and what decides how it goes."""

    scenario: Scenario
    path: Path
    lines: Mapping[Path_, int]
    digest: str
    """Of the file and the files it names."""

    def line(self, *path: str | int) -> int:
        """Return the line of a part of it."""
        return _line(self.lines, path)

    def file(self, name: str) -> Path:
        """Return a file that it names."""
        return self.path.parent / name


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file."""

    path: Path
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}"


def scenario_paths(given: Iterable[Path]) -> list[Path]:
    """Return the files of scenarios: those named, and those in folders, sorted.

    Raises:
        InvalidInputError: A path is not there, a folder holds no scenario, or it or one inside
            cannot be read.
    """
    try:
        return _paths(given)
    except OSError as error:
        raise InvalidInputError(
            f"{error.filename} cannot be read: {error.strerror}. Nothing was played."
        ) from error


def _paths(given: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(_inside(path))
            if not inside:
                raise InvalidInputError(
                    f"There is no scenario in {path}. Nothing was played. The name of a scenario's "
                    f"file ends in `{SUFFIX}`; name other files one by one."
                )
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise InvalidInputError(
                f"There is no file or folder {path}. Nothing was played. Check the spelling."
            )
    return list(dict.fromkeys(found))


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the scenarios of a folder and those inside; one that cannot be read is an error."""

    def unreadable(error: OSError) -> None:
        raise error

    for where, _, names in os.walk(folder, onerror=unreadable):
        yield from (Path(where, name) for name in names if name.endswith(SUFFIX))


def load_scenarios(paths: Sequence[Path], *, files: Path | None = None) -> list[Loaded]:
    """Return the scenarios of files.

    Args:
        paths: Of the scenarios.
        files: The folder whose files they may name, with the folders inside it; None: for each the
            one that it stands in. Links count as what they lead to.

    Raises:
        InvalidInputError: Any is malformed, names a file that is not there or not theirs to name,
            or has the name of another; all faults are told, each as `file:line: what`.
    """
    loaded: list[Loaded] = []
    faults: list[Fault] = []
    for path in paths:
        one, wrong = read_scenario(path, files=files)
        faults += wrong
        if one is not None:
            loaded.append(one)
    first: dict[str, Path] = {}
    for each in loaded:
        other = first.setdefault(each.scenario.name, each.path)
        if other != each.path:
            why = f"the name {each.scenario.name!r} is that of {other} too; give it another one"
            faults.append(Fault(each.path, each.line("name"), why))
    if faults:
        raise InvalidInputError(told(faults))
    return loaded


def told(faults: Sequence[Fault]) -> str:
    """Return faults as a message."""
    lines = [str(fault) for fault in faults[:MOST_TOLD]]
    if len(faults) > MOST_TOLD:
        lines.append(f"… and {len(faults) - MOST_TOLD} more")
    what = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return "\n".join([f"{what} in the scenarios; nothing was played.", *lines])


def read_scenario(path: Path, *, files: Path | None = None) -> tuple[Loaded | None, list[Fault]]:
    """Return the scenario of a file, or what is wrong with it; `files` as for `load_scenarios`."""
    try:
        with _opened(path) as file:
            content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            return None, [Fault(path, 1, f"it is larger than {LONGEST / 1e6:g} MB")]
        node = yaml.compose(content.decode("utf-8-sig"), Loader=_Loader)
    except OSError as error:
        return None, [Fault(path, 1, f"it cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return None, [Fault(path, line, "it is not UTF-8; save it in that encoding")]
    except yaml.YAMLError as error:
        return None, [_unreadable(path, error)]
    except RecursionError:
        return None, [Fault(path, 1, TOO_DEEP)]
    if node is None:
        return None, [Fault(path, 1, "it is empty; a scenario has a name and turns")]
    reading = Reading(path)
    try:
        data = reading.value(node, ())
    except _TooMuchError as error:
        return None, [Fault(path, error.line, str(error))]
    faults = reading.faults
    if not isinstance(data, dict):
        return None, [*faults, Fault(path, 1, "expected keys like name: and turns:")]
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        faults += _faults(path, reading.lines, error)
        return None, sorted(faults, key=lambda fault: fault.line)
    faults += [Fault(path, _line(reading.lines, where), why) for where, why in _misplaced(scenario)]
    faults += [
        Fault(path, _line(reading.lines, where), f"{_place(where)}no calendar goes that far")
        for where in scenario.outside()
    ]
    loaded = Loaded(scenario, path, reading.lines, "")
    seen = hashlib.sha256(content)
    root = _real(path.parent if files is None else files)
    for where, name in scenario.files():
        try:
            _digest(loaded.file(name), seen, within=root, folders=where[0] == "catalogue")
        except _OutsideError:
            why = (
                f"{name} leads out of {root}, so that it was not read. Put what it names there, "
                "or allow another folder with `--files FOLDER`"
            )
            faults.append(Fault(path, loaded.line(*where), why))
        except (OSError, ValueError) as error:  # ValueError: it can be no path
            told = getattr(error, "strerror", None) or "there can be no file of this name"
            why = f"{name} beside it cannot be read: {told}"
            faults.append(Fault(path, loaded.line(*where), why))
    if faults:
        return None, sorted(faults, key=lambda fault: fault.line)
    return Loaded(scenario, path, reading.lines, seen.hexdigest()), []


def _opened(path: Path) -> BinaryIO:
    """Open a file to be read.

    Raises:
        OSError: It cannot be, or is something that may never end, such as a pipe.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no file")
    return path.open("rb")


class _OutsideError(Exception):
    """A scenario names what is not its own."""


def _real(path: Path) -> Path:
    """Return where a path leads once all links are followed."""
    return Path(os.path.realpath(path))


def _digest(path: Path, seen: Any, *, within: Path, folders: bool) -> None:
    """Add the content of a file, or of the files of a folder, to a digest.

    Raises:
        _OutsideError: It, or what is in it, is not within a folder; nothing of it was read.
    """
    if not _real(path).is_relative_to(within):
        raise _OutsideError
    inside = [path]
    if folders and path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file())
        if not all(_real(each).is_relative_to(within) for each in inside):
            raise _OutsideError
    for each in inside:
        if each != path:
            seen.update(each.name.encode())
        with _opened(each) as file:
            while part := file.read(1 << 20):
                seen.update(part)


def _unreadable(path: Path, error: yaml.YAMLError) -> Fault:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        why = " ".join(filter(None, (error.context, error.problem)))
        if why == TOO_DEEP:
            return Fault(path, 1 if mark is None else mark.line + 1, why)
        why += "; words with signs like : ? # [ { in them stand in quotes"
        return Fault(path, 1 if mark is None else mark.line + 1, f"it is no YAML: {why}")
    return Fault(path, 1, "it is no YAML: it holds characters that YAML does not allow")


# -- YAML → plain values --------------------------------------------------------------------

_NUMBER = re.compile(r"[-+]?(?:\d{1,18}|\d{0,18}\.\d{1,18}(?:[eE][-+]?\d{1,2})?)")
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}


class _TooMuchError(Exception):
    """There is no end to a file that repeats itself."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.line = line


class _Loader(yaml.BaseLoader):  # type: ignore[misc]  # yaml has no types
    """Stops before Python's stack ends."""

    _level = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._level += 1
        if self._level > DEEPEST + 1:
            raise yaml.MarkedYAMLError(problem=TOO_DEEP, problem_mark=self.peek_event().start_mark)
        found = super().compose_node(parent, index)
        self._level -= 1
        return found


class Reading:
    """Makes values of a file's nodes, and notes the line of each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: dict[Path_, int] = {}
        self.faults: list[Fault] = []
        self._values = 0

    def value(self, node: yaml.Node, path: Path_) -> Any:
        """Return the value of a node: words, lists, and mappings with words for keys."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._values += 1
        if len(path) > DEEPEST:
            raise _TooMuchError(TOO_DEEP, line)
        if self._values > MOST_VALUES:
            raise _TooMuchError(f"it has more than {MOST_VALUES:,} values", line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return [
                self.value(each, (*path, at)) for at, each in items if self._values <= MOST_VALUES
            ]
        text = str(node.value)
        # Arguments of a tool are of any type; everything else is what its place wants.
        return _typed(text) if "with" in path and node.style is None else text

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if self._values > MOST_VALUES:
                break
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(Fault(self._path, line, "a key must be a word"))
                continue
            name = str(key.value)
            if name in found:
                self.faults.append(Fault(self._path, line, f"{name}: stands here twice"))
                continue
            self.lines[*path, name] = line
            found[name] = self.value(value, (*path, name))
        return found


def _typed(text: str) -> Any:
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if _NUMBER.fullmatch(text):
        return float(text) if set(text) & set(".eE") else int(text)
    return text


# -- faults ---------------------------------------------------------------------------------


def _line(lines: Mapping[Path_, int], path: Path_) -> int:
    """Return the line of the innermost part of a path that is there."""
    for end in range(len(path), -1, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1


def _faults(path: Path, lines: Mapping[Path_, int], found: ValidationError) -> Iterator[Fault]:
    errors = found.errors()
    for error in errors:
        where = error["loc"]
        # A list whose items are all wrong is not too short.
        inside = any(other["loc"][: len(where)] == where for other in errors if other is not error)
        if error["type"] != "too_short" or not inside:
            yield _fault(path, lines, error)


def _fault(path: Path, lines: Mapping[Path_, int], error: Any) -> Fault:
    where: Path_ = tuple(error["loc"])
    line = _line(lines, where)
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return Fault(path, line, f"{_place(where[:-1])}{_unknown(str(where[-1]), where)}")
    if error["type"] == "missing":
        return Fault(path, line, f"{_place(where[:-1])}{where[-1]}: is missing")
    why = _SHORTER.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    if error["type"] == "literal_error":
        known = re.findall(r"'([^']+)'", str(error["ctx"]["expected"]))
        near = difflib.get_close_matches(str(error["input"]), known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        why = f"{error['input']!r} is unknown; {hint}"
    return Fault(path, line, f"{_place(where)}{why[:1].lower()}{why[1:]}")


_SHORTER = {
    "too_short": "expected at least one",
    "string_too_short": "it is empty",
    "string_too_long": "it is too long",
    "string_type": "expected words",
    "tuple_type": "expected a list",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
    "mapping_type": "expected keys with values",
    "bool_parsing": "expected true or false",
    "int_parsing": "expected a whole number",
}
"""What pydantic says in its own terms, by type of the error."""


def _place(where: Path_) -> str:
    """Return where something stands, in words: `turns 2, expect 1, says: `."""
    words: list[str] = []
    for part in where:
        if isinstance(part, int) and words:
            words[-1] += f" {part + 1}"
        else:
            words.append(str(part))
    return f"{', '.join(words)}: " if words else ""


def _unknown(key: str, where: Path_) -> str:
    known = _keys(where[:-1])
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if near:
        return f"{key}: is unknown; did you mean {near[0]}?"
    return f"{key}: is unknown; known are {', '.join(known)}"


def _keys(where: Path_) -> list[str]:
    """Return the keys that the part of a scenario at a place has."""
    found: type | None = Scenario
    for part in where:
        if isinstance(part, str):
            found = _model(_fields(found).get(part))
    return list(_fields(found))


def _fields(model: type | None) -> dict[str, Any]:
    """Return the types of a part's fields, by the keys that they have in a file."""
    if model is not None and issubclass(model, BaseModel):
        fields = model.model_fields.items()
        return {each.alias or name: each.annotation for name, each in fields}
    return {} if model is None else get_type_hints(model)


def _model(annotation: Any) -> type | None:
    if isinstance(annotation, type) and (
        issubclass(annotation, BaseModel) or is_dataclass(annotation)
    ):
        return annotation
    inner = (_model(each) for each in get_args(annotation))
    return next((each for each in inner if each is not None), None)


def _misplaced(scenario: Scenario) -> Iterator[tuple[Path_, str]]:
    """Yield what makes no sense where it stands."""
    watched = False
    for place, turn in enumerate(scenario.turns):
        watched |= turn.kind == "watch"
        if turn.kind == "answer" and not watched:
            yield ("turns", place), "answer: there was no watch: before it that offers something"
        if turn.images and turn.kind != "user":
            yield ("turns", place, "images"), "images: only a message of the user has them"
        allowed = _ALLOWED.get(turn.kind, ())
        for number, each in enumerate(turn.expect):
            if each.kind not in allowed:
                yield ("turns", place, "expect", number), _elsewhere(each.kind, turn.kind)
    for number, each in enumerate(scenario.after):
        if each.kind not in ON_MEMORY:
            yield ("after", number), _elsewhere(each.kind, "after")
    if not list(scenario.expectations()):
        yield ("turns",), "nothing is expected; add expect: to a turn, or after:"


_ALLOWED = {"user": ON_REPLY, "goal": (*ON_REPLY, *ON_GOAL), "watch": ON_WATCH}
"""What may be expected of a turn, by its kind."""


def _elsewhere(kind: str, here: str) -> str:
    owner = "goal" if kind in ON_GOAL else "watch" if kind in ON_WATCH else "user"
    place = f"a {owner}: turn"
    return f"{kind}: belongs to {'after:' if kind in ON_MEMORY else place}, not to {here}:"
