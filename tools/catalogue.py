"""What can be recommended, and who did what with it: items in Chroma, interactions in SQLite.

    folder/interactions.sqlite3   people, interactions, which items there are (`interaction_store`)
    folder/chroma/                titles, texts, attributes and vectors; or a Chroma server by URL
    folder/recommenders/          what was fitted on them (`recommenders/files`)

A catalogue is shared by all users and holds nothing of the memory of any. A search shows the
embedder, and a server if Chroma runs on one, the words that are searched for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Final, Self

import numpy as np

from usermind.errors import InvalidInputError, NotInCatalogueError
from usermind.models._transport import veiled
from usermind.models.embeddings import open_embedder
from usermind.tools import chroma
from usermind.tools.checked_items import checked_item
from usermind.tools.chroma import needed
from usermind.tools.interaction_files import Interactions, Scale, read_interactions
from usermind.tools.interaction_store import InteractionStore, Recorded
from usermind.tools.interactions import INSTALL, Interaction, InteractionLog
from usermind.tools.item_collection import ItemCollection, Vectors, item_digest
from usermind.tools.item_files import read_items
from usermind.tools.item_filter import ItemFilter
from usermind.tools.items import Item, ItemTable
from usermind.tools.loading import Loaded, Progress
from usermind.tools.movielens import THINGS as FILMS
from usermind.tools.movielens import movies_in, ratings_beside, read_movies
from usermind.tools.recommenders.files import NAME as FITTED
from usermind.tools.snapshot import Snapshot, Snapshots, following, lost
from usermind.types import Embedder, ModelPlace

STORE: Final = "interactions.sqlite3"
"""The file by which a folder is known to hold a catalogue."""
MODELS: Final = "recommenders"
"""The folder of what was fitted."""
BATCH: Final = 256
"""Items that are embedded and written at once; a load that is stopped loses no more."""
FEW: Final = 2_000
"""Items up to which all that pass a filter are compared; Chroma's index looks for more."""
THINGS: Final = ("item", "items")
"""How people speak of what is in a catalogue of which nobody said it."""
ALL: Final = ItemFilter()


@dataclass(frozen=True, slots=True)
class Found:
    """An item that was searched for."""

    item: Item
    score: float
    """Cosine of what was asked and the item, in [−1, 1]; 1: it is called exactly so."""


