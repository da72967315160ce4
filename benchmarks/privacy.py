"""What the privacy gate costs: one look at a text, and one observation with and without it.

Usage: python -m benchmarks.privacy [--times 400]

Every text is another one, so that nothing is remembered from an earlier look. With and without are
measured in turns, in one run, on one machine. Figures are the median and the 95th percentile.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import count
from pathlib import Path

from usermind import MemoryStore
from usermind.memory.privacy.gate import Gate

TEXTS: dict[str, str] = {
    "short chat": "I went to the cinema with Tom in Oslo yesterday and it was fun, note {}",
    "with a number": "We paid 1299 for the sofa on 2024-05-12, order number 45001234{}",
    "with a health fact": "My sister has diabetes and I am allergic to nuts, day {}",
    "with a password": "By the way, my password is hunter{} and I like tea",
    "with a phone number": "You can call me at +47 22 12 34 56 after {} o'clock",
    "a page of 3,000 letters": "The meeting about room 4111 began late and went on. " * 57 + "{}",
}


def timed(call: Callable[[str], object], texts: list[str]) -> list[float]:
    """Return milliseconds of each call."""
    out = []
    for text in texts:
        start = time.perf_counter()
        call(text)
        out.append((time.perf_counter() - start) * 1e3)
    return out


def show(what: str, milliseconds: list[float]) -> None:
    """Print one line of the table."""
    tail = statistics.quantiles(milliseconds, n=20)[-1]
    print(f"{what:<44} {statistics.median(milliseconds):>9.3f} {tail:>9.3f}")


def main() -> None:
    """Run and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=400)
    times = parser.parse_args().times
    numbers = count(100)
    gate = Gate("standard")

    def fresh(pattern: str, many: int) -> list[str]:
        return [pattern.format(next(numbers)) for _ in range(many)]

    def look(text: str) -> object:
        return gate.screen(text, "store")

    print(f"{'milliseconds':<44} {'p50':>9} {'p95':>9}")
    for what, pattern in TEXTS.items():
        timed(look, fresh(pattern, 5))
        show(f"one look: {what}", timed(look, fresh(pattern, times)))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        places = ("standard", "off")
        stores = [
            MemoryStore(Path(folder) / name, embedder="lexical", privacy=name)  # type: ignore[arg-type]  # names of policies
            for name in places
        ]
        users = [store.user("ana") for store in stores]
        took: list[list[float]] = [[], []]
        for _ in range(times // 20):
            for place, user in enumerate(users):
                took[place] += timed(user.observe, fresh(TEXTS["short chat"], 20))
        show("observe, durable, gate on", took[0])
        show("observe, durable, gate off", took[1])
        for store in stores:
            store.close()


if __name__ == "__main__":
    main()
