"""Recommenders: fitted on what many people did, asked about one user as they are now.

Ids in, items out, best first; of equal scores the item that comes first in the table. What the user
has seen is left out unless the filter says otherwise. Nobody is known by an id: a `UserQuery` holds
all that a recommender hears of a user.
"""

from usermind.tools.recommenders.ease import Ease
from usermind.tools.recommenders.files import load, save
from usermind.tools.recommenders.popularity import Popularity
from usermind.tools.recommenders.query import Event, Preference, UserQuery
from usermind.tools.recommenders.recommendation import Reason, Recommendation
from usermind.tools.recommenders.recommender import Recommender

__all__ = [
    "Ease",
    "Event",
    "Popularity",
    "Preference",
    "Reason",
    "Recommendation",
    "Recommender",
    "UserQuery",
    "load",
    "save",
]
