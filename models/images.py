"""Everything that turns pictures into vectors: a perceptual hash, an endpoint, a CLIP folder.

All of them take prepared pictures (`usermind.memory.images.prepare`) and give unit vectors, so that
a dot product is a cosine. None of them writes a file or fetches an address it finds in a picture.
"""

import base64
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    MissingExtraError,
    ModelError,
)
from usermind.models import _transport
from usermind.types import ModelPlace

if TYPE_CHECKING:
    from PIL import Image

Floats = npt.NDArray[np.float32]

INSTALL_IMAGES: Final = "pip install 'usermind[images]'"
INSTALL_LOCAL: Final = "pip install 'usermind[local,images]'"
MOST_PIXELS: Final = 40_000_000
HASH_SIDE: Final = 8
"""Rows and columns of the perceptual hash."""
GRID: Final = 4
"""Rows and columns of cells whose colours are counted."""
HUES: Final = 18
"""Bins of hue in a cell, 20 degrees each. A pixel between two centres counts for both, so a few
degrees (JPEG, clipping) change little, while 20 degrees leave the bin altogether."""
GREY: Final = 0.2
"""What a pixel without colour counts, against 1 for a saturated one: a white background is no
likeness."""
SHAPE: Final = 0.3
"""Share of the shape (the hash) in a cosine; the rest is colour. With more, a drawing of which one
shape has another colour passes for the same."""


class PerceptualHash:
    """Shape and colours of a picture: no model, offline, the same on every machine.

    A pHash of 64 bits as ±1, and hues counted in a 4 × 4 grid. It knows a picture again after it
    was re-encoded, resized or slightly brightened. It does not know a thing again in another photo
    of it; that takes a model (`HttpImageEncoder`, `ClipEncoder`).

    Raises:
        MissingExtraError: Pillow or imagehash is not installed.
    """

    name: Final = "phash-v1"
    dimensions: Final = HASH_SIDE**2 + GRID**2 * (HUES + 1)
    recipient: ModelPlace = "offline"

    def __init__(self) -> None:
        _require("PIL", "imagehash")

    def encode(self, images: Sequence[bytes]) -> Floats:
        """Return one vector of length 1 per picture: `(images, 368)`, float32.

        Raises:
            InvalidInputError: One of them is no readable picture.
        """
        rows = np.zeros((len(images), self.dimensions), np.float32)
        for row, data in zip(rows, images, strict=True):
            picture = _opened(data)
            row[: HASH_SIDE**2] = np.sqrt(SHAPE) * _shape(picture)
            row[HASH_SIDE**2 :] = np.sqrt(1 - SHAPE) * _colours(picture)
        return rows


def _shape(picture: "Image.Image") -> Floats:
    import imagehash

    bits = imagehash.phash(picture, hash_size=HASH_SIDE).hash.reshape(-1)
    return np.asarray(np.where(bits, 1, -1) / HASH_SIDE, np.float32)


def _colours(picture: "Image.Image") -> Floats:
    """Return the square roots of what each hue covers in each cell, of length 1.

    Roots make the cosine of two of them the Bhattacharyya coefficient of the histograms.
    """
    from PIL import Image

    side = GRID * 16
    small = picture.resize((side, side), Image.Resampling.BOX)
    rgb = np.asarray(np.asarray(small) / 255, np.float32)  # (side, side, 3)
    hue, chroma = _hue(rgb)
    lower = np.floor(hue).astype(int)
    part = hue - lower
    rows, columns = np.indices((side, side)) // 16
    cells = rows * GRID + columns  # (side, side): number of the cell
    counts = np.zeros((GRID**2, HUES + 1))
    np.add.at(counts, (cells, lower % HUES), chroma * (1 - part))
    np.add.at(counts, (cells, (lower + 1) % HUES), chroma * part)
    np.add.at(counts, (cells, np.full_like(cells, HUES)), (1 - chroma) * GREY)
    return np.asarray(np.sqrt(counts / counts.sum()).reshape(-1), np.float32)


def _hue(rgb: Floats) -> tuple[Floats, Floats]:
    """Return hue in bins, [0, 18), and saturation, [0, 1]; neither changes with brightness."""
    high, low = rgb.max(-1), rgb.min(-1)
    span = np.maximum(high - low, 1e-6)
    red, green, blue = np.moveaxis(rgb, -1, 0)
    sixth = np.select(
        [high == red, high == green],
        [(green - blue) / span % 6, (blue - red) / span + 2],
        (red - green) / span + 4,
    )
    # In the dark, saturation is noise.
    saturation = (high - low) / np.maximum(high, 0.2)
    return (sixth * HUES / 6 % HUES).astype(np.float32), saturation.astype(np.float32)


