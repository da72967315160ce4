"""The labelled proposals of ProactiveBench: what somebody did, what was proposed, who wanted it.

One JSON object a line: `obs` (a list of `time` and `event`, oldest first), `pred_task` (the
proposal; null for none), `valid` (whether what was said, or nothing, was found right),
`help_needed`, `annotation` (the votes that `valid` sums up). Rows whose events begin alike are
moments of one trace.

Source: Lu et al., ICLR 2025, "Proactive Agent", arXiv 2410.12361; its reward data.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from usermind.errors import InvalidInputError
from usermind.prompts import EventLine, OfferedLine, WeighPrompt

_DAY = re.compile(r"Day (\d+), (\d{1,2}):(\d{2}) ([AP])M", re.IGNORECASE)
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
"""What "Day 1" is taken for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One moment of a trace, with what was proposed then."""

    trace: str
    events: tuple[EventLine, ...]
    """Oldest first; times never go back."""
    offer: str | None
    """None: nothing was proposed."""
    accepted: bool
    """Whether the offer was taken; without one, whether nothing was right."""
    needed: bool
    """Whether help was needed then, whatever was proposed."""
    votes: tuple[bool, ...]
    """Of the annotators."""

    @property
    def prompt(self) -> WeighPrompt:
        """What a gate is asked. Raises ValueError where nothing is offered."""
        if self.offer is None:
            raise ValueError("Nothing is offered in this row.")
        return WeighPrompt(self.events[-1].at, self.events, (), OfferedLine(self.offer))


def read(path: Path) -> list[Row]:
    """Return the rows of a file.

    Raises:
        InvalidInputError: A line is not as the head of this module says.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(_row(json.loads(line)))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise InvalidInputError(
                f"Line {number} of {path} is no labelled proposal ({type(error).__name__}). "
                "Each line must be an object with `obs`, `pred_task`, `valid`, `help_needed` and "
                "`annotation`."
            ) from error
    return rows


def offered(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in which something is offered."""
    return [row for row in rows if row.offer is not None]


def hours(rows: Sequence[Row]) -> float:
    """Return how long the traces of these rows last, together."""
    longest: dict[str, float] = {}
    for row in rows:
        lasted = (row.events[-1].at - row.events[0].at).total_seconds() / 3600
        longest[row.trace] = max(lasted, longest.get(row.trace, 0.0))
    return sum(longest.values())


def _row(data: dict[str, object]) -> Row:
    seen, votes, offer = data["obs"], data["annotation"], data["pred_task"]
    assert isinstance(seen, list)
    assert isinstance(votes, list)
    events: list[EventLine] = []
    for one in seen:
        events.append(EventLine(_moment(str(one["time"]), events), str(one["event"])))
    return Row(
        trace=f"{seen[0]['time']} {events[0].text}",
        events=tuple(events),
        offer=None if offer is None else str(offer),
        accepted=bool(data["valid"]),
        needed=bool(data["help_needed"]),
        votes=tuple(bool(vote) for vote in votes),
    )


def _moment(written: str, before: Sequence[EventLine]) -> datetime:
    """Return a time of the file; some clocks do not turn the day, and some lines come late."""
    if found := _DAY.fullmatch(written.strip()):
        hour = int(found[2]) % 12 + (12 if found[4].upper() == "P" else 0)
        at = FIRST_DAY + timedelta(days=int(found[1]) - 1, hours=hour, minutes=int(found[3]))
        if before and before[-1].at - at > timedelta(hours=12):
            at += timedelta(days=1)
    elif re.fullmatch(r"\d+(?:\.\d+)?", written):
        at = datetime.fromtimestamp(float(written), UTC)
    else:
        at = datetime.fromisoformat(written)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(at, before[-1].at) if before else at
