"""`ana.concepts`: the people, pets, things and places of one user, as a mapping by key."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from usermind.errors import InvalidInputError, StoreBusyError, UnknownItemError
from usermind.memory import concept_edits, concepts
from usermind.memory.concept_moves import check_free, checked_part, held, led_elsewhere, merger
from usermind.memory.concepts import Attribute, Concept, Relation
from usermind.memory.image_rows import keep
from usermind.memory.images import Picture
from usermind.memory.journal import instant, number
from usermind.memory.naming import Mention, mentions
from usermind.memory.receipt import DeletionReceipt
from usermind.memory.text import checked
from usermind.types import ObservationId

if TYPE_CHECKING:
    from usermind.memory.user import UserMemory

ATTEMPTS = 50
"""How often an edit is worked out anew when others change the same concepts meanwhile."""
FOCUS = 6
"""Earlier messages in which a pronoun's concept is looked for."""
_PRONOUN = re.compile(
    r"\b(?:he|him|his|she|her|hers|it|its|they|them|their|theirs|that one|this one)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of the concepts."""

    what: str
    """`"set"`, `"describe"`, `"delete"`, `"rename"`, `"merge"`, `"split"`, `"add picture"` or
    `"remove picture"`."""
    keys: tuple[str, ...]
    at: datetime


class ConceptDoor(MutableMapping[str, Concept]):
    """The concepts of one user. Every edit is one transaction and counts from the next turn on."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    # -- a mapping ------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Concept:
        if not self._memory.exists:
            raise UnknownItemError(str(key), kind="concept")
        with self._memory.open() as file, file.database.read() as connection:
            return concepts.find(connection, key)

    def __setitem__(self, key: str, concept: Concept) -> None:
        fit = self._screened(concept)
        self._write("set", {self._key(key): fit})

    def __delitem__(self, key: str) -> None:
        def deleted(known: Mapping[str, Concept]) -> dict[str, Concept | None]:
            held(known, key)
            changes: dict[str, Concept | None] = {key: None}
            for other, concept in known.items():
                if other != key and any(relation.to == key for relation in concept.relations):
                    changes[other] = concepts.without(concept, key)
            return changes

        self.change("delete", deleted)

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> dict[str, Concept]:
        """Return all concepts by key, the oldest first: one reading, where a mapping takes many."""
        if not self._memory.exists:
            return {}
        with self._memory.open() as file, file.database.read() as connection:
            return concepts.everything(connection)

    def by_id(self) -> dict[str, tuple[str, Concept]]:
        """Return all concepts with their keys, by the ids that recall gives them, oldest first."""
        if not self._memory.exists:
            return {}
        with self._memory.open() as file, file.database.read() as connection:
            rows = connection.execute("SELECT id, key, body FROM concept ORDER BY id").fetchall()
        return {f"c{id_}": (key, concepts.load(body)) for id_, key, body in rows}

    # -- edits ----------------------------------------------------------------------------

    def describe(
        self, key: str, name: str, value: str, *, source: ObservationId | None = None
    ) -> Concept:
        """Set one attribute and return the concept.

        Args:
            key: Which concept.
            name: Of the attribute.
            value: What is known; an empty one takes the attribute away.
            source: Observation it rests on.

        Raises:
            UnknownItemError: There is no such concept or observation.
            PrivateTopicError: The value touches a private topic.
        """

        def described(known: Mapping[str, Concept]) -> dict[str, Concept | None]:
            concept = held(known, key)
            kept: dict[str, Attribute | str] = dict(concept.attributes)
            if value:
                kept[name] = Attribute(value, source)
            else:
                kept.pop(name, None)
            return {key: self._screened(replace(concept, attributes=kept))}

        self.change("describe", described)
        return self[key]

    def rename(self, old: str, new: str) -> None:
        """Put a concept under another key; relations to it follow.

        Raises:
            UnknownItemError: There is none under the old key.
            InvalidInputError: There is one under the new key.
        """
        fit = self._key(new)

        def renamed(known: Mapping[str, Concept]) -> dict[str, Concept | None]:
            check_free(known, fit)
            return {
                fit: held(known, old),
                old: None,
                **led_elsewhere(known, {old: fit}),
            }

        self.change("rename", renamed, heirs={old: fit})

    def merge(self, into: str, other: str) -> Concept:
        """Make one of two concepts and return it; what the first says of itself counts.

        Names, attributes and relations of both are kept under the first key.

        Raises:
            UnknownItemError: There is none under one of the keys.
            InvalidInputError: Both keys are the same, or one concept cannot hold all of both.
        """
        if into == other:
            raise InvalidInputError(
                f"{into!r} cannot be merged with itself. Nothing was changed. Name another key."
            )

        def merged(known: Mapping[str, Concept]) -> dict[str, Concept | None]:
            one = merger(held(known, into), held(known, other), {into, other})
            _few(one)
            moved = led_elsewhere(known, {other: into})
            moved.pop(into, None)
            return {into: one, other: None, **moved}

        self.change("merge", merged, heirs={other: into})
        return self[into]

    def split(
        self,
        key: str,
        new: str,
        name: str,
        *,
        aliases: Sequence[str] = (),
        attributes: Sequence[str] = (),
        relations: Sequence[str] = (),
        images: Sequence[str] = (),
    ) -> Concept:
        """Move part of a concept to a new one and return that.

        Args:
            key: Which concept.
            new: Key of the new one.
            name: Name of the new one; where it is an alias of the old one, it leaves that.
            aliases: Names that move.
            attributes: Names of attributes that move.
            relations: Keys to which relations move.
            images: Ids of pictures that move.

        Raises:
            UnknownItemError: There is no such concept, or it lacks what is to move.
            InvalidInputError: There is a concept under the new key.
        """
        fit = self._key(new)

        def parted(known: Mapping[str, Concept]) -> dict[str, Concept | None]:
            check_free(known, fit)
            old = held(known, key)
            moved = Concept(
                name=name,
                aliases=checked_part(key, "alias", aliases, old.aliases),
                category=old.category,
                attributes={
                    each: old.attributes[each]
                    for each in checked_part(key, "attribute", attributes, tuple(old.attributes))
                },
                relations=tuple(each for each in old.relations if each.to in relations),
                images=checked_part(key, "picture", images, old.images),
                consent=old.consent,
            )
            checked_part(key, "relation", relations, tuple(each.to for each in old.relations))
            left = replace(
                old,
                aliases=tuple(a for a in old.aliases if a not in (*aliases, name)),
                attributes={k: v for k, v in old.attributes.items() if k not in attributes},
                relations=tuple(each for each in old.relations if each.to not in relations),
                images=tuple(each for each in old.images if each not in images),
            )
            return {key: left, fit: self._screened(moved)}

        self.change("split", parted, heirs={key: fit})
        return self[fit]

    # -- taking back ----------------------------------------------------------------------

    def undo(self) -> tuple[str, ...]:
        """Take the last edit back and return the keys it touched; none when there is none left."""
        if not self._memory.exists:
            return ()
        with self._memory.open() as file, file.database.write() as connection:
            return concept_edits.undo(connection, now=self._memory.now())

    def edits(self) -> list[Edit]:
        """Return the edits that can be undone, the newest first."""
        if not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            rows = connection.execute(
                "SELECT what, (SELECT group_concat(key, char(10)) FROM (SELECT key FROM "
                "json_each(before) ORDER BY key)), at FROM concept_edit ORDER BY id DESC"
            ).fetchall()
        return [Edit(what, tuple(keys.split("\n")), instant(at)) for what, keys, at in rows]

    def forget(self, key: str, *, attributes: Sequence[str] = ()) -> DeletionReceipt:
        """Delete a concept with everything that could bring it back; `del` can be undone.

        What was deleted, or taken away with an empty value, and can be undone is forgotten too.

        Args:
            key: Which concept.
            attributes: Delete these of its attributes only, and let the rest stay.

        Raises:
            UnknownItemError: There is none under this key, or it never had such an attribute.
        """
        ids = self.ids([key], bygone=True) if self._memory.exists else ()
        if not ids:
            raise UnknownItemError(key, kind="concept")
        if attributes:
            return self._memory.forget(attributes={ids[0]: attributes})
        return self._memory.forget(concepts=ids)

    def bygone(self) -> dict[str, tuple[str, Concept]]:
        """Return what was deleted and can be undone, by id: the key, and what it last said."""
        if not self._memory.exists:
            return {}
        with self._memory.open() as file, file.database.read() as connection:
            gone = concept_edits.bygone(connection)
        return {f"c{row}": found for row, found in gone.items()}

    def said_before(self) -> dict[str, list[tuple[str, Concept]]]:
        """Return what `undo` could lead back to, by id: keys and concepts, the newest first."""
        if not self._memory.exists:
            return {}
        with self._memory.open() as file, file.database.read() as connection:
            said = concept_edits.said_before(connection)
        return {f"c{row}": found for row, found in said.items()}

    # -- names ----------------------------------------------------------------------------

    def named_in(self, text: str) -> list[Mention]:
        """Return which concepts a text names, in its order; ambiguous ones have several keys."""
        if not self._memory.exists:
            return []
        with self._memory.open() as file, file.database.read() as connection:
            return mentions(connection, text)

    def meant_by(self, message: str, earlier: Iterable[str] = ()) -> list[Mention]:
        """Return what a message names or, where it has but a pronoun, what was named last.

        Args:
            message: What is said now.
            earlier: Messages before it, the oldest first; the last `FOCUS` are looked at, and none
                is asked for where the message has no pronoun.
        """
        named = self.named_in(message)
        if named or _PRONOUN.search(message) is None:
            return named
        for text in reversed(deque(earlier, FOCUS)):
            if found := self.named_in(text):
                return list({mention.keys: mention for mention in found}.values())
        return []

    def key(self, concept_id: str) -> str:
        """Return the key of a concept by the id that recall gives it, like "c3".

        Raises:
            UnknownItemError: There is no such concept.
        """
        if self._memory.exists:
            with self._memory.open() as file, file.database.read() as connection:
                row = connection.execute(
                    "SELECT key FROM concept WHERE id = ?", (number(concept_id, "c"),)
                ).fetchone()
            if row is not None:
                return str(row[0])
        raise UnknownItemError(concept_id, kind="concept")

    def ids(self, keys: Sequence[str], *, bygone: bool = False) -> tuple[str, ...]:
        """Return the ids by which recall knows these concepts, without what is gone.

        Args:
            keys: Of the concepts.
            bygone: Whether to name what was deleted under such a key and can be undone, where
                nothing else is there under it.
        """
        if not keys:
            return ()
        with self._memory.open() as file, file.database.read() as connection:
            found = {key: concepts.row_of(connection, key) for key in keys}
            rows = [row for row in found.values() if row is not None]
            if bygone and None in found.values():
                gone = concept_edits.bygone(connection).items()
                rows += [row for row, (key, _) in gone if key in found and found[key] is None]
        return tuple(f"c{row}" for row in rows)

    # -- inside ---------------------------------------------------------------------------

    def _write(
        self,
        what: str,
        changes: Mapping[str, Concept | None],
        read: Mapping[str, Concept] | None = None,
        pictures: Sequence[Picture] = (),
        heirs: Mapping[str, str] | None = None,
    ) -> None:
        now = self._memory.now()
        with self._memory.open(create=True) as file:
            with file.database.write() as connection:
                for picture in pictures:
                    keep(connection, picture, now=now)
                taken = concept_edits.edit(
                    connection, what, changes, read=read, heirs=heirs, now=now
                )
            if taken:
                file.database.scrub()

    def change(
        self,
        what: str,
        change: Callable[[Mapping[str, Concept]], dict[str, Concept | None]],
        *,
        pictures: Sequence[Picture] = (),
        heirs: Mapping[str, str] | None = None,
    ) -> None:
        """Work an edit out from what is there, again where somebody else was faster.

        Args:
            what: What the edit is, for the list of edits.
            change: Given the concepts by key, returns those to put in place; None deletes.
            pictures: Kept in the same transaction.
            heirs: Key → key of the concept that says from now on what this one said.

        Raises:
            StoreBusyError: Others were faster `ATTEMPTS` times.
        """
        for _ in range(ATTEMPTS):
            known = self.all()
            with suppress(concept_edits.OutdatedError):
                self._write(what, change(known), known, pictures, heirs)
                return
        raise StoreBusyError(
            f"The concepts of user {self._memory.user_id!r} were changed by others {ATTEMPTS} "
            "times while this edit was worked out. Nothing was changed. Call again."
        )

    def _key(self, key: str) -> str:
        fit = _short(key, "key")
        return self._memory.privacy.statement(fit)

    def _screened(self, concept: Concept) -> Concept:
        """Return a concept as it may be stored."""
        if not isinstance(concept, Concept):
            raise InvalidInputError(
                f"A {type(concept).__name__} was given. Nothing was stored. "
                "Give a `usermind.Concept`."
            )
        _few(concept)
        fit = self._memory.privacy.statement
        return Concept(
            name=fit(_short(concept.name, "name")),
            aliases=tuple(dict.fromkeys(fit(_short(name, "alias")) for name in concept.aliases)),
            category=fit(_short(concept.category, "category")) if concept.category else "",
            attributes=dict(
                self._attribute(_short(name, "name of an attribute"), given)
                for name, given in concept.attributes.items()
            ),
            relations=tuple(
                Relation(fit(_short(each.kind, "relation")), each.to) for each in concept.relations
            ),
            images=tuple(dict.fromkeys(concept.images)),
            consent=bool(concept.consent),
        )

    def _attribute(self, name: str, given: Attribute | str) -> tuple[str, Attribute]:
        """Return an attribute as it may be stored; name and value are judged together.

        "8812" alone says nothing, and "PIN: 8812" opens something.
        """
        fit = self._memory.privacy.statement
        attribute = given if isinstance(given, Attribute) else Attribute(given)
        text = checked(attribute.value, what="value of an attribute")
        if len(text) > concepts.LONGEST:
            raise InvalidInputError(
                f"The value of an attribute has {len(text):,} characters; at most "
                f"{concepts.LONGEST:,} are accepted. Nothing was stored. Store long texts with "
                "`observe`."
            )
        label, told = fit(name), f"{name}: {text}"
        together = fit(told)
        if together == told:
            return label, Attribute(text, attribute.source)
        _, found, value = together.partition(": ")
        return label, Attribute(value if found and value else together, attribute.source)


def _short(text: str, what: str) -> str:
    found = " ".join(checked(text, what=f"{what} of a concept").split())
    if len(found) > concepts.LONGEST_NAME:
        raise InvalidInputError(
            f"The {what} of a concept has {len(found):,} characters; at most "
            f"{concepts.LONGEST_NAME} are accepted. Nothing was stored. Shorten it."
        )
    return found


def _few(concept: Concept) -> None:
    for what, given, most in (
        ("aliases", concept.aliases, concepts.MOST_NAMES),
        ("attributes", concept.attributes, concepts.MOST_ATTRIBUTES),
        ("relations", concept.relations, concepts.MOST_RELATIONS),
        ("images", concept.images, concepts.MOST_IMAGES),
    ):
        if isinstance(given, str):
            raise InvalidInputError(
                f"`{what}` is a string. Nothing was stored. Give a tuple of them."
            )
        if len(given) > most:
            raise InvalidInputError(
                f"The concept has {len(given)} {what}; at most {most} are accepted. Nothing was "
                "stored. Leave some out."
            )
