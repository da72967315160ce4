"""Graphs: the nodes of a turn and of a reflection, and how they are wired."""

from usermind.graphs.reflection import ReflectionContext, build_reflection_graph, reflect
from usermind.graphs.turn import build_turn_graph, turn_graph_of
from usermind.graphs.turn_state import TurnContext

__all__ = [
    "ReflectionContext",
    "TurnContext",
    "build_reflection_graph",
    "build_turn_graph",
    "reflect",
    "turn_graph_of",
]
