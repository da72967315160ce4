"""Tools that a model may call during a turn, and what is known to the public."""

from usermind.tools.knowledge import KnowledgeBase
from usermind.tools.memory import memory_tools
from usermind.tools.public import PublicEntity

__all__ = ["KnowledgeBase", "PublicEntity", "memory_tools"]
