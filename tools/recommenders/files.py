"""Fitted recommenders in folders: `model.json`, and the tensors that it names. No pickle.

    save: tensors under a new name, synced → model.json replaced in one step → old tensors removed

Whoever reads meanwhile, or after a crash at any point, finds the previous version or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar
from uuid import uuid4

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from usermind.errors import (
    InvalidInputError,
    NoRecommenderError,
    StoreDamagedError,
    StoreNotWritableError,
    StoreVersionError,
)
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.aligned import Aligned
from usermind.tools.recommenders.recommender import Recommender
from usermind.tools.recommenders.text import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

T = TypeVar("T")

FORMAT: Final = 1
"""Version of the files; an older usermind refuses a newer one."""
NAME: Final = "model.json"
KINDS: Final = {
    "attributes": "usermind.tools.recommenders.attributes:AttributeMatch",
    "blend": "usermind.tools.recommenders.blend:Blend",
    "ease": "usermind.tools.recommenders.ease:Ease",
    "graph filter": "usermind.tools.recommenders.graph_filter:GraphFilter",
    "interests": "usermind.tools.recommenders.interests:Interests",
    "lightgcn": "usermind.tools.recommenders.lightgcn:LightGCN",
    "popularity": "usermind.tools.recommenders.popularity:Popularity",
    "sequential": "usermind.tools.recommenders.sequential:SequentialTransformer",
    "target attention": "usermind.tools.recommenders.target_attention:TargetAttention",
    "text": "usermind.tools.recommenders.text:TextMap",
    "transitions": "usermind.tools.recommenders.transitions:TransitionKnn",
}
"""Where the class of each name lies; imported when a file asks for it."""
_TENSORS: Final = re.compile(r"model-[0-9a-f]{16}\.safetensors")
_ABANDONED: Final = 3600.0
"""Seconds after which a file that no `model.json` names is what a crash has left."""
_ANEW: Final = "Fit the recommender anew and save it"


class _Model(BaseModel):
    """What `model.json` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    kind: str
    """Name of the recommender."""
    settings: dict[str, bool | int | float | str]
    ids: Annotated[tuple[str, ...], Field(repr=False)]
    """Of the items, in rows."""
    tensors: Annotated[str, Field(pattern=f"^{_TENSORS.pattern}$")]
    """File of the arrays, in the same folder."""
    sha256: str
    """Of the file of tensors."""
    checksum: str = ""
    """Of all the above."""

    def summed(self) -> str:
        """Return the checksum that it should have."""
        return hashlib.sha256(
            json.dumps(self.model_dump(exclude={"checksum"}), sort_keys=True).encode()
        ).hexdigest()


def register(kind: type[Recommender]) -> None:
    """Make a recommender of one's own known to `load`, by its name.

    Raises:
        InvalidInputError: The name is another's.
    """
    place = f"{kind.__module__}:{kind.__qualname__}"
    if KINDS.setdefault(kind.name, place) != place:
        raise InvalidInputError(
            f"{kind.name!r} is the name of {KINDS[kind.name]}. Nothing was registered. Give "
            f"{kind.__qualname__} a name of its own."
        )


def kind_of(name: str) -> type[Recommender]:
    """Return the class of a name.

    Raises:
        InvalidInputError: Nobody `register`ed it.
    """
    place = KINDS.get(name)
    if place is None:
        raise InvalidInputError(
            f"No recommender is called {name!r}. Expected one of {', '.join(sorted(KINDS))}. "
            "Nothing was saved or loaded. `files.register` makes another known."
        )
    module, _, qualified = place.partition(":")
    found: object = import_module(module)
    for part in qualified.split("."):
        found = getattr(found, part)
    assert isinstance(found, type)
    assert issubclass(found, Recommender)
    return found


def save(recommender: Recommender, folder: str | Path) -> None:
    """Write a recommender, in place of the one that the folder holds.

    Raises:
        InvalidInputError: Its name is not known to `load`; see `register`.
        StoreNotWritableError: The folder is read-only, or its disk is full. What it held is as it
            was.
    """
    from safetensors import SafetensorError

    if isinstance(recommender, Aligned):
        recommender = recommender.inner
    kind_of(recommender.name)
    try:
        _write(recommender, Path(folder))
    except (OSError, SafetensorError) as error:
        raise StoreNotWritableError(
            f"The recommender {recommender.name!r} could not be written to {str(folder)!r} "
            f"({_why(error)}). What was there is as it was. Free the disk, or make the folder "
            "writable."
        ) from error


_SYSTEM = re.compile(r"([A-Za-z][A-Za-z -]+) \(os error \d+\)")


