"""How often a user may be interrupted: a bucket of tokens, a daily limit, and hours of quiet.

Interruptions are rows of times and nothing else. The bucket is reckoned from them, so there is no
counter that could disagree with what was done, and a process that dies takes nothing with it.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from usermind.errors import InvalidInputError

KEPT = timedelta(days=8)
"""How long the time of an interruption is kept: it counts on its day, and is felt for hours."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and when somebody may be interrupted.

    Raises:
        InvalidInputError: A number is negative, or the zone is unknown.
    """

    per_day: int = 6
    """Interruptions on one day of the user's calendar, at most."""
    burst: int = 2
    """Tokens that the bucket holds: interruptions that may come at once after a long silence."""
    every: timedelta = timedelta(minutes=45)
    """How long it takes until there is one token more."""
    quiet: tuple[time, time] | None = (time(22), time(8))
    """From when until when the user wants to be left alone, by their clock; None: never."""
    digest: time = time(18)
    """When the digest is due, by their clock."""
    zone: str | None = None
    """IANA name of the zone that the user lives in; None: that of this machine."""

    def __post_init__(self) -> None:
        for name in ("per_day", "burst"):
            if getattr(self, name) < 0:
                raise InvalidInputError(
                    f"`{name}` of the patience is {getattr(self, name)}. Expected 0 or more; with "
                    "0 nobody is interrupted."
                )
        if self.every <= timedelta(0):
            raise InvalidInputError(
                f"`every` of the patience is {self.every}. Expected a stretch of time above 0."
            )
        try:
            self._zone()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidInputError(
                f"There is no time zone {self.zone!r}. Expected a name like 'Europe/Berlin'."
            ) from None

    def local(self, now: datetime) -> datetime:
        """Return a moment by the user's clock."""
        return now.astimezone(self._zone())

    def is_quiet(self, now: datetime) -> bool:
        """Say whether they want to be left alone at a moment."""
        if self.quiet is None:
            return False
        begin, end = self.quiet
        clock = self.local(now).time()
        return begin <= clock < end if begin <= end else clock >= begin or clock < end

    def next_digest(self, now: datetime) -> datetime:
        """Return when the next digest is due, after `now`."""
        local = self.local(now)
        today = datetime.combine(local.date(), self.digest, tzinfo=local.tzinfo)
        return today if today > local else self._on(local, days=1)

    def last_digest(self, now: datetime) -> datetime:
        """Return when the last digest was due, at `now` or before."""
        local = self.local(now)
        today = datetime.combine(local.date(), self.digest, tzinfo=local.tzinfo)
        return today if today <= local else self._on(local, days=-1)

    def _on(self, local: datetime, *, days: int) -> datetime:
        day = local.date() + timedelta(days=days)
        return datetime.combine(day, self.digest, tzinfo=local.tzinfo)

    def _zone(self) -> ZoneInfo | None:
        return None if self.zone is None else ZoneInfo(self.zone)


def spend(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Note an interruption, inside the transaction that makes it."""
    connection.execute("INSERT INTO interruption (at) VALUES (?)", (now.timestamp(),))
    connection.execute("DELETE FROM interruption WHERE at < ?", ((now - KEPT).timestamp(),))


def ages(connection: sqlite3.Connection, *, now: datetime) -> list[float]:
    """Return the seconds since each interruption that is kept, the latest first."""
    return [now.timestamp() - at for at in reversed(_times(connection, now))]


def refusal(connection: sqlite3.Connection, patience: Patience, *, now: datetime) -> str | None:
    """Return why the user must not be interrupted now; None where they may.

    A token bucket: it starts full, holds `burst` tokens, gains one each `every`, and each
    interruption takes one.
    """
    if patience.per_day == 0 or patience.burst == 0:
        return "no interruption is allowed at all"
    times = _times(connection, now)
    local = patience.local(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    today = sum(at >= midnight for at in times)
    if today >= patience.per_day:
        return f"{today} interruptions today, and no more than {patience.per_day} are allowed"
    rate = 1.0 / patience.every.total_seconds()
    tokens, last = float(patience.burst), None
    for at in [*times, now.timestamp()]:
        if last is not None:
            tokens = min(float(patience.burst), tokens + max(0.0, at - last) * rate)
        last = at if last is None else max(at, last)
        tokens -= 1.0
    # The last step asked for a token for now.
    if tokens < -1e-9:
        wait = -tokens / rate
        return f"interrupted too lately; the next time is in {wait / 60:.0f} min"
    return None


def _times(connection: sqlite3.Connection, now: datetime) -> list[float]:
    """Return when the user was interrupted, in order; not what a clock that ran ahead noted."""
    rows = connection.execute(
        "SELECT at FROM interruption WHERE at <= ? ORDER BY at, id", (now.timestamp(),)
    )
    return [float(at) for (at,) in rows]
