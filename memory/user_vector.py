"""A user as one vector: the mean of what they said, weighed by what is being asked.

    w_i = softmax_i(x · h_i / τ)        u = Σ w_i h_i / ‖Σ w_i h_i‖

x is the vector of the query, h_i one of each observation. Source: Liu et al. 2025, "LLMs + Persona-
Plug = Personalized LLMs" (arXiv 2409.11901), section 3.2, without what is trained there: x comes
from the embedder of the history, h_i is not projected, and there is a temperature τ. The paper has
none (τ = 1); the cosines of sentences lie so close together that its weights are nearly equal, and
u is nearly the mean of all.
"""

import json
import math
import sqlite3
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from usermind.errors import InvalidInputError, PrivacyError
from usermind.memory.gather import checked_query
from usermind.memory.journal import ASSISTANT
from usermind.memory.pool import OpenFile
from usermind.memory.privacy import topics
from usermind.memory.privacy.doors import PLACEHOLDERS
from usermind.memory.recall import MAX_QUERY
from usermind.memory.timeline import moment
from usermind.memory.vectors import Floats, Vectors, check_model

Doubles = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.floating[Any]]

TEMPERATURE = 0.05
"""Cosines that differ by this much have weights that differ by a factor of e. Of a speaker's 200
turns in LoCoMo about 55 share the weight then, by entropy; at 1 all do. Set by hand: recall, which
could have told a best one, is helped by none (`benchmarks/user_vectors.py`)."""
CANCELLED = 1e-6
"""Length of a mean of unit vectors below which it is rounding: float32 carries seven digits."""


def attention(query: Numbers, history: Numbers, *, temperature: float = TEMPERATURE) -> Doubles:
    """Return (n,) weights that sum to 1: the softmax of query · history / temperature.

    Args:
        query: (d,)
        history: (n, d), at least one.
        temperature: In [0, ∞]. At 0 the nearest has all the weight, and equally near ones share it;
            at ∞ the weights are equal.

    Raises:
        InvalidInputError: Shapes do not fit, a number is not finite, or the temperature is negative
            or NaN.
    """
    x, rows = _checked(query, history, temperature)
    if not len(rows):
        raise InvalidInputError("The history is empty. Expected at least one vector to weigh.")
    scores = rows @ x  # (n,)
    below = scores - scores.max()  # ≤ 0, so that no exponential overflows
    if temperature == 0:
        weights = (below == 0).astype(np.float64)
    else:
        with np.errstate(over="ignore"):  # -∞ is a weight of 0
            weights = np.exp(below / temperature)
    shares: Doubles = weights / weights.sum()
    return shares


def user_vector(
    query: Numbers, history: Numbers, *, temperature: float = TEMPERATURE
) -> Floats | None:
    """Return (d,) float32 of unit length: the history's mean under `attention`.

    None when the history is empty, or when its vectors cancel out and point nowhere.

    Args:
        query: (d,)
        history: (n, d), of unit length; their order does not matter.
        temperature: As in `attention`.

    Raises:
        InvalidInputError: As in `attention`.
    """
    _, rows = _checked(query, history, temperature)
    if not len(rows):
        return None
    return _unit(attention(query, history, temperature=temperature) @ rows)


def of_file(
    file: OpenFile,
    vectors: Vectors,
    query: str,
    *,
    temperature: float,
    as_of: datetime | None,
    now: datetime,
) -> Floats | None:
    """Return the vector of a file's user; see `UserMemory.user_vector`.

    Raises:
        InvalidInputError: Query or temperature cannot be used.
        PrivacyError: The query is on a private topic, and the embedder elsewhere.
    """
    text = checked_query(query).strip()[:MAX_QUERY]
    _check_temperature(temperature)
    then = math.inf if as_of is None else moment(as_of, now=now).timestamp()
    vectors.fill(file.database)
    asked = vectors.asked(text, database=file.database) if text else None
    if text and asked is None:
        raise PrivacyError(
            "The query touches a private topic of this user, and the embedder is not in this "
            "process. It was not sent there, so that there is no vector of it. Ask for something "
            "else, or use an embedder of this process, such as 'minilm'."
        )
    with file.database.read() as connection:
        found = _own(connection, then)
        if found:
            dimension = len(found[0][1]) // 4 if asked is None else len(asked)
            check_model(connection, vectors.model(dimension))
    history = _items(found)
    if asked is None:  # nothing is nearer to no query than anything else
        asked = np.zeros(history.shape[1], np.float32)
    return user_vector(asked, history, temperature=temperature)


