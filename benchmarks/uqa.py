"""UQABench's seven kinds of questions, asked of every way that usermind represents a user.

    python -m benchmarks.uqa [--users 60] [--seed 0] [--model URL] [--embedder URL] [--json FILE]

Users and logs are drawn by `uqa_logs.py`. Whatever is compared is made from the same log:

- Observations: every event's sentence, as observed behaviour, with its time.
- Entities: the same sentences through `entities.record`, linked by the shop's catalogue (thing,
  brand, kind, shop), which is all that the sentences name.
- Propositions: what reflection makes of the observations; the offline engine, or the model.
- Profile: `profile(task="shopping")`, by rules, made from the propositions.
- Concepts: the user's own note of one person or pet whom they shop for, and what these want; events
  say both too. No other question is about a concept, so only that kind is asked of them.

A question goes to each with its options, as a user would send it, so whatever is found by name can
be: brands and kinds of things stand in the options, of wrong ones too. At most 12 memories and
1,200 tokens come back, a token counted as four characters, as in a turn; a log has 72 events, and
what is asked of the latest ones reaches back further than 12. "nothing" is the control, and "whole
log" all sentences: what the reader could do at best. "planner" is what a turn is given
(`graphs.context`). Then the rules of `uqa_reading.py` choose an option, and with `--model` an
endpoint does too. Kinds have one question a user, so their intervals are Wilson's; that of "all"
is a bootstrap over whole users. Source: UQABench, arXiv 2502.19178, for the kinds.
"""

import argparse
import json
import re
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.uqa_logs import END, KINDS, Asked, Event, Shopper, shoppers
from benchmarks.uqa_reading import answered, lines_of

from usermind import Concept, Draft, MemoryStore, Recollection, UserMemory
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.results import interval as wilson
from usermind.graphs.context import RECALL_K, RECALL_TOKENS, memory_line, planned, recalled
from usermind.graphs.plan import within_budget
from usermind.models import Reasoner, connect
from usermind.testing import StoppedClock
from usermind.types import Embedder, Kind

TASK = "shopping"
"""Of the profile."""

Given = Callable[[UserMemory, Asked], list[Recollection] | None]
"""Returns what a question is given, best first; None where the way does not apply to it."""


# -- representations --------------------------------------------------------------------------


def nothing(_memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return no memory: the control."""
    return []


def searched(*kinds: Kind) -> Given:
    """Return what recalls some kinds of memory for the question."""

    def given(memory: UserMemory, asked: Asked) -> list[Recollection]:
        return memory.recall(asked.message(), k=RECALL_K, kinds=kinds or None)

    return given


def newest(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return the observations made last."""
    return memory.recall("", k=RECALL_K, kinds=["observation"])


def most_met(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return the entities with most events."""
    return memory.recollect([entity.id for entity in memory.entities.list(RECALL_K)])


def summed_up(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return the profile."""
    return memory.recollect([memory.profile(task=TASK).id])


def noted(memory: UserMemory, asked: Asked) -> list[Recollection] | None:
    """Return the concepts that a question names; None for questions about nobody."""
    if asked.kind != "df, for somebody":
        return None
    return memory.recall(asked.message(), k=RECALL_K, kinds=["concept"])


def chosen(memory: UserMemory, asked: Asked) -> list[Recollection]:
    """Return what a turn is given."""
    message = asked.message()
    plan = planned(memory, message)
    return recalled(memory, message, plan, exclude=(), recipient="offline")


def whole(memory: UserMemory, _asked: Asked) -> list[Recollection]:
    """Return all observations, whatever they cost."""
    return memory.recall("", k=max(1, memory.count_observations()), kinds=["observation"])


WAYS: Mapping[str, Given] = {
    "nothing": nothing,
    "observations, recalled": searched("observation"),
    "observations, newest": newest,
    "propositions": searched("proposition"),
    "profile": summed_up,
    "entities, named": searched("entity"),
    "entities, most met": most_met,
    "concepts": noted,
    "everything": searched(),
    "planner": chosen,
    "whole log": whole,
}
"""By name."""


@contextmanager
def remembered(
    shopper: Shopper, *, embedder: Embedder | str | None = None, reasoner: Reasoner | None = None
) -> Iterator[UserMemory]:
    """Yield the memory of a user who has been through their log, reflected on."""
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder, reasoner=reasoner, clock=StoppedClock(END)) as store,
    ):
        memory = store.user(shopper.name.lower())
        receipts = memory.observe_many([_draft(event) for event in shopper.events])
        for event, receipt in zip(shopper.events, receipts, strict=True):
            # Under the observation's id, so that reflection does not count the same event again.
            memory.entities.record(
                event.text,
                at=event.at,
                source="shop",
                external_id=receipt.id,
                observation=receipt.id,
                extract=lambda _text, names=event.names: names,
            )
        memory.concepts[shopper.whom.lower()] = Concept(
            name=shopper.whom, category=shopper.whom_is, attributes={"wants": shopper.whom_wants}
        )
        memory.embed()
        memory.reflect()
        memory.profile(task=TASK)
        yield memory


def _draft(event: Event) -> Draft:
    return Draft(
        text=event.text,
        at=event.at,
        source="shop",
        tier="observed",
        session=f"{event.at:%Y-%m-%d}",
        external_id=event.id,
    )


