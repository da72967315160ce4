"""A data set searched, and asked of a model: rankings and cases, one memory filled at a time.

corpora → fill → rankings of usermind and of the baselines
→ contexts of each question → prompts → answers → scores by context
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.contexts import CONTEXTS, Context, Given, contexts
from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.benchmarks.retrieval import (
    Kept,
    Ranked,
    baselines,
    filled,
    ranked,
    recall_at,
    texts_to_embed,
)
from usermind.evals.benchmarks.running import COUNTED_WRONG, Pace, Progress, silent
from usermind.evals.benchmarks.tables import Answered, Figure, Report, Table
from usermind.memory import UserMemory
from usermind.prompts import AnswerQuestionPrompt, TextLine
from usermind.types import Embedder

Measure = tuple[str, str, Callable[[Question, str], float]]
"""Title of a table, what a reader must know of it, and the score of an answer to a question."""
Said = tuple[Question, str, str]
"""A question, the column of a table, and the answer; empty: none that could be used."""
USERMIND = "usermind"
"""Column of it among the systems that search."""
ALL = "all"
"""Line of all questions, each counting the same."""
MACRO = "mean of the kinds"
"""Line in which each kind of question counts the same."""
TOKENS = "tokens, about"
"""Line of how long a context is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question with one context."""

    question: Question
    context: Context
    given: Given
    prompt: AnswerQuestionPrompt


@dataclass(slots=True)
class Searched:
    """What came of searching one memory, and what is to be asked of it."""

    corpus: Corpus
    rankings: dict[str, Ranked]
    """By system, units for each question that is searched for, best first."""
    unstored: int
    """Drafts that the privacy gate kept out of the memory, so that nobody finds them there."""
    cases: list[Case] = field(default_factory=list)
    """In the order of the questions; none where nobody is to be asked."""


def search(
    corpora: Sequence[Corpus],
    embedder: Embedder,
    *,
    given: Sequence[Context] = (),
    progress: Progress = silent,
) -> Iterator[Searched]:
    """Fill the memory of each corpus, search it, and gather what is to be asked.

    Args:
        corpora: Users with their questions.
        embedder: Of usermind, and of the dense baselines.
        given: The contexts that questions are to be asked with; none: nothing is asked.
        progress: Is told how many of all questions are done, what their memories take included.
    """
    kept, total = Kept(embedder), sum(len(corpus.asked) for corpus in corpora)
    done = 0
    progress("Searching", 0, total)
    for corpus in corpora:
        asked = len(corpus.asked)
        steps = texts_to_embed(embedder, corpus) + len(corpus.questions) + asked * len(given)
        pace = Pace(progress, questions=asked, steps=steps, before=done, total=total)
        kept.heard = pace.step
        with filled(kept, corpus) as memory:
            unstored = len(corpus.drafts) - memory.count_observations()
            mine = ranked(memory, corpus, [], heard=pace.step)
            found = Searched(corpus, {USERMIND: mine}, unstored)
            for case in _cases(memory, corpus, given):
                found.cases.append(case)
                pace.step()
        found.rankings |= baselines(kept, corpus)
        done += asked
        progress("Searching", done, total)
        yield found


def _cases(memory: UserMemory, corpus: Corpus, wanted: Sequence[Context]) -> Iterator[Case]:
    if not wanted:
        return
    ways = contexts(memory, corpus, wanted)
    for question in corpus.asked:
        for name, give in ways.items():
            given = give(question)
            prompt = AnswerQuestionPrompt(corpus.user_name, given.lines, TextLine(question.text))
            yield Case(question, name, given, prompt)


def answered(
    cases: Sequence[Case], asker: Asker, *, progress: Progress = silent
) -> list[tuple[Case, str | None]]:
    """Return each case with its answer; None where the model gave none that can be used.

    Raises:
        InvalidInputError: Answers are missing in a recording, and there is no model.
        ModelError: The model is down; what it answered before is recorded.
    """
    found = asker.all(
        [case.prompt for case in cases],
        progress=lambda done, total: progress("Asking", done, total),
    )
    said = [None if each is None else each.answer.strip() for each in found]
    return list(zip(cases, said, strict=True))


def note_asking(report: Report, asker: Asker, *, everything: bool) -> None:
    """Write into a report who answered, from what, and how often in vain."""
    report.settings["model"] = asker.reasoner.name
    report.settings["everything"] = everything
    report.counts["answers"] = asker.asked
    report.counts[COUNTED_WRONG] = asker.unusable


def said_of(scored: Sequence[tuple[Case, str | None]], column: str, constant: str) -> list[Said]:
    """Return what was said to each question in each context, and always the same in a column.

    Args:
        scored: Each question in each context, with the answer; None: none that could be used.
        column: Name of the column that reads nothing.
        constant: What it says to everything.
    """
    found = [(case.question, str(case.context), said or "") for case, said in scored]
    questions = list({id(case.question): case.question for case, _ in scored}.values())
    return [*found, *((question, column, constant) for question in questions)]


def measured(
    said: Sequence[Said], kinds: Sequence[str], measures: Sequence[Measure]
) -> list[Table]:
    """Return one table for each measure, by kinds of questions in the order of the lines."""
    tables = []
    for title, about, score in measures:
        table = Table(title, about=about)
        add_kinds(table, kinds, [(q.category, of, score(q, text)) for q, of, text in said])
        tables.append(table)
    return tables


def rows_of(
    scored: Sequence[tuple[Case, str | None]], measures: Sequence[Measure]
) -> list[Answered]:
    """Return each answer with its scores, to be looked at one by one."""
    return [
        Answered(
            question=case.question.id,
            kind=case.question.category,
            context=case.context,
            answer=said,
            gold=case.question.gold,
            scores={title: score(case.question, said or "") for title, _, score in measures},
        )
        for case, said in scored
    ]


def chosen_contexts(*, everything: bool) -> tuple[Context, ...]:
    """Return the contexts that are compared."""
    return (*CONTEXTS, "everything") if everything else CONTEXTS


def add_kinds(table: Table, kinds: Sequence[str], scored: Sequence[tuple[str, str, float]]) -> None:
    """Fill a table by kinds of questions: all, the mean of the kinds, and each kind.

    Args:
        table: To fill.
        kinds: In the order of the lines.
        scored: (kind, system, score) of each question.
    """
    systems = list(dict.fromkeys(system for _, system, _ in scored))
    for system in systems:
        pairs = [(kind, value) for kind, of, value in scored if of == system]
        for _, value in pairs:
            table.add(ALL, system, value)
    for system in systems:
        pairs = [(kind, value) for kind, of, value in scored if of == system]
        if len({kind for kind, _ in pairs}) > 1:
            low, high = grouped(pairs, _mean_of_kinds)
            table.put(MACRO, system, Figure(_mean_of_kinds(pairs), low, high, len(pairs)))
    for kind in kinds:
        for of, system, value in scored:
            if of == kind:
                table.add(kind, system, value)


def _mean_of_kinds(pairs: Sequence[tuple[str, float]]) -> float:
    sums: dict[str, list[float]] = {}
    for kind, value in pairs:
        sums.setdefault(kind, []).append(value)
    return sum(sum(values) / len(values) for values in sums.values()) / len(sums)


def given_table(cases: Sequence[Case]) -> Table:
    """Return what the contexts hold: their tokens, and how much of what answers a question."""
    table = Table("Given with a question", amounts=(TOKENS,))
    for case in cases:
        table.add(TOKENS, case.context, case.given.tokens)
    for case in cases:
        if case.question.labelled:
            units = list(dict.fromkeys(case.given.units))
            share = recall_at(units, case.question, len(units))
            table.add("share of the evidence", case.context, share)
    return table
