"""What a catalogue recommends by: chosen by what it holds, fitted on it, kept in its folder.

    interactions of many people?  → taste: EASE, or a graph filter where there are too many items
    with times?                   → sequence: what comes next
    always                        → popularity, attributes, text

Fitting is a matter of seconds to minutes and is done by `usermind catalogue fit`, or where nothing
was fitted yet. New items need none of it: their attributes and texts tell of them at once. Where it
is asked for by name, a recommender that is trained takes the place of taste or sequence, from then
on at each fit. A training that is stopped is kept beside the models, and goes on from there; it is
given up where another recommender is named for its role.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from usermind.errors import (
    EmbedderMismatchError,
    InvalidInputError,
    NoRecommenderError,
    StoreDamagedError,
    StoreNotWritableError,
    StoreVersionError,
)
from usermind.tools.catalogue import MODELS, Catalogue
from usermind.tools.recommenders import files
from usermind.tools.recommenders.attributes import AttributeMatch
from usermind.tools.recommenders.blend import ROLES, Blend, Role
from usermind.tools.recommenders.ease import Ease
from usermind.tools.recommenders.graph_filter import GraphFilter
from usermind.tools.recommenders.popularity import Popularity
from usermind.tools.recommenders.text import TextMap, TextSource
from usermind.tools.recommenders.trained import Trained
from usermind.tools.recommenders.training import Plan, identity
from usermind.tools.recommenders.transitions import TransitionKnn

if TYPE_CHECKING:
    from pathlib import Path

    from usermind.tools.interactions import InteractionLog
    from usermind.tools.recommenders.recommender import Progress, Recommender
    from usermind.tools.snapshot import Snapshot

_log = logging.getLogger(__name__)

NAME: Final = "blend"
"""Name of the folder, among the models of a catalogue, of what is fitted here."""
MOST_FOR_EASE: Final = 12_000
"""Items with interactions up to which EASE is taken: 20 s and 0.6 GB; beyond, it grows with their
third power."""
Taste = Literal["ease", "graph-filter", "lightgcn"]
"""What may learn whose taste is alike."""
Order = Literal["transitions", "sequential"]
"""What may learn what comes next."""
_TRAINED: Final[Mapping[Role, str]] = {"taste": "lightgcn", "sequence": "sequential"}
"""What may be trained for each role."""
_UNDER_WAY: Final = ".training"
"""Ending of the file of a training that was stopped, beside the folders of the models."""


def place_of(catalogue: Catalogue) -> Path:
    """Return the folder of what a catalogue recommends by."""
    return catalogue.folder / MODELS / NAME


def fit(
    catalogue: Catalogue,
    *,
    taste: Taste | None = None,
    sequence: Order | None = None,
    epochs: int | None = None,
    progress: Progress | None = None,
) -> Blend:
    """Fit what suits a catalogue on all that it holds, and keep it in the folder.

    Args:
        catalogue: Items, and interactions if it has any.
        taste: What learns whose taste is alike; None: what was trained for it last, trained anew;
            else what suits.
        sequence: What learns what comes next; None: likewise.
        epochs: How often what is trained sees all interactions, at most; None: as its plan says.
        progress: Called before each part, after each step of one that is trained, and at the end.

    Raises:
        InvalidInputError: There are no items; nothing to learn what is named from; or `epochs` are
            told, and nothing is trained.
        MissingExtraError: scipy is not installed, or torch, which trains.
        StoreNotWritableError: It could not be kept; what was kept before stays.
        StoreError: The catalogue cannot be read.
        KeyboardInterrupt: Ctrl-C. What was kept before stays, and a training goes on from there
            when the same is fitted on the same catalogue again.
    """
    now = catalogue.snapshot()
    _check(now, catalogue)
    log = catalogue.log(now.items)
    parts = _parts(log, texts_of(catalogue, now))
    parts |= _trained_before(catalogue, parts)
    if taste is not None:
        parts["taste"] = _asked_for("taste", taste, log)
    if sequence is not None:
        parts["sequence"] = _asked_for("sequence", sequence, log)
    if epochs is not None:
        _limit(parts, epochs)
    named: dict[Role, str | None] = {"taste": taste, "sequence": sequence}
    _give_up(catalogue, parts, named)
    with _resumed(catalogue, parts, log):
        made = Blend(parts).fit(log, progress=progress)
        files.save(made, place_of(catalogue))
    return made


def roles(catalogue: Catalogue) -> dict[str, str]:
    """Return the name of what was fitted last for each role; nothing where nothing was.

    Raises:
        StoreDamagedError: Its `model.json` was altered or not written to its end.
        StoreVersionError: A newer usermind wrote it.
    """
    try:
        told = files.settings_in(place_of(catalogue))
    except NoRecommenderError:
        return {}
    return {role: str(told[role]) for role in ROLES if role in told}


def stopped(
    catalogue: Catalogue, named: Mapping[Role, str | None] | None = None
) -> tuple[str, ...]:
    """Return the names of what was being trained when it was stopped, sorted.

    Args:
        catalogue: What it was trained on.
        named: What a fit names for each role: only what that fit goes on with counts. None: all.
    """
    found = {each.name.rpartition("-")[0] for each in _under_way(catalogue)}
    if named is not None:
        last = {role: of.name for role, of in _trained_last(_told_last(catalogue)).items()}
        found &= {*(last | {role: of for role, of in named.items() if of is not None}).values()}
    return tuple(sorted(found))


def _under_way(catalogue: Catalogue, name: str = "*") -> list[Path]:
    """Return the files of trainings that were stopped, of one recommender or of all."""
    return list((catalogue.folder / MODELS).glob(f"{name}-*{_UNDER_WAY}"))


def fitted(catalogue: Catalogue) -> Blend:
    """Return what a catalogue recommends by, over its items of now; fitted where nothing was yet.

    Where what was fitted cannot be kept in the folder, a warning is logged, and it serves whoever
    holds it as well.

    Raises:
        StoreDamagedError: The files of it were altered or not written to their end.
        StoreVersionError: A newer usermind wrote them.
        EmbedderMismatchError: The items were loaded with another embedder since.
        InvalidInputError: There are no items, or `fit` was by something else than `Blend`.
        StoreError: The catalogue cannot be read.
    """
    now = catalogue.snapshot()
    try:
        found = files.load(place_of(catalogue), now.items, text=texts_of(catalogue, now))
    except NoRecommenderError:
        _check(now, catalogue)
        log = catalogue.log(now.items)
        made = Blend(_parts(log, texts_of(catalogue, now))).fit(log)
        return _kept_if_possible(catalogue, made)
    except StoreDamagedError as error:
        raise StoreDamagedError(f"{error} `usermind catalogue fit` does both.") from error
    except EmbedderMismatchError as error:
        raise EmbedderMismatchError(f"{error} `usermind catalogue fit` does that.") from error
    if not isinstance(found, Blend):
        raise InvalidInputError(
            f"{str(place_of(catalogue))!r} holds the recommender {found.name!r}, not a blend. "
            "Nothing was ranked. Run `usermind catalogue fit`, or give yours to `Advisor`."
        )
    return found


def _check(now: Snapshot, catalogue: Catalogue) -> None:
    """Refuse a catalogue in which there is nothing."""
    if not len(now.items):
        raise InvalidInputError(
            f"The catalogue in {str(catalogue.folder)!r} is empty. Nothing was fitted. Load items "
            "with `usermind catalogue load FILE`."
        )


def _kept_if_possible(catalogue: Catalogue, made: Blend) -> Blend:
    try:
        files.save(made, place_of(catalogue))
    except StoreNotWritableError as error:
        _log.warning("What was fitted is held in memory alone, and lost with it. %s", error)
    return made


def _parts(log: InteractionLog, texts: TextSource) -> dict[Role, Recommender]:
    """Return what suits, by the role it plays."""
    parts: dict[Role, Recommender] = {
        "popularity": Popularity(),
        "attributes": AttributeMatch(),
        "text": TextMap(texts),
    }
    if len(log):
        touched = int(np.count_nonzero(log.counts()))
        parts["taste"] = Ease() if touched <= MOST_FOR_EASE else GraphFilter()
        if len(np.unique(log.times)) > 1:
            parts["sequence"] = TransitionKnn()
    return parts


def _trained_before(
    catalogue: Catalogue, suited: Mapping[Role, Recommender]
) -> dict[Role, Recommender]:
    """Return what was trained at the last fit, untrained, of roles that can be played still."""
    told = _told_last(catalogue)
    found: dict[Role, Recommender] = {}
    for role, kind in _trained_last(told).items():
        if role in suited:
            start = f"{role}."
            own = {name[len(start) :]: of for name, of in told.items() if name.startswith(start)}
            arguments = {name: own[name] for name in kind.arguments}
            found[role] = kind(**arguments, plan=Plan.of(own))
    return found


def _told_last(catalogue: Catalogue) -> Mapping[str, bool | int | float | str]:
    """Return the settings of the last fit; none where there are none that can be read."""
    try:
        return files.settings_in(place_of(catalogue))
    except (NoRecommenderError, StoreDamagedError, StoreVersionError):
        return {}  # what suits is fitted in its place


def _trained_last(told: Mapping[str, bool | int | float | str]) -> dict[Role, type[Trained]]:
    """Return what of the settings of a fit is trained."""
    names: dict[Role, str] = {role: str(told[role]) for role in ROLES if role in told}
    kinds = {role: files.kind_of(name) for role, name in names.items() if name in files.KINDS}
    return {role: kind for role, kind in kinds.items() if issubclass(kind, Trained)}


def _asked_for(role: Role, name: Taste | Order, log: InteractionLog) -> Recommender:
    """Return what is asked for by name.

    Raises:
        InvalidInputError: There is nothing in this log that it could learn.
    """
    if not len(log):
        raise InvalidInputError(
            f"{name!r} learns from what people did, and nobody has done anything yet. Nothing was "
            "fitted. Load who did what: `usermind catalogue load FILE --interactions FILE`."
        )
    if role == "sequence" and len(np.unique(log.times)) < 2:
        raise InvalidInputError(
            f"{name!r} learns from the order in which people did something, and all interactions "
            "here are of one moment. Nothing was fitted. Load them with a column `time`."
        )
    return files.kind_of(name.replace("-", " "))()


def _limit(parts: Mapping[Role, Recommender], epochs: int) -> None:
    trained = [part for part in parts.values() if isinstance(part, Trained)]
    if not trained:
        raise InvalidInputError(
            f"{epochs} epochs are told, and nothing here is trained. Nothing was fitted. Name what "
            "is to be trained: `--taste lightgcn` or `--sequence sequential`."
        )
    for part in trained:
        part.plan = replace(part.plan, epochs=epochs)


def _give_up(
    catalogue: Catalogue, parts: Mapping[Role, Recommender], named: Mapping[Role, str | None]
) -> None:
    """Delete what is kept of the training of what another is named in place of."""
    kept = {part.name.replace(" ", "-") for part in parts.values()}
    for role, name in _TRAINED.items():
        if named[role] is not None and name not in kept:
            for state in _under_way(catalogue, name):
                with suppress(FileNotFoundError):
                    state.unlink()


@contextmanager
def _resumed(
    catalogue: Catalogue, parts: Mapping[Role, Recommender], log: InteractionLog
) -> Iterator[None]:
    """Let what is trained in the block go on where it was stopped, on this very log.

    What is kept of a training on another log, or with other settings, can be used for nothing any
    more, and goes.
    """
    files_of = []
    for part in parts.values():
        if isinstance(part, Trained):
            folder, name = catalogue.folder / MODELS, part.name.replace(" ", "-")
            state = folder / f"{name}-{identity(name, part.settings(), log)[:16]}{_UNDER_WAY}"
            folder.mkdir(exist_ok=True)
            for other in _under_way(catalogue, name):
                if other != state:
                    with suppress(FileNotFoundError):
                        other.unlink()
            part.plan = replace(part.plan, checkpoint=state)
            files_of.append(state)
    yield
    for state in files_of:
        state.unlink(missing_ok=True)


def texts_of(catalogue: Catalogue, now: Snapshot) -> TextSource:
    """Return what the items of a catalogue say, and what makes vectors of a user's words."""
    return TextSource(now.vectors, catalogue.embedder, catalogue.made_by)
