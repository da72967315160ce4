"""Reading scenarios from YAML: every fault with its line, all of a file's at once.

Only the form of YAML is taken from it: each plain word is a word, so that `no` is not a falsehood
and `12:30` is no number. What is to be a number is read as one where a scenario has one.
"""

import difflib
import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints

import yaml
from pydantic import BaseModel, ValidationError

from usermind.errors import InvalidInputError
from usermind.evals.scenario import ON_GOAL, ON_MEMORY, ON_REPLY, ON_WATCH, Scenario

SUFFIX = ".scenario.yaml"
"""How the name of a scenario's file ends where it is looked for in a folder."""
DEEPEST = 24
"""Levels that a file may have."""
MOST_VALUES = 100_000
"""Values that a file may have, those that an alias repeats counted each time: a few lines of
aliases of aliases would otherwise fill the memory."""
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
        InvalidInputError: A path is not there, or a folder holds no scenario.
    """
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(path.rglob(f"*{SUFFIX}"))
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


def load_scenarios(paths: Sequence[Path]) -> list[Loaded]:
    """Return the scenarios of files.

    Raises:
        InvalidInputError: Any is malformed, names a file that is not there, or has the name of
            another; all faults are told, each as `file:line: what`.
    """
    loaded: list[Loaded] = []
    faults: list[Fault] = []
    for path in paths:
        one, wrong = read_scenario(path)
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


def read_scenario(path: Path) -> tuple[Loaded | None, list[Fault]]:
    """Return the scenario of a file, or what is wrong with it."""
    try:
        content = path.read_bytes()
        node = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.BaseLoader)
    except OSError as error:
        return None, [Fault(path, 1, f"it cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return None, [Fault(path, line, "it is not UTF-8; save it in that encoding")]
    except yaml.YAMLError as error:
        return None, [_unreadable(path, error)]
    except RecursionError:
        return None, [Fault(path, 1, _TOO_DEEP)]
    if node is None:
        return None, [Fault(path, 1, "it is empty; a scenario has a name and turns")]
    reading = Reading(path)
    data = reading.value(node, ())
    faults = reading.faults
    if not isinstance(data, dict):
        return None, [*faults, Fault(path, 1, "expected keys like name: and turns:")]
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        faults += _faults(path, reading.lines, error)
        return None, sorted(faults, key=lambda fault: fault.line)
    faults += [Fault(path, _line(reading.lines, where), why) for where, why in _misplaced(scenario)]
    loaded = Loaded(scenario, path, reading.lines, "")
    seen = hashlib.sha256(content)
    for where, name in scenario.files():
        try:
            for part in _content(loaded.file(name)):
                seen.update(part)
        except (OSError, ValueError) as error:  # ValueError: it can be no path
            told = getattr(error, "strerror", None) or "there can be no file of this name"
            why = f"{name} beside it cannot be read: {told}"
            faults.append(Fault(path, loaded.line(*where), why))
    if faults:
        return None, sorted(faults, key=lambda fault: fault.line)
    return Loaded(scenario, path, reading.lines, seen.hexdigest()), []


def _content(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, or a folder like MovieLens': not what is in folders within it."""
    if path.is_dir():
        for each in sorted(path.iterdir()):
            if each.is_file():
                yield os.fsencode(each.name)
                yield from _pieces(each)
    elif path.is_file():
        yield from _pieces(path)
    else:
        path.stat()
        raise OSError(errno.EINVAL, "it is no file")  # a pipe or a device need never end


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def _unreadable(path: Path, error: yaml.YAMLError) -> Fault:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        why = " ".join(filter(None, (error.context, error.problem)))
        why += "; words with signs like : ? # [ { in them stand in quotes"
        return Fault(path, 1 if mark is None else mark.line + 1, f"it is no YAML: {why}")
    return Fault(path, 1, "it is no YAML: it holds characters that YAML does not allow")


# -- YAML → plain values --------------------------------------------------------------------

_NUMBER = re.compile(r"[-+]?(?:\d+|\d*\.\d+(?:[eE][-+]?\d+)?)")
_LONGEST_NUMBER = 300
"""Characters of a number; a longer one is words."""
_TOO_DEEP = "it is nested too deeply"
_TOO_MUCH = f"it has more than {MOST_VALUES:,} values; repeat less by aliases"
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}


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
        if len(path) > DEEPEST or self._values > MOST_VALUES:
            why = _TOO_DEEP if self._values <= MOST_VALUES else _TOO_MUCH
            fault = Fault(self._path, line, why)
            if fault not in self.faults[-2:]:  # aliases repeat it as often as they are many
                self.faults.append(fault)
            return None
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
    if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
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
    yield from _off_the_calendar(scenario)
    if not list(scenario.expectations()):
        yield ("turns",), "nothing is expected; add expect: to a turn, or after:"


_YEARS = range(1000, 9000)
"""Years in which a scenario may play; beyond, what is reckoned from its times is no date."""


def _off_the_calendar(scenario: Scenario) -> Iterator[tuple[Path_, str]]:
    """Yield the times that are too early or too late."""
    said: list[tuple[Path_, datetime | timedelta | None]] = [(("start",), timedelta())]
    for place, seed in enumerate(scenario.seed):
        said.append((("seed", place, "at"), seed.at))
        if seed.appointment is not None:
            entry: Path_ = ("seed", place, "appointment")
            said.append(((*entry, "begins"), seed.appointment.begins))
            said.append(((*entry, "ends"), seed.appointment.ends))
    gone_by = timedelta()
    for place, turn in enumerate(scenario.turns):
        with suppress(OverflowError):  # then the longest wait alone is off the calendar
            gone_by += turn.wait or timedelta()
        said.append((("turns", place, "wait"), gone_by))
    for where, when in said:
        try:
            found = scenario.moment(when).astimezone(UTC)
        except OverflowError:
            found = datetime.min.replace(tzinfo=UTC)
        if found.year not in _YEARS:
            first, last = _YEARS[0], _YEARS[-1]
            yield where, f"{where[-1]}: that is in no year from {first} to {last}"


_ALLOWED = {"user": ON_REPLY, "goal": (*ON_REPLY, *ON_GOAL), "watch": ON_WATCH}
"""What may be expected of a turn, by its kind."""


def _elsewhere(kind: str, here: str) -> str:
    owner = "goal" if kind in ON_GOAL else "watch" if kind in ON_WATCH else "user"
    place = f"a {owner}: turn"
    return f"{kind}: belongs to {'after:' if kind in ON_MEMORY else place}, not to {here}:"
