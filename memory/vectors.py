"""Vectors: one embedding model a file, computed in batches, kept beside their rows."""

import math
import sqlite3
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from time import monotonic
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from usermind.errors import (
    EmbedderMismatchError,
    ModelError,
    ModelUnavailableError,
    StoreNotWritableError,
    UsermindError,
)
from usermind.memory import meta
from usermind.memory.database import Database
from usermind.memory.text import header
from usermind.types import Embedder, Kind

Floats = npt.NDArray[np.float32]

BATCH = 64
"""Texts handed to the embedder at once."""
PIECES = 66
"""Word pieces of one chunk, marks included. Much shorter than what models read: one sentence that
answers is not drowned by the rest of its document (measured in `benchmarks/`)."""
OVERLAP = 16
"""Word pieces that a chunk shares with the one before."""
SHORT = 160
"""Characters up to which a text is one chunk anyhow."""
LONGEST_CHUNK = 400
"""Characters of one chunk, for embedders that cannot cut by their own tokens."""
MOST_CHUNKS = 512
"""Chunks of one text that get a vector. A text that has more gets longer ones, or, where the
embedder cuts it by its own tokens, some that are spread evenly over it."""
INLINE_ROWS = 2_048
INLINE_CHUNKS = 4 * MOST_CHUNKS
"""What one recall computes before it answers, at most; one text of any length fits."""
PAUSE = 30.0
"""Seconds for which recall does without an embedder that failed, so that not each one waits for it
in vain."""


class DegradedRecallWarning(UserWarning):
    """The embedder failed, or may not see what is asked, so recall went by words alone."""


@runtime_checkable
class Chunker(Protocol):
    """An embedder that can cut a long text into pieces it can read whole."""

    def chunks(self, text: str, *, size: int, overlap: int) -> Sequence[str]:
        """Return stretches of at most `size` tokens, in order; at least one."""
        ...


@dataclass(frozen=True, slots=True)
class Headed:
    """A text and what stands before each of its chunks."""

    header: str
    text: str


class Outlet(Protocol):
    """What says which words an embedder may see; the privacy gate."""

    def rows(
        self, database: Database, recipient: str, rows: Sequence[tuple[str, str, str]]
    ) -> list[tuple[str, str]]:
        """Return author and text of rows, given with their ids, as the embedder may see them."""
        ...

    def query(
        self, database: Database, recipient: str, text: str, *, author: str | None
    ) -> str | None:
        """Return a query as the embedder may see it; None: nothing of it.

        `author` wrote it where it is stored text; None: it is said now.
        """
        ...


@dataclass(slots=True)
class Allowance:
    """What one call may still compute."""

    rows: float = math.inf
    chunks: float = math.inf
    spent: bool = False
    """Whether something may have been left for another call."""


