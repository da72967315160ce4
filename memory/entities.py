"""Entities: the public things a user searched for, read about or mentioned, and how often.

    text → privacy gate → extractor → event (source, time, hash) + mentions → counts on reading

The text itself is not kept. Counts are never stored: they are aggregates over the mentions, so
whatever is forgotten leaves them as if it had never been counted.

Source: K-LaMP (Baek et al., WWW 2024, arXiv 2311.06318), its entity store and its three ways to
select; `discover` is the co-occurrence retrieval of ResearchAgent, by the same authors.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import links
from usermind.memory.forgetting import drop_checkpoints
from usermind.memory.instructions import instruction
from usermind.memory.journal import USER, Draft, Entry, number, prepared
from usermind.memory.keyphrases import LONGEST, MOST, keyphrases
from usermind.memory.links import Link, Linker
from usermind.memory.naming import folded
from usermind.memory.privacy import topics
from usermind.memory.privacy.findings import PLACEHOLDER
from usermind.memory.receipt import DeletionReceipt
from usermind.memory.selection import draw, together
from usermind.memory.text import checked, digest
from usermind.memory.words import cuts

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

Strategy = Literal["familiar", "unfamiliar", "lapsed"]

LAPSE = timedelta(days=14)
"""An entity last seen longer ago than this has lapsed."""

_ID = re.compile(r"e[1-9][0-9]{0,17}")


class Extractor(Protocol):
    """What finds the entities of a text: a linker, a gazetteer, a model."""

    def __call__(self, text: str, /) -> Sequence[str]:
        """Return the names that stand in a text; what names the same is best named the same."""
        ...


@dataclass(frozen=True, slots=True)
class Entity:
    """A public thing that a user's searches, visits and mentions named."""

    id: str
    name: str
    """As it was first written."""
    count: int
    """Events that named it, at least 1."""
    first_seen: datetime
    """Event time, UTC."""
    last_seen: datetime
    """Event time, UTC."""
    sources: tuple[str, ...]
    """Where the events came from, sorted."""
    link: str | None = None
    """Id of the public entity that it is, in the knowledge base that said so; see `links`."""


