"""Claims: kept, explained, corrected, ruled upon by the user."""

from datetime import timedelta

import pytest

from usermind import UserMemory
from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import Proposition
from usermind.memory.belief import HALF_LIFE
from usermind.testing import StoppedClock


def kept(memory: UserMemory, text: str, *, evidence: str | None = None) -> Proposition:
    proposition = memory.remember(text, evidence=evidence)
    assert proposition is not None
    return proposition


def said(memory: UserMemory, text: str, *, author: str = "user", session: str | None = None) -> str:
    return str(memory.observe(text, author=author, session=session).id)


def test_what_is_remembered_is_there_at_once_with_its_evidence(ana: UserMemory) -> None:
    proposition = kept(ana, "Ana plays the violin.")

    assert proposition.status == "active"
    assert proposition.confidence > 0.5
    assert proposition.freshness == 1.0
    assert ana.propositions.list() == [proposition]
    assert ana.propositions.get(proposition.id) == proposition
    explained = ana.propositions.explain(proposition.id)
    assert [piece.quote for piece in explained.evidence] == ["Ana plays the violin."]
    assert explained.evidence[0].polarity == 1
    assert [v.cause for v in ana.propositions.history(proposition.id)] == ["add"]
    hit = ana.recall("violin", kinds=["proposition"])[0]
    assert (hit.id, hit.confidence) == (proposition.id, proposition.confidence)
    assert ana.queue().ready == 0  # nothing is left to be learnt from its words


def test_remembering_the_same_again_gives_the_same_claim(ana: UserMemory) -> None:
    first = kept(ana, "Ana plays the violin.")
    again = kept(ana, "Ana plays the violin.")
    assert again == first
    assert len(ana.propositions.list()) == 1


def test_case_and_punctuation_make_no_other_claim(ana: UserMemory) -> None:
    first = kept(ana, "Ana plays the violin.")
    again = kept(ana, "ana plays the VIOLIN")
    assert again.id == first.id
    assert len(ana.propositions.explain(first.id).evidence) == 2
    assert again.confidence > first.confidence


def test_evidence_of_a_claim_can_be_named(ana: UserMemory) -> None:
    message = said(ana, "My violin needs new strings.")
    proposition = kept(ana, "Ana plays the violin.", evidence=message)
    evidence = ana.propositions.explain(proposition.id).evidence
    assert [piece.observation.id for piece in evidence] == [message]
    assert len(ana.observations()) == 1


def test_evidence_must_exist(ana: UserMemory) -> None:
    said(ana, "My violin needs new strings.")
    with pytest.raises(UnknownItemError):
        ana.remember("Ana plays the violin.", evidence="o99")
    assert ana.propositions.list() == []


def test_a_reply_of_the_assistant_is_no_evidence(ana: UserMemory) -> None:
    reply = said(ana, "You play the violin.", author="assistant")
    with pytest.raises(InvalidInputError, match="assistant"):
        ana.remember("Ana plays the violin.", evidence=reply)
    assert ana.propositions.list() == []


def test_hearsay_stays_below_one_half_however_often_it_is_told(ana: UserMemory) -> None:
    for number in range(12):
        rumour = said(ana, f"Ana is rich ({number}).", author="Bob", session=str(number))
        proposition = kept(ana, "Ana is rich.", evidence=rumour)
        assert proposition.confidence <= 0.5
    own = kept(ana, "Ana is rich.", evidence=said(ana, "I am rich."))
    assert own.confidence > 0.5


@pytest.mark.parametrize("bad", ["", " ", "a\0b", "\ud800", "x" * 2_001])
def test_a_claim_that_cannot_be_stored_is_refused_with_nothing_kept(
    bad: str, ana: UserMemory
) -> None:
    with pytest.raises(InvalidInputError):
        ana.remember(bad)
    assert not ana.exists


# -- the user's verdict -------------------------------------------------------------------


def test_a_confirmed_claim_is_pinned_and_nearly_certain(ana: UserMemory) -> None:
    proposition = ana.propositions.confirm(kept(ana, "Ana is a vegetarian.").id)
    assert proposition.pinned
    assert proposition.confidence == pytest.approx(0.982, abs=1e-3)
    assert [v.cause for v in ana.propositions.history(proposition.id)] == ["add", "confirm"]


def test_a_denied_claim_stays_readable_and_is_not_learnt_again(ana: UserMemory) -> None:
    denied = ana.propositions.deny(kept(ana, "Ana is a vegetarian.").id)

    assert denied.status == "retracted"
    assert denied.confidence < 0.05
    assert ana.propositions.list() == []
    assert ana.propositions.list(status="retracted") == [denied]
    assert ana.recall("vegetarian", kinds=["proposition"]) == []
    assert ana.remember("Ana is a vegetarian!", evidence=said(ana, "I eat no meat.")) is None
    assert ana.propositions.list() == []


def test_a_verdict_can_be_turned_round(ana: UserMemory) -> None:
    proposition = kept(ana, "Ana is a vegetarian.")
    ana.propositions.deny(proposition.id)
    back = ana.propositions.confirm(proposition.id)
    assert (back.status, back.version) == ("active", 3)
    assert back.confidence > 0.9
    assert [v.status for v in ana.propositions.history(back.id)] == [
        "active",
        "retracted",
        "active",
    ]


