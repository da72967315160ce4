"""Interests on blocks: whoever likes two of them gets a list with something of each."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.models.embeddings import open_embedder
from usermind.tools.interactions import InteractionLog
from usermind.tools.item_filter import ItemFilter
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import (
    Ease,
    Event,
    Interests,
    LightGCN,
    Plan,
    Popularity,
    Recommendation,
    Recommender,
    TextMap,
    TextSource,
    UserQuery,
    load,
    save,
)
from usermind.tools.recommenders.interests import _dealt

pytestmark = pytest.mark.usefixtures("one_thread")

BLOCKS, SIZE = 4, 12
TABLE = ItemTable.bare(f"{block}-{number}" for block in range(BLOCKS) for number in range(SIZE))


def log() -> InteractionLog:
    """Block 0 is the most popular by far; a few people like one of the others, too."""
    dice = np.random.default_rng(5)
    rows = []
    for person in range(160):
        blocks = [0] if person % 2 else [person // 2 % BLOCKS]
        blocks += [1 + person % 3] if person % 8 == 0 else []
        for block in blocks:
            for number in dice.choice(SIZE, 6, replace=False):
                rows.append((person, f"{block}-{number}", 1.0, 0.0))
    return InteractionLog.of(TABLE, rows)


def liking(*ids: str) -> UserQuery:
    return UserQuery(tuple(Event(id_) for id_ in ids))


def blocks(found: list[Recommendation]) -> Counter[str]:
    return Counter(one.item.id.split("-")[0] for one in found)


TORN = liking("0-0", "0-1", "0-2", "2-0")
"""Three quarters of block 0."""


@pytest.mark.parametrize(
    "within",
    [
        Popularity(),
        Ease(ridge=5.0),
        pytest.param(
            LightGCN(dimensions=8, plan=Plan(20, 32, 0.02, patience=0)), marks=pytest.mark.torch
        ),
    ],
    ids=["popularity", "ease", "vectors of its own"],
)
def test_places_are_dealt_out_as_the_user_likes_the_blocks(within: Recommender) -> None:
    made = Interests(within, interests=2, clusters=BLOCKS, own=1.0).fit(log())

    found = made.recommend(TORN, 8)

    assert blocks(found) == {"0": 6, "2": 2}
    assert not {one.item.id for one in found} & TORN.seen
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for block in "02":  # within an interest the order is that of the one within
        ours = [one.item.id for one in found if one.item.id[0] == block]
        theirs = [one.item.id for one in within.recommend(TORN, 48) if one.item.id[0] == block]
        assert ours == theirs[: len(ours)]


def test_popularity_alone_gives_one_block() -> None:
    """What the test above changes."""
    assert blocks(Popularity().fit(log()).recommend(TORN, 8)) == {"0": 8}


def test_every_beginning_of_the_list_keeps_to_the_shares() -> None:
    made = Interests(Popularity(), interests=2, clusters=BLOCKS, own=1.0).fit(log())

    found = made.recommend(liking("1-0", "3-0"), 8)

    for places in (2, 4, 6, 8):
        assert blocks(found[:places]) == {"1": places // 2, "3": places // 2}


def test_by_default_the_list_is_that_of_the_one_within() -> None:
    within = Ease(ridge=5.0)
    made = Interests(within, clusters=BLOCKS).fit(log())

    ours, theirs = made.recommend(TORN, 8), within.recommend(TORN, 8)

    assert [(one.item, one.score) for one in ours] == [(one.item, one.score) for one in theirs]


def test_interests_of_people_alike_come_in_as_far_as_they_may() -> None:
    alone = Interests(Popularity(), interests=4, clusters=BLOCKS, own=1.0).fit(log())
    shared = Interests(Popularity(), interests=4, clusters=BLOCKS, own=0.5).fit(log())
    query = liking("1-0", "1-1")

    assert list(alone.weights(query).values()) == [1.0]
    weights = list(shared.weights(query).values())
    assert len(weights) > 1
    assert weights[0] > 0.5
    assert sum(weights) == pytest.approx(1.0)


def test_a_filter_that_leaves_nothing_of_an_interest_gives_its_places_to_the_others() -> None:
    made = Interests(Popularity(), interests=2, clusters=BLOCKS, own=1.0).fit(log())
    only = frozenset(id_ for id_ in TABLE.ids if id_[0] in "03")

    found = made.recommend(TORN, 20, ItemFilter(only=only))

    assert blocks(found) == {"0": 9, "3": 11}
    assert {one.item.id[0] for one in found[:9]} == {"0"}


@settings(max_examples=80, deadline=None)
@given(
    clusters=st.lists(st.integers(-1, 4), min_size=1, max_size=40),
    shares=st.dictionaries(st.integers(0, 4), st.floats(0.01, 1), min_size=2, max_size=5),
    k=st.integers(1, 50),
)
def test_dealing_gives_as_many_as_there_are_and_none_twice(
    clusters: list[int], shares: Mapping[int, float], k: int
) -> None:
    candidates = np.random.default_rng(0).permutation(len(clusters)).astype(np.int64)

    chosen = _dealt(candidates, np.array(clusters), shares, k)

    assert len(chosen) == min(k, len(clusters))
    assert len(set(chosen)) == len(chosen)
    places = {int(row): place for place, row in enumerate(candidates)}
    for cluster in {*clusters}:
        order = [places[row] for row in chosen if clusters[row] == cluster]
        assert order == sorted(order)


def test_a_loaded_one_deals_as_the_saved_one(tmp_path: Path) -> None:
    made = Interests(Ease(ridge=5.0), interests=3, clusters=BLOCKS, own=0.7).fit(log())

    save(made, tmp_path / "model")
    again = load(tmp_path / "model", TABLE)

    assert again.settings() == made.settings()
    assert again.recommend(TORN, 10, explain=True) == made.recommend(TORN, 10, explain=True)


def test_what_means_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Nothing was fitted"):
        Interests(Popularity(), interests=0)
    with pytest.raises(InvalidInputError, match="Nothing was fitted"):
        Interests(Popularity(), own=1.5)
    text = TextSource(np.zeros((0, 512), np.float32), open_embedder("lexical"))
    with pytest.raises(InvalidInputError, match="Put another recommender within"):
        Interests(TextMap(text))
