"""LLM agents that know their user: evidence-backed memory on LangGraph and vLLM."""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usermind.agents import Assistant, Reply, Worker
    from usermind.errors import UsermindError
    from usermind.memory import Budget, Concept, Draft, Recollection, UserMemory
    from usermind.store import MemoryStore

__version__ = version("usermind")

_HOME = {
    "Assistant": "usermind.agents",
    "Budget": "usermind.memory",
    "Concept": "usermind.memory",
    "Draft": "usermind.memory",
    "MemoryStore": "usermind.store",
    "Recollection": "usermind.memory",
    "Reply": "usermind.agents",
    "UserMemory": "usermind.memory",
    "UsermindError": "usermind.errors",
    "Worker": "usermind.agents",
}

__all__ = [
    "Assistant",
    "Budget",
    "Concept",
    "Draft",
    "MemoryStore",
    "Recollection",
    "Reply",
    "UserMemory",
    "UsermindError",
    "Worker",
    "__version__",
]


def __getattr__(name: str) -> object:
    # Loaded on first use: LangGraph takes a second to import, and `usermind --help` needs none.
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'usermind' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
