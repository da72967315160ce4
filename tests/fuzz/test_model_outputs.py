"""Whatever a model answers, it is used, refused in words, or asked for once more."""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import BaseModel
from tests.fuzz.fuzzing import (
    HALVES,
    ODD_TEXTS,
    bounded,
    inputs,
    json_values,
    mangled,
    odd_text,
    refused,
)
from tests.fuzz.test_tools import check_whole, someone

from usermind import Assistant, MemoryStore
from usermind.agents import ProactiveAgent
from usermind.errors import UsermindError
from usermind.evals.judging import PersonalJudge, Question
from usermind.models import ChatReasoner
from usermind.models.chat import _judged
from usermind.prompts import StructuredPrompt
from usermind.testing import StoppedClock


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    each: type[Any]
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


OUTPUTS: Final[dict[str, type[BaseModel]]] = {
    each.output.__name__: each.output
    for each in _below(StructuredPrompt)
    if "output" in vars(each) and each.__module__.startswith("usermind.prompts")
}
"""The models of all answers, by name."""
SCHEMAS: Final = {name: output.model_json_schema() for name, output in OUTPUTS.items()}
WORDS: Final = (
    *(
        "Ana lives in Oslo.",
        "I live in Oslo. Bo is my dog.",
        "o1",
        "p1",
        "o2",
        "Oslo",
        "home",
        "Bo",
    ),
    *("2026-06-01", "concept:bo", "bo", "{}", '{"to": "x"}', "send_mail", "catalogue", "yes"),
)


class Answers:
    """Makes an answer for a schema: mostly one that fits, now and then not."""

    def __init__(self, seed: int, wrong: float) -> None:
        self._dice, self._wrong = random.Random(seed), wrong  # no secret

    def text(self, name: str) -> str:
        """Return JSON for the model of an answer."""
        schema = SCHEMAS[name]
        return json.dumps(self._value(schema, schema.get("$defs", {})))

    def _value(self, schema: dict[str, Any], known: dict[str, Any]) -> Any:
        dice = self._dice
        if dice.random() < self._wrong:
            return dice.choice(
                (None, True, -1, 10**30, float("nan"), 1e308, [], {}, *ODD_TEXTS, *HALVES)
            )
        if "$ref" in schema:
            return self._value(known[schema["$ref"].rpartition("/")[2]], known)
        if "anyOf" in schema:
            return self._value(dice.choice(schema["anyOf"]), known)
        if "enum" in schema or "const" in schema:
            return dice.choice(schema.get("enum") or [schema["const"]])
        match schema.get("type"):
            case "object":
                return {
                    key: self._value(each, known)
                    for key, each in schema.get("properties", {}).items()
                    if key in schema.get("required", ()) or dice.random() < 0.5
                }
            case "array":
                most = min(schema.get("maxItems", 4), 4)
                number = dice.randint(min(schema.get("minItems", 0), most), most)
                return [self._value(schema.get("items", {}), known) for _ in range(number)]
            case "integer":
                return dice.randint(schema.get("minimum", 0), min(schema.get("maximum", 9), 3))
            case "number":
                return dice.choice((schema.get("minimum", 0), schema.get("maximum", 1), 0.5))
            case "boolean":
                return dice.random() < 0.5
            case "string":
                pool = WORDS if dice.random() < 0.7 else (*ODD_TEXTS, *HALVES)
                return dice.choice(pool)[: schema.get("maxLength", 10_000)]
        return None


class Says(BaseChatModel):
    """A chat model that answers a schema as `answers` has it, and all else with `said`."""

    answers: Any
    said: str
    whole: str | None = None
    """Says this to every schema."""
    finish: str = "stop"

    @property
    def _llm_type(self) -> str:
        return "says"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = str(messages[-1].content).rpartition("\n")[2]
        name = next((name for name, each in SCHEMAS.items() if json.dumps(each) == asked), None)
        text = self.said if name is None else self.whole or self.answers.text(name)
        message = AIMessage(text, response_metadata={"finish_reason": self.finish})
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    folder = tmp_path_factory.mktemp("store")
    with MemoryStore(folder, embedder="lexical", clock=StoppedClock()) as store:
        yield store


def test_there_are_all_models_of_answers() -> None:
    assert len(OUTPUTS) >= 12


answers = st.builds(Answers, st.integers(0, 2**32), st.sampled_from((0.0, 0.0, 0.02, 0.2)))


@inputs(10, share=0.4)
@given(
    answers=answers,
    said=st.one_of(st.just("You live in Oslo [o1]."), odd_text),
    whole=st.one_of(st.none(), st.none(), st.none(), odd_text, json_values.map(json.dumps)),
    finish=st.sampled_from(("stop", "stop", "stop", "length", "")),
    message=st.sampled_from(("Where do I live?", "Tell me more about Bo.", "I moved to Bergen.")),
)
def test_a_conversation_survives_any_answers(
    kept: MemoryStore, answers: Answers, said: str, whole: str | None, finish: str, message: str
) -> None:
    memory = someone(kept)
    model = ChatReasoner(Says(answers=answers, said=said, whole=whole, finish=finish))
    with (
        Assistant(
            store=kept, model=model, reflect="manual", planner="model", suggestions="model",
            reformulate="fusion",
        ) as assistant,
        ProactiveAgent(store=kept, model=model) as watcher,
        bounded(),
    ):  # fmt: skip
        judge = PersonalJudge(model)
        for step in (
            lambda: judge.judge(Question("A", "B")),
            lambda: assistant.turn(memory.user_id, message, thread_id="t").text.encode(),
            lambda: assistant.reflect(memory.user_id),
            lambda: watcher.look(memory.user_id),
            lambda: memory.profiles.refresh("conversation"),
        ):
            with refused(UsermindError):
                step()
        check_whole(memory)


raw = st.one_of(
    odd_text,
    json_values.map(json.dumps),
    st.builds(lambda made, name: made.text(name), answers, st.sampled_from(sorted(OUTPUTS))),
    st.builds(
        lambda made, name: made.text(name).encode(), answers, st.sampled_from(sorted(OUTPUTS))
    )
    .flatmap(mangled)
    .map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.sampled_from(
        (
            "[" * 100_000, '{"a":' * 50_000, "{" + "9" * 6_000 + "}", "<think>{}</think>{", "}{",
            '{"operations": ' + "9" * 5_000 + "}", '{"claims": [' + "{}," * 20_000 + "]}", "\x00{}",
        )
    ),
)  # fmt: skip


@inputs(100)
@given(name=st.sampled_from(sorted(OUTPUTS)), text=raw)
def test_any_text_is_an_answer_or_is_told_what_is_wrong(name: str, text: str) -> None:
    with bounded():
        found = _judged(text, OUTPUTS[name])
        assert (found.value is None) is bool(found.faults)
        if found.value is not None:
            json.dumps(found.value.model_dump(mode="json"), ensure_ascii=False).encode()
