"""The arithmetic of interrupting somebody: what each way to treat an offer is worth.

    EU(way) = p·v·b  −  (1 − p)·f·C  −  e·E  −  p·(1 − v)·m  −  r     C = cost of kind × E

With the probability p that the user wants the offer now, its benefit b, and m, what is lost where
help was wanted and did not come. E says what their attention is worth right now, 1 where nothing
is known. What the user answered to such offers, in such moments, makes b and E at most twice and at
least half as much (`appraisal`). Of each way v is the part of the benefit that it brings, f the
part of the cost of a false alarm that it has, and e the effort that it asks of the user in any
case. r is the price of what is left of the budget, where the way takes of it. All are in one unit:
1 is what an ordinary interruption for nothing costs on a quiet afternoon.

Source: expected utility of acting and not acting under uncertainty about the user's goal, Horvitz,
"Principles of Mixed-Initiative User Interfaces" (CHI 1999), figures 5–7; GUM (Shaikh et al. 2025,
arXiv 2505.10831) asks a model for p, b, C and m. We take C and m from the user and their situation,
have more ways than two, and correct p by what the user made of earlier offers.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from usermind.errors import InvalidInputError
from usermind.memory.belief import logit, probability

Way = Literal["silent", "digest", "ask", "suggest", "act"]
"""What to do with an offer, the quietest first. `digest`: keep it for the next one. `ask`: ask
whether it is wanted, or whether what it rests on holds. `suggest`: show it now. `act`: do it, and
say so."""
WAYS: Final[tuple[Way, ...]] = ("silent", "digest", "ask", "suggest", "act")

LOUD: Final[tuple[Way, ...]] = ("ask", "suggest", "act")
"""Ways that interrupt."""

Effect = Literal["read-only", "reversible", "irreversible"]
"""What an action changes in the world. What cannot be taken back is never done unasked."""

Device = Literal["desktop", "phone", "watch", "unknown"]


@dataclass(frozen=True, slots=True)
class Manner:
    """What a way brings and costs, as parts of what the offer does."""

    brings: float
    """v, in [0, 1]: the part of the benefit that is left."""
    alarms: float
    """f, ≥ 0: the part of the cost of a false alarm."""
    effort: float
    """e, ≥ 0: asked of the user whether or not they want the offer."""
    later: bool = False
    """Whether it comes at a time of the user's own, so that what they do now does not count."""
    interrupts: bool = False
    """Whether it takes of the budget."""


MANNERS: Final[Mapping[Way, Manner]] = MappingProxyType(
    {
        "silent": Manner(0.0, 0.0, 0.0),
        "digest": Manner(0.7, 0.15, 0.05, later=True),
        "ask": Manner(0.9, 0.5, 0.08, interrupts=True),
        "suggest": Manner(1.0, 1.0, 0.0, interrupts=True),
        "act": Manner(1.1, 1.0, 0.0, interrupts=True),
    }
)
"""`act` saves the user the doing; what it risks is in `HARM`. A digest is read late, or never."""

HARM: Final[Mapping[Effect, float]] = MappingProxyType(
    {"read-only": 0.5, "reversible": 2.0, "irreversible": math.inf}
)
"""What an action that nobody wanted costs beyond the interruption."""

FOCUS: Final = 3.0
MEETING: Final = 5.0
"""How much more attention is worth in these situations; they multiply. Those of public rebuilds
of GUM's assistant."""
RECENT: Final = 0.5
"""What one interruption that was just made adds to the worth of attention."""
RECOVERY: Final = 1800.0
"""Seconds until an interruption counts half: about 9.5 minutes go into it and 16.5 into coming back
(Iqbal and Horvitz, CHI 2007)."""
DEVICES: Final[Mapping[Device, float]] = MappingProxyType(
    {"desktop": 1.0, "unknown": 1.0, "phone": 1.3, "watch": 2.0}
)

