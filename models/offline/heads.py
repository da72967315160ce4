"""Light heads over MiniLM vectors: does a sentence state a fact, how long does it hold.

Logistic regressions, fitted by `benchmarks/fit_heads.py` on sentences written for this package;
the weights ship as `heads.json`. They hold for one embedding model only.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usermind.models.offline.claims import Claim
from usermind.models.offline.surface import FEATURES, surface
from usermind.types import Durability, Embedder, Relation

Floats = NDArray[np.float64]

WEIGHTS = Path(__file__).with_name("heads.json")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the heads make of one sentence."""

    fact: float
    """Probability in [0, 1] that it states something lasting about the user or their life."""
    durability: Durability


@dataclass(frozen=True, slots=True)
class Head:
    """One weight vector a class."""

    classes: tuple[str, ...]
    weights: Floats
    """(classes, inputs)."""

    def probabilities(self, x: Floats) -> Floats:
        """Return (rows, classes) for inputs (rows, inputs); one class alone is a yes or no."""
        p: Floats = 1 / (1 + np.exp(-np.clip(x @ self.weights.T, -30, 30)))
        return p if len(self.classes) == 1 else p / p.sum(axis=1, keepdims=True)


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads and the threshold that goes with them."""

    model_id: str
    """The embedding model whose vectors they read."""
    fact: Head
    durability: Head
    relation: Head
    relation_by_words: Head
    """The same without the cosine."""
    add: float
    """Probability from which a sentence without a claim is worth one."""

    def judged(
        self, texts: Sequence[str], claims: Sequence[Sequence[Claim]], vectors: Floats
    ) -> list[Judgement]:
        """Return a judgement a sentence.

        Args:
            texts: The sentences.
            claims: What the rules made of each.
            vectors: (sentences, dimension), of unit length.
        """
        if not texts:
            return []
        x = inputs(texts, claims, vectors)
        facts = self.fact.probabilities(x)[:, 0]
        lasting = self.durability.probabilities(x).argmax(axis=1)
        classes: Any = self.durability.classes
        return [Judgement(float(p), classes[i]) for p, i in zip(facts, lasting, strict=True)]


def inputs(texts: Sequence[str], claims: Sequence[Sequence[Claim]], vectors: Floats) -> Floats:
    """Return the inputs of the sentence heads, (sentences, dimension + features)."""
    numbers = [surface(text, made) for text, made in zip(texts, claims, strict=True)]
    return np.hstack([np.asarray(vectors, np.float64), np.asarray(numbers, np.float64)])


@cache
def shipped() -> Heads:
    """Return the heads that come with the package."""
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert tuple(data["features"]) == FEATURES, "run `benchmarks/fit_heads.py`"

    def head(name: str) -> Head:
        return Head(tuple(data[name]["classes"]), np.asarray(data[name]["weights"], np.float64))

    return Heads(
        model_id=data["model_id"],
        fact=head("fact"),
        durability=head("durability"),
        relation=head("relation"),
        relation_by_words=head("relation by words"),
        add=data["add"],
    )


def reads(embedder: Embedder) -> bool:
    """Tell whether the heads were fitted to the vectors of an embedder."""
    return getattr(embedder, "model_id", None) == shipped().model_id


RELATIONS: tuple[Relation, ...] = (
    "identical",
    "similar",
    "contradictory",
    "generalises",
    "unrelated",
)
