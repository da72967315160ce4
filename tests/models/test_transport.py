"""What comes of a URL that answers, but is no model endpoint."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from usermind import Assistant, MemoryStore, UserMemory
from usermind.errors import ModelUnavailableError
from usermind.models import check_endpoint, connect


@pytest.fixture(params=["text/html", "application/json"])
def web_page(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that answers everything with a page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html>Welcome!</html>"
            self.send_response(200)
            self.send_header("content-type", request.param)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("model", [None, "named"])
def test_a_turn_says_so_in_words_and_keeps_the_message(
    web_page: str, model: str | None, store: MemoryStore, ana: UserMemory
) -> None:
    reasoner = connect(web_page, model=model, max_retries=0)
    with Assistant(store=store, model=reasoner, reflect="manual") as assistant:
        reply = assistant.turn("ana", "I am a vet.")

    assert isinstance(reply.error, ModelUnavailableError | ValueError)
    assert "kept" in reply.text
    assert len(ana.observations()) == 1


def test_reflection_keeps_the_observations_due(
    web_page: str, store: MemoryStore, ana: UserMemory
) -> None:
    ana.observe("I am a vet.")
    with Assistant(store=store, model=connect(web_page, max_retries=0)) as assistant:
        report = assistant.reflect("ana")

    assert (report.failed, report.pending) == (1, 1)
    assert "list of models" in report.errors[0]


def test_the_check_says_what_is_wrong(web_page: str) -> None:
    report = check_endpoint(web_page)

    assert not report.works("models")
    assert any("list of models" in row[2] for row in report.rows)
