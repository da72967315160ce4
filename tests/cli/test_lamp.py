"""`usermind eval benchmark lamp`: figures, a model's answers, the same from a recording, errors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Endpoint
from tests.evals.benchmarks.lamp_by_hand import CITES, files, question

COMMAND = ("eval", "benchmark", "lamp")
GOLDEN = """\
Items given
          n  answer there         share with it
random    2  1.000 (0.342–1.000)  1.000 (0.342–1.000)
newest    2  0.500 (0.000–1.000)  0.500 (0.000–1.000)
BM25      2  1.000 (0.342–1.000)  1.000 (0.342–1.000)
usermind  2  1.000 (0.342–1.000)  1.000 (0.342–1.000)
Questions for which an item has the answer; and the share of the items that have it. No prediction yet; higher is better.

Reader: the mean
           n  MAE                  RMSE
no memory  2  1.500 (1.000–2.000)  1.581 (1.000–2.000)
random     2  0.000 (0.000–0.000)  0.000 (0.000–0.000)
newest     2  1.500 (0.000–3.000)  2.121 (0.000–3.000)
BM25       2  0.000 (0.000–0.000)  0.000 (0.000–0.000)
usermind   2  0.000 (0.000–0.000)  0.000 (0.000–0.000)
The mean rating of the items. Stars off: lower is better; 95 % intervals by question.
"""  # noqa: E501  # what is printed


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    """Two questions about reviews, whose nearest items have the right ratings."""
    lovely = question("LaMP-3", "q2", date="2020-01-01")
    lovely["input"] = "What is the score? review: The lamp is lovely indeed"
    asked = [question("LaMP-3", "q1", date="2020-01-01"), lovely]
    for one in asked:
        for row, item in enumerate(one["profile"]):
            item["date"] = f"2019-01-0{3 - row}"
    golds = [{"id": "q1", "output": "2"}, {"id": "q2", "output": "5"}]
    return files(tmp_path, "LaMP-3", asked, golds)


def test_readers_without_a_model_are_scored_for_each_way_to_choose(
    cli: Callable[..., Any], paths: tuple[Path, Path]
) -> None:
    result = cli(*COMMAND, *paths, "--task", "LaMP-3", "--k", "1")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(GOLDEN)
    assert "questions: 2; questions with an answer: 2; questions scored: 2" in result.stdout
    assert "model" not in result.stdout


def test_a_recording_gives_the_same_results_without_the_model(
    cli: Callable[..., Any], paths: tuple[Path, Path], tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.learning = '{"answer": "5"}'
    answers, first, second = tmp_path / "answers.jsonl", tmp_path / "one", tmp_path / "two"
    arguments = [*COMMAND, *paths, "--task", "LaMP-3", "--k", "1", "--answers", answers]
    result = cli(*arguments, "--model", endpoint.url, "--out", first)
    assert result.exit_code == 0, result.stderr
    assert "The model is tiny." in result.stderr
    assert "answers that could not be used, counted as wrong: 0" in result.stdout
    endpoint.learning = '{"answer": "1"}'  # would be seen, if it were asked again
    result = cli(*arguments, "--out", second)
    assert result.exit_code == 0, result.stderr
    assert (first / "results.json").read_bytes() == (second / "results.json").read_bytes()
    assert (first / "report.txt").read_bytes() == (second / "report.txt").read_bytes()
    told = (second / "questions.jsonl").read_text("utf-8")
    assert told == (first / "questions.jsonl").read_text("utf-8")
    answers_ = [json.loads(line) for line in told.splitlines()]
    assert [(one["question"], one["context"]) for one in answers_][:2] == [
        ("q1", "no memory"), ("q2", "no memory")
    ]  # fmt: skip
    assert answers_[0] | {"scores": None} == {
        "question": "q1", "kind": "LaMP-3", "context": "no memory", "answer": "5", "gold": ["2"],
        "scores": None,
    }  # fmt: skip
    assert [one["scores"]["absolute error"] for one in answers_[:2]] == [3.0, 0.0]
    (model,) = [
        table
        for table in json.loads((second / "results.json").read_text("utf-8"))["tables"]
        if table["title"] == "Reader: a model"
    ]
    assert model["lines"]["usermind"]["MAE"]["value"] == 1.5


def test_a_recording_that_lacks_answers_is_an_error(
    cli: Callable[..., Any], paths: tuple[Path, Path], tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.learning = '{"answer": "5"}'
    answers = tmp_path / "answers.jsonl"
    arguments = [*COMMAND, *paths, "--task", "LaMP-3", "--answers", answers]
    assert cli(*arguments).exit_code == 1  # there is none yet
    assert cli(*arguments, "--k", "1", "--model", endpoint.url).exit_code == 0
    result = cli(*arguments, "--k", "2")
    assert result.exit_code == 1
    assert "Name the model that is to give them with `--model`" in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_the_tables_fit_on_a_terminal_of_80_columns(
    cli: Callable[..., Any], paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = cli(*COMMAND, *paths, "--task", "LaMP-3").stdout.splitlines()
    tables = [line for line in lines if "(" in line]
    assert len(tables) >= 4 + 3 * 5
    assert all(len(line) <= 80 for line in tables)


def test_json_is_one_object_for_programs(cli: Callable[..., Any], paths: tuple[Path, Path]) -> None:
    told = json.loads(cli(*COMMAND, *paths, "--task", "LaMP-3", "--json").stdout)
    assert told["benchmark"] == "lamp"
    assert told["settings"]["task"] == "LaMP-3"
    assert told["counts"]["questions scored"] == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--task", "LaMP-9"], "There is no task 'LaMP-9' in LaMP"),
        (["--task", "LaMP-4"], "says that its task is 'LaMP_3'; LaMP-4 was asked for"),
        (["--task", "LaMP-3", "--sample", "0"], "Expected 1 or more"),
    ],
    ids=["unknown task", "another task", "no sample"],
)
def test_what_does_not_fit_is_an_error(
    cli: Callable[..., Any], paths: tuple[Path, Path], changed: list[str], said: str
) -> None:
    result = cli(*COMMAND, *paths, *changed)
    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())


def test_files_that_are_none_of_a_split_are_an_error(
    cli: Callable[..., Any], paths: tuple[Path, Path], tmp_path: Path
) -> None:
    asked, golds = paths
    gone = cli(*COMMAND, tmp_path / "gone.json", golds, "--task", "LaMP-3")
    assert (gone.exit_code, "There is no file" in gone.stderr) == (1, True)
    golds.write_text(golds.read_text("utf-8").replace('"q', '"other'), "utf-8")
    split = cli(*COMMAND, asked, golds, "--task", "LaMP-3")
    assert split.exit_code == 1
    assert "Give the questions and outputs of one split" in " ".join(split.stderr.split())


def test_an_answer_that_is_no_reference_is_told(
    cli: Callable[..., Any], tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.learning = '{"answer": "neither"}'
    asked = files(tmp_path, "LaMP-1")
    assert CITES in asked[0].read_text("utf-8").replace('\\"', '"')
    result = cli(*COMMAND, *asked, "--task", "LaMP-1", "--model", endpoint.url)
    assert result.exit_code == 0, result.stderr
    assert "4 of 4 answers are none of [1], [2], and count as wrong." in result.stderr
