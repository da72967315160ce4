"""What SECURITY.md promises of the code itself: no pickle, no shell, no code made of data."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from usermind.tools.recommenders import files as recommender_files

ROOT = Path(__file__).parent.parent
SHIPPED = ("agents", "evals", "graphs", "memory", "models", "prompts", "tools", "src/usermind")
FILES = sorted(
    path
    for folder in SHIPPED
    for path in (ROOT / folder).rglob("*.py")
    if folder != "src/usermind" or path.relative_to(ROOT / folder).parts[0] not in SHIPPED
)

IMPORTS = frozenset(
    {
        *("pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"),
        *("subprocess", "pty", "commands", "pexpect", "sh", "code", "codeop", "runpy", "ctypes"),
    }
)
"""Modules that run what they read, or that start other programs."""
CALLS = frozenset({"eval", "exec", "compile", "__import__", "breakpoint"})
"""Builtins that run text."""
METHODS = frozenset(
    {
        *("os.system", "os.popen", "os.startfile", "pty.spawn", "builtins.eval", "builtins.exec"),
        *("torch.load", "pandas.read_pickle", "pd.read_pickle", "numpy.lib.format.read_array"),
        *("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all"),
        *("yaml.full_load", "yaml.full_load_all", "ssl._create_unverified_context"),
        *("tempfile.mktemp", "shutil.unpack_archive", "asyncio.create_subprocess_shell"),
        *("asyncio.create_subprocess_exec", "tarfile.open", "zipfile.ZipFile.extractall"),
    }
)
"""Functions that run what they read, give text to a shell, or trust where they should not."""
STARTS = ("os.exec", "os.spawn", "os.posix_spawn")
"""How the functions that become another program begin."""
KEYWORDS = {
    "allow_pickle": True,
    "weights_only": False,
    "trust_remote_code": True,
    "shell": True,
    "verify": False,
    "pickle_fallback": True,
    "allowed_msgpack_modules": True,
    "allowed_json_modules": True,
    "check_hostname": False,
}
"""Arguments that switch a safeguard off."""

ALLOWED = {
    # Lazy names of a package: the module is one of a table in the same file.
    ("agents/__init__.py", "import_module"),
    ("evals/__init__.py", "import_module"),
    ("models/__init__.py", "import_module"),
    ("src/usermind/__init__.py", "import_module"),
    # The names of stdnum's modules stand in the same file.
    ("memory/privacy/identifiers.py", "import_module"),
    # By a table of classes, to which code alone adds: `test_a_model_file_names_no_module`.
    ("tools/recommenders/files.py", "import_module"),
    # `usermind model serve` becomes vLLM, by a list of arguments.
    ("models/serve.py", "os.execvpe"),
}


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for such an expression, else what of it is known."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def wrongs(source: str) -> Iterator[str]:
    """Yield what a module does that none of ours may do."""
    aliases: dict[str, str] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                if alias.name.split(".")[0] in IMPORTS:
                    yield alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            if node.module.split(".")[0] in IMPORTS:
                yield node.module
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.Attribute | ast.Name):
            continue
        name = dotted(node.func if isinstance(node, ast.Call) else node)
        first, _, rest = name.partition(".")
        full = f"{aliases.get(first, first)}{'.' if rest else ''}{rest}"
        if full in METHODS or full.startswith(STARTS):
            yield full
        if not isinstance(node, ast.Call):
            continue
        if full in CALLS:
            yield full
        if full.rpartition(".")[2] in ("import_module", "spec_from_file_location"):
            yield "import_module"
        if full.rpartition(".")[2] in ("extractall", "unpack_archive", "read_pickle", "to_pickle"):
            yield full
        for keyword in node.keywords:
            value = keyword.value
            if (
                keyword.arg in KEYWORDS
                and isinstance(value, ast.Constant)
                and value.value is KEYWORDS[keyword.arg]
            ):
                yield f"{keyword.arg}={value.value}"


def test_every_folder_that_ships_is_looked_into() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in FILES}
    assert folders == {folder.split("/")[0] for folder in SHIPPED}
    assert {path.parent.name for path in FILES} >= {"cli", "offline", "privacy", "recommenders"}


def test_nothing_that_ships_runs_data_or_a_shell_but_what_is_told_why() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), what)
        for path in FILES
        for what in wrongs(path.read_text("utf-8"))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "planted",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib as j",
        "import subprocess",
        "from subprocess import run",
        "import torch\ntorch.load('x')",
        "from torch import load\nload('x')",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
        "import yaml\nyaml.load(text)",
        "import yaml as y\ny.unsafe_load(text)",
        "import os\nos.system('ls')",
        "from os import system as s\ns('ls')",
        "import os\nf = os.popen",
        "import os\nos.execvp('ls', ['ls'])",
        "import os\nos.spawnlp(0, 'ls')",
        "eval(text)",
        "exec(text)",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "from importlib import import_module\nimport_module(name)",
        "import importlib\nimportlib.import_module(name)",
        "import tempfile\ntempfile.mktemp()",
        "AutoModel.from_pretrained(folder, trust_remote_code=True)",
        "client(url, verify=False)",
        "import ssl\nssl._create_unverified_context()",
        "JsonPlusSerializer(pickle_fallback=True)",
        "import zipfile\nzipfile.ZipFile(path).extractall(folder)",
    ],
    ids=lambda planted: planted.split("\n")[-1],
)
def test_a_planted_one_is_found(planted: str) -> None:
    assert list(wrongs(planted))


def test_a_model_file_names_no_module() -> None:
    for place in recommender_files.KINDS.values():
        assert place.startswith("usermind.tools.recommenders.")


HINTS = "user assistant begin password key token pin prompt remember forget about tool secret "
PIECES = (
    *("a", "a ", " ", "\n", "\t", "_", "-", "- ", "=", ".", "a.", "/a", "1", "1 ", "1-", "'", '"'),
    *("[", "<", "<q ", "</data>", ">", "> a\n", "(", "`", "\u200b", "\u0301", "我", "AAAA", "a@b."),
    *("password: ", "api ", "api_", "token=", "login=", "pin ", "eyJ-", "sk-a ", "http://", "+4"),
    *("-----BEGIN PRIVATE KEY-----", "user:\n", "reveal ", "reveal_", "ignore all ", "send to "),
    *("and ", "On Mon, a wrote:\n", "From: a\n", "remember ", "you are ", "my sister's "),
)
"""What a hostile text is made long of, each for one kind of pattern."""
READING = """
import sys
from usermind.memory.instructions import instruction
from usermind.memory.pasted import pasted
from usermind.memory.privacy import detectors
pieces, hints = eval(sys.argv[1])
for piece in pieces:
    for front in ("", hints, "reveal", "\ube44\ubc00\ubc88\ud638 voor "):
        text = front + piece * (20_000 // len(piece))
        print(repr(front), repr(piece), flush=True)
        detectors.find(text), instruction(text), pasted(text)
"""


def test_no_text_makes_the_gates_try_every_way_to_read_it() -> None:
    """Seconds for what took hours: patterns that share a run among several repeats."""
    done = subprocess.run(
        [sys.executable, "-c", READING, repr((PIECES, HINTS))],
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4 * len(PIECES)
