"""PersonaBench: what somebody's private data reveals about them, among much that says nothing.

Searched: recall and NDCG at k, 5 in the paper, of the sessions that reveal an answer; each of the
best combination of sessions, one for each value of the answer. "Subjective" questions are not
searched for, as in the paper.

Asked: each question, the subjective ones too, with what usermind gives, with the evidence (every
session that reveals any value), and with nothing. Scored by words, as the paper does, where it can
be had without the faults of its script, which scores the answer 39 by the words of the question
before, and calls its recall F1:

- F1 and recall of the words of all values of the right answer; numbers are words.
- outdated: share of words of values that held once and do no more, those apart that still hold.
  Lower is better.
- What could not be used, or is empty, scores 0.

Beside them stand measures that telling all does not raise: exactly the values, and all of their
words in a brief answer.

Source: Tan et al., 2025, "PersonaBench: Evaluating AI Models on Understanding Personal Information
through Accessing (Synthetic) Private User Data".
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from usermind.evals.benchmarks.answers import (
    exact,
    f1,
    named_briefly,
    precision_and_recall,
    words,
)
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.corpora import Corpus, Question, categories, sampled
from usermind.evals.benchmarks.personabench_files import (
    KINDS,
    SUBJECTIVE,
    Noise,
    files_of,
    read_personabench,
)
from usermind.evals.benchmarks.questioning import (
    ALL,
    Case,
    Measure,
    Searched,
    answered,
    chosen_contexts,
    given_table,
    measured,
    note_asking,
    rows_of,
    said_of,
    search,
)
from usermind.evals.benchmarks.reading import digest
from usermind.evals.benchmarks.retrieval import (
    NO_DENSE,
    best_recall_and_ndcg,
    checked_k,
    is_dense,
)
from usermind.evals.benchmarks.running import Progress, embedder_name, silent
from usermind.evals.benchmarks.tables import Report, Table
from usermind.types import Embedder

K = (5,)
"""Sessions that are looked at, as in the paper."""
NOISE_OF_FIT: Noise = "0.5"
"""Level that is taken where none is told."""
CONSTANT = "always the commonest"
"""Column of an answer that reads nothing: the value that is right most often, to everything."""


def run_personabench(
    folder: Path,
    *,
    embedder: Embedder,
    noise: Noise = NOISE_OF_FIT,
    asker: Asker | None = None,
    everything: bool = False,
    k: Sequence[int] = K,
    sample: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Report:
    """Return which sessions usermind finds in private data, and what a model answers from them.

    Args:
        folder: A community: `questions.json`, `documents_noise_….json`, `evidence_noise_….json`.
        embedder: Of usermind, and of the dense baseline.
        noise: Share of sessions that say nothing of what is asked.
        asker: Puts the questions to a model; None: nothing is asked.
        everything: Ask also with all of a person's data before the question.
        k: Sessions that are looked at.
        sample: Questions, drawn by `seed`; None: all.
        seed: Of the draw.
        progress: Is told what is being done, and how far it is.

    Raises:
        InvalidInputError: A file cannot be read, a number is out of range, or the recording that
            `asker` answers from lacks answers.
        ModelError: The model is down.
    """
    checked_k(k)
    every = read_personabench(folder, noise)
    corpora = sampled(every, sample, seed=seed)
    given = chosen_contexts(everything=everything) if asker is not None else ()
    found = list(search(corpora, embedder, given=given, progress=progress))
    report = Report(
        "personabench",
        {
            "data": digest(*files_of(folder, noise)),
            "noise": noise,
            "embedder": embedder_name(embedder),
            "k": list(k),
            "sample": sample,
            "seed": seed,
        },
        {
            "people": len(corpora),
            "sessions": sum(len(set(corpus.units)) for corpus in corpora),
            "turns that the privacy gate did not store": sum(each.unstored for each in found),
            "questions searched for": sum(len(corpus.questions) for corpus in corpora),
            "other questions": sum(len(corpus.more) for corpus in corpora),
        },
        search_tables(found, k),
        [] if is_dense(embedder) else [NO_DENSE],
    )
    if asker is not None:
        cases = [case for each in found for case in each.cases]
        scored = answered(cases, asker, progress=progress)
        report.tables += [
            given_table(cases),
            *answer_tables(scored, categories(corpora, (*KINDS, SUBJECTIVE)), commonest(every)),
        ]
        report.answers += rows_of(scored, MEASURES)
        note_asking(report, asker, everything=everything)
    return report


def search_tables(found: Sequence[Searched], k: Sequence[int]) -> list[Table]:
    """Return recall and NDCG at each depth, of all questions and by kind."""
    recall, gain = Table("Recall of sessions"), Table("NDCG of sessions")
    corpora = [each.corpus for each in found]
    for line in (ALL, *categories(corpora, KINDS)):
        for depth in k:
            for each in found:
                for number, question in enumerate(each.corpus.questions):
                    if line not in (ALL, question.category):
                        continue
                    for system, lists in each.rankings.items():
                        share, ndcg = best_recall_and_ndcg(lists[number], question, depth)
                        recall.add(f"{line} @{depth}", system, share)
                        gain.add(f"{line} @{depth}", system, ndcg)
    return [recall, gain]


def answer_tables(
    scored: Sequence[tuple[Case, str | None]], kinds: Sequence[str], constant: str
) -> list[Table]:
    """Return the scores of answers by context and kind of question.

    Args:
        scored: Each question in each context, with the answer; None: none that could be used.
        kinds: In the order of the lines.
        constant: Answer of the column that reads nothing.
    """
    rows = said_of(scored, CONSTANT, constant)
    table = Table("Outdated words", about="Share of what held once that is said; 0 is best.")
    for question, system, said in rows:
        if (share := outdated(question, said)) is not None:
            table.add(ALL, system, share)
    tables = measured(rows, kinds, MEASURES)
    return [*tables, table] if table.values else tables


def commonest(corpora: Sequence[Corpus]) -> str:
    """Return the value that is right most often; of equals the first."""
    counts = Counter(value for corpus in corpora for q in corpus.asked for value in q.gold)
    return counts.most_common(1)[0][0]


# -- one answer -------------------------------------------------------------------------------


def f1_of(question: Question, said: str) -> float:
    """Return F1 of the words of all values, in [0, 1]."""
    return f1(words(said), _words_of(question.gold))


def recall_of(question: Question, said: str) -> float:
    """Return the share of the words of all values that an answer has, in [0, 1]."""
    return precision_and_recall(words(said), _words_of(question.gold))[1]


def outdated(question: Question, said: str) -> float | None:
    """Return the share of words of outdated values that an answer has; None: there are none.

    Words that are right today are no outdated ones: of "forest green", "green" may still hold.
    """
    right = set(_words_of(question.gold))
    once = [word for word in _words_of(question.outdated) if word not in right]
    return precision_and_recall(words(said), once)[1] if once else None


def _words_of(values: Sequence[str]) -> list[str]:
    return [word for value in values for word in words(value)]


MEASURES: tuple[Measure, ...] = (
    ("F1 of words", "", f1_of),
    ("Recall of words", "Does not fall by what is said besides.", recall_of),
    ("Exactly right", "", lambda question, said: float(exact(said, question.gold))),
    (
        "Right and brief",
        "All words of all values, in at most twice as many and three.",
        lambda question, said: float(named_briefly(said, question.gold)),
    ),
)
"""What is measured of an answer."""
