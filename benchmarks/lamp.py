"""LaMP's seven tasks: what recall gives a model about a user, beside simpler ways to choose.

    python -m benchmarks.lamp --task LaMP-3 --questions FILE --outputs FILE
        [--k 4] [--limit N] [--model URL] [--embedder URL] [--seed 0] [--json FILE]
    python -m benchmarks.lamp --synthetic [--task LaMP-3] [--users 60]

The files are those of lamp-benchmark.github.io; with `--synthetic` small ones are drawn
(`lamp_synthetic.py`). Each question's profile becomes the memory of one user: an observation an
item, with its date, holding the text that LaMP searches; what may be younger than the question is
not given. Then k items are chosen: by `recall`, by BM25 as LaMP computes it, the newest, by chance,
or none. Without a model the items themselves are scored, and the plainest predictions from them:
the label that most of them have, the nearest one's label or title. Those say what a choice of items
is worth to a reader who only copies. With `--model` an endpoint answers LaMP's prompt over the
same items. Source: arXiv 2304.11406; 95 % intervals by question.
"""

import argparse
import json
import math
import random
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import lamp_synthetic
from benchmarks.asking import Asker

from usermind import Draft, MemoryStore
from usermind.evals.benchmarks import lamp_metrics
from usermind.evals.benchmarks.intervals import bootstrap, grouped
from usermind.evals.benchmarks.lamp_files import Case, FileFaultError, Report, cases
from usermind.evals.benchmarks.lamp_metrics import Pair
from usermind.evals.benchmarks.lamp_tasks import TASKS, Item, Task, candidates, prompt_of
from usermind.models import connect
from usermind.testing import StoppedClock
from usermind.types import Embedder

K = 4
"""Items given, LaMP's default."""
K1, B, FLOOR = 1.5, 0.75, 0.25
"""Constants of BM25Okapi in the package rank_bm25, which LaMP uses."""
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Time of the first item that has none; each next one is a second younger."""

Chosen = Callable[[Case, int], list[Item] | None]
"""Returns the items given, best first; None where it cannot say."""


# -- ways to choose -------------------------------------------------------------------------


def nothing(_case: Case, _k: int) -> list[Item]:
    """Return no item: the control."""
    return []


def by_chance(seed: int) -> Chosen:
    """Return what draws items, the same for the same seed and question."""

    def chosen(case: Case, k: int) -> list[Item]:
        rng = random.Random(f"{seed} {case.question.id}")
        return rng.sample(case.items, min(k, len(case.items)))

    return chosen


def newest(case: Case, k: int) -> list[Item] | None:
    """Return the items of the latest dates, ties as in the file; None where one has no date."""
    dated = [(item.date.first, item) for item in case.items if item.date is not None]
    if len(dated) < len(case.items):
        return None
    return [item for _, item in sorted(dated, key=lambda pair: pair[0], reverse=True)][:k]


def by_words(task: Task) -> Chosen:
    """Return what chooses by BM25 over words between spaces, as LaMP does."""

    def chosen(case: Case, k: int) -> list[Item]:
        texts = [task.searched(item).split() for item in case.items]
        scores = okapi(case.query.split(), texts)
        order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
        return [case.items[place] for place in order[:k]]

    return chosen


def okapi(query: Sequence[str], texts: Sequence[Sequence[str]]) -> list[float]:
    """Return BM25Okapi of each text; what is negative of an idf becomes `FLOOR` of their mean.

    Source: Robertson & Zaragoza 2009, with the floor of the package rank_bm25.
    """
    if not texts:
        return []
    mean = statistics.fmean(map(len, texts)) or 1.0
    holding = Counter(word for text in texts for word in set(text))
    idf = {word: math.log((len(texts) - n + 0.5) / (n + 0.5)) for word, n in holding.items()}
    floor = FLOOR * statistics.fmean(idf.values()) if idf else 0.0
    idf = {word: value if value >= 0 else floor for word, value in idf.items()}
    scores = []
    for text in texts:
        counts, length = Counter(text), K1 * (1 - B + B * len(text) / mean)
        scores.append(
            sum(
                idf[word] * counts[word] * (K1 + 1) / (counts[word] + length)
                for word in query
                if word in counts
            )
        )
    return scores


@dataclass(slots=True)
class Remembering:
    """Chooses by `UserMemory.recall`: every question's profile is one user of the store."""

    task: Task
    store: MemoryStore
    clock: StoppedClock
    unstored: int = 0
    """Items that the privacy gate or the quarantine keeps from recall."""

    def __call__(self, case: Case, k: int) -> list[Item]:
        """Return the items that recall gives."""
        if not case.items:
            return []
        dates = [item.date.last for item in case.items if item.date]
        asked = case.question.date.first if case.question.date else None
        self.clock.now = asked or max([*dates, UNDATED + timedelta(days=1)]) + timedelta(days=1)
        user = self.store.user(f"{self.task.name} {case.question.row}")
        receipts = user.observe_many([self._draft(item) for item in case.items])
        self.unstored += sum(r.outcome == "private" or bool(r.quarantine) for r in receipts)
        if not user.exists:
            return []  # all of it is private
        user.embed()
        hits = user.recall(case.query, k=k, kinds=["observation"])
        by_row = {f"item {item.row}": item for item in case.items}
        found = [by_row[str(hit.external_id)] for hit in hits]
        user.forget_everything()
        return found

    def _draft(self, item: Item) -> Draft:
        return Draft(
            text=self.task.searched(item),
            at=item.date.first if item.date else UNDATED + timedelta(seconds=item.row),
            source=self.task.name,
            session=f"item {item.row}",  # an item is no turn of a conversation with the next
            external_id=f"item {item.row}",
        )


