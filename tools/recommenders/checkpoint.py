"""The state of a training in one file, from which it goes on as if it had never stopped.

Numbers in safetensors, the rest as JSON in its header: nothing of it is code, as pickle would be.
A file is written beside its place and then moved there, so that the one before it stays whole
until the new one is. A checksum tells a file that was damaged later.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from usermind.errors import StoreDamagedError, StoreNotWritableError, StoreVersionError

FORMAT: Final = 1
"""Version of the file; one of a newer usermind is refused, not guessed at."""
_HEADER: Final = "usermind training"


@dataclass(frozen=True, slots=True)
class Epoch:
    """How one round over all examples went."""

    loss: float
    """Mean over its batches."""
    ndcg: float | None
    """Full-ranking NDCG@10 of the people held out, in [0, 1]; None: nobody was."""
    seconds: float


@dataclass(frozen=True)
class State:
    """Where a training stands."""

    identity: str
    """What is trained on which log: `training.identity`."""
    epoch: int = 0
    """Whole epochs done."""
    step: int = 0
    """Batches done of the one begun."""
    loss: float = 0.0
    """Sum of the losses of those batches."""
    seconds: float = 0.0
    """Time spent on those batches."""
    history: tuple[Epoch, ...] = ()
    best: int = 0
    """The epoch, counted from 1, with the highest NDCG; 0: none was measured."""
    tensors: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    """Parameters, moments of the optimiser, and the parameters of the best epoch."""


def write(path: Path, state: State) -> None:
    """Put a state in the place of the one before it.

    Raises:
        StoreNotWritableError: The folder is missing or read-only, or the disk full; the file that
            was there is unchanged.
    """
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(array) for name, array in state.tensors.items()}
    told = {name: value for name, value in vars(state).items() if name != "tensors"}
    told |= {"format": FORMAT, "history": [asdict(epoch) for epoch in state.history]}
    header = {_HEADER: json.dumps(told), "sha256": _checksum(tensors)}
    beside = path.with_name(path.name + ".part")
    try:
        beside.unlink(missing_ok=True)
        with beside.open("xb") as file:  # never through a link that somebody has laid there
            file.write(save(tensors, header))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise StoreNotWritableError(
            f"The checkpoint {str(path)!r} could not be written ({error.strerror}). An older one "
            "there is unchanged, and training ended. Name a file in a folder that can be written."
        ) from error


def read(path: Path) -> State | None:
    """Return the state in a file; None: there is no file.

    Raises:
        StoreDamagedError: The file is half-written, or was changed since.
        StoreVersionError: A newer usermind wrote it.
    """
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no dict
        told = json.loads(header[_HEADER])
        whole = header["sha256"] == _checksum(tensors)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise _damaged(path) from error
    if told.pop("format") > FORMAT:
        raise StoreVersionError(
            f"The checkpoint {str(path)!r} was written by a newer usermind. Nothing was trained. "
            "Update usermind, or name another file."
        )
    if not whole:
        raise _damaged(path)
    return _state(told, tensors)


def _state(told: dict[str, Any], tensors: Mapping[str, NDArray[np.generic]]) -> State:
    history = tuple(Epoch(**epoch) for epoch in told.pop("history"))
    return State(**told, history=history, tensors=tensors)


def _checksum(tensors: Mapping[str, NDArray[np.generic]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name]).data)
    return digest.hexdigest()


def _damaged(path: Path) -> StoreDamagedError:
    return StoreDamagedError(
        f"The checkpoint {str(path)!r} is not whole, or no checkpoint of a training. Nothing was "
        "trained, and the file is unchanged. Delete it to begin anew, or name another file."
    )
