"""What a catalogue recommends by: chosen by what it holds, fitted on it, kept in its folder.

    interactions of many people?  → taste: EASE, or a graph filter where there are too many items
    with times?                   → sequence: what comes next
    always                        → popularity, attributes, text

Fitting is a matter of seconds to minutes and is done by `usermind catalogue fit`, or where nothing
was fitted yet. New items need none of it: their attributes and texts tell of them at once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from usermind.errors import (
    EmbedderMismatchError,
    InvalidInputError,
    NoRecommenderError,
    StoreDamagedError,
    StoreNotWritableError,
)
from usermind.tools.catalogue import MODELS, Catalogue
from usermind.tools.recommenders import files
from usermind.tools.recommenders.attributes import AttributeMatch
from usermind.tools.recommenders.blend import Blend, Role
from usermind.tools.recommenders.ease import Ease
from usermind.tools.recommenders.graph_filter import GraphFilter
from usermind.tools.recommenders.popularity import Popularity
from usermind.tools.recommenders.text import TextMap, TextSource
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


def place_of(catalogue: Catalogue) -> Path:
    """Return the folder of what a catalogue recommends by."""
    return catalogue.folder / MODELS / NAME


def fit(catalogue: Catalogue, *, progress: Progress | None = None) -> Blend:
    """Fit what suits a catalogue on all that it holds, and keep it in the folder.

    Args:
        catalogue: Items, and interactions if it has any.
        progress: Called before each part and at the end.

    Raises:
        InvalidInputError: There are no items.
        MissingExtraError: scipy is not installed.
        StoreNotWritableError: It could not be kept; what was kept before stays.
        StoreError: The catalogue cannot be read.
    """
    made = _made(catalogue, progress)
    files.save(made, place_of(catalogue))
    return made


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
        return _kept_if_possible(catalogue, _made(catalogue))
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


def _made(catalogue: Catalogue, progress: Progress | None = None) -> Blend:
    now = catalogue.snapshot()
    if not len(now.items):
        raise InvalidInputError(
            f"The catalogue in {str(catalogue.folder)!r} is empty. Nothing was fitted. Load items "
            "with `usermind catalogue load FILE`."
        )
    log = catalogue.log(now.items)
    return Blend(_parts(log, texts_of(catalogue, now))).fit(log, progress=progress)


def _kept_if_possible(catalogue: Catalogue, made: Blend) -> Blend:
    try:
        files.save(made, place_of(catalogue))
    except StoreNotWritableError as error:
        _log.warning("What was fitted is held in memory alone, and lost with it. %s", error)
    return made


def _parts(log: InteractionLog, texts: TextSource) -> Mapping[Role, Recommender]:
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


def texts_of(catalogue: Catalogue, now: Snapshot) -> TextSource:
    """Return what the items of a catalogue say, and what makes vectors of a user's words."""
    return TextSource(now.vectors, catalogue.embedder, catalogue.made_by)
