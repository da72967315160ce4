"""Agents: what an application holds."""

from usermind.agents.assistant import Assistant
from usermind.agents.reply import Piece, Reply

__all__ = ["Assistant", "Piece", "Reply"]
