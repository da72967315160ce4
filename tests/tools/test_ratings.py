"""Ratings as people say them, and what they weigh."""

import re

import pytest

from usermind.tools.ratings import RATING, rated, scaled


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("5 stars", 1.0),
        ("three stars", 0.0),
        ("1 star", -1.0),
        ("2 out of 5 stars", -0.5),
        ("4 of 5 stars", 0.5),
        ("3.5/5", 0.25),
        ("three and a half stars", 0.25),
        ("★★★★☆", 0.5),
        ("9/10", 0.8),
        ("5 out of 10", 0.0),
        ("0/10", -1.0),
        ("seven out of ten", 0.4),
        ("85/100", 0.7),
        ("8 stars", 0.6),
    ],
)
def test_a_rating_weighs_by_its_place_on_its_scale(text: str, weight: float) -> None:
    assert re.fullmatch(RATING, text)
    assert rated(text) == weight


@pytest.mark.parametrize("text", ["24/7", "1/2", "2 of ten friends", "10 minutes", "2019/10/5"])
def test_a_number_that_rates_nothing_is_none(text: str) -> None:
    assert not re.search(RATING, text)


@pytest.mark.parametrize("text", ["12/10", "6/5", "no number"])
def test_a_rating_beyond_its_scale_is_none(text: str) -> None:
    assert rated(text) is None


def test_a_weight_stays_within_its_bounds() -> None:
    assert (scaled(9, 1, 5), scaled(-3, 1, 5), scaled(3, 1, 5)) == (1.0, -1.0, 0.0)
