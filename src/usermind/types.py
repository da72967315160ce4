"""Types that more than one folder needs."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NewType, Protocol, runtime_checkable

UserId = NewType("UserId", str)
ObservationId = NewType("ObservationId", str)
"""`"o"` and a number, unique within one user and never used twice."""
PropositionId = NewType("PropositionId", str)
"""`"p"` and a number, unique within one user and never used twice; survives revision."""

Kind = Literal["observation", "proposition"]
"""What recall can return."""

Durability = Literal["momentary", "day", "week", "season", "year", "permanent"]
"""How long a claim stays true without new support; see `usermind.memory.belief.HALF_LIFE`."""

Tier = Literal["first_party", "observed", "third_party"]
"""Who vouches for an observation, most trusted first: the user's own words, behaviour of the
user that was recorded, text written by anybody else."""

Status = Literal["active", "stale", "contradicted", "superseded", "retracted"]
"""State of a proposition. Only `active` ones are recalled; the others stay readable. `stale` is
never stored: an active claim is so while its confidence × freshness is too small, and new support
brings it back."""

Clock = Callable[[], datetime]
"""Returns the present as an aware datetime; tests inject their own."""


@runtime_checkable
class Embedder(Protocol):
    """Anything that turns text into vectors; every LangChain `Embeddings` is one.

    An embedder may also carry `model_id: str`, which names its vector space: a store refuses
    to mix two of them. Without it the class name and the dimension stand in.
    """

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text, all of one dimension."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a search query, in the same space as the documents."""
        ...
