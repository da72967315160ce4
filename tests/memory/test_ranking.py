"""Ranking: absolute scores, spans that stay in their session, and inputs at the edges."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usermind.memory import ranking
from usermind.memory.ranking import SIGNALS, Levels, Scores, highest, score, shipped_weights

DIM = 8
# A machine that is busy with something else is no failure.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NO_TERMS: npt.NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)


def unit(rows: int, seed: int = 0) -> npt.NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)
    norms: npt.NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.maximum(norms, 1e-9)
    return vectors


@st.composite
def memories(draw: st.DrawFn) -> tuple[list[int], list[int], npt.NDArray[np.float32], int]:
    """Draw session sizes, row lengths, a (terms, rows) count matrix and a seed."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    rows, terms = sum(sizes), draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(1, 400), min_size=rows, max_size=rows))
    cells = st.lists(st.integers(0, 3), min_size=rows, max_size=rows)
    counts = draw(st.lists(cells, min_size=terms, max_size=terms))
    sessions = [number for number, size in enumerate(sizes) for _ in range(size)]
    return sessions, lengths, np.array(counts, dtype=np.float32), draw(st.integers(0, 999))


def scored(
    sessions: list[int],
    lengths: list[int],
    counts: npt.NDArray[np.float32],
    vectors: npt.NDArray[np.float32],
    documents: int = 50,
) -> Scores:
    levels = Levels.build(vectors, lengths, sessions)
    return score(levels, unit(1, 77)[0], counts, np.full(len(counts), 5), documents=documents)


@calm
@given(memories())
def test_the_score_of_a_row_does_not_depend_on_rows_of_other_sessions(
    memory: tuple[list[int], list[int], npt.NDArray[np.float32], int],
) -> None:
    sessions, lengths, counts, seed = memory
    vectors = unit(len(sessions), seed)
    together = scored(sessions, lengths, counts, vectors).relevance
    for session in set(sessions):
        mine = [row for row, number in enumerate(sessions) if number == session]
        alone = scored(
            [session] * len(mine), [lengths[row] for row in mine], counts[:, mine], vectors[mine]
        )
        np.testing.assert_allclose(alone.relevance, together[mine], rtol=1e-3)


@calm
@given(memories(), st.data())
def test_another_matching_word_never_lowers_a_score(
    memory: tuple[list[int], list[int], npt.NDArray[np.float32], int], data: st.DataObject
) -> None:
    sessions, lengths, counts, seed = memory
    vectors = unit(len(sessions), seed)
    term = data.draw(st.integers(0, counts.shape[0] - 1))
    row = data.draw(st.integers(0, counts.shape[1] - 1))
    more = counts.copy()
    more[term, row] += 1
    before = scored(sessions, lengths, counts, vectors).relevance
    after = scored(sessions, lengths, more, vectors).relevance
    assert np.all(after >= before * (1 - 1e-5))


@calm
@given(memories())
def test_scores_are_finite_and_between_zero_and_one(
    memory: tuple[list[int], list[int], npt.NDArray[np.float32], int],
) -> None:
    sessions, lengths, counts, seed = memory
    vectors = unit(len(sessions), seed)
    vectors[::2] = 0
    found = scored(sessions, lengths, counts, vectors)
    assert np.isfinite(found.signals).all()
    assert np.all((found.relevance >= 0) & (found.relevance <= 1))


@calm
@given(memories())
def test_contributions_and_bias_explain_the_score(
    memory: tuple[list[int], list[int], npt.NDArray[np.float32], int],
) -> None:
    sessions, lengths, counts, seed = memory
    found = scored(sessions, lengths, counts, unit(len(sessions), seed))
    for row, relevance in enumerate(found.relevance.tolist()):
        parts = found.explain(row)
        assert {name for name, _, _ in parts} == set(SIGNALS)
        logit = sum(part for _, _, part in parts) + shipped_weights().bias
        assert relevance == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-4)


