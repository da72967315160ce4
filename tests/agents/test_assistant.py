"""The assistant as an application holds it."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk

from usermind import Assistant, Concept, MemoryStore, Reply, UserMemory
from usermind.agents import Piece
from usermind.errors import InvalidInputError, StoreDamagedError
from usermind.models.reasoner import ReplyRequest
from usermind.testing import ScriptedReasoner

Scripted = Callable[..., tuple[Assistant, ScriptedReasoner]]


def test_without_a_model_it_answers_from_memory_and_says_where_it_has_it_from(
    store: MemoryStore, ana: UserMemory
) -> None:
    ana.observe("I moved to Oslo.")
    ana.reflect()
    with Assistant(store=store) as assistant:
        reply = assistant.turn("ana", "Where do I live?")

    assert "Oslo" in reply.text
    assert [hit.kind for hit in reply.used] == ["proposition"]


@pytest.mark.parametrize("reflect", ["banana", "inline", None])
def test_when_to_reflect_is_checked_at_once(store: MemoryStore, reflect: Any) -> None:
    with pytest.raises(InvalidInputError, match="'background' or 'manual'"):
        Assistant(store=store, reflect=reflect)


def test_without_a_model_it_says_when_it_does_not_know(store: MemoryStore) -> None:
    with Assistant(store=store) as assistant:
        reply = assistant.turn("ana", "What is my blood type?")

    assert "don't know" in reply.text
    assert reply.used == ()


def test_what_is_said_in_a_turn_is_known_in_a_later_thread(store: MemoryStore) -> None:
    with Assistant(store=store) as assistant:
        assistant.turn("ana", "My cat is called Miso.", thread_id="monday")
        assistant.wait()
        reply = assistant.turn("ana", "What is my cat called?", thread_id="tuesday")

    assert "Miso" in reply.text


def test_remember_and_forget_work_without_a_model(store: MemoryStore, ana: UserMemory) -> None:
    with Assistant(store=store) as assistant:
        kept = assistant.turn("ana", "Remember that I am allergic to quinces.")
        assistant.wait()
        assert any("quinces" in claim.text for claim in ana.propositions.list())
        gone = assistant.turn("ana", "Forget that I am allergic to quinces.")
        assistant.wait()

    assert kept.tools == ("remember",)
    assert gone.tools == ("forget",)
    assert not any("quince" in claim.text for claim in ana.propositions.list(status=None))
    assert not any("quince" in item.text for item in ana.observations())


def test_any_langchain_chat_model_can_be_passed(store: MemoryStore) -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage("Hello from the model.")]))
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        reply = assistant.turn("ana", "Hi, who are you?")

    assert reply.text == "Hello from the model."


def test_background_reflection_waits_for_enough_where_a_call_costs(
    store: MemoryStore, ana: UserMemory
) -> None:
    model = ScriptedReasoner(replies=["One.", "Two."], batch=6)
    with Assistant(store=store, model=model) as assistant:
        assistant.turn("ana", "I am a vet.")
        assistant.turn("ana", "I live in Oslo.")
        assistant.wait()

    assert model.prompts == []
    assert ana.queue().ready == 2


def test_background_reflection_misses_no_turn(store: MemoryStore, ana: UserMemory) -> None:
    with Assistant(store=store) as assistant:
        for number in range(12):
            assistant.turn("ana", f"I have been to place number {number}.")
        assistant.wait()

    assert ana.queue().ready == 0


def test_sync_calls_work_inside_a_running_event_loop(scripted: Scripted) -> None:
    assistant, _ = scripted("Yes.")

    async def notebook() -> Reply:
        return assistant.turn("ana", "Does this work?")

    assert asyncio.run(notebook()).text == "Yes."


def test_many_async_turns_at_once_keep_users_apart(store: MemoryStore) -> None:
    cats = {f"user{n}": f"{letter}imi" for n, letter in enumerate("BDFGKLMNPRST")}

    async def all_of_them(assistant: Assistant) -> list[Reply]:
        return await asyncio.gather(
            *(assistant.aturn(user, f"My cat is called {cat}.") for user, cat in cats.items())
        )

    with Assistant(store=store) as assistant:
        replies = asyncio.run(all_of_them(assistant))
        assistant.wait()

    assert all(reply.error is None for reply in replies)
    for user, cat in cats.items():
        [claim] = store.user(user).propositions.list()
        assert cat in claim.text


def test_async_stream_gives_pieces_and_then_the_reply(scripted: Scripted) -> None:
    assistant, _ = scripted("Good morning to you.")

    async def collect() -> list[Piece | Reply]:
        return [event async for event in assistant.astream_turn("ana", "Morning!")]

    *pieces, reply = asyncio.run(collect())
    assert isinstance(reply, Reply)
    assert "".join(piece.text for piece in pieces if isinstance(piece, Piece)) == reply.text


def test_async_stream_raises_where_it_is_awaited(scripted: Scripted) -> None:
    assistant, _ = scripted()

    async def collect() -> None:
        async for _ in assistant.astream_turn("ana", ""):
            pass

    with pytest.raises(InvalidInputError, match="message is empty"):
        asyncio.run(collect())


@pytest.mark.parametrize("message", ["", "  \n", "a\x00b", "x" * 100_001, "\ud800"])
def test_a_message_that_cannot_be_stored_is_refused(scripted: Scripted, message: str) -> None:
    assistant, model = scripted("never said")

    with pytest.raises(InvalidInputError):
        assistant.turn("ana", message)
    assert model.requests == []


def test_a_damaged_file_is_an_error_and_not_an_empty_memory(
    scripted: Scripted, ana: UserMemory, store: MemoryStore
) -> None:
    ana.observe("I am a vet.")
    store.close()
    [path] = (store.path / "users").glob("*.db")
    path.write_bytes(b"not a database at all, by far" * 200)
    with MemoryStore(store.path, embedder="lexical") as again:
        assistant = Assistant(store=again, model=ScriptedReasoner(replies=["x"]))
        with pytest.raises(StoreDamagedError):
            assistant.turn("ana", "Hello?")
        assistant.close()


def test_a_thread_keeps_one_checkpoint_however_long_it_is(store: MemoryStore, folder: Path) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        for n in range(5):
            assistant.turn("ana", f"I saw {n} herons today.", thread_id="t1")
    store.close()

    [path] = (folder / "users").glob("*.db")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT COUNT(*) FROM checkpoints").fetchone() == (1,)
    connection.close()


class Interrupted(ScriptedReasoner):
    """A model during whose answer something happens."""

    def __init__(self, reply: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(replies=[reply])
        self._meanwhile = meanwhile

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        self._meanwhile()
        yield from super().reply(request)


@pytest.mark.parametrize("part", ["concept", "attribute", "message"])
def test_what_is_forgotten_while_it_is_answered_is_not_kept(
    store: MemoryStore, ana: UserMemory, part: str
) -> None:
    ana.concepts["bo"] = Concept("Bo", category="dog", attributes={"eats": "smoked herring"})

    def forget() -> None:
        if part == "concept":
            receipt = ana.concepts.forget("bo")
        elif part == "attribute":
            receipt = ana.concepts.forget("bo", attributes=["eats"])
        else:
            receipt = ana.forget(observations=["o1"])
        assert receipt.verified

    model = Interrupted("Bo eats smoked herring.", forget)
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        reply = assistant.turn("ana", "What does my dog eat?", message_id="m1")
    assert reply.text == "Bo eats smoked herring."  # it has been heard
    assert ana.observations()[0].text == "I have forgotten what you asked me to forget."
    if part == "message":
        ana.concepts.forget("bo")
    with ana.open() as file:
        assert b"smoked herring" not in file.database.image()
    if part == "message":
        return  # it was never said
    with Assistant(store=store, model=ScriptedReasoner(), reflect="manual") as assistant:
        again = assistant.turn("ana", "What does my dog eat?", message_id="m1")
        assert "herring" not in again.text


def test_a_turn_that_nobody_hears_out_keeps_nothing_that_was_forgotten_meanwhile(
    store: MemoryStore, ana: UserMemory
) -> None:
    ana.concepts["bo"] = Concept("Bo", category="dog", attributes={"eats": "smoked herring"})
    with Assistant(store=store, reflect="manual") as assistant:
        events = assistant.stream_turn("ana", "What does my dog eat?")
        assert "Bo" in str(next(events))
        assert ana.concepts.forget("bo").verified
        events.close()  # type: ignore[attr-defined]  # a generator, of which only this is told
    with ana.open() as file:
        assert b"herring" not in file.database.image()


def test_what_is_forgotten_beside_an_answer_leaves_it_alone(
    store: MemoryStore, ana: UserMemory
) -> None:
    ana.concepts["bo"] = Concept("Bo", category="dog", attributes={"eats": "smoked herring"})
    ana.concepts["mia"] = Concept("Mia", category="cat", attributes={"eats": "pilchards"})

    model = Interrupted("Bo eats smoked herring.", lambda: ana.concepts.forget("mia"))
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        assistant.turn("ana", "What does Bo eat?")
    assert ana.observations()[0].text == "Bo eats smoked herring."