_WHERE = (
    "o.author <> ? AND o.tier <> 'third_party' AND o.quarantine IS NULL AND o.event_at <= ? "
    "AND o.text NOT IN (SELECT value FROM json_each(?))"
)
"""What the user said or did. What was forgotten has no row; a placeholder says nothing of them.

Wider than `journal.OWN`, which profiles quote: here what an application recorded of them counts
under its own name too, since a vector has no words that would have to be theirs."""


def _own(connection: sqlite3.Connection, until: float) -> list[tuple[int, bytes]]:
    """Return observation and vector of every chunk that counts, in order of time.

    What touches a private topic is left out: it was stored before the topic was private, and what
    is made of it may be sent to a model.
    """
    given = (ASSISTANT, until, json.dumps(sorted(PLACEHOLDERS)))
    found = connection.execute(
        "SELECT v.item, v.data FROM vector v JOIN observation o ON o.id = v.item "
        f"WHERE v.kind = 'observation' AND {_WHERE} ORDER BY o.event_at, o.id, v.chunk",
        given,
    ).fetchall()
    private = topics.matchers(topics.rows(connection))
    if not private:
        return found
    texts = connection.execute(f"SELECT o.id, o.text FROM observation o WHERE {_WHERE}", given)
    barred = {id_ for id_, text in texts if topics.touching(private, text)}
    return [(item, data) for item, data in found if item not in barred]


def _items(found: list[tuple[int, bytes]]) -> Floats:
    """Return (n, d) unit vectors, one an observation: the mean of its chunks.

    So that a document of a hundred chunks is one thing among others. Vectors of zeros, which an
    embedder gives a text that it finds nothing in, are left out.
    """
    if not found:
        return np.zeros((0, 0), np.float32)
    flat = np.frombuffer(b"".join(data for _, data in found), "<f4").reshape(len(found), -1)
    items = np.array([item for item, _ in found])
    starts = np.flatnonzero(np.append(True, items[1:] != items[:-1]))
    sums = np.add.reduceat(flat.astype(np.float64), starts, axis=0)  # (n, d)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    kept = lengths[:, 0] > CANCELLED
    rows: Floats = (sums[kept] / lengths[kept]).astype(np.float32)
    return rows


def _unit(mean: Doubles) -> Floats | None:
    length = float(np.linalg.norm(mean))
    return None if length <= CANCELLED else np.asarray(mean / length, np.float32)


def _checked(query: Numbers, history: Numbers, temperature: float) -> tuple[Doubles, Doubles]:
    x, rows = np.asarray(query, np.float64), np.asarray(history, np.float64)
    if x.ndim != 1 or rows.ndim != 2 or (len(rows) and rows.shape[1] != len(x)):
        raise InvalidInputError(
            f"The query has shape {x.shape} and the history {rows.shape}. Expected (d,) and "
            "(n, d): vectors of one embedding model."
        )
    if not (np.isfinite(x).all() and np.isfinite(rows).all()):
        raise InvalidInputError(
            "A vector holds NaN or infinity. Expected finite numbers; check the embedding model."
        )
    _check_temperature(temperature)
    return x, rows


def _check_temperature(temperature: float) -> None:
    if not temperature >= 0:
        raise InvalidInputError(
            f"The temperature is {temperature}. Expected a number of at least 0; 0 takes the "
            "nearest, infinity the mean of all."
        )
