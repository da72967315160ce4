"""`usermind eval benchmark proactivebench`: gates beside always and never, a recording, errors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Endpoint
from tests.evals.benchmarks.proposals_by_hand import rows, write

COMMAND = ("eval", "benchmark", "proactivebench")
GOLDEN = """\
Decisions: learned
                   n  gate                 always  never
offered           48  0.333                1.000   0.000
precision         48  1.000 (1.000–1.000)  0.333   –
recall            48  1.000 (1.000–1.000)  1.000   0.000
F1                48  1.000 (1.000–1.000)  0.500   0.000
FPR               48  0.000 (0.000–0.000)  1.000   0.000
1 - P             48  0.000                0.667   –
accuracy          48  1.000                0.333   0.667
MD                48  0.000                0.000   0.333
FD                48  0.000                0.667   0.000
an hour           48  20.000               60.000  0.000
F1 beyond always  48  0.500 (0.500–0.500)  0.000   -0.500
"""


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return write(tmp_path / "labels.jsonl", rows())


def test_a_gate_that_is_learned_anew_stands_beside_always_and_never(
    cli: Callable[..., Any], labels: Path
) -> None:
    result = cli(*COMMAND, labels)
    assert result.exit_code == 0, result.stderr
    assert GOLDEN in result.stdout
    assert "proposals: 48; traces: 4; rows without a proposal: 4" in result.stdout
    assert "Decisions: shipped" not in result.stdout


def test_the_gate_that_ships_is_asked_too(cli: Callable[..., Any], labels: Path) -> None:
    result = cli(*COMMAND, labels, "--shipped")
    assert "Decisions: shipped" in result.stdout
    assert GOLDEN in result.stdout
    assert "The weights that ship were fitted on" in " ".join(result.stderr.split())


def test_a_recording_gives_the_same_results_without_the_model(
    cli: Callable[..., Any], labels: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.learning = '{"reason": "It fits.", "useful": 0.9}'
    answers, first, second = tmp_path / "answers.jsonl", tmp_path / "one", tmp_path / "two"
    arguments = [*COMMAND, labels, "--sample", "12", "--seed", "1", "--answers", answers]
    result = cli(*arguments, "--model", endpoint.url, "--out", first, "--jobs", "2")
    assert result.exit_code == 0, result.stderr
    assert "Decisions: model" in result.stdout
    assert len(answers.read_text("utf-8").splitlines()) == 12
    result = cli(*arguments, "--out", second)
    assert result.exit_code == 0, result.stderr
    assert (first / "results.json").read_bytes() == (second / "results.json").read_bytes()
    told = json.loads((second / "results.json").read_text("utf-8"))
    assert told["settings"]["model"] == "tiny"
    assert told["counts"]["answers"] == 12
    said = (second / "questions.jsonl").read_text("utf-8")
    assert said == (first / "questions.jsonl").read_text("utf-8")
    rows_ = [json.loads(line) for line in said.splitlines()]
    assert len(rows_) == 12
    assert {one["answer"] for one in rows_} == {"It fits."}
    assert {one["scores"]["probability"] for one in rows_} == {0.9}
    assert all(one["question"].startswith("line ") for one in rows_)
    lacking = cli(*COMMAND, labels, "--answers", answers)
    assert lacking.exit_code == 1
    assert "lacks 36 of the 48 answers" in " ".join(lacking.stderr.split())


def test_the_tables_fit_on_a_terminal_of_80_columns(
    cli: Callable[..., Any], labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = cli(*COMMAND, labels, "--shipped").stdout.splitlines()
    tables = [line for line in lines if "  " in line]
    assert len(tables) >= 2 * (12 + 13 + 5)
    assert all(len(line) <= 80 for line in tables)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (rows(2), "3 are needed at least. Nothing was measured."),
        ([], "is empty"),
        ([*rows(), {"obs": []}], ":53, `obs` must hold an event at least"),
        ([one for one in rows() if not one["pred_task"]], "has a proposal"),
    ],
    ids=["two traces", "an empty file", "a malformed line", "no proposals"],
)
def test_files_that_nothing_can_be_told_of_are_an_error(
    cli: Callable[..., Any], tmp_path: Path, lines: list[dict[str, object]], said: str
) -> None:
    result = cli(*COMMAND, write(tmp_path / "labels.jsonl", lines))
    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_file_that_is_missing_is_an_error(cli: Callable[..., Any], tmp_path: Path) -> None:
    result = cli(*COMMAND, tmp_path / "gone.jsonl")
    assert result.exit_code == 1
    assert "There is no file" in result.stderr


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_measured(
    cli: Callable[..., Any], labels: Path
) -> None:
    result = cli(*COMMAND, labels, "--out", labels)
    assert result.exit_code == 1
    assert "Name another folder with `--out`" in " ".join(result.stderr.split())
    assert result.stdout == ""
