"""What a user's models cost, day by day, and the daily budget that they must fit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from usermind.errors import BudgetSpentError, InvalidInputError, UnknownUserError
from usermind.types import Hold, ModelCall, UserId

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

RESERVED = "(set aside)"
"""Purpose under which stands what is set aside for requests that are under way. What a killed
process had set aside stays there: its request may have been made."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the models may cost for one user on one day (UTC); None: as much as it takes.

    Raises:
        InvalidInputError: A limit is below 0. With 0 no model is asked at all.
    """

    tokens_per_day: int | None = None
    """Prompt and completion together."""
    calls_per_day: int | None = None
    """Requests, repeated and failed ones included."""

    def __post_init__(self) -> None:
        for name in ("tokens_per_day", "calls_per_day"):
            limit = getattr(self, name)
            if limit is not None and limit < 0:
                raise InvalidInputError(
                    f"`{name}` of the budget is {limit}. Expected 0 or more, or None for no limit."
                )

    @property
    def limited(self) -> bool:
        """Whether anything is limited."""
        return self.tokens_per_day is not None or self.calls_per_day is not None


Budgets = Callable[[UserId], Budget]
"""Gives each user a budget of their own."""


@dataclass(frozen=True, slots=True)
class Spend:
    """Sums over requests; what an endpoint did not report is estimated."""

    calls: int = 0
    failed: int = 0
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Prompt and completion together, as a budget counts them."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Spend) -> Spend:
        return Spend(
            self.calls + other.calls,
            self.failed + other.failed,
            self.seconds + other.seconds,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
        )


class UserAccount:
    """The account of one user: an `Account` for their models, and what it came to."""

    def __init__(self, memory: UserMemory, budget: Budget) -> None:
        self._memory = memory
        self.budget = budget

    def reserve(self, *, prompt_tokens: int, completion_tokens: int, least: int) -> Hold | None:
        """Set room aside before a request, in one transaction; None where nothing is limited.

        What other threads and processes have under way counts as spent, so together they never
        exceed the budget by as much as one token or call, as far as each request keeps within
        the room it was given.

        Raises:
            BudgetSpentError: Not even an answer of `least` tokens fits.
            UnknownUserError: The user was forgotten.
        """
        if not self.budget.limited:
            return None
        now = self._memory.now()
        day = _day(now)
        with self._memory.open() as file, file.database.write(durable=False) as connection:
            spent = sum(_purposes(connection, day).get(day, {}).values(), Spend())
            granted = self._granted(spent, prompt_tokens, completion_tokens, least, now)
            capped = self.budget.tokens_per_day is not None
            hold = Hold(day, prompt_tokens, granted, capped)
            _add(connection, day, RESERVED, Spend(1, 0, 0.0, prompt_tokens, granted))
        return hold

    def settle(self, call: ModelCall, hold: Hold | None) -> None:
        """Count a request, in place of what was set aside, on the day when it was begun.

        A user who was forgotten meanwhile has no account any more; nothing is kept then.
        """
        day = hold.day if hold else _day(self._memory.now())
        spend = Spend(
            1,
            int(call.failed),
            call.seconds,
            call.prompt_tokens,
            call.completion_tokens,
            call.cached_tokens,
        )
        with (
            suppress(UnknownUserError),
            self._memory.open() as file,
            file.database.write(durable=False) as connection,
        ):
            if hold is not None:
                _give_back(connection, hold)
            _add(connection, day, call.purpose, spend)

    def today(self) -> Spend:
        """Return what today (UTC) came to, with what is set aside for requests under way."""
        day = _day(self._memory.now())
        with self._memory.open() as file, file.database.read() as connection:
            return sum(_purposes(connection, day).get(day, {}).values(), Spend())

    def days(self) -> dict[str, dict[str, Spend]]:
        """Return what was spent, by day (`YYYY-MM-DD`, UTC) and purpose, the oldest day first."""
        with self._memory.open() as file, file.database.read() as connection:
            return _purposes(connection, None)

    def share(self, spend: Spend) -> float | None:
        """Return how much of a day's budget a spend is, 1.0 for all of it; None without one."""
        shares = [
            spent / limit if limit else 1.0
            for spent, limit in (
                (spend.tokens, self.budget.tokens_per_day),
                (spend.calls, self.budget.calls_per_day),
            )
            if limit is not None
        ]
        return max(shares, default=None)

    def _granted(
        self, spent: Spend, prompt: int, completion: int, least: int, now: datetime
    ) -> int:
        """Return the room for the answer; raises where there is none."""
        calls, tokens = self.budget.calls_per_day, self.budget.tokens_per_day
        if calls is not None and spent.calls >= calls:
            raise self._refusal(f"all {calls:,} calls are made", now, never=calls == 0)
        if tokens is None:
            return completion
        room = tokens - spent.tokens - prompt
        if room < least:
            left = max(0, tokens - spent.tokens)
            what = f"{left:,} of {tokens:,} tokens are left, a call may take {prompt + least:,}"
            raise self._refusal(what, now, never=tokens < prompt + least)
        return min(room, completion)

    def _refusal(self, what: str, now: datetime, *, never: bool) -> BudgetSpentError:
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        retry_at = midnight + timedelta(days=1)
        return BudgetSpentError(
            f"The budget of user {self._memory.user_id!r} for {_day(now)} is spent: {what}. The "
            "model was not asked, and nothing was lost. It begins anew at midnight UTC; allow "
            "more with `daily_tokens` and `daily_calls`, or `MemoryStore(budget=…)`.",
            retry_at=retry_at,
            never=never,
        )


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _purposes(connection: sqlite3.Connection, day: str | None) -> dict[str, dict[str, Spend]]:
    found: dict[str, dict[str, Spend]] = {}
    for row in connection.execute(
        "SELECT day, purpose, calls, failed, seconds, prompt_tokens, completion_tokens, "
        "cached_tokens FROM spend WHERE :day IS NULL OR day = :day ORDER BY day, purpose",
        {"day": day},
    ):
        found.setdefault(row[0], {})[row[1]] = Spend(*row[2:])
    return found


def _add(connection: sqlite3.Connection, day: str, purpose: str, spend: Spend) -> None:
    connection.execute(
        "INSERT INTO spend (day, purpose, calls, failed, seconds, prompt_tokens, "
        "completion_tokens, cached_tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (day, purpose) DO UPDATE SET calls = calls + excluded.calls, "
        "failed = failed + excluded.failed, seconds = seconds + excluded.seconds, "
        "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
        "completion_tokens = completion_tokens + excluded.completion_tokens, "
        "cached_tokens = cached_tokens + excluded.cached_tokens",
        (
            day,
            purpose,
            spend.calls,
            spend.failed,
            spend.seconds,
            spend.prompt_tokens,
            spend.completion_tokens,
            spend.cached_tokens,
        ),
    )


def _give_back(connection: sqlite3.Connection, hold: Hold) -> None:
    connection.execute(
        "UPDATE spend SET calls = calls - 1, prompt_tokens = prompt_tokens - ?, "
        "completion_tokens = completion_tokens - ? WHERE day = ? AND purpose = ?",
        (hold.prompt_tokens, hold.completion_tokens, hold.day, RESERVED),
    )
    connection.execute("DELETE FROM spend WHERE purpose = ? AND calls <= 0", (RESERVED,))
