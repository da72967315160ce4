"""The heads put to work: sentences embedded in one batch, each judged once."""

import threading
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import numpy as np

from usermind.models.embeddings import LexicalEmbedder
from usermind.models.offline.claims import Claim
from usermind.models.offline.heads import Floats, Judgement, reads, shipped
from usermind.types import Embedder

KEPT = 4096
"""Vectors kept for sentences that come again, as in the known claims of the next prompt. They are
kept by a hash: a process that lives long must not hold the words of what was forgotten."""


class Judge:
    """Judges sentences with the shipped heads.

    Args:
        embedder: One whose vectors the heads read; see `heads.reads`.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[bytes, Floats] = {}
        self._lock = threading.RLock()

    @property
    def add(self) -> float:
        """Probability from which a sentence without a claim is worth one."""
        return shipped().add

    def prepare(self, texts: Sequence[str]) -> None:
        """Embed texts in one batch, so that judging them costs nothing more."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if _key(text) not in self._vectors]
            if not new:
                return
            if len(self._vectors) + len(new) > KEPT:
                self._vectors.clear()
                new = list(dict.fromkeys(texts))
            rows = np.asarray(self._embedder.embed_documents(new), np.float64)
            self._vectors.update(zip(map(_key, new), rows, strict=True))

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of texts, (texts, dimension)."""
        with self._lock:  # another thread may throw out what this one has just put in
            self.prepare(texts)
            return np.asarray([self._vectors[_key(text)] for text in texts])

    def __call__(self, texts: Sequence[str], claims: Sequence[Sequence[Claim]]) -> list[Judgement]:
        """Return a judgement a sentence; `claims` is what the rules made of each."""
        return shipped().judged(texts, claims, self.vectors(texts)) if texts else []


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def judge_with(embedder: Embedder | None) -> Judge | None:
    """Return a judge that uses an embedder, else MiniLM where it is installed, else None.

    Where the lexical stand-in was chosen, MiniLM is not looked for: no model is wanted.
    """
    if isinstance(embedder, LexicalEmbedder):
        return None
    if embedder is None or not reads(embedder):
        return _installed()
    return Judge(embedder)


@cache
def _installed() -> Judge | None:
    """Return the one judge of this process with the installed MiniLM; its weights load once."""
    from usermind.models.minilm import MiniLM, find_minilm

    folder = find_minilm()
    if folder is None:
        return None
    embedder = MiniLM(folder)
    return Judge(embedder) if reads(embedder) else None
