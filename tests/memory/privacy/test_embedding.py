"""What an embedder that is not of this process is sent: by a real server that notes every word."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from usermind import MemoryStore, UserMemory
from usermind.errors import PrivacyError
from usermind.memory import DegradedRecallWarning
from usermind.memory.privacy.findings import NUMBERS
from usermind.memory.privacy.policy import Policy, Rule
from usermind.models.embeddings import LexicalEmbedder
from usermind.prompts import ExpandQueryAnswer
from usermind.testing import ScriptedReasoner
from usermind.tools.reformulating import recalled_with, reformulated

Open = Callable[..., MemoryStore]


class Embeddings(ThreadingHTTPServer):
    """`/v1/embeddings` with vectors of letters; `heard` is every text it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.heard: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}#letters"


class Answering(BaseHTTPRequestHandler):
    server: Embeddings

    def do_POST(self) -> None:
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        self.server.heard += texts
        vectors = LexicalEmbedder().embed_documents(texts)
        data = [
            {"object": "embedding", "index": number, "embedding": vector}
            for number, vector in enumerate(vectors)
        ]
        body = json.dumps({"object": "list", "data": data, "model": "letters", "usage": {}})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[Embeddings]:
    with Embeddings() as made:
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def ana(open_store: Open, server: Embeddings) -> UserMemory:
    ana = open_store(embedder=server.url).user("ana")
    ana.observe("My divorce was final in May.")
    ana.observe("I live in Oslo.")
    ana.private.add("my divorce")
    return ana


def test_a_question_on_what_is_private_is_answered_by_words_alone_and_said_to_be(
    ana: UserMemory, server: Embeddings
) -> None:
    with pytest.warns(DegradedRecallWarning, match="private topic"):
        hits = ana.recall("When was the divorce final?")
    assert hits[0].text == "My divorce was final in May."
    assert "meaning" not in hits[0].why
    ana.recall("Where do I live?")
    assert "Where do I live?" in server.heard, "what is not private is of use there"
    assert not [text for text in server.heard if "divorce" in text.lower()]


@pytest.mark.filterwarnings("ignore::usermind.memory.DegradedRecallWarning")
def test_a_whole_turn_on_what_is_private_sends_nothing_of_it(
    ana: UserMemory, server: Embeddings, open_store: Open, talking: Callable[..., Any]
) -> None:
    assistant, model = talking(
        open_store(embedder=server.url), "I am sorry.", "In Oslo.", recipient="local model"
    )
    assert assistant.turn("ana", "My ex-wife keeps the flat.").text == "I am sorry."
    assert assistant.turn("ana", "Where do I live?").text == "In Oslo."
    ana.reflect()
    ana.embed()
    assert "My ex-wife keeps the flat." in model.requests[0].turn.message
    assert any("Where do I live?" in text for text in server.heard)
    assert not [text for text in server.heard if "ex-wife" in text or "divorce" in text.lower()]


def test_no_vector_is_made_for_what_is_private(ana: UserMemory, server: Embeddings) -> None:
    assert ana.user_vector("Where do I live?") is not None
    with pytest.raises(PrivacyError, match="was not sent"):
        ana.user_vector("the divorce")
    assert not [text for text in server.heard if "divorce" in text.lower()]


def test_other_words_for_what_is_private_are_not_looked_for(
    ana: UserMemory, server: Embeddings
) -> None:
    model = ScriptedReasoner([ExpandQueryAnswer(terms=["splitting up"])] * 3)
    assert reformulated(ana, "the divorce", model, how="ensemble", n=1).queries == ()
    with pytest.warns(DegradedRecallWarning, match="private topic"):
        recalled_with(ana, "the divorce", model, how="ensemble", n=1)
    assert not model.prompts
    assert not [text for text in server.heard if "splitting" in text]


def test_a_topic_holds_from_the_moment_it_is_private_and_no_longer(
    ana: UserMemory, server: Embeddings
) -> None:
    ana.private.remove("my divorce")
    ana.recall("When was the divorce final?")
    assert "When was the divorce final?" in server.heard


@pytest.mark.filterwarnings("ignore::usermind.memory.privacy.gate.PrivacyOffWarning")
def test_it_holds_when_the_gate_is_off_and_a_gate_that_breaks_sends_nothing(
    open_store: Open, server: Embeddings
) -> None:
    off = open_store(embedder=server.url, privacy="off").user("bo")
    off.observe("I live in Oslo.")
    off.private.add("my divorce")
    with pytest.warns(DegradedRecallWarning, match="private topic"):
        off.recall("the divorce")
    assert not [text for text in server.heard if "divorce" in text]

    def breaks(_: str) -> list[tuple[str, int, int]]:
        raise RuntimeError("broken")

    server.heard.clear()
    broken = Policy("broken", (Rule("numbers", "redact", NUMBERS),), detectors=(breaks,))
    with pytest.raises(PrivacyError):
        open_store(embedder=server.url, privacy=broken).user("bo").recall("the weather")
    assert server.heard == []
