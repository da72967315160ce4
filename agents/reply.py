"""What a turn gives back, whole or piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from usermind.errors import UsermindError
from usermind.memory import Recollection
from usermind.memory.sight import Sighting
from usermind.tools.recommenders.recommendation import Recommendation

if TYPE_CHECKING:
    from usermind.graphs.suggesting import QuerySuggestion


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the reply's text, as it comes."""

    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one message."""

    text: str
    """What the assistant says; when the model failed, what happened and what was kept."""
    used: tuple[Recollection, ...]
    """The memories it rests on, best first: those it cited, where the reasoner says so, else
    those that the model was given."""
    thread_id: str
    observation: str | None
    """Id of the observation that holds the user's message."""
    tools: tuple[str, ...] = ()
    """Names of the tools that were called, in order."""
    cut: bool = False
    """Whether the model stopped at its length limit."""
    error: UsermindError | None = None
    """Why there is no real reply; the message is kept and stays due for reflection."""
    degraded: str | None = None
    """Why the offline engine answered in place of the model, when it did: the user's daily budget
    is spent. None otherwise."""
    sightings: tuple[Sighting, ...] = ()
    """What each picture of the message shows of what is on record, in their order."""
    missed: str | None = None
    """Why the pictures were not compared with what is on record; None: they were, if any."""
    doubts: tuple[str, ...] = ()
    """What is wrong with it by checks that need no model, a sentence each. A reply that is not
    streamed was then asked for twice, and this is the better of the two."""
    sources: tuple[str, ...] = ()
    """What was planned to draw on, in order (`usermind.graphs.sources`); empty: nothing."""
    recommended: tuple[Recommendation, ...] = ()
    """The items of the catalogue that it recommends by name, best first, each with its reasons."""
    unoffered: str | None = None
    """Why the catalogue could not be looked at, when it could not; the rest of the turn went on."""
    unranked: str | None = None
    """Why a list of it stands in the recommender's own order, or what was mended, where a model was
    asked to put it in order (`Advisor(rerank=...)`); None: nothing went wrong."""
    instead: str | None = None
    """Why the rules planned in place of the planner that was asked, when they did."""
    suggestions: tuple[QuerySuggestion, ...] = ()
    """What the user could ask next, best first; often nothing. They are in no store."""
    unsuggested: str | None = None
    """Why the rules suggested in place of the model that was asked, or why nobody could; None:
    nothing went wrong."""
