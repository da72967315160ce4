"""Learn the weights of `memory/ranking.py`, and check them on data they were not fitted on.

    python -m benchmarks.fit_ranking LOCOMO.json --personabench FOLDER --limit FOLDER
        [--write memory/ranking_weights.json]

How they are learned: `benchmarks/fitting.py`. Prints, per data set, recall@k of the evidence in a
conversation or person that was left out of the fit, and without LIMIT for LIMIT.
"""

import json
import statistics
from pathlib import Path

import numpy as np
from benchmarks import fitting
from benchmarks.fitting import PRIOR, Measured
from benchmarks.retrieval import CachedMiniLM, parser

from usermind.evals.benchmarks.corpora import Corpus
from usermind.evals.benchmarks.limit_files import read_limit
from usermind.evals.benchmarks.locomo_files import read_locomo
from usermind.evals.benchmarks.personabench_files import read_personabench
from usermind.evals.benchmarks.retrieval import best_recall_and_ndcg, recall_at
from usermind.memory import ranking
from usermind.memory.ranking import SIGNALS, Weights

CUTOFFS = {"locomo": (10,), "personabench": (5,), "limit": (2, 10)}


def everything(locomo: Path | None, personabench: Path | None, limit: Path | None) -> list[Corpus]:
    """Return the corpora that weights are fitted on, of the data sets that are given.

    PersonaBench's segments are taken whole: its labels name no turn, and weights that guess the
    turn lose 0.012 of LoCoMo's recall@10 and gain nothing on PersonaBench.
    """
    found: list[Corpus] = []
    found += read_locomo(locomo) if locomo else ()
    found += read_personabench(personabench, whole=True) if personabench else ()
    found += [read_limit(limit)] if limit else ()
    return found


def measured(embedder: CachedMiniLM, given: list[Corpus]) -> list[Measured]:
    """Return the signals of all corpora, with LoCoMo's lengths as ordinary ones."""
    first = fitting.neutral(ranking.shipped_weights().lengths.tolist())
    data = [fitting.measure(embedder, corpus, first) for corpus in given]
    lengths = np.mean(
        [_span_lengths(item) for item in data if item.corpus.data == "locomo"], axis=0
    )
    if np.isnan(lengths).any() or np.array_equal(lengths.round(), first.lengths):
        return data
    second = fitting.neutral(lengths.round().tolist())
    return [fitting.measure(embedder, corpus, second) for corpus in given]


def _span_lengths(item: Measured) -> fitting.Doubles:
    """Return (4,) mean tokens of the spans."""
    sessions = {draft.external_id: draft.session for draft in item.corpus.drafts}
    names = [sessions[unit] for unit in item.units]  # in LoCoMo a unit is a turn
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    low, high = ranking.spans([number[name] for name in names])
    running = np.append(0, np.cumsum(item.lengths))
    mean: fitting.Doubles = (running[high] - running[low]).mean(axis=1)
    return mean


def left_out(data: list[Measured], item: Measured) -> Weights:
    """Return weights fitted without one conversation, person, or LIMIT."""
    return fitting.fit([other for other in data if other is not item])


def checked(data: list[Measured]) -> dict[str, float]:
    """Return recall@k per data set, always on what was left out of the fit."""
    found: dict[str, list[float]] = {}
    for item in data:
        lists = fitting.ranked(item, left_out(data, item))
        for k in CUTOFFS[item.corpus.data]:
            for units, question in zip(lists, item.corpus.questions, strict=True):
                if item.corpus.data == "personabench":
                    value = best_recall_and_ndcg(units, question, k)[0]
                else:
                    value = recall_at(units, question, k)
                found.setdefault(f"{item.corpus.data}@{k}", []).append(value)
    return {name: round(statistics.fmean(values), 3) for name, values in found.items()}


def main() -> None:
    """Read the arguments, fit, print, and write the weights when asked to."""
    flags = parser(__doc__)
    flags.add_argument("locomo", type=Path)
    flags.add_argument("--personabench", type=Path)
    flags.add_argument("--limit", type=Path)
    flags.add_argument("--write", type=Path)
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    data = measured(embedder, everything(options.locomo, options.personabench, options.limit))
    embedder.save()
    weights = fitting.fit(data)
    names = ", ".join(f"{item.corpus.data} {item.corpus.user}" for item in data)
    shipped = {
        "note": (
            f"Written by benchmarks/fit_ranking.py. Fitted on {names}. `checked` is recall@k on "
            "the conversation or person left out of the fit, on LIMIT without LIMIT. A relevance "
            f"is calibrated as if one row in {1 / PRIOR:.0f} were evidence."
        ),
        "checked": checked(data),
        "bias": round(weights.bias, 4),
        "signals": dict(zip(SIGNALS, weights.signals.round(4).tolist(), strict=True)),
        "absent": weights.absent.tolist(),
        "lengths": weights.lengths.tolist(),
        "k1": weights.k1,
        "b": weights.b,
        "long": weights.long,
    }
    text = json.dumps(shipped, indent=2) + "\n"
    print(text)
    for path in (options.write, options.json):
        if path is not None:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
