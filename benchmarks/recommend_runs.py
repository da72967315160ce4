"""A recommender fitted on a split and asked about every tested user: one row of a table.

    split → fit → scores of the whole table, user by user → places → figures with intervals

Users are asked about one at a time, by `Recommender.scores`, as a turn of a conversation does; what
they did before may not come, and of what is left `top` makes the list, as `recommend` does.
"""

import math
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from benchmarks import ranking_metrics as metrics
from benchmarks.recommend_data import Rows, Split, Tested
from numpy.typing import NDArray

from usermind.evals.benchmarks.intervals import bootstrap
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import UserQuery
from usermind.tools.recommenders.recommender import finite, top

LIST = 20
"""Items of a list whose coverage, popularity and distance are told."""
SPREAD_USERS = 500
"""Lists whose inner distance is computed: the first ones, a mean of so many is sure to 0.01."""
EVERY = 30.0
"""Seconds between two lines of progress."""

Floats = NDArray[np.float64]

MEASURES: Mapping[str, Callable[[metrics.Places], float]] = {
    "R@20": lambda found: metrics.recall(found, 20),
    "N@20": lambda found: metrics.ndcg(found, 20),
    "HR@10": lambda found: metrics.hit_rate(found, 10),
    "N@10": lambda found: metrics.ndcg(found, 10),
    "MRR@10": lambda found: metrics.reciprocal_rank(found, 10),
    "cR@20": lambda found: metrics.capped_recall(found, 20),
}
"""What is told of one user's places; cR@20 is hits / min(20, wanted)."""


class Ranker(Protocol):
    """What can be fitted and asked: a recommender, or what makes another list of one's."""

    @property
    def items(self) -> ItemTable:
        """The table of all items."""

    def fit(self, log: InteractionLog, *, progress: Callable[[int, int], None]) -> object:
        """Learn from a log."""

    def scores(self, query: UserQuery) -> NDArray[np.float32]:
        """Return (items,) the higher, the better."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How varied lists are."""

    coverage: float
    """Share of the table that is in any list."""
    lift: float
    """How much more popular the lists are than what their users turned to before."""
    distance: float
    """Mean of 1 − cosine between the items of a list, by who liked them."""


@dataclass(slots=True)
class Answers:
    """What a recommender said of all tested users."""

    values: dict[str, Floats]
    """(users,) by measure."""
    lists: list[Rows]
    seconds: float
    """Spent in the recommender."""
    asked: Sequence[Tested] = field(default_factory=list)

    def spread(self, split: Split) -> "Spread":
        """Return how varied the lists are."""
        columns = unit_columns(split)
        some = self.lists[:SPREAD_USERS]
        apart = [
            metrics.intra_list_distance(np.arange(len(rows)), columns[rows].toarray())
            for rows in some
        ]
        histories = [user.history[user.weights > 0] for user in self.asked]
        return Spread(
            metrics.coverage(self.lists, len(split.items)),
            metrics.popularity_lift(self.lists, histories, split.counts),
            _mean(apart),
        )


def _mean(values: Sequence[float]) -> float:
    """Return the mean of what is a number; NaN where nothing is."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def unit_columns(split: Split):  # type: ignore[no-untyped-def]  # scipy has no types
    """Return sparse (items, people) the people who liked each, as rows of unit length."""
    from scipy.sparse import diags

    found = split.log.matrix().T.tocsr()
    norms = np.sqrt(np.bincount(split.log.rows[split.log.weights > 0], minlength=found.shape[0]))
    return diags(1 / np.maximum(norms, 1)) @ found


def ask(recommender: Ranker, split: Split, *, what: str = "") -> Answers:
    """Return what a fitted recommender says of every tested user.

    Raises:
        ValueError: It was fitted on another table.
    """
    if recommender.items.ids != split.items.ids:
        raise ValueError("The recommender has another table than the data. Fit it on them.")
    values = {name: np.full(len(split.tested), np.nan) for name in MEASURES}
    lists, spent = [], 0.0
    progress = Progress(
        what or f"{split.name}, {type(recommender).__name__}", len(split.tested), "users"
    )
    for place, user in enumerate(split.tested):
        query = split.query(user)
        start = time.perf_counter()
        scores = finite(recommender.scores(query))
        spent += time.perf_counter() - start
        among = np.ones(len(split.items), dtype=bool)
        among[user.history] = False
        found = metrics.places(scores, user.wanted, among)
        for name, measure in MEASURES.items():
            values[name][place] = measure(found)
        lists.append(top(scores, LIST, among=among))
        progress(place + 1)
    return Answers(values, lists, spent, split.tested)


class Progress:
    """Tells how far a long run is, on standard error, every few seconds."""

    def __init__(self, what: str, total: int, unit: str) -> None:
        self._what, self._total, self._unit = what, total, unit
        self._next = time.monotonic() + EVERY

    def __call__(self, done: int, total: int | None = None) -> None:
        """Tell it, where some seconds have gone by."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        of = self._total if total is None else total
        print(f"{self._what}: {done:,} of {of:,} {self._unit}", file=sys.stderr, flush=True)


def peak_megabytes() -> float:
    """Return the most memory that this process ever held, in 10⁶ bytes; NaN where nobody tells.

    `ru_maxrss` would start at what the parent held; Linux keeps a figure of the process alone.
    """
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return float("nan")
    told = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(told[0]) * 1024 / 1e6 if told else float("nan")


# -- rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A mean over users with its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Floats) -> "Cell":
        """Return the mean of what is a number, and its bootstrap interval by user."""
        known = values[~np.isnan(values)]
        if not len(known):
            return cls(math.nan, math.nan, math.nan, 0)
        return cls(float(known.mean()), *bootstrap(known.tolist()), len(known))

    def __str__(self) -> str:
        """Return `.1870 (.1846–.1894)`."""
        if not self.n:
            return "–"
        return f"{bare(self.mean)} ({bare(self.low)}–{bare(self.high)})"


def bare(value: float) -> str:
    """Return a figure with four places, without its leading zero."""
    return "–" if math.isnan(value) else re.sub(r"^(-?)0\.", r"\1.", f"{value:.4f}")


def apart(first: Floats, second: Floats) -> Cell:
    """Return how much higher the first values are, user by user."""
    return Cell.of(first - second)
