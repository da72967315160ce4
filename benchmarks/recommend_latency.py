"""What a list costs at 1,000 to 100,000 items, beside one product of a matrix and a vector.

Titles, genres, vectors and interactions are drawn; nothing is said of their quality. The embedder
answers at once. `beside` is the median CPU time over that of one float32 product (items, 384) ·
(384,) in the same run, which holds across machines, and on a busy one, better than milliseconds do.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from benchmarks.latency import DIMENSION, InstantEmbedder
from benchmarks.recommend_runs import Progress
from numpy.typing import NDArray

from usermind import MemoryStore
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import Item, ItemTable
from usermind.tools.mentions import Mentions
from usermind.tools.movielens import THINGS
from usermind.tools.recommenders import (
    Ease,
    Event,
    GraphFilter,
    Popularity,
    Preference,
    Recommender,
    TextMap,
    TransitionKnn,
    UserQuery,
    files,
)
from usermind.tools.recommenders.attributes import AttributeMatch
from usermind.tools.recommenders.blend import Blend
from usermind.tools.recommenders.text import TextSource
from usermind.tools.taste import taste

SIZES = (1_000, 10_000, 100_000)
PEOPLE, EACH = 5_000, 40
"""Of the log, and interactions of each."""
EVENTS = 20
"""Of the user who asks."""
MOST_FOR_EASE = 10_000
"""Items up to which EASE is measured: the matrix of more does not fit a small machine."""
GENRES = ("Action", "Comedy", "Drama", "Horror", "Romance", "Science Fiction", "Thriller", "War")
SYLLABLES = (
    "ba",
    "co",
    "di",
    "fel",
    "gor",
    "hin",
    "ka",
    "lum",
    "mer",
    "no",
    "pas",
    "ri",
    "sto",
    "va",
)
SENTENCES = ("I love science fiction films.", "I can't stand horror films.", "I am a nurse.")
MESSAGE = "Something from the 90s, but not too sad. I liked {}."


@dataclass(frozen=True, slots=True)
class Timed:
    """One row: what, at how many items, and how long it takes."""

    what: str
    items: int
    p50: float
    """Milliseconds."""
    p95: float
    cpu: float
    """Median of the CPU's milliseconds."""
    beside: float
    """`cpu` over that of the plain product."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A fitted recommender in a folder."""

    what: str
    items: int
    fit_seconds: float
    megabytes: float
    save_seconds: float
    load_seconds: float


def table(size: int, source: np.random.Generator) -> ItemTable:
    """Return items with titles of two or three made-up words, genres and years."""
    names: dict[str, None] = {}
    while len(names) < size:
        words = (
            "".join(source.choice(SYLLABLES, size=int(source.integers(2, 4)))).capitalize()
            for _ in range(int(source.integers(2, 4)))
        )
        names[" ".join(words)] = None
    return ItemTable(
        Item(
            str(row),
            name,
            attributes={
                "genre": tuple(source.choice(GENRES, size=2, replace=False).tolist()),
                "year": float(source.integers(1950, 2020)),
            },
        )
        for row, name in enumerate(names)
    )


def log(items: ItemTable, source: np.random.Generator) -> InteractionLog:
    """Return interactions with items whose popularity falls as 1 / rank does."""
    chance = 1 / np.arange(1, len(items) + 1)
    rows = source.choice(len(items), size=PEOPLE * EACH, p=chance / chance.sum())
    users = np.repeat(np.arange(PEOPLE), EACH)
    ones, times = np.ones(len(rows), dtype=np.float32), np.arange(len(rows), dtype=np.float64)
    return InteractionLog(items, users, rows, ones, times, PEOPLE)


def recommenders(size: int, vectors: NDArray[np.float32]) -> Iterator[tuple[str, Recommender]]:
    """Yield what is measured, unfitted."""
    texts = TextSource(vectors, InstantEmbedder())
    yield "popularity", Popularity()
    yield "transitions", TransitionKnn()
    yield "graph filter", GraphFilter()
    yield "text", TextMap(texts)
    if size <= MOST_FOR_EASE:
        yield "ease", Ease()
    yield (
        "blend",
        Blend(
            {
                "taste": Ease() if size <= MOST_FOR_EASE else GraphFilter(),
                "sequence": TransitionKnn(),
                "popularity": Popularity(),
                "attributes": AttributeMatch(),
                "text": TextMap(texts),
            }
        ),
    )


def timed(what: str, size: int, calls: Sequence[Callable[[], object]], plain: float) -> Timed:
    """Return how long calls take, each done once."""
    calls[0]()
    spent, worked = [], []
    for call in calls:
        start, busy = time.perf_counter(), time.process_time()
        call()
        spent.append((time.perf_counter() - start) * 1e3)
        worked.append((time.process_time() - busy) * 1e3)
    p50, p95 = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
    cpu = statistics.median(worked)
    return Timed(what, size, p50, p95, cpu, cpu / plain if plain else 1.0)


