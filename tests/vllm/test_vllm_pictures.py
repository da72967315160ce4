"""Pictures through a real vLLM: in a turn, in a close call, as vectors; and CLIP by transformers.

The models are tiny and random. What they say is noise; that another picture makes other noise, and
the same picture the same, is not.
"""

import json
import os
import shutil
import subprocess
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from benchmarks.concept_images import again, drawing, encoded
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from usermind import Assistant, Concept, MemoryStore
from usermind.models import ChatReasoner
from usermind.models.images import HttpImageEncoder

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm

ROOT = Path(__file__).resolve().parents[2]
BO, MIA = encoded(drawing(1)), encoded(drawing(2))


def reasoner(server: "VllmServer") -> ChatReasoner:
    model = ChatOpenAI(
        model="tiny",
        base_url=server.url,
        api_key=SecretStr("none"),
        temperature=1,  # greedily, noise repeats itself whatever it was shown
        seed=7,
        max_completion_tokens=24,
        extra_body={"min_tokens": 16},  # of noise, the first token may well be the last
    )
    return ChatReasoner(model, timeout=120)


def store_of(path: Path, **given: object) -> MemoryStore:
    store = MemoryStore(path, embedder="lexical", **given)  # type: ignore[arg-type]
    ana = store.user("ana")
    for key, picture in (("bo", BO), ("mia", MIA)):
        ana.concepts[key] = Concept(key.title(), category="dog", consent=True)
        ana.pictures.add(key, picture)
    return store


def test_what_the_model_says_hangs_on_the_pictures_it_is_shown(
    vllm_vision: "VllmServer", tmp_path: Path
) -> None:
    model = reasoner(vllm_vision)
    said = {}
    with store_of(tmp_path) as store, Assistant(store=store, model=model, reflect="manual") as own:
        for name, images in (
            ("bo", [again(1)]),
            ("bo again", [again(1)]),
            ("mia", [again(2)]),
            ("both", [again(1), again(2)]),
        ):
            reply = own.turn("ana", "Who is this?", thread_id=name, images=images)
            assert reply.error is None, reply.text
            said[name] = reply.text
            assert [sighting.keys for sighting in reply.sightings] == [
                ("bo",) if image == again(1) else ("mia",) for image in images
            ]
    assert model.sees
    assert said["bo"] == said["bo again"]
    assert len(set(said.values())) == 3


def test_a_close_call_is_judged_in_the_form_that_was_asked_for(
    vllm_vision: "VllmServer", tmp_path: Path
) -> None:
    model = reasoner(vllm_vision)
    with store_of(tmp_path) as store:
        store.user("ana").pictures.add("mia", BO)  # now Bo's picture is also one of Mia
        with Assistant(store=store, model=model, reflect="manual") as own:
            reply = own.turn("ana", "Who is this?", images=[again(1)])
    assert reply.error is None, reply.text
    [sighting] = reply.sightings
    settled = [*sighting.keys, *(key for call in sighting.unsure for key in call.keys)]
    assert set(settled) in (set(), {"bo"}, {"mia"}, {"bo", "mia"})  # noise may say any of these


def test_vectors_of_pictures_come_from_a_pooling_model(
    vllm_image_embeddings: "VllmServer", tmp_path: Path
) -> None:
    encoder = HttpImageEncoder(vllm_image_embeddings.url, "tiny")
    one, same, other = encoder.encode([BO, again(1), MIA])

    assert np.allclose(np.linalg.norm([one, same, other], axis=1), 1, atol=1e-5)
    assert one @ same > 0.99 > 0.95 > one @ other
    with store_of(tmp_path, image_encoder=encoder) as store:
        ana = store.user("ana")
        assert ana.pictures.recognise(again(1)).keys == ("bo",)
        assert ana.pictures.recognise(again(2)).keys == ("mia",)
        assert ana.pictures.recognise(encoded(drawing(3))).keys == ()


def test_a_clip_folder_is_loaded_by_transformers(vllm_python_path: Path, tmp_path: Path) -> None:
    pictures = []
    for number, picture in enumerate((BO, again(1), MIA)):
        pictures.append(tmp_path / f"{number}.png")
        pictures[-1].write_bytes(picture)
    borrowed = tmp_path / "borrowed"  # what vLLM's environment lacks of ours
    [tenacity] = find_spec("tenacity").submodule_search_locations  # type: ignore[union-attr, misc]
    shutil.copytree(tenacity, borrowed / "tenacity")
    metadata = Path(str(distribution("usermind")._path))  # type: ignore[attr-defined]
    shutil.copytree(metadata, borrowed / metadata.name)

    ran = subprocess.run(
        [vllm_python_path, "-P", ROOT / "tests/vllm/clip_encoder.py", tmp_path / "clip", *pictures],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": f"{ROOT / 'src'}:{borrowed}"},
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stderr[-2_000:]
    found = json.loads(ran.stdout)
    together = np.asarray(found["together"])
    assert (found["name"], found["dimensions"]) == ("clip", 48)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(found["alone"], together, atol=1e-4)
    assert together[0] @ together[1] > together[0] @ together[2]
