"""Forgetting what was said and shown of items: their rows, and the messages that held them.

    "I loved Heat and hated Alien", forget Heat
      → the message, the verdict and the claims on Heat go; the verdict on Alien, and the claim that
        says it, rest on a message of their own from then on

What was shown of an item stays where a reply that showed it goes for another reason: that it was
shown tells nothing of why.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from usermind.errors import UnknownItemError
from usermind.memory.feedback import SOURCE, sentence
from usermind.memory.instructions import instruction
from usermind.memory.item_events import ItemEvent, events
from usermind.memory.journal import ASSISTANT, Draft, insert, number, prepared
from usermind.memory.privacy import topics
from usermind.memory.receipt import EXPOSURE, FEEDBACK, TABLES
from usermind.memory.text import digest
from usermind.memory.works import Hints, Texts

KINDS = (FEEDBACK, EXPOSURE)

Rows = Mapping[str, Mapping[int, tuple[str, str]]]
"""Item and title by row, by the letter of the ids."""


# -- what goes ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spoken:
    """What goes with what was said of items."""

    verdicts: tuple[ItemEvent, ...] = ()
    messages: frozenset[int] = frozenset()
    """The observations that they rest on."""
    claims: frozenset[int] = frozenset()
    """Those that rest on these, among others, and speak of the items."""


def spoken(connection: sqlite3.Connection, feedback: Iterable[str]) -> Spoken:
    """Return what goes with what was said of items, by id.

    Raises:
        UnknownItemError: One of the ids does not exist.
    """
    found = {id_: _verdict(connection, id_) for id_ in feedback}
    claims = {
        claim
        for verdict in found.values()
        for message in _messages(verdict)
        for claim, said in _claims_on(connection, message).items()
        if said.name(verdict.title)
    }
    messages = frozenset(each for verdict in found.values() for each in _messages(verdict))
    return Spoken(tuple(found.values()), messages, frozenset(claims))


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What a message that goes had said of an item, which stays."""

    verdict: ItemEvent
    claims: tuple[int, ...]
    """Claims that say it, and nothing of another item that the message judged."""


def left_over(
    connection: sqlite3.Connection,
    messages: Iterable[int],
    *,
    named: Collection[int],
    gone: Spoken,
    going: Collection[int],
) -> list[LeftOver]:
    """Return what stays of what messages that go had said of items.

    It stays where a message goes for what it says of another item, and for nothing else.

    Args:
        connection: The user's file.
        messages: Those that go, but for those that were named themselves.
        named: Claims that were named.
        gone: What was said of items, and goes.
        going: All claims that go with either.
    """
    private = topics.matchers(topics.rows(connection))
    items = {verdict.item_id for verdict in gone.verdicts}
    titles = {verdict.title for verdict in gone.verdicts}
    found: list[LeftOver] = []
    for message in messages:
        judged = [each for each in resting_on(connection, [message]) if _message(each) == message]
        if not judged:
            continue
        said = _claims_on(connection, message)
        meant = [texts for claim, texts in said.items() if claim in named]
        about = items | {each.item_id for each in judged for t in meant if t.name(each.title)}
        known = titles | {each.title for each in judged if each.item_id in about}
        if not about or not all(any(texts.name(title) for title in known) for texts in meant):
            continue  # what was named speaks of something else, perhaps of any of them
        for each in judged:
            if each.item_id in about or topics.touching(private, f"{each.title}\n{each.item_id}"):
                continue
            others = {other.title for other in judged if other.item_id != each.item_id} | known
            claims = tuple(
                claim
                for claim, texts in said.items()
                if claim not in going
                and texts.name(each.title)
                and not any(texts.touch(other) for other in others)
            )
            found.append(LeftOver(each, claims))
    return found


def resting_on(connection: sqlite3.Connection, messages: Iterable[int]) -> list[ItemEvent]:
    """Return what these messages say of items, what an answer told of which was meant included."""
    where = "WHERE ? IN (f.observation_id, f.answered) ORDER BY f.id"
    found = (each for message in messages for each in events(connection, where, message))
    return list({each.id: each for each in found}.values())


def keep(connection: sqlite3.Connection, found: Iterable[LeftOver], *, now: datetime) -> set[int]:
    """Let what stays rest on messages of its own, before its message is deleted; return its rows.

    Reflection learns from such a message where no claim has come along.
    """
    rows: set[int] = set()
    for each in found:
        verdict, before = each.verdict, _message(each.verdict)
        row, text, is_data = _written_for(connection, verdict, now=now)
        connection.execute(
            "UPDATE feedback SET observation_id = ?, own = 1 WHERE id = ?",
            (row, number(verdict.id, FEEDBACK)),
        )
        rows.add(number(verdict.id, FEEDBACK))
        if is_data:
            continue  # what reads like an instruction is no evidence
        for claim in each.claims:
            connection.execute(
                "UPDATE evidence SET observation_id = ?, quote_start = 0, quote_end = ? "
                "WHERE proposition_id = ? AND observation_id = ?",
                (row, len(text), claim, before),
            )
            connection.execute("DELETE FROM work WHERE observation_id = ?", (row,))
    return rows


