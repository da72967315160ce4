"""Turns over a catalogue and a real vLLM: offers in the prompt, tools whose schemas it takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from tests.films import filled

from usermind import Assistant, MemoryStore
from usermind.tools import Advisor, Catalogue, catalogue_tools
from usermind.tools.recommenders.listwise import reranked

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with filled(tmp_path / "films") as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MemoryStore]:
    with MemoryStore(tmp_path / "store", embedder="lexical") as made:
        yield made


def test_a_turn_that_offers_is_one_model_call(
    vllm_server: "VllmServer", store: MemoryStore, catalogue: Catalogue
) -> None:
    with Assistant(
        store=store, model=vllm_server.url, catalogue=catalogue, reflect="manual"
    ) as assistant:
        assistant.turn("ana", "I loved Lisbon Again.")
        calls = assistant.ledger.total().calls
        reply = assistant.turn("ana", "Recommend me a film.")

        assert reply.error is None, reply.text
        assert "catalogue" in reply.sources
        if not reply.tools:  # noise may look like a tool call
            assert assistant.ledger.total().calls == calls + 1


@pytest.mark.parametrize("name", ["recommend_items", "similar_items", "record_feedback"])
def test_a_forced_call_of_a_tool_is_carried_out_or_told_what_is_wrong(
    vllm_server: "VllmServer", store: MemoryStore, catalogue: Catalogue, name: str
) -> None:
    tools = {tool.name: tool for tool in catalogue_tools(store.user("ana"), Advisor(catalogue))}
    model = ChatOpenAI(
        model="tiny", base_url=vllm_server.url, api_key=SecretStr("none"), max_retries=0,
        max_tokens=400, temperature=0,
    ).bind_tools(list(tools.values()), tool_choice=name)  # fmt: skip

    reply = model.invoke("Recommend me something like Orbit Nine.")

    assert {call["name"] for call in reply.tool_calls} <= {name}
    for call in reply.tool_calls:
        tools[name].handle_tool_error = tools[name].handle_validation_error = True
        answer = tools[name].invoke(call)
        assert isinstance(answer, ToolMessage)
        assert answer.text


def test_a_list_in_an_order_of_noise_is_the_same_list(
    vllm_server: "VllmServer", store: MemoryStore, catalogue: Catalogue
) -> None:
    from usermind.models import connect

    ana = store.user("ana")
    listed = Advisor(catalogue).advise(ana, "a comedy", k=5).recommendations

    found = reranked(ana, listed, connect(vllm_server.url), asked="a comedy")

    assert {each.item.id for each in found.recommendations} == {each.item.id for each in listed}
    assert [each.rank for each in found.recommendations] == [1, 2, 3, 4, 5]
