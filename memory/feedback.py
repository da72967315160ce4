"""Feedback: what the user said of the items of a catalogue, and what they were shown of it.

    thumbs or words → privacy gate → an observation, as any other → its event: item, title, weight

A verdict is evidence: it rests on a message of the user's, written for it where there was none, so
that reflection learns from it and forgetting finds it. An exposure is no evidence. It says what a
ranking need not show again, and rests on the reply that showed it.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from numbers import Real
from typing import TYPE_CHECKING, Final

from usermind.errors import (
    ConflictingObservationError,
    InvalidInputError,
    PrivateTopicError,
    UnknownItemError,
)
from usermind.memory import intake, item_events, outbox
from usermind.memory.instructions import instruction
from usermind.memory.item_events import Exposure, ItemEvent
from usermind.memory.journal import (
    SELECT,
    USER,
    Draft,
    Observation,
    Receipt,
    from_row,
    is_own,
    number,
    prepared,
)
from usermind.memory.privacy import topics
from usermind.memory.receipt import EXPOSURE, FEEDBACK, DeletionReceipt
from usermind.memory.text import checked
from usermind.memory.works import Texts, is_ordinary

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

SOURCE: Final = "feedback"
"""Source of the observations that are written for a verdict."""
KEPT: Final = 2_000
"""Exposures that are kept, the newest. A ranking asks what was shown lately: these are two hundred
lists of ten. Older ones would tell nothing, and are not what the user said."""
LONGEST_ID: Final = 200
"""Characters of an item's id, at most."""
LONGEST_TITLE: Final = 500
"""Characters of a title that are kept; the id says which item it is."""


