"""Replies of the offline engine."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.tools import BaseTool, tool

from usermind.models.offline import Offline
from usermind.models.offline.answering import UNKNOWN
from usermind.models.reasoner import CITED, ReplyRequest
from usermind.prompts import FactLine, MemoryLine, SystemPrompt, TurnPrompt

NOW = datetime(2026, 10, 30, 12, tzinfo=UTC)


def claim(
    id: str, text: str, *, month: int = 9, confidence: float = 0.85, author: str = "user"
) -> MemoryLine:
    at = datetime(2026, month, 13, tzinfo=UTC)
    return MemoryLine(id, "proposition", text, author, at, score=0.5, confidence=confidence)


def line(id: str, text: str, *, month: int = 9, author: str = "user") -> MemoryLine:
    at = datetime(2026, month, 13, 8, tzinfo=UTC)
    return MemoryLine(id, "observation", text, author, at, score=0.5, confidence=None)


@tool
def forget(query: str) -> str:
    """Forget what matches."""
    return query


@tool
def remember(text: str) -> str:
    """Keep a fact."""
    return text


def chunks(
    message: str,
    *memories: MemoryLine,
    facts: tuple[FactLine, ...] = (),
    steps: Sequence[BaseMessage] = (),
    tools: Sequence[BaseTool] = (),
    name: str = "Ana",
) -> list[AIMessageChunk]:
    request = ReplyRequest(
        system=SystemPrompt(user_name=name, facts=facts),
        history=(),
        turn=TurnPrompt(now=NOW, memories=memories, message=message),
        steps=steps,
        tools=tools,
    )
    return list(Offline().reply(request))


def merged(pieces: list[AIMessageChunk]) -> AIMessageChunk:
    whole = pieces[0]
    for piece in pieces[1:]:
        whole += piece
    return whole


def answered(message: str, *memories: MemoryLine) -> tuple[str, list[str]]:
    whole = merged(chunks(message, *memories))
    return whole.text, whole.response_metadata[CITED]


MEMORIES = (
    claim("p1", "Ana lives in Rotterdam.", month=10),
    claim("p2", "Ana's mum's dog is called Bolota."),
    claim("p3", "Ana is allergic to walnuts."),
    claim("p4", "Ana is not allergic to cats."),
    claim("p5", "Ana's cat Miso has the vet on Tuesday 3 November 2026 at four."),
    claim("p6", "Marta says that Ana plays the accordion.", confidence=0.3, author="Marta"),
    claim("p7", "Ana's sister is Inês."),
    claim("p8", "Ana works at Orelle."),
    claim("p9", "Ana thinks about a second cat.", confidence=0.45),
    line("o1", "I live in Utrecht with my boyfriend Joost."),
    line("o2", "You could try the market.", author="assistant"),
    line("o3", "Nice weather. Joost gave me a field recorder for my birthday! Then pancakes."),
)


@pytest.mark.parametrize(
    ("question", "holds", "lacks", "cites"),
    [
        ("Where do I live?", "Rotterdam", "Utrecht", "p1"),
        ("so where do i live now", "Rotterdam", "Utrecht", "p1"),
        ("What is my mum's dog called?", "Bolota", "Miso", "p2"),
        ("What is the name of my mother's dog?", "Bolota", "Miso", "p2"),
        ("What am I allergic to?", "walnuts", "cats", "p3"),
        ("Am I allergic to cats?", "not allergic to cats", "walnuts", "p4"),
        ("When is Miso's vet appointment?", "3 November", "mum", "p5"),
        ("Who says I play the accordion?", "Marta", "Joost", "p6"),
        ("Do I play the accordion?", "Marta says", "You play", "p6"),
        ("Who is my sister?", "Inês", "Joost", "p7"),
        ("Remind me, who is my employer?", "Orelle", "Utrecht", "p8"),
        ("What did Joost give me for my birthday?", "field recorder", "weather", "o3"),
    ],
)
def test_a_question_is_answered_from_the_right_memory(
    question: str, holds: str, lacks: str, cites: str
) -> None:
    text, cited = answered(question, *MEMORIES)
    assert holds in text
    assert lacks not in text
    assert cites in cited


@pytest.mark.parametrize(
    "question",
    [
        "What is my brother's name?",
        "What is my blood type?",
        "Where does Klara live?",
        "What's the capital of France?",
        "When did I move to Madrid?",
        "How old is my cat's vet?",
    ],
)
def test_what_memory_does_not_hold_is_not_known(question: str) -> None:
    assert answered(question, *MEMORIES) == (UNKNOWN, [])


def test_with_no_memories_it_says_so() -> None:
    assert answered("Where do I live?") == (UNKNOWN, [])


def test_an_observation_is_quoted_with_its_day_and_without_its_small_talk() -> None:
    text, _ = answered("What did Joost give me for my birthday?", MEMORIES[-1])
    assert text == (
        "On 13 September 2026 you told me: “Joost gave me a field recorder for my birthday!”"
    )


def test_the_newer_of_two_observations_is_told() -> None:
    text, cited = answered(
        "Where do I live?",
        line("o1", "I live in Utrecht.", month=8),
        line("o2", "We live in Rotterdam now.", month=10),
    )
    assert cited == ["o2"]
    assert "Rotterdam" in text


def test_an_unsure_claim_is_told_as_unsure() -> None:
    text, _ = answered("What do I think about a second cat?", *MEMORIES)
    assert text.startswith("I am not sure")


def test_hearsay_is_told_as_hearsay() -> None:
    text, _ = answered(
        "When do I get the deposit back?",
        line("e1", "The deposit comes back in May.", author="Pieter"),
    )
    assert "Pieter wrote on 13 September 2026" in text
    assert "not heard it from you" in text


def test_the_own_word_outweighs_hearsay() -> None:
    _, cited = answered(
        "Do I speak Swedish?",
        claim("p1", "Tobias says that Ana speaks Swedish.", confidence=0.3, author="Tobias"),
        claim("p2", "Ana does not speak Swedish."),
    )
    assert cited == ["p2"]


def test_a_relative_date_in_a_quotation_is_resolved() -> None:
    text, _ = answered("When is the dentist?", line("o1", "The dentist is next Friday."))
    assert "Friday 18 September 2026" in text


def test_two_things_of_one_kind_are_both_told() -> None:
    text, cited = answered(
        "What am I allergic to?",
        claim("p1", "Ana is allergic to walnuts."),
        claim("p2", "Ana is allergic to penicillin."),
    )
    assert sorted(cited) == ["p1", "p2"]
    assert "walnuts" in text
    assert "penicillin" in text


def test_a_long_known_fact_answers_when_nothing_was_recalled() -> None:
    fact = FactLine("p1", "Ana is left-handed.", 0.9, NOW)
    assert merged(chunks("Am I left-handed?", facts=(fact,))).text == "You are left-handed."


def test_the_question_itself_is_no_answer() -> None:
    question = "where do i live"
    assert answered(question, line("o1", question)) == (UNKNOWN, [])


def test_what_do_you_know_lists_claims() -> None:
    text, cited = answered("What do you know about me?", *MEMORIES[:2])
    assert "You live in Rotterdam." in text
    assert cited == ["p1", "p2"]


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("I moved to Faro last week.", "Noted, I will remember that about your home."),
        ("I love figs.", "Noted, I will remember that."),
        ("Hi!", "Hello, Ana!"),
        ("thanks", "You're welcome."),
        ("Good night!", "Good-bye, until next time."),
        ("The weather is awful.", "I have noted nothing from that so far."),
        ("…", "I am listening."),
    ],
)
def test_a_statement_gets_a_short_reply(message: str, reply: str) -> None:
    assert answered(message, *MEMORIES) == (reply, [])


@pytest.mark.parametrize(
    ("message", "name", "args"),
    [
        ("Forget that I live in Utrecht.", "forget", {"query": "I live in Utrecht"}),
        ("please forget about my ex", "forget", {"query": "my ex"}),
        ("Remember that I hate coriander!", "remember", {"text": "Ana hates coriander."}),
        ("Please remember: my shoe size is 39.", "remember", {"text": "Ana's shoe size is 39."}),
    ],
)
def test_forget_and_remember_call_their_tools(
    message: str, name: str, args: dict[str, str]
) -> None:
    (call,) = merged(chunks(message, tools=(forget, remember))).tool_calls
    assert (call["name"], call["args"]) == (name, args)
    assert call["id"]


def test_without_the_tool_nothing_is_called() -> None:
    assert not merged(chunks("Forget that I live in Utrecht.")).tool_calls


@pytest.mark.parametrize("message", ["Do you remember my sister?", "I always forget my keys."])
def test_talking_about_memory_calls_nothing(message: str) -> None:
    assert not merged(chunks(message, tools=(forget, remember))).tool_calls


MUMS = (claim("p1", "Ana's mum's dog is called Rex."), line("o1", "My mum has a dog called Rex."))


@pytest.mark.parametrize("question", ["Do I have a dog?", "What is my dog called?"])
def test_what_somebody_else_has_is_not_the_users(question: str) -> None:
    assert merged(chunks(question, *MUMS)).text == UNKNOWN
    told = merged(chunks(question, *MUMS, claim("p2", "Ana's dog is called Bo.")))
    assert "Bo" in told.text
    assert "Rex" not in told.text


@pytest.mark.parametrize("question", ["What is my mum's dog called?", "Does my mum have a dog?"])
def test_what_somebody_else_has_is_told_when_they_are_named(question: str) -> None:
    assert "Rex" in merged(chunks(question, *MUMS)).text


def test_a_day_owns_nothing() -> None:
    told = merged(
        chunks(
            "When is my dentist appointment?", line("o1", "Friday's dentist appointment is at 3.")
        )
    )
    assert "Friday" in told.text


OSLO = claim("p1", "Ana lives in Oslo.", month=9)
BERGEN = line("o1", "I live in Bergen.", month=4)
MOVED = line("o2", "I moved to Oslo, I live in Oslo now.", month=9)


@pytest.mark.parametrize(
    "question",
    [
        "Where did I live before?",
        "Where did I live before Oslo?",
        "Where did I live before I moved to Oslo?",
        "Where did I use to live?",
        "Where did I live previously?",
    ],
)
def test_what_was_so_before_is_told_from_what_was_said_then(question: str) -> None:
    told = merged(chunks(question, OSLO, MOVED, BERGEN))
    assert told.text == "On 13 April 2026 you told me: “I live in Bergen.”"
    assert merged(chunks(question, OSLO, MOVED)).text == UNKNOWN
    fact = FactLine("p1", "Ana lives in Oslo.", 0.9, NOW)
    assert "Bergen" in merged(chunks(question, BERGEN, MOVED, facts=(fact,))).text
    used = claim("p2", "Ana used to live in Prague.")
    assert "used to live in Prague" in merged(chunks(question, OSLO, MOVED, used)).text


@pytest.mark.parametrize("question", ["Where do I live?", "Where do I live now?"])
def test_what_is_so_now_is_told_from_the_present_claim(question: str) -> None:
    assert "Oslo" in merged(chunks(question, OSLO, MOVED, BERGEN)).text


@pytest.mark.parametrize("name", ["the user", "user"])
def test_a_user_without_a_name_is_greeted_and_answered_as_you(name: str) -> None:
    assert merged(chunks("Hello!", name=name)).text == "Hello!"
    told = merged(chunks("Where do I live?", claim("p1", "The user lives in Oslo."), name=name))
    assert told.text.startswith("You live in Oslo")
    told = merged(chunks("Who is my sister?", claim("p1", "The user's sister is Ines."), name=name))
    assert told.text.startswith("Your sister is Ines")


def test_the_result_of_a_tool_is_the_reply() -> None:
    call = merged(chunks("Forget that I live in Utrecht.", tools=(forget,)))
    steps = (
        AIMessage(content="", tool_calls=call.tool_calls),
        ToolMessage("Forgot 1 memory.", tool_call_id=call.tool_calls[0]["id"] or ""),
    )
    whole = merged(chunks("Forget that I live in Utrecht.", steps=steps, tools=(forget,)))
    assert whole.text == "Forgot 1 memory."
    assert not whole.tool_calls


def test_a_tool_result_is_told_without_its_fences() -> None:
    result = "Kept as p4: ⟦Ana hates coriander.⟧"
    whole = merged(chunks("Remember it.", steps=(ToolMessage(result, tool_call_id="1"),)))
    assert whole.text == "Kept as p4: “Ana hates coriander.”"


def test_a_failed_tool_is_reported() -> None:
    steps = (ToolMessage("no such memory", tool_call_id="1", status="error"),)
    assert merged(chunks("Forget it.", steps=steps)).text == "That did not work: no such memory"


def test_a_reply_streams_in_several_chunks_and_cites_once() -> None:
    pieces = chunks("Where do I live?", *MEMORIES)
    assert len(pieces) > 1
    assert [CITED in p.response_metadata for p in pieces] == [False] * (len(pieces) - 1) + [True]


@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=4))
def test_any_message_gets_the_same_reply_twice(message: str, texts: list[str]) -> None:
    memories = [line(f"o{i}", t) if i % 2 else claim(f"p{i}", t) for i, t in enumerate(texts)]
    first = merged(chunks(message, *memories, tools=(forget, remember)))
    again = merged(chunks(message, *memories, tools=(forget, remember)))
    assert (first.text, first.tool_calls) == (again.text, again.tool_calls)
    assert first.text or first.tool_calls
    assert set(first.response_metadata[CITED]) <= {m.id for m in memories}