def _written_for(
    connection: sqlite3.Connection, verdict: ItemEvent, *, now: datetime
) -> tuple[int, str, bool]:
    """Write the message of a verdict; return its row and text, and whether it is no word of theirs.

    It is told from equal ones, and from any that was forgotten, by what it was made from.
    """
    text, is_data = sentence(verdict.title, verdict.weight), instruction(verdict.title) is not None
    draft = Draft(
        text=text,
        at=min(verdict.at, now),  # a clock may have gone back since
        source=SOURCE,
        tier="observed" if is_data else None,
    )
    identity = digest("verdict", verdict.id, verdict.observation)
    receipt = insert(connection, replace(prepared(draft, now=now), identity=identity))
    assert receipt.id is not None, "no message rests on one verdict twice"
    return number(receipt.id, "o"), text, is_data


def _claims_on(connection: sqlite3.Connection, message: int) -> dict[int, Texts]:
    """Return all wordings of the claims that a message speaks for."""
    texts: dict[int, list[str]] = {}
    for claim, text in connection.execute(
        "SELECT v.proposition_id, v.text FROM evidence e JOIN proposition_version v "
        "ON v.proposition_id = e.proposition_id WHERE e.observation_id = ? AND e.polarity = 1",
        (message,),
    ):
        texts.setdefault(int(claim), []).append(text)
    return {claim: Texts(said) for claim, said in texts.items()}


def _messages(verdict: ItemEvent) -> list[int]:
    """Return the messages that go with a verdict."""
    return [number(each, "o") for each in (verdict.observation, verdict.answered) if each]


def _message(verdict: ItemEvent) -> int:
    return number(verdict.observation, "o")


def _verdict(connection: sqlite3.Connection, item: str) -> ItemEvent:
    found = events(connection, "WHERE f.id = ?", number(item, FEEDBACK))
    if not found:
        raise UnknownItemError(item, kind=TABLES[FEEDBACK])
    return found[0]


# -- what was shown -------------------------------------------------------------------------


def bury_shown(connection: sqlite3.Connection, exposures: Iterable[str]) -> set[int]:
    """Delete what was shown of items, by id; return the replies that showed it: they say the title.

    Raises:
        UnknownItemError: One of the ids does not exist.
    """
    rows, replies = set[int](), set[int]()
    for item in exposures:
        found = connection.execute(
            "SELECT x.id, o.id FROM exposure x LEFT JOIN observation o ON o.id = x.observation_id "
            "AND o.author = ? WHERE x.id = ?",
            (ASSISTANT, number(item, EXPOSURE)),
        ).fetchone()
        if found is None:
            raise UnknownItemError(item, kind=TABLES[EXPOSURE])
        rows.add(found[0])
        replies |= {found[1]} - {None}
    connection.executemany("DELETE FROM exposure WHERE id = ?", [(row,) for row in rows])
    return replies


def unlink(
    connection: sqlite3.Connection,
    replies: Iterable[int],
    *,
    items: Collection[str],
    said: Texts,
) -> set[int]:
    """Take from what was shown the replies that go, and return the rows.

    It says no more than that an item was shown then. What is of a forgotten item stays with its
    reply, and goes with it.

    Args:
        connection: The user's file.
        replies: Those that go, and were not named themselves.
        items: Ids of items that are forgotten.
        said: Forgotten words; the items that they name are forgotten, too.
    """
    left = {
        int(row)
        for reply in replies
        for row, item, title in connection.execute(
            "SELECT id, item, title FROM exposure WHERE observation_id = ?", (reply,)
        )
        if item not in items and not said.name(title)
    }
    connection.executemany(
        "UPDATE exposure SET observation_id = NULL WHERE id = ?", [(row,) for row in left]
    )
    return left


# -- what went, and what is left ------------------------------------------------------------


def held(connection: sqlite3.Connection) -> Rows:
    """Return what was said and shown of items."""
    return {
        letter: {
            int(row): (item, title)
            for row, item, title in connection.execute(
                f"SELECT id, item, title FROM {TABLES[letter]}"
            )
        }
        for letter in KINDS
    }


def gone(connection: sqlite3.Connection, before: Rows) -> Mapping[str, set[int]]:
    """Return the rows that were there before and are no longer, by the letter of their ids."""
    now = held(connection)
    return {letter: before[letter].keys() - now[letter].keys() for letter in KINDS}


def items(before: Rows, lost: Mapping[str, set[int]]) -> set[str]:
    """Return the ids of the items that lost rows speak of."""
    return {before[letter][row][0] for letter, rows in lost.items() for row in rows}


def words(before: Rows, lost: Mapping[str, set[int]]) -> set[str]:
    """Return the ids and titles of the items that lost rows speak of."""
    return {word for letter, rows in lost.items() for row in rows for word in before[letter][row]}


def still_said(connection: sqlite3.Connection, titles: Collection[str]) -> tuple[str, ...]:
    """Return the ids of the messages and claims that name a title, claims first."""
    if not titles:
        return ()
    hints = Hints(titles)
    return tuple(
        f"{letter}{row}"
        for letter, table in (("p", "proposition"), ("o", "observation"))
        for row, text in connection.execute(f"SELECT id, text FROM {table} ORDER BY id")
        if not hints.pass_by(text) and any(map(Texts([text]).name, titles))
    )
