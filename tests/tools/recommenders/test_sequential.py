"""The sequential transformer on orders that are known, and that popularity cannot tell."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.item_filter import ItemFilter
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Event, UserQuery
from usermind.tools.recommenders.sequential import SequentialTransformer
from usermind.tools.recommenders.training import Plan

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("one_thread")]

CYCLE = 12
TABLE = ItemTable.bare(map(str, range(2 * CYCLE)))
"""0 → 1 → … → 11 → 0, and 12 → … → 23 → 12 the same way; every item is liked equally often."""
PLAN = Plan(epochs=40, batch=16, learning_rate=0.01, patience=0)
small = partial(
    SequentialTransformer, length=8, dimensions=16, layers=1, heads=2, dropout=0.0, plan=PLAN
)


def after(number: int, steps: int = 1) -> int:
    return number // CYCLE * CYCLE + (number + steps) % CYCLE


def log(people: int = 48, steps: int = 6) -> InteractionLog:
    return InteractionLog.of(
        TABLE,
        [
            (person, str(after(person % (2 * CYCLE), step)), 1.0, float(step))
            for person in range(people)
            for step in range(steps)
        ],
    )


def history(*numbers: int, weight: float = 1.0) -> UserQuery:
    return UserQuery(tuple(Event(str(number), weight) for number in numbers))


def hits(made: SequentialTransformer) -> float:
    """Return the share of starts from which the next item of the cycle comes first."""
    found = [
        made.recommend(history(*(after(start, step) for step in range(5))), 1)[0].item.id
        == str(after(start, 5))
        for start in range(2 * CYCLE)
    ]
    return float(np.mean(found))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"negatives": 0},
        {"negatives": 8},
        {"loss": "gbce", "negatives": 8},
        {"reads": "masked", "hidden": 0.3},
    ],
    ids=["by default", "all negatives", "few negatives", "gbce", "masked"],
)
def test_what_comes_next_in_a_cycle_is_learnt(settings: dict[str, Any]) -> None:
    plan = replace(PLAN, epochs=120) if "reads" in settings else PLAN

    made = small(**settings, plan=plan).fit(log())

    assert hits(made) >= 0.95


def test_the_order_decides_and_not_the_set() -> None:
    made = small().fit(log())
    again = ItemFilter(exclude_seen=False)

    forth = made.recommend(history(3, 4, 5), 1, again)[0].item.id
    back = made.recommend(history(4, 5, 3), 1, again)[0].item.id

    assert (forth, back) == ("6", "4")


def test_only_the_latest_events_count() -> None:
    made = small(length=3).fit(log())

    short, long = history(4, 5, 6), history(14, 15, 16, 17, 4, 5, 6)

    assert np.array_equal(made.scores(short), made.scores(long))


def test_a_long_sequence_is_learnt_from_its_start() -> None:
    """What only the first places of long sequences tell is learnt, too."""
    rare = [(p, str(n), 1.0, float(n)) for p in range(12) for n in range(20)]
    made = small(length=4)

    made.fit(InteractionLog.of(TABLE, rare))

    assert made.recommend(history(0, 1, 2), 1)[0].item.id == "3"


def test_complementary_comes_after_and_similar_stands_in_the_same_place() -> None:
    # Each third item of the walk is one of two that are alike: n or n + 12.
    dice = np.random.default_rng(0)
    rows = [
        (person, str((start + step) % CYCLE + CYCLE * int(dice.integers(2))), 1.0, float(step))
        for person in range(240)
        for start in [person % CYCLE]
        for step in range(6)
    ]
    made = small(plan=replace(PLAN, batch=64))

    made.fit(InteractionLog.of(TABLE, rows))

    assert {one.item.id for one in made.complementary("3", 2)} == {"4", "16"}
    assert made.similar("3", 1)[0].item.id == "15"


def test_what_is_disliked_is_left_and_repels() -> None:
    made = small().fit(log())
    liked = tuple(Event(str(number)) for number in (3, 4, 5))

    with_dislike = made.score(UserQuery((*liked, Event("6", -1.0))), ["6"])

    assert with_dislike[0] < made.score(UserQuery(liked), ["6"])[0]


def test_the_event_that_decides_is_the_reason() -> None:
    made = small().fit(log())

    (best,) = made.recommend(history(20, 3, 4, 5), 1, explain=True)

    assert best.item.id == "6"
    assert best.reasons[0].item_id == "5"


@pytest.mark.parametrize("reads", ["causal", "masked"])
def test_padding_changes_nothing(reads: Literal["causal", "masked"]) -> None:
    import torch

    from usermind.tools.recommenders.sequential import _Lesson

    model = SequentialTransformer(reads=reads, length=8, dimensions=16, plan=PLAN)
    lesson = _Lesson(model, log())
    short, long = np.array([1, 2]), np.array([5, 6, 7, 8, 9, 10])

    together, alone = lesson.rank([short, long]), lesson.rank([short])

    assert torch.allclose(together[0], alone[0], atol=1e-5)


def test_a_causal_place_sees_nothing_after_it() -> None:
    import torch

    from usermind.tools.recommenders.encoder import Shape, drawn, encoded

    shape = Shape(items=10, length=6, dimensions=8, layers=2, heads=2, causal=True)
    parameters = drawn(shape, seed=1)

    one = encoded(parameters, shape, torch.tensor([[1, 2, 3, 4]]))
    other = encoded(parameters, shape, torch.tensor([[1, 2, 7, 8]]))

    assert torch.allclose(one[0, :2], other[0, :2], atol=1e-6)
    assert not torch.allclose(one[0, 2:], other[0, 2:], atol=1e-2)


def test_a_training_stopped_and_resumed_ends_in_the_same_bits(tmp_path: Path) -> None:
    """With dropout, drawn negatives and moments of the optimiser in many tensors."""
    wide = partial(small, dropout=0.2, negatives=6)
    plan = replace(PLAN, epochs=3, patience=2)
    kept = replace(plan, checkpoint=tmp_path / "state.safetensors")
    asked = iter(range(100))

    wide(plan=replace(kept, stop=lambda: next(asked) == 3)).fit(log())
    resumed = wide(plan=kept).fit(log())

    whole = wide(plan=plan).fit(log())
    for name, array in whole.arrays().items():
        assert np.array_equal(array, resumed.arrays()[name]), name


@pytest.mark.parametrize(
    "wrong",
    [
        {"reads": "both"},
        {"loss": "hinge"},
        {"length": 0},
        {"heads": 3},
        {"negatives": -1},
        {"temperature": 0.0},
        {"dropout": 1.0},
        {"hidden": 0.0},
    ],
    ids=str,
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was trained"):
        SequentialTransformer(**wrong)  # type: ignore[arg-type]  # wrong on purpose
