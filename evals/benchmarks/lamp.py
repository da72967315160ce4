"""LaMP's seven tasks: what recall gives a model about a user, beside simpler ways to choose.

    questions, outputs → cases → items chosen, each way → readers without a model, a model → metrics

Each question's profile becomes the memory of one user: an observation an item, with its date,
holding the text that LaMP searches; what may be younger than the question is not given. Then k
items are chosen: by `recall`, by BM25 as LaMP computes it, the newest, by chance, or none. Without
a model the items themselves are scored, and the plainest predictions from them (`lamp_readers`).
Those say what a choice of items is worth to a reader who only copies. A model answers LaMP's prompt
over the same items.

Source: LaMP (Salemi et al., arXiv 2304.11406).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks import lamp_metrics
from usermind.evals.benchmarks.asking import Asker, WrittenPrompt
from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.benchmarks.lamp_choosing import (
    Chosen,
    by_chance,
    by_words,
    newest,
    nothing,
    remembering,
)
from usermind.evals.benchmarks.lamp_files import Case, cases
from usermind.evals.benchmarks.lamp_metrics import Pair
from usermind.evals.benchmarks.lamp_readers import readers
from usermind.evals.benchmarks.lamp_tasks import TASKS, Item, Task, candidates, prompt_of
from usermind.evals.benchmarks.reading import digest
from usermind.evals.benchmarks.running import COUNTED_WRONG, Progress, embedder_name, silent
from usermind.evals.benchmarks.sampling import drawn
from usermind.evals.benchmarks.tables import Answered, Figure, Report, Setting, Table
from usermind.types import Embedder

K = 4
"""Items given, LaMP's default."""
CONTROL = "no memory"
Given = Mapping[str, Sequence[Sequence[Item]]]
"""Items by way to choose, a list a question, best first."""


def run_lamp(
    task: str,
    questions: Path,
    outputs: Path,
    *,
    embedder: Embedder,
    k: int = K,
    sample: int | None = None,
    seed: int = 0,
    asker: Asker | None = None,
    progress: Progress = silent,
) -> Report:
    """Return how well a task of LaMP is done with items that are chosen in each way.

    Args:
        task: Its name, such as `"LaMP-3"`.
        questions: LaMP's `…_questions.json`.
        outputs: `…_outputs.json` of the same split.
        embedder: Of usermind.
        k: Items given.
        sample: Questions, drawn by `seed`; None: all.
        seed: Of the sample, and of what is chosen and guessed by chance.
        asker: Puts the prompts to a model; None: no model.
        progress: Is told what is being done, and how far it is.

    Raises:
        InvalidInputError: There is no such task; the files cannot be read, are of another task or
            of different splits; a number is out of range; or a recording lacks answers.
        ModelError: The model is down.
    """
    if task not in TASKS:
        raise InvalidInputError(
            f"There is no task {task!r} in LaMP. Nothing was scored. Expected one of "
            f"{', '.join(TASKS)}."
        )
    if k < 1:
        raise InvalidInputError(f"k is {k}. Nothing was scored. Expected 1 or more items.")
    found, faults = cases(TASKS[task], questions, outputs)
    asked = drawn(found, sample, seed=seed)
    report = measured(
        TASKS[task], asked, embedder=embedder, k=k, seed=seed, asker=asker, progress=progress
    )
    report.settings |= {"data": digest(questions, outputs), "sample": sample}
    of_files = {"questions": faults.questions, "questions with an answer": faults.answered}
    report.counts = of_files | report.counts
    report.notes = [*faults.lines(), *report.notes]
    return report


def measured(
    task: Task,
    asked: Sequence[Case],
    *,
    embedder: Embedder,
    k: int = K,
    seed: int = 0,
    asker: Asker | None = None,
    progress: Progress = silent,
) -> Report:
    """Return the figures of a task over questions.

    Args:
        task: Which.
        asked: The questions, at least one.
        embedder: As `MemoryStore` takes it.
        k: Items given, at least 1.
        seed: Of what is drawn by chance.
        asker: Puts the prompts to a model; None: no model.
        progress: Is told what is being done, and how far it is.
    """
    settings: dict[str, Setting] = {
        "task": task.name, "embedder": embedder_name(embedder), "k": k, "seed": seed
    }  # fmt: skip
    report = Report("lamp", settings, {"questions scored": len(asked)})
    given = _given(report, task, asked, embedder, k, seed, progress)
    report.tables.append(_items(task, asked, given))
    for name, read in readers(task, seed).items():
        said = {
            way: [read(case, items) for case, items in zip(asked, lists, strict=True)]
            for way, lists in given.items()
        }
        report.tables.append(_scores(task, f"Reader: {name}", asked, said))
        report.tables[-1].about = f"{READ[name]} {BETTER[task.form]}"
    if asker is not None:
        report.tables.append(_by_model(report, task, asked, given, asker, progress))
    return report


