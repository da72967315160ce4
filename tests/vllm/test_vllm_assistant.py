"""Turns and reflection over a real vLLM whose words are noise; what becomes of them is not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from usermind import Assistant, Concept, MemoryStore
from usermind.errors import ModelError
from usermind.graphs.sources import Source, plans
from usermind.models import MiniLM

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm


@pytest.fixture
def real_store(tmp_path: Path, minilm_folder: Path) -> MemoryStore:
    return MemoryStore(tmp_path / "store", embedder=MiniLM(minilm_folder))


@pytest.fixture
def server(vllm_server: "VllmServer") -> "VllmServer":
    """The server, alive whatever the test before did to it."""
    if not vllm_server.healthy():
        vllm_server.restart()
    return vllm_server


def test_a_turn_is_one_model_call(server: "VllmServer", real_store: MemoryStore) -> None:
    real_store.user("ana").observe("I moved to Oslo in May.")
    with Assistant(store=real_store, model=server.url, reflect="manual") as assistant:
        reply = assistant.turn("ana", "Where do I live?")

        assert reply.error is None, reply.text
        assert reply.text
        if not reply.tools:  # noise may look like a tool call
            assert assistant.ledger.total().calls == 1
    assert "Oslo" in reply.used[0].text


def test_a_plan_by_a_model_of_noise_is_a_legal_one(
    server: "VllmServer", real_store: MemoryStore
) -> None:
    ana = real_store.user("ana")
    ana.observe("Bo and I moved to Oslo in May.")
    ana.concepts["bo"] = Concept("Bo", category="dog")
    held = frozenset[Source]({"concept", "observation", "proposition", "profile"})
    with Assistant(
        store=real_store, model=server.url, planner="model", reflect="manual"
    ) as assistant:
        replies = [
            assistant.turn("ana", f"Where did Bo and I live in {year}?", thread_id=str(year))
            for year in range(2010, 2016)
        ]
        asked = [entry for entry in assistant.ledger.entries if entry.purpose == "plan"]
    assert all(reply.error is None for reply in replies), [reply.text for reply in replies]
    assert all(reply.sources in plans(held) for reply in replies)
    assert [reply.instead for reply in replies] == [None] * 6
    assert [entry.outcome for entry in asked] == ["ok"] * 6
    for reply in replies:
        assert {hit.kind for hit in reply.used} <= set(reply.sources)


def test_the_second_turn_hits_the_prefix_cache(
    server: "VllmServer", real_store: MemoryStore
) -> None:
    before = server.counter("vllm:prefix_cache_hits_total")
    with Assistant(store=real_store, model=server.url, reflect="manual") as assistant:
        assistant.turn("ana", "Plan my weekend in the mountains, please.")
        assistant.turn("ana", "And what should I pack for it?")

    assert server.counter("vllm:prefix_cache_hits_total") > before


def test_reflection_with_a_model_of_noise_loses_nothing_and_invents_nothing(
    server: "VllmServer", real_store: MemoryStore
) -> None:
    ana = real_store.user("ana")
    for number in range(6):
        ana.observe(f"On day {number} I fed the cat.", session="s1")
    with Assistant(store=real_store, model=server.url, reflect="manual") as assistant:
        report = assistant.reflect("ana")

    assert report.processed + report.pending == 6
    assert report.calls >= 1
    for claim in ana.propositions.list(status=None):
        for evidence in ana.propositions.explain(claim.id).evidence:
            assert evidence.quote in evidence.observation.text


def test_a_server_that_dies_in_a_turn_costs_no_message_and_is_used_again(
    server: "VllmServer", real_store: MemoryStore
) -> None:
    with Assistant(store=real_store, model=server.url, reflect="manual") as assistant:
        timer = Timer(0.3, server.kill)
        timer.start()
        replies = [assistant.turn("ana", "Tell me story number 0.")]
        while replies[-1].error is None:
            replies.append(assistant.turn("ana", f"Tell me story number {len(replies)}."))
        timer.join()
        assert isinstance(replies[-1].error, ModelError)
        assert "kept" in replies[-1].text
        said = [item for item in real_store.user("ana").observations() if item.author == "user"]
        assert len(said) == len(replies)

        server.start()
        assert assistant.turn("ana", "Are you there again?").error is None


def test_chat_survives_kill_9_of_itself_with_nothing_lost(
    server: "VllmServer", tmp_path: Path
) -> None:
    store = tmp_path / "store"
    command = [
        sys.executable, "-m", "usermind", "chat", "--store", str(store), "--user", "ana",
        "--model", server.url,
    ]  # fmt: skip
    chat = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
    )
    assert chat.stdin is not None
    chat.stdin.write(b"My cat is called Miso.\n")
    chat.stdin.flush()
    with MemoryStore(store, embedder="lexical") as watched:
        ana = watched.user("ana")
        deadline = time.monotonic() + 60
        while not (ana.exists and ana.observations()):
            assert time.monotonic() < deadline, "the message was never stored"
            time.sleep(0.02)
        chat.send_signal(signal.SIGKILL)
        chat.communicate()

        assert any("Miso" in item.text for item in ana.observations())
        assert ana.queue().ready + ana.queue().leased == 1

    again = subprocess.run(
        [*command], input=b"Still there?\n", capture_output=True, timeout=120, check=False,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    assert again.returncode == 0, again.stdout + again.stderr
    with MemoryStore(store, embedder="lexical") as watched:
        said = [item.text for item in watched.user("ana").observations() if item.author == "user"]
        assert said == ["Still there?", "My cat is called Miso."]
