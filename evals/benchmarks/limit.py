"""LIMIT: documents that list what people like, which single vectors cannot tell apart.

Each question has two documents that answer it; recall@k is the share of the two among the first k.
Nothing is asked of a model.
"""

from collections.abc import Sequence
from pathlib import Path

from usermind.evals.benchmarks.corpora import sampled
from usermind.evals.benchmarks.limit_files import FILES, read_limit
from usermind.evals.benchmarks.reading import digest
from usermind.evals.benchmarks.retrieval import (
    NO_DENSE,
    Kept,
    baselines,
    checked_k,
    is_dense,
    recall_at,
    texts_to_embed,
    usermind,
)
from usermind.evals.benchmarks.running import Pace, Progress, embedder_name, silent
from usermind.evals.benchmarks.tables import Report, Table
from usermind.types import Embedder

K = (2, 10, 20)
"""Documents that are looked at."""


def run_limit(
    folder: Path,
    *,
    embedder: Embedder,
    k: Sequence[int] = K,
    sample: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Report:
    """Return how much of what answers LIMIT's questions usermind finds, beside simpler searches.

    Args:
        folder: Holds `corpus.jsonl`, `queries.jsonl` and `qrels.jsonl`.
        embedder: Of usermind, and of the dense baseline.
        k: Documents that are looked at.
        sample: Questions, drawn by `seed`; None: all.
        seed: Of the draw.
        progress: Is told what is being done, and how far it is.

    Raises:
        InvalidInputError: The files cannot be read, or a number is out of range.
    """
    checked_k(k)
    kept = Kept(embedder)
    (corpus,) = sampled([read_limit(folder)], sample, seed=seed)
    total = len(corpus.questions)
    progress("Searching", 0, total)
    steps = texts_to_embed(embedder, corpus) + total
    pace = Pace(progress, questions=total, steps=steps, total=total)
    kept.heard = pace.step
    ranked = baselines(kept, corpus)
    ranked = {"usermind": usermind(kept, corpus, [], heard=pace.step), **ranked}
    progress("Searching", total, total)
    table = Table("Recall")
    for depth in k:
        for system, lists in ranked.items():
            for units, question in zip(lists, corpus.questions, strict=True):
                table.add(f"@{depth}", system, recall_at(units, question, depth))
    return Report(
        "limit",
        {
            "data": digest(*(folder / name for name in FILES)),
            "embedder": embedder_name(embedder),
            "k": list(k),
            "sample": sample,
            "seed": seed,
        },
        {"documents": len(corpus.drafts), "questions": len(corpus.questions)},
        [table],
        [] if is_dense(embedder) else [NO_DENSE],
    )
