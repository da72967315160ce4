"""Soft tokens: what is read, projected and sent; a real vLLM takes them in tests/vllm."""

import base64
import io
import json
import pickletools
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.numpy import save_file

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from usermind.models import Injector, Projection, TokenEmbeddings
from usermind.models._weights import Floats
from usermind.models.injector import encoded

if TYPE_CHECKING:
    from tests.models.conftest import Endpoint, Handler

NAME = "model.embed_tokens.weight"
WORDS = np.random.default_rng(1).normal(size=(20, 6)).astype(np.float32)


def model_folder(
    path: Path,
    tensors: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    save_file({NAME: WORDS} if tensors is None else tensors, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps(config or {"model_type": "llama"}))
    return path


def bfloat16_folder(path: Path, rows: Floats) -> Path:
    """A folder in the type that most models come in, which numpy cannot write."""
    path.mkdir()
    data = (rows.view(np.uint32) >> 16).astype("<u2").tobytes()
    entry = {"dtype": "BF16", "shape": list(rows.shape), "data_offsets": [0, len(data)]}
    header = json.dumps({NAME: entry}).encode()
    file = len(header).to_bytes(8, "little") + header + data
    (path / "model.safetensors").write_bytes(file)
    (path / "config.json").write_text('{"model_type": "qwen3"}')
    return path


class TestTokenEmbeddings:
    def test_rows_are_those_of_the_matrix_in_the_order_asked(self, tmp_path: Path) -> None:
        words = TokenEmbeddings(model_folder(tmp_path / "m", {NAME: WORDS, "norm": WORDS[0]}))
        assert (words.tokens, words.hidden) == WORDS.shape
        assert np.array_equal(words.rows([3, 0, 19, 3]), WORDS[[3, 0, 19, 3]])
        assert words.rows([]).shape == (0, 6)

    def test_half_precision_and_bfloat16_are_read(self, tmp_path: Path) -> None:
        half = TokenEmbeddings(model_folder(tmp_path / "half", {NAME: WORDS.astype(np.float16)}))
        assert half.rows(range(20)) == pytest.approx(WORDS, rel=1e-3)
        brain = TokenEmbeddings(bfloat16_folder(tmp_path / "brain", WORDS))
        found = brain.rows(range(20))
        assert found.dtype == np.float32
        assert found == pytest.approx(WORDS, rel=2**-7)
        assert np.array_equal(found, (WORDS.view(np.uint32) & 0xFFFF0000).view(np.float32))

    def test_a_model_in_several_files_is_read(self, tmp_path: Path) -> None:
        folder = model_folder(tmp_path / "m", {"norm": WORDS[0]})
        (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
        save_file({NAME: WORDS}, folder / "model-00002-of-00002.safetensors")
        places = {
            "norm": "model-00001-of-00002.safetensors",
            NAME: "model-00002-of-00002.safetensors",
        }
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
        assert np.array_equal(TokenEmbeddings(folder).rows([5]), WORDS[[5]])

    def test_an_index_cannot_lead_out_of_the_folder(self, tmp_path: Path) -> None:
        model_folder(tmp_path / "secret")
        folder = model_folder(tmp_path / "m", {"norm": WORDS[0]})
        places = {NAME: "../secret/model.safetensors"}
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
        with pytest.raises(InvalidInputError, match=r"does not hold|cannot be read"):
            TokenEmbeddings(folder)

    def test_the_typical_length_is_that_of_rows(self, tmp_path: Path) -> None:
        words = TokenEmbeddings(model_folder(tmp_path / "m"))
        assert words.typical_length() == pytest.approx(np.linalg.norm(WORDS, axis=1).mean())

    @pytest.mark.parametrize("ids", [[20], [-1], [0, 5, 99]])
    def test_ids_outside_the_vocabulary_are_refused(self, ids: list[int], tmp_path: Path) -> None:
        with pytest.raises(InvalidInputError, match="holds 20"):
            TokenEmbeddings(model_folder(tmp_path / "m")).rows(ids)

    @pytest.mark.parametrize(
        ("tensors", "says"),
        [
            ({"lm_head.weight": WORDS}, "0 tensors called"),
            ({NAME: WORDS, "decoder.embed_tokens.weight": WORDS}, "2 tensors called"),
            ({NAME: WORDS[0]}, "shape"),
            ({NAME: WORDS.astype(np.int8)}, "quantised"),
        ],
        ids=["without the matrix", "with two", "of one axis", "quantised"],
    )
    def test_a_folder_that_cannot_serve_is_refused(
        self, tensors: dict[str, Any], says: str, tmp_path: Path
    ) -> None:
        folder = model_folder(tmp_path / "m", tensors)
        with pytest.raises(InvalidInputError, match=says):
            TokenEmbeddings(folder).rows([0])

    @pytest.mark.parametrize(
        "config",
        [
            {"model_type": "gemma3_text"},
            {"model_type": "granite", "embedding_multiplier": 12.0},
            {"model_type": "minicpm", "scale_emb": 12},
            {"model_type": "llava", "text_config": {"model_type": "gemma"}},
        ],
        ids=lambda config: str(config["model_type"]),
    )
    def test_models_that_multiply_their_rows_are_refused(
        self, config: dict[str, Any], tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidInputError, match="multiplies"):
            TokenEmbeddings(model_folder(tmp_path / "m", config=config))

    @pytest.mark.parametrize("cut", [0, 4, 60, -1], ids="up to {} bytes".format)
    def test_a_damaged_file_is_refused(self, cut: int, tmp_path: Path) -> None:
        folder = model_folder(tmp_path / "m")
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[:cut])
        with pytest.raises(InvalidInputError, match="safetensors"):
            TokenEmbeddings(folder)

    def test_a_folder_that_is_none_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInputError, match="config"):
            TokenEmbeddings(tmp_path / "nothing")


