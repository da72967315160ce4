"""How often a user may be interrupted: a bucket of tokens, a daily limit, and hours of quiet.

Interruptions are rows of times and nothing else. The bucket is reckoned from them, so there is no
counter that could disagree with what was done, and a process that dies takes nothing with it.

What is left of a budget has a price: the less there is, the more an offer must be worth that takes
of it (`reserve`), so that what can wait leaves something for what cannot.
"""

import math
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from usermind.errors import InvalidInputError
from usermind.memory.utility import Reserve

URGENT: Final = 1.5
"""What it is worth to tell of something urgent rather than not, less than a reminder of an
appointment is in a meeting; in the unit of `utility`."""
KEPT = timedelta(days=8)
"""How long the time of an interruption is kept at least: it counts on its day, and is felt for
hours. What the bucket still lacks from it keeps it longer."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and when somebody may be interrupted.

    Raises:
        InvalidInputError: A number is negative, or the zone is unknown.
    """

    per_day: int = 6
    """Interruptions on one day of the user's calendar, at most. What they asked to be reminded of
    comes besides."""
    burst: int = 2
    """Tokens that the bucket holds: interruptions that may come at once after a long silence."""
    every: timedelta = timedelta(minutes=45)
    """How long it takes until there is one token more."""
    quiet: tuple[time, time] | None = (time(22), time(8))
    """From when until when nothing interrupts but what the user asked to be reminded of, by their
    clock; None: never."""
    digest: time = time(18)
    """When the digest is due, by their clock."""
    zone: str | None = None
    """IANA name of the zone that the user lives in; None: that of this machine."""
    urgent: float = 2.0
    """How often a day something comes, on the average, that cannot wait; so much of the budget is
    kept for it. 0: only for what is known to come."""

    def __post_init__(self) -> None:
        for name in ("per_day", "burst"):
            if getattr(self, name) < 0:
                raise InvalidInputError(
                    f"`{name}` of the patience is {getattr(self, name)}. Expected 0 or more; with "
                    "0 nobody is interrupted."
                )
        if not (self.urgent >= 0.0 and math.isfinite(self.urgent)):
            raise InvalidInputError(
                f"`urgent` of the patience is {self.urgent}. Expected 0 or more interruptions a "
                "day; with 0 the budget is kept for nothing but what is known to come."
            )
        if self.every <= timedelta(0):
            raise InvalidInputError(
                f"`every` of the patience is {self.every}. Expected a stretch of time above 0."
            )
        try:
            _ = self.tz
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidInputError(
                f"There is no time zone {self.zone!r}. Expected a name like 'Europe/Berlin'."
            ) from None

    def local(self, now: datetime) -> datetime:
        """Return a moment by the user's clock."""
        return now.astimezone(self.tz)

    def at(self, day: date, clock: time) -> datetime:
        """Return the moment at which the user's clock shows a time on a day."""
        naive = datetime.combine(day, clock)
        return naive.astimezone() if self.zone is None else naive.replace(tzinfo=self.tz)

    def is_quiet(self, now: datetime) -> bool:
        """Say whether they want to be left alone at a moment."""
        if self.quiet is None:
            return False
        begin, end = self.quiet
        clock = self.local(now).time()
        return begin <= clock < end if begin <= end else clock >= begin or clock < end

    def quiet_since(self, moment: datetime) -> datetime | None:
        """Return when the quiet hours began in which a moment lies; None where it lies in none."""
        if self.quiet is None or not self.is_quiet(moment):
            return None
        local, begin = self.local(moment), self.quiet[0]
        return self.at(local.date() if local.time() >= begin else local.date() - _DAY, begin)

    def next_digest(self, now: datetime) -> datetime:
        """Return when the next digest is due, after `now`."""
        today = self.local(now).date()
        due = self.at(today, self.digest)
        return due if due.timestamp() > now.timestamp() else self.at(today + _DAY, self.digest)

    def last_digest(self, now: datetime) -> datetime:
        """Return when the last digest was due, at `now` or before."""
        today = self.local(now).date()
        due = self.at(today, self.digest)
        return due if due.timestamp() <= now.timestamp() else self.at(today - _DAY, self.digest)

    def awake(self, begin: datetime, end: datetime) -> float:
        """Return the part of the user's waking day that lies between two moments of one day.

        In [0, 1]. Where all hours are quiet, they count like any other.
        """
        first, last = self.local(begin), self.local(end)
        minutes = _minutes(last.time()) if last.date() == first.date() else _MINUTES
        whole = self._waking(0, _MINUTES)
        if whole == 0:
            return max(0, minutes - _minutes(first.time())) / _MINUTES
        return self._waking(_minutes(first.time()), minutes) / whole

    def _waking(self, begin: int, end: int) -> int:
        """Return how many minutes of a day between two are not quiet."""
        if self.quiet is None:
            return max(0, end - begin)
        off, on = (_minutes(each) for each in self.quiet)
        quiet = [(off, on)] if off <= on else [(0, on), (off, _MINUTES)]
        silent = sum(max(0, min(end, last) - max(begin, first)) for first, last in quiet)
        return max(0, end - begin) - silent

    @property
    def tz(self) -> ZoneInfo | None:
        """The zone that the user lives in; None: that of this machine."""
        return None if self.zone is None else ZoneInfo(self.zone)


