"""The graph filter beside its definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Event, GraphFilter, UserQuery


def log(pairs: list[tuple[int, int]], n: int) -> InteractionLog:
    table = ItemTable.bare(str(row) for row in range(n))
    return InteractionLog.of(table, [(person, str(row), 1.0, 0.0) for person, row in pairs])


def defined(
    found: InteractionLog, rank: int, smooth: float, lift: float, crowd: float
) -> np.ndarray:
    """Section 4.2 of the paper, and our two exponents, with dense matrices of double precision."""
    liked = found.matrix().toarray().astype(np.float64)
    people, items = (np.maximum(liked.sum(axis=axis), 1e-30) for axis in (1, 0))
    weighed = liked / np.sqrt(people)[:, None] / np.sqrt(items)
    _, values, vectors = np.linalg.svd(weighed, full_matrices=False)
    low = vectors[:rank][values[:rank] > 1e-5].T
    root = np.sqrt(items)
    inverse_root = np.where(liked.any(axis=0), 1 / root, 0.0)
    lifts = np.where(liked.any(axis=0), items**lift, 1.0)
    trust = np.where(liked.any(axis=1), people**crowd, 1.0)
    trust /= (trust * liked.sum(axis=1)).sum() / liked.sum()
    near = (weighed.T * trust) @ weighed * lifts / lifts[:, None]
    return np.asarray(near + smooth * inverse_root[:, None] * (low @ low.T) * root)


def random_log(seed: int, people: int, n: int, size: int) -> InteractionLog:
    rng = np.random.default_rng(seed)
    return log(
        list(zip(rng.integers(people, size=size), rng.integers(n, size=size), strict=True)), n
    )


# Many small graphs that do not touch have one frequency many times over: where the rank cuts
# through it, several answers are right. So a sparse log is tried with all frequencies alone.
@pytest.mark.parametrize(
    ("people", "n", "rank", "size"),
    [
        (20, 15, 5, 200),
        (150, 90, 6, 1500),
        (90, 150, 10, 1500),
        (70, 70, 500, 1500),
        (20, 30, 500, 30),
    ],
)
@pytest.mark.parametrize(("lift", "crowd"), [(0.0, 0.0), (0.2, -0.5)], ids=["paper", "ours"])
def test_scores_are_those_of_the_formula(
    people: int, n: int, rank: int, size: int, lift: float, crowd: float
) -> None:
    found = random_log(0, people, n, size)
    # As far as iterating can: the very last frequency of all is out of its reach.
    matrix = defined(
        found, min(rank, min(found.matrix().shape) - (min(people, n) > 64)), 0.3, lift, crowd
    )
    fitted = GraphFilter(rank=rank, lift=lift, crowd=crowd).fit(found)

    for row in range(0, n, 7):
        query = UserQuery(events=(Event(str(row)), Event(str((row + 3) % n), -0.5)))
        expected = matrix[row] - 0.5 * matrix[(row + 3) % n]
        assert fitted.scores(query) == pytest.approx(expected, rel=1e-3, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 7)), max_size=40))
def test_each_event_adds_what_it_would_score_alone(pairs: list[tuple[int, int]]) -> None:
    fitted = GraphFilter(rank=3, smooth=0.5, lift=0.15, crowd=0.2).fit(log(pairs, 8))
    query = UserQuery(events=(Event("1"), Event("2", 0.5), Event("3", -1.0)))
    parts = [fitted.scores(UserQuery(events=(event,))) for event in query.events]

    assert fitted.scores(query) == pytest.approx(sum(parts), abs=1e-5)
    for row in (0, 5):
        added = np.array([part[row] for part in parts]).clip(min=0)
        whole = added.sum()
        for reason in fitted.explain(query, row):
            place = [event.item_id for event in query.events].index(str(reason.item_id))
            assert reason.contribution == pytest.approx(added[place] / whole, abs=1e-3)


def test_the_same_log_gives_the_same_model() -> None:
    found = random_log(3, 100, 100, 900)

    one, other = (GraphFilter(rank=12).fit(found).arrays()["low"] for _ in range(2))

    assert np.array_equal(one, other)


def test_factors_are_of_length_one_on_average_and_point_where_the_same_people_lead() -> None:
    found = log(
        [(person, row) for person in range(12) for row in ((0, 1) if person % 3 else (2, 3))], 5
    )

    factors = GraphFilter(rank=2).fit(found).factors()

    assert (factors[:4] ** 2).sum() == pytest.approx(4)
    assert factors[4].tolist() == [0, 0]
    assert factors[0] == pytest.approx(factors[1], abs=1e-5)
    assert factors[0] @ factors[2] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rank": -1},
        {"smooth": float("inf")},
        {"lift": 0.6},
        {"crowd": float("nan")},
        {"decay": 0.0},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was fitted"):
        GraphFilter(**wrong)  # type: ignore[arg-type]
