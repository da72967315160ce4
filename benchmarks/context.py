"""What a turn is given: the planner beside recall alone and beside everything.

    python -m benchmarks.context LOCOMO.json [--vectors CACHE.npz] [--json FILE]

Each question of LoCoMo is asked of its conversation, and after it each message of
`data/none_turns.txt`, which needs nothing of what is known. "everything" puts the whole
conversation into the prompt; "recall" searches for each message; "planner" searches where
`plan_sources` says so and keeps what is `evident`. What is recalled is cut as a turn cuts it: 12
memories, 1,200 tokens, a token counted as four characters.
"""

from collections.abc import Callable
from pathlib import Path

from benchmarks.retrieval import CachedMiniLM, parser, write_json

from usermind import Recollection, UserMemory
from usermind.evals.benchmarks.corpora import Corpus
from usermind.evals.benchmarks.locomo_files import read_locomo
from usermind.evals.benchmarks.retrieval import filled, recall_at
from usermind.evals.benchmarks.tables import Table
from usermind.graphs.context import RECALL_K, RECALL_TOKENS, memory_line, planned, recalled
from usermind.graphs.plan import within_budget

TOKENS = ("tokens a question", "tokens a turn that needs none")
NONE_TURNS = Path(__file__).parent / "data" / "none_turns.txt"
Given = Callable[[UserMemory, str], tuple[list[str], int]]
"""Returns the external ids that a message is given, and their tokens."""


def none_turns() -> list[str]:
    """Return the messages that need no memory."""
    lines = NONE_TURNS.read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def searched(memory: UserMemory, message: str) -> tuple[list[str], int]:
    """Return what recall alone gives."""
    return _cut(memory.recall(message, k=RECALL_K))


def chosen(memory: UserMemory, message: str) -> tuple[list[str], int]:
    """Return what a turn gives: the shipped way."""
    plan = planned(memory, message)
    return _cut(recalled(memory, message, plan, exclude=(), recipient="offline"))


def _cut(hits: list[Recollection]) -> tuple[list[str], int]:
    lines = [memory_line(hit).render() for hit in hits]
    fit = within_budget(lines, tokens=RECALL_TOKENS)
    ids = [str(hit.external_id) for hit in hits[:fit]]
    return ids, sum(len(line) // 4 + 1 for line in lines[:fit])


def everything(corpus: Corpus) -> Given:
    """Return what gives the whole conversation."""
    ids = [str(draft.external_id) for draft in corpus.drafts]
    tokens = sum((len(d.text) + len(d.author)) // 4 + 1 for d in corpus.drafts)
    return lambda _memory, _message: (ids, tokens)


def main() -> None:
    """Run and print the table."""
    flags = parser(__doc__)
    flags.add_argument("path", type=Path)
    options = flags.parse_args()
    embedder, table = (
        CachedMiniLM(options.minilm, options.vectors),
        Table("Context of a turn", amounts=TOKENS),
    )
    for corpus in read_locomo(options.path):
        systems: dict[str, Given] = {
            "everything": everything(corpus), "recall": searched, "planner": chosen
        }  # fmt: skip
        with filled(embedder, corpus) as memory:
            for name, given in systems.items():
                score(table, name, given, memory, corpus)
        print(f"{corpus.user}: {len(corpus.drafts)} turns, {len(corpus.questions)} questions")
    embedder.save()
    table.show()
    write_json(options.json, [table])


def score(table: Table, name: str, given: Given, memory: UserMemory, corpus: Corpus) -> None:
    """Add one system's figures over one conversation."""
    for question in corpus.questions:
        ids, tokens = given(memory, question.text)
        table.add("evidence recall in the budget", name, recall_at(ids, question, len(ids)))
        table.add(TOKENS[0], name, tokens)
    for place, message in enumerate(none_turns(), 1):
        ids, tokens = given(memory, message)
        table.add(TOKENS[1], name, tokens)
        half = "looked at" if place % 2 else "not looked at"
        table.add(f"none where none is needed, {half}", name, float(not ids))


if __name__ == "__main__":
    main()
