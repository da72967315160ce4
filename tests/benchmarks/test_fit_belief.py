"""The fit of belief's constants: the arithmetic it tries, and that it finds what was put in."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from benchmarks.fit_belief import Constants, best_weight, fitted_prior, half_lives, score
from benchmarks.judging import Verdict
from benchmarks.playing import Piece, Shown

from usermind.memory.belief import Support, calibrated, log_odds, logit, probability

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def claim(
    number: int, sessions: int, verdict: Verdict, *, stated: float = 0.8, days: float = 0.0
) -> Shown:
    pieces = tuple(Piece(1, "first_party", f"s{place}", NOW) for place in range(sessions))
    return Shown(
        persona=0,
        checkpoint=0,
        at=NOW,
        id=f"p{number}",
        text="Nadia lives in Graz.",
        status="active",
        confidence=0.9,
        freshness=1.0,
        stated=stated,
        durability="year",
        age=timedelta(days=days),
        verdict=verdict,
        rated=False,
        rumour=False,
        baseless=False,
        evidence=pieces,
    )


@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_what_ships_is_computed_as_the_store_does(sessions: int) -> None:
    ships = Constants("", (), 1.2, first_counts=True, ships=True)
    support = [Support(1, "first_party", f"s{place}") for place in range(sessions)]
    expected = probability(log_odds(calibrated(0.8), support))
    assert ships.belief(claim(0, sessions, "true")) == pytest.approx(expected)


def test_every_further_session_adds_the_weight() -> None:
    twice = Constants("", (), 1.2, first_counts=True)
    once = Constants("", (), 1.2, first_counts=False)
    for sessions in (1, 2, 3):
        believed = logit(once.belief(claim(0, sessions, "true")))
        assert believed == pytest.approx(logit(calibrated(0.8)) + 1.2 * (sessions - 1))
        assert logit(twice.belief(claim(0, sessions, "true"))) == pytest.approx(believed + 1.2)


def test_evidence_that_the_stated_number_rests_on_can_be_counted_once() -> None:
    once = Constants("", (), 1.2, first_counts=False)
    assert once.belief(claim(0, 1, "true")) == pytest.approx(calibrated(0.8))


def test_the_weight_that_made_the_outcomes_is_found() -> None:
    rng = random.Random(3)
    truth = Constants("", ((0.0, 0.6), (1.0, 0.6)), 1.5, first_counts=False)
    claims = []
    for number in range(4_000):
        sessions = 1 + number % 3
        chance = truth.belief(claim(number, sessions, "true"))
        claims.append(claim(number, sessions, "true" if rng.random() < chance else "false"))
    found = best_weight(Constants("", truth.knots, 0.2, first_counts=False), claims)
    assert found.first_party == pytest.approx(1.5, abs=0.25)
    assert score(found, claims).ece < 0.03


def test_the_fitted_prior_rises_and_follows_many_outcomes() -> None:
    claims = [claim(n, 1, "true", stated=0.6) for n in range(100)]
    claims += [claim(200 + n, 1, "false" if n % 2 else "true", stated=0.9) for n in range(100)]
    knots = fitted_prior(claims)
    values = [value for _, value in knots]
    assert values == sorted(values)
    assert values == pytest.approx([0.75, 0.75], abs=0.02)  # pooled: the higher number was worse


def test_half_lives_are_found_among_those_tried() -> None:
    rng = random.Random(4)
    claims = []
    for number in range(3_000):
        days = rng.uniform(0, 1_000)
        still = rng.random() < 2.0 ** (-days / 730)
        claims.append(claim(number, 1, "true" if still else "ended", days=days))
    assert half_lives(claims)["year"]["days, fitted"] == 730
