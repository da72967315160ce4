"""LoCoMo: what long conversations of two people tell, and whether a question is answered from it.

Searched: recall@k, the share of a question's evidence turns among the first k, by kind of question.
The ceiling is what a ranking that knows the labels reaches: a question may have more than k turns
of evidence, or name turns that do not exist.

Asked: each question with what usermind gives, with the evidence, and with nothing. The score is
that of the paper, where it can be had without its faults:

- single-hop, temporal: F1 of words. open-domain: the same, of what stands before a semicolon.
- multi-hop: for each part of the right answer, which commas part, the best F1 of any part of the
  answer, and their mean (`answers.multi_f1`). It does not fall by what was said besides.
- adversarial: 1 where the answer says that this was not mentioned, else 0; also 1 where the file
  has an `answer` beside another `adversarial_answer`, and it is exactly that. Told apart, and in
  the total.
- What could not be used, or is empty, scores 0. Where a correction says that there is no answer,
  who says that it was not mentioned is right.

Beside it stand two measures that telling all does not raise: exactly the right answer, and all of
its words in a brief one.

Source: Maharana et al., 2024, "Evaluating Very Long-Term Conversational Memory of LLM Agents".
"""

from collections.abc import Sequence
from pathlib import Path

from usermind.evals.benchmarks.answers import (
    abstains,
    exact,
    f1,
    multi_f1,
    named,
    named_briefly,
    words,
)
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.corpora import Question, categories, sampled
from usermind.evals.benchmarks.locomo_files import ADVERSARIAL, CATEGORIES, read_locomo
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
    ceiling,
    checked_k,
    is_dense,
    recall_at,
)
from usermind.evals.benchmarks.running import Progress, embedder_name, silent
from usermind.evals.benchmarks.tables import Report, Table
from usermind.types import Embedder

K = (5, 10, 20)
"""Turns that are looked at."""
CEILING = "ceiling"
CONSTANT = "always “not mentioned”"
"""Column of an answer that reads nothing: what a score is worth."""
NOT_MENTIONED = "not mentioned"
_KINDS = tuple(CATEGORIES.values())
_ADVERSARIAL = CATEGORIES[ADVERSARIAL]
_MULTI_HOP, _OPEN_DOMAIN = CATEGORIES[1], CATEGORIES[3]


def run_locomo(
    file: Path,
    *,
    embedder: Embedder,
    asker: Asker | None = None,
    everything: bool = False,
    k: Sequence[int] = K,
    sample: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Report:
    """Return how much of LoCoMo's evidence usermind finds, and what a model answers from it.

    Args:
        file: LoCoMo's JSON, a list of conversations or one of them; with `evidence_corrected` or
            `answer_corrected` where its faults were mended.
        embedder: Of usermind, and of the dense baseline.
        asker: Puts the questions to a model; None: nothing is asked.
        everything: Ask also with the whole conversation before the question.
        k: Turns that are looked at.
        sample: Questions, drawn by `seed`; None: all.
        seed: Of the draw.
        progress: Is told what is being done, and how far it is.

    Raises:
        InvalidInputError: The file cannot be read, a number is out of range, or the recording that
            `asker` answers from lacks answers.
        ModelError: The model is down.
    """
    checked_k(k)
    corpora = sampled(read_locomo(file), sample, seed=seed)
    given = chosen_contexts(everything=everything) if asker is not None else ()
    found = list(search(corpora, embedder, given=given, progress=progress))
    report = Report(
        "locomo",
        {
            "data": digest(file),
            "embedder": embedder_name(embedder),
            "k": list(k),
            "sample": sample,
            "seed": seed,
        },
        {
            "conversations": len(corpora),
            "turns": sum(len(corpus.drafts) for corpus in corpora),
            "turns that the privacy gate did not store": sum(each.unstored for each in found),
            "questions": sum(len(corpus.asked) for corpus in corpora),
            "questions without labelled evidence": sum(len(corpus.more) for corpus in corpora),
            "evidence turns that do not exist": sum(
                question.missing for corpus in corpora for question in corpus.questions
            ),
        },
        [recall_table(found, k)],
        [] if is_dense(embedder) else [NO_DENSE],
    )
    if asker is not None:
        cases = [case for each in found for case in each.cases]
        kinds = categories(corpora, _KINDS)
        scored = answered(cases, asker, progress=progress)
        report.tables += [given_table(cases), *answer_tables(scored, kinds)]
        report.answers += rows_of(scored, MEASURES)
        note_asking(report, asker, everything=everything)
    return report


def recall_table(found: Sequence[Searched], k: Sequence[int]) -> Table:
    """Return recall at each depth, of all questions and by kind."""
    table = Table("Recall of evidence turns")
    corpora = [each.corpus for each in found]
    for line in (ALL, *categories(corpora, _KINDS)):
        for depth in k:
            for each in found:
                for number, question in enumerate(each.corpus.questions):
                    if line not in (ALL, question.category):
                        continue
                    for system, lists in each.rankings.items():
                        value = recall_at(lists[number], question, depth)
                        table.add(f"{line} @{depth}", system, value)
                    table.add(f"{line} @{depth}", CEILING, ceiling(question, depth))
    return table


def answer_tables(scored: Sequence[tuple[Case, str | None]], kinds: Sequence[str]) -> list[Table]:
    """Return the scores of answers by context and kind of question.

    Args:
        scored: Each question in each context, with the answer; None: none that could be used.
        kinds: In the order of the lines.
    """
    rows = said_of(scored, CONSTANT, NOT_MENTIONED)
    table = Table("Taken in", about="Adversarial questions answered as if they held; 0 is best.")
    for question, system, said in rows:
        if question.fooled:
            table.add(_ADVERSARIAL, system, float(is_taken_in(question, said)))
    tables = measured(rows, kinds, MEASURES)
    return [*tables, table] if table.values else tables


# -- one answer -------------------------------------------------------------------------------


def f1_of(question: Question, said: str) -> float:
    """Return the paper's score of an answer, in [0, 1]; see the module's head."""
    if _nothing_holds(question):
        return float(_denied(question, said))
    gold = ", ".join(question.gold)
    if question.category == _MULTI_HOP:
        return multi_f1(said, gold)
    if question.category == _OPEN_DOMAIN:
        gold = gold.split(";")[0]
    return f1(words(said), words(gold))


def exactly_right(question: Question, said: str) -> bool:
    """Say whether an answer is the right one and nothing else."""
    return _denied(question, said) if _nothing_holds(question) else exact(said, question.gold)


def briefly_right(question: Question, said: str) -> bool:
    """Say whether a brief answer has all words of the right one."""
    if _nothing_holds(question):
        return _denied(question, said)
    return named_briefly(said, question.gold)


def is_taken_in(question: Question, said: str) -> bool:
    """Say whether an answer to an adversarial question takes for true what nobody said."""
    return not _denied(question, said) and named(said, question.fooled)


def _nothing_holds(question: Question) -> bool:
    return question.category == _ADVERSARIAL or not question.gold


def _denied(question: Question, said: str) -> bool:
    if question.gold and exact(said, question.gold):
        return True
    return abstains(said, fooled=question.fooled)


MEASURES: tuple[Measure, ...] = (
    ("Score of the paper", "F1; adversarial: whether it says “not mentioned”.", f1_of),
    ("Exactly right", "", lambda question, said: float(exactly_right(question, said))),
    (
        "Right and brief",
        "All words of the right answer, in at most twice as many and three.",
        lambda question, said: float(briefly_right(question, said)),
    ),
)
"""What is measured of an answer."""
