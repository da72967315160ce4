"""What a message asks of items that were recommended or judged before, and what there is of it."""

from dataclasses import dataclass
from typing import Literal

from usermind.prompts.fencing import label, quoted

AskedOfPast = Literal["shown", "liked", "disliked", "judged"]
"""shown: what was recommended. liked, disliked: which of it the user liked or did not. judged: all
that they said anything of."""


@dataclass(frozen=True, slots=True)
class PastItems:
    """What a turn that asks of items of the past is told, beside the memories of them."""

    asks: AskedOfPast | None = None
    """None: the message asks nothing of that, and nothing is written into the prompt."""
    whether: bool = False
    """Whether it asks about one item, to be answered by yes or no."""
    ids: tuple[str, ...] = ()
    """Ids of the memories that tell of it, the latest first."""
    more: int = 0
    """Earlier ones that are not shown."""
    missing: str = ""
    """Why there are none, to be said to the user; with ids, these tell something near it."""
    title: str = ""
    """The item of a question about one, as the catalogue calls it, where none of it is known."""

    def __bool__(self) -> bool:
        """Say whether there is anything to write into the prompt."""
        return self.asks is not None

    def render(self) -> str:
        """Return which memories tell of it, or that none does."""
        if not self.ids:
            return f"Nothing of the catalogue. Say so if they mean that: {quoted(self.missing)}"
        earlier = f", and {self.more} earlier ones that are not shown" if self.more else ""
        told = f"the memories {', '.join(f'[{label(id_)}]' for id_ in self.ids)}{earlier}."
        return f"{quoted(self.missing)} Near it: {told}" if self.missing else told


SHOWN = "was recommended"
"""What a memory says of an item that was recommended, before its title."""
NO_PAST = PastItems()
"""Of a message that asks nothing of items of the past."""
