"""The prompt of reflection: new observations in, operations on propositions out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from usermind.prompts._base import StructuredPrompt
from usermind.prompts.fencing import label, named, quoted
from usermind.prompts.slots import is_slot
from usermind.types import Durability, Tier

Op = Literal["add", "reinforce", "revise", "contradict", "supersede", "generalise", "retire"]
"""What to do with a claim.

add: a claim not known yet. reinforce: `target` is said again. revise: `target` is made more
precise; `statement` is the better wording. contradict: the evidence speaks against `target`
and offers no replacement. supersede: the world changed; `statement` replaces `target`.
generalise: `statement` sums up `target` and more, which stays. retire: `target` was never
true or is of no use.
"""


@dataclass(frozen=True, slots=True)
class DateHint:
    """A relative date in an observation, and what it stands for."""

    words: str
    """As written: `"next Friday"`."""
    absolute: str
    """The same said absolutely: `"on Friday 18 September 2026"`."""


@dataclass(frozen=True, slots=True)
class ObservationLine:
    """One new observation."""

    alias: int
    """Number the model uses to name it; real ids are never shown."""
    author: str
    """`"user"` for the user, else the name of whoever wrote it."""
    at: datetime
    """Event time, aware, in the zone where it happened."""
    tier: Tier
    text: str
    dates: tuple[DateHint, ...] = ()
    """What its relative dates stand for."""

    def render(self) -> str:
        """Return `[1] Mon 2026-03-02 09:10, user: ⟦text⟧ ("tomorrow": on Tuesday 3 March 2026)`."""
        # Text of others that carries the user's name is not the user's.
        who = quoted(self.author) if self.tier == "third_party" else named(self.author)
        who += " (recorded)" if self.tier == "observed" else ""
        meant = "; ".join(f'"{label(date.words)}": {date.absolute}' for date in self.dates)
        hint = f" ({meant})" if meant else ""
        return f"[{self.alias}] {self.at:%a %Y-%m-%d %H:%M}, {who}: {quoted(self.text)}{hint}"


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One proposition that may be related to the new observations."""

    alias: int
    text: str
    confidence: float
    """Probability in [0, 1]."""
    durability: Durability
    slot: str | None
    """The slot it fills, if any; a slot holds one value at a time."""
    since: datetime
    """Time of its last support."""

    def render(self) -> str:
        """Return `{1} text (confidence 0.84, since 2026-03-02, slot home)`."""
        slot = ""
        if self.slot:
            slot = f", slot {self.slot if is_slot(self.slot) else quoted(self.slot)}"
        return (
            f"{{{self.alias}}} {quoted(self.text)} "
            f"(confidence {self.confidence:.2f}, since {self.since:%Y-%m-%d}{slot})"
        )


class Citation(BaseModel):
    """Where a claim comes from."""

    model_config = ConfigDict(extra="forbid")

    observation: Annotated[int, Field(ge=1, le=999)]
    """Alias of the observation."""
    quote: Annotated[str, Field(min_length=1, max_length=240)]
    """Words copied from the observation, character for character."""


class Operation(BaseModel):
    """One change to what is known."""

    model_config = ConfigDict(extra="forbid")

    op: Op
    target: Annotated[int, Field(ge=1, le=999)] | None
    """Alias of the known proposition it changes; null for `add`."""
    statement: Annotated[str, Field(max_length=240)]
    """The claim in the third person, absolute dates, one fact; empty for reinforce, contradict,
    retire."""
    evidence: Annotated[list[Citation], Field(min_length=1, max_length=4)]
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]
    """How likely the claim is true of the user, given the evidence alone."""
    durability: Durability
    slot: Annotated[str, Field(max_length=40)] | None
    """For facts with one value at a time (home, employer, partner, diet, age, …); else null."""


class Operations(BaseModel):
    """The answer to `ReflectPrompt`."""

    model_config = ConfigDict(extra="forbid")

    operations: Annotated[list[Operation], Field(max_length=24)]


@dataclass(frozen=True, slots=True)
class ReflectPrompt(StructuredPrompt[Operations]):
    """Turn one stretch of new observations into operations on what is known."""

    name: ClassVar[str] = "reflect"
    output: ClassVar[type[Operations]] = Operations
    max_tokens: ClassVar[int] = 4096

    user_name: str
    now: datetime
    """The present, aware."""
    known: tuple[KnownLine, ...]
    observations: tuple[ObservationLine, ...]
    """In order of event time."""
