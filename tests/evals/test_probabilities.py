"""Scores of probabilities: answers that are known, and what must hold for all."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.evals.benchmarks.intervals import grouped
from usermind.evals.probabilities import auc, brier, ece, log_loss, reliability

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def split(pairs: Sequence[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [p for p, _ in pairs], [y for _, y in pairs]


def test_a_sure_and_right_forecast_costs_nothing() -> None:
    assert brier([1.0, 0.0], [1, 0]) == 0.0
    assert ece([1.0, 0.0], [1, 0]) == 0.0
    assert log_loss([1.0, 0.0], [1, 0]) == pytest.approx(-math.log(0.999))


def test_a_sure_and_wrong_forecast_costs_most() -> None:
    assert brier([1.0, 0.0], [0, 1]) == 1.0
    assert ece([1.0, 0.0], [0, 1]) == 1.0


def test_the_calibration_error_is_the_gap_of_each_bin_by_its_size() -> None:
    shown = [0.75] * 4 + [0.25] * 4
    true = [1, 1, 1, 1, 0, 0, 1, 1]
    # 4/8 · |0.75 − 1| + 4/8 · |0.25 − 0.5|
    assert ece(shown, true) == pytest.approx(0.25)
    assert ece(shown, true, bins=2, equal_mass=True) == pytest.approx(0.25)


def test_a_forecast_that_comes_true_as_often_as_it_says_is_calibrated() -> None:
    assert ece([0.7] * 10, [1] * 7 + [0] * 3) == pytest.approx(0.0)


def test_a_reliability_table_tells_bounds_counts_and_means() -> None:
    low, high = reliability([0.1, 0.12, 0.95], [0, 1, 1])[0], reliability([0.95], [1])[0]
    assert (low.low, low.high, low.count, low.true) == (0.0, 0.1, 1, 0.0)
    assert (high.low, high.high, high.shown) == (0.9, 1.0, 0.95)


def test_ranking_counts_ties_half_and_needs_both_outcomes() -> None:
    assert auc([0.9, 0.1], [1, 0]) == 1.0
    assert auc([0.1, 0.9], [1, 0]) == 0.0
    assert auc([0.5, 0.5], [1, 0]) == 0.5
    assert math.isnan(auc([0.5, 0.5], [1, 1]))


@given(PAIRS)
def test_scores_stay_in_their_range(pairs: list[tuple[float, bool]]) -> None:
    p, y = split(pairs)
    for score in (brier(p, y), ece(p, y), ece(p, y, equal_mass=True)):
        assert 0.0 <= score <= 1.0
    assert log_loss(p, y) >= 0.0


@given(PAIRS, st.booleans())
def test_the_bins_hold_every_claim_once(pairs: list[tuple[float, bool]], equal_mass: bool) -> None:
    p, y = split(pairs)
    rows = reliability(p, y, equal_mass=equal_mass)
    assert sum(row.count for row in rows) == len(pairs)
    assert len(rows) <= 10
    gap = sum(row.count * abs(row.shown - row.true) for row in rows) / len(pairs)
    assert ece(p, y, equal_mass=equal_mass) == pytest.approx(gap, abs=1e-12)


@given(PAIRS)
def test_order_does_not_matter(pairs: list[tuple[float, bool]]) -> None:
    p, y = split(pairs)
    q, z = split(pairs[::-1])
    assert brier(p, y) == pytest.approx(brier(q, z))
    assert ece(p, y) == pytest.approx(ece(q, z))


@given(PAIRS)
def test_a_brier_score_is_at_least_the_square_of_the_overall_gap(
    pairs: list[tuple[float, bool]],
) -> None:
    p, y = split(pairs)
    assert brier(p, y) >= (np.mean(p) - np.mean(y)) ** 2 - 1e-12


@pytest.mark.parametrize(
    ("shown", "true"),
    [([], []), ([0.5], [1, 0]), ([1.5], [1]), ([float("nan")], [1])],
    ids=["nothing", "different lengths", "more than certain", "not a number"],
)
def test_what_is_no_forecast_is_refused(shown: list[float], true: list[int]) -> None:
    with pytest.raises(ValueError, match=r"arrays|outside"):
        brier(shown, true)


def test_an_interval_of_equal_groups_is_a_point() -> None:
    assert grouped([3.0] * 5, lambda drawn: sum(drawn) / len(drawn)) == (3.0, 3.0)


def test_an_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    groups = [float(n) for n in range(20)]

    def mean(drawn: Sequence[float]) -> float:
        return sum(drawn) / len(drawn)

    low, high = grouped(groups, mean)
    assert low < 9.5 < high
    # The standard error of the mean of 0…19 is 1.29.
    assert high - low == pytest.approx(2 * 1.96 * 1.29, rel=0.1)
    assert grouped(groups, mean) == (low, high)


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="No groups"):
        grouped([], lambda drawn: 0.0)
    with pytest.raises(ValueError, match="not a number"):
        grouped([1.0], lambda drawn: float("nan"))
