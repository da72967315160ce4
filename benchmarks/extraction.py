"""How well the offline extractor finds the turns that hold a fact, on LoCoMo.

Every speaker is taken as "the user" of their own turns. A turn counts as holding a fact when
the file's `observation` entries, which a model wrote, name it; they are no gold standard, and
both numbers are bounded by that. Run: `python benchmarks/extraction.py locomo_dev.json`.
"""

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from usermind.models.offline.extraction import extract


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a conversation."""

    id: str
    speaker: str
    text: str
    at: datetime
    factual: bool
    """Whether an `observation` entry names it."""


def turns(path: Path) -> Iterator[Turn]:
    """Yield the turns of all conversations of a LoCoMo file."""
    for sample in json.loads(path.read_text(encoding="utf-8")):
        conversation = sample["conversation"]
        named = set(re.findall(r"D\d+:\d+", json.dumps(sample["observation"])))
        for key, lines in conversation.items():
            if re.fullmatch(r"session_\d+", key):
                at = _time(conversation[f"{key}_date_time"])
                for line in lines:
                    yield Turn(
                        line["dia_id"], line["speaker"], line["text"], at, line["dia_id"] in named
                    )


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)


def main() -> None:
    """Print precision and recall by turn, and a sample of the disagreements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--show", type=int, default=0, help="disagreements to print of each kind")
    args = parser.parse_args()
    kept: dict[tuple[bool, bool], list[str]] = {}
    for turn in turns(args.path):
        claims = extract(turn.text, at=turn.at, name=turn.speaker)
        said = f"{turn.text}\n    -> {[c.statement for c in claims]}"
        kept.setdefault((bool(claims), turn.factual), []).append(said)
    right, extra, missed = (
        len(kept.get(k, [])) for k in ((True, True), (True, False), (False, True))
    )
    total = sum(map(len, kept.values()))
    print(f"turns {total}, with a fact {right + missed}, extracted from {right + extra}")
    precision, recall = right / max(right + extra, 1), right / max(right + missed, 1)
    print(f"precision {precision:.3f}  recall {recall:.3f}")
    rng = random.Random(0)
    for label, key in (("extra", (True, False)), ("missed", (False, True))):
        lines = kept.get(key, [])
        for said in rng.sample(lines, min(args.show, len(lines))):
            print(f"{label}: {said}")


if __name__ == "__main__":
    main()
