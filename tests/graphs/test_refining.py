"""A turn whose reply has a fault: asked once more with other evidence, never twice."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage

from usermind import Assistant, Budget, MemoryStore, UserMemory
from usermind.agents import Piece, Reply
from usermind.errors import ModelUnavailableError
from usermind.graphs.refining import weakest
from usermind.testing import Said, ScriptedReasoner

Scripted = Callable[..., tuple[Assistant, ScriptedReasoner]]
WRONG = "You told me that you met Gustav."
WORSE = "You told me that you met Gustav [p99]."


@pytest.fixture
def opera(ana: UserMemory) -> UserMemory:
    """More on a subject than one prompt takes."""
    for number in range(16):
        ana.observe(f"I heard opera number {number} in house {number}.")
    return ana


def test_a_good_reply_is_one_call(scripted: Scripted, opera: UserMemory) -> None:
    assistant, model = scripted("You told me that you heard opera in house 15 [o16].")
    reply = assistant.turn("ana", "Which opera did I hear?")
    assert reply.doubts == ()
    assert len(model.requests) == 1


def test_a_fault_is_told_to_the_model_and_its_weakest_evidence_replaced(
    scripted: Scripted, opera: UserMemory
) -> None:
    assistant, model = scripted(WRONG, "Several.")
    reply = assistant.turn("ana", "Which opera did I hear?")
    assert (reply.text, reply.doubts) == ("Several.", ())
    first, second = ([line.id for line in each.turn.memories] for each in model.requests)
    [gone], [new] = set(first) - set(second), set(second) - set(first)
    assert len(first) == len(second)
    assert first.index(gone) == second.index(new)
    told = model.requests[1].steps[-1]
    assert isinstance(told, HumanMessage)
    assert "'Gustav'" in told.text
    assert [hit.id for hit in reply.used] == second


def test_only_the_reply_that_is_kept_is_journaled_and_remembered(
    scripted: Scripted, opera: UserMemory
) -> None:
    assistant, model = scripted(WRONG, "Several.", "Yes.")
    assistant.turn("ana", "Which opera did I hear?")
    assistant.turn("ana", "Was it good?")
    replies = [item.text for item in opera.observations() if item.author == "assistant"]
    assert replies == ["Yes.", "Several."]
    assert [message.text for message in model.requests[2].history][-1] == "Several."


def test_two_faulty_replies_are_no_third_call_and_the_better_is_kept_and_marked(
    scripted: Scripted, opera: UserMemory, store: MemoryStore
) -> None:
    store.user("bob").observe("I heard an opera in Graz.")
    store.user("bob").observe("That opera was long.")
    assistant, model = scripted(WORSE, WRONG, WRONG, WORSE)
    better_last = assistant.turn("ana", "Which opera did I hear?")
    better_first = assistant.turn("bob", "Which opera did I hear?")
    assert len(model.requests) == 4
    assert (better_last.text, better_first.text) == (WRONG, WRONG)
    for reply in (better_last, better_first):
        assert len(reply.doubts) == 1
        assert "'Gustav'" in reply.doubts[0]
    given = [[line.id for line in each.turn.memories] for each in model.requests]
    assert [hit.id for hit in better_last.used] == given[1]
    assert [hit.id for hit in better_first.used] == given[2]


def test_the_next_turn_starts_without_doubts(scripted: Scripted, opera: UserMemory) -> None:
    assistant, model = scripted(WRONG, WRONG, "Several.")
    assert assistant.turn("ana", "Which opera did I hear?", message_id="m1").doubts
    assert assistant.turn("ana", "Which opera, please?").doubts == ()
    repeated = assistant.turn("ana", "Which opera did I hear?", message_id="m1")
    assert (repeated.text, repeated.doubts, repeated.sources) == (WRONG, (), ())
    assert len(model.requests) == 3


def test_a_reply_goes_with_evidence_that_only_the_faulty_one_was_given(
    scripted: Scripted, opera: UserMemory
) -> None:
    assistant, model = scripted(WRONG, "Several.")
    assistant.turn("ana", "Which opera did I hear?")
    first, second = ([line.id for line in each.turn.memories] for each in model.requests)
    [gone] = set(first) - set(second)
    assert any(item.author == "assistant" for item in opera.observations())
    opera.forget(observations=[gone])
    assert not any(item.author == "assistant" for item in opera.observations())


@pytest.mark.parametrize(
    "second",
    [ModelUnavailableError("down"), AIMessageChunk(content=" ")],
    ids=["the model fails", "it says nothing"],
)
def test_a_faulty_reply_is_better_than_none(
    scripted: Scripted, opera: UserMemory, second: Said
) -> None:
    assistant, _ = scripted(WRONG, second)
    reply = assistant.turn("ana", "Which opera did I hear?")
    assert reply.error is None
    assert reply.text == WRONG
    assert reply.doubts


def test_a_faulty_reply_is_better_than_tools_without_a_word(
    scripted: Scripted, opera: UserMemory
) -> None:
    call = AIMessageChunk(
        content="",
        tool_calls=[
            {"name": "search_memory", "args": {"query": "opera"}, "id": "c", "type": "tool_call"}
        ],
    )
    assistant, _ = scripted(WRONG, call, AIMessageChunk(content=""))
    reply = assistant.turn("ana", "Which opera did I hear?")
    assert (reply.text, reply.error) == (WRONG, None)
    assert reply.doubts


def test_a_faulty_reply_is_better_than_the_offline_engines_when_the_budget_is_spent(
    open_store: Callable[..., MemoryStore],
) -> None:
    store = open_store(budget=Budget(calls_per_day=1))
    store.user("ana").observe("I heard an opera.")
    model = ScriptedReasoner(replies=[WRONG])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        reply = assistant.turn("ana", "Which opera did I hear?")
    assert (reply.text, reply.degraded) == (WRONG, None)
    assert reply.doubts


def test_what_was_heard_is_not_said_anew_but_marked(scripted: Scripted, opera: UserMemory) -> None:
    assistant, model = scripted(WRONG)
    *pieces, reply = assistant.stream_turn("ana", "Which opera did I hear?")
    assert isinstance(reply, Reply)
    assert "".join(piece.text for piece in pieces if isinstance(piece, Piece)) == WRONG
    assert reply.text == WRONG
    assert reply.doubts
    assert len(model.requests) == 1


def test_what_tools_did_is_not_done_again(scripted: Scripted, opera: UserMemory) -> None:
    call = AIMessageChunk(
        content="",
        tool_calls=[
            {"name": "remember", "args": {"text": "Ana met Otto."}, "id": "c", "type": "tool_call"}
        ],
    )
    assistant, model = scripted(call, WRONG)
    reply = assistant.turn("ana", "Remember that I met Otto.")
    assert reply.tools == ("remember",)
    assert reply.doubts
    assert len(model.requests) == 2


def test_a_reply_that_confirms_a_deletion_is_not_doubted(
    scripted: Scripted, ana: UserMemory
) -> None:
    ana.remember("Ana is a friend of Gustav Holm.")
    call = AIMessageChunk(
        content="",
        tool_calls=[
            {"name": "forget", "args": {"query": "friend of Gustav Holm"}, "id": "c",
             "type": "tool_call"}
        ],
    )  # fmt: skip
    assistant, model = scripted(call, "Done: you once told me that you knew Gustav [p1].")
    reply = assistant.turn("ana", "Forget that friend of Gustav Holm thing.")
    assert reply.doubts == ()
    assert len(model.requests) == 2


def test_doubts_repeat_nothing_that_may_not_be_kept(scripted: Scripted, ana: UserMemory) -> None:
    wrong = "You told me that your card is 4111 1111 1111 1111."
    assistant, _ = scripted(wrong, wrong)
    reply = assistant.turn("ana", "Which card do I have?")
    assert reply.doubts
    assert "4111" not in str(reply.doubts)


def test_evidence_is_weakest_by_relevance_times_what_the_reply_uses_of_it(ana: UserMemory) -> None:
    ana.observe("My sister sings opera in Graz.")
    ana.observe("The night train to Vienna was late.")
    ana.observe("I eat quinces.")
    hits = [
        replace(hit, score=score)
        for hit, score in zip(ana.recall("", kinds=["observation"]), (0.3, 0.9, 0.5), strict=True)
    ]
    quinces, train, sister = hits
    assert weakest(hits, "Your sister sings in Graz, and you eat quinces.") is train
    assert weakest(hits, "I do not know.") is quinces
    assert weakest([replace(hit, kind="concept") for hit in hits], "Hm.") is None
    assert sister in hits