def test_a_span_never_crosses_sessions() -> None:
    low, high = ranking.spans([3, 3, 3, 7, 7])
    assert low.tolist() == [[0, 1, 2, 3, 4], [0, 0, 1, 3, 3], [0, 0, 0, 3, 3], [0, 0, 0, 3, 3]]
    assert high.tolist() == [[1, 2, 3, 4, 5], [2, 3, 3, 5, 5], [3, 3, 3, 5, 5], [3, 3, 3, 5, 5]]


@calm
@given(memories())
def test_a_span_is_compared_by_the_mean_of_its_vectors(
    memory: tuple[list[int], list[int], npt.NDArray[np.float32], int],
) -> None:
    sessions, lengths, counts, seed = memory
    vectors, query = unit(len(sessions), seed), unit(1, 77)[0]
    found = scored(sessions, lengths, counts, vectors).signals
    low, high = ranking.spans(sessions)
    for span in range(4):
        for row in range(len(sessions)):
            mean = vectors[low[span, row] : high[span, row]].mean(axis=0)
            if (size := float(np.linalg.norm(mean))) > 1e-2:
                assert found[span, row] == pytest.approx(float(mean @ query) / size, abs=1e-3)


def test_a_neighbour_that_matches_helps_and_a_stranger_does_not() -> None:
    vectors = np.zeros((4, DIM), dtype=np.float32)
    counts = np.array([[0, 1, 0, 0]], dtype=np.float32)
    near, hit, same_session, stranger = scored([0, 0, 0, 1], [9] * 4, counts, vectors).relevance
    assert hit > near > stranger
    assert same_session == near


def test_a_row_that_stands_alone_has_the_same_lexical_counts_at_every_span() -> None:
    found = scored([0], [12], np.ones((1, 1), dtype=np.float32), unit(1))
    dense = found.signals[:4, 0]
    np.testing.assert_allclose(dense, dense[0], rtol=1e-5)


def test_a_reply_is_a_row_after_a_question_of_its_session() -> None:
    levels = Levels.build(unit(4), [5] * 4, [0, 0, 1, 1], questions=[True, True, False, False])
    found = score(levels, None, np.zeros((0, 4)), [])
    assert found.signals[SIGNALS.index("reply")].tolist() == [0, 1, 0, 0]


def test_a_long_row_counts_by_its_best_chunk() -> None:
    vectors = unit(3)
    levels = Levels.build(vectors, [300, 5], [0, 1], chunk_rows=[0, 0, 1])
    found = score(levels, vectors[1], np.zeros((0, 2)), [])
    assert found.signals[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert found.signals[0, 1] == pytest.approx(float(vectors[2] @ vectors[1]), abs=1e-5)


def test_a_row_without_a_vector_is_found_by_its_words() -> None:
    vectors = np.zeros((3, DIM), dtype=np.float32)
    found = scored([0, 1, 2], [8] * 3, np.array([[0, 1, 0]], dtype=np.float32), vectors).relevance
    assert int(found.argmax()) == 1
    assert found[0] == found[2]


def test_without_a_query_vector_words_decide() -> None:
    levels = Levels.build(unit(2), [8, 8], [0, 1])
    found = score(levels, None, [[0, 2]], [1]).relevance
    assert found[1] > found[0]


def test_a_term_that_no_row_holds_changes_nothing() -> None:
    levels, query = Levels.build(unit(2), [8, 8], [0, 1]), unit(1, 5)[0]
    one = score(levels, query, [[0, 2]], [1])
    two = score(levels, query, [[0, 2], [0, 0]], [1, 0])
    np.testing.assert_array_equal(one.relevance, two.relevance)


@pytest.mark.parametrize("rows", [0, 1], ids=["no rows", "one row"])
@pytest.mark.parametrize("terms", [0, 2], ids=["no known term", "two terms"])
def test_small_memories_are_scored(rows: int, terms: int) -> None:
    levels = Levels.build(unit(rows), [4] * rows, list(range(rows)))
    found = score(levels, unit(1)[0], np.ones((terms, rows)), np.ones(terms))
    assert found.relevance.shape == (rows,)
    assert np.isfinite(found.relevance).all()
    assert len(levels) == rows


def test_scoring_before_any_row_exists_needs_no_shapes() -> None:
    levels = Levels.build(np.zeros((0, 1)), [], [])
    assert score(levels, None, NO_TERMS, []).relevance.shape == (0,)


def test_the_flags_of_a_query_reach_the_rows_they_concern() -> None:
    levels = Levels.build(unit(2), [8, 8], [0, 1], dated=[True, False])
    found = score(levels, None, np.zeros((0, 2)), [], authors=[False, True], asks_time=True)
    assert found.signals[SIGNALS.index("time")].tolist() == [1, 0]
    assert found.signals[SIGNALS.index("author")].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("Where do I live?", "live"),
        ("What did Ana say about Bo's vet?", "Ana say Bo vet"),
        ("who am I", "who am I"),
        ("東京 どこ", "東京 どこ"),
        ("", ""),
    ],
    ids=["first person", "names", "nothing but stop words", "Japanese", "empty"],
)
def test_stop_words_leave_the_query_unless_nothing_else_is_left(query: str, kept: str) -> None:
    assert ranking.content_query(query) == kept


