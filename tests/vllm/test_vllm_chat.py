"""The protocol against a real vLLM; the model's words are noise, their form is not."""

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

import usermind.prompts
from usermind.errors import (
    InvalidModelOutputError,
    ModelRequestError,
    PromptTooLongError,
    TruncatedOutputError,
)
from usermind.models import ChatReasoner, Ledger, ReplyRequest, check_endpoint, connect
from usermind.prompts import (
    ActionLine,
    AnswerQuestionPrompt,
    DiscoverPrompt,
    EntitiesPrompt,
    EventLine,
    ExpandQueryPrompt,
    FactLine,
    HistoryLine,
    ImagineItemPrompt,
    ImagineNotePrompt,
    ItemLine,
    JudgeReplyPrompt,
    MemoryLine,
    NamedConcept,
    NameLine,
    ObservationLine,
    OfferedLine,
    PictureLine,
    PlanPrompt,
    PreferenceLine,
    ProfilePrompt,
    RankItemsPrompt,
    ReflectPrompt,
    SaidLine,
    SamePrompt,
    SeenLine,
    SimulateUserPrompt,
    SourceLine,
    StructuredPrompt,
    SuggestQueriesPrompt,
    SystemPrompt,
    TaskLine,
    TellLine,
    TextLine,
    TurnPrompt,
    WeighPrompt,
)
from usermind.prompts.expand_query import INSTRUCTIONS, Instruction

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm

NOW = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def reflect(text: str) -> ReflectPrompt:
    return ReflectPrompt(user_name="Ana", now=NOW, known=(), observations=lines(text))


def lines(text: str) -> tuple[ObservationLine, ...]:
    """Return a text as observations; one alone is cut where it would fill the prompt."""
    parts = [text[i : i + 3_000] for i in range(0, len(text), 3_000)]
    return tuple(
        ObservationLine(n, "user", NOW, "first_party", part) for n, part in enumerate(parts, 1)
    )


def profile(text: str) -> ProfilePrompt:
    history = tuple(HistoryLine(line.alias, line.at, line.text, note=False) for line in lines(text))
    return ProfilePrompt(user_name="Ana", task="planning", history=history)


def plan(text: str) -> PlanPrompt:
    sources = (SourceLine("observation", "what was said", named=False),)
    return PlanPrompt(user_name="Ana", sources=sources, earlier=(), message=SaidLine("user", text))


SAMPLES: dict[str, Callable[[str], StructuredPrompt[Any]]] = {
    "reflect": reflect,
    "profile": profile,
    "plan": plan,
    "answer_question": lambda text: AnswerQuestionPrompt(
        user_name="Ana",
        memories=(MemoryLine("o1", "observation", text, "user", NOW, 0.5, None),),
        question=TextLine("Where do I live?"),
    ),
    "entities": lambda text: EntitiesPrompt(user_name="Ana", text=TextLine(text)),
    "rank_items": lambda text: RankItemsPrompt(
        preferences=(PreferenceLine(text, likes=True),),
        asked=TextLine("a film for tonight"),
        items=(ItemLine(1, "Alien (1979)"), ItemLine(2, "Solaris (1972)")),
    ),
    "expand_query": lambda text: ExpandQueryPrompt(
        instruction=Instruction(INSTRUCTIONS[0]), user_name="Ana", most=8, query=TextLine(text)
    ),
    "imagine_item": lambda text: ImagineItemPrompt(things="film", most=3, query=TextLine(text)),
    "imagine_note": lambda text: ImagineNotePrompt(user_name="Ana", most=3, query=TextLine(text)),
    "suggest_queries": lambda text: SuggestQueriesPrompt(
        user_name="Ana",
        present=(NameLine("Lisbon", "place"),),
        related=(),
        familiar=(NameLine(text[:40]),),
        lapsed=(),
        most=6,
        reply=SaidLine("assistant", "Lovely!"),
        message=SaidLine("user", text),
    ),
    "discover": lambda text: DiscoverPrompt(
        now=NOW,
        events=(SeenLine("o1", NOW, "user", text),),
        facts=(FactLine("p1", text, 0.9, NOW),),
        actions=(ActionLine("look_up", "Look a word up.", '{"word": {"type": "string"}}'),),
        earlier=(),
    ),
    "weigh": lambda text: WeighPrompt(
        now=NOW,
        events=(EventLine(NOW, text),),
        facts=(FactLine("p1", text, 0.9, NOW),),
        offer=OfferedLine("Look for a quieter flat"),
    ),
    "judge_reply": lambda text: JudgeReplyPrompt(
        user_name="Ana",
        facts=(TextLine(text),),
        conversation=(SaidLine("user", "Where do I live?"),),
        question=TextLine("Which of these replies would this person rather have?"),
        first=TextLine("In Oslo."),
        second=TextLine("I do not know."),
    ),
    "simulate_user": lambda text: SimulateUserPrompt(
        user_name="Ana",
        facts=(TellLine(1, text),),
        conversation=(SaidLine("assistant", "Where do you live?"),),
        task=TaskLine("answer"),
    ),
    # The tiny model sees nothing, so the numbers stand alone.
    "same": lambda text: SamePrompt(
        (PictureLine(1, "in question"), PictureLine(2, "on record", (NamedConcept("c1", text),)))
    ),
}
"""How to fill each prompt with a text; a prompt without an entry fails the test below."""


