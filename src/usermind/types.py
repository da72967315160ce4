"""Types that more than one folder needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NewType, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

UserId = NewType("UserId", str)
ObservationId = NewType("ObservationId", str)
"""`"o"` and a number, unique within one user and never used twice."""
PropositionId = NewType("PropositionId", str)
"""`"p"` and a number, unique within one user and never used twice; survives revision."""

Kind = Literal["observation", "proposition", "concept", "entity", "profile", "feedback", "exposure"]
"""What recall can return. feedback: what the user made of an item of a catalogue. exposure: an item
that was recommended to them."""

Durability = Literal["momentary", "day", "week", "season", "year", "permanent"]
"""How long a claim stays true without new support; see `usermind.memory.belief.HALF_LIFE`."""

Tier = Literal["first_party", "observed", "third_party"]
"""Who vouches for an observation, most trusted first: the user's own words, behaviour of the
user that was recorded, text written by anybody else."""

Status = Literal["active", "stale", "contradicted", "superseded", "retracted"]
"""State of a proposition. Only `active` ones are recalled; the others stay readable. `stale` is
never stored: an active claim is so while its confidence × freshness is too small, and new support
brings it back."""

ModelPlace = Literal["offline", "local model", "remote model"]
"""Who reads what a model is given: code of this process; a model on this machine or in its private
network; a model anywhere else."""

Relation = Literal["identical", "similar", "contradictory", "generalises", "unrelated"]
"""What one claim is to another that is known. identical: it says the same. similar: it is about
the same thing and stands beside it. contradictory: both cannot hold at one time. generalises: it
sums the known one up. unrelated: none of these."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
"""By hand: strftime's names depend on the language that the machine is set to."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Clock = Callable[[], datetime]
"""Returns the present as an aware datetime; tests inject their own."""


@runtime_checkable
class Embedder(Protocol):
    """Anything that turns text into vectors; every LangChain `Embeddings` is one.

    An embedder may also carry `model_id: str`, which names its vector space: a store refuses
    to mix two of them. Without it the class name and the dimension stand in. And it may carry
    `recipient: str`, which tells the privacy gate where it computes: `"offline"` in this process,
    `"local model"`, or, as where it does not say, `"remote model"`.
    """

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text, all of one dimension."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a search query, in the same space as the documents."""
        ...


@runtime_checkable
class ImageEncoder(Protocol):
    """Anything that turns pictures into vectors.

    It may carry `recipient: str`, as an `Embedder` may: it tells the privacy gate where it
    computes.
    """

    @property
    def name(self) -> str:
        """Name of its vector space; vectors of two names are never compared."""
        ...

    @property
    def dimensions(self) -> int | None:
        """Length of a vector; None until the first one was made."""
        ...

    def encode(self, images: Sequence[bytes]) -> "npt.NDArray[np.float32]":
        """Return one vector of length 1 per PNG, JPEG or WEBP: `(images, dimensions)`, float32.

        Raises:
            InvalidInputError: One of them is no readable picture; none is encoded.
            ModelError: The model, or the road to it, failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One request to a model, as an account keeps it: counts, never words."""

    purpose: str
    """Name of the prompt."""
    failed: bool
    seconds: float
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    """Part of the prompt that the endpoint had in its prefix cache."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Room that was set aside for one request."""

    day: str
    """On whose budget it counts, `YYYY-MM-DD` in UTC."""
    prompt_tokens: int
    completion_tokens: int
    capped: bool
    """Whether tokens are limited: then the answer must end after `completion_tokens`."""


class Account(Protocol):
    """Whoever pays for requests to a model; safe to use from several threads."""

    def reserve(self, *, prompt_tokens: int, completion_tokens: int, least: int) -> Hold | None:
        """Set room aside before a request; None where nothing is limited.

        Args:
            prompt_tokens: At most so many are sent.
            completion_tokens: At most so many come back, if there is room for them.
            least: With less room than this for the answer, the request is not worth making.

        Raises:
            BudgetSpentError: The request does not fit any more; it must not be made.
        """
        ...

    def settle(self, call: ModelCall, hold: Hold | None) -> None:
        """Count a request that was made, in place of what was set aside for it."""
        ...