def test_corrected_words_replace_the_old_ones_in_recall_too(
    ana: UserMemory, clock: StoppedClock
) -> None:
    proposition = kept(ana, "Ana plays the violin.", evidence=said(ana, "I make music."))
    ana.recall("violin")
    clock.advance(timedelta(days=30))
    corrected = ana.propositions.correct(proposition.id, "Ana plays the viola da gamba.")

    assert corrected.id == proposition.id
    assert corrected.pinned
    assert corrected.supported_at == clock.now
    assert [v.text for v in ana.propositions.history(proposition.id)] == [
        "Ana plays the violin.",
        "Ana plays the viola da gamba.",
    ]
    gamba = ana.recall("gamba", kinds=["proposition"])[0]
    violin = ana.recall("violin", kinds=["proposition"])[0]
    assert gamba.text == violin.text == "Ana plays the viola da gamba."
    assert gamba.score > violin.score


def home(memory: UserMemory, text: str) -> Proposition:
    """Keep a claim as a value of the slot "home"."""
    proposition = kept(memory, text)
    with memory.open() as file, file.database.write() as connection:
        connection.execute(
            "UPDATE proposition SET slot = 'home' WHERE id = ?", (int(proposition.id[1:]),)
        )
    return memory.propositions.get(proposition.id)


def test_new_words_leave_the_slot_of_the_old_ones(ana: UserMemory) -> None:
    oslo, bergen = home(ana, "Ana lives in Oslo."), home(ana, "Ana lives in Bergen.")
    tea = ana.propositions.correct(oslo.id, "Ana likes tea.")
    assert tea.slot is None
    assert ana.propositions.get(bergen.id).status == "active"
    ana.propositions.confirm(bergen.id)
    assert ana.propositions.get(oslo.id).status == "active"


def test_the_same_words_in_another_case_keep_their_slot(ana: UserMemory) -> None:
    oslo = home(ana, "Ana lives in oslo.")
    assert ana.propositions.correct(oslo.id, "Ana lives in Oslo").slot == "home"


def test_two_claims_that_a_correction_makes_equal_become_one(ana: UserMemory) -> None:
    tea, bergen = kept(ana, "Ana likes tea."), home(ana, "Ana lives in Bergen.")
    corrected = ana.propositions.correct(tea.id, "Ana lives in Bergen!")
    merged = ana.propositions.get(bergen.id)
    assert (merged.status, merged.superseded_by) == ("superseded", tea.id)
    assert corrected.slot == "home"
    assert [p.id for p in ana.propositions.list()] == [tea.id]


def test_a_correction_that_cannot_be_stored_changes_nothing(ana: UserMemory) -> None:
    proposition = kept(ana, "Ana plays the violin.")
    with pytest.raises(InvalidInputError):
        ana.propositions.correct(proposition.id, "x" * 2_001)
    assert ana.propositions.get(proposition.id) == proposition


def test_evidence_after_a_verdict_counts_on_from_it(ana: UserMemory, clock: StoppedClock) -> None:
    proposition = ana.propositions.confirm(kept(ana, "Ana is a vegetarian.").id)
    clock.advance(timedelta(days=1))
    more = kept(ana, "Ana is a vegetarian.", evidence=said(ana, "I still eat no meat."))
    assert more.confidence > proposition.confidence
    assert more.pinned


@pytest.mark.parametrize("call", ["get", "explain", "history", "confirm", "deny", "forget"])
def test_an_id_of_no_claim_is_refused(call: str, ana: UserMemory) -> None:
    said(ana, "I make music.")
    for wrong in ("p1", "o1", "", "1", "p-1"):
        with pytest.raises(UnknownItemError):
            getattr(ana.propositions, call)(wrong)


# -- order and age ------------------------------------------------------------------------


def test_claims_are_listed_by_confidence_and_freshness(
    ana: UserMemory, clock: StoppedClock
) -> None:
    old = kept(ana, "Ana plays the violin.")
    clock.advance(timedelta(days=400))
    rumour = kept(ana, "Ana is rich.", evidence=said(ana, "Ana is rich.", author="Bob"))
    new = kept(ana, "Ana has a cat.")

    listed = ana.propositions.list()
    assert [p.id for p in listed] == [new.id, old.id, rumour.id]
    worth = [p.confidence * p.freshness for p in listed]
    assert worth == sorted(worth, reverse=True)
    assert ana.propositions.list(limit=1) == [ana.propositions.get(new.id)]


def test_support_makes_a_claim_fresh_again(ana: UserMemory, clock: StoppedClock) -> None:
    proposition = kept(ana, "Ana plays the violin.")
    clock.advance(timedelta(seconds=HALF_LIFE["year"]))
    assert ana.propositions.get(proposition.id).freshness == pytest.approx(0.5)
    again = kept(ana, "Ana plays the violin.", evidence=said(ana, "I played the violin today."))
    assert again.freshness == 1.0


def test_evidence_of_long_ago_does_not_make_a_claim_older(
    ana: UserMemory, clock: StoppedClock
) -> None:
    proposition = kept(ana, "Ana plays the violin.")
    early = ana.observe("I took up the violin.", at=clock.now - timedelta(days=900)).id
    again = kept(ana, "Ana plays the violin.", evidence=str(early))
    assert again.supported_at == proposition.supported_at