class FeedbackDoor:
    """`ana.feedback`: what one user said of items, and what they were shown."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    # -- writing --------------------------------------------------------------------------

    def record(
        self,
        item_id: str,
        title: str,
        weight: float,
        *,
        words: str | None = None,
        at: datetime | None = None,
        observation: str | None = None,
        answered: str | None = None,
        external_id: str | None = None,
    ) -> ItemEvent | None:
        """Keep what the user said of an item, durably, and return it as it stands.

        Without `observation` a message of the user's is written for it, such as `I liked “Alien
        (1979)”.`, on which reflection works as on any other. A title that reads like an instruction
        makes that message recorded behaviour instead, which goes to quarantine; the event counts.
        The same item and message again replace what was there. The same `external_id` again changes
        nothing; what was forgotten under it stays away, and None comes back.

        Args:
            item_id: Its id in the catalogue: 1 to 200 characters that can be seen.
            title: Its title; of a longer one the first 500 characters are kept.
            weight: In [−1, 1]: how much they liked it; 0: neither the one nor the other.
            words: What they said, in their words. They follow a sentence that says the verdict,
                unless they name the item.
            at: When; naive means local time, None means now, or the time of `observation`.
            observation: The message in which they said it.
            answered: An earlier message that judged it, where `observation` only says which item is
                meant; it goes with either.
            external_id: Id of this verdict where it comes from.

        Raises:
            InvalidInputError: An argument is outside what is accepted; nothing was stored.
            ConflictingObservationError: The external id came back with another verdict.
            PrivateTopicError: It touches a private topic, or the privacy policy bars it.
            UnknownUserError: An observation is named of a user without a memory.
            UnknownItemError: There is no such observation.
            PrivacyError: The privacy gate broke; nothing was stored.
        """
        item, name, liked = _item(item_id), _title(title), _weight(weight)
        if observation is None:
            if answered is not None:
                raise InvalidInputError(
                    f"{answered!r} is named as a message that another answers, and no other is "
                    "named. Nothing was stored. Name the answer as `observation`."
                )
            return self._write(item, name, liked, words, at, external_id)
        if words is not None or external_id is not None:
            raise InvalidInputError(
                "`words` and `external_id` are of a message that is yet to be written, and "
                f"{observation!r} is one that is stored. Nothing was stored. Give the one or the "
                "other."
            )
        return self._rest(item, name, liked, at, observation, answered)

    def shown(
        self,
        items: Iterable[tuple[str, str]],
        *,
        thread: str | None = None,
        observation: str | None = None,
        at: datetime | None = None,
    ) -> tuple[Exposure, ...]:
        """Log what the user was shown, and return what was logged, in the same order.

        What touches a private topic is left out, and so is what the same reply has shown already.
        Only the newest `KEPT` are kept.

        Args:
            items: Ids and titles, the first shown first.
            thread: The conversation.
            observation: The reply that shows them. It goes with any of them, and they with it where
                it is forgotten for its own sake.
            at: When; naive means local time, None means now.

        Raises:
            InvalidInputError: An argument is outside what is accepted; nothing was logged.
            UnknownUserError: An observation is named of a user without a memory.
            UnknownItemError: There is no such observation.
            PrivacyError: The privacy gate broke; nothing was logged.
        """
        seen = [(_item(item), _title(title)) for item, title in items]
        time = self._time(at)
        if thread is not None:
            checked(thread, what="thread")
        label, screen = self._memory.privacy.label(thread), self._memory.privacy.storable
        screened = [(item, screen(title, author=USER)) for item, title in seen]
        fit = [(item, title) for item, title in screened if title is not None]
        if not fit:
            return ()
        create = observation is None
        with self._memory.open(create=create) as file, file.database.write() as connection:
            row = None if observation is None else _observation(connection, observation).id
            # Read in the transaction that writes: topics may have come since.
            private = topics.matchers(topics.rows(connection))
            made = [
                connection.execute(
                    "INSERT OR IGNORE INTO exposure (item, title, thread, observation_id, at) "
                    "VALUES (?, ?, ?, ?, ?) RETURNING id",
                    (item, title, label, None if row is None else number(row, "o"), time),
                ).fetchone()
                for item, title in fit
                if not topics.touching(private, f"{title}\n{item}")
            ]
            new = [int(each[0]) for each in made if each is not None]
            if not new:
                return ()
            outbox.record(
                connection, "exposure.recorded", f"{EXPOSURE}{new[-1]}", now=self._memory.now()
            )
            connection.execute(
                "DELETE FROM exposure WHERE id NOT IN "
                "(SELECT id FROM exposure ORDER BY id DESC LIMIT ?)",
                (KEPT,),
            )
            return tuple(item_events.exposures(connection, "WHERE id >= ? ORDER BY id", new[0]))

    def forget(self, item_id: str) -> DeletionReceipt:
        """Delete all that was said of an item and that it was shown, and see that it stays away.

        The messages that said it go, with the claims that rest on them alone or speak of the item,
        and the replies that showed it or were made from it. What such a message said of other items
        stays, in a message of its own; so does what else the replies showed. `kept` of the receipt
        names both, and `still` the messages and claims that name the item besides and stay.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: Nothing was said of such an item, and it was not shown.
        """
        with self._memory.open() as file, file.database.read() as connection:
            said, shown = (
                [
                    f"{letter}{row}"
                    for (row,) in connection.execute(
                        f"SELECT id FROM {table} WHERE item = ?", (item_id,)
                    )
                ]
                for letter, table in ((FEEDBACK, "feedback"), (EXPOSURE, "exposure"))
            )
        if not said and not shown:
            raise UnknownItemError(item_id, kind="feedback")
        return self._memory.forget(feedback=said, exposures=shown)

    # -- reading --------------------------------------------------------------------------

    def events(self) -> tuple[ItemEvent, ...]:
        """Return the latest verdict on each item, the oldest first; what a recommender asks for.

        Latest by event time; of one time, the one that was recorded last.
        """
        return tuple(self._read(f"{item_events.LATEST} ORDER BY f.at, f.id"))

    def get(self, item_id: str) -> ItemEvent:
        """Return the latest verdict on one item.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: Nothing was said of such an item.
        """
        with self._memory.open() as file, file.database.read() as connection:
            found = item_events.events(
                connection, "WHERE f.item = ? ORDER BY f.at DESC, f.id DESC LIMIT 1", item_id
            )
        if not found:
            raise UnknownItemError(item_id, kind="feedback")
        return found[0]

    def exposures(self, *, thread: str | None = None, limit: int = 100) -> tuple[Exposure, ...]:
        """Return what the user was shown, the latest first.

        Args:
            thread: Only in this conversation.
            limit: How many at most.

        Raises:
            InvalidInputError: `limit` is below 1.
        """
        _check_limit(limit)
        if not self._memory.exists:
            return ()
        label = self._memory.privacy.label(thread)
        with self._memory.open() as file, file.database.read() as connection:
            where, of = ("", ()) if label is None else ("WHERE thread = ? ", (label,))
            ordered = f"{where}ORDER BY id DESC LIMIT ?"
            return tuple(item_events.exposures(connection, ordered, *of, limit))

    # Last of the public ones: in a class body its name hides the builtin from annotations below.
    def list(self, limit: int | None = None) -> list[ItemEvent]:
        """Return all that was said of items, earlier verdicts too, the latest first.

        Args:
            limit: How many at most; None for all.

        Raises:
            InvalidInputError: `limit` is below 1.
        """
        if limit is not None:
            _check_limit(limit)
        most = -1 if limit is None else limit
        return [*self._read("ORDER BY f.at DESC, f.id DESC LIMIT ?", most)]

    # -- inside ---------------------------------------------------------------------------

    def _read(self, where: str, *values: object) -> Sequence[ItemEvent]:
        if not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            return item_events.events(connection, where, *values)

    def _time(self, at: datetime | None) -> float:
        """Return an event time in seconds since 1970; raises `InvalidInputError`."""
        return prepared(Draft(text=SOURCE, at=at), now=self._memory.now()).event_at

    def _write(
        self,
        item: str,
        title: str,
        weight: float,
        words: str | None,
        at: datetime | None,
        external_id: str | None,
    ) -> ItemEvent | None:
        """Record a verdict with the message that it rests on, in one transaction."""
        now = self._memory.now()
        time = self._time(at)
        # What the gate takes out is taken out of both; what it bars, it bars with the message.
        name = self._memory.privacy.storable(title, author=USER) or title
        draft = Draft(
            text=sentence(name, weight) if words is None else worded(name, weight, words),
            # Without a time the words alone would decide, and a change of mind could not come back.
            at=at or now,
            source=SOURCE,
            tier=None if instruction(name) is None else "observed",
            external_id=external_id,
        )
        made: list[ItemEvent] = []

        def also(connection: sqlite3.Connection, receipts: Sequence[Receipt]) -> None:
            (receipt,) = receipts
            if receipt.id is None:
                return
            if topics.touching(topics.matchers(topics.rows(connection)), item):
                raise PrivateTopicError
            row = number(receipt.id, "o")
            if receipt.outcome == "known" and external_id is not None:
                known = item_events.events(connection, "WHERE f.observation_id = ? AND f.own", row)
                if any(each.item_id != item for each in known):
                    raise ConflictingObservationError(
                        external_id, source=SOURCE, stored_id=receipt.id
                    )
                if known:
                    made.extend(known)
                    return
            made.append(
                item_events.keep(connection, item, name, weight, row, time, own=True, now=now)
            )

        (receipt,) = intake.store(self._memory, [draft], also=also)
        if receipt.outcome == "private":
            raise PrivateTopicError
        return made[0] if made else None

    def _rest(
        self,
        item: str,
        title: str,
        weight: float,
        at: datetime | None,
        observation: str,
        answered: str | None,
    ) -> ItemEvent:
        """Record a verdict that the user gave in a message which is stored."""
        said = self._memory.observation(observation)
        time = said.at.timestamp() if at is None else self._time(at)
        name = self._memory.privacy.statement(title)
        now = self._memory.now()
        with self._memory.open() as file, file.database.write() as connection:
            # It may have been forgotten or put into quarantine, and topics may have come, since.
            for each in filter(None, (observation, answered)):
                _check_said(connection, _observation(connection, each))
            if topics.touching(topics.matchers(topics.rows(connection)), f"{name}\n{item}"):
                raise PrivateTopicError
            of = None if answered is None else number(answered, "o")
            return item_events.keep(
                connection, item, name, weight, number(observation, "o"), time,
                own=False, now=now, answered=of,
            )  # fmt: skip


def sentence(title: str, weight: float) -> str:
    """Return a verdict in the user's words.

    >>> sentence("Alien (1979)", 1.0), sentence("Alien (1979)", -0.5)
    ('I liked “Alien (1979)”.', 'I did not like “Alien (1979)”.')
    """
    verb = "liked" if weight > 0 else "did not like" if weight < 0 else "neither liked nor disliked"
    # Within the marks of a quotation there can be none.
    return f"I {verb} “{title.replace('“', '‘').replace('”', '’')}”."


def worded(title: str, weight: float, words: str) -> str:
    """Return what the user said of an item, after the verdict where it does not name the item.

    >>> worded("Alien (1979)", 1.0, "I love Alien!"), worded("Alien (1979)", -1.0, "Too slow.")
    ('I love Alien!', 'I did not like “Alien (1979)”. Too slow.')
    """
    said = checked(words, what="words").strip()
    return said if _names(said, title) else f"{sentence(title, weight)} {said}"


def _names(said: str, title: str) -> bool:
    """Say whether words surely name an item; "it" and "her" are films, too."""
    how = Texts([said]).how(title, parts=False)
    return how == "surely" or (how == "perhaps" and not is_ordinary(title))


# -- checks ---------------------------------------------------------------------------------


def _item(item_id: object) -> str:
    checked(item_id, what="item's id")
    assert isinstance(item_id, str)
    if len(item_id) > LONGEST_ID or not item_id.isprintable():
        raise InvalidInputError(
            f"An item's id has {len(item_id)} characters or holds one that cannot be seen; 1 to "
            f"{LONGEST_ID} on one line were expected. Nothing was stored. Give the id that the "
            "catalogue has for it."
        )
    return item_id  # as it is: the catalogue knows it by these very characters


def _title(title: object) -> str:
    shown = " ".join(checked(title, what="title").split())
    return shown if len(shown) <= LONGEST_TITLE else f"{shown[: LONGEST_TITLE - 1].rstrip()}…"


def _weight(weight: object) -> float:
    if isinstance(weight, bool) or not isinstance(weight, Real):
        raise InvalidInputError(
            f"The weight is of type {type(weight).__name__}; a number in [-1, 1] was expected. "
            "Nothing was stored. Say 1 for liked and -1 for disliked."
        )
    found = float(weight)
    if not math.isfinite(found) or not -1 <= found <= 1:
        raise InvalidInputError(
            f"The weight is {found}; a number in [-1, 1] was expected. Nothing was stored. Scale "
            "ratings to it: of five stars, one is -1, three are 0 and five are 1."
        )
    return found


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise InvalidInputError(f"`limit` is {limit}; ask for at least 1.")


def _check_said(connection: sqlite3.Connection, said: Observation) -> None:
    """Refuse a message that is no evidence about the user."""
    if not is_own(said):
        raise InvalidInputError(
            f"{said.id!r} was not said by the user and is no evidence of what they like. Nothing "
            "was stored. Name the message in which they said it, or leave `observation` out."
        )
    kept_out = connection.execute(
        "SELECT quarantine FROM observation WHERE id = ?", (number(said.id, "o"),)
    ).fetchone()[0]
    if kept_out is not None:
        raise InvalidInputError(
            f"{said.id!r} is in quarantine and is no evidence. Nothing was stored. Look at it with "
            "`usermind quarantine list`, and release it first."
        )


# -- the tables -----------------------------------------------------------------------------


def _observation(connection: sqlite3.Connection, observation: str) -> Observation:
    row = connection.execute(f"{SELECT} WHERE id = ?", (number(observation, "o"),)).fetchone()
    if row is None:
        raise UnknownItemError(observation, kind="observation")
    return from_row(row)
