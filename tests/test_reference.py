"""The API reference: it is built without a warning, and docstrings say what their functions do."""

import ast
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest

from usermind import errors

ROOT = Path(__file__).parent.parent
BUILDER = ROOT / "docs" / "reference.py"
FOLDERS = ("agents", "evals", "graphs", "memory", "models", "prompts", "tools", "src/usermind")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Ids(HTMLParser):
    """The ids of a page, and what it loads from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        address = (given.get("src") if tag == "script" else given.get("href")) or ""
        if tag in ("script", "link") and "//" in address:
            self.loaded.add(address)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference, of which the warnings are errors."""
    folder = tmp_path_factory.mktemp("reference")
    # In a process of its own: to read types it executes what modules import for checkers alone.
    subprocess.run([sys.executable, BUILDER, folder], check=True)
    return folder


def test_every_public_name_is_on_the_page_of_its_module(pages: Path) -> None:
    for name in runpy.run_path(str(BUILDER))["PUBLIC"]:
        page = Ids((pages / f"{name.replace('.', '/')}.html").read_text("utf-8"))
        assert set(getattr(import_module(name), "__all__", ())) - page.ids == set(), name
        assert not page.loaded


def test_a_name_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    script = (
        "import runpy, sys, usermind.graphs; usermind.graphs.__all__.append('no_such_name'); "
        "runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, BUILDER, tmp_path / "pages"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "no_such_name" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_docstring_names_the_parameters_that_there_are_and_the_errors_that_are_raised() -> None:
    assert [fault for path in modules() for fault in faults(path.read_text("utf-8"), path)] == []


@pytest.mark.parametrize(
    ("doc", "told"),
    [
        ("Return it.\n\n    Args:\n        b: One.\n", ["leaves out a", "says b"]),
        ("Return it.", ["does not say InvalidInputError"]),
        (
            "Return it.\n\n    Args:\n        a: One.\n\n    Raises:\n"
            "        InvalidInputError: No.\n",
            [],
        ),
    ],
    ids=["a parameter that is none", "an error that is raised", "what is so"],
)
def test_what_a_docstring_says_wrongly_is_noticed(doc: str, told: list[str]) -> None:
    source = f'def f(a: int) -> int:\n    """{doc}"""\n    raise InvalidInputError("no")\n'
    found = " ".join(faults(source, Path("f.py")))
    assert all(each in found for each in told)
    assert told or not found


def modules() -> Iterator[Path]:
    """Yield the files whose names are not private, each once."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            linked = path.resolve() != path and not path.resolve().is_relative_to(ROOT / folder)
            if not (path.name.startswith("_") or linked or "cli" in path.parts):
                yield path


def faults(source: str, path: Path) -> Iterator[str]:
    """Yield what is wrong in the docstrings of public functions.

    A docstring may leave `Args:` out; one that has it has all. A constructor is told of by its
    class, and the setter of a property by its getter.
    """
    tree = ast.parse(source)
    bodies: list[tuple[str, str, list[ast.stmt]]] = [("", "", tree.body)]
    bodies += [
        (node.name, ast.get_docstring(node) or "", node.body)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    for owner, told, body in bodies:
        getters: dict[str, str] = {}
        for node in body:
            if isinstance(node, Function) and (
                not node.name.startswith("_") or node.name == "__init__"
            ):
                own = told if node.name == "__init__" else ast.get_docstring(node) or ""
                text = getters.setdefault(node.name, own)
                place = f"{path}:{node.lineno} {owner}.{node.name}"
                yield from (f"{place} {fault}" for fault in _faults(node, own or text))


def _faults(node: Function, text: str) -> Iterator[str]:
    given = node.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    names += [each.arg for each in (given.vararg, given.kwarg) if each]
    names = [name for name in names if name not in ("self", "cls")]
    said = section(text, "Args")
    if said:
        yield from (f"leaves out {name}" for name in names if name not in said)
        yield from (f"says {name}, which is no parameter" for name in said if name not in names)
    for each in ast.walk(node):
        if isinstance(each, ast.Raise) and isinstance(each.exc, ast.Call):
            raised = getattr(each.exc.func, "id", "")
            if hasattr(errors, raised) and raised not in text:
                yield f"does not say {raised}"


def section(text: str, title: str) -> list[str]:
    """Return the names that a section of a docstring explains."""
    found = re.search(rf"^{title}:\n((?:[ ]+.*\n|\n)+)", f"{text}\n", re.MULTILINE)
    if found is None:
        return []
    indent = len(found[1]) - len(found[1].lstrip(" "))
    return re.findall(rf"^ {{{indent}}}\*{{0,2}}(\w+):", found[1], re.MULTILINE)
