"""What comes next, by a transformer over the order of what people liked.

    causal: at each item, the next one is predicted (SASRec);
    masked: some items are hidden, and predicted from both sides (BERT4Rec).

Source: W.-C. Kang and J. McAuley, Self-Attentive Sequential Recommendation (2018); F. Sun et al.,
BERT4Rec (2019), section 3. Both are learnt by a softmax over all items, or over drawn ones, as A.
Klenitskiy and A. Vasilev, Turning Dross Into Gold Loss (2023) found best for SASRec, or by gBCE of
A. Petrov and C. Macdonald, gSASRec (2023), section 5. The softmax here is over cosines: ours, since
it needs fewer epochs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.recommenders.encoder import PAD, Shape, drawn, encoded, padded
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Scores
from usermind.tools.recommenders.trained import Trained
from usermind.tools.recommenders.training import (
    Plan,
    Rows,
    hold_out,
    identity,
    shuffled,
    train,
)

if TYPE_CHECKING:
    import torch

    from usermind.tools.recommenders.training import Parameters

PLAN: Final = Plan(epochs=30, batch=128, learning_rate=1e-3, patience=3)
"""Batches are of sequences."""
_SORTED_TOGETHER: Final = 16
"""Batches whose sequences are sorted by length, so that little of a batch is padding."""


class SequentialTransformer(Trained):
    """Scores an item by how likely it comes next.

    Args:
        reads: causal: each place sees those before it; masked: all.
        length: Latest events that count, 1 or more.
        dimensions: Length of a vector, a multiple of `heads`.
        layers: Blocks of attention.
        heads: Of each.
        loss: softmax over cosines; or gbce, over products.
        negatives: Items that a batch is compared with, besides those right in it; 0: all.
        temperature: What cosines are divided by, with softmax.
        calibration: Of gbce, in [0, 1]: 0 is plain BCE, 1 makes up for all of the drawing.
        dropout: In [0, 1).
        hidden: In (0, 1]: share of items to predict, with masked.
        plan: How it is trained.
    """

    name: ClassVar[str] = "sequential"
    arguments: ClassVar[tuple[str, ...]] = (
        "reads",
        "length",
        "dimensions",
        "layers",
        "heads",
        "loss",
        "negatives",
        "temperature",
        "calibration",
        "dropout",
        "hidden",
    )

    def __init__(
        self,
        *,
        reads: Literal["causal", "masked"] = "causal",
        length: int = 50,
        dimensions: int = 64,
        layers: int = 2,
        heads: int = 2,
        loss: Literal["softmax", "gbce"] = "softmax",
        negatives: int = 1024,
        temperature: float = 0.1,
        calibration: float = 0.75,
        dropout: float = 0.3,
        hidden: float = 0.2,
        plan: Plan = PLAN,
    ) -> None:
        self.reads, self.length, self.dimensions = reads, int(length), int(dimensions)
        self.layers, self.heads, self.loss = int(layers), int(heads), loss
        self.negatives, self.temperature = int(negatives), float(temperature)
        self.calibration, self.dropout, self.hidden = float(calibration), float(dropout), hidden
        super().__init__(plan)
        self._check()
        self._ready: _Network | None = None
        self._explained: tuple[UserQuery, torch.Tensor] | None = None

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Train; see `training.Plan` for where, how long, and how to stop and go on.

        Raises:
            MissingExtraError: torch is not installed.
            InvalidInputError, StoreDamagedError, StoreNotWritableError, KeyboardInterrupt: As
                `training.train`.
        """
        self.plan.found_device()
        known, held_out = hold_out(log, self.plan)
        lesson = _Lesson(self, known)
        told = identity(self.name, self.settings(), log)
        report = train(lesson, self.plan, told=told, held_out=held_out, progress=progress)
        self._learnt = {name: p.detach().cpu().numpy() for name, p in lesson.parameters.items()}
        # Of what nobody liked, nothing was learnt but that nobody did.
        self._learnt["items"][: len(log.items)][log.counts() == 0] = 0.0
        self._ready = self._explained = None
        self.items, self.report = log.items, report
        return self

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) products with what the user turns to next; what they dislike repels."""
        history = History.of(query, self.items)
        if not len(history):
            return np.zeros(len(self.items), dtype=np.float32)
        network = self._network()
        import torch

        with torch.inference_mode():
            liked = [history.rows[history.weights > 0]]
            found = network.table() @ (network.ahead(liked)[0] + self._repelled(history))
            return np.asarray(found.cpu().numpy(), dtype=np.float32)

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the events without which the score would be lower, by how much it would be."""
        history = History.of(query, self.items)
        liked = np.flatnonzero(history.weights > 0)[-self.length :]
        if not len(liked):
            return ()
        found = self._with_and_without(query, history.rows[liked], row)
        added = np.zeros(len(history), dtype=np.float32)
        added[liked] = found[0] - found[1:]
        return history.reasons(self.items, added)

    def _with_and_without(self, query: UserQuery, rows: Rows, row: int) -> NDArray[np.float32]:
        """Return (1 + events,) the score of an item after all events, and without each of them."""
        network = self._network()
        import torch

        with torch.inference_mode():
            before = self._explained
            if before is not None and before[0] is query:  # another item for the same user
                states = before[1]
            else:
                without = [np.delete(rows, place) for place in range(len(rows))]
                states = network.ahead([rows, *without])
                self._explained = query, states
            return np.asarray((states @ network.table()[row]).cpu().numpy(), dtype=np.float32)

    def neighbours(self, row: int, *, goes_with: bool = False) -> Scores:
        """Return (items,) what stands where an item does; or what comes after it."""
        if goes_with:
            return super().neighbours(row)
        vectors = self.item_vectors()
        return np.asarray(vectors @ vectors[row], dtype=np.float32)

    def item_vectors(self) -> NDArray[np.float32]:
        """Return (items, dimensions) vectors of length 1; of 0 where nobody liked it."""
        found = np.asarray(self._learnt["items"][: len(self.items)], dtype=np.float32)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(lengths, 1e-12), dtype=np.float32)

    def _sizes(self, items: int) -> dict[str, tuple[int, ...]]:
        return self._shape(items).sizes()

    def _shape(self, items: int) -> Shape:
        return Shape(
            items=items + 1,  # the last one hides others
            length=self.length,
            dimensions=self.dimensions,
            layers=self.layers,
            heads=self.heads,
            causal=self.reads == "causal",
        )

    def _network(self) -> _Network:
        if self._ready is None:
            device = self.plan.found_device()
            import torch

            learnt = {n: torch.from_numpy(a).to(device) for n, a in self._learnt.items()}
            ready = _Network(self, learnt, len(self.items))
            ready.fixed = ready.table()
            self._ready = ready
        return self._ready

    def _repelled(self, history: History) -> torch.Tensor:
        """Return (dimensions,) where the user wants to go from what they dislike."""
        import torch

        network = self._network()
        disliked = history.weights < 0
        rows = torch.from_numpy(history.rows[disliked]).to(network.device)
        weights = torch.from_numpy(history.weights[disliked]).to(network.device)
        return weights @ network.table()[rows]

    def _check(self) -> None:
        wrong = {
            "`reads` of 'causal' or 'masked'": self.reads not in ("causal", "masked"),
            "`loss` of 'softmax' or 'gbce'": self.loss not in ("softmax", "gbce"),
            "`length`, `layers` and `heads` of 1 or more": min(self.length, self.layers, self.heads)
            < 1,
            "`dimensions` that `heads` divide": self.dimensions < 1
            or self.dimensions % max(self.heads, 1) > 0,
            "`negatives` of 0 or more": self.negatives < 0,
            "a `temperature` above 0": not 0 < self.temperature < np.inf,
            "`calibration` in [0, 1]": not 0 <= self.calibration <= 1,
            "`dropout` in [0, 1)": not 0 <= self.dropout < 1,
            "`hidden` in (0, 1]": not 0 < self.hidden <= 1,
        }
        for expected, failed in wrong.items():
            if failed:
                name = expected.split("`")[1]
                raise InvalidInputError(
                    f"`{name}` is {getattr(self, name)!r}. Expected {expected}. Nothing was "
                    "trained."
                )


