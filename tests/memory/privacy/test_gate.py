"""What reaches the store and the models, through the public doors."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, ToolCall

from usermind import Draft, MemoryStore, UserMemory
from usermind.errors import ConflictingObservationError, InvalidInputError, PrivacyError
from usermind.memory import Policy, Receipt, Rule
from usermind.memory.privacy.gate import PrivacyOffWarning
from usermind.memory.privacy.policy import STANDARD, STRICT, UNMATCHED
from usermind.prompts import Operations, ReflectPrompt
from usermind.prompts.reflect import Citation, Operation
from usermind.testing import ScriptedReasoner

Open = Callable[..., MemoryStore]
SECRETS = {
    "My password is tr0mboneSolo9.": b"tr0mboneSolo9",
    "The key is AKIAIOSFODNN7EXAMPLE, keep it.": b"AKIAIOSFODNN7EXAMPLE",
    "My card is 4111 1111 1111 1111.": b"1111 1111",
    "我的密码是tr0mboneSolo9。": b"tr0mboneSolo9",
    "My iban is NO93 8601 1117 947.": b"8601 1117",
}
CANARIES = tuple(SECRETS.values())


def operation(statement: str, *evidence: Citation) -> Operation:
    return Operation(
        op="add",
        target=None,
        statement=statement,
        evidence=list(evidence),
        confidence=0.9,
        durability="year",
        slot=None,
    )


def all_prompts(model: ScriptedReasoner) -> str:
    turns = [
        "\n".join(
            [
                request.system.render(),
                *(message.text for message in request.history),
                request.turn.render(),
                *(str(message.content) for message in request.steps),
            ]
        )
        for request in model.requests
    ]
    return "\n".join([*turns, *(prompt.render() for prompt in model.prompts)])


def test_secrets_reach_neither_store_nor_log_nor_prompt(
    store: MemoryStore,
    talking: Any,
    bytes_of: Callable[[], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    said = list(SECRETS)
    assistant, model = talking(
        store,
        "Noted: your password is tr0mboneSolo9.",
        AIMessageChunk(
            content="",
            tool_calls=[{"name": "remember", "args": {"text": "Ana has a key."}, "id": "c1"}],
        ),
        "Kept.",
        answers=(lambda prompt: Operations(operations=[]),) * 4,
        recipient="local model",
    )
    ana = store.user("ana")
    reply = assistant.turn("ana", said[0], thread_id="t1")
    assistant.turn("ana", said[1], thread_id="t1")
    ana.observe(said[2], author="bank", source="email")
    ana.observe_many([Draft(text=said[3]), Draft(text=said[4])])
    kept = ana.remember(said[2])
    assert kept is not None
    ana.propositions.correct(kept.id, said[0])
    ana.recall("password card iban")
    assistant.reflect("ana")

    assert "tr0mboneSolo9" in reply.text  # what the model says is said, and not kept
    assert "[password removed]" in ana.propositions.get(kept.id).text
    on_disk, sent, logged = bytes_of(), all_prompts(model).encode(), caplog.text.encode()
    for canary in CANARIES:
        assert canary not in on_disk
        assert canary not in sent
        assert canary not in logged
    assert b"[password removed]" in sent


def test_decisions_name_kinds_rules_and_items_and_no_words(ana: UserMemory) -> None:
    receipt = ana.observe("My password is tr0mboneSolo9 and my card is 4111 1111 1111 1111.")
    ana.observe("I like tea.")

    found = ana.privacy.decisions()

    assert {(d.kind, d.action, d.rule, d.item, d.stage) for d in found} == {
        ("password", "redact", "secrets-nowhere", receipt.id, "storage"),
        ("card number", "redact", "numbers-nowhere", receipt.id, "storage"),
    }
    assert "tr0mbone" not in repr(found)
    assert receipt.id is not None
    ana.forget(observations=[receipt.id])
    assert [d.item for d in ana.privacy.decisions()] == [None, None]


def test_the_log_of_decisions_is_bounded(ana: UserMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usermind.memory.privacy.decisions.KEPT", 3)
    for number in range(6):
        ana.observe(f"My PIN is 482{number}. Note {number}.")
    assert [d.item for d in ana.privacy.decisions()] == ["o6", "o5", "o4"]
    with pytest.raises(InvalidInputError, match="at least 1"):
        ana.privacy.decisions(limit=0)


FACTS = [
    ("bob@example.com is my brother's address.", "bob@example.com", "[email removed]"),
    ("My sister has diabetes.", "diabetes", None),
    ("I am allergic to walnuts.", "walnuts", "walnuts"),
]


@pytest.mark.parametrize("recipient", ["local model", "remote model"])
@pytest.mark.parametrize(("text", "words", "left"), FACTS, ids=["contact", "other", "own"])
def test_what_a_model_is_shown_depends_on_where_it_is(
    store: MemoryStore, talking: Any, recipient: str, text: str, words: str, left: str | None
) -> None:
    ana = store.user("ana")
    ana.observe(text, session="old", source="note")
    assert ana.recall(text)[0].text == text  # all of it is stored
    assistant, model = talking(
        store, "Yes.", answers=(lambda prompt: Operations(operations=[]),), recipient=recipient
    )
    assistant.turn("ana", "What of the address, diabetes and walnuts?", thread_id="t")
    request = model.requests[0]
    shown = [line.text for line in request.turn.memories]
    if recipient == "local model" or left == words:
        assert text in shown
    elif left is None:
        assert shown == []
    else:
        assert words not in "".join(shown)
        assert left in "".join(shown)


def test_facts_history_and_tool_results_pass_the_gate_too(store: MemoryStore, talking: Any) -> None:
    ana = store.user("ana")
    for claim in ("Ana's sister Mia has diabetes.", "Ana lives in Oslo."):
        kept = ana.remember(claim)
        assert kept is not None
        ana.propositions.confirm(kept.id)
    search = ToolCall(name="search_memory", args={"query": "sister diabetes Oslo"}, id="c1")
    assistant, model = talking(
        store, "I see.", AIMessageChunk(content="", tool_calls=[search]), "Fine."
    )
    assistant.turn("ana", "My mother has cancer. Write to bob@example.com.", thread_id="t")
    reply = assistant.turn("ana", "What do you know?", thread_id="t")

    sent = all_prompts(model)
    # She says it herself, now; later it is a memory like any other.
    assert model.requests[0].turn.message == "My mother has cancer. Write to [email removed]."
    assert "cancer" not in "".join(message.text for message in model.requests[1].history)
    assert "diabetes" not in sent
    assert "Ana lives in Oslo." in [fact.text for fact in model.requests[0].system.facts]
    assert "Oslo" in str(model.requests[2].steps[-1].content)
    assert not any("diabetes" in hit.text for hit in reply.used)
    kinds = {(d.kind, d.action, d.recipient) for d in ana.privacy.decisions()}
    assert ("health", "withhold", "remote model") in kinds


@pytest.fixture
def carla(store: MemoryStore) -> UserMemory:
    """Ana, of whose profile one claim is about somebody's illness."""
    ana = store.user("ana")
    for claim in (
        "Ana loves opera.",
        "Ana's boss Carla loves opera because of her depression.",
        "Ana hates rain.",
    ):
        ana.remember(claim)
    assert "depression" in ana.profile(task="planning").text
    return ana


