"""Pictures of concepts: loaded safely, re-encoded without metadata, stored under their hash.

    bytes or file → size → header → pixels → upright → small → re-encoded → id

What is stored is always our own encoding, never the bytes that came: no EXIF, no position, no
camera, no thumbnail, nothing behind the end of the picture. Addresses are never fetched.
"""

import re
import sqlite3
import stat
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from os import PathLike, fsdecode
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from usermind.errors import InvalidInputError, MissingExtraError, UnknownItemError
from usermind.memory.database import Database
from usermind.types import Clock, ImageEncoder, ObservationId

if TYPE_CHECKING:
    from PIL import Image

Floats = npt.NDArray[np.float32]

INSTALL: Final = "pip install 'usermind[images]'"
FORMATS: Final = ("PNG", "JPEG", "WEBP")
"""Told by content; a file's name is not looked at."""
MOST_BYTES: Final = 20_000_000
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 1024
"""Pixels; larger pictures are scaled down."""
QUALITY: Final = 90
"""Of JPEG."""
SAME: Final = 0.95
"""Cosine from which on a later yes takes an earlier no back: the same picture once more."""
BATCH: Final = 16
"""Pictures handed to an encoder at once."""

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/|(data):", re.IGNORECASE)
_BROKEN = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError),
    *(RuntimeError, SyntaxError, SystemError, TypeError, ValueError, struct.error, zlib.error),
    UserWarning,  # of damaged EXIF, where warnings are errors
)
"""What Pillow raises over bytes that are not what their header says."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is stored and shown to models: upright, small, without metadata."""

    id: str
    """`"i"` and 32 hexadecimal digits of the SHA-256 of `data`."""
    data: bytes
    media_type: str
    """`"image/jpeg"`, or `"image/png"` where something is transparent."""
    width: int
    """Pixels, 1 to 1024; so is `height`."""
    height: int


def prepare(data: bytes | bytearray | memoryview | Path | str) -> Picture:
    """Return a picture that is safe to keep; the same input gives the same id.

    Args:
        data: The bytes of a PNG, JPEG or WEBP, at most 20 MB and 40 megapixels, or the path of
            such a file, in which `~` is the home folder. Of the several pictures in a phone's
            JPEG (MPO) the first is taken, the others being its depth or gain map.

    Raises:
        InvalidInputError: It is an address, too large, animated, damaged or of another kind, or
            neither bytes nor a path.
        MissingExtraError: Pillow is not installed.
    """
    pillow()
    raw = _raw(data)
    if len(raw) > MOST_BYTES:
        raise _too_large(len(raw))
    return encoded(_decoded(raw))


def _raw(data: object) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, bytearray | memoryview):
        if (size := memoryview(data).nbytes) > MOST_BYTES:
            raise _too_large(size)
        return bytes(data)
    if isinstance(data, str | PathLike):
        return _read(data)
    raise InvalidInputError(
        f"The picture is of type {type(data).__name__}. Expected the bytes of a PNG, JPEG or WEBP, "
        f"or the path of such a file. Nothing was stored.{_instead(data)}"
    )


def _instead(data: object) -> str:
    """Return what to pass in place of something that holds a picture but is neither."""
    if isinstance(data, BytesIO):
        return " Pass what `getvalue()` of it returns."
    if hasattr(data, "read"):
        return " Pass what `read()` of it returns."
    if isinstance(data, pillow().Image):
        return (
            ' Save it first: `buffer = io.BytesIO(); image.save(buffer, "PNG")`, and pass '
            "`buffer.getvalue()`."
        )
    return ""


