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
    title, more = flat(suggestion.title), flat(suggestion.text)
    whole = more.startswith(title)  # where it is asked, with the question behind it
    head = f"{suggestion.id}  {f'{when}: ' if when else ''}{more if whole else title}"
    return [head] if whole else [head, f"    {more}"]
