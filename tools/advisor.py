"""Who recommends from a catalogue to a user, by what is known of them this very moment.

    message, memory → taste (events, preferences, conditions) → recommender → items with reasons

No model is called, and nothing is trained: a claim that was learnt, or a film that was panned, a
second ago moves the list. Hard conditions, and what the user has seen, hold whatever the scores.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usermind.memory import UserMemory
from usermind.tools.item_filter import ANY, Condition, ItemFilter
from usermind.tools.items import Item
from usermind.tools.mentions import Mentions
from usermind.tools.recommenders.recommendation import Reason, Recommendation
from usermind.tools.taste import Note, Taste, taste

if TYPE_CHECKING:
    from usermind.memory.feedback import ItemEvent
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.recommenders.recommender import Recommender

K = 5
"""Items that a turn offers."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What fits a user of a catalogue."""

    recommendations: tuple[Recommendation, ...]
    """Best first."""
    notes: tuple[Note, ...] = ()
    """What was left out or set aside for it, and why."""
