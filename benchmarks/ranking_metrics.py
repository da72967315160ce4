"""How good a ranking of all items is, from the places at which a user's held-out items stand.

    scores over the whole table → `places` of what is wanted → recall, NDCG, … at k

No sampled metrics: places are counted among all items that may come, never among a few drawn ones
(Krichene & Rendle 2020, "On sampled metrics for item recommendation", section 4: sampled metrics
can order recommenders the other way round). Of equal scores each has the middle of their places,
so that a recommender which has nothing to say gains nothing by the order of the table.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]
"""(wanted,) 1 for the best; k + 1/2 where two share k and k + 1; infinite: it may not come."""
Rows = NDArray[np.int64]


def places(
    scores: NDArray[np.floating], wanted: Rows, among: NDArray[np.bool_] | None = None
) -> Places:
    """Return the place of each wanted item among all that may come, ties at the middle.

    Args:
        scores: (items,) finite, the higher the better.
        wanted: (wanted,) rows of the table.
        among: (items,) which rows may come; None: all.
    """
    kept = scores if among is None else scores[among]
    ordered, asked = np.sort(kept), scores[wanted]
    below = np.searchsorted(ordered, asked, "left")
    upto = np.searchsorted(ordered, asked, "right")
    found = (len(kept) - upto) + (upto - below + 1) / 2
    return found if among is None else np.where(among[wanted], found, np.inf)


# -- of one user ------------------------------------------------------------------------------


def recall(found: Places, k: int) -> float:
    """Return the share of the wanted items among the first k, in [0, 1]; NaN: none is wanted."""
    return float((found <= k).mean()) if len(found) else float("nan")


def capped_recall(found: Places, k: int) -> float:
    """Return the share of what the first k could hold at best: hits / min(k, wanted), in [0, 1]."""
    return float((found <= k).sum() / min(k, len(found))) if len(found) else float("nan")


def hit_rate(found: Places, k: int) -> float:
    """Return 1 where any wanted item is among the first k, else 0; NaN: none is wanted."""
    return float((found <= k).any()) if len(found) else float("nan")


def reciprocal_rank(found: Places, k: int) -> float:
    """Return 1 / place of the first wanted item, 0 where that is beyond k; NaN: none is wanted."""
    if not len(found):
        return float("nan")
    first = found.min()
    return float(1 / first) if first <= k else 0.0


def ndcg(found: Places, k: int) -> float:
    """Return the discounted gain of the wanted items over that of the best order, in [0, 1].

    Source: Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques",
    section 2.2, with gain 1 and discount log2(place + 1) as trec_eval has it.
    """
    if not len(found):
        return float("nan")
    ideal = (1 / np.log2(np.arange(min(k, len(found))) + 2)).sum()
    return float((1 / np.log2(found[found <= k] + 1)).sum() / ideal)


def area(found: Places, among: int) -> float:
    """Return the chance that a wanted item stands before another one, ties half; NaN: undefined.

    Args:
        found: Places of the wanted items.
        among: How many items may come.
    """
    n, others = len(found), among - len(found)
    if not n or not others or not np.isfinite(found).all():
        return float("nan")
    # Mann & Whitney 1947: the sum of places, less what the wanted ones take up among themselves.
    return float(1 - (found.sum() - n * (n + 1) / 2) / (n * others))


# -- of all lists -----------------------------------------------------------------------------


def coverage(lists: Sequence[Rows], n_items: int) -> float:
    """Return the share of the table that is in any list, in [0, 1]."""
    seen = np.zeros(n_items, dtype=bool)
    for rows in lists:
        seen[rows] = True
    return float(seen.mean()) if n_items else float("nan")


def popularity_lift(
    lists: Sequence[Rows], histories: Sequence[Rows], counts: NDArray[np.floating]
) -> float:
    """Return how much more popular than what users turn to the lists are; 0: just as popular.

    Source: Abdollahpouri et al. 2020, "The connection between popularity bias, calibration, and
    fairness in recommendation", equation 3; users with neither are left out.
    """
    pairs = [
        (counts[rows].mean(), counts[history].mean())
        for rows, history in zip(lists, histories, strict=True)
        if len(rows) and len(history)
    ]
    if not pairs:
        return float("nan")
    listed, had = np.array(pairs).mean(axis=0)
    return float(listed / had - 1)


def intra_list_distance(rows: Rows, vectors: NDArray[np.floating]) -> float:
    """Return the mean of 1 − cosine over all pairs of a list; NaN for fewer than two items.

    Args:
        rows: (k,) a list.
        vectors: (items, d) of unit length or zero; a zero vector is at distance 1 from all.

    Source: Ziegler et al. 2005, "Improving recommendation lists through topic diversification",
    section 3.3, as a mean and not a sum.
    """
    n = len(rows)
    if n < 2:
        return float("nan")
    of = vectors[rows].astype(np.float64)
    total = of.sum(axis=0)
    pairs = (total @ total - np.einsum("ij,ij->", of, of)) / (n * (n - 1))
    return float(1 - pairs)


def share_in(rows: Rows, marked: NDArray[np.bool_]) -> float:
    """Return the share of a list that is marked, in [0, 1]; NaN for an empty one."""
    return float(marked[rows].mean()) if len(rows) else float("nan")