@pytest.mark.parametrize("recipient", ["local model", "remote model"])
def test_a_profile_passes_the_gate_claim_by_claim(
    store: MemoryStore, carla: UserMemory, talking: Any, recipient: str
) -> None:
    assistant, model = talking(store, "Stay in.", recipient=recipient)
    assistant.turn("ana", "Plan my weekend", thread_id="t")
    (profile,) = (x.text for x in model.requests[0].turn.memories if x.kind == "profile")
    assert "Ana loves opera." in profile
    assert "Ana hates rain." in profile
    assert ("depression" in profile) is (recipient == "local model")
    withheld = [d for d in carla.privacy.decisions() if d.item and d.item.startswith("f")]
    assert [(d.kind, d.action) for d in withheld if d.action == "withhold"] == (
        [("health", "withhold")] if recipient == "remote model" else []
    )


def test_a_profile_that_a_tool_finds_passes_the_gate_claim_by_claim(
    store: MemoryStore, carla: UserMemory, talking: Any
) -> None:
    search = ToolCall(name="search_memory", args={"query": "planning opera"}, id="c1")
    assistant, model = talking(store, AIMessageChunk(content="", tool_calls=[search]), "Fine.")
    assistant.turn("ana", "What should one hear?", thread_id="t")
    lines = str(model.requests[1].steps[-1].content).splitlines()
    found = [line for line in lines if line.startswith("[f")]
    assert any("Ana loves opera." in line for line in found)
    assert not any("depression" in line for line in lines)