def projection(tokens: int = 2, dimensions: int = 3, seed: int = 0) -> Projection:
    return Projection.untrained(
        dimensions, tokens=tokens, hidden=WORDS.shape[1], length=2.0, seed=seed
    )


class TestProjection:
    def test_it_is_linear_and_adds_its_bias(self) -> None:
        made = projection()
        bias = np.arange(12, dtype=np.float32)
        with_bias = Projection(made.weight, bias, 2)
        u, v = np.array([1, 2, 3], np.float32), np.array([0, -1, 4], np.float32)
        assert made(u + v) == pytest.approx(made(u) + made(v), abs=1e-5)
        assert with_bias(u) == pytest.approx(made(u) + bias.reshape(2, 6), abs=1e-5)
        first = made.weight[:6] @ u  # row by row, as torch.nn.Linear and a reshape have it
        assert made(u)[0] == pytest.approx(first, abs=1e-5)

    def test_what_is_saved_is_loaded(self, tmp_path: Path) -> None:
        made = Projection(projection().weight, np.ones(12, np.float32), 2)
        made.save(tmp_path / "p.safetensors")
        again = Projection.load(tmp_path / "p.safetensors")
        assert np.array_equal(again.weight, made.weight)
        assert np.array_equal(again.bias, made.bias)
        assert (again.tokens, again.hidden, again.dimensions, again.trained) == (2, 6, 3, True)

    def test_a_file_without_a_bias_has_none(self, tmp_path: Path) -> None:
        file = tmp_path / "p.safetensors"
        save_file({"weight": projection().weight}, file, {"tokens": "2"})
        assert not Projection.load(file).bias.any()

    def test_random_numbers_stay_labelled_as_such(self, tmp_path: Path) -> None:
        assert not projection().trained
        projection().save(tmp_path / "p.safetensors")
        again = Projection.load(tmp_path / "p.safetensors")
        assert not again.trained
        assert "untrained" in repr(again)

    def test_a_seed_makes_the_same_one_and_rows_are_as_long_as_asked(self) -> None:
        one, same, other = (
            Projection.untrained(32, tokens=50, hidden=128, length=3.0, seed=seed)
            for seed in (4, 4, 5)
        )
        u = np.eye(32, dtype=np.float32)[7]
        assert np.array_equal(one.weight, same.weight)
        assert not np.array_equal(one.weight, other.weight)
        assert np.linalg.norm(one(u), axis=1).mean() == pytest.approx(3.0, rel=0.05)

    @pytest.mark.parametrize(
        "vector", [[1, 2], [[1, 2, 3]], [1, 2, np.nan], [np.inf, 0, 0]], ids=repr
    )
    def test_a_vector_that_does_not_fit_is_refused(self, vector: list[float]) -> None:
        with pytest.raises(InvalidInputError, match="cannot be projected"):
            projection()(np.array(vector, np.float32))

    @pytest.mark.parametrize(
        ("tensors", "metadata"),
        [
            ({"weight": WORDS}, {}),
            ({"weight": WORDS}, {"tokens": "-1"}),
            ({"weight": WORDS}, {"tokens": "0"}),
            ({"weight": WORDS}, {"tokens": "3"}),
            ({"weight": WORDS[0]}, {"tokens": "1"}),
            ({"weight": WORDS, "bias": WORDS[0]}, {"tokens": "2"}),
            ({"weight": WORDS * np.float32(np.nan)}, {"tokens": "2"}),
            ({"weight": WORDS, "0.weight": WORDS}, {"tokens": "2"}),
            ({"0.weight": WORDS}, {"tokens": "2"}),
        ],
        ids=[
            *("no tokens", "fewer than none", "none", "no divisor", "one axis"),
            *("a bias of another size", "not finite", "two layers", "another name"),
        ],
    )
    def test_a_file_that_is_no_projection_is_refused(
        self, tensors: dict[str, Any], metadata: dict[str, str], tmp_path: Path
    ) -> None:
        save_file(tensors, tmp_path / "p.safetensors", metadata)
        with pytest.raises(InvalidInputError):
            Projection.load(tmp_path / "p.safetensors")

    def test_a_pickle_is_not_read(self, tmp_path: Path) -> None:
        file = tmp_path / "p.pt"
        file.write_bytes(base64.b64decode(encoded(WORDS)))
        with pytest.raises(InvalidInputError, match="pickle"):
            Projection.load(file)

    def test_sizes_below_one_are_refused(self) -> None:
        with pytest.raises(InvalidInputError, match="sizes"):
            Projection.untrained(3, tokens=0, hidden=6, length=1.0)


