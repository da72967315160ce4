"""Observations from JSON lines: read one by one, stored in batches, bad ones told with their place.

What a line holds is told in `usermind.memory.lines`. Reading holds one line in memory, storing one
batch; running the same file again stores nothing twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from usermind.errors import ConflictingObservationError, InvalidInputError
from usermind.memory import Receipt, UserMemory
from usermind.memory.lines import BadLine, Line, read_lines

__all__ = ["BATCH", "BadLine", "Batch", "Line", "Tally", "read_lines", "store"]

BATCH = 256
"""Observations stored in one transaction."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that were stored together, with what became of each."""

    lines: tuple[Line, ...]
    receipts: tuple[Receipt, ...]


@dataclass(slots=True)
class Tally:
    """What became of all lines so far."""

    stored: int = 0
    known: int = 0
    """Stored before, by an earlier run or an earlier line."""
    forgotten: int = 0
    """Left out because the user had them forgotten."""
    private: int = 0
    """Left out because they touch a private topic, or the privacy policy bars them."""
    bad: int = 0
    naive_times: int = 0
    """New ones whose time named no zone."""
    without_time: int = 0
    """New ones that have no time and count as said now."""
    ignored_fields: Counter[str] = field(default_factory=Counter)

    def add(self, event: BadLine | Batch) -> None:
        """Count one event of `store`."""
        if isinstance(event, BadLine):
            self.bad += 1
            return
        for line, receipt in zip(event.lines, event.receipts, strict=True):
            self.ignored_fields.update(line.ignored)
            match receipt.outcome:
                case "stored":
                    self.stored += 1
                    self.naive_times += line.naive
                    self.without_time += line.draft.at is None
                case "known":
                    self.known += 1
                case "forgotten":
                    self.forgotten += 1
                case "private":
                    self.private += 1


def store(memory: UserMemory, lines: Iterable[Line | BadLine]) -> Iterator[Batch | BadLine]:
    """Store the lines, `BATCH` in one transaction, and yield what became of them.

    A line that the store refuses is yielded as bad; its neighbours go in without it.

    Raises:
        StoreError: The store cannot be written; what was yielded before is stored.
    """
    source = iter(lines)
    while read := list(islice(source, BATCH)):
        yield from (line for line in read if isinstance(line, BadLine))
        yield from _stored(memory, [line for line in read if isinstance(line, Line)])


def _stored(memory: UserMemory, lines: Sequence[Line]) -> Iterator[Batch | BadLine]:
    if not lines:
        return
    try:
        receipts = memory.observe_many([line.draft for line in lines])
    except (InvalidInputError, ConflictingObservationError) as error:
        if len(lines) == 1:
            yield BadLine(lines[0].place, lines[0].end, str(error))
            return
        # Which one it was is found by halving: cheap, since most batches have none.
        middle = len(lines) // 2
        yield from _stored(memory, lines[:middle])
        yield from _stored(memory, lines[middle:])
    else:
        yield Batch(tuple(lines), tuple(receipts))
