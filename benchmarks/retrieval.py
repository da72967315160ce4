"""What the retrieval benchmarks share: the systems compared, the scores, the table.

Every system sees the same drafts and ranks units (see `corpora`): a unit stands where the best of
its drafts stands. Baselines search what stores of agents search: the cosine of one vector a draft
(mem0, LangGraph's stores; a text longer than 256 word pieces is cut there), BM25 as SQLite's FTS5
computes it (porter stems, stop words of the question left out), and both fused by reciprocal rank.
usermind goes through its public door: `observe_many`, then `recall(kinds=["observation"])`.
"""

import argparse
import hashlib
import json
import platform
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np
from benchmarks.corpora import Corpus, Question
from numpy.typing import NDArray

from usermind import Draft, MemoryStore
from usermind.evals.benchmarks.intervals import bootstrap, standard_error
from usermind.memory import ranking
from usermind.memory.ranking import Weights, content_query
from usermind.memory.terms import TOKENIZER
from usermind.memory.text import header, index_terms
from usermind.models.minilm import MiniLM, find_minilm

Floats = NDArray[np.float32]
Ranked = list[list[str]]
"""Units per question, best first."""

RRF = 60
DEPTH = 200
"""Drafts taken from each system, of which the first units are scored."""


class CachedMiniLM:
    """MiniLM with its vectors kept in a file, so that a second run takes seconds."""

    def __init__(self, weights: Path | None = None, cache: Path | None = None) -> None:
        found = find_minilm(weights)
        if found is None:
            raise SystemExit("No MiniLM weights found. Install them or pass --minilm FOLDER.")
        self._model, self._cache = MiniLM(found), cache
        self.model_id = self._model.model_id
        self._known: dict[str, Floats] = {}
        self._new = False
        if cache is not None and cache.is_file():
            with np.load(cache) as stored:
                self._known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return (texts, dimension) unit vectors."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
        given = dict(zip(keys, texts, strict=True))
        if new := [key for key in given if key not in self._known]:
            vectors = self._model.embed_array([given[key] for key in new])
            self._known.update(zip(new, vectors, strict=True))
            self._new = True
        return np.array([self._known[key] for key in keys], dtype=np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        found: list[list[float]] = self.vectors(texts).tolist()
        return found

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        return self.embed_documents([text])[0]

    def chunks(self, text: str, *, size: int, overlap: int) -> list[str]:
        """Return the text cut as MiniLM cuts it."""
        return self._model.chunks(text, size=size, overlap=overlap)

    def save(self) -> None:
        """Write the file, if one was named."""
        if self._cache is not None and self._new:
            np.savez(self._cache, texts=list(self._known), vectors=list(self._known.values()))
            self._new = False


def headed(draft: Draft) -> str:
    """Return the draft as usermind embeds it, author and day first."""
    assert draft.at is not None, "the corpora date every draft"
    return header(draft.author, draft.at.timestamp()) + draft.text


def by_cosine(embedder: CachedMiniLM, corpus: Corpus, texts: Sequence[str]) -> list[list[int]]:
    """Return per question the places of the drafts whose texts are nearest."""
    rows = embedder.vectors(texts)
    asked = embedder.vectors([question.text for question in corpus.questions])
    order = np.argsort(-(asked @ rows.T), axis=1, kind="stable")
    found: list[list[int]] = order.tolist()
    return found


def by_words(corpus: Corpus, texts: Sequence[str]) -> list[list[int]]:
    """Return per question the places of the drafts that hold one of its words, by BM25."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE row USING fts5 (text, tokenize = '{TOKENIZER}')")
    connection.executemany(
        "INSERT INTO row (rowid, text) VALUES (?, ?)",
        [(place, index_terms(text)) for place, text in enumerate(texts)],
    )
    found = []
    for question in corpus.questions:
        words = re.findall(r"\w+", index_terms(content_query(question.text), query=True))
        rows = connection.execute(
            "SELECT rowid FROM row WHERE row MATCH ? ORDER BY bm25(row), rowid",
            (" OR ".join(f'"{word}"' for word in words),),
        )
        found.append([place for (place,) in rows])
    connection.close()
    return found


def fused(first: list[list[int]], second: list[list[int]]) -> list[list[int]]:
    """Return reciprocal rank fusion of two rankings (Cormack et al. 2009, k = 60)."""
    found = []
    for lists in zip(first, second, strict=True):
        score: dict[int, float] = {}
        for places in lists:
            for rank, place in enumerate(places, 1):
                score[place] = score.get(place, 0.0) + 1 / (RRF + rank)
        found.append(sorted(score, key=lambda place: (-score[place], place)))
    return found


def units(corpus: Corpus, places: Iterable[Iterable[int]]) -> Ranked:
    """Return the units of ranked drafts, each where its first draft stands."""
    return [list(dict.fromkeys(corpus.units[place] for place in found)) for found in places]


def baselines(embedder: CachedMiniLM, corpus: Corpus) -> dict[str, Ranked]:
    """Return what every baseline ranks for the questions of a corpus."""
    bare = [draft.text for draft in corpus.drafts]
    full = [headed(draft) for draft in corpus.drafts]
    dense, words = by_cosine(embedder, corpus, full), by_words(corpus, full)
    lists = {
        "dense, bare": by_cosine(embedder, corpus, bare),
        "dense, headed": dense,
        "BM25, bare": by_words(corpus, bare),
        "BM25, headed": words,
        "RRF": fused(dense, words),
    }
    return {name: units(corpus, places) for name, places in lists.items()}


@contextmanager
def ranking_by(weights: Weights | None) -> Iterator[None]:
    """Let every store opened inside rank by other weights than the shipped ones; None: by them."""
    if weights is None:
        yield
        return
    with patch.object(ranking, "shipped_weights", lambda: weights):
        yield


def usermind(embedder: CachedMiniLM, corpus: Corpus, spent: list[float], *,
             weights: Weights | None = None) -> Ranked:  # fmt: skip
    """Return what `recall` ranks, through the public door; milliseconds go to `spent`."""
    names = (draft.external_id for draft in corpus.drafts)
    unit = dict(zip(names, corpus.units, strict=True))
    found = []
    with (
        ranking_by(weights),
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder) as store,
    ):
        memory = store.user(corpus.user)
        memory.observe_many(list(corpus.drafts))
        memory.embed()
        for question in corpus.questions:
            start = time.perf_counter()
            hits = memory.recall(question.text, k=DEPTH, kinds=["observation"])
            spent.append((time.perf_counter() - start) * 1e3)
            found.append(list(dict.fromkeys(unit[hit.external_id] for hit in hits)))
    return found


# -- scores -------------------------------------------------------------------------------


def recall_at(found: Sequence[str], question: Question, k: int) -> float:
    """Return the share of the parts of an answer that the first k units give."""
    first = set(found[:k])
    given = sum(not part.isdisjoint(first) for part in question.answers)
    return given / (len(question.answers) + question.missing)


def best_recall_and_ndcg(found: Sequence[str], question: Question, k: int) -> tuple[float, float]:
    """Return PersonaBench's recall and NDCG at k, each of the combination that gives most.

    A combination takes one segment for every part of the answer; a segment that stands for two
    parts counts once. Source: the scorer in the paper's repository (Tan et al. 2025).
    """
    first = list(found[:k])
    recall, ndcg = 0.0, 0.0
    for chosen in product(*question.answers):
        wanted = set(chosen)
        hits = [rank for rank, unit in enumerate(first) if unit in wanted]
        ideal = sum(1 / np.log2(rank + 2) for rank in range(min(len(wanted), k)))
        recall = max(recall, len(hits) / len(wanted))
        ndcg = max(ndcg, sum(1 / float(np.log2(rank + 2)) for rank in hits) / float(ideal))
    return recall, ndcg


def ceiling(question: Question, k: int) -> float:
    """Return the recall at k of a ranking that knows the labels."""
    parts = len(question.answers)
    return min(k, parts) / (parts + question.missing)


# -- table --------------------------------------------------------------------------------


@dataclass(slots=True)
class Table:
    """Scores by (line, system); a line's values are one per question, in the same order."""

    title: str
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, line: str, system: str, value: float) -> None:
        """Add the score of one question."""
        self.values.setdefault(line, {}).setdefault(system, []).append(value)

    def show(self) -> None:
        """Print the means side by side, each with its interval."""
        names = list(dict.fromkeys(name for line in self.values.values() for name in line))
        print(f"\n{self.title:<28}{'n':>6}" + "".join(f"{name:>19}" for name in names))
        for line, systems in self.values.items():
            count = len(next(iter(systems.values())))
            print(f"{line:<28}{count:>6}" + "".join(_cell(systems.get(name)) for name in names))

    def as_json(self) -> dict[str, dict[str, dict[str, object]]]:
        """Return mean, standard error, interval and count of every cell."""
        return {
            line: {name: _described(values) for name, values in systems.items()}
            for line, systems in self.values.items()
        }