@contextmanager
def remembering(task: Task, embedder: Embedder | str | None) -> Iterator[Remembering]:
    """Yield a fresh store to choose from."""
    clock = StoppedClock(UNDATED)
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder, clock=clock) as store,
    ):
        yield Remembering(task, store, clock)


# -- predictions without a model --------------------------------------------------------------

Read = Callable[[Case, Sequence[Item]], str]
"""Returns the answer to a question, given items, best first."""


def readers(task: Task, seed: int) -> Mapping[str, Read]:
    """Return the plain predictions of a task by name; each says something also without items."""

    def unread(case: Case) -> str:
        rng = random.Random(f"guess {seed} {case.question.id}")
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
        there = {word for item in items for word in lamp_metrics.words(task.searched(item))}
        pair = candidates(case.question.input)
        assert pair is not None, "its query was read"
        shares = [_share(lamp_metrics.words(text), there) for text in pair]
        if shares[0] == shares[1]:
            return unread(case)
        return task.labels[shares[1] > shares[0]]

    match task.form:
        case "choice":
            return {"more words in common": overlap}
        case "label":
            return {"majority label": majority, "nearest one's label": nearest}
        case "rating":
            return {"mean": mean, "majority": majority, "nearest one's": nearest}
        case "text":
            return {f"copy of the nearest one's {task.answer}": nearest}


def _share(words: Sequence[str], there: set[str]) -> float:
    return sum(word in there for word in words) / len(words) if words else 0.0


def _opening(text: str) -> str:
    """Return the first sentence, at most ten words: what a title without a user might be."""
    return " ".join(re.split(r"(?<=[.!?])\s", text)[0].split()[:10])


# -- scores -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over all questions."""

    value: float
    interval: tuple[float, float] | None
    """None for macro F1: resamples lose labels, and with them score lower than what they are of."""

    def __str__(self) -> str:
        shown = "" if self.interval is None else "{:.3f}–{:.3f}".format(*self.interval)
        return f"{self.value:.3f} {shown:11}"