def _why(error: Exception) -> str:
    """Return what the system said of a failed writing, such as `"Permission denied"`."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    found = _SYSTEM.search(str(error))
    return found[1].strip() if found else type(error).__name__


def load(
    folder: str | Path, items: ItemTable | None = None, *, text: TextSource | None = None
) -> Recommender:
    """Return the recommender that a folder holds.

    Args:
        folder: Where `save` put it.
        items: The table to answer over, if it may have changed since: items are found by their
            ids, and new ones score 0. None: the table of the fit, of which only the ids are known.
        text: For a `TextMap`, which is written without it: vectors of the items of this table, by
            which it scores new ones, too. Others need none.

    Raises:
        NoRecommenderError: The folder holds none.
        StoreDamagedError: A file is missing, half-written, altered or of another program.
        StoreVersionError: A newer usermind wrote it.
        InvalidInputError: It is of a kind that nobody `register`ed, or `text` does not fit.
        EmbedderMismatchError: `text` is of another embedder than that of the fit.
        MissingExtraError: A library that the recommender needs is not installed.
    """
    folder = Path(folder)
    model, arrays = _settled(folder, _arrays)
    table = ItemTable.bare(model.ids)
    same = items is not None and items.ids == table.ids
    try:
        found = kind_of(model.kind).restored(
            items if items is not None and same else table, arrays, model.settings
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInputError) and model.kind not in KINDS:
            raise
        raise StoreDamagedError(
            f"The files in {str(folder)!r} are no {model.kind!r} of this usermind "
            f"({type(error).__name__}: {error}). Nothing was loaded or changed. {_ANEW}."
        ) from error
    return found.over(table if items is None else items, text)


def check(folder: str | Path) -> None:
    """Do nothing where the files of a folder are as `save` left them: reads them, and loads none.

    Raises:
        NoRecommenderError: The folder holds none.
        StoreDamagedError: A file is missing, half-written, altered or of another program.
        StoreVersionError: A newer usermind wrote it.
    """
    folder = Path(folder)
    _settled(folder, _digested)


def settings_in(folder: str | Path) -> dict[str, bool | int | float | str]:
    """Return the settings of the recommender that a folder holds; reads no tensors.

    Raises:
        NoRecommenderError: The folder holds none.
        StoreDamagedError: `model.json` is half-written, altered or of another program.
        StoreVersionError: A newer usermind wrote it.
    """
    return dict(_model(Path(folder)).settings)


def _settled(folder: Path, read: Callable[[Path, _Model], T | None]) -> tuple[_Model, T]:
    """Return what `model.json` says, and what is read of the tensors that it names."""
    model = _model(folder)
    while (found := read(folder, model)) is None:
        # Another process may just have saved, and removed the tensors that were named before.
        before, model = model, _model(folder)
        if before == model:
            raise StoreDamagedError(
                f"{NAME} in {str(folder)!r} names {model.tensors!r}, which is not there. Nothing "
                f"was loaded or changed. {_ANEW}."
            )
    return model, found


def _write(recommender: Recommender, folder: Path) -> None:
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    before = _named(folder)
    draft = folder / f".tmp-{uuid4().hex}"
    leftover = [draft]
    try:
        arrays = {name: np.ascontiguousarray(of) for name, of in recommender.arrays().items()}
        save_file(arrays, draft)
        digest = _digest(draft)
        model = _Model(
            format=FORMAT,
            kind=recommender.name,
            settings=dict(recommender.settings()),
            ids=recommender.items.ids,
            tensors=f"model-{digest[:16]}.safetensors",
            sha256=digest,
        )
        if model.tensors not in before:
            leftover.append(folder / model.tensors)
        _settle(draft, folder / model.tensors)
        told = model.model_copy(update={"checksum": model.summed()})
        draft.write_text(told.model_dump_json(), "utf-8")
        _settle(draft, folder / NAME)
        leftover.clear()
    finally:
        for path in leftover:
            with suppress(OSError):
                path.unlink()
    _sweep(folder, before - {model.tensors})


def _digested(folder: Path, model: _Model) -> str | None:
    """Return the checksum of a model's tensors, which is the right one; None: they are missing."""
    try:
        found = _digest(folder / model.tensors)
    except FileNotFoundError:
        return None
    if found == model.sha256:
        return found
    raise StoreDamagedError(
        f"{model.tensors!r} in {str(folder)!r} is not what {NAME} says it is: it was altered, or "
        f"not written to its end. Nothing was loaded or changed. {_ANEW}."
    )


def _arrays(folder: Path, model: _Model) -> dict[str, NDArray[np.generic]] | None:
    """Return the arrays of a model; None if their file is not there."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if _digested(folder, model) is None:
        return None
    try:
        found: dict[str, NDArray[np.generic]] = load_file(folder / model.tensors)
    except FileNotFoundError:
        return None
    except SafetensorError as error:
        raise StoreDamagedError(
            f"{model.tensors!r} in {str(folder)!r} is no file of tensors. Nothing was loaded or "
            f"changed. {_ANEW}."
        ) from error
    return found


def _model(folder: Path) -> _Model:
    try:
        told = json.loads((folder / NAME).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoRecommenderError(
            f"{str(folder)!r} holds no recommender: it has no {NAME}. Nothing was loaded or "
            "changed. Fit one and `save` it there."
        ) from error
    except (ValueError, IsADirectoryError) as error:
        raise _damaged(folder) from error
    version = told.get("format") if isinstance(told, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise StoreVersionError(
            f"{NAME} in {str(folder)!r} has format {version}; this usermind reads {FORMAT}. "
            "Nothing was loaded or changed. Update usermind, or fit the recommender anew."
        )
    try:
        model = _Model.model_validate(told)
    except ValidationError as error:
        raise _damaged(folder) from error
    if model.checksum != model.summed():
        raise _damaged(folder)
    return model


def _damaged(folder: Path) -> StoreDamagedError:
    return StoreDamagedError(
        f"{NAME} in {str(folder)!r} was altered, not written to its end, or written by another "
        f"program. Nothing was loaded or changed. {_ANEW}."
    )


def _named(folder: Path) -> set[str]:
    """Return the file of tensors that `model.json` names now, if it can be read."""
    try:
        return {_model(folder).tensors}
    except (NoRecommenderError, StoreDamagedError, StoreVersionError):
        return set()


def _settle(draft: Path, path: Path) -> None:
    """Put a file into its place so that it survives a loss of power."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    if os.name == "posix":
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path, replaced: set[str]) -> None:
    """Remove the tensors that were replaced, and what crashes have left long ago."""
    kept = _named(folder)
    tensors = [path for path in folder.iterdir() if _TENSORS.fullmatch(path.name)]
    # Drafts are ours, and those of safetensors, which writes by a name of its own first.
    for path in [*tensors, *folder.glob(".tmp*")]:
        if path.name in kept:
            continue
        with suppress(OSError):
            if path.name in replaced or time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
