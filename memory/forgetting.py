"""Forgetting: what goes when something is forgotten, and the receipt that says so."""

import logging
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from usermind.memory import feedback_loss, outbox, suggestion_rows
from usermind.memory.concept_edits import key_of
from usermind.memory.concept_loss import Lost, bury, strip, unpicture, unsay
from usermind.memory.database import Database
from usermind.memory.forget_scope import column, meant, row_of, texts_of
from usermind.memory.journal import number
from usermind.memory.privacy import decisions
from usermind.memory.propositions import set_text, write_version
from usermind.memory.receipt import EXPOSURE, FEEDBACK, TABLES, DeletionReceipt
from usermind.memory.residue import Scan, scan
from usermind.memory.succession import heirs, reinstate, uncontested
from usermind.memory.text import fingerprint
from usermind.memory.works import Texts
from usermind.types import Kind

_log = logging.getLogger(__name__)


def forget(
    database: Database,
    user_id: str,
    *,
    observations: Iterable[str] = (),
    propositions: Iterable[str] = (),
    concepts: Sequence[str] = (),
    attributes: Mapping[str, Sequence[str]] | None = None,
    pictures: Mapping[str, Sequence[str]] | None = None,
    entities: Iterable[str] = (),
    entity_events: Iterable[bytes] = (),
    profiles: Iterable[str] = (),
    feedback: Iterable[str] = (),
    exposures: Iterable[str] = (),
    now: datetime,
) -> DeletionReceipt:
    """Delete items with everything that holds their words, and see that they stay away.

    A proposition takes the observations it rests on with it, because they say the same; an
    observation takes the propositions that rest on nothing else. What rests on other evidence
    too is believed anew without the lost one, and loses the wordings that only this one brought.
    What had given way to a forgotten claim, or was contradicted by forgotten observations alone,
    counts again. A claim of the same words as one that is named is forgotten with it.
    A concept takes its edits, its pictures and the relations to it along; attributes that rest on
    forgotten observations, profiles that do, and entities that nothing else named go too.
    Concepts, attributes and pictures that were deleted and can be undone count as there.
    What was said of an item takes the observation that it rests on, and the claims that rest on
    that and speak of the item; it goes with the observation, too. What such an observation says of
    other items stays, in an observation of its own, and with it the claims that say no more: unless
    the observation is named itself, or a claim that speaks of none of the items it judges.
    What was shown of an item takes the reply that showed it. What replies showed that go for
    another reason stays, without them, but for items that are forgotten or that what goes names.
    The assistant's replies that were made from any of it go as well. Tombstones (hashes) keep a
    forgotten claim from being learnt again, until somebody asks to remember it, and a forgotten
    observation from being ingested again; events that named a forgotten entity do not count it
    again.

    Args:
        database: The user's file.
        user_id: Whose, for the receipt.
        observations: By id, like all but the attributes.
        propositions: By id.
        concepts: By id.
        attributes: Names of attributes, by the id of their concept, which stays.
        pictures: Ids of pictures, by the id of their concept, which stays.
        entities: By id.
        entity_events: Searches, visits and mentions, by their identity. Replies that count what
            they named go too.
        profiles: By id; what they were made from stays.
        feedback: What was said of items, by id.
        exposures: What was shown of items, by id.
        now: The present.

    Raises:
        UnknownItemError: One of the ids does not exist; nothing was deleted.
    """
    buried = {number(item, "c") for item in concepts}
    with database.write() as connection:
        named = meant(connection, observations, propositions, feedback)
        messages, claims = named.messages, named.claims
        before = _Before.of(connection)
        showing = feedback_loss.bury_shown(connection, exposures) - messages
        unseen = before.lost_items(connection)[EXPOSURE]
        moved = feedback_loss.keep(connection, named.left_over, now=now)
        gone = _bury_noted(
            connection, concepts, attributes or {}, pictures or {}, entities, profiles, now
        )
        counted = _bury_events(connection, entity_events, gone)
        unsaid = _bury_said(connection, messages, claims, gone, now)
        summaries = before.profiles - _rows(connection, "profile")
        nouns = before.entities - _rows(connection, "entity")
        verdicts = before.lost_items(connection)[FEEDBACK]
        items = [
            *_ids("o", messages),
            *_ids("p", claims),
            *_ids("c", gone.rows),
            *_ids("e", nouns | counted),
            *_ids("f", summaries),
            *_ids(FEEDBACK, verdicts),
        ]
        changed = [*_ids("p", unsaid.changed), *_ids(FEEDBACK, moved)]
        _announce(connection, [*items, *changed], now)
        made = _bury_made(
            connection,
            _made_from(connection, [*items, *_ids("o", showing), *_ids(EXPOSURE, unseen)])
            | showing,
            items,
            before,
            said=Texts(unsaid.words),
            of_gone=feedback_loss.items(before.items, {FEEDBACK: verdicts, EXPOSURE: unseen}),
            spared=frozenset(messages),
            gone=gone,
            now=now,
        )
        lost = before.lost_items(connection)
        gone.words |= feedback_loss.words(before.items, lost)
        _announce(connection, [*_ids("o", made.replies), *_ids(EXPOSURE, lost[EXPOSURE])], now)
        unoffered = before.offers.keys() - suggestion_rows.words(connection).keys()
        gone.words |= {word for row in unoffered for word in before.offers[row]}
        checkpoints = drop_checkpoints(connection)
        links = before.evidence - _count(connection, "evidence")
        unpictured = before.pictures - _picture_vectors(connection)
        titles = {each.title for each in named.verdicts}
        titles |= {before.items[EXPOSURE][row][1] for row in unseen}
        still = feedback_loss.still_said(connection, titles)
    search = _proof(database, gone)
    return DeletionReceipt(
        user_id=user_id,
        at=now,
        observations=_ids("o", messages | made.replies),
        propositions=_ids("p", claims),
        vectors=unsaid.vectors + made.vectors + unpictured,
        checkpoints=checkpoints,
        evidence=links,
        concepts=_ids("c", buried),
        entities=_ids("e", nouns),
        profiles=_ids("f", summaries),
        attributes=gone.attributes,
        pictures=len(gone.pictures),
        feedback=_ids(FEEDBACK, verdicts),
        exposures=_ids(EXPOSURE, lost[EXPOSURE]),
        suggestions=_ids(suggestion_rows.LETTER, unoffered),
        kept=(*_ids(FEEDBACK, moved), *made.kept),
        still=still,
        scanned=search.scanned,
        residue=search.residue,
        searched=search.searched,
    )


