"""Transitions: they have a direction, and are counted the same in one go or bit by bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Event, TransitionKnn, UserQuery

TABLE = ItemTable.bare(["phone", "case", "charger", "book", "lamp"])


def log(*sequences: tuple[int, list[str]], start: float = 0.0) -> InteractionLog:
    return InteractionLog.of(
        TABLE,
        [
            (person, id_, 1.0, start + place)
            for person, ids in sequences
            for place, id_ in enumerate(ids)
        ],
        n_users=10,
    )


def ids(found: list) -> list[str]:  # type: ignore[type-arg]
    return [one.item.id for one in found]


def test_what_goes_with_an_item_comes_after_it_what_is_similar_lies_near() -> None:
    fitted = TransitionKnn().fit(
        log(*((person, ["book", "phone", "case", "charger"]) for person in range(5)))
    )

    assert ids(fitted.complementary("phone")) == ["case", "charger"]
    assert sorted(ids(fitted.similar("phone"))) == ["book", "case", "charger"]
    assert ids(fitted.complementary("charger")) == []
    assert ids(fitted.similar("charger"))[0] == "case"


def test_scores_are_those_of_the_formula() -> None:
    fitted = TransitionKnn(window=2, backward=0.25, decay=0.5, rarity=1.0).fit(
        log((0, ["phone", "case", "book"]), (1, ["phone", "lamp"]))
    )

    found = fitted.score(UserQuery(events=(Event("phone"), Event("book"))), list(TABLE.ids))

    case = 0.5 * 1 / np.sqrt(2) / 1 + 0.25 / 1 / 1
    expected = [0.25 * 0.5 / 1 / 2, case, 0, 0.5 * 0.5 / np.sqrt(2) / 1, 0.5 / np.sqrt(2) / 1]
    assert found == pytest.approx(expected, rel=1e-5)


def test_items_too_far_apart_and_repeats_are_no_transitions() -> None:
    fitted = TransitionKnn(window=1).fit(log((0, ["phone", "phone", "case", "book"])))

    assert ids(fitted.complementary("phone")) == ["case"]
    assert fitted.scores(UserQuery(events=(Event("phone"),)))[0] == 0


def test_what_was_disliked_is_no_step() -> None:
    fitted = TransitionKnn(window=1).fit(
        InteractionLog.of(
            TABLE, [(0, "phone", 1.0, 0.0), (0, "lamp", -1.0, 1.0), (0, "case", 1.0, 2.0)]
        )
    )

    assert ids(fitted.complementary("phone")) == ["case"]


PARTS = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(TABLE.ids)), max_size=12),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(PARTS, st.integers(1, 4))
def test_counting_bit_by_bit_is_counting_in_one_go(
    parts: list[list[tuple[int, str]]], window: int
) -> None:
    timed = [
        [(person, id_, 1.0, 100.0 * part + place) for place, (person, id_) in enumerate(events)]
        for part, events in enumerate(parts)
    ]
    bit_by_bit = TransitionKnn(window=window).fit(InteractionLog.of(TABLE, timed[0]))

    for events in timed[1:]:
        bit_by_bit.update(InteractionLog.of(TABLE, events))

    whole = TransitionKnn(window=window).fit(
        InteractionLog.of(TABLE, [event for events in timed for event in events])
    )
    for row in range(len(TABLE)):
        for goes_with in (True, False):
            assert bit_by_bit.neighbours(row, goes_with=goes_with) == pytest.approx(
                whole.neighbours(row, goes_with=goes_with), rel=1e-5
            )


@pytest.mark.parametrize(
    "wrong", [{"window": 0}, {"backward": -1.0}, {"decay": 0.0}, {"rarity": float("nan")}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was fitted"):
        TransitionKnn(**wrong)  # type: ignore[arg-type]
