"""Recommenders: fitted on what many people did, asked about one user as they are now.

Ids in, items out, best first; of equal scores the item that comes first in the table. What the user
has seen is left out unless the filter says otherwise. Nobody is known by an id: a `UserQuery` holds
all that a recommender hears of a user.
"""

from usermind.tools.recommenders.attributes import AttributeMatch
from usermind.tools.recommenders.blend import Blend
from usermind.tools.recommenders.ease import Ease
from usermind.tools.recommenders.files import load, register, save
from usermind.tools.recommenders.graph_filter import GraphFilter
from usermind.tools.recommenders.interests import Interests
from usermind.tools.recommenders.lightgcn import LightGCN
from usermind.tools.recommenders.popularity import Popularity
from usermind.tools.recommenders.query import Event, Preference, UserQuery
from usermind.tools.recommenders.recommendation import Reason, Recommendation
from usermind.tools.recommenders.recommender import Recommender
from usermind.tools.recommenders.sequential import SequentialTransformer
from usermind.tools.recommenders.target_attention import TargetAttention
from usermind.tools.recommenders.text import TextMap, TextSource
from usermind.tools.recommenders.training import Plan
from usermind.tools.recommenders.transitions import TransitionKnn

__all__ = [
    "AttributeMatch",
    "Blend",
    "Ease",
    "Event",
    "GraphFilter",
    "Interests",
    "LightGCN",
    "Plan",
    "Popularity",
    "Preference",
    "Reason",
    "Recommendation",
    "Recommender",
    "SequentialTransformer",
    "TargetAttention",
    "TextMap",
    "TextSource",
    "TransitionKnn",
    "UserQuery",
    "load",
    "register",
    "save",
]
