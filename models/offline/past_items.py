"""What the offline engine says of items that were recommended or judged before."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from usermind.prompts import SHOWN, AskedOfPast, MemoryLine, PastItems
from usermind.types import MONTHS

FEW = 2
"""Items that are told in a sentence each; more make a list."""
_HEADS: Mapping[AskedOfPast, str] = {
    "shown": "I recommended to you:",
    "liked": "You liked:",
    "disliked": "You did not like:",
    "judged": "What you said of them:",
}
_LIKED, _DISLIKED = "liked ", "did not like "


def told_of_past(
    past: PastItems, memories: Sequence[MemoryLine], now: datetime
) -> tuple[str, list[str]] | None:
    """Return what there is of items of the past, with the ids it rests on; None: nothing.

    Args:
        past: What the message asks.
        memories: Those that were recalled for it.
        now: The present: of its year, a day is told without the year.
    """
    by_id = {line.id: line for line in memories}
    lines = [by_id[id_] for id_ in past.ids if id_ in by_id]
    if not lines:
        return None
    if past.whether or len(lines) <= FEW:
        text = " ".join(told_of_item(line, now) for line in lines)
        if past.missing:
            text = f"{past.missing} {text}"
        elif past.whether and (answer := _answer(past, lines)):
            text = f"{answer}, {text if text.startswith('I ') else text[:1].lower() + text[1:]}"
    else:
        cut = "" if past.asks == "judged" else _cut(past)
        items = [
            f"- {line.text.removeprefix(SHOWN).removeprefix(cut).strip()}, {_day(line.at, now)}"
            for line in lines
        ]
        assert past.asks is not None, "a line is given only where something is asked"
        text = "\n".join([_HEADS[past.asks], *items])
    if past.more:
        text += f"\n(and {past.more} earlier)" if "\n" in text else f" (And {past.more} earlier.)"
    return text, [line.id for line in lines]


def _cut(past: PastItems) -> str:
    return {"liked": _LIKED, "disliked": _DISLIKED}.get(past.asks or "", "")


def told_of_item(line: MemoryLine, now: datetime) -> str:
    """Return a sentence on what was recommended or judged, with its day."""
    if line.kind == "exposure":
        return f"I recommended{line.text.removeprefix(SHOWN)} on {_day(line.at, now)}."
    return f"You {line.text}, as you said on {_day(line.at, now)}."


def _answer(past: PastItems, lines: Sequence[MemoryLine]) -> str:
    """Return the yes or no that a question about one item begins with, where there is one."""
    said = lines[0].text
    if past.asks == "shown":
        return "Yes"
    if past.asks == "judged" or not said.startswith((_LIKED, _DISLIKED)):
        return ""
    return "Yes" if said.startswith(_cut(past)) else "No"


def _day(at: datetime, now: datetime) -> str:
    year = "" if at.year == now.year else f" {at.year}"
    return f"{at.day} {MONTHS[at.month - 1]}{year}"
