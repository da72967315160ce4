"""The vectors that an embedder makes of texts, and whether others were made by the same one.

Whatever it raises comes out as a `ModelError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from usermind.errors import (
    EmbedderMismatchError,
    InvalidModelOutputError,
    ModelUnavailableError,
    UsermindError,
)
from usermind.models.embeddings import setting_for
from usermind.types import Embedder


def vectors_of(embedder: Embedder, texts: Sequence[str]) -> list[list[float]]:
    """Return what an embedder makes of texts that are kept; not checked.

    Raises:
        ModelError: The embedder failed.
    """
    with _errors(embedder):
        return embedder.embed_documents(list(texts))


def vector_of(embedder: Embedder, text: str) -> list[float]:
    """Return what an embedder makes of words that are asked; not checked.

    Raises:
        ModelError: The embedder failed.
    """
    with _errors(embedder):
        return embedder.embed_query(text)


def unit_vectors(
    embedder: Embedder, vectors: Sequence[Sequence[float]], ids: Sequence[str]
) -> NDArray[np.float32]:
    """Return (ids, dimensions) vectors of unit length.

    Args:
        embedder: What made them, for the error.
        vectors: As it returned them.
        ids: What they are of, one each.

    Raises:
        InvalidModelOutputError: They are too few, of several lengths, or one has no direction.
    """
    model = name_of(embedder)
    sizes = {len(vector) for vector in vectors}
    if len(vectors) != len(ids) or len(sizes) != 1:
        raise InvalidModelOutputError(
            f"The embedder {model!r} returned {len(vectors)} vectors of {sorted(sizes)} "
            f"dimensions for {len(ids)} texts. Expected one each, all of one length. What was "
            "stored before stays; these were not stored. Check the embedder."
        )
    found = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(found, axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(bad):
        raise InvalidModelOutputError(
            f"The embedder {model!r} returned {len(bad)} of {len(ids)} vectors that are zero "
            f"or no numbers; the first is that of {ids[bad[0]]!r}. What was stored before "
            "stays; these were not stored. Mend the embedder or the text, and load again."
        )
    unit: NDArray[np.float32] = (found / lengths[:, None]).astype(np.float32)
    return unit


def name_of(embedder: Embedder) -> str:
    """Return by what an embedder's vectors are known: the id of its model, else its class."""
    return str(getattr(embedder, "model_id", None) or type(embedder).__name__)


def check_same(embedder: Embedder, made_by: object, *, where: str) -> None:
    """Do nothing where vectors were made by an embedder.

    Args:
        embedder: What makes vectors now.
        made_by: The `name_of` what made those that are there.
        where: Where they are, as the beginning of a sentence.

    Raises:
        EmbedderMismatchError: They were made by another one.
    """
    model = name_of(embedder)
    if model == made_by:
        return
    word = setting_for(str(made_by))
    flag = f"`--embedder {word}`" if word else f"`--embedder` and its folder or URL#{made_by}"
    raise EmbedderMismatchError(
        f"{where} was made with the embedder {made_by!r}; this is {model!r}. Nothing was read, "
        f"written or ranked. Use that one, by {flag}, or load into another folder."
    )


@contextmanager
def _errors(embedder: Embedder) -> Iterator[None]:
    try:
        yield
    except UsermindError:
        raise
    except Exception as error:  # any LangChain embedder, with its own library's errors
        raise ModelUnavailableError(
            f"The embedder {name_of(embedder)!r} failed ({type(error).__name__}). What was stored "
            "before stays; nothing was ranked, found or stored by this call. Check the embedding "
            "model."
        ) from error