def test_a_profile_of_nothing_else_is_withheld(store: MemoryStore, talking: Any) -> None:
    ana = store.user("ana")
    ana.remember("Ana's boss Carla loves opera because of her depression.")
    assistant, model = talking(store, "Stay in.")
    reply = assistant.turn("ana", "Plan my weekend", thread_id="t")
    assert ana.profiles.list() != []
    assert [hit.kind for hit in reply.used] == []
    assert model.requests[0].turn.memories == ()


def test_a_remote_model_learns_nothing_of_what_it_may_not_see(
    open_store: Open,
) -> None:
    seen: list[ReflectPrompt] = []

    def answer(prompt: ReflectPrompt) -> Operations:
        seen.append(prompt)
        line = prompt.observations[0]
        cite = Citation(observation=line.alias, quote="You can write to [email removed]")
        return Operations(
            operations=[
                operation("Ana moved to Oslo.", cite),
                operation("Ana's password is tr0mboneSolo9.", cite),
                operation("Ana's email is [email removed].", cite),
            ]
        )

    model = ScriptedReasoner([answer], recipient="remote model")
    ana = open_store(reasoner=model).user("ana")
    ana.observe("My sister has diabetes.", session="a")
    ana.observe("You can write to ana@example.com, I moved to Oslo.", session="a")

    report = ana.reflect()

    assert [line.text for line in seen[0].observations] == [
        "You can write to [email removed], I moved to Oslo."
    ]
    assert (report.processed, report.withheld, report.rejected, report.pending) == (2, 1, 2, 0)
    assert [claim.text for claim in ana.propositions.list()] == ["Ana moved to Oslo."]
    (evidence,) = ana.propositions.explain("p1").evidence
    assert evidence.quote == "You can write to ana@example.com"


def test_with_nothing_to_show_no_model_is_asked(open_store: Open) -> None:
    model = ScriptedReasoner([], recipient="remote model")
    ana = open_store(reasoner=model).user("ana")
    ana.observe("My sister has diabetes.")

    report = ana.reflect()

    assert (report.processed, report.withheld, report.calls, model.prompts) == (1, 1, 0, [])


def test_a_reasoner_that_does_not_say_where_it_is_counts_as_remote(store: MemoryStore) -> None:
    from usermind import Assistant

    class Silent(ScriptedReasoner):
        def __init__(self) -> None:
            super().__init__(replies=["Yes."])
            del self.recipient

    model = Silent()
    store.user("ana").observe("My sister has diabetes.", source="note")
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        assistant.turn("ana", "Who has diabetes?")
    assert model.requests[0].turn.memories == ()


def broken(text: str) -> list[tuple[str, int, int]]:
    raise RuntimeError(f"over {text}")


BROKEN = Policy("broken", STANDARD.rules, detectors=(broken,))


def test_a_detector_that_breaks_lets_nothing_be_stored(
    open_store: Open, folder: Path, bytes_of: Callable[[], bytes], talking: Any
) -> None:
    store = open_store(privacy=BROKEN)
    ana = store.user("ana")
    assistant, model = talking(store, "Yes.")
    for call in (
        lambda: ana.observe("I like zebras."),
        lambda: ana.observe_many([Draft(text="I like zebras.")]),
        lambda: ana.remember("Ana likes zebras."),
        lambda: assistant.turn("ana", "I like zebras."),
    ):
        with pytest.raises(PrivacyError, match="neither stored nor sent") as caught:
            call()
        assert "zebras" not in str(caught.value)
    assert b"zebras" not in bytes_of()
    assert not ana.exists
    assert model.requests == []


def test_a_detector_that_breaks_lets_nothing_be_sent(open_store: Open, talking: Any) -> None:
    fine = open_store()
    fine.user("ana").observe("I like zebras.", source="note")
    fine.close()
    model = ScriptedReasoner([], recipient="local model")
    store = open_store(privacy=BROKEN, reasoner=model)
    ana = store.user("ana")

    report = ana.reflect()

    assert (report.failed, report.pending, model.prompts) == (1, 1, [])
    assert "privacy gate" in report.errors[0]
    assert ana.failures()[0].attempts == 1  # it stays due
    assert "privacy gate" in ana.failures()[0].error


