"""Agents: what an application holds."""

from usermind.agents.assistant import Assistant
from usermind.agents.reply import Piece, Reply
from usermind.agents.worker import Batch, Worker, WorkReport

__all__ = ["Assistant", "Batch", "Piece", "Reply", "WorkReport", "Worker"]
