"""What a turn can draw on: every legal plan can be listed, and no other is ever taken."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.graphs.plan import plan_sources
from usermind.graphs.sources import (
    AFTER,
    SOURCES,
    Source,
    in_order,
    is_legal,
    plans,
    read,
    written,
)

Sources = st.lists(st.sampled_from(SOURCES), unique=True)


def by_definition() -> set[tuple[Source, ...]]:
    """All orders of all choices in which nothing stands before what it builds on."""
    return {
        plan
        for size in range(len(SOURCES) + 1)
        for plan in permutations(SOURCES, size)
        if not any(
            later in AFTER[earlier]
            for place, earlier in enumerate(plan)
            for later in plan[place + 1 :]
        )
    }


def test_the_plans_are_all_that_the_graph_allows_each_once() -> None:
    assert set(plans()) == by_definition()
    assert len(plans()) == len(set(plans())) == 224
    assert plans()[0] == ()


def test_the_graph_has_no_cycle_and_its_edges_are_complete() -> None:
    assert SOURCES in plans()
    for source, earlier in AFTER.items():
        assert source not in earlier
        assert all(AFTER[each] <= earlier for each in earlier)


@given(Sources)
def test_the_plans_over_what_is_held_are_those_of_all_that_need_nothing_else(
    held: list[Source],
) -> None:
    found = plans(frozenset(held))
    assert set(found) == {plan for plan in plans() if set(plan) <= set(held)}


@given(st.lists(st.sampled_from(SOURCES)))
def test_any_choice_can_be_put_in_order_and_a_legal_plan_stays_as_it_is(
    wanted: list[Source],
) -> None:
    plan = in_order(wanted)
    assert plan in plans()
    assert set(plan) == set(wanted)
    assert in_order(plan) == plan


def test_every_plan_is_written_and_read_back() -> None:
    assert all(read(written(plan)) == plan for plan in plans())
    with pytest.raises(KeyError):
        read("profile > concept")


@given(Sources, Sources, st.text() | st.sampled_from(["Plan my day for Bo?", "Thanks!", "Bo"]))
def test_the_rules_plan_legally_over_what_is_held(
    held: list[Source], named: list[Source], message: str
) -> None:
    filled = {"observation", "proposition", *held, *(each for each in named if each != "catalogue")}
    plan = plan_sources(message, held=held, named=[each for each in named if each in filled])
    assert is_legal(plan, [source for source in SOURCES if source in filled])


@given(st.text() | st.sampled_from(["Recommend a film for me", "What should I buy?"]))
def test_a_catalogue_is_planned_only_where_the_message_asks_for_something_of_it(
    message: str,
) -> None:
    assert "catalogue" not in plan_sources(message, held=["concept", "profile", "catalogue"])
    plan = plan_sources(message, held=["profile", "catalogue"], named=["catalogue"])
    assert "catalogue" not in plan[:-1]


def test_a_catalogue_that_is_asked_for_is_planned_last() -> None:
    found = plan_sources("Recommend a film", held=["profile", "catalogue"], named=["catalogue"])

    assert found == ("observation", "proposition", "profile", "catalogue")
