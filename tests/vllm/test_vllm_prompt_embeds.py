"""A user's vector before a prompt, read by a real vLLM; the model is noise, but not the same noise.

What is random here (the tiny model, the projection) means nothing; that its greedy text follows
from the rows it is given, and from nothing else, is what these tests show.
"""

import base64
import json
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from usermind import Draft, MemoryStore
from usermind.errors import ModelRequestError, PromptTooLongError
from usermind.models import Injector, MiniLM, Projection, TokenEmbeddings
from usermind.models.injector import Message, encoded

if TYPE_CHECKING:
    from usermind.models._weights import Floats

from tests.vllm.conftest import VllmServer, serving

pytestmark = pytest.mark.vllm

PROMPTS = [
    "The assignment statement binds names to values.",
    "Where do I live?",
    "A class definition is an executable statement. " * 20,
]
LIVES = {
    "ana": ("I live in Oslo.", "My cat is called Bo.", "I play the violin."),
    "eva": ("I study medicine in Porto.", "I am allergic to peanuts.", "I ride a red bicycle."),
}
LENGTH = 24
WHOLE = {"min_tokens": LENGTH}
"""So that every reply has words to compare: the tiny model often begins with the end."""


@pytest.fixture(scope="module")
def embeds_server(
    vllm_python_path: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmServer]:
    """The tiny chat model, started so that it takes embedded prompts."""
    yield from serving(
        tiny_model, vllm_python_path, tmp_path_factory, context=8192, prompt_embeds=True
    )


@pytest.fixture(scope="module")
def projection(tiny_model: Path, minilm_folder: Path) -> Projection:
    words = TokenEmbeddings(tiny_model)
    return Projection.untrained(
        MiniLM(minilm_folder).dimension,
        tokens=4,
        hidden=words.hidden,
        length=words.typical_length(),
    )


@pytest.fixture(scope="module")
def injector(embeds_server: VllmServer, tiny_model: Path, projection: Projection) -> Injector:
    return Injector(embeds_server.url, folder=tiny_model, projection=projection)


@pytest.fixture(scope="module")
def vectors(minilm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> "dict[str, Floats]":
    """Two users, each as they are seen from the same question."""
    found = {}
    with MemoryStore(tmp_path_factory.mktemp("store"), embedder=MiniLM(minilm_folder)) as store:
        for name, life in LIVES.items():
            store.user(name).observe_many([Draft(text=text) for text in life])
            vector = store.user(name).user_vector("Where do I live?")
            assert vector is not None
            found[name] = vector
    return found


def posted(server: VllmServer, route: str, **body: Any) -> Any:
    request = urllib.request.Request(
        f"{server.url}{route}",
        json.dumps(
            {"model": "tiny", "temperature": 0, "max_tokens": LENGTH, **WHOLE, **body}
        ).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["choices"][0]


def written(
    injector: Injector, prompt: str | Sequence[Message], vector: "Floats | None" = None
) -> str:
    return injector.complete(prompt, vector=vector, max_tokens=LENGTH, options=WHOLE)


@pytest.mark.parametrize("prompt", PROMPTS, ids=["a sentence", "a question", "long"])
def test_embedded_words_are_read_as_the_words_themselves(
    prompt: str, embeds_server: VllmServer, injector: Injector
) -> None:
    as_text = posted(embeds_server, "/completions", prompt=prompt)["text"]
    assert as_text
    assert written(injector, prompt) == as_text


def test_embedded_messages_are_laid_out_as_in_a_chat(
    embeds_server: VllmServer, injector: Injector
) -> None:
    talk = [
        {"role": "system", "content": "Answer in one sentence."},
        {"role": "user", "content": "Where do I live?"},
    ]
    said = posted(embeds_server, "/chat/completions", messages=talk)["message"]["content"]
    assert said
    assert written(injector, talk) == said


@pytest.mark.parametrize("prompt", PROMPTS[:2], ids=["a sentence", "a question"])
def test_a_vector_in_front_changes_what_is_written(
    prompt: str, injector: Injector, vectors: "dict[str, Floats]"
) -> None:
    alone = written(injector, prompt)
    assert written(injector, prompt, vectors["ana"]) != alone
    assert written(injector, prompt, -vectors["ana"]) != alone


def test_two_users_get_their_own_and_never_each_others(
    injector: Injector, vectors: "dict[str, Floats]"
) -> None:
    """The prefix cache is on: a block made of one user's rows is not taken for another's."""
    for prompt in PROMPTS:
        rounds = [
            [written(injector, prompt, vectors[name]) for name in ("ana", "eva")] for _ in range(3)
        ]
        assert rounds[0] == rounds[1] == rounds[2]
        assert rounds[0][0] != rounds[0][1]


def test_the_prefix_cache_serves_the_same_user_again(
    embeds_server: VllmServer, injector: Injector, vectors: "dict[str, Floats]"
) -> None:
    prompt = "The yield expression is used when defining a generator function. " * 20
    injector.complete(prompt, vector=vectors["ana"], max_tokens=1)
    before = embeds_server.counter("vllm:prefix_cache_hits_total")
    injector.complete(prompt, vector=vectors["eva"], max_tokens=1)
    between = embeds_server.counter("vllm:prefix_cache_hits_total")
    injector.complete(prompt, vector=vectors["ana"], max_tokens=1)
    assert between == before
    assert embeds_server.counter("vllm:prefix_cache_hits_total") > between


def test_a_server_without_the_flag_says_how_to_start_one(
    vllm_server: VllmServer, tiny_model: Path, projection: Projection
) -> None:
    plain = Injector(vllm_server.url, folder=tiny_model, projection=projection)
    with pytest.raises(ModelRequestError, match="model serve --prompt-embeds"):
        plain.complete("Where do I live?")


def test_the_folder_of_another_model_is_named_as_the_reason(
    embeds_server: VllmServer, tmp_path: Path
) -> None:
    save_file(
        {"model.embed_tokens.weight": np.ones((4096, 64), np.float32)},
        tmp_path / "model.safetensors",
    )
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    narrow = Projection.untrained(8, tokens=1, hidden=64, length=1.0)
    other = Injector(embeds_server.url, folder=tmp_path, projection=narrow)
    with pytest.raises(ModelRequestError, match="folder of the model that is served"):
        other.complete("Where do I live?")


def test_a_prompt_that_does_not_fit_is_told_apart(injector: Injector) -> None:
    with pytest.raises(PromptTooLongError):
        injector.complete("statement " * 9_000)


def test_what_is_sent_is_what_torch_writes(vllm_python_path: Path, tmp_path: Path) -> None:
    rows = np.random.default_rng(2).normal(size=(5, 7)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    (tmp_path / "rows.pt").write_bytes(base64.b64decode(encoded(rows)))
    script = (
        "import sys, numpy, torch; folder = sys.argv[1]; "
        "rows = torch.load(folder + '/rows.pt', weights_only=True); "
        "assert rows.layout is torch.strided and rows.is_contiguous(); "
        "assert rows.dtype is torch.float32 and not rows.requires_grad; "
        "print(numpy.array_equal(rows.numpy(), numpy.load(folder + '/rows.npy')))"
    )
    done = subprocess.run(
        [vllm_python_path, "-P", "-c", script, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