def _cell(values: Sequence[float] | None) -> str:
    if values is None:
        return f"{'':>19}"
    low, high = bootstrap(values)
    return f"{statistics.fmean(values):>7.3f} {f'{low:.3f}–{high:.3f}':>11}"


def _described(values: Sequence[float]) -> dict[str, object]:
    return {
        "mean": statistics.fmean(values),
        "standard_error": standard_error(values),
        "interval": bootstrap(values),
        "n": len(values),
    }


def difference(table: Table, line: str, better: str, worse: str) -> str:
    """Return in words how much one system finds more than another, question by question."""
    pairs = zip(table.values[line][better], table.values[line][worse], strict=True)
    apart = [first - second for first, second in pairs]
    low, high = bootstrap(apart)
    mean = statistics.fmean(apart)
    return f"{line}: {better} − {worse} = {mean:+.3f} ({low:+.3f} to {high:+.3f})"


# -- the command line -----------------------------------------------------------------------


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return the flags that all retrieval benchmarks take."""
    found = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    found.add_argument("--minilm", type=Path, help="folder of MiniLM's weights")
    found.add_argument("--vectors", type=Path, help="file (.npz) to keep computed vectors in")
    found.add_argument("--json", type=Path, help="file to write the figures to")
    return found


def write_json(path: Path | None, tables: Iterable[Table], **more: object) -> None:
    """Write the figures beside the table, where a file was named."""
    if path is None:
        return
    data = {
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}",
        "interval": "95 %, percentile bootstrap by question",
        **more,
        "tables": {table.title: table.as_json() for table in tables},
    }
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
