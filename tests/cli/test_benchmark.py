"""`usermind eval benchmark` from a terminal."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.benchmark_files import limit_folder, locomo_file, personabench_folder

Cli = Callable[..., Any]
BENCH = ("eval", "benchmark")


@pytest.fixture
def answering(endpoint: Any) -> Iterator[Any]:
    """An endpoint that gives one answer to all."""
    endpoint.learning = json.dumps({"answer": "Oslo"})
    yield endpoint
    endpoint.over.set()


def test_limit_is_searched_and_written(cli: Cli, tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    done = cli(*BENCH, "limit", limit_folder(tmp_path), "--k", 1, "--k", 2, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert "1.000 (0.342–1.000)" in done.stdout
    assert "documents: 3; questions: 2" in done.stdout
    assert "dense baselines are left out" in done.stderr
    assert list(json.loads((out / "results.json").read_text())["tables"][0]["lines"]) == [
        "@1",
        "@2",
    ]
    assert not folder.exists()  # the user's own store


def test_locomo_is_searched_without_a_model(cli: Cli, tmp_path: Path) -> None:
    done = cli(*BENCH, "locomo", locomo_file(tmp_path), "--json")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert [table["title"] for table in report["tables"]] == ["Recall of evidence turns"]
    assert "model" not in report["settings"]


def test_a_model_is_asked_recorded_and_replayed(cli: Cli, tmp_path: Path, answering: Any) -> None:
    data, kept = locomo_file(tmp_path), tmp_path / "answers.jsonl"
    given = (*BENCH, "locomo", data, "--answers", kept)
    done = cli(*given, "--model", answering.url, "--jobs", 4, "--out", tmp_path / "one")
    assert done.exit_code == 0, done.stderr
    assert "Score of the paper" in done.stdout
    assert "Model: 17 calls" in done.stderr
    answering.stop()
    again = cli(*given, "--model", answering.url, "--out", tmp_path / "two")
    alone = cli(*given, "--out", tmp_path / "three")
    assert (again.exit_code, alone.exit_code) == (0, 0), again.stderr + alone.stderr
    one, two, three = (
        (tmp_path / name / "results.json").read_bytes() for name in ("one", "two", "three")
    )
    assert one == two == three
    assert json.loads(one)["settings"]["model"] == "tiny"
    assert "Model:" not in alone.stderr


def test_personabench_is_asked_with_all_that_was_said_too(
    cli: Cli, tmp_path: Path, answering: Any
) -> None:
    data = personabench_folder(tmp_path)
    done = cli(*BENCH, "personabench", data, "--model", answering.url, "--everything", "--json")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    lines = next(t["lines"] for t in report["tables"] if t["title"] == "F1 of words")
    assert list(lines["all"]) == [
        *("usermind", "evidence", "none", "everything"),
        "always the commonest",
    ]
    assert report["counts"]["answers"] == 16


def test_a_recording_that_lacks_answers_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    data = locomo_file(tmp_path)
    done = cli(*BENCH, "locomo", data, "--answers", tmp_path / "absent.jsonl")
    assert done.exit_code == 1
    assert "There is no recording" in done.stderr
    assert "--model" in done.stderr
    (tmp_path / "empty.jsonl").touch()
    done = cli(*BENCH, "locomo", data, "--answers", tmp_path / "empty.jsonl")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "lacks 17 of the 17 answers" in done.stderr


def test_a_model_that_is_down_is_told_with_what_is_kept(
    cli: Cli, tmp_path: Path, answering: Any
) -> None:
    data, kept = locomo_file(tmp_path), tmp_path / "answers.jsonl"
    cli(*BENCH, "locomo", data, "--model", answering.url, "--answers", kept)
    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join(lines[:5]) + lines[5][:-9])
    answering.stop()
    done = cli(*BENCH, "locomo", data, "--model", answering.url, "--answers", kept)
    assert done.exit_code == 1
    assert "Model error: " in done.stderr
    assert "5 answers are kept in" in done.stderr
    assert "left its last answer unfinished" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("limit", "{limit}", "--k", "0"), 1, "from 1 to 200"),
        (("limit", "{limit}", "--sample", "0"), 1, "A sample of 0 questions"),
        (("limit", "absent"), 1, "There is no folder absent"),
        (("limit", "{locomo}"), 1, "is a file"),
        (("locomo", "absent.json"), 1, "There is no file absent.json"),
        (("locomo", "{limit}"), 1, "is a folder"),
        (("personabench", "{locomo}"), 1, "is a file"),
        (("personabench", "{limit}"), 1, "has no documents_noise_0.5.json"),
        (("personabench", "{limit}", "--noise", "0.4"), 2, "0.4"),
        (("locomo", "{locomo}", "--jobs", "0"), 2, "--jobs"),
        (("locomo", "{locomo}", "--k", "five"), 2, "--k"),
        (("locomo", "{locomo}", "--out", "{locomo}"), 1, "Name another folder with `--out`"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: tuple[str, ...], status: int, words: str, cli: Cli, tmp_path: Path
) -> None:
    there = {"locomo": locomo_file(tmp_path), "limit": limit_folder(tmp_path)}
    done = cli(*BENCH, *(each.format(**there) for each in arguments))
    assert done.exit_code == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(cli: Cli, tmp_path: Path) -> None:
    path = locomo_file(tmp_path)
    path.chmod(0)
    done = cli(*BENCH, "locomo", path)
    assert done.exit_code == 1
    assert "Permission denied" in done.stderr


def test_ctrl_c_keeps_what_was_answered(
    tmp_path: Path, answering: Any, heeding_ctrl_c: Callable[[], None]
) -> None:
    data, kept = locomo_file(tmp_path), tmp_path / "answers.jsonl"
    answering.learning = "hangs"
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "usermind", *BENCH, "locomo", str(data)),
            *("--model", answering.url, "--answers", str(kept)),
            *("--jobs", "2", "--embedder", "lexical"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding_ctrl_c,
    )
    assert answering.learns.wait(60)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert f"Stopped. 0 answers are kept in {kept}; the same command goes on." in told
    assert "Traceback" not in told
