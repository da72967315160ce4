"""Times of the day as a terminal takes them: `08:30`."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import typer

_HOURS = re.compile(r"(\d{1,2}):(\d{2})")


def clock(text: str, flag: str) -> time:
    """Return the time that a flag names; raises `typer.BadParameter`."""
    found = _HOURS.fullmatch(text.strip())
    hour, minute = (int(found[1]), int(found[2])) if found else (24, 0)
    if hour > 23 or minute > 59:
        raise typer.BadParameter(f"{text!r} is no time like 08:30.", param_hint=flag)
    return time(hour, minute)


def next_time(text: str, now: datetime, *, flag: str) -> datetime:
    """Return when it is that time next by this machine's clock; raises `typer.BadParameter`."""
    local = now.astimezone().replace(tzinfo=None)
    at = datetime.combine(local.date(), clock(text, flag))
    # By the wall: the offset may be another one then.
    return (at if at > local else at + timedelta(days=1)).astimezone()
