"""What items are about: for items nobody has touched, and for users who have words only.

    Z = the low frequencies of who liked what,  W = argmin ‖T W − Z‖² + λ‖W‖²
    s(a, b) = (1 − mapped) · cos(t_a, t_b) + mapped · z_a · z_b

T are vectors of the items' text, less their mean: what all texts of a catalogue share (on films it
is most of them) tells nothing. W takes a text into the space of what people like together, so
that likeness of taste reaches an item (or a sentence) that has a text alone: its z is t W. A score
is a sum of s over what the user liked and what they say, so that each one's share is known exactly.

Source: the map from content to collaborative factors is that of Z. Gantner et al., Learning
Attribute-to-Feature Mappings for Cold-Start Recommendations (2010), section IV; theirs has nearest
neighbours and gradient descent where we solve a ridge regression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import EmbedderMismatchError, InvalidInputError
from usermind.memory.text import digest
from usermind.tools.embedding import check_same, vector_of
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.graph_filter import GraphFilter
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.matrices import unit
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores
from usermind.types import Embedder

_REMEMBERED = 1024
"""Sentences whose vectors are kept: a user's preferences come again with every turn."""
NEAR = 0.3
"""Cosine, less what all texts share, from which on an item is near to words. With MiniLM on the
films of MovieLens, "documentaries about music" has 69 of 9,125 above it, of which the first are
about music; "something uplifting", of which no title tells, has none (the nearest is at .27)."""
VERY_NEAR = 0.45
"""Cosine from which on it is as near as anything is to words that somebody asks by."""


@dataclass(frozen=True, slots=True)
class TextSource:
    """What items say, as vectors, and what makes such vectors of a user's words."""

    vectors: NDArray[np.float32]
    """(items, dimension) in the order of the table."""
    embedder: Embedder
    """That of the vectors."""
    made_by: str | None = None
    """By what the vectors were made, as `embedding.name_of` has it, where it is known: another
    embedder's vector of the user's words would be compared with them in vain."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Something the user says."""

    text: str
    weight: float
    kind: Literal["preference", "words"]
    said: str
    """As a reason."""
    memory: str | None = None


