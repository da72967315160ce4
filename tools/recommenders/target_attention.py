"""Judges candidates by those of the user's events that matter for each of them.

    din:  a(h, c) = v · GELU(A h + B c + C (h ⊙ c));  user = Σ a(h, c) h
    dare: a(h, c) = softmax over h of q(c) · k(h), in vectors of their own;  user = Σ a(h, c) h
    mean: user = mean of h; the bar for both
    score = user · c + layer of (user, c, user ⊙ c) + how well c is liked by all

h are the vectors of the events, c that of the candidate.

Source: G. Zhou et al., Deep Interest Network (2018), section 4.3; its h − c is in A and B. N. Feng
et al., DARE (2025), section 4: vectors for attention alone. Both learn from what was shown to
people. A log does not say that, so that here the next liked item is told from drawn ones and from
what the person did not like.

One judgement costs a step for each event, so that this is for the tens of candidates that another
recommender found: `rerank`. Measure before it is used: on Amazon Beauty it made the order of what
transitions had found worse (NDCG@10 from .053 to .027 by din, to .015 by dare).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.recommenders.history import History
from usermind.tools.recommenders.query import Event, UserQuery
from usermind.tools.recommenders.recommendation import Reason, Recommendation
from usermind.tools.recommenders.recommender import Progress, Scores, finite
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

PLAN: Final = Plan(epochs=40, batch=256, learning_rate=2e-3, patience=6)
"""Batches are of people, of each of whom one item is asked for in an epoch."""
_SPREAD: Final = 0.1
"""Standard deviation of vectors before training."""
_SHARP: Final = 0.5
"""That of vectors for attention alone: where all events weigh alike, attention learns slowly."""
_ALONE: Final = {"offers", "seeks"}
"""These."""
_AT_ONCE: Final = 1024
"""Candidates that are judged in one step."""
_HELD_OUT: Final = 200
"""People on whom epochs are compared: each takes a judgement of every item."""


class TargetAttention(Trained):
    """Scores a candidate by attention of the user's events to it.

    Args:
        pooling: din, dare or mean.
        dimensions: Length of the vectors of items.
        attention: Width of the attention: of din's layer, of dare's own vectors.
        hidden: Width of the last layer.
        length: Latest events that count, 1 or more.
        negatives: Items drawn for each that is asked for; one of them is a disliked one of the
            person, if they have any.
        dropout: In [0, 1).
        plan: How it is trained.

    Raises:
        InvalidInputError: A setting is out of its range.
    """

    name: ClassVar[str] = "target attention"
    arguments: ClassVar[tuple[str, ...]] = (
        "pooling",
        "dimensions",
        "attention",
        "hidden",
        "length",
        "negatives",
        "dropout",
    )

    def __init__(
        self,
        *,
        pooling: Literal["din", "dare", "mean"] = "dare",
        dimensions: int = 32,
        attention: int = 16,
        hidden: int = 32,
        length: int = 50,
        negatives: int = 16,
        dropout: float = 0.3,
        plan: Plan = PLAN,
    ) -> None:
        sizes = {
            "dimensions": dimensions,
            "attention": attention,
            "hidden": hidden,
            "length": length,
            "negatives": negatives,
        }
        wrong = [name for name, size in sizes.items() if size < 1]
        if wrong or pooling not in ("din", "dare", "mean"):
            found = f"`{wrong[0]}` is {sizes[wrong[0]]}" if wrong else f"`pooling` is {pooling!r}"
            expected = "1 or more" if wrong else "'din', 'dare' or 'mean'"
            raise InvalidInputError(f"{found}. Expected {expected}. Nothing was trained.")
        self.pooling, self.dimensions, self.attention = pooling, int(dimensions), int(attention)
        self.hidden, self.length, self.negatives = int(hidden), int(length), int(negatives)
        super().__init__(plan)
        self.dropout = float(dropout)
        if not 0 <= self.dropout < 1:
            raise InvalidInputError(
                f"`dropout` is {dropout}. Expected it in [0, 1). Nothing was trained."
            )
        self._ready: Parameters | None = None

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Train; see `training.Plan` for where, how long, and how to stop and go on.

        Raises:
            MissingExtraError: torch is not installed.
            InvalidInputError, StoreDamagedError, StoreNotWritableError, KeyboardInterrupt: As
                `training.train`.
        """
        self.plan.found_device()
        known, held_out = hold_out(log, self.plan, most=_HELD_OUT)
        lesson = _Lesson(self, known)
        told = identity(self.name, self.settings(), log)
        report = train(lesson, self.plan, told=told, held_out=held_out, progress=progress)
        self._learnt = {name: p.detach().cpu().numpy() for name, p in lesson.parameters.items()}
        self._ready, self.items, self.report = None, log.items, report
        return self

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) judgements of all items, of no bound; `score` judges a few of them."""
        return self._judged(query, np.arange(len(self.items)))

    def score(self, query: UserQuery, item_ids: Sequence[str]) -> Scores:
        """Return (len(item_ids),) judgements of these alone; 0 for those it does not know."""
        rows = [self.items.row(id_) for id_ in item_ids]
        known = np.array([row for row in rows if row is not None], dtype=np.int64)
        found = np.zeros(len(rows), dtype=np.float32)
        found[[row is not None for row in rows]] = finite(self._judged(query, known))
        return found

    def rerank(self, query: UserQuery, found: Sequence[Recommendation]) -> list[Recommendation]:
        """Return what another recommender found in the order of this one's judgement.

        Scores and ranks are new, sources and reasons stay. Of a user without events nothing can be
        judged, and the order stays. What this one does not know comes last, in the order it had.
        """
        if not len(History.of(query, self.items)):
            return list(found)
        known = [one for one in found if one.item in self.items]
        others = [one for one in found if one.item not in self.items]
        judged = self.score(query, [one.item.id for one in known])
        order = np.argsort(-judged, kind="stable")
        least = float(judged.min(initial=0.0))
        placed = [(known[place], float(judged[place])) for place in order]
        placed += [(one, least) for one in others]
        return [replace(one, score=score, rank=rank) for rank, (one, score) in enumerate(placed, 1)]

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the events without which the judgement would be lower, by how much it would be."""
        history = History.of(query, self.items)
        count = min(len(history), self.length)
        if not count:
            return ()
        network = self._network()
        import torch

        rows, weights = self._events(history)
        without = np.repeat(weights[None], count + 1, axis=0)
        without[np.arange(1, count + 1), np.arange(count)] = 0.0
        with torch.inference_mode():
            again = np.repeat(rows[None], count + 1, axis=0)
            candidates = np.full((count + 1, 1), row)
            judged = network.judged(again, without, candidates)[:, 0].cpu().numpy()
        added = np.zeros(len(history), dtype=np.float32)
        added[-count:] = judged[0] - judged[1:]
        return history.reasons(self.items, added)

    def neighbours(self, row: int, *, goes_with: bool = False) -> Scores:
        """Return (items,) how much better each is for who liked an item than for anybody."""
        liked = UserQuery(events=(Event(self.items.ids[row]),))
        return self.scores(liked) - self.scores(UserQuery())

    def _judged(self, query: UserQuery, candidates: Rows) -> Scores:
        """Return (candidates,) their judgements."""
        if not self._learnt or not len(candidates):
            return np.zeros(len(candidates), dtype=np.float32)
        network = self._network()
        import torch

        rows, weights = self._events(History.of(query, self.items))
        with torch.inference_mode():
            parts = [
                network.judged(
                    rows[None], weights[None], candidates[None, start : start + _AT_ONCE]
                )
                for start in range(0, len(candidates), _AT_ONCE)
            ]
            return np.asarray(torch.cat(parts, 1)[0].cpu().numpy(), dtype=np.float32)

    def _events(self, history: History) -> tuple[Rows, NDArray[np.float32]]:
        return history.rows[-self.length :], history.weights[-self.length :]

    def _network(self) -> _Network:
        if self._ready is None:
            device = self.plan.found_device()
            import torch

            self._ready = {n: torch.from_numpy(a).to(device) for n, a in self._learnt.items()}
        return _Network(self.pooling, self._ready)

    def _sizes(self, items: int) -> dict[str, tuple[int, ...]]:
        """Return the size of each parameter by its name."""
        d, narrow, last = self.dimensions, self.attention, self.hidden
        attention: dict[str, dict[str, tuple[int, ...]]] = {
            "din": {
                "of event": (d, narrow),
                "of candidate": (d, narrow),
                "of both": (d, narrow),
                "attention.bias": (narrow,),
                "attention": (narrow, 1),
            },
            "dare": {"offers": (items, narrow), "seeks": (items, narrow)},
            "mean": {},
        }
        return {
            "items": (items, d),
            "liked.bias": (items,),
            **attention[self.pooling],
            "first": (3 * d, last),
            "first.bias": (last,),
            "last": (last, 1),
        }


