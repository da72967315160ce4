"""`ana.suggestions`: what was offered to the user unasked, and what they made of it.

    an offer → privacy gate → new? → what it is worth, each way → the quietest of the best → kept

All of it is one transaction: what is decided rests on the verdicts, the earlier offers and the
interruptions as they are then, so that two who watch the same user offer nothing twice, and
together never interrupt more often than the user's patience allows.
"""

from __future__ import annotations

import builtins
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, get_args

from usermind.errors import InvalidInputError
from usermind.memory import doing, meta, suggestion_rows
from usermind.memory.appraisal import Answer, Appraisal, appraise, groups
from usermind.memory.candidates import (
    Candidate,
    Moment,
    check,
    passed,
    row_of,
)
from usermind.memory.journal import ASSISTANT, USER, number
from usermind.memory.mutes import Mute, mute, mutes, unmute
from usermind.memory.patience import Patience
from usermind.memory.privacy import topics
from usermind.memory.receipt import TABLES
from usermind.memory.suggestion_moves import (
    back,
    holds,
    move,
    named,
    one_of,
    take_digest,
    wakes_at,
)
from usermind.memory.suggestion_rows import LETTER, State, Suggestion
from usermind.memory.text import digest
from usermind.memory.todo import task_text
from usermind.memory.utility import LOUD, shifts
from usermind.memory.weighing import settle

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

DIGEST: Final = "digest_at"
"""Under which key the file keeps when the last digest was read."""
ASKED: Final = "ideas_upto"
"""Under which key it keeps up to which observation a model was asked for ideas."""


@dataclass(frozen=True, slots=True)
class Considered:
    """What became of an offer."""

    suggestion: Suggestion | None
    passed: str | None = None
    """Why it was not weighed at all: it was offered before, is muted, private, or too late, or
    somebody else has just weighed it."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A suggestion with all that speaks for and against it."""

    suggestion: Suggestion
    evidence: tuple[tuple[str, str], ...]
    """Ids and texts of what it rests on; tasks of notes without their marks."""
    shifts: tuple[tuple[str, float], ...] = field(default=())
    """By how much verdicts move the log-odds of such an offer today: those on all offers, on its
    kind, and on its kind in such a moment. They add up."""
    appraisal: Appraisal = field(default=Appraisal((), ()))
    """What answers make, today, of the benefit of such offers and of interrupting with one in such
    a moment: of its kind, and of ever narrower groups, each leaning on the one before."""


