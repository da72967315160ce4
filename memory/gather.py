"""Recall over every kind of memory: rows that are ranked, and things that a query names.

Observations and propositions are ranked by `recall`. Concepts, entities and profiles are few and
short: a concept counts when the query names it, says most of what is asked, or is a word of it.
What was said and shown of an item counts when the query says its title.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import get_args

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import concepts, entities, item_events, profiles, ranking, recall
from usermind.memory.entities import Entity
from usermind.memory.item_events import Exposure, ItemEvent
from usermind.memory.item_titles import Table
from usermind.memory.journal import USER, instant, number
from usermind.memory.naming import mentions
from usermind.memory.pool import OpenFile
from usermind.memory.profiles import Profile
from usermind.memory.recall import MAX_QUERY, Recollection
from usermind.memory.receipt import EXPOSURE, FEEDBACK
from usermind.memory.terms import terms_of
from usermind.memory.vectors import Vectors
from usermind.memory.words import words
from usermind.memory.works import How
from usermind.prompts import SHOWN, verdict
from usermind.types import Kind

NAMED = 0.95
"""Score of what a query names; divided by the number of things that go by an ambiguous name."""
TOLD = 0.8
"""Score of a concept that says all that is asked without being named."""
SHARE = 0.5
"""Share of a question's words below which a concept does not answer it."""
FAMILIAR = 0.5
"""Score of an entity that a query names and that was met very often; half of it the first time."""
SUMMED_UP = 0.5
"""Score of a profile that says all words of a query."""
TITLED: Mapping[How, float] = {"surely": NAMED, "perhaps": 0.3}
"""Score of an item that was judged or shown, by how a query names it. One word may mean something
else: "Where is Oslo?" asks of the town, and what was said of it comes before a film."""
LOOKED_AT = 50
"""Concepts without a name in the query that are compared with it, the most recently edited."""


def gather(
    file: OpenFile,
    vectors: Vectors,
    query: str,
    *,
    k: int,
    kinds: Sequence[Kind] | None,
    min_score: float,
    exclude: Sequence[str],
    as_of: datetime | None,
    written_by: str | None,
    now: datetime,
) -> list[Recollection]:
    """Return the memories of all wanted kinds that fit a query, best first.

    With `as_of` only observations and propositions are recalled: the others have no past. Without
    `kinds` that is all but what was said and shown of items, which `ASKED_FOR` names.

    Raises:
        InvalidInputError: `k` is below 1, the query is no text, a kind is unknown, or one without
            a past is asked for `as_of`.
    """
    wanted = _checked(query, k, kinds, as_of)
    rows = [kind for kind in wanted if kind in recall.KINDS]
    hits: list[Recollection] = []
    if rows:
        hits = recall.recall(
            file,
            vectors,
            query,
            k=k,
            kinds=rows,
            min_score=min_score,
            exclude=exclude,
            as_of=as_of,
            written_by=written_by,
            now=now,
        )
    text = query.strip()[:MAX_QUERY]
    with file.database.read() as connection:
        noted = [
            hit
            for kind in wanted
            if kind in NOTED
            for hit in NOTED[kind](file, connection, text, k + len(exclude))
            if hit.score >= min_score and hit.id not in exclude
        ]
    if not noted:
        return hits
    key = _by_score if text else _by_time
    return sorted([*noted, *hits], key=key)[:k]


def recollect(file: OpenFile, ids: Sequence[str]) -> list[Recollection]:
    """Return the memories of these ids, in their order; what is gone is left out."""
    found = {hit.id: hit for hit in recall.recollect(file, ids)}
    with file.database.read() as connection:
        for id_ in ids:
            found |= {hit.id: hit for hit in _by_id(connection, id_)}
    return [found[id_] for id_ in ids if id_ in found]