class Catalogue:
    """Items and interactions in a folder. Thread-safe; several processes may share the folder.

    Only the SQLite file is opened at once; Chroma and the embedder when they are first needed. A
    folder that cannot be written can be read: Chroma then works on a copy (`chroma.Opened`).

    Args:
        folder: Made when it is missing.
        chroma: The http or https URL of a Chroma server for the items; None: one in the folder.
            Each catalogue has a collection of its own there.
        embedder: Makes the vectors, as for `MemoryStore`, or a function that makes it; the same
            one as when items were added.

    Raises:
        InvalidInputError: The URL names no Chroma server.
        MissingExtraError: chromadb or scipy is not installed. Nothing was made.
        StoreError: The folder cannot be used.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        chroma: str | None = None,
        embedder: Embedder | Callable[[], Embedder] | str | None = None,
    ) -> None:
        self.folder = Path(folder).expanduser()
        self.chroma = None if chroma is None else _checked_url(chroma)
        self._given = embedder
        needed("chromadb", "scipy", install=INSTALL)  # scipy: what ranks the items
        self._store = InteractionStore(self.folder / STORE)
        place = self.chroma or str(self.folder / "chroma")
        # On a server several catalogues may lie side by side.
        name = f"items-{self._store.meta('key')}" if self.chroma else "items"
        self._rows = ItemCollection(place, name, self._embedder)
        self._kept = Snapshots(self._store, self._rows)
        self._lock = RLock()
        self._closed = False
        self._log: tuple[int, InteractionLog] | None = None

    def close(self) -> None:
        """Close the file, and Chroma where nobody else uses it; safe to call twice."""
        self._store.close()
        if not self._closed:
            self._closed = True
            self._rows.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- reading --------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """A number that every write makes higher, by whichever process."""
        return self._store.version

    @property
    def items_version(self) -> int:
        """A number that every change of an item makes higher."""
        return self._store.items_version

    def __len__(self) -> int:
        return len(self._store)

    @property
    def items(self) -> ItemTable:
        """All items, in the order in which they came first; the same table until one changes.

        Raises:
            StoreDamagedError: Chroma lacks items that were stored.
        """
        return self._kept.items

    def vectors(self) -> Vectors:
        """Return (items, dimensions) vectors of unit length; see `snapshot` for whose they are."""
        return self.snapshot().vectors

    def snapshot(self) -> Snapshot:
        """Return all items, and the vector of each: who else writes may change neither alone.

        Raises:
            StoreDamagedError: Chroma lacks items that were stored.
        """
        return self._kept.snapshot()

    def log(self, items: ItemTable | None = None) -> InteractionLog:
        """Return all interactions, in the order in which they came first.

        Args:
            items: The table that they are over, such as that of a `snapshot`; those with other
                items are left out. None: `items` of now.
        """
        with self._lock:
            table = self.items if items is None else items
            if self._log is None or self._log[0] != self.version or self._log[1].items is not table:
                version, columns = self._store.columns()
                rows = ItemTable.bare(columns.ids).rows_in(table)[columns.items]
                # What another process added since the table was read waits for the next call.
                kept = rows >= 0
                self._log = (
                    version,
                    InteractionLog(
                        table,
                        columns.people[kept],
                        rows[kept],
                        columns.weights[kept],
                        columns.times[kept],
                        columns.n_people,
                    ),
                )
            return self._log[1]

    def get(self, item_id: str) -> Item:
        """Return one item.

        Raises:
            NotInCatalogueError: There is none of this id.
        """
        if item_id not in self:
            raise NotInCatalogueError(item_id)
        found = following(self._store, self._rows, lambda: self._rows.items([item_id]))
        if not found:
            raise lost(1, self._rows)
        return found[item_id]

    def __contains__(self, item_id: object) -> bool:
        return isinstance(item_id, str) and bool(self._store.digests([item_id]))

    def search(self, text: str, k: int = 10, where: ItemFilter = ALL) -> list[Found]:
        """Return at most k items that pass a filter: those called so, then the nearest to a text.

        Up to `FEW` items that pass are all compared. Of more, Chroma's index finds the nearest,
        which may miss one. What does not pass never comes, and fewer than k only where fewer pass.

        Raises:
            InvalidInputError: k is below 1, or there are no words.
            EmbedderMismatchError: The vectors were made by another embedder.
            ModelError: The embedder failed.
        """
        if k < 1 or not text.strip():
            raise InvalidInputError(
                f"A search for {k} items by {len(text.split())} words was asked for. Expected 1 or "
                "more of both. Nothing was searched."
            )
        if not len(self):
            return []
        passes = self._passing(where)
        asked = self._rows.asked(text)
        near = following(self._store, self._rows, lambda: self._nearest(asked, k, passes))
        called = self._store.digests(self._rows.called(text))
        scores = dict(near) | {id_: 1.0 for id_ in called if passes is None or id_ in passes}
        best = sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:k]
        items = self._rows.items([id_ for id_, _ in best])
        # What another process deletes this moment is found no more.
        return [
            Found(items[id_], max(-1.0, min(1.0, score))) for id_, score in best if id_ in items
        ]

    @property
    def embedder(self) -> Embedder:
        """What makes its vectors."""
        return self._rows.embedder

    @property
    def made_by(self) -> str | None:
        """The id of the model that made the vectors that are there; None: there are none yet."""
        return self._rows.made_by if len(self) else None

    @property
    def recipient(self) -> ModelPlace:
        """Who sees the words that are searched for: this process, this network, or anybody."""
        return self._rows.recipient

    @property
    def things(self) -> tuple[str, ...]:
        """The words by which people speak of its items: `("film", "movie", "watch")`.

        Raises:
            InvalidInputError: What is set are no such words; the ones before are kept.
        """
        told = self._store.meta("things")
        return THINGS if told is None else tuple(told.split("\n"))

    @things.setter
    def things(self, words: Sequence[str]) -> None:
        kept = tuple(dict.fromkeys(word.strip() for word in words))
        if not kept or not all(word and word.isprintable() for word in kept):
            raise InvalidInputError(
                f"{words!r} are no words by which people speak of items. The ones before were "
                "kept. Give some like ('film', 'movie')."
            )
        if kept != self.things:
            self._store.set_meta("things", "\n".join(kept))

    @property
    def sizes(self) -> tuple[int, int]:
        """How many people, and how many interactions there are."""
        return self._store.sizes()

    @property
    def models(self) -> tuple[str, ...]:
        """The names under which something fitted lies in the folder, sorted."""
        found = (self.folder / MODELS).glob(f"*/{FITTED}")
        return tuple(sorted(path.parent.name for path in found))

    # -- writing --------------------------------------------------------------------------

    def load(
        self,
        path: str | Path,
        *,
        interactions: str | Path | None = None,
        scale: Scale | None = None,
        prefix: str = "",
        prune: bool = False,
        progress: Progress | None = None,
    ) -> tuple[Loaded, Recorded]:
        """Take in the items of a file, or a MovieLens folder with its ratings.

        What is there word for word is left as it is. A load that was stopped goes on where it was.

        Args:
            path: JSONL, CSV, TSV or Parquet (`item_files`), or what `movielens` reads.
            interactions: A file of them (`interaction_files`), in place of ratings in the folder.
            scale: The lowest and highest rating; None: as `read_interactions` has it.
            prefix: Put before the ids of all items, such as `"films:"`. A memory knows items by
                their ids alone, so the catalogues that serve one memory must not share any.
            prune: Delete the items that the file does not name, with their interactions.
            progress: Called after each batch, first of items, then of interactions, with how many
                of both together are done.

        Raises:
            InvalidInputError: A file cannot be read, or rows are not as they should be; they are
                named by number. Or no interaction is with an item. Nothing was stored.
            MissingExtraError: It is a Parquet file and pyarrow is missing.
            EmbedderMismatchError, ModelError, StoreError: As for `add`.
        """
        movies = movies_in(Path(path))
        tags = movies.with_name("tags.csv") if movies and Path(path).is_dir() else None
        items = read_movies(movies, tags=tags) if movies else read_items(Path(path))
        items = [replace(item, id=f"{prefix}{item.id}") for item in items] if prefix else items
        if prune and not items:
            raise InvalidInputError(
                f"{path} names no item, so pruning would delete all there are. Nothing was "
                "deleted. Give the file with the items, or delete the catalogue's folder."
            )
        if interactions is None and movies and Path(path).is_dir():
            interactions = ratings_beside(movies)
        events = Interactions()
        if interactions is not None:
            events = read_interactions(Path(interactions), scale=scale).under(prefix)
            self._check_known(events, items, prune=prune)
        if movies and self._store.meta("things") is None:
            self.things = FILMS
        return self._take(items, events, prune=prune, progress=progress)

    def add(self, items: Iterable[Item], *, progress: Progress | None = None) -> Loaded:
        """Put items in, in place of those of the same id; equal ones are left as they are.

        Raises:
            InvalidInputError: An item cannot be stored, or an id comes twice; nothing was.
            EmbedderMismatchError: The vectors there were made by another embedder.
            ModelError: The embedder failed, or returned what is no vector. What was done before
                stays; adding all of them again goes on there.
            StoreError: Chroma or SQLite failed; as above.
        """
        wanted = ItemTable(checked_item(item) for item in items)
        self._sweep()
        added = changed = 0
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            known = self._known([item.id for item in batch])
            digests = {item.id: item_digest(item) for item in batch}
            due = [item for item in batch if known.get(item.id) != digests[item.id]]
            if due:
                vectors = self._rows.embedded(due)
                self._put(due, vectors, {item.id: digests[item.id] for item in due})
            changed += sum(item.id in known for item in due)
            added += sum(item.id not in known for item in due)
            if progress is not None:
                progress(start + len(batch), len(wanted))
        return Loaded(added, changed, len(wanted) - added - changed)

    def delete(self, item_ids: Collection[str]) -> int:
        """Delete items with their interactions, and return how many were there.

        Raises:
            StoreError: Chroma or SQLite failed.
        """
        gone = self._store.remove(list(dict.fromkeys(item_ids)))
        self._sweep()
        return gone

    def add_interactions(
        self, interactions: Collection[Interaction], *, progress: Progress | None = None
    ) -> Recorded:
        """Record what people did; the same person, item and time again replaces what is there.

        Raises:
            InvalidInputError: One cannot be stored. What was stored before it stays.
            StoreError: SQLite failed; as above.
        """
        return self._store.record(interactions, total=len(interactions), progress=progress)

    # -- inside ---------------------------------------------------------------------------

    def _take(
        self,
        items: Sequence[Item],
        events: Interactions,
        *,
        prune: bool,
        progress: Progress | None,
    ) -> tuple[Loaded, Recorded]:
        tell = progress or (lambda done, total: None)
        total = len(items) + len(events)
        loaded = self.add(items, progress=lambda done, _: tell(done, total))
        if prune:
            wanted = {item.id for item in items}
            gone = self.delete([id_ for id_ in self._store.ids() if id_ not in wanted])
            loaded = replace(loaded, deleted=gone)
        recorded = self.add_interactions(
            events, progress=lambda done, _: tell(len(items) + done, total)
        )
        return loaded, recorded

    def _check_known(self, events: Interactions, items: Sequence[Item], *, prune: bool) -> None:
        """Refuse interactions none of which is with an item: their ids are of something else."""
        known = {item.id for item in items} | (set() if prune else set(self._store.ids()))
        if len(events) and known.isdisjoint(events.item_ids):
            raise InvalidInputError(
                f"None of the {len(events):,} interactions is with an item of the catalogue. "
                "Nothing was stored. Check that both files call the items by the same ids."
            )

    def _embedder(self) -> Embedder:
        given = self._given
        if given is None or isinstance(given, str):
            return open_embedder(given)
        return given if isinstance(given, Embedder) else given()

    def _put(self, items: Sequence[Item], vectors: Vectors, digests: dict[str, bytes]) -> None:
        def write(version: int) -> None:
            self._rows.follow(version)
            self._rows.write(items, vectors)

        self._rows.saw(self._store.put(digests, write))

    def _sweep(self) -> None:
        def delete(version: int, ids: Collection[str]) -> None:
            self._rows.follow(version)
            self._rows.delete(ids)

        version = self._store.sweep(delete)
        if version is not None:
            self._rows.saw(version)

    def _known(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Return the digests of items that are there, their vectors too."""
        known = self._store.digests(ids)
        there = self._rows.present(known)
        return {id_: digest for id_, digest in known.items() if id_ in there}

    def _passing(self, where: ItemFilter) -> frozenset[str] | None:
        """Return the ids that pass; None: all do."""
        if not where.conditions and not where.exclude and where.only is None:
            return None
        table = self.items
        return frozenset(table.ids[row] for row in np.flatnonzero(where.mask(table)))

    def _nearest(
        self, asked: Vectors, k: int, passes: frozenset[str] | None
    ) -> list[tuple[str, float]]:
        """Return the nearest of those that pass, k of them or all, with their cosines."""
        wanted = len(self) if passes is None else len(passes)
        n = 2 * k
        while wanted > FEW and n <= FEW:
            found = self._rows.nearest(asked, n)
            known = self._store.digests([id_ for id_, _ in found])
            near = [
                each for each in found if each[0] in known and (passes is None or each[0] in passes)
            ]
            if len(near) >= k:
                return near[:k]
            n *= 4
        # Few pass, or the index does not reach them: of near copies it may lose sight.
        ids, vectors = self._rows.vectors(self._store.ids() if passes is None else passes)
        return [*zip(ids, map(float, vectors @ asked), strict=True)] if ids else []


def _checked_url(place: str) -> str:
    if not chroma.is_url(place):
        raise InvalidInputError(
            f"{veiled(place)!r} is no URL of a Chroma server. Nothing was read or written. "
            "Expected one like 'http://localhost:8000'; without it the items lie in the "
            "catalogue's folder."
        )
    chroma.address(place)
    return place
