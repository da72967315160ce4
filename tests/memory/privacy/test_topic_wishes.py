"""Topics that are made private by saying so in a message."""

from collections.abc import Callable
from typing import Any

import pytest

from usermind import Assistant, MemoryStore
from usermind.memory.privacy.doors import PRIVATE_MESSAGE
from usermind.memory.privacy.topic_wishes import _parts, wished

WISHES = [
    ("Keep my health private.", "my health"),
    ("please keep my salary private!", "my salary"),
    ("Could you keep my finances private?", "my finances"),
    ("Don't remember anything about my love life", "my love life"),
    ("don't store my address: I live at 4 Elm Road", "my address"),
    ("I have lupus, but please don't store anything about my health.", "my health"),
    ("Never note anything about politics.", "politics"),
    ("Don’t remember anything about Anna.", "Anna"),
    ("My salary is none of your business.", "my salary"),
    ("My love life is private, ok?", "my love life"),
    ("I don't want you to remember anything about my therapy.", "my therapy"),
    ("I'd rather you didn't remember anything about my mother.", "my mother"),
    ("I want my religion to stay private.", "my religion"),
    ("Please stop tracking my weight.", "my weight"),
    ("Keep everything about my pregnancy to yourself.", "my pregnancy"),
    ("Keep my diagnosis out of your memory.", "my diagnosis"),
    ("Nothing about my debts should be stored.", "my debts"),
    ("From now on, treat my medical history as confidential.", "my medical history"),
]
NO_WISHES = [
    "Keep the door private.",
    "Keep my room private.",
    "Keep my account private.",
    "Keep it private.",
    "She told me to keep my health private.",
    "My wife wants me to keep my salary private.",
    "My doctor said: “Keep my health private.”",
    "Should I keep my health private?",
    "How do I keep my finances private?",
    "I keep my finances private from my wife.",
    "My school is private.",
    "My health insurance is private.",
    "I don't remember anything about my childhood.",
    "He does not store anything about my health.",
    "Don't forget anything about my trip.",
    "Don't remember anything about it.",
    "Don't store this.",
    "Don't remember my mother's maiden name, sorry.",
    "Don't keep anything on hand.",
    "Don't save my seat.",
    "Keep my dog out of this.",
]


@pytest.mark.parametrize(("said", "topic"), WISHES)
def test_a_wish_to_keep_a_topic_out_names_it(said: str, topic: str) -> None:
    assert wished(said) == (topic,)


@pytest.mark.parametrize("said", NO_WISHES)
def test_what_is_no_wish_of_the_users_makes_nothing_private(said: str) -> None:
    assert wished(said) == ()


def test_several_wishes_of_one_message_are_all_heard() -> None:
    assert wished("Keep my health private, and don't store my address.") == (
        "my health",
        "my address",
    )


def test_a_wish_holds_from_its_own_message_on_and_is_confirmed(
    store: MemoryStore, bytes_of: Callable[[], bytes]
) -> None:
    vic = store.user("vic")
    with Assistant(store=store, reflect="manual") as assistant:
        first = assistant.turn("vic", "Don't store my address: I live at 4 Elm Road.")
        again = assistant.turn("vic", "I live at 4 Elm Road.")
        other = assistant.turn("vic", "I play the cello.")
        assistant.reflect("vic")

    assert first.text.startswith("I will keep your address out of what I store and learn.")
    assert "usermind private list" in first.text
    assert again.text == "That touches what you keep private: I have kept nothing of it."
    assert "remember" in other.text
    assert [topic.words for topic in vic.private.list()] == ["my address"]
    assert [claim.text for claim in vic.propositions.list()] == ["Vic plays the cello."]
    said = [each.text for each in vic.observations() if each.author == "user"]
    assert said == ["I play the cello.", PRIVATE_MESSAGE, PRIVATE_MESSAGE]
    assert b"Elm" not in bytes_of()


def test_a_model_is_told_what_it_may_confirm(store: MemoryStore, talking: Any) -> None:
    assistant, model = talking(store, "I will keep that out.", "How do you feel?")

    assistant.turn("vic", "Keep my health private.")
    assistant.turn("vic", "I have diabetes.")

    assert model.requests[0].turn.kept_out.topics == ("your health",)
    assert "it is done: ⟦your health⟧" in model.requests[0].turn.render()
    told = model.requests[1].turn
    assert (told.kept_out.topics, told.kept_out.unkept) == ((), True)
    assert "do not say that you will remember it" in told.render().replace("\n", " ")


def test_a_wish_is_answered_with_what_else_the_message_asks(store: MemoryStore) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        assistant.turn("vic", "I play the cello.")
        assistant.reflect("vic")
        reply = assistant.turn("vic", "Keep my health private. What instrument do I play?")
    assert "your health" in reply.text
    assert "cello" in reply.text


@pytest.mark.parametrize(
    "text",
    ["appointment at the oncologist tomorrow", "the surgeon was kind", "I got an X-ray on Monday"],
)
def test_health_is_told_by_those_who_treat_it(store: MemoryStore, text: str) -> None:
    vic = store.user("vic")
    vic.private.add("my health")
    assert vic.observe(text).outcome == "private"


def test_nothing_that_is_searched_holds_a_run_of_blanks() -> None:
    # A search for what begins with blanks begins anew at each of a run: 10,000 took seconds.
    parts = list(_parts('I have "a" "b" "c"   cats,\n\n  and     keep my  health private'))
    assert len(parts) > 1
    assert [part for part in parts if "  " in part] == []
