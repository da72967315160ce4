"""What is remembered, as it is put into the system prompt of an agent that is not ours."""

from dataclasses import dataclass
from typing import ClassVar

from usermind.prompts._base import Prompt
from usermind.prompts.offer import NO_OFFER, HeardLine, Offer
from usermind.prompts.past_items import NO_PAST, PastItems
from usermind.prompts.pictures import PictureLine
from usermind.prompts.turn import UNASKED, MemoryLine, Voice


@dataclass(frozen=True, slots=True)
class RecalledPrompt(Prompt):
    """Tell an agent what is remembered of its user."""

    name: ClassVar[str] = "recalled"
    optional: ClassVar[frozenset[str]] = frozenset(
        {"memories", "pictures", "voice", "past", "heard", "offer"}
    )

    user_name: str
    memories: tuple[MemoryLine, ...]
    """Best first."""
    pictures: tuple[PictureLine, ...] = ()
    """What is known of what the user shows."""
    voice: Voice = UNASKED
    """How they write, where the message asks for a text of theirs."""
    past: PastItems = NO_PAST
    """What the message asks of items that were recommended or judged before."""
    heard: tuple[HeardLine, ...] = ()
    """What was kept of what the message says of items of a catalogue."""
    offer: Offer = NO_OFFER
    """What can be recommended, where the message asks for something of a catalogue."""
