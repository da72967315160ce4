"""A benchmark over a real vLLM whose words are noise: it ends, counts, goes on and is replayed."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.benchmark_files import locomo_file, personabench_folder

from usermind.evals.benchmarks import Asker, Recording, run_locomo, run_personabench
from usermind.models import MiniLM, connect

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm


def test_a_run_over_noise_ends_and_its_replay_is_the_same(
    vllm_server: "VllmServer", minilm_folder: Path, tmp_path: Path
) -> None:
    if not vllm_server.healthy():
        vllm_server.restart()
    embedder = MiniLM(minilm_folder)
    kept = tmp_path / "answers.jsonl"
    recording = Recording(kept, lambda ledger: connect(vllm_server.url, ledger=ledger, timeout=300))
    asker = Asker(recording, jobs=4)
    data = locomo_file(tmp_path)
    report = run_locomo(data, embedder=embedder, asker=asker)
    assert report.settings["model"] == "tiny"
    assert report.counts["answers"] == 18
    assert asker.unusable <= 18
    assert recording.ledger.total().prompt_tokens > 0
    calls = recording.ledger.total().calls
    replay = run_locomo(data, embedder=embedder, asker=Asker(Recording(kept)))
    assert replay.as_json() == report.as_json()
    assert recording.ledger.total().calls == calls


def test_all_that_was_said_fits_or_counts_as_wrong(
    vllm_server: "VllmServer", minilm_folder: Path, tmp_path: Path
) -> None:
    if not vllm_server.healthy():
        vllm_server.restart()
    asker = Asker(connect(vllm_server.url, timeout=300), jobs=4)
    report = run_personabench(
        personabench_folder(tmp_path), embedder=MiniLM(minilm_folder), asker=asker, everything=True
    )
    assert report.counts["answers"] == 16
