"""Tools that a model may call during a turn, what is known to the public, and what there is."""

from usermind.tools.catalogue import Catalogue
from usermind.tools.item_filter import Condition, ItemFilter
from usermind.tools.items import Item
from usermind.tools.knowledge import KnowledgeBase
from usermind.tools.memory import memory_tools
from usermind.tools.public import PublicEntity

__all__ = [
    "Catalogue",
    "Condition",
    "Item",
    "ItemFilter",
    "KnowledgeBase",
    "PublicEntity",
    "memory_tools",
]
