import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks.concept_images import drawing, encoded
from PIL import Image, ImageDraw, PngImagePlugin

from usermind.errors import InvalidInputError, MissingExtraError, UnknownItemError
from usermind.memory.database import Database
from usermind.memory.image_rows import Images
from usermind.memory.images import MOST_BYTES, Picture, prepare

GPS = 0x8825
ORIENTATION = 0x0112


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "ana.db", user_id="ana")
    yield opened
    opened.close()


@pytest.fixture
def images(database: Database) -> Images:
    return Images(database)


def opened(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.data))


def png_header(width: int, height: int, *, bits: int = 8, color: int = 2) -> bytes:
    """A PNG that announces so many pixels, with hardly any data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data


def webp_header(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size + bytes(64)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def animated(kind: str) -> bytes:
    buffer = BytesIO()
    frames = [drawing(seed, size=64) for seed in range(3)]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100)
    return buffer.getvalue()


def photo() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCam"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (59.0, 54.0, 0.0)
    buffer = BytesIO()
    drawing(1).save(buffer, "JPEG", exif=exif, comment=b"at home")
    return buffer.getvalue()


class TestPrepare:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_bytes_and_file_of_any_name_give_the_same_picture(
        self, kind: str, tmp_path: Path
    ) -> None:
        data = encoded(drawing(1), kind)
        path = tmp_path / "notes.txt"
        path.write_bytes(data)

        picture = prepare(data)

        assert picture == prepare(path) == prepare(str(path))
        assert picture.media_type == "image/jpeg"
        assert (picture.width, picture.height) == opened(picture).size == (256, 256)
        assert picture.id == "i" + sha256(picture.data).hexdigest()[:32]

    def test_a_transparent_picture_stays_transparent(self) -> None:
        image = Image.new("RGBA", (80, 60))
        ImageDraw.Draw(image).ellipse((10, 10, 50, 50), fill="red")

        picture = prepare(encoded(image))

        assert picture.media_type == "image/png"
        assert opened(picture).getchannel("A").getextrema() == (0, 255)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    def test_every_mode_of_png_is_taken(self, mode: str) -> None:
        if mode == "I;16":
            image = Image.fromarray(np.full((30, 40), 0x8000, np.uint16))
        else:
            image = drawing(3, size=64).convert(mode).resize((40, 30))

        picture = prepare(encoded(image))

        assert (picture.width, picture.height) == (40, 30)
        if mode == "I;16":
            level = opened(picture).convert("L").getpixel((5, 5))
            assert isinstance(level, int | float)
            assert abs(level - 128) < 4

    def test_cmyk_is_taken(self) -> None:
        assert prepare(encoded(drawing(3).convert("CMYK"), "JPEG")).width == 256

    def test_large_is_scaled_to_1024_pixels_and_keeps_its_proportions(self) -> None:
        picture = prepare(encoded(drawing(2, size=1500).resize((3000, 1500)), "JPEG"))
        assert (picture.width, picture.height) == opened(picture).size == (1024, 512)

    def test_nothing_of_the_metadata_is_left(self) -> None:
        data = photo()
        assert Image.open(BytesIO(data)).getexif().get_ifd(GPS)

        picture = prepare(data)

        assert not opened(picture).getexif()
        assert b"Exif" not in picture.data
        assert b"SecretCam" not in picture.data
        assert b"at home" not in picture.data

    def test_texts_and_profiles_of_a_transparent_png_are_gone_too(self) -> None:
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", "Ana Secret")
        buffer = BytesIO()
        image = Image.new("RGBA", (60, 60), (9, 9, 9, 90))
        image.save(buffer, "PNG", pnginfo=info, icc_profile=b"profile", exif=Image.Exif())

        picture = prepare(buffer.getvalue())

        assert b"Secret" in buffer.getvalue()
        assert b"Secret" not in picture.data
        assert b"iCCP" not in picture.data

    def test_of_a_phones_several_pictures_the_first_is_taken(self) -> None:
        buffer = BytesIO()
        drawing(1).save(buffer, "MPO", save_all=True, append_images=[drawing(2, size=64)])
        assert prepare(buffer.getvalue()) == prepare(encoded(drawing(1), "JPEG"))

    def test_what_stands_behind_the_picture_is_gone(self) -> None:
        assert b"hidden" not in prepare(encoded(drawing(1)) + b"hidden").data

    @pytest.mark.parametrize("tag", range(1, 9))
    def test_the_picture_is_upright_whatever_its_exif_says(self, tag: int) -> None:
        turns = {
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }
        upright = drawing(5).crop((0, 0, 256, 160))
        lying = upright.transpose(turns[tag]) if tag in turns else upright
        exif = Image.Exif()
        exif[ORIENTATION] = tag
        buffer = BytesIO()
        lying.save(buffer, "PNG", exif=exif)

        picture = prepare(buffer.getvalue())

        assert (picture.width, picture.height) == (256, 160)
        difference = np.asarray(opened(picture), int) - np.asarray(upright, int)
        assert np.abs(difference).mean() < 4

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "cannot be read"),
            (b"just words, named .png", "cannot be read"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be read"),
            (encoded(drawing(1), "GIF"), "A GIF"),
            (encoded(drawing(1), "TIFF"), "cannot be read"),
            (encoded(drawing(1), "BMP"), "cannot be read"),
            (encoded(drawing(1))[:900], "A damaged PNG"),
            (encoded(drawing(1), "JPEG")[:900], "A damaged JPEG"),
            (encoded(drawing(1), "WEBP")[:900], "A damaged WEBP"),
            (png_header(300, 300), "A damaged PNG"),
            (png_header(1, 1, bits=1, color=3), "A damaged PNG"),
            (png_header(0, 10), "Nothing was stored"),
            (png_header(50_000, 50_000), "megapixels"),
            (png_header(10_000, 10_000), "megapixels"),
            (png_header(6_400, 6_400), "6400 × 6400"),
            (webp_header(16_000, 16_000), "16000 × 16000"),
            (animated("PNG"), "animated: 3 frames"),
            (animated("WEBP"), "animated: 3 frames"),
            (bytes(MOST_BYTES + 1), "20.0 MB"),
        ],
        ids=[
            *("empty", "text", "svg", "gif", "tiff", "bmp", "cut png", "cut jpeg", "cut webp"),
            *(
                "too little data",
                "no palette",
                "zero",
                "bomb",
                "half a bomb",
                "just too large",
                "webp bomb",
            ),
            *("animated png", "animated webp", "too many bytes"),
        ],
    )
    def test_what_is_no_picture_is_refused_in_words(self, data: bytes, words: str) -> None:
        with pytest.raises(InvalidInputError, match=words) as caught:
            prepare(data)
        assert "Expected" in str(caught.value)
        assert "othing was stored" in str(caught.value)

    def test_any_cut_and_any_changed_byte_is_a_picture_or_refused(self) -> None:
        rng = np.random.default_rng(7)
        for whole in (*(encoded(drawing(4, size=64), kind) for kind in ("PNG", "WEBP")), photo()):
            for _ in range(150):
                data = bytearray(whole)
                for _ in range(rng.integers(1, 6)):
                    data[rng.integers(len(data))] = rng.integers(256)
                try:
                    picture = prepare(
                        bytes(data[: rng.integers(len(data)) if rng.random() < 0.3 else None])
                    )
                except InvalidInputError:
                    continue
                assert max(picture.width, picture.height) <= 1024

    def test_a_text_file_named_png_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "bo.png"
        path.write_text("not a picture")
        with pytest.raises(InvalidInputError, match="cannot be read as a picture"):
            prepare(path)

    @pytest.mark.parametrize("size", [21_000_000, 200_000_000])
    def test_a_large_file_is_refused_unread(
        self, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "large.jpg"
        with path.open("wb") as file:
            file.truncate(size)

        def read(*_: object, **__: object) -> None:
            raise AssertionError("opened")

        monkeypatch.setattr(Path, "open", read)

        with pytest.raises(InvalidInputError, match=f"{size / 1e6:.1f} MB"):
            prepare(path)

    @pytest.mark.parametrize(
        "address",
        [
            "http://169.254.169.254/latest/meta-data",
            "HTTPS://example.org/a.png",
            "ftp://example.org/a.png",
            "file:///etc/passwd",
            "gopher://localhost",
            "data:image/png;base64,AAAA",
        ],
    )
    def test_addresses_are_never_fetched(self, address: str) -> None:
        with pytest.raises(InvalidInputError, match="SSRF") as caught:
            prepare(address)
        assert "meta-data" not in str(caught.value)

    def test_an_address_that_became_a_path_is_refused_too(self) -> None:
        with pytest.raises(InvalidInputError, match="SSRF"):
            prepare(Path("http://localhost/a.png"))

    @pytest.mark.parametrize("name", ["missing.png", ".", "nul\0.png"])
    def test_what_is_no_file_is_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(InvalidInputError, match="Nothing was stored"):
            prepare(str(tmp_path / name))

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InvalidInputError, match="regular file"):
            prepare(tmp_path / "pipe")

    def test_without_pillow_the_message_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, "PIL", None)
        with pytest.raises(MissingExtraError, match=r"pip install 'usermind\[images\]'"):
            prepare(b"")


class Length:
    """Encodes the length of a picture's data; refuses what it is told to."""

    name = "length"
    dimensions = 2

    def __init__(self) -> None:
        self.refused: set[bytes] = set()
        self.calls: list[int] = []

    def encode(self, images: Sequence[bytes]) -> npt.NDArray[np.float32]:
        self.calls.append(len(images))
        if self.refused & set(images):
            raise InvalidInputError("no")
        rows = np.array([[len(data), 1] for data in images], np.float32).reshape(-1, 2)
        return np.asarray(rows / np.hypot(rows[:, :1], rows[:, 1:]), np.float32)