class Vectors:
    """The embedder of a store: made when first needed, the same for all its users."""

    def __init__(self, make: Callable[[], Embedder], *, outlet: Outlet | None = None) -> None:
        self._make = make
        self._outlet = outlet
        self._embedder: Embedder | None = None
        self._failure: ModelError | None = None
        self._retry_at = -math.inf
        self._lock = threading.Lock()

    @property
    def embedder(self) -> Embedder:
        """The embedder itself."""
        with self._lock:
            if self._embedder is None:
                self._embedder = self._make()
            return self._embedder

    def query(self, text: str, *, database: Database, author: str | None = None) -> Floats | None:
        """Return (dimensions,) the unit vector of a query, or None where there is none.

        That is told by a warning where the embedder is down, and where it may not see what is said
        now. One that failed a moment ago is not asked again so soon.

        Args:
            text: The query.
            database: The user's file, whose private topics hold.
            author: Who wrote it, where the query is stored text: then None without a warning
                when the embedder may not see it. None: it is said now.
        """
        try:
            found = self.asked(text, database=database, author=author)
        except ModelError as error:
            _degraded(error)
            return None
        if found is None and author is None:
            warnings.warn(
                "Recall goes by words alone: what is asked touches a private topic, and the "
                "embedder is not in this process, so that it was not sent there.",
                DegradedRecallWarning,
                stacklevel=3,
            )
        return found

    def asked(self, text: str, *, database: Database, author: str | None = None) -> Floats | None:
        """Return (dimensions,) the unit vector of a query; None: the embedder may not see it.

        Raises:
            ModelError: The embedder failed, now or a moment ago.
        """
        if (failure := self._resting()) is not None:
            raise failure.with_traceback(None)
        seen: str | None = text
        if self._outlet is not None:
            seen = self._outlet.query(database, self._recipient(), text, author=author)
        if seen is None:
            return None
        shown = seen
        unit: Floats = self._units(lambda embedder: [embedder.embed_query(shown)], 1)[0]
        return unit

    def documents(self, rows: Sequence[Headed]) -> list[Floats]:
        """Return per row the unit vectors of its chunks, `(chunks, dimension)`.

        Raises:
            ModelError: The embedder failed.
        """
        return self._of_pieces([self._pieces(row) for row in rows])

    def bare(self, database: Database, rows: Sequence[tuple[str, str, str]]) -> list[Floats]:
        """Return the vectors of texts without a header, `(chunks, dimension)` each.

        Args:
            database: The user's file, whose private topics hold.
            rows: Ids, authors and texts.

        Raises:
            ModelError: The embedder failed.
        """
        if not rows:
            return []
        if (failure := self._resting()) is not None:
            raise failure
        seen = [(author, text) for _, author, text in rows]
        if self._outlet is not None:
            seen = self._outlet.rows(database, self._recipient(), rows)
        return self.documents([Headed("", text) for _, text in seen])

    def _pieces(self, row: Headed) -> list[str]:
        return [row.header + chunk for chunk in self._chunks(row.text)]

    def _of_pieces(self, pieces: Sequence[Sequence[str]]) -> list[Floats]:
        flat = [piece for chunks in pieces for piece in chunks]
        batches = [flat[start : start + BATCH] for start in range(0, len(flat), BATCH)]
        vectors = np.concatenate([self._embedded(batch) for batch in batches])
        ends = np.cumsum([len(chunks) for chunks in pieces])
        return list(np.split(vectors, ends[:-1]))

    def _embedded(self, batch: list[str]) -> Floats:
        return self._units(lambda embedder: embedder.embed_documents(batch), len(batch))

    def _units(
        self, call: Callable[[Embedder], Sequence[Sequence[float]]], expected: int
    ) -> Floats:
        """Return the vectors of a call, of unit length; remember whether the embedder failed."""
        try:
            units = self._checked(call, expected)
        except ModelError as error:
            if error.retryable:  # refused is not down: another text may be welcome
                self._failure, self._retry_at = error, monotonic() + PAUSE
            raise
        self._failure = None
        return units

    def _resting(self) -> ModelError | None:
        """Return the failure of an embedder that is not to be asked yet; None when it may be."""
        return self._failure if monotonic() < self._retry_at else None

    def _checked(
        self, call: Callable[[Embedder], Sequence[Sequence[float]]], expected: int
    ) -> Floats:
        embedder = self.embedder
        try:
            array = np.asarray(call(embedder), dtype=np.float32)
        except UsermindError:
            raise
        except Exception as error:  # any LangChain embedder, with its own library's errors
            raise ModelUnavailableError(
                f"The embedder failed ({type(error).__name__}). The texts are kept and wait for "
                "their vectors. Check the embedding model."
            ) from error
        if array.ndim != 2 or len(array) != expected or not np.isfinite(array).all():
            raise ModelUnavailableError(
                f"The embedder returned an array of shape {array.shape} for {expected} texts, or "
                "numbers that are not finite. The texts are kept and wait for their vectors. "
                "Check the embedding model."
            )
        norms = np.linalg.norm(array, axis=1, keepdims=True)
        norms[norms == 0] = 1.0
        unit: Floats = (array / norms).astype(np.float32)
        return unit

    def _chunks(self, text: str) -> Sequence[str]:
        if len(text) <= SHORT:
            return [text]
        if isinstance(self.embedder, Chunker):
            return _spread(self.embedder.chunks(text, size=PIECES, overlap=OVERLAP))
        # Longer chunks, where there would be too many, leave no word out.
        return _spread(wrap(text, max(LONGEST_CHUNK, len(text) // (MOST_CHUNKS - 32))) or [text])

    def model(self, dimension: int) -> str:
        """Return the name of the vector space, with its dimension behind a colon."""
        embedder = self.embedder
        name = getattr(embedder, "model_id", None) or getattr(embedder, "model", None)
        return f"{name if isinstance(name, str) else type(embedder).__name__}:{dimension}"

    @staticmethod
    def discard(database: Database) -> None:
        """Drop all vectors of one user's file, so that they are computed anew."""
        with database.write() as connection:
            connection.execute("DELETE FROM vector")
            connection.execute("UPDATE observation SET embedded = 0")
            connection.execute("UPDATE proposition SET embedded = 0")
            meta.drop(connection, meta.EMBEDDER)
            for counter in (
                meta.VECTORS_WRITTEN,
                meta.OBSERVATIONS_LOST,
                meta.PROPOSITIONS_CHANGED,
            ):
                meta.count_up(connection, counter)  # whoever holds vectors reads them anew

    def fill(self, database: Database, allowance: Allowance | None = None) -> int:
        """Compute the missing vectors of one user's file; return how many rows got theirs.

        Claims come first: they are few, and each answers more than one observation.

        The model runs outside of any transaction; a row that changed meanwhile is left for the
        next time.

        Args:
            database: The user's file.
            allowance: What may be computed; it is used up. None: everything.

        Raises:
            EmbedderMismatchError: The file holds vectors of another model.
            ModelError: The embedder failed; what it had done before is kept.
        """
        left = allowance or Allowance()
        return sum(self._fill(database, kind, left) for kind in ("proposition", "observation"))

    def _fill(self, database: Database, kind: Kind, left: Allowance) -> int:
        total = 0
        while True:
            with database.read() as connection:
                rows = connection.execute(
                    f"SELECT id, text, {_HEADER[kind]} FROM {kind} WHERE embedded = 0 "
                    "ORDER BY id LIMIT ?",
                    (BATCH,),
                ).fetchall()
            if not rows:
                return total
            pieces = self._fitting(
                [
                    Headed("" if author is None else header(name, at), text)
                    for (_, _, author, at), (name, text) in zip(
                        rows, self._let_out(database, kind, rows), strict=True
                    )
                ],
                left,
            )
            if not pieces:
                return total
            rows = rows[: len(pieces)]
            written = self._of_pieces(pieces)
            model = self.model(written[0].shape[1])
            with database.write(durable=False) as connection:
                meta.keep_first(connection, meta.EMBEDDER, model)
                check_model(connection, model)
                for (rowid, text, *_), chunks in zip(rows, written, strict=True):
                    marked = connection.execute(
                        f"UPDATE {kind} SET embedded = 1 WHERE id = ? AND text = ?", (rowid, text)
                    ).rowcount
                    connection.executemany(
                        "INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)",
                        [
                            (kind, rowid, number, chunk.astype("<f4").tobytes())
                            for number, chunk in enumerate(chunks)
                            if marked
                        ],
                    )
                meta.count_up(connection, meta.VECTORS_WRITTEN)
            total += len(rows)

    def _let_out(
        self, database: Database, kind: Kind, rows: Sequence[tuple[int, str, str | None, float]]
    ) -> list[tuple[str, str]]:
        """Return author and text of rows as the embedder may see them."""
        named = [(f"{kind[0]}{id_}", author or "", text) for id_, text, author, _ in rows]
        if self._outlet is None:
            return [(author, text) for _, author, text in named]
        return self._outlet.rows(database, self._recipient(), named)

    def _recipient(self) -> str:
        # A LangChain embedder does not say where it computes.
        return getattr(self.embedder, "recipient", "remote model")

    def _fitting(self, rows: Sequence[Headed], left: Allowance) -> list[list[str]]:
        """Return the pieces of the first of these rows: one batch, taken from the allowance."""
        found: list[list[str]] = []
        size = 0
        for row in rows:
            pieces = self._pieces(row)
            if left.rows < 1 or left.chunks < len(pieces):
                left.spent = True
                break
            if found and size + len(pieces) > MOST_CHUNKS:  # for the next batch
                break
            found.append(pieces)
            size += len(pieces)
            left.rows -= 1
            left.chunks -= len(pieces)
        return found

    def fill_or_warn(self, database: Database) -> bool:
        """Compute what one recall may of the missing vectors; return whether none is missing now.

        When the embedder is down recall goes by words, and `query` is what warns of it.
        """
        if self._resting() is not None:
            return False
        left = Allowance(INLINE_ROWS, INLINE_CHUNKS)
        try:
            self.fill(database, left)
        except (ModelError, StoreNotWritableError) as error:  # a full disk can still be read
            if self._resting() is None:
                _degraded(error)
            return False
        return not left.spent


def _spread(chunks: Sequence[str]) -> Sequence[str]:
    """Return at most `MOST_CHUNKS` of the chunks, evenly from first to last."""
    if len(chunks) <= MOST_CHUNKS:
        return chunks
    return [chunks[place * len(chunks) // MOST_CHUNKS] for place in range(MOST_CHUNKS)]


def check_model(connection: sqlite3.Connection, model: str) -> None:
    """Do nothing when the file's vectors, if any, are of this model.

    Raises:
        EmbedderMismatchError: They are of another one.
    """
    held = meta.value_of(connection, meta.EMBEDDER)
    if held is not None and held != model:
        raise EmbedderMismatchError(
            f"This memory holds vectors of {held!r}; the embedder given is {model!r}. Nothing "
            "was mixed. Open the store with its own embedder, or compute all vectors anew with "
            "`usermind reembed`."
        )


_HEADER: dict[Kind, str] = {"observation": "author, event_at", "proposition": "NULL, NULL"}


def _degraded(error: UsermindError) -> None:
    warnings.warn(
        f"Recall goes by words alone where vectors are missing: {error}",
        DegradedRecallWarning,
        stacklevel=4,
    )
