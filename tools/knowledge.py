"""Public entities, shared by all users, in a Chroma collection: which one a name means.

    name → exact name or alias → one: it; several: by the context, else unsure
         → else nearest by vector and spelling → near enough, and nearer than any other: it

The set is open: what is not in the knowledge base is a stranger and gets no link. Nothing of a user
is ever written here; a lookup shows the embedder, and a server if Chroma runs on one, the name and
the text around it.

Source: K-LaMP (Baek et al., WWW 2024, arXiv 2311.06318), which keeps of a user's queries only links
to a public knowledge graph.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.links import Link
from usermind.memory.naming import bare, folded
from usermind.memory.text import digest
from usermind.models.embeddings import open_embedder
from usermind.tools import chroma
from usermind.tools.embedding import unit_vectors, vector_of, vectors_of
from usermind.tools.loading import Loaded, Progress
from usermind.tools.public_entities import PublicEntity, checked_entity, read_entities, spelt_alike
from usermind.tools.write_turns import WriteTurns
from usermind.types import Embedder, ModelPlace

T = TypeVar("T")

COLLECTION: Final = "public-entities"
_COUNT: Final = "knowledge"
"""Of the writes to a folder, by all knowledge bases in it; see `chroma.Opened`."""
FLAG: Final = "--knowledge"
"""By which another folder is named."""
BATCH: Final = 256
"""Entities that are embedded and written at once."""
NEIGHBOURS: Final = 50
"""Entities nearest by vector whose spelling is compared."""
THRESHOLD: Final = 0.7
"""Score from which on what is not spelt exactly is linked; see `benchmarks/linking.py`."""
MARGIN: Final = 0.03
"""By how much the best must beat the next one."""
TELLING: Final = 0.1
"""By how much a text must be nearer to the description of one of several that share a name."""
SPELLING: Final = 0.9
"""Weight of the spelling in the score of what is not spelt exactly; the vector has the rest."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What a name means, as far as the knowledge base can say."""

    entity: PublicEntity | None
    """None: a stranger, or it is unsure which of several."""
    score: float
    """Of the best candidate, in [0, 1]; 1: it is called exactly so. 0: there is none."""
    unsure: tuple[PublicEntity, ...] = ()
    """Those that it may be, best first, where none is clearly the best."""