class TestEncoded:
    @settings(max_examples=30)
    @given(
        arrays(
            np.float32,
            st.tuples(st.integers(1, 9), st.integers(1, 9)),
            elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
        )
    )
    def test_the_numbers_are_in_it_with_their_shape(self, rows: Floats) -> None:
        data = base64.b64decode(encoded(rows), validate=True)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            layout = archive.read("rows/data.pkl")
            numbers = np.frombuffer(archive.read("rows/data/0"), "<f4").reshape(rows.shape)
        assert np.array_equal(numbers, rows)
        assert said(layout) == (rows.size, 0, *rows.shape, rows.shape[1], 1)

    def test_the_pickle_names_nothing_but_a_tensor(self) -> None:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(encoded(WORDS)))) as archive:
            layout = archive.read("rows/data.pkl")
        named = {value for code, value, _ in pickletools.genops(layout) if code.name == "GLOBAL"}
        assert named == {
            "torch._utils _rebuild_tensor_v2",
            "torch FloatStorage",
            "collections OrderedDict",
        }

    def test_the_same_rows_are_the_same_text(self) -> None:
        assert encoded(WORDS) == encoded(WORDS.copy()) != encoded(WORDS[:-1])
        assert encoded(WORDS.T) == encoded(np.ascontiguousarray(WORDS.T))

    @pytest.mark.parametrize(
        "rows",
        [WORDS[:0], WORDS[0], WORDS[None], np.full((2, 6), np.nan), np.full((2, 6), np.inf)],
        ids=["no rows", "one axis", "three axes", "nan", "infinity"],
    )
    def test_what_is_no_prompt_is_refused(self, rows: Floats) -> None:
        with pytest.raises(InvalidInputError, match="Nothing was sent"):
            encoded(rows)