@dataclass(frozen=True, slots=True)
class _Before:
    """What a file holds before anything goes, by which it is told what went."""

    items: feedback_loss.Rows
    """What was said and shown of items."""
    offers: Mapping[int, tuple[str, ...]]
    """The words of each offer, by row."""
    entities: set[int]
    profiles: set[int]
    pictures: int
    """Vectors of pictures."""
    evidence: int
    """Links from claims to messages."""

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Self:
        """Look."""
        return cls(
            feedback_loss.held(connection),
            suggestion_rows.words(connection),
            _rows(connection, "entity"),
            _rows(connection, "profile"),
            _picture_vectors(connection),
            _count(connection, "evidence"),
        )

    def lost_items(self, connection: sqlite3.Connection) -> Mapping[str, set[int]]:
        """Return the rows of what was said and shown of items that went since, by letter."""
        return feedback_loss.gone(connection, self.items)


@dataclass(frozen=True, slots=True)
class _Made:
    """What went with the assistant's replies."""

    replies: set[int]
    kept: tuple[str, ...]
    """Ids of what they had shown, which stays."""
    vectors: int
    """How many."""


def _bury_made(
    connection: sqlite3.Connection,
    made: set[int],
    items: Sequence[str],
    before: _Before,
    *,
    said: Texts,
    of_gone: Collection[str],
    spared: frozenset[int],
    gone: Lost,
    now: datetime,
) -> _Made:
    """Delete replies that may repeat what goes, and those that may repeat what they showed.

    Args:
        connection: The user's file.
        made: The first of them.
        items: Ids of what goes.
        before: What was there.
        said: Forgotten words.
        of_gone: Ids of items that are forgotten.
        spared: Messages that go for themselves.
        gone: Takes in what the replies said.
        now: The present.
    """
    replies, kept, vectors = set[int](), list[str](), 0
    made -= spared
    while made:
        kept += _ids(EXPOSURE, feedback_loss.unlink(connection, made, items=of_gone, said=said))
        vectors += _bury_replies(connection, made, gone, now)
        replies |= made
        # What a reply showed goes with it, and so does a later reply that tells of that.
        shown = _ids(EXPOSURE, before.lost_items(connection)[EXPOSURE])
        made = _made_from(connection, [*items, *shown]) - spared - replies
    return _Made(replies, tuple(kept), vectors)


@dataclass(frozen=True, slots=True)
class _Unsaid:
    """What went with messages and claims."""

    words: set[str]
    """Their texts."""
    vectors: int
    """How many."""
    changed: set[int]
    """Claims that stay, and lost evidence or wordings."""