class _Network:
    """Attention and what judges by it, with their parameters."""

    def __init__(self, pooling: str, parameters: Parameters) -> None:
        self.pooling, self.parameters = pooling, parameters
        self.device = parameters["items"].device

    def judged(
        self,
        events: Rows,
        weights: NDArray[np.float32],
        candidates: Rows,
        *,
        dropout: float = 0.0,
    ) -> torch.Tensor:
        """Return (users, candidates) the judgements.

        Args:
            events: (users, events) rows of items.
            weights: (users, events) in [−1, 1]; 0: there is none.
            candidates: (users, candidates) rows of items.
            dropout: Share of the numbers of vectors that are set to 0.
        """
        import torch

        of = self.parameters
        seen, sought = (torch.from_numpy(rows).to(self.device) for rows in (events, candidates))
        counted = torch.from_numpy(weights).to(self.device)
        history, target = of["items"][seen], of["items"][sought]
        if dropout:
            history = torch.nn.functional.dropout(history, dropout)
            target = torch.nn.functional.dropout(target, dropout)
        shares = self._attention(seen, sought, history, target, counted)
        user = shares @ history  # (users, candidates, dimensions)
        both = torch.cat((user, target, user * target), dim=-1)
        inner = torch.nn.functional.gelu(both @ of["first"] + of["first.bias"])
        near = (user * target).sum(dim=-1)
        return near + (inner @ of["last"])[..., 0] + of["liked.bias"][sought]

    def _attention(
        self,
        seen: torch.Tensor,
        sought: torch.Tensor,
        history: torch.Tensor,
        target: torch.Tensor,
        counted: torch.Tensor,
    ) -> torch.Tensor:
        """Return (users, candidates, events) what each event gives to the user's vector."""
        import torch

        of, counted = self.parameters, counted[:, None, :]
        if self.pooling == "din":
            inner = (history @ of["of event"])[:, None] + (target @ of["of candidate"])[:, :, None]
            # (h ⊙ c) C as h · (c ⊙ C): no product of each pair has to lie in memory.
            mixed = target[:, :, :, None] * of["of both"]
            inner = inner + history[:, None] @ mixed + of["attention.bias"]
            found = torch.nn.functional.gelu(inner) @ of["attention"]
            return counted * found[..., 0]
        if self.pooling == "dare":
            near = of["seeks"][sought] @ of["offers"][seen].transpose(1, 2)
            near = near / of["seeks"].shape[1] ** 0.5
            near = near.masked_fill(counted == 0, -torch.inf)
            return counted * torch.nan_to_num(near.softmax(-1))
        total = counted.abs().sum(-1, keepdim=True).clamp(min=1e-6)
        return (counted / total).expand(-1, sought.shape[1], -1)


