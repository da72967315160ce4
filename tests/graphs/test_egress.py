"""What is private goes out through none of the filters before a model, each by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from tests.films import filled

from usermind import MemoryStore, UserMemory
from usermind.graphs.egress import (
    for_model,
    line_for_model,
    offer_for_model,
    passed,
    picture_for_model,
    voice_for_model,
)
from usermind.memory.privacy.doors import LEFT_OUT, Egress
from usermind.models.reasoner import ReplyRequest
from usermind.prompts import (
    FactLine,
    ItemLine,
    MemoryLine,
    NamedConcept,
    Offer,
    PictureLine,
    ReasonLine,
    SystemPrompt,
    TurnPrompt,
    Voice,
    VoiceExample,
)
from usermind.testing import ScriptedReasoner, StoppedClock
from usermind.tools import Advice, Advisor
from usermind.tools.advice import Note
from usermind.tools.recommenders import Reason, Recommendation
from usermind.types import ModelPlace

TOPIC = "lighthouse"
PRIVATE, PLAIN = "Ana repairs a lighthouse.", "Ana likes tea."
NOW = StoppedClock().now


@pytest.fixture
def life(ana: UserMemory) -> UserMemory:
    """A user with two messages, one of which became private afterwards."""
    ana.observe(PRIVATE)
    ana.observe(PLAIN)
    ana.private.add(TOPIC)
    return ana


@pytest.fixture
def out(life: UserMemory) -> Iterator[Egress]:
    with life.privacy.egress("remote model") as made:
        yield made


def line(text: str, author: str = "user") -> MemoryLine:
    return MemoryLine("p1", "proposition", text, author, NOW, 0.9, 0.9)


def test_memories_are_let_through_one_by_one(life: UserMemory) -> None:
    hits = life.recall("Ana tea lighthouse", k=5)
    with_topic = [hit for hit in hits if TOPIC in hit.text]

    seen = for_model(life, "remote model", hits)

    assert with_topic
    assert seen == [hit for hit in hits if hit not in with_topic]


def test_a_line_of_memory(life: UserMemory, out: Egress) -> None:
    assert line_for_model(out, life, line(PRIVATE)) is None
    assert line_for_model(out, life, line(PLAIN)) == line(PLAIN)
    author = line_for_model(out, life, line(PLAIN, f"the {TOPIC} keeper"))
    assert author is not None
    assert author.author == "somebody"


def test_the_concepts_of_a_picture(out: Egress) -> None:
    keeper, bo = NamedConcept("c1", f"{TOPIC} keeper"), NamedConcept("c2", "Bo")
    shown = PictureLine(1, "shown", (keeper, bo), ((keeper,), (keeper, bo)), kept=keeper)

    seen = picture_for_model(out, shown)

    assert seen.recognised == (bo,)
    assert seen.unsure == ((bo,),)
    assert seen.kept is None


def test_how_the_user_writes(out: Egress) -> None:
    def example(message: str, reply: str, to: str = "Ben") -> VoiceExample:
        return VoiceExample(("o1", "o2"), to, message, reply)

    seen = voice_for_model(
        out,
        Voice(
            wanted=True,
            style=("short sentences", f"speaks of the {TOPIC}"),
            examples=(
                example("Tea?", "Yes!"),
                example(f"How is the {TOPIC}?", "Fine."),
                example("And you?", f"At the {TOPIC}."),
                example("Late?", "No.", to=f"{TOPIC} keeper"),
            ),
        ),
    )

    assert seen.style == ("short sentences",)
    assert [(each.message, each.reply, each.to) for each in seen.examples] == [
        ("Tea?", "Yes!", "Ben"),
        ("Late?", "No.", "somebody"),
    ]


def test_the_reasons_and_notes_of_an_offer(out: Egress) -> None:
    told = ReasonLine(f"you like the {TOPIC}", "p1")
    plain = ReasonLine("you like tea", "p2")
    offer = Offer(wanted=True, items=(ItemLine(1, "Orbit Nine", "", (told, plain)),), notes=(told,))

    seen = offer_for_model(out, offer)

    assert [each.title for each in seen.items] == ["Orbit Nine"]
    assert seen.items[0].reasons == (plain,)
    assert seen.notes == ()


@pytest.mark.parametrize("recipient", ["remote model", "local model", "offline"])
def test_every_part_of_a_request(life: UserMemory, recipient: ModelPlace) -> None:
    request = ReplyRequest(
        system=SystemPrompt("Ana", tuple(
            FactLine(id_, text, 0.9, NOW) for id_, text in (("p1", PRIVATE), ("p2", PLAIN))
        )),
        history=[HumanMessage(PRIVATE), AIMessage(PLAIN), AIMessage(f"The {TOPIC} is far.")],
        turn=TurnPrompt(
            now=NOW,
            memories=(line(PRIVATE), line(PLAIN)),
            message="What do I do?",
        ),
        steps=[ToolMessage(f"{PRIVATE}\n{PLAIN}", tool_call_id="1"), AIMessage("")],
    )  # fmt: skip

    seen = passed(request, life, ScriptedReasoner(recipient=recipient))

    assert [fact.text for fact in seen.system.facts] == [PLAIN]
    assert [message.text for message in seen.history] == [LEFT_OUT, PLAIN, LEFT_OUT]
    assert [each.text for each in seen.turn.memories] == [PLAIN]
    assert seen.turn.message == "What do I do?"
    assert [message.text for message in seen.steps] == [PLAIN, ""]


def test_what_a_tool_found_that_is_private_as_a_whole(life: UserMemory, out: Egress) -> None:
    assert out.lines(PRIVATE) == "Nothing that may be shown."


def test_the_reasons_of_advice(tmp_path: Path, store: MemoryStore, life: UserMemory) -> None:
    claim = life.remember("Ana likes tea houses.", evidence=None, author="user")
    assert claim is not None
    told = Reason("preference", f"near to the {TOPIC}", 0.5)
    rests = Reason("preference", "you like tea houses", 0.3, memory=claim.id)
    gone = Reason("event", "you liked it", 0.2, memory="p999")
    with filled(tmp_path / "films") as films:
        advice = Advice(
            (Recommendation(films.get("s0"), 1.0, 1, "blend", (told, rests, gone)),),
            (Note(f"left out: {TOPIC}"), Note("left out: War")),
        )
        seen = Advisor(films).known_to(life, advice, recipient="remote model")

    assert [each.item.id for each in seen.recommendations] == ["s0"]
    assert seen.recommendations[0].reasons == (rests,)
    assert [note.text for note in seen.notes] == ["left out: War"]
