"""What the offline engine says of pictures: what was recognised, what it must ask, nothing else."""

import re
from collections.abc import Sequence

from usermind.prompts import NamedConcept, PictureLine

_THIS = (
    r"(?:this|that|these|those|it|he|she|they|(?:in |on )(?:this|that|the|my) "
    r"(?:picture|photo|image)|you see|(?:in )?here)"
)
_ASKS = re.compile(
    r"^\W*(?:(?:hi|hey|look|so|and|ok|okay)\b[,!.]? ?)*(?:"
    rf"(?:who|what)(?: is|['’]?s| are| do)? (?:on |in |at )?{_THIS}\b|who can you see\b"
    rf"|(?:is|are) {_THIS} [\w ]+\?"
    r"|(?:do|can|did) you (?:know|recogni[sz]e|remember|see)\b"
    r"|(?:recogni[sz]e|guess who|look|see who)\b)",
    re.IGNORECASE,
)


def asks_of_pictures(message: str) -> bool:
    """Say whether a message asks what a picture shows.

    >>> asks_of_pictures("Who is this?"), asks_of_pictures("What does he eat?")
    (True, False)
    """
    return _ASKS.match(message) is not None


def told_of_pictures(lines: Sequence[PictureLine]) -> tuple[str, list[str]]:
    """Return what is known of the pictures that the user shows, and the ids of what they show."""
    shown = [line for line in lines if line.role == "shown"]
    told = " ".join(_told(line, among=len(shown)) for line in shown)
    return told, [id_ for line in shown for id_ in _known(line)]


def noted_of_pictures(lines: Sequence[PictureLine]) -> str | None:
    """Return how to take what the user says of pictures shown before; None: they say nothing."""
    for line in lines:
        if line.role == "shown before":
            known = _joined(line.recognised, "and")
            return f"Noted: that is {known}." if known else "Noted."
    return None


def _known(line: PictureLine) -> list[str]:
    return [concept.id for concept in (*line.recognised, line.kept) if concept]


def _told(line: PictureLine, *, among: int) -> str:
    where = "That" if among == 1 else f"Picture {line.number}"
    if line.kept:
        name = line.kept.name
        return f"Noted: that is {name}. I keep the picture, to know {name} again."
    if not line.compared:
        return f"{where} I could not compare with what you have shown me before."
    parts = [f"{where} is {_joined(line.recognised, 'and')}."] if line.recognised else []
    parts += [
        f"{where} may be {_joined(call, 'or')}, or neither: which is it?"
        if len(call) > 1
        else f"{where} may be {call[0].name}: is it?"
        for call in line.unsure
    ]
    return " ".join(parts) or f"{where} shows nobody and nothing that I know."


def _joined(concepts: Sequence[NamedConcept], word: str) -> str:
    return f" {word} ".join(concept.name for concept in concepts)
