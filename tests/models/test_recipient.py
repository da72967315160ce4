"""Who counts as near: by the host of the address, and remote where nobody says."""

import pytest
from langchain_core.language_models import FakeListChatModel

from usermind.models import ChatReasoner, HttpEmbedder, Offline, connect


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/v1",
        "http://127.0.0.1:8000",
        "http://[::1]:8000/v1",
        "http://10.1.2.3/v1",
        "http://192.168.0.7:8000/v1",
        "http://172.20.0.2:8000/v1",
        "http://[fd00::1]:8000/v1",
        "http://vllm:8000/v1",
        "http://gpu-box.local:8000/v1",
        "http://models.internal/v1",
    ],
)
def test_an_endpoint_nearby_is_a_local_model(url: str) -> None:
    assert connect(url).recipient == "local model"
    assert HttpEmbedder(url, model="m").recipient == "local model"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1",
        "http://8.8.8.8/v1",
        "http://172.32.0.1/v1",
        "http://localhost.example.com/v1",
        "http://127.0.0.1.nip.io/v1",
        "http://2130706433/v1",
        "http://0x7f000001/v1",
        "http://[2001:db8::1]/v1",
        "http://localhost@evil.example/v1",
    ],
)
def test_any_other_endpoint_is_a_remote_model(url: str) -> None:
    assert connect(url).recipient == "remote model"
    assert HttpEmbedder(url, model="m").recipient == "remote model"


def test_a_model_that_says_no_address_is_remote() -> None:
    assert ChatReasoner(FakeListChatModel(responses=["a"])).recipient == "remote model"
    assert (
        ChatReasoner(FakeListChatModel(responses=["a"]), recipient="local model").recipient
        == "local model"
    )
    assert Offline().recipient == "offline"
