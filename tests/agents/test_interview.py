"""The onboarding interview: the emptiest useful slot first, nothing twice, and an end when told."""

from collections.abc import Callable

import pytest

from usermind import MemoryStore, UserMemory
from usermind.agents.interview import QUESTIONS, Interview
from usermind.errors import InvalidInputError

HOME = "Where do you live?"


def claims(ana: UserMemory) -> list[str]:
    return [claim.text for claim in ana.propositions.list()]


def test_it_asks_each_thing_once_and_then_nothing(ana: UserMemory) -> None:
    talk = Interview(ana)
    asked = []
    while (question := talk.next_question()) is not None:
        asked.append(question)
        assert talk.answer("skip") == "skipped"
    assert asked == [question.text for question in QUESTIONS]
    assert claims(ana) == []
    assert Interview(ana).next_question() is None


def test_a_bare_answer_is_learnt_from(ana: UserMemory) -> None:
    talk = Interview(ana)
    talk.answer("skip")
    assert talk.next_question() == HOME
    assert talk.answer("Oslo.") == "kept"
    assert "Ana lives in Oslo." in claims(ana)
    assert talk.next_question() != HOME


def test_what_is_known_is_not_asked_for(ana: UserMemory) -> None:
    ana.observe("I live in Oslo. My name is Ana. I work as a vet. I have a dog called Bo.")
    ana.reflect()
    talk = Interview(ana)
    asked = []
    while (question := talk.next_question()) is not None:
        asked.append(question)
        talk.answer("pass")
    assert HOME not in asked
    assert "Do you have any pets?" not in asked
    assert "What shall I call you?" not in asked


@pytest.mark.parametrize("word", ["stop", "Enough!", "No more questions, please", "I'm done."])
def test_it_stops_when_told(ana: UserMemory, word: str) -> None:
    talk = Interview(ana)
    assert talk.answer(word) == "stopped"
    assert talk.next_question() is None
    assert not ana.exists


def test_it_goes_on_where_it_was_in_another_process(
    ana: UserMemory, open_store: Callable[..., MemoryStore]
) -> None:
    talk = Interview(ana)
    talk.answer("skip")
    before = talk.next_question()
    assert Interview(open_store().user("ana")).next_question() == before == HOME


def test_an_empty_answer_leaves_the_question(ana: UserMemory) -> None:
    talk = Interview(ana)
    for text in ("", "  \n", "a\x00"):
        with pytest.raises(InvalidInputError):
            talk.answer(text)
    assert talk.next_question() == QUESTIONS[0].text


def test_a_private_topic_is_not_asked_about(ana: UserMemory) -> None:
    ana.private.add("my job")
    talk = Interview(ana)
    asked = []
    while (question := talk.next_question()) is not None:
        asked.append(question)
        talk.answer("skip")
    assert QUESTIONS[2].text not in asked
    assert HOME in asked


def test_the_questions_are_no_evidence(ana: UserMemory) -> None:
    Interview(ana).answer("skip")
    assert ana.reflect().processed == 0
    assert claims(ana) == []