def said(layout: bytes) -> tuple[int, ...]:
    ops = pickletools.genops(layout)
    return tuple(int(str(value)) for code, value, _ in ops if code.name == "BININT")


def sent(endpoint: "Endpoint") -> Floats:
    (body,) = endpoint.asked("/completions")
    data = base64.b64decode(body["prompt_embeds"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return np.frombuffer(archive.read("rows/data/0"), "<f4").reshape(-1, WORDS.shape[1])


CUT = {"tokens": [3, 1, 4], "count": 3, "max_model_len": 4096}
TEXT = {"id": "c1", "object": "text_completion", "choices": [{"index": 0, "text": " Oslo."}]}


def garbled(at: "Handler") -> None:
    data = b'{"tokens": ['
    at.send_response(200)
    at.send_header("Content-Type", "application/json")
    at.send_header("Content-Length", str(len(data)))
    at.end_headers()
    at.wfile.write(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return model_folder(tmp_path / "model")


class TestInjector:
    def injector(self, endpoint: "Endpoint", folder: Path, **given: Any) -> Injector:
        return Injector(endpoint.url, folder=folder, projection=projection(), **given)

    def test_the_vectors_rows_stand_before_those_of_the_words(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(endpoint.answers(CUT), endpoint.answers(TEXT))
        u = np.array([0.6, 0.8, 0.0], np.float32)
        said = self.injector(endpoint, folder).complete(
            "Where?", vector=u, max_tokens=9, options={"top_p": 0.5, "model": "never"}
        )
        assert said == " Oslo."
        assert np.array_equal(sent(endpoint), np.concatenate([projection()(u), WORDS[[3, 1, 4]]]))
        (body,) = endpoint.asked("/completions")
        assert (body["model"], body["max_tokens"], body["temperature"]) == ("scripted", 9, 0.0)
        assert body["top_p"] == 0.5
        assert "prompt" not in body
        assert [path for path, _ in endpoint.requests] == ["/tokenize", "/v1/completions"]

    def test_without_a_vector_the_words_stand_alone(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(endpoint.answers(CUT), endpoint.answers(TEXT))
        self.injector(endpoint, folder).complete("Where?")
        assert np.array_equal(sent(endpoint), WORDS[[3, 1, 4]])

    def test_messages_are_laid_out_by_the_server(self, endpoint: "Endpoint", folder: Path) -> None:
        endpoint.plays(endpoint.answers(CUT), endpoint.answers(TEXT))
        talk = [{"role": "user", "content": "Where?"}]
        self.injector(endpoint, folder, model="other").complete(talk)
        (body,) = endpoint.asked("/tokenize")
        assert body == {"model": "other", "messages": talk}

    @pytest.mark.parametrize("prompt", ["", []], ids=["text", "messages"])
    def test_an_empty_prompt_is_refused(
        self, prompt: Any, endpoint: "Endpoint", folder: Path
    ) -> None:
        with pytest.raises(InvalidInputError, match="empty"):
            self.injector(endpoint, folder).complete(prompt)
        assert not endpoint.requests

    def test_a_vector_that_does_not_fit_is_refused_before_anything_is_sent(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        with pytest.raises(InvalidInputError, match="cannot be projected"):
            self.injector(endpoint, folder).complete("Where?", vector=np.ones(4, np.float32))
        assert not endpoint.requests

    def test_a_projection_for_another_model_is_refused(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        wide = Projection.untrained(3, tokens=1, hidden=7, length=1.0)
        with pytest.raises(InvalidInputError, match="rows of 7"):
            Injector(endpoint.url, folder=folder, projection=wide)

    def test_a_server_without_the_flag_is_told_how_to_start(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        message = "You must set `--enable-prompt-embeds` to input `prompt_embeds`."
        endpoint.plays(endpoint.answers(CUT), endpoint.fails(400, message))
        with pytest.raises(ModelRequestError, match="model serve --prompt-embeds") as caught:
            self.injector(endpoint, folder).complete("Where?")
        assert caught.value.status == 400

    def test_another_model_than_the_folders_is_named_as_the_reason(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        message = "`prompt_embeds` hidden_size 6 does not match the model's hidden_size 4096."
        endpoint.plays(endpoint.answers(CUT), endpoint.fails(400, message))
        with pytest.raises(ModelRequestError, match="folder of the model that is served"):
            self.injector(endpoint, folder).complete("Where?")

    def test_tokens_the_folder_does_not_have_are_refused(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(endpoint.answers({"tokens": [3, 1000]}))
        with pytest.raises(InvalidInputError, match="reach from 3 to 1000"):
            self.injector(endpoint, folder).complete("Where?")
        assert not endpoint.asked("/completions")

    def test_a_server_that_is_no_vllm_refuses(self, endpoint: "Endpoint", folder: Path) -> None:
        endpoint.plays(endpoint.fails(404, "Not Found"))
        with pytest.raises(ModelRequestError, match="404"):
            self.injector(endpoint, folder).complete("Where?")

    @pytest.mark.parametrize(
        "answer", [{}, {"tokens": "a"}, {"tokens": [1.5]}, {"tokens": [True]}], ids=repr
    )
    def test_token_ids_that_are_none_are_refused(
        self, answer: dict[str, Any], endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(endpoint.answers(answer))
        with pytest.raises(InvalidModelOutputError, match="token ids"):
            self.injector(endpoint, folder).complete("Where?")

    @pytest.mark.parametrize(
        "answer", [{}, {"choices": []}, {"choices": [{"text": 3}]}, {"choices": None}], ids=repr
    )
    def test_a_completion_that_is_none_is_refused(
        self, answer: dict[str, Any], endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(endpoint.answers(CUT), endpoint.answers(answer))
        with pytest.raises(InvalidModelOutputError, match="completion"):
            self.injector(endpoint, folder).complete("Where?")

    def test_a_page_that_is_no_json_is_refused(self, endpoint: "Endpoint", folder: Path) -> None:
        endpoint.plays(garbled)
        with pytest.raises(InvalidModelOutputError, match="token ids"):
            self.injector(endpoint, folder, model="m").complete("Where?")

    def test_a_server_that_stumbles_is_asked_again(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(
            endpoint.answers(CUT), endpoint.fails(503, retry_after="0"), endpoint.answers(TEXT)
        )
        assert self.injector(endpoint, folder).complete("Where?") == " Oslo."

    def test_a_server_that_stays_down_or_silent_is_an_error(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(endpoint.fails(500))
        with pytest.raises(ModelUnavailableError):
            self.injector(endpoint, folder, max_retries=0).complete("Where?")
        endpoint.plays(endpoint.hangs)
        with pytest.raises(ModelTimeoutError):
            self.injector(endpoint, folder, model="m", timeout=0.2).complete("Where?")

    def test_what_the_server_says_of_the_words_is_not_repeated(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        endpoint.plays(endpoint.answers(CUT), endpoint.fails(400, "bad: my secret words"))
        with pytest.raises(ModelRequestError) as caught:
            self.injector(endpoint, folder).complete("my secret words")
        assert "secret" not in str(caught.value)

    def test_who_reads_the_prompt_is_told_by_the_host(
        self, endpoint: "Endpoint", folder: Path
    ) -> None:
        assert self.injector(endpoint, folder).recipient == "local model"
        far = Injector("https://example.com/v1", folder=folder, projection=projection())
        assert far.recipient == "remote model"
