"""The seven kinds of questions about logs: their answers are in the log, and nowhere else."""

import doctest
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from benchmarks import uqa as script
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.evals.benchmarks import uqa, uqa_logs, uqa_ways
from usermind.evals.benchmarks.asking import Asker
from usermind.evals.benchmarks.uqa_logs import (
    END,
    KINDS,
    MONTHS,
    OPTIONS,
    RECENT,
    START,
    THINGS,
    Asked,
    Option,
    Shopper,
    shopper,
    shoppers,
)  # fmt: skip
from usermind.evals.benchmarks.uqa_reading import Line, answered, counted, lines_of
from usermind.graphs.context import RECALL_TOKENS
from usermind.models import LexicalEmbedder
from usermind.prompts import AnswerQuestionAnswer as Answer
from usermind.testing import ScriptedReasoner

MANY = 300
people = st.integers(0, 10_000).map(lambda seed: shopper(0, seed=seed))


@pytest.fixture(scope="module")
def many() -> list[Shopper]:
    return list(shoppers(MANY, seed=0))


@pytest.fixture(scope="module")
def scores() -> uqa.Scores:
    ((found,), _) = uqa.measured(list(shoppers(2, seed=5)), embedder=LexicalEmbedder())
    return found


def right(asked: Asked) -> Option:
    return asked.options[asked.gold]


def by_kind(user: Shopper) -> dict[str, Asked]:
    return {asked.kind: asked for asked in user.questions}


def ranked(values: Sequence[str]) -> list[tuple[str, int]]:
    return Counter(values).most_common()


# -- logs and questions -----------------------------------------------------------------------


def test_a_seed_always_gives_the_same_users() -> None:
    assert list(shoppers(3, seed=1)) == list(shoppers(3, seed=1))
    assert shopper(0, seed=1).events != shopper(1, seed=1).events != shopper(1, seed=2).events


@settings(max_examples=60, deadline=None)
@given(user=people)
def test_every_gold_answer_follows_from_the_log_and_no_other_option_does(user: Shopper) -> None:
    events, asked = user.events, by_kind(user)
    lately = [event for event in events if event.at >= END - RECENT]
    kinds = ranked([event.kind for event in events])

    assert right(asked["df"]).text == events[-asked["df"].place].brand
    for_them = [event for event in events if event.whom == user.whom]
    assert right(asked["df, for somebody"]).text == for_them[-1].kind == user.whom_wants
    assert right(asked["mf"]).text == str(sum(e.kind == asked["mf"].about for e in events))
    assert set(right(asked["li"]).names) == {kind for kind, _ in kinds[:3]}
    assert kinds[2][1] > kinds[3][1]
    recent = ranked([event.kind for event in lately])
    assert right(asked["si"]).text == recent[0][0] == right(asked["ip"]).names[0]
    assert recent[0][1] > recent[1][1]
    brands = ranked([event.brand for event in lately])
    assert right(asked["ap"]).text == brands[0][0]
    assert len(brands) == 1 or brands[0][1] > brands[1][1]
    for place, month in enumerate(MONTHS):
        best = ranked([event.kind for event in events if event.at.month == month.month])
        assert right(asked["it"]).names[place] == best[0][0]
        assert best[0][1] > best[1][1]


@settings(max_examples=60, deadline=None)
@given(user=people)
def test_options_are_distinct_and_what_is_to_come_is_not_in_the_log(user: Shopper) -> None:
    assert [asked.kind for asked in user.questions] == list(KINDS)
    for asked in user.questions:
        assert len({option.text for option in asked.options}) == OPTIONS
        assert len({frozenset(o.names) for o in asked.options}) == (1 if asked.kind == "it" else 4)
        assert all(option.text in asked.message() for option in asked.options)
    assert all(START <= event.at < END for event in user.events)
    assert all(a.at <= b.at for a, b in pairwise(user.events))
    there = {event.kind for event in user.events}
    ip = by_kind(user)["ip"]
    assert {option.names[0] for option in ip.options} <= there <= set(THINGS)


@settings(max_examples=30, deadline=None)
@given(user=people)
def test_an_event_says_all_that_there_is_to_it(user: Shopper) -> None:
    for event in user.events:
        assert all(name in event.text for name in event.names)
        assert event.text.endswith(f" for {user.whom}.") == (event.whom is not None)


# -- chance -----------------------------------------------------------------------------------

