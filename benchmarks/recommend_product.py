"""The product over a split: a catalogue, who advises from it, and users who say what they like.

split → Catalogue → Advisor;   sentences → a user's memory → reflection → a list
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from benchmarks import ranking_metrics as metrics
from benchmarks.recommend_data import Rows, Split

from usermind import MemoryStore
from usermind.memory import UserMemory
from usermind.tools.advice import Advice
from usermind.tools.advisor import Advisor
from usermind.tools.catalogue import Catalogue
from usermind.tools.fitting import fit
from usermind.tools.interactions import Interaction
from usermind.tools.item_filter import ItemFilter
from usermind.tools.items import Item
from usermind.tools.movielens import THINGS
from usermind.tools.recommenders.blend import Blend
from usermind.types import Embedder

K = 20
"""Items of a list."""
_BEHIND = re.compile(r"\s*\([^()]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Product:
    """What a user talks to."""

    split: Split
    advisor: Advisor
    store: MemoryStore
    blend: Blend
    """What the advisor ranks by."""

    def told(self, name: str, sentences: Sequence[str], *, listen: bool) -> UserMemory:
        """Return the memory of a user who wrote sentences, reflected on by the offline engine.

        Args:
            name: The user's.
            sentences: One message each.
            listen: Whether what a message says of an item is kept as feedback too, as a turn of
                a conversation does.
        """
        memory = self.store.user(name)
        for sentence in sentences:
            receipt = memory.observe(sentence)
            if listen and receipt.id is not None:  # None: the privacy gate kept nothing
                self.advisor.listen(memory, sentence, observation=receipt.id)
        memory.reflect()
        return memory

    def listed(self, advice: Advice) -> Rows:
        """Return the rows of a list, best first."""
        return self.split.items.rows(each.item.id for each in advice.recommendations)

    def advise(
        self, memory: UserMemory, message: str = "", *, without: Rows | None = None
    ) -> Advice:
        """Return a list for a user.

        Args:
            memory: The user's.
            message: What they ask.
            without: Rows that may not come, whatever memory knows.
        """
        ids = self.split.items.ids
        gone = frozenset() if without is None else frozenset(ids[row] for row in without)
        return self.advisor.advise(memory, message, k=K, where=ItemFilter(exclude=gone))


@contextmanager
def product(split: Split, embedder: Embedder, progress: Callable[[int, int], None]
            ) -> Iterator[Product]:  # fmt: skip
    """Yield the product over the items and the log of a split, in a folder that goes at the end."""
    ids, log = split.items.ids, split.log
    with (
        TemporaryDirectory() as folder,
        Catalogue(Path(folder) / "catalogue", embedder=embedder) as catalogue,
    ):
        catalogue.add(split.items, progress=progress)
        catalogue.things = THINGS
        catalogue.add_interactions(
            [
                Interaction(str(user), ids[row], float(weight), float(at))
                for user, row, weight, at in zip(
                    log.users, log.rows, log.weights, log.times, strict=True
                )
            ],
            progress=progress,
        )
        blend = fit(catalogue, progress=progress)
        with MemoryStore(Path(folder) / "memory", embedder=embedder, open_files=8) as store:
            yield Product(split, Advisor(catalogue), store, blend)


def said_title(item: Item) -> str:
    """Return a title as it is said: without its year and its second name."""
    return _BEHIND.sub("", _BEHIND.sub("", item.title)) or item.title


def places_in(rows: Rows, wanted: Rows) -> metrics.Places:
    """Return the places of the wanted items in a list; infinite for those that are not in it."""
    place = {int(row): float(rank) for rank, row in enumerate(rows, 1)}
    return np.array([place.get(int(row), np.inf) for row in wanted])
