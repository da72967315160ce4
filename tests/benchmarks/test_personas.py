"""Synthetic people: what they say follows from how things are."""

from datetime import timedelta

import pytest
from benchmarks.lives import DAYS, START
from benchmarks.personas import Persona, persona, personas
from benchmarks.wordings import KINDS, PLANS, SETS, SLOTS, VALUES, Use, choices, lines

SEEDS = range(6)
SINCERE = ("plain", "repeat", "corrected")


@pytest.fixture(scope="module", params=[False, True], ids=["training", "held out"])
def people(request: pytest.FixtureRequest) -> list[Persona]:
    return personas(list(SEEDS), held_out=request.param)


def test_a_seed_always_gives_the_same_person() -> None:
    assert persona(3) == persona(3)
    assert persona(3) != persona(4)
    assert persona(3).facts != persona(3, held_out=True).facts


def test_a_slot_holds_one_value_at_a_time(people: list[Persona]) -> None:
    for one in people:
        for day in range(0, DAYS, 7):
            kinds = [fact.kind for fact in one.true_at(START + timedelta(days=day))]
            assert all(kinds.count(slot) <= 1 for slot in SLOTS), (one.name, day)


def test_a_fact_ends_after_it_begins_and_only_plans_have_a_day(people: list[Persona]) -> None:
    for one in people:
        for fact in one.facts:
            assert fact.ends is None or fact.begins < fact.ends
            assert (fact.due is not None) == (fact.kind in PLANS)
            assert fact.value in VALUES[fact.kind]


def test_what_is_plainly_said_is_so_at_that_time(people: list[Persona]) -> None:
    for one in people:
        for said in one.utterances:
            if said.style not in SINCERE:
                continue
            assert said.mentions, said.text
            true = {(fact.kind, fact.value) for fact in one.true_at(said.at)}
            for mention in said.mentions:
                is_so = (mention.kind, mention.value) in true
                assert is_so == (mention.polarity > 0), (said, mention)


def test_slips_and_jokes_are_never_so_and_mails_sometimes(people: list[Persona]) -> None:
    right = []
    for one in people:
        for said in one.utterances:
            for mention in said.mentions if said.style in ("slip", "joke") else ():
                assert not one.of(mention.kind, mention.value)
            if said.author != "user":
                assert said.style == "reported"
                (mention,) = said.mentions
                right.append(any(f.holds(said.at) for f in one.of(mention.kind, mention.value)))
    assert 0.25 < sum(right) / len(right) < 0.9


def test_small_talk_questions_and_what_ifs_state_nothing(people: list[Persona]) -> None:
    for one in people:
        for said in one.utterances:
            if said.style == "chatter":
                names = [value for values in VALUES.values() for value in values]
                assert not [v for v in names if v.isalpha() and v in said.text.split()]
            assert bool(said.mentions) == (said.style not in ("chatter", "unreal", "asked"))


def test_time_runs_forward_and_sessions_follow_each_other(people: list[Persona]) -> None:
    for one in people:
        times = [said.at for said in one.utterances]
        assert times == sorted(times)
        assert len({said.id for said in one.utterances}) == len(one.utterances)
        assert [said for session in one.sessions() for said in session] == list(one.utterances)
        assert times[-1] - times[0] > timedelta(days=600)


def test_a_life_changes_and_is_told_again_and_taken_back(people: list[Persona]) -> None:
    styles = {said.style for one in people for said in one.utterances}
    assert styles == {
        "plain", "repeat", "hedged", "slip", "corrected", "joke", "retracted", "unreal", "asked",
        "chatter", "reported",
    }  # fmt: skip
    for kind in ("home", "employer", "phone", "likes", "hobby"):
        assert any(f.kind == kind and f.ends for one in people for f in one.facts), kind


def test_held_out_people_use_other_words() -> None:
    for kind, use in lines():
        ours = {line.text for line in choices(kind, use, held_out=False)}  # type: ignore[arg-type]
        theirs = {line.text for line in choices(kind, use, held_out=True)}  # type: ignore[arg-type]
        assert ours
        assert theirs
        assert not ours & theirs


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_can_be_said_in_six_ways_and_more(kind: str) -> None:
    use: Use = "begins" if kind in PLANS else "is"
    assert len(lines()[kind, use]) >= 10
    for held_out in (False, True):
        assert len(choices(kind, use, held_out=held_out)) >= (4 if kind == "age" else 5)


def test_no_value_belongs_to_two_kinds() -> None:
    values = [value.lower() for kind in KINDS for value in VALUES[kind]]
    assert len(values) == len(set(values))
    assert {*SLOTS, *SETS, *PLANS, "mood"} == set(KINDS)
