"""The line from belief to confidence that a user's verdicts draw."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind import MemoryStore, UserMemory
from usermind.memory import belief
from usermind.memory.calibration import ENOUGH, fit

odds = st.floats(-belief.LIMIT, belief.LIMIT)
verdicts = st.lists(st.tuples(odds, st.booleans()), min_size=ENOUGH, max_size=120)


@given(verdicts, odds, odds)
def test_confidence_never_falls_where_belief_rises(
    given_verdicts: list[tuple[float, bool]], a: float, b: float
) -> None:
    line = fit([at for at, _ in given_verdicts], [true for _, true in given_verdicts])
    low, high = sorted((a, b))
    assert line.confidence(low) <= line.confidence(high)
    assert 0.0 < line.confidence(low) < 1.0


@given(verdicts, st.floats(-belief.LIMIT, 0.0))
def test_no_verdicts_lift_what_is_no_likelier_than_not(
    given_verdicts: list[tuple[float, bool]], at: float
) -> None:
    line = fit([at for at, _ in given_verdicts], [true for _, true in given_verdicts])
    assert line.confidence(at) <= 0.5


@given(st.lists(st.tuples(odds, st.booleans()), max_size=ENOUGH - 1), odds)
def test_few_verdicts_change_nothing(few: list[tuple[float, bool]], at: float) -> None:
    line = fit([at for at, _ in few], [true for _, true in few])
    assert line.confidence(at) == belief.probability(at)


levels = st.sampled_from([0.4, 0.1 + 0.2 + 0.1, 0.1 + 0.3, 0.2 + 0.1 + 0.1, 2.7])


@given(st.lists(st.tuples(levels, st.booleans()), min_size=ENOUGH, max_size=60))
def test_the_knots_rise_where_claims_were_believed_alike(
    given_verdicts: list[tuple[float, bool]],
) -> None:
    line = fit([at for at, _ in given_verdicts], [true for _, true in given_verdicts])
    assert all(left < right for left, right in pairwise(line.log_odds))


def test_overconfidence_is_unlearnt() -> None:
    # What is believed at 0.95 comes true in 60 of 100 cases.
    rng = np.random.default_rng(5)
    at = belief.logit(0.95)
    line = fit([at] * 300, list(rng.random(300) < 0.6))
    assert line.confidence(at) == pytest.approx(0.6, abs=0.08)
    assert line.confidence(at, ruled=True) == pytest.approx(0.95)


def test_a_well_calibrated_belief_stays_about_as_it_is() -> None:
    rng = np.random.default_rng(6)
    beliefs = rng.uniform(-3, 4, 2_000)
    outcomes = rng.random(2_000) < 1 / (1 + np.exp(-beliefs))
    line = fit(list(beliefs), list(outcomes))
    for at in (0.5, 1.0, 2.0, 3.0):
        assert line.confidence(at) == pytest.approx(belief.probability(at), abs=0.06)


def _claim(memory: UserMemory, number: int) -> str:
    said = str(memory.observe(f"I like thing {number}.", session=str(number)).id)
    claim = memory.remember(f"Ana likes thing {number}.", evidence=said, author="model")
    assert claim is not None
    return claim.id


def test_verdicts_move_the_confidence_of_claims_that_nobody_ruled_upon(ana: UserMemory) -> None:
    fresh = _claim(ana, 0)
    before = ana.propositions.get(fresh).confidence
    for number in range(1, ENOUGH):
        claim = _claim(ana, number)
        ana.propositions.confirm(claim) if number % 3 == 0 else ana.propositions.deny(claim)
    assert ana.propositions.get(fresh).confidence == before
    confirmed = _claim(ana, ENOUGH)
    ana.propositions.confirm(confirmed)

    after = ana.propositions.get(fresh).confidence
    assert after < before - 0.2
    assert ana.propositions.list()[0].confidence == ana.propositions.get(confirmed).confidence
    assert ana.propositions.get(confirmed).confidence == pytest.approx(0.982, abs=1e-3)
    (hit,) = [h for h in ana.recall("thing 0", kinds=["proposition"]) if h.id == fresh]
    assert hit.confidence == pytest.approx(after)


def test_a_second_verdict_on_a_claim_and_claims_of_the_users_own_do_not_count(
    ana: UserMemory,
) -> None:
    kept = ana.remember("Ana likes tea.")
    assert kept is not None
    fresh = _claim(ana, 0)
    before = ana.propositions.get(fresh).confidence
    for _ in range(ENOUGH):
        ana.propositions.deny(kept.id)
        ana.propositions.confirm(kept.id)
    assert ana.propositions.get(fresh).confidence == before


def test_verdicts_of_one_user_do_not_touch_another(store: MemoryStore) -> None:
    ana, bo = store.user("ana"), store.user("bo")
    for number in range(ENOUGH):
        ana.propositions.deny(_claim(ana, number))
    of_bo = bo.remember("Bo likes tea.")
    assert of_bo is not None
    of_ana = ana.remember("Ana likes tea.")
    assert of_ana is not None
    assert of_bo.confidence > of_ana.confidence


def test_claims_believed_alike_may_prove_true_or_false_in_any_order(ana: UserMemory) -> None:
    for number in range(ENOUGH + 4):
        claim = _claim(ana, number)
        if number % 4:
            ana.propositions.confirm(claim)
        else:
            ana.propositions.deny(claim)
    shown = ana.propositions.get(_claim(ana, 99)).confidence
    assert shown == pytest.approx(0.75, abs=0.08)
