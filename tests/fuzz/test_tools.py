"""Whatever a model gives a tool, the tool does it or says what is wrong; what it keeps can go."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.tools import BaseTool
from pydantic import ValidationError
from tests.films import filled
from tests.fuzz.fuzzing import (
    ODD_TEXTS,
    bounded,
    inputs,
    json_values,
    mangled,
    odd_text,
    refused,
    scalars,
)

from usermind import Assistant, Concept, MemoryStore, UserMemory
from usermind.errors import UsermindError
from usermind.testing import ScriptedReasoner, StoppedClock
from usermind.tools import Advisor, Catalogue, catalogue_tools, memory_tools

NAMES: Final = (
    *("remember", "search_memory", "forget", "recommend_items", "similar_items", "record_feedback"),
)
FIELDS: Final = (
    *("text", "query", "k", "ids", "request", "conditions", "title", "goes_with", "verdict"),
    *("memory", "evidence", "said", "self", "config", "kwargs", "run_manager", "Text", ""),
)
MEANT: Final = (
    *("Oslo", "where I live", "everything", "my age", "p1", "o1", "c1", "v1", "x1", "p" + "9" * 30),
    *(
        "Bo",
        "Cellar Door",
        "h0",
        "loved",
        "hated",
        "genre=Horror",
        "year>=1990",
        "year>=nan",
        "!=",
        "|",
    ),
    *("genre!=Horror|Comedy", "year=1e400", "nothing=1", "forget p1 anyway", "Ana lives in Oslo."),
    *('"Oslo" AND', "Oslo NEAR Bo", "*", "Oslo*", "text:Oslo", "-Oslo", "a" * 500, "word " * 100),
)
MESSAGES: Final = (
    "Forget where I live, and everything about Bo.",
    "Remember that I live in Oslo and that Bo is my dog.",
    "I loved Cellar Door. Recommend a horror film.",
    "ok",
)
values = st.one_of(st.sampled_from(MEANT), scalars, json_values, st.lists(st.sampled_from(MEANT)))
arguments = st.dictionaries(st.one_of(st.sampled_from(FIELDS), odd_text), values, max_size=5)
fitting = st.fixed_dictionaries(
    {
        "text": st.one_of(st.sampled_from(MEANT), odd_text),
        "query": st.one_of(st.sampled_from(MEANT), odd_text),
        "title": st.one_of(st.sampled_from(MEANT), odd_text),
    },
    optional={
        "k": st.one_of(st.integers(1, 20), scalars),
        "ids": st.lists(st.one_of(st.sampled_from(MEANT), odd_text), max_size=3),
        "request": st.one_of(st.sampled_from(MEANT), odd_text),
        "conditions": st.lists(st.one_of(st.sampled_from(MEANT), odd_text), max_size=3),
        "verdict": st.sampled_from(("loved", "hated", "neutral", "Loved", "")),
        "goes_with": st.one_of(st.booleans(), scalars),
    },
)
"""Arguments of which each tool takes those that it knows: most of them pass its schema."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    folder = tmp_path_factory.mktemp("store")
    with MemoryStore(folder, embedder="lexical", clock=StoppedClock()) as store:
        yield store


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with filled(tmp_path_factory.mktemp("films")) as catalogue:
        yield catalogue


@pytest.fixture(scope="module")
def advisor(shelf: Catalogue) -> Advisor:
    return Advisor(shelf)


users: Final = count()


def someone(store: MemoryStore) -> UserMemory:
    """Return a user of whom something is known."""
    memory = store.user(f"user {next(users)}")
    told = memory.observe("I live in Oslo. Bo is my dog.")
    memory.remember("The user lives in Oslo.", evidence=told.id)
    memory.concepts["bo"] = Concept("Bo", category="dog")
    memory.feedback.record("h0", "Cellar Door (1980)", 0.7)
    return memory


def check_whole(memory: UserMemory) -> None:
    """Read all that is kept of a user, and forget it."""
    if memory.exists:
        held = [each.text for each in memory.observations(limit=1_000)]
        held += [each.text for each in memory.propositions.list(status=None)]
        held += [str(each) for each in memory.concepts.all().values()]
        held += [each.title for each in memory.feedback.list()]
        json.dumps(held, ensure_ascii=False).encode()
        memory.recall("Oslo")
        memory.forget_everything()
    assert not memory.exists


@inputs(15, share=0.7)
@given(
    name=st.sampled_from(NAMES),
    given_=st.one_of(arguments, fitting),
    message=st.sampled_from((None, *MESSAGES)),
)
def test_a_tool_takes_any_arguments(
    kept: MemoryStore, advisor: Advisor, name: str, given_: dict[str, Any], message: str | None
) -> None:
    memory = someone(kept)
    evidence = None if message is None else memory.observe(message, session="t").id
    tools: dict[str, BaseTool] = {
        tool.name: tool
        for tool in (
            *memory_tools(memory, evidence=evidence),
            *catalogue_tools(memory, advisor, evidence=evidence),
        )
    }
    tool = tools[name]
    if given_.keys() >= {"text", "query", "title"}:
        given_ = {key: each for key, each in given_.items() if key in tool.args}
    with bounded():
        try:
            answer = tool.invoke({"type": "tool_call", "id": "1", "name": name, "args": given_})
            assert answer.content
        except (UsermindError, ValidationError):
            pass  # which the turn gives back to the model in words
        check_whole(memory)


written = st.one_of(
    st.one_of(arguments, fitting).map(lambda each: json.dumps(each)),
    json_values.map(json.dumps),
    odd_text,
    mangled(b'{"query": "Oslo", "k": 3, "ids": ["p1"], "text": "Ana lives in Oslo."}').map(
        lambda data: data.decode("utf-8", "surrogateescape")
    ),
)


@inputs(8, share=0.3)
@given(
    calls=st.lists(
        st.tuples(st.one_of(st.sampled_from((*NAMES, *ODD_TEXTS)), odd_text), written), max_size=3
    ),
    said=st.one_of(st.just("All right."), odd_text),
    message=st.sampled_from(MESSAGES),
)
def test_a_turn_survives_any_call_and_any_reply(
    kept: MemoryStore, calls: list[tuple[str, str]], said: str, message: str
) -> None:
    memory = someone(kept)
    chunks = [
        tool_call_chunk(name=name, args=args, id=f"c{place}", index=place)
        for place, (name, args) in enumerate(calls)
    ]
    asks = AIMessageChunk(content="", tool_call_chunks=chunks, chunk_position="last")
    model = ScriptedReasoner(replies=[asks, *[said] * 4])
    with Assistant(store=kept, model=model, reflect="manual") as assistant, bounded():
        with refused(UsermindError):
            reply = assistant.turn(memory.user_id, message, thread_id="t")
            reply.text.encode()
        check_whole(memory)