def measure(size: int, times: int, seed: int) -> Iterator[Timed | Stored]:
    """Yield all rows of one size."""
    source = np.random.default_rng(seed)
    items = table(size, source)
    drawn = source.standard_normal((size, DIMENSION)).astype(np.float32)
    vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    interactions = log(items, source)
    plain = timed("plain product", size, [lambda: vectors @ vectors[0]] * times, 0.0)
    yield plain
    for name, made in recommenders(size, vectors):
        yield stored(name, made, interactions, vectors)
        for told, explain in (("recommend", False), ("recommend, with reasons", True)):
            queries = [query(items, source) for _ in range(times)]  # a blend remembers the last
            calls = [lambda q=q: made.recommend(q, explain=explain) for q in queries]  # noqa: B023
            yield timed(f"{name}: {told}", size, calls, plain.cpu)
    yield from tastes(items, interactions, times, plain.cpu)


def query(items: ItemTable, source: np.random.Generator) -> UserQuery:
    """Return a user with events, preferences and words."""
    rows = source.choice(len(items), size=EVENTS, replace=False)
    return UserQuery(
        events=tuple(Event(items.ids[row]) for row in rows),
        preferences=(
            Preference("likes science fiction", attribute="genre", value="Science Fiction"),
            Preference("cannot stand horror", -1, attribute="genre", value="Horror", hard=True),
        ),
        text=f"something for evening {int(source.integers(1_000_000))}",
    )


def stored(
    name: str, made: Recommender, interactions: InteractionLog, vectors: NDArray[np.float32]
) -> Stored:
    """Return what fitting, writing and reading a recommender takes; it is fitted afterwards."""
    size = len(interactions.items)
    start = time.perf_counter()
    made.fit(interactions, progress=Progress(f"{name}, {size:,} items: fit", 0, "steps"))
    fitted = time.perf_counter()
    with TemporaryDirectory() as folder:
        files.save(made, folder)
        saved = time.perf_counter()
        files.load(folder, interactions.items, text=TextSource(vectors, InstantEmbedder()))
        loaded = time.perf_counter()
        size_bytes = sum(path.stat().st_size for path in Path(folder).iterdir())
    return Stored(name, size, fitted - start, size_bytes / 1e6, saved - fitted, loaded - saved)


def tastes(
    items: ItemTable, interactions: InteractionLog, times: int, plain: float
) -> Iterator[Timed]:
    """Yield what it takes to make a query of memory and message, and to index the titles."""
    counts = interactions.counts()
    yield timed("index of titles, made once", len(items),
                [lambda: Mentions(items, THINGS, counts.tolist())] * 2, plain)  # fmt: skip
    mentions = Mentions(items, THINGS, counts.tolist())
    with TemporaryDirectory() as folder, MemoryStore(folder, embedder=InstantEmbedder()) as store:
        ana = store.user("ana")
        for sentence in (*SENTENCES, *(f"I loved {items[row].title}." for row in range(5))):
            ana.observe(sentence)
        ana.reflect()
        messages = [MESSAGE.format(items[row % len(items)].title) for row in range(times)]
        calls = [lambda m=m: taste(ana, mentions, m) for m in messages]
        yield timed("taste, of memory and message", len(items), calls, plain)


def show(rows: Sequence[Timed | Stored]) -> None:
    """Print both tables."""
    print(
        "\n| items | | p50 ms | p95 ms | CPU ms | beside |\n| --- | --- | --- | --- | --- | --- |"
    )
    for row in rows:
        if isinstance(row, Timed):
            print(
                f"| {row.items:,} | {row.what} | {row.p50:.2f} | {row.p95:.2f} | {row.cpu:.2f} "
                f"| {row.beside:.1f} |"
            )
    print(
        "\n| items | | fit s | file MB | save s | load s |\n| --- | --- | --- | --- | --- | --- |"
    )
    for row in rows:
        if isinstance(row, Stored):
            print(
                f"| {row.items:,} | {row.what} | {row.fit_seconds:.1f} | {row.megabytes:.1f} "
                f"| {row.save_seconds:.2f} | {row.load_seconds:.2f} |"
            )


def main() -> None:
    """Run and print everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--times", type=int, default=100, help="calls of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()
    rows = [row for size in options.sizes for row in measure(size, options.times, options.seed)]
    show(rows)
    if options.json is not None:
        told: Mapping[str, object] = {
            "timed": [asdict(row) for row in rows if isinstance(row, Timed)],
            "stored": [asdict(row) for row in rows if isinstance(row, Stored)],
        }
        options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
