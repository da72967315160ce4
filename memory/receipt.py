"""What a deletion says of itself: ids and counts, never the text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from usermind.types import Kind

LETTERS: Final[Mapping[Kind, str]] = {
    "observation": "o",
    "proposition": "p",
    "concept": "c",
    "entity": "e",
    "profile": "f",
    "feedback": "v",
    "exposure": "x",
}
"""With what the ids of each kind begin."""
FEEDBACK: Final = LETTERS["feedback"]
"""With what ids of what the user said of items begin."""
EXPOSURE: Final = LETTERS["exposure"]
"""With what ids of what the user was shown begin."""
TABLES: Final[Mapping[str, str]] = {letter: kind for kind, letter in LETTERS.items()}
"""In which table the rows stand whose ids begin with a letter."""


@dataclass(frozen=True, slots=True)
class DeletionReceipt:
    """What was deleted. It names ids and counts, never the text."""

    user_id: str
    at: datetime
    observations: tuple[str, ...]
    propositions: tuple[str, ...]
    vectors: int
    checkpoints: int
    """Conversation states that were dropped because they may have held the text."""
    evidence: int = 0
    """Links between claims and observations that went."""
    concepts: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    attributes: int = 0
    """Attributes that went from concepts which stay."""
    pictures: int = 0
    feedback: tuple[str, ...] = ()
    """Ids of what the user had said of items of a catalogue."""
    exposures: tuple[str, ...] = ()
    """Ids of what they had been shown of it."""
    suggestions: tuple[str, ...] = ()
    """Ids of proactive offers that rested on any of it."""
    kept: tuple[str, ...] = ()
    """Ids of what stays of messages that went: what they said of other items, each in a message of
    its own now, and what replies had shown, which no longer says why."""
    still: tuple[str, ...] = ()
    """Ids of messages and claims that stay and hold the title of an item that was forgotten."""
    files: tuple[str, ...] = ()
    """Names of whole files that were removed."""
    scanned: int = 0
    """Bytes that were searched afterwards for what was deleted: all pages of the user's file, or of
    the registry where the file itself went."""
    residue: int = 0
    """Stretches and words of it that were found there; see `memory.residue`. Where the file went:
    files that are still there, and names in the registry."""
    searched: int = 0
    """How many such stretches and words, or files and names, were looked for."""

    @property
    def verified(self) -> bool:
        """Whether something was looked for and nothing of it found.

        False also where there was nothing that could be looked for: no ids were given, the text
        is shorter than `residue.SHORTEST`, or rows that remain say all of it too.
        """
        return self.searched > 0 and self.residue == 0
