"""Rules over transcripts: each holds where it should, and fails where it should not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from usermind.errors import InvalidModelOutputError, ModelError, PromptTooLongError
from usermind.evals import Check, Expectation, Opinion, Persona, Step, Transcript
from usermind.evals.expectations import check
from usermind.evals.transcript import (
    Call,
    Claim,
    Deletion,
    Memory,
    Message,
    Offer,
    Recommended,
    StepKind,
    Used,
)

AT = datetime(2026, 3, 2, tzinfo=UTC)


def step(kind: StepKind = "user", **given: Any) -> Step:
    return Step(1, kind, AT, "…", **given)


def reply(text: str, **given: Any) -> Step:
    return step(reply=text, **given)


def told(expected: dict[str, Any], of: Step | Transcript, **given: Any) -> Check:
    expectation = Expectation.model_validate(expected)
    if isinstance(of, Step):
        run = Transcript(steps=(of,))
        return check(expectation, line=7, transcript=run, step=of, **given)
    return check(expectation, line=7, transcript=of, step=None, **given)


def holds(expected: dict[str, Any], of: Step | Transcript) -> bool:
    found = told(expected, of)
    assert (found.outcome == "passed") == (not found.why)
    assert found.line == 7
    return found.outcome == "passed"


USED = step(
    reply="…",
    used=(Used("p1", "proposition", "Ana's dog Bo is allergic to chicken.", "user", 0.9, 0.9),),
)
CALLED = step(
    reply="…",
    calls=(
        Call("recommend", {"count": 3, "query": "Sci-Fi films", "where": {"genre": ["A", "B"]}}),
        Call("remember", {"text": "Ana likes tea.", "sure": True}),
    ),
)
OFFERED = step("watch", offers=(Offer("s1", "reminder", "Dentist", "In 30 minutes.", "suggest"),))
DIGEST = step("watch", offers=(Offer("s1", "idea", "Rent", "It is due.", "digest", digest=True),))
SHOWN = step(
    reply="…", recommended=(Recommended("s1", "Hollow Moon (1980)", ("Sci-Fi", "1980"), ()),)
)


@pytest.mark.parametrize(
    ("expected", "of", "good"),
    [
        # words of a reply are a phrase of whole words
        ({"says": "No Chicken"}, reply("He eats no\nchicken."), True),
        ({"says": "chicken"}, reply("chickens"), False),
        ({"says": "chicken no"}, reply("no chicken"), False),
        ({"says": ["beef", "no chicken"]}, reply("no chicken"), True),
        ({"says": "don't"}, reply("I don’t."), True),
        ({"says": "turkey pâté"}, reply("Turkey PÂTÉ!"), True),
        ({"not_says": "fish"}, reply("salmon"), True),
        ({"not_says": ["beef", "fish"]}, reply("fish"), False),
        # words of a memory stand in any order, in one memory
        ({"uses": "allergic chicken Bo"}, USED, True),
        ({"uses": "allergic beef"}, USED, False),
        ({"uses": ["beef", "chicken"]}, USED, True),
        ({"uses": "anything"}, reply("…"), False),
        ({"not_uses": "chicken Bo"}, USED, False),
        ({"not_uses": "beef"}, USED, True),
        # arguments: those that are named, words in words
        ({"calls": "recommend"}, CALLED, True),
        ({"calls": "forget"}, CALLED, False),
        ({"calls": {"tool": "recommend", "with": {"count": 3, "query": "sci-fi"}}}, CALLED, True),
        ({"calls": {"tool": "recommend", "with": {"count": 4}}}, CALLED, False),
        ({"calls": {"tool": "recommend", "with": {"count": "3"}}}, CALLED, False),
        ({"calls": {"tool": "recommend", "with": {"limit": 3}}}, CALLED, False),
        ({"calls": {"tool": "recommend", "with": {"where": {"genre": ["B"]}}}}, CALLED, True),
        ({"calls": {"tool": "remember", "with": {"sure": True}}}, CALLED, True),
        ({"calls": {"tool": "remember", "with": {"sure": 1}}}, CALLED, False),
        ({"not_calls": "forget"}, CALLED, True),
        ({"not_calls": ["forget", "remember"]}, CALLED, False),
        # abstaining, refusing, asking
        ({"abstains": True}, reply("I don't know: I remember nothing that answers that."), True),
        ({"abstains": True}, reply("You haven’t told me your brother's name."), True),
        ({"abstains": True}, reply("I do not have any information about that."), True),
        ({"abstains": True}, reply("Your brother is called Tom."), False),
        ({"abstains": True}, reply("You don't know many vets."), False),
        ({"abstains": False}, reply("Oslo."), True),
        ({"abstains": False}, reply("I'm not sure."), False),
        ({"refuses": True}, reply("I can’t help with that."), True),
        ({"refuses": True}, reply("I'm sorry, but that is private."), True),
        ({"refuses": True}, reply("You can't miss it."), False),
        ({"refuses": False}, reply("Of course: 42."), True),
        ({"asks": True}, reply("Which of them?"), True),
        ({"asks": True}, reply("That one."), False),
        ({"asks": False}, reply("That one."), True),
        # style
        ({"style": {"max_words": 3}}, reply("Bo eats salmon."), True),
        ({"style": {"max_words": 2}}, reply("Bo eats salmon."), False),
        ({"style": {"min_words": 4}}, reply("Bo eats salmon."), False),
        ({"style": {"max_sentences": 1}}, reply("Bo eats. So does Miso."), False),
        ({"style": {"max_sentences": 1}}, reply("Bo, 3.5 kg, eats salmon."), True),
        ({"style": {"language": "en"}}, reply("Your dog is not allergic to it."), True),
        ({"style": {"language": "de"}}, reply("Der Hund ist nicht da."), True),
        ({"style": {"language": "de"}}, reply("Your dog is not there."), False),
        ({"style": {"language": "fr"}}, reply("Bo."), False),
        ({"style": {"formal": True}}, reply("I would suggest the train."), True),
        ({"style": {"formal": True}}, reply("I'd take the train, it isn’t far"), False),
        ({"style": {"formal": True}}, reply("Take the train!"), False),
        ({"style": {"formal": False}}, reply("Hey, take the train."), True),
        ({"style": {"formal": False}}, reply("I would suggest the train."), False),
        ({"style": {"formal": True}}, reply("Nehmen Sie doch die Bahn, das ist am besten."), True),
        ({"style": {"formal": True}}, reply("Nimm die Bahn, da bist du nicht im Stau."), False),
        ({"style": {"formal": True}}, reply("Prenez le train, il ne part pas de la ville."), True),
        ({"style": {"formal": True}}, reply("Prends le train, tu ne vas pas en ville."), False),
        ({"style": {"formal": False}}, reply("En el tren no se te hace largo."), True),
        ({"style": {"formal": True}}, reply("Con il treno non è la stessa cosa per lei."), True),
        ({"style": {"formal": True}}, reply("Bo, te, ti."), True),  # no language
        ({"style": {"emoji": False}}, reply("Done 🎉"), False),
        ({"style": {"emoji": True}}, reply("Done 🎉"), True),
        ({"style": {"lists": True}}, reply("Buy:\n- milk\n- tea"), True),
        ({"style": {"lists": False}}, reply("Buy:\n1. milk\n2. tea"), False),
        # a catalogue and pictures
        ({"recommends": "hollow moon"}, SHOWN, True),
        ({"recommends": ["Comedy", "Sci-Fi"]}, SHOWN, True),
        ({"recommends": "Horror"}, SHOWN, False),
        ({"not_recommends": "Horror"}, SHOWN, True),
        ({"not_recommends": "Sci-Fi"}, SHOWN, False),
        ({"sees": "miso"}, reply("…", seen=("miso",)), True),
        ({"sees": "miso"}, reply("…"), False),
        ({"not_sees": "miso"}, reply("…", seen=("miso",)), False),
        # a goal
        ({"satisfied": True}, reply("…", satisfied=True), True),
        ({"satisfied": True}, reply("…", satisfied=False), False),
        ({"satisfied": False}, reply("…", satisfied=False), True),
        # a proactive look
        ({"suggests": "dentist 30 minutes"}, OFFERED, True),
        ({"suggests": "rent"}, OFFERED, False),
        ({"suggests": "rent"}, DIGEST, True),
        ({"not_suggests": "dentist"}, OFFERED, False),
        ({"silent": True}, OFFERED, False),
        ({"silent": True}, DIGEST, True),
        ({"silent": False}, OFFERED, True),
        ({"silent": False}, step("watch"), False),
    ],
)  # fmt: skip
def test_what_is_expected_of_a_step(expected: dict[str, Any], of: Step, good: bool) -> None:
    assert holds(expected, of) is good


@pytest.mark.parametrize(
    "expected",
    [{"says": "a"}, {"not_says": "b"}, {"abstains": False}, {"refuses": False}, {"asks": False},
     {"style": {"max_words": 9}}],
)  # fmt: skip
def test_where_a_model_gave_no_reply_nothing_is_true_of_it(expected: dict[str, Any]) -> None:
    failed = reply("I could not answer.", trouble=("The answer did not fit.",))
    assert not holds(expected, failed)
    assert "The answer did not fit." in told(expected, failed).why


@pytest.mark.parametrize(
    "expected",
    [{"not_says": "b"}, {"abstains": False}, {"refuses": False}, {"asks": False},
     {"style": {"max_words": 9}}, {"style": {"lists": False}}],
)  # fmt: skip
@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_is_true_of_an_empty_reply(expected: dict[str, Any], text: str) -> None:
    assert told(expected, reply(text)).outcome == "failed"
    assert told(expected, reply(text)).why.endswith("the reply was empty")


def memory(**given: Any) -> Transcript:
    return Transcript(
        after=Memory(
            claims=(
                Claim("p1", "Ana lives in Bergen.", "active", 0.9),
                Claim("p2", "Ana lives in Oslo.", "superseded", 0.9),
            ),
            messages=(Message("o1", "user", "I moved to Bergen."),),
            notes=("Bo is a dog. eats: salmon.",),
        ),
        **given,
    )


GONE = {"ever": {"walnuts": True}, "traces": {"walnuts": 0}}


@pytest.mark.parametrize(
    ("expected", "of", "good"),
    [
        ({"knows": "lives Bergen"}, memory(), True),
        ({"knows": "lives Oslo"}, memory(), False),  # no longer believed
        ({"knows": "moved to Bergen"}, memory(), False),  # said, not believed
        ({"knows": "Bo salmon"}, memory(), True),
        ({"not_knows": "lives Oslo"}, memory(), True),
        ({"not_knows": ["lives Oslo", "lives Bergen"]}, memory(), False),
        ({"not_stored": "walnuts"}, memory(traces={"walnuts": 0}), True),
        ({"not_stored": "walnuts"}, memory(traces={"walnuts": 2}), False),
        ({"not_stored": "lives Oslo"}, memory(), False),  # it is still there
        ({"forgotten": "walnuts"}, memory(**GONE), True),
        ({"forgotten": "walnuts"}, memory(ever={"walnuts": False}), False),
        ({"forgotten": "walnuts"}, memory(**GONE | {"traces": {"walnuts": 1}}), False),
        ({"forgotten": "moved to Bergen"}, memory(ever={"moved to Bergen": True}), False),
        ({"forgotten": "walnuts"},
         memory(**GONE, steps=(step("forget", deletion=Deletion(2, 0)),)), True),
        ({"forgotten": "walnuts"},
         memory(**GONE, steps=(step("forget", deletion=Deletion(2, 1)),)), False),
    ],
)  # fmt: skip
def test_what_is_expected_of_the_memory(
    expected: dict[str, Any], of: Transcript, good: bool
) -> None:
    assert holds(expected, of) is good


# -- judges ---------------------------------------------------------------------------------


class Scripted:
    """A judge by script."""

    name = "scripted"

    def __init__(self, opinion: Opinion | Exception) -> None:
        self._opinion = opinion

    def opinion(
        self, criterion: str, *, persona: Persona, transcript: Transcript, step: Step
    ) -> Opinion:
        if isinstance(self._opinion, Exception):
            raise self._opinion
        assert criterion == "It is kind."
        return replace(self._opinion, why=f"{persona.name}: {step.reply}")


KIND = {"judge": "It is kind."}


def test_without_a_judge_a_criterion_is_not_judged_and_never_passes() -> None:
    found = told(KIND, reply("Hello."))
    assert (found.outcome, found.why) == ("unjudged", "there is no judge")


@pytest.mark.parametrize(
    ("holds_", "outcome"), [(True, "passed"), (False, "failed"), (None, "unjudged")]
)
def test_a_judge_decides_and_may_abstain(holds_: bool | None, outcome: str) -> None:
    judge = Scripted(Opinion(holds_, "", 0.75))
    found = told(KIND, reply("Hello."), judge=judge, persona=Persona(name="Eva"))
    assert (found.outcome, found.why, found.certainty) == (outcome, "Eva: Hello.", 0.75)


@pytest.mark.parametrize("error", [InvalidModelOutputError, PromptTooLongError])
def test_a_judge_that_answers_rubbish_leaves_it_unjudged_and_says_so(
    error: type[ModelError],
) -> None:
    judge = Scripted(error("The answer did not fit the schema."))
    found = told(KIND, reply("Hello."), judge=judge)
    assert (found.outcome, found.certainty) == ("unjudged", None)
    assert found.why == "the judge failed: The answer did not fit the schema."


def test_a_reply_that_did_not_come_is_not_put_before_a_judge() -> None:
    judge = Scripted(AssertionError("nobody should ask"))
    assert told(KIND, reply("…", trouble=("none",)), judge=judge).outcome == "failed"
