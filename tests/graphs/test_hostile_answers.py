"""A model's answer as an attack: what it says too much, unseen or of others comes to nothing."""

import json
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from usermind import MemoryStore, UserMemory
from usermind.graphs.imagining import imagined, scene
from usermind.graphs.profiling import make_profile
from usermind.graphs.reflection import reflect
from usermind.memory import ReflectionReport
from usermind.models import ChatReasoner
from usermind.prompts import DiscoverAnswer, Idea
from usermind.prompts.profile import ProfileAnswer, SaidClaim
from usermind.testing import ScriptedReasoner

SAID = "I live in Oslo."
UNSEEN = {
    "an escape sequence": "\x1b[31mAna\x1b[0m lives in Oslo.",
    "a title of the terminal": "\x1b]0;owned\x07Ana lives in Oslo.",
    "a control of C1": "\x9b2JAna lives in Oslo.",
    "an override of direction": "Ana \u202elives\u202c in Oslo.",
    "an isolate": "\u2067Ana\u2069 lives in Oslo.",
    "a space without width": "A\u200bna lives in Oslo.",
    "letters of tags": "Ana lives in Oslo.\U000e0049\U000e0047",
    "a NUL": "Ana lives in Oslo.\x00",
    "line breaks": "Ana lives\nin\u2028Oslo.",
}
BAD = set("\x00\x07\x1b\x9b\n\u2028\u202e\u202c\u2067\u2069\u200b\U000e0049\U000e0047")


def claim(statement: str, **other: Any) -> dict[str, Any]:
    evidence = [{"observation": other.pop("observation", 1), "quote": other.pop("quote", SAID)}]
    given = {"op": "add", "target": None, "confidence": 1.0, "durability": "year", "slot": None}
    return given | {"statement": statement, "evidence": evidence} | other


def answered(memory: UserMemory, *claims: dict[str, Any]) -> ReflectionReport:
    """Reflect with a model that says these, in JSON, as often as it is asked."""
    said = AIMessage(json.dumps({"operations": claims}))
    return reflect(memory, ChatReasoner(GenericFakeChatModel(messages=iter([said] * 8))))


@pytest.fixture
def ana(ana: UserMemory) -> UserMemory:
    ana.observe(SAID)
    return ana


def test_ten_thousand_claims_are_none(ana: UserMemory) -> None:
    report = answered(ana, *(claim(f"Ana has {n} cats.") for n in range(10_000)))
    assert (report.changed, report.failed, report.pending) == (0, 1, 1)
    assert "cats" not in "".join(report.errors)
    assert ana.propositions.list(status=None) == []


def test_what_was_not_shown_cannot_be_named(ana: UserMemory, store: MemoryStore) -> None:
    bob = store.user("bob")
    theirs = bob.remember("Bob is shy.")
    assert theirs is not None
    bob.observe("I keep a secret garden.")
    before = [(p.text, p.version, p.confidence) for p in bob.propositions.list(status=None)]
    report = answered(
        ana,
        claim("", op="retire", target=1),
        claim("", op="contradict", target=999),
        claim("Bob is bold.", op="supersede", target=1, observation=2),
        claim("Ana keeps a garden.", observation=2, quote="I keep a secret garden."),
        claim("Ana keeps a garden.", quote="I keep a secret garden."),
        claim("Ana keeps o2 and p1.", observation=999),
    )
    assert (report.changed, report.rejected) == (0, 6)
    assert ana.propositions.list(status=None) == []
    assert [(p.text, p.version, p.confidence) for p in bob.propositions.list(status=None)] == before


@pytest.mark.parametrize("target", ["p1", "bob/p1", -1, 0, 10**30, [1], {"id": 1}, 1.5])
def test_an_id_that_is_no_number_of_a_line_makes_it_no_answer(
    ana: UserMemory, target: object
) -> None:
    ana.remember("Ana is a vet.")
    report = answered(ana, claim("Ana lives in Bergen.", op="supersede", target=target))
    assert (report.changed, report.failed) == (0, 1)
    assert [each.text for each in ana.propositions.list(status=None)] == ["Ana is a vet."]


@pytest.mark.parametrize("statement", UNSEEN.values(), ids=UNSEEN)
def test_a_claim_holds_nothing_that_cannot_be_seen(ana: UserMemory, statement: str) -> None:
    assert answered(ana, claim(statement)).changed == 1
    [known] = ana.propositions.list()
    assert not BAD & set(known.text)
    assert known.text.endswith("Oslo.")


@pytest.mark.parametrize("how", ["forgotten", "denied"])
@pytest.mark.parametrize("hidden", ["A\u200bna lives in Oslo.", "Ana lives in Oslo.\U000e0041"])
def test_what_was_forgotten_or_denied_does_not_come_back_in_disguise(
    ana: UserMemory, hidden: str, how: str
) -> None:
    answered(ana, claim("Ana lives in Oslo."))
    [known] = ana.propositions.list()
    if how == "forgotten":
        ana.propositions.forget(known.id)
    else:
        ana.propositions.deny(known.id)
    ana.observe(f"{SAID} I said so.")
    assert answered(ana, claim(hidden)).changed == 0
    assert ana.propositions.list() == []


def test_an_idea_and_a_profile_hold_nothing_that_cannot_be_seen(ana: UserMemory) -> None:
    hidden = UNSEEN["an escape sequence"] + UNSEEN["an override of direction"]
    answer = DiscoverAnswer(ideas=[Idea(because=["o1"], title=hidden, text=hidden, benefit=5)])
    model = ScriptedReasoner([answer])
    [offer] = imagined(ana, model, scene(ana, "offline"))
    profile = ProfileAnswer(claims=[SaidClaim(text=hidden, kind="fact", cites=[1])])
    made = make_profile(ana, ScriptedReasoner([profile]))
    assert "Oslo" in made.text
    for told in (offer.title, offer.text, offer.matter, made.text):
        assert not (BAD - {"\n"}) & set(told)


def test_an_idea_that_rests_on_the_memory_of_another_is_none(
    ana: UserMemory, store: MemoryStore
) -> None:
    store.user("bob").remember("Bob is shy.")
    ideas = [Idea(because=[id_], title="Hello", text="Hello", benefit=5) for id_ in ("p1", "o9")]
    model = ScriptedReasoner([DiscoverAnswer(ideas=ideas)])
    assert imagined(ana, model, scene(ana, "offline")) == []
