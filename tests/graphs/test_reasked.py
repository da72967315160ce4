"""A question that was asked before: what answers it is found again, not the asking."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from usermind import Assistant, MemoryStore, UserMemory
from usermind.graphs.context import next_best, planned, recalled
from usermind.graphs.plan import evident
from usermind.graphs.reasked import asks_the_same
from usermind.memory import Draft, Recollection
from usermind.testing import ScriptedReasoner

FOOD = "What food must I avoid?"
TOLD = (
    "I moved to Oslo in May.",
    "I love opera.",
    "I hate rain.",
    "My sister Mia lives in Bergen.",
    "I am allergic to peanuts.",
    "I work as a vet.",
)


@pytest.fixture
def told(open_store: Callable[..., MemoryStore]) -> UserMemory:
    """Ana's memory under MiniLM, which a question fits better than what answers it."""
    ana = open_store(embedder=None).user("ana")
    for text in TOLD:
        ana.observe(text)
    ana.reflect()
    return ana


def offered(memory: UserMemory, message: str) -> list[Recollection]:
    plan = planned(memory, message)
    return recalled(memory, message, plan, exclude=(), recipient="offline")


def asked_before(memory: UserMemory, question: str, *replies: str) -> None:
    for number, reply in enumerate(replies):
        thread = f"{question} {number}"
        memory.observe_many(
            [
                Draft(text=question, session=thread, external_id=f"q{thread}"),
                Draft(text=reply, session=thread, author="assistant", external_id=f"r{thread}"),
            ]
        )


def test_a_question_asked_in_two_threads_is_given_the_same_memories(
    told: UserMemory, folder: Path
) -> None:
    model = ScriptedReasoner(replies=["I am not sure about that yet."] * 2)
    store = MemoryStore(folder)
    with store, Assistant(store=store, model=model, reflect="manual") as assistant:
        for thread in ("monday", "tuesday"):
            assistant.turn("ana", FOOD, thread_id=thread)
    first, again = ([line.text for line in each.turn.memories] for each in model.requests)
    assert "I am allergic to peanuts." in first
    assert first == again


def test_asking_every_day_takes_no_place_from_what_answers(told: UserMemory) -> None:
    before = [hit.id for hit in offered(told, FOOD)]
    asked_before(told, FOOD, *(f"I can think of {number} things." for number in range(90)))
    assert [hit.id for hit in offered(told, FOOD)] == before
    best = next_best(told, FOOD, planned(told, FOOD), exclude=before, recipient="offline")
    assert best is not None
    assert best.text in TOLD or best.kind == "proposition"


def test_what_was_made_last_is_shown_once_when_it_is_to_be_made_again(told: UserMemory) -> None:
    asked_before(told, "Plan my weekend", *["A walk to the fjord and an evening at the opera."] * 3)
    texts = [hit.text for hit in offered(told, "Plan my weekend")]
    assert texts.count("A walk to the fjord and an evening at the opera.") == 1
    assert "Plan my weekend" not in texts
    assert "I love opera." in texts


def test_what_was_told_with_a_question_stays(told: UserMemory) -> None:
    told.observe("I cannot stand celery. What food must I avoid?")
    assert "celery" in offered(told, FOOD)[0].text


def test_a_reply_hides_nothing_that_the_user_said(told: UserMemory) -> None:
    told.observe("What food must I avoid on a long flight to Japan?", session="a")
    told.observe("I must not say which food to avoid.", session="a", author="assistant")
    assert "I am allergic to peanuts." in [hit.text for hit in offered(told, FOOD)]


def test_a_reply_to_another_question_can_be_asked_for(told: UserMemory) -> None:
    asked_before(told, "Which restaurant is good?", "Try Maaemo, a restaurant in Oslo.")
    texts = [hit.text for hit in offered(told, "Which restaurant did you tell me to try?")]
    assert "Try Maaemo, a restaurant in Oslo." in texts


def test_evidence_is_weighed_without_the_replies_beside_it(told: UserMemory) -> None:
    told.observe("Peanuts, perhaps.", author="assistant")
    hits = told.recall("peanuts", kinds=["observation"])
    reply = next(hit for hit in hits if hit.author == "assistant")
    own = next(hit for hit in hits if hit.text == "I am allergic to peanuts.")
    ranked = [replace(reply, score=0.9), replace(own, score=0.002)]
    assert evident(ranked, personal=False) == ranked
    assert evident([replace(own, score=0.9), replace(reply, score=0.002)], personal=False) == [
        replace(own, score=0.9)
    ]


@pytest.mark.parametrize(
    ("earlier", "message", "same"),
    [
        ("what food must i avoid", FOOD, True),
        ("Remind me: what food must I avoid?", FOOD, False),
        ("Who am I?", "who am I", True),
        ("Who are you?", "Who am I?", False),
        ("Where does Mia live?", "Where does Bo live?", False),
        ("I must avoid food with nuts.", FOOD, False),
        ("I avoid food.", FOOD, False),
        ("What food must I avoid with a nut allergy?", FOOD, False),
    ],
)
def test_an_earlier_question_asks_the_same_when_it_says_no_more(
    earlier: str, message: str, same: bool
) -> None:
    assert asks_the_same(earlier, message) is same
