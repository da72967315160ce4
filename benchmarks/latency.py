"""What usermind itself costs: a turn, a recall, an observation, an import.

Usage: python -m benchmarks.latency [--users 200] [--memories 100] [--turns 200]

The model and the embedder are replaced by ones that answer at once, so that what is left is ours.
Figures are the median (p50) and the 95th percentile of one run on this machine.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar, get_args

import numpy as np
from langchain_core.messages import AIMessageChunk

from usermind import Assistant, Draft, MemoryStore
from usermind.models import Offline, ReplyRequest
from usermind.types import Kind

DIMENSION = 384
SHOWN = 2_000


class InstantEmbedder:
    """Vectors that cost nothing: a hash of the text as the seed of a random direction."""

    model_id = "instant"

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a text."""
        seed = sum(text.encode()) % 1024
        return self._table[seed]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the vectors of texts."""
        return [self.embed_query(text) for text in texts]

    _table: ClassVar[list[list[float]]] = (
        np.random.default_rng(0).normal(size=(1024, DIMENSION)).tolist()
    )


class InstantModel(Offline):
    """Answers at once."""

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield one short reply."""
        yield AIMessageChunk(content="Yes.", id="reply")


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Return milliseconds of each of so many calls."""
    out = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        out.append((time.perf_counter() - start) * 1e3)
    return out


def show(what: str, milliseconds: list[float]) -> None:
    """Print one line of the table."""
    tail = statistics.quantiles(milliseconds, n=20)[-1]
    print(f"{what:<52} {statistics.median(milliseconds):>8.2f} {tail:>8.2f}")


def main() -> None:
    """Run and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--memories", type=int, default=100)
    parser.add_argument("--turns", type=int, default=200)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        print(f"{'milliseconds':<52} {'p50':>8} {'p95':>8}")
        store = MemoryStore(folder, embedder=InstantEmbedder(), open_files=options.users)
        names = [f"user {number}" for number in range(options.users)]
        for name in names:
            store.user(name).observe_many(
                [
                    Draft(text=f"On day {day} I saw {name} with item {day * 37 % 101} in town.")
                    for day in range(options.memories)
                ]
            )
            store.user(name).embed()
        store.close()

        store = MemoryStore(folder, embedder=InstantEmbedder(), open_files=options.users)
        query = "When did I see item 74?"
        first = [timed(partial(store.user(name).recall, query), 1)[0] for name in names]
        warm = [timed(partial(store.user(name).recall, query), 1)[0] for name in names * 3]
        show(f"recall, first touch, {options.memories} memories", first)
        show("recall, warm", warm)
        viewer = store.user(names[-1])
        viewer.feedback.shown((f"{n}", f"River Film {n} (2000)") for n in range(SHOWN))
        show(f"recall, warm, {SHOWN:,} items shown", timed(partial(viewer.recall, query), 200))
        titles = partial(viewer.recall, "Was River Film 74 any good?", kinds=get_args(Kind))
        titles()  # folds them
        show("the same, with their titles", timed(titles, 200))

        ana = store.user("ana")
        counter = iter(range(10**9))
        show("observe, durable", timed(lambda: ana.observe(f"note {next(counter)}"), 200))

        assistant = Assistant(store=store, model=InstantModel(), reflect="manual")
        name = names[0]
        ask = lambda: assistant.turn(name, f"When did I see item {next(counter) % 101}?")  # noqa: E731
        timed(ask, 5)
        show("turn without model and embedding", timed(ask, options.turns))
        assistant.close()
        store.close()

    for code in ("import usermind", "from usermind import MemoryStore", "import usermind.graphs"):
        command = [sys.executable, "-c", code]
        show(code, timed(partial(subprocess.run, command, check=True), 7))
    script = Path(sys.executable).with_name("usermind")
    if script.exists():
        command = [str(script), "--help"]
        show(
            "usermind --help",
            timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), 7),
        )


if __name__ == "__main__":
    main()
