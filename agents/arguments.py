"""What an assistant is given, checked, and made into what its turns need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from usermind.errors import InvalidInputError
from usermind.memory import Store
from usermind.models.ledger import Ledger

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from usermind.graphs.plan import Planner
    from usermind.memory.images import Picture
    from usermind.models.reasoner import Reasoner
    from usermind.tools.advisor import Advisor
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.reformulating import How


def reasoner_of(
    model: str | BaseChatModel | Reasoner | None, ledger: Ledger, store: Store
) -> Reasoner:
    """Return what executes prompts for a `model=` argument: see `Assistant`."""
    from usermind.models import ChatReasoner, Offline, connect

    if model is None:
        return Offline(store.embedder)
    if isinstance(model, str):
        return connect(model, ledger=ledger)
    if hasattr(model, "complete"):
        return cast("Reasoner", model)
    return ChatReasoner(model, ledger=ledger)


def pictures_of(images: Sequence[bytes | Path | str]) -> tuple[Picture, ...]:
    """Return the pictures of an `images=` argument: see `Assistant.turn`.

    Raises:
        InvalidInputError: There are too many, or one cannot be used; nothing was stored.
    """
    one = isinstance(images, bytes | bytearray | memoryview | str)
    if one or not isinstance(images, Sequence | None):
        raise InvalidInputError(
            f"`images` is of type {type(images).__name__}. Nothing was stored. Give a list of "
            "pictures, also where there is but one."
        )
    if not images:
        return ()
    from usermind.graphs.pictures import MOST_SHOWN
    from usermind.memory.images import prepare

    if len(images) > MOST_SHOWN:
        raise InvalidInputError(
            f"The message has {len(images)} pictures; at most {MOST_SHOWN} are accepted. Nothing "
            "was stored. Send the others with the next message."
        )
    prepared = []
    for place, image in enumerate(images, 1):
        try:
            prepared.append(prepare(image))
        except InvalidInputError as error:
            raise InvalidInputError(f"Picture {place} of {len(images)}: {error}") from error
    return tuple(prepared)


def checked_planner(
    planner: Literal["rules", "model"] | Planner, model: object
) -> Literal["rules", "model"] | Planner:
    """Return a `planner=` argument: see `Assistant`.

    Raises:
        InvalidInputError: It is unknown, or has no model to ask.
    """
    if planner == "model" and model is None:
        raise InvalidInputError(
            'The planner "model" has no model to ask. Pass `model=` with an endpoint or a chat '
            'model, or leave out `planner=`: the planner "rules" needs none.'
        )
    if planner not in ("rules", "model") and not callable(planner):
        raise InvalidInputError(
            f'The planner {planner!r} is unknown. Pass "rules", "model" or a function from '
            "`usermind.graphs.plan.Asked` to the sources it chooses."
        )
    return planner


def checked_how(how: How | None) -> How | None:
    """Return a `reformulate=` argument: see `Assistant`.

    Raises:
        InvalidInputError: It is unknown.
    """
    known = ("ensemble", "pseudo", "fusion")
    if how is not None and how not in known:
        raise InvalidInputError(
            f"`reformulate` is {how!r}. Expected one of {list(known)}, or None. Nothing was opened."
        )
    return how


def planner_of(planner: Literal["rules", "model"] | Planner, reasoner: Reasoner) -> Planner:
    """Return who plans for a `planner=` argument: see `Assistant`."""
    from usermind.graphs.plan import by_rules
    from usermind.graphs.planning import ModelPlanner

    if isinstance(planner, str):
        return ModelPlanner(reasoner) if planner == "model" else by_rules
    return planner


def advisor_of(catalogue: Catalogue | Advisor | None) -> Advisor | None:
    """Return who recommends for a `catalogue=` argument: see `Assistant`."""
    if catalogue is None:
        return None
    from usermind.tools.advisor import Advisor

    return catalogue if isinstance(catalogue, Advisor) else Advisor(catalogue)
