"""Tools that a model may call during a turn, what is known to the public, and what there is."""

from usermind.tools.advice import Advice
from usermind.tools.advisor import Advisor
from usermind.tools.catalogue import Catalogue
from usermind.tools.interactions import Interaction
from usermind.tools.item_filter import Condition, ItemFilter
from usermind.tools.items import Item
from usermind.tools.knowledge import KnowledgeBase
from usermind.tools.memory import memory_tools
from usermind.tools.public_entities import PublicEntity
from usermind.tools.recommend import catalogue_tools

__all__ = [
    "Advice",
    "Advisor",
    "Catalogue",
    "Condition",
    "Interaction",
    "Item",
    "ItemFilter",
    "KnowledgeBase",
    "PublicEntity",
    "catalogue_tools",
    "memory_tools",
]
