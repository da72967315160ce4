"""A real HTTP endpoint that does what a test tells it, one request after the other."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Step = Callable[["Handler"], None]
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def says(text: str, *, finish: str = "stop", **message: object) -> Step:
    """A whole chat completion."""
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text, **message},
    }
    body = {"id": "c1", "object": "chat.completion", "created": 0, "model": "scripted"}
    return lambda at: at.answer(200, body | {"choices": [choice], "usage": USAGE})


def answers(body: Mapping[str, Any], status: int = 200, **headers: str) -> Step:
    """Any JSON; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda at: at.answer(status, body, named)


def fails(status: int, message: str = "no", **headers: str) -> Step:
    """An error as vLLM words it."""
    return answers({"error": {"message": message, "type": "E", "code": status}}, status, **headers)


def hangs(at: "Handler") -> None:
    """Say nothing until the test is over."""
    at.at.closing.wait(30)
    at.close_connection = True


def drops(at: "Handler") -> None:
    """Close the connection instead of answering."""
    at.close_connection = True
    at.connection.shutdown(socket.SHUT_RDWR)


def streams(
    *deltas: Mapping[str, Any] | str, finish: str | None = "stop", then: str = "done"
) -> Step:
    """Server-sent events; `then`: "done", "close" in good order, or "drop" in mid-stream."""

    def step(at: "Handler") -> None:
        at.send_response(200)
        at.send_header("Content-Type", "text/event-stream")
        at.send_header("Transfer-Encoding", "chunked")
        at.end_headers()
        for delta in deltas:
            event(at, {"content": delta} if isinstance(delta, str) else delta)
        if then == "drop":
            at.connection.shutdown(socket.SHUT_RDWR)
            at.close_connection = True
            return
        if then == "done":
            event(at, {}, finish=finish)
            event(at, None)
            piece(at, b"data: [DONE]\n\n")
        at.wfile.write(b"0\r\n\r\n")

    return step


def event(at: "Handler", delta: Mapping[str, Any] | None, *, finish: str | None = None) -> None:
    body: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 0}
    body |= {"model": "scripted", "choices": []}
    if delta is None:
        body["usage"] = USAGE
    else:
        body["choices"] = [{"index": 0, "delta": delta, "finish_reason": finish}]
    piece(at, f"data: {json.dumps(body)}\n\n".encode())


def piece(at: "Handler", data: bytes) -> None:
    at.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    at.wfile.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that hang up are what the tests are about."""


class Endpoint:
    """Plays `script` step by step, then repeats its last step; remembers what it was asked."""

    model = "scripted"
    context: int | None = 4096
    says = staticmethod(says)
    answers = staticmethod(answers)
    fails = staticmethod(fails)
    streams = staticmethod(streams)
    hangs = staticmethod(hangs)
    drops = staticmethod(drops)

    def __init__(self) -> None:
        self.script: list[Step] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[str | None] = []
        self.closing = threading.Event()
        self.server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"at": self}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def plays(self, *steps: Step) -> None:
        self.script = list(steps)
        self.requests.clear()

    def asked(self, route: str) -> list[dict[str, Any]]:
        return [body for path, body in self.requests if path.endswith(route)]

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    at: Endpoint

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self.at.keys.append(self.headers.get("Authorization"))
        if self.path.endswith("/models"):
            model: dict[str, Any] = {"id": self.at.model, "object": "model", "created": 0}
            if self.at.context:
                model["max_model_len"] = self.at.context
            self.answer(200, {"object": "list", "data": [model | {"owned_by": "tests"}]})
        else:
            self.answer(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.at.requests.append((self.path, body))
        self.at.keys.append(self.headers.get("Authorization"))
        step = self.at.script[0]
        if len(self.at.script) > 1:
            self.at.script.pop(0)
        step(self)

    def answer(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint on a port of its own."""
    made = Endpoint()
    yield made
    made.close()
