"""What the offline engine finds: rules alone and rules with heads, side by side.

Two tests of "does it state a fact": sentences of personas that no head was fitted to
(`benchmarks/data`), and LoCoMo by turn. There every speaker is "the user" of their own turns, and a
turn counts as holding a fact when the file's `observation` entries, which a model wrote, name it;
they are no gold standard, and both numbers are bounded by that. Then the durability and the
negation of the facts found, and the relation of two claims. Nothing here is fitted or chosen:
`benchmarks/fit_heads.py` did that on the training personas.
Run: `python -m benchmarks.extraction locomo_dev.json --json out.json`.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from usermind.evals.benchmarks.intervals import wilson
from usermind.models.embeddings import open_embedder
from usermind.models.offline.claims import Claim
from usermind.models.offline.clauses import sentences
from usermind.models.offline.comparing import relation
from usermind.models.offline.denying import negative
from usermind.models.offline.extraction import extract
from usermind.models.offline.heads import RELATIONS
from usermind.models.offline.judging import Judge
from usermind.types import Durability

DATA = Path(__file__).with_name("data")
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SCALE: tuple[Durability, ...] = ("momentary", "day", "week", "season", "year", "permanent")


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a conversation, or one labelled sentence."""

    speaker: str
    text: str
    at: datetime
    factual: bool
    durability: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """How well the turns with a fact were found."""

    found: int
    """Turns with a claim."""
    right: int
    """Of these, turns with a fact."""
    facts: int
    """Turns with a fact."""

    def line(self) -> str:
        """Return precision and recall with Wilson intervals, and F1."""
        p, r = self.right / max(self.found, 1), self.right / max(self.facts, 1)
        a, b = wilson(self.right, self.found), wilson(self.right, self.facts)
        return (
            f"precision {p:.3f} [{a[0]:.3f}, {a[1]:.3f}]  "
            f"recall {r:.3f} [{b[0]:.3f}, {b[1]:.3f}]  F1 {self.f1:.3f}"
        )

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(self.found + self.facts, 1)

    def written(self) -> dict[str, object]:
        """Return the numbers for JSON."""
        return {
            "found": self.found, "right": self.right, "facts": self.facts, "f1": self.f1,
            "precision": self.right / max(self.found, 1),
            "precision_95": wilson(self.right, self.found),
            "recall": self.right / max(self.facts, 1),
            "recall_95": wilson(self.right, self.facts),
        }  # fmt: skip


def locomo(path: Path) -> Iterator[Turn]:
    """Yield the turns of all conversations of a LoCoMo file."""
    for sample in json.loads(path.read_text(encoding="utf-8")):
        conversation = sample["conversation"]
        named = set(re.findall(r"D\d+:\d+", json.dumps(sample["observation"])))
        for key, lines in conversation.items():
            if re.fullmatch(r"session_\d+", key):
                at = _time(conversation[f"{key}_date_time"])
                for line in lines:
                    yield Turn(line["speaker"], line["text"], at, line["dia_id"] in named)


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)


def personas(split: str) -> list[Turn]:
    """Return the labelled sentences of the personas of a split."""
    rows = [json.loads(line) for line in _lines("sentences.jsonl")]
    return [
        Turn("Ana", r["text"], AT, r["fact"], r["durability"], r["negated"])
        for r in rows
        if r["split"] == split
    ]


def _lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def extracted(turns: Sequence[Turn], judge: Judge | None) -> list[list[Claim]]:
    """Return the claims of each turn."""
    return [extract(t.text, at=t.at, name=t.speaker, judge=judge) for t in turns]


def scored(turns: Sequence[Turn], claims: Sequence[Sequence[Claim]]) -> Score:
    """Return how well the turns with a fact were found."""
    right = sum(bool(c) and t.factual for t, c in zip(turns, claims, strict=True))
    return Score(sum(map(bool, claims)), right, sum(t.factual for t in turns))


def side_by_side(name: str, turns: Sequence[Turn], judge: Judge, show: int) -> dict[str, object]:
    """Print and return the scores of the rules and of the rules with heads."""
    judge.prepare([s.text for t in turns for s in sentences(t.text)])
    rules, both = extracted(turns, None), extracted(turns, judge)
    scores = {"rules": scored(turns, rules), "rules + heads": scored(turns, both)}
    print(f"{name}: {len(turns)} turns, {scores['rules'].facts} with a fact")
    for label, score in scores.items():
        print(f"  {label:14}{score.line()}")
    _examples(turns, both, show)
    return {label: score.written() for label, score in scores.items()}