SPREAD: Final = 0.8
"""Standard deviation, in log-odds, of how far a group of offers is from the one above it."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """What is left of today's interruptions, and what one of them is worth."""

    left: int
    """Interruptions that are left today."""
    of: int
    """How many a day are allowed."""
    price: float
    """r, ≥ 0: what one more takes from something urgent that may come today."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the moment in which the user would be interrupted."""

    focus: bool = False
    """At work that should not be broken."""
    meeting: bool = False
    quiet: bool = False
    """In the hours in which nothing may interrupt them: `memory.patience` bars what would."""
    recent: float = 0.0
    """Interruptions lately, each counting 2^(−age / RECOVERY); ≥ 0."""
    device: Device = "unknown"
    reserve: Reserve | None = None
    """What is left of the budget; None: nobody counts."""
    strain: float = 1.0
    """How much dearer than that interruptions by such offers have proved for this user; > 0."""

    @property
    def worth(self) -> float:
        """E: what their attention is worth, > 0; 1 on a quiet afternoon, where nobody answered."""
        return (
            (FOCUS if self.focus else 1.0)
            * (MEETING if self.meeting else 1.0)
            * (1.0 + RECENT * self.recent)
            * DEVICES[self.device]
            * self.strain
        )

    @property
    def price(self) -> float:
        """r: what taking one interruption out of the budget costs, ≥ 0."""
        return 0.0 if self.reserve is None else self.reserve.price


@dataclass(frozen=True, slots=True)
class Stakes:
    """What hangs on an offer.

    Raises:
        InvalidInputError: A number is outside its range.
    """

    useful: float
    """p, in [0, 1]: that the user wants it now."""
    benefit: float = 1.0
    """b, ≥ 0."""
    cost: float = 1.0
    """What interrupting for nothing costs with offers of this kind, before the situation; ≥ 0."""
    missed: float = 0.3
    """m, ≥ 0: what is lost where help was wanted and nothing came."""
    keeps: float = 1.0
    """The part of what a digest would bring that is left when the next one is read, in [0, 1]; 0
    where that is too late."""
    effect: Effect | None = None
    """Of the action that is offered; None: there is none, so `act` is no way."""
    valued: float = 1.0
    """How much more than b such offers have proved to bring this user; ≥ 0."""

    def __post_init__(self) -> None:
        for name, most in (
            ("useful", 1.0),
            ("benefit", math.inf),
            ("cost", math.inf),
            ("missed", math.inf),
            ("keeps", 1.0),
            ("valued", math.inf),
        ):
            value = getattr(self, name)
            if not (0.0 <= value <= most and math.isfinite(value)):
                bound = "1" if most == 1.0 else "any finite number"
                raise InvalidInputError(
                    f"`{name}` of an offer is {value!r}. Expected a number from 0 to {bound}."
                )


@dataclass(frozen=True, slots=True)
class Decision:
    """Which way was taken, with all that it was reckoned from."""

    way: Way
    worths: Mapping[Way, float]
    """EU of each way that there was, the quietest first."""
    stakes: Stakes
    situation: Situation
    barred: Mapping[Way, str]
    """Why a way that would have been worth more was not open."""


def worth(way: Way, stakes: Stakes, situation: Situation) -> float:
    """Return EU of one way; −∞ where it must not be taken.

    But for silence it rises with p and b; it falls with the cost, what attention is worth, and the
    price of the budget.
    """
    manner = MANNERS[way]
    attention = 1.0 if manner.later else situation.worth
    brings = manner.brings * (stakes.keeps if manner.later else 1.0)
    harm = 0.0
    if way == "act":
        harm = math.inf if stakes.effect is None else HARM[stakes.effect]
    if math.isinf(harm):
        return -math.inf
    p = stakes.useful
    return (
        p * brings * stakes.benefit * stakes.valued
        - (1.0 - p) * (manner.alarms * stakes.cost * attention + harm)
        - manner.effort * attention
        - p * max(1.0 - brings, 0.0) * stakes.missed
        - (situation.price if manner.interrupts else 0.0)
    )


def decide(
    stakes: Stakes, situation: Situation, *, barred: Mapping[Way, str] | None = None
) -> Decision:
    """Return the way that is worth most; of equals, the quieter.

    Args:
        stakes: What hangs on the offer.
        situation: The moment.
        barred: Ways that are not open, each with the reason ("the budget of today is spent").
            `silent` cannot be barred.
    """
    closed: dict[Way, str] = {way: why for way, why in (barred or {}).items() if way != "silent"}
    worths = _worths(stakes, situation)
    chosen = _best({way: value for way, value in worths.items() if way not in closed})
    better: dict[Way, str] = {
        way: why for way, why in closed.items() if way in worths and worths[way] > worths[chosen]
    }
    return Decision(chosen, MappingProxyType(worths), stakes, situation, MappingProxyType(better))


