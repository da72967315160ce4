import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from benchmarks.concept_images import again, drawing, encoded

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    MissingExtraError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from usermind.models.images import ClipEncoder, HttpImageEncoder, PerceptualHash
from usermind.types import ImageEncoder

if TYPE_CHECKING:
    from tests.models.conftest import Endpoint, Step

KINDS = ["PNG", "JPEG", "WEBP"]


def pictures(count: int) -> list[bytes]:
    return [encoded(drawing(seed)) for seed in range(count)]


class TestPerceptualHash:
    def test_it_is_an_encoder_with_unit_vectors(self) -> None:
        encoder = PerceptualHash()

        found = encoder.encode(pictures(5))

        assert isinstance(encoder, ImageEncoder)
        assert found.shape == (5, encoder.dimensions)
        assert found.dtype == np.float32
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)

    def test_the_same_picture_has_the_same_vector_in_any_company(self) -> None:
        asked = pictures(4)
        together = PerceptualHash().encode(asked)
        alone = [PerceptualHash().encode([data])[0] for data in asked]
        assert np.array_equal(together, alone)

    def test_none_are_none(self) -> None:
        assert PerceptualHash().encode([]).shape == (0, PerceptualHash.dimensions)

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_file_format_makes_little_difference(self, kind: str) -> None:
        a, b = PerceptualHash().encode([encoded(drawing(8)), encoded(drawing(8), kind)])
        assert a @ b > 0.97

    def test_brightness_and_size_matter_less_than_another_drawing(self) -> None:
        encoder = PerceptualHash()
        known = encoder.encode(pictures(30))
        asked = encoder.encode([again(seed) for seed in range(30)])
        cosines = asked @ known.T
        assert np.array_equal(cosines.argmax(1), np.arange(30))
        assert cosines.diagonal().min() > 0.95
        assert cosines[~np.eye(30, dtype=bool)].max() < 0.85

    @pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1"])
    def test_pictures_without_colour_or_with_transparency_have_a_vector(self, mode: str) -> None:
        found = PerceptualHash().encode([encoded(drawing(2).convert(mode))])
        assert np.isfinite(found).all()
        assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)

    @pytest.mark.parametrize(
        "data",
        [b"", b"text", encoded(drawing(1))[:500], encoded(drawing(1), "GIF")],
        ids=["empty", "text", "cut off", "gif"],
    )
    def test_what_is_no_picture_is_refused(self, data: bytes) -> None:
        with pytest.raises(InvalidInputError, match="no readable picture"):
            PerceptualHash().encode([*pictures(1), data])

    def test_without_its_library_it_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("usermind.models.images.find_spec", lambda _: None)
        with pytest.raises(MissingExtraError, match=r"pip install 'usermind\[images\]'"):
            PerceptualHash()


def vector(*numbers: Any) -> dict[str, Any]:
    data = [{"object": "embedding", "index": 0, "embedding": list(numbers)}]
    return {"object": "list", "data": data, "model": "scripted"}


@pytest.fixture
def encoder(endpoint: "Endpoint") -> HttpImageEncoder:
    return HttpImageEncoder(endpoint.url, "clip", max_retries=0)


