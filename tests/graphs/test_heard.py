"""What a model says can be kept, whatever its JSON holds."""

from collections.abc import Callable

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, ToolCall, ToolMessage
from langchain_core.messages.tool import tool_call_chunk

from usermind import Assistant
from usermind.graphs.heard import DEEPEST, heard
from usermind.testing import ScriptedReasoner

Scripted = Callable[..., tuple[Assistant, ScriptedReasoner]]


@pytest.mark.parametrize(
    "arguments",
    [
        r'{"text": "\ud800"}',
        r'{"\udfff": null}',
        '{"text": ' + "9" * 30 + "}",
        '{"text": -' + "9" * 400 + "}",
        '{"text": ' + "9" * 5_000 + "}",
        '{"text": ' + "[" * 900 + "]" * 900 + "}",
        '{"text": ' + "[" * 50_000 + "]" * 50_000 + "}",
        '{"text": NaN}',
        '{"text": 1e999}',
    ],
    ids=[
        *("half", "half a name", "large", "larger", "huge", "deep", "endless"),
        *("no number", "infinite"),
    ],
)
def test_a_turn_survives_any_arguments_of_a_tool(scripted: Scripted, arguments: str) -> None:
    chunk = tool_call_chunk(name="remember", args=arguments, id="c", index=0)
    asks = AIMessageChunk(content="", tool_call_chunks=[chunk], chunk_position="last")
    assistant, model = scripted(asks, "I could not keep that.")
    assert assistant.turn("ana", "Remember this.").text == "I could not keep that."
    [*_, answer] = model.requests[1].steps
    assert isinstance(answer, ToolMessage)
    assert answer.content
    assert answer.status == ("success" if "d800" in arguments else "error")


def test_a_reply_with_half_a_character_is_kept(scripted: Scripted) -> None:
    assistant, _ = scripted("Half \ud83d of it.")
    reply = assistant.turn("ana", "Hello")
    assert reply.text == "Half \ufffd of it."
    assert reply.text in [each.text for each in assistant.store.user("ana").observations()]


def test_an_emoji_in_two_pieces_is_put_together() -> None:
    told: list[str] = []
    pieces = (AIMessageChunk(content=piece) for piece in ("Hi \ud83d", "\ude00", "!"))
    message = heard(pieces, told.append)
    assert message.text == "Hi 😀!"
    assert len(told) == 3


def test_what_can_be_kept_stays_as_it_is() -> None:
    deep: object = 1
    for _ in range(DEEPEST // 2):
        deep = [deep]
    args = {"a": deep, "b": 2**63 - 1}
    call = ToolCall(name="t", args=args, id="c", type="tool_call")
    message = heard(iter([AIMessageChunk(content="Hé 🎈", tool_calls=[call])]), lambda _: None)
    assert message.text == "Hé 🎈"
    assert isinstance(message, AIMessage)
    assert message.tool_calls[0]["args"] == args
