"""Turns over a catalogue and a real vLLM: offers in the prompt, tools whose schemas it takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
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


def test_forced_calls_of_the_tools_are_carried_out_or_told_what_is_wrong(
    vllm_server: "VllmServer", store: MemoryStore, catalogue: Catalogue
) -> None:
    model = ChatOpenAI(
        model="tiny",
        base_url=vllm_server.url,
        api_key=SecretStr("none"),
        max_retries=0,
        max_completion_tokens=400,
        model_kwargs={"tool_choice": "required"},
    )
    with Assistant(store=store, model=model, catalogue=catalogue, reflect="manual") as assistant:
        replies = [
            assistant.turn("ana", f"Find me film number {number}.", thread_id=str(number))
            for number in range(4)
        ]

    known = {tool.name for tool in catalogue_tools(store.user("ana"), Advisor(catalogue))}
    called = {name for reply in replies for name in reply.tools}
    assert called <= known | {"remember", "search_memory", "forget"}
    # A model that may do nothing but call tools never gets to say a word, and is told so.
    assert all(reply.text for reply in replies)
    # What the user did not speak of, noise cannot put into their mouth.
    assert store.user("ana").feedback.events() == ()


def test_a_list_in_an_order_of_noise_is_the_same_list(
    vllm_server: "VllmServer", store: MemoryStore, catalogue: Catalogue
) -> None:
    from usermind.models import connect

    ana = store.user("ana")
    listed = Advisor(catalogue).advise(ana, "a comedy", k=5).recommendations

    found = reranked(ana, listed, connect(vllm_server.url), asked="a comedy")

    assert {each.item.id for each in found.recommendations} == {each.item.id for each in listed}
    assert [each.rank for each in found.recommendations] == [1, 2, 3, 4, 5]