def _examples(turns: Sequence[Turn], claims: Sequence[Sequence[Claim]], show: int) -> None:
    rng = random.Random(0)
    for label, kept, factual in (("extra", True, False), ("missed", False, True)):
        lines = [
            f"{t.text}\n    -> {[one.statement for one in c]}"
            for t, c in zip(turns, claims, strict=True)
            if bool(c) == kept and t.factual == factual
        ]
        for said in rng.sample(lines, min(show, len(lines))):
            print(f"{label}: {said}")


def durability(turns: Sequence[Turn], judge: Judge) -> dict[str, float]:
    """Print and return how often the durability of a fact is right, by source."""
    facts = [t for t in turns if t.factual]
    rules = extracted(facts, None)
    by_head = judge([t.text for t in facts], rules)
    sources: dict[str, Callable[[int], str]] = {
        "rules, where they read the sentence": lambda i: max(
            (c.durability for c in rules[i]), key=SCALE.index
        ),
        "head, on the same sentences": lambda i: by_head[i].durability,
        "head, on the others": lambda i: by_head[i].durability,
        "always 'year', on the others": lambda i: "year",
    }
    found = {}
    for label, told in sources.items():
        rows = [i for i in range(len(facts)) if bool(rules[i]) != label.endswith("others")]
        share = sum(told(i) == facts[i].durability for i in rows) / len(rows)
        found[label] = share
        print(f"  durability, {label:38}{share:.3f} of {len(rows)}")
    return found


def negation(turns: Sequence[Turn]) -> float:
    """Print and return how often the rule tells whether a fact is a denial."""
    facts = [t for t in turns if t.factual]
    share = sum(negative(t.text) == t.negated for t in facts) / len(facts)
    print(f"  negation, by rule: {share:.3f} of {len(facts)}")
    return share


def relations(split: str) -> dict[str, object]:
    """Print and return how well the relation of two claims is told, with a confusion matrix."""
    rows = [row for row in map(json.loads, _lines("pairs.jsonl")) if row["split"] == split]
    embedder = open_embedder("minilm")
    a = np.asarray(embedder.embed_documents([r["draft"] for r in rows]))
    b = np.asarray(embedder.embed_documents([r["known"] for r in rows]))
    result: dict[str, object] = {}
    for label, with_vectors in (("words alone", False), ("words and vectors", True)):
        matrix = np.zeros((5, 5), int)
        for i, row in enumerate(rows):
            found = relation(
                row["draft"], row["known"], user=row["user"],
                vectors=(a[i], b[i]) if with_vectors else None,
            )  # fmt: skip
            matrix[RELATIONS.index(row["relation"]), RELATIONS.index(found)] += 1
        hits = int(matrix.trace())
        low, high = wilson(hits, len(rows))
        print(f"relations, {label}: {hits / len(rows):.3f} [{low:.3f}, {high:.3f}] of {len(rows)}")
        print(f"  {'labelled':15}{'right':>6}  told as " + " ".join(r[:7] for r in RELATIONS))
        for name, told in zip(RELATIONS, matrix, strict=True):
            share = told[RELATIONS.index(name)] / max(told.sum(), 1)
            print(f"  {name:15}{share:6.2f}          " + " ".join(f"{n:7}" for n in told))
        result[label] = {
            "accuracy": hits / len(rows), "accuracy_95": (low, high), "matrix": matrix.tolist()
        }  # fmt: skip
    return result


def cost(judge: Judge) -> float:
    """Print and return the milliseconds that vectors and heads take a sentence, in batches."""
    texts = [f"{t.text} " for t in personas("train")]
    started = time.perf_counter()
    judge(texts, [()] * len(texts))
    spent = 1000 * (time.perf_counter() - started) / len(texts)
    print(f"heads: {spent:.1f} ms a sentence, vectors included")
    return spent


def main() -> None:
    """Print the tables, and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", help="locomo_dev.json")
    parser.add_argument("--show", type=int, default=0, help="disagreements to print of each kind")
    parser.add_argument("--json", type=Path, help="file for the numbers")
    args = parser.parse_args()
    judge = Judge(open_embedder("minilm"))
    held_out = personas("test")
    print(f"threshold of the fact head, chosen on training personas: {judge.add}")
    result: dict[str, object] = {"threshold": judge.add}
    result["held-out personas"] = side_by_side("held-out personas", held_out, judge, args.show)
    result["durability"] = durability(held_out, judge)
    result["negation"] = negation(held_out)
    if args.path:
        result["locomo"] = side_by_side("LoCoMo", list(locomo(args.path)), judge, args.show)
    result["relations"] = relations("test")
    result["ms a sentence"] = cost(judge)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
