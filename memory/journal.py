"""Observations: the journal of everything that arrived, as it arrived."""

import sqlite3
from collections.abc import Callable, Container, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, Protocol

from usermind.errors import ConflictingObservationError, InvalidInputError, UnknownItemError
from usermind.memory import outbox
from usermind.memory.belief import WEIGHT
from usermind.memory.database import Database
from usermind.memory.instructions import Reason, instruction
from usermind.memory.ranking import is_question, mentions_time
from usermind.memory.text import checked, digest, header, index_terms, token_count
from usermind.types import ObservationId, Tier

ASSISTANT = "assistant"
"""Author of the assistant's replies: kept as history, never evidence about the user."""
USER = "user"
"""Author of the user's own words."""
OWN_WORDS = f"(author = '{USER}' AND tier = 'first_party')"
"""What the user wrote, in SQL over an observation's columns; see `is_own_words`."""
OWN = f"(author = '{USER}' AND tier <> 'third_party')"
"""The same with what they did; see `is_own`."""

MAX_LABEL = 200
"""Longest author or source, in characters."""

Outcome = Literal["stored", "known", "forgotten", "private"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An observation before it is stored."""

    text: str
    at: datetime | None = None
    """Event time; naive means local time, None means now."""
    source: str = "chat"
    author: str = USER
    tier: Tier | None = None
    """None: first party for the user, third party for anybody else."""
    session: str | None = None
    """Conversation or document it belongs to."""
    external_id: str | None = None
    """Its id at the source; unique per source."""
    rests_on: tuple[str, ...] = ()
    """For a reply of the assistant: ids of what it was made from; it is forgotten with any."""
    since: int | None = None
    """Number of the last event of `UserMemory.changes` before the reply was begun. It is not stored
    when something that it rests on was forgotten since, and comes back as `forgotten`."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One event about the user, as it arrived."""

    id: ObservationId
    text: str
    source: str
    author: str
    tier: Tier
    session: str | None
    external_id: str | None
    at: datetime
    """Event time, aware, in the zone where it happened."""
    ingested_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an observation that was handed in."""

    outcome: Outcome
    """stored; known: the same arrived before; forgotten: the user had it or what it rests on
    forgotten, not stored;
    private: it touches a private topic, or the privacy policy bars it, not stored."""
    id: ObservationId | None
    """None when it was forgotten or is private."""
    quarantine: Reason | None = None
    """Why it was stored and is kept out of prompts, recall and belief; see `quarantine`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft that was found fit to be stored; made by `prepared`."""

    text: str
    source: str
    author: str
    tier: Tier
    session: str | None
    external_id: str | None
    identity: bytes
    content: bytes
    event_at: float
    utc_offset: int
    ingested_at: float
    quarantine: Reason | None
    rests_on: tuple[str, ...]
    since: int | None


class Admission(Protocol):
    """What decides, in the transaction that stores entries, which of them stay out."""

    def barred(self, connection: sqlite3.Connection) -> Container[int]:
        """Return the places of those that are private."""
        ...

    def log(self, connection: sqlite3.Connection, receipts: Sequence[Receipt]) -> None:
        """Write down what was decided, knowing what became of each."""
        ...


Also = Callable[[sqlite3.Connection, Sequence[Receipt]], None]
"""Writes what belongs to entries, knowing what became of each; what it raises undoes all."""


class Journal:
    """The observations of one user's open file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        entries: Sequence[Entry],
        *,
        wished: bool = False,
        admission: Admission | None = None,
        also: Also | None = None,
    ) -> list[Receipt]:
        """Store all or none of the entries in one transaction; durable on return.

        Args:
            entries: What to store.
            wished: Somebody asks for them, so that it no longer counts that they were forgotten.
            admission: Says which of them are private and not stored; None: none is.
            also: Writes what belongs to them, in the same transaction.

        Raises:
            ConflictingObservationError: An external id came back with other content.
        """
        with self._database.write() as connection:
            if wished:
                connection.executemany(
                    "DELETE FROM tombstone WHERE kind = 'observation' AND hash = ?",
                    [(entry.identity,) for entry in entries],
                )
            barred = admission.barred(connection) if admission else ()
            receipts = [
                Receipt("private", None) if place in barred else insert(connection, entry)
                for place, entry in enumerate(entries)
            ]
            if admission:
                admission.log(connection, receipts)
            if also:
                also(connection, receipts)
            return receipts

    def get(self, observation_id: str) -> Observation:
        """Return one observation.

        Raises:
            UnknownItemError: There is none with this id.
        """
        with self._database.read() as connection:
            row = connection.execute(
                f"{SELECT} WHERE id = ?", (number(observation_id, "o"),)
            ).fetchone()
        if row is None:
            raise UnknownItemError(observation_id, kind="observation")
        return from_row(row)

    def find(self, source: str, external_id: str) -> Observation | None:
        """Return the observation that has this id at its source, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                f"{SELECT} WHERE identity = ?", (digest("id", source, external_id),)
            ).fetchone()
        return None if row is None else from_row(row)

    def count(self, *, session: str | None = None, source: str | None = None) -> int:
        """Return how many observations there are, of a conversation and source where named."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT COUNT(*) FROM observation WHERE (:session IS NULL OR session = :session) "
                "AND (:source IS NULL OR source = :source)",
                {"session": session, "source": source},
            ).fetchone()
        return int(row[0])

    def authors(self) -> tuple[str, ...]:
        """Return the names of others who wrote what is stored and not in quarantine, sorted."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT DISTINCT author FROM observation WHERE author NOT IN (?, ?) "
                "AND quarantine IS NULL ORDER BY author",
                (USER, ASSISTANT),
            ).fetchall()
        return tuple(str(row[0]) for row in rows)

    def list(
        self,
        *,
        session: str | None = None,
        source: str | None = None,
        until: datetime | None = None,
        word: str | None = None,
        limit: int = 100,
    ) -> list[Observation]:
        """Return observations, newest first.

        Args:
            session: Only those of this conversation, in the order they arrived.
            source: Only those of this source.
            until: Only those up to this event time, aware.
            word: Only those that have this word, in whatever form.
            limit: How many at most.
        """
        order = "event_at DESC, id DESC" if session is None else "id DESC"
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} WHERE (:session IS NULL OR session = :session) "
                "AND (:source IS NULL OR source = :source) "
                "AND (:until IS NULL OR event_at <= :until) "
                "AND (:word IS NULL OR id IN (SELECT rowid FROM observation_fts "
                f"WHERE observation_fts MATCH :word)) ORDER BY {order} LIMIT :limit",
                {
                    "session": session,
                    "source": source,
                    "until": None if until is None else until.timestamp(),
                    "word": None if word is None else '"' + word.replace('"', '""') + '"',
                    "limit": limit,
                },
            ).fetchall()
        return [from_row(row) for row in rows]


SELECT = (
    "SELECT id, text, source, author, tier, session, external_id, event_at, utc_offset, "
    "ingested_at FROM observation"
)


def from_row(row: tuple[Any, ...]) -> Observation:
    """Return the observation of a row of `SELECT`."""
    # The columns' types are the schema's.
    id_, text, source, author, tier, session, external_id, event_at, offset, ingested_at = row
    return Observation(
        id=ObservationId(f"o{id_}"),
        text=text,
        source=source,
        author=author,
        tier=tier,
        session=session,
        external_id=external_id,
        at=instant(event_at, offset),
        ingested_at=instant(ingested_at),
    )


def is_own_words(item: Observation) -> bool:
    """Say whether the user wrote an observation: it tells how they write and what they want."""
    return item.author == USER and item.tier == "first_party"


def is_own(item: Observation) -> bool:
    """Say whether an observation is the user's: their words, or what was recorded of what they did.

    What others put into a conversation in their name is not.
    """
    return item.author == USER and item.tier != "third_party"


def instant(seconds: float, offset: int = 0) -> datetime:
    """Return the aware time of a stored one.

    Args:
        seconds: Since 1970, UTC.
        offset: Seconds of the zone to write it in.
    """
    return datetime.fromtimestamp(seconds, timezone(timedelta(seconds=offset)))


def instant_or_none(seconds: float | None) -> datetime | None:
    """Return the aware time of a stored one, in UTC; None where none is stored."""
    return None if seconds is None else instant(seconds)


def number(item_id: str, prefix: str) -> int:
    """Return the row of a public id, or −1, which no row has, when it is not of that form."""
    digits = item_id[len(prefix) :]
    ok = item_id.startswith(prefix) and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if ok else -1


def prepared(draft: Draft, *, now: datetime, arrived: str | None = None) -> Entry:
    """Return what is stored of a draft.

    Args:
        draft: What to store.
        now: The present.
        arrived: Its text before anything was taken out of it, if anything was.

    Raises:
        InvalidInputError: A field of it cannot be stored.
    """
    text = checked(draft.text)
    source = _label(draft.source, what="source")
    author = _label(draft.author, what="author")
    session = None if draft.session is None else checked(draft.session, what="session")
    external = None if draft.external_id is None else checked(draft.external_id, what="id")
    tier = draft.tier or ("first_party" if author == USER else "third_party")
    if tier not in WEIGHT:
        raise InvalidInputError(
            f"Unknown tier {tier!r}; known are {list(WEIGHT)}. Nothing was stored."
        )
    at = _aware(draft.at, now)
    # The same words at another stated time are another event; without a time the words decide.
    when = "" if draft.at is None else repr(at.timestamp())
    content = digest(author, text)
    identity = (
        digest("content", source, author, text, when)
        if external is None
        else digest("id", source, external)
    )
    offset = at.utcoffset()
    assert offset is not None
    return Entry(
        text=text,
        source=source,
        author=author,
        tier=tier,
        session=session,
        external_id=external,
        identity=identity,
        content=content,
        event_at=at.timestamp(),
        utc_offset=int(offset.total_seconds()),
        ingested_at=now.timestamp(),
        # As it arrived: what looks like a key and is removed may be an instruction in disguise.
        quarantine=_suspected(arrived or text, author, tier, replies=bool(draft.rests_on)),
        rests_on=draft.rests_on,
        since=draft.since,
    )


def _suspected(text: str, author: str, tier: Tier, *, replies: bool) -> Reason | None:
    """Return why text of others must be kept out of prompts, if it must.

    The user may give instructions, and what the assistant made from memories was not written by
    others.
    """
    if tier == "first_party" or (author == ASSISTANT and replies):
        return None
    found = instruction(text) or instruction(author)
    return found.reason if found else None


def _label(text: object, *, what: str) -> str:
    # Names stand in prompts and headers, where a line break or an essay would pass for more.
    label = checked(text, what=what)
    if len(label) > MAX_LABEL or any(not char.isprintable() for char in label):
        raise InvalidInputError(
            f"The {what} has {len(label)} characters or holds one that cannot be printed; a name "
            f"of at most {MAX_LABEL} on one line was expected. Nothing was stored."
        )
    return label


def _aware(at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now
    if not isinstance(at, datetime):
        raise InvalidInputError(
            f"`at` is of type {type(at).__name__}; a datetime was expected. Nothing was stored. "
            "Parse the text with `datetime.fromisoformat` first."
        )
    try:
        aware = at.astimezone() if at.tzinfo is None else at
        moment = aware.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        raise InvalidInputError(
            f"`at` is {at.isoformat()}, which is out of range in UTC. Nothing was stored. "
            "Leave it out when the time is not known."
        ) from None
    if moment > now + timedelta(days=1):
        raise InvalidInputError(
            f"`at` is {aware.isoformat()}, which lies in the future; now is "
            f"{now.isoformat(timespec='seconds')}. Nothing was stored. An observation is of "
            "something that happened: give the time it was said, not the time it speaks of."
        )
    return aware


def insert(connection: sqlite3.Connection, row: Entry) -> Receipt:
    """Store an entry inside a write transaction, unless it is known or was forgotten.

    Raises:
        ConflictingObservationError: Its external id came back with other content.
    """
    stored = connection.execute(
        "SELECT id, content_hash FROM observation WHERE identity = ?", (row.identity,)
    ).fetchone()
    if stored is not None:
        if stored[1] != row.content:
            assert row.external_id is not None
            raise ConflictingObservationError(
                row.external_id, source=row.source, stored_id=f"o{stored[0]}"
            )
        return Receipt("known", ObservationId(f"o{stored[0]}"))
    if connection.execute(
        "SELECT 1 FROM tombstone WHERE kind = 'observation' AND hash = ?", (row.identity,)
    ).fetchone():
        return Receipt("forgotten", None)
    if row.since is not None and outbox.lost_since(connection, row.since, row.rests_on):
        return Receipt("forgotten", None)
    terms = index_terms(header(row.author, row.event_at) + row.text)
    rowid = connection.execute(
        "INSERT INTO observation (text, source, author, tier, session, external_id, identity, "
        "content_hash, event_at, utc_offset, ingested_at, quarantine, tokens, asks, dated) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (*astuple(row)[:-2], token_count(terms), is_question(row.text), mentions_time(row.text)),
    ).lastrowid
    connection.execute("INSERT INTO observation_fts (rowid, terms) VALUES (?, ?)", (rowid, terms))
    if row.author != ASSISTANT and row.quarantine is None:
        connection.execute("INSERT INTO work (observation_id) VALUES (?)", (rowid,))
    connection.executemany(
        "INSERT OR IGNORE INTO basis (reply, item) VALUES (?, ?)",
        [(rowid, item) for item in row.rests_on],
    )
    # A profile is made anew and a concept edited; what they held then came from these messages.
    for kind, letter in (("profile", "f"), ("concept", "c")):
        connection.executemany(
            f"INSERT OR IGNORE INTO basis SELECT ?, 'o' || observation_id FROM {kind}_basis "
            f"WHERE {kind}_id = ?",
            [(rowid, number(item, letter)) for item in row.rests_on],
        )
    return Receipt("stored", ObservationId(f"o{rowid}"), row.quarantine)
