"""Tools that a model may call during a turn."""

from usermind.tools.memory import memory_tools

__all__ = ["memory_tools"]
