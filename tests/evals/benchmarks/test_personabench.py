"""PersonaBench: what is read of its files, what is searched for, and how answers are scored."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.benchmark_files import locomo_file, personabench_folder
from tests.evals.benchmarks.test_locomo import cell

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks import Asker, read_personabench, run_personabench
from usermind.evals.benchmarks.personabench import CONSTANT, f1_of, outdated, recall_of
from usermind.models import LexicalEmbedder

Asks = Callable[..., Asker]
LEXICAL = LexicalEmbedder()


def test_values_of_all_kinds_are_read_with_all_that_reveals_them(tmp_path: Path) -> None:
    (corpus,) = read_personabench(personabench_folder(tmp_path))
    age, colors, pets = corpus.questions
    assert age.gold == ("39",)
    assert (colors.gold, colors.outdated) == (("blue", "green"), ("forest green", "cream"))
    assert colors.answers == (frozenset({"s2", "s4"}), frozenset({"s3"}))
    assert pets.gold == ("cat: Polly",)
    assert [question.category for question in corpus.more] == ["subjective"]
    assert {draft.author for draft in corpus.drafts} == {"user", "Kim", "assistant"}


def test_a_number_is_scored_by_itself_and_not_by_the_question_before(tmp_path: Path) -> None:
    (corpus,) = read_personabench(personabench_folder(tmp_path))
    age, colors, _ = corpus.questions
    assert (f1_of(age, "39"), f1_of(age, "I am 39"), f1_of(age, "blue green")) == (1, 0.5, 0)
    assert f1_of(colors, "green and blue") == 1


def test_the_option_a_can_be_right_and_an_empty_answer_is_not(tmp_path: Path) -> None:
    (corpus,) = read_personabench(personabench_folder(tmp_path))
    (letter,) = corpus.more
    assert (f1_of(letter, "A"), f1_of(letter, ""), f1_of(letter, "B"), f1_of(letter, "the")) == (
        1,
        0,
        0,
        0,
    )


def test_f1_is_no_recall(tmp_path: Path) -> None:
    colors = read_personabench(personabench_folder(tmp_path))[0].questions[1]
    said = "blue, green, red, black, white, pink, grey, brown"
    assert recall_of(colors, said) == 1
    assert f1_of(colors, said) == pytest.approx(0.4)


def test_what_held_once_counts_without_the_words_that_still_hold(tmp_path: Path) -> None:
    age, colors, _ = read_personabench(personabench_folder(tmp_path))[0].questions
    assert outdated(colors, "blue, green") == 0
    assert outdated(colors, "forest green") == pytest.approx(0.5)
    assert outdated(colors, "forest, cream") == 1
    assert outdated(age, "38") is None


def test_the_evidence_is_every_session_that_reveals_any_value(tmp_path: Path, asker: Asks) -> None:
    seen: list[Any] = []

    def look(prompt: Any) -> str:
        seen.append(prompt)
        return "blue"

    report = run_personabench(personabench_folder(tmp_path), embedder=LEXICAL, asker=asker(look))
    texts = [
        [line.text for line in prompt.memories]
        for prompt in seen
        if "colors" in prompt.question.text and "Scarf" in prompt.render()
    ]
    evidence = min(texts, key=len)
    assert len(evidence) == len(set(evidence)) == 5  # s2 and s3 with two turns, s4 with one
    assert all(prompt.user_name == "Jo Hess" for prompt in seen)
    assert cell(report, "Given with a question", "share of the evidence", "evidence") == 1


def test_sessions_are_searched_for_and_answers_scored_by_kind(tmp_path: Path, asker: Asks) -> None:
    said = {"At": "39", "What": "blue, green", "Which animals": "cat: Polly", "Which letter": "A"}

    def right(prompt: Any) -> str:
        return next(
            value for start, value in said.items() if prompt.question.text.startswith(start)
        )

    report = run_personabench(personabench_folder(tmp_path), embedder=LEXICAL, asker=asker(right))
    assert cell(report, "Recall of sessions", "all @5", "usermind") == 1
    assert 0.5 < cell(report, "NDCG of sessions", "all @5", "usermind") <= 1
    assert list(report.figures()[0]) == [
        "all @5",
        "basic information @5",
        "preference, hard @5",
    ]
    for title in ("F1 of words", "Exactly right", "Right and brief"):
        assert list(report.tables[[t.title for t in report.tables].index(title)].figures()) == [
            "all",
            "mean of the kinds",
            "basic information",
            "preference, hard",
            "subjective",
        ]
        assert cell(report, title, "all", "usermind") == 1
    assert cell(report, "Outdated words", "all", "usermind") == 0
    assert cell(report, "Exactly right", "all", CONSTANT) == 0.25


def test_a_level_of_noise_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"has no documents_noise_0.0.json.*`--noise 0.5`"):
        read_personabench(personabench_folder(tmp_path), "0.0")
    with pytest.raises(InvalidInputError, match=r"Expected PersonaBench's questions.json"):
        read_personabench(tmp_path)


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is a file"):
        read_personabench(locomo_file(tmp_path))
    with pytest.raises(InvalidInputError, match="There is no folder"):
        read_personabench(tmp_path / "absent")


def change(folder: Path, name: str, edit: Callable[[Any], object]) -> None:
    path = folder / name
    value = json.loads(path.read_text())
    edit(value)
    path.write_text(json.dumps(value))


@pytest.mark.parametrize(
    ("name", "edit", "words"),
    [
        ("questions.json", lambda v: v[0].pop("Name"), "person 1 has no `Name`"),
        (
            "questions.json",
            lambda v: v[0]["Eval_Info"]["qa"][1].pop("answer"),
            "person 1 (Jo Hess), question 2 has no `answer`",
        ),
        (
            "questions.json",
            lambda v: v[0]["Eval_Info"]["qa"][1].update(answer=[]),
            "question 2 has an empty answer",
        ),
        (
            "questions.json",
            lambda v: v[0]["Eval_Info"]["qa"][1].update(answer=None),
            "question 2, its answer must be a text",
        ),
        ("questions.json", lambda v: v[0].update(Name="Nobody"), "has no data in"),
        ("evidence_noise_0.5.json", lambda v: v.pop(), "has no evidence: 'q4'"),
        (
            "evidence_noise_0.5.json",
            lambda v: v[0].pop("segment_id"),
            "entry 1 has no `segment_id`",
        ),
        (
            "documents_noise_0.5.json",
            lambda v: v["user_ai_interaction_data"][0]["Data"][0].update(time="yesterday"),
            "segment s3, `time` must be a time like",
        ),
        (
            "documents_noise_0.5.json",
            lambda v: v["user_ai_interaction_data"][0]["Data"][0].pop("user_ai_interaction"),
            "segment s3 has no `user_ai_interaction`",
        ),
    ],
)
def test_a_malformed_file_is_told_with_the_place(
    name: str, edit: Callable[[Any], object], words: str, tmp_path: Path
) -> None:
    folder = personabench_folder(tmp_path)
    change(folder, name, edit)
    with pytest.raises(InvalidInputError) as caught:
        run_personabench(folder, embedder=LEXICAL)
    assert words in str(caught.value)
    assert name.partition(".")[0].partition("_")[0] in str(caught.value)
