"""LightGCN on data of which the answer is known: people who like the items of one block."""

from dataclasses import replace

import numpy as np
import pytest

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Event, UserQuery
from usermind.tools.recommenders.lightgcn import LightGCN
from usermind.tools.recommenders.training import Plan

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("one_thread")]

BLOCKS, SIZE = 4, 10
TABLE = ItemTable.bare(f"{block}-{number}" for block in range(BLOCKS) for number in range(SIZE))
PLAN = Plan(epochs=15, batch=32, learning_rate=0.02, patience=0)


def log(people: int = 80, liked: int = 5) -> InteractionLog:
    dice = np.random.default_rng(7)
    return InteractionLog.of(
        TABLE,
        [
            (person, f"{person % BLOCKS}-{number}", 1.0, float(place))
            for person in range(people)
            for place, number in enumerate(dice.choice(SIZE, liked, replace=False))
        ],
    )


def liking(*ids: str) -> UserQuery:
    return UserQuery(tuple(Event(id_) for id_ in ids))


@pytest.mark.parametrize(
    "made",
    [
        LightGCN(dimensions=16, plan=PLAN),
        LightGCN(dimensions=16, layers=1, plan=PLAN),
        LightGCN(dimensions=16, layers=2, plan=PLAN),
        LightGCN(dimensions=16, negatives=16, plan=PLAN),
        LightGCN(dimensions=16, loss="bpr", dropout=0.0, plan=replace(PLAN, epochs=60)),
    ],
    ids=["by default", "one layer", "two layers", "drawn negatives", "bpr"],
)
def test_somebody_new_gets_the_rest_of_their_block(made: LightGCN) -> None:
    made.fit(log())

    for block in range(BLOCKS):
        found = made.recommend(liking(f"{block}-0", f"{block}-3"), SIZE - 2)

        assert {one.item.id.split("-")[0] for one in found} == {str(block)}


def test_no_vector_is_of_a_person() -> None:
    made = LightGCN(dimensions=8, plan=PLAN).fit(log(people=80))

    assert {array.shape for array in made.arrays().values()} == {(len(TABLE), 8)}


def test_what_nobody_liked_scores_nothing() -> None:
    few = InteractionLog.of(TABLE, [(p, f"0-{n}", 1.0, 0.0) for p in range(9) for n in range(5)])

    made = LightGCN(dimensions=8, plan=PLAN).fit(few)

    assert made.score(liking("0-1"), ["3-1", "0-9"]).tolist() == [0.0, 0.0]
    assert made.score(liking("3-1"), ["0-1"]).tolist() == [0.0]


def test_the_shares_of_events_are_the_parts_of_the_score() -> None:
    made = LightGCN(dimensions=16, plan=PLAN).fit(log())
    query = liking("0-1", "0-2")

    (best,) = made.recommend(query, 1, explain=True)

    assert {reason.item_id for reason in best.reasons} == {"0-1", "0-2"}
    assert sum(reason.contribution for reason in best.reasons) == pytest.approx(1.0)


def test_gradients_go_through_the_graph_as_finite_differences_say() -> None:
    """One small step against the gradient lowers the loss by its squared length."""
    import torch

    from usermind.tools.recommenders.lightgcn import _Lesson

    lesson = _Lesson(LightGCN(dimensions=4, layers=5, dropout=0.0, plan=PLAN), log())
    items = lesson.parameters["items"]
    everybody = np.arange(80)

    before = lesson.loss(everybody, np.random.default_rng(0))
    before.backward()  # type: ignore[no-untyped-call]  # torch has no types there
    assert items.grad is not None
    grad, step = items.grad.clone(), 1e-2
    with torch.no_grad():
        items -= step * grad / grad.norm()
        lower = lesson.loss(everybody, np.random.default_rng(0))
        items += 2 * step * grad / grad.norm()
        higher = lesson.loss(everybody, np.random.default_rng(0))

    slope = float(higher - lower) / (2 * step)
    assert slope == pytest.approx(float(grad.norm()), rel=0.02)


@pytest.mark.parametrize(
    "wrong",
    [{"layers": 0}, {"temperature": 0.0}, {"dropout": 1.0}, {"loss": "hinge"}, {"negatives": -1}],
    ids=str,
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was trained"):
        LightGCN(**wrong)  # type: ignore[arg-type]  # wrong on purpose