class TextMap(Recommender):
    """Scores an item by how near its text is to what the user liked and says.

    Args:
        source: Vectors of the items it is fitted on, and their embedder.
        ridge: λ above 0.
        rank: Dimensions of the space of taste, 1 or more.
        mapped: In [0, 1]: 0: likeness of the texts alone; 1: likeness of taste alone.

    Raises:
        InvalidInputError: A setting is out of range, or a vector is not finite.
    """

    name: ClassVar[str] = "text"

    def __init__(
        self,
        source: TextSource | None = None,
        *,
        ridge: float = 1.0,
        rank: int = 32,
        mapped: float = 0.5,
    ) -> None:
        if not (np.isfinite(ridge) and ridge > 0 and rank >= 1 and 0 <= mapped <= 1):
            raise InvalidInputError(
                f"`ridge` is {ridge}, `rank` is {rank} and `mapped` is {mapped}. Expected a ridge "
                "above 0, a rank of 1 or more, and `mapped` in [0, 1]. Nothing was fitted."
            )
        self.ridge, self.rank, self.mapped = float(ridge), int(rank), float(mapped)
        self.items = ItemTable(())
        self._source = source
        self._vectors = np.zeros((0, 0), dtype=np.float32)
        self._texts = np.zeros((0, 0), dtype=np.float32)
        self._mean = np.zeros(0, dtype=np.float32)
        self._remembered: dict[bytes, NDArray[np.float32]] = {}
        self._map = np.zeros((0, 0), dtype=np.float32)
        self._learnt = np.zeros((0, 0), dtype=np.float32)
        self._space = np.zeros((0, 0), dtype=np.float32)
        if source is not None:
            self._vectors = unit(_checked(source.vectors))

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Find the space of taste, and the map into it.

        Raises:
            InvalidInputError: There is not one vector for each item of the log's table.
            MissingExtraError: scipy is not installed.
        """
        vectors = self._vectors_of(log.items)
        said = vectors[(vectors != 0).any(axis=1)]
        mean = said.sum(axis=0) / np.float32(max(len(said), 1))
        texts = _less(vectors, mean)
        factors = GraphFilter(rank=self.rank).fit(log, progress=progress).factors()
        factors = np.pad(factors, ((0, 0), (0, self.rank - factors.shape[1])))
        warm = (factors != 0).any(axis=1)
        known = texts[warm].astype(np.float64)
        inner = known.T @ known + self.ridge * np.eye(texts.shape[1])
        self._map = np.linalg.solve(inner, known.T @ factors[warm]).astype(np.float32)
        self.items, self._learnt, self._mean = log.items, factors, mean
        self._remembered.clear()
        self._settle(texts)
        return self

    def over(self, items: ItemTable, text: TextSource | None = None) -> Recommender:
        """Return the same map over another table, whose vectors are given; without, as others do.

        Raises:
            InvalidInputError: There is not one finite vector for each item.
            EmbedderMismatchError: The vectors have another dimension than those of the fit.
        """
        if text is None:
            return super().over(items)
        made = type(self)(text, ridge=self.ridge, rank=self.rank, mapped=self.mapped)
        vectors = made._vectors_of(items)
        if len(items) and vectors.shape[1] != len(self._map):
            raise EmbedderMismatchError(
                f"The vectors of the items have {vectors.shape[1]} dimensions, those of the fit "
                f"had {len(self._map)}. Nothing was loaded. Give the embedder of the fit, or fit "
                "anew."
            )
        rows = items.rows_in(self.items)
        learnt = np.zeros((len(items), self._learnt.shape[1]), dtype=np.float32)
        learnt[rows >= 0] = self._learnt[rows[rows >= 0]]
        made.items, made._map, made._learnt, made._mean = items, self._map, learnt, self._mean
        made._settle(_less(vectors, self._mean) if len(items) else vectors)
        return made

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) likeness to the events, on average, plus likeness to the words.

        Raises:
            EmbedderMismatchError: The embedder's vectors are not those of the items.
            ModelError: The embedder failed.
        """
        if not len(self.items):
            return np.zeros(0, dtype=np.float32)
        history, words = self._asked(query)
        text = history.weights @ self._texts[history.rows]
        taste = history.weights @ self._space[history.rows]
        if words:
            weights = np.array([word.weight for word in words], dtype=np.float32)
            vectors = self._embedded(words)
            text = text + weights @ vectors
            taste = taste + weights @ vectors @ self._map
        near = (1 - self.mapped) * (self._texts @ text) + self.mapped * (self._space @ taste)
        return np.asarray(near, dtype=np.float32)

    def nearness(self, query: UserQuery) -> Scores:
        """Return (items,) in [0, 1] how near each is to what is asked for; 0 below `NEAR`.

        Raises:
            EmbedderMismatchError, ModelError: As `scores`.
        """
        if self._source is None or not query.text.strip() or not len(self.items):
            return np.zeros(len(self.items), dtype=np.float32)
        cosines = self._texts @ self._vector(query.text)
        near = np.clip((cosines - NEAR) / (VERY_NEAR - NEAR), 0.0, 1.0)
        return np.asarray(near, dtype=np.float32)

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the events and words that the score of an item is the sum of.

        Words of which its text is not near, though it scores by them, are no reason.
        """
        history, words = self._asked(query)
        by_events = history.weights * self._likeness(
            self._texts[history.rows], self._space[history.rows], row
        )
        vectors = self._embedded(words)
        by_words = np.array([word.weight for word in words], dtype=np.float32) * self._likeness(
            vectors, vectors @ self._map, row
        )
        whole = float(by_events[by_events > 0].sum() + by_words[by_words > 0].sum())
        told = [
            Reason(word.kind, word.said, float(added) / whole, memory=word.memory)
            for word, added, cosine in zip(words, by_words, vectors @ self._texts[row], strict=True)
            if added > 0
            and cosine >= NEAR
            and word.weight > 0  # what they do not like is no reason for what is unlike it
        ]
        every = [*told, *history.reasons(self.items, by_events, whole=whole)]
        return sorted(every, key=lambda reason: -reason.contribution)

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return the map, what was learnt of items that somebody liked, and the mean text."""
        return {"map": self._map, "learnt": self._learnt, "mean": self._mean}

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return ridge, rank and the weight of the map."""
        return {"ridge": self.ridge, "rank": self.rank, "mapped": self.mapped}

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return the one of this map, which answers once `over` gave it its vectors.

        Raises:
            InvalidInputError: They do not fit together.
        """
        made = cls(
            ridge=float(settings["ridge"]),
            rank=int(settings["rank"]),
            mapped=float(settings["mapped"]),
        )
        made.items = items
        made._map = arrays["map"].astype(np.float32, copy=False)
        made._learnt = arrays["learnt"].astype(np.float32, copy=False)
        made._mean = arrays["mean"].astype(np.float32, copy=False)
        if made._learnt.shape != (len(items), made.rank) or made._map.shape != (
            len(made._mean),
            made.rank,
        ):
            raise InvalidInputError(
                f"The map is {made._map.shape} and what was learnt {made._learnt.shape}, for "
                f"{len(items):,} items and a rank of {made.rank}. Nothing was made of them. Fit "
                "the recommender anew."
            )
        return made

    def _settle(self, texts: NDArray[np.float32]) -> None:
        warm = (self._learnt != 0).any(axis=1, keepdims=True)
        self._texts = texts
        self._space = np.where(warm, self._learnt, texts @ self._map)

    def _vectors_of(self, items: ItemTable) -> NDArray[np.float32]:
        if self._source is None:
            raise InvalidInputError(
                "No vectors of the items were given. Nothing was fitted. Make it with a "
                "`TextSource`."
            )
        if len(self._vectors) != len(items):
            raise InvalidInputError(
                f"There are vectors of {len(self._vectors):,} items, and {len(items):,} items in "
                "the table. Expected one each, in the same order. Nothing was fitted or loaded."
            )
        return self._vectors

    def _asked(self, query: UserQuery) -> tuple[History, tuple[_Words, ...]]:
        """Return events whose weights add up to 1 at most, and words, each kind on average."""
        if self._source is None:
            raise InvalidInputError(
                "This recommender was loaded without the vectors of its items. Nothing was ranked. "
                "Give `load` a `TextSource`."
            )
        history = History.of(query, self.items)
        whole = float(np.abs(history.weights).sum())
        if whole > 0:
            history = replace(history, weights=history.weights / np.float32(whole))
        # Those that speak of an attribute are matched by its word, which says more than likeness.
        stated = [
            one
            for one in query.preferences
            if one.attribute is None and one.text.strip() and isfinite(one.confidence)
        ]
        words = [
            _Words(
                one.text,
                one.polarity * one.confidence / len(stated),
                "preference",
                f"it is near to “{one.text}”",
                one.memory,
            )
            for one in stated
        ]
        if query.text.strip():
            words.append(_Words(query.text, 1.0, "words", "it is near to what you ask for"))
        return history, tuple(words)

    def _embedded(self, words: Sequence[_Words]) -> NDArray[np.float32]:
        """Return (words, dimension) unit vectors."""
        found = np.zeros((len(words), self._texts.shape[1]), dtype=np.float32)
        for place, word in enumerate(words):
            found[place] = self._vector(word.text)
        return found

    def _vector(self, text: str) -> NDArray[np.float32]:
        place = digest(text)  # what users say stays out of what all of them share
        known = self._remembered.get(place)
        if known is not None:
            return known
        assert self._source is not None
        if self._source.made_by is not None:
            check_same(self._source.embedder, self._source.made_by, where="The catalogue")
        vector = np.asarray(vector_of(self._source.embedder, text), dtype=np.float32)
        if vector.shape != self._texts.shape[1:] or not np.isfinite(vector).all():
            raise EmbedderMismatchError(
                f"The embedder gave a vector of shape {vector.shape}, or one that is not finite; "
                f"the items' vectors have {self._texts.shape[1]} dimensions. Nothing was ranked. "
                "Give the embedder that made the items' vectors."
            )
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[place] = found = _less(unit(vector), self._mean)
        return found

    def _likeness(
        self, texts: NDArray[np.float32], space: NDArray[np.float32], row: int
    ) -> NDArray[np.float32]:
        """Return (n,) s between texts, with their place in the space of taste, and an item."""
        text, taste = texts @ self._texts[row], space @ self._space[row]
        return np.asarray((1 - self.mapped) * text + self.mapped * taste, dtype=np.float32)


def _checked(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        wrong = 0 if vectors.ndim != 2 else int((~np.isfinite(vectors)).any(axis=1).sum())
        raise InvalidInputError(
            f"The vectors have shape {vectors.shape}, and {wrong:,} of them are not finite. "
            "Expected (items, dimension), all finite. Nothing was fitted. Embed the items anew."
        )
    return vectors


def _less(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit vectors less a mean, of length 1 again; one of 0 says nothing and stays 0."""
    said = (vectors != 0).any(axis=-1, keepdims=True)
    return unit(np.where(said, vectors - mean, np.float32(0)))
