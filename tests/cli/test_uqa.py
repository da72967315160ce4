"""`usermind eval benchmark uqa`: accuracies by representation, a recording, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Endpoint

COMMAND = ("eval", "benchmark", "uqa")


def test_a_recording_gives_the_same_results_without_the_model(
    cli: Callable[..., Any], tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    endpoint.learning = '{"answer": "B"}'
    answers, first, second = tmp_path / "answers.jsonl", tmp_path / "one", tmp_path / "two"
    arguments = [*COMMAND, "--users", "1", "--seed", "5", "--answers", answers]
    result = cli(*arguments, "--model", endpoint.url, "--out", first, "--jobs", "4")
    assert result.exit_code == 0, result.stderr
    assert "By kind, model" in result.stdout
    tables = [line for line in result.stdout.splitlines() if "  " in line]
    assert all(len(line) <= 80 for line in tables)
    result = cli(*arguments, "--out", second)
    assert result.exit_code == 0, result.stderr
    assert (first / "results.json").read_bytes() == (second / "results.json").read_bytes()
    said = (second / "questions.jsonl").read_text("utf-8")
    assert len(said.splitlines()) == 81  # ten ways of eight questions, and concepts of one
    assert said == (first / "questions.jsonl").read_text("utf-8")
    told = json.loads((second / "results.json").read_text("utf-8"))
    lines = told["tables"][0]["lines"]
    assert lines["whole log"]["rules"]["value"] == 1.0
    shares = {way: cells["model"]["value"] for way, cells in lines.items()}
    assert len(set(shares.values())) == 1  # it says B, whatever it is given


def test_no_users_are_an_error(cli: Callable[..., Any]) -> None:
    result = cli(*COMMAND, "--users", "0")
    assert result.exit_code == 1
    assert "Expected 1 or more" in result.stderr
