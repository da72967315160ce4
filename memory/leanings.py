"""Ways to sum a user up for the same task, from the same claims: what comes first, and how much.

Each is an order of the claims for the rules and a sentence for a model. `PLAIN` is what a profile
is made by when nobody asks for another.

Source: LettinGo, arXiv 2506.18309, explores profiles that differ by who writes them,
at temperature 1; ours differ by what they are to lean on, so that each can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usermind.memory.ranking import content_query
from usermind.memory.summary import MOST, RULES, Backed, Sketch, chosen, kind_of, sketched
from usermind.memory.terms import terms_of

if TYPE_CHECKING:
    from datetime import datetime

    from usermind.memory.user import UserMemory

POOL = 24
"""Claims among which a leaning chooses: those that fit the task best, then the best supported."""
FEW = 4
"""Claims of a brief profile."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """What a profile leans on."""

    name: str
    emphasis: str
    """What a model is told to say and to leave out; at most 80 characters."""
    order: Callable[[Sequence[Backed]], list[Backed]]
    """Sorts the claims of the pool for the rules; they come as `chosen` has them."""
    most: int = MOST


def _by_kind(*first: str) -> Callable[[Sequence[Backed]], list[Backed]]:
    return lambda pool: sorted(pool, key=lambda each: kind_of(each.claim.text) not in first)


def _newest(pool: Sequence[Backed]) -> list[Backed]:
    return sorted(pool, key=lambda each: each.claim.supported_at, reverse=True)


def _surest(pool: Sequence[Backed]) -> list[Backed]:
    return sorted(pool, key=lambda each: (-each.claim.confidence, -len(each.cites)))


def _shortest(pool: Sequence[Backed]) -> list[Backed]:
    return sorted(pool, key=lambda each: len(each.claim.text.split()))


def _varied(pool: Sequence[Backed]) -> list[Backed]:
    """Return the claims so that each says the most that those before it did not."""
    left, order, said = list(pool), list[Backed](), set[str]()
    while left:
        best = max(left, key=lambda each: _new(each.claim.text, said))  # the first of equals
        left.remove(best)
        order.append(best)
        said.update(terms_of(content_query(best.claim.text)))
    return order


def _new(text: str, said: set[str]) -> float:
    terms = set(terms_of(content_query(text)))
    return len(terms - said) / max(len(terms), 1)


PLAIN = Leaning(
    "plain", "Put first what helps most with the task; leave out what does not help.", list
)
LEANINGS = (
    PLAIN,
    Leaning("habits", "Put first what they like and what they do again and again.",
            _by_kind("preference", "routine", "style")),
    Leaning("facts", "Put first the facts of their life: people, places, work, belongings.",
            _by_kind("fact")),
    Leaning("recent", "Put first what is newest; leave out what may be over.", _newest),
    Leaning("brief", "Say the four things that help most with the task, nothing else.", list, FEW),
    Leaning("varied", "Cover as many different sides of their life as you can.", _varied),
    Leaning("surest", "Put first what the history says most clearly and most often.", _surest),
    Leaning("terse", "Make many very short claims rather than a few long ones.", _shortest),
)  # fmt: skip
"""In the order in which they are tried."""


class ByRules:
    """The summariser without a model; see `summary`."""

    def __init__(self, leaning: Leaning = PLAIN) -> None:
        self.leaning = leaning

    @property
    def version(self) -> str:
        """Version of the rules, and of the leaning where it is not the plain one."""
        return RULES if self.leaning is PLAIN else f"{RULES}, {self.leaning.name}"

    def summarise(self, memory: UserMemory, task: str, *, as_of: datetime | None = None) -> Sketch:
        """Return the summary by rules."""
        pool = chosen(memory, task, most=POOL, as_of=as_of)
        return sketched(self.leaning.order(pool)[: self.leaning.most])
