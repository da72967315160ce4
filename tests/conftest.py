"""What tests share: stores in a temporary folder, on a clock that stands still."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from usermind import Assistant, MemoryStore, UserMemory
from usermind.testing import Said, ScriptedReasoner, StoppedClock


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs torch where it is not installed: not every Python has a small build."""
    if item.get_closest_marker("torch") and find_spec("torch") is None:
        pytest.skip("torch is not installed (`pip install '.[neural]'`)")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where `open_store` puts its store."""
    return tmp_path / "store"


@pytest.fixture
def open_store(folder: Path, clock: StoppedClock) -> Iterator[Callable[..., MemoryStore]]:
    """Open `folder`, each time as if by another process; takes `MemoryStore`'s arguments."""
    opened: list[MemoryStore] = []

    def open_it(**given: Any) -> MemoryStore:
        store = MemoryStore(folder, **{"embedder": "lexical", "clock": clock, **given})
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., MemoryStore]) -> MemoryStore:
    return open_store()


@pytest.fixture
def ana(store: MemoryStore) -> UserMemory:
    return store.user("ana")


@pytest.fixture
def scripted(
    store: MemoryStore,
) -> Iterator[Callable[..., tuple[Assistant, ScriptedReasoner]]]:
    """An assistant whose model gives these replies; nothing reflects behind its back."""
    made: list[Assistant] = []

    def make(*replies: Said) -> tuple[Assistant, ScriptedReasoner]:
        model = ScriptedReasoner(replies=replies)
        made.append(Assistant(store=store, model=model, reflect="manual"))
        return made[-1], model

    yield make
    for assistant in made:
        assistant.close()


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that everybody may look into, which nobody else may where pytest keeps its own."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def python() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a Python process on a script; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONSAFEPATH": "1"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


# -- tables of promises -------------------------------------------------------------------

TESTS = Path(__file__).parent


@cache
def _names(file: str) -> frozenset[str]:
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    tests = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }
    # A state machine is collected under the name it is assigned to.
    return frozenset(tests) | {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.startswith("Test")
    }


def _missing(table: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the test ids of a table that name no test, and the promises that have none."""
    empty = [promise for promise, ids in table.items() if not list(ids)]
    lost = [
        test
        for ids in table.values()
        for test in ids
        if test.partition("::")[2] not in _names(test.partition("::")[0])
    ]
    return empty + lost


@pytest.fixture(scope="session")
def missing() -> Callable[[Mapping[str, Iterable[str]]], list[str]]:
    """Check a table of promises and test ids: which ids name no test, and who has none."""
    return _missing
