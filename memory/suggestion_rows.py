"""Rows of proactive offers; `suggestions` is the door to them."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from usermind.memory.appraisal import WANTED, Answered, Outcome, groups
from usermind.memory.journal import instant, instant_or_none
from usermind.memory.utility import LOUD, Decision, Reserve, Situation, Stakes, Verdict, Way

LETTER = "s"
"""With what ids of suggestions begin."""

COUNTED = 300
"""Verdicts that count, the latest: tastes change, and each decision reads them."""

State = Literal[
    "silent", "digest", "open", "snoozed", "accepted", "dismissed", "expired", "withdrawn"
]
"""silent: it was weighed and not shown. digest: it waits for one. open: it was shown, and the user
has not answered. withdrawn: what it rests on no longer holds. Where it holds again, it
comes back."""

SHOWN: tuple[State, ...] = ("digest", "open", "snoozed", "accepted", "dismissed", "expired")
"""States in which an offer has come, or will come, before the user."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proactive offer, with the arithmetic of what was decided of it."""

    id: str
    """`"s"` and a number."""
    kind: str
    title: str
    text: str
    """What to say to the user: a question where `way` is `"ask"`, see `worded`."""
    basis: tuple[str, ...]
    """Ids of what it was made from; forgetting any of it forgets the offer."""
    way: Way
    state: State
    decision: Decision
    stated: float
    """The probability that it was proposed with, before it was corrected by verdicts."""
    context: str
    """Of what kind the moment was: `"free"`, `"focus"`, `"meeting"`, `"quiet"`."""
    action: str | None
    """What could be done, as JSON; see `graphs.actions`."""
    created: datetime
    decided: datetime
    due: datetime | None
    expires: datetime
    shown: datetime | None
    wakes: datetime | None
    """When a snoozed one is to be weighed again, also if it is withdrawn until it holds again."""
    timed: bool | None = None
    """Whether `due` is a time of the day, and not a day alone; None: nobody knows."""


def spoken(given: object) -> str:
    r"""Return all words of a JSON value, a line each, as they are and not as JSON writes them.

    >>> spoken({"to": "Zoë", "about": {"tea": [4, 5]}})
    'to: Zoë\nabout tea: 4\nabout tea: 5'
    """
    return "\n".join(_lines(given, ""))


def _lines(given: object, name: str) -> Iterator[str]:
    if isinstance(given, Mapping) and given:
        for key, value in given.items():
            yield from _lines(value, f"{name} {key}".strip())
    elif isinstance(given, list) and given:
        for value in given:
            yield from _lines(value, name)
    else:
        yield f"{name}: {given}" if name else str(given)


def called(action: str | None) -> str:
    """Return all words of an action that an offer carries; what is no JSON as it stands."""
    if action is None:
        return ""
    try:
        return spoken(json.loads(action))
    except ValueError:
        return action


def said(title: str, text: str, action: str | None) -> str:
    """Return all that an offer says and would have done: what a private topic is looked for in."""
    return f"{title}\n{text}\n{called(action)}"


_QUESTIONS: Final[Mapping[str, str]] = {
    "clash": "Is that right?",
    "reply": "Do you want to answer?",
    "reply-due": "Do you want to answer?",
}
_OF_USE: Final = "Is this of use?"


def worded(kind: str, way: Way, text: str) -> str:
    """Return what an offer says in the way that was decided for it: asked, or told.

    >>> worded("reminder", "ask", "You have a call at 10.")
    'You have a call at 10. Is this of use?'
    """
    if way != "ask" or text.rstrip().endswith("?"):
        return text
    stop = "" if text.rstrip()[-1:] in ".!…”\"'" else "."
    return f"{text.rstrip()}{stop} {_QUESTIONS.get(kind, _OF_USE)}"


def told(one: Suggestion) -> str:
    """Return the words of an offer without the question that makes an `ask` of it."""
    question = _QUESTIONS.get(one.kind, _OF_USE)
    return one.text.removesuffix(f" {question}") if one.way == "ask" else one.text


_COLUMNS = (
    "id, kind, title, text, way, state, decision, stated, context, action, created_at, decided_at, "
    "due_at, expires_at, shown_at, wakes_at, timed"
)


