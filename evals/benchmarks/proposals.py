"""The labelled proposals of ProactiveBench: what somebody did, what was proposed, who wanted it.

One JSON object a line: `obs` (a list of `time` and `event`, oldest first), `pred_task` (the
proposal; null for none), `valid` (whether what was said, or nothing, was found right),
`help_needed`, `annotation` (the votes that `valid` sums up). Rows whose events begin alike are
moments of one trace.

Source: Lu et al., ICLR 2025, "Proactive Agent", arXiv 2410.12361; its reward data.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from usermind.evals.benchmarks.reading import fault, field, json_lines, listed, mapping, text
from usermind.prompts import EventLine, OfferedLine, WeighPrompt

WHAT = "ProactiveBench's labelled proposals"
_DAY = re.compile(r"Day (\d+), (\d{1,2}):(\d{2}) ([AP])M", re.IGNORECASE)
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
"""What "Day 1" is taken for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One moment of a trace, with what was proposed then."""

    line: int
    """Of the file, from 1."""
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
    """Return the rows of a file, in its order.

    Raises:
        InvalidInputError: It cannot be read, or a line is not as the head of this module says.
    """
    return [_row(line, number, f"{path}:{number}") for number, line in json_lines(path, what=WHAT)]


def offered(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in which something is offered."""
    return [row for row in rows if row.offer is not None]


def traces(rows: Sequence[Row]) -> list[str]:
    """Return the traces of these rows, each once."""
    return list(dict.fromkeys(row.trace for row in rows))


def hours(rows: Sequence[Row]) -> float:
    """Return how long the traces of these rows last, together."""
    longest: dict[str, float] = {}
    for row in rows:
        lasted = (row.events[-1].at - row.events[0].at).total_seconds() / 3600
        longest[row.trace] = max(lasted, longest.get(row.trace, 0.0))
    return sum(longest.values())


def _row(line: Mapping[str, object], number: int, at: str) -> Row:
    seen = listed(field(line, "obs", at=at), at=f"{at}, `obs`")
    if not seen:
        raise fault(f"{at}, `obs`", "must hold an event at least")
    events: list[EventLine] = []
    for place, each in enumerate(seen, 1):
        events.append(_event(each, events, f"{at}, event {place}"))
    offer = field(line, "pred_task", at=at)
    if offer is not None and not isinstance(offer, str):
        raise fault(at, "must have a text or null as `pred_task`")
    votes = listed(field(line, "annotation", at=at), at=f"{at}, `annotation`")
    return Row(
        line=number,
        trace=f"{_time(mapping(seen[0], at=at), at)} {events[0].text}",
        events=tuple(events),
        offer=offer if offer and offer.strip() else None,
        accepted=_whether(field(line, "valid", at=at), f"{at}, `valid`"),
        needed=_whether(field(line, "help_needed", at=at), f"{at}, `help_needed`"),
        votes=tuple(_whether(vote, f"{at}, `annotation`") for vote in votes),
    )


def _event(value: object, before: Sequence[EventLine], at: str) -> EventLine:
    event = mapping(value, at=at)
    time, what = _time(event, at), text(event, "event", at=at)
    try:
        return EventLine(_moment(time, before), what)
    except (ValueError, ArithmeticError, OSError) as error:
        raise fault(
            f"{at}, `time`", "must be like 'Day 1, 11:05 PM', seconds since 1970, or ISO 8601"
        ) from error


def _time(event: Mapping[str, object], at: str) -> str:
    found = field(event, "time", at=at)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise fault(at, "must have a text or a number as `time`")
    return str(found)


def _whether(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise fault(at, "must be true or false")
    return value


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
