"""How recommenders with parameters are trained: one loop for all, that can be stopped and resumed.

    Plan → epochs of batches → NDCG@10 of people held out → the parameters of the best epoch

All chance comes from the seed and the place in the training: the order of an epoch from its number,
negatives, masks and dropout from the number of the batch. A training that was stopped and resumed
therefore draws what one without a stop draws, and on a CPU ends in the same bits.
"""

from __future__ import annotations

import hashlib
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError, MissingExtraError
from usermind.tools.interactions import InteractionLog
from usermind.tools.recommenders import checkpoint
from usermind.tools.recommenders.checkpoint import Epoch, State
from usermind.tools.recommenders.recommender import Progress

if TYPE_CHECKING:
    import torch
    from scipy.sparse import csr_matrix

    Parameters = dict[str, torch.Tensor]

Rows = NDArray[np.int64]
Settings = Mapping[str, float | int | str | bool]

INSTALL: Final = "pip install 'usermind[neural]'"
MOST_HELD_OUT: Final = 3000
"""People on whom epochs are compared, at most: enough that an NDCG is ±.003 at .05."""
SHARE_HELD_OUT: Final = 0.3
"""Of all people; each of them gives up one interaction."""
LEAST_KNOWN: Final = 3
"""Interactions of a person who is held out: one is asked for, and two tell of them."""
_EXAMPLES, _DROPOUT = 0, 1
"""What the chance of one batch is for."""
RANKED_AT_ONCE: Final = 256
"""People whose scores over all items lie in memory together."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how fast and where a training runs."""

    epochs: int = 20
    batch: int = 1024
    """Examples a step."""
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    patience: int = 3
    """Epochs without a higher NDCG before it ends; 0: all epochs, and nobody is held out."""
    seed: int = 0
    device: str = "auto"
    """auto: CUDA where there is one, else the CPU; or what torch calls it, as `"cuda:1"`."""
    checkpoint: Path | str | None = None
    """File that keeps the state after each epoch and at a stop; a training with the same settings
    on the same log goes on from it. None: nothing is kept."""
    stop: Callable[[], bool] | None = field(default=None, compare=False)
    """Asked after each batch; True ends the training there, as Ctrl-C does. `Event().is_set`."""

    def __post_init__(self) -> None:
        least = {"epochs": 1, "batch": 1, "patience": 0, "weight_decay": 0, "seed": 0}
        wrong = [name for name, bound in least.items() if not getattr(self, name) >= bound]
        if wrong or not 0 < self.learning_rate < float("inf"):
            name = wrong[0] if wrong else "learning_rate"
            expected = f"{least[name]} or more" if wrong else "a number above 0"
            raise InvalidInputError(
                f"`{name}` is {getattr(self, name)!r}. Expected {expected}. Nothing was trained."
            )

    def settings(self) -> dict[str, float | int | str | bool]:
        """Return what decides the result; where it runs and is kept does not."""
        names = ("epochs", "batch", "learning_rate", "weight_decay", "patience", "seed")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the plan of `settings`; other names among them are left alone."""
        names = ("epochs", "batch", "learning_rate", "weight_decay", "patience", "seed")
        return cls(**{name: settings[name] for name in names})  # type: ignore[arg-type]  # as written

    def found_device(self) -> torch.device:
        """Return the device.

        Raises:
            MissingExtraError: torch is not installed.
            InvalidInputError: This machine, or this torch, has no such device.
        """
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("torch", install=INSTALL) from error
        if self.device == "auto":
            return torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            found = torch.device(self.device)
            torch.zeros(1, device=found)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise InvalidInputError(
                f"There is no device {self.device!r} here. Nothing was trained. Expected 'auto', "
                "'cpu', or one that `torch.zeros(1, device=…)` takes."
            ) from error
        return found


@dataclass(frozen=True, slots=True)
class Report:
    """How a training went."""

    epochs: tuple[Epoch, ...]
    best: int
    """The epoch, counted from 1, whose parameters were taken; 0: the last one's."""
    finished: bool
    """False: it was stopped, and what it had learnt until then was taken."""

    @property
    def seconds(self) -> float:
        """Time in whole epochs, those before a stop included."""
        return sum(epoch.seconds for epoch in self.epochs)


