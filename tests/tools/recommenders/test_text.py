"""Items nobody has touched, and users who have words only."""

from pathlib import Path

import numpy as np
import pytest

from usermind.errors import EmbedderMismatchError, InvalidInputError
from usermind.models.embeddings import open_embedder
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import Item, ItemTable
from usermind.tools.recommenders import (
    Event,
    Preference,
    Recommender,
    TextMap,
    TextSource,
    UserQuery,
    load,
    save,
)

ABOUT = {
    "space": "A crew of astronauts travels between the stars in a spaceship.",
    "cooking": "A chef cooks pasta and bakes bread in a small restaurant.",
    "football": "A football team trains hard and wins the final match.",
}
MINILM = open_embedder("minilm")


def table(*, more: bool = False) -> ItemTable:
    return ItemTable(
        Item(f"{kind}-{number}", f"{kind.title()} story {number}", text)
        for kind, text in ABOUT.items()
        for number in range(7 if more else 5)
    )


def source(items: ItemTable) -> TextSource:
    vectors = np.array(MINILM.embed_documents([item.told() for item in items]), dtype=np.float32)
    return TextSource(vectors, MINILM)


TABLE, LARGER = table(), table(more=True)
SOURCE, LARGER_SOURCE = source(TABLE), source(LARGER)


@pytest.fixture(scope="module")
def fitted() -> TextMap:
    """Nobody has touched the last item of each kind; who likes space likes cooking."""
    kinds = [("space", "cooking"), ("football", "football")]
    log = InteractionLog.of(
        TABLE,
        [
            (person, f"{kind}-{number}", 1.0, 0.0)
            for person in range(20)
            for kind in kinds[person % 2]
            for number in range(4)
        ],
    )
    return TextMap(SOURCE, ridge=0.1, rank=4).fit(log)


def kinds_of(recommender: Recommender, query: UserQuery, k: int) -> list[str]:
    return [one.item.id.partition("-")[0] for one in recommender.recommend(query, k)]


def test_an_item_nobody_has_touched_is_found_by_its_text(fitted: TextMap) -> None:
    query = UserQuery(events=tuple(Event(f"football-{number}") for number in range(4)))

    assert [one.item.id for one in fitted.recommend(query, 1)] == ["football-4"]


def test_taste_reaches_an_untouched_item_of_another_kind(fitted: TextMap) -> None:
    """Who likes space likes cooking: the text alone does not know."""
    query = UserQuery(events=(Event("space-1"),))
    cold = ["cooking-4", "football-4"]
    text_alone = TextMap(SOURCE, rank=4, mapped=0.0).fit(InteractionLog.of(TABLE, []))

    cooking, football = fitted.score(query, cold)
    before = text_alone.score(query, cold)

    assert cooking - football > before[0] - before[1] + 0.2


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        (UserQuery(text="something with rockets and planets"), "space"),
        (UserQuery(preferences=(Preference("loves to bake and to eat well"),)), "cooking"),
        (UserQuery(text="sports, please"), "football"),
    ],
    ids=["space", "cooking", "football"],
)
def test_a_user_with_words_alone_is_understood(
    fitted: TextMap, query: UserQuery, kind: str
) -> None:
    assert kinds_of(fitted, query, 1) == [kind]


def test_a_dislike_in_words_lowers_what_it_speaks_of(fitted: TextMap) -> None:
    ids = [id_ for id_ in TABLE.ids if id_.startswith("cooking")]
    hates = UserQuery(preferences=(Preference("cooking", polarity=-1),))

    assert fitted.score(hates, ids).max() < 0
    assert "cooking" not in kinds_of(fitted, hates, 5)


def test_words_and_events_are_named_with_their_memories(fitted: TextMap) -> None:
    query = UserQuery(
        events=(Event("space-1", memory="o1"),),
        preferences=(Preference("likes astronauts", memory="p1"),),
        text="a spaceship",
    )

    best = fitted.recommend(query, 1, explain=True)[0]

    assert {(reason.kind, reason.memory) for reason in best.reasons} == {
        ("event", "o1"),
        ("preference", "p1"),
        ("words", None),
    }
    assert sum(reason.contribution for reason in best.reasons) == pytest.approx(1, abs=1e-4)
    assert "likes astronauts" in "".join(reason.text for reason in best.reasons)


def test_words_that_no_text_is_near_to_are_no_reason_and_near_ones_are(fitted: TextMap) -> None:
    far, near = UserQuery(text="something for tonight"), UserQuery(text="astronauts in space")

    assert {
        r.kind for each in fitted.recommend(far, 15, explain=True) for r in each.reasons
    } == set()
    assert fitted.nearness(far).max() == 0
    best = fitted.recommend(near, 1, explain=True)[0]
    assert [reason.text for reason in best.reasons] == ["it is near to what you ask for"]
    assert fitted.nearness(near)[TABLE.row(best.item.id)] > 0


def test_a_loaded_map_scores_items_that_came_since(fitted: TextMap, tmp_path: Path) -> None:
    save(fitted, tmp_path)

    again = load(tmp_path, LARGER, text=LARGER_SOURCE)

    query = UserQuery(events=(Event("football-1"),), text="a football match")
    assert isinstance(again, TextMap)
    assert set(kinds_of(again, query, 6)) == {"football"}
    assert again.score(query, TABLE.ids) == pytest.approx(fitted.score(query, TABLE.ids), abs=1e-6)


def test_a_map_loaded_without_vectors_says_what_to_give(fitted: TextMap, tmp_path: Path) -> None:
    save(fitted, tmp_path)

    with pytest.raises(InvalidInputError, match="Give `load` a `TextSource`"):
        load(tmp_path).recommend(UserQuery(text="football"))


def test_vectors_that_do_not_fit_are_refused(fitted: TextMap, tmp_path: Path) -> None:
    save(fitted, tmp_path)
    with pytest.raises(InvalidInputError, match="one each, in the same order"):
        load(tmp_path, LARGER, text=SOURCE)
    narrow = TextSource(SOURCE.vectors[:, :100], MINILM)
    with pytest.raises(EmbedderMismatchError, match="100 dimensions"):
        load(tmp_path, TABLE, text=narrow)
    holed = SOURCE.vectors.copy()
    holed[3, 5] = np.nan
    with pytest.raises(InvalidInputError, match="1 of them are not finite"):
        TextMap(TextSource(holed, MINILM))
    with pytest.raises(InvalidInputError, match="15 items, and 21"):
        TextMap(SOURCE).fit(InteractionLog.of(LARGER, []))
    with pytest.raises(InvalidInputError, match="Make it with a `TextSource`"):
        TextMap().fit(InteractionLog.of(TABLE, []))


def test_another_embedder_than_that_of_the_vectors_is_noticed(fitted: TextMap) -> None:
    other = fitted.over(TABLE, TextSource(SOURCE.vectors, open_embedder("lexical")))

    with pytest.raises(EmbedderMismatchError, match="Nothing was ranked"):
        other.recommend(UserQuery(text="football"))


def test_the_sentences_of_users_are_not_kept(fitted: TextMap) -> None:
    said = UserQuery(
        preferences=(Preference("likes zeppelins over Lake Constance"),), text="with my cousin Bo"
    )

    assert np.array_equal(fitted.scores(said), fitted.scores(said))

    kept = repr(vars(fitted))
    assert "zeppelins" not in kept
    assert "cousin" not in kept