class _Network:
    """A transformer with its parameters."""

    def __init__(self, model: SequentialTransformer, parameters: Parameters, items: int) -> None:
        self.model, self.parameters, self.count = model, parameters, items
        self.shape = model._shape(items)
        self.device = parameters["items"].device
        self.fixed: torch.Tensor | None = None
        """`table()`, once nothing is learnt any more."""

    def states(self, rows: Rows, *, dropout: float = 0.0) -> torch.Tensor:
        """Return (sequences, places, dimensions) what is expected at each place."""
        import torch

        placed = torch.from_numpy(rows).to(self.device)
        return self._scaled(encoded(self.parameters, self.shape, placed, dropout=dropout))

    def ahead(self, histories: list[Rows]) -> torch.Tensor:
        """Return (histories, dimensions) what is expected after each; 0 after nothing."""
        import torch

        if self.shape.causal:
            rows = padded(histories, self.model.length)
        else:
            hidden = np.array([self.count], dtype=np.int64)
            rows = padded([np.append(of, hidden) for of in histories], self.model.length)
        found = torch.zeros((len(rows), self.shape.dimensions), device=self.device)
        lengths = (rows != PAD).sum(axis=1)
        there = np.flatnonzero([len(of) > 0 for of in histories])
        if len(there):
            states = self.states(rows[there])
            found[there] = states[np.arange(len(there)), lengths[there] - 1]
        return found

    def table(self) -> torch.Tensor:
        """Return (items, dimensions) what is compared with what is expected."""
        if self.fixed is not None:
            return self.fixed
        return self._scaled(self.parameters["items"][: self.count])

    def _scaled(self, vectors: torch.Tensor) -> torch.Tensor:
        if self.model.loss == "gbce":
            return vectors
        import torch

        return torch.nn.functional.normalize(vectors, dim=-1, eps=1e-12)


