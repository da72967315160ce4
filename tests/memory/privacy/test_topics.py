"""Private topics in plain words: kept out of store, claims and prompts."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, ToolCall

from usermind import Assistant, Concept, Draft, MemoryStore, UserMemory
from usermind.errors import InvalidInputError, PrivateTopicError
from usermind.memory import Relation
from usermind.memory.privacy.doors import PRIVATE_MESSAGE, PRIVATE_REPLY
from usermind.memory.privacy.topics import matcher, touching
from usermind.prompts import Operations, ReflectPrompt
from usermind.prompts.reflect import Citation, Operation
from usermind.testing import ScriptedReasoner

Open = Callable[..., MemoryStore]

TOUCHED = [
    ("my health", "I have diabetes."),
    ("my health", "Went to the doctor's today."),
    ("my health", "My blood pressure is high"),
    ("my health", "I get migraines when it rains"),
    ("mental health", "My therapist is on holiday."),
    ("money", "I got a raise last month"),
    ("my finances", "We still owe the bank a lot"),
    ("religion", "She goes to church on Sundays."),
    ("my family", "My sister called."),
    ("work", "My boss is a bear."),
    ("my job", "I was promoted!"),
    ("my relationships", "I am dating someone new"),
    ("my divorce", "We are getting divorced."),
    ("drinking", "I had a beer too many."),
    ("my ex Peter", "Peter called again."),
    ("the accident in Bergen", "The accidents there in Bergen were bad."),
    ("health and money", "I owe you one dollar"),
    ("health and money", "I have asthma"),
    ("knitting", "I knitted a scarf."),
    ("健康", "我的健康不好"),
    ("my health", "I have dia\u200bbetes."),
]
UNTOUCHED = [
    ("my health", "I love pizza."),
    ("my health", "The weather is lovely in Oslo."),
    ("money", "The train leaves at nine."),
    ("religion", "I like long walks."),
    ("my family", "The colour of the house is red."),
    ("work", "My dog is called Bo."),
    ("the accident in Bergen", "I live in Bergen."),
    ("my ex Peter", "I like tea."),
]


@pytest.mark.parametrize(("topic", "text"), TOUCHED)
def test_a_text_that_speaks_of_a_topic_touches_it(topic: str, text: str) -> None:
    assert touching([matcher(topic)], text)


@pytest.mark.parametrize(("topic", "text"), UNTOUCHED)
def test_a_text_about_something_else_does_not(topic: str, text: str) -> None:
    assert not touching([matcher(topic)], text)


@pytest.mark.parametrize("topic", ["", "   ", "…", "everything about my", "x" * 300])
def test_a_topic_that_names_nothing_is_refused(ana: UserMemory, topic: str) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was stored"):
        ana.private.add(topic)
    assert ana.private.list() == []


def test_topics_are_added_listed_and_removed(ana: UserMemory, open_store: Open) -> None:
    assert ana.private.list() == []
    health, money = ana.private.add("my  health"), ana.private.add("money")
    assert ana.private.add("My Health") == health
    assert [topic.words for topic in ana.private.list()] == ["my health", "money"]
    assert open_store().user("ana").private.list() == [health, money]
    assert ana.private.remove("MONEY") == money
    assert ana.private.remove(health.id) == health
    with pytest.raises(InvalidInputError, match="no private topic") as caught:
        ana.private.remove("the secret thing")
    assert "secret thing" not in str(caught.value)


def test_what_touches_a_topic_is_not_stored(ana: UserMemory, bytes_of: Callable[[], bytes]) -> None:
    topic = ana.private.add("my health")
    receipts = ana.observe_many(
        [
            Draft(text="Ana has lupus.", author="Bob", source="email"),
            Draft(text="The train was late."),
            Draft(text="My lupus is back."),
        ]
    )

    assert [r.outcome for r in receipts] == ["private", "stored", "private"]
    assert [r.id for r in receipts] == [None, "o1", None]
    assert [o.text for o in ana.observations()] == ["The train was late."]
    with pytest.raises(PrivateTopicError, match="private topic"):
        ana.remember("Ana has lupus.")
    with pytest.raises(PrivateTopicError, match="private topic"):
        ana.propositions.correct("p1", "Ana has lupus.")
    assert b"lupus" not in bytes_of()
    assert {(d.kind, d.rule, d.action) for d in ana.privacy.decisions()} == {
        ("private topic", topic.id, "withhold")
    }


def test_a_private_message_is_answered_and_not_kept(
    store: MemoryStore, talking: Any, bytes_of: Callable[[], bytes]
) -> None:
    ana = store.user("ana")
    ana.private.add("my health")
    assistant, model = talking(
        store,
        "Lupus can be hard. Rest.",
        "Hello again.",
        answers=(lambda prompt: Operations(operations=[]),),
    )

    reply = assistant.turn("ana", "My lupus is back, what now?", thread_id="t", message_id="m1")
    assert reply.text == "Lupus can be hard. Rest."
    assert model.requests[0].turn.message == "My lupus is back, what now?"
    assistant.turn("ana", "I moved to Oslo in May.", thread_id="t")

    assert [o.text for o in ana.observations()][-2:] == [PRIVATE_REPLY, PRIVATE_MESSAGE]
    assert "lupus" not in str(model.requests[1]).lower()
    assistant.reflect("ana")
    assert "private" not in model.prompts[0].render()
    assert b"upus" not in bytes_of()
    again = assistant.turn("ana", "My lupus is back, what now?", thread_id="t", message_id="m1")
    assert again.text == PRIVATE_REPLY


def test_a_reply_that_touches_a_topic_is_given_and_not_kept(
    store: MemoryStore, talking: Any, bytes_of: Callable[[], bytes]
) -> None:
    ana = store.user("ana")
    ana.private.add("my health")
    assistant, _ = talking(store, "Is it your lupus?")
    assert assistant.turn("ana", "I feel odd.").text == "Is it your lupus?"
    assert [o.text for o in ana.observations()] == [PRIVATE_REPLY, "I feel odd."]
    assert b"lupus" not in bytes_of()


@pytest.mark.parametrize("recipient", ["offline", "local model", "remote model"])
def test_what_was_stored_before_reaches_no_model(
    store: MemoryStore, talking: Any, recipient: str
) -> None:
    ana = store.user("ana")
    ana.observe("I have lupus.", source="note")
    kept = ana.remember("Ana has lupus.")
    assert kept is not None
    ana.private.add("my health")
    assert ana.private.touching() == ("p1", "o1", "o2")
    assert ana.private.touching("money") == ()

    assistant, model = talking(
        store, "Hm.", answers=(lambda prompt: Operations(operations=[]),), recipient=recipient
    )
    ana.observe("The train was late.")
    assistant.turn("ana", "What do you know?", thread_id="t")
    report = assistant.reflect("ana")

    assert "lupus" not in str(model.requests[0])
    assert "lupus" not in model.prompts[0].render()
    assert report.withheld == 1  # what was remembered is not due
    ana.forget(propositions=["p1"], observations=["o1"])
    assert ana.private.touching() == ()


def test_the_offline_engine_does_not_speak_of_it(store: MemoryStore) -> None:
    ana = store.user("ana")
    ana.remember("Ana is allergic to walnuts.")
    with Assistant(store=store, reflect="manual") as assistant:
        assert "walnuts" in assistant.turn("ana", "What am I allergic to?", thread_id="a").text
        ana.private.add("allergies")
        assert "walnuts" not in assistant.turn("ana", "What do you know of me?").text


def test_nothing_is_learnt_that_became_private_meanwhile(open_store: Open) -> None:
    def answer(prompt: ReflectPrompt) -> Operations:
        ana.private.add("my health")
        return Operations(
            operations=[
                Operation(
                    op="add",
                    target=None,
                    statement=statement,
                    evidence=[Citation(observation=1, quote="I moved")],
                    confidence=0.9,
                    durability="year",
                    slot=None,
                )
                for statement in ("Ana has lupus.", "Ana moved.")
            ]
        )

    ana = open_store(reasoner=ScriptedReasoner([answer])).user("ana")
    ana.observe("I moved because of my lupus.")
    report = ana.reflect()
    assert [claim.text for claim in ana.propositions.list()] == ["Ana moved."]
    assert (report.processed, report.rejected) == (1, 1)


def test_topics_hold_when_the_gate_is_off(open_store: Open) -> None:
    with pytest.warns(UserWarning, match="gate is off"):
        ana = open_store(privacy="off").user("ana")
    ana.private.add("my health")
    assert ana.observe("I have lupus.").outcome == "private"


def test_a_topic_of_one_user_is_none_of_another(store: MemoryStore) -> None:
    store.user("ana").private.add("my health")
    assert store.user("bob").observe("I have lupus.").outcome == "stored"


def test_what_is_private_can_be_forgotten_in_conversation(store: MemoryStore, talking: Any) -> None:
    ana = store.user("ana")
    ana.observe("I have lupus.", source="note")
    ana.private.add("my health")
    forget = ToolCall(name="forget", args={"query": "lupus"}, id="c1")
    assistant, model = talking(store, AIMessageChunk(content="", tool_calls=[forget]), "Done.")
    assistant.turn("ana", "Please forget that I have lupus.")
    assert "Forgotten for good" in str(model.requests[1].steps[-1].content)
    assert ana.private.touching() == ()


def test_what_touches_a_topic_is_listed_of_every_kind(store: MemoryStore) -> None:
    ana = store.user("ana")
    ana.observe("I love reading about lupus.")
    ana.reflect()
    ana.concepts["bo"] = Concept("Bo", attributes={"diagnosed with": "lupus"})
    ana.concepts["mia"] = Concept("Mia", relations=(Relation("owner of", "bo"),))
    ana.entities.record("lupus;Oslo", external_id="s1", extract=lambda text: text.split(";"))
    assert ana.profile(task="reading").claims
    lupus = next(each.id for each in ana.entities.list() if each.name == "lupus")
    touching = ana.private.touching("lupus")
    assert touching == ("p1", "o1", "c1", lupus, "f1")
    assert ana.private.touching("my relations, images, consent and attributes") == ()
    ana.private.add("lupus")
    assert ana.private.touching() == touching