def test_texts_and_questions_tell_what_they_are() -> None:
    assert ranking.is_question("And you? ")
    assert not ranking.is_question("Fine.")
    assert ranking.mentions_time("We met last Tuesday.")
    assert not ranking.mentions_time("We met.")
    assert ranking.asks_when("When did we meet?")
    assert ranking.asks_when("What date was it?")
    assert not ranking.asks_when("Where did we meet?")


def test_the_shipped_weights_name_every_signal_and_their_check() -> None:
    data = json.loads(Path(ranking.__file__).with_name("ranking_weights.json").read_text("utf-8"))
    assert list(data["signals"]) == list(SIGNALS)
    assert data["checked"]["locomo@10"] >= 0.8
    assert all(value >= 0 for name, value in data["signals"].items() if "lexical" in name)


def test_other_weights_can_be_given() -> None:
    blind = replace(shipped_weights(), signals=np.zeros(len(SIGNALS)), bias=0.0)
    levels = Levels.build(unit(2), [8, 8], [0, 1], weights=blind)
    assert score(levels, unit(1)[0], [[1, 0]], [1]).relevance.tolist() == [0.5, 0.5]


@calm
@given(st.lists(st.integers(-2, 2), max_size=30), st.integers(1, 40))
def test_the_highest_are_those_that_a_stable_sort_puts_first(values: list[int], most: int) -> None:
    found = highest(np.array(values, dtype=np.float64), most)
    in_order = sorted(range(len(values)), key=lambda place: (-values[place], place))
    assert found.tolist() == in_order[:most]


def test_the_strongest_parts_are_the_first_of_the_explanation() -> None:
    scores = scored([0, 0, 1], [5, 6, 7], np.ones((1, 3), dtype=np.float32), unit(3))
    for place, parts in enumerate(scores.strongest(np.arange(3), 3)):
        told = [(name, value) for name, _, value in scores.explain(place)[:3]]
        assert [name for name, _ in parts] == [name for name, _ in told]
        assert [value for _, value in parts] == pytest.approx([value for _, value in told])


def test_a_memory_of_several_blocks_is_scored_like_each_row_alone() -> None:
    rows = 2 * ranking.BLOCK + 3
    vectors, query = unit(rows), unit(1, 5)[0]
    one_session_each = list(range(rows))
    together = score(
        Levels.build(vectors, [9] * rows, one_session_each), query, NO_TERMS, np.zeros(0)
    )
    for place in (0, ranking.BLOCK - 1, ranking.BLOCK, rows - 1):
        alone = score(Levels.build(vectors[[place]], [9], [0]), query, NO_TERMS, np.zeros(0))
        assert together.relevance[place] == pytest.approx(alone.relevance[0], abs=1e-6)
