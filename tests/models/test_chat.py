import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.outputs import ChatResult
from langchain_core.tools import BaseTool, tool

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    PromptTooLongError,
    TruncatedOutputError,
)
from usermind.models import ChatReasoner, Ledger, ReplyRequest, connect
from usermind.models._pictures import PICTURE_TOKENS, with_pictures
from usermind.models.account import most_tokens
from usermind.prompts import (
    NamedConcept,
    ObservationLine,
    PictureLine,
    ReflectPrompt,
    SamePrompt,
    SystemPrompt,
    TurnPrompt,
)

if TYPE_CHECKING:
    from tests.models.conftest import Endpoint

NOW = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
SECRET = "a very private sentence"
REFLECT = ReflectPrompt(
    user_name="Ana",
    now=NOW,
    known=(),
    observations=(ObservationLine(1, "user", NOW, "first_party", SECRET),),
)
GOOD = '{"operations": []}'


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    return word


def request(*tools: BaseTool, **changes: Any) -> ReplyRequest:
    given: dict[str, Any] = {
        "system": SystemPrompt("Ana", ()),
        "history": [HumanMessage("hi"), AIMessage("hello")],
        "turn": TurnPrompt(NOW, (), SECRET),
        "tools": tools,
    }
    return ReplyRequest(**(given | changes))


def whole(pieces: Iterator[AIMessageChunk]) -> AIMessageChunk:
    found = list(pieces)
    return found[0] + found[1:]


class TestComplete:
    def test_the_schema_goes_to_the_server_and_the_answer_is_validated(
        self, endpoint: "Endpoint"
    ) -> None:
        endpoint.plays(endpoint.says(GOOD))
        ledger = Ledger()
        reasoner = connect(endpoint.url, ledger=ledger)
        assert endpoint.keys == []
        assert reasoner.complete(REFLECT).operations == []
        (body,) = endpoint.asked("/v1/chat/completions")
        sent = body["response_format"]["json_schema"]
        assert sent["name"] == "Operations"
        assert sent["schema"]["properties"]["operations"]["maxItems"] == 24
        assert body["max_completion_tokens"] == REFLECT.max_tokens
        assert body["messages"] == [{"role": "user", "content": REFLECT.render()}]
        assert reasoner.name == body["model"] == "scripted"
        (entry,) = ledger.entries
        assert (entry.purpose, entry.outcome) == ("reflect", "ok")
        assert (entry.prompt_tokens, entry.completion_tokens) == (7, 3)

    def test_an_invalid_answer_is_repaired_once(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.says('{"operations": [{"op": "explode"}]}'), endpoint.says(GOOD))
        ledger = Ledger()
        assert connect(endpoint.url, ledger=ledger).complete(REFLECT).operations == []
        _, again = endpoint.asked("/chat/completions")
        assert again["messages"][1]["role"] == "assistant"
        assert "operations.0.op: Input should be 'add'" in again["messages"][2]["content"]
        assert [e.outcome for e in ledger.entries] == ["invalid", "ok"]

    @pytest.mark.parametrize("text", ["", "no json", '{"operations": [', "[]", "{}"])
    def test_invalid_twice_is_an_error_without_the_text(
        self, endpoint: "Endpoint", text: str
    ) -> None:
        endpoint.plays(endpoint.says(text or SECRET))
        with pytest.raises(InvalidModelOutputError, match="'reflect' twice") as caught:
            connect(endpoint.url).complete(REFLECT)
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
        assert len(endpoint.requests) == 2

    @pytest.mark.parametrize(
        "text",
        [f"```json\n{GOOD}\n```", f"<think>{{}}</think>{GOOD}", f"Here: {GOOD} Done."],
        ids=["fenced", "after thoughts", "among words"],
    )
    def test_what_stands_around_the_json_is_ignored(self, endpoint: "Endpoint", text: str) -> None:
        endpoint.plays(endpoint.says(text))
        assert connect(endpoint.url).complete(REFLECT).operations == []
        assert len(endpoint.requests) == 1

    def test_raw_control_characters_in_strings_are_spaces(self, endpoint: "Endpoint") -> None:
        operation = {
            "op": "add",
            "target": None,
            "statement": "Ana\x0clives\tin Oslo",
            "evidence": [{"observation": 1, "quote": "x"}],
            "confidence": 0.5,
            "durability": "year",
            "slot": None,
        }
        raw = json.dumps({"operations": [operation]}).replace("\\f", "\f").replace("\\t", "\t")
        endpoint.plays(endpoint.says(raw))
        assert (
            connect(endpoint.url).complete(REFLECT).operations[0].statement == "Ana lives in Oslo"
        )

    def test_an_answer_cut_by_its_length_is_truncated(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.says('{"operations": [', finish="length"))
        ledger = Ledger()
        with pytest.raises(TruncatedOutputError, match="cut by the length limit"):
            connect(endpoint.url, ledger=ledger).complete(REFLECT)
        assert [e.outcome for e in ledger.entries] == ["truncated"]

    def test_a_server_without_json_schema_gets_the_schema_in_words(
        self, endpoint: "Endpoint"
    ) -> None:
        endpoint.plays(endpoint.fails(400, "response_format is unknown"), endpoint.says(GOOD))
        reasoner = connect(endpoint.url)
        assert reasoner.complete(REFLECT).operations == []
        reasoner.complete(REFLECT)
        guided, *worded = endpoint.asked("/chat/completions")
        assert "response_format" in guided
        assert len(worded) == 2
        assert all("response_format" not in body for body in worded)
        assert all('"maxItems": 24' in body["messages"][0]["content"] for body in worded)

    def test_a_prompt_that_leaves_too_little_room_gets_what_is_left(
        self, endpoint: "Endpoint"
    ) -> None:
        long = "This model's maximum context length is 8192 tokens."
        endpoint.plays(endpoint.fails(400, long), endpoint.says(GOOD))
        assert connect(endpoint.url).complete(REFLECT).operations == []
        assert "max_completion_tokens" not in endpoint.asked("/chat/completions")[1]

    def test_a_prompt_that_never_fits_says_so(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(400, "This model's maximum context length is 8192 tokens."))
        with pytest.raises(PromptTooLongError, match="--max-model-len"):
            connect(endpoint.url).complete(REFLECT)


