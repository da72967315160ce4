"""Reciprocal rank fusion: one ranking of several, and what must not fall out of it.

Source: Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual
rank learning methods", SIGIR 2009, with their k = 60.
"""

from collections.abc import Sequence
from typing import TypeVar

from usermind.errors import InvalidInputError

RRF = 60
"""Flattens the first ranks: what is second in many lists beats what is first in one."""

Id = TypeVar("Id", bound=str)


def fused(
    rankings: Sequence[Sequence[Id]], weights: Sequence[float] | None = None, *, rrf: int = RRF
) -> list[Id]:
    """Return one ranking of all ids, best first; the order of the rankings makes no difference.

    An id scores Σ weight / (rrf + rank) over the rankings that hold it, counted once a ranking, at
    its first place. Ties go to the id that stands first in a ranking, then to the smaller id.

    Args:
        rankings: Ids, best first.
        weights: One a ranking, above 0; None: all the same.
        rrf: 0 or more.

    Raises:
        InvalidInputError: There is not one weight above 0 for each ranking, or `rrf` is negative.

    >>> fused([["a", "b"], ["b", "c"]])
    ['b', 'a', 'c']
    """
    given = [1.0] * len(rankings) if weights is None else list(weights)
    if len(given) != len(rankings) or not all(weight > 0 for weight in given) or rrf < 0:
        raise InvalidInputError(
            f"There are {len(given)} weights for {len(rankings)} rankings and `rrf` is {rrf}. "
            "Expected one weight above 0 each, and 0 or more. Nothing was ranked."
        )
    parts: dict[Id, list[float]] = {}
    best: dict[Id, int] = {}
    for ranking, weight in zip(rankings, given, strict=True):
        for rank, id_ in enumerate(dict.fromkeys(ranking), 1):
            parts.setdefault(id_, []).append(weight / (rrf + rank))
            best[id_] = min(best.get(id_, rank), rank)
    # Sorted before they are added: sums of floats depend on the order.
    scores = {id_: sum(sorted(each)) for id_, each in parts.items()}
    return sorted(scores, key=lambda id_: (-scores[id_], best[id_], id_))


def held_to(first: Sequence[Id], ranking: Sequence[Id], k: int) -> list[Id]:
    """Return the k best of a ranking with the best half of another one among them.

    What `first` begins with may be pushed down, but not out: it takes the last places from those
    that it does not know.

    Args:
        first: Best first; of its ids at most (k + 1) // 2 are held.
        ranking: Best first; it holds the ids of `first` too.
        k: How many at most.

    >>> held_to(["a", "b"], ["x", "y", "z", "a", "b"], 3)
    ['x', 'a', 'b']
    """
    held = set(first[: (k + 1) // 2])
    room = k - len(held)
    kept: list[Id] = []
    for id_ in ranking:
        if id_ in held:
            kept.append(id_)
        elif room > 0:
            kept.append(id_)
            room -= 1
    return kept[:k]
