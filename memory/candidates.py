"""What could be offered to a user unasked, and whether it may be: new, not muted, grounded."""

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from usermind.errors import InvalidInputError
from usermind.memory import suggestion_rows
from usermind.memory.journal import number
from usermind.memory.particulars import tells_apart
from usermind.memory.privacy import topics
from usermind.memory.ranking import STOP_WORDS
from usermind.memory.receipt import LETTERS, TABLES
from usermind.memory.terms import terms_of
from usermind.memory.text import checked, digest
from usermind.memory.utility import Device, Effect, Stakes
from usermind.types import MONTHS, WEEKDAYS

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 2_000
"""Characters of an offer."""
MOST_BASIS: Final = 64
"""Ids that one offer may rest on."""
LIKE: Final = 0.6
"""Share of their words (Jaccard) from which on two offers on the same evidence are one; the bound
of a public rebuild of GUM's assistant."""
LIKE_ELSEWHERE: Final = 0.9
"""The same for offers on other evidence: two reminders differ in what they remind of alone.

Whatever they have in common, what names somebody, a day or a number else is another offer: see
`memory.particulars`."""
REMEMBERED: Final = timedelta(days=30)
"""How long an offer keeps those like it away. One on the very same matter never comes again."""
AGAIN: Final = timedelta(minutes=5)
"""When an offer that was silent may be weighed again, if it is made again."""


REQUESTED: Final = "requested"
"""The kind of what the user asked to be reminded of at this time. It is no interruption that a
budget bars, or that counts."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be offered."""

    kind: str
    """Such as `"reminder"`; verdicts, costs and mutes are by kind."""
    title: str
    """One line, at most 200 characters."""
    text: str
    """What to say to the user, at most 2,000 characters."""
    basis: tuple[str, ...]
    """Ids of the observations, claims and concepts that it was made from; at least one."""
    matter: str
    """What it is about, such as `"appointment:o12"`: one matter is offered once."""
    useful: float
    """Probability that the user wants it now, in [0, 1], before their verdicts correct it."""
    expires: datetime
    """From when it is of no use any more; aware."""
    due: datetime | None = None
    """When what it is about begins; aware. A digest that comes later brings nothing."""
    benefit: float = 1.0
    cost: float = 1.0
    missed: float = 0.3
    """See `utility.Stakes`."""
    effect: Effect | None = None
    """Of the action; None: there is none."""
    action: str | None = None
    """What could be done, as JSON."""
    exact: bool = False
    """Whether its matter says all: then others in like words are not taken for the same."""
    timed: bool | None = None
    """Whether `due` is a time of the day, and not a day alone; None: nobody knows."""
    subject: str | None = None
    """What `never` is about, in words, where the title does not say it; without its days, times and
    numbers."""
    late: datetime | None = None
    """From when on a digest brings nothing; aware. None: from when it is due, or else expires."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the user is doing, as far as somebody knows."""

    focus: bool = False
    meeting: bool = False
    device: Device = "unknown"


_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def check(candidate: Candidate) -> None:
    """Raise `InvalidInputError` where a field is outside what is accepted."""
    if not _KIND.fullmatch(candidate.kind):
        raise InvalidInputError(
            f"The kind of the offer is {candidate.kind!r}. Expected one word, such as 'reminder'."
        )
    for what, text, most in (
        ("title", candidate.title, LONGEST_TITLE),
        ("text", candidate.text, LONGEST_TEXT),
        ("matter", candidate.matter, 10 * LONGEST_TEXT),
    ):
        checked(text, what=f"{what} of the offer")
        if len(text) > most:
            raise InvalidInputError(
                f"The {what} of the offer has {len(text):,} characters; at most {most:,} are "
                "accepted."
            )
    if not 0 < len(candidate.basis) <= MOST_BASIS:
        raise InvalidInputError(
            f"The offer rests on {len(candidate.basis)} items. Expected 1 to {MOST_BASIS}: what "
            "rests on nothing that is known is not offered."
        )
    for time in (candidate.expires, candidate.due, candidate.late):
        if time is not None and time.tzinfo is None:
            raise InvalidInputError("The times of an offer must be aware of their zone.")
    stakes(candidate, candidate.useful, keeps=1.0)


def stakes(candidate: Candidate, useful: float, *, keeps: float) -> Stakes:
    """Return what hangs on an offer that is wanted with this probability."""
    return Stakes(
        useful, candidate.benefit, candidate.cost, candidate.missed, keeps, candidate.effect
    )