def structured_prompts() -> list[type[StructuredPrompt[Any]]]:
    exported = (getattr(usermind.prompts, name) for name in usermind.prompts.__all__)
    return [
        kind
        for kind in exported
        if isinstance(kind, type)
        and issubclass(kind, StructuredPrompt)
        and kind is not StructuredPrompt
    ]


def request(message: str = "Plan my weekend", **changes: Any) -> ReplyRequest:
    facts = tuple(FactLine(f"p{i}", f"Ana has been to place {i}.", 0.9, NOW) for i in range(40))
    given: dict[str, Any] = {"system": SystemPrompt("Ana", facts), "history": []}
    given["turn"] = TurnPrompt(NOW, (), message)
    return ReplyRequest(**(given | changes))


def model(server: "VllmServer", **options: Any) -> ChatOpenAI:
    return ChatOpenAI(
        model="tiny", base_url=server.url, api_key=SecretStr("none"), max_retries=0, **options
    )


def whole(pieces: Iterator[AIMessageChunk]) -> AIMessageChunk:
    found = list(pieces)
    return found[0] + found[1:]


@tool
def look_up(word: str) -> str:
    """Look a word up in the dictionary."""
    return word


def test_a_model_that_sees_nothing_refuses_pictures_once_and_is_told_in_words(
    vllm_server: "VllmServer",
) -> None:
    ledger = Ledger()
    reasoner = connect(vllm_server.url, ledger=ledger)
    shown = PictureLine(1, "shown", (NamedConcept("c1", "Bo"),), data=PIXEL, media_type="image/png")
    asked = request(turn=TurnPrompt(NOW, (), "Who is this?", (shown,)))
    assert reasoner.sees
    for _ in range(2):
        assert whole(reasoner.reply(asked)).response_metadata["finish_reason"]
    assert not reasoner.sees
    assert [entry.outcome in ("ok", "truncated") for entry in ledger.entries] == [False, True, True]


@pytest.mark.parametrize("kind", structured_prompts(), ids=lambda kind: kind.name)
def test_every_prompt_gets_an_object_of_its_schema(
    vllm_server: "VllmServer", kind: type[StructuredPrompt[Any]]
) -> None:
    ledger = Ledger()
    reasoner = connect(vllm_server.url, ledger=ledger, timeout=300)
    prompts = [SAMPLES[kind.name](f"I moved to house number {i}.") for i in range(8)]
    found: list[BaseModel] = []
    lost = 0
    with ThreadPoolExecutor(4) as pool:
        for answer in [pool.submit(reasoner.complete, prompt) for prompt in prompts]:
            try:
                found.append(answer.result())
            except (InvalidModelOutputError, TruncatedOutputError):
                lost += 1  # noise may fill every field to its end, or count characters otherwise
    assert all(type(answer) is kind.output for answer in found)
    assert lost <= len(prompts) // 2, [entry.outcome for entry in ledger.entries]
    # A busy server drops an idle connection just as it is used again; the request was repeated.
    answered = [entry for entry in ledger.entries if entry.outcome != "unavailable"]
    assert len(answered) >= len(prompts)
    assert all(entry.prompt_tokens and entry.completion_tokens for entry in answered)


def test_an_answer_cut_by_the_length_limit_is_truncated(vllm_server: "VllmServer") -> None:
    @dataclass(frozen=True, slots=True)
    class Short(ReflectPrompt):
        max_tokens: ClassVar[int] = 3

    short = Short(user_name="Ana", now=NOW, known=(), observations=())
    with pytest.raises(TruncatedOutputError, match="length limit"):
        connect(vllm_server.url).complete(short)


def test_a_reply_streams_and_says_why_it_ended(vllm_server: "VllmServer") -> None:
    ledger = Ledger()
    reasoner = ChatReasoner(
        model(vllm_server, max_tokens=40, stream_usage=True, extra_body={"ignore_eos": True}),
        ledger=ledger,
    )
    *pieces, last = reasoner.reply(request())
    assert len(pieces) > 10
    assert last.response_metadata["finish_reason"] == "length"
    assert last.response_metadata["cut"] is True
    (entry,) = ledger.entries
    assert (entry.completion_tokens, entry.outcome) == (40, "truncated")


