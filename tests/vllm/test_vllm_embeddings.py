"""Vectors from a real vLLM beside our own forward pass over the same weights."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from usermind.errors import ModelRequestError
from usermind.models import HttpEmbedder, Ledger, MiniLM, check_endpoint, connect, open_embedder
from usermind.prompts import ReflectPrompt

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm

TEXTS = [
    "I moved to Oslo in May.",
    "ok",
    "My dog Bo is afraid of thunder, so we stay in when it storms.",
    "日本語 and ünïcödé",
    "Taxes are due in April! Really?",
    " ".join(f"word{i}" for i in range(60)),
]


def test_vectors_are_those_of_our_own_minilm(
    vllm_embeddings: "VllmServer", minilm_folder: Path
) -> None:
    served = np.array(HttpEmbedder(vllm_embeddings.url, timeout=120).embed_documents(TEXTS))
    ours = MiniLM(minilm_folder).embed_array(TEXTS)
    cosines = (served * ours).sum(axis=1) / np.linalg.norm(served, axis=1)
    assert cosines.min() > 0.999


def test_many_texts_keep_their_order(vllm_embeddings: "VllmServer") -> None:
    ledger = Ledger()
    embedder = open_embedder(vllm_embeddings.url, ledger=ledger)
    texts = [f"sentence number {i}" for i in range(130)]
    found = np.array(embedder.embed_documents(texts))
    assert found.shape == (130, 384)
    assert len(ledger.entries) == 3
    one = np.array(embedder.embed_query(texts[100]))
    assert int((found @ one).argmax()) == 100


def test_the_space_is_named_after_the_served_model(vllm_embeddings: "VllmServer") -> None:
    assert HttpEmbedder(vllm_embeddings.url).model_id == "minilm"


def test_a_text_beyond_the_models_length_is_refused_clearly(
    vllm_embeddings: "VllmServer",
) -> None:
    with pytest.raises(ModelRequestError):
        HttpEmbedder(vllm_embeddings.url).embed_query("word " * 2000)


def test_check_tells_the_truth(vllm_embeddings: "VllmServer") -> None:
    report = check_endpoint(vllm_embeddings.url)
    assert report.works("embeddings")
    details = {capability.name: capability.detail for capability in report.capabilities}
    assert details["embeddings"] == "384 dimensions"
    assert not any(report.works(name) for name in ("json_schema", "tools", "streaming"))


def test_a_pooling_server_cannot_chat_and_says_so(vllm_embeddings: "VllmServer") -> None:
    from datetime import UTC, datetime

    prompt = ReflectPrompt("Ana", datetime.now(UTC), (), ())
    with pytest.raises(ModelRequestError):
        connect(vllm_embeddings.url).complete(prompt)
