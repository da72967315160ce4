"""What the retrieval benchmarks share: MiniLM's vectors in a file, other weights, flags, JSON.

The systems that are compared, the scores and the table are those of `usermind.evals.benchmarks`.
"""

import argparse
import hashlib
import json
import platform
import sqlite3
import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from usermind.evals.benchmarks.intervals import bootstrap
from usermind.evals.benchmarks.tables import Table
from usermind.memory import ranking
from usermind.memory.ranking import Weights
from usermind.models.minilm import MiniLM, find_minilm

Floats = NDArray[np.float32]


class CachedMiniLM:
    """MiniLM with its vectors kept in a file, so that a second run takes seconds."""

    def __init__(self, weights: Path | None = None, cache: Path | None = None) -> None:
        found = find_minilm(weights)
        if found is None:
            raise SystemExit("No MiniLM weights found. Install them or pass --minilm FOLDER.")
        self._model, self._cache = MiniLM(found), cache
        self.model_id = self._model.model_id
        self.recipient = self._model.recipient
        """As for MiniLM itself: the privacy gate withholds nothing from what computes here."""
        self._known: dict[str, Floats] = {}
        self._new = False
        if cache is not None and cache.is_file():
            with np.load(cache) as stored:
                self._known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return (texts, dimension) unit vectors."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
        given = dict(zip(keys, texts, strict=True))
        if new := [key for key in given if key not in self._known]:
            vectors = self._model.embed_array([given[key] for key in new])
            self._known.update(zip(new, vectors, strict=True))
            self._new = True
        return np.array([self._known[key] for key in keys], dtype=np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        found: list[list[float]] = self.vectors(texts).tolist()
        return found

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        return self.embed_documents([text])[0]

    def chunks(self, text: str, *, size: int, overlap: int) -> list[str]:
        """Return the text cut as MiniLM cuts it."""
        return self._model.chunks(text, size=size, overlap=overlap)

    def save(self) -> None:
        """Write the file, if one was named."""
        if self._cache is not None and self._new:
            np.savez(self._cache, texts=list(self._known), vectors=list(self._known.values()))
            self._new = False


@contextmanager
def ranking_by(weights: Weights | None) -> Iterator[None]:
    """Let every store opened inside rank by other weights than the shipped ones; None: by them."""
    if weights is None:
        yield
        return
    with patch.object(ranking, "shipped_weights", lambda: weights):
        yield


def difference(table: Table, line: str, better: str, worse: str) -> str:
    """Return in words how much one system finds more than another, question by question."""
    pairs = zip(table.values[line][better], table.values[line][worse], strict=True)
    apart = [first - second for first, second in pairs]
    low, high = bootstrap(apart)
    mean = statistics.fmean(apart)
    return f"{line}: {better} − {worse} = {mean:+.3f} ({low:+.3f} to {high:+.3f})"


# -- the command line -----------------------------------------------------------------------


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return the flags that all retrieval benchmarks take."""
    found = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    found.add_argument("--minilm", type=Path, help="folder of MiniLM's weights")
    found.add_argument("--vectors", type=Path, help="file (.npz) to keep computed vectors in")
    found.add_argument("--json", type=Path, help="file to write the figures to")
    return found


def write_json(path: Path | None, tables: Iterable[Table], **more: object) -> None:
    """Write the figures beside the table, where a file was named."""
    if path is None:
        return
    data = {
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}",
        "interval": "95 %, percentile bootstrap by question; Wilson's where all are 0 or all 1",
        **more,
        "tables": [table.as_json() for table in tables],
    }
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
