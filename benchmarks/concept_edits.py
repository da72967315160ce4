"""What an edit of a concept costs, and what finding one by its name costs.

Usage: python -m benchmarks.concept_edits [--sizes 10 100 1000] [--pictured 10 100 500 2000]
    [--edits 50]

The second table is of concepts with a picture each: what an edit costs beside them, and what adding
a picture and taking it away cost.

Every edit is one durable transaction through `ana.concepts`, as an application makes it; times are
medians on an otherwise idle machine, and say little of another one. Compare them within a run: how
they grow with the number of concepts.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from usermind import Concept, MemoryStore, UserMemory
from usermind.memory.images import Picture, prepare


def edits(ana: UserMemory, place: int) -> dict[str, Callable[[], object]]:
    """Return one edit of each kind, in the order in which they are made."""
    key, new, part = f"c{place}", f"n{place}", f"p{place}"
    concepts = ana.concepts
    return {
        "add": lambda: concepts.__setitem__(new, Concept(f"Newling {place}", category="dog")),
        "describe": lambda: concepts.describe(key, "eats", f"salmon {place}"),
        "rename": lambda: concepts.rename(new, part),
        "merge": lambda: concepts.merge(key, part),
        "undo": concepts.undo,
        "delete": lambda: concepts.__delitem__(part),
        "look up": lambda: concepts.named_in(f"What does Friend {place} eat on Sundays?"),
    }


def measure(size: int, count: int) -> dict[str, float]:
    """Return the median of each kind of edit among so many concepts, in milliseconds."""
    times: dict[str, list[float]] = {}
    with TemporaryDirectory() as folder, MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        for place in range(size):
            ana.concepts[f"c{place}"] = Concept(f"Friend {place}", category="person")
        for place in range(count):
            for kind, edit in edits(ana, place % size).items():
                started = time.perf_counter()
                edit()
                times.setdefault(kind, []).append(1_000 * (time.perf_counter() - started))
    return {kind: statistics.median(each) for kind, each in times.items()}


def picture_edits(ana: UserMemory, place: int, new: Picture) -> dict[str, Callable[[], object]]:
    """Return edits among concepts with pictures, in the order in which they are made."""
    key, concepts = f"c{place}", ana.concepts
    return {
        "describe": lambda: concepts.describe(key, "eats", f"salmon {place}"),
        "undo": concepts.undo,
        "add picture": lambda: concepts.change(
            "add picture",
            lambda known: {key: replace(known[key], images=(*known[key].images, new.id))},
            pictures=[new],
        ),
        "remove picture": lambda: ana.pictures.remove(key, new.id),
        "add": lambda: concepts.__setitem__(f"n{place}", Concept(f"Newling {place}")),
        "delete": lambda: concepts.__delitem__(f"n{place}"),
    }


def noise(rng: np.random.Generator) -> Picture:
    """Return a small picture that is like no other."""
    pixels = Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8))
    file = BytesIO()
    pixels.save(file, "PNG")
    return prepare(file.getvalue())


def _put(key: str, concept: Concept, _: object) -> dict[str, Concept | None]:
    return {key: concept}


def measure_pictured(size: int, count: int) -> dict[str, float]:
    """Return the median of each kind of edit among so many pictured concepts, in milliseconds."""
    rng = np.random.default_rng(0)
    times: dict[str, list[float]] = {}
    with TemporaryDirectory() as folder, MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        for place in range(size):
            picture = noise(rng)
            friend = Concept(
                f"Friend {place}", category="person", images=(picture.id,), consent=True
            )
            ana.concepts.change("set", partial(_put, f"c{place}", friend), pictures=[picture])
        for place in range(count):
            for kind, edit in picture_edits(ana, place % size, noise(rng)).items():
                started = time.perf_counter()
                edit()
                times.setdefault(kind, []).append(1_000 * (time.perf_counter() - started))
        assert len(ana.pictures.of("c0")) == 1, "a picture that is in use was dropped"
    return {kind: statistics.median(each) for kind, each in times.items()}


def table(what: str, sizes: Sequence[int], of: Callable[[int], dict[str, float]]) -> None:
    """Measure and print one table."""
    for place, size in enumerate(sizes):
        found = of(size)
        if place == 0:
            print(f"| {what} | {' | '.join(found)} |")
            print(f"|{' --- |' * (len(found) + 1)}")
        print(f"| {size} | {' | '.join(f'{each:.1f}' for each in found.values())} |", flush=True)


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--pictured", type=int, nargs="*", default=[10, 100, 500, 2000])
    parser.add_argument("--edits", type=int, default=50)
    given = parser.parse_args()
    table("concepts", given.sizes, lambda size: measure(size, given.edits))
    print()
    table("pictured concepts", given.pictured, lambda size: measure_pictured(size, given.edits))


if __name__ == "__main__":
    main()