class TestHttpImageEncoder:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_picture_travels_in_the_message(
        self, kind: str, endpoint: "Endpoint", encoder: HttpImageEncoder
    ) -> None:
        endpoint.plays(endpoint.answers(vector(3, 4)))
        data = encoded(drawing(1), kind)

        found = encoder.encode([data])

        assert found.dtype == np.float32
        assert np.allclose(found, [[0.6, 0.8]])
        (body,) = endpoint.asked("/v1/embeddings")
        assert body["model"] == "clip"
        (part,) = body["messages"][0]["content"]
        start, _, packed = part["image_url"]["url"].partition(",")
        assert start == f"data:image/{kind.lower()};base64"
        assert base64.b64decode(packed) == data
        assert endpoint.keys == ["Bearer none"]

    def test_vectors_come_in_the_order_of_the_pictures(
        self, endpoint: "Endpoint", encoder: HttpImageEncoder
    ) -> None:
        endpoint.plays(*(endpoint.answers(vector(*row)) for row in np.eye(3).tolist()))

        assert isinstance(encoder, ImageEncoder)
        assert encoder.dimensions is None
        assert np.array_equal(encoder.encode(pictures(3)), np.eye(3))
        assert encoder.dimensions == 3
        assert encoder.encode([]).shape == (0, 3)

    def test_an_instruction_and_a_key_are_sent(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.answers(vector(1)))
        asked = HttpImageEncoder(endpoint.url, "m", api_key="k", instruction="Represent it.")

        asked.encode(pictures(1))

        (body,) = endpoint.asked("/embeddings")
        assert body["messages"][0]["content"][1] == {"type": "text", "text": "Represent it."}
        assert endpoint.keys == ["Bearer k"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"data": []},
            {"data": [{}]},
            vector(),
            vector(0, 0),
            vector("x"),
            vector(None, 1),
            vector([1, 2], [3, 4]),
            vector(1e300, 1),
            {"data": "no"},
        ],
        ids=str,
    )
    def test_an_answer_without_a_vector_is_told(
        self, body: dict[str, Any], endpoint: "Endpoint", encoder: HttpImageEncoder
    ) -> None:
        endpoint.plays(endpoint.answers(body))
        with pytest.raises(InvalidModelOutputError, match="Nothing was stored"):
            encoder.encode(pictures(1))

    def test_a_page_that_is_no_json_is_told(
        self, endpoint: "Endpoint", encoder: HttpImageEncoder
    ) -> None:
        def page(at: Any) -> None:
            at.send_response(200)
            at.send_header("Content-Type", "application/json")
            at.send_header("Content-Length", "6")
            at.end_headers()
            at.wfile.write(b"<html>")

        endpoint.plays(page)
        with pytest.raises(InvalidModelOutputError):
            encoder.encode(pictures(1))

    def test_vectors_of_another_length_than_before_are_refused(
        self, endpoint: "Endpoint", encoder: HttpImageEncoder
    ) -> None:
        endpoint.plays(endpoint.answers(vector(1, 2)), endpoint.answers(vector(1, 2, 3)))
        with pytest.raises(InvalidModelOutputError, match=r"returned 3 numbers.* of 2 dimensions"):
            encoder.encode(pictures(2))

    def test_a_server_error_is_tried_again(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(503, retry_after="0"), endpoint.answers(vector(1, 0)))

        found = HttpImageEncoder(endpoint.url, "m").encode(pictures(1))

        assert np.array_equal(found, [[1, 0]])
        assert len(endpoint.requests) == 2

    def test_refused_is_not_tried_again(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(400, "no multimodal model"))
        with pytest.raises(ModelRequestError, match="HTTP 400"):
            HttpImageEncoder(endpoint.url, "m").encode(pictures(1))
        assert len(endpoint.requests) == 1

    def test_down_and_slow_are_told_apart(
        self, endpoint: "Endpoint", encoder: HttpImageEncoder
    ) -> None:
        down: Step = endpoint.drops
        endpoint.plays(down)
        with pytest.raises(ModelUnavailableError):
            encoder.encode(pictures(1))
        endpoint.plays(endpoint.hangs)
        with pytest.raises(ModelTimeoutError):
            HttpImageEncoder(endpoint.url, "m", timeout=0.2).encode(pictures(1))

    @pytest.mark.parametrize("url", ["ftp://host", "file:///etc/passwd", "host:8000", ""])
    def test_only_http_is_spoken(self, url: str) -> None:
        with pytest.raises(InvalidInputError, match="not an endpoint"):
            HttpImageEncoder(url, "m")

    def test_what_is_no_picture_is_not_sent(
        self, endpoint: "Endpoint", encoder: HttpImageEncoder
    ) -> None:
        with pytest.raises(InvalidInputError, match="Nothing was sent"):
            encoder.encode([*pictures(1), b"secret words"])
        assert endpoint.requests == []

    def test_who_sees_the_pictures_is_told_by_the_host(self, encoder: HttpImageEncoder) -> None:
        assert encoder.recipient == "local model"
        assert HttpImageEncoder("https://api.example.com", "m").recipient == "remote model"


class TestClipEncoder:
    def test_without_its_library_it_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("usermind.models.images.find_spec", lambda _: None)
        with pytest.raises(MissingExtraError, match=r"pip install 'usermind\[local,images\]'"):
            ClipEncoder("clip")

    def test_a_folder_without_a_model_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        monkeypatch.setattr("usermind.models.images.find_spec", lambda _: object())
        with pytest.raises(InvalidInputError, match=r"config\.json"):
            ClipEncoder(tmp_path)
