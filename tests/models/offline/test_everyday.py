"""Everyday conversations with the offline engine: said in order, then asked."""

from datetime import UTC, datetime

import pytest
from tests.models.offline.test_answering import answered, chunks, claim, forget, line, merged

from usermind.models.offline.about import (
    ABILITIES,
    CANNOT,
    DELETE_ALL,
    WHO,
    asks_all_deleted,
)
from usermind.models.offline.extraction import extract
from usermind.models.offline.relating import Revision
from usermind.prompts import KnownLine, ObservationLine

AT = datetime(2026, 11, 21, tzinfo=UTC)


def said(text: str) -> list[str]:
    return [c.statement for c in extract(text, at=AT, name="Ana")]


@pytest.mark.parametrize(
    ("message", "claims"),
    [
        (
            "I am allergic to penicillin but not to nuts.",
            ["Ana is allergic to penicillin.", "Ana is not allergic to nuts."],
        ),
        ("I like tea but not coffee.", ["Ana likes tea.", "Ana does not like coffee."]),
        (
            "Julia and I got divorced last year.",
            ["Ana is divorced.", "Ana broke up with Julia in 2025."],
        ),
        ("Rui and I broke up.", ["Ana broke up with Rui."]),
        ("I started at Bosch on Monday.", ["Ana works at Bosch."]),
        ("My favourite colour is not green, it's blue.", ["Ana's favourite colour is blue."]),
        ("Correct that: I live in Linz.", ["Ana lives in Linz."]),
        ("No, my car is red.", ["Ana's car is red."]),
        (
            "My sister Ines's dog is called Bo.",
            ["Ana's sister's dog is called Bo.", "Ana's sister is Ines."],
        ),
        (
            "My mother, Salma, is a retired judge.",
            ["Ana's mother is Salma.", "Ana's mother Salma is a retired judge."],
        ),
        (
            "My best friend is Lina and she lives in Berlin.",
            ["Ana's best friend is Lina.", "Ana's best friend Lina lives in Berlin."],
        ),
    ],
)
def test_what_a_message_says(message: str, claims: list[str]) -> None:
    assert said(message) == claims


def test_children_keep_their_names_and_ages() -> None:
    claims = said("I have two kids, Maya who is 9 and Leo who is 6.")
    assert "Ana's child Maya is 9 years old." in claims
    assert "Ana's child Leo is 6 years old." in claims


HOMES = (
    claim("p1", "Ana lives in Lyon.", month=8),
    claim("p2", "Ana's brother lives in Graz."),
    claim("p3", "Ana used to live in Marseille.", month=10),
    line("o2", "My brother lives in Graz.", month=10),
)


def test_a_question_about_the_user_is_not_answered_about_others_or_the_past() -> None:
    assert answered("Where do I live?", *HOMES)[1] == ["p1"]
    assert answered("Where do I live?", HOMES[1], HOMES[3])[1] == []
    assert answered("Where does my brother live?", *HOMES)[1] == ["p2"]


def test_what_was_said_before_an_ending_is_not_told_as_present() -> None:
    married = line("o1", "I am married to Julia.", month=4)
    _, cited = answered("Am I married?", married, claim("p1", "Ana is divorced."))
    assert cited == ["p1"]
    boyfriend = line("o1", "My boyfriend Rui works at Bosch.", month=4)
    _, cited = answered("Do I have a boyfriend?", boyfriend, claim("p1", "Ana broke up with Rui."))
    assert cited == ["p1"]


def test_an_allergy_is_told_though_another_is_denied_beside_it() -> None:
    text, _ = answered(
        "What am I allergic to?", line("o1", "I am allergic to penicillin but not to nuts.")
    )
    assert "penicillin" in text


