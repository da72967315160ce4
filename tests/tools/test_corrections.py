"""What a message takes back of what was just noted, and what is said of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.films import filled

from usermind import Assistant, MemoryStore, UserMemory
from usermind.tools import Catalogue
from usermind.tools.corrections import takes_back


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    folder: Path = tmp_path_factory.mktemp("films")
    with filled(folder) as made:
        yield made


@pytest.fixture
def assistant(store: MemoryStore, catalogue: Catalogue) -> Iterator[Assistant]:
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as made:
        yield made


def test_what_takes_back_is_told_from_what_does_not() -> None:
    back = (
        "undo", "Take that back.", "Actually not 5", "I meant 2, not 3", "That was wrong",
        "I haven't seen any of them", "oops, undo that",
    )  # fmt: skip
    other = (
        "not 5", "none of these", "I haven't seen much lately", "no, older",
        "How do I undo a commit?", "I never watch horror", "I took the train back",
    )  # fmt: skip

    assert [message for message in back if not takes_back(message)] == []
    assert [message for message in other if takes_back(message)] == []


@pytest.mark.parametrize(
    "message",
    ["undo", "take that back", "I haven't seen any of them", "I meant Orbit", "actually not 2"],
)
def test_what_stands_is_told_and_nothing_claimed(
    assistant: Assistant, ana: UserMemory, message: str
) -> None:
    shown = assistant.turn("ana", "Recommend me three comedy films.", thread_id="main").recommended
    assistant.turn("ana", "I've seen 1 and 2", thread_id="main")
    kept = ana.feedback.events()
    reply = assistant.turn("ana", message, thread_id="main")

    assert len(kept) == 2
    assert ana.feedback.events() == kept
    assert reply.text.startswith("I have changed nothing: what I noted stands, you know ")
    assert all(each.item.title in reply.text for each in shown[:2])
    assert "usermind feedback forget" in reply.text


def test_of_other_messages_nothing_stands(assistant: Assistant) -> None:
    for message in ("I've seen Hollow Moon.", "I live in Oslo."):
        assistant.turn("ana", message, thread_id="main")
    reply = assistant.turn("ana", "undo", thread_id="main")

    assert "Hollow Moon" not in reply.text
