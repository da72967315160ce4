"""The vectors that an embedder makes of texts, and whether others were made by the same one.

Whatever it raises comes out as a `ModelError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from usermind.errors import EmbedderMismatchError, ModelUnavailableError, UsermindError
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
