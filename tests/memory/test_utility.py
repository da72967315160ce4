"""The arithmetic of interrupting: monotone, bounded, and quieter where it makes no difference."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.memory.utility import (
    MANNERS,
    RECOVERY,
    WAYS,
    Reserve,
    Situation,
    Stakes,
    Verdict,
    Way,
    corrected,
    decide,
    recent,
    shift,
    shifts,
    worth,
)

portion = st.floats(0.0, 1.0, allow_nan=False)
amount = st.floats(0.0, 20.0, allow_nan=False)
effects = st.sampled_from([None, "read-only", "reversible", "irreversible"])
factor = st.floats(0.5, 2.0)
stakes = st.builds(Stakes, portion, amount, amount, amount, portion, effects, factor)
situations = st.builds(
    Situation,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    amount,
    st.sampled_from(["desktop", "phone", "watch", "unknown"]),
    st.none() | st.builds(Reserve, st.just(1), st.just(6), amount),
    factor,
)
LOUD: tuple[Way, ...] = ("ask", "suggest", "act")


def with_(given: Stakes, **changes: Any) -> Stakes:
    fields = ("useful", "benefit", "cost", "missed", "keeps", "effect", "valued")
    return Stakes(**({name: getattr(given, name) for name in fields} | changes))


@given(stakes, situations)
def test_what_is_chosen_is_worth_most_and_the_quietest_of_equals(
    given: Stakes, situation: Situation
) -> None:
    decision = decide(given, situation)
    most = max(decision.worths.values())
    assert decision.worths[decision.way] == most
    assert decision.way == next(way for way in WAYS if decision.worths.get(way) == most)
    assert all(math.isfinite(value) for value in decision.worths.values())


@given(stakes, situations, portion)
def test_a_likelier_offer_is_never_treated_as_silence_where_a_less_likely_one_was_shown(
    given: Stakes, situation: Situation, other: float
) -> None:
    low, high = sorted((given.useful, other))
    first = decide(with_(given, useful=low), situation).way
    second = decide(with_(given, useful=high), situation).way
    if first in LOUD:
        assert second != "silent"


@given(stakes, situations, amount)
def test_a_dearer_interruption_is_never_made_where_a_cheaper_one_was_not(
    given: Stakes, situation: Situation, other: float
) -> None:
    low, high = sorted((given.cost, other))
    cheap = decide(with_(given, cost=low), situation).worths
    dear = decide(with_(given, cost=high), situation).worths
    for way in LOUD:
        if way in cheap:
            assert dear[way] <= cheap[way]
    assert dear["silent"] == cheap["silent"]


@given(stakes, situations, st.sampled_from(["benefit", "missed", "valued"]), amount)
def test_more_to_win_or_to_miss_never_silences_what_was_shown(
    given: Stakes, situation: Situation, name: str, other: float
) -> None:
    low, high = sorted((getattr(given, name), other))
    less = decide(with_(given, **{name: low}), situation)
    more = decide(with_(given, **{name: high}), situation)
    if less.way != "silent":
        assert more.worths[less.way] > more.worths["silent"] - 1e-9
    for way in less.worths:
        gained = less.worths[way] - less.worths["silent"]
        assert more.worths[way] - more.worths["silent"] >= gained - 1e-9


@given(stakes, situations, situations, amount)
def test_what_stayed_silent_is_not_shown_because_it_is_dearer_or_the_user_busier(
    given: Stakes, one: Situation, other: Situation, cost: float
) -> None:
    (low, high), (calm, busy) = (
        sorted((given.cost, cost)),
        sorted((one, other), key=lambda each: each.worth),
    )
    if decide(with_(given, cost=low), calm).way == "silent":
        assert decide(with_(given, cost=high), busy).way not in LOUD


@given(stakes, situations, situations)
def test_attention_that_is_worth_more_makes_no_loud_way_worth_more(
    given: Stakes, one: Situation, other: Situation
) -> None:
    calm, busy = sorted((one, replace(other, reserve=one.reserve)), key=lambda each: each.worth)
    for way in WAYS:
        assert worth(way, given, busy) <= worth(way, given, calm)
        if MANNERS[way].later or way == "silent":
            assert worth(way, given, busy) == worth(way, given, calm)


@given(stakes, situations, amount)
def test_the_less_is_left_of_the_budget_the_quieter(
    given: Stakes, situation: Situation, other: float
) -> None:
    prices = sorted((situation.price, other))
    plenty, scarce = (replace(situation, reserve=Reserve(1, 6, price)) for price in prices)
    for way in WAYS:
        change = worth(way, given, scarce) - worth(way, given, plenty)
        if way not in LOUD:
            assert change == 0.0
        elif math.isfinite(worth(way, given, plenty)):
            assert change == pytest.approx(prices[0] - prices[1], abs=1e-6)
    if decide(given, plenty).way not in LOUD:
        assert decide(given, scarce).way == decide(given, plenty).way


@given(stakes, situations, st.sets(st.sampled_from(WAYS)))
def test_what_is_barred_is_never_chosen_and_said_where_it_would_have_been(
    given: Stakes, situation: Situation, closed: set[Way]
) -> None:
    barred = dict.fromkeys(closed, "the budget is spent")
    decision = decide(given, situation, barred=barred)
    assert decision.way == "silent" or decision.way not in closed
    best = decide(given, situation).way
    if best != decision.way:
        assert decision.barred[best] == "the budget is spent"


@given(stakes, situations)
def test_what_cannot_be_taken_back_is_never_done_unasked(
    given: Stakes, situation: Situation
) -> None:
    assert "act" not in decide(with_(given, effect="irreversible"), situation).worths
    assert "act" not in decide(with_(given, effect=None), situation).worths


def test_nothing_at_stake_is_silence() -> None:
    assert decide(Stakes(0.0), Situation()).way == "silent"
    assert decide(Stakes(0.5, benefit=0.0, cost=0.0, missed=0.0), Situation()).way == "silent"


def test_each_way_has_its_case() -> None:
    taken = {
        decide(Stakes(0.02), Situation()).way,
        decide(Stakes(0.4), Situation()).way,
        decide(Stakes(0.5, keeps=0.0), Situation()).way,
        decide(Stakes(0.95), Situation()).way,
        decide(Stakes(0.97, benefit=4.0, effect="reversible"), Situation()).way,
    }
    assert taken == set(WAYS)


@pytest.mark.parametrize(
    "changes",
    [
        {"useful": 1.01},
        {"useful": math.nan},
        {"benefit": -1.0},
        {"cost": math.inf},
        {"keeps": 2},
        {"valued": -1.0},
    ],
    ids=str,
)
def test_numbers_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(changes))):
        Stakes(**({"useful": 0.5} | changes))


def test_an_interruption_fades_by_half_in_its_half_life() -> None:
    assert recent([RECOVERY]) == pytest.approx(0.5)
    assert recent([-5.0, 0.0]) == 2.0  # a clock that went back
    assert recent([]) == 0.0


kinds, contexts = st.sampled_from(["reminder", "idea"]), st.sampled_from(["free", "focus"])
verdicts = st.lists(
    st.builds(Verdict, kinds, contexts, portion, st.booleans(), st.floats(0.1, 1.0), st.booleans()),
    max_size=20,
)


@given(verdicts, kinds, contexts, portion)
def test_a_yes_never_lowers_and_a_no_never_raises_what_comes_next(
    said: list[Verdict], kind: str, context: str, stated: float
) -> None:
    before = shift(shifts(said), kind, context)
    assert math.isfinite(before)
    for wanted in (True, False):
        after = shift(shifts([*said, Verdict(kind, context, stated, wanted=wanted)]), kind, context)
        assert after >= before - 1e-4 if wanted else after <= before + 1e-4


def test_a_verdict_moves_its_like_most_its_kind_less_and_all_a_little() -> None:
    found = shifts([Verdict("reminder", "focus", 0.6, wanted=False)])
    same, kind, other, none = (
        shift(found, *group)
        for group in (("reminder", "focus"), ("reminder", "free"), ("idea", "focus"), ("idea", ""))
    )
    assert same < kind < other == none < 0.0


def test_what_speaks_of_the_moment_alone_leaves_other_moments_as_they_were() -> None:
    found = shifts([Verdict("reminder", "focus", 0.6, wanted=False, timing=True)])
    assert shift(found, "reminder", "focus") < 0.0
    assert shift(found, "reminder", "free") == shift(found, "idea", "focus") == 0.0


def test_many_verdicts_outweigh_what_was_stated() -> None:
    assert shifts([]) == {}
    refused = [Verdict("idea", "free", 0.6, wanted=False)] * 200
    assert corrected(0.6, shift(shifts(refused), "idea", "free")) < 0.06
    mixed = [Verdict("idea", "free", 0.5, wanted=index % 4 == 0) for index in range(400)]
    assert corrected(0.5, shift(shifts(mixed), "idea", "free")) == pytest.approx(0.25, abs=0.01)