# -- asking -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """What became of one question."""

    user: int
    kind: str
    right: bool
    tokens: int


@dataclass(slots=True)
class Scores:
    """What became of all questions, by representation."""

    title: str
    by_way: dict[str, list[Score]] = field(default_factory=dict)

    def cell(self, way: str, kind: str) -> tuple[float, float, float, int] | None:
        """Return accuracy, its interval and the number of questions; None without one."""
        scores = [s for s in self.by_way.get(way, ()) if kind in ("all", s.kind)]
        if not scores:
            return None
        hits = sum(score.right for score in scores)
        if kind != "all":
            return hits / len(scores), *wilson(hits, len(scores)), len(scores)
        users = {score.user: [s.right for s in scores if s.user == score.user] for score in scores}
        interval = grouped(
            list(users.values()), lambda some: statistics.fmean(hit for one in some for hit in one)
        )
        return hits / len(scores), *interval, len(scores)

    def tokens(self, way: str) -> float:
        """Return the mean tokens of what a question was given."""
        return statistics.fmean(score.tokens for score in self.by_way[way])

    def show(self) -> None:
        """Print accuracy per kind and representation, and the tokens."""
        kinds = [*KINDS, "all"]
        print(f"\n{self.title:<24}" + "".join(f"{kind:>19}" for kind in kinds) + f"{'tokens':>8}")
        for way in self.by_way:
            complete = len({score.kind for score in self.by_way[way]}) == len(KINDS)
            cells = [
                None if kind == "all" and not complete else self.cell(way, kind) for kind in kinds
            ]
            shown = ("–" if c is None else f"{c[0]:.3f} {c[1]:.3f}–{c[2]:.3f}" for c in cells)
            print(f"{way:<24}" + "".join(f"{c:>19}" for c in shown) + f"{self.tokens(way):>8.0f}")

    def plain(self) -> dict[str, dict[str, object]]:
        """Return the figures for JSON."""
        kinds = [*KINDS, "all"]
        return {
            way: {**{kind: self.cell(way, kind) for kind in kinds}, "tokens": self.tokens(way)}
            for way in self.by_way
        }


def measured(
    people: Iterator[Shopper] | Sequence[Shopper],
    *,
    embedder: Embedder | str | None = None,
    reasoner: Reasoner | None = None,
    asker: Asker | None = None,
) -> list[Scores]:
    """Return what the reader by rules scores, and after it what the model does, if there is one.

    Args:
        people: Who is asked about.
        embedder: As `MemoryStore` takes it.
        reasoner: Who reflects; None: the offline engine.
        asker: Puts the questions to a model; None: no model.
    """
    rules, model = Scores("rules"), Scores("model")
    for shopper in people:
        with remembered(shopper, embedder=embedder, reasoner=reasoner) as memory:
            for asked in shopper.questions:
                for way, given in WAYS.items():
                    hits = given(memory, asked)
                    if hits is None:
                        continue
                    hits, tokens = _fitted(hits, limited=way != "whole log")
                    place = answered(asked, [line for hit in hits for line in lines_of(hit)])
                    _add(rules, way, shopper, asked, place, tokens)
                    if asker is not None:
                        _add(model, way, shopper, asked, _asked_of(asker, asked, hits), tokens)
    return [rules] if asker is None else [rules, model]


def _add(
    scores: Scores, way: str, shopper: Shopper, asked: Asked, place: int | None, tokens: int
) -> None:
    score = Score(shopper.number, asked.kind, place == asked.gold, tokens)
    scores.by_way.setdefault(way, []).append(score)


def _fitted(hits: Sequence[Recollection], *, limited: bool) -> tuple[list[Recollection], int]:
    """Return what fits the budget of a turn, and its tokens."""
    lines = [memory_line(hit).render() for hit in hits]
    fit = within_budget(lines, tokens=RECALL_TOKENS) if limited else len(lines)
    return list(hits[:fit]), sum(len(line) // 4 + 1 for line in lines[:fit])


def _asked_of(asker: Asker, asked: Asked, hits: Sequence[Recollection]) -> int | None:
    """Return the place of the option that the model names; None where it names none."""
    lines = "\n".join(memory_line(hit).render() for hit in hits) or "(nothing)"
    said = asker(
        f"Today is {END:%Y-%m-%d}. This is known of the user who asks:\n{lines}\n\n"
        f"{asked.message()}\n\nAnswer with the letter of the option that fits best."
    )
    letter = re.match(r"\W*([A-D])\b", said.upper())
    return ord(letter[1]) - ord("A") if letter else None


# -- the command line ---------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, ask and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--users", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--model", help="URL of an OpenAI-compatible endpoint; else the rules alone"
    )
    parser.add_argument(
        "--reflect-by-model", action="store_true", help="propositions by the model too"
    )
    parser.add_argument("--embedder", help="URL, folder or name; else MiniLM")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args(arguments)
    if options.users < 1 or (options.reflect_by_model and not options.model):
        parser.error("--users must be at least 1, and --reflect-by-model needs --model.")
    reasoner = connect(options.model) if options.model else None
    tables = measured(
        shoppers(options.users, seed=options.seed),
        embedder=options.embedder,
        reasoner=reasoner if options.reflect_by_model else None,
        asker=Asker(reasoner) if reasoner else None,
    )
    for table in tables:
        table.show()
    if options.json:
        made = {table.title: table.plain() for table in tables}
        options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
