"""LightGCN: what the same people like lies near each other, over several steps of the graph.

    vectors e of items → averages over neighbours, layer by layer → items and people are their sums

Source: X. He et al., LightGCN (SIGIR 2020), sections 3.1 and 3.2. There each person has a vector of
their own in layer 0. Here that is 0, so that a person is what their items make of them (formula 7),
and whoever comes later is scored as those who were there; nothing of a person is learnt or kept.
With N the liked items by person, each cell divided by √(degree of person · degree of item), and K
layers:

    items = Σ_{h ≤ K/2} (NᵀN)ʰ e,   people = N · Σ_{h ≤ (K−1)/2} (NᵀN)ʰ e

The paper's loss is `bpr`. By default a softmax over all items is learnt instead, on cosines, of
people with half of their events hidden: it needs a small part of the epochs, and ranks better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Scores
from usermind.tools.recommenders.trained import Trained
from usermind.tools.recommenders.training import (
    Plan,
    Rows,
    csr,
    hold_out,
    identity,
    shuffled,
    train,
)

if TYPE_CHECKING:
    import torch
    from scipy.sparse import csr_matrix

    from usermind.tools.recommenders.training import Parameters

PLAN: Final = Plan(epochs=60, batch=256, learning_rate=0.005, patience=8)
"""Batches are of people."""
_SPREAD: Final = 0.1
"""Standard deviation of the vectors before training."""
_SPARE: Final = 1e-12
"""Keeps the length of a vector of zeros from dividing by 0."""


class LightGCN(Trained):
    """Scores an item by its cosine with the user, who is the sum of their items in the graph.

    Args:
        dimensions: Length of a vector.
        layers: K, 1 or more.
        loss: softmax: what a person liked against all other items; bpr: against one item drawn for
            it, on products instead of cosines.
        negatives: Items that a batch's softmax is over, besides those liked in it; 0: all.
        temperature: What cosines are divided by in the softmax; the lower, the more it minds
            the items that come close.
        dropout: In [0, 1): share of a person's events that are hidden while they are learnt from.
        plan: How it is trained.

    Raises:
        InvalidInputError: A setting is out of its range.
    """

    name: ClassVar[str] = "lightgcn"
    arguments: ClassVar[tuple[str, ...]] = (
        "dimensions",
        "layers",
        "loss",
        "negatives",
        "temperature",
        "dropout",
    )

    def __init__(
        self,
        *,
        dimensions: int = 128,
        layers: int = 3,
        loss: Literal["softmax", "bpr"] = "softmax",
        negatives: int = 0,
        temperature: float = 0.15,
        dropout: float = 0.5,
        plan: Plan = PLAN,
    ) -> None:
        sound = (
            dimensions >= 1
            and layers >= 1
            and negatives >= 0
            and 0 < temperature < np.inf
            and 0 <= dropout < 1
            and loss in ("softmax", "bpr")
        )
        if not sound:
            raise InvalidInputError(
                f"`dimensions` is {dimensions}, `layers` {layers}, `loss` {loss!r}, `negatives` "
                f"{negatives}, `temperature` {temperature} and `dropout` {dropout}. Expected 1 or "
                "more, 1 or more, 'softmax' or 'bpr', 0 or more, above 0, and in [0, 1). Nothing "
                "was trained."
            )
        self.dimensions, self.layers, self.loss = int(dimensions), int(layers), loss
        self.negatives, self.dropout = int(negatives), float(dropout)
        super().__init__(plan)
        self.temperature = float(temperature)
        self._learnt = {n: np.zeros(of, dtype=np.float32) for n, of in self._sizes(0).items()}

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Train; see `training.Plan` for where, how long, and how to stop and go on.

        Raises:
            MissingExtraError: torch or scipy is not installed.
            InvalidInputError, StoreDamagedError, StoreNotWritableError, KeyboardInterrupt: As
                `training.train`.
        """
        self.plan.found_device()
        known, held_out = hold_out(log, self.plan)
        lesson = _Lesson(self, known)
        told = identity(self.name, self.settings(), log)
        report = train(lesson, self.plan, told=told, held_out=held_out, progress=progress)
        # The graph that is asked has the edges, too, that were held out.
        vectors, tastes = lesson.learnt(log)
        self._learnt = {"vectors": vectors, "tastes": tastes}
        self.items, self.report = log.items, report
        return self

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the cosines with the user, in [−1, 1]; with bpr products of any size."""
        history = History.of(query, self.items)
        return self._vectors @ self._scaled(history.weights @ self._tastes[history.rows])

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the events, by what each adds to the user's vector towards the item."""
        history = History.of(query, self.items)
        added = history.weights * (self._tastes[history.rows] @ self._vectors[row])
        return history.reasons(self.items, added)

    def item_vectors(self) -> NDArray[np.float32]:
        """Return (items, dimensions) what scores are products with; 0 where nobody liked it."""
        return self._vectors

    @property
    def _vectors(self) -> NDArray[np.float32]:
        """(items, dimensions) what scores are products with."""
        return self._learnt["vectors"]

    @property
    def _tastes(self) -> NDArray[np.float32]:
        """(items, dimensions) what an event with each adds to the user's vector."""
        return self._learnt["tastes"]

    def _sizes(self, items: int) -> dict[str, tuple[int, ...]]:
        return dict.fromkeys(("vectors", "tastes"), (items, self.dimensions))

    def _scaled(self, user: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.loss == "bpr":
            return user
        length = np.sqrt((user.astype(np.float64) ** 2).sum())
        return np.asarray(user / max(length, _SPARE), dtype=np.float32)


class _Lesson:
    """Vectors of items, learnt so that what people liked is near them."""

    def __init__(self, model: LightGCN, log: InteractionLog) -> None:
        import torch

        self.model, self.device = model, model.plan.found_device()
        self.liked = log.matrix()
        self.graph = _Graph(self.liked, self.device)
        dice = torch.Generator().manual_seed(model.plan.seed)
        drawn = torch.randn((len(log.items), model.dimensions), generator=dice) * _SPREAD
        self.parameters: Parameters = {"items": drawn.to(self.device).requires_grad_()}

    def batches(self, dice: np.random.Generator) -> list[Rows]:
        some = np.flatnonzero(np.diff(self.liked.indptr))
        return [some[batch] for batch in shuffled(len(some), self.model.plan.batch, dice)]

    def loss(self, batch: Rows, dice: np.random.Generator) -> torch.Tensor:
        import torch

        liked = self.liked[batch]
        people = np.repeat(np.arange(len(batch)), np.diff(liked.indptr))
        shown = dice.random(liked.nnz) >= self.model.dropout
        vectors, tastes = self._layers()
        users = self._people(people[shown], liked.indices[shown], len(batch), tastes)
        on = torch.from_numpy(people).to(self.device)
        wanted = liked.indices.astype(np.int64)
        if self.model.loss == "bpr":
            return _bpr(users[on], vectors, self._rows(wanted), self._drawn(len(wanted), dice))
        among = self._among(wanted, dice)
        place = np.searchsorted(among, wanted)
        logits = users @ vectors[self._rows(among)].T / self.model.temperature
        return (logits.logsumexp(1)[on] - logits[on, self._rows(place)]).mean()

    def rank(self, histories: list[Rows]) -> torch.Tensor:
        import torch

        people = np.repeat(np.arange(len(histories)), [len(rows) for rows in histories])
        with torch.no_grad():
            vectors, tastes = self._layers()
            users = self._people(people, np.concatenate(histories), len(histories), tastes)
            return users @ vectors.T

    def learnt(self, log: InteractionLog) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return (items, dimensions) vectors and tastes in the graph of a log."""
        import torch

        self.liked = log.matrix()
        self.graph = _Graph(self.liked, self.device)
        with torch.no_grad():
            found = [layer.cpu().numpy() for layer in self._layers()]
        touched = np.diff(self.liked.tocsc().indptr) > 0
        vectors, tastes = (layer * touched[:, None] for layer in found)
        return vectors.astype(np.float32), tastes.astype(np.float32)

    def _layers(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what items are, and what each adds to the people who like it."""
        import torch

        hops = self.model.layers // 2
        items = self.graph.summed(self.parameters["items"], hops)
        before = (
            items
            if hops == (self.model.layers - 1) // 2
            else self.graph.summed(self.parameters["items"], hops - 1)
        )
        tastes = before * self.graph.scale
        if self.model.loss == "softmax":
            items = torch.nn.functional.normalize(items, dim=1, eps=_SPARE)
        return items, tastes

    def _people(self, people: Rows, rows: Rows, count: int, tastes: torch.Tensor) -> torch.Tensor:
        """Return (count, dimensions) the sum of the tastes of each person's rows."""
        import torch

        degrees = np.bincount(people, minlength=count)
        starts = self._rows(np.cumsum(degrees) - degrees)
        users = torch.nn.functional.embedding_bag(self._rows(rows), tastes, starts, mode="sum")
        if self.model.loss == "softmax":
            return torch.nn.functional.normalize(users, dim=1, eps=_SPARE)
        root = torch.from_numpy(np.sqrt(np.maximum(degrees, 1)).astype(np.float32))
        return users / root.to(self.device)[:, None]

    def _among(self, wanted: Rows, dice: np.random.Generator) -> Rows:
        count = len(self.parameters["items"])
        if self.model.negatives == 0:
            return np.arange(count)
        return np.union1d(wanted, dice.integers(0, count, self.model.negatives))

    def _drawn(self, count: int, dice: np.random.Generator) -> torch.Tensor:
        return self._rows(dice.integers(0, len(self.parameters["items"]), count))

    def _rows(self, rows: NDArray[np.generic]) -> torch.Tensor:
        import torch

        return torch.from_numpy(rows.astype(np.int64, copy=False)).to(self.device)


class _Graph:
    """NᵀN of who liked what, as something that vectors are multiplied with."""

    def __init__(self, liked: csr_matrix, device: torch.device) -> None:
        import torch

        people, items = (_root(np.asarray(liked.sum(axis=axis)).ravel()) for axis in (1, 0))
        scaled = liked.multiply(people[:, None]).multiply(items[None, :]).tocsr()
        self.scale = torch.from_numpy(items).to(device)[:, None]
        self.down, self.up = csr(scaled, device), csr(scaled.T.tocsr(), device)

    def summed(self, vectors: torch.Tensor, hops: int) -> torch.Tensor:
        """Return Σ_{h ≤ hops} (NᵀN)ʰ · vectors.

        The sum is a symmetric matrix, so that gradients go back through it as vectors go forth.
        """
        if hops < 1:
            return vectors
        import torch

        def product(ahead: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                found = ahead
                for _ in range(hops):
                    found = ahead + self.up @ (self.down @ found)
                return found

        near = vectors + (product(vectors) - vectors).detach()
        if near.requires_grad:
            near.register_hook(product)  # type: ignore[no-untyped-call]  # torch has no types there
        return near


def _root(degrees: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / np.sqrt(np.maximum(degrees, 1.0))).astype(np.float32)


def _bpr(
    users: torch.Tensor, vectors: torch.Tensor, liked: torch.Tensor, drawn: torch.Tensor
) -> torch.Tensor:
    """Return −log σ(score of the liked − score of the drawn item): the paper's formula 15."""
    import torch

    above = (users * (vectors[liked] - vectors[drawn])).sum(dim=1)
    return -torch.nn.functional.logsigmoid(above).mean()
