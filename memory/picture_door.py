"""`ana.pictures`: reference pictures of concepts, and which concepts a picture shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.concept_moves import held
from usermind.memory.concepts import MOST_IMAGES, Concept
from usermind.memory.image_rows import Denial, Images
from usermind.memory.images import Picture, prepare
from usermind.memory.journal import number
from usermind.memory.receipt import DeletionReceipt
from usermind.memory.sight import Box, Detector, Eyes, Sighting, Thresholds, View, cut_out, view
from usermind.types import ImageEncoder

if TYPE_CHECKING:
    from usermind.memory.pool import OpenFile
    from usermind.memory.user import UserMemory


Shown = Picture | bytes | Path | str
"""A picture: bytes or path of a PNG, JPEG or WEBP, or what `prepare` made of one."""


@dataclass(frozen=True, slots=True)
class CloseCall:
    """Part of a picture that may show one of several concepts, kept as its vector alone."""

    keys: tuple[str, ...]
    """What it may be, nearest first."""
    encoder: str
    """Name of what made the vector."""
    vector: bytes
    """float32, `(dimensions,)`."""
    observation: str | None = None
    """Id of the message that it came with: a no is forgotten with it."""


class PictureDoor:
    """The pictures of one user's concepts. Nothing is kept or compared without consent."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def add(self, key: str, picture: Shown, *, consent: bool = False) -> str:
        """Keep a reference picture of a concept and return its id.

        It is decoded, scaled to 1024 pixels and encoded anew, without any metadata.

        Args:
            key: Which concept; its `consent` must be true.
            picture: Bytes or path of a PNG, JPEG or WEBP; addresses are never fetched.
            consent: Whoever it shows agrees: kept with the picture, as one edit.

        Raises:
            UnknownItemError: There is no such concept.
            InvalidInputError: There is no consent, or the picture cannot be used.
            MissingExtraError: Pillow is not installed.
        """
        prepared = _prepared(picture)

        def pictured(known: Mapping[str, Concept]) -> dict[str, Concept | None]:
            concept = held(known, key)
            if not concept.consent and not consent:
                raise InvalidInputError(
                    f"There is no consent to keep pictures of {key!r}. Nothing was stored. Pass "
                    "`consent=True` when whoever it shows agrees."
                )
            images = tuple(dict.fromkeys([*concept.images, prepared.id]))
            if len(images) > MOST_IMAGES:
                raise InvalidInputError(
                    f"{key!r} has {MOST_IMAGES} pictures, which is the most. Nothing was stored. "
                    "Remove one first."
                )
            return {key: replace(concept, images=images, consent=True)}

        self._memory.concepts.change("add picture", pictured, pictures=[prepared])
        return prepared.id

    def remove(self, key: str, image_id: str) -> None:
        """Take a picture from a concept; `undo` brings it back, and `forget` is for good.

        Raises:
            UnknownItemError: There is no such concept, or it has no such picture.
        """

        def without(known: Mapping[str, Concept]) -> dict[str, Concept | None]:
            concept = held(known, key)
            if image_id not in concept.images:
                raise UnknownItemError(image_id, kind=f"picture of {key!r}")
            left = tuple(each for each in concept.images if each != image_id)
            return {key: replace(concept, images=left)}

        self._memory.concepts.change("remove picture", without)

    def forget(self, key: str, image_id: str) -> DeletionReceipt:
        """Delete a picture of a concept for good, also one that was taken from it.

        Edits of the concept can no longer be undone. The same picture of another one stays.

        Raises:
            UnknownItemError: There is no such concept, or it never had such a picture.
        """
        ids = self._memory.concepts.ids([key], bygone=True) if self._memory.exists else ()
        if not ids:
            raise UnknownItemError(key, kind="concept")
        return self._memory.forget(pictures={ids[0]: [image_id]})

    def of(self, key: str) -> list[Picture]:
        """Return the reference pictures of a concept, the first added first.

        Raises:
            UnknownItemError: There is no such concept.
        """
        concept = self._memory.concepts[key]
        with self._memory.open() as file:
            kept = Images(file.database)
            return [kept.get(image_id) for image_id in concept.images]

    def recognise(
        self,
        picture: Shown,
        *,
        encoder: ImageEncoder | None = None,
        detector: Detector | None = None,
        thresholds: Thresholds | None = None,
    ) -> Sighting:
        """Return which concepts a picture shows; nothing where none is near. It is not kept.

        Only concepts with consent are compared. Close calls come back as `unsure`: ask the user,
        and tell a no to `not_of`.

        Args:
            picture: Bytes or path of a PNG, JPEG or WEBP, or what `prepare` made of one.
            encoder: Makes the vectors; None: the store's.
            detector: Finds the regions; None: the store's.
            thresholds: Where cosines become answers; None: the store's.

        Raises:
            InvalidInputError: The picture cannot be used, or the privacy policy lets the encoder
                see no reference picture.
            MissingExtraError: Pillow is not installed.
            ModelError: The encoder failed.
        """
        return self._view(picture, encoder, detector, thresholds).sighting

    def compare(
        self, picture: Picture, observation: str | None = None
    ) -> tuple[Sighting, Mapping[Box, CloseCall]]:
        """Recognise with the store's eyes; also return what is to be kept of each region named.

        A `CloseCall` may be kept until the user has answered: see `deny`. Raises what `recognise`
        does.

        Args:
            picture: What `prepare` made of it.
            observation: Id of the message that it came with.
        """
        found = self._view(picture)
        named: dict[Box, tuple[str, ...]] = {each.box: (each.key,) for each in found.sighting.seen}
        named |= {call.box: call.keys for call in found.sighting.unsure}
        calls = {
            box: CloseCall(
                keys,
                self._memory.eyes().encoder.name,
                found.vectors[box].astype(np.float32).tobytes(),
                observation,
            )
            for box, keys in named.items()
        }
        return found.sighting, calls

    def _view(
        self,
        picture: Shown,
        encoder: ImageEncoder | None = None,
        detector: Detector | None = None,
        thresholds: Thresholds | None = None,
    ) -> View:
        prepared = _prepared(picture)
        known = self._memory.concepts.all()
        agreed = {key: each for key, each in known.items() if each.consent and each.images}
        if not agreed:
            return View()
        own = self._memory.eyes()
        eyes = Eyes(encoder or own.encoder, detector or own.detector, thresholds or own.thresholds)
        fit = self._fit(agreed, eyes.encoder)
        with self._memory.open() as file:
            kept = Images(file.database)
            references = kept.references(fit, eyes.encoder)
            negatives = kept.negatives(eyes.encoder)
        return view(prepared, references, eyes, negatives=negatives)

    def _fit(
        self, agreed: Mapping[str, Concept], encoder: ImageEncoder
    ) -> dict[str, tuple[str, ...]]:
        """Return by key the pictures that the gate lets an encoder see."""
        place = getattr(encoder, "recipient", "remote model")
        with self._memory.privacy.egress(place) as out:
            fit = {
                key: each.images for key, each in agreed.items() if out.picture(each.render(key))
            }
            barred = any(verdict.kind == "picture" for verdict in out.verdicts)
        if not fit and barred:
            raise InvalidInputError(
                f"The encoder {encoder.name!r} is a {place}, which the privacy policy lets see no "
                "reference picture. Nothing was compared. Use one on this machine or in its "
                "network, or a policy with a rule for the kind 'picture'."
            )
        return fit

    def deny(self, key: str, call: CloseCall) -> None:
        """Remember that a close call was not this concept.

        Raises:
            UnknownItemError: There is no such concept.
        """
        said = number(call.observation, "o") if call.observation else None
        self._reject(key, call.encoder, call.vector, said)

    def affirm(self, key: str, call: CloseCall) -> None:
        """Take back that something like this was not this concept.

        Raises:
            UnknownItemError: There is no such concept.
        """
        with self._row(key) as (file, row):
            Images(file.database).affirm(row, call.encoder, call.vector)

    def not_of(
        self,
        key: str,
        picture: Shown,
        *,
        box: Box | None = None,
        encoder: ImageEncoder | None = None,
    ) -> None:
        """Remember that a picture does not show a concept; only its vector is kept.

        Args:
            key: Which concept.
            picture: Bytes or path of a PNG, JPEG or WEBP.
            box: Which part was taken for it, as `recognise` tells it; None: the whole.
            encoder: Makes the vector; None: the store's.

        Raises:
            UnknownItemError: There is no such concept.
            InvalidInputError: The picture cannot be used.
            ModelError: The encoder failed.
        """
        prepared = _prepared(picture)
        if not self._memory.exists or key not in self._memory.concepts:
            raise UnknownItemError(key, kind="concept")
        encoder = encoder or self._memory.eyes().encoder
        part = cut_out(prepared, box) if box else prepared
        self._reject(key, encoder.name, _vector(part, encoder))

    def denials(self, key: str) -> list[Denial]:
        """Return what the user said is not a concept, the first said first.

        Raises:
            UnknownItemError: There is no such concept.
        """
        with self._row(key) as (file, row):
            return list(Images(file.database).denials(row))

    def take_back(self, key: str, denial_id: str) -> None:
        """Forget that something is not a concept.

        Raises:
            UnknownItemError: There is no such concept, or nothing of this id was denied of it.
        """
        with self._row(key) as (file, row):
            Images(file.database).accept(row, denial_id)
            file.database.scrub()

    @contextmanager
    def _row(self, key: str) -> Iterator[tuple[OpenFile, int]]:
        ids = self._memory.concepts.ids([key]) if self._memory.exists else ()
        if not ids:
            raise UnknownItemError(key, kind="concept")
        with self._memory.open() as file:
            yield file, number(ids[0], "c")

    def _reject(self, key: str, model: str, vector: bytes, observation: int | None = None) -> None:
        with self._row(key) as (file, row):
            Images(file.database).reject(row, model, vector, observation)


def _prepared(picture: Shown) -> Picture:
    return picture if isinstance(picture, Picture) else prepare(picture)


def _vector(picture: Picture, encoder: ImageEncoder) -> bytes:
    [vector] = encoder.encode([picture.data])
    return bytes(vector.astype(np.float32).tobytes())
