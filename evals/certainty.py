"""What the certainty that a judge states is worth: a line from it to how often it was right.

Models state high numbers whatever they know: a weak one said 80 or more of 94 % of what it judged,
and was right in half of it. So a number counts only by what it meant on labelled cases, for each
judge anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usermind.errors import InvalidInputError
from usermind.memory.calibration import rising

BANDS = (20, 40, 60, 80, 100)
"""Where the bands end that the judge is told of (`prompts/judge_reply.md`)."""
ENOUGH = 50
"""Labels from which on the line follows them freely; with fewer it has one height a band."""
PRIOR_WEIGHT = 2.0
"""Labels that the judge's accuracy over all counts for at each end of the line, so that no few
labels there make it certain."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """A line from stated certainty to the probability of being right, which never falls.

    Without knots it takes the statement for the probability.
    """

    stated: tuple[float, ...] = ()
    """Knots, rising, in [1, 100]."""
    right: tuple[float, ...] = ()
    """Probability at each, in [0, 1]."""
    labels: int = 0
    """How many it was drawn from."""

    def probability(self, stated: float) -> float:
        """Return the probability, in [0, 1], that a judge is right who states this certainty.

        Args:
            stated: In [1, 100].
        """
        if not self.stated:
            return min(max(stated / 100, 0.0), 1.0)
        return float(np.interp(stated, self.stated, self.right))


def calibrate(stated: Sequence[float], right: Sequence[bool]) -> Certainty:
    """Return the line that fits how often a judge was right.

    Isotonic regression over the certainties where there are `ENOUGH` labels, else over the bands
    that they lie in; both ends are shrunk towards the accuracy over all.

    Args:
        stated: Certainties, in [1, 100].
        right: Whether the judge agreed with the label; as many.

    Raises:
        InvalidInputError: They are not as many, or a certainty lies outside.

    Source: pool-adjacent-violators (Ayer et al. 1955); Zadrozny & Elkan, KDD 2002.
    """
    if len(stated) != len(right):
        raise InvalidInputError(
            f"There are {len(stated)} certainties and {len(right)} outcomes. Expected as many of "
            "each. Nothing was calibrated."
        )
    if not len(stated):
        return Certainty()
    x, y = np.asarray(stated, float), np.asarray(right, float)
    if x.min() < 1 or x.max() > 100:
        raise InvalidInputError(
            "A certainty lies outside 1 to 100. Nothing was calibrated. Pass what the judge stated."
        )
    if len(y) < ENOUGH:
        x = np.asarray(BANDS)[np.searchsorted(BANDS, x)] - 10
    mean = (y.sum() + 1) / (len(y) + 2)
    x, y = np.concatenate([[1], x, [100]]), np.concatenate([[mean], y, [mean]])
    weight = np.concatenate([[PRIOR_WEIGHT], np.ones(len(right)), [PRIOR_WEIGHT]])
    knots = rising(x, y, weight)
    return Certainty(
        tuple(at for at, _ in knots),
        tuple(min(max(value, 0.0), 1.0) for _, value in knots),
        len(right),
    )
