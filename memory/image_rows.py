"""Pictures of concepts in a user's file: their bytes, their vectors, and what they are not."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.database import Database
from usermind.memory.images import Picture, id_of
from usermind.types import Clock, ImageEncoder, ObservationId

Floats = npt.NDArray[np.float32]

BATCH: Final = 16
"""Pictures handed to an encoder at once."""
SAME: Final = 0.95
"""Cosine from which on a later yes takes an earlier no back: the same picture once more."""


def keep(connection: sqlite3.Connection, picture: Picture, *, now: datetime) -> None:
    """Store a picture inside a write transaction; one that is there already stays as it is.

    Raises:
        InvalidInputError: Its id is not the hash of its data; use `prepare`.
    """
    if picture.id != id_of(picture.data):
        raise InvalidInputError(
            f"{picture.id!r} is not the hash of the picture's data. Nothing was stored. "
            "Add what `prepare` returns."
        )
    row = (picture.id, picture.media_type, picture.width, picture.height, picture.data)
    connection.execute(
        "INSERT OR IGNORE INTO image VALUES (?, ?, ?, ?, ?, ?)", (*row, now.timestamp())
    )


@dataclass(frozen=True, slots=True)
class Denial:
    """Something that the user said is not a concept; of what it looked like, a vector is kept."""

    id: str
    """`"n"` and 12 hexadecimal digits; the same for the same vector."""
    encoder: str
    """Name of what made the vector."""
    observation: ObservationId | None
    """The message that the picture came with; None: it came with none."""


def drop(connection: sqlite3.Connection, ids: Collection[str]) -> list[bytes]:
    """Delete pictures with their vectors, inside a write transaction, and return their data."""
    gone = []
    for id_ in ids:
        row = connection.execute("SELECT data FROM image WHERE id = ?", (id_,)).fetchone()
        if row is not None:
            gone.append(bytes(row[0]))
            connection.execute("DELETE FROM image WHERE id = ?", (id_,))
    return gone


class Images:
    """The pictures in one user's file, with the vectors that were made of them.

    Vectors stand under the id of their picture, so a picture that cannot be read is left out and
    moves no other one.

    Args:
        database: The user's file.
        now: The clock.
    """

    def __init__(self, database: Database, *, now: Clock = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def add(self, picture: Picture) -> str:
        """Store a picture and return its id; one that is there already stays as it is.

        Raises:
            InvalidInputError: Its id is not the hash of its data; use `prepare`.
        """
        with self._database.write() as connection:
            keep(connection, picture, now=self._now())
        return picture.id

    def get(self, image_id: str) -> Picture:
        """Return a picture.

        Raises:
            UnknownItemError: There is none under this id.
        """
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT id, data, media_type, width, height FROM image WHERE id = ?", (image_id,)
            ).fetchone()
        if row is None:
            raise UnknownItemError(image_id, kind="image")
        return Picture(*row)

    def delete(self, image_id: str) -> None:
        """Delete a picture and its vectors.

        Raises:
            UnknownItemError: There is none under this id.
        """
        with self._database.write() as connection:
            gone = connection.execute("DELETE FROM image WHERE id = ?", (image_id,)).rowcount
            if not gone:
                raise UnknownItemError(image_id, kind="image")

    def list(self) -> list[str]:
        """Return the ids, in the order in which they were added."""
        with self._database.read() as connection:
            return [row[0] for row in connection.execute("SELECT id FROM image ORDER BY at, rowid")]

    def references(
        self, images: Mapping[str, Sequence[str]], encoder: ImageEncoder
    ) -> dict[str, Sequence[Floats]]:
        """Return per concept the vectors of its pictures, each (dimensions,), float32.

        Args:
            images: Key of a concept → ids of its pictures.
            encoder: Makes the vectors that are not stored yet.
        """
        found = self.vectors({id_ for ids in images.values() for id_ in ids}, encoder)
        return {key: [found[id_] for id_ in ids if id_ in found] for key, ids in images.items()}

    def vectors(self, ids: Collection[str], encoder: ImageEncoder) -> dict[str, Floats]:
        """Return the vector of each picture, `(dimensions,)` float32; missing ones are made.

        Pictures that are not stored, or that the encoder cannot read, are left out.

        Raises:
            ModelError: The encoder failed; what it made before is kept.
        """
        found = self._stored_vectors(encoder.name)
        missing = [id_ for id_ in dict.fromkeys(ids) if id_ not in found]
        for start in range(0, len(missing), BATCH):
            made = self._made(missing[start : start + BATCH], encoder)
            self._keep(made, encoder.name)
            found |= made
        return {id_: found[id_] for id_ in ids if id_ in found}

    def _stored_vectors(self, model: str) -> dict[str, Floats]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT image_id, data FROM image_vector WHERE model = ? AND region = 0", (model,)
            )
            return {id_: np.frombuffer(data, np.float32) for id_, data in rows}

    def _made(self, ids: Sequence[str], encoder: ImageEncoder) -> dict[str, Floats]:
        pictures: dict[str, bytes] = {}
        for id_ in ids:
            with suppress(UnknownItemError):
                pictures[id_] = self.get(id_).data
        try:
            rows = encoder.encode(list(pictures.values()))
            return dict(zip(pictures, rows, strict=True))
        except InvalidInputError:  # one of them; the others are encoded without it
            found = {}
            for id_, data in pictures.items():
                with suppress(InvalidInputError):
                    found[id_] = encoder.encode([data])[0]
            return found

    def _keep(self, made: Mapping[str, Floats], model: str) -> None:
        if not made:
            return
        with self._database.write(durable=False) as connection:
            # A picture may have been deleted while it was encoded.
            connection.executemany(
                "INSERT OR REPLACE INTO image_vector SELECT id, ?, 0, ? FROM image WHERE id = ?",
                [(model, vector.tobytes(), id_) for id_, vector in made.items()],
            )

    def reject(
        self, concept_id: int, model: str, vector: bytes, observation: int | None = None
    ) -> None:
        """Keep that the user said: this is not the concept. Only the vector is kept.

        Args:
            concept_id: Number of the concept's row.
            model: Name of the encoder.
            vector: Of what was taken for it, float32.
            observation: Number of the message that the picture came with; forgetting that forgets
                this. None: it came with none, and what came with one before stays for good.

        Raises:
            UnknownItemError: There is no such concept or observation.
        """
        with self._database.write() as connection:
            known = connection.execute("SELECT 1 FROM concept WHERE id = ?", (concept_id,))
            if known.fetchone() is None:
                raise UnknownItemError(f"c{concept_id}", kind="concept")
            known = connection.execute("SELECT 1 FROM observation WHERE id = ?", (observation,))
            if observation is not None and known.fetchone() is None:
                raise UnknownItemError(f"o{observation}", kind="observation")
            connection.execute(
                "INSERT INTO image_negative (concept_id, model, data, observation_id) "
                "VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET observation_id = NULL "
                "WHERE excluded.observation_id IS NULL",
                (concept_id, model, vector, observation),
            )

    def affirm(self, concept_id: int, model: str, vector: bytes) -> None:
        """Delete what was kept of a no that this vector contradicts; see `SAME`.

        Args:
            concept_id: Number of the concept's row.
            model: Name of the encoder.
            vector: Of what is the concept after all, float32.
        """
        wanted = np.frombuffer(vector, np.float32)
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT rowid, data FROM image_negative WHERE concept_id = ? AND model = ?",
                (concept_id, model),
            ).fetchall()
            alike = [
                (rowid,)
                for rowid, data in rows
                if float(np.frombuffer(data, np.float32) @ wanted) >= SAME
            ]
            connection.executemany("DELETE FROM image_negative WHERE rowid = ?", alike)

    def denials(self, concept_id: int) -> tuple[Denial, ...]:
        """Return what `reject` kept of a concept, the first first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT model, data, observation_id FROM image_negative WHERE concept_id = ? "
                "ORDER BY rowid",
                (concept_id,),
            ).fetchall()
        return tuple(
            Denial(_denial(model, data), model, ObservationId(f"o{said}") if said else None)
            for model, data, said in rows
        )

    def accept(self, concept_id: int, denial_id: str) -> None:
        """Delete what `reject` kept.

        Raises:
            UnknownItemError: There is nothing of this id that the concept was said not to be.
        """
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT rowid, model, data FROM image_negative WHERE concept_id = ?", (concept_id,)
            ).fetchall()
            found = [row for row, model, data in rows if _denial(model, data) == denial_id]
            if not found:
                raise UnknownItemError(denial_id, kind="denial")
            connection.execute("DELETE FROM image_negative WHERE rowid = ?", found)

    def negatives(self, encoder: ImageEncoder) -> dict[str, tuple[Floats, ...]]:
        """Return per concept, by key, (dimensions,) vectors of what the user said it is not."""
        found: dict[str, tuple[Floats, ...]] = {}
        with self._database.read() as connection:
            for key, data in connection.execute(
                "SELECT c.key, n.data FROM image_negative n JOIN concept c ON c.id = n.concept_id "
                "WHERE n.model = ? ORDER BY n.rowid",
                (encoder.name,),
            ):
                found[key] = (*found.get(key, ()), np.frombuffer(data, np.float32))
        return found


def _denial(model: str, vector: bytes) -> str:
    return f"n{sha256(model.encode() + bytes(vector)).hexdigest()[:12]}"
