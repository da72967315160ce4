"""`docs/requirements.md`, held to the code in both directions."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from usermind.cli.app import app

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PAGE = (ROOT / "docs" / "requirements.md").read_text("utf-8")
PACKAGES = (
    "usermind", "usermind.agents", "usermind.agents.sources", "usermind.evals",
    "usermind.evals.benchmarks", "usermind.graphs", "usermind.ingest", "usermind.memory",
    "usermind.models", "usermind.prompts", "usermind.tools", "usermind.tools.recommenders",
)  # fmt: skip
"""Whose `__all__` is public."""
TOOLING = "## Tooling"
"""The heading of what serves other tests."""


@dataclass(frozen=True, slots=True)
class Row:
    """A promise."""

    id: str
    promise: str
    modules: tuple[str, ...]
    names: tuple[str, ...]
    """Public nouns, bare or behind the last part of their package."""
    commands: tuple[str, ...]
    tests: tuple[str, ...]


def read(page: str) -> Iterator[Row]:
    """Yield the rows of all tables of a page."""
    for line in page.partition(TOOLING)[0].splitlines():
        if line.startswith("| ") and not line.startswith(("| id |", "| --- |")):
            id_, promise, where, tests = (cell.strip() for cell in line.strip("|").split(" | "))
            told = re.findall(r"`([^`]+)`", where)
            modules = tuple(each for each in told if each.endswith((".py", ".md")))
            commands = tuple(each for each in told if each.startswith("usermind "))
            yield Row(
                id=id_,
                promise=promise,
                modules=modules,
                names=tuple(each for each in told if each not in {*modules, *commands}),
                commands=commands,
                tests=tuple(re.findall(r"`([^`]+)`", tests)),
            )


ROWS = list(read(PAGE))


def public() -> set[tuple[str, str]]:
    """Return package and name of all that is public."""
    return {(path, name) for path in PACKAGES for name in import_module(path).__all__}


def claimed(rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Return package and name of all that rows claim; a bare name is that of every package."""
    known = public()
    found = set()
    for name in (name for row in rows for name in row.names):
        package, _, bare = name.rpartition(".")
        found |= {
            (path, each)
            for path, each in known
            if each == bare and (not package or path.endswith(f".{package}"))
        } or {("", name)}
    return found


def commands() -> set[str]:
    """Return all commands as they are typed."""

    def below(command: Any, typed: str) -> Iterator[str]:
        parts = getattr(command, "commands", None)
        if parts is None:
            yield typed
        else:
            for name, part in parts.items():
                yield from below(part, f"{typed} {name}")

    return set(below(typer.main.get_command(app), "usermind"))


def test_there_is_a_row_for_each_part_of_the_product() -> None:
    assert len(ROWS) > 100
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert all(row.promise.endswith(".") and row.modules for row in ROWS)


def test_each_promise_is_held_by_tests_that_exist(
    missing: Callable[[Mapping[str, Iterable[str]]], list[str]],
) -> None:
    assert missing({row.id: row.tests for row in ROWS}) == []


def test_no_test_is_named_twice() -> None:
    often = Counter(test for row in ROWS for test in row.tests)
    assert [test for test, times in often.items() if times > 1] == []


def test_each_module_is_there() -> None:
    assert [name for row in ROWS for name in row.modules if not (ROOT / name).is_file()] == []


def test_each_public_name_is_claimed_and_nothing_else() -> None:
    assert claimed(ROWS) - public() == set()
    assert public() - claimed(ROWS) == set()


def test_each_command_is_claimed_and_nothing_else() -> None:
    told = {command for row in ROWS for command in row.commands}
    assert told - commands() == set()
    assert commands() - told == set()


def test_each_file_of_tests_holds_a_promise_or_is_tooling() -> None:
    named = {test.partition("::")[0] for row in ROWS for test in row.tests}
    tooling = set(re.findall(r"`([^`]+\.py)`", PAGE.partition(TOOLING)[2]))
    files = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py")}
    assert files - named - tooling == set()
    assert tooling - files == set()
    assert named & tooling == set()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("| a-1 | It works. | `memory/recall.py`<br>`Nobody` | `x.py::test_y` |", ("", "Nobody")),
        ("| a-1 | It works. | `memory/recall.py`<br>`agents.Concept` | `x.py::test_y` |",
         ("", "agents.Concept")),
    ],
    ids=["a name that is none", "a name of another package"],
)  # fmt: skip
def test_what_is_not_public_is_noticed(line: str, wrong: tuple[str, str]) -> None:
    assert claimed(read(line)) - public() == {wrong}
