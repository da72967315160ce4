"""Single tensors of safetensors files, read row by row: no pickle, no torch, no whole model."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from usermind.errors import InvalidInputError

Floats = npt.NDArray[np.float32]

_STORED: Final = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""Types of numbers that can be read, and how numpy maps them; it has no bfloat16 of its own."""


class WeightFile:
    """One safetensors file.

    Raises:
        InvalidInputError: There is no such file, or it is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with safe_open(path, framework="numpy") as file:  # checks the header and the size
                self.metadata: dict[str, str] = file.metadata() or {}
                self.names: tuple[str, ...] = tuple(file.keys())
        except (OSError, SafetensorError) as error:
            raise InvalidInputError(
                f"{str(path)!r} cannot be read as safetensors ({type(error).__name__}). Nothing "
                "was loaded. Expected a file of that format; files of pickle are not read."
            ) from error
        with path.open("rb") as raw:
            length = int.from_bytes(raw.read(8), "little")
            self._header = json.loads(raw.read(length))
        self._start = 8 + length

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return tuple(self._header[name]["shape"])

    def rows(self, name: str, places: Sequence[int] | npt.NDArray[np.int64]) -> Floats:
        """Return (places, …) of a tensor along its first axis; only they are read.

        Raises:
            InvalidInputError: The numbers are of another type than float32, float16, bfloat16.
        """
        found: Floats = self._single(self._mapped(name)[np.asarray(places, np.int64)], name)
        return found

    def whole(self, name: str) -> Floats:
        """Return a tensor.

        Raises:
            InvalidInputError: As `rows`.
        """
        return self._single(np.array(self._mapped(name)), name)

    def _mapped(self, name: str) -> npt.NDArray[np.generic]:
        entry = self._header[name]
        if entry["dtype"] not in _STORED:
            raise InvalidInputError(
                f"{name!r} of {str(self.path)!r} is stored as {entry['dtype']}. Nothing was "
                f"loaded. Expected one of {', '.join(_STORED)}; take a model that is not quantised."
            )
        return np.memmap(
            self.path,
            dtype=_STORED[entry["dtype"]],
            mode="r",
            offset=self._start + entry["data_offsets"][0],
            shape=tuple(entry["shape"]),
        )

    def _single(self, stored: npt.NDArray[np.generic], name: str) -> Floats:
        if self._header[name]["dtype"] == "BF16":  # the upper half of a float32
            return (stored.astype(np.uint32) << 16).view(np.float32)
        return stored.astype(np.float32)
