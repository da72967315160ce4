"""What the offline engine says it did with a message is what was done."""

import pytest

from usermind import Assistant, MemoryStore

NOTED_NOTHING = "I have noted nothing"


@pytest.mark.parametrize(
    ("refusal", "gone", "stays"),
    [
        ("Don't remind me to feed Bo", "feed Bo", "put out the bins"),
        ("Cancel the reminder about the bins", "put out the bins", "feed Bo"),
    ],
)
def test_a_reminder_that_is_taken_back_is_named(
    store: MemoryStore, refusal: str, gone: str, stays: str
) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        assistant.turn("ana", "Remind me to feed Bo tomorrow at 9")
        assistant.turn("ana", "Remind me to put out the bins tomorrow at 10")
        told = assistant.turn("ana", refusal).text
        listed = assistant.turn("ana", "Which reminders do I have?").text

    assert told.startswith("Taken back: the reminder on ")
    assert gone in told
    assert stays not in told
    assert stays in listed
    assert gone not in listed


def test_where_no_such_reminder_is_to_come_that_is_said(store: MemoryStore) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        assistant.turn("ana", "Remind me to feed Bo tomorrow at 9")
        told = assistant.turn("ana", "Don't remind me to call Kim").text
    assert told.startswith("No reminder of that is to come.")


def test_a_private_message_is_not_said_to_be_remembered(store: MemoryStore) -> None:
    store.user("ana").private.add("my health")
    with Assistant(store=store, reflect="manual") as assistant:
        told = assistant.turn("ana", "I am allergic to nuts.").text
        asked = assistant.turn("ana", "Is diabetes bad?").text
    assert told == "That touches what you keep private: I have kept nothing of it."
    assert NOTED_NOTHING not in asked
