"""Whatever comes to an agent, and whatever its model says: it runs, or is refused before it ran."""

import base64
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import tool
from tests.films import filled
from tests.fuzz.fuzzing import bounded, inputs, json_values, odd_text, refused
from tests.fuzz.test_pictures import pictures
from tests.fuzz.test_tools import check_whole, someone

from usermind import MemoryStore
from usermind.agents import UserMemoryMiddleware
from usermind.errors import ConflictingObservationError, InvalidInputError
from usermind.graphs.heard import words_in
from usermind.memory.journal import ASSISTANT, USER
from usermind.testing import StoppedClock

PNG: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
LONG: Final = (
    "I like tea. " * 2_000,
    "a" * 20_000,
    "🎈" * 5_000,
    "“yes” Bo, " * 1_500,
    "\n" * 9_000,
)
SAID: Final = (
    "Where do I live?", "I loved Orbit Nine. Recommend a film.", "Forget where I live.",
    "Write a mail to Bo in my voice.", "What did you recommend to me?", *LONG,
)  # fmt: skip


class Says(BaseChatModel):
    """A chat model that says what `replies` holds, and keeps count."""

    replies: list[AIMessage] = []  # noqa: RUF012  # pydantic copies it
    asked: int = 0

    @property
    def _llm_type(self) -> str:
        return "says"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.asked += 1
        reply = self.replies.pop(0) if self.replies else AIMessage("All right.")
        return ChatResult(generations=[ChatGeneration(message=reply)])


@tool
def look_up(anything: Any = None) -> str:
    """Look something up."""
    return f"nothing of {anything!r:.40}"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    folder = tmp_path_factory.mktemp("store")
    with MemoryStore(folder, embedder="lexical", clock=StoppedClock()) as store:
        yield store


@pytest.fixture(scope="module")
def model() -> Says:
    return Says()


@pytest.fixture(scope="module")
def agent(
    kept: MemoryStore, model: Says, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    with (
        filled(tmp_path_factory.mktemp("films")) as films,
        UserMemoryMiddleware(kept, reflect="inline", catalogue=films) as middleware,
    ):
        yield create_agent(model, [look_up], middleware=[middleware])


text = st.one_of(st.sampled_from(SAID), odd_text)
image = st.one_of(
    st.just(PNG),
    pictures().map(lambda data: base64.b64encode(data).decode()),
    odd_text,
    st.just("A" * 4_001),
)
block = st.one_of(
    text,
    st.builds(lambda said: {"type": "text", "text": said}, text),
    st.builds(lambda data: {"type": "image", "base64": data, "mime_type": "image/png"}, image),
    st.builds(
        lambda data: {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
        image,
    ),
    st.builds(lambda at: {"type": "image", "url": at}, odd_text),
    st.builds(lambda kind, more: {"type": kind, "value": more}, odd_text, json_values),
)
content = st.one_of(text, st.lists(block, max_size=4))
call = st.builds(
    lambda name, given: {"name": name, "args": given, "id": "1", "type": "tool_call"},
    st.sampled_from(("look_up", "forget", "")),
    st.dictionaries(st.sampled_from(("anything", "text")), json_values, max_size=2),
)
replies = st.lists(
    st.one_of(
        st.builds(AIMessage, content=content),
        st.builds(lambda said, calls: AIMessage(said, tool_calls=calls), text, st.lists(call)),
    ),
    max_size=2,
)
places: Final = count()


@inputs(20)
@given(
    said=st.lists(content, min_size=1, max_size=2),
    told=replies,
    thread=st.one_of(st.none(), st.just("t"), odd_text),
    name=st.one_of(st.none(), st.just("unique"), odd_text),
)
def test_an_agent_runs_on_anything_or_is_refused_before(
    kept: MemoryStore,
    model: Says,
    agent: Any,
    said: list[Any],
    told: list[AIMessage],
    thread: str | None,
    name: str | None,
) -> None:
    memory = someone(kept)
    for each in said:
        id_ = f"m{next(places)}" if name == "unique" else name
        message = HumanMessage(each, id=id_)
        model.replies, model.asked = [reply.model_copy() for reply in told], 0
        answer: list[BaseMessage] = []
        with bounded(), refused(InvalidInputError, ConflictingObservationError):
            config = {"configurable": {"user_id": memory.user_id, "thread_id": thread}}
            answer = agent.invoke({"messages": [message]}, config)["messages"]
        assert bool(answer) is bool(model.asked), "it was refused after its model had been asked"
        if answer and id_ is not None:
            _check_kept(memory, message, answer[-1])
    check_whole(memory)


def _check_kept(memory: Any, message: HumanMessage, reply: BaseMessage) -> None:
    """Hold that what was said, and what was answered, is kept where it has words."""
    held = {each.author: each.text for each in memory.observations(limit=2)[::-1]}
    for author, each in ((USER, message), (ASSISTANT, reply)):
        if words_in(each).strip() and words_in(message).strip():
            assert author in held, f"nothing is kept of what the {author} said"


@pytest.mark.parametrize(
    ("said", "kept_as"),
    [
        ("I like \ud83c\udf88 and tea", "I like 🎈 and tea"),
        ("I like \ud83c tea", "I like � tea"),
        ("I like\x00 tea", "I like tea"),
        ([{"type": "text", "text": "I like "}, {"type": "text", "text": "tea"}], "I like tea"),
        (["I like ", {"type": "image", "url": "https://example.org/x.png"}, "tea"], "I like tea"),
    ],
    ids=["halves of one character", "half a character", "a NUL", "blocks", "blocks and a picture"],
)
def test_what_no_file_holds_is_mended_and_the_rest_kept(
    kept: MemoryStore, model: Says, agent: Any, said: Any, kept_as: str
) -> None:
    memory = kept.user(f"mended {next(places)}")
    model.replies = [AIMessage(said)]

    agent.invoke({"messages": [HumanMessage(said)]}, {"configurable": {"user_id": memory.user_id}})

    assert [each.text for each in memory.observations()] == [kept_as, kept_as]