class TestTransport:
    def test_server_errors_and_lost_connections_are_tried_again(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(500), endpoint.drops, endpoint.says(GOOD))
        ledger = Ledger()
        connect(endpoint.url, ledger=ledger).complete(REFLECT)
        assert [e.outcome for e in ledger.entries] == ["unavailable", "unavailable", "ok"]

    @pytest.mark.parametrize("how", ["complete", "reply"])
    def test_each_try_is_recorded_with_its_own_seconds(
        self, how: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Slow(GenericFakeChatModel):
            """Takes five seconds to fail, then one to answer."""

            def _generate(self, *given: Any, **options: Any) -> ChatResult:
                clock.append(clock[-1] + (5.0 if len(clock) == 1 else 1.0))
                if len(clock) == 2:
                    raise ConnectionError
                return super()._generate(*given, **options)

        clock = [0.0]
        monkeypatch.setattr(
            "usermind.models.account.time", SimpleNamespace(perf_counter=lambda: clock[-1])
        )
        ledger = Ledger()
        model = Slow(messages=iter([AIMessage(GOOD)]), disable_streaming=True)
        reasoner = ChatReasoner(model, ledger=ledger, max_retries=1)
        if how == "complete":
            reasoner.complete(REFLECT)
        else:
            list(reasoner.reply(request()))
        assert [(e.outcome, e.seconds) for e in ledger.entries] == [("unavailable", 5), ("ok", 1)]

    def test_what_stays_broken_is_unavailable(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(502, SECRET))
        with pytest.raises(ModelUnavailableError, match="HTTP 502") as caught:
            connect(endpoint.url, max_retries=1).complete(REFLECT)
        assert len(endpoint.requests) == 2
        assert caught.value.retryable
        assert SECRET not in str(caught.value)

    def test_nobody_there_is_unavailable_even_before_the_name_is_known(self) -> None:
        reasoner = connect("http://127.0.0.1:9", max_retries=0)
        assert reasoner.name == "http://127.0.0.1:9/v1"
        with pytest.raises(ModelUnavailableError, match="cannot be reached"):
            reasoner.complete(REFLECT)
        with pytest.raises(ModelUnavailableError, match="cannot be reached"):
            next(reasoner.reply(request()))

    def test_a_slow_server_is_a_timeout_and_not_asked_again(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.hangs)
        with pytest.raises(ModelTimeoutError, match=r"within 0\.2 s"):
            connect(endpoint.url, model="m", timeout=0.2).complete(REFLECT)
        with pytest.raises(ModelTimeoutError):
            next(connect(endpoint.url, model="m", timeout=0.2).reply(request()))
        assert len(endpoint.requests) == 2

    def test_retry_after_is_waited_for(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(429, Retry_After="1"), endpoint.says(GOOD))
        started = time.monotonic()
        connect(endpoint.url).complete(REFLECT)
        assert time.monotonic() - started >= 1

    def test_retry_after_beyond_the_budget_is_not(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(429, Retry_After="3600"), endpoint.says(GOOD))
        with pytest.raises(ModelUnavailableError, match="HTTP 429"):
            connect(endpoint.url).complete(REFLECT)
        assert len(endpoint.requests) == 1

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_a_refusal_is_final(self, endpoint: "Endpoint", status: int) -> None:
        endpoint.plays(endpoint.fails(status, SECRET))
        with pytest.raises(ModelRequestError) as caught:
            connect(endpoint.url).complete(REFLECT)
        assert (caught.value.status, caught.value.retryable) == (status, False)
        assert SECRET not in str(caught.value)
        assert len(endpoint.requests) == 1

    def test_a_server_that_came_back_with_another_model_is_asked_its_name(
        self, endpoint: "Endpoint"
    ) -> None:
        endpoint.plays(endpoint.says(GOOD))
        reasoner = connect(endpoint.url)
        reasoner.complete(REFLECT)
        endpoint.model = "newer"
        endpoint.plays(endpoint.fails(404), endpoint.says(GOOD))
        with pytest.raises(ModelRequestError):
            reasoner.complete(REFLECT)
        reasoner.complete(REFLECT)
        assert [b["model"] for b in endpoint.asked("/chat/completions")] == ["scripted", "newer"]

    @pytest.mark.parametrize(
        "body", [{}, {"choices": None}, {"error": {"message": SECRET}}], ids=str
    )
    def test_an_answer_that_is_no_completion_is_unavailable(
        self, endpoint: "Endpoint", body: dict[str, Any]
    ) -> None:
        endpoint.plays(endpoint.answers(body))
        with pytest.raises(ModelUnavailableError, match="not a chat completion") as caught:
            connect(endpoint.url, max_retries=0).complete(REFLECT)
        assert SECRET not in str(caught.value)

    def test_no_key_of_the_environment_leaves_the_house(
        self, endpoint: "Endpoint", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        endpoint.plays(endpoint.says(GOOD))
        connect(endpoint.url).complete(REFLECT)
        connect(endpoint.url, api_key="mine").complete(REFLECT)
        assert endpoint.keys == ["Bearer none"] * 2 + ["Bearer mine"] * 2

    @pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x", "http://", "http://x:y"])
    def test_what_is_no_url_is_refused(self, url: str) -> None:
        with pytest.raises(InvalidInputError, match="not an endpoint"):
            connect(url)

    def test_messages_do_not_show_a_password(self) -> None:
        reasoner = connect("http://me:pw@127.0.0.1:9", max_retries=0)
        with pytest.raises(ModelUnavailableError) as caught:
            reasoner.complete(REFLECT)
        assert "pw" not in str(caught.value) + reasoner.name


class TestReply:
    def test_pieces_arrive_and_the_last_chunk_sums_up(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams("Hel", "lo"))
        ledger = Ledger()
        *pieces, last = connect(endpoint.url, ledger=ledger).reply(request())
        assert [p.content for p in pieces] == ["Hel", "lo"]
        assert last.response_metadata["finish_reason"] == "stop"
        assert last.response_metadata["cut"] is False
        assert last.chunk_position == "last"
        joined = pieces[0] + [*pieces[1:], last]
        assert joined.content == "Hello"
        assert joined.usage_metadata is not None
        assert joined.usage_metadata["input_tokens"] == 7
        (entry,) = ledger.entries
        assert (entry.purpose, entry.outcome, entry.prompt_tokens) == ("turn", "ok", 7)

    def test_the_stable_part_comes_first(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams("ok"))
        asked = request(steps=[AIMessage("", tool_calls=[]), ToolMessage("5", tool_call_id="c")])
        whole(connect(endpoint.url).reply(asked))
        (body,) = endpoint.asked("/chat/completions")
        assert [m["role"] for m in body["messages"]] == [
            "system",
            "user",
            "assistant",
            "user",
            "assistant",
            "tool",
        ]
        assert body["messages"][0]["content"] == asked.system.render()
        assert body["messages"][3]["content"] == asked.turn.render()
        assert "tools" not in body

    def test_a_reply_cut_by_its_length_is_marked_and_no_error(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams("and so", finish="length"))
        ledger = Ledger()
        assert whole(connect(endpoint.url, ledger=ledger).reply(request())).response_metadata["cut"]
        assert ledger.entries[0].outcome == "truncated"

    @pytest.mark.parametrize("then", ["drop", "close"])
    def test_a_stream_that_breaks_off_passes_on_what_came_and_says_so(
        self, endpoint: "Endpoint", then: str
    ) -> None:
        endpoint.plays(endpoint.streams("Hel", "lo", then=then))
        ledger = Ledger()
        reply = connect(endpoint.url, ledger=ledger).reply(request())
        assert [next(reply).content, next(reply).content] == ["Hel", "lo"]
        with pytest.raises(TruncatedOutputError, match="broke off"):
            next(reply)
        assert len(endpoint.requests) == 1
        assert [e.outcome for e in ledger.entries] == ["truncated"]

    def test_a_stream_without_a_single_event_is_broken_off(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams(then="close"))
        with pytest.raises(TruncatedOutputError, match="broke off"):
            list(connect(endpoint.url).reply(request()))

    def test_a_server_that_does_not_stream_is_asked_for_the_whole_from_then_on(
        self, endpoint: "Endpoint"
    ) -> None:
        endpoint.plays(endpoint.says("Nuts."), endpoint.says("Nuts."), endpoint.says("Figs."))
        ledger = Ledger()
        reasoner = connect(endpoint.url, ledger=ledger)
        last = whole(reasoner.reply(request()))
        assert (last.content, last.response_metadata["cut"]) == ("Nuts.", False)
        assert whole(reasoner.reply(request())).content == "Figs."
        asked = endpoint.asked("/chat/completions")
        assert [bool(body.get("stream")) for body in asked] == [True, False, False]
        assert [e.outcome for e in ledger.entries] == ["ok", "ok"]
        assert ledger.entries[0].completion_tokens == 3

    def test_a_server_that_refuses_to_stream_is_asked_for_the_whole(
        self, endpoint: "Endpoint"
    ) -> None:
        endpoint.plays(endpoint.fails(400, "stream is not supported"), endpoint.says("Nuts."))
        assert whole(connect(endpoint.url).reply(request())).content == "Nuts."

    def test_tool_calls_come_with_a_reply_in_one_piece(self, endpoint: "Endpoint") -> None:
        called = {
            "id": "c7",
            "type": "function",
            "function": {"name": "look_up", "arguments": '{"word": "a"}'},
        }
        endpoint.plays(endpoint.says("", finish="tool_calls", tool_calls=[called]))
        reply = whole(connect(endpoint.url).reply(request(look_up)))
        assert [(c["name"], c["args"]) for c in reply.tool_calls] == [("look_up", {"word": "a"})]

    def test_a_whole_reply_that_was_cut_is_marked(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.says("and so", finish="length"))
        assert whole(connect(endpoint.url).reply(request())).response_metadata["cut"]

    def test_before_the_first_piece_the_request_is_repeated(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.fails(503), endpoint.drops, endpoint.streams("ok"))
        assert whole(connect(endpoint.url).reply(request())).content == "ok"

    def test_who_stops_reading_leaves_an_abandoned_call(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams("a", "b", "c"))
        ledger = Ledger()
        reply = connect(endpoint.url, ledger=ledger).reply(request())
        next(reply)
        reply.close()  # type: ignore[attr-defined]  # the iterator is a generator
        assert [e.outcome for e in ledger.entries] == ["abandoned"]

    def test_tool_calls_ride_on_the_last_chunk(self, endpoint: "Endpoint") -> None:
        endpoint.plays(
            endpoint.streams(
                "Let me see.",
                call(0, name="look_up", arguments='{"wo'),
                call(0, arguments='rd": "a"}'),
                call(1, name="look_up", arguments=""),
                finish="tool_calls",
            )
        )
        reply = whole(connect(endpoint.url).reply(request(look_up)))
        (body,) = endpoint.asked("/chat/completions")
        assert body["tools"][0]["function"]["name"] == "look_up"
        assert [(c["name"], c["args"]) for c in reply.tool_calls] == [
            ("look_up", {"word": "a"}),
            ("look_up", {}),
        ]
        assert not reply.invalid_tool_calls
        assert len({c["id"] for c in reply.tool_calls}) == 2

    @pytest.mark.parametrize(
        "arguments", ["[1]", "false", "-Infinity", '"x"', '{"word": "Os', "{word}", "null"]
    )
    def test_arguments_that_are_no_object_are_invalid_calls(
        self, endpoint: "Endpoint", arguments: str
    ) -> None:
        endpoint.plays(
            endpoint.streams(call(0, name="look_up", arguments=arguments), finish="tool_calls")
        )
        reply = whole(connect(endpoint.url).reply(request(look_up)))
        assert reply.tool_calls == []
        (invalid,) = reply.invalid_tool_calls
        assert invalid["name"] == "look_up"
        assert invalid["id"]

    def test_an_invalid_call_is_sent_back_as_an_object(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams("ok"))
        failed = AIMessage(
            "", invalid_tool_calls=[{"name": "look_up", "args": "[1]", "id": "c", "error": None}]
        )
        whole(connect(endpoint.url).reply(request(look_up, steps=[failed])))
        (body,) = endpoint.asked("/chat/completions")
        (sent,) = body["messages"][-1]["tool_calls"]
        assert json.loads(sent["function"]["arguments"]) == {"invalid_arguments": "[1]"}


def call(index: int, *, arguments: str, name: str | None = None) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    made: dict[str, Any] = {"index": index, "type": "function", "function": function}
    return {"tool_calls": [made | ({"id": f"c{index}"} if name else {})]}


class TestAnyLangChainModel:
    def model(self, *answers: str) -> GenericFakeChatModel:
        return GenericFakeChatModel(messages=iter([AIMessage(a) for a in answers]))

    def test_it_is_asked_in_words_and_repaired_once(self) -> None:
        reasoner = ChatReasoner(self.model("nonsense", GOOD), name="fake")
        assert reasoner.complete(REFLECT).operations == []
        assert reasoner.name == "fake"

    def test_its_stream_needs_no_finish_reason(self) -> None:
        reply = list(ChatReasoner(self.model("Hello there Ana")).reply(request(look_up)))
        assert "".join(str(c.content) for c in reply) == "Hello there Ana"
        assert reply[-1].response_metadata["cut"] is False

    def test_its_name_is_the_class_when_it_has_no_other(self) -> None:
        assert ChatReasoner(self.model()).name == "GenericFakeChatModel"


def test_importing_the_models_imports_no_client() -> None:
    code = (
        "import sys, usermind.models as m; m.connect; m.open_embedder; m.serve_command;"
        "heavy = {'openai', 'langchain_openai', 'torch', 'numpy', 'sentence_transformers'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


class TestPictures:
    SHOWN = PictureLine(1, "shown", data=b"\x89PNG one", media_type="image/png")
    KNOWN = PictureLine(2, "on record", (NamedConcept("c1", "Bo"),), data=b"two", media_type="x/y")

    def asked(self) -> ReplyRequest:
        return request(turn=TurnPrompt(NOW, (), SECRET, (self.SHOWN, self.KNOWN)))

    def test_they_stand_before_the_words_each_behind_its_number(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams("Hello"))
        whole(connect(endpoint.url).reply(self.asked()))
        (body,) = endpoint.asked("/v1/chat/completions")
        parts = body["messages"][-1]["content"]
        assert [part.get("text", part.get("image_url")) for part in parts[:-1]] == [
            "Picture 1:",
            {"url": "data:image/png;base64,iVBORyBvbmU="},
            "Picture 2:",
            {"url": "data:x/y;base64,dHdv"},
        ]
        assert parts[-1]["text"].endswith(SECRET)

    def test_a_model_that_refuses_them_is_told_in_words_from_then_on(
        self, endpoint: "Endpoint"
    ) -> None:
        endpoint.plays(
            endpoint.fails(400, "tiny is not a multimodal model"),
            endpoint.streams("One"),
            endpoint.streams("Two"),
        )
        reasoner = connect(endpoint.url)
        assert [whole(reasoner.reply(self.asked())).text for _ in range(2)] == ["One", "Two"]
        refused, *told = endpoint.asked("/v1/chat/completions")
        assert isinstance(refused["messages"][-1]["content"], list)
        for body in told:
            assert "1 (not attached, shown by the user now)" in body["messages"][-1]["content"]
            assert "Bo" not in body["messages"][-1]["content"]

    def test_a_request_that_is_refused_either_way_proves_nothing_of_its_sight(
        self, endpoint: "Endpoint"
    ) -> None:
        endpoint.plays(endpoint.fails(400), endpoint.fails(400))
        reasoner = connect(endpoint.url)
        with pytest.raises(ModelRequestError):
            whole(reasoner.reply(self.asked()))
        assert reasoner.sees

    def test_no_picture_is_sent_where_vision_is_off(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.streams("Hello"))
        whole(connect(endpoint.url, vision=False).reply(self.asked()))
        (body,) = endpoint.asked("/v1/chat/completions")
        assert isinstance(body["messages"][-1]["content"], str)

    def test_the_question_about_a_close_call_shows_its_pictures(self, endpoint: "Endpoint") -> None:
        endpoint.plays(endpoint.says('{"picture": 2, "certainty": 90}'))
        answer = connect(endpoint.url).complete(SamePrompt((self.SHOWN, self.KNOWN)))
        assert (answer.picture, answer.certainty) == (2, 90)
        (body,) = endpoint.asked("/v1/chat/completions")
        kinds = [part["type"] for part in body["messages"][0]["content"]]
        assert kinds == ["text", "image_url", "text", "image_url", "text"]

    def test_a_picture_counts_as_many_tokens_whatever_its_bytes(self) -> None:
        small, large = (
            with_pictures("hi", [replace(self.SHOWN, data=data)]) for data in (b"x", b"x" * 10**6)
        )
        assert most_tokens([small]) == most_tokens([large])
        assert most_tokens([small]) > most_tokens([HumanMessage("hi")]) + PICTURE_TOKENS - 1
