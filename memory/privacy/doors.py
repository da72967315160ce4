"""`ana.privacy` and `ana.private`: the gate as it stands before one user's memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from usermind.errors import InvalidInputError, PrivateTopicError
from usermind.memory.concept_edits import said_before
from usermind.memory.concepts import Concept, dump
from usermind.memory.journal import ASSISTANT, USER, Draft, Receipt
from usermind.memory.privacy import decisions, labels, topics
from usermind.memory.privacy.decisions import Decision, Stage, Verdict
from usermind.memory.privacy.findings import PLACEHOLDER
from usermind.memory.privacy.gate import Gate, Place, Screened
from usermind.memory.privacy.policy import Policy
from usermind.memory.privacy.topic_wishes import wished
from usermind.memory.privacy.topics import Matcher, PrivateTopic
from usermind.memory.receipt import EXPOSURE, FEEDBACK, LETTERS
from usermind.memory.text import MAX_TEXT

if TYPE_CHECKING:
    import sqlite3

    from usermind.memory.changes import Change
    from usermind.memory.user import UserMemory

PRIVATE_MESSAGE = "[This message is private. It was answered and not kept.]"
"""Kept in place of a message of the user that touches a private topic."""
PRIVATE_REPLY = "[This reply is private and was not kept.]"
"""Kept in place of a reply to one, or of a reply that touches one."""
LEFT_OUT = "[This message is private and is left out here.]"
"""Shown to a model in place of an earlier message that is not for it."""
PLACEHOLDERS = frozenset({PRIVATE_MESSAGE, PRIVATE_REPLY})

MODELS: dict[str, Place] = {
    "offline": "offline engine",
    "local model": "local model",
    "remote model": "remote model",
}


@dataclass(frozen=True, slots=True)
class ForStore:
    """A draft as the gate lets it into the store."""

    draft: Draft
    barred: bool
    """Whether it stays out as a whole."""
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message of the user as it may be kept, and as it may be answered."""

    kept: str
    """What a file may hold of it."""
    said: str
    """What a model may see of it."""
    private: bool
    """Whether no file may hold what is said."""


