"""The metrics of LaMP that are no plain share: macro F1, errors of ratings, ROUGE-1, ROUGE-L.

Source: LaMP (Salemi et al., arXiv 2304.11406) and its evaluation script; ROUGE: Lin 2004, "ROUGE: A
Package for Automatic Evaluation of Summaries", as the package `rouge-score` computes it without
stemming: words are runs of a–z and 0–9 of the lower-cased text, and the score is F1.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

Pair = tuple[str, str]
"""A prediction and the gold answer."""

LOWEST, HIGHEST = 1.0, 5.0
"""Ends of the scale of LaMP-3."""
_WORD = re.compile(r"[a-z0-9]+")


def macro_f1(pairs: Sequence[Pair], labels: Sequence[str]) -> float:
    """Return the mean over all labels of F1; a label that neither side has counts 0, as in LaMP.

    Args:
        pairs: What is none of the labels is a wrong prediction.
        labels: All labels of the task.
    """
    total = 0.0
    for label in labels:
        hits = sum(said == gold == label for said, gold in pairs)
        said = sum(said == label for said, _ in pairs)
        golds = sum(gold == label for _, gold in pairs)
        total += 2 * hits / (said + golds) if said + golds else 0.0
    return total / len(labels)


def rating(said: str, gold: str) -> float:
    """Return a predicted rating; what is none on the scale is the end of it that is further away.

    LaMP's script does so for what is no number; we also for numbers outside the scale.

    >>> rating("4", "2"), rating("good", "2"), rating("9", "4"), rating("", "3")
    (4.0, 5.0, 1.0, 5.0)
    """
    value = on_scale(said)
    if value is not None:
        return value
    wanted = float(gold)
    return LOWEST if abs(LOWEST - wanted) > abs(HIGHEST - wanted) else HIGHEST


def on_scale(said: str) -> float | None:
    """Return a rating as a number; None for what is no number, or lies outside the scale."""
    try:
        value = float(said)
    except ValueError:
        return None
    return value if LOWEST <= value <= HIGHEST else None


def absolute_errors(pairs: Sequence[Pair]) -> list[float]:
    """Return how far each rating is off."""
    return [abs(rating(said, gold) - float(gold)) for said, gold in pairs]


def rmse(pairs: Sequence[Pair]) -> float:
    """Return the root of the mean squared error."""
    return math.sqrt(sum(error**2 for error in absolute_errors(pairs)) / len(pairs))


def words(text: str) -> list[str]:
    """Return the words that ROUGE counts.

    >>> words("It's 5 o'clock: GO!")
    ['it', 's', '5', 'o', 'clock', 'go']
    """
    return _WORD.findall(text.lower())


def rouge_1(said: str, gold: str) -> float:
    """Return F1 of the single words, each counted as often as both have it.

    >>> rouge_1("the cat sat", "the cat is on the mat")  # 2 common, 3 said, 6 wanted
    0.4444444444444444
    """
    a, b = words(said), words(gold)
    return _f1((Counter(a) & Counter(b)).total(), len(a), len(b))


def rouge_l(said: str, gold: str) -> float:
    """Return F1 of the longest common subsequence of words.

    >>> rouge_l("police kill the gunman", "police killed the gunman")  # 3 common of 4 and 4
    0.75
    """
    a, b = words(said), words(gold)
    return _f1(_common(a, b), len(a), len(b))


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for word in a:
        before = row
        row = [0]
        for place, other in enumerate(b, 1):
            best = before[place - 1] + 1 if word == other else max(before[place], row[-1])
            row.append(best)
    return row[-1]


def _f1(common: int, said: int, wanted: int) -> float:
    return 2 * common / (said + wanted) if common else 0.0