class _Lesson:
    """Tell what a person liked next from other items."""

    def __init__(self, model: TargetAttention, log: InteractionLog) -> None:
        self.model, self.count = model, len(log.items)
        device = model.plan.found_device()
        self.parameters = {
            name: tensor.to(device).requires_grad_()
            for name, tensor in _drawn(model._sizes(self.count), model.plan.seed).items()
        }
        self.network = _Network(model.pooling, self.parameters)
        self.liked = log.sequences()
        self.people = np.array([p for p, rows in enumerate(self.liked) if len(rows) > 1], np.int64)
        against = np.flatnonzero(log.weights < 0)
        self.disliked: dict[int, list[int]] = {}
        for person, row in zip(log.users[against], log.rows[against], strict=True):
            self.disliked.setdefault(int(person), []).append(int(row))

    def batches(self, dice: np.random.Generator) -> list[Rows]:
        return [
            self.people[some] for some in shuffled(len(self.people), self.model.plan.batch, dice)
        ]

    def loss(self, batch: Rows, dice: np.random.Generator) -> torch.Tensor:
        import torch

        asked = [int(dice.integers(1, len(self.liked[person]))) for person in batch]
        rows, weights = self._padded(
            [self.liked[person][:place] for person, place in zip(batch, asked, strict=True)]
        )
        candidates = dice.integers(0, self.count, (len(batch), 1 + self.model.negatives))
        for place, (person, target) in enumerate(zip(batch, asked, strict=True)):
            candidates[place, 0] = self.liked[person][target]
            if against := self.disliked.get(int(person)):
                candidates[place, 1] = dice.choice(against)
        judged = self.network.judged(rows, weights, candidates, dropout=self.model.dropout)
        drawn_right = candidates[:, 1:] == candidates[:, :1]
        hidden = torch.from_numpy(drawn_right).to(judged.device)
        others = judged[:, 1:].masked_fill(hidden, -torch.inf)
        return (torch.cat((judged[:, :1], others), 1).logsumexp(1) - judged[:, 0]).mean()

    def rank(self, histories: list[Rows]) -> torch.Tensor:
        import torch

        every = np.arange(self.count)[None]
        found = []
        with torch.inference_mode():
            for history in histories:
                rows, weights = self._padded([history])
                parts = [
                    self.network.judged(rows, weights, every[:, start : start + _AT_ONCE])
                    for start in range(0, self.count, _AT_ONCE)
                ]
                found.append(torch.cat(parts, 1))
        return torch.cat(found)

    def _padded(self, histories: list[Rows]) -> tuple[Rows, NDArray[np.float32]]:
        kept = [rows[-self.model.length :] for rows in histories]
        rows = np.zeros((len(kept), max(len(of) for of in kept)), np.int64)
        weights = np.zeros(rows.shape, np.float32)
        for place, of in enumerate(kept):
            rows[place, : len(of)], weights[place, : len(of)] = of, 1.0
        return rows, weights


def _drawn(sizes: dict[str, tuple[int, ...]], seed: int) -> Parameters:
    """Return parameters before training; the same for a seed, on whatever device they are used."""
    import torch

    dice = torch.Generator().manual_seed(seed)
    return {
        name: torch.zeros(size)
        if name.endswith("bias")
        else torch.randn(size, generator=dice) * (_SHARP if name in _ALONE else _SPREAD)
        for name, size in sizes.items()
    }