def scored(task: Task, pairs: Sequence[Pair]) -> dict[str, Figure]:
    """Return the metrics of a task over predictions and gold answers."""
    if task.form == "text":
        return {
            "ROUGE-1": _mean([lamp_metrics.rouge_1(*pair) for pair in pairs]),
            "ROUGE-L": _mean([lamp_metrics.rouge_l(*pair) for pair in pairs]),
        }
    if task.form == "rating":
        return {
            "MAE": _mean(lamp_metrics.absolute_errors(pairs)),
            "RMSE": Figure(lamp_metrics.rmse(pairs), grouped(pairs, lamp_metrics.rmse)),
        }
    return {
        "accuracy": _mean([float(said == gold) for said, gold in pairs]),
        "F1, macro": Figure(lamp_metrics.macro_f1(pairs, task.labels), None),
    }


def in_reach(task: Task, case: Case, items: Sequence[Item]) -> dict[str, float]:
    """Return what of the gold answer the items hold: no prediction, whoever reads them.

    Of labels and ratings: whether any item has it, and the share that has it. Else: the best
    ROUGE-1 of an item's title or text with the gold one; for LaMP-1 with the title that is cited.
    """
    if task.form in ("label", "rating"):
        same = [item.fields[task.answer] == case.gold for item in items]
        return {
            "an item has the gold label": float(any(same)),
            "share of items that have it": sum(same) / len(same) if same else 0.0,
        }
    gold = case.gold
    if pair := candidates(case.question.input) if task.form == "choice" else None:
        gold = pair[task.labels.index(case.gold)]
    best = max((lamp_metrics.rouge_1(i.fields[task.answer], gold) for i in items), default=0.0)
    return {f"best ROUGE-1 of an item's {task.answer}": best}


def spoken(task: Task, said: str) -> str:
    """Return a model's answer as the metrics compare it.

    >>> spoken(TASKS["LaMP-1"], "Reference [2] fits"), spoken(TASKS["LaMP-2"], " Sci-Fi ")
    ('[2]', 'sci-fi')
    """
    if task.form == "choice":
        found = re.search(r"\[([12])\]", said) or re.search(r"(?<!\w)([12])(?!\w)", said)
        return f"[{found[1]}]" if found else said
    return said.strip().lower() if task.form == "label" else said.strip()


def _mean(values: Sequence[float]) -> Figure:
    return Figure(statistics.fmean(values), bootstrap(values))


@dataclass(slots=True)
class Result:
    """The figures of one task: by line, by way to choose."""

    task: str
    report: Report
    figures: dict[str, dict[str, Figure]] = field(default_factory=dict)
    unstored: int = 0
    asked: int = 0
    unusable: int = 0

    def show(self) -> None:
        """Print them side by side."""
        print(f"\n{self.task}: " + "; ".join(self.report.lines()))
        if self.unstored:
            print(f"{self.unstored} items are private or in quarantine, and never recalled")
        if self.asked:
            print(f"{self.asked} questions to the model, {self.unusable} answers unusable")
        names = list(dict.fromkeys(name for line in self.figures.values() for name in line))
        print(f"{'':<48}" + "".join(f"{name:>20}" for name in names))
        for line, cells in self.figures.items():
            shown = (str(cells[name]) if name in cells else "–" for name in names)
            print(f"{line:<48}" + "".join(f"{cell:>20}" for cell in shown))


def measured(
    task: Task,
    asked: Sequence[Case],
    report: Report,
    *,
    embedder: Embedder | str | None = None,
    k: int = K,
    seed: int = 0,
    asker: Asker | None = None,
) -> Result:
    """Return the figures of a task over questions.

    Args:
        task: Which.
        asked: The questions, at least one.
        report: What the files held.
        embedder: As `MemoryStore` takes it.
        k: Items given, at least 1.
        seed: Of what is drawn by chance.
        asker: Puts the prompts to a model; None: no model.
    """
    result = Result(task.name, report)
    read = readers(task, seed)
    with remembering(task, embedder) as memory:
        ways: dict[str, Chosen] = {
            "no memory": nothing, "random": by_chance(seed), "newest": newest,
            "BM25": by_words(task), "usermind": memory,
        }  # fmt: skip
        for name, choose in ways.items():
            given = [choose(case, k) for case in asked]
            if any(items is None for items in given):
                continue  # an item without a date: nobody knows which is the newest
            whole = [items or [] for items in given]
            _fill(result, task, name, asked, whole, read, asker)
        result.unstored = memory.unstored
    if asker is not None:
        result.asked, result.unusable = asker.asked, asker.unusable
    return result


