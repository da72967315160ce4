import json
import math
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Encoding

from usermind.errors import InvalidInputError
from usermind.models import MiniLM, find_minilm
from usermind.models.minilm import INSTALL, gelu
from usermind.types import Embedder

FOLDER = find_minilm()
pytestmark = pytest.mark.skipif(FOLDER is None, reason=f"weights are missing: {INSTALL}")


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    assert FOLDER is not None
    return MiniLM(FOLDER)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder whose JSON files a test may spoil; the weights are linked."""
    assert FOLDER is not None
    for path in FOLDER.iterdir():
        if path.suffix == ".json":
            shutil.copy(path, tmp_path)
    shutil.copytree(FOLDER / "1_Pooling", tmp_path / "1_Pooling")
    (tmp_path / "model.safetensors").symlink_to(FOLDER / "model.safetensors")
    return tmp_path


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


# First coordinates and a sum over all, from sentence-transformers 6.2 with torch 2.13 on these
# weights; benchmarks/embedding.py compares whole vectors.
REFERENCE = {
    "I moved to Oslo in May.": (
        [0.115653, 0.0316745, 0.101396, 0.0065613, 0.1032839, 0.0118781],
        -204.8091,
    ),
    "": ([-0.1188384, 0.0482987, -0.0025481, -0.0110112, 0.0519508, 0.0102917], 231.8688),
    "日本語 and ünïcödé": (
        [-0.0067626, -0.0181047, 0.0613943, -0.0875982, -0.0943797, 0.036966],
        -83.0765,
    ),
    "word " * 300: ([-0.0081237, -0.095586, -0.0386731, 0.049662, -0.0437937, 0.0237198], -28.2769),
}


def test_vectors_are_those_of_sentence_transformers(minilm: MiniLM) -> None:
    for text, (first, weighted) in REFERENCE.items():
        vector = minilm.embed_array([text])[0]
        np.testing.assert_allclose(vector[: len(first)], first, atol=1e-6)
        assert float(vector @ np.arange(384)) == pytest.approx(weighted, abs=2e-3)


def test_it_is_an_embedder_with_a_named_space(minilm: MiniLM) -> None:
    assert isinstance(minilm, Embedder)
    assert minilm.dimension == len(minilm.embed_query("x")) == 384
    assert minilm.model_id.startswith("all-MiniLM-L6-v2-")
    assert minilm.max_pieces == 256


def test_near_meanings_are_near(minilm: MiniLM) -> None:
    dog, puppy, tax = minilm.embed_array(
        ["My dog loves the park.", "A puppy plays outdoors.", "Taxes are due in April."]
    )
    assert dog @ puppy > 0.4 > dog @ tax + 0.2


def test_a_batch_gives_what_each_text_gives_alone(minilm: MiniLM) -> None:
    texts = [
        "",
        "short",
        "word " * 90,
        "a much longer sentence about a walk in the woods near Oslo",
        "word " * 400,
        "日本語 and ünïcödé",
        "🙂",
    ]
    texts += [f"{i} {'and so on ' * (i % 13)}" for i in range(60)]
    together = minilm.embed_array(texts)
    alone = np.concatenate([minilm.embed_array([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert together.dtype == np.float32


def test_no_texts_give_no_vectors(minilm: MiniLM) -> None:
    assert minilm.embed_documents([]) == []
    assert minilm.embed_array([]).shape == (0, 384)


def test_what_is_beyond_the_last_piece_does_not_count(minilm: MiniLM) -> None:
    start = "word " * 254
    a, b = minilm.embed_array([start + "cats " * 50, start + "engines " * 50])
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_half_a_surrogate_pair_is_text_too(minilm: MiniLM) -> None:
    assert math.isfinite(sum(minilm.embed_query("broken \ud83d emoji")))
    assert minilm.chunks("\ud83d " * 300)[0].startswith("\ud83d")


def test_a_text_that_fits_is_one_chunk_unchanged(minilm: MiniLM) -> None:
    for text in ("", "  spaces stay  ", "word " * 254):
        assert minilm.chunks(text) == [text]


def test_chunks_cover_a_long_text_overlap_and_fit(minilm: MiniLM) -> None:
    words = [f"word{i}" for i in range(1000)]
    text = " ".join(words)
    chunks = minilm.chunks(text, overlap=32)
    pieces = minilm._tokenizer.encode_batch(chunks)
    assert max(len(p.ids) for p in pieces) <= 256
    found = [chunk.split() for chunk in chunks]
    assert [w for i, c in enumerate(found) for w in c if not i or w not in found[i - 1]] == words
    shared = [len(set(a) & set(b)) for a, b in pairwise(found)]
    assert all(1 <= n <= 32 for n in shared)


class CountedEncoding:
    """An encoding that counts how often each of its lists is made."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self.made: Counter[str] = Counter()

    def __getattr__(self, name: str) -> object:
        self.made[name] += 1
        return getattr(self._encoding, name)


