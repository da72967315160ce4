"""What a model is given with a question: what usermind gives, what answers it, all, or nothing.

usermind    what a turn is given: planned, recalled, and cut to the product's budget, by
            `graphs/context.py`; from what was said alone, since nothing is learnt from it before
evidence    what the data says answers it, all of it and nothing else, in order of time: the most
            that any memory can give
none        nothing: what a model knows or guesses by itself
everything  all that was said, in order of time
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.graphs.context import memory_lines, planned, recalled
from usermind.memory import UserMemory
from usermind.prompts import MemoryLine

Context = Literal["usermind", "evidence", "none", "everything"]
CONTEXTS: tuple[Context, ...] = ("usermind", "evidence", "none")
"""Those that are compared where nothing else is told."""
RECIPIENT = "local model"
"""Who reads them, for the privacy gate; the same wherever the model is, for a recording to fit."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one question is given."""

    lines: tuple[MemoryLine, ...] = ()
    units: tuple[str, ...] = ()
    """Of the data set, that the lines are of."""

    @property
    def tokens(self) -> int:
        """About how many it has: one for four characters, as the product's budget counts."""
        return sum(len(line.render()) // 4 + 1 for line in self.lines)


Give = Callable[[Question], Given]


def contexts(
    memory: UserMemory, corpus: Corpus, wanted: Sequence[Context] = CONTEXTS
) -> dict[Context, Give]:
    """Return what gives a question each context.

    Args:
        memory: Holds the drafts of the corpus.
        corpus: What is asked about.
        wanted: Which contexts.
    """
    pairs = list(zip(_lines(corpus), corpus.units, strict=True))
    unit = dict(zip((draft.external_id for draft in corpus.drafts), corpus.units, strict=True))

    def ours(question: Question) -> Given:
        plan = planned(memory, question.text)
        hits = recalled(memory, question.text, plan, exclude=(), recipient=RECIPIENT)
        found = memory_lines(memory, hits, recipient=RECIPIENT)
        return Given(found, tuple(unit[hit.external_id] for hit in hits if hit.external_id in unit))

    def evidence(question: Question) -> Given:
        units = frozenset[str]().union(*question.answers)
        return _in_time([pair for pair in pairs if pair[1] in units])

    every = _in_time(pairs)
    ways: dict[Context, Give] = {
        "usermind": ours,
        "evidence": evidence,
        "none": lambda _: Given(),
        "everything": lambda _: every,
    }
    return {name: ways[name] for name in wanted}


def _in_time(pairs: Sequence[tuple[MemoryLine, str]]) -> Given:
    """Return lines with their units, in order of time."""
    ordered = sorted(pairs, key=lambda pair: pair[0].at)
    return Given(tuple(line for line, _ in ordered), tuple(unit for _, unit in ordered))


def _lines(corpus: Corpus) -> list[MemoryLine]:
    """Return the drafts as a prompt shows them, in their order."""
    found = []
    for number, draft in enumerate(corpus.drafts, 1):
        assert draft.at is not None, "the corpora date every draft"
        found.append(
            MemoryLine(
                id=f"o{number}",
                kind="observation",
                text=draft.text,
                author=draft.author,
                at=draft.at,
                score=1.0,
                confidence=None,
            )
        )
    return found