class EntityDoor:
    """`ana.entities`: what one user searched for, read about and mentioned.

    Where a name or an id is asked for, "e12" is the id when an entity has it, else a name.
    """

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    # -- writing --------------------------------------------------------------------------

    def record(
        self,
        text: str,
        *,
        at: datetime | None = None,
        source: str | None = None,
        external_id: str | None = None,
        observation: str | None = None,
        extract: Extractor | None = None,
        linker: Linker | None = None,
    ) -> tuple[Entity, ...]:
        """Count the entities of a search, a page visit or a mention, and return them as they stand.

        The text is not stored. The same event arriving twice counts once: by `source` and
        `external_id`, or without an id by source, words and time. One that was forgotten stays
        away. A text that touches a private topic, one whose observation is in quarantine, and one
        that names nothing leave no trace and give `()`.

        Args:
            text: What was searched for, read or said.
            at: When; naive means local time, None means now.
            source: Where it comes from ("search", "page", "chat", …); None means "search".
            external_id: Its id at the source.
            observation: The observation it stands in; forgetting that forgets this. Without an
                `external_id` the event is the observation itself, and reflection on it does not
                count it once more.
            extract: Finds the names; None: `keyphrases`, offline. Of what it finds the first 20
                of at most 100 characters count, each once.
            linker: Says which names mean the same public entity; None: the store's, if it has one.

        Raises:
            InvalidInputError: A field cannot be stored.
            UnknownUserError: An observation is named of a user without a memory.
            UnknownItemError: There is no such observation.
            PrivacyError: The privacy gate broke; nothing was stored.
        """
        words = checked(text)
        now, privacy = self._memory.now(), self._memory.privacy
        if observation is not None and external_id is None:
            said = self._memory.observation(observation)
            at, source, external_id = at or said.at, source or said.source, said.id
        draft = Draft(text=words, at=at or now, source=source or "search", external_id=external_id)
        prepared(draft, now=now)  # refuses bad input before anything else looks at it
        kept = privacy.storable(words, author=USER)
        if kept is None:
            return ()
        fit = replace(draft, text=kept, external_id=privacy.label(external_id))
        names = self._fit(kept, keyphrases if extract is None else extract)
        if (knows := self._memory.linker() if linker is None else linker) is not None:
            names = self._linked(names, kept, knows)
        return self._count(prepared(fit, now=now), words, names, observation) if names else ()

    def link(self, linker: Linker | None = None) -> int:
        """Link what was counted without a linker, and return how many entities it moved.

        Counts of several names of one public entity become one. The names that the user gave it
        stay only in what they and the assistant said; forgetting the entity takes those replies.

        Args:
            linker: Who says; None: the store's.

        Raises:
            InvalidInputError: No linker is given, and the store has none.
        """
        knows = self._memory.linker() if linker is None else linker
        if knows is None:
            raise InvalidInputError(
                "There is no linker. Nothing was linked. Pass one, such as a "
                "`usermind.tools.KnowledgeBase`, or open the store with `linker=`."
            )
        if not self._memory.exists:
            return 0
        with self._memory.open() as file:
            with file.database.read() as connection:
                names = links.unlinked(connection)
            found = self._resolved(list(names.values()), "", knows)
            known = {
                fold: found[name]
                for fold, name in names.items()
                if name in found and self._may_hold(found[name].name)
            }
            with file.database.write() as connection:
                moved = links.relink(connection, known, now=self._memory.now())
                if moved:  # what LangGraph keeps holds the names too
                    drop_checkpoints(connection)
            if moved:
                file.database.scrub()
        return moved

    def forget_event(self, source: str, external_id: str) -> DeletionReceipt:
        """Delete a search, visit or mention with what it alone named; it is not counted again.

        The replies that counted what it named go too.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: No event of this source has this id.
        """
        stored_id = self._memory.privacy.label(external_id) or external_id
        identity = digest("id", source, stored_id)
        with self._memory.open() as file, file.database.read() as connection:
            known = connection.execute(
                "SELECT 1 FROM entity_event WHERE identity = ?", (identity,)
            ).fetchone()
        if known is None:
            raise UnknownItemError(external_id, kind="event")
        return self._memory.forget(entity_events=[identity])

    def forget(self, name_or_id: str) -> DeletionReceipt:
        """Delete an entity with its mentions and the replies made from it.

        Replays of the events that named it do not bring it back; new events may.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: There is no such entity.
        """
        return self._memory.forget(entities=[self.get(name_or_id).id])

    # -- reading --------------------------------------------------------------------------

    def get(self, name_or_id: str) -> Entity:
        """Return one entity, by its id or by its name in any case.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: There is no such entity.
        """
        with self._memory.open() as file, file.database.read() as connection:
            return _get(connection, name_or_id)

    def select(
        self, strategy: Strategy, names: Sequence[str] = (), *, k: int = 5, seed: int = 0
    ) -> list[str]:
        """Return names to personalise a context with, drawn without replacement, first drawn first.

        familiar: of those that are stored, likely in proportion to their count. lapsed: of those
        last seen more than `LAPSE` ago, likewise. unfamiliar: of all, stored or not, in
        proportion to 1 / (count + 1). The same store, names and seed give the same.

        Args:
            strategy: Which.
            names: Entities of the context; one that is stored comes back as it is stored. Empty:
                all that are stored, where the paper would select nothing.
            k: How many at most.
            seed: Of the draw.

        Raises:
            InvalidInputError: The strategy is unknown, `k` is below 1, or `names` is one string.

        Source: K-LaMP, whose three strategies and weights we know from a reimplementation.
        """
        if strategy not in get_args(Strategy):
            raise InvalidInputError(
                f"Unknown strategy {strategy!r}; known are {list(get_args(Strategy))}."
            )
        _check_positive(k, "k")
        known = {folded(entity.name): entity for entity in reversed(self.list())}
        wanted = dict.fromkeys(map(folded, _several(names))) if names else dict.fromkeys(known)
        written = {folded(name): " ".join(name.split()) for name in reversed(names)}
        weights: dict[str, float] = {}
        for key in sorted(filter(None, wanted)):
            weight = self._weight(strategy, known.get(key))
            if weight > 0:
                weights[key] = weight
        chosen = draw(weights, k=k, seed=seed)
        return [known[key].name if key in known else written[key] for key in chosen]

    def discover(self, names: Sequence[str], *, k: int = 10) -> list[Entity]:
        """Return entities that go with a context and are not in it, best first.

        Score: log2 P(e) + Σ log2 P(c | e) over the stored entities c of the context, where P(e) is
        the share of all mentions and P(c | e) that of the mentions beside e. Only entities that
        share `selection.TOGETHER` events or more with the context; ties in the order of `list`.

        Args:
            names: The context.
            k: How many at most.

        Raises:
            InvalidInputError: `k` is below 1 or `names` is one string.

        Source: ResearchAgent (Baek et al.), code/knowledge/store.py. Names that are not
        stored are left out: they would lower all scores alike.
        """
        _check_positive(k, "k")
        wanted = set(map(folded, _several(names)))
        if not wanted or not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            scores = together(connection, links.rows_named(connection, wanted))
            found = counted(connection, only=scores)
        return sorted(found, key=lambda entity: -scores[number(entity.id, "e")])[:k]

    def mentioned_in(self, text: str) -> list[Entity]:
        """Return the stored entities whose names stand in a text as whole words, longest first.

        Case does not matter. A name within a longer one that stands there does not count: in "New
        York Times" only that is mentioned. In scripts without spaces a part of a run counts.

        Raises:
            InvalidInputError: The text is no string.
        """
        if not isinstance(text, str):
            raise InvalidInputError(
                f"The text is of type {type(text).__name__}; a string was expected."
            )
        if not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            return named(connection, text)

    # Last of the public ones: in a class body its name hides the builtin from annotations below.
    def list(self, limit: int | None = None) -> list[Entity]:
        """Return the entities, most counted first; ties by last seen, newest first, then name.

        Args:
            limit: How many at most; None for all.

        Raises:
            InvalidInputError: `limit` is below 1.
        """
        if limit is not None:
            _check_positive(limit, "limit")
        if not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            return counted(connection)[:limit]

    # -- inside ---------------------------------------------------------------------------

    def _fit(self, text: str, extract: Extractor) -> dict[str, str]:
        """Return the names that may be stored, by how they are compared."""
        names: dict[str, str] = {}
        # What the gate took out of a text is no name, and what stood around it is not one either.
        for found in extract(PLACEHOLDER.sub(" | ", text)):
            name = " ".join(checked(found, what="entity").split())
            if not folded(name) or len(name) > LONGEST or instruction(name) is not None:
                continue
            if self._may_hold(name):
                names.setdefault(folded(name), name)
            if len(names) == MOST:
                break
        return names

    def _linked(self, names: Mapping[str, str], text: str, linker: Linker) -> dict[str, str]:
        """Return public names in place of those that are known, by what makes mentions the same."""
        found = self._resolved(list(names.values()), text, linker)
        kept: dict[str, str] = {}
        for fold, name in names.items():
            if (link := found.get(name)) is None:
                kept.setdefault(fold, name)
            elif self._may_hold(link.name):
                kept.setdefault(links.key_of(link), link.name)
        return kept

    def _may_hold(self, name: str) -> bool:
        return self._memory.privacy.storable(name, author=USER) == name

    def _resolved(self, names: Sequence[str], context: str, linker: Linker) -> Mapping[str, Link]:
        """Ask a linker, which sees what a model in its place may see."""
        recipient = str(getattr(linker, "recipient", "remote model"))
        with self._memory.privacy.egress(recipient, log=self._memory.exists) as out:
            shown = [name for name in names if out.text(name) == name]
            around = (out.text(context) or "") if context else ""
        return linker.resolve(shown, around) if shown else {}

    def _count(
        self, entry: Entry, words: str, names: Mapping[str, str], observation: str | None
    ) -> tuple[Entity, ...]:
        create = observation is None
        with self._memory.open(create=create) as file, file.database.write() as connection:
            # Read again in the transaction that writes: topics may have come since.
            private = topics.matchers(topics.rows(connection))
            if topics.touching(private, "\n".join([words, *names.values()])):
                return ()
            row = None if observation is None else _observation(connection, observation)
            if row is not None and _is_hidden(connection, row):
                return ()
            event = _event(connection, entry, names, row)
            rows = connection.execute(
                "SELECT entity_id FROM entity_mention WHERE event_id = ?", (event,)
            )
            return tuple(counted(connection, only={id_ for (id_,) in rows}))

    def _weight(self, strategy: Strategy, entity: Entity | None) -> float:
        count = entity.count if entity else 0
        if strategy == "unfamiliar":
            return 1 / (count + 1)
        if strategy == "lapsed" and entity and self._memory.now() - entity.last_seen <= LAPSE:
            return 0.0
        return float(count)


