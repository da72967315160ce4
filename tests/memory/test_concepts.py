"""`ana.concepts`: a mapping with edits that can be undone, names in text, and forgetting."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from benchmarks.concept_images import drawing, encoded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usermind import Assistant, Concept, Draft, MemoryStore, UserMemory
from usermind.errors import (
    InvalidInputError,
    PrivateTopicError,
    UnknownItemError,
    UnknownUserError,
)
from usermind.memory import Attribute, Relation
from usermind.testing import StoppedClock

BO = Concept("Bo", aliases=("Bobo",), category="dog", attributes={"eats": "salmon"})


PICTURES = [encoded(drawing(seed)) for seed in (1, 2, 3)]


def keys(ana: UserMemory, text: str) -> list[tuple[str, ...]]:
    return [mention.keys for mention in ana.concepts.named_in(text)]


# -- a mapping ----------------------------------------------------------------------------


def test_a_concept_comes_back_as_it_was_put(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    kept = ana.concepts["bo"]
    assert (kept.name, kept.aliases, kept.category) == ("Bo", ("Bobo",), "dog")
    assert kept.value("eats") == "salmon"
    assert list(ana.concepts) == ["bo"]
    assert len(ana.concepts) == 1
    assert "bo" in ana.concepts


def test_a_user_without_a_memory_has_no_concepts_and_gets_no_file(
    ana: UserMemory, folder: Path
) -> None:
    assert len(ana.concepts) == 0
    assert "bo" not in ana.concepts
    assert ana.concepts.undo() == ()
    with pytest.raises(KeyError):
        ana.concepts["bo"]
    assert not ana.exists


def test_an_unknown_key_is_named_in_the_error(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    for call in (
        lambda: ana.concepts["rex"],
        lambda: ana.concepts.pop("rex"),
        lambda: ana.concepts.rename("rex", "max"),
        lambda: ana.concepts.merge("bo", "rex"),
        lambda: ana.concepts.forget("rex"),
        lambda: ana.concepts.describe("rex", "eats", "hay"),
    ):
        with pytest.raises(UnknownItemError, match="rex"):
            call()
    assert list(ana.concepts) == ["bo"]


@pytest.mark.parametrize(
    "concept",
    [
        Concept(""),
        Concept("a" * 201),
        Concept("B\x00"),
        Concept("B\ud800"),
        Concept("Bo", aliases=("",)),
        Concept("Bo", aliases="Bobo"),  # type: ignore[arg-type]
        Concept("Bo", aliases=tuple(f"B{i}" for i in range(51))),
        Concept("Bo", attributes={"eats": "x" * 2_001}),
        Concept("Bo", attributes={"": "x"}),
        "Bo",
    ],
    ids=["empty", "long", "nul", "surrogate", "empty alias", "string", "many", "value", "no name",
         "no concept"],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_and_nothing_is_lost(
    ana: UserMemory, concept: Concept
) -> None:
    ana.concepts["bo"] = BO
    with pytest.raises(InvalidInputError):
        ana.concepts["bo"] = concept
    assert ana.concepts["bo"].name == "Bo"


def test_one_users_concepts_are_not_anothers(ana: UserMemory, store: MemoryStore) -> None:
    ana.concepts["bo"] = BO
    ben = store.user("ben")
    ben.observe("Hello.")
    assert len(ben.concepts) == 0
    assert ben.concepts.named_in("Bo") == []


def test_a_private_topic_keeps_a_value_out(ana: UserMemory) -> None:
    ana.private.add("my health")
    with pytest.raises(PrivateTopicError):
        ana.concepts["doc"] = Concept("Dr Ek", attributes={"treats": "my diabetes"})
    assert len(ana.concepts) == 0


def test_secrets_are_taken_out_of_values(ana: UserMemory) -> None:
    ana.concepts["wifi"] = Concept("Home", attributes={"note": "my password is hunter2-Blue!"})
    assert ana.concepts["wifi"].value("note") == "my password is [password removed]"


def test_concepts_survive_the_process(
    ana: UserMemory, open_store: Callable[..., MemoryStore]
) -> None:
    ana.concepts["bo"] = BO
    assert open_store().user("ana").concepts["bo"].value("eats") == "salmon"


def test_no_edit_of_two_writers_is_lost(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo")

    def describe(who: str) -> None:
        for place in range(8):
            ana.concepts.describe("bo", f"{who}{place}", "x")

    threads = [threading.Thread(target=describe, args=(who,)) for who in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ana.concepts["bo"].attributes) == 16


# -- relations ----------------------------------------------------------------------------


def test_a_relation_leads_to_a_concept_that_is_there(ana: UserMemory) -> None:
    for to in ("bo", "nobody"):
        with pytest.raises(InvalidInputError, match=r"no concept|itself"):
            ana.concepts["bo"] = Concept("Bo", relations=(Relation("friend of", to),))
    assert len(ana.concepts) == 0


def test_ordered_relations_form_no_circle_and_others_may(ana: UserMemory) -> None:
    for key in "abc":
        ana.concepts[key] = Concept(key.upper() * 2)
    ana.concepts["a"] = Concept("AA", relations=(Relation("part of", "b"), Relation("near", "b")))
    ana.concepts["b"] = Concept("BB", relations=(Relation("part of", "c"), Relation("near", "a")))
    with pytest.raises(InvalidInputError, match="around to itself"):
        ana.concepts["c"] = Concept("CC", relations=(Relation("part of", "a"),))
    assert ana.concepts["c"].relations == ()


def test_deleting_takes_relations_along_and_undo_brings_them_back(ana: UserMemory) -> None:
    ana.concepts["tobias"] = Concept("Tobias")
    ana.concepts["bo"] = Concept("Bo", relations=(Relation("owned by", "tobias"),))
    del ana.concepts["tobias"]
    assert not ana.concepts["bo"].relations
    ana.concepts.undo()
    assert [each.to for each in ana.concepts["bo"].relations] == ["tobias"]


def test_a_new_key_is_followed_by_relations(ana: UserMemory) -> None:
    ana.concepts["tobias"] = Concept("Tobias")
    ana.concepts["bo"] = Concept("Bo", relations=(Relation("owned by", "tobias"),))
    ana.concepts.rename("tobias", "toby")
    assert ana.concepts["bo"].relations == (Relation("owned by", "toby"),)
    with pytest.raises(InvalidInputError, match="already"):
        ana.concepts.rename("toby", "bo")


# -- merge, split, undo -------------------------------------------------------------------


def test_merging_keeps_all_that_both_say(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    ana.concepts["pup"] = Concept("Pup", attributes={"eats": "hay", "born": "2020"})
    one = ana.concepts.merge("bo", "pup")
    assert one.aliases == ("Bobo", "Pup")
    assert (one.value("eats"), one.value("born")) == ("salmon", "2020")
    assert keys(ana, "Where is Pup?") == [("bo",)]
    assert list(ana.concepts) == ["bo"]


def test_a_part_that_is_not_there_cannot_be_split_off(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    with pytest.raises(UnknownItemError, match="weighs"):
        ana.concepts.split("bo", "new", "New", attributes=["weighs"])
    assert list(ana.concepts) == ["bo"]


def test_splitting_moves_what_is_named(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    new = ana.concepts.split("bo", "bobo", "Bobo", attributes=["eats"])
    assert new.value("eats") == "salmon"
    assert new.category == "dog"
    assert ana.concepts["bo"].aliases == ()
    assert not ana.concepts["bo"].attributes


_KEYS = st.sampled_from("abcd")
_EDITS = st.one_of(
    st.tuples(st.just("set"), _KEYS, st.sampled_from(["Bo", "Rex", "Mia"])),
    st.tuples(st.just("delete"), _KEYS, st.none()),
    st.tuples(st.just("rename"), _KEYS, _KEYS),
    st.tuples(st.just("merge"), _KEYS, _KEYS),
    st.tuples(st.just("split"), _KEYS, _KEYS),
    st.tuples(st.just("relate"), _KEYS, _KEYS),
    st.tuples(st.just("describe"), _KEYS, st.sampled_from(["hay", "fish"])),
)


def _do(ana: UserMemory, edit: str, key: str, other: str) -> None:
    store = ana.concepts
    if edit == "set":
        store[key] = Concept(other, aliases=(f"{other} of {key}",), category="pet")
    elif edit == "delete":
        del store[key]
    elif edit == "rename":
        store.rename(key, other)
    elif edit == "merge":
        store.merge(key, other)
    elif edit == "split":
        store.split(key, other, "Part", attributes=list(store[key].attributes))
    elif edit == "relate":
        store[key] = Concept("Kin", relations=(Relation("kind of", other),))
    else:
        store.describe(key, "eats", other)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.lists(_EDITS, max_size=12))
def test_undoing_all_edits_leads_back_through_every_state(
    store: MemoryStore, edits: list[tuple[str, str, str]]
) -> None:
    ana = store.user("ana")
    if ana.exists:
        ana.forget_everything()
    ana.observe("Hello.")
    states = [dict(ana.concepts)]
    for edit in edits:
        try:
            _do(ana, *edit)
        except (InvalidInputError, UnknownItemError):
            assert dict(ana.concepts) == states[-1]
        if dict(ana.concepts) != states[-1]:
            states.append(dict(ana.concepts))
        for concept in ana.concepts.values():
            assert all(relation.to in ana.concepts for relation in concept.relations)
    while len(states) > 1:
        assert dict(ana.concepts) == states.pop()
        while dict(ana.concepts) != states[-1]:
            assert ana.concepts.undo()


def test_the_last_hundred_edits_can_be_undone(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo")
    for number in range(100):
        ana.concepts.describe("bo", "weighs", f"{number} kg")
    for number in reversed(range(99)):
        assert ana.concepts.undo() == ("bo",)
        assert ana.concepts["bo"].value("weighs") == f"{number} kg"
    assert ana.concepts.undo() == ("bo",)
    assert "weighs" not in ana.concepts["bo"].attributes
    assert ana.concepts.undo() == ()
    assert list(ana.concepts) == ["bo"]


def test_edits_are_listed_the_newest_first(ana: UserMemory, clock: StoppedClock) -> None:
    assert ana.concepts.edits() == []
    ana.concepts["bo"] = Concept("Bo")
    ana.concepts["mia"] = Concept("Mia")
    clock.advance(timedelta(hours=1))
    ana.concepts.merge("bo", "mia")
    merged, *_, first = ana.concepts.edits()
    assert (merged.what, merged.keys, merged.at) == ("merge", ("bo", "mia"), clock.now)
    assert (first.what, first.keys) == ("set", ("bo",))
    ana.concepts.undo()
    assert [edit.what for edit in ana.concepts.edits()] == ["set", "set"]


def test_ordered_relations_form_no_circle_in_any_case(ana: UserMemory) -> None:
    ana.concepts["a"] = Concept("AA")
    ana.concepts["b"] = Concept("BB", relations=(Relation("Part Of", "a"),))
    with pytest.raises(InvalidInputError, match="around to itself"):
        ana.concepts["a"] = Concept("AA", relations=(Relation("part of", "b"),))


def test_a_merge_makes_nothing_that_cannot_be_edited(ana: UserMemory) -> None:
    for key in "ab":
        ana.concepts[key] = Concept(key * 2, aliases=tuple(f"{key}{i}" for i in range(40)))
    with pytest.raises(InvalidInputError, match=r"81 aliases.*50"):
        ana.concepts.merge("a", "b")
    assert list(ana.concepts) == ["a", "b"]
    assert ana.concepts.describe("a", "eats", "hay").value("eats") == "hay"


def test_undo_after_forgetting_leads_no_relation_astray(ana: UserMemory) -> None:
    ana.concepts["a"] = Concept("Alpha", attributes={"eats": "salmon"})
    ana.concepts["b"] = Concept("Beta", relations=(Relation("friend of", "a"),))
    ana.concepts.describe("b", "born", "2020")
    ana.concepts.rename("a", "cc")
    ana.concepts.forget("cc", attributes=["eats"])
    while ana.concepts.undo():
        pass
    assert "b" in ana.concepts
    for concept in ana.concepts.values():
        assert all(relation.to in ana.concepts for relation in concept.relations)
    ana.concepts["z"] = Concept("Zed")
    del ana.concepts["z"]
    ana.concepts.describe("b", "eats", "rice")


def test_what_undo_takes_away_takes_the_relations_to_it_along(ana: UserMemory) -> None:
    said = ana.observe("Beta is fond of Alpha.").id
    assert said is not None
    ana.concepts["a"] = Concept("Alpha")
    ana.concepts["b"] = Concept(
        "Beta",
        relations=(Relation("friend of", "a"),),
        attributes={"fond of": Attribute("Alpha", said)},
    )
    ana.forget(observations=[said])  # with the edit that made it
    assert ana.concepts.undo() == ("a", "b")
    assert ana.concepts["b"].relations == ()
    ana.concepts.describe("b", "eats", "rice")


_STEPS = st.one_of(
    _EDITS,
    st.tuples(st.just("undo"), _KEYS, st.none()),
    st.tuples(st.just("forget"), _KEYS, st.none()),
    st.tuples(st.just("forget attribute"), _KEYS, st.none()),
    st.tuples(st.just("forget message"), _KEYS, st.none()),
    st.tuples(st.just("picture"), _KEYS, st.none()),
    st.tuples(st.just("no consent"), _KEYS, st.none()),
)


def _step(ana: UserMemory, step: str, key: str, other: str, place: int) -> None:
    if step == "undo":
        ana.concepts.undo()
    elif step == "forget":
        assert ana.concepts.forget(key).residue == 0
    elif step == "forget attribute":
        assert ana.concepts.forget(key, attributes=["eats"]).residue == 0
    elif step == "forget message":
        said = ana.observe(f"It weighs {place} quibbles.").id
        ana.concepts.describe(key, "weighs", f"{place} quibbles", source=said)
        ana.forget(observations=[str(said)])
        with ana.open() as file:
            assert f"{place} quibbles".encode() not in file.database.image()
    elif step == "picture":
        ana.pictures.add(key, PICTURES[place % 3], consent=True)
    elif step == "no consent":
        ana.concepts[key] = replace(ana.concepts[key], consent=False)
    else:
        _do(ana, step, key, other)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(_STEPS, max_size=14))
def test_whatever_is_edited_undone_and_forgotten_the_concepts_hold_together(
    store: MemoryStore, steps: list[tuple[str, str, str]]
) -> None:
    ana = store.user("ana")
    if ana.exists:
        ana.forget_everything()
    ana.observe("Hello.")
    for place, step in enumerate(steps):
        with suppress(InvalidInputError, UnknownItemError):
            _step(ana, *step, place)
        known = ana.concepts.all()
        for key, concept in known.items():
            assert all(relation.to in known for relation in concept.relations)
            assert concept.consent or not concept.images
            assert len(ana.pictures.of(key)) == len(concept.images)
            assert (key,) in keys(ana, f"{key.upper()} {key}")
        with ana.open() as file, file.database.read() as connection:
            stored = {row for (row,) in connection.execute("SELECT id FROM image")}
            rows = connection.execute("SELECT before || after FROM concept_edit").fetchall()
            needed = {id_ for each in known.values() for id_ in each.images}
            assert needed <= stored
            assert all(id_ in needed or any(id_ in text for (text,) in rows) for id_ in stored)


# -- names in text ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What does Bo eat?", [("bo",)]),
        ("BO'S bowl", [("bo",)]),
        ("Bobo!", [("bo",)]),
        ("a bobsleigh and an elbow", []),
        ("my dog is ill", [("bo",)]),
        ("a dog is ill", []),
        ("Café Flora is shut", [("cafe",)]),
        ("cafe  flora", [("cafe",)]),
        ("is New York Pizza open in New York?", [("pizza",), ("ny",)]),
        ("我爱小白", [("white",)]),
        ("look at 🐙 now", [("octopus",)]),
        ("will you come?", []),
        ("is Will coming?", [("will",)]),
        ("ＢＯ", [("bo",)]),
    ],
)  # fmt: skip
def test_names_are_whole_words_in_any_case_and_the_longest_counts(
    ana: UserMemory, text: str, found: list[tuple[str, ...]]
) -> None:
    ana.concepts["bo"] = BO
    ana.concepts["cafe"] = Concept("Café Flora")
    ana.concepts["ny"] = Concept("New York")
    ana.concepts["pizza"] = Concept("New York Pizza")
    ana.concepts["white"] = Concept("小白")
    ana.concepts["octopus"] = Concept("🐙")
    ana.concepts["will"] = Concept("Will")
    assert keys(ana, text) == found


def test_an_ambiguous_name_says_what_it_may_be(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    ana.concepts["cat"] = Concept("Bo", category="cat")
    [mention] = ana.concepts.named_in("Feed Bo")
    assert mention.ambiguous
    assert mention.keys == ("bo", "cat")
    assert mention.text == "Bo"


def test_accents_tell_two_names_apart(ana: UserMemory) -> None:
    ana.concepts["a"] = Concept("Bo")
    ana.concepts["b"] = Concept("Bö")
    assert keys(ana, "Bo and Bö") == [("a",), ("b",)]


def test_a_pronoun_means_what_was_named_last(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    ana.concepts["tobias"] = Concept("Tobias")
    earlier = ["Tobias called.", "How old is Bo?", "I do not know."]
    assert [m.keys for m in ana.concepts.meant_by("And what does he eat?", earlier)] == [("bo",)]
    assert ana.concepts.meant_by("What is the time?", earlier) == []


def test_an_edit_counts_at_once(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    ana.concepts["bo"] = Concept("Balder")
    assert keys(ana, "Bobo and Balder") == [("bo",)]
    del ana.concepts["bo"]
    assert keys(ana, "Balder") == []


# -- recall -------------------------------------------------------------------------------


def test_recall_finds_what_is_named_and_says_why(ana: UserMemory) -> None:
    ana.observe("Bo was at the vet.")
    ana.concepts["bo"] = BO
    best = ana.recall("What does Bo eat?")[0]
    assert (best.kind, best.external_id) == ("concept", "bo")
    assert "salmon" in best.text
    assert "'Bo'" in best.why
    assert 0 < best.score <= 1
    assert [hit.kind for hit in ana.recall("Bo", kinds=["concept"])] == ["concept"]
    assert ana.recollect([best.id])[0].text == best.text


def test_recall_finds_a_concept_by_what_it_says(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    ana.concepts["mia"] = Concept("Mia", category="cat", attributes={"eats": "chicken"})
    assert [hit.external_id for hit in ana.recall("who eats salmon", kinds=["concept"])] == ["bo"]


def test_one_word_finds_a_concept_only_where_it_is_all_that_is_looked_for(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    [hit] = ana.recall("salmon", kinds=["concept"])
    assert (hit.external_id, hit.why) == ("bo", "says the word")
    for query in ("Salmon?", "the salmon", "Is salmon in season?", "tuna"):
        assert ana.recall(query, kinds=["concept"]) == []


def test_concepts_have_no_past(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    with pytest.raises(InvalidInputError, match="no past"):
        ana.recall("Bo", kinds=["concept"], as_of=ana.now())
    assert ana.recall("Bo", as_of=ana.now()) == []


# -- forgetting ---------------------------------------------------------------------------


def test_what_rests_on_a_forgotten_message_goes_from_concepts_and_edits(ana: UserMemory) -> None:
    said = ana.observe("Bo is allergic to buckwheat.").id
    assert said
    ana.concepts["bo"] = BO
    ana.concepts.describe("bo", "allergic to", "buckwheat pancakes", source=said)
    ana.concepts.describe("bo", "eats", "rice")
    receipt = ana.forget(observations=[said])
    assert receipt.verified
    assert dict(ana.concepts["bo"].attributes) == {"eats": Attribute("rice")}
    assert ana.concepts.undo() == ()
    with ana.open() as file:
        assert b"buckwheat" not in file.database.image()


def test_a_forgotten_concept_cannot_be_undone_and_leaves_no_bytes(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bocephus", attributes={"eats": "elderberry jelly"})
    ana.concepts["tobias"] = Concept("Tobias", relations=(Relation("owner of", "bo"),))
    del ana.concepts["bo"]
    ana.concepts.undo()
    receipt = ana.concepts.forget("bo")
    assert receipt.verified
    assert list(ana.concepts) == ["tobias"]
    assert ana.concepts["tobias"].relations == ()
    ana.concepts.undo()
    assert "bo" not in ana.concepts
    with ana.open() as file:
        assert b"elderberry" not in file.database.image()


def test_what_a_concept_was_called_before_goes_with_it(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "elderberry jelly"})
    ana.concepts.describe("bo", "eats", "rice")
    ana.concepts.rename("bo", "rex")
    receipt = ana.concepts.forget("rex")
    assert (receipt.concepts, receipt.verified) == (("c1",), True)
    with ana.open() as file:
        assert b"elderberry" not in file.database.image()


def test_one_attribute_can_be_forgotten_for_good(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "elderberry jelly", "weighs": "9 kg"})
    ana.concepts.rename("bo", "rex")
    receipt = ana.concepts.forget("rex", attributes=["eats"])
    assert (receipt.concepts, receipt.attributes, receipt.verified) == ((), 1, True)
    assert list(ana.concepts["rex"].attributes) == ["weighs"]
    assert ana.concepts.undo() == ()
    with ana.open() as file:
        assert b"elderberry" not in file.database.image()
    with pytest.raises(UnknownItemError, match="eats"):
        ana.concepts.forget("rex", attributes=["eats"])


def test_a_reply_goes_with_what_a_concept_said_when_it_was_made(ana: UserMemory) -> None:
    said = ana.observe("Bo eats buckwheat.").id
    assert said is not None
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": Attribute("buckwheat", said)})
    ana.observe_many(
        [Draft(text="He eats buckwheat.", author="assistant", rests_on=ana.concepts.ids(["bo"]))]
    )
    ana.concepts.describe("bo", "eats", "rice")
    ana.forget(observations=[said])
    assert ana.observations() == []


def _replied(ana: UserMemory, text: str, *keys: str) -> None:
    drafts = [Draft(text=text, author="assistant", rests_on=ana.concepts.ids(keys))]
    assert ana.observe_many(drafts)[0].outcome == "stored"


@pytest.mark.parametrize(
    "edit",
    [
        lambda store: store.rename("bo", "rex"),
        lambda store: [store.rename("bo", "rex"), store.undo(), store.rename("bo", "rex")],
        lambda store: [store.pop("bo"), store.undo(), store.rename("bo", "rex")],
        lambda store: store.merge("rex", "bo"),
        lambda store: [store.merge("bo", "rex"), store.undo(), store.merge("rex", "bo")],
        lambda store: store.split("bo", "part", "Part", attributes=["eats"]),
        lambda store: [store.split("bo", "part", "Part", attributes=["eats"]), store.undo()],
        lambda store: store.pop("bo"),
    ],
    ids=["renamed", "renamed twice", "undeleted", "merged", "merged twice", "split", "unsplit",
         "deleted"],
)  # fmt: skip
def test_a_reply_goes_with_a_concept_wherever_it_was_put(
    ana: UserMemory, edit: Callable[..., object]
) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "elderberry jelly"})
    if "merge" in edit.__code__.co_names:
        ana.concepts["rex"] = Concept("Rex")
    _replied(ana, "He eats elderberry jelly.", "bo")
    edit(ana.concepts)
    wanted = {"part", "rex", "bo"} & {*ana.concepts} or {"bo"}
    receipt = ana.concepts.forget(max(wanted))
    assert receipt.verified
    assert ana.observations() == []
    with ana.open() as file:
        assert b"elderberry" not in file.database.image()


def test_a_concept_keeps_its_id_under_another_key_and_after_undo(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    assert ana.concepts.ids(["bo"]) == ("c1",)
    ana.concepts.rename("bo", "rex")
    assert ana.concepts.ids(["rex"]) == ("c1",)
    assert keys(ana, "Where is rex, and where is Bo?") == [("rex",), ("rex",)]
    ana.concepts.undo()
    assert ana.concepts.ids(["bo", "rex"]) == ("c1",)
    assert keys(ana, "Where is rex, and where is Bo?") == [("bo",)]
    del ana.concepts["bo"]
    ana.concepts["rex"] = Concept("Rex")
    ana.concepts.undo()
    ana.concepts.undo()
    assert ana.concepts.ids(["bo"]) == ("c1",)


@pytest.mark.parametrize(
    "gone",
    [
        lambda store: store.describe("bo", "eats", ""),
        lambda store: store.pop("bo"),
        lambda store: [store.rename("bo", "rex"), store.describe("rex", "eats", "")],
        lambda store: [store.rename("bo", "rex"), store.pop("rex")],
    ],
    ids=["attribute", "concept", "renamed attribute", "renamed concept"],
)
@pytest.mark.parametrize("whole", [True, False])
def test_what_was_taken_away_can_still_be_forgotten(
    ana: UserMemory, gone: Callable[..., object], whole: bool
) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "elderberry jelly", "born": "2020"})
    _replied(ana, "He eats elderberry jelly.", "bo")
    gone(ana.concepts)
    assert "c1" in ana.private.touching("elderberry")
    key = "rex" if "rex" in gone.__code__.co_consts else "bo"
    receipt = ana.concepts.forget(key, attributes=() if whole else ["eats"])
    assert receipt.verified
    assert (receipt.concepts, receipt.attributes) == ((("c1",), 0) if whole else ((), 1))
    assert ana.observations() == []
    assert ana.private.touching("elderberry") == ()
    with ana.open() as file:
        assert b"elderberry" not in file.database.image()
    assert ana.concepts.undo() == ()
    with pytest.raises(UnknownItemError):
        ana.concepts.forget(key, attributes=["eats"])


def test_forgetting_what_was_deleted_leaves_what_took_its_key(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "elderberry jelly"})
    del ana.concepts["bo"]
    ana.concepts["bo"] = Concept("Another Bo", attributes={"eats": "rice"})
    assert ana.concepts.ids(["bo"]) == ("c2",)
    receipt = ana.forget(concepts=["c1"])
    assert (receipt.concepts, receipt.verified) == (("c1",), True)
    assert ana.concepts["bo"].value("eats") == "rice"


def test_a_source_that_is_not_there_is_refused(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    with pytest.raises(UnknownItemError, match="o99"):
        ana.concepts.describe("bo", "eats", "hay", source="o99")  # type: ignore[arg-type]
    assert ana.concepts["bo"].value("eats") == "salmon"


def test_forgetting_everything_takes_the_concepts(ana: UserMemory) -> None:
    ana.concepts["bo"] = BO
    ana.forget_everything()
    assert len(ana.concepts) == 0
    with pytest.raises(UnknownUserError):
        ana.recall("Bo")


def test_an_export_holds_the_concepts(ana: UserMemory, tmp_path: Path) -> None:
    ana.concepts["bo"] = BO
    ana.export(tmp_path / "ana.jsonl")
    assert '"salmon"' in (tmp_path / "ana.jsonl").read_text().replace('\\"', '"')


def test_names_are_found_among_many(ana: UserMemory) -> None:
    for place in range(300):
        ana.concepts[f"k{place}"] = Concept(f"Name{place}", category=f"thing{place}")
    assert keys(ana, "Where is Name250, and my thing17?") == [("k250",), ("k17",)]


@pytest.mark.parametrize(("query", "k"), [("Bo\ud800", 5), ("Bo", 0), (3, 5)])
def test_a_query_that_cannot_be_used_is_refused_for_every_kind(
    ana: UserMemory, query: str, k: int
) -> None:
    ana.concepts["bo"] = BO
    with pytest.raises(InvalidInputError):
        ana.recall(query, k=k, kinds=["concept"])


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [("password", "hunter2!x", "hunter2"), ("pin", "8812", "8812")],
)
def test_what_only_its_name_gives_away_as_a_secret_is_not_stored(
    ana: UserMemory, name: str, value: str, secret: str
) -> None:
    ana.concepts["box"] = Concept("Key box", attributes={name: value, "colour": "red"})
    kept = ana.concepts["box"]
    value_kept = kept.value(name)
    assert value_kept is not None
    assert secret not in value_kept
    assert "removed" in value_kept
    assert kept.value("colour") == "red"
    ana.concepts.describe("box", name, value)
    with ana.open() as file:
        assert secret.encode() not in file.database.image()


def test_a_reply_that_names_a_forgotten_concept_through_a_relation_goes_too(
    store: MemoryStore, ana: UserMemory
) -> None:
    ana.concepts["marlowe"] = Concept("Marlowe", category="son")
    ana.concepts["bo"] = Concept(
        "Bo", category="dog", attributes={"eats": "salmon"},
        relations=(Relation("owned by", "marlowe"),),
    )  # fmt: skip
    with Assistant(store=store, reflect="manual") as assistant:
        assert "marlowe" in assistant.turn("ana", "What does Bo eat?").text
    receipt = ana.concepts.forget("marlowe")
    assert receipt.verified
    assert not any("marlowe" in item.text for item in ana.observations())
    assert ana.concepts["bo"].value("eats") == "salmon"
    with ana.open() as file:
        assert b"marlowe" not in file.database.image()
