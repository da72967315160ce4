"""What the user names by its slot is forgotten, though no word of the claim is said."""

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from usermind import Assistant, Concept, MemoryStore, UserMemory
from usermind.memory import Attribute, Relation
from usermind.models import Offline
from usermind.tools.forget import Forget, slot_asked
from usermind.tools.forget_records import every_of_items

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    return MemoryStore(
        tmp_path / "store", embedder="lexical", reasoner=Offline(heads=False), clock=lambda: AT
    )


def told(store: MemoryStore, *messages: str) -> None:
    ana = store.user("ana")
    for text in messages:
        ana.observe(text)
    ana.reflect()


def left(store: MemoryStore) -> list[str]:
    return [claim.text for claim in store.user("ana").propositions.list()]


def test_an_age_is_forgotten_though_its_claim_does_not_say_age(store: MemoryStore) -> None:
    told(store, "I'm 30.", "I love figs.")
    answer = Forget(memory=store.user("ana")).invoke({"query": "my age"})
    assert answer.startswith("Forgotten for good: 1 claim")
    assert [text for text in left(store) if "30" in text] == []
    assert len(left(store)) == 1


def test_a_slot_that_the_user_did_not_name_stays(store: MemoryStore) -> None:
    told(store, "I'm 30.")
    ana = store.user("ana")
    request = ana.observe("Forget my shopping list.")
    answer = Forget(memory=ana, evidence=request.id).invoke({"query": "my age"})
    assert answer.startswith("Nothing was forgotten")
    assert len(left(store)) == 1


@pytest.mark.parametrize(
    ("request_", "slot"),
    [
        ("Can you forget my age?", "age"),
        ("please forget where I live", "home"),
        ("Forget my wife, please.", "partner"),
        ("Forget my favorite color", "favourite colour"),
        ("Forget my wife's birthday", None),
        ("Forget my work laptop", None),
        ("Forget my name tag", None),
    ],
)
def test_a_request_names_a_slot(request_: str, slot: str | None) -> None:
    assert slot_asked(request_) == slot


def said(store: MemoryStore, *messages: str) -> list[str]:
    """Say these in one conversation with the offline engine; return the replies."""
    ana, replies = store.user("ana"), []
    with Assistant(store=store, model=Offline(heads=False), reflect="manual") as assistant:
        for message in messages:
            replies.append(assistant.turn("ana", message).text)
            ana.reflect()
    return replies


def test_an_earlier_request_to_forget_is_never_what_is_meant(store: MemoryStore) -> None:
    request = "forget my brother's shoe size"
    replies = said(store, "My sister is called Lena.", request, request)
    assert [reply.split(":")[0] for reply in replies[1:]] == ["Nothing was forgotten"] * 2
    assert "shoe" not in replies[2]
    assert request in [item.text for item in store.user("ana").observations()]
    assert left(store) == ["Ana's sister is Lena."]


def test_a_name_is_forgotten_with_the_requests_for_it(store: MemoryStore) -> None:
    replies = said(store, "forget my sister's name", "My sister is called Lena.")
    assert replies[0].startswith("Nothing was forgotten")
    [answer] = said(store, "forget my sister's name")
    assert answer.startswith("Forgotten for good: 1 claim")
    assert left(store) == []
    texts = [item.text for item in store.user("ana").observations()]
    assert [text for text in texts if "sister" in text] == []


def test_what_always_gets_forgotten_is_no_request(store: MemoryStore) -> None:
    told(store, "I always forget my umbrella.")
    answer = Forget(memory=store.user("ana")).invoke({"query": "umbrella"})
    assert answer.startswith("Forgotten for good")


def test_an_allergy_is_what_one_is_allergic_to(store: MemoryStore) -> None:
    answers = said(store, "I am allergic to walnuts.", "Forget my allergy.")
    assert answers[1].startswith("Forgotten for good: 1 claim")
    assert left(store) == []


def test_claims_that_were_not_named_go_only_when_the_user_insists(store: MemoryStore) -> None:
    first = "I live in Lisbon with my boyfriend Tom and my cat Misu, and I am 31."
    replies = said(store, first, "Forget where I live.")
    known = left(store)
    assert len(known) == 4
    assert replies[1].startswith("Nothing was forgotten yet")
    assert all((text in replies[1]) == ("Lisbon" not in text) for text in known)

    [answer] = said(store, "Forget where I live anyway.")
    assert answer.startswith("Forgotten for good: 4 claims")
    assert left(store) == []
    assert "Misu" not in str(store.user("ana").observations())