def pillow() -> ModuleType:
    """Return `PIL.Image`.

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError("Pillow", install=INSTALL) from error
    return Image


def _read(given: "PathLike[str] | PathLike[bytes] | str") -> bytes:
    path = fsdecode(given)
    if address := _ADDRESS.match(path):
        raise InvalidInputError(
            f"An address ({address[1] or address[2]}:) was given, which is never fetched: whoever "
            "chooses it could make this machine call others in its network (SSRF). Expected bytes "
            "or the path of a file. Download the picture yourself and pass its bytes."
        )
    try:
        place = Path(path).expanduser()
        status = place.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device need never end
            raise InvalidInputError(
                f"{path} is not a regular file. Nothing was stored. Give the path of a picture."
            )
        if status.st_size > MOST_BYTES:
            raise _too_large(status.st_size)
        with place.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # it may have grown since
    except (OSError, ValueError, RuntimeError) as error:  # the last: nobody has such a home
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(
            f"{path!r} cannot be read ({type(error).__name__}). Expected the path of a PNG, "
            "JPEG or WEBP. Nothing was stored. Check the path and its permissions."
        ) from error


def _decoded(raw: bytes) -> "Image.Image":
    """Return upright, small pixels, RGB or RGBA, that carry no metadata."""
    from PIL import Image, ImageOps

    try:
        _check_webp(raw)
        with Image.open(BytesIO(raw), formats=FORMATS) as image:  # reads the header alone
            _check(image)
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is decoded small
            ImageOps.exif_transpose(image, in_place=True)
            small = _flat(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels("far more") from error
    except _BROKEN as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(
            f"{_what(raw)} of {len(raw)} bytes cannot be read as a picture "
            f"({type(error).__name__}). Expected a whole PNG, JPEG or WEBP. Nothing was stored. "
            "Open it in a picture editor, save it again as one of these, and pass that."
        ) from error
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small.info = {}  # Pillow would write comments and colour profiles out again
    return small


def _check_webp(raw: bytes) -> None:
    """Refuse a large WEBP by its header; Pillow would make room for its pixels to open it."""
    if raw[:4] != b"RIFF" or raw[8:12] != b"WEBP" or len(raw) < 30:
        return
    kind = raw[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(raw[24:27], "little") + 1
        height = int.from_bytes(raw[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(raw[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(raw[i : i + 2], "little") & 0x3FFF for i in (26, 28))
    if width * height > MOST_PIXELS:
        raise _too_many_pixels(f"{width} × {height}")


def _check(image: "Image.Image") -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _too_many_pixels(f"{width} × {height}")
    if width < 1 or height < 1:
        raise InvalidInputError(
            f"The picture is {width} × {height} pixels. Expected at least 1 × 1. Nothing was "
            "stored. Give another picture."
        )
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise InvalidInputError(
            f"The picture is animated: {frames} frames. Expected a single one. Nothing was stored. "
            "Save one frame of it as a picture of its own."
        )


def _flat(image: "Image.Image") -> "Image.Image":
    if image.mode.startswith("I"):  # 16 bits a pixel; converting would clip instead of scale
        pixels = np.asarray(image, np.int64) >> 8
        return pillow().fromarray(pixels.clip(0, 255).astype(np.uint8)).convert("RGB")  # type: ignore[no-any-return]
    rgba = image.convert("RGBA") if image.has_transparency_data else None
    if rgba is not None and rgba.getchannel("A").getextrema() != (255, 255):
        return rgba
    return image.convert("RGB")


def scaled(picture: Picture, longest: int) -> Picture:
    """Return a picture of which no side is longer than so many pixels; a small one as it is."""
    if max(picture.width, picture.height) <= longest:
        return picture
    with pillow().open(BytesIO(picture.data), formats=("PNG", "JPEG")) as image:
        image.thumbnail((longest, longest))
        return encoded(image)


def encoded(image: "Image.Image") -> Picture:
    """Return pixels, RGB or RGBA without metadata, as a picture."""
    buffer = BytesIO()
    if image.mode == "RGBA":
        image.save(buffer, "PNG")
        kind = "image/png"
    else:
        image.save(buffer, "JPEG", quality=QUALITY)
        kind = "image/jpeg"
    data = buffer.getvalue()
    return Picture(f"i{sha256(data).hexdigest()[:32]}", data, kind, image.width, image.height)


def _what(raw: bytes) -> str:
    if raw[:6] in {b"GIF87a", b"GIF89a"}:
        return "A GIF"
    if raw.startswith(b"\x89PNG"):
        return "A damaged PNG"
    if raw.startswith(b"\xff\xd8\xff"):
        return "A damaged JPEG"
    return "A damaged WEBP" if raw[8:12] == b"WEBP" else "Something"


def _too_large(size: int) -> InvalidInputError:
    return InvalidInputError(
        f"The picture has {size / 1e6:.1f} MB. Expected at most {MOST_BYTES / 1e6:.0f} MB. "
        "Nothing was stored. Scale it down first."
    )


def _too_many_pixels(found: str) -> InvalidInputError:
    return InvalidInputError(
        f"The picture's header announces {found} pixels. Expected at most "
        f"{MOST_PIXELS / 1e6:.0f} megapixels. It was not decoded and nothing was stored. "
        "Scale it down first."
    )


def keep(connection: sqlite3.Connection, picture: Picture, *, now: datetime) -> None:
    """Store a picture inside a write transaction; one that is there already stays as it is.

    Raises:
        InvalidInputError: Its id is not the hash of its data; use `prepare`.
    """
    if picture.id != f"i{sha256(picture.data).hexdigest()[:32]}":
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
        """Return per concept the vectors of its pictures, as `sight.recognise` takes them.

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
        """Return per concept, by key, the vectors of what the user said it is not."""
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
