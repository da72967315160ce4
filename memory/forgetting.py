"""Forgetting: what goes when something is forgotten, and the receipt that says so."""

import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    with database.write() as connection:
        named_for = meant(connection, observations, propositions, feedback)
        wanted, claims = named_for.messages, named_for.claims
        of_items = feedback_loss.held(connection)
        offered = suggestion_rows.words(connection)
        showing = feedback_loss.bury_shown(connection, exposures) - wanted
        unseen = feedback_loss.gone(connection, of_items)[EXPOSURE]
        moved = feedback_loss.keep(connection, named_for.left_over, now=now)
        buried = {number(item, "c") for item in concepts}
        summaries, named = _rows(connection, "profile"), _rows(connection, "entity")
        seen = _count(connection, "image_vector") + _count(connection, "image_negative")
        gone = _bury_noted(
            connection, concepts, attributes or {}, pictures or {}, entities, profiles, now
        )
        counted = _bury_events(connection, entity_events, gone)
        links = _count(connection, "evidence")
        unsaid = _bury_said(connection, wanted, claims, gone, now)
        vectors = unsaid.vectors
        named -= _rows(connection, "entity")
        summaries -= _rows(connection, "profile")
        verdicts = feedback_loss.gone(connection, of_items)[FEEDBACK]
        lost = {
            "o": wanted,
            "p": claims,
            "c": gone.rows,
            "e": named | counted,
            "f": summaries,
            FEEDBACK: verdicts,
        }
        items = [f"{letter}{row}" for letter, rows in lost.items() for row in sorted(rows)]
        kept = [f"{FEEDBACK}{row}" for row in sorted(moved)]
        _announce(connection, [*items, *(f"p{claim}" for claim in unsaid.changed), *kept], now)
        of_gone = feedback_loss.items(of_items, {FEEDBACK: verdicts, EXPOSURE: unseen})
        replies: set[int] = set()
        shown = [f"{EXPOSURE}{row}" for row in sorted(unseen)]
        told = [*items, *(f"o{reply}" for reply in showing), *shown]
        made = (_made_from(connection, told) | showing) - wanted
        while made:
            left = feedback_loss.unlink(connection, made, items=of_gone, said=Texts(unsaid.words))
            kept += [f"{EXPOSURE}{row}" for row in sorted(left)]
            vectors += _bury_replies(connection, made, gone, now)
            replies |= made
            # What a reply showed goes with it, and so does a later reply that tells of that.
            shown = _unseen(connection, of_items)
            made = _made_from(connection, [*items, *shown]) - wanted - replies
        gone.words |= feedback_loss.words(of_items, feedback_loss.gone(connection, of_items))
        shown = _unseen(connection, of_items)
        _announce(connection, [*(f"o{reply}" for reply in sorted(replies)), *shown], now)
        unoffered = offered.keys() - suggestion_rows.words(connection).keys()
        gone.words |= {word for row in unoffered for word in offered[row]}
        wanted |= replies
        checkpoints = drop_checkpoints(connection)
        links -= _count(connection, "evidence")
        vectors += seen - _count(connection, "image_vector") - _count(connection, "image_negative")
        titles = {each.title for each in named_for.verdicts}
        titles |= {of_items[EXPOSURE][row][1] for row in unseen}
        still = feedback_loss.still_said(connection, titles)
    search = _proof(database, gone)
    return DeletionReceipt(
        user_id=user_id,
        at=now,
        observations=tuple(f"o{item}" for item in sorted(wanted)),
        propositions=tuple(f"p{item}" for item in sorted(claims)),
        vectors=vectors,
        checkpoints=checkpoints,
        evidence=links,
        concepts=tuple(f"c{item}" for item in sorted(buried)),
        entities=tuple(f"e{item}" for item in sorted(named)),
        profiles=tuple(f"f{item}" for item in sorted(summaries)),
        attributes=gone.attributes,
        pictures=len(gone.pictures),
        feedback=tuple(f"{FEEDBACK}{item}" for item in sorted(verdicts)),
        exposures=tuple(shown),
        suggestions=tuple(f"{suggestion_rows.LETTER}{row}" for row in sorted(unoffered)),
        kept=tuple(kept),
        still=still,
        scanned=search.scanned,
        residue=search.residue,
        searched=search.searched,
    )


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


def _unseen(connection: sqlite3.Connection, before: feedback_loss.Rows) -> list[str]:
    """Return the ids of what had been shown, and is not on record any more."""
    lost = feedback_loss.gone(connection, before)[EXPOSURE]
    return [f"{EXPOSURE}{row}" for row in sorted(lost)]


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
