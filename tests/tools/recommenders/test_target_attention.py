"""Target attention where it must win: one of many events decides about a candidate."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import (
    Event,
    Plan,
    Popularity,
    TargetAttention,
    UserQuery,
)

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("one_thread")]

KEYS = 24
TABLE = ItemTable.bare([*(f"key {n}" for n in range(KEYS)), *(f"lock {n}" for n in range(KEYS))])
"""Whoever has had key n turns to lock n at some time; all are equally popular."""
PLAN = Plan(epochs=70, batch=64, learning_rate=0.01, patience=0)


def people(count: int, seed: int) -> list[list[int]]:
    """Return six keys of each."""
    dice = np.random.default_rng(seed)
    return [list(map(int, dice.choice(KEYS, 6, replace=False))) for _ in range(count)]


@cache
def log() -> InteractionLog:
    rows = []
    for person, keys in enumerate(people(400, 1)):
        opened = np.random.default_rng(person).permutation(keys)
        liked = [*(f"key {n}" for n in keys), *(f"lock {n}" for n in opened)]
        rows += [(person, id_, 1.0, float(place)) for place, id_ in enumerate(liked)]
    return InteractionLog.of(TABLE, rows)


def liking(*ids: str) -> UserQuery:
    return UserQuery(tuple(Event(id_) for id_ in ids))


@cache
def fitted(pooling: Literal["din", "dare", "mean"]) -> TargetAttention:
    """With vectors too short for a mean of six to tell which six they were."""
    made = TargetAttention(pooling=pooling, dimensions=8, dropout=0.0, plan=PLAN)
    return made.fit(log())


def auc(made: TargetAttention) -> float:
    """Return how often a lock whose key somebody new has is above one whose key they have not."""
    locks = [f"lock {n}" for n in range(KEYS)]
    found = []
    for keys in people(40, 99):
        judged = made.score(liking(*(f"key {n}" for n in keys)), locks)
        right, wrong = judged[keys], np.delete(judged, keys)
        found.append((right[:, None] > wrong[None]).mean())
    return float(np.mean(found))


@pytest.mark.parametrize("pooling", ["din", "dare"])
def test_attention_beats_the_mean(pooling: Literal["din", "dare"]) -> None:
    assert auc(fitted(pooling)) > auc(fitted("mean")) + 0.08
    assert auc(fitted(pooling)) > 0.85


def test_the_key_is_the_reason_for_its_lock() -> None:
    made, keys = fitted("din"), people(40, 99)
    right = 0
    for some in keys:
        query = liking(*(f"key {n}" for n in some))
        row = TABLE.row(f"lock {some[3]}")
        assert row is not None
        reasons = made.explain(query, row)
        right += bool(reasons) and reasons[0].item_id == f"key {some[3]}"

    assert right / len(keys) > 0.6, "by chance one of six"


def test_what_another_one_found_is_put_in_order() -> None:
    made, popular = fitted("din"), Popularity().fit(log())
    keys = people(1, 99)[0]
    query = liking(*(f"key {n}" for n in keys))
    found = popular.recommend(query, 42, explain=True)

    ordered = made.rerank(query, found)

    assert sorted(one.item.id for one in ordered) == sorted(one.item.id for one in found)
    assert [one.rank for one in ordered] == list(range(1, 43))
    scores = [one.score for one in ordered]
    assert scores == sorted(scores, reverse=True)
    assert scores == pytest.approx(list(made.score(query, [one.item.id for one in ordered])))
    assert all(one.source == "popularity" and one.reasons for one in ordered)
    locks = [one.item.id for one in ordered if one.item.id.startswith("lock")]
    assert len({f"lock {n}" for n in keys} & set(locks[:8])) >= 4, "by chance 2 of the 6"


def test_without_events_or_knowledge_the_order_stays() -> None:
    made = fitted("dare")
    other = ItemTable.bare(["new 1", "lock 1", "new 2"])
    rows = [(0, "new 1", 1.0, 0.0), (1, "new 1", 1.0, 0.0), (1, "lock 1", 1.0, 0.0)]
    found = Popularity().fit(InteractionLog.of(other, rows)).recommend(UserQuery(), 3)

    assert made.rerank(UserQuery(), found) == found
    ordered = made.rerank(liking("key 1"), found)
    assert [one.item.id for one in ordered] == ["lock 1", "new 1", "new 2"]
    assert made.rerank(liking("key 1"), []) == []


def test_a_few_are_judged_as_all_are() -> None:
    made = fitted("dare")
    query = liking("key 1", "key 2")

    few = made.score(query, ["lock 2", "gone", "key 7"])

    every = made.score(query, TABLE.ids)
    assert few == pytest.approx([every[KEYS + 2], 0.0, every[7]], abs=1e-5)


def test_a_dislike_is_learnt_from() -> None:
    """Nobody says that they like one of two; half of the people say no to the one, half to the
    other."""
    reds, blues = ([f"{letter}{n}" for n in range(6)] for letter in "rb")
    table = ItemTable.bare(["red", "blue", *reds, *blues])
    dice = np.random.default_rng(3)
    rows = []
    for person in range(120):
        own, other = (reds, "blue") if person % 2 else (blues, "red")
        liked = dice.choice(own, 4, replace=False)
        rows += [(person, str(id_), 1.0, float(place)) for place, id_ in enumerate(liked)]
        rows.append((person, other, -1.0, 9.0))
    made = TargetAttention(dimensions=8, negatives=4, plan=replace(PLAN, epochs=20))

    made.fit(InteractionLog.of(table, rows, n_users=120))

    red, blue = made.score(liking("r0", "r1"), ["red", "blue"])
    assert red > blue


def test_a_training_stopped_and_resumed_ends_in_the_same_bits(tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=3, patience=2)
    kept = replace(plan, checkpoint=tmp_path / "state.safetensors")
    asked = iter(range(100))

    TargetAttention(plan=replace(kept, stop=lambda: next(asked) == 8)).fit(log())
    resumed = TargetAttention(plan=kept).fit(log())

    whole = TargetAttention(plan=plan).fit(log())
    for name, array in whole.arrays().items():
        assert np.array_equal(array, resumed.arrays()[name]), name


@pytest.mark.parametrize(
    "wrong", [{"pooling": "max"}, {"dimensions": 0}, {"negatives": 0}, {"dropout": 1.0}], ids=str
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was trained"):
        TargetAttention(**wrong)  # type: ignore[arg-type]  # wrong on purpose