def passed(
    connection: sqlite3.Connection, candidate: Candidate, title: str, text: str, *, now: datetime
) -> str | None:
    """Return why an offer is not to be weighed; None where it is."""
    if candidate.expires <= now:
        return "it is too late for it"
    words = suggestion_rows.said(title, text, candidate.action)
    if topics.touching(topics.matchers(topics.rows(connection)), words):
        return "it touches a private topic, or the privacy policy bars it"
    if any(not is_there(connection, item) for item in candidate.basis):
        return "something that it rests on was forgotten, or no longer holds"
    matter = digest(candidate.matter)
    if connection.execute(
        "SELECT 1 FROM suggestion_muted WHERE kind = ? AND subject IN (x'', ?)",
        # Who asks again to be reminded of a matter wants it again.
        (candidate.kind, b"" if candidate.kind == REQUESTED else subject_of(candidate, title)),
    ).fetchone():
        return "the user wants nothing of it any more"
    same = connection.execute(
        "SELECT state, decided_at FROM suggestion WHERE matter = ? ORDER BY id DESC LIMIT 1",
        (matter,),
    ).fetchone()
    if same is not None and same[0] not in ("silent", "withdrawn"):
        return "it was offered before"
    if (
        same is not None
        and same[0] == "silent"
        and now.timestamp() - same[1] < AGAIN.total_seconds()
    ):
        return "it was weighed just now"
    if candidate.exact:
        return None
    terms, basis = _words(title, text), set(candidate.basis)
    marks = ", ".join("?" for _ in suggestion_rows.SHOWN)
    for known in suggestion_rows.found(
        connection,
        f"WHERE state IN ({marks}) AND created_at > ? AND matter <> ? "
        "AND (shown_at IS NOT NULL OR state = 'digest')",
        *suggestion_rows.SHOWN,
        (now - REMEMBERED).timestamp(),
        matter,
    ):
        bound = LIKE if basis.intersection(known.basis) else LIKE_ELSEWHERE
        said = suggestion_rows.told(known)
        like = _likeness(terms, _words(known.title, said)) >= bound
        if like and not tells_apart(f"{title}\n{text}", f"{known.title}\n{said}"):
            return "much the same was offered before"
    return None


def row_of(
    connection: sqlite3.Connection, candidate: Candidate, title: str, text: str, *, now: datetime
) -> int:
    """Return a row for an offer, in place of those on the same matter that came to nothing."""
    matter = digest(candidate.matter)
    row = suggestion_rows.insert(
        connection,
        kind=candidate.kind,
        title=title,
        text=text,
        matter=matter,
        subject=subject_of(candidate, title),
        action=candidate.action,
        stated=candidate.useful,
        due=candidate.due,
        timed=candidate.timed,
        expires=candidate.expires,
        basis=candidate.basis,
        now=now,
    )
    before = "matter = ? AND state IN ('silent', 'withdrawn') AND id <> ?"
    # What was answered goes with what this one rests on, as it would have with that of the other.
    connection.execute(
        "UPDATE suggestion_verdict SET suggestion_id = ? WHERE suggestion_id IN "
        f"(SELECT id FROM suggestion WHERE {before})",
        (row, matter, row),
    )
    connection.execute(f"DELETE FROM suggestion WHERE {before}", (matter, row))
    return row


def is_there(connection: sqlite3.Connection, item: str) -> bool:
    """Say whether an observation, claim or concept is stored, and believed where it is a claim."""
    table = TABLES.get(item[:1], "")
    if table not in LETTERS:
        return False
    active = {
        "proposition": " AND status = 'active'",
        "observation": " AND quarantine IS NULL",
    }.get(table, "")
    return (
        connection.execute(
            f"SELECT 1 FROM {table} WHERE id = ?{active}", (number(item, item[:1]),)
        ).fetchone()
        is not None
    )


def subject_of(candidate: Candidate, title: str) -> bytes:
    """Return what stands for that which "never again" is about; the title passed the gate."""
    return subject(title if candidate.subject is None else candidate.subject)


def subject(words: str) -> bytes:
    """Return what stands for the subject of an offer: words without days, times and numbers.

    So "never again" holds for the next standup, too. Where nothing is left, as of "1:1", all count.
    """
    told = {
        word
        for word in terms_of(_NUMBERS.sub(" ", words))
        if word not in STOP_WORDS and word not in _CALENDAR
    }
    return digest("subject", *sorted(told or {words.casefold()}))


_NUMBERS = re.compile(r"\S*\d\S*")
_CALENDAR = frozenset(
    term for name in (*MONTHS, *WEEKDAYS, "today", "tomorrow") for term in terms_of(name)
)


def _words(title: str, text: str) -> frozenset[str]:
    return frozenset(terms_of(f"{title} {text}")) - STOP_WORDS


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of words that two texts have in common, in [0, 1]."""
    both = len(one | other)
    return len(one & other) / both if both else 0.0