def test_cutting_makes_each_list_of_pieces_once(
    minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "word another thing, hello there. " * 1000
    counted = CountedEncoding(minilm._encode([text], marks=False)[0])
    monkeypatch.setattr(minilm, "_encode", lambda *_, **__: [counted])
    assert len(minilm.chunks(text)) > 20
    assert set(counted.made.values()) == {1}


@pytest.mark.parametrize(
    "text",
    ["x" * 5000, "日本語" * 500, "!" * 2000, "a-b" * 900, "word " * 300 + "y" * 900],
    ids=["one word", "no spaces", "punctuation", "hyphens", "a word at the end"],
)
def test_chunks_of_odd_texts_fit_and_lose_nothing(minilm: MiniLM, text: str) -> None:
    chunks = minilm.chunks(text, overlap=0)
    assert max(len(p.ids) for p in minilm._tokenizer.encode_batch(chunks)) <= 256
    assert "".join(chunks).replace(" ", "") == text.replace(" ", "")


def test_gelu_is_the_exact_one() -> None:
    x = np.linspace(-9, 9, 200_001, dtype=np.float32)
    exact = np.array([v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x.tolist()])
    assert np.abs(gelu(x.copy().reshape(-1, 3)).ravel() - exact).max() < 6e-7


def test_the_given_folder_wins_over_the_package(copy: Path) -> None:
    assert find_minilm(copy) == copy


def test_folders_of_other_models_are_refused_with_the_reason(copy: Path) -> None:
    change(copy / "config.json", model_type="roberta")
    with pytest.raises(InvalidInputError, match="model_type 'roberta'"):
        MiniLM(copy)


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True},
        {"pooling_mode_max_tokens": True},
        {"pooling_mode": "cls"},
    ],
    ids=["first token", "two at once", "as newer versions write it"],
)
def test_other_poolings_are_refused(copy: Path, pooling: dict[str, object]) -> None:
    change(copy / "1_Pooling" / "config.json", **pooling)
    with pytest.raises(InvalidInputError, match="only the mean over tokens"):
        find_minilm(copy)


def test_a_folder_without_a_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no config\.json"):
        MiniLM(tmp_path)


def test_weights_that_do_not_fit_are_refused(copy: Path) -> None:
    change(copy / "config.json", num_hidden_layers=7)
    with pytest.raises(InvalidInputError, match="do not fit"):
        MiniLM(copy)


def test_lower_casing_and_length_come_from_the_folder(copy: Path, minilm: MiniLM) -> None:
    change(copy / "sentence_bert_config.json", max_seq_length=8, do_lower_case=True)
    short = MiniLM(copy)
    assert short.max_pieces == 8
    np.testing.assert_allclose(
        short.embed_array(["one two three four five six seven eight"])[0],
        minilm.embed_array(["one two three four five six"])[0],
        atol=1e-6,
    )