def _by_id(connection: sqlite3.Connection, id_: str) -> list[Recollection]:
    """Return the concept, entity, profile, verdict or what was shown of an id; else nothing."""
    if (row := number(id_, "c")) >= 0:
        return _concepts(connection, {row: (0.0, _BY_ID)})
    if (row := number(id_, "e")) >= 0:
        return [_entity(each, 0.0, _BY_ID) for each in entities.counted(connection, only={row})]
    if number(id_, "f") >= 0:
        kept = (each for each in profiles.kept(connection) if each.id == id_)
        return [_profile(each, 0.0, _BY_ID) for each in kept]
    if (row := number(id_, FEEDBACK)) >= 0:
        said = item_events.events(connection, "WHERE f.id = ?", row)
        return [_verdict(each, 0.0, _BY_ID) for each in said]
    if (row := number(id_, EXPOSURE)) >= 0:
        shown = item_events.exposures(connection, "WHERE id = ?", row)
        return [_exposure(each, 0.0, _BY_ID) for each in shown]
    return []


def resting_on(connection: sqlite3.Connection, observation: str) -> tuple[str, ...]:
    """Return the ids of what rests on a message: claims, concepts, entities, profiles, replies.

    Last comes what was said and shown of items.

    Raises:
        UnknownItemError: There is no such message.
    """
    row = number(observation, "o")
    if connection.execute("SELECT 1 FROM observation WHERE id = ?", (row,)).fetchone() is None:
        raise UnknownItemError(observation, kind="observation")
    return tuple(
        f"{letter}{found}"
        for letter, sql in _RESTING
        for (found,) in connection.execute(sql, (row,))
    )


_RESTING = (
    ("p", "SELECT proposition_id FROM evidence WHERE observation_id = ? AND polarity = 1 "
          "ORDER BY 1"),
    ("c", "SELECT concept_id FROM concept_basis WHERE observation_id = ? ORDER BY 1"),
    ("e", "SELECT DISTINCT m.entity_id FROM entity_event v JOIN entity_mention m "
          "ON m.event_id = v.id WHERE v.observation_id = ? ORDER BY 1"),
    ("f", "SELECT profile_id FROM profile_basis WHERE observation_id = ? ORDER BY 1"),
    ("o", "SELECT reply FROM basis WHERE item = 'o' || ? ORDER BY 1"),
    (FEEDBACK, "SELECT id FROM feedback WHERE ? IN (observation_id, answered) ORDER BY 1"),
    (EXPOSURE, "SELECT id FROM exposure WHERE observation_id = ? ORDER BY 1"),
)  # fmt: skip


_BY_ID = "named by its id"
_NEWEST = "newest first"


def held(file: OpenFile) -> tuple[Kind, ...]:
    """Return the kinds beside observations and propositions of which there is anything."""
    with file.database.read() as connection:
        return tuple(
            kind
            for kind in NOTED
            if connection.execute(f"SELECT 1 FROM {kind} LIMIT 1").fetchone() is not None
        )


def _by_score(hit: Recollection) -> tuple[float, float, str]:
    return (-hit.score, -hit.at.timestamp(), hit.id)


def _by_time(hit: Recollection) -> tuple[float, str]:
    return (-hit.at.timestamp(), hit.id)


def checked_query(query: object) -> str:
    """Return a query that is text.

    Raises:
        InvalidInputError: It is none, or holds a lone surrogate.
    """
    if not isinstance(query, str):
        raise InvalidInputError(
            f"The query is of type {type(query).__name__}; a string was expected."
        )
    if any("\ud800" <= character <= "\udfff" for character in query):
        raise InvalidInputError(
            "The query holds a lone surrogate: its bytes were not UTF-8. "
            "Decode the source with the right encoding."
        )
    return query


def _checked(
    query: object, k: int, kinds: Sequence[Kind] | None, as_of: datetime | None
) -> Sequence[Kind]:
    checked_query(query)
    if k < 1:
        raise InvalidInputError(f"`k` is {k}; ask for at least 1 memory.")
    if kinds is None:
        return recall.KINDS if as_of is not None else BY_DEFAULT
    if unknown := set(kinds) - set(get_args(Kind)):
        raise InvalidInputError(
            f"Unknown kinds {sorted(unknown)}; known are {list(get_args(Kind))}, and "
            f"None for all but {list(ASKED_FOR)}."
        )
    if as_of is not None and (without := set(kinds) - set(recall.KINDS)):
        raise InvalidInputError(
            f"{sorted(without)} have no past; with `as_of` ask for {list(recall.KINDS)}."
        )
    return tuple(dict.fromkeys(kinds))


