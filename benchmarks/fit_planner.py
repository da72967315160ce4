"""Fit what the planner of `graphs/plan.py` decides by, always scored on what was left out.

    python -m benchmarks.fit_planner LOCOMO.json --personabench FOLDER [--vectors CACHE.npz]

Two decisions, each by the shipped rule, and by a logistic regression on cheap features:

    whether a message needs anything: `ENOUGH`      against best scores, names, pronouns, form
    what is shown beside the best memory: `WORTH`   against a fixed share of the best score

Left out of a fit: one conversation of LoCoMo or person of PersonaBench, and a fifth of the groups
of `data/none_fit.txt`. The messages of `data/none_turns.txt` are in no fit.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from benchmarks.context import none_turns
from benchmarks.retrieval import CachedMiniLM, Floats, parser

from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.evals.benchmarks.locomo_files import read_locomo
from usermind.evals.benchmarks.logistic import logistic
from usermind.evals.benchmarks.personabench_files import read_personabench
from usermind.evals.benchmarks.retrieval import filled, recall_at
from usermind.graphs.context import RECALL_K, RECALL_TOKENS, memory_line
from usermind.graphs.plan import (
    ENOUGH,
    WORTH,
    WORTH_SHOWING,
    is_personal,
    plan_sources,
    within_budget,
)

NONE_FIT = Path(__file__).parent / "data" / "none_fit.txt"
TURNS = ("looked at", "not looked at")
"""Groups of the messages of `none_turns`, by turns."""
RIDGE = 1.0
SHARES = (0.05, 0.1, 0.15, 0.2)
"""Of the best score, from which on the old rule showed a memory."""
FLOORS = (0.03, 0.05, 0.07, 0.1, 0.12, 0.15, 0.2, 0.3)
"""Tried for `ENOUGH`."""
LOSS = 0.002
"""Evidence recall that a floor may cost on either data set."""
CUTS = (0.004, 0.005, 0.006, 0.007, 0.008, 0.01, 0.012)
"""Tried for `WORTH_SHOWING`."""
SURE = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Probabilities of need from which on the regression searches."""
_MINE = re.compile(r"\b(?:my|mine|myself|ours?)\b|\bremember\b|\byou (?:know|said|told)\b", re.I)
_FEATURES = ("bias", "best", "third", "last", "named", "mine", "I", "quote", "?", "length", "digit")
_WITHOUT_FORM = (0, 1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one memory, and what recall finds for it."""

    corpus: Corpus
    text: str
    group: str
    """`""` of a question, one of `TURNS` of `none_turns`, else a group of `none_fit.txt`."""
    question: Question | None
    hits: tuple[tuple[str, float, int], ...]
    """Unit, score and tokens, best first."""
    personal: bool
    named: bool
    """It names somebody known, and does not speak of its author."""

    @property
    def best(self) -> float:
        """Score of the best memory; 0 without any, and of a courtesy."""
        return self.hits[0][1] if self.hits and plan_sources(self.text) else 0.0

    def features(self) -> list[float]:
        """Return (features,)."""
        scores = [score for _, score, _ in self.hits] or [0.0]
        return [
            1.0,
            _log_odds(scores[0]),
            _log_odds(scores[: 3][-1]),
            _log_odds(scores[-1]),
            self.named,
            _MINE.search(self.text) is not None,
            re.search(r"\b(?:I|me|we|us)\b", self.text) is not None,
            re.search(r"[\"'“].+[\"'”]", self.text) is not None,
            "?" in self.text,
            np.log1p(len(self.text.split())),
            re.search(r"\d", self.text) is not None,
        ]  # fmt: skip

    def given(self, shown: Sequence[bool]) -> tuple[float, int]:
        """Return the recall of the evidence, and the tokens, of the hits that are shown."""
        kept = [hit for hit, show in zip(self.hits, shown, strict=True) if show]
        fit = within_budget(["x" * 4 * (tokens - 1) for _, _, tokens in kept], tokens=RECALL_TOKENS)
        units = [unit for unit, _, _ in kept[:fit]]
        found = recall_at(units, self.question, len(units)) if self.question else 0.0
        return found, sum(tokens for _, _, tokens in kept[:fit])


def _log_odds(score: float) -> float:
    within = min(max(score, 1e-4), 1 - 1e-4)
    return float(np.log(within / (1 - within)))


def messages(embedder: CachedMiniLM, given: Iterator[Corpus]) -> Iterator[Message]:
    """Yield the questions of each memory, and to each memory what needs none."""
    lines = NONE_FIT.read_text("utf-8").splitlines()
    none = [line.partition("\t")[::2] for line in lines if not line.startswith("#")]
    none += [(TURNS[place % 2], text) for place, text in enumerate(none_turns())]
    for corpus in given:
        ids = [str(draft.external_id) for draft in corpus.drafts]
        unit = dict(zip(ids, corpus.units, strict=True))
        with filled(embedder, corpus) as memory:
            authors = memory.authors()
            asked = [("", question.text, question) for question in corpus.questions]
            for group, text, question in [*asked, *((g, t, None) for g, t in none)]:
                hits = tuple(
                    (
                        unit[str(hit.external_id)],
                        hit.score,
                        len(memory_line(hit).render()) // 4 + 1,
                    )
                    for hit in memory.recall(text, k=RECALL_K)
                )
                mine, known = is_personal(text), is_personal(text, authors)
                yield Message(corpus, text, group, question, hits, known, known and not mine)


# -- whether anything is needed -----------------------------------------------------------


def by_floor(found: Sequence[Message], floor: float) -> list[bool]:
    """Return (messages,) whether the rule searches, by this floor for what is not personal."""
    return [each.best > 0 and (each.personal or each.best >= floor) for each in found]


def chosen_floor(found: Sequence[Message]) -> float:
    """Return the highest floor that costs no data set more than `LOSS` of its evidence."""
    fit = [floor for floor in FLOORS if max(_lost(found, by_floor(found, floor))) <= LOSS]
    return max(fit, default=min(FLOORS))


def _lost(found: Sequence[Message], needs: Sequence[bool]) -> list[float]:
    losses = []
    for data in dict.fromkeys(each.corpus.data for each in found):
        here = [
            0.0 if need else each.given([True] * len(each.hits))[0]
            for each, need in zip(found, needs, strict=True)
            if each.question and each.corpus.data == data
        ]
        losses.append(float(np.mean(here)))
    return losses


def by_regression(
    found: Sequence[Message], columns: Sequence[int], sure: float
) -> list[bool | None]:
    """Return (messages,) whether a regression that saw none of this searches; None: not asked."""
    x = np.array([each.features() for each in found], np.float64)[:, list(columns)]
    needs = np.array([each.question is not None for each in found])
    users = np.array([each.corpus.user for each in found])
    group = np.array([each.group for each in found])
    groups = np.random.default_rng(0).permutation(sorted(set(group) - {"", *TURNS}))
    courtesy = np.array([each.best == 0 for each in found])
    penalty = np.array([1e-6] + [RIDGE] * (len(columns) - 1))
    answers: list[bool | None] = [None] * len(found)
    for place, user in enumerate(names := sorted(set(users))):
        out = set(groups[place :: len(names)])
        held_out = np.array([name in out for name in group])
        train = (users != user) & ~held_out & ~np.isin(group, TURNS) & ~courtesy
        share = np.where(needs[train], 1 / needs[train].sum(), 1 / (~needs[train]).sum())
        weights = logistic(
            np.repeat(
                x[train], times := np.maximum(1, (share / share.min()).round().astype(int)), 0
            ),
            np.repeat(needs[train], times),
            penalty,
        )
        for at in np.flatnonzero((users == user) & (needs | held_out | np.isin(group, TURNS))):
            likely = 1 / (1 + np.exp(-float(x[at] @ weights)))
            answers[at] = bool(likely >= sure and not courtesy[at])
    return answers


def told(name: str, found: Sequence[Message], needs: Sequence[bool | None]) -> str:
    """Return a line: evidence recall of the questions, and shares of "none" of the rest."""
    cells = []
    for data in dict.fromkeys(each.corpus.data for each in found):
        rows = [
            (each, need)
            for each, need in zip(found, needs, strict=True)
            if each.corpus.data == data and need is not None
        ]
        recall = [
            each.given([True] * len(each.hits))[0] if need else 0.0
            for each, need in rows
            if each.question
        ]
        turned = [not need for each, need in rows if each.question]
        cells.append(f"{data}: evidence {np.mean(recall):.3f}, turned away {np.mean(turned):.3f}")
        for what in ("fit", *TURNS):
            groups = (what,) if what in TURNS else _groups(found)
            none = [not need for each, need in rows if each.group in groups]
            cells.append(f"none, {what} {np.mean(none):.3f}")
    return f"{name:<28} {'; '.join(cells)}"


def _groups(found: Sequence[Message]) -> set[str]:
    return {each.group for each in found} - {"", *TURNS}


# -- what is shown ------------------------------------------------------------------------


def ranked(each: Message) -> Floats:
    """Return (hits, 4): bias, own log-odds, those of the best, logarithm of the rank."""
    return np.array(
        [
            [1.0, _log_odds(score), _log_odds(each.hits[0][1]), np.log(rank)]
            for rank, (_, score, _) in enumerate(each.hits, 1)
        ],
        np.float32,
    )


def fitted_worth(found: Sequence[Message]) -> tuple[float, ...]:
    """Return the weights of `worth`."""
    x = np.vstack([ranked(each) for each in found]).astype(np.float64)
    y = np.concatenate([_is_evidence(each) for each in found])
    return tuple(logistic(x, y, np.array([1e-6, RIDGE, RIDGE, RIDGE])).tolist())


def _is_evidence(each: Message) -> list[bool]:
    assert each.question is not None
    units = set().union(*each.question.answers)
    return [unit in units for unit, _, _ in each.hits]


def worths(each: Message, weights: Sequence[float]) -> list[float]:
    """Return (hits,) the probability of each to be evidence; the best is always shown."""
    total = ranked(each).astype(np.float64) @ np.array(weights)
    return [1.0, *(1 / (1 + np.exp(-total[1:]))).tolist()]


def shown_line(name: str, found: Sequence[tuple[float, int]]) -> str:
    """Return a line: evidence recall and tokens."""
    recall, tokens = np.mean(np.array(found), axis=0)
    return f"{name:<28} evidence {recall:.4f}  tokens {tokens:.0f}"


def main() -> None:
    """Run and print."""
    flags = parser(__doc__)
    flags.add_argument("locomo", type=Path)
    flags.add_argument("--personabench", type=Path, required=True)
    options = flags.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    given = chain(read_locomo(options.locomo), read_personabench(options.personabench))
    found = list(messages(embedder, given))
    embedder.save()
    print(f"Whether anything is needed, {len(found)} messages; shipped: ENOUGH = {ENOUGH}")
    for floor in FLOORS:
        print(told(f"floor {floor}", found, by_floor(found, floor)))
    users = sorted({each.corpus.user for each in found})
    floors = {u: chosen_floor([m for m in found if m.corpus.user != u]) for u in users}
    left_out = [by_floor([each], floors[each.corpus.user])[0] for each in found]
    print(told("floor, left out", found, left_out), floors)
    for name, columns in (("all", range(len(_FEATURES))), ("without form", _WITHOUT_FORM)):
        for sure in SURE:
            answers = by_regression(found, list(columns), sure)
            print(told(f"regression, {name}, {sure}", found, answers))
    print(f"\nWhat is shown; shipped: WORTH = {WORTH}, WORTH_SHOWING = {WORTH_SHOWING}")
    asked = [each for each in found if each.question and each.hits]
    talks = [each for each in asked if each.corpus.data == "locomo"]
    every = fitted_worth(talks)
    by_user = {
        user: fitted_worth([each for each in talks if each.corpus.user != user])
        for user in {each.corpus.user for each in talks}
    }
    for data in ("locomo", "personabench"):
        here = [each for each in asked if each.corpus.data == data]
        print(f"{data}, {len(here)} questions")
        for share in SHARES:
            kept = [e.given([s >= share * e.hits[0][1] for _, s, _ in e.hits]) for e in here]
            print(shown_line(f"share of the best {share}", kept))
        for cut in CUTS:
            kept = [
                e.given([p >= cut for p in worths(e, by_user.get(e.corpus.user, every))])
                for e in here
            ]
            print(shown_line(f"worth {cut}, left out", kept))
    print(json.dumps({"WORTH": [round(weight, 3) for weight in every]}))


if __name__ == "__main__":
    main()
