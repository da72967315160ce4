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
    assert "Which pets do you have, if any?" not in asked
    assert "What shall I call you?" not in asked


@pytest.mark.parametrize(
    "word",
    [
        "stop",
        "Enough!",
        "No more questions, please",
        "I'm done.",
        "Ok, that's enough for today",
        "I want to stop",
    ],
)
def test_it_stops_when_told(ana: UserMemory, word: str) -> None:
    talk = Interview(ana)
    before = talk.next_question()
    assert talk.answer(word) == "stopped"
    assert talk.next_question() is None
    assert Interview(ana).next_question() is None
    assert claims(ana) == []
    again = Interview(ana, again=True)
    assert again.next_question() == before
    assert again.answer("skip") == "skipped"
    assert again.next_question() != before
    assert Interview(ana).next_question() is None


def at(ana: UserMemory, slot: str) -> Interview:
    """Return an interview that has come to a question."""
    talk, wanted = Interview(ana), next(each.text for each in QUESTIONS if each.slot == slot)
    while talk.next_question() != wanted:
        talk.answer("skip")
    return talk


@pytest.mark.parametrize(
    ("slot", "said", "kept"),
    [
        ("goals", "Stop smoking", "I want to stop smoking."),
        ("goals", "Finish my thesis", "I want to finish my thesis."),
        ("goals", "to learn Norwegian", "I want to learn Norwegian."),
        ("goals", "a marathon", "I am working towards a marathon."),
        ("work", "Quit my job recently", "I quit my job recently."),
        ("work", "a vet", "I am a vet."),
        ("home", "In Oslo", "I live in Oslo."),
        ("name", "Call me Annie", "My name is Annie."),
        ("pets", "Yes, a dog called Bo", "I have a dog called Bo."),
        ("avoid", "peanuts", "I avoid eating peanuts."),
        ("avoid", "Allergic to nuts", "I am allergic to nuts."),
        ("avoid", "no nuts", "I do not eat nuts."),
        ("food", "no nuts", "I do not eat nuts."),
        ("food", "sushi", "I love eating sushi."),
        ("people", "My wife Lena", "My wife Lena"),
        ("routines", "Running on Mondays", "I spend my week running on Mondays."),
        ("style", "briefly", "I prefer to be answered briefly."),
    ],
)
def test_an_answer_is_kept_as_it_was_meant(
    ana: UserMemory, slot: str, said: str, kept: str
) -> None:
    assert at(ana, slot).answer(said) == "kept"
    assert [item.text for item in ana.observations() if item.author == "user"] == [kept]
    assert claims(ana) != []


@pytest.mark.parametrize(
    "said",
    ["Skip this one", "prefer not to say", "I'd rather not.", "No, thanks", "none at all", "Yes",
     "?", "Next question, please", "I don't know", "Not really"],
)  # fmt: skip
def test_who_passes_is_not_quoted(ana: UserMemory, said: str) -> None:
    assert at(ana, "pets").answer(said) == "skipped"
    assert claims(ana) == []
    assert not any(item.author == "user" for item in ana.observations())


@pytest.mark.parametrize(
    "said",
    [
        "Why do you ask?",
        "why do you want to know",
        "Why?",
        "But why?!",
        "What for?",
        "Is that any of your business?",
        "Warum fragst du?",
        "لماذا؟",
        "Oslo?",
    ],
)
def test_a_question_is_no_answer(ana: UserMemory, said: str) -> None:
    talk = at(ana, "avoid")
    before = talk.next_question()
    assert talk.answer(said) == "asked"
    assert talk.next_question() == before
    assert "food" in str(talk.why())
    assert not any(item.author == "user" for item in ana.observations())
    assert talk.answer("peanuts") == "kept"
    assert "Ana avoids eating peanuts." in claims(ana)


def test_each_question_says_why_it_is_asked(ana: UserMemory) -> None:
    talk = Interview(ana)
    for question in QUESTIONS:
        assert str(talk.why()).startswith(question.why)
        talk.answer("skip")
    assert talk.why() is None


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ("name", "أنا ليلى"),
        ("name", "اسمي ليلى"),
        ("name", "Меня зовут Лейла"),
        ("name", "Je m'appelle Layla"),
        ("name", "Ich heiße Layla"),
        ("name", "Me llamo Layla"),
        ("name", "Soy Layla"),
        ("name", "我叫莱拉"),
        ("home", "Я живу в Осло"),
        ("home", "أعيش في أوسلو"),
        ("food", "寿司が好きです"),
        ("pets", "собака по имени Бо"),
        ("home", "I live in Oslo, why?"),
        ("work", "Why, I'm a vet."),
    ],
)
def test_a_sentence_in_any_language_stays_as_it_was_said(
    ana: UserMemory, slot: str, said: str
) -> None:
    assert at(ana, slot).answer(said) == "kept"
    assert [item.text for item in ana.observations() if item.author == "user"] == [said]


@pytest.mark.parametrize(
    ("slot", "said", "kept"),
    [
        ("name", "ليلى", "My name is ليلى."),
        ("name", "Лейла Иванова", "My name is Лейла Иванова."),
        ("name", "Ben", "My name is Ben."),
        ("home", "東京", "I live in 東京."),
        ("avoid", "soy milk", "I avoid eating soy milk."),
        ("food", "chow mein", "I love eating chow mein."),
    ],
)
def test_a_bare_value_becomes_a_sentence_in_any_alphabet(
    ana: UserMemory, slot: str, said: str, kept: str
) -> None:
    assert at(ana, slot).answer(said) == "kept"
    assert [item.text for item in ana.observations() if item.author == "user"] == [kept]


def test_a_long_answer_is_looked_at_quickly(ana: UserMemory) -> None:
    # Tried in every way, the expression would take hours for it.
    assert at(ana, "people").answer("- " * 20_000 + "x") == "kept"


def test_a_private_answer_is_neither_kept_nor_asked_for_again(ana: UserMemory) -> None:
    ana.private.add("Lena")
    talk = at(ana, "people")
    before = talk.next_question()
    assert talk.answer("Lena and Tom") == "skipped"
    assert talk.next_question() != before
    assert not any("Lena" in item.text for item in ana.observations())


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
