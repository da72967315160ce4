"""What happened when a scenario was played: steps, replies, memories used, memory at the end.

It holds no wall-clock time, so that a run with the offline engine gives the same one each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

StepKind = Literal["user", "observe", "forget", "wait", "watch", "answer"]
Json = Any  # pydantic cannot build a schema of a recursive alias of JSON without a name for it


@dataclass(frozen=True, slots=True)
class Used:
    """A memory that a reply rests on."""

    id: str
    kind: str
    text: str
    author: str
    score: float
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model called."""

    tool: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Recommended:
    """An item that a reply recommends by name."""

    id: str
    title: str
    words: tuple[str, ...]
    """Of its attributes."""
    reasons: tuple[str, ...]

    @property
    def told(self) -> str:
        """Its title with the words of its attributes."""
        return f"{self.title} ({', '.join(self.words)})" if self.words else self.title


@dataclass(frozen=True, slots=True)
class Offer:
    """A proactive offer that was put before the user."""

    id: str
    kind: str
    title: str
    text: str
    way: str
    digest: bool = False
    """Whether it came in the digest, so that it was no interruption."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a forgetting took; never its text."""

    items: int
    """Observations, claims, concepts, entities, profiles and verdicts that went."""
    residue: int
    """Stretches of what was deleted that were found in the file afterwards."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, and what the assistant made of it."""

    number: int
    """1 for the first."""
    kind: StepKind
    at: datetime
    said: str
    """The message, the text observed, the words to forget, the answer."""
    turn: int = 0
    """Of the scenario, 1 for the first: a goal takes several steps."""
    thread: str = "main"
    author: str = "user"
    images: tuple[str, ...] = ()
    reply: str | None = None
    """None: nothing was to be replied."""
    used: tuple[Used, ...] = ()
    calls: tuple[Call, ...] = ()
    recommended: tuple[Recommended, ...] = ()
    seen: tuple[str, ...] = ()
    """Keys of the concepts that were recognised in the pictures."""
    sources: tuple[str, ...] = ()
    """What was planned to draw on."""
    doubts: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    satisfied: bool | None = None
    """Whether the reply was what a simulated user needed; None: it is no message of one."""
    deletion: Deletion | None = None
    trouble: tuple[str, ...] = ()
    """What failed without ending the run: a model that did not answer, nothing to forget."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of the memory."""

    id: str
    text: str
    status: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Message:
    """An observation of the memory."""

    id: str
    author: str
    text: str
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """A user's memory at one moment."""

    claims: tuple[Claim, ...] = ()
    """Of any status, in the order of their ids."""
    messages: tuple[Message, ...] = ()
    """In the order in which they arrived."""
    notes: tuple[str, ...] = ()
    """Concepts and profiles in words."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All it holds."""
        claims = (claim.text for claim in self.claims)
        return (*claims, *(message.text for message in self.messages), *self.notes)


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that happened in one run."""

    before: Memory = field(default_factory=Memory)
    """What was known when the conversation began."""
    steps: tuple[Step, ...] = ()
    after: Memory = field(default_factory=Memory)
    traces: Mapping[str, int] = field(default_factory=dict)
    """How often words that were to be forgotten, or not stored, stand in the bytes of the user's
    file at the end."""
    ever: Mapping[str, bool] = field(default_factory=dict)
    """Whether such words stood in the memory at any time."""