def test_a_kind_that_no_rule_speaks_of_is_withheld(open_store: Open) -> None:
    def zebras(text: str) -> list[tuple[str, int, int]]:
        at = text.find("zebra")
        return [("animal", at, at + 5)] if at >= 0 else []

    policy = Policy("mine", STANDARD.rules, detectors=(zebras,))
    ana = open_store(privacy=policy).user("ana")

    receipt = ana.observe("I like zebras.")

    assert (receipt.outcome, receipt.id) == ("private", None)
    assert [(d.kind, d.rule) for d in ana.privacy.decisions()] == [("animal", UNMATCHED)]
    allowed = Policy("mine", (Rule("zoo", "keep", frozenset({"animal"})),), detectors=(zebras,))
    assert open_store(privacy=allowed).user("ana").observe("I like zebras.").outcome == "stored"


def test_the_first_rule_that_fits_decides() -> None:
    policy = Policy(
        "two",
        (
            Rule("narrow", "keep", frozenset({"email"}), recipients=frozenset({"store"})),
            Rule("wide", "redact"),
        ),
    )
    assert policy.decide("email", "unknown", "store") == ("keep", "narrow")
    assert policy.decide("email", "unknown", "remote model") == ("redact", "wide")
    assert Policy("none", ()).decide("email", "user", "store") == ("withhold", UNMATCHED)


def test_the_strict_policy_keeps_addresses_and_others_out(open_store: Open) -> None:
    ana = open_store(privacy="strict").user("ana")
    ana.observe("Write to bob@example.com.")
    assert ana.observe("My sister has diabetes.").outcome == "private"
    assert ana.observe("I am allergic to walnuts.").outcome == "stored"
    assert [o.text for o in ana.observations()] == [
        "I am allergic to walnuts.",
        "Write to [email removed].",
    ]
    assert STRICT.decide("health", "user", "remote model")[0] == "withhold"


def test_the_gate_cannot_be_switched_off_silently(open_store: Open) -> None:
    with pytest.warns(PrivacyOffWarning, match="gate is off"):
        store = open_store(privacy="off")
    ana = store.user("ana")
    ana.observe("My password is tr0mboneSolo9.")
    ana.observe("My PIN is 4821.")

    assert ana.observations()[-1].text == "My password is tr0mboneSolo9."
    (decision,) = ana.privacy.decisions()
    assert (decision.kind, decision.action, decision.rule) == ("everything", "keep", "off")


def test_an_unknown_policy_is_refused(open_store: Open) -> None:
    with pytest.raises(InvalidInputError, match="no privacy policy 'lax'"):
        open_store(privacy="lax")


def test_the_same_message_again_is_the_same_message(store: MemoryStore, talking: Any) -> None:
    assistant, model = talking(store, "Noted.")
    first = assistant.turn("ana", "My password is tr0mboneSolo9.", message_id="m1")
    again = assistant.turn("ana", "My password is tr0mboneSolo9.", message_id="m1")
    assert first.text == again.text == "Noted."
    assert len(model.requests) == 1


def test_decisions_and_topics_are_part_of_the_export(ana: UserMemory, tmp_path: Path) -> None:
    ana.observe("My PIN is 4821.", at=datetime(2026, 5, 1, tzinfo=UTC))
    ana.private.add("my health")
    ana.export(tmp_path / "ana.jsonl")
    text = (tmp_path / "ana.jsonl").read_text("utf-8")
    assert '"type": "decision"' in text
    assert '"words": "my health"' in text


class Elsewhere:
    """An embedder that keeps what it was shown, and is where it says."""

    model_id = "elsewhere"

    def __init__(self, recipient: str) -> None:
        self.recipient = recipient
        self.seen: list[str] = []

    def embed_query(self, text: str) -> list[float]:
        self.seen.append(text)
        return [1.0, float(len(text))]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


