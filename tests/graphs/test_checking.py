"""What code can tell is wrong with a reply, and above all what it must not take for wrong."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from usermind.graphs.checking import Evidence, doubts, evidence_of
from usermind.models import ReplyRequest
from usermind.prompts import FactLine, MemoryLine, SystemPrompt, TurnPrompt

WHEN = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


def request(
    message: str = "Tell me about my cats", *steps: HumanMessage | ToolMessage
) -> ReplyRequest:
    return ReplyRequest(
        system=SystemPrompt("Ana", (FactLine("p3", "Ana lives in Oslo.", 0.96, WHEN),)),
        history=[HumanMessage("My brother is called Tobias."), AIMessage("Noted.")],
        turn=TurnPrompt(
            WHEN,
            (
                MemoryLine("o1", "observation", "Miso, a cat, has 17 kg.", "user", WHEN, 0.9, None),
                MemoryLine("o2", "observation", "We flew to Italy for 1,250 euros.", "Lena", WHEN,
                           0.4, None),
            ),
            message,
        ),
        steps=steps,
    )  # fmt: skip


def found(reply: str, of: ReplyRequest | None = None) -> tuple[str, ...]:
    return doubts(reply, lambda: evidence_of(of or request()))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("You live in Bergen [p9].", "'p9'"),
        ("See [o1] and [c12].", "'c12'"),
        ("You told me that Miso weighs 42 kg.", "'42'"),
        ("You mentioned that your cat Bella is fat.", "'Bella'"),
        ("I remember that you paid 1,350 euros.", "'1,350'"),
        ("Fine. As you said before, you met Gustav. Nice!", "'Gustav'"),
    ],
)
def test_what_nothing_holds_is_told(reply: str, said: str) -> None:
    [doubt] = found(reply)
    assert said in doubt


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Your cat is called Miso [o1], and you live in Oslo [p3].",
        "You told me that Miso weighs 17 kg.",
        "You mentioned Italian food.",
        "You said that your brother Tobias called.",
        "You told me on 2 March 2026 that you paid 1250 euros.",
        "Lena told me, and you mentioned it in December too.",
        "You told me so 3 times.",
        "On 27 February you said that you would fly on Friday.",
        "You never told me about Gustav.",
        "You haven't mentioned Gustav.",
        "Have you told me about Gustav?",
        "If you told me about Gustav, I forgot.",
        "I don't remember that you met Gustav.",
        "Gustav Mahler wrote 9 symphonies; the 8th has 1,030 players.",
        "Ana, you told me that you love Miso.",
        "Use list[0] and array[p] in [the] code.",
    ],
)
def test_what_may_well_be_right_is_left_alone(reply: str) -> None:
    assert found(reply) == ()


def test_what_a_tool_returned_bears_out_and_what_the_model_said_itself_does_not() -> None:
    reply = "You told me that you met Gustav [p9]."
    result = ToolMessage("[p9] Ana met Gustav.", tool_call_id="c")
    assert found(reply, request("Whom did I meet?", result)) == ()
    told = HumanMessage("It cites 'p9'. It claims to remember 'Gustav'. [p9] Gustav")
    assert len(found(reply, request("Whom did I meet?", told))) == 2


def test_the_evidence_is_not_even_put_together_where_a_reply_claims_nothing() -> None:
    def never() -> Evidence:
        raise AssertionError("nothing is to be looked up")

    assert doubts("Paris is the capital of France, with 2,100,000 people.", never) == ()


@given(st.text())
def test_words_of_a_memory_are_never_doubted(text: str) -> None:
    held = Evidence(frozenset({"o1"}), (f"⟦{text}⟧",))
    assert doubts(f"[o1] You told me: {text}", lambda: held) == ()
