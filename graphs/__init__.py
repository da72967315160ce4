"""Graphs: the nodes of a turn and of a reflection, and how they are wired."""

from usermind.graphs.reflection import ReflectionContext, build_reflection_graph, reflect
from usermind.graphs.turn import TurnContext, build_turn_graph, turn_graph_of

__all__ = [
    "ReflectionContext",
    "TurnContext",
    "build_reflection_graph",
    "build_turn_graph",
    "reflect",
    "turn_graph_of",
]