@pytest.mark.filterwarnings("ignore::usermind.memory.DegradedRecallWarning")
@pytest.mark.parametrize("recipient", ["offline", "local model", "remote model"])
def test_an_embedder_elsewhere_sees_what_a_model_there_may_see(
    open_store: Open, recipient: str
) -> None:
    embedder = Elsewhere(recipient)
    ana = open_store(embedder=embedder).user("ana")
    ana.observe("Write to bob@example.com.", author="bob@example.com")
    ana.observe("My sister has diabetes.")
    ana.observe("I have lupus.")
    ana.private.add("lupus")
    ana.recall("bob@example.com 4111 1111 1111 1111")
    seen = "\n".join(embedder.seen)
    assert ("bob@example.com" in seen) == (recipient != "remote model")
    assert ("diabetes" in seen) == (recipient != "remote model")
    assert ("lupus" in seen) == (recipient == "offline")
    assert ("4111 1111" in seen) == (recipient == "offline")
    assert ana.recall("lupus")[0].text == "I have lupus."
    assert ("lupus" in embedder.seen) == (recipient == "offline")


def test_stored_text_that_is_looked_for_again_is_let_out_no_more_than_its_row(
    open_store: Open,
) -> None:
    embedder = Elsewhere("remote model")
    ana = open_store(embedder=embedder).user("ana")
    ana.observe("I take pills for epilepsy.")
    ana.observe("My colleague Maria Lopez is HIV positive.")
    ana.observe("I have lupus.", author="Maria", source="mail")
    ana.observe("I live in Oslo.")
    ana.private.add("epilepsy")
    for _ in range(2):  # the second time there are claims to compare with
        ana.reflect()
        ana.observe("I take pills for epilepsy, really.")
        ana.observe("I live in Oslo, really.")

    seen = "\n".join(embedder.seen)
    assert "Oslo, really" in seen or "I live in Oslo." in embedder.seen
    for word in ("epilepsy", "HIV", "lupus"):
        assert word not in seen
    assert ana.recall("HIV", written_by="user")[0].text.startswith("My colleague")


KEY = "AKIAIOSFODNN7EXAMPLE"


def test_labels_pass_the_gate_and_still_tell_one_thing_from_another(
    open_store: Open, folder: Path
) -> None:
    ana = open_store(privacy="strict").user("ana")

    def arrives(text: str, number: int) -> Receipt:
        return ana.observe(
            text,
            author="bob.miller@example.com",
            session=f"{KEY} {number}",
            external_id=f"mail {number} {KEY}",
            source="mail",
        )

    first, second = arrives("See you tonight.", 1), arrives("See you at noon.", 2)
    assert (first.outcome, second.outcome) == ("stored", "stored")
    assert arrives("See you tonight.", 1).outcome == "known"
    with pytest.raises(ConflictingObservationError) as raised:
        arrives("Something else.", 1)
    assert KEY not in str(raised.value)

    assert ana.observation(str(first.id)).author == "[email removed]"
    for number, receipt in ((1, first), (2, second)):
        (stored,) = ana.observations(session=f"{KEY} {number}")
        assert stored.id == receipt.id
        assert ana.observations(session=stored.session) == [stored]
        assert ana.count_observations(session=f"{KEY} {number}") == 1
        found = ana.find_observation("mail", f"mail {number} {KEY}")
        assert found == stored
        assert ana.find_observation("mail", str(stored.external_id)) == stored
        assert str(stored.external_id).startswith(f"mail {number} [")
    assert {"token", "email"} == {item.kind for item in ana.privacy.decisions()}
    for path in folder.rglob("*"):
        assert path.is_dir() or not {KEY, "bob.miller"} & {
            word for word in (KEY, "bob.miller") if word.encode() in path.read_bytes()
        }, path


def test_plain_labels_stay_as_they_are(ana: UserMemory) -> None:
    stored = ana.observation(
        str(ana.observe("Hi.", author="bob@example.com", session="t/1", external_id="a#1").id)
    )
    assert (stored.author, stored.session, stored.external_id) == ("bob@example.com", "t/1", "a#1")


def test_what_a_private_person_writes_is_not_stored_nor_sent(open_store: Open) -> None:
    embedder = Elsewhere("remote model")
    ana = open_store(embedder=embedder).user("ana")
    ana.observe("See you at noon.", author="Maria", source="sms")
    ana.private.add("Maria")
    receipt = ana.observe("See you tonight, love.", author="Maria", source="sms")
    assert receipt.outcome == "private"
    ana.recall("tonight")
    assert "Maria" not in "\n".join(embedder.seen)
    assert len(ana.observations()) == 1
