"""Items with their vectors in a Chroma collection, in a folder or on a server.

What is here says nothing of which items a catalogue has; `interaction_store` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from usermind.memory.naming import bare, folded
from usermind.memory.text import digest
from usermind.tools import chroma
from usermind.tools.embedding import unit_vectors, vector_of, vectors_of
from usermind.tools.items import Item
from usermind.types import Embedder, ModelPlace

READ: Final = 1_000
"""Items that are read at once: SQLite, under Chroma, takes no more than so many ids by the ten."""
EMBEDDED: Final = 2_000
"""Characters of an item that its vector is made of; models that are served refuse longer texts."""
TITLE: Final = "usermind:title"
"""Where the title stands beside the attributes, which have their own names."""
NAMES: Final = "usermind:names"
"""Where stands, folded, what an item is called: its title, with and without what follows it in
brackets."""
EXACT: Final = "usermind:exact"
"""Where numbers stand that Chroma would round in their last bit, as JSON."""
_BRACKETS: Final = re.compile(r"(\s*\([^()]*\))+\s*$")

T = TypeVar("T")

Vectors = NDArray[np.float32]
"""(items, dimensions), each of unit length."""


class ItemCollection:
    """Items and their vectors. Opens nothing before it is used; thread-safe as Chroma is.

    Args:
        place: A folder, or the URL of a Chroma server.
        name: Of the collection.
        embedder: Makes what makes the vectors, which only writing and searching ask for.
    """

    def __init__(self, place: str | Path, name: str, embedder: Callable[[], Embedder]) -> None:
        self.place, self.name = str(place), name
        self._make = embedder
        self._chroma = chroma.acquired(place)
        self._count = f"items {name}"
        self._found: Any = None
        self._opening = 0
        self._checked = False

    def close(self) -> None:
        """Let go of Chroma; nothing may follow."""
        self._chroma.release()

    def follow(self, version: int) -> None:
        """See what other processes wrote; see `chroma.Opened.follow`."""
        self._chroma.follow(version, of=self._count)

    def following(self, version: Callable[[], int], read: Callable[[], T]) -> T:
        """Read what all processes wrote; see `chroma.Opened.following`."""
        return self._chroma.following(version, read, of=self._count)

    def saw(self, version: int) -> None:
        """Take down that this process made a version."""
        self._chroma.saw(version, of=self._count)

    @cached_property
    def embedder(self) -> Embedder:
        """What makes the vectors."""
        return self._make()

    @property
    def made_by(self) -> str | None:
        """By what embedder its vectors were made, as `name_of` has it; None: there are none."""
        with self._errors():
            return chroma.made_by(self._found) if self._is_there() else None

    @property
    def recipient(self) -> ModelPlace:
        """Who sees the words that are searched for."""
        return chroma.recipient(self.place, self.embedder)

    def embedded(self, items: Sequence[Item]) -> Vectors:
        """Return the vectors of items.

        Raises:
            EmbedderMismatchError: The collection holds vectors of another embedder.
            InvalidModelOutputError: The embedder returned too few, or vectors of several lengths,
                or such as have no direction.
            ModelError: The embedder failed.
        """
        self._check_embedder()
        vectors = vectors_of(self.embedder, [item.told()[:EMBEDDED] for item in items])
        return unit_vectors(self.embedder, vectors, [item.id for item in items])

    def write(self, items: Sequence[Item], vectors: Vectors) -> None:
        """Put items in, in place of those of the same id."""
        with self._errors():
            chroma.replace(
                self._writable,
                [item.id for item in items],
                vectors=vectors,
                texts=[item.text for item in items],
                fields=[_row(item) for item in items],
            )

    def delete(self, ids: Collection[str]) -> None:
        """Delete items; ids that are not there are passed over."""
        with self._errors():
            for part in self._parts(ids):
                self._found.delete(ids=part)

    def present(self, ids: Collection[str]) -> set[str]:
        """Return which ids are there."""
        found: set[str] = set()
        with self._errors():
            for part in self._parts(ids):
                found.update(self._found.get(ids=part, include=[])["ids"])
        return found

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Return items by id; those that are not there are left out."""
        found: dict[str, Item] = {}
        with self._errors():
            for part in self._parts(ids):
                rows = self._found.get(ids=part, include=["documents", "metadatas"])
                for id_, text, row in zip(
                    rows["ids"], rows["documents"], rows["metadatas"], strict=True
                ):
                    found[id_] = _item(id_, text, row)
        return found

    def vectors(self, ids: Collection[str]) -> tuple[list[str], Vectors]:
        """Return the ids that are there, and a vector for each, in an order of its own."""
        kept: list[str] = []
        parts: list[Vectors] = []
        with self._errors():
            for part in self._parts(ids):
                rows = self._found.get(ids=part, include=["embeddings"])
                if rows["ids"]:
                    kept += rows["ids"]
                    parts.append(np.asarray(rows["embeddings"], dtype=np.float32))
        return kept, np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)

    def called(self, name: str) -> list[str]:
        """Return the ids of what is called exactly so; case, accents and the year do not count."""
        fold = bare(folded(name))
        with self._errors():
            if not fold or not self._is_there():
                return []
            found = self._found.get(where={NAMES: {"$contains": fold}}, include=[])
        return [str(id_) for id_ in found["ids"]]

    def nearest(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        """Return at most k ids with their cosine to a vector, the nearest first."""
        with self._errors():
            if not self._is_there():
                return []
            rows = self._found.query(query_embeddings=[vector], n_results=k, include=["distances"])
        return [
            (id_, 1.0 - float(far))
            for id_, far in zip(rows["ids"][0], rows["distances"][0], strict=True)
        ]

    def asked(self, text: str) -> Vectors:
        """Return (dimensions,) the vector of words that are searched for; raises as `embedded`."""
        self._check_embedder()
        asked = [vector_of(self.embedder, text[:EMBEDDED])]
        vector: Vectors = unit_vectors(self.embedder, asked, ["the words"])[0]
        return vector

    # -- inside ---------------------------------------------------------------------------

    @property
    def _writable(self) -> Any:
        """The collection, made where it is missing, and known to be of this embedder."""
        if not self._is_there() or not self._checked:
            self._found = chroma.collection(
                self._chroma.client, self.name, self.embedder, place=self.place
            )
            self._checked = True
        return self._found

    def _check_embedder(self) -> None:
        with self._errors():
            assert self._writable is not None

    def _is_there(self) -> bool:
        """Return whether there is a collection to read; another process may make it any time."""
        client = self._chroma.client
        if self._found is None or self._opening != self._chroma.opening:
            self._found = chroma.existing(client, self.name)
            self._opening = self._chroma.opening
        return self._found is not None

    def _parts(self, ids: Collection[str]) -> Iterator[list[str]]:
        """Yield ids in parts that Chroma takes at once; none where there is no collection."""
        every = list(ids)
        if every and self._is_there():
            for start in range(0, len(every), READ):
                yield every[start : start + READ]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with self._chroma.lock, chroma.chroma_errors(self.place, of="catalogue"):
            yield


def item_digest(item: Item) -> bytes:
    """Return 32 bytes that differ when anything of an item does."""
    parts = [item.title, item.text]
    for name, value in sorted(item.attributes.items()):
        words = value if isinstance(value, tuple) else (repr(value),)
        parts += [name, type(value).__name__, str(len(words)), *words]
    return digest(*parts)


def _row(item: Item) -> Mapping[str, object]:
    names = {bare(folded(name)) for name in (item.title, _BRACKETS.sub("", item.title))}
    exact = {name: value for name, value in item.attributes.items() if _is_rounded(value)}
    # Chroma takes no empty lists.
    return (
        {TITLE: item.title, NAMES: sorted(names - {""}) or [""]}
        | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in item.attributes.items()
            if value != ()
        }
        | ({EXACT: json.dumps(exact)} if exact else {})
    )


def _is_rounded(value: object) -> bool:
    """Return whether Chroma may give back another number: one that takes more than 15 digits."""
    if not isinstance(value, float) or value == 0:
        return False
    return not 1e-6 < abs(value) < 1e15 or float(f"{value:.15g}") != value


def _item(id_: str, text: str | None, row: Mapping[str, Any]) -> Item:
    exact = json.loads(row.get(EXACT, "{}"))
    attributes = {
        name: tuple(value) if isinstance(value, list) else exact.get(name, value)
        for name, value in sorted(row.items())
        if name not in (TITLE, NAMES, EXACT)
    }
    return Item(id_, str(row[TITLE]), text or "", attributes)