class PrivacyDoor:
    """`ana.privacy`: what the gate decided, and the gate itself for those who store and send."""

    def __init__(self, memory: UserMemory, gate: Gate) -> None:
        self._memory = memory
        self._gate = gate

    @property
    def policy(self) -> Policy:
        """The policy of the store."""
        return self._gate.policy

    def decisions(self, *, limit: int = 100) -> list[Decision]:
        """Return what was decided over this user's texts, newest first; the log keeps 10,000.

        Kept, redacted and withheld findings at storage; at egress those redacted or withheld, and
        those that a remote model was shown.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: `limit` is below 1.
        """
        if limit < 1:
            raise InvalidInputError(f"`limit` is {limit}; ask for at least 1 decision.")
        with self._memory.open() as file, file.database.read() as connection:
            return decisions.newest(connection, limit)

    # -- storage --------------------------------------------------------------------------

    def for_store(self, draft: Draft, private: Sequence[Matcher] = ()) -> ForStore:
        """Return what of a draft may be stored. What is no text is left for storage to refuse.

        Raises:
            PrivacyError: The gate broke; nothing may be stored.
        """
        text = draft.text
        given: object = text  # callers without a type checker hand in anything
        if not isinstance(given, str) or len(text) > MAX_TEXT:
            return ForStore(draft, barred=False, verdicts=())
        screened = self._screened(text, "store", author=draft.author, private=private)
        fit, told, touched = labels.fit(self._gate, draft, private)
        verdicts = (*screened.verdicts, *told)
        if screened.text is None or touched:
            return ForStore(draft, barred=True, verdicts=verdicts)
        return ForStore(replace(fit, text=screened.text), barred=False, verdicts=verdicts)

    def label(self, label: str | None) -> str | None:
        """Return a session or an external id as it is stored, for those who look for one.

        Raises:
            PrivacyError: The gate broke.
        """
        return labels.screened(self._gate, label).text

    def admission(self, drafts: Sequence[Draft], screened: Sequence[ForStore]) -> Admission:
        """Return what lets drafts into the store, given what the policy said of them."""
        return Admission(self, drafts, screened)

    def statement(self, text: str, *, item: str | None = None) -> str:
        """Return a claim as it may be stored, and log what was decided over it.

        Raises:
            PrivateTopicError: It touches a private topic, or the policy bars it.
            PrivacyError: The gate broke.
        """
        private = self._topics()
        screened = self._screened(text, "store", author=USER, private=private)
        if self._memory.exists:  # one who is not known yet has no log
            self._log(decisions.about(screened.verdicts, item), stage="storage")
        if screened.text is None:
            raise PrivateTopicError
        return screened.text

    def arrival(self, text: str) -> Arrival:
        """Return a message of the user as it may be kept, and as it may be answered.

        Raises:
            PrivacyError: The gate broke; the message may go nowhere.
        """
        kept = self._screened(text, "store", author=USER, private=self._topics())
        if kept.text is not None:
            return Arrival(kept.text, kept.text, private=False)
        said = self._gate.screen(text, "store", name=self._memory.display_name, said_now=True)
        assert said.text is not None, "what is said now is never withheld"
        return Arrival(PRIVATE_MESSAGE, said.text, private=True)

    def storable(self, text: str, *, author: str) -> str | None:
        """Return what of a text may be stored, None for nothing; logs nothing."""
        return self._screened(text, "store", author=author, private=self._topics()).text

    def learnable(self, plan: Sequence[Change]) -> list[Change]:
        """Return the changes whose statements may be kept: the last look before they are written.

        A statement that touches a private topic, holds a secret, or repeats a placeholder is not
        learnt; what is left out is logged.

        Raises:
            PrivacyError: The gate broke.
        """
        private = self._topics()
        fit: list[Change] = []
        verdicts: list[Verdict] = []
        for change in plan:
            screened = self._screened(change.statement, "store", author=USER, private=private)
            if screened.text == change.statement and not PLACEHOLDER.search(change.statement):
                fit.append(change)
            else:
                verdicts += decisions.about(screened.verdicts, change.target)
        self._log(verdicts, stage="storage")
        return fit

    # -- egress ---------------------------------------------------------------------------

    @contextmanager
    def egress(self, recipient: str, *, log: bool = True) -> Iterator[Egress]:
        """Hold the gate open before a model; what it decides is logged at the end.

        Args:
            recipient: A reasoner's `recipient`; what is not known counts as a remote model.
            log: Whether to log.

        Raises:
            PrivacyError: The gate broke; nothing may be sent.
        """
        place = MODELS.get(recipient, "remote model")
        out = Egress(self, place, self._topics())
        yield out
        if log:
            told = [
                verdict
                for verdict in out.verdicts
                if verdict.action != "keep" or verdict.recipient == "remote model"
            ]
            self._log(told, stage="egress", to=place)

    # -- inside ---------------------------------------------------------------------------

    def _screened(
        self,
        text: str,
        to: Place,
        *,
        author: str,
        private: Sequence[Matcher] = (),
        said_now: bool = False,
    ) -> Screened:
        return self._gate.screen(
            text,
            to,
            speaker_is_user=author == USER,
            name=self._memory.display_name,
            private=private,
            said_now=said_now,
        )

    def _topics(self) -> tuple[Matcher, ...]:
        if not self._memory.exists:
            return ()
        with self._memory.open() as file, file.database.read() as connection:
            return topics.matchers(topics.rows(connection))

    def _log(self, verdicts: Sequence[Verdict], *, stage: Stage, to: Place = "store") -> None:
        if not verdicts and self._gate.off_note(to) is None:
            return
        with self._memory.open() as file:
            with file.database.read() as connection:
                note = self._off_note(connection, to)
            found = [*verdicts, *([note] if note else [])]
            if found:
                with file.database.write(durable=False) as connection:
                    at = self._memory.now().timestamp()
                    decisions.log(connection, found, stage=stage, at=at)

    def _off_note(self, connection: sqlite3.Connection, to: Place) -> Verdict | None:
        """Return what says that the gate is off, unless it is the last that was said."""
        note = self._gate.off_note(to)
        if note is None:
            return None
        known = connection.execute(
            "SELECT 1 FROM decision WHERE rule = 'off' AND recipient = ? AND id > "
            "COALESCE((SELECT MAX(id) FROM decision WHERE rule <> 'off' AND kind <> ?), 0)",
            (to, decisions.TOPIC),
        ).fetchone()
        return None if known else note


