"""Claims, and the message they are being read from."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from usermind.models.offline.pointing import points_away
from usermind.models.offline.verdicts import Verdict
from usermind.types import Durability

MAX_TEXT = 240
"""Longest statement and quote, in characters: the bounds of `Operation` and `Citation`."""

LOOK_BACK = 600
"""Characters of a message in which "her dog" looks for its "her"."""

UNDATED = datetime.min.replace(tzinfo=UTC)
"""Time of a long-known fact, whose line does not tell one."""
NAMELESS = "The user"
"""How claims call a user whose name is not known; they begin with it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a message says about the user."""

    statement: str
    """Third person, absolute dates, one fact."""
    quote: str
    """The words it rests on, an exact part of the message."""
    confidence: float
    durability: Durability
    slot: str | None = None
    change: bool = False
    """Whether it ends what was so before ("no longer", "quit")."""


@dataclass(slots=True)
class Message:
    """A message while it is read."""

    name: str
    at: datetime
    people: dict[str, str]
    """Name → relation of those known so far; grows while reading."""
    earlier: str = ""
    """The sentences read so far."""
    salient: str = ""
    """Who "she" or "he" would be: the last person or pet named."""
    claims: list[Claim] = field(default_factory=list)
    made: int = 0
    """Claims taken down so far, those that were already there included."""
    _told: set[str] = field(default_factory=set)
    """The statements of the claims, folded."""

    def heard(self, sentence: str) -> None:
        """Take a sentence as read; only the last few are looked back at."""
        self.earlier = f"{self.earlier} {sentence}".strip()[-LOOK_BACK:]

    def taken_back(self) -> None:
        """Drop the claims read so far: "Just kidding!"."""
        self.claims.clear()
        self._told.clear()

    def called(self, kin: str) -> str | None:
        """Return the name of the only person or pet of that relation, if known."""
        names = [name for name, known in self.people.items() if known == kin]
        return names[0] if len(names) == 1 else None

    def add(self, statement: str, quote: str, verdict: Verdict, trust: float = 1.0) -> None:
        """Take a claim down, unless it is too long or already there."""
        statement = _finished(statement)
        if not statement or len(statement) > MAX_TEXT or not quote:
            return
        self.made += 1
        if points_away(statement):
            return
        if statement.casefold() in self._told:
            return
        self._told.add(statement.casefold())
        self.claims.append(
            Claim(
                statement=statement,
                quote=quote[:MAX_TEXT].strip(),
                confidence=round(min(verdict.confidence * trust, 0.95), 2),
                durability=verdict.durability,
                slot=verdict.slot,
                change=verdict.change,
            )
        )


def _finished(statement: str) -> str:
    statement = " ".join(statement.split()).strip(" ,;:-–—.!?")
    return f"{statement}." if statement else ""
