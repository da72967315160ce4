"""An endpoint that never stops answering is told as one, after no more than an answer may be."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from PIL import Image

from usermind import Assistant, MemoryStore
from usermind.errors import InvalidModelOutputError, ModelError
from usermind.memory import DegradedRecallWarning
from usermind.models import _replies, _transport, check_endpoint, connect
from usermind.models.embeddings import HttpEmbedder
from usermind.models.images import HttpImageEncoder
from usermind.models.reasoner import ReplyRequest
from usermind.prompts import ObservationLine, ReflectPrompt, SystemPrompt, TurnPrompt

NOW = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
SECRET = "a very private sentence"
REFLECT = ReflectPrompt(
    user_name="Ana",
    now=NOW,
    known=(),
    observations=(ObservationLine(1, "user", NOW, "first_party", SECRET),),
)
MODELS = b'{"object": "list", "data": [{"id": "tiny", "object": "model"}]}'
SAID = (
    b'{"id": "c", "object": "chat.completion", "created": 0, "model": "tiny", "choices": [{"index":'
    b' 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes."}}]}'
)
EVENT = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
LEAST = 64 << 20
"""Bytes of what sockets and this server hold on their way, and never less than one answer."""


class Server(ThreadingHTTPServer):
    """Answers as it should, but for the one route where it says `says` without end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.route, self.says, self.status = "", b"[" * 65_536, 200
        self.headers: dict[str, str] = {}
        self.sent = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that hang up are what the tests are about."""


class Answering(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._answer(b"" if self.path.endswith("/metrics") else MODELS)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        one = {"object": "embedding", "index": 0, "embedding": [1.0]}
        data = [one | {"index": number} for number, _ in enumerate(asked.get("input", "x"))]
        vectors = json.dumps({"object": "list", "data": data}).encode()
        self._answer(vectors if self.path.endswith("/embeddings") else SAID)

    def _answer(self, body: bytes) -> None:
        at = self.server
        endless = at.route and self.path.endswith(at.route)
        self.send_response(at.status if endless else 200)
        kind = "text/event-stream" if at.says.startswith(b"data") else "application/json"
        for name, value in ({"Content-Type": kind} | (at.headers if endless else {})).items():
            self.send_header(name, value)
        self.end_headers()  # HTTP/1.0: the answer ends with the connection
        self.wfile.write(at.says if endless else body)
        at.sent = 0
        while endless:
            self.wfile.write(at.says)
            at.sent += len(at.says)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


def request() -> ReplyRequest:
    return ReplyRequest(SystemPrompt("Ana", ()), [], TurnPrompt(NOW, (), SECRET), ())


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


Call = Callable[[str], object]
CALLS: dict[str, tuple[str, Call]] = {
    "the list of models": ("/models", lambda url: connect(url, max_retries=0).complete(REFLECT)),
    "a structured answer": ("/completions", lambda url: connect(url).complete(REFLECT)),
    "a reply": ("/completions", lambda url: list(connect(url).reply(request()))),
    "embeddings": ("/embeddings", lambda url: HttpEmbedder(url).embed_query(SECRET)),
    "a picture's vector": (
        "/embeddings",
        lambda url: HttpImageEncoder(url, "tiny").encode([picture()]),
    ),
}


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("name", CALLS)
def test_an_answer_without_end_is_an_error_after_so_many_bytes(
    server: Server, name: str, status: int
) -> None:
    server.route, call = CALLS[name]
    server.status = status
    with pytest.raises(InvalidModelOutputError, match="did not stop answering") as raised:
        call(server.url)
    # What is read may not be counted yet: the server counts when it has sent.
    assert _transport.LONGEST - 2 * len(server.says) < server.sent < _transport.LONGEST + LEAST
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "says",
    [b"data: " + b"x" * 65_536, b": " + b"x" * 65_536 + b"\n\n"],
    ids=["one event", "no event at all"],
)
def test_a_stream_of_a_reply_has_an_end(server: Server, says: bytes) -> None:
    server.route, server.says = "/completions", says
    with pytest.raises(InvalidModelOutputError, match="did not stop answering"):
        list(connect(server.url).reply(request()))
    assert server.sent < _transport.LONGEST + LEAST


def test_a_stream_of_the_smallest_pieces_has_one_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_replies, "MOST_PIECES", 500)
    server.route, server.says = "/completions", EVENT * 100
    pieces, seen = connect(server.url).reply(request()), list[str]()
    with pytest.raises(InvalidModelOutputError, match="did not stop answering"):
        seen.extend(piece.text for piece in pieces)
    assert len(seen) == 501  # the first opens it
    assert set(seen) == {"a"}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_packed_is_not_unpacked(server: Server, name: str) -> None:
    server.route, call = CALLS[name]
    server.says = gzip.compress(bytes(48 << 20), 1)
    server.headers = {"Content-Encoding": "gzip"}
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match="packs its answers"):
            call(server.url)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("route", ["/models", "/completions", "/embeddings", "/metrics"])
def test_the_check_of_an_endpoint_says_which_answer_has_no_end(server: Server, route: str) -> None:
    server.route = route
    report = check_endpoint(server.url)
    told = {name: detail for name, _, detail, _ in report.rows if "did not stop" in detail}
    assert (
        set(told)
        == {
            "/models": {"models"},
            "/completions": {"json_schema", "tools", "images", "prompt_embeds", "streaming"},
            "/embeddings": {"embeddings"},
            "/metrics": {"prefix_cache"},
        }[route]
    )


def test_a_turn_says_so_and_keeps_the_message(
    server: Server, open_store: Callable[..., MemoryStore]
) -> None:
    store = open_store()
    server.route = "/completions"
    with Assistant(store=store, model=server.url, reflect="manual") as assistant:
        reply = assistant.turn("ana", "I live in Oslo.")
    assert isinstance(reply.error, InvalidModelOutputError)
    assert [each.text for each in store.user("ana").observations()] == ["I live in Oslo."]


def test_memory_is_searched_by_words_and_says_so(
    server: Server, open_store: Callable[..., MemoryStore]
) -> None:
    ana = open_store(embedder=server.url).user("ana")
    ana.observe("I live in Oslo.")
    server.route = "/embeddings"
    with pytest.warns(DegradedRecallWarning, match="did not stop answering"):
        hits = ana.recall("Where do I live?")
    assert [hit.text for hit in hits] == ["I live in Oslo."]
