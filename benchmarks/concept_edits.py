"""What an edit of a concept costs, and what finding one by its name costs.

Usage: python -m benchmarks.concept_edits [--sizes 10 100 1000] [--edits 50]

Every edit is one durable transaction through `ana.concepts`, as an application makes it; times are
medians on an otherwise idle machine, and say little of another one. Compare them within a run: how
they grow with the number of concepts.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

from usermind import Concept, MemoryStore, UserMemory


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


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--edits", type=int, default=50)
    given = parser.parse_args()
    for place, size in enumerate(given.sizes):
        found = measure(size, given.edits)
        if place == 0:
            print(f"| concepts | {' | '.join(found)} |")
            print(f"|{' --- |' * (len(found) + 1)}")
        print(f"| {size} | {' | '.join(f'{each:.1f}' for each in found.values())} |", flush=True)


if __name__ == "__main__":
    main()
