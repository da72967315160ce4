"""A benchmark over a real vLLM whose words are noise: it ends, counts, goes on and is replayed."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.benchmark_files import locomo_file, personabench_folder
from tests.evals.benchmarks import lamp_by_hand, proposals_by_hand
from typer.testing import CliRunner

from usermind.cli import app
from usermind.evals.benchmarks import Asker, Recording, run_locomo, run_personabench
from usermind.models import MiniLM, connect

if TYPE_CHECKING:
    from collections.abc import Callable

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


def lamp(folder: Path) -> list[object]:
    asked = [lamp_by_hand.question("LaMP-3", name, date="2020-01-01") for name in ("q1", "q2")]
    for one in asked:
        for row, item in enumerate(one["profile"]):
            item["date"] = f"2019-01-0{3 - row}"
    golds = [{"id": "q1", "output": "2"}, {"id": "q2", "output": "5"}]
    return [*lamp_by_hand.files(folder, "LaMP-3", asked, golds), "--task", "LaMP-3", "--k", 1]


def proactivebench(folder: Path) -> list[object]:
    labels = proposals_by_hand.write(folder / "labels.jsonl", proposals_by_hand.rows())
    return [labels, "--sample", 6, "--seed", 1]


def uqa(folder: Path) -> list[object]:
    return ["--users", 1, "--seed", 5]


@pytest.mark.parametrize(
    ("name", "data", "answers"), [("lamp", lamp, 10), ("proactivebench", proactivebench, 6),
                                  ("uqa", uqa, 81)], ids=["lamp", "proactivebench", "uqa"],
)  # fmt: skip
def test_a_command_over_noise_ends_and_its_answers_give_the_same_bytes(
    vllm_server: "VllmServer",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    data: "Callable[[Path], list[object]]",
    answers: int,
) -> None:
    for variable in [each for each in os.environ if each.startswith("USERMIND_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("USERMIND_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("USERMIND_EMBEDDER", "lexical")
    (tmp_path / "config.toml").touch()
    if not vllm_server.healthy():
        vllm_server.restart()
    kept, first, second = tmp_path / "answers.jsonl", tmp_path / "one", tmp_path / "two"
    command = ["eval", "benchmark", name, *data(tmp_path), "--answers", kept]

    def run(*more: object) -> None:
        done = CliRunner().invoke(app, [str(each) for each in (*command, *more)])
        assert done.exit_code == 0, done.output

    run("--model", vllm_server.url, "--timeout", 300, "--jobs", 4, "--out", first)
    # What the model could not answer with is kept too, so that nothing has to be asked again.
    assert len((first / "questions.jsonl").read_text("utf-8").splitlines()) == answers
    said = kept.read_bytes()
    asked = vllm_server.counter("vllm:request_success_total")
    run("--out", second)
    for file in ("results.json", "report.txt", "questions.jsonl"):
        assert (first / file).read_bytes() == (second / file).read_bytes(), file
    assert kept.read_bytes() == said
    assert vllm_server.counter("vllm:request_success_total") == asked
    assert json.loads((first / "results.json").read_text("utf-8"))["settings"]["model"] == "tiny"
