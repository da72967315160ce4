"""Advice from a catalogue: what it rests on, what it leaves out, and what goes wrong."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.films import TITLES, filled, films

from usermind import MemoryStore, UserMemory
from usermind.errors import (
    InvalidInputError,
    ModelUnavailableError,
    NotInCatalogueError,
    StoreDamagedError,
    StoreNotWritableError,
)
from usermind.prompts import ItemLine, RankItemsAnswer
from usermind.testing import ScriptedReasoner
from usermind.tools import Advice, Advisor, Catalogue, Condition, Item, ItemFilter
from usermind.tools.fitting import fit, place_of
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Popularity, UserQuery
from usermind.tools.recommenders.recommender import Recommender, Scores
from usermind.tools.wishes import Utterance


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with filled(tmp_path_factory.mktemp("films")) as made:
        fit(made)
        yield made


@pytest.fixture(scope="module")
def advisor(catalogue: Catalogue) -> Advisor:
    return Advisor(catalogue)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue that a test may change."""
    with filled(tmp_path / "own") as made:
        yield made


def told(memory: UserMemory, *messages: str) -> UserMemory:
    for message in messages:
        memory.observe(message)
    memory.reflect()
    return memory


def genres(advice: Advice) -> set[str]:
    return {word for each in advice.recommendations for word in each.item.words("genre")}


def after(advisor: Advisor, memory: UserMemory, *messages: str) -> Advice:
    """Return what is advised on the last of the messages of a conversation."""
    *earlier, last = (Utterance(text) for text in messages)
    return advisor.advise(memory, last.text, earlier=earlier)


@pytest.mark.parametrize(
    "message",
    ["what is the oldest film you have?", "a film about a harbour", "an old film",
     "hm, what about a Christmas film?", "the oldest film you have"],
)  # fmt: skip
def test_who_names_what_they_want_as_a_whole_begins_anew(
    advisor: Advisor, ana: UserMemory, message: str
) -> None:
    found = after(advisor, ana, "a comedy film from the 90s", message)

    assert genres(found) - {"Comedy"}
    assert not any(note.text.startswith("still:") for note in found.notes)


SOLARIS = [Item("old", "Solaris (1972)", "", {}), Item("new", "Solaris (2002)", "", {})]


def heard(advisor: Advisor, memory: UserMemory, *messages: str) -> list[str]:
    """Say messages, one after the other; return their ids."""
    said: list[str] = []
    for text in messages:
        observed = memory.observe(text, session="t").id
        assert observed is not None
        advisor.listen(memory, text, observation=observed, thread="t")
        said.append(observed)
    return said


@pytest.mark.parametrize("answer", ["the 1972 one", "Solaris 1972", "the first"])
@pytest.mark.parametrize("forgotten", ["what was judged", "which was meant", "the verdict"])
def test_a_verdict_that_an_answer_makes_clear_goes_with_either_message(
    own: Catalogue, ana: UserMemory, answer: str, forgotten: str
) -> None:
    own.add(SOLARIS)
    first, last = heard(Advisor(own), ana, "I loved Solaris.", answer)
    (event,) = ana.feedback.list()
    assert (event.item_id, event.weight) == ("old", 1.0)
    assert (event.observation, event.answered) == (last, first)

    if forgotten == "the verdict":
        receipt = ana.forget(feedback=[event.id])
        assert {first, last} <= set(receipt.observations)
    else:
        receipt = ana.forget(observations=[first if forgotten == "what was judged" else last])
    assert receipt.feedback == (event.id,)
    assert ana.feedback.list() == []


def test_to_have_seen_what_an_answer_names_says_nothing_against_having_liked_it(
    own: Catalogue, ana: UserMemory
) -> None:
    own.add(SOLARIS)
    heard(Advisor(own), ana, "I loved Solaris (1972).", "I saw Solaris.", "1972")

    assert [(each.item_id, each.weight) for each in ana.feedback.list()] == [("old", 1.0)]


