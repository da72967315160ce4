"""The user's message of one turn, with the memories recalled for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from usermind.prompts._base import Prompt
from usermind.prompts.fencing import label, named, quoted
from usermind.prompts.kept_out import NOTHING_KEPT_OUT, KeptOut
from usermind.prompts.offer import NO_OFFER, HeardLine, Offer
from usermind.prompts.past_items import NO_PAST, PastItems
from usermind.prompts.pictures import PictureLine
from usermind.prompts.reminders import NO_REMINDERS, Reminders
from usermind.types import Kind

LONGEST = 4_000
"""Characters of one memory that a prompt shows."""
STYLE_CARD = "f0"
"""Id of the style card among what a turn is given; it is counted anew each time and not kept."""
LONGEST_EXAMPLE = 600
"""Characters of one side of an exchange that a prompt shows."""

_NOTED: dict[Kind, str] = {
    "proposition": "claim",
    "concept": "noted by the user",
    "entity": "searched for or mentioned",
    "profile": "summary of the user",
    "feedback": "what the user made of an item",
    "exposure": "recommended to the user",
}


@dataclass(frozen=True, slots=True)
class MemoryLine:
    """One recalled memory."""

    id: str
    """Id of the observation or proposition."""
    kind: Kind
    text: str
    author: str
    """Who said it: `"user"`, `"assistant"` or a name; for a proposition, who it rests on."""
    at: datetime
    """Event time of an observation, last support of a proposition; aware."""
    score: float
    """Relevance to the message, absolute, in [0, 1]."""
    confidence: float | None
    """Probability in [0, 1] of a proposition; None for an observation."""

    def render(self) -> str:
        """Return `[p3] 2026-03-02 (claim, confidence 0.84) ⟦text⟧`."""
        if self.kind == "observation":
            what = f"{named(self.author)} said"
        elif self.confidence is None:
            what = _NOTED[self.kind]
        else:
            what = f"claim, confidence {self.confidence:.2f}"
        text = quoted(self.text, longest=LONGEST)
        return f"[{label(self.id)}] {self.at:%Y-%m-%d} ({what}) {text}"


@dataclass(frozen=True, slots=True)
class VoiceExample:
    """What the user once replied to somebody."""

    ids: tuple[str, str]
    """Of the message and of the reply."""
    to: str
    """Who wrote to them."""
    message: str
    reply: str

    def render(self) -> str:
        """Return `[o7] to ⟦Bob⟧, who wrote ⟦…⟧: ⟦…⟧`."""
        heard = quoted(self.message, longest=LONGEST_EXAMPLE)
        said = quoted(self.reply, longest=LONGEST_EXAMPLE)
        return f"[{label(self.ids[1])}] to {named(self.to)}, who wrote {heard}: {said}"


@dataclass(frozen=True, slots=True)
class Voice:
    """How the user writes, for a turn that is to write as they would."""

    wanted: bool = False
    """Whether the message asks for it; else nothing is written into the prompt."""
    style: tuple[str, ...] = ()
    """Lines of the style card; each may hold words of the user's."""
    examples: tuple[VoiceExample, ...] = ()
    """The message most like this one first."""

    def __bool__(self) -> bool:
        """Say whether there is anything to write into the prompt."""
        return self.wanted

    def render(self) -> str:
        """Return what the model is told, a line each."""
        if not self.style and not self.examples:
            return "This is to read as if the user wrote it. How they write is not known yet."
        lines = ["This is to read as if the user wrote it: their manner, what they want said."]
        if self.style:
            lines.append(f"How they write: {quoted(' '.join(self.style))}")
        if self.examples:
            lines.append("What they replied to messages like it, for the manner, not the matter:")
            lines += [example.render() for example in self.examples]
        return "\n".join(lines)


UNASKED = Voice()
"""Of a message that asks for no text of the user's."""


@dataclass(frozen=True, slots=True)
class TurnPrompt(Prompt):
    """Ask for the reply to one message."""

    name: ClassVar[str] = "turn"
    spoken: ClassVar[frozenset[str]] = frozenset({"message"})
    optional: ClassVar[frozenset[str]] = frozenset(
        {"pictures", "voice", "past", "heard", "offer", "reminders", "kept_out"}
    )

    now: datetime
    """The present, aware."""
    memories: tuple[MemoryLine, ...]
    """Best first."""
    message: str
    """What the user wrote; only what cannot be seen, and fence marks, are taken out."""
    pictures: tuple[PictureLine, ...] = ()
    """What the user shows, then what is on record of what they speak of."""
    voice: Voice = UNASKED
    """How they write, where the message asks for a text of theirs."""
    past: PastItems = NO_PAST
    """What the message asks of items that were recommended or judged before."""
    heard: tuple[HeardLine, ...] = ()
    """What was kept of what the message says of items of a catalogue."""
    offer: Offer = NO_OFFER
    """What can be recommended, where the message asks for something of a catalogue."""
    reminders: Reminders = NO_REMINDERS
    """What the message asks to be reminded of, or, where it asks for that, what is to come."""
    kept_out: KeptOut = NOTHING_KEPT_OUT
    """What of the message is kept private."""
