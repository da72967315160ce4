"""The items of a catalogue at one moment, and their vectors, kept up with what anybody writes.

What did not change since the last time is taken from it and not read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import TypeVar

import numpy as np

from usermind.errors import StoreDamagedError
from usermind.tools.interaction_store import Entry, InteractionStore
from usermind.tools.item_collection import ItemCollection, Vectors
from usermind.tools.items import Item, ItemTable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The items of a catalogue at one moment, and what goes with each."""

    items: ItemTable
    vectors: Vectors
    """(items, dimensions), of unit length, in the order of this table."""


class Snapshots:
    """Takes snapshots of one catalogue. Thread-safe.

    Args:
        store: Says which items there are.
        rows: Holds them.
    """

    def __init__(self, store: InteractionStore, rows: ItemCollection) -> None:
        self._store, self._rows = store, rows
        self._lock = RLock()
        self._items: tuple[int, ItemTable] = (0, ItemTable(()))
        self._vectors: tuple[ItemTable, Vectors] | None = None

    @property
    def items(self) -> ItemTable:
        """All items; see `Catalogue.items`."""
        with self._lock:
            version, table = self._items
            if version != self._store.items_version:
                self._items = self._read(version, table)
            return self._items[1]

    def snapshot(self) -> Snapshot:
        """Return all items, and the vector of each; see `Catalogue.snapshot`."""
        with self._lock:
            while self._vectors is None or self._vectors[0] is not self.items:
                table = self.items
                try:
                    self._vectors = table, self._filled(table)
                except StoreDamagedError:
                    if table is self.items:
                        raise
                    continue  # deleted while it was read
                break  # what another process wrote since waits for the next call
            return Snapshot(*self._vectors)

    def _read(self, version: int, table: ItemTable) -> tuple[int, ItemTable]:
        """Return the version and table of now; what did not change is taken from an older one."""
        now, entries = self._store.entries()
        due = [each.id for each in entries if each.version > version or table.row(each.id) is None]
        fresh = following(self._store, self._rows, lambda: self._rows.items(due)) if due else {}
        if len(fresh) < len(due):
            if now != self._store.items_version:  # deleted while it was read
                return self._read(version, table)
            raise lost(len(due) - len(fresh), self._rows)
        return now, ItemTable(_of(each, fresh, table) for each in entries)

    def _filled(self, table: ItemTable) -> Vectors:
        """Return the vectors of a table; those of items that did not change are not read again."""
        old, had = self._vectors or (ItemTable(()), np.zeros((0, 0), dtype=np.float32))
        rows = table.rows_in(old)
        same = np.array(
            [row >= 0 and old[row] is item for item, row in zip(table, rows, strict=True)], bool
        )
        due = [item.id for item, kept in zip(table, same, strict=True) if not kept]
        ids, fresh = (
            following(self._store, self._rows, lambda: self._rows.vectors(due))
            if due
            else ([], had)
        )
        if len(ids) < len(due):
            raise lost(len(due) - len(ids), self._rows)
        filled = np.zeros((len(table), (fresh if len(ids) else had).shape[1]), dtype=np.float32)
        if same.any():
            filled[same] = had[rows[same]]
        if ids:
            filled[table.rows(ids)] = fresh
        filled.flags.writeable = False
        return filled


def following(store: InteractionStore, rows: ItemCollection, read: Callable[[], T]) -> T:
    """Read from Chroma what all processes left there, anew where one writes meanwhile."""
    return rows.following(lambda: store.chroma_version, read)


def lost(count: int, rows: ItemCollection) -> StoreDamagedError:
    """Return the error for items that a catalogue has and Chroma has not."""
    return StoreDamagedError(
        f"{count} items of the catalogue are not in Chroma at {rows.place}. Nothing was changed. "
        "Give the Chroma that they were loaded into, or load them again: only what is missing is "
        "embedded."
    )


def _of(entry: Entry, fresh: dict[str, Item], table: ItemTable) -> Item:
    if entry.id in fresh:
        return fresh[entry.id]
    row = table.row(entry.id)
    assert row is not None, "what did not change is in the older table"
    kept: Item = table[row]
    return kept
