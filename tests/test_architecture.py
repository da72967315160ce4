"""The pictures and paths of the documents are those of the code."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from usermind.graphs import build_turn_graph

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
PICTURE = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)
ARROW = re.compile(r"^ *(\w+)\S* (-->|-\. .+ \.->|-\.->) (\w+)", re.MULTILINE)
HOUSE, TURN = PICTURE.findall((ROOT / "docs" / "architecture.md").read_text("utf-8"))


def arrows(picture: str) -> set[tuple[str, str, bool]]:
    """Return the arrows of a picture: from, to, and whether it is dotted."""
    plain = re.sub(r"\(\[.*?\]\)|\[\(.*?\)\]|\[/.*?/\]|\[.*?\]", "", picture)
    return {(a, b, line != "-->") for a, line, b in ARROW.findall(plain)}


def test_the_picture_of_a_turn_is_the_graph() -> None:
    names = {"__start__": "start", "__end__": "stop"}
    edges = build_turn_graph().get_graph().edges
    assert arrows(TURN) == {
        (names.get(edge.source, edge.source), names.get(edge.target, edge.target), edge.conditional)
        for edge in edges
    }


def test_the_picture_of_the_house_has_its_folders_in_the_order_of_imports() -> None:
    drawn = arrows(HOUSE)
    order = ["evals", "agents", "graphs", "tools", "memory", "models", "prompts"]
    assert {folder.parent.name for folder in ROOT.glob("*/__init__.py")} == set(order)
    assert set(pairwise(order)) <= {(a, b) for a, b, _ in drawn}
    assert all(order.index(a) < order.index(b) for a, b, _ in drawn if {a, b} <= set(order))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_module_that_a_page_names_is_there(page: Path) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if tracked(path)}
    bare = {name.rpartition("/")[2] for name in files}
    told = set(re.findall(r"`([\w/]+\.py)(?:::\w+)?`", page.read_text("utf-8")))
    known = {f"{place}{name}" for place in ("", "src/usermind/", "tests/") for name in told} & files
    assert {name for name in told - bare if not any(each.endswith(name) for each in known)} == set()


def tracked(path: Path) -> bool:
    """Return whether a file is part of the repository, and no copy in an environment of tools."""
    return not any(part.startswith(".") or part == "build" for part in path.relative_to(ROOT).parts)
