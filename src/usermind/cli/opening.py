"""Opening what a command works on: settings, store, model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from usermind.cli.flags import Flags
from usermind.errors import InvalidInputError, StoreError, UnknownUserError

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.models.chat import ChatReasoner
    from usermind.models.ledger import Ledger
    from usermind.models.reasoner import Reasoner
    from usermind.settings import Origin, Settings
    from usermind.store import MemoryStore
    from usermind.tools.advisor import Advisor
    from usermind.tools.catalogue import Catalogue
    from usermind.types import Embedder


@dataclass(frozen=True, slots=True)
class Workplace:
    """A store with the settings it was opened by."""

    flags: Flags
    settings: Settings
    origins: dict[str, Origin]
    store: MemoryStore
    reasoner: Reasoner | None
    """Speaks to the endpoint of `--model`; None: the offline engine."""
    ledger: Ledger | None = None
    """What was asked of the endpoint; None without one."""

    @property
    def memory(self) -> UserMemory:
        """The memory of the user that the settings name."""
        return self.store.user(self.settings.user)

    @property
    def known(self) -> UserMemory:
        """The same, of a user of whom something is stored: a mistyped name is an error.

        Raises:
            UnknownUserError: Nothing is stored for this user.
        """
        memory = self.memory
        if not memory.exists:
            raise UnknownUserError(memory.user_id)
        return memory


def loaded(flags: Flags) -> tuple[Settings, dict[str, Origin]]:
    """Return the settings and where each came from."""
    from usermind.settings import load

    return load(**flags.settings())


@contextmanager
def opened(flags: Flags, *, create: bool = False) -> Iterator[Workplace]:
    """Hold the store open.

    Args:
        flags: What was given on the command line.
        create: Make the store's folder when it is missing; else a mistyped one is an error.

    Raises:
        InvalidInputError: There is no store and `create` is false.
        SettingsError: A setting cannot be used.
        StoreError: The folder cannot be used.
    """
    from usermind.memory import Budget
    from usermind.store import MemoryStore

    settings, origins = loaded(flags)
    folder = settings.store.expanduser()
    if not create and not _is_file(folder / "registry.db", flag="--store"):
        raise missing(folder)
    ledger = _ledger(settings)
    reasoner = connected(settings, ledger)
    with MemoryStore(
        folder,
        embedder=lambda: embedder(settings),
        reasoner=reasoner,
        budget=Budget(settings.daily_tokens, settings.daily_calls),
        privacy=settings.privacy,
    ) as store:
        yield Workplace(flags, settings, origins, store, reasoner, ledger)


def missing(folder: Path) -> InvalidInputError:
    """Return the error for a folder that holds no store."""
    if folder.is_file():
        return InvalidInputError(
            f"{folder} is a file. Nothing was read or created. A store is a folder; name one with "
            "`--store`, or begin one with `usermind chat`."
        )
    return InvalidInputError(
        f"There is no store in {folder}. Nothing was read or created. "
        "Name another folder with `--store`, or begin one with `usermind chat`."
    )


@contextmanager
def catalogue(settings: Settings, *, create: bool = False) -> Iterator[Catalogue]:
    """Hold the catalogue of items open.

    Args:
        settings: Where it is.
        create: Make it when it is missing; else a mistyped folder is an error.

    Raises:
        InvalidInputError: There is none and `create` is false.
        StoreError: The folder cannot be used.
    """
    from usermind.tools.catalogue import STORE, Catalogue

    folder = settings.catalogue_folder
    if not create and not _is_file(folder / STORE, flag="--catalogue"):
        raise InvalidInputError(
            f"There is no catalogue in {folder}. Nothing was read or created. Name another folder "
            "with `--catalogue`, or begin one with `usermind catalogue load FILE`."
        )
    with Catalogue(
        folder, chroma=settings.chroma or None, embedder=lambda: embedder(settings)
    ) as found:
        yield found


@contextmanager
def catalogue_of(settings: Settings, origins: Mapping[str, Origin]) -> Iterator[Catalogue | None]:
    """Hold the catalogue open that a command may look into; None where there is none.

    Raises:
        InvalidInputError: One was named on the command line, and there is none.
    """
    from usermind.tools.catalogue import STORE

    there = _is_file(settings.catalogue_folder / STORE, flag="--catalogue")
    if not there and origins["catalogue"] == "default":
        yield None
        return
    with catalogue(settings) as found:
        yield found


def _is_file(path: Path, *, flag: str) -> bool:
    """Return whether the file is there by which a folder is known that a flag names."""
    try:
        return path.is_file()
    except OSError as error:  # a folder that may not be looked into is none that is missing
        raise StoreError(
            f"{path.parent} cannot be read ({error.strerror}). Nothing was read or created. Check "
            f"the permissions, or name another folder with `{flag}`."
        ) from error


def advisor(place: Workplace, shelf: Catalogue, *, rerank: bool, blind: bool) -> Advisor:
    """Return who recommends from a catalogue, as `--rerank` and `--blind` have it.

    Raises:
        InvalidInputError: A list is to be put in order by a model, and there is none.
    """
    from usermind.tools.advisor import Advisor

    ranks = model_for(place, "--rerank", "rules rank without one") if rerank else None
    return Advisor(shelf, rerank=ranks, blind=blind)


def model_for(place: Workplace, flag: str, instead: str) -> Reasoner:
    """Return the model that a flag has work for.

    Args:
        place: What is open.
        flag: As it is written.
        instead: What is done without the flag.

    Raises:
        InvalidInputError: No endpoint is set.
    """
    if place.reasoner is None:
        name = flag.split()[0]
        raise InvalidInputError(
            f"`{flag}` has no model to ask. Nothing was said or stored. Name one with "
            f"`--model URL`, or leave out `{name}`: {instead}."
        )
    return place.reasoner


def embedder(settings: Settings) -> Embedder:
    """Return the embedder of the settings."""
    from usermind.models import open_embedder

    return open_embedder(settings.embedder or None, api_key=settings.embedder_api_key or None)


def _ledger(settings: Settings) -> Ledger | None:
    if not settings.model:
        return None
    from usermind.models import Ledger

    return Ledger()


def connected(settings: Settings, ledger: Ledger | None = None) -> ChatReasoner | None:
    """Return what speaks to the endpoint of the settings, if one is set; sends nothing yet."""
    if not settings.model:
        return None
    from usermind.models import connect

    return connect(
        settings.model,
        model=settings.model_name or None,
        api_key=settings.api_key or None,
        timeout=settings.timeout,
        ledger=ledger,
    )
