"""Statements: what code makes of a model's words before they become claims.

Relative dates become absolute, counted from the observation that says them. A statement that gives
a value of a slot fills it, also where the model did not say so. A claim that is added although it
is known already supports the known one, and one that goes against a known one says so.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from usermind.memory.changes import Change
from usermind.memory.propositions import Proposition
from usermind.models.offline.comparing import relation, same
from usermind.models.offline.dates import TimeSpan, resolved
from usermind.prompts import DateHint
from usermind.prompts.slots import slot_of

_RELATIVE = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|last|next|this|coming|ago|back)\b|"
    r"^(?:in|within) \w+ \w+s?\b",
    re.IGNORECASE,
)


def hints(text: str, at: datetime) -> tuple[DateHint, ...]:
    """Return what the relative dates of an observation stand for.

    Args:
        text: Its words.
        at: When it was said, in the zone where it was.
    """
    return tuple(DateHint(span.words, span.absolute) for span in _relative(text, at))


def dated(statement: str, at: datetime) -> str:
    """Return a statement with its relative dates made absolute.

    >>> dated("Ana flies to Lisbon next Friday.", datetime(2026, 9, 13))
    'Ana flies to Lisbon on Friday 18 September 2026.'
    """
    for span in reversed(_relative(statement, at)):
        statement = statement[: span.start] + span.absolute + statement[span.end :]
    return statement


def _relative(text: str, at: datetime) -> list[TimeSpan]:
    # "in May" or "on the 3rd" may be meant for every year or month; a birthday is.
    return [span for span in resolved(text, at) if _RELATIVE.search(span.words)]


def placed(change: Change, known: Sequence[Proposition], *, user: str, at: datetime) -> Change:
    """Return a change as it is to be carried out.

    Args:
        change: A validated change of a model's.
        known: The active propositions it was shown.
        user: What claims call the user.
        at: Time of the observation it rests on, in the zone where it was said.
    """
    if not change.statement:
        return change
    statement = dated(change.statement, at)
    change = replace(change, statement=statement, slot=change.slot or slot_of(statement, user))
    if change.op != "add":
        return change
    again = next((item for item in known if same(statement, item.text, user=user)), None)
    if again is not None:
        return replace(
            change, op="reinforce", statement="", target=again.id, expected_version=again.version
        )
    against = tuple(
        item.id for item in known if relation(statement, item.text, user=user) == "contradictory"
    )
    return replace(change, against=against)