class SuggestionDoor:
    """`ana.suggestions`: proactive offers to one user."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    # -- offering -------------------------------------------------------------------------

    def consider(
        self,
        candidate: Candidate,
        *,
        patience: Patience | None = None,
        moment: Moment | None = None,
        acts: bool = False,
        awaited: Collection[datetime] = (),
    ) -> Considered:
        """Weigh an offer, keep what was decided, and return it.

        Where it is to be shown now (`state` is `"open"`), the interruption is paid for already: a
        caller that dies before showing it has lost it to the list, and never interrupts twice.

        Args:
            candidate: What could be offered.
            patience: How often the user may be interrupted; None: `Patience()`.
            moment: What they are doing; None: nothing is known.
            acts: Whether its action may be taken before the user has said yes. It never is where
                the offer rests on anything but the user's own words.
            awaited: When something that is known already, and cannot wait, is to be told; one
                interruption of the budget is kept for each.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: A field of the offer is outside what is accepted.
            PrivacyError: The privacy gate broke.
        """
        check(candidate)
        patient, now = patience or Patience(), self._memory.now()
        screen = self._memory.privacy.storable
        title, text = (screen(words, author=USER) for words in (candidate.title, candidate.text))
        call = suggestion_rows.called(candidate.action)
        # A tool that is given what stands for a secret would do something else than was offered.
        if title is None or text is None or (call.strip() and screen(call, author=USER) != call):
            return Considered(None, "it touches a private topic, or the privacy policy bars it")
        with self._memory.open() as file, file.database.write() as connection:
            why_not = passed(connection, candidate, title, text, now=now)
            if why_not is not None:
                return Considered(None, why_not)
            row, why_not = back(connection, candidate, title, text, now=now)
            if why_not is not None:
                return Considered(None, why_not)
            if row is None:
                row = row_of(connection, candidate, title, text, now=now)
            settle(
                connection,
                row,
                candidate,
                patient,
                moment or Moment(),
                acts=acts,
                now=now,
                awaited=awaited,
            )
            return Considered(one_of(connection, row))

    def weigh_again(
        self,
        id_: str,
        *,
        patience: Patience | None = None,
        moment: Moment | None = None,
        awaited: Collection[datetime] = (),
    ) -> Considered:
        """Decide once more of an offer that was snoozed until now.

        Of several who do, in whatever process, one gets it: the others find that it was weighed.

        Raises:
            UnknownItemError: There is no such suggestion.
            UnknownUserError: Nothing is stored for this user.
        """
        now = self._memory.now()
        with self._memory.open() as file, file.database.write() as connection:
            one = named(connection, id_)
            if one.state != "snoozed" or one.wakes is None or one.wakes > now:
                return Considered(None, "it is not waiting to be weighed now")
            if not holds(connection, one, topics.matchers(topics.rows(connection))):
                move(connection, one, "withdrawn", now=now)
                return Considered(named(connection, id_))
            stakes = one.decision.stakes
            again = Candidate(
                one.kind,
                one.title,
                one.text,
                one.basis,
                "",
                one.stated,
                one.expires,
                one.due,
                *(stakes.benefit, stakes.cost, stakes.missed, stakes.effect),
                action=one.action,
            )
            row = number(id_, LETTER)
            settle(
                connection,
                row,
                again,
                patience or Patience(),
                moment or Moment(),
                acts=False,
                now=now,
                awaited=awaited,
            )
            return Considered(one_of(connection, row))

    def digest(self, *, at_most: int = 20) -> builtins.list[Suggestion]:
        """Return what waits for a digest, the worthiest first, and count it as shown.

        It is no interruption: somebody came to read it, or asked for it at this hour.
        """
        with self._memory.open() as file, file.database.write() as connection:
            return take_digest(connection, at_most, now=self._memory.now())

    def due_digest(
        self, *, patience: Patience | None = None, at_most: int = 20
    ) -> builtins.list[Suggestion]:
        """Return the digest where its hour has come since the last one, else nothing.

        Of several who ask, one gets it. Whoever asks first, or the first offer that is put into the
        digest, begins to count; in quiet hours there is none, and it comes after them.
        """
        now, patient = self._memory.now(), patience or Patience()
        hour = patient.last_digest(now).timestamp()
        with self._memory.open() as file, file.database.write() as connection:
            last = meta.number_of(connection, DIGEST)
            if last is None:
                (waits,) = connection.execute(
                    "SELECT MIN(created_at) FROM suggestion WHERE state = 'digest'"
                ).fetchone()
                last = now.timestamp() if waits is None else min(waits, now.timestamp())
                meta.keep(connection, DIGEST, last)
            if last >= hour or patient.is_quiet(now):
                return []
            meta.keep(connection, DIGEST, now.timestamp())
            return take_digest(connection, at_most, now=now)

    # -- what the user is doing -----------------------------------------------------------

    def busy(self, until: datetime, *, meeting: bool = False) -> doing.Busy:
        """Note that the user wants to be left alone until a moment; return what they are doing.

        Attention is worth more until then, in every process: what can wait comes in the digest, or
        is weighed again when they are free.

        Args:
            until: Naive means local time.
            meeting: Whether they are in a meeting, and not at work of their own.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: That moment is over.
        """
        now = self._memory.now()
        if until.timestamp() <= now.timestamp():
            raise InvalidInputError(
                f"It is {now.isoformat(timespec='minutes')}; a later moment was expected, not "
                f"{until.isoformat(timespec='minutes')}. Nothing was kept."
            )
        with self._memory.open() as file, file.database.write() as connection:
            doing.begin(connection, "meeting" if meeting else "focus", until)
            return doing.busy(connection, now=now)

    def free(self) -> None:
        """Note that the user is busy no more; raises `UnknownUserError`."""
        with self._memory.open() as file, file.database.write() as connection:
            doing.end(connection)

    def busy_until(self) -> doing.Busy:
        """Return what the user said they are doing; raises `UnknownUserError`."""
        with self._memory.open() as file, file.database.read() as connection:
            return doing.busy(connection, now=self._memory.now())

    # -- what a model has seen ------------------------------------------------------------

    def news(self) -> int | None:
        """Return the number of the newest observation, where a model was not asked since it came.

        None where there is nothing new, or ideas are muted. Replies of the assistant are no news.
        """
        with self._memory.open() as file, file.database.read() as connection:
            muted = connection.execute(
                "SELECT 1 FROM suggestion_muted WHERE kind = 'idea' AND subject = x''"
            ).fetchone()
            (newest,) = connection.execute(
                "SELECT COALESCE(MAX(id), 0) FROM observation "
                "WHERE author <> ? AND quarantine IS NULL",
                (ASSISTANT,),
            ).fetchone()
            seen = meta.number_of(connection, ASKED) or 0
            return None if muted or newest <= seen else int(newest)

    def asked(self, upto: int) -> None:
        """Note that a model was asked about all observations up to this number; see `news`."""
        with self._memory.open() as file, file.database.write() as connection:
            meta.keep(connection, ASKED, max(upto, meta.number_of(connection, ASKED) or 0))

    # -- reading --------------------------------------------------------------------------

    def list(self, *, states: Sequence[State] | None = None, limit: int = 50) -> list[Suggestion]:
        """Return suggestions, the latest first.

        Args:
            states: Only those; None: all but the silent ones.
            limit: How many at most.
        """
        wanted = suggestion_rows.SHOWN if states is None else tuple(states)
        marks = ", ".join("?" for _ in wanted)
        with self._memory.open() as file, file.database.read() as connection:
            private = topics.matchers(topics.rows(connection))
            rows = suggestion_rows.found(
                connection, f"WHERE state IN ({marks}) ORDER BY id DESC LIMIT ?", *wanted, limit
            )
        return [
            each
            for each in rows
            if not topics.touching(
                private, suggestion_rows.said(each.title, each.text, each.action)
            )
        ]

    def get(self, id_: str) -> Suggestion:
        """Return one suggestion.

        Raises:
            UnknownItemError: There is none with this id.
        """
        with self._memory.open() as file, file.database.read() as connection:
            return named(connection, id_)

    def explain(self, id_: str) -> Reckoning:
        """Return a suggestion with its evidence, and what the user's verdicts say of it today.

        Raises:
            UnknownItemError: There is none with this id.
        """
        with self._memory.open() as file, file.database.read() as connection:
            one = named(connection, id_)
            evidence = [(item, _text(connection, item)) for item in one.basis]
            moved = shifts(suggestion_rows.verdicts(connection))
            answers = suggestion_rows.answers(connection)
        names = {"all offers": (), one.kind: (one.kind,)}
        names[f"{one.kind}, {one.context}"] = (one.kind, one.context)
        then = one.decision.situation
        return Reckoning(
            one,
            tuple((item, text) for item, text in evidence if text is not None),
            tuple((name, moved.get(group, 0.0)) for name, group in names.items()),
            appraise(answers, groups(one.kind, one.context, then.device, then.recent)),
        )

    # -- what the user makes of it --------------------------------------------------------

    def answer(
        self, id_: str, answer: Answer, *, until: datetime | None = None, whole_kind: bool = False
    ) -> Suggestion:
        """Keep what the user said to an offer, and return it as it stands then.

        Verdicts move the probability of what is offered next: of all offers a little, of its kind
        more, of its kind in such a moment most. They also say what such offers bring, and what
        interrupting with one costs (`memory.appraisal`). The last word on an offer counts.

        Args:
            id_: Which.
            answer: See `Answer`.
            until: For `snooze`: when to weigh it again; None: in an hour. Naive means local time.
            whole_kind: For `never`: nothing of its kind ever again, not only of this matter.

        Raises:
            UnknownItemError: There is no such suggestion.
            InvalidInputError: The answer is unknown, or it is snoozed into the past.
        """
        if answer not in _OPEN_TO:
            raise InvalidInputError(
                f"The answer is {answer!r}. Expected one of {', '.join(map(repr, _OPEN_TO))}."
            )
        now = self._memory.now()
        with self._memory.open() as file, file.database.write() as connection:
            one = named(connection, id_)
            if one.state not in _OPEN_TO[answer]:
                raise InvalidInputError(
                    f"{id_} is {one.state}: it cannot be answered with {answer!r}. Nothing was "
                    "kept."
                )
            wakes = wakes_at(one, until, now) if answer == "snooze" else None
            suggestion_rows.judge(connection, one, answer, now=now)
            if answer == "never":
                mute(connection, one, whole_kind=whole_kind, now=now)
            state = _AFTER.get(answer)
            if state is not None:
                move(connection, one, state, now=now, wakes=wakes)
            return one_of(connection, number(id_, LETTER))

    def muted(self) -> tuple[Mute, ...]:
        """Return what is never offered again: kinds, and single matters of them."""
        with self._memory.open() as file, file.database.read() as connection:
            return mutes(connection)

    def unmute(self, key: str) -> bool:
        """Let offers come again; False where they were not muted.

        Args:
            key: Of what is in `muted`: a kind, or one matter of it; also the id of an offer about
                that matter. The matters of a kind stay muted where the kind is not.
        """
        with self._memory.open() as file, file.database.write() as connection:
            return unmute(connection, key)

    # -- time -----------------------------------------------------------------------------

    def tidy(self) -> builtins.list[Suggestion]:
        """Expire what is over, withdraw what no longer holds; return what is to be weighed again.

        That is what was snoozed until now. A claim that gave way, or was contradicted, takes the
        offers that rest on it out of the list.
        """
        now = self._memory.now()
        with self._memory.open() as file, file.database.write() as connection:
            live = suggestion_rows.found(
                connection, "WHERE state IN ('silent', 'digest', 'open', 'snoozed') ORDER BY id"
            )
            private = topics.matchers(topics.rows(connection))
            for each in live:
                if not holds(connection, each, private):
                    move(connection, each, "withdrawn", now=now)
                elif each.expires <= now and each.state == "silent":
                    connection.execute(
                        "DELETE FROM suggestion WHERE id = ?", (number(each.id, LETTER),)
                    )
                elif each.expires <= now:
                    # Who is reminded of an appointment goes there, and answers nothing.
                    if each.state == "open" and each.way in LOUD and each.due is None:
                        suggestion_rows.judge(connection, each, "unanswered", now=now)
                    move(connection, each, "expired", now=now)
            return suggestion_rows.found(
                connection,
                "WHERE state = 'snoozed' AND wakes_at <= ? ORDER BY wakes_at, id",
                now.timestamp(),
            )

    def keep_only(self, kinds: Sequence[str], matters: Sequence[str]) -> None:
        """Withdraw offers of some kinds that wait for something which is coming no more.

        Args:
            kinds: Which.
            matters: What is coming; what was due before now is left to `tidy`.
        """
        now = self._memory.now()
        known = {digest(matter) for matter in matters}
        marks = ", ".join("?" for _ in kinds)
        with self._memory.open() as file, file.database.write() as connection:
            waiting = connection.execute(
                f"SELECT id, matter FROM suggestion WHERE kind IN ({marks}) "
                "AND state IN ('digest', 'open', 'snoozed') "
                "AND COALESCE(due_at, expires_at) > ?",
                (*kinds, now.timestamp()),
            ).fetchall()
            for row, matter in waiting:
                if matter not in known:
                    move(connection, one_of(connection, row), "withdrawn", now=now)


_SEEN: Final[frozenset[State]] = frozenset({"open", "digest", "snoozed", "accepted", "dismissed"})
_OPEN_TO: Final[dict[Answer, frozenset[State]]] = {
    "accept": _SEEN,
    "dismiss": _SEEN,
    "snooze": frozenset({"open", "digest", "snoozed"}),
    "never": frozenset(get_args(State)),
    "up": frozenset(get_args(State)),
    "down": frozenset(get_args(State)),
}
"""States in which an answer makes sense."""

_AFTER: dict[Answer, State] = {
    "accept": "accepted",
    "dismiss": "dismissed",
    "never": "dismissed",
    "snooze": "snoozed",
}


def _text(connection: sqlite3.Connection, item: str) -> str | None:
    table = TABLES.get(item[:1])
    column = {"observation": "text", "proposition": "text", "concept": "key"}.get(table or "")
    if column is None:
        return None
    row = connection.execute(
        f"SELECT {column} FROM {table} WHERE id = ?", (number(item, item[:1]),)
    ).fetchone()
    return None if row is None else task_text(str(row[0]))
