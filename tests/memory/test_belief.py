"""Laws of the arithmetic of belief."""

import math
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.memory.belief import (
    HALF_LIFE,
    LIMIT,
    VERDICT,
    WEIGHT,
    Support,
    calibrated,
    freshness,
    log_odds,
    logit,
    probability,
)
from usermind.types import Durability, Tier

priors = st.floats(0.001, 0.999)
tiers = st.sampled_from(get_args(Tier))
sessions = st.sampled_from("abc")
pieces = st.builds(Support, st.sampled_from([1, -1]), tiers, sessions)
evidence = st.lists(pieces, max_size=12)
ages = st.floats(0.0, 1e10)
ORDER = get_args(Durability)
"""Shortest-lived first."""


@given(priors, evidence, st.none() | st.sampled_from([VERDICT, -VERDICT]))
def test_belief_stays_within_bounds(
    prior: float, support: list[Support], verdict: float | None
) -> None:
    belief = log_odds(prior, support, verdict=verdict)
    assert -LIMIT <= belief <= LIMIT
    assert 0.0 < probability(belief) < 1.0


@given(priors, evidence, tiers, sessions)
def test_more_support_never_lowers_belief(
    prior: float, support: list[Support], tier: Tier, session: str
) -> None:
    more = [*support, Support(1, tier, session)]
    assert log_odds(prior, more) >= log_odds(prior, support) - 1e-12


@given(priors, tiers, sessions)
def test_what_the_prior_was_stated_on_is_not_counted_again(
    prior: float, tier: Tier, session: str
) -> None:
    founded = log_odds(prior, [Support(1, tier, session)])
    assert founded == (min(logit(prior), 0.0) if tier == "third_party" else logit(prior))


@given(priors, evidence, tiers, sessions, st.data())
def test_more_evidence_against_never_raises_belief(
    prior: float, support: list[Support], tier: Tier, session: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(support)))
    more = [*support[:place], Support(-1, tier, session), *support[place:]]
    assert log_odds(prior, more) <= log_odds(prior, support) + 1e-12


@given(priors, st.lists(st.builds(Support, st.just(1), st.just("third_party"), st.text())))
def test_third_parties_alone_never_make_a_claim_likelier_than_not(
    prior: float, support: list[Support]
) -> None:
    assert probability(log_odds(prior, support)) <= 0.5


@given(priors, st.lists(st.builds(Support, st.just(-1), tiers, st.text())))
def test_evidence_against_vouches_for_nothing(prior: float, support: list[Support]) -> None:
    assert log_odds(prior, support) <= 0.0


@given(
    st.floats(0.5, 0.999),
    st.lists(st.builds(Support, st.just(-1), st.just("third_party"), st.text(max_size=3))),
    st.sampled_from(["first_party", "observed"]),
)
def test_third_parties_alone_never_make_the_users_own_claim_unlikely(
    prior: float, rumours: list[Support], tier: Tier
) -> None:
    assert log_odds(prior, [Support(1, tier, "a"), *rumours]) >= 0.0


def test_one_denial_outweighs_two_statements_though_not_three() -> None:
    def belief(statements: int) -> float:
        said = [Support(1, "first_party", str(number)) for number in range(statements)]
        return log_odds(calibrated(0.9), [*said, Support(-1, "first_party", "z")])

    assert belief(2) < 0.0 < belief(3)


@pytest.mark.parametrize("tier", get_args(Tier))
@pytest.mark.parametrize("polarity", [1, -1])
def test_repeats_in_one_session_weigh_less_and_less(polarity: int, tier: Tier) -> None:
    start = -polarity * VERDICT / 2
    beliefs = [log_odds(0.5, [Support(polarity, tier, "a")] * n, verdict=start) for n in range(4)]
    steps = [abs(after - before) for before, after in pairwise(beliefs)]
    assert steps == sorted(steps, reverse=True)
    assert steps[2] < steps[0]


@given(tiers)
def test_another_session_counts_in_full(tier: Tier) -> None:
    twice = log_odds(0.5, [Support(1, tier, "a"), Support(1, tier, "b")], verdict=0.0)
    assert twice == pytest.approx(2 * WEIGHT[tier])


def test_the_user_outweighs_behaviour_and_behaviour_outweighs_hearsay() -> None:
    first, observed, third = (WEIGHT[tier] for tier in get_args(Tier))
    assert first > observed > third > 0.0


@given(priors, evidence)
def test_a_verdict_takes_the_place_of_the_prior(prior: float, support: list[Support]) -> None:
    confirmed = log_odds(prior, support, verdict=VERDICT)
    assert confirmed == log_odds(0.5, support, verdict=VERDICT)
    assert confirmed > log_odds(prior, support, verdict=-VERDICT) or abs(confirmed) == LIMIT


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_stated_confidence_is_calibrated_into_the_open_interval(stated: float) -> None:
    assert 0.0 < calibrated(stated) < 1.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_calibration_keeps_the_order(low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert calibrated(low) <= calibrated(high)


@given(st.floats(0.0011, 0.9989))
def test_log_odds_and_probability_are_inverse(value: float) -> None:
    assert probability(logit(value)) == pytest.approx(value)


@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_certainty_is_bounded(extreme: float) -> None:
    assert abs(logit(extreme)) == LIMIT


@given(st.sampled_from(ORDER), ages)
def test_freshness_stays_within_bounds(durability: Durability, age: float) -> None:
    assert 0.0 <= freshness(durability, age) <= 1.0


@given(ages)
def test_what_is_more_durable_never_decays_faster(age: float) -> None:
    values = [freshness(durability, age) for durability in ORDER]
    assert values == sorted(values)


@given(st.sampled_from(ORDER), ages, ages)
def test_freshness_only_falls(durability: Durability, one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert freshness(durability, early) >= freshness(durability, late)


@pytest.mark.parametrize("durability", ORDER)
def test_a_claim_counts_half_after_its_half_life(durability: Durability) -> None:
    half = HALF_LIFE[durability]
    assert freshness(durability, 0.0) == 1.0
    assert freshness(durability, -5.0) == 1.0
    if math.isfinite(half):
        assert freshness(durability, half) == 0.5
