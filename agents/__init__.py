"""Agents: what an application holds."""

from importlib import import_module
from typing import TYPE_CHECKING

from usermind.agents.assistant import Assistant
from usermind.agents.interview import Interview
from usermind.agents.proactive import Look, ProactiveAgent
from usermind.agents.reply import Piece, Reply
from usermind.agents.worker import Batch, Worker, WorkReport
from usermind.errors import MissingExtraError

if TYPE_CHECKING:
    from usermind.agents.middleware import UserMemoryMiddleware

__all__ = [
    "Assistant",
    "Batch",
    "Interview",
    "Look",
    "Piece",
    "ProactiveAgent",
    "Reply",
    "UserMemoryMiddleware",
    "WorkReport",
    "Worker",
]


def __getattr__(name: str) -> object:
    # Loaded on first use: it needs `langchain`, which the base install does without.
    if name != "UserMemoryMiddleware":
        raise AttributeError(f"module 'usermind.agents' has no attribute {name!r}")
    try:
        return getattr(import_module("usermind.agents.middleware"), name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "langchain":
            raise
        raise MissingExtraError("langchain", install="pip install 'usermind[agents]'") from error
