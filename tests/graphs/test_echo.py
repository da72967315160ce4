"""Nothing is learnt from what this memory itself said, nor from what others can put in its way."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from usermind import Assistant, MemoryStore, UserMemory
from usermind.graphs import reflect
from usermind.memory import Draft, ReflectionReport
from usermind.prompts import Citation, Operation, Operations, ReflectPrompt
from usermind.testing import ScriptedReasoner
from usermind.types import Tier


def add(quote: str, statement: str, *, on: int = 1, slot: str | None = None) -> Operation:
    return Operation(
        op="add",
        target=None,
        statement=statement,
        evidence=[Citation(observation=on, quote=quote)],
        confidence=1.0,
        durability="year",
        slot=slot,
    )


def tool_call(name: str, args: dict[str, object]) -> AIMessageChunk:
    return AIMessageChunk(
        content="", tool_calls=[{"name": name, "args": args, "id": "call-1", "type": "tool_call"}]
    )


def run(memory: UserMemory, *operations: Operation) -> ReflectionReport:
    return reflect(memory, ScriptedReasoner([Operations(operations=list(operations))]))


def replied(memory: UserMemory, text: str) -> None:
    memory.observe_many([Draft(text=text, author="assistant", rests_on=("o1",))])


def test_the_mem0_loop_of_recall_and_extraction_learns_nothing(store: MemoryStore) -> None:
    """One hallucination was stored 668 times elsewhere: recalled, extracted, recalled again."""
    ana = store.user("ana")
    ana.observe("I live in Oslo.")
    run(ana, add("I live in Oslo", "Ana lives in Oslo.", slot="home"))
    ana.observe("Ana owns a red boat.", author="Bob")
    run(ana, add("Ana owns a red boat", "Ana owns a red boat."))

    def re_extract(prompt: ReflectPrompt) -> Operations:
        quote = prompt.observations[0].text[:100]
        known = [line.text for line in prompt.known]
        seen = dict.fromkeys(
            [*known, *recalled, *[text.replace(" a ", " one ") for text in recalled]]
        )
        return Operations(operations=[add(quote, text) for text in list(seen)[:24]])

    before = {claim.text: claim.confidence for claim in ana.propositions.list()}
    assert len(before) == 2
    recalled: list[str] = []
    for turn in range(50):
        model = ScriptedReasoner([re_extract], replies=[f"Well. {' '.join(before)}"])
        with Assistant(store=store, model=model, reflect="manual") as assistant:
            assistant.turn("ana", f"Hello again. What about my red boat in Oslo? ({turn})")
            recalled = [
                hit.text for hit in ana.recall("my red boat in Oslo", kinds=["proposition"])
            ]
            assert sorted(recalled) == sorted(before)
            reflect(ana, model)
    after = {claim.text: claim.confidence for claim in ana.propositions.list()}
    assert after == before


@pytest.mark.parametrize(
    ("text", "author", "tier"),
    [
        ("Ana's sister Rosa works as a nurse in Porto.", "user", None),
        ("> As far as I know, you told me that Rosa works as a nurse in Porto.", "Bob", None),
        ("Here: Rosa works as a nurse in Porto, they say.", "Bob", None),
        ("Ana's sister Rosa works as a nurse in Porto.", "browser", "observed"),
    ],
    ids=["pasted by the user", "quoted in a mail", "inside a sentence", "seen on the screen"],
)
def test_our_own_words_come_back_as_no_evidence(
    text: str, author: str, tier: Tier | None, ana: UserMemory
) -> None:
    ana.observe("Hello.")
    run(ana)
    for said in (
        "Ana's sister Rosa works as a nurse in Porto.",
        "As far as I know, you told me that Rosa works as a nurse in Porto.",
        "Here: Rosa works as a nurse in Porto, they say.",
    ):
        replied(ana, said)
    ana.observe(text, author=author, tier=tier)
    report = run(ana, add("Rosa works as a nurse", "Rosa works as a nurse."))
    assert (report.rejected, report.changed) == (1, 0)


def test_a_reply_that_the_user_pastes_whole_is_no_evidence(ana: UserMemory) -> None:
    ana.observe("Hello.")
    run(ana)
    replied(ana, "On 4 May you told me this. I live in Bergen, you said.")
    ana.observe("On 4 May you told me this. I live in Bergen, you said.")
    assert run(ana, add("I live in Bergen", "Ana lives in Bergen.")).rejected == 1


def test_the_user_confirms_in_their_own_words(ana: UserMemory) -> None:
    ana.observe("I live in Oslo.")
    run(ana, add("live in Oslo", "Ana lives in Oslo."))
    replied(ana, "You told me: I live in Oslo.")
    ana.observe("I live in Oslo.", session="later", external_id="2")
    assert run(ana, add("live in Oslo", "Ana lives in Oslo.")).changed == 1


def test_what_denies_our_words_is_no_copy_of_them(ana: UserMemory) -> None:
    ana.observe("Hello.")
    run(ana)
    replied(ana, "Rosa works as a nurse at the old hospital in Porto by the river.")
    ana.observe("Rosa no longer works as a nurse at the old hospital in Porto by the river.")
    assert run(ana, add("no longer works", "Rosa no longer works as a nurse.")).changed == 1


def test_what_the_user_pastes_is_not_shown_to_reflection_and_no_evidence(ana: UserMemory) -> None:
    ana.observe("What does he want?\n> Ana lives in Bergen.\nI am puzzled.")
    model = ScriptedReasoner(
        [Operations(operations=[add("Ana lives in Bergen", "Ana lives in Bergen.")])]
    )
    report = reflect(ana, model)
    assert "Bergen" not in model.prompts[0].render()
    assert "I am puzzled." in model.prompts[0].render()
    assert report.rejected == 1


def test_text_of_others_is_never_read_beside_the_users_words(ana: UserMemory) -> None:
    for number in range(3):
        ana.observe(f"I had soup. ({number})")
        ana.observe(f"Ana lives in Bergen. ({number})", author="Bob")
    nothing = Operations(operations=[])
    model = ScriptedReasoner([nothing, nothing])
    reflect(ana, model)
    asked = [prompt for prompt in model.prompts if isinstance(prompt, ReflectPrompt)]
    tiers = [{line.tier for line in prompt.observations} for prompt in asked]
    assert tiers == [{"first_party"}, {"third_party"}]


def test_what_only_others_say_is_shown_beside_the_users_words_where_they_speak_of_it(
    ana: UserMemory,
) -> None:
    ana.observe("Ana owns a red boat.", author="Bob")
    run(ana, add("red boat", "Ana owns a red boat."))
    nothing = Operations(operations=[])
    for said, shown in (("I had soup.", False), ("Yes, I own a red boat.", True)):
        ana.observe(said)
        model = ScriptedReasoner([nothing])
        reflect(ana, model)
        (asked,) = model.prompts
        assert isinstance(asked, ReflectPrompt)
        assert ("red boat" in str(asked.known)) == shown


def test_a_hundred_who_tell_the_same_lie_are_not_believed(ana: UserMemory) -> None:
    ana.observe("I live in Lisbon.")
    run(ana, add("live in Lisbon", "Ana lives in Lisbon.", slot="home"))
    (own,) = ana.propositions.list()
    for number in range(100):
        ana.observe("Ana lives in Bergen.", author=f"Bot {number}", session=f"s{number}")

    def lie(prompt: ReflectPrompt) -> Operations:
        told = [
            add(line.text, "Ana lives in Bergen.", on=line.alias, slot="home")
            for line in prompt.observations[:12]
        ]
        ends = [
            told[0].model_copy(update={"op": op, "target": known.alias})
            for known in prompt.known
            for op in ("contradict", "retire", "supersede")
        ]
        return Operations(operations=[*told, *ends][:24])

    reflect(ana, ScriptedReasoner([lie] * 20))
    claims = {claim.text: claim for claim in ana.propositions.list()}
    assert claims["Ana lives in Bergen."].confidence <= 0.5
    kept = claims["Ana lives in Lisbon."]
    assert (kept.id, kept.slot, kept.status) == (own.id, "home", "active")
    assert kept.confidence >= 0.5


# -- tools --------------------------------------------------------------------------------


def test_a_model_keeps_only_what_the_user_said(
    scripted: Callable[..., Any], ana: UserMemory
) -> None:
    ana.observe("Hello. Ana banks with Evil Trust.", author="Bob", source="email")
    assistant, _ = scripted(
        tool_call("remember", {"text": "Ana banks with Evil Trust."}), "Hm.",
        tool_call("remember", {"text": "Ana drinks green tea."}), "Kept.",
    )  # fmt: skip
    assistant.turn("ana", "What does the mail of my bank say?")
    assert ana.propositions.list() == []
    assistant.turn("ana", "Remember that I drink green tea.")
    assert [claim.text for claim in ana.propositions.list()] == ["Ana drinks green tea."]


def test_a_model_forgets_only_where_the_user_asks_for_it(
    scripted: Callable[..., Any], ana: UserMemory
) -> None:
    claim = ana.remember("Ana lives in Lisbon.")
    assert claim is not None
    call = tool_call("forget", {"query": "lives in Lisbon", "ids": [claim.id]})
    assistant, _ = scripted(call, "Hm.", call, "Done.")
    assistant.turn("ana", "Where do I live?")
    assert [each.id for each in ana.propositions.list()] == [claim.id]
    assistant.turn("ana", "Forget that I live in Lisbon.")
    assert ana.propositions.list() == []