@pytest.fixture
def store(images: Images) -> Callable[[int], str]:
    return lambda seed: images.add(prepare(encoded(drawing(seed))))


class TestImages:
    def test_adding_twice_is_adding_once(self, images: Images) -> None:
        picture = prepare(encoded(drawing(1)))

        assert images.add(picture) == images.add(picture) == picture.id

        assert images.list() == [picture.id]
        assert images.get(picture.id) == picture

    def test_they_are_listed_as_they_came(
        self, images: Images, store: Callable[[int], str]
    ) -> None:
        added = [store(seed) for seed in range(5)]
        assert images.list() == added

    def test_an_id_that_is_not_the_hash_is_refused(self, images: Images) -> None:
        with pytest.raises(InvalidInputError, match="Nothing was stored"):
            images.add(Picture("i" + "0" * 32, b"x", "image/png", 1, 1))
        assert images.list() == []

    def test_unknown_ids_are_told(self, images: Images) -> None:
        with pytest.raises(UnknownItemError, match="image"):
            images.get("i1")
        with pytest.raises(UnknownItemError, match="image"):
            images.delete("i1")

    def test_deleting_takes_the_vectors_along(
        self, images: Images, database: Database, store: Callable[[int], str]
    ) -> None:
        ids = [store(1), store(2)]
        images.vectors(ids, Length())

        images.delete(ids[0])

        assert images.list() == ids[1:]
        with database.read() as connection:
            rows = connection.execute("SELECT image_id FROM image_vector").fetchall()
        assert rows == [(ids[1],)]
        assert list(images.vectors(ids, Length())) == ids[1:]

    def test_vectors_are_made_once(self, images: Images, store: Callable[[int], str]) -> None:
        encoder, ids = Length(), [store(seed) for seed in range(3)]

        made = images.vectors(ids, encoder)
        again = images.vectors([*ids, store(9)], encoder)

        assert encoder.calls == [3, 1]
        assert all(np.array_equal(made[id_], again[id_]) for id_ in ids)

    def test_a_picture_that_cannot_be_read_moves_no_other_one(
        self, images: Images, store: Callable[[int], str]
    ) -> None:
        encoder, ids = Length(), [store(seed) for seed in range(4)]
        encoder.refused.add(images.get(ids[1]).data)

        found = images.references({"a": ids[:2], "b": [ids[2]], "c": [ids[3], "gone"]}, encoder)

        expected = {id_: Length().encode([images.get(id_).data])[0] for id_ in ids}
        assert {key: len(rows) for key, rows in found.items()} == {"a": 1, "b": 1, "c": 1}
        for key, id_ in (("a", ids[0]), ("b", ids[2]), ("c", ids[3])):
            assert np.array_equal(found[key][0], expected[id_])

    def test_what_a_concept_is_not_is_kept_as_a_vector_and_goes_with_it(
        self, images: Images, database: Database
    ) -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO concept VALUES (7, 'bo', '{}', 0)")
        other = prepare(encoded(drawing(1)))

        for _ in range(2):
            images.reject(
                7, Length().name, Length().encode([other.data])[0].astype("float32").tobytes()
            )

        assert [len(rows) for rows in images.negatives(Length()).values()] == [1]
        assert np.array_equal(images.negatives(Length())["bo"][0], Length().encode([other.data])[0])
        assert images.list() == []
        with database.write() as connection:
            connection.execute("DELETE FROM concept")
        assert images.negatives(Length()) == {}

    def test_an_unknown_concept_cannot_be_rejected(self, images: Images) -> None:
        with pytest.raises(UnknownItemError, match="c7"):
            images.reject(7, Length().name, b"\x00\x00\x80?")


