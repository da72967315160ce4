"""When a user's daily budget is spent: answered by rules, learnt from tomorrow, nothing lost."""

from collections.abc import Callable
from datetime import timedelta

from usermind import Assistant, Budget, MemoryStore
from usermind.agents import Piece, Reply
from usermind.graphs import reflect
from usermind.graphs.asking import PATIENCE
from usermind.prompts import Citation, Operation, Operations, ReflectPrompt
from usermind.testing import ScriptedReasoner, StoppedClock

OpenStore = Callable[..., MemoryStore]
NOTHING = Operations(operations=[])


def learnt(prompt: ReflectPrompt) -> Operations:
    """What a model makes of it: one claim a message."""
    return Operations(
        operations=[
            Operation(
                op="add",
                target=None,
                statement=f"By the model: {line.text}",
                evidence=[Citation(observation=line.alias, quote=line.text)],
                confidence=0.9,
                durability="year",
                slot=None,
            )
            for line in prompt.observations
        ]
    )


def test_a_turn_without_budget_is_answered_by_rules_and_says_so_until_the_next_day(
    open_store: OpenStore, clock: StoppedClock
) -> None:
    store = open_store(budget=Budget(calls_per_day=1))
    model = ScriptedReasoner(replies=["From the model.", "To Bob.", "A new day."])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        first = assistant.turn("ana", "I live in Oslo.")
        second = assistant.turn("ana", "Where do I live?")
        other = assistant.turn("bob", "Hello.")
        clock.advance(timedelta(days=1))
        third = assistant.turn("ana", "Tell me a story.")

    assert (first.text, first.degraded) == ("From the model.", None)
    assert "Oslo" in second.text
    assert second.error is None
    assert second.degraded is not None
    assert "all 1 calls are made" in second.degraded
    assert other.text == "To Bob."
    assert (third.text, third.degraded) == ("A new day.", None)
    assert len(model.requests) == 3


def test_a_degraded_reply_is_streamed_remembers_and_keeps_the_message(
    open_store: OpenStore,
) -> None:
    store = open_store(budget=Budget(calls_per_day=0))
    with Assistant(store=store, model=ScriptedReasoner(), reflect="manual") as assistant:
        *pieces, reply = assistant.stream_turn("ana", "Remember that I am allergic to quinces.")
    assert isinstance(reply, Reply)
    assert reply.degraded
    assert reply.tools == ("remember",)
    assert "".join(piece.text for piece in pieces if isinstance(piece, Piece)) == reply.text
    ana = store.user("ana")
    assert any("quinces" in claim.text for claim in ana.propositions.list())
    assert ana.account.days() == {}


def test_a_tool_round_that_does_not_fit_is_ended_by_rules(open_store: OpenStore) -> None:
    from langchain_core.messages import AIMessageChunk
    from langchain_core.messages.tool import tool_call_chunk

    asks = AIMessageChunk(
        content="",
        tool_call_chunks=[
            tool_call_chunk(name="remember", args='{"text": "Ana is a vet."}', id="1", index=0)
        ],
        chunk_position="last",
    )
    store = open_store(budget=Budget(calls_per_day=1))
    model = ScriptedReasoner(replies=[asks])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        reply = assistant.turn("ana", "I am a vet.")
    assert reply.error is None
    assert reply.degraded
    assert reply.text
    assert [claim.text for claim in store.user("ana").propositions.list()] == ["Ana is a vet."]


def test_what_is_said_without_budget_waits_for_the_model_until_the_next_day(
    open_store: OpenStore, clock: StoppedClock
) -> None:
    store = open_store(budget=Budget(calls_per_day=1))
    ana = store.user("ana")
    ana.observe("I like tea.")
    model = ScriptedReasoner([learnt, learnt])
    assert reflect(ana, model).processed == 1
    for number in range(60):
        ana.observe(f"I like soup {number}.")
    report = reflect(ana, model)

    assert (report.postponed, report.pending, report.failed, report.calls) == (60, 60, 0, 0)
    assert "is spent" in report.errors[0]
    assert ana.failures() == []
    assert ana.queue().waiting == 60
    assert reflect(ana, model).postponed == 0  # nothing is due, so nothing is asked
    midnight = clock.now.replace(hour=0) + timedelta(days=1)
    assert store.registry.due(by=midnight.timestamp() - 1) == []
    assert store.registry.due(by=midnight.timestamp()) == ["ana"]

    clock.now = midnight
    tomorrow = reflect(ana, model)
    assert tomorrow.processed == 24
    assert tomorrow.postponed == 36
    assert sum(c.text.startswith("By the model") for c in ana.propositions.list()) == 25


def test_what_has_waited_too_long_is_learnt_by_rules(
    open_store: OpenStore, clock: StoppedClock
) -> None:
    store = open_store(budget=Budget(calls_per_day=1))
    ana = store.user("ana")
    for number in range(24):
        ana.observe(f"I like soup number {number}.")
    for _ in range(3):  # the model is busy with something else every day
        held = ana.account.reserve(prompt_tokens=1, completion_tokens=1, least=1)
        assert held is not None
        report = reflect(ana, ScriptedReasoner())
        if report.processed:
            break
        assert report.postponed == 24
        clock.now = clock.now.replace(hour=0) + timedelta(days=1)

    assert report.processed == 24
    assert clock.now - ana.observations()[0].ingested_at >= PATIENCE
    claims = ana.propositions.list()
    assert claims
    assert {ana.propositions.history(claim.id)[0].author for claim in claims} == {"offline"}


def test_a_batch_too_large_for_any_day_is_learnt_by_rules_at_once(open_store: OpenStore) -> None:
    ana = open_store(budget=Budget(tokens_per_day=1_000)).user("ana")
    ana.observe("I live in Oslo.")
    report = reflect(ana, ScriptedReasoner())
    assert (report.processed, report.postponed, report.calls) == (1, 0, 0)
    assert [claim.slot for claim in ana.propositions.list()] == ["home"]


def test_background_reflection_does_not_ask_in_vain(open_store: OpenStore) -> None:
    store = open_store(budget=Budget(calls_per_day=2))
    model = ScriptedReasoner([NOTHING], replies=["One."])
    with Assistant(store=store, model=model) as assistant:
        assistant.turn("ana", "I am a vet.")
        assistant.wait()
        assert store.user("ana").queue().ready == 0
        reply = assistant.turn("ana", "I live in Oslo.")
        assistant.wait()
    assert reply.degraded
    assert (len(model.requests), len(model.prompts)) == (1, 1)
    assert store.user("ana").queue().waiting == 1
