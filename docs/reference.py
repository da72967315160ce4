"""The API reference, made of the docstrings: `make docs` writes it to `build/docs`.

A warning of the reader of docstrings, or of the one that makes pages, is an error.
"""

import shutil
import sys
import warnings
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

PUBLIC = (
    "usermind",
    "usermind.agents",
    "usermind.agents.sources",
    "usermind.errors",
    "usermind.evals",
    "usermind.evals.benchmarks",
    "usermind.evals.plugin",
    "usermind.graphs",
    "usermind.graphs.plan",
    "usermind.graphs.sources",
    "usermind.ingest",
    "usermind.memory",
    "usermind.memory.concepts",
    "usermind.memory.sight",
    "usermind.memory.user_file",
    "usermind.models",
    "usermind.models.images",
    "usermind.prompts",
    "usermind.settings",
    "usermind.testing",
    "usermind.tools",
    "usermind.tools.actions",
    "usermind.tools.recommenders",
    "usermind.tools.reformulating",
    "usermind.types",
)
"""Modules that have a page: the public ones, and those that the documents import from."""


def build(folder: Path, names: Iterable[str] = PUBLIC) -> list[Path]:
    """Write the pages of modules, an index and a search; return the files.

    Args:
        folder: What is in it is deleted, once all pages are made.
        names: The modules.

    Raises:
        Warning: A docstring, a type or a name cannot be made sense of.
    """
    from pdoc import doc, render

    render.configure(docformat="google", footer_text="usermind")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        modules = {name: doc.Module(_resolved(name)) for name in names}
        pages = {f"{name.replace('.', '/')}.html": module for name, module in modules.items()}
        texts = {path: render.html_module(module, modules) for path, module in pages.items()}
        texts["index.html"] = render.html_index(modules)
        texts["search.js"] = render.search_index(modules)
    if folder.exists():
        shutil.rmtree(folder)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return [folder / path for path in texts]


def _resolved(name: str) -> ModuleType:
    """Return a module whose public names, which are imported on first use, are all there."""
    module = import_module(name)
    for each in getattr(module, "__all__", ()):
        vars(module)[each] = getattr(module, each)
    return module


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "build/docs")
    print(f"{len(build(target))} files in {target}")