FACTS = (
    claim("p1", "Ana is from Porto."),
    claim("p2", "Ana's surname is Costa."),
    claim("p3", "Ana drives a Volvo."),
    claim("p4", "Ana's email is a@b.com."),
    claim("p5", "Ana hates coffee."),
    claim("p6", "Ana's cat is called Miso."),
    claim("p7", "Ana's dog is called Bo."),
    claim("p8", "Ana no longer works at the hospital."),
    claim("p9", "Ana is a teacher now."),
    claim("p10", "Ana's mother Salma is a retired judge."),
    claim("p11", "Ana enjoys hiking."),
    claim("p12", "Ana's child Maya is 9 years old."),
    claim("p13", "Ana's child is Leo."),
    claim("p14", "Ana's brother is from Graz."),
    claim("p15", "Ana's car is red."),
)


@pytest.mark.parametrize(
    ("question", "cites"),
    [
        ("Where am I from?", {"p1"}),
        ("What's my surname?", {"p2"}),
        ("What car do I drive?", {"p3"}),
        ("What's my email address?", {"p4"}),
        ("Do I like coffee?", {"p5"}),
        ("What pets do I have?", {"p6", "p7"}),
        ("What is my job?", {"p9"}),
        ("What does my mother do?", {"p10"}),
        ("What are my hobbies?", {"p11"}),
        ("Who are my kids?", {"p12", "p13"}),
        ("What colour is my car?", {"p15"}),
        ("What's my name?", set()),
    ],
)
def test_a_common_question_finds_its_claims(question: str, cites: set[str]) -> None:
    assert set(answered(question, *FACTS)[1]) == cites


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("who are you?", WHO),
        ("what can you do?", ABILITIES),
        ("help", ABILITIES),
        ("Tell me a joke", CANNOT),
        ("Remind me to buy milk", CANNOT),
        ("Remind me to buy milk every day at 9", CANNOT),
        ("Forget everything about me", DELETE_ALL),
        ("delete my data", DELETE_ALL),
        ("forget me", DELETE_ALL),
    ],
)
def test_the_engine_is_plain_about_itself(message: str, reply: str) -> None:
    whole = merged(chunks(message, tools=(forget,)))
    assert (whole.text, whole.tool_calls) == (reply, [])


@pytest.mark.parametrize(
    ("message", "query"),
    [
        ("Can you forget my age?", "my age"),
        ("Please delete what you know about my wife", "my wife"),
        ("I hate that you remember everything. Forget where I live.", "where I live"),
    ],
)
def test_a_request_to_forget_reaches_the_tool(message: str, query: str) -> None:
    (call,) = merged(chunks(message, tools=(forget,))).tool_calls
    assert call["args"] == {"query": query}
    assert not asks_all_deleted(message)


def known(text: str) -> KnownLine:
    return KnownLine(1, text, confidence=0.9, durability="year", slot=None, since=AT)


def heard(text: str) -> ObservationLine:
    return ObservationLine(alias=1, at=AT, author="user", tier="first_party", text=text)


def test_a_list_loses_only_the_item_that_is_denied() -> None:
    revision = Revision(known=[known("Ana likes hiking and jazz.")], user="Ana")
    observation = heard("I do not like jazz.")
    for one in extract(observation.text, at=AT, name="Ana"):
        revision.relate(one, observation)
    assert [(o.op, o.statement) for o in revision.operations] == [
        ("supersede", "Ana likes hiking."),
        ("add", "Ana does not like jazz."),
    ]


@pytest.mark.parametrize(
    ("before", "right", "after"),
    [
        ("Ana is 30 years old.", "31", "Ana is 31 years old."),
        ("Ana lives in Graz.", "Linz", "Ana lives in Linz."),
        ("Ana's car is red.", "blue", "Ana's car is blue."),
    ],
)
def test_what_was_meant_takes_the_place_of_what_was_said(
    before: str, right: str, after: str
) -> None:
    revision = Revision(known=[known(before)], user="Ana")
    assert revision.mend(right, heard(f"Sorry, I meant {right}."), f"I meant {right}")
    assert [(o.op, o.statement) for o in revision.operations] == [("supersede", after)]