@pytest.mark.parametrize("kind", [bytearray, memoryview], ids=["bytearray", "memoryview"])
def test_bytes_in_another_container_are_the_same_picture(
    kind: Callable[[bytes], bytearray | memoryview],
) -> None:
    assert prepare(kind(encoded(drawing(1)))) == prepare(encoded(drawing(1)))


def test_many_bytes_in_another_container_are_too_many() -> None:
    with pytest.raises(InvalidInputError, match="20 MB"):
        prepare(bytearray(MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (None, "NoneType"),
        (7, "int"),
        ([b"x"], "list"),
        (BytesIO(b"x"), r"`getvalue\(\)`"),
        (Path(__file__).open("rb"), r"`read\(\)`"),  # noqa: SIM115  # closed below
        (drawing(1), r"image\.save\(buffer"),
    ],
    ids=["nothing", "a number", "a list", "a buffer", "a file", "a PIL image"],
)
def test_what_is_neither_bytes_nor_a_path_is_refused_in_words(given: object, hint: str) -> None:
    with pytest.raises(InvalidInputError, match=hint) as caught:
        prepare(given)  # type: ignore[arg-type]  # that is what is tested
    assert "Expected the bytes of a PNG, JPEG or WEBP" in str(caught.value)
    if hasattr(given, "close"):
        given.close()


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.joinpath("bo.png").write_bytes(encoded(drawing(1)))
    assert prepare("~/bo.png") == prepare(tmp_path / "bo.png")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        prepare("~nobody-is-called-so/bo.png")
