"""Evidence recall on LoCoMo, through the public door: ingest, then `recall(kinds=["observation"])`.

Usage: python benchmarks/locomo.py PATH/locomo.json [--embedder minilm] [--k 5 10 20]

For each question the evidence turns are known (`evidence_corrected`, else `evidence`); recall@k is
the share of them among the first k. Beside usermind stand two baselines on the same turns: cosine
of the bare text's vectors (what dense-only stores do) and BM25 (SQLite's FTS5) of speaker and text.
The shipped ranking weights were fitted on conversations of this kind; `benchmarks/fit_ranking.py`
prints the figures for conversations left out of the fit.
"""

import argparse
import json
import re
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from usermind import MemoryStore
from usermind.cli.locomo import Sample, read_samples
from usermind.ingest import Line
from usermind.types import Embedder

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
SYSTEMS = ("dense only", "BM25 only", "usermind")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the turns that answer it."""

    text: str
    category: int
    evidence: frozenset[str]


def questions(sample: dict[str, Any], turns: frozenset[str]) -> list[Question]:
    """Return the questions of a conversation that have evidence among its turns."""
    found = []
    for item in sample["qa"]:
        named = item.get("evidence_corrected") or item.get("evidence") or []
        evidence = frozenset(id_ for text in named for id_ in re.findall(r"D\d+:\d+", text)) & turns
        if evidence:
            found.append(Question(str(item["question"]), int(item["category"]), evidence))
    return found


def share(found: Sequence[str], question: Question, k: int) -> float:
    """Return the share of a question's evidence among the first k."""
    return len(question.evidence.intersection(found[:k])) / len(question.evidence)


def dense_only(embedder: Embedder, lines: Sequence[Line], asked: Iterable[Question], k: int
               ) -> list[list[str]]:  # fmt: skip
    """Return the ids of the turns whose bare text is nearest to each question."""
    rows = np.array(embedder.embed_documents([line.draft.text for line in lines]))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return [
        [
            str(lines[place].draft.external_id)
            for place in np.argsort(-rows @ np.array(embedder.embed_query(question.text)))[:k]
        ]
        for question in asked
    ]


def bm25_only(lines: Sequence[Line], asked: Iterable[Question], k: int) -> list[list[str]]:
    """Return the ids of the turns that FTS5 ranks first for the words of each question."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE turn USING fts5 (id UNINDEXED, text)")
    connection.executemany(
        "INSERT INTO turn VALUES (?, ?)",
        [(line.draft.external_id, f"{line.draft.author}: {line.draft.text}") for line in lines],
    )
    found = []
    for question in asked:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question.text))
        rows = connection.execute(
            "SELECT id FROM turn WHERE turn MATCH ? ORDER BY bm25(turn) LIMIT ?", (words, k)
        )
        found.append([row[0] for row in rows])
    connection.close()
    return found


def usermind(store: MemoryStore, sample: Sample, lines: Sequence[Line], asked: Iterable[Question],
             k: int, spent: list[float]) -> list[list[str]]:  # fmt: skip
    """Return the external ids that recall gives for each question."""
    memory = store.user(sample.user)
    memory.observe_many([line.draft for line in lines])
    memory.embed()
    found = []
    for question in asked:
        start = time.perf_counter()
        hits = memory.recall(question.text, k=k, kinds=["observation"])
        spent.append((time.perf_counter() - start) * 1e3)
        found.append([str(hit.external_id) for hit in hits])
    return found


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--embedder", default="minilm")
    parser.add_argument("--k", type=int, nargs="+", default=[5, 10, 20])
    options = parser.parse_args()
    raw = json.loads(options.path.read_text("utf-8"))
    with options.path.open("rb") as file:
        samples = read_samples(file)

    shares: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    spent: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=options.embedder) as store,
    ):
        for sample, data in zip(samples, raw if isinstance(raw, list) else [raw], strict=True):
            lines = [line for line in sample.lines if isinstance(line, Line)]
            turns = frozenset(str(line.draft.external_id) for line in lines)
            asked = questions(data, turns)
            most = max(options.k)
            ranked = {
                "dense only": dense_only(store.vectors.embedder, lines, asked, most),
                "BM25 only": bm25_only(lines, asked, most),
                "usermind": usermind(store, sample, lines, asked, most, spent),
            }
            for system, lists in ranked.items():
                for question, found in zip(asked, lists, strict=True):
                    for k in options.k:
                        value = share(found, question, k)
                        shares[system, k, question.category].append(value)
                        shares[system, k, 0].append(value)
            print(f"{sample.user}: {len(lines)} turns, {len(asked)} questions")

    print(f"\n{'recall':<24}" + "".join(f"{system:>14}" for system in SYSTEMS))
    for category in (0, *sorted(CATEGORIES)):
        name = CATEGORIES.get(category, "all categories")
        for k in options.k:
            values = [shares[system, k, category] for system in SYSTEMS]
            label = f"{name} @{k}"
            print(f"{label:<24}" + "".join(f"{statistics.fmean(value):>14.3f}" for value in values))
    print(f"\nrecall with embedding of the query: p50 {statistics.median(spent):.1f} ms")


if __name__ == "__main__":
    main()