class HttpImageEncoder:
    """`/v1/embeddings` of vLLM with a multimodal model, one request a picture. Lazy.

    The picture travels inside the request as a `data:` URI; the server has nothing to fetch.

    Args:
        url: With or without `/v1`; http or https.
        model: Name of the served model.
        api_key: Sent as bearer token. OPENAI_API_KEY is not read: it belongs to someone else.
        instruction: Text beside the picture, for models that want one ("Represent the given
            image."). CLIP and SigLIP must have none.
        timeout: Seconds for one request; also bounds its retries.
        max_retries: Repeats after a lost connection, a 5xx or a 429; never after a timeout.

    Raises:
        InvalidInputError: `url` is not an http or https URL.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None = None,
        instruction: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
    ) -> None:
        self._base = _transport.api_base(url)
        self._model, self._api_key, self._instruction = model, api_key, instruction
        self._timeout, self._max_retries = timeout, max_retries
        self._dimensions: int | None = None

    @property
    def name(self) -> str:
        """Name of the served model."""
        return self._model

    @property
    def dimensions(self) -> int | None:
        """Length of a vector; None until the first one came."""
        return self._dimensions

    @property
    def recipient(self) -> ModelPlace:
        """Who sees the pictures, for the privacy gate: told by the host."""
        return _transport.recipient_at(self._base)

    def encode(self, images: Sequence[bytes]) -> Floats:
        """Return one vector of length 1 per picture: `(images, dimensions)`, float32.

        Raises:
            InvalidInputError: One of them is no PNG, JPEG or WEBP; nothing was sent.
            InvalidModelOutputError: What came back is no vector, or of another length than before.
            ModelRequestError: The endpoint refused the request.
            ModelUnavailableError: It is down or answered with a server error.
            ModelTimeoutError: It did not answer in time.
        """
        addresses = [_data_uri(data) for data in images]
        if not addresses:
            return np.zeros((0, self._dimensions or 0), np.float32)
        return np.stack([self._checked(self._vector(address)) for address in addresses])

    def _vector(self, address: str) -> object:
        for attempt in _transport.retrying(self._max_retries, self._timeout):
            with attempt:
                return self._request(address)
        raise AssertionError("tenacity re-raises the last failure")

    def _request(self, address: str) -> object:
        content: list[object] = [{"type": "image_url", "image_url": {"url": address}}]
        if self._instruction:
            content.append({"type": "text", "text": self._instruction})
        body = {
            "model": self._model,
            "messages": [{"role": "user", "content": content}],
            "encoding_format": "float",
        }
        with _transport.client(self._base, api_key=self._api_key, timeout=self._timeout) as api:
            try:
                return _transport.guarded(
                    lambda: api.post("/embeddings", cast_to=object, body=body),
                    at=_transport.shown(self._base),
                    timeout=self._timeout,
                )
            except ValueError as error:  # JSON that is none
                if isinstance(error, ModelError):
                    raise
                return None

    def _checked(self, answer: object) -> Floats:
        try:
            found = answer["data"][0]["embedding"]  # type: ignore[index] # any JSON
            vector = np.asarray(found, np.float64)
        except _transport.MALFORMED:
            vector = np.zeros(0)
        expected = self._dimensions or vector.size
        with np.errstate(over="ignore"):
            length = np.linalg.norm(vector)
        sound = vector.ndim == 1 and np.isfinite(length) and length > 0
        if not sound or vector.size != expected:
            raise InvalidModelOutputError(
                f"{self._model!r} returned {vector.size} numbers for a picture; expected a finite "
                f"vector of {expected or 'any number of'} dimensions that is not zero. Nothing was "
                "stored. Check that the endpoint serves a multimodal embedding model."
            )
        self._dimensions = vector.size
        return np.asarray(vector / length, np.float32)


class ClipEncoder:
    """The image tower of a CLIP or SigLIP folder that transformers can load; never the hub.

    Needs the extras `local` (torch) and `images`. Loading takes seconds, at the first picture.

    Args:
        path: Folder with `config.json` and weights.

    Raises:
        InvalidInputError: It is no folder of a model.
        MissingExtraError: transformers, torch or Pillow is not installed.
    """

    recipient: ModelPlace = "offline"

    def __init__(self, path: str | Path) -> None:
        _require("transformers", "torch", "PIL", install=INSTALL_LOCAL)
        self._path = Path(path).expanduser()
        if not self._path.joinpath("config.json").is_file():
            raise InvalidInputError(
                f"{self._path} holds no `config.json`. Expected the folder of a CLIP model. "
                "Download it first; usermind does not."
            )
        self.dimensions: int | None = None

    @cached_property
    def name(self) -> str:
        """The folder's name; two models in folders of one name are not told apart."""
        return self._path.resolve().name

    def encode(self, images: Sequence[bytes]) -> Floats:
        """Return one vector of length 1 per picture: `(images, dimensions)`, float32.

        Raises:
            InvalidInputError: One of them is no readable picture.
        """
        import torch

        pictures = [_opened(data) for data in images]
        if not pictures:
            return np.zeros((0, self.dimensions or 0), np.float32)
        processor, model = self._loaded
        with torch.inference_mode():
            found = model.get_image_features(**processor(images=pictures, return_tensors="pt"))
        found = getattr(found, "pooler_output", found)  # newer ones wrap the tensor
        rows = np.asarray(found.numpy(), np.float32)
        self.dimensions = rows.shape[1]
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    @cached_property
    def _loaded(self):  # type: ignore[no-untyped-def] # classes of an extra that ships no types
        from transformers import AutoImageProcessor, AutoModel

        folder = str(self._path)
        processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        return processor, AutoModel.from_pretrained(folder, local_files_only=True).eval()


def _require(*modules: str, install: str = INSTALL_IMAGES) -> None:
    named = {"PIL": "Pillow"}
    for module in modules:
        if find_spec(module) is None:
            raise MissingExtraError(named.get(module, module), install=install)


def _opened(data: bytes) -> "Image.Image":
    """Return the pixels as RGB, on white where the picture is transparent."""
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            if not image.has_transparency_data:
                return image.convert("RGB")
            layer = image.convert("RGBA")
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        *(OSError, SyntaxError, ValueError),
    ) as error:
        raise InvalidInputError(
            f"{len(data)} bytes are no readable picture. Expected what "
            "`usermind.memory.images.prepare` returns. Nothing was encoded; prepare it first."
        ) from error
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _data_uri(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif data.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "webp"
    else:
        raise InvalidInputError(
            f"{len(data)} bytes begin like no PNG, JPEG or WEBP. Nothing was sent. Give the data "
            "of a picture from `usermind.memory.images.prepare`."
        )
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
