"""The vectors that an embedder makes of texts; whatever it raises comes out as a `ModelError`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from usermind.errors import ModelUnavailableError, UsermindError
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


@contextmanager
def _errors(embedder: Embedder) -> Iterator[None]:
    try:
        yield
    except UsermindError:
        raise
    except Exception as error:  # any LangChain embedder, with its own library's errors
        name = getattr(embedder, "model_id", None) or type(embedder).__name__
        raise ModelUnavailableError(
            f"The embedder {name!r} failed ({type(error).__name__}). What was stored before "
            "stays; nothing was ranked, found or stored by this call. Check the embedding model."
        ) from error
