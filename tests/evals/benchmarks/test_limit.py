"""LIMIT: what is read of its files, and what is searched for; and tables of figures."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.benchmark_files import limit_folder
from tests.evals.benchmarks.test_locomo import cell

from usermind.errors import InvalidInputError, StoreNotWritableError
from usermind.evals.benchmarks import Figure, Report, Table, read_limit, run_limit
from usermind.models import LexicalEmbedder

LEXICAL = LexicalEmbedder()


class Sums:
    """An embedder that is no stand-in by spelling: counts of letters."""

    model_id = "sums"
    recipient = "offline"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return [[float(text.count(letter)) + 1 for letter in "abcdefgh"] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def test_both_documents_that_answer_are_found(tmp_path: Path) -> None:
    report = run_limit(limit_folder(tmp_path), embedder=LEXICAL, k=[1, 2])
    for system in ("usermind", "BM25, headed"):
        assert cell(report, "Recall", "@2", system) == 1
        assert cell(report, "Recall", "@1", system) == 0.5
    assert report.counts == {"documents": 3, "questions": 2}


def test_dense_baselines_take_part_where_there_are_vectors_each_computed_once(
    tmp_path: Path,
) -> None:
    sums = Sums()
    report = run_limit(limit_folder(tmp_path), embedder=sums)
    assert report.tables[0].systems == [
        *("usermind", "dense, bare", "dense, headed"),
        *("BM25, bare", "BM25, headed", "RRF"),
    ]
    documents = [text for text in sums.asked if not text.startswith("Who")]
    assert len(documents) == len(set(documents))
    assert (report.notes, report.settings["embedder"]) == ([], "sums")


@pytest.mark.parametrize(
    ("name", "edit", "words"),
    [
        ("corpus.jsonl", lambda text: text + "{", "corpus.jsonl:4 is not JSON"),
        ("corpus.jsonl", lambda text: text + "3", "corpus.jsonl:4 must be a JSON object"),
        ("corpus.jsonl", lambda text: text * 2, "names a document twice"),
        ("corpus.jsonl", lambda text: "\n", "corpus.jsonl is empty"),
        (
            "corpus.jsonl",
            lambda text: text.replace('"text"', '"words"', 1),
            "corpus.jsonl:1 has no `text`",
        ),
        (
            "qrels.jsonl",
            lambda text: text.replace("Ann", "Nobody"),
            "qrels.jsonl:1 names the document 'Nobody'",
        ),
        (
            "qrels.jsonl",
            lambda text: text.replace("query_1", "query_0"),
            "queries.jsonl:2 is the question 'query_1', for which",
        ),
        (
            "queries.jsonl",
            lambda text: text.replace('"_id"', '"id"', 1),
            "queries.jsonl:1 has no `_id`",
        ),
    ],
)
def test_a_malformed_file_is_told_with_its_line(
    name: str, edit: Callable[[str], str], words: str, tmp_path: Path
) -> None:
    path = limit_folder(tmp_path) / name
    path.write_text(edit(path.read_text()))
    with pytest.raises(InvalidInputError) as caught:
        read_limit(path.parent)
    assert words in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    folder = limit_folder(tmp_path)
    folder.joinpath("qrels.jsonl").unlink()
    with pytest.raises(InvalidInputError, match=r"There is no file .*qrels.jsonl"):
        read_limit(folder)
    with pytest.raises(InvalidInputError, match="There is no folder"):
        read_limit(tmp_path / "absent")


# -- figures ----------------------------------------------------------------------------------


def test_a_figure_has_its_interval_and_a_table_its_lines_in_order() -> None:
    table = Table("Scores")
    for value in (0.0, 1.0, 1.0, 1.0):
        table.add("all", "one", value)
    table.put("other", "two", Figure(0.5, None, None, 2))
    table.add("last", "one", 1.0)
    found = table.figures()
    assert list(found) == ["all", "other", "last"]
    one = found["all"]["one"]
    assert one.low is not None
    assert one.high is not None
    assert one.low < 0.75 < one.high <= 1
    assert table.text().splitlines()[0].split() == ["Scores", "n", "one", "two"]
    assert str(Figure.mean([])) == "–"


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_shares_that_are_all_alike_are_not_certain(value: float) -> None:
    few, many = Figure.mean([value] * 5), Figure.mean([value] * 500)
    for figure in (few, many):
        assert figure.value == value
        assert value in (figure.low, figure.high)
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert 0.4 < few.high - few.low < 0.5
    assert 0 < many.high - many.low < 0.01
    table = Table("Given", amounts=("tokens",))
    for line in ("tokens", "share"):
        for _ in range(5):
            table.add(line, "one", value)
    found = {line: cells["one"] for line, cells in table.figures().items()}
    assert found["share"] == few
    assert (found["tokens"].low, found["tokens"].high) == (value, value)


def test_a_table_in_json_is_the_same_alone_and_in_a_report() -> None:
    table = Table("Scores", about="More is better.")
    table.add("all", "one", 0.5)
    alone = table.as_json()
    assert Report("made up", {}, tables=[table]).as_json()["tables"] == [alone]
    table.add("all", "one", 1.0)
    assert table.figures()["all"]["one"].n == 2


def test_what_cannot_be_written_of_results_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.txt").mkdir()
    with pytest.raises(StoreNotWritableError, match=r"report\.txt cannot be written: Is a dir"):
        Report("made up", {}).save(tmp_path)
    (tmp_path / "report.txt").rmdir()
    (tmp_path / "questions.jsonl").mkdir()
    with pytest.raises(StoreNotWritableError, match=r"questions\.jsonl cannot be taken away: Is"):
        Report("made up", {}).save(tmp_path)


def test_results_are_written_whole_and_hold_nothing_undefined(tmp_path: Path) -> None:
    table = Table("Scores")
    table.put("all", "one", Figure(None, None, None, 0))
    table.put("all", "two", Figure(1 / 3, 0.1, 0.9, 5))
    report = Report("made up", {"k": [5]}, {"questions": 5}, [table], ["By hand."])
    path = report.save(tmp_path / "new" / "folder")
    assert json.loads(path.read_text()) == {
        "format": 1,
        "benchmark": "made up",
        "settings": {"k": [5]},
        "counts": {"questions": 5},
        "notes": ["By hand."],
        "tables": [
            {
                "title": "Scores",
                "about": "",
                "lines": {
                    "all": {
                        "one": {"value": None, "low": None, "high": None, "n": 0},
                        "two": {"value": 0.333333, "low": 0.1, "high": 0.9, "n": 5},
                    }
                },
            }
        ],
    }
    assert path.with_name("report.txt").read_text().splitlines()[-2:] == [
        "questions: 5",
        "By hand.",
    ]


def test_results_of_something_else_are_not_overwritten(tmp_path: Path) -> None:
    report = Report("made up", {})
    tmp_path.joinpath("results.json").write_text('{"format": 1, "verdicts": []}')
    with pytest.raises(InvalidInputError, match="of another kind"):
        report.save(tmp_path)
    tmp_path.joinpath("file").write_text("")
    with pytest.raises(StoreNotWritableError, match="Name another folder"):
        report.save(tmp_path / "file")
