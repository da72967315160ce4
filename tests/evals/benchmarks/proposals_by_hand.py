"""Labelled proposals in ProactiveBench's format, made up, and the file that holds them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

SEARCHES = ("flights to Lisbon", "a quiet hotel", "grilled aubergine", "used bicycles")
OFFERS = (
    ("Compare prices of {0}", True),
    ("Explore further tips", False),
    ("Open the mail", False),
)


def rows(traces: int = 4) -> list[dict[str, object]]:
    """Return moments of made-up traces: what fits the last search is taken, nothing else is."""
    made: list[dict[str, object]] = []
    for number in range(traces):
        seen = [{"time": "Day 1, 11:30 PM", "event": f"The user opens notebook {number}."}]
        for minute, search in enumerate(SEARCHES[number:] + SEARCHES[:number], 31):
            seen.append(
                {"time": f"Day 1, 11:{minute} PM", "event": f"The user searches '{search}'"}
            )
            for offer, taken in OFFERS:
                made.append(row(seen, offer.format(search), taken))
        made.append(row(seen, None, number % 2 == 0))
    return made


def row(seen: Sequence[dict[str, str]], offer: str | None, taken: bool) -> dict[str, object]:
    return {"obs": list(seen), "pred_task": offer, "valid": taken, "help_needed": True,
            "annotation": [taken, taken, not taken], "category": ""}  # fmt: skip


def write(path: Path, lines: Iterable[Mapping[str, object]]) -> Path:
    """Write them, one a line."""
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return path
