"""Which entities a context is given: drawn by weight, or scored by what they occur with.

Source: the draws of K-LaMP (Baek et al., WWW 2024); the scores of ResearchAgent, by the same
authors.
"""

import json
import random
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping
from math import log, log2

TOGETHER = 3
"""Shared events from which on `discover` believes that two entities go together."""
NEVER = 1e-16
"""Stands for the probability of what was never seen, whose logarithm would be infinite."""


def draw(weights: Mapping[str, float], *, k: int, seed: int) -> list[str]:
    """Return up to k keys drawn one after the other without replacement, by weight.

    Args:
        weights: All above 0; their order matters to the draw.
        k: How many at most.
        seed: The same gives the same.

    Source: Efraimidis and Spirakis (2006): the largest log(u) / weight, u uniform in (0, 1].
    """
    rng = random.Random(seed)  # noqa: S311  # no secret is made of it
    keys = {key: log(1.0 - rng.random()) / weight for key, weight in weights.items()}
    return sorted(keys, key=lambda key: -keys[key])[:k]


def together(connection: sqlite3.Connection, context: Collection[int]) -> dict[int, float]:
    """Return the score of each entity that shares enough events with the context, both by row."""
    given = sorted(context)
    beside: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for entity, other, times in connection.execute(
        "SELECT a.entity_id, b.entity_id, COUNT(*) FROM entity_mention b "
        "JOIN entity_mention a ON a.event_id = b.event_id "
        "WHERE b.entity_id IN (SELECT value FROM json_each(:given)) "
        "AND a.entity_id NOT IN (SELECT value FROM json_each(:given)) GROUP BY 1, 2",
        {"given": json.dumps(given)},
    ):
        beside[entity][other] = times
    near = {entity: seen for entity, seen in beside.items() if sum(seen.values()) >= TOGETHER}
    totals = _totals(connection, near)
    everything = connection.execute("SELECT SUM(count) FROM entity_mention").fetchone()[0]
    return {
        entity: log2(totals[entity][0] / everything)
        + sum(log2(seen.get(other, 0) / totals[entity][1] + NEVER) for other in given)
        for entity, seen in near.items()
    }


def _totals(
    connection: sqlite3.Connection, entities: Collection[int]
) -> dict[int, tuple[int, int]]:
    """Return of each entity its count, and how many mentions of others stand beside it."""
    rows = connection.execute(
        "SELECT a.entity_id, SUM(a.count), SUM((SELECT COUNT(*) - 1 FROM entity_mention b "
        "WHERE b.event_id = a.event_id)) FROM entity_mention a "
        "WHERE a.entity_id IN (SELECT value FROM json_each(?)) GROUP BY 1",
        (json.dumps(list(entities)),),
    )
    return {entity: (count, beside) for entity, count, beside in rows}