def test_a_reply_that_ends_by_itself_is_not_cut(vllm_server: "VllmServer") -> None:
    reasoner = connect(vllm_server.url)
    last = whole(reasoner.reply(request()))
    assert reasoner.name == "tiny"
    assert (last.response_metadata["finish_reason"], last.response_metadata["cut"]) == (
        "stop",
        False,
    )


def test_offered_tools_are_accepted(vllm_server: "VllmServer") -> None:
    reply = whole(connect(vllm_server.url).reply(request(tools=[look_up])))
    assert reply.response_metadata["finish_reason"] in {"stop", "tool_calls", "length"}


def test_forced_calls_with_arguments_that_are_no_object_are_invalid_calls(
    vllm_server: "VllmServer",
) -> None:
    options = {"max_tokens": 400, "model_kwargs": {"tool_choice": "required"}}
    reasoner = ChatReasoner(model(vllm_server, **options))
    invalid = []
    for i in range(6):
        asked = request(f"Look up word number {i}", tools=[look_up])
        reply = whole(reasoner.reply(asked))
        assert all(isinstance(call["args"], dict) for call in reply.tool_calls)
        invalid += reply.invalid_tool_calls
    assert invalid, "vLLM now holds arguments to the tool's schema: rejoice, and drop this test"
    assert all(call["name"] and call["id"] for call in invalid)


def test_steps_with_valid_and_invalid_calls_are_accepted_again(vllm_server: "VllmServer") -> None:
    steps = [
        AIMessage(
            "",
            tool_calls=[{"name": "look_up", "args": {"word": "a"}, "id": "c1"}],
            invalid_tool_calls=[{"name": "look_up", "args": "[1", "id": "c2", "error": None}],
        ),
        ToolMessage("a letter", tool_call_id="c1"),
        ToolMessage("The arguments were not an object.", tool_call_id="c2"),
    ]
    history = [HumanMessage("hi"), AIMessage("hello")]
    asked = request(history=history, steps=steps, tools=[look_up])
    assert whole(connect(vllm_server.url).reply(asked)).chunk_position == "last"


def test_a_repeated_prefix_is_taken_from_the_cache(vllm_server: "VllmServer") -> None:
    ledger = Ledger()
    reasoner = connect(vllm_server.url, ledger=ledger)
    whole(reasoner.reply(request("first")))
    before = vllm_server.counter("vllm:prefix_cache_hits_total")
    whole(reasoner.reply(request("and something else")))
    assert vllm_server.counter("vllm:prefix_cache_hits_total") - before >= 256
    assert (ledger.entries[-1].cached_tokens or 0) >= 256


def test_a_prompt_beyond_the_context_says_so(vllm_server: "VllmServer") -> None:
    with pytest.raises(PromptTooLongError):
        connect(vllm_server.url).complete(reflect("word " * 9000))
    with pytest.raises(PromptTooLongError):
        next(connect(vllm_server.url).reply(request("word " * 9000)))


@dataclass(frozen=True, slots=True)
class Greedy(ReflectPrompt):
    """Asks for a longer answer than the whole context."""

    max_tokens: ClassVar[int] = 9000


@pytest.mark.parametrize(
    ("kind", "outcomes"),
    [(ReflectPrompt, []), (Greedy, ["refused"])],
    ids=["vLLM shortens the answer", "vLLM refuses and is asked without a limit"],
)
def test_an_answer_gets_the_room_that_is_left(
    vllm_server: "VllmServer", kind: type[ReflectPrompt], outcomes: list[str]
) -> None:
    ledger = Ledger()
    prompt = kind(user_name="Ana", now=NOW, known=(), observations=lines("word " * 4500))
    with suppress(TruncatedOutputError, InvalidModelOutputError):  # taken, which is what counts
        connect(vllm_server.url, ledger=ledger, timeout=300).complete(prompt)
    found = ledger.entries
    assert [entry.outcome for entry in found[: len(outcomes)]] == outcomes
    assert (found[len(outcomes)].prompt_tokens or 0) + prompt.max_tokens > 8192


def test_an_unknown_model_is_refused(vllm_server: "VllmServer") -> None:
    with pytest.raises(ModelRequestError) as caught:
        connect(vllm_server.url, model="nobody").complete(reflect("x"))
    assert caught.value.status == 404


def test_check_tells_the_truth(vllm_server: "VllmServer") -> None:
    report = check_endpoint(vllm_server.url)
    assert (report.model, report.context_length) == ("tiny", 8192)
    works = {capability.name for capability in report.capabilities if capability.works}
    assert works == {
        "models",
        "json_schema",
        "tools",
        "streaming",
        "context_length",
        "prefix_cache",
    }
    details = {capability.name: capability.detail for capability in report.capabilities}
    assert "--enable-prompt-embeds" in details["prompt_embeds"]
    assert "multimodal" in details["images"]
