"""What tests of sources share: reading to the end, and a memory that must take all that is read."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from usermind import UserMemory
from usermind.agents.sources import BadPart, Happening, Source
from usermind.testing import StoppedClock

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)

Drain = Callable[..., tuple[list[Happening], list[BadPart], str]]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clock(now: datetime) -> StoppedClock:
    return StoppedClock(now)


@pytest.fixture
def drain() -> Drain:
    """Poll until there is no more; each poll is made twice, and must tell the same."""

    def until_dry(
        source: Source, cursor: str | None = None
    ) -> tuple[list[Happening], list[BadPart], str]:
        happenings: list[Happening] = []
        bad: list[BadPart] = []
        while True:
            poll = source.poll(cursor)
            assert source.poll(cursor) == poll
            happenings += poll.happenings
            bad += poll.bad
            cursor = poll.cursor
            if not poll.more:
                return happenings, bad, cursor

    return until_dry


@pytest.fixture
def write(now: datetime) -> Callable[..., Path]:
    """Write a file that nobody has touched for an hour."""

    def put(path: Path, content: str | bytes, *, age: timedelta = timedelta(hours=1)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        moment = (now - age).timestamp()
        os.utime(path, (moment, moment))
        return path

    return put


@pytest.fixture
def stored(ana: UserMemory) -> Callable[[list[Happening]], list[str]]:
    """Hand happenings to a real memory, and return what became of each."""

    def observe(happenings: list[Happening]) -> list[str]:
        return [one.outcome for one in ana.observe_many([h.draft() for h in happenings])]

    return observe
