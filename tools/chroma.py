"""A Chroma database in a folder or behind a URL: how it is opened, and its errors in our words.

Chroma in a folder keeps its index of vectors in memory and hears of what another process writes
only when it is opened anew; until then it says that there are no such ids, and what it writes may
leave theirs out. Who shares a folder with other processes goes through `Opened`.

Chroma writes to a folder as soon as it opens it. One that cannot be written is read in a copy.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from usermind.errors import (
    InvalidInputError,
    MissingExtraError,
    StoreBusyError,
    StoreError,
    UsermindError,
)
from usermind.memory.database import is_read_only
from usermind.models._transport import recipient_at, veiled
from usermind.tools.embedding import check_same, name_of
from usermind.types import Embedder, ModelPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

INSTALL: Final = "pip install 'usermind[chroma]'"
FILE: Final = "chroma.sqlite3"
"""The file of a folder that Chroma writes as soon as it opens it."""
COPIES: Final = 20
"""How often a folder is copied until nobody wrote to it meanwhile."""
BETWEEN_COPIES: Final = 0.1
"""Seconds from one copy to the next."""


def needed(*modules: str, install: str) -> None:
    """Make sure that modules are installed, without the time that loading them takes.

    Args:
        modules: Chroma's, or others that the caller needs beside it.
        install: The command that installs them all.

    Raises:
        MissingExtraError: One of them is not.
    """
    for module in modules:
        if find_spec(module) is None:
            raise MissingExtraError(module, install=install)


def client(place: str | Path) -> Any:
    """Return a client of the Chroma in a folder, made when it is missing, or behind a URL.

    Raises:
        MissingExtraError: chromadb is not installed.
        InvalidInputError: The URL is none of http or https.
    """
    try:
        import chromadb
        from chromadb.config import Settings
    except ImportError as error:
        raise MissingExtraError("chromadb", install=INSTALL) from error
    settings = Settings(anonymized_telemetry=False)
    if not is_url(str(place)):
        return chromadb.PersistentClient(str(Path(place).expanduser()), settings=settings)
    host, port, secure = address(str(place))
    return chromadb.HttpClient(host, port, ssl=secure, settings=settings)


class Opened:
    """The Chroma of a place, one for all who use a folder in this process; see `acquired`.

    A folder that cannot be written is copied to the system's place for temporary files, for as long
    as it is open: of what is written there nothing remains. Hold `lock` from `client` to the last
    use of what came from it.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.lock = threading.RLock()
        self.opening = 0
        """How often it was opened: what came from a client of before is of no use."""
        self.users = 0
        self._client: Any = None
        self._copy: TemporaryDirectory[str] | None = None
        self._seen: dict[str, int] = {}

    @property
    def client(self) -> Any:
        """The client; opened when it is first needed."""
        with self.lock:
            if self._client is None:
                self._client = client(self._written())
                self.opening += 1
            return self._client

    def saw(self, version: int, *, of: str) -> None:
        """Take down that this process made a version, a number that counts all writes.

        Args:
            version: That.
            of: Whose count it is: a catalogue and a knowledge base in one folder count apart.
        """
        with self.lock:
            self._seen[of] = version

    def follow(self, version: int, *, of: str) -> None:
        """Open it anew where another process has made a version that this one did not see."""
        with self.lock:
            if version > self._seen.get(of, 0):
                self._close()
                self._seen[of] = version

    def following(self, version: Callable[[], int], read: Callable[[], T], *, of: str) -> T:
        """Read what all processes left there, anew where one writes meanwhile.

        Args:
            version: Returns the number that counts all writes, as of now.
            read: What is read.
            of: Whose count it is.
        """
        while True:
            now = version()
            self.follow(now, of=of)
            try:
                return read()
            except StoreError:
                if now == version():
                    raise

    def release(self) -> None:
        """Say that one who acquired it needs it no more; the last one closes it."""
        with _REGISTRY, self.lock:
            self.users -= 1
            if self.users <= 0:
                _OPENED.pop(self.place, None)
                self._close()

    def _close(self) -> None:
        if self._client is not None and not is_url(self.place):
            self._client.close()
            self._client = None
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def _written(self) -> str:
        """Return the place, or a copy of a folder that cannot be written."""
        if is_url(self.place) or not is_read_only(Path(self.place) / FILE):
            return self.place
        copy = TemporaryDirectory(prefix="usermind-chroma-")
        try:
            copy_folder(Path(self.place), Path(copy.name) / "chroma")
        except BaseException:
            copy.cleanup()
            raise
        self._copy = copy
        return str(Path(copy.name) / "chroma")


_REGISTRY: Final = threading.RLock()  # who is collected as garbage meanwhile lets go, too
_OPENED: Final[dict[str, Opened]] = {}


