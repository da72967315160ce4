"""Retrieval on LIMIT-small: documents that list what people like, which single vectors cannot tell.

    python -m benchmarks.limit FOLDER [--locomo LOCOMO.json] [--personabench FOLDER]
        [--k 2 10 20] [--json FILE] [--vectors CACHE.npz]

46 documents, 1,000 questions with two relevant documents each; recall@k is the share of the two.
"usermind, left out" ranks by weights fitted on the data given by `--locomo` and `--personabench`
alone; the shipped ones saw LIMIT too, with a fifth of the weight of another data set.
"""

from pathlib import Path

from benchmarks import fitting
from benchmarks.fit_ranking import everything, measured
from benchmarks.retrieval import CachedMiniLM, difference, parser, ranking_by, write_json

from usermind.evals.benchmarks.limit_files import read_limit
from usermind.evals.benchmarks.retrieval import baselines, recall_at, usermind
from usermind.evals.benchmarks.tables import Table


def main() -> None:
    """Run and print the table."""
    flags = parser(__doc__)
    flags.add_argument("folder", type=Path)
    flags.add_argument("--locomo", type=Path)
    flags.add_argument("--personabench", type=Path)
    flags.add_argument("--k", type=int, nargs="+", default=[2, 10, 20])
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    others = everything(options.locomo, options.personabench, None)

    table, spent = Table("LIMIT-small: recall"), list[float]()
    corpus = read_limit(options.folder)
    ranked = baselines(embedder, corpus)
    ranked["usermind, shipped"] = usermind(embedder, corpus, spent)
    if others:
        with ranking_by(fitting.fit(measured(embedder, others))):
            ranked["usermind, left out"] = usermind(embedder, corpus, spent)
    for k in options.k:
        for system, lists in ranked.items():
            for units, question in zip(lists, corpus.questions, strict=True):
                table.add(f"all @{k}", system, recall_at(units, question, k))
    embedder.save()
    table.show()
    print()
    for k in options.k:
        for other in ("dense, headed", "BM25, headed", "RRF"):
            print(difference(table, f"all @{k}", "usermind, shipped", other))
    write_json(options.json, [table])


if __name__ == "__main__":
    main()