def named_concepts(connection: sqlite3.Connection, query: str, most: int) -> list[Recollection]:
    """Return the concepts that a query names or asks about, best first; all for an empty one."""
    if not query:
        newest = connection.execute(
            "SELECT id FROM concept ORDER BY updated_at DESC, id DESC LIMIT ?", (most,)
        )
        return _concepts(connection, {row: (0.0, _NEWEST) for (row,) in newest})
    scores: dict[int, tuple[float, str]] = {}
    for mention in mentions(connection, query):
        why = f"the query says {mention.text!r}"
        if mention.ambiguous:
            why += f", which may be any of {', '.join(map(repr, mention.keys))}"
        for key in mention.keys:
            row = connection.execute("SELECT id FROM concept WHERE key = ?", (key,)).fetchone()[0]
            scores[row] = max(scores.get(row, (0.0, "")), (NAMED / len(mention.keys), why))
    scores = _asked_about(connection, query) | scores
    best = sorted(scores, key=lambda row: (-scores[row][0], row))[:most]
    return _concepts(connection, {row: scores[row] for row in best})


def _asked_about(connection: sqlite3.Connection, query: str) -> dict[int, tuple[float, str]]:
    terms = set(terms_of(ranking.content_query(query)))
    # One word in common says little, unless it is looked for by itself: nobody says no more to an
    # assistant, and "Salmon?" asks.
    least = 1 if words(query) == [(0, len(query))] else 2
    if len(terms) < least:
        return {}
    rows = connection.execute(
        "SELECT id, key, body FROM concept ORDER BY updated_at DESC LIMIT ?", (LOOKED_AT,)
    )
    scores = {}
    for row, key, body in rows:
        shared = terms & set(terms_of(concepts.load(body).render(key)))
        if len(shared) >= max(least, SHARE * len(terms)):
            why = "says the word" if least == 1 else f"says {len(shared)} words of it"
            scores[row] = (TOLD * len(shared) / len(terms), why)
    return scores


def _concepts(
    connection: sqlite3.Connection, scores: Mapping[int, tuple[float, str]]
) -> list[Recollection]:
    found = []
    for row, (score, why) in scores.items():
        stored = connection.execute(
            "SELECT key, body, updated_at FROM concept WHERE id = ?", (row,)
        ).fetchone()
        if stored is not None:
            key, body, at = stored
            text = concepts.load(body).render(key)
            found.append(_noted(f"c{row}", "concept", text, score, instant(at), key, why))
    return found


def named_entities(connection: sqlite3.Connection, query: str, most: int) -> list[Recollection]:
    """Return the entities that a query names, the most counted first; all for an empty one."""
    if not query:
        every = [_entity(each, 0.0, _NEWEST) for each in entities.counted(connection)]
        return sorted(every, key=_by_time)[:most]
    found = [
        _entity(each, FAMILIAR * (1 - 0.5**each.count), f"the query says {each.name!r}")
        for each in entities.named(connection, query)
    ]
    return sorted(found, key=_by_score)[:most]


def _entity(entity: Entity, score: float, why: str) -> Recollection:
    times = "once" if entity.count == 1 else f"{entity.count} times"
    since = f", since {entity.first_seen:%Y-%m-%d}" if entity.count > 1 else ""
    text = f"{entity.name}: {times}{since} ({', '.join(entity.sources)})"
    return _noted(entity.id, "entity", text, score, entity.last_seen, entity.name, why)


def kept_profiles(connection: sqlite3.Connection, query: str, most: int) -> list[Recollection]:
    """Return the profiles that share a word with a query, newest first; all for an empty one."""
    terms = set(terms_of(ranking.content_query(query))) if query else set()
    found = []
    for profile in profiles.kept(connection):
        shared = terms & set(terms_of(f"{profile.task} {profile.text}"))
        if not query or shared:
            score = SUMMED_UP * len(shared) / len(terms) if query else 0.0
            found.append(_profile(profile, score, "words in common" if query else _NEWEST))
    return sorted(found, key=_by_score if query else _by_time)[:most]


