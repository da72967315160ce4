"""The best of several profiles: does it serve better than the plain one, later?

    python -m benchmarks.profiles LOCOMO.json [--vectors CACHE.npz] [--json FILE]

Each speaker of LoCoMo is the user of a memory of their own, the other speaker somebody who writes
to them. The user's own messages are cut in three by time: profiles are made of the first half,
judged by the third quarter, and what was chosen is measured on the last quarter, which neither the
makers nor the judge saw. Scores are those of `graphs.holdout`: the share of comparisons of the
user's own messages with the other's messages of equal length that a profile wins; 0.5 is chance.

"chosen" is the winner of the third quarter; "plain" the profile that everybody gets; "mean" what a
profile drawn at random would give; "oracle" the best on the last quarter itself, which nobody can
know. "as judged" are the profiles of the first half, "made again" those of the first three quarters
in the chosen way. Intervals are 95 %, speakers drawn with replacement.
"""

import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.retrieval import CachedMiniLM, parser, write_json

from usermind import MemoryStore, UserMemory
from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.corpora import Corpus
from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.benchmarks.locomo_files import read_locomo
from usermind.evals.benchmarks.tables import Table
from usermind.graphs.contest import judged, makers_of
from usermind.graphs.holdout import Holdout, split
from usermind.memory.leanings import LEANINGS
from usermind.memory.summary import RULES

TASKS = ("conversation", "writing")
ALL = 1_000
"""Messages to test by, at most: all of them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scores on the last quarter, of one speaker for one task."""

    user: str
    task: str
    chosen: str
    as_judged: dict[str, float]
    """By what the profile leans on: made of the first half."""
    again: dict[str, float]
    """Made of the first three quarters."""


def speakers(corpus: Corpus) -> Iterator[Corpus]:
    """Yield the conversation once for each speaker, who is the user there."""
    for name in dict.fromkeys(draft.author for draft in corpus.drafts):
        drafts = tuple(
            replace(draft, author="user") if draft.author == name else draft
            for draft in corpus.drafts
        )
        yield replace(corpus, user=name.lower(), drafts=drafts)


def cuts(memory: UserMemory) -> tuple[Holdout, Holdout]:
    """Return the history cut for the judge, and cut for the test, in time's order."""
    test = split(memory, share=0.25, most=ALL)
    return split(memory, share=1 / 3, until=test.until), test


def played(memory: UserMemory, task: str, n: int) -> Outcome:
    """Choose for one task and measure what was chosen, and what was not, on the last quarter."""
    judge, test = cuts(memory)
    makers = makers_of(None, n)
    chosen = judged(memory, task, makers, judge)[0].way
    as_judged = judged(memory, task, makers, replace(judge, trials=test.trials))
    again = judged(memory, task, makers, test)
    return Outcome(
        memory.user_id,
        task,
        chosen,
        {each.way: each.score for each in as_judged},
        {each.way: each.score for each in again},
    )


def filled(embedder: CachedMiniLM, corpus: Corpus) -> Iterator[UserMemory]:
    """Yield the memory of a speaker, reflected on by the rules."""
    with tempfile.TemporaryDirectory() as folder, MemoryStore(folder, embedder=embedder) as store:
        memory = store.user(corpus.user)
        memory.observe_many(list(corpus.drafts))
        memory.reflect()
        yield memory


def main() -> None:
    """Run and print the table."""
    flags = parser(__doc__)
    flags.add_argument("path", type=Path)
    flags.add_argument("--n", type=int, default=len(LEANINGS), help="candidates")
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    outcomes: list[list[Outcome]] = []
    for conversation in read_locomo(options.path):
        for corpus in speakers(conversation):
            for memory in filled(embedder, corpus):
                known = len(memory.propositions.list())
                try:
                    outcomes.append([played(memory, task, options.n) for task in TASKS])
                except InvalidInputError as error:
                    print(f"{corpus.user}: left out. {error}")
                    continue
                judge, test = cuts(memory)
                print(
                    f"{corpus.user}: {known} claims, {len(judge.trials)} messages to judge by, "
                    f"{len(test.trials)} to test by; chosen: "
                    + ", ".join(f"{each.task} {each.chosen!r}" for each in outcomes[-1]),
                    flush=True,
                )
                embedder.save()
    table = tabled(outcomes)
    table.show()
    for name in ("as judged", "made again"):
        for other in ("plain", "mean"):
            print(_gain(outcomes, name, other))
    print("chosen:", Counter(each.chosen for one in outcomes for each in one).most_common())
    write_json(options.json, [table])


def values(outcome: Outcome, name: str) -> dict[str, float]:
    """Return the scores of one outcome by system."""
    held = outcome.as_judged if name == "as judged" else outcome.again
    return {
        "plain": held[RULES],
        "chosen": held[outcome.chosen],
        "mean": statistics.fmean(held.values()),
        "oracle": max(held.values()),
    }


def tabled(outcomes: Sequence[Sequence[Outcome]]) -> Table:
    """Return all scores, one a speaker and task."""
    table = Table("Last quarter, comparisons won")
    for one in outcomes:
        for outcome in one:
            for name in ("as judged", "made again"):
                for system, value in values(outcome, name).items():
                    table.add(name, system, value)
                held = outcome.as_judged if name == "as judged" else outcome.again
                for way, value in held.items():
                    table.add(f"{name}, each way", way.partition(", ")[2] or "plain", value)
    return table


def _gain(outcomes: Sequence[Sequence[Outcome]], name: str, other: str) -> str:
    def mean(some: Sequence[Sequence[Outcome]]) -> float:
        return statistics.fmean(
            values(each, name)["chosen"] - values(each, name)[other] for one in some for each in one
        )

    low, high = grouped(outcomes, mean)
    return f"{name}: chosen − {other} = {mean(outcomes):+.4f} ({low:+.4f} to {high:+.4f})"


if __name__ == "__main__":
    main()
