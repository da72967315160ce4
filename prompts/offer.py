"""Items of a catalogue that a reply may recommend, each with what speaks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from usermind.prompts.fencing import label, quoted

LIKED = 0.5
"""Weight of a verdict from which on it says that something was liked; below, it was seen."""
AskedOfItems = Literal["why", "about"]
"""What is asked of items that were shown before: why they were, or what they are."""
LONGEST_REASON = 160
"""Characters of one reason that a prompt shows."""


def verdict(weight: float) -> str:
    """Return what somebody thinks of an item, as a verb.

    Args:
        weight: In [−1, 1]: how much they liked it; below 0: they did not.

    >>> verdict(1.0), verdict(0.25), verdict(-0.5)
    ('liked', 'know', 'did not like')
    """
    if weight < 0:
        return "did not like"
    return "liked" if weight >= LIKED else "know"


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """What speaks for an item."""

    text: str
    """In plain words: `"you liked Alien (1979)"`. May hold words of the user's."""
    memory: str | None = None
    """Id of the memory that tells of it."""

    def render(self) -> str:
        """Return `⟦you liked Alien (1979)⟧ [o12]`."""
        cited = f" [{label(self.memory)}]" if self.memory else ""
        return f"{quoted(self.text, longest=LONGEST_REASON)}{cited}"


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item under its number."""

    number: int
    title: str
    about: str = ""
    """Its attributes in a few words."""
    reasons: tuple[ReasonLine, ...] = ()

    def render(self) -> str:
        """Return `1. ⟦Aliens (1986)⟧ (⟦Action, Horror⟧), because ⟦…⟧ [o12]`."""
        about = f" ({quoted(label(self.about))})" if self.about else ""
        why = "; ".join(reason.render() for reason in self.reasons)
        return (
            f"{self.number}. {quoted(label(self.title))}{about}{f', because {why}' if why else ''}"
        )


@dataclass(frozen=True, slots=True)
class HeardLine:
    """What was kept of what the message says of an item."""

    title: str
    weight: float
    """In [−1, 1]: how much they liked it; below 0: they did not."""
    others: tuple[str, ...] = ()
    """Titles of what else may be meant: nothing was kept, and the user is to be asked."""
    stands: bool = False
    """Whether it was kept before, and stands although the message takes it back."""

    def render(self) -> str:
        """Return `- liked ⟦Alien (1979)⟧`."""
        if self.stands:
            return (
                f"- {self.verdict} {quoted(label(self.title))}, noted before: they correct it, and "
                "nothing was changed; say so, and that `usermind feedback forget` deletes it"
            )
        if self.others:
            which = " or ".join(quoted(label(title)) for title in (self.title, *self.others))
            return f"- {self.verdict} one of several; nothing was kept, ask which is meant: {which}"
        return f"- {self.verdict} {quoted(label(self.title))}"

    @property
    def verdict(self) -> str:
        """What they think of it, as a verb: `"liked"`."""
        return verdict(self.weight)


_TASKS: Final[Mapping[AskedOfItems | None, str]] = {
    None: (
        "From the catalogue, what fits the user and what they ask best, best first. Recommend of "
        "these alone,\nby their titles, and say why from their reasons, in your own few words; "
        "cite the ids in brackets.\nSay also what the notes say."
    ),
    "why": (
        "They ask why these were recommended to them before. Say it from their reasons alone, in "
        "your own few\nwords; cite the ids in brackets. Where there is none, say that nothing they "
        "told you speaks for it.\nRecommend nothing else."
    ),
    "about": (
        "They mean these, which were recommended to them before. Say of each what stands here, in "
        "your own few\nwords; cite the ids in brackets. Recommend nothing else."
    ),
}
"""What a model is to do with items, by what is asked of them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to recommend, for a turn that asks for something of the catalogue."""

    wanted: bool = False
    """Whether the turn asks for it; else nothing is written into the prompt."""
    items: tuple[ItemLine, ...] = ()
    """Best first."""
    notes: tuple[ReasonLine, ...] = ()
    """What was left out, and why: "nothing with horror, which you said you hate"."""
    unread: bool = False
    """Whether the catalogue could not be looked into."""
    asks: AskedOfItems | None = None
    """What is asked of the items, which were shown before; None: they are recommended now."""

    def __bool__(self) -> bool:
        """Say whether there is anything to write into the prompt."""
        return self.wanted

    def render(self) -> str:
        """Return what is to be done with it, an item a line, then what was left out."""
        none = "cannot be read now: recommend nothing, and say so" if self.unread else "has nothing"
        lines = [item.render() for item in self.items] or [f"(the catalogue {none})"]
        notes = (f"Note: {note.render()}" for note in self.notes)
        return "\n".join([_TASKS[self.asks], *lines, *notes])


NO_OFFER = Offer()
"""Of a turn that asks for nothing of a catalogue."""