def _given(
    report: Report,
    task: Task,
    asked: Sequence[Case],
    embedder: Embedder,
    k: int,
    seed: int,
    progress: Progress,
) -> Given:
    """Return the items that each way gives, and report what could not be given."""
    ways: dict[str, Chosen] = {
        CONTROL: nothing, "random": by_chance(seed), "newest": newest, "BM25": by_words(task)
    }  # fmt: skip
    found: dict[str, list[list[Item]]] = {}
    for name, choose in ways.items():
        lists = [choose(case, k) for case in asked]
        known = [items for items in lists if items is not None]
        if len(known) == len(lists):
            found[name] = known
        else:
            profiles = len(lists) - len(known)
            report.notes.append(
                f"The newest are left out: an item has no date in {profiles} "
                f"{'profile' if profiles == 1 else 'profiles'}."
            )
    with remembering(task, embedder) as memory:
        found["usermind"] = []
        for place, case in enumerate(asked):
            progress("Recalling", place, len(asked))
            found["usermind"].append(memory(case, k))
        progress("Recalling", len(asked), len(asked))
        if memory.unstored:
            report.counts["items private or in quarantine, never recalled"] = memory.unstored
    return found


def _by_model(
    report: Report,
    task: Task,
    asked: Sequence[Case],
    given: Given,
    asker: Asker,
    progress: Progress,
) -> Table:
    """Return what a model scores with each way's items, and report what it could not be scored by.

    Prompts that come again, as they do where two ways give the same items, are asked once.
    """
    prompts = [
        WrittenPrompt(prompt_of(task, case.question, items))
        for lists in given.values()
        for case, items in zip(asked, lists, strict=True)
    ]
    found = asker.all(prompts, progress=lambda done, total: progress("Asking", done, total))
    answers = ["" if answer is None else spoken(task, answer.answer) for answer in found]
    size = len(asked)
    said = {way: answers[at * size : (at + 1) * size] for at, way in enumerate(given)}
    report.settings["model"] = asker.reasoner.name
    report.notes.append(f"The model is {asker.reasoner.name}.")
    unusable = sum(answer is None for answer in found)
    unfit = sum(
        answer is not None and not fits(task, each)
        for answer, each in zip(found, answers, strict=True)
    )
    report.counts |= {"answers": len(answers), COUNTED_WRONG: unusable}
    if unfit:
        report.counts["answers that the task does not have"] = unfit
        taken = "as far off as can be" if task.form == "rating" else "wrong"
        report.notes.append(
            f"{unfit} of {len(answers)} answers are none of {', '.join(task.labels)}, and count as "
            f"{taken}."
        )
    report.answers += [
        Answered(
            question=case.question.id,
            kind=task.name,
            context=way,
            answer=None if answer is None else answer.answer,
            gold=(case.gold,),
            scores=score_of(task, spoken_answer, case.gold),
        )
        for (way, case), answer, spoken_answer in zip(
            ((way, case) for way in given for case in asked), found, answers, strict=True
        )
    ]
    table = _scores(task, "Reader: a model", asked, said)
    table.about = f"What it answers, given the items. {BETTER[task.form]}"
    return table


# -- scores -----------------------------------------------------------------------------------

READ: Mapping[str, str] = {
    "more words in common": "The reference of which more words stand in the items.",
    "most of them": "What most of the items have, of two the nearer one's.",
    "the mean": "The mean rating of the items.",
    "the nearest one": "What the first item has, copied.",
}
"""What each reader answers."""
BETTER: Mapping[str, str] = {
    "choice": "Higher is better; 95 % intervals by question, none for F1.",
    "label": "Higher is better; 95 % intervals by question, none for F1.",
    "rating": "Stars off: lower is better; 95 % intervals by question.",
    "text": "Words in common with the user's own text: higher is better; 95 % intervals by "
    "question.",
}
"""How the metrics of a form are read."""