class KnowledgeBase:
    """Public entities in a folder, or on a Chroma server. Thread-safe as Chroma is.

    Several processes may use one folder: each sees what the others wrote, and one at a time writes.

    Args:
        place: A folder, made when it is missing, or the http or https URL of a Chroma server.
        embedder: Makes the vectors, as for `MemoryStore`; the same one as when it was loaded.
        collection: Name of the collection; several may share a place.

    Raises:
        MissingExtraError: chromadb is not installed.
        InvalidInputError: The place is a URL of another kind.
        StoreError: The folder cannot be used, or the server not be reached.
        EmbedderMismatchError: The collection holds vectors of another embedding model.
    """

    def __init__(
        self,
        place: str | Path,
        *,
        embedder: Embedder | str | None = None,
        collection: str = COLLECTION,
    ) -> None:
        self._embedder = embedder if isinstance(embedder, Embedder) else open_embedder(embedder)
        self.place = str(place)
        self._name = collection
        self._found: Any = None
        self._opening = 0
        # Who writes to a server writes through one process.
        folder = None if chroma.is_url(self.place) else Path(place).expanduser()
        self._turns = None if folder is None else WriteTurns(folder, flag=FLAG)
        self._chroma = chroma.acquired(place)
        # One that nobody closes is closed when nobody holds it.
        self._let_go = weakref.finalize(self, _close, self._chroma, self._turns)
        self._let_go.atexit = False
        self._read(lambda rows: rows)

    def close(self) -> None:
        """Close the file, and Chroma where nobody else uses it; safe to call twice."""
        self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def recipient(self) -> ModelPlace:
        """Who sees the names that are looked up: this process, this network, or anybody."""
        return chroma.recipient(self.place, self._embedder)

    def __len__(self) -> int:
        return self._read(lambda rows: int(rows.count()))

    # -- writing --------------------------------------------------------------------------

    def load(
        self,
        path: str | Path,
        *,
        prune: bool = False,
        progress: Progress | None = None,
    ) -> Loaded:
        """Put the entities of a JSONL file in, one object a line; what is new or changed only.

        A line has `id` and `name`, and may have `aliases`, `kind`, `description` and `url`.

        Args:
            path: The file, UTF-8.
            prune: Delete what the file does not name.
            progress: Called after each batch.

        Raises:
            InvalidInputError: The file cannot be read, or rows are not as they should be; they
                are named by number, and nothing was stored.
            StoreError: Chroma failed; what was done before stays, and loading again goes on.
        """
        entities = read_entities(path)
        loaded = self.add(entities, progress=progress)
        if not prune:
            return loaded
        gone = self.delete(self.ids() - {entity.id for entity in entities})
        return Loaded(loaded.added, loaded.changed, loaded.unchanged, gone)

    def add(self, entities: Iterable[PublicEntity], *, progress: Progress | None = None) -> Loaded:
        """Put entities in, in place of those of the same id; equal ones are left as they are.

        Raises:
            InvalidInputError: An entity cannot be stored, or an id comes twice; nothing was.
            StoreError: Chroma failed; what was done before stays.
        """
        wanted = list(entities)
        given = {checked_entity(entity).id: entity for entity in wanted}
        if len(given) < len(wanted):
            raise InvalidInputError(
                f"{len(wanted) - len(given)} of {len(wanted)} entities have an id that came before."
                " Nothing was stored. Give each id once."
            )
        added = changed = 0
        rows = list(given.values())
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            known = self._digests([entity.id for entity in batch])
            due = [entity for entity in batch if known.get(entity.id) != _digest(entity)]
            self._put(due)
            changed += sum(entity.id in known for entity in due)
            added += sum(entity.id not in known for entity in due)
            if progress is not None:
                progress(min(start + BATCH, len(rows)), len(rows))
        return Loaded(added, changed, len(rows) - added - changed, 0)

    def delete(self, ids: Collection[str]) -> int:
        """Delete entities, and return how many were there; counts of users keep their names.

        Raises:
            StoreError: Chroma failed.
        """
        found = sorted(self._digests(ids))
        for start in range(0, len(found), BATCH):
            self._remove(found[start : start + BATCH])
        return len(found)

    # -- reading --------------------------------------------------------------------------

    def ids(self) -> set[str]:
        """Return the ids of all entities."""
        return self._read(lambda rows: set(rows.get(include=[])["ids"]))

    def get(self, entity_id: str) -> PublicEntity:
        """Return one entity.

        Raises:
            UnknownItemError: There is none under this id.
        """
        found = self._read(lambda rows: rows.get(ids=[entity_id]))
        if not found["ids"]:
            raise UnknownItemError(entity_id, kind="public entity")
        return _entities(found)[0]

    def link(self, name: str, context: str = "") -> Linked:
        """Return which entity a name means, in a text if there is one; a stranger is nobody.

        Raises:
            StoreError: Chroma failed.
            ModelError: The embedder failed.
        """
        return self.link_many([name], context)[name]

    def link_many(self, names: Sequence[str], context: str = "") -> dict[str, Linked]:
        """Return what each name of one text means; raises what `link` does.

        A name that is exactly one entity's name or alias is that entity. Where it is that of
        several, the context decides: it must be nearer to the description of one by `TELLING`, in
        cosine. Else the score of a candidate is `SPELLING` · likeness of the spelling +
        (1 − `SPELLING`) · cosine, and the best counts from `THRESHOLD` on when it beats the next
        one by `MARGIN`.
        """
        found: dict[str, Linked] = {}
        near: list[str] = []
        for name in dict.fromkeys(names):
            exact = self._called(name)
            if not exact:
                near.append(name)
            elif len(exact) == 1:
                found[name] = Linked(exact[0], 1.0)
            else:
                found[name] = self._told_apart(exact, context)
        if near and len(self):
            found |= self._nearest(near)
        return {name: found.get(name, Linked(None, 0.0)) for name in names}

    def resolve(self, names: Sequence[str], context: str) -> Mapping[str, Link]:
        """Return the links of the names that are surely known, as `ana.entities` asks for them."""
        return {
            name: Link(linked.entity.id, linked.entity.name)
            for name, linked in self.link_many(names, context).items()
            if linked.entity is not None
        }

    # -- inside ---------------------------------------------------------------------------

    def _read(self, ask: Callable[[Any], T]) -> T:
        """Return what the collection says to a question."""

        def read() -> T:
            with self._chroma.lock, chroma.chroma_errors(self.place, of="knowledge base"):
                return ask(self._rows)

        return self._chroma.following(self._version, read, of=_COUNT)

    def _write(self, change: Callable[[Any], object]) -> None:
        """Change the collection when it is this process's turn, after what the others wrote."""

        def write(version: int) -> None:
            self._chroma.follow(version, of=_COUNT)
            with self._chroma.lock, chroma.chroma_errors(self.place, of="knowledge base"):
                change(self._rows)

        if self._turns is None:
            write(0)
        else:
            self._chroma.saw(self._turns.take(write), of=_COUNT)

    def _version(self) -> int:
        return 0 if self._turns is None else self._turns.version

    @property
    def _rows(self) -> Any:
        """Return the collection of the client of now."""
        client = self._chroma.client
        if self._opening != self._chroma.opening:
            self._found = chroma.collection(client, self._name, self._embedder, place=self.place)
            self._opening = self._chroma.opening
        return self._found

    def _called(self, name: str) -> list[PublicEntity]:
        """Return the entities of exactly this name, else those of it without accents."""
        fold = folded(name)
        for spelling in dict.fromkeys([fold, bare(fold)]):
            if not spelling:
                continue
            found = self._spelt(spelling)
            exact = [each for each in found if fold in map(folded, each.names)]
            if found:
                return exact or found
        return []

    def _spelt(self, fold: str) -> list[PublicEntity]:
        return _entities(self._read(lambda rows: rows.get(where={"folds": {"$contains": fold}})))

    def _told_apart(self, alike: Sequence[PublicEntity], context: str) -> Linked:
        """Return the one of several of a name that fits the context best, if one clearly does."""
        if not context.strip():
            return Linked(None, 1.0, tuple(alike))
        asked = vector_of(self._embedder, context)
        # Without the names, which are the same: they would make all of them alike.
        vectors = vectors_of(self._embedder, [entity.about() for entity in alike])
        scored = [
            (_cosine(asked, vector), entity) for vector, entity in zip(vectors, alike, strict=True)
        ]
        return _best(scored, threshold=-1.0, margin=TELLING)

    def _nearest(self, names: Sequence[str]) -> dict[str, Linked]:
        made = [vector_of(self._embedder, name) for name in names]
        vectors = unit_vectors(self._embedder, made, ["a name"] * len(names))
        rows = self._read(lambda rows: rows.query(query_embeddings=vectors, n_results=NEIGHBOURS))
        found = {}
        for place, name in enumerate(names):
            one = {key: (rows[key] or [])[place] for key in ("ids", "documents", "metadatas")}
            scored = [
                (SPELLING * spelt_alike(name, each.names) + (1 - SPELLING) * (1 - far), each)
                for each, far in zip(_entities(one), rows["distances"][place], strict=True)
            ]
            found[name] = _best(scored, threshold=THRESHOLD)
        return found

    def _digests(self, ids: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        wanted = list(ids)
        for start in range(0, len(wanted), BATCH):
            rows = self._held(wanted[start : start + BATCH])
            found |= {
                id_: str(row["digest"])
                for id_, row in zip(rows["ids"], rows["metadatas"], strict=True)
            }
        return found

    def _held(self, ids: list[str]) -> Mapping[str, Any]:
        return self._read(lambda rows: rows.get(ids=ids, include=["metadatas"]))

    def _remove(self, ids: list[str]) -> None:
        self._write(lambda rows: rows.delete(ids=ids))

    def _put(self, entities: Sequence[PublicEntity]) -> None:
        if not entities:
            return
        ids = [entity.id for entity in entities]
        made = vectors_of(self._embedder, [entity.told() for entity in entities])
        vectors = unit_vectors(self._embedder, made, ids)
        self._write(
            lambda rows: chroma.replace(
                rows,
                ids,
                vectors=vectors,
                texts=[entity.description for entity in entities],
                fields=[_row(entity) for entity in entities],
            )
        )


def _close(opened: chroma.Opened, turns: WriteTurns | None) -> None:
    opened.release()
    if turns is not None:
        turns.close()


def _best(
    scored: Sequence[tuple[float, PublicEntity]], *, threshold: float, margin: float = MARGIN
) -> Linked:
    """Return the best candidate when it is good enough and clearly the best."""
    ranked = sorted(scored, key=lambda each: (-each[0], each[1].id))
    if not ranked or ranked[0][0] < threshold:
        return Linked(None, max(0.0, ranked[0][0]) if ranked else 0.0)
    top = ranked[0][0]
    close = tuple(entity for score, entity in ranked if score > top - margin)
    score = max(0.0, min(1.0, top))
    return Linked(close[0], score) if len(close) == 1 else Linked(None, score, close)


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    dot = sum(float(x) * float(y) for x, y in zip(a, b, strict=True))
    size = math.hypot(*map(float, a)) * math.hypot(*map(float, b))
    return dot / size if size else 0.0


def _digest(entity: PublicEntity) -> str:
    parts = (entity.name, *entity.aliases, "\n", entity.kind, entity.description, entity.url or "")
    return digest(*parts).hex()


def _row(entity: PublicEntity) -> dict[str, Any]:
    folds = {folded(name) for name in entity.names}
    row: dict[str, Any] = {
        "name": entity.name,
        "kind": entity.kind,
        "url": entity.url or "",
        "folds": sorted(folds | set(map(bare, folds))),
        "digest": _digest(entity),
    }
    # Chroma takes no empty lists.
    return row | ({"aliases": list(entity.aliases)} if entity.aliases else {})


def _entities(rows: Mapping[str, Any]) -> list[PublicEntity]:
    return [
        PublicEntity(
            id=id_,
            name=row["name"],
            aliases=tuple(row.get("aliases", ())),
            kind=row["kind"],
            description=text or "",
            url=row["url"] or None,
        )
        for id_, text, row in zip(rows["ids"], rows["documents"], rows["metadatas"], strict=True)
    ]