def named(connection: sqlite3.Connection, text: str) -> list[Entity]:
    """Return the entities that a text names; see `EntityDoor.mentioned_in`."""
    places = _standing(folded(text), links.names(connection))
    order = list(places)
    found = counted(connection, only=places)
    return sorted(found, key=lambda entity: order.index(number(entity.id, "e")))


def _several(names: Sequence[str]) -> Sequence[str]:
    if isinstance(names, str):
        raise InvalidInputError("`names` is one string; a list of names was expected.")
    return names


def _check_positive(value: int, name: str) -> None:
    if value < 1:
        raise InvalidInputError(f"`{name}` is {value}; ask for at least 1 entity.")


def _observation(connection: sqlite3.Connection, observation: str) -> int:
    row = number(observation, "o")
    if connection.execute("SELECT 1 FROM observation WHERE id = ?", (row,)).fetchone() is None:
        raise UnknownItemError(observation, kind="observation")
    return row


def _is_hidden(connection: sqlite3.Connection, observation: int) -> bool:
    """Return whether an observation is kept out of prompts."""
    row = connection.execute("SELECT quarantine FROM observation WHERE id = ?", (observation,))
    return row.fetchone()[0] is not None


def _event(
    connection: sqlite3.Connection,
    entry: Entry,
    names: Mapping[str, str],
    observation: int | None,
) -> int | None:
    """Store an event unless it is known or was forgotten; return its row, if it has one."""
    known = connection.execute(
        "SELECT id FROM entity_event WHERE identity = ?", (entry.identity,)
    ).fetchone()
    if known is not None:
        return int(known[0])
    if connection.execute(
        "SELECT 1 FROM tombstone WHERE kind = 'entity event' AND hash = ?", (entry.identity,)
    ).fetchone():
        return None
    event = connection.execute(
        "INSERT INTO entity_event (identity, observation_id, source, at) VALUES (?, ?, ?, ?)",
        (entry.identity, observation, entry.source, entry.event_at),
    ).lastrowid
    connection.executemany(
        "INSERT OR IGNORE INTO entity (name, fold) VALUES (?, ?)",
        [(name, key) for key, name in names.items()],
    )
    connection.executemany(
        "INSERT INTO entity_mention SELECT id, ?, 1 FROM entity WHERE fold = ?",
        [(event, key) for key in names],
    )
    return event