def _scores(
    task: Task, title: str, asked: Sequence[Case], said: Mapping[str, Sequence[str]]
) -> Table:
    """Return the metrics of predictions, a line a way to choose."""
    table = Table(title)
    for way, answers in said.items():
        pairs = [(answer, case.gold) for answer, case in zip(answers, asked, strict=True)]
        for metric, figure in scored(task, pairs).items():
            table.put(way, metric, figure)
    return table


def scored(task: Task, pairs: Sequence[Pair]) -> dict[str, Figure]:
    """Return the metrics of a task over predictions and gold answers.

    Macro F1 has no interval: resamples lose labels, and with them score lower than what they are
    of.
    """
    if task.form == "text":
        return {
            "ROUGE-1": Figure.mean([lamp_metrics.rouge_1(*pair) for pair in pairs]),
            "ROUGE-L": Figure.mean([lamp_metrics.rouge_l(*pair) for pair in pairs]),
        }
    if task.form == "rating":
        low, high = grouped(pairs, lamp_metrics.rmse)
        return {
            "MAE": Figure.mean(lamp_metrics.absolute_errors(pairs), shares=False),
            "RMSE": Figure(lamp_metrics.rmse(pairs), low, high, len(pairs)),
        }
    return {
        "accuracy": Figure.mean([float(said == gold) for said, gold in pairs]),
        "F1, macro": Figure(lamp_metrics.macro_f1(pairs, task.labels), None, None, len(pairs)),
    }


def score_of(task: Task, said: str, gold: str) -> dict[str, float]:
    """Return what a single answer is worth, by the metrics of the task that one answer has."""
    if task.form == "text":
        return {
            "ROUGE-1": lamp_metrics.rouge_1(said, gold),
            "ROUGE-L": lamp_metrics.rouge_l(said, gold),
        }
    if task.form == "rating":
        return {"absolute error": lamp_metrics.absolute_errors([(said, gold)])[0]}
    return {"accuracy": float(said == gold)}


def _items(task: Task, asked: Sequence[Case], given: Given) -> Table:
    """Return what of the gold answers the items hold, whoever reads them."""
    about = f"The best ROUGE-1 of an item's {task.answer} with the answer."
    if task.form in ("label", "rating"):
        about = (
            "Questions for which an item has the answer; and the share of the items that have it."
        )
    elif task.form == "choice":
        about = "The best ROUGE-1 of an item's title with the reference that is cited."
    table = Table("Items given", about=f"{about} No prediction yet; higher is better.")
    for way, lists in given.items():
        if way == CONTROL:
            continue
        for case, items in zip(asked, lists, strict=True):
            for line, value in in_reach(task, case, items).items():
                table.add(way, line, value)
    return table


def in_reach(task: Task, case: Case, items: Sequence[Item]) -> dict[str, float]:
    """Return what of the gold answer the items hold: no prediction, whoever reads them.

    Of labels and ratings: whether any item has it, and the share that has it. Else: the best
    ROUGE-1 of an item's title or text with the gold one; for LaMP-1 with the title that is cited.
    """
    if task.form in ("label", "rating"):
        same = [item.fields[task.answer] == case.gold for item in items]
        return {
            "answer there": float(any(same)),
            "share with it": sum(same) / len(same) if same else 0.0,
        }
    gold = case.gold
    if pair := candidates(case.question.input) if task.form == "choice" else None:
        gold = pair[task.labels.index(case.gold)]
    best = max((lamp_metrics.rouge_1(i.fields[task.answer], gold) for i in items), default=0.0)
    return {"best ROUGE-1": best}


def spoken(task: Task, said: str) -> str:
    """Return a model's answer as the metrics compare it.

    >>> spoken(TASKS["LaMP-1"], "Reference [2] fits"), spoken(TASKS["LaMP-2"], " Sci-Fi ")
    ('[2]', 'sci-fi')
    """
    if task.form == "choice":
        found = re.search(r"\[([12])\]", said) or re.search(r"(?<!\w)([12])(?!\w)", said)
        return f"[{found[1]}]" if found else said
    return said.strip().lower() if task.form == "label" else said.strip()


def fits(task: Task, said: str) -> bool:
    """Tell whether an answer is one that the task can have.

    >>> fits(TASKS["LaMP-3"], "4.0"), fits(TASKS["LaMP-3"], "four"), fits(TASKS["LaMP-2"], "war")
    (True, False, False)
    """
    if task.form == "rating":
        return lamp_metrics.on_scale(said) is not None
    return said in task.labels if task.labels else True