class _Lesson:
    """Predict what people liked from what they liked before, or around it."""

    def __init__(self, model: SequentialTransformer, log: InteractionLog) -> None:
        self.model, self.count = model, len(log.items)
        device = model.plan.found_device()
        shape = model._shape(self.count)
        self.parameters: Parameters = {
            name: tensor.to(device).requires_grad_()
            for name, tensor in drawn(shape, model.plan.seed).items()
        }
        self.network = _Network(model, self.parameters, self.count)
        self.windows = [part for rows in log.sequences() for part in self._parts(rows)]
        self.lengths = np.array([len(window) for window in self.windows])

    def batches(self, dice: np.random.Generator) -> list[Rows]:
        size = self.model.plan.batch
        found = [
            part[start : start + size]
            for some in shuffled(len(self.windows), size * _SORTED_TOGETHER, dice)
            for part in [some[np.argsort(self.lengths[some], kind="stable")]]
            for start in range(0, len(part), size)
        ]
        return [found[place] for place in dice.permutation(len(found))]

    def loss(self, batch: Rows, dice: np.random.Generator) -> torch.Tensor:
        windows = [self.windows[place] for place in batch]
        rows = padded(windows, self.model.length + self.network.shape.causal)
        if self.network.shape.causal:
            shown, wanted = rows[:, :-1], rows[:, 1:]
            asked = wanted != PAD
            # The last of each is only predicted.
            shown = np.where(asked, shown, PAD)
        else:
            asked = self._hidden(rows, dice)
            shown, wanted = np.where(asked, self.count, rows), rows
        states = self.network.states(shown, dropout=self.model.dropout)[asked]
        return self._compared(states, wanted[asked], dice)

    def rank(self, histories: list[Rows]) -> torch.Tensor:
        import torch

        with torch.inference_mode():
            return self.network.ahead(histories) @ self.network.table().T

    def _parts(self, rows: Rows) -> list[Rows]:
        """Return the windows of a sequence: each item but the first is to be predicted in one."""
        causal = self.network.shape.causal
        step, least = self.model.length, 2 if causal else 1
        ends = range(len(rows), 0, -step)
        parts = [rows[max(0, end - step - causal) : end] for end in ends]
        return [part for part in parts if len(part) >= least]

    def _hidden(self, rows: Rows, dice: np.random.Generator) -> NDArray[np.bool_]:
        """Draw what is to be predicted: the last of a sequence, if nothing else."""
        there = rows != PAD
        chosen: NDArray[np.bool_] = there & (dice.random(rows.shape) < self.model.hidden)
        none = ~chosen.any(axis=1)
        chosen[none, there[none].sum(axis=1) - 1] = True
        return chosen

    def _compared(
        self, states: torch.Tensor, wanted: Rows, dice: np.random.Generator
    ) -> torch.Tensor:
        import torch

        table, device = self.network.table(), states.device
        if self.model.negatives == 0:
            among = np.arange(self.count)
        else:
            among = np.union1d(wanted, dice.integers(0, self.count, self.model.negatives))
        place = torch.from_numpy(np.searchsorted(among, wanted)).to(device)
        logits = states @ table[torch.from_numpy(among).to(device)].T
        if self.model.loss == "softmax":
            return torch.nn.functional.cross_entropy(logits / self.model.temperature, place)
        return _gbce(logits, place, self.count, self.model.calibration)


def _gbce(
    logits: torch.Tensor, place: torch.Tensor, items: int, calibration: float
) -> torch.Tensor:
    """Return −(β log σ(right) + Σ log(1 − σ(others))), β by formula 21 of gSASRec."""
    import torch

    negatives = logits.shape[1] - 1
    drawn = min(1.0, negatives / max(items - 1, 1))
    power = drawn * (calibration * (1 - 1 / drawn) + 1 / drawn) if drawn else 1.0
    right = logits.gather(1, place[:, None])[:, 0]
    others = torch.nn.functional.softplus(logits).sum(1) - torch.nn.functional.softplus(right)
    return (others - power * torch.nn.functional.logsigmoid(right)).mean() / (negatives + 1)