def _get(connection: sqlite3.Connection, name_or_id: str) -> Entity:
    checked(name_or_id, what="name or id")
    found: list[Entity] = []
    if _ID.fullmatch(name_or_id):
        found = counted(connection, only={number(name_or_id, "e")})
    if not found:
        found = counted(connection, only=links.rows_named(connection, [folded(name_or_id)]))
    if not found:
        raise UnknownItemError(name_or_id, kind="entity")
    return found[0]


def counted(connection: sqlite3.Connection, *, only: Collection[int] | None = None) -> list[Entity]:
    """Return entities, counted anew from their mentions, most counted first."""
    rows = connection.execute(
        "SELECT e.id, e.name, SUM(m.count), MIN(v.at), MAX(v.at), "
        "json_group_array(DISTINCT v.source), e.fold FROM entity e "
        "JOIN entity_mention m ON m.entity_id = e.id JOIN entity_event v ON v.id = m.event_id "
        "WHERE :only IS NULL OR e.id IN (SELECT value FROM json_each(:only)) "
        "GROUP BY e.id ORDER BY 3 DESC, 5 DESC, e.name, e.id",
        {"only": None if only is None else json.dumps(list(only))},
    )
    return [
        Entity(
            id=f"e{id_}",
            name=name,
            count=count,
            first_seen=datetime.fromtimestamp(first, UTC),
            last_seen=datetime.fromtimestamp(last, UTC),
            sources=tuple(sorted(json.loads(sources))),
            link=links.public_id(fold),
        )
        for id_, name, count, first, last, sources, fold in rows
    ]


def _standing(text: str, names: Iterable[tuple[int, str]]) -> dict[int, None]:
    """Return the rows of the names that stand in a text, in the order given; a place counts once.

    Args:
        text: Folded.
        names: Rows and folded names, longest first.
    """
    taken = bytearray(len(text))
    found: dict[int, None] = {}
    for row, name in names:
        start = text.find(name)
        while start >= 0:
            end = start + len(name)
            if not any(taken[start:end]) and not cuts(text, start) and not cuts(text, end):
                taken[start:end] = b"\x01" * len(name)
                found[row] = None
            start = text.find(name, start + 1)
    return found