def _profile(profile: Profile, score: float, why: str) -> Recollection:
    return _noted(profile.id, "profile", profile.text, score, profile.at, profile.task, why)


def verdicts_on(
    file: OpenFile, connection: sqlite3.Connection, query: str, most: int
) -> list[Recollection]:
    """Return the latest verdicts on items that a query names, best first; all for an empty one.

    A later verdict takes the place of an earlier one on the same item.
    """
    newest = "ORDER BY f.at DESC, f.id DESC LIMIT ?"
    if not query:
        last = item_events.events(connection, f"{item_events.LATEST} {newest}", most)
        return [_verdict(each, 0.0, _NEWEST) for each in last]
    named = _titled(file, connection, "feedback", query)
    where = f"{item_events.LATEST} AND f.id IN (SELECT value FROM json_each(?)) {newest}"
    said = item_events.events(connection, where, json.dumps([*named]), -1)
    found = [_verdict(each, *named[number(each.id, FEEDBACK)]) for each in said]
    return sorted(found, key=_by_score)[:most]


def shown_of(
    file: OpenFile, connection: sqlite3.Connection, query: str, most: int
) -> list[Recollection]:
    """Return when items that a query names were last shown, best first; all for an empty one."""
    last = "WHERE id IN (SELECT MAX(id) FROM exposure {} GROUP BY item) ORDER BY id DESC LIMIT ?"
    if not query:
        newest = item_events.exposures(connection, last.format(""), most)
        return [_exposure(each, 0.0, _NEWEST) for each in newest]
    named = _titled(file, connection, "exposure", query)
    where = last.format("WHERE id IN (SELECT value FROM json_each(?))")
    shown = item_events.exposures(connection, where, json.dumps([*named]), -1)
    found = [_exposure(each, *named[number(each.id, EXPOSURE)]) for each in shown]
    return sorted(found, key=_by_score)[:most]


def _titled(
    file: OpenFile, connection: sqlite3.Connection, table: Table, query: str
) -> dict[int, tuple[float, str]]:
    """Return the rows whose items a query names, with score and reason."""
    named = file.titles.named(connection, table, query, state=file.database.state())
    return {
        row: (TITLED[how], f"the query {_SAYS[how]} its title")
        for row, how in named.items()
        if how in TITLED
    }


_SAYS: Mapping[How, str] = {"surely": "says", "perhaps": "may say"}


def _verdict(event: ItemEvent, score: float, why: str) -> Recollection:
    text = f"{verdict(event.weight)} {event.title}"
    return _noted(event.id, "feedback", text, score, event.at, event.title, why)


def _exposure(shown: Exposure, score: float, why: str) -> Recollection:
    text = f"{SHOWN} {shown.title}"
    return _noted(shown.id, "exposure", text, score, shown.at, shown.title, why)


def _noted(
    id_: str, kind: Kind, text: str, score: float, at: datetime, name: str, why: str
) -> Recollection:
    return Recollection(
        id=id_,
        kind=kind,
        text=text,
        score=score,
        confidence=None,
        at=at,
        author=USER,
        source=_SOURCES[kind],
        session=None,
        external_id=name,
        why=why,
    )


_SOURCES: Mapping[Kind, str] = {
    "concept": "concepts",
    "entity": "entities",
    "profile": "profiles",
    "feedback": "feedback",
    "exposure": "recommendations",
}
NOTED: Mapping[Kind, Callable[[OpenFile, sqlite3.Connection, str, int], list[Recollection]]] = {
    "concept": lambda _, *asked: named_concepts(*asked),
    "entity": lambda _, *asked: named_entities(*asked),
    "profile": lambda _, *asked: kept_profiles(*asked),
    "feedback": verdicts_on,
    "exposure": shown_of,
}
"""By kind of what is not ranked: who finds it, given the query and how many at most."""
ASKED_FOR: tuple[Kind, ...] = ("feedback", "exposure")
"""Kinds that are recalled only where they are asked for. They hold titles, which are made of the
words that everything else is made of, and there may be thousands."""
BY_DEFAULT: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind not in ASKED_FOR)
"""Kinds that are recalled where none is named."""
