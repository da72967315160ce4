"""Pictures beside a prompt: each has a number, and a line that says what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from usermind.prompts.fencing import label, quoted

Role = Literal["shown", "in the message", "on record", "in question", "shown before"]
_ROLES: dict[Role, str] = {
    "shown": "shown by the user now",
    "in the message": "in the user's message",
}
_SHOWN: frozenset[Role] = frozenset({"shown", "in the message"})
"""What the user shows with the message that is answered."""


@dataclass(frozen=True, slots=True)
class NamedConcept:
    """A concept by the id and the name that a line gives it."""

    id: str
    name: str

    def render(self) -> str:
        """Return `[c1] ⟦Bo⟧`."""
        return f"[{label(self.id)}] {quoted(label(self.name))}"


@dataclass(frozen=True, slots=True)
class PictureLine:
    """One numbered picture: what it shows is data, what is known of it stands in its line."""

    number: int
    """From 1; the model is shown the picture under the same number. 0: of one shown before."""
    role: Role
    """shown: by the user, with this message. in the message: the same, where others see to it that
    the model is shown it. on record: a reference picture of a concept. in question: which of those
    it shows is asked. shown before: of it the user speaks now."""
    recognised: tuple[NamedConcept, ...] = ()
    """What it surely shows; of a reference picture, whose it is."""
    unsure: tuple[tuple[NamedConcept, ...], ...] = ()
    """Per close call, what it may show."""
    compared: bool = True
    """Whether it was compared with what is on record."""
    kept: NamedConcept | None = None
    """What it is now kept as a reference picture of, on the user's word."""
    data: bytes = field(default=b"", repr=False)
    """The picture as it is sent; empty: the model is not shown it."""
    media_type: str = ""

    @property
    def named(self) -> tuple[NamedConcept, ...]:
        """Return every concept that the line names."""
        kept = [self.kept] if self.kept else []
        return (*self.recognised, *kept, *(each for call in self.unsure for each in call))

    def render(self) -> str:
        """Return `1 (attached, shown by the user now): [c1] ⟦Bo⟧ is recognised.`."""
        if self.role == "shown before":
            named = " and ".join(concept.render() for concept in self.recognised)
            said = f"the user says that it was {named}" if named else "the user says what it is not"
            return f"Shown before: {said}. That is noted."
        seen = "attached, " if self.data else "not attached, "
        told = "" if self.role == "in the message" else seen
        head = f"{self.number} ({told}{_ROLES.get(self.role, self.role)})"
        known = " ".join(self._known())
        return f"{head}: {known}" if known else f"{head}."

    def _known(self) -> list[str]:
        if self.role not in _SHOWN:
            named = " and ".join(concept.render() for concept in self.recognised)
            return [f"{named}."] if named else []
        if not self.compared:
            return ["It was not compared with what is on record."]
        if self.kept:
            return [f"By the user's word {self.kept.render()}; kept as a reference picture."]
        told = [f"{concept.render()} is recognised." for concept in self.recognised]
        told += [_asked(call) for call in self.unsure]
        return told or ["Nobody and nothing on record is recognised."]


def unattached(lines: Sequence[PictureLine]) -> tuple[PictureLine, ...]:
    """Return what a model that sees no pictures is told of them; references are left out."""
    return tuple(replace(line, data=b"") for line in lines if line.role != "on record")


def _asked(call: Sequence[NamedConcept]) -> str:
    if len(call) == 1:
        return f"It may show {call[0].render()}, or not: ask."
    return f"It may show {' or '.join(each.render() for each in call)}, or neither: ask which."
