"""Retrieval on PersonaBench: which sessions of somebody's private data reveal what is asked.

    python -m benchmarks.personabench COMMUNITY_FOLDER [--locomo LOCOMO.json] [--limit FOLDER]
        [--noise 0.0 0.3 0.5 0.7] [--documents] [--json FILE] [--vectors CACHE.npz]

A segment, the unit of the labels, is one whole session: a conversation with one person, a chat with
an assistant, or one purchase record. Stores are given its turns, as a chat application gives them,
and a segment stands where its best turn stands; `--documents` gives every segment as one long text,
as the paper does, and repeats the paper's MiniLM baseline but for its JSON punctuation. Scored as
in the paper: recall and NDCG at 5, each of the best combination of evidence segments; "Subjective"
questions are not asked. "usermind, left out" ranks by weights fitted without the person that is
tested, on the others at noise 0.5 and on the data given by `--locomo` and `--limit`.
"""

import statistics
from pathlib import Path

from benchmarks.fit_ranking import everything, left_out, measured
from benchmarks.retrieval import CachedMiniLM, difference, parser, ranking_by, write_json

from usermind.evals.benchmarks.personabench_files import KINDS, NOISE, read_personabench
from usermind.evals.benchmarks.retrieval import baselines, best_recall_and_ndcg, usermind
from usermind.evals.benchmarks.tables import Table

K = 5


def main() -> None:
    """Run and print the tables."""
    flags = parser(__doc__)
    flags.add_argument("folder", type=Path)
    flags.add_argument("--locomo", type=Path)
    flags.add_argument("--limit", type=Path)
    flags.add_argument("--noise", nargs="+", choices=NOISE, default=list(NOISE))
    flags.add_argument("--documents", action="store_true")
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    data = measured(embedder, everything(options.locomo, options.folder, options.limit))
    learned = {
        item.corpus.user: left_out(data, item)
        for item in data
        if item.corpus.data == "personabench"
    }

    recall, ndcg = Table(f"PersonaBench: recall@{K}"), Table(f"PersonaBench: NDCG@{K}")
    spent = list[float]()
    for noise in options.noise:
        for line in ("all", *KINDS):
            recall.values[f"noise {noise}, {line}"] = {}
        for corpus in read_personabench(options.folder, noise, whole=options.documents):
            ranked = baselines(embedder, corpus)
            ranked["usermind, shipped"] = usermind(embedder, corpus, spent)
            with ranking_by(learned[corpus.user]):
                ranked["usermind, left out"] = usermind(embedder, corpus, spent)
            for system, lists in ranked.items():
                for units, question in zip(lists, corpus.questions, strict=True):
                    found, gain = best_recall_and_ndcg(units, question, K)
                    lines = [f"noise {noise}, all", f"noise {noise}, {question.category}"]
                    for line in (*lines, f"noise {noise}, {corpus.user}"):
                        recall.add(line, system, found)
                    ndcg.add(lines[0], system, gain)
            segments = len(set(corpus.units))
            print(f"noise {noise}, {corpus.user}: {len(corpus.drafts)} drafts, {segments} segments")
            embedder.save()
    recall.show()
    ndcg.show()
    print()
    for noise in options.noise:
        for other in ("dense, bare", "dense, headed", "RRF"):
            print(difference(recall, f"noise {noise}, all", "usermind, left out", other))
    p50 = statistics.median(spent)
    print(f"recall with its vector from the cache: p50 {p50:.2f} ms")
    given = "documents" if options.documents else "turns"
    write_json(options.json, [recall, ndcg], given=given, recall_p50_ms=p50)


if __name__ == "__main__":
    main()