def recent(ages: Collection[float]) -> float:
    """Return how many interruptions are still felt: Σ 2^(−age / RECOVERY).

    Args:
        ages: Seconds since each; a negative age (clock skew) counts as 0.
    """
    return math.fsum(2.0 ** (-max(age, 0.0) / RECOVERY) for age in ages)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the user made of one offer."""

    kind: str
    """Of the offer."""
    context: str
    """Of what kind the moment was."""
    stated: float
    """The probability that it was offered with, uncorrected; in [0, 1]."""
    wanted: bool
    weight: float = 1.0
    """How much this says, in (0, 1]: an offer that ran out unanswered says less than a no."""
    timing: bool = False
    """Whether it speaks of such moments alone, and not of such offers."""


Group = tuple[str, ...]
"""Whose verdicts are meant: `()` all, `(kind,)`, or `(kind, context)`."""


def shifts(verdicts: Sequence[Verdict], *, spread: float = SPREAD) -> Mapping[Group, float]:
    """Return by how much each group differs, in log-odds, from the one above it.

    What is to be added to the log-odds of an offer is the sum over its three groups: `shift`. The
    most likely values, when offer i was wanted with probability σ(logit pᵢ + Σ shifts) and each
    shift is normal around 0. So one verdict moves all offers a little, its kind more, and its
    kind in such a moment most, and a group without verdicts stands where the one above it does.

    Args:
        verdicts: All there are.
        spread: Standard deviation of each shift; > 0.

    Source: recalibration by the intercept (Cox 1958; Platt 1999 without the slope), nested, as the
    maximum of the posterior, found one group at a time.
    """
    return _shifts(tuple(verdicts), spread)


@lru_cache(maxsize=64)
def _shifts(verdicts: tuple[Verdict, ...], spread: float) -> Mapping[Group, float]:
    members: dict[Group, list[int]] = {}
    for place, said in enumerate(verdicts):
        if not said.timing:
            members.setdefault((), []).append(place)
            members.setdefault((said.kind,), []).append(place)
        members.setdefault((said.kind, said.context), []).append(place)
    found = dict.fromkeys(members, 0.0)
    odds = [logit(said.stated) for said in verdicts]
    for _ in range(100):
        furthest = 0.0
        for group, places in members.items():
            data = []
            for place in places:
                said = verdicts[place]
                others = shift(found, said.kind, said.context) - found[group]
                data.append((odds[place] + others, said))
            value = _likeliest(data, spread)
            furthest = max(furthest, abs(value - found[group]))
            found[group] = value
        if furthest < 1e-5:
            break
    return MappingProxyType(found)


def shift(found: Mapping[Group, float], kind: str, context: str) -> float:
    """Return what is to be added to the log-odds of an offer of a kind in a context."""
    return math.fsum(found.get(group, 0.0) for group in ((), (kind,), (kind, context)))


def _likeliest(data: Sequence[tuple[float, Verdict]], spread: float) -> float:
    """Return the shift that is most likely for these log-odds and what was made of them."""
    value = 0.0
    for _ in range(50):
        guesses = [(probability(odds + value), said) for odds, said in data]
        slope = math.fsum(s.weight * (s.wanted - q) for q, s in guesses) - value / spread**2
        bend = math.fsum(s.weight * q * (1.0 - q) for q, s in guesses) + 1.0 / spread**2
        step = max(-1.0, min(1.0, slope / bend))  # far from the maximum Newton's step is too long
        value += step
        if abs(step) < 1e-9:
            break
    return value


def corrected(stated: float, by: float) -> float:
    """Return a probability with a shift of its log-odds, in (0, 1)."""
    return probability(logit(stated) + by)


def _worths(stakes: Stakes, situation: Situation) -> dict[Way, float]:
    found = {way: worth(way, stakes, situation) for way in WAYS}
    return {way: value for way, value in found.items() if value > -math.inf}


def _best(worths: Mapping[Way, float]) -> Way:
    # `max` keeps the first of equals, and the ways stand quietest first.
    return max(worths, key=lambda way: worths[way])