@dataclass(slots=True)
class Admission:
    """Lets drafts into the store: the topics are read in the transaction that writes."""

    door: PrivacyDoor
    drafts: Sequence[Draft]
    screened: Sequence[ForStore]
    """What the policy said of the drafts, and in the end the topics too."""

    def barred(self, connection: sqlite3.Connection) -> set[int]:
        """Return the places of drafts that stay out."""
        if private := topics.matchers(topics.rows(connection)):
            self.screened = [self.door.for_store(draft, private) for draft in self.drafts]
        return {place for place, item in enumerate(self.screened) if item.barred}

    def log(self, connection: sqlite3.Connection, receipts: Sequence[Receipt]) -> None:
        """Log what was decided over the drafts."""
        verdicts: list[Verdict] = []
        for item, receipt in zip(self.screened, receipts, strict=True):
            if receipt.outcome in ("stored", "private"):
                verdicts += decisions.about(item.verdicts, receipt.id)
        if (note := self.door._off_note(connection, "store")) is not None:
            verdicts.append(note)
        if verdicts:
            at = self.door._memory.now().timestamp()
            decisions.log(connection, verdicts, stage="storage", at=at)


@dataclass(slots=True)
class Egress:
    """The gate before one model, for one request."""

    door: PrivacyDoor
    to: Place
    private: tuple[Matcher, ...]
    verdicts: list[Verdict] = field(default_factory=list)
    """What was decided so far."""

    def text(self, text: str, *, author: str = USER, item: str | None = None) -> str | None:
        """Return what the model may see of a memory; None: nothing of it.

        Args:
            text: The memory.
            author: Who wrote it; a claim counts as written by the user.
            item: Its id, for the log.
        """
        if text in PLACEHOLDERS:
            return None
        screened = self.door._screened(text, self.to, author=author, private=self.private)
        self.verdicts += decisions.about(screened.verdicts, item)
        return screened.text

    def picture(self, told: str, *, item: str | None = None) -> bool:
        """Say whether a reference picture may be seen.

        Args:
            told: All that is known of what it shows: where nothing of that may be seen, neither may
                the picture.
            item: Id of the concept, for the log.
        """
        if self.text(told, item=item) is None:
            return False
        verdict = self.door._gate.picture(self.to)
        self.verdicts += decisions.about([verdict], item)
        return verdict.action == "keep"

    def said(self, text: str) -> str:
        """Return what the model may see of the message that it is to answer: never nothing."""
        screened = self.door._screened(text, self.to, author=USER, said_now=True)
        self.verdicts += screened.verdicts
        return screened.text or ""

    def touched(self, text: str) -> bool:
        """Say whether a text touches a private topic."""
        return bool(topics.touching(self.private, text))

    def lines(self, text: str) -> str:
        """Return what a tool found, without the lines that are not for the model."""
        passed = [self.text(line, author=ASSISTANT) for line in text.split("\n")]
        kept = [line for line in passed if line is not None]
        return "\n".join(kept) if kept else "Nothing that may be shown."