def _fill(
    result: Result,
    task: Task,
    name: str,
    asked: Sequence[Case],
    given: Sequence[Sequence[Item]],
    read: Mapping[str, Read],
    asker: Asker | None,
) -> None:
    """Add the column of one way to choose."""
    if name != "no memory":
        held = [in_reach(task, case, items) for case, items in zip(asked, given, strict=True)]
        for line in held[0]:
            values = [each[line] for each in held]
            result.figures.setdefault(line, {})[name] = _mean(values)
    answers = {
        title: [reader(case, items) for case, items in zip(asked, given, strict=True)]
        for title, reader in read.items()
    }
    if asker is not None:
        answers["model"] = [
            spoken(task, asker(prompt_of(task, case.question, items)))
            for case, items in zip(asked, given, strict=True)
        ]
    for title, said in answers.items():
        pairs = [(each, case.gold) for each, case in zip(said, asked, strict=True)]
        for metric, figure in scored(task, pairs).items():
            result.figures.setdefault(f"{title}: {metric}", {})[name] = figure


# -- the command line ---------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Read or draw the files, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--task", choices=list(TASKS), help="which; with --synthetic: else all")
    parser.add_argument("--questions", type=Path, help="LaMP's …_questions.json")
    parser.add_argument("--outputs", type=Path, help="LaMP's …_outputs.json")
    parser.add_argument("--synthetic", action="store_true", help="draw the files")
    parser.add_argument("--users", type=int, default=60, help="to draw")
    parser.add_argument("--model", help="URL of an OpenAI-compatible endpoint; else none")
    parser.add_argument("--embedder", help="URL, folder or name; else MiniLM")
    parser.add_argument("--k", type=int, default=K, help="items given")
    parser.add_argument("--limit", type=int, help="questions, the first of the file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    if min(options.k, options.users, options.limit or 1) < 1:
        parser.error("--k, --users and --limit must be at least 1.")
    if options.synthetic == bool(options.questions or options.outputs):
        parser.error("Pass --questions with --outputs, or --synthetic.")
    if not options.synthetic and not (options.task and options.questions and options.outputs):
        parser.error("--task, --questions and --outputs belong together.")
    results = []
    for name in [options.task] if options.task else TASKS:
        with tempfile.TemporaryDirectory() as folder:
            paths = options.questions, options.outputs
            if options.synthetic:
                paths = lamp_synthetic.written(
                    name, Path(folder), users=options.users, seed=options.seed
                )
            results.append(_run(TASKS[name], *paths, options))
        results[-1].show()
    if options.json:
        made = {r.task: {**_plain(r), "report": list(r.report.lines())} for r in results}
        options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _run(task: Task, questions: Path, outputs: Path, options: argparse.Namespace) -> Result:
    try:
        asked, report = cases(task, questions, outputs)
    except FileFaultError as error:
        raise SystemExit(str(error)) from error
    asker = Asker(connect(options.model)) if options.model else None
    asked = asked[: options.limit]
    report.scored = len(asked)
    return measured(
        task, asked, report, embedder=options.embedder, k=options.k, seed=options.seed, asker=asker
    )


def _plain(result: Result) -> dict[str, object]:
    return {
        line: {name: [cell.value, cell.interval] for name, cell in cells.items()}
        for line, cells in result.figures.items()
    }


if __name__ == "__main__":
    main()