def _bury_said(
    connection: sqlite3.Connection,
    messages: set[int],
    claims: set[int],
    gone: Lost,
    now: datetime,
) -> _Unsaid:
    """Delete messages and claims, and see what stands without them.

    `claims` takes in those that nothing else holds; what they had replaced counts again.
    """
    touched: set[int] = set()
    for item in messages:
        touched |= column(
            connection, "SELECT proposition_id FROM evidence WHERE observation_id = ?", item
        )
    words = texts_of(connection, messages, touched | claims)
    gone.words |= words
    gone.add(unsay(connection, messages, now=now))
    vectors = sum(_bury_observation(connection, item, now) for item in messages)
    changed: set[int] = set()
    for claim in touched - claims:
        if column(
            connection,
            "SELECT 1 FROM proposition p WHERE id = ? AND (verdict IS NOT NULL OR EXISTS "
            "(SELECT 1 FROM evidence WHERE proposition_id = p.id AND polarity = 1))",
            claim,
        ) and _unsay(connection, claim, now):
            changed.add(claim)
        else:
            claims.add(claim)
    back = heirs(connection, claims)
    vectors += sum(_bury_proposition(connection, claim, now) for claim in claims)
    back |= dict.fromkeys(uncontested(connection, changed))
    for claim in changed - back.keys():
        write_version(connection, claim, cause="forget", author="user", now=now)
    reinstate(connection, back, now=now)
    return _Unsaid(words, vectors, changed)


def _bury_noted(
    connection: sqlite3.Connection,
    concepts: Sequence[str],
    attributes: Mapping[str, Sequence[str]],
    pictures: Mapping[str, Sequence[str]],
    entities: Iterable[str],
    profiles: Iterable[str],
    now: datetime,
) -> Lost:
    """Delete concepts, what they say and show, entities and profiles; return what they said."""
    gone = Lost()
    doomed = [
        (kind, row_of(connection, kind, item))
        for kind, items in zip(_DERIVED, (entities, profiles), strict=True)
        for item in dict.fromkeys(items)
    ]
    for item in {*attributes, *pictures, *concepts}:
        key_of(connection, number(item, "c"))
    for item in dict.fromkeys(concepts):
        gone.add(bury(connection, number(item, "c"), now=now))
    for item, names in attributes.items():
        if item not in concepts:
            gone.add(strip(connection, number(item, "c"), names, now=now))
    for item, images in pictures.items():
        if item not in concepts:
            gone.add(unpicture(connection, number(item, "c"), images, now=now))
    for kind, row in doomed:
        sql = _WORDS_OF[kind]
        gone.words |= {str(text) for each in connection.execute(sql, (row,)) for text in each}
        connection.execute(f"DELETE FROM {kind} WHERE id = ?", (row,))
    return gone


_DERIVED: tuple[Kind, Kind] = ("entity", "profile")
_WORDS_OF: Mapping[Kind, str] = {
    "entity": "SELECT name, fold FROM entity WHERE id = ?",
    "profile": "SELECT task, body FROM profile WHERE id = ?",
}


def _bury_replies(
    connection: sqlite3.Connection, replies: set[int], gone: Lost, now: datetime
) -> int:
    """Delete replies of the assistant; return how many vectors went."""
    gone.words |= texts_of(connection, replies, set())
    gone.add(unsay(connection, replies, now=now))
    return sum(_bury_observation(connection, reply, now) for reply in replies)


def _bury_events(
    connection: sqlite3.Connection, identities: Iterable[bytes], gone: Lost
) -> set[int]:
    """Delete searches, visits and mentions; return the entities that they named."""
    named: set[int] = set()
    for identity in identities:
        rows = connection.execute(
            "SELECT e.id, e.name, e.fold FROM entity e JOIN entity_mention m ON m.entity_id = e.id "
            "JOIN entity_event v ON v.id = m.event_id WHERE v.identity = ?",
            (identity,),
        ).fetchall()
        for row, *words in rows:
            named.add(int(row))
            gone.words.update(words)
        connection.execute("DELETE FROM entity_event WHERE identity = ?", (identity,))
    return named


def _announce(connection: sqlite3.Connection, items: Iterable[str], now: datetime) -> None:
    """Say in the outbox what lost its words, or part of them: a turn under way looks there."""
    for item in items:
        kind = TABLES[item[0]]
        there = connection.execute(f"SELECT 1 FROM {kind} WHERE id = ?", (item[1:],)).fetchone()
        outbox.record(connection, f"{kind}.{'unsaid' if there else 'forgotten'}", item, now=now)


