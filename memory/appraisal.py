"""What a user's answers say of the benefit of offers, and of what interrupting them costs.

    factor = 2^(2·m − 1)      m = (n·m₀ + yes) / (n + yes + no)

m is how likely the next answer is to speak for it: the mean of a Beta distribution. Of a kind of
offers the prior m₀ is one half, so that the constants of the kind stand until somebody answers; of
the kind in such a moment it is the mean of the kind, on such a device that of the moment, and after
another interruption that of those. n says as how many answers each prior counts. So a factor lies
between ½ and 2, rises with each answer for, falls with each one against, and where nothing was
answered in such a moment it is what it is for the kind. What is counted for benefit is praise; for
the cost, interruptions that were unwelcome.

Source: the posterior mean of a binomial share with a Beta prior whose mean is that of the group
above, as MacKay and Peto, "A Hierarchical Dirichlet Language Model" (Natural Language Engineering
1995), lean the words after a word on all words; here with two outcomes. That a factor at most
doubles or halves what was stated, and what counts for it, is ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from usermind.memory.utility import Device

Answer = Literal["accept", "dismiss", "snooze", "never", "up", "down"]
"""What the user can say to an offer. up, down: thumbs, which judge it and leave it where it is."""
Outcome = Literal["accept", "dismiss", "snooze", "never", "up", "down", "unanswered"]
"""What became of an offer: an answer, or that it ran out without one."""

WANTED: Final[Mapping[Outcome, tuple[bool, float]]] = {
    "accept": (True, 1.0),
    "up": (True, 1.0),
    "dismiss": (False, 1.0),
    "down": (False, 1.0),
    "never": (False, 1.0),
    "snooze": (False, 0.5),
    "unanswered": (False, 0.3),
}
"""Whether such offers are wanted, and how much that says. A snooze speaks of the moment alone;
only what is due at no time runs out unanswered."""

PRIOR: Final = 8.0
"""n: as how many answers a prior counts."""
SPAN: Final = 2.0
"""What a factor is at most; at least it is 1/SPAN."""
LATELY: Final = 0.5
"""From how much of an interruption on, still felt, the next one comes on top of it."""

PRAISE: Final[Mapping[Outcome, tuple[float, float]]] = {
    "accept": (1.0, 0.0),
    "up": (1.0, 0.0),
    "down": (0.0, 1.0),
}
"""For and against the benefit. That an offer was not wanted now, or ever, says how likely such
offers are to be wanted (`utility.shifts`), and not what they bring where they are."""
UNWELCOME: Final[Mapping[Outcome, tuple[float, float]]] = {
    "never": (1.0, 0.0),
    "down": (1.0, 0.0),
    "accept": (0.0, 1.0),
    "up": (0.0, 1.0),
}
"""For and against the cost of an interruption, whatever the moment."""
DISTURBED: Final[Mapping[Outcome, tuple[float, float]]] = {
    **UNWELCOME,
    "dismiss": (1.0, 0.0),
    "snooze": (0.5, 0.0),
}
"""The same where attention was worth more than usual: to be waved away there is no shrug."""

Group = tuple[str, ...]
"""Whose answers are meant: `(kind,)`, `(kind, context)`, and what is known beyond: the device, and
`"again"` where an interruption came shortly before."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one offer, and in what kind of moment it was made."""

    groups: tuple[Group, ...]
    """See `groups`."""
    outcome: Outcome
    interrupted: bool
    """Whether it interrupted; what came in a digest, or not at all, says nothing of that."""


@dataclass(frozen=True, slots=True)
class Level:
    """What the answers of one group say."""

    group: Group
    yes: float
    """Answers for it, ≥ 0."""
    no: float
    """Answers against it, ≥ 0."""
    mean: float
    """m, in (0, 1)."""
    factor: float
    """By how much it multiplies what was stated, in (1/SPAN, SPAN); 1 where nothing is said."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What answers make of an offer in a moment: a chain of groups each, from its kind on."""

    benefit: tuple[Level, ...]
    cost: tuple[Level, ...]
    """Of interrupting; not of what comes in the digest."""

    @property
    def valued(self) -> float:
        """By how much the benefit is multiplied."""
        return self.benefit[-1].factor

    @property
    def strain(self) -> float:
        """By how much the worth of attention is multiplied."""
        return self.cost[-1].factor


def groups(kind: str, context: str, device: Device, lately: float) -> tuple[Group, ...]:
    """Return the groups of an offer in a moment, each within the one before.

    Args:
        kind: Of the offer.
        context: Of what kind the moment is.
        device: Where it is shown; an unknown one makes no group.
        lately: Interruptions that are still felt: `utility.Situation.recent`.
    """
    found: list[Group] = [(kind,), (kind, context)]
    if device != "unknown":
        found.append((*found[-1], device))
    if lately >= LATELY:
        found.append((*found[-1], "again"))
    return tuple(found)


def appraise(answers: Sequence[Answered], chain: Sequence[Group]) -> Appraisal:
    """Return what answers say of offers of a chain of groups.

    Args:
        answers: All there are, in any order.
        chain: Of `groups`.
    """
    return Appraisal(_levels(answers, chain, _praise), _levels(answers, chain, _unwelcome))


def _praise(said: Answered) -> tuple[float, float]:
    return PRAISE.get(said.outcome, (0.0, 0.0))


def _unwelcome(said: Answered) -> tuple[float, float]:
    if not said.interrupted:
        return 0.0, 0.0
    last = said.groups[-1]
    calm = last[1] == "free" and last[-1] != "again"
    return (UNWELCOME if calm else DISTURBED).get(said.outcome, (0.0, 0.0))


def _levels(
    answers: Sequence[Answered],
    chain: Sequence[Group],
    says: Callable[[Answered], tuple[float, float]],
) -> tuple[Level, ...]:
    found: list[Level] = []
    mean = 0.5
    for group in chain:
        # A snooze speaks of the moment alone.
        counted = [
            says(said)
            for said in answers
            if group in said.groups and not (said.outcome == "snooze" and len(group) == 1)
        ]
        yes, no = (math.fsum(part[side] for part in counted) for side in (0, 1))
        mean = (PRIOR * mean + yes) / (PRIOR + yes + no)
        found.append(Level(group, yes, no, mean, SPAN ** (2.0 * mean - 1.0)))
    return tuple(found)
