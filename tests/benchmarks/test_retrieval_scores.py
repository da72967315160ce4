"""The scores that the retrieval benchmarks report, on rankings whose score is known by hand."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def benchmarks_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))


def test_recall_counts_an_answer_that_is_in_no_unit_as_missed() -> None:
    from usermind.evals.benchmarks.corpora import Question
    from usermind.evals.benchmarks.retrieval import ceiling, recall_at

    parts = (frozenset({"a"}), frozenset({"b"}))
    question = Question("?", "all", parts, missing=2)
    assert recall_at(["a", "x", "b"], question, 2) == 0.25
    assert recall_at(["a", "x", "b"], question, 3) == ceiling(question, 5) == 0.5
    assert ceiling(question, 1) == 0.25


def test_a_combination_of_segments_that_gives_most_is_the_one_scored() -> None:
    from usermind.evals.benchmarks.corpora import Question
    from usermind.evals.benchmarks.retrieval import best_recall_and_ndcg

    either = Question("?", "all", (frozenset({"a", "b"}), frozenset({"c"})))
    assert best_recall_and_ndcg(["b", "c"], either, 5) == pytest.approx((1.0, 1.0))
    assert best_recall_and_ndcg(["b", "x", "a"], either, 5)[0] == 0.5
    assert best_recall_and_ndcg(["x", "c"], either, 1) == (0.0, 0.0)


def test_a_segment_that_stands_for_two_parts_is_enough_for_both() -> None:
    from usermind.evals.benchmarks.corpora import Question
    from usermind.evals.benchmarks.retrieval import best_recall_and_ndcg

    shared = Question("?", "all", (frozenset({"a", "b"}), frozenset({"b", "c"})))
    assert best_recall_and_ndcg(["b"], shared, 5) == pytest.approx((1.0, 1.0))


def test_a_unit_stands_where_its_first_draft_stands() -> None:
    from usermind import Draft
    from usermind.evals.benchmarks.corpora import Corpus
    from usermind.evals.benchmarks.retrieval import fused, units

    corpus = Corpus("test", "ana", (Draft(text="x"),) * 3, ("s1", "s2", "s1"), ())
    assert units(corpus, [[2, 1, 0]]) == [["s1", "s2"]]
    assert fused([[0, 1]], [[1, 2]]) == [[1, 0, 2]]


def test_an_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    from usermind.evals.benchmarks.intervals import bootstrap

    values = [0.0] * 30 + [1.0] * 70
    low, high = bootstrap(values)
    assert 0.55 < low < 0.7 < high < 0.85
    assert bootstrap(values) == (low, high)
    assert bootstrap([0.5, 0.5]) == (0.5, 0.5)