@pytest.mark.parametrize("goes_with", [False, True])
def test_what_is_near_an_item_says_so(advisor: Advisor, ana: UserMemory, goes_with: bool) -> None:
    [orbit] = advisor.find("Orbit Nine")
    reasons = [
        reason
        for each in advisor.near(ana, orbit, k=3, goes_with=goes_with).recommendations
        for reason in each.reasons
    ]

    said = "it goes with" if goes_with else "it is near to"
    assert {reason.item_id for reason in reasons} == {"s2"}
    assert f"{said} Orbit Nine (2000): both Sci-Fi" in [reason.text for reason in reasons]
    assert len(reasons) == 3


def test_how_many_are_asked_for_says_nothing_of_what_they_are_about(
    advisor: Advisor, ana: UserMemory
) -> None:
    many, plain = (advisor.advise(ana, text) for text in ("give me 10 comedies", "a comedy"))

    titles = [each.item.title for each in many.recommendations]
    assert titles[:5] == [each.item.title for each in plain.recommendations]
    assert "near" not in str([each.reasons for each in many.recommendations])


def test_an_order_does_not_outlive_a_request_that_begins_anew(
    advisor: Advisor, ana: UserMemory
) -> None:
    found = after(advisor, ana, "the oldest film you have", "a Christmas film")

    assert [note.text for note in found.notes] == []


@pytest.mark.parametrize(
    ("message", "still"),
    [
        ("not these", "still: Comedy, 90s"),
        ("the oldest first", "still: Comedy, 90s"),
        ("from the 80s", "still: Comedy"),
    ],
)
def test_what_still_holds_of_earlier_messages_is_said(
    advisor: Advisor, ana: UserMemory, message: str, still: str
) -> None:
    found = after(advisor, ana, "a comedy film from the 90s", message)

    assert genres(found) == {"Comedy"}
    assert still in [note.text for note in found.notes]


# -- what it rests on -----------------------------------------------------------------------


def test_of_whom_nothing_is_known_gets_a_list_and_no_memory_is_made(
    advisor: Advisor, store: MemoryStore
) -> None:
    nobody = store.user("nobody")

    found = advisor.advise(nobody, k=3).recommendations

    assert [each.rank for each in found] == [1, 2, 3]
    assert not nobody.exists


def test_claims_move_the_list_the_moment_they_are_learnt(advisor: Advisor, ana: UserMemory) -> None:
    before = advisor.advise(ana).recommendations
    told(ana, "I love romance films.")
    after = advisor.advise(ana).recommendations

    assert {each.item.words("genre") for each in after} == {("Romance",)}
    assert before != after
    assert after[0].reasons[0].text == "you like Romance"
    assert after[0].reasons[0].memory == ana.propositions.list()[0].id


def test_a_claim_that_is_taken_back_no_longer_counts(advisor: Advisor, ana: UserMemory) -> None:
    control = advisor.advise(ana)
    told(ana, "I can't stand horror films.")
    assert "Horror" not in {
        w for e in advisor.advise(ana, k=20).recommendations for w in e.item.words("genre")
    }
    ana.propositions.forget(ana.propositions.list()[0].id)

    assert advisor.advise(ana) == control


@settings(max_examples=40, deadline=None)
@given(
    banned=st.sets(st.sampled_from(sorted(TITLES)), max_size=3),
    seen=st.sets(st.sampled_from([item.id for item in films()]), max_size=8),
    k=st.integers(1, 25),
    since=st.sampled_from([1980, 1995, 2010, 2030]),
)
def test_conditions_of_memory_and_call_hold_whatever_is_liked(
    tmp_path_factory: pytest.TempPathFactory,
    advisor: Advisor,
    banned: set[str],
    seen: set[str],
    k: int,
    since: int,
) -> None:
    with MemoryStore(tmp_path_factory.mktemp("store"), embedder="lexical") as store:
        ana = store.user("ana")
        for genre in sorted(banned):
            ana.remember(f"Ana cannot stand {genre.lower()} films.", evidence=None, author="user")
        for item_id in sorted(seen):
            ana.feedback.record(item_id, "a film", 1.0)
        where = ItemFilter((Condition("year", least=float(since)),))

        found = advisor.advise(ana, k=k, where=where).recommendations

    allowed = [
        item for item in films()
        if item.id not in seen and not banned & set(item.words("genre"))
        and float(item.attributes["year"]) >= since  # type: ignore[arg-type]  # a number
    ]  # fmt: skip
    assert {each.item.id for each in found} <= {item.id for item in allowed}
    assert len(found) == min(k, len(allowed))


