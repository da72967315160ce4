"""What says nothing new reaches no model, and still counts as support."""

from datetime import timedelta

import pytest

from usermind import UserMemory
from usermind.graphs import reflect
from usermind.graphs.familiar import is_small_talk
from usermind.prompts import Citation, Operation, Operations, ReflectPrompt
from usermind.prompts.reflect import Op
from usermind.testing import ScriptedReasoner, StoppedClock

NOTHING = Operations(operations=[])


def taught(memory: UserMemory, text: str, statement: str, *, slot: str | None = None) -> str:
    """Let a message teach one claim; return the claim's id."""
    memory.observe(text, session="first")
    reflect(memory, ScriptedReasoner([Operations(operations=[op("add", text, statement, slot)])]))
    return next(p.id for p in memory.propositions.list() if p.text == statement)


def op(kind: Op, quote: str, statement: str, slot: str | None = None) -> Operation:
    return Operation(
        op=kind,
        target=None if kind == "add" else 1,
        statement=statement,
        evidence=[Citation(observation=1, quote=quote)],
        confidence=0.9,
        durability="year",
        slot=slot,
    )


def asked(memory: UserMemory, *answers: Operations) -> list[str]:
    """Reflect; return the texts of the observations that the reasoner was shown."""
    reasoner = ScriptedReasoner(answers or [NOTHING])
    reflect(memory, reasoner)
    return [
        line.text
        for prompt in reasoner.prompts
        if isinstance(prompt, ReflectPrompt)
        for line in prompt.observations
    ]


@pytest.mark.parametrize(
    "again",
    ["I love oolong tea.", "i love OOLONG tea!", "Well, honestly, I really love oolong tea."],
    ids=["the same words", "other case", "with fillers"],
)
def test_a_repeat_asks_nobody_and_supports_what_it_repeats(
    ana: UserMemory, clock: StoppedClock, again: str
) -> None:
    tea = taught(ana, "I love oolong tea.", "Ana loves oolong tea.")
    before = ana.propositions.get(tea)
    clock.advance(timedelta(days=3))
    second = ana.observe(again, session="second", external_id="again")

    report = reflect(ana, ScriptedReasoner())
    assert (report.processed, report.familiar, report.calls, report.pending) == (1, 1, 0, 0)
    after = ana.propositions.get(tea)
    assert after.confidence > before.confidence
    assert after.supported_at == clock.now
    assert len(ana.propositions.list()) == 1
    evidence = ana.propositions.explain(tea).evidence
    assert [e.observation.id for e in evidence][1] == second.id
    assert evidence[1].quote in again


def test_a_repeat_of_what_taught_nothing_teaches_nothing(ana: UserMemory) -> None:
    ana.observe("The sky over the harbour was orange.", session="first")
    assert asked(ana)
    ana.observe("The sky over the harbour was orange!", session="second")
    assert reflect(ana, ScriptedReasoner()).familiar == 1
    assert ana.propositions.list() == []


@pytest.mark.parametrize(
    "other",
    [
        "I have 3 cats and a dog.",
        "I do not have 2 cats and a dog.",
        "I have 2 cats and a bird.",
        "I have 2 cats and a dog, and I moved to Oslo.",
        "Have I 2 cats and a dog?",
        "I have 2 cats and a dog?",
        "You have 2 cats and a dog.",
        "> I have 2 cats and a dog.",
        '"I have 2 cats and a dog."',
        "I have a dog and 2 cats.",
    ],
    ids=[
        "another number",
        "denied",
        "another word",
        "more than before",
        "asked",
        "asked in the same words",
        "of somebody else",
        "pasted",
        "quoted",
        "another order",
    ],
)
def test_what_differs_in_any_word_that_counts_is_shown(ana: UserMemory, other: str) -> None:
    taught(ana, "I have 2 cats and a dog.", "Ana has 2 cats and a dog.")
    pets = ana.propositions.list()[0]
    ana.observe(other, session="second")
    assert reflect(ana, ScriptedReasoner([NOTHING])).familiar == 0
    assert ana.propositions.get(pets.id).confidence == pets.confidence
    assert len(ana.propositions.explain(pets.id).evidence) == 1


@pytest.mark.parametrize("other", ["Am I vegan?", "You are vegan?", "Vegan?", "> I am vegan."])
def test_neither_a_question_nor_a_pasted_line_supports_what_was_said(
    ana: UserMemory, other: str
) -> None:
    vegan = taught(ana, "I am vegan.", "Ana is vegan.")
    before = ana.propositions.get(vegan)
    ana.observe(other, session="second")
    assert reflect(ana, ScriptedReasoner([NOTHING])).familiar == 0
    assert ana.propositions.get(vegan).confidence == before.confidence


