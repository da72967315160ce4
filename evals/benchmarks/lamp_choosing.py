"""Ways to choose the items of a profile that a question of LaMP is asked with.

By `recall`, by BM25 as LaMP computes it, the newest, by chance, or none.
"""

import math
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from usermind import Draft, MemoryStore
from usermind.evals.benchmarks.lamp_files import Case
from usermind.evals.benchmarks.lamp_tasks import Item, Task
from usermind.testing import StoppedClock
from usermind.types import Embedder

K1, B, FLOOR = 1.5, 0.75, 0.25
"""Constants of BM25Okapi in the package rank_bm25, which LaMP uses."""
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Time of the first item that has none; each next one is a second younger."""

Chosen = Callable[[Case, int], list[Item] | None]
"""Returns the items given, best first; None where it cannot say."""


def nothing(_case: Case, _k: int) -> list[Item]:
    """Return no item: the control."""
    return []


def by_chance(seed: int) -> Chosen:
    """Return what draws items, the same for the same seed and question."""

    def chosen(case: Case, k: int) -> list[Item]:
        rng = random.Random(f"{seed} {case.question.id}")  # noqa: S311  # no secret
        return rng.sample(case.items, min(k, len(case.items)))

    return chosen


def newest(case: Case, k: int) -> list[Item] | None:
    """Return the items of the latest dates, ties as in the file; None where one has no date."""
    dated = [(item.date.first, item) for item in case.items if item.date is not None]
    if len(dated) < len(case.items):
        return None
    return [item for _, item in sorted(dated, key=lambda pair: pair[0], reverse=True)][:k]


def by_words(task: Task) -> Chosen:
    """Return what chooses by BM25 over words between spaces, as LaMP does."""

    def chosen(case: Case, k: int) -> list[Item]:
        texts = [task.searched(item).split() for item in case.items]
        scores = okapi(case.query.split(), texts)
        order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
        return [case.items[place] for place in order[:k]]

    return chosen


def okapi(query: Sequence[str], texts: Sequence[Sequence[str]]) -> list[float]:
    """Return BM25Okapi of each text; what is negative of an idf becomes `FLOOR` of their mean.

    Source: Robertson & Zaragoza 2009, with the floor of the package rank_bm25.
    """
    if not texts:
        return []
    mean = statistics.fmean(map(len, texts)) or 1.0
    holding = Counter(word for text in texts for word in set(text))
    idf = {word: math.log((len(texts) - n + 0.5) / (n + 0.5)) for word, n in holding.items()}
    floor = FLOOR * statistics.fmean(idf.values()) if idf else 0.0
    idf = {word: value if value >= 0 else floor for word, value in idf.items()}
    scores = []
    for text in texts:
        counts, length = Counter(text), K1 * (1 - B + B * len(text) / mean)
        scores.append(
            sum(
                idf[word] * counts[word] * (K1 + 1) / (counts[word] + length)
                for word in query
                if word in counts
            )
        )
    return scores


@dataclass(slots=True)
class Remembering:
    """Chooses by `UserMemory.recall`: every question's profile is one user of the store."""

    task: Task
    store: MemoryStore
    clock: StoppedClock
    unstored: int = 0
    """Items that the privacy gate or the quarantine keeps from recall."""

    def __call__(self, case: Case, k: int) -> list[Item]:
        """Return the items that recall gives."""
        if not case.items:
            return []
        dates = [item.date.last for item in case.items if item.date]
        asked = case.question.date.first if case.question.date else None
        self.clock.now = asked or max([*dates, UNDATED + timedelta(days=1)]) + timedelta(days=1)
        user = self.store.user(f"{self.task.name} {case.question.row}")
        receipts = user.observe_many([self._draft(item) for item in case.items])
        self.unstored += sum(r.outcome == "private" or bool(r.quarantine) for r in receipts)
        if not user.exists:
            return []  # all of it is private
        user.embed()
        hits = user.recall(case.query, k=k, kinds=["observation"])
        by_row = {f"item {item.row}": item for item in case.items}
        found = [by_row[str(hit.external_id)] for hit in hits]
        user.forget_everything()
        return found

    def _draft(self, item: Item) -> Draft:
        return Draft(
            text=self.task.searched(item),
            at=item.date.first if item.date else UNDATED + timedelta(seconds=item.row),
            source=self.task.name,
            session=f"item {item.row}",  # an item is no turn of a conversation with the next
            external_id=f"item {item.row}",
        )


@contextmanager
def remembering(task: Task, embedder: Embedder | str | None) -> Iterator[Remembering]:
    """Yield a fresh store to choose from."""
    clock = StoppedClock(UNDATED)
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder, clock=clock) as store,
    ):
        yield Remembering(task, store, clock)