def acquired(place: str | Path) -> Opened:
    """Return the Chroma of a place for one more user, who is to `release` it."""
    key = str(place) if is_url(str(place)) else str(Path(place).expanduser().absolute())
    with _REGISTRY:
        found = _OPENED.setdefault(key, Opened(key))
        found.users += 1
        return found


def copy_folder(folder: Path, to: Path) -> None:
    """Copy a folder as it was at one moment, whatever its permissions are.

    Raises:
        StoreBusyError: Another process writes there all the time.
    """
    for _ in range(COPIES):
        before = _files(folder)
        try:
            for name in before:
                target = to / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, target)
        except FileNotFoundError:
            if _files(folder) == before:
                raise
        if _files(folder) == before:
            return
        shutil.rmtree(to, ignore_errors=True)
        time.sleep(BETWEEN_COPIES)
    raise StoreBusyError(
        f"{folder} cannot be written, so a copy of it is read; and another process writes to it "
        "all the time. Nothing was read. Call again."
    )


def _files(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return the files in a folder, each with what is another one once it was written."""
    return {
        path.relative_to(folder): ((found := path.stat()).st_mtime_ns, found.st_size)
        for path in folder.rglob("*")
        if path.is_file()
    }


def existing(of: Any, name: str) -> Any:
    """Return a collection of a client, whatever embedder it was made for; None: it is missing."""
    from chromadb.errors import NotFoundError

    try:
        return of.get_collection(name, embedding_function=None)
    except NotFoundError:
        return None


def collection(of: Any, name: str, embedder: Embedder, *, place: str) -> Any:
    """Return a collection of a client, made when it is missing, for vectors of one embedder.

    Raises:
        EmbedderMismatchError: It holds vectors of another embedding model.
    """
    found = of.get_or_create_collection(
        name,
        embedding_function=None,
        configuration={"hnsw": {"space": "cosine"}},
        metadata={"model": name_of(embedder)},
    )
    check_same(embedder, made_by(found), where=f"The collection {name!r} in {shown(place)}")
    return found


def made_by(found: Any) -> str | None:
    """Return the `name_of` the embedder that made the vectors of a collection, if it says so."""
    held = (found.metadata or {}).get("model")
    return None if held is None else str(held)


def replace(
    rows: Any,
    ids: Sequence[str],
    *,
    vectors: Any,
    texts: Sequence[str],
    fields: Sequence[Mapping[str, object]],
) -> None:
    """Put rows into a collection, in place of those of the same ids.

    Chroma's own `upsert` keeps what an old row has and the new one has not.
    """
    held = rows.get(ids=list(ids), include=["metadatas"])
    old = dict(zip(held["ids"], held["metadatas"], strict=True))
    rows.upsert(
        ids=list(ids),
        embeddings=vectors,
        documents=list(texts),
        metadatas=[
            {**dict.fromkeys(old.get(id_) or {}), **row}
            for id_, row in zip(ids, fields, strict=True)
        ],
    )


def is_url(place: str) -> bool:
    """Return whether a place is a server's, not a folder."""
    return "://" in place


def shown(place: str) -> str:
    """Return a place as messages name it: of a URL without name, password and query."""
    return veiled(place) if is_url(place) else place


def address(place: str) -> tuple[str, int, bool]:
    """Return host and port of a Chroma server, and whether it is spoken to by https.

    Raises:
        InvalidInputError: The URL is not http or https, or names no host.
    """
    url = urlsplit(place)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidInputError(
            f"{url.scheme}:// names no Chroma server. Nothing was read or written. Expected a URL "
            "like 'http://localhost:8000', or a folder."
        )
    secure = url.scheme == "https"
    return url.hostname, url.port or (443 if secure else 80), secure


def recipient(place: str, embedder: Embedder) -> ModelPlace:
    """Return who sees what is looked up: this process, this network, or anybody."""
    order: Sequence[ModelPlace] = ("offline", "local model", "remote model")
    server = recipient_at(place) if is_url(place) else "offline"
    told = getattr(embedder, "recipient", "remote model")
    known = told if told in order else "remote model"
    return order[max(order.index(server), order.index(known))]


@contextmanager
def chroma_errors(place: str, *, of: str) -> Iterator[None]:
    """Turn what Chroma and the way to it raise into a `StoreError`.

    Args:
        place: The folder or URL.
        of: What is kept there: `"knowledge base"`.
    """
    import httpx

    try:
        yield
    except (httpx.HTTPError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, UsermindError):
            raise
        raise _failed(place, of, error) from error
    except Exception as error:
        # Chroma's own errors share no module that exists without it.
        if not type(error).__module__.startswith("chromadb"):
            raise
        raise _failed(place, of, error) from error


def _failed(place: str, of: str, error: Exception) -> StoreError:
    return StoreError(
        f"The {of} in {shown(place)} cannot be used ({type(error).__name__}: "
        f"{str(error)[:200]}). What was written before stays. Check the folder, or that the "
        "Chroma server runs there, and call again."
    )