WIDE = 4 * (0.25 * 0.75 / MANY) ** 0.5
"""Four standard deviations of an accuracy by chance over one kind."""


def test_without_memory_every_kind_is_answered_by_chance(many: list[Shopper]) -> None:
    for place in range(len(KINDS)):
        hits = sum(answered(u.questions[place], []) == u.questions[place].gold for u in many)
        assert abs(hits / MANY - 1 / OPTIONS) < WIDE, KINDS[place]


def test_no_place_and_no_resemblance_gives_the_right_option_away(many: list[Shopper]) -> None:
    def alike(asked: Asked, option: Option) -> int:
        return sum(len({*option.names} & {*other.names}) for other in asked.options)

    def middle(asked: Asked, option: Option) -> int:
        numbers = sorted(int(each.names[0]) for each in asked.options)
        return -abs(numbers.index(int(option.names[0])) - 1)

    guesses: list[tuple[str, Any]] = [
        *((kind, lambda asked, option: -asked.options.index(option)) for kind in KINDS),
        ("li", alike), ("mf", middle),
    ]  # fmt: skip
    for kind, worth in guesses:
        asked = [by_kind(user)[kind] for user in many]
        hits = sum(max(a.options, key=lambda o: worth(a, o)) == right(a) for a in asked)
        assert abs(hits / MANY - 1 / OPTIONS) < WIDE, (kind, worth)


# -- the reader -------------------------------------------------------------------------------

NOON = datetime(2026, 5, 10, 12, tzinfo=END.tzinfo)


def said(text: str, day: int = 0, kind: str = "observation") -> Line:
    at = NOON + timedelta(days=day)
    return Line(text, at, kind, at)


def asked_about(kind: Any, *options: str, **more: Any) -> Asked:
    return Asked(
        "q", kind, "?", tuple(Option(o, tuple(o.split(" > "))) for o in options), 0, **more
    )


def test_kinds_of_memory_that_tell_of_the_same_are_not_added_up() -> None:
    twice = [said("Norda", n) for n in range(3)] + [said("Norda", n, "proposition") for n in (0, 1)]
    assert counted(twice, "norda") == 3
    assert counted(twice, "nord") == 0


def test_a_stretch_of_time_is_spread_evenly() -> None:
    line = Line("Norda", NOON + timedelta(days=10), "entity", NOON, 20)
    assert counted([line], "Norda") == 20
    assert counted([line], "Norda", NOON + timedelta(days=5)) == pytest.approx(10)
    assert counted([line], "Norda", NOON + timedelta(days=11)) == 0


def test_the_nth_last_thing_is_counted_over_events_not_over_lines() -> None:
    lines = [said("Fenn", 3), said("Fenn", 3, "proposition"), said("Lumo", 2), said("Norda", 1)]
    lines.append(Line("Varga", NOON + timedelta(days=4), "entity", NOON, 3))
    for place, brand in enumerate(("Fenn", "Lumo", "Norda"), 1):
        asked = asked_about("df", "Varga", "Lumo", "Norda", "Fenn", place=place)
        assert asked.options[answered(asked, lines)].text == brand


@pytest.mark.parametrize(
    ("asked", "lines", "best"),
    [
        (asked_about("mf", "2", "3", "4", "5", about="watches"),
         [said("watches", n) for n in range(4)], "4"),
        (asked_about("li", "a > b", "a > c", "b > c"),
         [said("a"), said("a", 2), said("c"), said("c", 1), said("b")], "a > c"),
        (asked_about("si", "old", "new"),
         [*(said("old", -n) for n in range(9)), said("new", 15), said("new", 16)], "new"),
        (asked_about("ip", "watches > Lumo", "watches > Fenn"),
         [said("watches", 16), said("Fenn", 17)], "watches > Fenn"),
        (asked_about("it", "a > b > c", "c > b > a", "b > a > c"),
         [said("c", -60), said("b", -30), said("a")], "c > b > a"),
        (asked_about("df, for somebody", "watches", "bedding", about="Bo"),
         [said("watches for Bo"), said("bedding for Bo", 1), said("watches", 2)], "bedding"),
    ],
    ids=["mf", "li", "si", "ip", "it", "df, for somebody"],
)  # fmt: skip
def test_the_option_that_the_lines_support_is_chosen(
    asked: Asked, lines: list[Line], best: str
) -> None:
    assert asked.options[answered(asked, lines)].text == best
    assert asked.options[answered(asked, lines[::-1])].text == best