def test_what_is_like_a_film_keeps_to_what_the_user_can_stand(
    advisor: Advisor, ana: UserMemory
) -> None:
    told(ana, "I can't stand romance films.")
    ana.feedback.record("s3", "Quiet Engines (2010)", -1.0)

    [orbit] = advisor.find("Orbit Nine")
    near = advisor.near(ana, orbit, k=20).recommendations

    assert near[0].item.words("genre") == ("Sci-Fi",)
    assert "s3" not in {each.item.id for each in near}
    assert "Romance" not in {word for each in near for word in each.item.words("genre")}


def test_more_like_what_was_ruled_out_is_what_is_asked_for(
    advisor: Advisor, ana: UserMemory
) -> None:
    told(ana, "I can't stand romance films.")

    [waltz] = advisor.find("Slow Waltz (2020)")

    assert advisor.near(ana, waltz).recommendations[0].item.words("genre") == ("Romance",)


def test_a_note_says_what_was_left_out_only_where_it_would_have_come(
    advisor: Advisor, ana: UserMemory
) -> None:
    told(ana, "I can't stand horror films.")

    asked = advisor.advise(ana, "Recommend me a comedy.")
    unasked = advisor.advise(ana, k=10)

    assert asked.notes == ()
    assert [(note.text, note.memory) for note in unasked.notes] == [("left out: Horror", "p1")]


# -- names and conditions -------------------------------------------------------------------


def test_titles_ids_and_their_slips_are_found(advisor: Advisor) -> None:
    assert [item.id for item in advisor.find("s2")] == ["s2"]
    assert [item.id for item in advisor.find("orbit nine")] == ["s2"]
    assert advisor.find("Citizen Kane") == []
    assert advisor.find("") == []


def test_a_condition_is_read_in_any_case_and_refused_where_nothing_has_it(
    advisor: Advisor,
) -> None:
    assert advisor.condition("GENRE = comedy|sci-fi").attribute == "genre"
    with pytest.raises(InvalidInputError, match="No item has an attribute"):
        advisor.condition("mood=sad")
    with pytest.raises(InvalidInputError, match="No item has the ⟦genre⟧"):
        advisor.condition("genre=Opera")


# -- what changes, and what goes wrong ------------------------------------------------------


def test_new_items_are_recommended_without_a_fit_and_deleted_ones_no_more(
    own: Catalogue, ana: UserMemory
) -> None:
    told(ana, "I love opera films.")
    advisor = Advisor(own)
    advisor.advise(ana)
    own.add([Item("o0", "Loud Ladies (2024)", attributes={"genre": ("Opera",), "year": 2024.0})])

    found = advisor.advise(ana).recommendations
    own.delete(["o0"])

    assert found[0].item.id == "o0"
    assert "o0" not in {each.item.id for each in advisor.advise(ana, k=50).recommendations}


def test_what_another_process_fitted_is_taken_up(own: Catalogue, ana: UserMemory) -> None:
    advisor = Advisor(own)
    advisor.advise(ana)
    before = advisor._reader.last
    fit(own)
    advisor.advise(ana)

    assert advisor._reader.last is not before


