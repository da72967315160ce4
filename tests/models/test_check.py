from typing import TYPE_CHECKING, Any

import pytest

from usermind.errors import InvalidInputError
from usermind.models import check_endpoint
from usermind.models.check import WITHOUT

if TYPE_CHECKING:
    from tests.models.conftest import Endpoint, Handler


def test_a_dead_endpoint_is_a_finding() -> None:
    report = check_endpoint("http://127.0.0.1:9")
    assert report.model is None
    assert [name for name, *_ in report.rows] == list(WITHOUT)
    assert not any(works == "yes" for _, works, *_ in report.rows)
    assert "cannot be reached" in report.rows[0][2]


def test_an_endpoint_that_refuses_everything_still_gets_a_full_report(
    endpoint: "Endpoint",
) -> None:
    endpoint.plays(endpoint.fails(400, "not here"))
    endpoint.context = None
    report = check_endpoint(endpoint.url)
    assert report.model == "scripted"
    assert report.works("models")
    assert report.context_length is None
    works = {name for name in WITHOUT if report.works(name)}
    assert works == {"models"}
    for name, yes, detail, without in report.rows[1:]:
        assert (yes, bool(detail), without) == ("no", True, WITHOUT[name])
    assert ("tools", "no", "HTTP 400: not here", WITHOUT["tools"]) in report.rows


def test_every_answer_is_a_request_really_made(endpoint: "Endpoint") -> None:
    seen: list[dict[str, Any]] = []

    def serve(at: "Handler") -> None:
        path, body = endpoint.requests[-1]
        seen.append(body)
        if path.endswith("/embeddings"):
            data = [{"object": "embedding", "index": 0, "embedding": [0.0, 1.0]}]
            at.answer(200, {"object": "list", "data": data, "model": "scripted"})
        elif "prompt_embeds" in body:
            at.answer(400, {"error": {"message": "could not be deserialized as a tensor"}})
        elif body.get("stream"):
            endpoint.streams("o", "k")(at)
        elif "response_format" in body:
            endpoint.says('{"ok": true}')(at)
        else:
            endpoint.says("ok")(at)

    endpoint.plays(serve)
    report = check_endpoint(endpoint.url, "mine")
    works = {name for name in WITHOUT if report.works(name)}
    assert works == set(WITHOUT) - {"prefix_cache"}  # it has no /metrics
    assert report.context_length == 4096
    assert {body["model"] for body in seen} == {"mine"}
    assert len(seen) == 6


def test_a_server_that_ignores_the_schema_is_found_out(endpoint: "Endpoint") -> None:
    endpoint.plays(endpoint.says("Sure! ok."))
    assert not check_endpoint(endpoint.url).works("json_schema")


def test_a_slow_probe_is_a_finding(endpoint: "Endpoint") -> None:
    endpoint.plays(endpoint.hangs)
    report = check_endpoint(endpoint.url, timeout=0.1)
    assert report.works("models")
    assert ("tools", "no", "no answer in time", WITHOUT["tools"]) in report.rows


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="not an endpoint"):
        check_endpoint("localhost:8000")
