"""The metrics of full rankings: those of ir-measures on any run, and as defined beyond it."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays


@pytest.fixture(autouse=True)
def benchmarks_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))


runs = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        st.permutations(range(n)),
        st.sets(st.integers(0, n - 1), min_size=1),
        st.integers(1, 25),
    )
)


@settings(deadline=None)  # the first one imports ir-measures
@given(runs)
def test_the_metrics_are_those_of_ir_measures(
    run: tuple[list[int], set[int], int],
) -> None:
    ir_measures = pytest.importorskip("ir_measures")
    from benchmarks.ranking_metrics import hit_rate, ndcg, places, recall, reciprocal_rank

    scores, wanted, k = run
    rows = np.array(sorted(wanted))
    found = places(np.array(scores, dtype=np.float32), rows)
    qrels = {"u": {str(row): 1 for row in wanted}}
    results = {"u": {str(row): float(score) for row, score in enumerate(scores)}}
    ours = {
        ir_measures.R @ k: recall,
        ir_measures.nDCG @ k: ndcg,
        ir_measures.RR @ k: reciprocal_rank,
        ir_measures.Success @ k: hit_rate,
    }
    theirs = ir_measures.calc_aggregate(list(ours), qrels, results)
    for measure, of in ours.items():
        assert of(found, k) == pytest.approx(theirs[measure], abs=1e-9), measure


@given(
    arrays.arrays(np.float32, st.integers(1, 40), elements=st.integers(0, 4)),
    st.randoms(use_true_random=False),
)
def test_a_tie_stands_at_the_mean_of_the_places_that_its_orders_give(
    scores: np.ndarray, random: object
) -> None:
    from benchmarks.ranking_metrics import places

    found = places(scores, np.arange(len(scores)))
    first = [1 + int((scores > score).sum()) for score in scores]
    last = [int((scores >= score).sum()) for score in scores]
    assert found.tolist() == [(a + b) / 2 for a, b in zip(first, last, strict=True)]
    assert found.sum() == len(scores) * (len(scores) + 1) / 2


@given(runs)
def test_the_area_is_the_share_of_pairs_in_the_right_order(
    run: tuple[list[int], set[int], int],
) -> None:
    from benchmarks.ranking_metrics import area, places

    scores, wanted, _ = run
    others = [score for row, score in enumerate(scores) if row not in wanted]
    right = [scores[row] > other for row in wanted for other in others]
    found = area(places(np.array(scores, float), np.array(sorted(wanted))), len(scores))
    assert math.isnan(found) if not right else found == pytest.approx(np.mean(right))


def test_an_item_that_may_not_come_is_missed_and_takes_no_place() -> None:
    from benchmarks.ranking_metrics import hit_rate, ndcg, places, recall

    scores = np.array([5.0, 4.0, 3.0, 2.0])
    among = np.array([False, True, True, True])
    found = places(scores, np.array([0, 1]), among)
    assert found.tolist() == [math.inf, 1.0]
    assert recall(found, 4) == 0.5
    assert hit_rate(found, 1) == 1.0
    assert ndcg(found, 1) == 1.0


def test_who_has_nothing_to_say_gains_nothing_by_the_order_of_the_table() -> None:
    from benchmarks.ranking_metrics import places, recall

    assert recall(places(np.zeros(1_000), np.arange(10)), 20) == 0.0


def test_capped_recall_reaches_one_where_more_is_wanted_than_fits() -> None:
    from benchmarks.ranking_metrics import capped_recall, places, recall

    found = places(-np.arange(10.0), np.arange(8))
    assert capped_recall(found, 4) == 1.0
    assert recall(found, 4) == 0.5


def test_a_user_of_whom_nothing_is_wanted_has_no_figure() -> None:
    from benchmarks import ranking_metrics as metrics

    none = np.zeros(0)
    of = (metrics.recall, metrics.capped_recall, metrics.hit_rate, metrics.ndcg)
    assert all(math.isnan(metric(none, 5)) for metric in (*of, metrics.reciprocal_rank))


@given(
    arrays.arrays(np.float64, (6, 4), elements=st.floats(-1, 1).filter(lambda x: abs(x) > 0.01)),
    st.lists(st.integers(0, 5), min_size=2, max_size=6, unique=True),
)
def test_the_distance_inside_a_list_is_the_mean_over_its_pairs(
    vectors: np.ndarray, rows: list[int]
) -> None:
    from benchmarks.ranking_metrics import intra_list_distance

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [1 - unit[a] @ unit[b] for a in rows for b in rows if a < b]
    assert intra_list_distance(np.array(rows), unit) == pytest.approx(np.mean(pairs))


def test_coverage_and_popularity_are_of_all_lists() -> None:
    from benchmarks.ranking_metrics import coverage, popularity_lift, share_in

    lists = [np.array([0, 1]), np.array([0, 2])]
    assert coverage(lists, 4) == 0.75
    counts = np.array([8.0, 2.0, 2.0, 4.0])
    histories = [np.array([3]), np.array([1])]
    assert popularity_lift(lists, histories, counts) == pytest.approx(5 / 3 - 1)
    assert math.isnan(popularity_lift(lists[:1], [np.array([], dtype=int)], counts))
    assert share_in(lists[0], counts > 4) == 0.5