def spend(connection: sqlite3.Connection, patience: Patience, *, now: datetime) -> None:
    """Note an interruption, inside the transaction that makes it.

    What is older than `KEPT` goes, but for what was spent since the bucket was full: from then on
    each counts, however slowly the bucket fills.
    """
    connection.execute("INSERT INTO interruption (at) VALUES (?)", (now.timestamp(),))
    full = _bucket(_times(connection, now), patience)[1]
    oldest = min((now - KEPT).timestamp(), now.timestamp() if full is None else full)
    connection.execute("DELETE FROM interruption WHERE at < ?", (oldest,))


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
    if patience.is_quiet(now):
        return "these are quiet hours"
    times = _times(connection, now)
    today = _today(times, patience, now)
    if today >= patience.per_day:
        return f"{today} interruptions today, and no more than {patience.per_day} are allowed"
    lacking = 1.0 - _tokens(times, patience, now)
    if lacking > 1e-9:
        wait = lacking * patience.every.total_seconds()
        return f"interrupted too lately; the next time is in {wait / 60:.0f} min"
    return None


def reserve(
    connection: sqlite3.Connection,
    patience: Patience,
    *,
    now: datetime,
    awaited: Collection[datetime] = (),
) -> Reserve:
    """Return what is left of the budget, and what one more interruption takes from what may come.

    The price is `URGENT` times the probability that at least as much urgent comes as is left,
    today or until the bucket gains its next token, whichever is likelier: Littlewood's rule. What
    is known to come counts as certain; beside it comes what a Poisson process brings.

    Args:
        connection: The user's file.
        patience: How often they may be interrupted.
        now: The present.
        awaited: When something that is known already, and cannot wait, will be told; what lies
            in the past, or after today, does not count.

    Source: Littlewood, "Forecasting and control of passenger bookings" (AGIFORS 1972): a seat goes
    to whoever pays at least the dearer fare times the probability of selling it for that.
    """
    times = _times(connection, now)
    midnight = patience.at(patience.local(now).date() + _DAY, time())
    left = max(0, patience.per_day - _today(times, patience, now))
    tokens = _tokens(times, patience, now)
    refilled = now + (math.floor(tokens) + 1.0 - tokens) * patience.every
    likely = 0.0
    # Of what is spent nothing can be kept: `refusal` says so, and no price.
    for most, until in ((left, midnight), (math.floor(tokens + 1e-9), min(refilled, midnight))):
        known = sum(now < at < until for at in awaited)
        expected = patience.urgent * patience.awake(now, until)
        likely = max(likely, _at_least(most - known, expected) if most > 0 else 0.0)
    return Reserve(left, patience.per_day, round(URGENT * likely, 6))


def _at_least(count: int, expected: float) -> float:
    """Return the probability that a Poisson process brings at least so many, in [0, 1]."""
    below = math.fsum(
        math.exp(n * math.log(expected) - expected - math.lgamma(n + 1)) if expected else n == 0
        for n in range(max(0, count))
    )
    return min(1.0, max(0.0, 1.0 - below))


def _today(times: list[float], patience: Patience, now: datetime) -> int:
    midnight = patience.at(patience.local(now).date(), time()).timestamp()
    return sum(at >= midnight for at in times)


def _tokens(times: list[float], patience: Patience, now: datetime) -> float:
    """Return what the bucket holds now."""
    tokens = _bucket(times, patience)[0]
    if not times:
        return tokens
    since = max(0.0, now.timestamp() - times[-1])
    return min(float(patience.burst), tokens + since / patience.every.total_seconds())


def _bucket(times: list[float], patience: Patience) -> tuple[float, float | None]:
    """Return what the last interruption left in the bucket, and before which one it was full last.

    Args:
        times: Of all interruptions, in order; None of them: the bucket is full.
        patience: How it fills.
    """
    most, every = float(patience.burst), patience.every.total_seconds()
    tokens, last, full = most, None, None
    for at in times:
        if last is not None:
            tokens = min(most, tokens + (at - last) / every)
        if tokens >= most:
            full = at
        last = at
        tokens -= 1.0
    return tokens, full


_DAY: Final = timedelta(days=1)
_MINUTES: Final = 24 * 60
"""Of a day."""


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _times(connection: sqlite3.Connection, now: datetime) -> list[float]:
    """Return when the user was interrupted, in order; not what a clock that ran ahead noted."""
    rows = connection.execute(
        "SELECT at FROM interruption WHERE at <= ? ORDER BY at, id", (now.timestamp(),)
    )
    return [float(at) for (at,) in rows]
