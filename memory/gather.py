"""Recall over every kind of memory: rows that are ranked, and things that a query names.

Observations and propositions are ranked by `recall`. Concepts, entities and profiles are few and
short: a concept counts when the query names it, or when it says most of what is asked.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import get_args

from usermind.errors import InvalidInputError
from usermind.memory import concepts, ranking, recall
from usermind.memory.journal import USER, instant, number
from usermind.memory.naming import mentions
from usermind.memory.pool import OpenFile
from usermind.memory.recall import MAX_QUERY, Recollection
from usermind.memory.terms import terms_of
from usermind.memory.vectors import Vectors
from usermind.types import Kind

NAMED = 0.95
"""Score of what a query names; divided by the number of things that go by an ambiguous name."""
TOLD = 0.8
"""Score of a concept that says all that is asked without being named."""
SHARE = 0.5
"""Share of a question's words below which a concept does not answer it."""
LOOKED_AT = 50
"""Concepts without a name in the query that are compared with it, the most recently edited."""


def gather(
    file: OpenFile,
    vectors: Vectors,
    query: str,
    *,
    k: int,
    kinds: Sequence[Kind] | None,
    min_score: float,
    exclude: Sequence[str],
    as_of: datetime | None,
    written_by: str | None,
    now: datetime,
) -> list[Recollection]:
    """Return the memories of all wanted kinds that fit a query, best first.

    With `as_of` only observations and propositions are recalled: the others have no past.

    Raises:
        InvalidInputError: A kind is unknown, or one without a past is asked for `as_of`.
    """
    wanted = _checked(kinds, as_of)
    rows = [kind for kind in wanted if kind in recall.KINDS]
    hits: list[Recollection] = []
    if rows:
        hits = recall.recall(
            file,
            vectors,
            query,
            k=k,
            kinds=rows,
            min_score=min_score,
            exclude=exclude,
            as_of=as_of,
            written_by=written_by,
            now=now,
        )
    text = query.strip()[:MAX_QUERY]
    with file.database.read() as connection:
        noted = [
            hit
            for kind in wanted
            if kind in NOTED
            for hit in NOTED[kind](connection, text, k + len(exclude))
            if hit.score >= min_score and hit.id not in exclude
        ]
    if not noted:
        return hits
    key = _by_score if text else _by_time
    return sorted([*noted, *hits], key=key)[:k]


def recollect(file: OpenFile, ids: Sequence[str]) -> list[Recollection]:
    """Return the memories of these ids, in their order; what is gone is left out."""
    found = {hit.id: hit for hit in recall.recollect(file, ids)}
    with file.database.read() as connection:
        for id_ in ids:
            if (row := number(id_, "c")) >= 0:
                found |= {hit.id: hit for hit in _concepts(connection, {row: (0.0, _BY_ID)})}
    return [found[id_] for id_ in ids if id_ in found]


_BY_ID = "named by its id"


def held(file: OpenFile) -> tuple[Kind, ...]:
    """Return the kinds beside observations and propositions of which there is anything."""
    with file.database.read() as connection:
        return tuple(
            kind
            for kind in NOTED
            if connection.execute(f"SELECT 1 FROM {kind} LIMIT 1").fetchone() is not None
        )


def _by_score(hit: Recollection) -> tuple[float, float, str]:
    return (-hit.score, -hit.at.timestamp(), hit.id)


def _by_time(hit: Recollection) -> tuple[float, str]:
    return (-hit.at.timestamp(), hit.id)


def _checked(kinds: Sequence[Kind] | None, as_of: datetime | None) -> Sequence[Kind]:
    if kinds is None:
        return recall.KINDS if as_of is not None else get_args(Kind)
    if unknown := set(kinds) - set(get_args(Kind)):
        raise InvalidInputError(
            f"Unknown kinds {sorted(unknown)}; known are {list(get_args(Kind))}, and None for all."
        )
    if as_of is not None and (without := set(kinds) - set(recall.KINDS)):
        raise InvalidInputError(
            f"{sorted(without)} have no past; with `as_of` ask for {list(recall.KINDS)}."
        )
    return tuple(dict.fromkeys(kinds))


def named_concepts(connection: sqlite3.Connection, query: str, most: int) -> list[Recollection]:
    """Return the concepts that a query names or asks about, best first; all for an empty one."""
    if not query:
        newest = connection.execute(
            "SELECT id FROM concept ORDER BY updated_at DESC, id DESC LIMIT ?", (most,)
        )
        return _concepts(connection, {row: (0.0, "newest first") for (row,) in newest})
    scores: dict[int, tuple[float, str]] = {}
    for mention in mentions(connection, query):
        why = f"the query says {mention.text!r}"
        if mention.ambiguous:
            why += f", which may be any of {', '.join(map(repr, mention.keys))}"
        for key in mention.keys:
            row = connection.execute("SELECT id FROM concept WHERE key = ?", (key,)).fetchone()[0]
            scores[row] = max(scores.get(row, (0.0, "")), (NAMED / len(mention.keys), why))
    scores = _asked_about(connection, query) | scores
    best = sorted(scores, key=lambda row: (-scores[row][0], row))[:most]
    return _concepts(connection, {row: scores[row] for row in best})


def _asked_about(connection: sqlite3.Connection, query: str) -> dict[int, tuple[float, str]]:
    terms = set(terms_of(ranking.content_query(query)))
    if len(terms) < 2:  # one word in common says little
        return {}
    rows = connection.execute(
        "SELECT id, key, body FROM concept ORDER BY updated_at DESC LIMIT ?", (LOOKED_AT,)
    )
    scores = {}
    for row, key, body in rows:
        shared = terms & set(terms_of(concepts.load(body).render(key)))
        if len(shared) >= max(2, SHARE * len(terms)):
            scores[row] = (TOLD * len(shared) / len(terms), f"says {len(shared)} words of it")
    return scores


def _concepts(
    connection: sqlite3.Connection, scores: Mapping[int, tuple[float, str]]
) -> list[Recollection]:
    found = []
    for row, (score, why) in scores.items():
        stored = connection.execute(
            "SELECT key, body, updated_at FROM concept WHERE id = ?", (row,)
        ).fetchone()
        if stored is not None:
            key, body, at = stored
            text = concepts.load(body).render(key)
            found.append(
                Recollection(
                    id=f"c{row}",
                    kind="concept",
                    text=text,
                    score=score,
                    confidence=None,
                    at=instant(at),
                    author=USER,
                    source="concepts",
                    session=None,
                    external_id=key,
                    why=why,
                )
            )
    return found


NOTED: Mapping[Kind, Callable[[sqlite3.Connection, str, int], list[Recollection]]] = {
    "concept": named_concepts,
}
"""By kind of what is not ranked: who finds it, given the query and how many at most."""