def _proof(database: Database, gone: Lost) -> Scan:
    """Overwrite what deleted rows left behind, and look for their words and pictures."""
    database.scrub()
    left = scan(database, gone.words, gone.pictures)
    if left.residue:
        _log.warning("%d traces of what was forgotten are still in a user's file", left.residue)
    return left


def _rows(connection: sqlite3.Connection, table: str) -> set[int]:
    return {int(row[0]) for row in connection.execute(f"SELECT id FROM {table}")}


def _ids(letter: str, rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(f"{letter}{row}" for row in sorted(rows))


def _picture_vectors(connection: sqlite3.Connection) -> int:
    return _count(connection, "image_vector") + _count(connection, "image_negative")


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def _made_from(connection: sqlite3.Connection, items: list[str]) -> set[int]:
    """Return the assistant's replies that were made from any of these: they may repeat them.

    A reply that was made from such a reply is one too: it may repeat what that repeated.
    """
    found: set[int] = set()
    while items:
        made = {
            int(reply)
            for item in items
            for (reply,) in connection.execute("SELECT reply FROM basis WHERE item = ?", (item,))
        }
        items = [f"o{reply}" for reply in made - found]
        found |= made
    return found


def _bury_observation(connection: sqlite3.Connection, rowid: int, now: datetime) -> int:
    connection.execute(
        "INSERT OR REPLACE INTO tombstone SELECT 'observation', identity, ? FROM observation "
        "WHERE id = ?",
        (now.timestamp(), rowid),
    )
    return _delete(connection, "observation", rowid)


def _bury_proposition(connection: sqlite3.Connection, rowid: int, now: datetime) -> int:
    texts = [
        row[0]
        for row in connection.execute(
            "SELECT text FROM proposition_version WHERE proposition_id = ?", (rowid,)
        )
    ]
    _bury_words(connection, texts, now)
    return _delete(connection, "proposition", rowid)


def _bury_words(connection: sqlite3.Connection, texts: Iterable[str], now: datetime) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO tombstone VALUES ('proposition', ?, ?)",
        [(fingerprint(text), now.timestamp()) for text in texts],
    )


def _unsay(connection: sqlite3.Connection, rowid: int, now: datetime) -> bool:
    """Take away the wordings that no evidence is left for; return whether one remains.

    A wording is backed by what arrived while it stood, and by the user's verdict on it.
    """
    backed: dict[str, bool] = {}
    for text, holds in connection.execute(
        "SELECT v.text, v.cause IN ('confirm', 'correct', 'deny') OR EXISTS "
        "(SELECT 1 FROM evidence e WHERE e.proposition_id = v.proposition_id "
        "AND e.version = v.version AND e.polarity = 1) "
        "FROM proposition_version v WHERE v.proposition_id = ? ORDER BY v.version",
        (rowid,),
    ):
        backed[text] = bool(holds) or backed.pop(text, False)
    lost = [text for text, holds in backed.items() if not holds]
    left = [text for text, holds in backed.items() if holds]
    if not left:
        return False
    _bury_words(connection, lost, now)
    connection.executemany(
        "DELETE FROM proposition_version WHERE proposition_id = ? AND text = ?",
        [(rowid, text) for text in lost],
    )
    stands = connection.execute("SELECT text FROM proposition WHERE id = ?", (rowid,)).fetchone()
    if stands[0] in lost:
        set_text(connection, rowid, left[-1])
    return True


def _delete(connection: sqlite3.Connection, kind: str, rowid: int) -> int:
    connection.execute(f"DELETE FROM {kind}_fts WHERE rowid = ?", (rowid,))
    vectors = connection.execute(
        "DELETE FROM vector WHERE kind = ? AND item = ?", (kind, rowid)
    ).rowcount
    connection.execute(f"DELETE FROM {kind} WHERE id = ?", (rowid,))
    decisions.release(connection, f"{kind[0]}{rowid}")
    return vectors


def count_checkpoints(connection: sqlite3.Connection) -> int:
    """Return how many rows LangGraph keeps of conversations."""
    return sum(
        connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]
        for name in _checkpoint_tables(connection)
    )


def drop_checkpoints(connection: sqlite3.Connection) -> int:
    """Delete what LangGraph keeps of conversations, which may repeat what goes."""
    return sum(
        connection.execute(f"DELETE FROM {name}").rowcount
        for name in _checkpoint_tables(connection)
    )


def _checkpoint_tables(connection: sqlite3.Connection) -> list[str]:
    # LangGraph's tables exist once a turn was held.
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('checkpoints', 'writes')"
    ).fetchall()
    return [row[0] for row in rows]
