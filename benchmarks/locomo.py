"""Evidence recall on LoCoMo: which turns of a long conversation answer a question.

    python -m benchmarks.locomo LOCOMO.json [--personabench FOLDER] [--limit FOLDER]
        [--k 5 10 20] [--json FILE] [--vectors CACHE.npz]

For each question the evidence turns are known; recall@k is the share of them among the first k. The
column "usermind, shipped" uses weights that saw these conversations; for "usermind, left out" they
are fitted anew without the conversation that is tested, on the others and on the data given by
`--personabench` and `--limit`. "ceiling" is a ranking that knows the labels: it falls short where a
question has more than k evidence turns, or names turns that do not exist.
"""

import statistics
from pathlib import Path

from benchmarks.fit_ranking import everything, left_out, measured
from benchmarks.retrieval import CachedMiniLM, difference, parser, ranking_by, write_json

from usermind.evals.benchmarks.locomo_files import CATEGORIES
from usermind.evals.benchmarks.retrieval import baselines, ceiling, recall_at, usermind
from usermind.evals.benchmarks.tables import Table


def main() -> None:
    """Run and print the table."""
    flags = parser(__doc__)
    flags.add_argument("path", type=Path)
    flags.add_argument("--personabench", type=Path)
    flags.add_argument("--limit", type=Path)
    flags.add_argument("--k", type=int, nargs="+", default=[5, 10, 20])
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    data = measured(embedder, everything(options.path, options.personabench, options.limit))

    table, spent = Table("LoCoMo: recall"), list[float]()
    dangling = 0
    lines = [("all", k) for k in options.k]
    lines += [(name, k) for name in CATEGORIES.values() for k in options.k]
    for item in [item for item in data if item.corpus.data == "locomo"]:
        corpus, weights = item.corpus, left_out(data, item)
        ranked = baselines(embedder, corpus)
        ranked["usermind, shipped"] = usermind(embedder, corpus, spent)
        with ranking_by(weights):
            ranked["usermind, left out"] = usermind(embedder, corpus, spent)
        dangling += sum(question.missing for question in corpus.questions)
        for category, k in lines:
            for number, question in enumerate(corpus.questions):
                if category not in ("all", question.category):
                    continue
                for system, lists in ranked.items():
                    value = recall_at(lists[number], question, k)
                    table.add(f"{category} @{k}", system, value)
                table.add(f"{category} @{k}", "ceiling", ceiling(question, k))
        print(f"{corpus.user}: {len(corpus.drafts)} turns, {len(corpus.questions)} questions")
    embedder.save()
    table.show()
    print(f"\nEvidence ids that name no turn: {dangling}")
    for k in options.k:
        for other in ("dense, bare", "BM25, headed", "RRF"):
            print(difference(table, f"all @{k}", "usermind, left out", other))
    print(f"recall with its vector from the cache: p50 {statistics.median(spent):.2f} ms")
    write_json(options.json, [table], dangling=dangling, recall_p50_ms=statistics.median(spent))


if __name__ == "__main__":
    main()
