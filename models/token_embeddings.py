"""The rows that a model reads its tokens as, taken from its folder without loading it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from usermind.errors import InvalidInputError
from usermind.models._weights import Floats, WeightFile

SUFFIX: Final = "embed_tokens.weight"
"""How the matrix is named in Llama, Qwen, Mistral, Phi and their like, alone or inside others."""
SAMPLE: Final = 1_024
"""Rows whose mean length stands for all."""
MULTIPLIED: Final = ("embedding_multiplier", "scale_emb")
"""Keys of a config (Granite, MiniCPM) that say that a model multiplies its rows before use."""


class TokenEmbeddings:
    """The embedding matrix of a model folder, read row by row.

    Args:
        folder: As on the Hugging Face hub: `config.json` and safetensors.

    Raises:
        InvalidInputError: The folder holds no such matrix, or the model multiplies its rows
            (Gemma, Granite, MiniCPM), which is not supported.
    """

    def __init__(self, folder: str | Path) -> None:
        path = Path(folder).expanduser()
        config = _read(path / "config.json")
        text = config.get("text_config")
        if (
            kind := _multiplies({**config, **(text if isinstance(text, dict) else {})})
        ) is not None:
            raise InvalidInputError(
                f"{str(path)!r} holds a model of type {kind!r}, which multiplies its token "
                "embeddings. Nothing was read. Expected one that takes them as they are stored, "
                "such as Llama, Qwen or Mistral."
            )
        self._file, self._name = _matrix(path)
        self.tokens, self.hidden = self._shape()

    def _shape(self) -> tuple[int, int]:
        shape = self._file.shape(self._name)
        if len(shape) != 2:
            raise InvalidInputError(
                f"{self._name!r} of {str(self._file.path)!r} has shape {shape}. Nothing was read. "
                "Expected (tokens, hidden)."
            )
        return shape[0], shape[1]

    def rows(self, tokens: Sequence[int]) -> Floats:
        """Return (n, hidden) float32, the rows of n token ids.

        Raises:
            InvalidInputError: An id is outside the vocabulary.
        """
        ids = np.asarray(tokens, np.int64)
        if len(ids) and not (ids.min() >= 0 and ids.max() < self.tokens):
            raise InvalidInputError(
                f"Token ids reach from {ids.min()} to {ids.max()}; {str(self._file.path)!r} holds "
                f"{self.tokens}. Nothing was sent. Give the folder of the model that is served."
            )
        return self._file.rows(self._name, ids).reshape(len(ids), self.hidden)

    def typical_length(self) -> float:
        """Return the mean length of rows that are spread over the vocabulary."""
        places = np.unique(np.linspace(0, self.tokens - 1, SAMPLE).astype(np.int64))
        return float(np.linalg.norm(self._file.rows(self._name, places), axis=1).mean())


def _read(path: Path) -> Mapping[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{str(path)!r} cannot be read as JSON ({type(error).__name__}). Nothing was loaded. "
            "Expected the folder of a model, as on the Hugging Face hub."
        ) from error
    return found if isinstance(found, dict) else {}


def _multiplies(config: Mapping[str, object]) -> str | None:
    """Return the type of a model that multiplies its rows; None when it takes them as stored."""
    kind = str(config.get("model_type", ""))
    factors = [config.get(key) for key in MULTIPLIED]
    return kind if kind.startswith("gemma") or any(f not in (None, 1) for f in factors) else None


def _matrix(folder: Path) -> tuple[WeightFile, str]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        places = _read(index).get("weight_map")
        files = places if isinstance(places, dict) else {}
    else:
        single = WeightFile(folder / "model.safetensors")
        files = dict.fromkeys(single.names, single.path.name)
    names = [name for name in files if name.endswith(SUFFIX)]
    if len(names) != 1:
        raise InvalidInputError(
            f"{str(folder)!r} holds {len(names)} tensors called '…{SUFFIX}'. Nothing was loaded. "
            "Expected one, as in the folder of a Llama, Qwen or Mistral."
        )
    # The name alone: an index that came with a model does not lead out of its folder.
    file = WeightFile(folder / Path(str(files[names[0]])).name)
    if names[0] not in file.names:
        raise InvalidInputError(
            f"{str(file.path)!r} does not hold {names[0]!r}, which the index puts there. Nothing "
            "was loaded. Fetch the folder anew."
        )
    return file, names[0]
