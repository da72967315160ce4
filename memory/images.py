"""Pictures of concepts: loaded safely, re-encoded without metadata, named by their hash.

    bytes or file → size → header → pixels → upright → small → re-encoded → id

What is stored is always our own encoding, never the bytes that came: no EXIF, no position, no
camera, no thumbnail, nothing behind the end of the picture. Addresses are never fetched.
"""

import re
import stat
import struct
import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from os import PathLike, fsdecode
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

import numpy as np

from usermind.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from PIL import Image

INSTALL: Final = "pip install 'usermind[images]'"
FORMATS: Final = ("PNG", "JPEG", "WEBP")
"""Told by content; a file's name is not looked at."""
MOST_BYTES: Final = 20_000_000
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 1024
"""Pixels; larger pictures are scaled down."""
QUALITY: Final = 90
"""Of JPEG."""

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
        eight: Image.Image = pillow().fromarray(pixels.clip(0, 255).astype(np.uint8))
        return eight.convert("RGB")
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
    return Picture(id_of(data), data, kind, image.width, image.height)


def id_of(data: bytes) -> str:
    """Return the id of a picture that is encoded so: `"i"` and 32 hexadecimal digits."""
    return f"i{sha256(data).hexdigest()[:32]}"


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
