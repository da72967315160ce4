"""Any bytes are a picture that can be kept and deleted, or are refused in words."""

import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.fuzz.fuzzing import ODD_TEXTS, bounded, inputs, mangled, odd_text, refused

from usermind import Concept, MemoryStore
from usermind.errors import InvalidInputError
from usermind.memory.image_rows import Images
from usermind.memory.images import LONGEST_SIDE, prepare
from usermind.testing import StoppedClock

MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F", "PA", "LAB")
KINDS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "ICO", "PPM", "JPEG2000", "MPO", "PDF")


def _drawn(mode: str, width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    whole = Image.fromarray(pixels)
    try:
        return whole.convert(mode)
    except ValueError:
        return whole.convert("L").convert(mode) if mode in ("I", "F") else whole


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    """Return a picture of any mode and kind, animated, turned, with odd metadata, or damaged."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    image = _drawn(draw(st.sampled_from(MODES)), width, height)
    kind = draw(st.sampled_from((*KINDS, "PNG", "JPEG", "WEBP")))
    exif = Image.Exif()
    exif[0x0112] = draw(st.sampled_from((0, 1, 3, 6, 8, 9, 65_535)))
    exif[0x010E] = draw(st.sampled_from(("", "x" * 5_000, "é")))
    more: dict[str, object] = {"exif": exif} if draw(st.booleans()) else {}
    if draw(st.integers(0, 4)) == 0:
        frames = [_drawn(image.mode, width, height) for _ in range(2)]
        more |= {"save_all": True, "append_images": frames}
    if draw(st.booleans()):
        more["icc_profile"] = draw(st.binary(max_size=60))
    made = io.BytesIO()
    try:
        image.save(made, kind, **more)
    except (OSError, ValueError, KeyError, TypeError, struct.error, SystemError):
        made = io.BytesIO()
        image.convert("RGB").save(made, "PNG")
    data = made.getvalue()
    return draw(st.one_of(st.just(data), mangled(data)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@st.composite
def bombs(draw: st.DrawFn) -> bytes:
    """Return a PNG whose header and chunks say anything, with right checksums."""
    sides = st.sampled_from((0, 1, 7, 6_000, 7_000, 65_535, 2**31 - 1, 2**31, 2**32 - 1))
    depth = draw(st.sampled_from((0, 1, 2, 4, 8, 16, 32)))
    color = draw(st.sampled_from((0, 2, 3, 4, 6, 9)))
    head = struct.pack(
        ">II5B", draw(sides), draw(sides), depth, color, 0, 0, draw(st.integers(0, 1))
    )
    parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", head)]
    for kind in draw(
        st.lists(
            st.sampled_from(
                (
                    b"iCCP",
                    b"zTXt",
                    b"iTXt",
                    b"PLTE",
                    b"tRNS",
                    b"eXIf",
                    b"acTL",
                    b"IDAT",
                    b"gAMA",
                    b"caNv",
                )
            ),
            max_size=4,
        )
    ):
        deep = zlib.compress(b"\x00" * draw(st.sampled_from((1, 1_000, 50_000_000))), 9)
        parts.append(
            _chunk(kind, draw(st.sampled_from((b"", b"a\x00\x00" + deep, deep, b"\x00" * 5))))
        )
    return b"".join([*parts, _chunk(b"IDAT", zlib.compress(b"\x00" * 4_000)), _chunk(b"IEND", b"")])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    folder = tmp_path_factory.mktemp("store")
    with MemoryStore(folder, embedder="lexical", clock=StoppedClock()) as store:
        yield store


@inputs(40)
@given(data=st.one_of(pictures(), bombs(), st.binary(max_size=60)))
def test_bytes_are_a_picture_or_refused(kept: MemoryStore, data: bytes) -> None:
    ana = kept.user("ana")
    with bounded(), refused(InvalidInputError, told="othing was stored"):
        picture = prepare(data)
        assert min(picture.width, picture.height) >= 1
        assert max(picture.width, picture.height) <= LONGEST_SIDE
        with Image.open(io.BytesIO(picture.data)) as image:
            image.load()
            assert image.size == (picture.width, picture.height)
            assert not image.getexif()
        assert prepare(data).id == picture.id
        ana.concepts["bo"] = Concept("Bo")
        id_ = ana.pictures.add("bo", data, consent=True)
        with ana.open() as file:
            assert Images(file.database).get(id_).data == picture.data
        ana.pictures.remove("bo", id_)
        ana.forget_everything()
        assert not ana.exists


@inputs(40, share=0.3)
@given(
    name=st.one_of(st.sampled_from(("pipe", "folder", "loop", "empty", *ODD_TEXTS)), odd_text),
    ending=st.sampled_from(("", ".png", ".jpg", ".txt")),
)
def test_any_path_is_a_picture_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, ending: str
) -> None:
    folder: Path = tmp_path_factory.mktemp("here")
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "loop").symlink_to("loop")
    (folder / "empty").touch()
    with bounded(), pytest.raises(InvalidInputError):
        prepare(f"{folder}/{name.replace('/', '_')}{ending}")
