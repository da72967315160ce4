"""What the nodes of a turn share, and what a checkpoint keeps of it."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from langchain_core.messages import (
    AnyMessage,
    BaseMessage,
)
from langgraph.graph.message import add_messages
from langgraph.runtime import Runtime

from usermind.graphs.pictures import Look
from usermind.graphs.plan import Planner, by_rules
from usermind.graphs.sources import Source
from usermind.memory import Recollection, UserMemory
from usermind.memory.images import Picture
from usermind.models.reasoner import Reasoner
from usermind.prompts import HeardLine
from usermind.tools.advice import Advice
from usermind.tools.advisor import Advisor
from usermind.tools.item_history import ItemHistory
from usermind.tools.reformulating import How


class TurnState(TypedDict, total=False):
    """What the nodes share, and what LangGraph keeps of a thread: its latest turn.

    Earlier messages are in the journal, which is the one place they are forgotten from.
    """

    message: str
    message_id: str
    """What makes a repeated call the same message."""
    observation: str
    """Id of the observation that holds the message."""
    pictures: int
    """How many pictures come with the message."""
    look: Look | None
    """What was made of them, or of those of the message before, until it was answered."""
    seen: tuple[str, ...]
    """Keys of the concepts in the pictures that the conversation is about."""
    sources: tuple[Source, ...]
    focus: tuple[str, ...]
    """Ids of the concepts that the message names, shows, or means by a pronoun."""
    names: tuple[str, ...]
    """Names of those that it means by a pronoun."""
    instead: str | None
    """Why the rules planned in place of the planner that was asked."""
    memories: list[Recollection]
    doubted: list[Recollection]
    """What a reply was given that was asked for once more."""
    voice: list[Recollection]
    """How the user writes, where the message wants that; see `voice.voice_of`."""
    past: ItemHistory | None
    """What the message asks of items that were recommended or judged before."""
    heard: tuple[HeardLine, ...]
    """What was kept of what the message says of items of the catalogue."""
    advice: Advice | None
    """What fits the user of the catalogue, where the message asks for that."""
    unoffered: str | None
    """Why the catalogue could not be looked at, when it could not."""
    messages: Annotated[list[AnyMessage], add_messages]
    """Messages of this turn: the user's, then tool calls and results, then the reply."""
    refined: bool
    reply_id: str


class TurnInput(TypedDict):
    """What the caller gives."""

    message: str
    message_id: str


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn needs and never changes."""

    memory: UserMemory
    reasoner: Reasoner
    thread_id: str
    words: str | None = None
    """The message as it was written, for the journal's gate; None: as the state has it."""
    pictures: tuple[Picture, ...] = ()
    """What the user shows with the message; no state holds it."""
    said: str | None = None
    """A private message as the model may see it: no state holds it. None: it is not private."""
    private: tuple[str, ...] = ()
    """Topics that the message asks to keep private, in its words; they are by now."""
    planner: Planner = by_rules
    """Who chooses what the turn draws on."""
    advisor: Advisor | None = None
    """Who recommends from a catalogue; None: there is none."""
    reformulate: How | None = None
    """How the tools `search_memory` and `recommend_items` put what is asked in other words, by the
    reasoner; None: they do not."""
    streamed: bool = False
    """Whether the reply is heard while it is made, and cannot be unsaid."""
    since: int | None = None
    """What `UserMemory.last_change` was before the turn: what was forgotten since is not kept."""


class Journaled(TypedDict):
    """Update written by `journal`."""

    observation: str
    messages: list[BaseMessage]
    refined: bool
    pictures: int
    sources: tuple[Source, ...]
    instead: str | None
    doubted: list[Recollection]
    past: ItemHistory | None
    heard: tuple[HeardLine, ...]
    advice: Advice | None
    unoffered: str | None


class Looked(TypedDict):
    """Update written by `look`."""

    look: Look | None
    seen: tuple[str, ...]


class Planned(TypedDict):
    """Update written by `plan`."""

    seen: tuple[str, ...]
    sources: tuple[Source, ...]
    focus: tuple[str, ...]
    names: tuple[str, ...]
    instead: str | None
    past: ItemHistory | None
    unoffered: str | None


class Recalled(TypedDict):
    """Update written by `recall`."""

    memories: list[Recollection]
    voice: list[Recollection]


class Listened(TypedDict):
    """Update written by `listen`."""

    heard: tuple[HeardLine, ...]
    unoffered: str | None


class Offered(TypedDict):
    """Update written by `offer`."""

    advice: Advice | None
    unoffered: str | None


class Spoken(TypedDict):
    """Update written by `respond` and `call_tools`."""

    messages: list[BaseMessage]


class Refined(TypedDict, total=False):
    """Update written by `refine`."""

    messages: list[BaseMessage]
    refined: bool
    memories: list[Recollection]
    doubted: list[Recollection]


class Kept(TypedDict, total=False):
    """Update written by `keep_reply`."""

    reply_id: str
    messages: list[BaseMessage]


Run = Runtime[TurnContext]