class Lesson(Protocol):
    """What the loop needs to know of a model."""

    parameters: Parameters
    """Leaves on the device, changed in place."""

    def batches(self, dice: np.random.Generator) -> list[Rows]:
        """Return the examples of one epoch in batches."""

    def loss(self, batch: Rows, dice: np.random.Generator) -> torch.Tensor:
        """Return the loss of a batch, a scalar that leads back to the parameters."""

    def rank(self, histories: list[Rows]) -> torch.Tensor:
        """Return (histories, items) the scores after each history, no dropout, no gradients."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """People whose latest item is asked for."""

    histories: tuple[Rows, ...]
    """The items of each before that one, the oldest first."""
    targets: Rows

    def ndcg(self, lesson: Lesson) -> float:
        """Return the mean NDCG@10 over all items but those of the history, in [0, 1].

        One item is right, so that it is 1 / log2(1 + rank); an item among equals has their mean
        rank.
        """
        gains = 0.0
        for start in range(0, len(self.targets), RANKED_AT_ONCE):
            some = slice(start, start + RANKED_AT_ONCE)
            histories, targets = list(self.histories[some]), self.targets[some]
            ranks = _ranks(lesson.rank(histories).float().cpu().numpy(), histories, targets)
            gains += float(np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0.0).sum())
        return gains / len(self.targets)


def hold_out(
    log: InteractionLog, plan: Plan, *, most: int = MOST_HELD_OUT
) -> tuple[InteractionLog, HeldOut | None]:
    """Return the log without the latest liked interaction of some people, and these people.

    None is held out where the plan has no patience, or nobody has `LEAST_KNOWN` interactions.

    Args:
        log: All that is known.
        plan: Its seed draws the people.
        most: How many, where ranking all items for one is dear.
    """
    sequences = log.sequences()
    able = [person for person, rows in enumerate(sequences) if len(rows) >= LEAST_KNOWN]
    if plan.patience == 0 or not able:
        return log, None
    count = min(most, max(1, round(SHARE_HELD_OUT * len(able))))
    chosen = np.sort(_dice(plan.seed).choice(able, count, replace=False))
    last = np.full(log.n_users, -1)
    liked = np.flatnonzero(log.weights > 0)
    order = liked[np.lexsort((log.times[liked], log.users[liked]))]
    last[log.users[order]] = order  # of several, numpy keeps the one written last
    kept = np.ones(len(log), dtype=bool)
    kept[last[chosen]] = False
    held = HeldOut(
        tuple(sequences[person][:-1] for person in chosen), log.rows[last[chosen]].astype(np.int64)
    )
    return replace(
        log,
        users=log.users[kept],
        rows=log.rows[kept],
        weights=log.weights[kept],
        times=log.times[kept],
    ), held


def identity(name: str, settings: Settings, log: InteractionLog) -> str:
    """Return a hash of what is trained on what; how many epochs it may take is no part of it."""
    digest = hashlib.sha256(name.encode())
    told = {key: value for key, value in settings.items() if key != "epochs"}
    digest.update(repr(sorted(told.items())).encode())
    digest.update("\0".join(log.items.ids).encode())
    for column in (log.users, log.rows, log.weights, log.times):
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()


def train(
    lesson: Lesson,
    plan: Plan,
    *,
    told: str,
    held_out: HeldOut | None = None,
    progress: Progress | None = None,
) -> Report:
    """Change the parameters of a lesson to those of its best epoch.

    Args:
        lesson: What is trained.
        plan: How.
        told: The `identity` of the training, which a checkpoint must share.
        held_out: Who its epochs are compared on; None: the last epoch is taken.
        progress: Called after each batch, and once with the whole when it finished.

    Raises:
        InvalidInputError: The checkpoint belongs to another training that is not finished, or the
            loss is no number any more.
        StoreDamagedError: The checkpoint is not whole.
        StoreNotWritableError: The checkpoint cannot be written.
        KeyboardInterrupt: Ctrl-C; the state was kept after the batch that ran.
    """
    course = _Course(lesson, plan, told, held_out)
    with _forked(lesson), _ctrl_c() as interrupted:
        course.run(lambda: interrupted.is_set() or bool(plan.stop and plan.stop()), progress)
    if interrupted.is_set():
        raise KeyboardInterrupt
    report = course.report()
    if progress is not None and report.finished and course.steps:
        progress(plan.epochs * course.steps, plan.epochs * course.steps)
    return report


class _Course:
    """A training under way."""

    def __init__(self, lesson: Lesson, plan: Plan, told: str, held_out: HeldOut | None) -> None:
        import torch

        self.lesson, self.plan, self.held_out = lesson, plan, held_out
        self.path = Path(plan.checkpoint) if plan.checkpoint is not None else None
        self.optimiser = torch.optim.Adam(
            lesson.parameters.values(), lr=plan.learning_rate, weight_decay=plan.weight_decay
        )
        self.best: Mapping[str, NDArray[np.generic]] = {}
        self.state = State(told)
        self.steps = len(lesson.batches(_dice(plan.seed, 0)))
        before = checkpoint.read(self.path) if self.path else None
        if before is not None and before.identity == told:
            self._restore(before)
        elif before is not None and not self._finished(before):
            raise InvalidInputError(
                f"The checkpoint {str(self.path)!r} holds a training with other settings, or on "
                f"another log, stopped after {before.epoch} epochs. Nothing was trained. Delete it "
                "to begin anew, or name another file."
            )

    def run(self, stop: Callable[[], bool], progress: Progress | None) -> None:
        while not self._finished(self.state):
            order = self.lesson.batches(_dice(self.plan.seed, self.state.epoch))
            if not self._epoch(order, stop, progress):
                self._keep()
                return
            self._close(len(order))
            self._keep()
            if stop():
                return

    def report(self) -> Report:
        """Take the best parameters and tell how it went."""
        import torch

        for name, array in self.best.items():
            with torch.no_grad():
                self.lesson.parameters[name].copy_(torch.from_numpy(array))
        state = self.state
        return Report(state.history, state.best, self._finished(state))

    def _finished(self, state: State) -> bool:
        if self.steps == 0:  # there is nothing to learn from
            return True
        patient = not self.plan.patience or not state.best
        stale = not patient and state.epoch - state.best >= self.plan.patience
        return state.epoch >= self.plan.epochs or stale

    def _epoch(self, order: list[Rows], stop: Callable[[], bool], report: Progress | None) -> bool:
        """Return whether the epoch was done to its end."""
        import torch

        for step in range(self.state.step, len(order)):
            began, place = time.monotonic(), (self.plan.seed, self.state.epoch, step)
            torch.manual_seed(int(_dice(*place, _DROPOUT).integers(2**62)))
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.lesson.loss(order[step], _dice(*place, _EXAMPLES))
            self._check(value := float(loss.detach()))
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no types there
            self.optimiser.step()
            self.state = replace(
                self.state,
                step=step + 1,
                loss=self.state.loss + value,
                seconds=self.state.seconds + time.monotonic() - began,
            )
            if report is not None:
                report(self.state.epoch * self.steps + step + 1, self.plan.epochs * self.steps)
            if step + 1 < len(order) and stop():
                return False
        return True

    def _check(self, loss: float) -> None:
        if not np.isfinite(loss):
            raise InvalidInputError(
                f"The loss is no number any more in epoch {self.state.epoch + 1}. The checkpoint, "
                "if there is one, holds the epoch before. Take a lower `learning_rate`."
            )

    def _close(self, steps: int) -> None:
        state = self.state
        ndcg = self.held_out.ndcg(self.lesson) if self.held_out else None
        best = max((epoch.ndcg or 0.0 for epoch in state.history), default=-1.0)
        better = ndcg is not None and ndcg > best
        if better:
            self.best = {name: _array(p).copy() for name, p in self.lesson.parameters.items()}
        self.state = State(
            state.identity,
            epoch=state.epoch + 1,
            history=(*state.history, Epoch(state.loss / steps, ndcg, state.seconds)),
            best=state.epoch + 1 if better else state.best,
        )

    def _keep(self) -> None:
        if self.path is None:
            return
        tensors = {f"now/{name}": _array(p) for name, p in self.lesson.parameters.items()}
        tensors |= {f"best/{name}": array for name, array in self.best.items()}
        for name, parameter in self.lesson.parameters.items():
            for part, value in self.optimiser.state[parameter].items():
                tensors[f"{part}/{name}"] = _array(value)
        checkpoint.write(self.path, replace(self.state, tensors=tensors))

    def _restore(self, state: State) -> None:
        import torch

        parts: dict[str, dict[str, NDArray[np.generic]]] = {}
        for key, array in state.tensors.items():
            part, _, name = key.partition("/")
            parts.setdefault(part, {})[name] = array
        self.best = parts.pop("best", {})
        now = parts.pop("now")
        for name, parameter in self.lesson.parameters.items():
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(now[name]))
            self.optimiser.state[parameter] = {
                # Adam counts its steps on the CPU, wherever the parameters lie.
                part: torch.from_numpy(of[name]).to("cpu" if part == "step" else parameter.device)
                for part, of in parts.items()
            }
        self.state = replace(state, tensors={})


@contextmanager
def _forked(lesson: Lesson) -> Iterator[None]:
    """Leave the program's own chance as it was."""
    import torch

    devices = {p.device for p in lesson.parameters.values() if p.device.type == "cuda"}
    with torch.random.fork_rng(devices=list(devices)):
        yield


@contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """Set an event at the first Ctrl-C, where Python's own handling is in force."""
    asked = threading.Event()
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:
        yield asked
        return

    def ask(_number: int, _frame: object) -> None:
        if asked.is_set():  # the second one does not wait
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def shuffled(examples: int, size: int, dice: np.random.Generator) -> list[Rows]:
    """Return the numbers below `examples` in a drawn order, in batches of a size."""
    order = dice.permutation(examples).astype(np.int64)
    return [order[start : start + size] for start in range(0, examples, size)]


def csr(matrix: csr_matrix, device: torch.device) -> torch.Tensor:
    """Return a sparse matrix of scipy as one of torch, for products with dense ones."""
    import torch

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data.astype(np.float32)),
            size=matrix.shape,
            check_invariants=True,
            device=device,
        )


def _dice(*place: int) -> np.random.Generator:
    # With its length in front: numpy takes (1,) and (1, 0) for the same seed.
    return np.random.default_rng(np.random.SeedSequence((len(place), *place)))


def _array(tensor: torch.Tensor) -> NDArray[np.generic]:
    found: NDArray[np.generic] = tensor.detach().cpu().numpy()
    return found


def _ranks(
    scores: NDArray[np.float32], histories: list[Rows], targets: Rows
) -> NDArray[np.float64]:
    people = np.arange(len(targets))
    wanted = scores[people, targets][:, None]
    for person, history in enumerate(histories):
        scores[person, history[history != targets[person]]] = -np.inf
    above, equal = (scores > wanted).sum(axis=1), (scores == wanted).sum(axis=1)
    return np.asarray(1 + above + (equal - 1) / 2)
