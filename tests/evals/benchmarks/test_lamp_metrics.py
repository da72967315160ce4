"""LaMP's metrics, as worked by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.evals.benchmarks import lamp, lamp_metrics
from usermind.evals.benchmarks.lamp_choosing import okapi
from usermind.evals.benchmarks.lamp_tasks import TASKS


def test_accuracy_and_macro_f1_are_as_worked_by_hand() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("x", "a")]
    assert lamp.scored(TASKS["LaMP-2"], pairs)["accuracy"].value == 0.5
    # a: 1 right, 2 said, 2 gold → 0.5; b: 1 right, 1 said, 2 gold → 2/3; c: never → 0
    assert lamp_metrics.macro_f1(pairs, ["a", "b", "c"]) == pytest.approx((1 / 2 + 2 / 3) / 3)


def test_errors_of_ratings_are_as_worked_by_hand() -> None:
    pairs = [("4", "5"), ("1", "4"), ("3.5", "3"), ("none", "2")]  # off by 1, 3, 0.5 and 3
    assert lamp_metrics.absolute_errors(pairs) == [1, 3, 0.5, 3]
    assert lamp_metrics.rmse(pairs) == pytest.approx(math.sqrt((1 + 9 + 0.25 + 9) / 4))


@pytest.mark.parametrize("said", ["", "five", "nan", "inf", "0", "5.5", "-1"])
def test_what_is_no_rating_counts_as_the_end_of_the_scale_that_is_further_away(said: str) -> None:
    assert lamp_metrics.rating(said, "2") == 5.0
    assert lamp_metrics.rating(said, "4") == 1.0


@pytest.mark.parametrize(
    ("said", "gold", "one", "longest"),
    [
        ("police killed the gunman", "police kill the gunman", 3 / 4, 3 / 4),
        ("the gunman police killed", "police killed the gunman", 1.0, 1 / 2),
        ("The cat, the cat!", "the cat sat", 4 / 7, 4 / 7),
        ("nothing alike", "other words", 0.0, 0.0),
        ("", "words", 0.0, 0.0),
        ("...", "!?", 0.0, 0.0),
    ],
)
def test_rouge_is_as_worked_by_hand(said: str, gold: str, one: float, longest: float) -> None:
    assert lamp_metrics.rouge_1(said, gold) == pytest.approx(one)
    assert lamp_metrics.rouge_l(said, gold) == pytest.approx(longest)


words = st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join)


@given(said=words, gold=words)
def test_rouge_is_symmetric_bounded_and_one_only_for_the_same_words(said: str, gold: str) -> None:
    one, longest = lamp_metrics.rouge_1(said, gold), lamp_metrics.rouge_l(said, gold)
    assert 0 <= longest <= one <= 1
    assert lamp_metrics.rouge_1(gold, said) == pytest.approx(one)
    assert lamp_metrics.rouge_l(gold, said) == pytest.approx(longest)
    if gold:
        assert (longest == 1) == (said == gold)
        assert (one == 1) == (sorted(said.split()) == sorted(gold.split()))


def test_bm25_is_as_worked_by_hand() -> None:
    scores = okapi(["red", "cat"], [t.split() for t in ("red red dog", "cat", "a b")])
    # Three texts of 3, 1 and 2 words; "red" and "cat" stand in one each: idf ln(2.5 / 1.5).
    idf = math.log(2.5 / 1.5)
    assert scores == pytest.approx(
        [idf * 2 * 2.5 / (2 + 1.5 * (0.25 + 0.75 * 3 / 2)), idf * 2.5 / (1 + 1.5 * 0.625), 0.0]
    )
