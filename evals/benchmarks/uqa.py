"""UQABench's seven kinds of questions, asked of every way that usermind represents a user.

    shoppers and their logs → memories → what each way gives → rules, a model → accuracy

Users and logs are drawn (`uqa_logs`), and each way to represent them (`uqa_ways`) is asked. At most
12 memories and 1,200 tokens come back, a token counted as four characters, as in a turn; a log has
72 events, and what is asked of the latest ones reaches back further than 12. Then the rules of
`uqa_reading` choose an option, and a model does too, if there is one.

Kinds have one question a user; the interval over all kinds is a bootstrap over whole users. Source:
UQABench, arXiv 2502.19178, for the kinds; its own logs are not public.
"""

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from usermind import Recollection
from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.asking import Asker, WrittenPrompt
from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.benchmarks.running import COUNTED_WRONG, Progress, embedder_name, silent
from usermind.evals.benchmarks.tables import Answered, Figure, Report, Table
from usermind.evals.benchmarks.uqa_logs import END, KINDS, Asked, Shopper, shoppers
from usermind.evals.benchmarks.uqa_reading import answered, lines_of
from usermind.evals.benchmarks.uqa_ways import WAYS, remembered
from usermind.graphs.context import RECALL_TOKENS, memory_line
from usermind.graphs.plan import within_budget
from usermind.models import Reasoner
from usermind.types import Embedder

USERS = 60
ALL = "all"


def run_uqa(
    users: int = USERS,
    *,
    embedder: Embedder,
    seed: int = 0,
    reasoner: Reasoner | None = None,
    asker: Asker | None = None,
    progress: Progress = silent,
) -> Report:
    """Return how many questions about their logs are answered right from each representation.

    Args:
        users: How many are drawn, each with a question of each kind.
        embedder: Of usermind.
        seed: Of the users and their logs.
        reasoner: Who reflects; None: the offline engine.
        asker: Puts the questions to a model; None: no model.
        progress: Is told what is being done, and how far it is.

    Raises:
        InvalidInputError: There are no users, or a recording lacks answers.
        ModelError: The model is down.
    """
    if users < 1:
        raise InvalidInputError(f"{users} users were asked for. Nothing was asked. Expected 1 or "
                                "more.")  # fmt: skip
    found, answers = measured(
        list(shoppers(users, seed=seed)),
        embedder=embedder,
        reasoner=reasoner,
        asker=asker,
        progress=progress,
    )
    report = Report(
        "uqa",
        {
            "users": users,
            "seed": seed,
            "embedder": embedder_name(embedder),
            "reflection": "offline" if reasoner is None else reasoner.name,
        },
        {"users": users, "questions": users * len(KINDS)},
        [_over_all(found), _by_kind("rules", found[0])],
    )
    if asker is not None:
        report.settings["model"] = asker.reasoner.name
        report.notes.append(f"The model is {asker.reasoner.name}.")
        report.answers = answers
        report.tables.append(_by_kind("model", found[1]))
        report.counts |= {"answers": asker.asked, COUNTED_WRONG: asker.unusable}
        unfit = sum(s.place is None for way in found[1].by_way.values() for s in way)
        if unfit > asker.unusable:
            report.counts["answers that name no option, counted as wrong"] = unfit - asker.unusable
    return report


@dataclass(frozen=True, slots=True)
class Score:
    """What became of one question."""

    user: int
    kind: str
    place: int | None
    """Of the option that was chosen; None: none was."""
    right: bool
    tokens: int


@dataclass(slots=True)
class Scores:
    """What became of all questions, by representation."""

    title: str
    by_way: dict[str, list[Score]] = field(default_factory=dict)

    def figure(self, way: str, kind: str) -> Figure | None:
        """Return the accuracy over a kind of question or `ALL`; None where it was not asked.

        That over all has an interval, and is None for a way that is not asked of all kinds.
        """
        scores = [s for s in self.by_way.get(way, ()) if kind in (ALL, s.kind)]
        if not scores:
            return None
        share = statistics.fmean(score.right for score in scores)
        if kind != ALL:
            return Figure(share, None, None, len(scores))
        if len({score.kind for score in scores}) < len(KINDS):
            return None
        users: dict[int, list[bool]] = {}
        for score in scores:
            users.setdefault(score.user, []).append(score.right)
        low, high = grouped(
            list(users.values()), lambda some: statistics.fmean(hit for one in some for hit in one)
        )
        return Figure(share, low, high, len(scores))

    def tokens(self, way: str) -> float:
        """Return the mean tokens of what a question was given."""
        return statistics.fmean(score.tokens for score in self.by_way[way])


@dataclass(frozen=True, slots=True)
class _Case:
    """A question with what one way gives."""

    way: str
    user: int
    asked: Asked
    tokens: int
    place: int
    """Of the option that the rules choose."""
    prompt: WrittenPrompt


