"""Imports point one way, and importing is cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ["prompts", "models", "memory", "tools", "graphs", "agents", "evals"]
"""Lowest first; a folder imports those before it, and the front door's nouns."""
NOUNS = {"usermind.errors", "usermind.types"}
OF_THE_DOOR = {"evals": {"usermind", "usermind.store", "usermind.testing"}}
"""What a folder may import of the front door besides."""
FILES = [path for folder in ORDER for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_downwards(path: Path) -> None:
    folder = path.relative_to(ROOT).parts[0]
    below = {f"usermind.{name}" for name in ORDER[: ORDER.index(folder) + 1]}
    tree = ast.parse(path.read_text("utf-8"))
    names = [
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    ours = {name for name in names if name and name.split(".")[0] == "usermind"}

    wrong = {
        name
        for name in ours - NOUNS - OF_THE_DOOR.get(folder, set())
        if ".".join(name.split(".")[:2]) not in below
    }

    assert not wrong


@pytest.mark.parametrize("folder", ORDER[2:3])
def test_memory_knows_models_only_by_protocol(folder: str) -> None:
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / folder).rglob("*.py"))
    assert "usermind.models" not in text


def test_importing_usermind_loads_no_heavy_library() -> None:
    script = (
        "import sys, usermind; "
        "heavy = {'numpy', 'langgraph', 'langchain_core', 'openai', 'torch', 'tokenizers'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_store_needs_no_langchain_until_a_turn() -> None:
    script = (
        "import sys, tempfile; from usermind import MemoryStore; "
        "ana = MemoryStore(tempfile.mkdtemp(), embedder='lexical').user('ana'); "
        "ana.observe('I moved to Oslo.'); ana.recall('Oslo'); "
        "print(sorted({'langgraph', 'langchain_core', 'openai', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
