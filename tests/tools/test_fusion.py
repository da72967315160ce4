"""Reciprocal rank fusion, by its properties."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.tools.fusion import RRF, fused, held_to

IDS = st.sampled_from([f"o{number}" for number in range(12)])
RANKING = st.lists(IDS, unique=True, max_size=10)
RANKINGS = st.lists(RANKING, min_size=1, max_size=6)


@given(rankings=RANKINGS, seed=st.integers(0, 999))
def test_the_order_of_the_rankings_makes_no_difference(
    rankings: list[list[str]], seed: int
) -> None:
    weights = [1.0 + place / 3 for place in range(len(rankings))]
    pairs = list(zip(rankings, weights, strict=True))
    random.Random(seed).shuffle(pairs)
    assert fused(*map(list, zip(*pairs, strict=True))) == fused(rankings, weights)


@given(ranking=RANKING, times=st.integers(1, 5))
def test_identical_rankings_fuse_to_themselves(ranking: list[str], times: int) -> None:
    assert fused([ranking] * times) == ranking


@given(rankings=RANKINGS)
def test_every_id_comes_once(rankings: list[list[str]]) -> None:
    found = fused(rankings)
    assert sorted(found) == sorted({id_ for ranking in rankings for id_ in ranking})


@given(rankings=RANKINGS)
def test_a_repeat_within_a_ranking_counts_once(rankings: list[list[str]]) -> None:
    assert fused([[*ranking, *ranking] for ranking in rankings]) == fused(rankings)


@given(rankings=RANKINGS)
def test_what_is_first_everywhere_is_first(rankings: list[list[str]]) -> None:
    assert fused([["best", *ranking] for ranking in rankings])[0] == "best"


@given(rankings=RANKINGS, k=st.integers(1, 8))
def test_the_best_half_of_the_first_ranking_stays_among_the_k(
    rankings: list[list[str]], k: int
) -> None:
    first = rankings[0]
    kept = held_to(first, fused(rankings), k)
    assert set(first[: (k + 1) // 2]) <= set(kept)
    assert len(kept) == min(k, len(fused(rankings)))
    order = fused(rankings)
    assert kept == sorted(kept, key=order.index)


def test_a_crowd_cannot_push_an_exact_match_out() -> None:
    crowd = [f"x{number}" for number in range(20)]
    fusion = fused([["exact"], *[crowd] * 50], [1.0, *[1.0] * 50])
    assert fusion.index("exact") >= 5
    assert "exact" in held_to(["exact"], fusion, 5)


def test_the_score_is_that_of_the_paper() -> None:
    # "b" is second twice: 2 / 62 = 0.0323; "a" is first once: 1 / 61 = 0.0164.
    assert fused([["a", "b"], ["c", "b"]])[0] == "b"
    assert fused([["a", "b"], ["c", "b"]], [3.0, 1.0])[0] == "b"
    assert fused([["a", "b"], ["c", "b"]], [200.0, 1.0])[0] == "a"
    assert RRF == 60


@pytest.mark.parametrize("weights", [[], [1.0, 0.0], [1.0, -1.0], [1.0, float("nan")]])
def test_weights_must_fit(weights: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="weight"):
        fused([["a"], ["b"]], weights)
