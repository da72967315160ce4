"""Offers as a terminal shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usermind.cli.screen import flat

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from usermind.memory.suggestion_rows import Suggestion


def offered(suggestion: Suggestion, now: datetime, *, zone: tzinfo | None = None) -> list[str]:
    """Return the lines by which a terminal shows an offer.

    Args:
        suggestion: What is offered.
        now: The present.
        zone: The user's, in which times are told; None: this machine's.
    """
    from usermind.graphs.coming import lead

    due, timed = suggestion.due, suggestion.timed
    when = "" if due is None else lead(due, now, zone=zone, timed=timed)
    asked = "Is this of use? " if suggestion.way == "ask" else ""
    head = f"{suggestion.id}  {asked}{f'{when}: ' if when else ''}{flat(suggestion.title)}"
    more = flat(suggestion.text)
    return [head] if more == flat(suggestion.title) else [head, f"    {more}"]