def test_who_is_taller_than_whom_is_told_by_the_order_of_words(ana: UserMemory) -> None:
    taught(ana, "Lisa is taller than Emma.", "Lisa is taller than Emma.")
    ana.observe("Emma is taller than Lisa.", session="second")
    assert asked(ana) == ["Emma is taller than Lisa."]


def test_what_comes_back_of_a_reply_is_no_repeat(ana: UserMemory) -> None:
    tea = taught(ana, "Oolong tea is loved by Ana.", "Ana loves oolong tea.")
    ana.observe("Oolong tea is loved by Ana.", author="assistant", session="first")
    before = ana.propositions.get(tea)
    ana.observe("Oolong tea is loved by Ana!", session="second")
    assert reflect(ana, ScriptedReasoner([NOTHING])).familiar == 0
    assert ana.propositions.get(tea).confidence == before.confidence


def test_a_repeat_that_names_a_time_is_news(ana: UserMemory, clock: StoppedClock) -> None:
    taught(ana, "I fly to Lisbon next Friday.", "Ana flies to Lisbon on 5 June 2026.")
    clock.advance(timedelta(days=60))
    ana.observe("I fly to Lisbon next Friday.", session="second", external_id="2")
    assert asked(ana) == ["I fly to Lisbon next Friday."]


def test_saying_again_what_was_replaced_since_is_news(ana: UserMemory) -> None:
    taught(ana, "I live in Lima.", "Ana lives in Lima.", slot="home")
    ana.observe("I moved to Oslo.", session="second")
    assert asked(ana, Operations(operations=[op("add", "Oslo", "Ana lives in Oslo.", "home")]))
    ana.observe("I live in Lima!", session="third")
    assert asked(ana) == ["I live in Lima!"]


def test_saying_again_what_the_user_denied_is_shown(ana: UserMemory) -> None:
    tea = taught(ana, "I love oolong tea.", "Ana loves oolong tea.")
    ana.propositions.deny(tea)
    ana.observe("I love oolong tea!", session="second")
    assert asked(ana) == ["I love oolong tea!"]


def test_the_same_words_of_somebody_else_are_news(ana: UserMemory) -> None:
    taught(ana, "I love oolong tea.", "Ana loves oolong tea.")
    ana.observe("I love oolong tea.", author="Bob", session="second")
    assert asked(ana) == ["I love oolong tea."]


def test_both_of_two_new_messages_of_the_same_words_are_shown(ana: UserMemory) -> None:
    ana.observe("I love oolong tea.", external_id="1")
    ana.observe("I love oolong tea.", external_id="2")
    assert len(asked(ana)) == 2


def test_only_the_news_of_a_batch_is_shown_and_all_of_it_is_done(ana: UserMemory) -> None:
    tea = taught(ana, "I love oolong tea.", "Ana loves oolong tea.")
    ana.observe("Hello!", session="second")
    ana.observe("I love oolong tea!", session="second")
    ana.observe("I play the violin.", session="second")
    reasoner = ScriptedReasoner(
        [Operations(operations=[op("add", "violin", "Ana plays the violin.")])]
    )
    report = reflect(ana, reasoner)

    assert (report.processed, report.familiar, report.calls, report.pending) == (3, 2, 1, 0)
    prompt = reasoner.prompts[0]
    assert isinstance(prompt, ReflectPrompt)
    assert [line.text for line in prompt.observations] == ["I play the violin."]
    assert len(ana.propositions.explain(tea).evidence) == 2
    assert len(ana.propositions.list()) == 2


def test_a_failing_model_leaves_the_familiar_ones_due_with_the_rest(ana: UserMemory) -> None:
    from usermind.errors import ModelUnavailableError

    ana.observe("Hello!")
    ana.observe("I play the violin.")
    report = reflect(ana, ScriptedReasoner([ModelUnavailableError("down")]))
    assert (report.failed, report.processed, report.pending) == (2, 0, 2)


@pytest.mark.parametrize(
    "text", ["Hi", "Thanks!", "ok", "Ok, thanks so much.", "Good morning!", "Yes please.", "lol"]
)
def test_small_talk_is_known_by_its_words(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm vegan.",
        "No meat.",
        "Good old Oslo.",
        "Night shifts.",
        "ok I quit my job",
        "Thank you for asking, fine",
        "再见",
    ],
)
def test_what_may_hold_a_fact_is_no_small_talk(text: str) -> None:
    assert not is_small_talk(text)
