"""Links from a user's entities to public ones: what is kept of them, and who finds them.

A linker knows public things by id: "NYC" and "New York City" are one. Of a link the id and the
public name are kept, in the user's file alone; the knowledge itself lies elsewhere, is shared, and
never learns who asked.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from usermind.errors import InvalidInputError
from usermind.memory import outbox
from usermind.memory.keyphrases import LONGEST
from usermind.memory.naming import folded

MARK: Final = "\x1f"
"""Begins the `fold` of a linked entity, before the public id: no folded name holds it."""
LONGEST_ID: Final = 200
"""Characters of a public id, at most."""


@dataclass(frozen=True, slots=True)
class Link:
    """A public entity that a name was found to mean."""

    id: str
    """In the knowledge base: 1 to 200 characters that can be seen."""
    name: str
    """What the public calls it; shown in place of the user's word."""


class Linker(Protocol):
    """Finds the public entities that names mean; may also carry `recipient`, as embedders do."""

    def resolve(self, names: Sequence[str], context: str) -> Mapping[str, Link]:
        """Return the links of those names that are surely known; strangers are left out.

        Args:
            names: As they stand in the text.
            context: The text; empty: there is none.
        """
        ...


def key_of(link: Link) -> str:
    """Return by what mentions of a public entity are the same.

    Raises:
        InvalidInputError: The linker gave an id or a name that cannot be kept.
    """
    if not (0 < len(link.id) <= LONGEST_ID and link.id.isprintable()):
        raise InvalidInputError(
            f"A linker gave an id of {len(link.id)} characters; 1 to {LONGEST_ID} that can be "
            "seen were expected. Nothing was counted. Mend the linker or its knowledge."
        )
    if not folded(link.name) or len(link.name) > LONGEST:
        raise InvalidInputError(
            f"A linker gave {link.id!r} a name of {len(link.name)} characters; 1 to {LONGEST} "
            "were expected. Nothing was counted. Mend the linker or its knowledge."
        )
    return MARK + link.id


def public_id(fold: str) -> str | None:
    """Return the public id that the `fold` of a row holds, or None."""
    return fold[len(MARK) :] if fold.startswith(MARK) else None


def names(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Return row and folded name of each entity, longest name first."""
    rows = connection.execute("SELECT id, name, fold FROM entity")
    found = [(id_, folded(name) if fold.startswith(MARK) else fold) for id_, name, fold in rows]
    return sorted(found, key=lambda row: (-len(row[1]), row[0]))


def rows_named(connection: sqlite3.Connection, folds: Iterable[str]) -> set[int]:
    """Return the rows of the entities that go by these folded names, linked or not."""
    wanted = set(folds)
    found: set[int] = set()
    for fold in wanted:
        rows = connection.execute("SELECT id FROM entity WHERE fold = ?", (fold,))
        found |= {row[0] for row in rows}
    linked = connection.execute(
        "SELECT id, name FROM entity WHERE fold >= char(31) AND fold < char(32)"
    )
    return found | {id_ for id_, name in linked if folded(name) in wanted}


def unlinked(connection: sqlite3.Connection) -> dict[str, str]:
    """Return name by fold of the entities without a link."""
    rows = connection.execute("SELECT fold, name FROM entity WHERE fold >= char(32)")
    return dict(rows.fetchall())


def relink(connection: sqlite3.Connection, found: Mapping[str, Link], *, now: datetime) -> int:
    """Move the mentions of entities to the public ones that they are; return how many moved.

    Args:
        connection: Inside a write transaction.
        found: By fold of the entity.
        now: The present.
    """
    moved = 0
    for fold, link in found.items():
        row = connection.execute("SELECT id FROM entity WHERE fold = ?", (fold,)).fetchone()
        if row is None:  # it was forgotten meanwhile
            continue
        key = key_of(link)
        connection.execute(
            "INSERT OR IGNORE INTO entity (name, fold) VALUES (?, ?)", (link.name, key)
        )
        # An event that names both counts once, as it would have, had it been linked at once.
        connection.execute(
            "INSERT OR IGNORE INTO entity_mention SELECT p.id, m.event_id, m.count "
            "FROM entity_mention m JOIN entity p ON p.fold = ? WHERE m.entity_id = ?",
            (key, row[0]),
        )
        # Replies that name it as the user did go when the public one is forgotten.
        connection.execute(
            "INSERT OR IGNORE INTO basis (reply, item) SELECT b.reply, 'e' || p.id "
            "FROM basis b JOIN entity p ON p.fold = ? WHERE b.item = ?",
            (key, f"e{row[0]}"),
        )
        connection.execute("DELETE FROM basis WHERE item = ?", (f"e{row[0]}",))
        connection.execute("DELETE FROM entity WHERE id = ?", (row[0],))
        outbox.record(connection, "entity.unsaid", f"e{row[0]}", now=now)
        moved += 1
    return moved
