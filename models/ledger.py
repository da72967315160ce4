"""What was asked of models: every call with its tokens, seconds and outcome."""

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Literal

Outcome = Literal["ok", "invalid", "truncated", "unavailable", "timeout", "refused", "abandoned"]
"""How a call ended. `invalid`: the answer did not fit its schema. `truncated`: it was cut, by the
length limit or by a lost connection. `refused`: the endpoint rejected the request. `abandoned`:
the caller stopped reading a stream."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One request to a model; a repeated request is an entry of its own."""

    purpose: str
    """Name of the prompt (`"reflect"`, `"turn"`), or `"embed"`."""
    model: str
    outcome: Outcome
    seconds: float
    """From sending to the last byte."""
    prompt_tokens: int | None = None
    """As the endpoint reported; None when it did not."""
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    """Part of the prompt that the endpoint had in its prefix cache."""


@dataclass(frozen=True, slots=True)
class LedgerTotal:
    """Sums over the entries of one purpose; what was not reported counts as 0."""

    calls: int = 0
    failed: int = 0
    """Calls whose outcome is not `ok`."""
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: "LedgerTotal") -> "LedgerTotal":
        return LedgerTotal(
            self.calls + other.calls,
            self.failed + other.failed,
            self.seconds + other.seconds,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
        )

    def plus(self, entry: LedgerEntry) -> "LedgerTotal":
        """Return the sums with one more entry."""
        return self + LedgerTotal(
            1,
            int(entry.outcome != "ok"),
            entry.seconds,
            entry.prompt_tokens or 0,
            entry.completion_tokens or 0,
            entry.cached_tokens or 0,
        )


class Ledger:
    """Records calls; several threads may write at once.

    Args:
        keep: Entries that are kept, the newest; totals go on counting the older ones.
    """

    def __init__(self, *, keep: int = 10_000) -> None:
        self._lock = Lock()
        self._entries: deque[LedgerEntry] = deque(maxlen=keep)
        self._totals: dict[str, LedgerTotal] = {}

    def record(self, entry: LedgerEntry) -> None:
        """Add one call."""
        with self._lock:
            self._entries.append(entry)
            before = self._totals.get(entry.purpose, LedgerTotal())
            self._totals[entry.purpose] = before.plus(entry)

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """The calls that are kept, oldest first."""
        with self._lock:
            return tuple(self._entries)

    def totals(self) -> dict[str, LedgerTotal]:
        """Return the sums by purpose, sorted by name; a copy."""
        with self._lock:
            return dict(sorted(self._totals.items()))

    def total(self) -> LedgerTotal:
        """Return the sums over all purposes."""
        return sum(self.totals().values(), LedgerTotal())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._totals.clear()