def test_a_model_cannot_insist_in_the_users_place(store: MemoryStore) -> None:
    told(store, "I live in Lisbon with my boyfriend Tom and I am 31.")
    ana = store.user("ana")
    known = left(store)
    request = ana.observe("Forget where I live.")
    answer = Forget(memory=ana, evidence=request.id).invoke({"query": "where I live anyway"})
    assert answer.startswith("Nothing was forgotten yet")
    assert left(store) == known


def test_former_values_of_a_slot_do_not_come_back(store: MemoryStore) -> None:
    replies = said(store, "I live in Lisbon.", "I moved to Rome.", "Forget where I live.")
    assert replies[2].startswith("Forgotten for good: 2 claims")
    ana = store.user("ana")
    assert ana.propositions.list(status=None) == []
    assert [t for o in ana.observations() for t in ("Lisbon", "Rome") if t in o.text] == []


def test_where_others_live_stays(store: MemoryStore) -> None:
    replies = said(store, "I live in Lisbon.", "My brother lives in Graz.", "Forget where I live.")
    assert replies[2].startswith("Forgotten for good: 1 claim")
    assert ["Graz" in text for text in left(store)] == [True]


def test_a_title_that_is_said_in_part_takes_what_was_said_of_it_and_leaves_the_rest(
    store: MemoryStore,
) -> None:
    ana = store.user("ana")
    both = str(ana.observe("I loved The Two Towers and hated Alien.").id)
    ana.feedback.record("5", "Rings, The: The Two Towers (2002)", 1, observation=both)
    ana.feedback.record("1214", "Alien (1979)", -1, observation=both)
    answer = Forget(memory=ana).invoke({"query": "what I said about the two towers"})
    assert "1 verdict. What was said of other items stays: v2." in answer
    assert [event.item_id for event in ana.feedback.list()] == ["1214"]
    assert [item.text for item in ana.observations()] == ["I did not like “Alien (1979)”."]


# -- concepts, entities and profiles ------------------------------------------------------


def picture(colour: str) -> bytes:
    """Return a PNG of noise in a colour: bytes that no other picture has."""
    file = BytesIO()
    noise = Image.effect_noise((200, 200), 90)
    Image.merge("RGB", (noise, noise, Image.new("L", (200, 200), len(colour)))).save(file, "PNG")
    return file.getvalue()


def with_bo(store: MemoryStore) -> UserMemory:
    ana = store.user("ana")
    told(store, "I live in Oslo.", "My dog is called Bo.", "Bo was at the vet on Monday.")
    ana.concepts["bo"] = Concept(
        "Bo", category="dog", attributes={"eats": "smoked herring"}, consent=True
    )
    ana.concepts["tobias"] = Concept("Tobias", relations=(Relation("owner of", "bo"),))
    ana.pictures.add("bo", picture("brown"))
    ana.concepts.describe("bo", "weighs", "nine kilogrammes")
    ana.entities.record("Bo; Oslo", external_id="s1", extract=lambda text: text.split("; "))
    ana.profile(task="dog walking")
    return ana


def test_what_is_known_of_a_concept_goes_from_every_kind(store: MemoryStore) -> None:
    ana = with_bo(store)
    kept = ana.pictures.of("bo")[0].data

    [answer] = said(store, "Forget what you know about Bo.")

    assert answer.startswith("Forgotten for good: 1 claim, ")
    assert "1 concept, 1 picture, " in answer
    assert "and 1 profile." in answer
    assert list(ana.concepts) == ["tobias"]
    assert ana.concepts["tobias"].relations == ()
    assert [entity.name for entity in ana.entities.list()] == ["Oslo"]
    assert [each for each in ana.profiles.list() if "Bo" in each.text] == []
    assert left(store) == ["Ana lives in Oslo."]
    assert not any(re.search(r"\bBo\b", item.text) for item in ana.observations())
    ana.concepts.undo()
    assert "bo" not in ana.concepts
    with ana.open() as file:
        image = file.database.image()
    assert not [word for word in (b"herring", b"kilogrammes") if word in image]
    assert not [at for at in range(0, len(kept) - 32, 512) if kept[at : at + 32] in image]


def test_only_the_attribute_that_is_asked_for_goes(store: MemoryStore) -> None:
    ana = with_bo(store)
    [answer] = said(store, "Forget what Bo eats.")
    assert "1 attribute" in answer
    assert dict(ana.concepts["bo"].attributes) == {"weighs": Attribute("nine kilogrammes")}
    assert ana.pictures.of("bo")
    with ana.open() as file:
        assert b"herring" not in file.database.image()


