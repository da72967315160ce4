"""Suggestions beside a reply: `Reply.suggestions`."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, ToolCall

from usermind import Assistant, MemoryStore, UserMemory
from usermind.agents import Reply
from usermind.agents.offered import LAST, THREADS, Offered
from usermind.errors import InvalidInputError, ModelUnavailableError
from usermind.memory.text import fingerprint
from usermind.prompts import SuggestedQuery, SuggestQueriesAnswer
from usermind.testing import ScriptedReasoner

TRIP = "I'm going to Lisbon next month."
OTHER = "Lisbon it is, in Lisbon I am free."


@pytest.fixture
def life(ana: UserMemory) -> UserMemory:
    for claim in ("Ana lives in Oslo.", "Ana loves jazz.", "Ana goes climbing.", "Ana is vegan."):
        ana.remember(claim)
    return ana


def asked(assistant: Assistant, message: str = TRIP, **given: Any) -> list[str]:
    return [each.text for each in assistant.turn("ana", message, **given).suggestions]


def test_a_reply_carries_what_may_be_asked_next(store: MemoryStore, life: UserMemory) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        reply = assistant.turn("ana", TRIP)
    assert len(reply.suggestions) == 3
    assert all("Lisbon" in each.text for each in reply.suggestions)
    assert reply.unsuggested is None


def test_a_streamed_reply_carries_the_same(store: MemoryStore, life: UserMemory) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        *_, reply = assistant.stream_turn("ana", TRIP)
        other = assistant.turn("ana", TRIP, thread_id="other")
    assert isinstance(reply, Reply)
    assert reply.suggestions
    assert reply.suggestions == other.suggestions


def test_what_was_passed_over_is_not_offered_again_in_that_conversation(
    store: MemoryStore, life: UserMemory
) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        first, second = asked(assistant), asked(assistant, OTHER)
        elsewhere = asked(assistant, OTHER, thread_id="t2")
    assert first
    assert not set(first) & set(second)
    assert set(first) & set(elsewhere)


def test_what_was_taken_is_not_offered_again_anywhere(store: MemoryStore, life: UserMemory) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        taken = asked(assistant)[0]
        assistant.turn("ana", taken)
        others = asked(assistant, OTHER, thread_id="t2")
        assert others
        assert taken not in others


def test_they_are_kept_nowhere_and_are_no_evidence(store: MemoryStore, life: UserMemory) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        found = asked(assistant)
        assistant.reflect("ana")
    assert found
    said = [item.text for item in life.observations()]
    assert not set(found) & set(said)
    files = [path.read_bytes() for path in store.path.rglob("*") if path.is_file()]
    assert files
    assert not any(text.encode() in held for text in found for held in files)


def test_nothing_is_suggested_to_who_wants_none(store: MemoryStore, life: UserMemory) -> None:
    with Assistant(store=store, reflect="manual", suggestions=None) as assistant:
        assert asked(assistant) == []


def test_after_a_failure_nothing_is_suggested(store: MemoryStore, life: UserMemory) -> None:
    model = ScriptedReasoner(replies=[ModelUnavailableError("down")])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        reply = assistant.turn("ana", TRIP)
    assert reply.error is not None
    assert reply.suggestions == ()


def test_a_private_message_gets_no_suggestions(store: MemoryStore, life: UserMemory) -> None:
    life.private.add("Lisbon")
    with Assistant(store=store, reflect="manual") as assistant:
        assert asked(assistant) == []


def test_after_something_was_forgotten_nothing_is_suggested(
    store: MemoryStore, life: UserMemory
) -> None:
    call = ToolCall(name="forget", args={"query": "I love jazz"}, id="1", type="tool_call")
    asks = AIMessageChunk(content="", tool_calls=[call])
    model = ScriptedReasoner(replies=[asks, "It is forgotten."])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        reply = assistant.turn("ana", "Before I go to Lisbon, forget that I love jazz.")
    assert reply.tools == ("forget",)
    assert not any("jazz" in claim.text for claim in life.propositions.list())
    assert reply.suggestions == ()


def test_a_model_suggests_where_it_is_asked_to(store: MemoryStore, life: UserMemory) -> None:
    answer = SuggestQueriesAnswer(
        queries=[SuggestedQuery(text="Is there jazz in Lisbon?", names=["jazz"], why="You like it")]
    )
    model = ScriptedReasoner([answer], replies=["Lovely!"])
    with Assistant(store=store, model=model, reflect="manual", suggestions="model") as assistant:
        [found] = assistant.turn("ana", TRIP).suggestions
    assert found.text == "Is there jazz in Lisbon?"
    assert found.strategy == "model"


def test_by_default_the_model_is_asked_once_a_turn(store: MemoryStore, life: UserMemory) -> None:
    model = ScriptedReasoner(replies=["Lovely!"])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        assert asked(assistant)
    assert (len(model.prompts), len(model.requests)) == (0, 1)


def test_where_the_model_fails_the_reply_says_so(store: MemoryStore, life: UserMemory) -> None:
    model = ScriptedReasoner([ModelUnavailableError("It is down.")], replies=["Lovely!"])
    with Assistant(store=store, model=model, reflect="manual", suggestions="model") as assistant:
        reply = assistant.turn("ana", TRIP)
    assert (reply.text, reply.error) == ("Lovely!", None)
    assert len(reply.suggestions) == 3
    assert reply.unsuggested == "It is down."


@pytest.mark.parametrize("wrong", ["model", "rule", True])
def test_who_suggests_must_be_somebody(open_store: Callable[..., MemoryStore], wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match="suggestions"):
        Assistant(store=open_store(), suggestions=wrong)


def test_of_many_conversations_the_last_are_remembered_and_of_each_the_last() -> None:
    offered = Offered()
    for number in range(THREADS + 1):
        offered.add("ana", f"t{number}", ["a"])
    offered.add("ana", "long", [f"query {number}" for number in range(LAST + 1)])
    assert offered.before("ana", "t0") == frozenset()
    assert offered.before("ana", f"t{THREADS}") == {fingerprint("a")}
    assert fingerprint("query 0") not in offered.before("ana", "long")
    assert len(offered.before("ana", "long")) == LAST
    assert offered.before("ben", "long") == frozenset()
