"""Times of the day as a terminal takes them: `08:30`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import typer

_HOURS = re.compile(r"(\d{1,2}):(\d{2})")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](.+)")
SOON = timedelta(hours=12)
"""How far ahead a time of the day is taken for the next one, and not for one that is gone by."""


def clock(text: str, flag: str) -> time:
    """Return the time that a flag names; raises `typer.BadParameter`."""
    found = _HOURS.fullmatch(text.strip())
    hour, minute = (int(found[1]), int(found[2])) if found else (24, 0)
    if hour > 23 or minute > 59:
        raise typer.BadParameter(f"{text!r} is no time like 08:30.", param_hint=flag)
    return time(hour, minute)


def next_time(text: str, now: datetime, *, flag: str) -> datetime:
    """Return when it is that time next by this machine's clock, or then on the day it names.

    Raises:
        typer.BadParameter: It is no time, or is gone by: "09:00" at 9:30, not at 23:00.
    """
    local = now.astimezone().replace(tzinfo=None)
    if named := _DAY.fullmatch(text.strip()):
        at = datetime.combine(_date(named[1], flag), clock(named[2], flag))
    else:
        at = datetime.combine(local.date(), clock(text, flag))
        if at <= local:
            at += timedelta(days=1)
        if at - local > SOON and at.date() > local.date():
            raise typer.BadParameter(
                f"It is {local:%H:%M}, and {text.strip()} is gone by. Say a later time, or the day "
                f"too: {at:%Y-%m-%dT%H:%M}.",
                param_hint=flag,
            )
    if at <= local:
        raise typer.BadParameter(
            f"{text.strip()} is gone by: it is {local:%Y-%m-%dT%H:%M}.", param_hint=flag
        )
    return at.astimezone()  # by the wall: the offset may be another one then


def _date(text: str, flag: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day like 2026-03-01.", param_hint=flag) from None


def told(at: datetime, now: datetime) -> str:
    """Return a time by this machine's clock, with its day where that is not today."""
    local, today = at.astimezone(), now.astimezone().date()
    days = (local.date() - today).days
    day = {0: "", 1: " tomorrow"}.get(days, f" on {local.day} {local:%b %Y}")
    return f"{local:%H:%M}{day}"