def test_of_two_that_go_by_a_name_the_user_is_asked_which(store: MemoryStore) -> None:
    ana = store.user("ana")
    ana.concepts["lena"] = Concept("Lena", category="sister", attributes={"eats": "figs"})
    ana.concepts["lena w"] = Concept("Lena", category="colleague", attributes={"eats": "hay"})
    for request in ("Forget everything about Lena.", "Forget what Lena eats."):
        [answer] = said(store, request)
        assert answer.startswith("Nothing was forgotten yet: several go by that name.")
        assert "sister" in answer
        assert "colleague" in answer
    assert [concept.value("eats") for concept in ana.concepts.values()] == ["figs", "hay"]
    ids = ana.concepts.ids(["lena"])
    ana.concepts["lena v"] = ana.concepts["lena"]
    assert "1 concept" in Forget(memory=ana).invoke({"query": "Lena", "ids": list(ids)})
    assert list(ana.concepts) == ["lena w", "lena v"]
    assert "1 concept" in said(store, "Forget everything about my sister.")[0]
    assert list(ana.concepts) == ["lena w"]


def test_a_model_cannot_have_a_concept_forgotten_that_the_user_did_not_name(
    store: MemoryStore,
) -> None:
    ana = with_bo(store)
    request = ana.observe("Forget my shoe size.", session="t2")
    forget = Forget(memory=ana, evidence=request.id)
    ids = [*ana.concepts.ids(["bo"]), *(entity.id for entity in ana.entities.list())]
    for arguments in ({"query": "everything about Bo"}, {"query": "Bo", "ids": ids}):
        assert forget.invoke(arguments).startswith("Nothing was forgotten")
    assert "bo" in ana.concepts
    assert {each.id for each in ana.entities.list()} <= set(ids)
    assert len(ana.entities.list()) == len(ids) - 1


def test_an_entity_is_forgotten_by_its_name_and_larger_ones_when_all_is_asked_for(
    store: MemoryStore,
) -> None:
    ana = store.user("ana")
    for name in ("Vienna", "Vienna Philharmonic", "Oslo"):
        ana.entities.record(name, external_id=name, extract=lambda text: [text])
    assert said(store, "Forget Vienna.")[0].startswith("Forgotten for good")
    assert {each.name for each in ana.entities.list()} == {"Vienna Philharmonic", "Oslo"}
    assert said(store, "Forget all about Vienna.")[0].startswith("Forgotten for good")
    assert [each.name for each in ana.entities.list()] == ["Oslo"]


def test_nothing_of_it_goes_when_other_claims_would_go_too(store: MemoryStore) -> None:
    ana = store.user("ana")
    told(store, "I live in Lisbon with my cat Misu, and I am 31.")
    ana.concepts["misu"] = Concept("Misu", category="cat")
    [answer] = said(store, "Forget everything about Misu.")
    assert answer.startswith("Nothing was forgotten yet")
    assert "misu" in ana.concepts
    [answer] = said(store, "Forget everything about Misu anyway.")
    assert "1 concept" in answer
    assert left(store) == []


@pytest.mark.parametrize(
    ("request_", "left_"),
    [
        ("Forget that I searched for Lisbon.", {"Oslo"}),
        ("Forget my searches for Lisbon", {"Oslo"}),
        ("Forget that I looked up Lisbon", {"Oslo"}),
        ("Forget all my searches.", set()),
    ],
)
def test_what_was_searched_for_is_forgotten_in_the_words_of_searching(
    store: MemoryStore, request_: str, left_: set[str]
) -> None:
    ana = store.user("ana")
    for name in ("Lisbon", "Oslo"):
        ana.entities.record(f"flights to {name}", external_id=name)
    reply = said(store, request_)[0]
    assert "entit" in reply
    assert {entity.name for entity in ana.entities.list()} == left_


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ("Forget c2.", "rex2"),
        ("Forget [c1]", "rex1"),
        ("Forget Rex the cat.", "rex2"),
        ("Forget what you know about Rex the dog.", "rex1"),
    ],
)
def test_which_of_two_of_one_name_is_said_by_its_id_or_its_sort(
    store: MemoryStore, answer: str, gone: str
) -> None:
    ana = store.user("ana")
    ana.concepts["rex1"] = Concept("Rex", category="dog", attributes={"eats": "salmon"})
    ana.concepts["rex2"] = Concept("Rex", category="cat", attributes={"eats": "tuna"})
    asked, told_ = said(store, "Forget what you know about Rex.", answer)
    assert "Which of these do you mean?" in asked
    assert asked.count("[c1]") == 1
    assert "1 concept" in told_
    assert gone not in ana.concepts
    assert len(ana.concepts) == 1


