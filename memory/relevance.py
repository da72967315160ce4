"""How well texts bear on questions, when nothing but these texts is looked at.

Recall ranks the rows that a file holds today. Where the rows are given (claims in the words that
they once had, messages to choose between) the same signals and weights are used here, and what
else the file holds plays no part.

Source: `memory.ranking`, with every text alone in its session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usermind.errors import ModelError
from usermind.memory import meta, ranking
from usermind.memory.database import Database
from usermind.memory.index import Doubles, Floats, Ints
from usermind.memory.journal import USER, number
from usermind.memory.ranking import Levels
from usermind.memory.terms import counts_of, terms_of
from usermind.memory.text import index_terms, token_count
from usermind.memory.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the user's memory."""

    id: str
    """Of the claim or observation that it stands in, for the log of the privacy gate."""
    text: str
    author: str = USER
    """Who wrote it; a claim counts as written by the user."""


def relevance(
    database: Database,
    vectors: Vectors,
    queries: Sequence[str],
    passages: Sequence[Passage],
    *,
    written_by: str | None = None,
) -> Doubles:
    """Return `(queries, passages)`, how well each passage fits each query, in [0, 1].

    By words alone where the embedder is down or may not see a text.

    Args:
        database: The user's file, whose private topics hold.
        vectors: The embedder.
        queries: Words or questions.
        passages: What is compared with them.
        written_by: Author of the queries where they are stored text; None: said now.
    """
    if not queries or not passages:
        return np.zeros((len(queries), len(passages)))
    counts = [counts_of(passage.text) for passage in passages]
    levels, embedded = _levels(database, vectors, passages)
    found = []
    for query in queries:
        terms = sorted(terms_of(ranking.content_query(query)))
        tf = np.array([[held.get(term, 0) for held in counts] for term in terms], dtype=np.float32)
        vector = vectors.query(query, database=database, author=written_by)
        scores = ranking.score(
            levels,
            vector if embedded else None,
            tf,
            (tf > 0).sum(axis=1) if terms else np.zeros(0),
            asks_time=ranking.asks_when(query),
        )
        found.append(scores.relevance)
    return np.array(found, dtype=np.float64)


def likeness(database: Database, vectors: Vectors, texts: Sequence[str]) -> Doubles:
    """Return `(texts, texts)`, how near texts of the user's are to each other, in [−1, 1].

    The cosine of their vectors, of a long text the mean of its chunks'. By the words that they
    share where the embedder is down.
    """
    try:
        chunks = vectors.bare(database, [("", USER, text) for text in texts])
    except ModelError:
        return _overlap([terms_of(ranking.content_query(text)) for text in texts])
    means = np.array([each.mean(axis=0) for each in chunks], dtype=np.float64)
    norms = np.linalg.norm(means, axis=1, keepdims=True)
    norms[norms == 0] = 1.0
    units = means / norms
    found: Doubles = np.clip(units @ units.T, -1.0, 1.0)
    return found


def _overlap(texts: Sequence[Sequence[str]]) -> Doubles:
    """Return Dice's coefficient of the distinct terms of each two texts."""
    terms = [frozenset(each) for each in texts]
    return np.array(
        [
            [2 * len(a & b) / (len(a) + len(b)) if a or b else float(a is b) for b in terms]
            for a in terms
        ]
    )


def _levels(
    database: Database, vectors: Vectors, passages: Sequence[Passage]
) -> tuple[Levels, bool]:
    """Return the passages made ready, and whether they have vectors."""
    try:
        chunks = _chunks(database, vectors, passages)
    except ModelError:  # the vector of the query, which is asked for next, is what warns
        chunks = [np.zeros((1, 1), dtype=np.float32) for _ in passages]
    owners: Ints = np.repeat(np.arange(len(passages)), [len(each) for each in chunks])
    flat: Floats = np.concatenate(chunks)
    levels = Levels.build(
        flat,
        [token_count(index_terms(passage.text)) for passage in passages],
        np.arange(len(passages)),
        questions=[ranking.is_question(passage.text) for passage in passages],
        dated=[ranking.mentions_time(passage.text) for passage in passages],
        chunk_rows=owners,
    )
    return levels, flat.shape[1] > 1


def _chunks(database: Database, vectors: Vectors, passages: Sequence[Passage]) -> list[Floats]:
    """Return per passage `(chunks, dimension)`; those of claims are kept beside them."""
    kept = _kept(database, vectors, passages)
    new = [passage for passage in passages if passage not in kept]
    made = vectors.bare(database, [(each.id, each.author, each.text) for each in new])
    kept |= dict(zip(new, made, strict=True))
    return [kept[passage] for passage in passages]


def _kept(
    database: Database, vectors: Vectors, passages: Sequence[Passage]
) -> dict[Passage, Floats]:
    claims = [passage for passage in passages if passage.id.startswith("p")]
    if not claims:
        return {}
    vectors.fill_or_warn(database)
    found = {}
    with database.read() as connection:
        model = meta.value_of(connection, meta.EMBEDDER)
        for claim in claims:
            rows = connection.execute(
                "SELECT v.data FROM proposition p JOIN vector v ON v.kind = 'proposition' "
                "AND v.item = p.id WHERE p.id = ? AND p.text = ? AND p.embedded = 1 "
                "ORDER BY v.chunk",
                (number(claim.id, "p"), claim.text),
            ).fetchall()
            if rows:
                flat = np.frombuffer(b"".join(data for (data,) in rows), dtype="<f4")
                found[claim] = flat.reshape(len(rows), -1).astype(np.float32)
    if found:
        dimension = next(iter(found.values())).shape[1]
        if model != vectors.model(dimension):
            return {}  # of another embedder; recall is what refuses it
    return found
