"""Several recommenders as one: what is known of a user decides whose word counts."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from usermind.errors import InvalidInputError
from usermind.models.embeddings import LexicalEmbedder
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import Item, ItemTable
from usermind.tools.recommenders import (
    AttributeMatch,
    Blend,
    Ease,
    Event,
    Popularity,
    Preference,
    TextMap,
    TextSource,
    TransitionKnn,
    UserQuery,
    load,
    save,
)
from usermind.tools.recommenders.blend import Role, Rung, spread
from usermind.tools.recommenders.recommender import Recommender

TABLE = ItemTable(
    Item(f"{kind}{number}", f"{kind} {number}", attributes={"kind": (kind,)})
    for kind in ("red", "blue")
    for number in range(6)
)
"""Six of each; everybody likes red0, half of the people what is red, the others what is blue."""
LOG = InteractionLog.of(
    TABLE,
    [
        (person, id_, 1.0, float(step))
        for person in range(20)
        for step, id_ in enumerate(
            ["red0", *(f"{'red' if person % 2 else 'blue'}{number}" for number in range(1, 5))]
        )
    ],
)


def parts() -> dict[Role, Recommender]:
    return {"taste": Ease(ridge=5.0), "attributes": AttributeMatch(), "popularity": Popularity()}


def blend() -> Blend:
    return Blend(parts()).fit(LOG)


def best(query: UserQuery, k: int = 3) -> list[str]:
    return [each.item.id for each in blend().recommend(query, k)]


def test_of_whom_nothing_is_known_gets_what_most_people_like() -> None:
    assert best(UserQuery())[0] == "red0"


def test_words_alone_and_events_alone_are_enough() -> None:
    by_words = UserQuery(preferences=(Preference("likes blue", attribute="kind", value="Blue"),))
    by_events = UserQuery(events=(Event("blue1"), Event("blue2")))

    assert {each[:-1] for each in best(by_words)} == {"blue"}
    assert {"blue3", "blue4"} <= set(best(by_events))


def test_what_words_are_near_to_comes_first_though_nobody_likes_it() -> None:
    about = ("a family at a wedding", "two rivals at sea", "a chess prodigy plays chess",
             "a storm in winter", "letters from the war", "the last train home")  # fmt: skip
    table = ItemTable(Item(f"f{n}", f"Film {n}", text) for n, text in enumerate(about))
    log = InteractionLog.of(table, [(person, "f0", 1.0, 0.0) for person in range(30)])
    embedder = LexicalEmbedder()
    texts = np.array(embedder.embed_documents([item.told() for item in table]), dtype=np.float32)
    made = Blend({"popularity": Popularity(), "text": TextMap(TextSource(texts, embedder))}).fit(
        log
    )

    def listed(query: UserQuery) -> list[str]:
        return [each.item.id for each in made.recommend(query, 3)]

    assert listed(UserQuery())[0] == "f0"
    assert listed(UserQuery(text="something nice for tonight"))[0] == "f0"
    assert listed(UserQuery(text="a chess prodigy plays chess"))[0] == "f2"
    [best] = made.recommend(UserQuery(text="a chess prodigy plays chess"), 1, explain=True)
    assert [reason.text for reason in best.reasons] == ["it is near to what you ask for"]


def test_a_reason_is_told_once_though_several_parts_give_it_and_popularity_last() -> None:
    made = Blend({**parts(), "sequence": TransitionKnn()}, [Rung(0, dict.fromkeys(
        ("taste", "sequence", "popularity"), 1.0))]).fit(LOG)  # fmt: skip

    [found] = made.recommend(UserQuery(events=(Event("red1"), Event("red2"))), 1, explain=True)

    named = [(each.kind, each.item_id) for each in found.reasons]
    assert len(named) == len(set(named))
    assert named[0][0] == "event"
    assert sum(each.contribution for each in found.reasons) <= 1 + 1e-6


def test_what_few_people_like_takes_no_part_in_taste_and_the_rest_survives_a_file(
    tmp_path: Path,
) -> None:
    made = blend()
    save(made, tmp_path)
    query = UserQuery(events=(Event("red1"),))

    again = load(tmp_path, TABLE)

    taste = made.parts["taste"]
    assert len(taste.arrays()["weights"]) == 9  # red0 to red4, blue1 to blue4
    assert taste.score(query, ["red5"]) == 0
    assert np.array_equal(again.scores(query), made.scores(query))


def test_a_new_item_is_found_by_its_attributes_without_a_fit(tmp_path: Path) -> None:
    save(blend(), tmp_path)
    grown = ItemTable([*TABLE, Item("blue9", "blue 9", attributes={"kind": ("blue", "new")})])

    again = load(tmp_path, grown)
    likes_new = UserQuery(preferences=(Preference("new ones", attribute="kind", value="new"),))

    assert again.recommend(likes_new, 1)[0].item.title == "blue 9"


def test_a_blend_says_that_it_goes_on_without_its_texts(caplog: pytest.LogCaptureFixture) -> None:
    embedder = LexicalEmbedder()

    def texts(items: ItemTable) -> TextSource:
        told = embedder.embed_documents([item.told() for item in items])
        return TextSource(np.array(told, dtype=np.float32), embedder)

    made = Blend({**parts(), "text": TextMap(texts(TABLE))}).fit(LOG)
    grown = ItemTable([*TABLE, Item("blue9", "blue 9")])

    with_texts, logged = made.over(grown, texts(grown)), list(caplog.messages)
    without = made.over(grown)

    assert isinstance(with_texts, Blend)
    assert isinstance(without, Blend)
    assert ("text" in with_texts.parts, logged) == (True, [])
    assert "text" not in without.parts
    assert "no vectors" in caplog.text


def test_an_update_is_all_or_nothing() -> None:
    class Fixed(Popularity):
        update = Recommender.update

    made = Blend({"popularity": Popularity(), "taste": Fixed()}).fit(LOG)
    before = made.scores(UserQuery()).copy()

    with pytest.raises(NotImplementedError, match="Fit it anew"):
        made.update(LOG)

    assert np.array_equal(made.scores(UserQuery()), before)


@pytest.mark.parametrize(
    ("given", "ladder", "told"),
    [({}, None, "at least one"), ({"boss": Popularity()}, None, "boss"),
     ({"popularity": Popularity()}, [Rung(1, {})], "nothing is known")],
)  # fmt: skip
def test_a_blend_of_nothing_is_refused(
    given: dict[Role, Recommender], ladder: list[Rung] | None, told: str
) -> None:
    with pytest.raises(InvalidInputError, match=told):
        Blend(given, *([ladder] if ladder else []))


def test_equal_scores_have_no_spread_and_others_have_one_of_1() -> None:
    assert not spread(np.full(5, 3.0, dtype=np.float32)).any()
    assert spread(np.arange(9, dtype=np.float32)).std() == pytest.approx(1.0)


def test_a_yes_is_told_as_a_word() -> None:
    table = ItemTable([Item("a", "A", attributes={"subtitled": True}), Item("b", "B")])
    match = AttributeMatch().fit(InteractionLog.of(table, []))
    for said, memory, told in (("true", None, "subtitled: yes"),
                               ("yes", "p1", "you like subtitled: yes")):  # fmt: skip
        query = UserQuery(
            preferences=(Preference("subtitles", attribute="subtitled", value=said, memory=memory),)
        )
        [first, _] = match.recommend(query, 2, explain=True)
        assert (first.item.id, [each.text for each in first.reasons]) == ("a", [told])


# -- what steers ----------------------------------------------------------------------------

FILMS = ItemTable(
    Item(f"{genre}{year}", f"{genre} of {year}", attributes={"genre": genres, "year": float(year)})
    for genre, genres in {
        "War": ("War",), "Noir": ("Noir",), "Farce": ("Farce",), "Spoof": ("Farce", "Noir"),
    }.items()
    for year in (1950, 1955, 1990, 1995)
)  # fmt: skip
"""Of each genre two are old and two are new."""


def like(id_: str) -> UserQuery:
    return UserQuery(events=(Event(id_, source="example"),))


def test_something_like_an_item_is_of_its_kind_and_of_its_time() -> None:
    made = AttributeMatch().fit(InteractionLog.of(FILMS, []))

    [first] = made.recommend(like("War1950"), 1, explain=True)

    assert first.item.id == "War1955"
    assert [(each.kind, each.text) for each in first.reasons] == [
        ("event", "it is like War of 1950")
    ]
    assert not made.scores(UserQuery(events=(Event("War1950"),))).any()


def test_two_words_of_an_attribute_do_not_outweigh_another_attribute() -> None:
    made = AttributeMatch().fit(InteractionLog.of(FILMS, []))

    scores = made.scores(like("Spoof1950"))

    near, far = scores[FILMS.row("Farce1950")], scores[FILMS.row("Spoof1995")]
    assert scores.argmax() == FILMS.row("Spoof1950")
    assert near > far > scores[FILMS.row("War1995")]


def test_what_all_like_counts_less_where_something_like_an_item_is_asked_for() -> None:
    crowd = InteractionLog.of(FILMS, [(person, "Farce1995", 1.0, 0.0) for person in range(9)])
    made = Blend({"popularity": Popularity(), "attributes": AttributeMatch()}).fit(crowd)

    assert made.recommend(UserQuery(), 1)[0].item.id == "Farce1995"
    assert made.recommend(like("War1950"), 1)[0].item.id == "War1955"


@pytest.mark.parametrize("polarity", [1, -1], ids=["asked for", "refused"])
def test_a_condition_does_not_drown_what_is_liked_of_what_it_lets_pass(
    polarity: Literal[1, -1],
) -> None:
    """What all have that may come, or none, is no part of what sets them apart."""
    liked = Preference("noir", attribute="genre", value="Noir")
    condition = Preference("old", polarity, attribute="year", least=1950, most=1955, hard=True)
    made = Blend({"attributes": AttributeMatch()}).fit(InteractionLog.of(FILMS, []))

    alone = made.scores(UserQuery(preferences=(liked,)))
    both = made.scores(UserQuery(preferences=(liked, condition)))

    passing = (FILMS.numbers("year") < 1960) == (polarity > 0)
    assert np.ptp(both[passing]) == pytest.approx(np.ptp(alone[passing]), rel=0.01)


def test_scores_that_are_equal_among_what_can_come_are_set_off_against_all() -> None:
    scores = np.array([2.0, 2.0, 0.0, 0.0], dtype=np.float32)
    some = np.array([True, True, False, False])

    assert spread(scores, some).tolist() == spread(scores).tolist() == [1.0, 1.0, -1.0, -1.0]
    assert not spread(scores[:2], some[:2]).any()
    assert spread(scores, np.zeros(4, dtype=bool)).any()