@pytest.mark.parametrize("spoil", ["half", "altered", "gone"])
def test_a_spoilt_model_file_is_told_and_a_new_fit_mends_it(
    own: Catalogue, ana: UserMemory, spoil: str
) -> None:
    fit(own)
    [tensors] = place_of(own).glob("*.safetensors")
    data = tensors.read_bytes()
    if spoil == "gone":
        tensors.unlink()
    else:
        tensors.write_bytes(data[: len(data) // 2] if spoil == "half" else data[:-1] + b"\x01")

    advisor = Advisor(own)
    for _ in range(2):
        with pytest.raises(StoreDamagedError, match="Fit the recommender anew"):
            advisor.advise(ana)
    assert len(own) == 20
    fit(own)
    assert advisor.advise(ana).recommendations


def test_an_empty_catalogue_says_so(tmp_path: Path, ana: UserMemory) -> None:
    with Catalogue(tmp_path / "empty", embedder="lexical") as empty:
        advice = Advisor(empty).advise(ana, "a comedy")
        assert advice.recommendations == ()
        assert advice.notes[0].text == "the catalogue is empty"
        assert not Advisor(empty).is_asked(ana, "Recommend me a film.")
        with pytest.raises(InvalidInputError, match=r"is empty\. Nothing was fitted"):
            fit(empty)


def test_a_catalogue_without_interactions_recommends_by_words(
    tmp_path: Path, ana: UserMemory
) -> None:
    told(ana, "I love romance films.")
    with Catalogue(tmp_path / "quiet", embedder="lexical") as quiet:
        quiet.add(films())
        found = Advisor(quiet).advise(ana).recommendations

    assert {each.item.words("genre") for each in found} == {("Romance",)}


def test_a_recommender_of_ones_own_takes_the_place_of_the_blend(
    own: Catalogue, ana: UserMemory
) -> None:
    mine: Recommender = Popularity().fit(own.log())

    found = Advisor(own, recommender=mine).advise(ana).recommendations

    assert {each.source for each in found} == {"popularity"}
    assert not place_of(own).exists()


def test_a_blend_of_ones_own_reads_the_texts_of_items_that_came_later(
    own: Catalogue, ana: UserMemory
) -> None:
    advisor = Advisor(own, recommender=fit(own))
    wish = "Recommend a film about a lighthouse keeper and a storm."
    advisor.advise(ana, wish)
    own.add([Item("n1", "Far Lamp", "A lighthouse keeper and a storm.")])

    found = advisor.advise(ana, wish, k=21).recommendations

    near = next(each for each in found if each.item.id == "n1")
    assert "words" in {reason.kind for reason in near.reasons}


def test_what_cannot_be_kept_is_fitted_once_and_serves_all_the_same(
    own: Catalogue, ana: UserMemory, caplog: pytest.LogCaptureFixture
) -> None:
    place_of(own).parent.write_text("in the way", "utf-8")
    advisor = Advisor(own)

    lists = [advisor.advise(ana).recommendations for _ in range(3)]

    assert lists[0]
    assert lists[0] == lists[1] == lists[2]
    assert sum("held in memory" in message for message in caplog.messages) == 1
    with pytest.raises(StoreNotWritableError):
        fit(own)


def test_an_item_that_is_not_there_has_no_neighbours(advisor: Advisor, ana: UserMemory) -> None:
    with pytest.raises(NotInCatalogueError, match="no item 'x9'"):
        advisor.near(ana, Item("x9", "Nothing"))


def test_a_model_may_put_the_list_in_order_and_where_it_fails_it_stays(
    catalogue: Catalogue, advisor: Advisor, ana: UserMemory
) -> None:
    told(ana, "I love romance films.")
    before = [each.item.id for each in advisor.advise(ana, k=5).recommendations]
    model = ScriptedReasoner(
        [RankItemsAnswer(order=[5, 4, 3, 2, 1]), ModelUnavailableError("It is down.")]
    )
    ranking = Advisor(catalogue, rerank=model)

    turned = [each.item.id for each in ranking.advise(ana, k=5).recommendations]
    failed = ranking.advise(ana, k=5)

    assert turned == before[::-1]
    assert [each.item.id for each in failed.recommendations] == before
    assert failed.instead == "It is down."


# -- a model that puts lists in order -------------------------------------------------------


def by_genre(prompt: Any) -> RankItemsAnswer:
    """Put the items in order as one who reads what the user likes and does not."""
    likes = [each.text.casefold() for each in prompt.preferences if each.likes]
    hates = [each.text.casefold() for each in prompt.preferences if not each.likes]

    def fits(item: ItemLine) -> int:
        genre = item.about.removeprefix("genre: ").casefold()
        return sum(genre in each for each in likes) - sum(genre in each for each in hates)

    ordered = sorted(prompt.items, key=lambda item: (-fits(item), item.number))
    return RankItemsAnswer(order=[item.number for item in ordered])


class Unmoved(Recommender):
    """Ranks by the table's order, whatever is asked: what a model can mend."""

    name = "unmoved"

    def fit(self, log: InteractionLog, *, progress: object = None) -> Self:
        self.items = log.items
        return self

    def scores(self, query: UserQuery) -> Scores:
        return np.arange(len(self.items), 0, -1).astype(np.float32)

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        return {}

    def settings(self) -> Mapping[str, float | int | str | bool]:
        return {}

    @classmethod
    def restored(cls, items: ItemTable, arrays: object, settings: object) -> Self:
        raise NotImplementedError


def test_a_model_that_understands_brings_what_is_liked_to_the_top(
    catalogue: Catalogue, ana: UserMemory
) -> None:
    told(ana, "I love romance films.")
    plain = Unmoved().fit(catalogue.log())
    model = ScriptedReasoner([by_genre])

    before = Advisor(catalogue, recommender=plain).advise(ana, k=5)
    after = Advisor(catalogue, recommender=plain, rerank=model).advise(ana, k=5)

    assert genres(before) == {"Horror"}
    assert genres(after) == {"Romance"}
    assert after.instead is None


@pytest.mark.parametrize(
    "order",
    [[99, 98], [], [1, 1, 1], [20, 20, 5], [-3, 0, 7, 7, 400], list(range(40, 0, -1))],
    ids=["unknown", "none", "one thrice", "few, twice", "all faults", "too many"],
)
def test_no_answer_of_a_model_loses_or_adds_an_item(
    catalogue: Catalogue, advisor: Advisor, ana: UserMemory, order: list[int]
) -> None:
    told(ana, "I love romance films.", "I can't stand horror.")
    model = ScriptedReasoner([RankItemsAnswer.model_construct(order=order)])

    before = [each.item.id for each in advisor.advise(ana, k=20).recommendations]
    after = Advisor(catalogue, rerank=model).advise(ana, k=20)

    ids = [each.item.id for each in after.recommendations]
    assert sorted(ids) == sorted(before)
    assert [each.rank for each in after.recommendations] == list(range(1, len(ids) + 1))
    assert "Horror" not in genres(after)
    assert after.instead


# -- many at once ---------------------------------------------------------------------------


def test_one_advisor_serves_many_threads_while_items_come_and_go(
    own: Catalogue, store: MemoryStore
) -> None:
    advisor = Advisor(own)
    people = {f"user {at}": genre for at, genre in enumerate(TITLES)}
    for name, genre in people.items():
        told(store.user(name), f"I love {genre.lower()} films.")
    known = set(own.items.ids) | {f"n{number}" for number in range(6)}
    start = Barrier(len(people) + 1)
    done = Event()

    def ask(name: str) -> list[Advice]:
        start.wait()
        found: list[Advice] = []
        while not done.is_set() or not found:
            found.append(advisor.advise(store.user(name), "A film, please", k=4))
        return found

    def change() -> None:
        start.wait()
        try:
            for number in range(6):
                title, genre = f"New {number} (2021)", {"genre": ("Comedy",)}
                own.add([Item(f"n{number}", title, "A comedy film.", genre)])
                own.delete([f"n{number}" if number % 2 else f"h{number % 5}"])
        finally:
            done.set()

    with ThreadPoolExecutor(len(people) + 1) as pool:
        asking = {name: pool.submit(ask, name) for name in people}
        pool.submit(change).result()
        lists = {name: running.result() for name, running in asking.items()}

    for name, of in lists.items():
        for advice in of:
            ids = [each.item.id for each in advice.recommendations]
            assert len(set(ids)) == len(ids) == 4
            assert set(ids) <= known
            assert people[name] in advice.recommendations[0].item.words("genre")
            assert advice.recommendations[0].reasons[0].memory
    after = advisor.advise(store.user("user 1"), "A film, please", k=40).recommendations
    assert {each.item.id for each in after} == set(own.items.ids)


def test_threads_that_ask_first_share_one_fit(own: Catalogue, store: MemoryStore) -> None:
    advisor = Advisor(own)
    start = Barrier(4)

    def ask(number: int) -> Advice:
        start.wait()
        return advisor.advise(store.user(f"user {number}"))

    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(ask, range(4)))

    assert [each.recommendations for each in lists] == [lists[0].recommendations] * 4
    assert (place_of(own) / "model.json").is_file()
