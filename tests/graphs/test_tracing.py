"""Nothing is sent to LangSmith unless the user says so in usermind's own words."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from langsmith.run_helpers import get_tracing_context

from usermind.graphs.tracing import untraced_events


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A stand-in for LangSmith's endpoint: its address, and what arrives there."""
    arrived: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append(self.path)
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", arrived
    server.shutdown()
    thread.join()
    server.server_close()


TALK = """
import sys
from langchain_core.tracers.langchain import wait_for_all_tracers
from usermind import Assistant, MemoryStore
with MemoryStore(sys.argv[1], embedder="lexical") as store:
    with Assistant(store=store) as assistant:
        assistant.turn("ana", "My cat is called Miso.")
        list(assistant.stream_turn("ana", "What is my cat called?"))
        assistant.wait()
    store.user("ana").observe("I moved to Oslo.")
    store.user("ana").reflect()
wait_for_all_tracers()
"""


@pytest.mark.parametrize(("asked", "sends"), [("", False), ("1", True)])
def test_a_turn_and_a_reflection_send_nothing_unless_asked_to(
    tmp_path: Path, listener: tuple[str, list[str]], asked: str, sends: bool
) -> None:
    url, arrived = listener
    # LangSmith reads its variables once a process, so this needs one of its own.
    env = os.environ | {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_API_KEY": "x",
        "LANGSMITH_ENDPOINT": url,
        "USERMIND_TRACING": asked,
    }
    subprocess.run([sys.executable, "-c", TALK, tmp_path], env=env, check=True, capture_output=True)

    assert bool(arrived) is sends


def test_the_callers_own_tracing_is_left_alone() -> None:
    seen = []

    def inside() -> Iterator[int]:
        seen.append(get_tracing_context()["enabled"])
        yield 1

    events = untraced_events(inside())
    next(events)

    assert seen == [False]
    assert get_tracing_context()["enabled"] is None