class PrivateDoor:
    """`ana.private`: topics that the user wants kept out of store, claims and prompts.

    A text that touches one is not stored; nothing is learnt of it; what is stored already is sent
    to no model. Matching goes by words and has the limits of words: see `topics`.
    """

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def add(self, topic: str) -> PrivateTopic:
        """Make a topic private, in plain words: "my health". One that is private stays so.

        What is stored already stays; `touching` lists it, so that it can be forgotten.

        Raises:
            InvalidInputError: The words name nothing, or are too many.
        """
        now = self._memory.now().timestamp()
        with self._memory.open(create=True) as file, file.database.write() as connection:
            return topics.add(connection, topic, now=now)

    def hear(self, message: str) -> tuple[PrivateTopic, ...]:
        """Make private what the user asks for with a message, as in "Keep my health private".

        Returns the topics that it names, those included that are private already; `topic_wishes`
        says how they are found.
        """
        return tuple(self.add(topic) for topic in wished(message))

    def list(self) -> list[PrivateTopic]:
        """Return the private topics, oldest first; none for a user without a memory."""
        if not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            return topics.rows(connection)

    def remove(self, topic: str) -> PrivateTopic:
        """Make a topic, named by its words or its id, public again, and return it.

        Raises:
            InvalidInputError: It is not private.
        """
        with self._memory.open() as file, file.database.write() as connection:
            return topics.remove(connection, topic)

    def touching(self, topic: str | None = None) -> tuple[str, ...]:
        """Return the ids of what is stored and touches a topic: claims first, then messages.

        Concepts, entities, profiles and what was said and shown of items come after them; also
        concepts that did before an edit which can be undone.

        Args:
            topic: In plain words, private or not; None: any of the private ones.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: The words name nothing.
        """
        with self._memory.open() as file, file.database.read() as connection:
            wanted = (
                topics.matchers(topics.rows(connection))
                if topic is None
                else (topics.matcher(topic),)
            )
            if not wanted:
                return ()
            return tuple(
                f"{letter}{id_}"
                for letter, id_, text in _stored(connection)
                if topics.touching(wanted, text)
            )


def _stored(connection: sqlite3.Connection) -> Iterator[tuple[str, int, str]]:
    """Yield what is stored with its words, claims first, under the letter of its ids."""
    for letter, sql in _WORDS.items():
        once = said_before(connection) if letter == LETTERS["concept"] else {}
        for id_, text, body in connection.execute(f"{sql} ORDER BY id"):
            words = f"{text}\n{_written(json.loads(body))}" if body else text
            yield letter, id_, "\n".join([words, *_said(once.pop(id_, ()))])
        for id_, said in sorted(once.items()):  # deleted, and can be undone
            yield letter, id_, "\n".join(_said(said))


def _said(once: Iterable[tuple[str, Concept]]) -> Iterator[str]:
    return (f"{key}\n{_written(json.loads(dump(concept)))}" for key, concept in once)


_WORDS: Mapping[str, str] = {
    "p": "SELECT id, text, NULL FROM proposition",
    "o": "SELECT id, text, NULL FROM observation",
    "c": "SELECT id, key, body FROM concept",
    "e": "SELECT id, name, NULL FROM entity",
    "f": "SELECT id, task || char(10) || (SELECT COALESCE(group_concat(json_extract(value, "
    "'$.text'), char(10)), '') FROM json_each(body, '$.claims')), NULL FROM profile",
    FEEDBACK: "SELECT id, title || char(10) || item, NULL FROM feedback",
    EXPOSURE: "SELECT id, title || char(10) || item, NULL FROM exposure",
}
"""Where the words of each kind stand, by the letter of its ids; the last column is a document in
JSON."""


def _written(document: object) -> str:
    """Return all strings of a document but the names of its fields, which name no topic."""
    if isinstance(document, Mapping):
        named = document.get("attributes")
        return "\n".join([*(named or ()), *map(_written, document.values())])
    if isinstance(document, list):
        return "\n".join(map(_written, document))
    return document if isinstance(document, str) else ""