def test_a_picture_that_was_shown_takes_no_message_along(store: MemoryStore) -> None:
    ana = store.user("ana")
    ana.observe("I hung a picture of my mother over the piano.")
    [reply] = said(store, "Forget this picture.")
    assert "are not kept" in reply
    assert any("piano" in item.text for item in ana.observations())


@pytest.mark.parametrize(
    ("request_", "gone"),
    [
        ("Forget what you know about Bo.", "1 concept"),
        ("Forget that Bo eats elderberry jelly.", "1 attribute"),
        ("Forget what you know about Mia.", "no memory"),
    ],
)
@pytest.mark.parametrize("deleted", [True, False])
def test_what_was_deleted_and_could_be_undone_is_forgotten(
    store: MemoryStore, request_: str, gone: str, deleted: bool
) -> None:
    ana = store.user("ana")
    ana.concepts["bo"] = Concept("Bo", category="dog", attributes={"eats": "elderberry jelly"})
    if deleted:
        del ana.concepts["bo"]
    else:
        ana.concepts.describe("bo", "eats", "")
    [answer] = said(store, request_)
    assert gone in answer
    assert ana.private.touching("elderberry") == (("c1",) if gone == "no memory" else ())


def test_a_deleted_concept_of_a_common_word_is_not_meant_by_it(store: MemoryStore) -> None:
    ana = store.user("ana")
    ana.concepts["rose"] = Concept("Rose", attributes={"eats": "elderberry jelly"})
    del ana.concepts["rose"]
    said(store, "Please forget that I bought a rose.")
    assert ana.private.touching("elderberry") == ("c1",)
    said(store, "Please forget what you know about Rose.")
    assert ana.private.touching("elderberry") == ()


RATED = ("I loved The Two Towers.", "I hated Alien.")


def rated(store: MemoryStore) -> UserMemory:
    """Return the memory of somebody who said what they think of two films."""
    ana = store.user("ana")
    towers, alien = (str(ana.observe(text).id) for text in RATED)
    ana.feedback.record("5", "Two Towers, The (2002)", 1, observation=towers)
    ana.feedback.record("1214", "Alien (1979)", -1, observation=alien)
    return ana


@pytest.mark.parametrize(
    "request_",
    ["forget all my ratings", "Please delete my film ratings.", "forget what I said of films",
     "erase everything I said about movies", "forget all the films I rated",
     "Forget my likes and dislikes", "delete all of my feedback please"],
)  # fmt: skip
def test_all_ratings_go_when_that_is_asked_twice_and_nothing_else_does(
    store: MemoryStore, request_: str
) -> None:
    ana = rated(store)
    question = "What's the highest rated movie?"
    _, asked_back, gone = said(store, question, request_, f"{request_.rstrip('.')} anyway")
    assert asked_back.startswith("Nothing was forgotten yet: this would go, 2 verdicts in all:")
    assert "Two Towers, The (2002)" in asked_back
    assert gone.startswith("Forgotten for good:")
    assert "2 verdicts" in gone
    assert ana.feedback.list() == []
    assert question in [item.text for item in ana.observations()]


def test_all_ratings_stay_until_the_user_insists(store: MemoryStore) -> None:
    ana = rated(store)
    said(store, "forget all my ratings")
    assert len(ana.feedback.list()) == 2


def test_where_nothing_was_rated_no_message_goes_for_the_word(store: MemoryStore) -> None:
    replies = said(store, "What's the highest rated movie?", "forget all my ratings")
    assert replies[1] == "Nothing was forgotten: no verdict is on record."
    assert len(store.user("ana").observations()) == 4


@pytest.mark.parametrize(
    "request_",
    ["forget everything but my ratings", "forget my rating of Alien",
     "forget what I said about comedies", "forget my mother's movie reviews"],
)  # fmt: skip
def test_what_means_less_than_all_ratings_is_read_as_it_was(request_: str) -> None:
    assert every_of_items(request_) is None


def test_recommendations_go_when_that_is_asked_twice(store: MemoryStore) -> None:
    ana = rated(store)
    ana.feedback.shown([("9", "Heat (1995)")], thread="one")
    replies = said(store, "forget what you recommended", "forget your recommendations anyway")
    assert replies[0].startswith("Nothing was forgotten yet: this would go, 1 recommendation")
    assert "1 recommendation" in replies[1]
    assert ana.feedback.exposures() == ()
    assert len(ana.feedback.list()) == 2
