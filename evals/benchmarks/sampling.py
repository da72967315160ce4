"""Drawing some of what there is: the same count and seed draw the same, and the order stays."""

import random
from collections.abc import Sequence
from typing import TypeVar

from usermind.errors import InvalidInputError

Item = TypeVar("Item")


def drawn(items: Sequence[Item], count: int | None, *, seed: int = 0) -> list[Item]:
    """Return so many of the items, drawn without replacement, in the order given.

    Args:
        items: What to draw from.
        count: How many; None, or more than there are: all of them.
        seed: Of the draw.

    Raises:
        InvalidInputError: `count` is below 1.
    """
    if count is None:
        return list(items)
    if count < 1:
        raise InvalidInputError(
            f"A sample of {count} questions was asked for. Expected 1 or more; leave `--sample` "
            "out for all. Nothing was asked."
        )
    if count >= len(items):
        return list(items)
    rng = random.Random(seed)  # noqa: S311  # a sample, no secret
    return [items[place] for place in sorted(rng.sample(range(len(items)), count))]
