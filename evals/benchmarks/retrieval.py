"""Who searches a memory, and how well: usermind beside what stores of agents search.

Every system sees the same drafts and ranks units (see `corpora`): a unit stands where the best of
its drafts stands. Baselines search what stores of agents search: the cosine of one vector a draft
(mem0, LangGraph's stores; MiniLM cuts a text longer than 256 word pieces), BM25 as SQLite's FTS5
computes it (porter stems, stop words of the question left out), and both fused by reciprocal rank.
"Bare" is the text alone, "headed" has author and day before it, as usermind has. usermind goes
through its public door: `observe_many`, then `recall(kinds=["observation"])`.
"""

import re
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import product

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.memory import Draft, UserMemory
from usermind.memory.ranking import content_query
from usermind.memory.terms import TOKENIZER
from usermind.memory.text import header, index_terms
from usermind.models.embeddings import LexicalEmbedder
from usermind.store import MemoryStore
from usermind.testing import StoppedClock
from usermind.types import Embedder

Floats = NDArray[np.float32]
Ranked = list[list[str]]
"""Units per question, best first."""

RRF = 60
DEPTH = 200
"""Drafts taken from each system, of which the first units are scored."""
AFTER = timedelta(days=1)
"""How long after the last draft the questions are asked."""


class Kept:
    """An embedder that computes the vector of each text once.

    It passes for the embedder that it is given: by `model_id`, `recipient` and how it cuts texts.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Floats] = {}
        self.heard: Callable[[int], None] | None = None
        """Is told of so many texts as had no vector yet."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._embedder, name)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector per text."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            made = self._embedder.embed_documents(new)
            self._known.update(zip(new, np.array(made, dtype=np.float32), strict=True))
            if self.heard is not None:
                self.heard(len(new))
        return [self._known[text].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question, which may differ from the text's as a document."""
        return self._embedder.embed_query(text)


@contextmanager
def filled(embedder: Embedder, corpus: Corpus) -> Iterator[UserMemory]:
    """Hold the memory of a corpus open, in a folder that goes; its clock stands after the last."""
    latest = max(draft.at for draft in corpus.drafts if draft.at is not None)
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder, clock=StoppedClock(latest + AFTER)) as store,
    ):
        memory = store.user(corpus.user)
        memory.observe_many(list(corpus.drafts))
        memory.embed()
        yield memory


def headed(draft: Draft) -> str:
    """Return the draft as usermind embeds it, author and day first."""
    assert draft.at is not None, "the corpora date every draft"
    return header(draft.author, draft.at.timestamp()) + draft.text


def by_cosine(embedder: Embedder, corpus: Corpus, texts: Sequence[str]) -> list[list[int]]:
    """Return per question the places of the drafts whose texts are nearest."""
    rows = np.array(embedder.embed_documents(list(texts)), dtype=np.float32)
    asked = [embedder.embed_query(question.text) for question in corpus.questions]
    if not asked:
        return []
    order = np.argsort(-(np.array(asked, dtype=np.float32) @ rows.T), axis=1, kind="stable")
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


def baselines(embedder: Embedder, corpus: Corpus) -> dict[str, Ranked]:
    """Return what every baseline ranks for the questions of a corpus.

    By spelling alone there is nothing dense, and nothing to fuse: BM25 stands alone.
    """
    bare = [draft.text for draft in corpus.drafts]
    full = [headed(draft) for draft in corpus.drafts]
    words = by_words(corpus, full)
    lists: dict[str, list[list[int]]] = {}
    if is_dense(embedder):
        dense = by_cosine(embedder, corpus, full)
        lists["dense, bare"] = by_cosine(embedder, corpus, bare)
        lists["dense, headed"] = dense
    lists["BM25, bare"] = by_words(corpus, bare)
    lists["BM25, headed"] = words
    if is_dense(embedder):
        lists["RRF"] = fused(dense, words)
    return {name: units(corpus, places) for name, places in lists.items()}


def is_dense(embedder: Embedder) -> bool:
    """Say whether vectors tell more than spelling."""
    return getattr(embedder, "model_id", None) != LexicalEmbedder.model_id


NO_DENSE = (
    "This is measured by spelling alone, as the lexical embedder has it: the dense baselines are "
    "left out. They need MiniLM, or a model that `--embedder` names."
)
"""What to tell where `is_dense` says no."""


def usermind(
    embedder: Embedder,
    corpus: Corpus,
    spent: list[float],
    *,
    heard: Callable[[], None] | None = None,
) -> Ranked:
    """Return what `recall` ranks, through the public door; the rest is as in `ranked`."""
    with filled(embedder, corpus) as memory:
        return ranked(memory, corpus, spent, heard=heard)


def texts_to_embed(embedder: Embedder, corpus: Corpus) -> int:
    """Return how many vectors of texts usermind and the baselines need of a corpus, at most."""
    return len(corpus.drafts) * (2 if is_dense(embedder) else 1)


def ranked(
    memory: UserMemory,
    corpus: Corpus,
    spent: list[float],
    *,
    heard: Callable[[], None] | None = None,
) -> Ranked:
    """Return what `recall` ranks in a memory that is filled.

    Args:
        memory: It.
        corpus: What it is filled with.
        spent: Milliseconds of each question go there.
        heard: Is told of each question.
    """
    names = (draft.external_id for draft in corpus.drafts)
    unit = dict(zip(names, corpus.units, strict=True))
    found = []
    for question in corpus.questions:
        start = time.perf_counter()
        hits = memory.recall(question.text, k=DEPTH, kinds=["observation"])
        spent.append((time.perf_counter() - start) * 1e3)
        found.append(list(dict.fromkeys(unit[hit.external_id] for hit in hits)))
        if heard is not None:
            heard()
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
        best = min(len(wanted) + question.missing, k)
        ideal = sum(1 / np.log2(rank + 2) for rank in range(best))
        recall = max(recall, len(hits) / (len(wanted) + question.missing))
        ndcg = max(ndcg, sum(1 / float(np.log2(rank + 2)) for rank in hits) / float(ideal))
    return recall, ndcg


def ceiling(question: Question, k: int) -> float:
    """Return the recall at k of a ranking that knows the labels."""
    parts = len(question.answers)
    return min(k, parts) / (parts + question.missing)


def checked_k(k: Sequence[int]) -> None:
    """Make sure that depths can be looked at.

    Raises:
        InvalidInputError: There are none, or one is out of range.
    """
    if not k or min(k) < 1 or max(k) > DEPTH:
        raise InvalidInputError(
            f"k is {', '.join(map(str, k)) or 'empty'}. Expected numbers from 1 to {DEPTH}, such "
            "as `--k 5 --k 10`. Nothing was scored."
        )