def measured(
    people: Sequence[Shopper],
    *,
    embedder: Embedder,
    reasoner: Reasoner | None = None,
    asker: Asker | None = None,
    progress: Progress = silent,
) -> tuple[list[Scores], list[Answered]]:
    """Return what the reader by rules scores, and after it what the model does, if there is one.

    Beside them stand the model's answers, one by one.

    Args:
        people: Who is asked about.
        embedder: As `MemoryStore` takes it.
        reasoner: Who reflects; None: the offline engine.
        asker: Puts the questions to a model; None: no model.
        progress: Is told what is being done, and how far it is.
    """
    cases: list[_Case] = []
    for done, shopper in enumerate(people):
        progress("Remembering", done, len(people))
        cases += _cases(shopper, embedder, reasoner)
    progress("Remembering", len(people), len(people))
    found = [_scores("rules", cases, [case.place for case in cases])]
    if asker is not None:
        answers = asker.all(
            [case.prompt for case in cases],
            progress=lambda done, total: progress("Asking", done, total),
        )
        said = [None if answer is None else _option(answer.answer) for answer in answers]
        found.append(_scores("model", cases, said))
        return found, [
            Answered(
                question=case.asked.id,
                kind=case.asked.kind,
                context=case.way,
                answer=None if answer is None else answer.answer,
                gold=(case.asked.options[case.asked.gold].text,),
                scores={"right": float(place == case.asked.gold)},
            )
            for case, answer, place in zip(cases, answers, said, strict=True)
        ]
    return found, []


def _cases(shopper: Shopper, embedder: Embedder, reasoner: Reasoner | None) -> list[_Case]:
    """Return each question about a shopper with what each way gives."""
    cases = []
    with remembered(shopper, embedder=embedder, reasoner=reasoner) as memory:
        for asked in shopper.questions:
            for way, given in WAYS.items():
                hits = given(memory, asked)
                if hits is None:
                    continue
                hits, tokens = _fitted(hits, limited=way != "whole log")
                place = answered(asked, [line for hit in hits for line in lines_of(hit)])
                prompt = _prompt(asked, hits)
                cases.append(_Case(way, shopper.number, asked, tokens, place, prompt))
    return cases


def _scores(title: str, cases: Sequence[_Case], places: Iterable[int | None]) -> Scores:
    scores = Scores(title)
    for case, place in zip(cases, places, strict=True):
        asked = case.asked
        score = Score(case.user, asked.kind, place, place == asked.gold, case.tokens)
        scores.by_way.setdefault(case.way, []).append(score)
    return scores


def _fitted(hits: Sequence[Recollection], *, limited: bool) -> tuple[list[Recollection], int]:
    """Return what fits the budget of a turn, and its tokens."""
    lines = [memory_line(hit).render() for hit in hits]
    fit = within_budget(lines, tokens=RECALL_TOKENS) if limited else len(lines)
    return list(hits[:fit]), sum(len(line) // 4 + 1 for line in lines[:fit])


def _prompt(asked: Asked, hits: Sequence[Recollection]) -> WrittenPrompt:
    lines = "\n".join(memory_line(hit).render() for hit in hits) or "(nothing)"
    return WrittenPrompt(
        f"Today is {END:%Y-%m-%d}. This is known of the user who asks:\n{lines}\n\n"
        f"{asked.message()}\n\nAnswer with the letter of the option that fits best."
    )


def _option(said: str) -> int | None:
    """Return the place of the option that an answer names; None where it names none."""
    letter = re.match(r"\W*([A-D])\b", said.upper())
    return ord(letter[1]) - ord("A") if letter else None


# -- tables -----------------------------------------------------------------------------------

OVER_ALL = (
    "Share of the questions answered right; one of four options is right, so 0.25 is chance. "
    "95 % intervals by user. Tokens: what a question was given."
)
OF_KINDS = (
    "df: the n-th last thing; df+: the last one for somebody; mf: how often; ip, ap: the next "
    "thing and its brand; li, si: long and short interests; it: how they moved."
)


def _over_all(found: Sequence[Scores]) -> Table:
    table = Table("All kinds", about=OVER_ALL)
    for way in found[0].by_way:
        figures = {scores.title: scores.figure(way, ALL) for scores in found}
        for title, figure in figures.items():
            if figure is not None:
                table.put(way, title, figure)
        if any(figures.values()):
            count = len(found[0].by_way[way])
            table.put(way, "tokens", Figure(found[0].tokens(way), None, None, count))
    return table


def _by_kind(reader: str, scores: Scores) -> Table:
    table = Table(f"By kind, {reader}", about=OF_KINDS)
    for way in scores.by_way:
        for kind in KINDS:
            if figure := scores.figure(way, kind):
                table.put(way, SHORT.get(kind, kind), figure)
    return table


SHORT = {"df, for somebody": "df+"}
"""Names of columns."""