# -- representations --------------------------------------------------------------------------


def test_who_is_given_the_whole_log_answers_everything(scores: uqa.Scores) -> None:
    assert [score.right for score in scores.by_way["whole log"]] == [True] * 2 * len(KINDS)


def test_every_representation_is_asked_and_none_is_given_more_than_a_turn(
    scores: uqa.Scores,
) -> None:
    assert scores.by_way.keys() == uqa_ways.WAYS.keys()
    for way, found in scores.by_way.items():
        assert len(found) == (2 if way == "concepts" else 2 * len(KINDS)), way
        if way != "whole log":
            assert all(score.tokens <= RECALL_TOKENS for score in found)
    assert {score.kind for score in scores.by_way["concepts"]} == {"df, for somebody"}
    assert scores.tokens("nothing") == 0
    assert scores.tokens("planner") > 0


def test_a_memory_holds_the_log_with_its_times_and_nothing_after_it() -> None:
    user = shopper(1, seed=5)
    with uqa_ways.remembered(user, embedder=LexicalEmbedder()) as memory:
        stored = {seen.external_id: seen for seen in memory.observations(limit=100)}
        assert len(stored) == len(user.events)
        for event in user.events:
            assert stored[event.id].text == event.text
            assert abs(stored[event.id].at - event.at) < timedelta(seconds=1)
        for asked in user.questions:
            for way, way_given in uqa_ways.WAYS.items():
                for hit in way_given(memory, asked) or ():
                    assert hit.at <= END, (way, hit)
        kinds = Counter(event.kind for event in user.events)
        brands = Counter(event.brand for event in user.events)
        met = {entity.name: entity.count for entity in memory.entities.list()}
        assert {name: met.get(name) for name in kinds | brands} == kinds | brands
        lines = [
            line for hit in uqa_ways.most_met(memory, user.questions[0]) for line in lines_of(hit)
        ]
        assert all(line.times == met[line.text] for line in lines)
        (profile,) = uqa_ways.summed_up(memory, user.questions[0])
        told = lines_of(profile)
        assert [line.text for line in told] == [
            c.text for c in memory.profile(task=uqa_ways.TASK).claims
        ]
        assert all((line.since, line.at, line.times) == (START, END, 1) for line in told)


def test_a_model_is_given_the_lines_and_the_rules_score_as_before(scores: uqa.Scores) -> None:
    user = shopper(0, seed=5)
    seen: list[str] = []

    def first(prompt: Any) -> Answer:
        seen.append(prompt.render())
        return Answer(answer="A) I think" if len(seen) % 2 else "none of them")

    calls = (len(uqa_ways.WAYS) - 1) * len(KINDS) + 1  # concepts are asked about once
    asker = Asker(ScriptedReasoner([first] * calls))
    (rules, model), answers = uqa.measured([user], embedder=LexicalEmbedder(), asker=asker)
    assert [answer.answer for answer in answers[:2]] == ["A) I think", "none of them"]
    assert answers[1].scores == {"right": 0.0}
    assert asker.asked == calls
    hits = [score.right for found in model.by_way.values() for score in found]
    assert sum(hits) <= (calls + 1) // 2
    assert any(hits)
    for way, found in rules.by_way.items():
        assert found == [score for score in scores.by_way[way] if score.user == user.number]
        assert len(model.by_way[way]) == len(found)
    assert user.events[-1].text in seen[-1]  # the whole log comes last
    assert all(user.questions[-1].message() in text for text in seen[-2:])


def test_the_script_prints_the_tables_and_writes_their_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.main(["--users", "1", "--embedder", "lexical", "--json", str(tmp_path / "f.json")])
    over_all, kinds = json.loads((tmp_path / "f.json").read_text("utf-8"))["tables"]
    assert over_all["lines"]["whole log"]["rules"]["value"] == 1.0
    assert "concepts" not in over_all["lines"]
    assert kinds["lines"]["whole log"]["df"] == {"value": 1.0, "low": None, "high": None, "n": 1}
    assert list(kinds["lines"]["concepts"]) == ["df+"]
    out = capsys.readouterr().out
    assert all(way in out for way in uqa_ways.WAYS)
    with pytest.raises(SystemExit):
        script.main(["--users", "0"])


def test_the_examples_in_the_docstrings_hold() -> None:
    found = doctest.testmod(uqa_logs)
    assert found.attempted
    assert not found.failed
