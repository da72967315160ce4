"""Trained recommenders that make another list of what one finds, as rows that can be measured.

    lightgcn → the places of a list dealt out to the interests of a user
    transitions → their first candidates in the order of target attention

What is on such a list comes first, in its order; whatever else there is follows as the one that
finds has it, so that all items are ranked as in any other row.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from benchmarks.recommend_runs import LIST

from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Recommendation, Recommender, TransitionKnn, UserQuery
from usermind.tools.recommenders.interests import Interests
from usermind.tools.recommenders.lightgcn import LightGCN
from usermind.tools.recommenders.recommender import Progress, Scores, finite
from usermind.tools.recommenders.target_attention import TargetAttention
from usermind.tools.recommenders.training import Plan

CANDIDATES = 50
"""Items that are put in order."""
INTERESTS = 4
"""Clusters, of eight, that get places."""


def listed_first(scores: Scores, found: Sequence[Recommendation], items: ItemTable) -> Scores:
    """Return (items,) scores by which what is on a list comes first, in its order."""
    ranked = finite(scores).copy()
    rows = items.rows(each.item.id for each in found)
    ranked[rows] = ranked.max(initial=0.0) + np.arange(len(rows), 0, -1)
    return ranked


class Dealt:
    """LightGCN, the places of its list dealt out to the user's interests."""

    def __init__(self, settings: Mapping[str, Any], plan: Plan) -> None:
        self._model = Interests(LightGCN(plan=plan), **{"interests": INTERESTS, **settings})

    @property
    def items(self) -> ItemTable:
        """The table of all items."""
        return self._model.items

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> None:
        """Train LightGCN, and cluster its items."""
        self._model.fit(log, progress=progress)

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the dealt list first."""
        found = self._model.recommend(query, LIST)
        return listed_first(self._model.scores(query), found, self.items)


class Judged:
    """What transitions find, the first candidates in the order of target attention."""

    def __init__(self, settings: Mapping[str, Any], plan: Plan) -> None:
        self._finds: Recommender = TransitionKnn()
        self._judge = TargetAttention(plan=plan, **settings)

    @property
    def items(self) -> ItemTable:
        """The table of all items."""
        return self._finds.items

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> None:
        """Fit what finds, and train what judges."""
        self._finds.fit(log)
        self._judge.fit(log, progress=progress)

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the judged candidates first."""
        found = self._judge.rerank(query, self._finds.recommend(query, CANDIDATES))
        return listed_first(self._finds.scores(query), found, self.items)
