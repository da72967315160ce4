"""Answers to LaMP's questions without a model: what a choice of items is worth to who only copies.

The label that most of the items have, the mean rating, the nearest one's label or title. Each says
something without items too.
"""

import random
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from usermind.evals.benchmarks.lamp_files import Case
from usermind.evals.benchmarks.lamp_metrics import words
from usermind.evals.benchmarks.lamp_tasks import Item, Task, candidates

Read = Callable[[Case, Sequence[Item]], str]
"""Returns the answer to a question, given items, best first."""


def readers(task: Task, seed: int) -> Mapping[str, Read]:
    """Return the plain predictions of a task by name; each says something also without items.

    Without items: the opening of what is asked about, the middle rating, or a label by chance.

    Args:
        task: Which.
        seed: Of what is drawn by chance.
    """

    def unread(case: Case) -> str:
        rng = random.Random(f"guess {seed} {case.question.id}")  # noqa: S311  # no secret
        if task.form == "text":
            return _opening(case.query)
        return "3" if task.form == "rating" else rng.choice(task.labels)

    def nearest(case: Case, items: Sequence[Item]) -> str:
        return items[0].fields[task.answer] if items else unread(case)

    def majority(case: Case, items: Sequence[Item]) -> str:
        if not items:
            return unread(case)
        counts = Counter(item.fields[task.answer] for item in items)
        return max(counts, key=lambda label: counts[label])  # ties: the nearer one's

    def mean(case: Case, items: Sequence[Item]) -> str:
        scores = [float(item.fields[task.answer]) for item in items]
        return f"{statistics.fmean(scores):g}" if scores else unread(case)

    def overlap(case: Case, items: Sequence[Item]) -> str:
        """The candidate of which more words stand in the items; ties by chance."""
        there = {word for item in items for word in words(task.searched(item))}
        pair = candidates(case.question.input)
        assert pair is not None, "its query was read"
        shares = [_share(words(text), there) for text in pair]
        if shares[0] == shares[1]:
            return unread(case)
        return task.labels[shares[1] > shares[0]]

    match task.form:
        case "choice":
            return {"more words in common": overlap}
        case "label":
            return {"most of them": majority, "the nearest one": nearest}
        case "rating":
            return {"the mean": mean, "most of them": majority, "the nearest one": nearest}
        case "text":
            return {"the nearest one": nearest}


def _share(said: Sequence[str], there: set[str]) -> float:
    return sum(word in there for word in said) / len(said) if said else 0.0


def _opening(text: str) -> str:
    """Return the first sentence, at most ten words: what a title without a user might be."""
    return " ".join(re.split(r"(?<=[.!?])\s", text)[0].split()[:10])
