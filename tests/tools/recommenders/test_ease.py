"""EASE beside its definition, and what it does not promise in common with others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Ease, Event, UserQuery

N = 12
TABLE = ItemTable.bare(str(row) for row in range(N))


def log(pairs: list[tuple[int, int]], table: ItemTable = TABLE) -> InteractionLog:
    return InteractionLog.of(
        table, [(person, table.ids[row], 1.0, float(n)) for n, (person, row) in enumerate(pairs)]
    )


def defined(pairs: list[tuple[int, int]], ridge: float, n: int = N) -> np.ndarray:
    """Equations 7 and 8 of the paper, in double precision."""
    liked = np.zeros((40, n))
    for person, row in pairs:
        liked[person, row] = 1.0
    inverse = np.linalg.inv(liked.T @ liked + ridge * np.eye(n))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights)


PAIRS = st.lists(st.tuples(st.integers(0, 39), st.integers(0, N - 1)), max_size=150)


@settings(max_examples=50, deadline=None)
@given(PAIRS, st.floats(0.5, 1000.0))
def test_the_weights_are_those_of_the_paper(pairs: list[tuple[int, int]], ridge: float) -> None:
    fitted = Ease(ridge=ridge).fit(log(pairs))

    assert fitted.arrays()["weights"] == pytest.approx(defined(pairs, ridge), rel=1e-3, abs=1e-5)


def test_blocks_of_a_large_matrix_fit_together() -> None:
    n = 2100  # more than two blocks
    rng = np.random.default_rng(0)
    pairs = [(int(rng.integers(40)), int(rng.integers(n))) for _ in range(3000)]
    table = ItemTable.bare(str(row) for row in range(n))
    told: list[tuple[int, int]] = []

    fitted = Ease(ridge=3.0).fit(log(pairs, table), progress=lambda *step: told.append(step))

    assert np.abs(fitted.arrays()["weights"] - defined(pairs, 3.0, n)).max() < 1e-4
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))


@settings(max_examples=30, deadline=None)
@given(PAIRS, st.lists(st.tuples(st.integers(0, 1), st.integers(0, N - 1)), max_size=8))
def test_few_new_interactions_correct_the_inverse(
    old: list[tuple[int, int]], new: list[tuple[int, int]]
) -> None:
    updated = Ease(ridge=5.0).fit(log(old))

    updated.update(log(new))

    expected = defined(old + new, 5.0)
    assert updated.arrays()["weights"] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_many_updates_do_not_drift() -> None:
    rng = np.random.default_rng(0)
    pairs = [(int(rng.integers(20)), int(rng.integers(N))) for _ in range(100)]
    updated = Ease(ridge=5.0).fit(log(pairs))

    for _ in range(100):
        one = (int(rng.integers(40)), int(rng.integers(N)))
        pairs.append(one)
        updated.update(log([one]))

    assert np.abs(updated.arrays()["weights"] - defined(pairs, 5.0)).max() < 1e-4


def test_older_events_count_less() -> None:
    pairs = [(person, row) for person in range(10) for row in ((0, 1) if person < 5 else (2, 3))]
    fitted = Ease(ridge=1.0, decay=0.5).fit(log(pairs))

    score = fitted.score(UserQuery(events=(Event("0"), Event("2"))), ["1", "3"])

    assert score[0] == pytest.approx(0.5 * score[1])


def test_the_shares_of_all_events_make_the_score() -> None:
    rng = np.random.default_rng(1)
    fitted = Ease(ridge=2.0).fit(
        log([(int(rng.integers(40)), int(rng.integers(N))) for _ in range(150)])
    )
    query = UserQuery(events=(Event("1"), Event("2"), Event("3")))
    alone = [fitted.score(UserQuery(events=(event,)), ["7"])[0] for event in query.events]

    (best,) = (one for one in fitted.recommend(query, N, explain=True) if one.item.id == "7")

    whole = sum(share for share in alone if share > 0)
    expected = {e.item_id: a / whole for e, a in zip(query.events, alone, strict=True) if a > 0}
    assert {r.item_id: r.contribution for r in best.reasons} == pytest.approx(expected, rel=1e-4)
    assert best.score == pytest.approx(sum(alone), rel=1e-4)


def test_a_matrix_that_would_not_fit_is_refused_with_its_size() -> None:
    table = ItemTable.bare(str(row) for row in range(300_000))

    with pytest.raises(InvalidInputError, match=r"needs 396\.0 GB .* Nothing was fitted"):
        Ease().fit(log([(0, 1)], table))


@pytest.mark.parametrize(
    "wrong", [{"ridge": 0.0}, {"ridge": float("nan")}, {"decay": 0.0}, {"decay": 1.1}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was fitted"):
        Ease(**wrong)