def found(connection: sqlite3.Connection, where: str, *values: object) -> list[Suggestion]:
    """Return the suggestions that what follows `FROM suggestion` chooses and orders."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM suggestion {where}", values).fetchall()
    return [_from_row(row, _basis(connection, row[0])) for row in rows]


def insert(
    connection: sqlite3.Connection,
    *,
    kind: str,
    title: str,
    text: str,
    matter: bytes,
    subject: bytes,
    action: str | None,
    stated: float,
    due: datetime | None,
    timed: bool | None,
    expires: datetime,
    basis: Iterable[str],
    now: datetime,
) -> int:
    """Store an offer of which nothing is decided; return its row."""
    row = connection.execute(
        "INSERT INTO suggestion (kind, title, text, matter, subject, action, stated, decision, "
        "way, state, context, created_at, decided_at, due_at, expires_at, timed) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, '', 'silent', 'silent', '', ?, ?, ?, ?, ?)",
        (
            *(kind, title, text, matter, subject, action, stated),
            *(now.timestamp(), now.timestamp()),
            *(None if due is None else due.timestamp(), expires.timestamp(), timed),
        ),
    ).lastrowid
    assert row is not None
    rest_on(connection, row, basis)
    return row


def rest_on(connection: sqlite3.Connection, row: int, basis: Iterable[str]) -> None:
    """Write what an offer rests on, in place of what it rested on before."""
    connection.execute("DELETE FROM suggestion_basis WHERE suggestion_id = ?", (row,))
    connection.executemany(
        "INSERT OR IGNORE INTO suggestion_basis (suggestion_id, item) VALUES (?, ?)",
        [(row, item) for item in basis],
    )


def settle(
    connection: sqlite3.Connection,
    row: int,
    decision: Decision,
    *,
    state: State,
    context: str,
    now: datetime,
    shown: datetime | None,
    wakes: datetime | None,
) -> None:
    """Write what was decided of an offer."""
    connection.execute(
        "UPDATE suggestion SET decision = ?, way = ?, state = ?, context = ?, decided_at = ?, "
        "shown_at = COALESCE(?, shown_at), wakes_at = ? WHERE id = ?",
        (
            *(written(decision), decision.way, state, context, now.timestamp()),
            *(_seconds(shown), _seconds(wakes), row),
        ),
    )


def words(connection: sqlite3.Connection) -> dict[int, tuple[str, ...]]:
    """Return what every offer says, and what was to be done about it, by row."""
    found: dict[int, tuple[str, ...]] = {
        int(row): (title, text, action)
        for row, title, text, action in connection.execute(
            "SELECT id, title, text, COALESCE(action, '') FROM suggestion"
        )
    }
    for row, arguments, result in connection.execute(
        "SELECT suggestion_id, arguments, COALESCE(result, '') FROM action "
        "WHERE suggestion_id IS NOT NULL"
    ):
        found[int(row)] += (arguments, result)
    return found


def verdicts(connection: sqlite3.Connection) -> list[Verdict]:
    """Return what the user made of offers, the latest `COUNTED` of them."""
    rows = connection.execute(
        "SELECT kind, context, stated, wanted, weight, timing FROM suggestion_verdict "
        "ORDER BY id DESC LIMIT ?",
        (COUNTED,),
    )
    return [
        Verdict(kind, context, stated, bool(wanted), weight, bool(timing))
        for kind, context, stated, wanted, weight, timing in rows
    ]


def answers(connection: sqlite3.Connection) -> list[Answered]:
    """Return the same as `verdicts`, as what it says of benefits and interruptions."""
    rows = connection.execute(
        "SELECT kind, context, device, lately, outcome, interrupted FROM suggestion_verdict "
        "ORDER BY id DESC LIMIT ?",
        (COUNTED,),
    )
    return [
        Answered(groups(kind, context, device, lately), outcome, bool(interrupted))
        for kind, context, device, lately, outcome, interrupted in rows
    ]


def judge(
    connection: sqlite3.Connection, suggestion: Suggestion, outcome: Outcome, *, now: datetime
) -> None:
    """Keep what the user made of an offer; the last word on one counts."""
    row = int(suggestion.id[1:])
    wanted, weight = WANTED[outcome]
    moment = suggestion.decision.situation
    connection.execute("DELETE FROM suggestion_verdict WHERE suggestion_id = ?", (row,))
    connection.execute(
        "INSERT INTO suggestion_verdict "
        "(suggestion_id, kind, context, stated, wanted, weight, timing, at, outcome, interrupted, "
        "device, lately) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(row, suggestion.kind, suggestion.context, suggestion.stated),
            *(int(wanted), weight, int(outcome == "snooze"), now.timestamp()),
            *(outcome, int(suggestion.way in LOUD), moment.device, moment.recent),
        ),
    )


def written(decision: Decision) -> str:
    """Return a decision as JSON."""
    return json.dumps(
        {
            "way": decision.way,
            "worths": dict(decision.worths),
            "stakes": asdict(decision.stakes),
            "situation": asdict(decision.situation),
            "barred": dict(decision.barred),
        }
    )


def read(text: str) -> Decision:
    """Return a decision from its JSON."""
    data: Mapping[str, Any] = json.loads(text)
    moment = dict(data["situation"])
    reserve = moment.pop("reserve", None)
    return Decision(
        data["way"],
        data["worths"],
        Stakes(**data["stakes"]),
        Situation(**moment, reserve=None if reserve is None else Reserve(**reserve)),
        data["barred"],
    )


def _basis(connection: sqlite3.Connection, row: int) -> tuple[str, ...]:
    return tuple(
        item
        for (item,) in connection.execute(
            "SELECT item FROM suggestion_basis WHERE suggestion_id = ? ORDER BY item", (row,)
        )
    )


def _from_row(row: tuple[Any, ...], basis: tuple[str, ...]) -> Suggestion:
    id_, kind, title, text, way, state, decision, stated, context, action, *times = row
    created, decided, due, expires, shown, wakes, timed = times
    return Suggestion(
        id=f"{LETTER}{id_}",
        kind=kind,
        title=title,
        text=worded(kind, way, text),
        basis=basis,
        way=way,
        state=state,
        decision=read(decision),
        stated=stated,
        context=context,
        action=action,
        created=instant(created),
        decided=instant(decided),
        due=instant_or_none(due),
        expires=instant(expires),
        shown=instant_or_none(shown),
        wakes=instant_or_none(wakes),
        timed=None if timed is None else bool(timed),
    )


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
