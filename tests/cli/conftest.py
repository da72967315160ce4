import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from usermind.cli import app


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of our own, without what the developer's machine has set."""
    for name in [name for name in os.environ if name.startswith("USERMIND_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("USERMIND_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("USERMIND_USER", "ana")
    monkeypatch.setenv("USERMIND_EMBEDDER", "lexical")
    monkeypatch.setenv("USERMIND_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").touch()
    return tmp_path / "store"


@pytest.fixture
def cli() -> Callable[..., Any]:
    """Run a command; the result has exit_code, stdout and stderr."""

    def run(*arguments: object, said: str | bytes | None = None) -> Any:
        return CliRunner().invoke(app, [str(item) for item in arguments], input=said)

    return run


@pytest.fixture
def known(cli: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with something known about ana."""
    told = ["I live in Oslo.", "I am allergic to walnuts.", "My dog is called Bo."]
    lines = [json.dumps({"text": text, "id": f"m{n}"}) for n, text in enumerate(told)]
    assert cli("ingest", "-", said="\n".join(lines)).exit_code == 0
    assert cli("reflect").exit_code == 0
    return cli


@pytest.fixture
def heeding_ctrl_c() -> Callable[[], None]:
    """What a child process does first, so that Ctrl-C reaches it.

    Under `nohup … &` it would inherit SIGINT as ignored, and Python leaves that as it is.
    """

    def restore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return restore


class Endpoint:
    """A server that lists one model and does with a chat request what `mode` says."""

    def __init__(self) -> None:
        self.mode = "says"
        self.learning: str | Callable[[str], str] | None = None
        """The answer to a request that is no chat turn, by its prompt; "hangs": none."""
        self.model: str | None = "tiny"
        """Name of what it serves."""
        self.learns = threading.Event()
        """Set when such a request has come in."""
        self.asked = threading.Event()
        """Set when a chat request has come in."""
        self.over = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"at": self}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def _completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "tiny",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 700, "completion_tokens": 30, "total_tokens": 730},
    }


class Handler(BaseHTTPRequestHandler):
    at: Endpoint

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self._answer(200, {"object": "list", "data": [{"id": self.at.model, "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not body.get("stream") and self.at.learning is not None:
            self.at.learns.set()
            told = self.at.learning
            if told == "hangs":
                self.at.over.wait(30)
            if not isinstance(told, str):
                told = told(body["messages"][-1]["content"])
            self._answer(200, _completion(told))
            return
        self.at.asked.set()
        if self.at.mode == "hangs":
            self.at.over.wait(30)
        if self.at.mode != "streams":
            self._answer(500, {"error": {"message": "broken"}})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for delta, end in (("Hello ", None), ("\x1b[31mAna.", None), ("", "stop")):
            choice = {"index": 0, "delta": {"content": delta}, "finish_reason": end}
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny"}
            self.wfile.write(f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    served = Endpoint()
    yield served
    served.stop()
