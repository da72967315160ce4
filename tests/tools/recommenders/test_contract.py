"""What every recommender promises, whatever it computes.

The data is made so that the answer is known: four kinds of films, and people who like one kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.errors import InvalidInputError, NotInCatalogueError
from usermind.models.embeddings import open_embedder
from usermind.tools.interactions import InteractionLog
from usermind.tools.item_filter import Condition, ItemFilter
from usermind.tools.items import Item, ItemTable
from usermind.tools.recommenders import (
    AttributeMatch,
    Blend,
    Ease,
    Event,
    GraphFilter,
    Interests,
    LightGCN,
    Plan,
    Popularity,
    Preference,
    Recommender,
    SequentialTransformer,
    TargetAttention,
    TextMap,
    TextSource,
    TransitionKnn,
    UserQuery,
    load,
    save,
)
from usermind.tools.recommenders.recommender import top


@cache
def told(table: ItemTable) -> TextSource:
    embedder = open_embedder("lexical")
    vectors = embedder.embed_documents([item.told() for item in table])
    return TextSource(np.array(vectors, dtype=np.float32).reshape(len(table), 512), embedder)


pytestmark = pytest.mark.usefixtures("one_thread")

QUICK = Plan(epochs=30, batch=16, learning_rate=0.02, patience=0, device="cpu")
MAKERS: dict[str, Callable[[ItemTable], Recommender]] = {
    "popularity": lambda _: Popularity(),
    "ease": lambda _: Ease(ridge=5.0),
    "graph filter": lambda _: GraphFilter(rank=8),
    "transitions": lambda _: TransitionKnn(),
    "lightgcn": lambda _: LightGCN(dimensions=16, plan=QUICK),
    "sequential": lambda _: SequentialTransformer(
        length=6, dimensions=16, layers=1, dropout=0.5, temperature=0.3, plan=QUICK
    ),
    "target attention": lambda _: TargetAttention(
        dimensions=16, attention=8, dropout=0.7, plan=replace(QUICK, epochs=20)
    ),
    "interests": lambda _: Interests(Ease(ridge=5.0), clusters=4),
    "text": lambda table: TextMap(told(table), rank=8),
    "attributes": lambda _: AttributeMatch(),
    "blend": lambda table: Blend(
        {
            "taste": Ease(ridge=5.0),
            "sequence": TransitionKnn(),
            "attributes": AttributeMatch(),
            "text": TextMap(told(table), rank=8),
            "popularity": Popularity(),
        }
    ),
}
"""How each of them is made, for a table. Whoever writes a recommender adds a line here."""
TRAINED = {"lightgcn", "sequential", "target attention"}
"""These need torch."""
NAMES = [
    pytest.param(name, marks=pytest.mark.torch) if name in TRAINED else pytest.param(name)
    for name in MAKERS
]
IMPERSONAL = {"attributes", "popularity"}
"""These say the same to everybody."""
IN_ORDER = {"sequential"}
"""These learn what is next, and here that is one item: what else is of its kind need not follow."""
UPDATED_AS_FITTED = {"attributes", "popularity", "ease", "graph filter", "transitions"}
"""After `update` these are what `fit` on old and new interactions makes; others refuse."""
READS_TEXT = {"blend", "text"}
"""These score items that nobody has touched."""
RELATIVE = {"blend"}
"""The scores of these say how an item stands out of its table."""

KINDS = ("comedy", "horror", "western", "noir")
PER_KIND = 8
LIKED_BY_EACH = 6
IDS = [f"{kind}-{number}" for kind in KINDS for number in range(PER_KIND)]


def film(id_: str) -> Item:
    kind, number = id_.split("-")
    return Item(
        id_, f"The {kind} {number}", attributes={"genre": kind, "year": 1990.0 + int(number)}
    )


TABLE = ItemTable(film(id_) for id_ in IDS)


def watched(people: range) -> list[tuple[int, str, float, float]]:
    """Everybody goes through one kind in the order of its numbers, each from another one on."""
    return [
        (person, f"{KINDS[person % 4]}-{(person // 4 + step) % PER_KIND}", 1.0, 100.0 * step)
        for person in people
        for step in range(LIKED_BY_EACH)
    ]


@cache
def log() -> InteractionLog:
    return InteractionLog.of(TABLE, watched(range(64)), n_users=64)


@cache
def fitted(name: str) -> Recommender:
    """For tests that change nothing."""
    return MAKERS[name](TABLE).fit(log())


@pytest.fixture(params=NAMES)
def recommender(request: pytest.FixtureRequest) -> Recommender:
    return fitted(request.param)


@pytest.fixture(params=[name for name in NAMES if name.values[0] not in IMPERSONAL])
def personal(request: pytest.FixtureRequest) -> Recommender:
    return fitted(request.param)


@pytest.fixture(params=NAMES)
def make(request: pytest.FixtureRequest) -> Callable[[], Recommender]:
    return lambda: MAKERS[request.param](TABLE)


def liking(*ids: str, weight: float = 1.0) -> UserQuery:
    return UserQuery(events=tuple(Event(id_, weight) for id_ in ids))


def ids(found: Sequence[object]) -> list[str]:
    return [one.item.id for one in found]  # type: ignore[attr-defined]


# -- what is known by construction ------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_who_likes_one_kind_gets_the_rest_of_it_first(personal: Recommender, kind: str) -> None:
    query = liking(*(f"{kind}-{number}" for number in (1, 2, 3)))

    found = personal.recommend(query, k=PER_KIND - 3)

    if personal.name in IN_ORDER:
        assert ids(found)[0] == f"{kind}-4"
        return
    assert sorted(ids(found)) == [f"{kind}-{number}" for number in (0, 4, 5, 6, 7)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_similar_is_of_the_same_kind(personal: Recommender, kind: str) -> None:
    for nearest in (personal.similar, personal.complementary):
        found = nearest(f"{kind}-2", k=3)

        assert len(found) == 3
        assert {one.item.attributes["genre"] for one in found} == {kind}
        assert f"{kind}-2" not in ids(found)


def test_a_disliked_item_lowers_its_neighbours(personal: Recommender) -> None:
    comedies = [id_ for id_ in IDS if id_.startswith("comedy") and id_ != "comedy-3"]

    before = personal.score(liking("noir-1", "comedy-2"), comedies)
    query = UserQuery(events=(Event("noir-1"), Event("comedy-2"), Event("comedy-3", -1.0)))
    after = personal.score(query, comedies)

    assert after.mean() < before.mean()


def test_the_latest_word_on_an_item_counts(personal: Recommender) -> None:
    changed = UserQuery(events=(Event("comedy-1"), Event("noir-1"), Event("comedy-1", -1.0)))
    plain = UserQuery(events=(Event("noir-1"), Event("comedy-1", -1.0)))

    assert personal.score(changed, IDS) == pytest.approx(personal.score(plain, IDS), abs=1e-6)


def test_reasons_name_what_the_user_liked_and_their_shares_are_shares(
    recommender: Recommender,
) -> None:
    query = UserQuery(
        events=(Event("comedy-1", memory="m1"), Event("comedy-2", 0.5), Event("noir-4", -1.0))
    )

    found = recommender.recommend(query, k=5, explain=True)

    assert len(found) == 5
    for one in found:
        shares = [reason.contribution for reason in one.reasons]
        assert shares == sorted(shares, reverse=True)
        assert all(0 < share <= 1 + 1e-6 for share in shares)
        assert sum(shares) <= 1 + 1e-6
        for reason in one.reasons:
            if reason.kind == "event":
                assert reason.item_id in query.seen
                assert reason.memory == ("m1" if reason.item_id == "comedy-1" else None)
    assert all(not one.reasons for one in recommender.recommend(query, k=5))


def test_the_first_reason_for_an_item_is_of_its_kind(personal: Recommender) -> None:
    query = liking("noir-1", "comedy-2")

    told = 0
    for one in personal.recommend(query, k=8, explain=True):
        reasons = [reason for reason in one.reasons if reason.kind == "event"]
        for reason in reasons[:1]:
            told += 1
            assert reason.item_id is not None
            because = film(reason.item_id)
            assert because.attributes["genre"] == one.item.attributes["genre"]
            assert reason.text == f"you liked {because.title}"
    assert told


# -- what holds for anybody -------------------------------------------------------------------

SOME_IDS = st.one_of(st.sampled_from(IDS), st.sampled_from(["", "gone", "comedy-99", "😀" * 60]))
EVENTS = st.lists(
    st.builds(
        Event,
        SOME_IDS,
        st.one_of(st.floats(-1, 1), st.floats(), st.sampled_from([0.0, -0.0, 1e300])),
        at=st.sampled_from([None, datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1)]),
        source=st.sampled_from(["log", "chat", "profile"]),
    ),
    max_size=12,
).map(tuple)
QUERIES = st.builds(
    UserQuery,
    EVENTS,
    st.lists(
        st.builds(
            Preference,
            st.sampled_from(["", "likes horror", "hates noir", "\x00"]),
            st.sampled_from([1, -1]),
            st.floats(0, 1),
            st.sampled_from([None, "genre", "nothing"]),
            st.sampled_from([None, "horror", "\x00"]),
        ),
        max_size=3,
    ).map(tuple),
    st.sampled_from(["", "something funny", " ", "a\x00b"]),
    st.lists(SOME_IDS, max_size=4).map(tuple),
)
CONDITIONS = st.one_of(
    st.builds(Condition, st.just("genre"), any_of=st.lists(st.sampled_from(KINDS)).map(tuple)),
    st.builds(Condition, st.just("genre"), none_of=st.lists(st.sampled_from(KINDS)).map(tuple)),
    st.builds(Condition, st.just("year"), least=st.floats(1988, 1999)),
    st.builds(Condition, st.just("nothing"), most=st.just(1.0)),
)
FILTERS = st.builds(
    ItemFilter,
    st.lists(CONDITIONS, max_size=2).map(tuple),
    st.frozensets(SOME_IDS, max_size=5),
    st.one_of(st.none(), st.frozensets(SOME_IDS, max_size=20)),
    st.booleans(),
)


def meets(item: Item, condition: Condition) -> bool:
    """The conditions again, as plainly as can be."""
    genre, year = item.attributes["genre"], item.attributes["year"]
    assert isinstance(year, float)
    if condition.attribute == "nothing":
        return False
    return (
        (not condition.any_of or genre in condition.any_of)
        and genre not in condition.none_of
        and (condition.least is None or year >= condition.least)
    )


@settings(max_examples=60, deadline=None)
@given(query=QUERIES, where=FILTERS, k=st.integers(1, 50), data=st.data())
@pytest.mark.parametrize("name", NAMES)
def test_filters_hold_seen_items_stay_away_and_scores_are_finite(
    name: str, query: UserQuery, where: ItemFilter, k: int, data: st.DataObject
) -> None:
    recommender = fitted(name)

    found = recommender.recommend(query, k, where, explain=data.draw(st.booleans()))

    every = recommender.score(query, IDS)
    passing = {
        item.id
        for item in TABLE
        if all(meets(item, condition) for condition in where.conditions)
        and item.id not in where.exclude
        and (where.only is None or item.id in where.only)
        and not (where.exclude_seen and item.id in query.seen)
    }
    assert np.isfinite(every).all()
    assert len(found) == min(k, len(passing))
    assert set(ids(found)) <= passing
    assert [one.rank for one in found] == list(range(1, len(found) + 1))
    assert all(one.source == recommender.name for one in found)
    by_score = sorted(passing, key=lambda id_: (-every[IDS.index(id_)], IDS.index(id_)))
    assert ids(found) == by_score[: len(found)], "best first, ties in the order of the table"
    for one in found:
        assert one.score == every[IDS.index(one.item.id)]
        assert sum(reason.contribution for reason in one.reasons) <= 1 + 1e-5


SCORES = st.lists(st.sampled_from([-2.0, -1.0, -0.0, 0.0, 0.5, 3.0]), max_size=40)


@given(SCORES, st.integers(1, 45), st.data())
def test_the_best_rows_are_those_of_a_plain_sort(
    scores: list[float], k: int, data: st.DataObject
) -> None:
    among = np.array([data.draw(st.booleans()) for _ in scores], dtype=bool)

    found = top(np.array(scores, dtype=np.float32), k, among=among)

    rows = [row for row in range(len(scores)) if among[row]]
    assert found.tolist() == sorted(rows, key=lambda row: (-scores[row], row))[:k]


def test_a_query_is_answered_alike_whatever_was_asked_before(recommender: Recommender) -> None:
    queries = [liking("comedy-1"), UserQuery(), liking("noir-1", "western-2"), liking("gone")]

    first = [recommender.score(query, IDS) for query in queries]
    second = [recommender.score(query, IDS) for query in reversed(queries)]

    for one, other in zip(first, reversed(second), strict=True):
        assert np.array_equal(one, other)


def test_a_user_of_whom_nothing_is_known_is_answered(recommender: Recommender) -> None:
    for query in (UserQuery(), liking("gone", "unknown"), liking("comedy-1", weight=0.0)):
        found = recommender.recommend(query, k=4, explain=True)

        assert len(found) == 4


def test_seen_items_come_back_only_when_asked(recommender: Recommender) -> None:
    query = UserQuery(events=(Event("comedy-1"),), session=("comedy-2",))

    assert not {"comedy-1", "comedy-2"} & set(ids(recommender.recommend(query, k=50)))
    kept = recommender.recommend(query, k=50, where=ItemFilter(exclude_seen=False))
    assert {"comedy-1", "comedy-2"} <= set(ids(kept))


def test_unknown_items_score_nothing_and_have_no_neighbours(recommender: Recommender) -> None:
    assert recommender.score(liking("comedy-1"), ["gone"]).tolist() == [0.0]
    for near in (recommender.similar, recommender.complementary):
        with pytest.raises(NotInCatalogueError, match="'gone'"):
            near("gone")


def test_k_below_one_is_refused(recommender: Recommender) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was ranked"):
        recommender.recommend(UserQuery(), k=0)
    with pytest.raises(InvalidInputError, match="Nothing was ranked"):
        recommender.similar("comedy-1", k=0)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_catalogue_is_answered_with_nothing(name: str) -> None:
    nothing = ItemTable(())
    unfitted = MAKERS[name](nothing)
    assert unfitted.recommend(liking("comedy-1")) == []

    empty = MAKERS[name](nothing).fit(InteractionLog.of(nothing, []))

    assert empty.recommend(liking("comedy-1"), explain=True) == []


def test_items_without_people_are_answered(make: Callable[[], Recommender]) -> None:
    lonely = make().fit(InteractionLog.of(TABLE, []))

    assert len(lonely.recommend(liking("comedy-1"), k=3, explain=True)) == 3
    assert np.isfinite(lonely.score(liking("comedy-1"), IDS)).all()


def test_progress_counts_to_its_end(make: Callable[[], Recommender]) -> None:
    told: list[tuple[int, int]] = []

    make().fit(log(), progress=lambda done, of: told.append((done, of)))

    assert told == sorted(told)
    assert not told or told[-1][0] == told[-1][1]


# -- what changes, and what is kept -----------------------------------------------------------

ASKED = [
    liking("comedy-1", "comedy-2"),
    UserQuery(events=(Event("noir-1", -0.5), Event("western-3"))),
    UserQuery(),
]


@pytest.mark.parametrize("people", [range(63, 66), range(32, 70)], ids=["a few", "many"])
def test_update_is_a_fit_on_all_or_is_refused(
    make: Callable[[], Recommender], people: range
) -> None:
    later = [(person, id_, weight, time + 9_999.0) for person, id_, weight, time in watched(people)]
    # Old people turn to another kind, and new ones come.
    new = [(p, IDS[(IDS.index(id_) + PER_KIND) % len(IDS)], w, t) for p, id_, w, t in later]
    recommender = make().fit(log())
    if recommender.name not in UPDATED_AS_FITTED:
        with pytest.raises(NotImplementedError, match="Fit it anew"):
            recommender.update(InteractionLog.of(TABLE, new))
        return

    recommender.update(InteractionLog.of(TABLE, new))

    whole = make().fit(InteractionLog.of(TABLE, [*watched(range(64)), *new]))
    for query in ASKED:
        assert recommender.score(query, IDS) == pytest.approx(
            whole.score(query, IDS), rel=1e-3, abs=1e-4
        )


def test_update_over_another_table_is_refused(make: Callable[[], Recommender]) -> None:
    recommender = make().fit(log())
    if recommender.name not in UPDATED_AS_FITTED:
        pytest.skip("refuses all updates")
    before = recommender.score(ASKED[0], IDS)

    with pytest.raises(InvalidInputError, match="Nothing was taken in"):
        recommender.update(InteractionLog.of(ItemTable.bare(IDS[:5]), [(0, IDS[0], 1.0, 0.0)]))

    assert np.array_equal(recommender.score(ASKED[0], IDS), before)


@pytest.fixture
def reopened(recommender: Recommender, tmp_path: Path) -> Callable[..., Recommender]:
    """Save and load, over a table that may differ."""
    save(recommender, tmp_path / "model")
    return lambda items=None: load(
        tmp_path / "model", items, text=told(TABLE if items is None else items)
    )


def test_a_loaded_recommender_scores_as_the_saved_one(
    recommender: Recommender, reopened: Callable[..., Recommender]
) -> None:
    for items in (None, TABLE):
        again = reopened(items)

        assert type(again) is type(recommender)
        assert again.settings() == recommender.settings()
        for query in ASKED:
            assert np.array_equal(again.score(query, IDS), recommender.score(query, IDS))
    told = again.recommend(ASKED[0], k=3, explain=True)
    assert told == recommender.recommend(ASKED[0], k=3, explain=True)


def test_a_loaded_recommender_knows_a_table_that_has_changed(
    recommender: Recommender, reopened: Callable[..., Recommender]
) -> None:
    changed = ItemTable([film("noir-99"), *(film(id_) for id_ in reversed(IDS) if id_ != "noir-0")])

    again = reopened(changed)

    found = again.recommend(ASKED[0], k=50, explain=True)
    assert len(found) == len(changed) - 2
    assert "noir-0" not in ids(found)
    assert {one.source for one in found} == {recommender.name}
    new, gone = again.score(ASKED[0], ["noir-99", "noir-0"])
    assert gone == 0
    assert (new != 0) == (recommender.name in READS_TEXT)
    kept = [id_ for id_ in IDS if id_ != "noir-0"]
    now, then = again.score(ASKED[0], kept), recommender.score(ASKED[0], kept)
    if recommender.name in RELATIVE:
        assert np.corrcoef(now, then)[0, 1] > 0.99
    else:
        assert now == pytest.approx(then)
    if recommender.name not in READS_TEXT:
        assert again.similar("noir-99") == []
    for one in again.recommend(liking("comedy-1"), k=1, explain=True):
        assert one.item in list(changed)
        for reason in one.reasons:
            if reason.kind == "event":
                assert reason.text == "you liked The comedy 1"
