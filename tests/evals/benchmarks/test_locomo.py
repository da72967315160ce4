"""LoCoMo: what is read of its file, what is searched for, and how answers are scored."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.benchmark_files import QA, TURNS, locomo_file, sample

from usermind.errors import InvalidInputError, InvalidModelOutputError
from usermind.evals.benchmarks import Asker, Recording, Report, read_locomo, run_locomo
from usermind.evals.benchmarks.locomo import CONSTANT, briefly_right, exactly_right, f1_of
from usermind.models import LexicalEmbedder
from usermind.testing import ScriptedReasoner

Asks = Callable[..., Asker]
LEXICAL = LexicalEmbedder()
GOLD = {
    "Where does Ana live?": "Oslo",
    "When did Bo run a marathon?": "2022",
    "What does Ana drink?": "espresso, green tea",
    "Would Bo like a concert?": "Likely yes",
    "What is Ana's cat called?": "not mentioned",
    "What is Bo's job?": "Baker",
}


def cell(report: Report, title: str, line: str, system: str) -> float:
    for table, figures in zip(report.tables, report.figures(), strict=True):
        if table.title == title:
            value = figures[line][system].value
            assert value is not None
            return value
    raise AssertionError(title)


def by_question(prompt: Any) -> str:
    return GOLD[prompt.question.text]


def test_corrections_numbers_and_labels_are_read(tmp_path: Path) -> None:
    (corpus,) = read_locomo(locomo_file(tmp_path))
    asked = {question.text: question for question in corpus.asked}
    assert len(corpus.questions) == 5
    assert asked["When did Bo run a marathon?"].gold == ("2022",)
    assert asked["When did Bo run a marathon?"].answers == (frozenset({"D1:4"}),)
    drink = asked["What does Ana drink?"]
    assert (drink.gold, drink.missing) == (("green tea, espresso",), 1)
    cat = asked["What is Ana's cat called?"]
    assert (cat.gold, cat.fooled) == ((), "Polly")
    assert [question.text for question in corpus.more] == ["What is Bo's job?"]


def test_a_correction_that_is_empty_stands_in_all_the_same(tmp_path: Path) -> None:
    plain = {"question": "Who?", "answer": "Bo", "evidence": ["D1:1"], "category": 4}
    nothing: tuple[object, ...] = (None, "", [])
    for right in nothing:
        qa = [plain | {"answer_corrected": right, "evidence_corrected": []}]
        (corpus,) = read_locomo(locomo_file(tmp_path, sample(qa)))
        (question,) = corpus.more
        assert question.gold == ()
        assert f1_of(question, "Bo") == 0
        assert f1_of(question, "not mentioned") == 1


@pytest.mark.parametrize(("right", "said"), [(2022, "2022"), (3.5, "3.5"), (["a", 7], "7, a")])
def test_right_answers_that_are_no_text_are_scored_by_their_own_words(
    right: object, said: str, tmp_path: Path
) -> None:
    qa = [
        {"question": "Before?", "answer": "x y z", "evidence": ["D1:1"], "category": 4},
        {"question": "Which?", "answer": right, "evidence": ["D1:1"], "category": 4},
    ]
    (corpus,) = read_locomo(locomo_file(tmp_path, sample(qa)))
    question = corpus.questions[1]
    assert f1_of(question, said) == 1
    assert exactly_right(question, said)
    assert f1_of(question, "x y z") == 0


def test_adversarial_questions_are_right_where_the_answer_abstains(tmp_path: Path) -> None:
    (corpus,) = read_locomo(locomo_file(tmp_path))
    (cat,) = [question for question in corpus.asked if question.fooled]
    scores = {
        said: f1_of(cat, said)
        for said in ("not mentioned", "Polly", "", "Rex", "Not mentioned, but perhaps Polly")
    }
    assert scores == {
        "not mentioned": 1,
        "Polly": 0,
        "": 0,
        "Rex": 0,
        "Not mentioned, but perhaps Polly": 0,
    }


def test_an_adversarial_question_may_have_a_right_answer_of_its_own(tmp_path: Path) -> None:
    plain = {"question": "Did Ana?", "evidence": ["D1:1"], "category": 5}
    cases = (
        plain | {"answer": "No", "adversarial_answer": "Yes"},
        plain | {"answer": "Yes", "adversarial_answer": "Yes"},
        plain | {"answer": "Yes"},
    )
    (corpus,) = read_locomo(locomo_file(tmp_path, sample(cases)))
    no, same, alone = corpus.questions
    assert (f1_of(no, "No"), f1_of(no, "Yes"), f1_of(no, "unknown")) == (1, 0, 1)
    assert f1_of(same, "Yes") == f1_of(alone, "Yes") == 0


def test_only_some_kinds_are_split_at_commas_and_semicolons(tmp_path: Path) -> None:
    (corpus,) = read_locomo(locomo_file(tmp_path))
    asked = {question.text: question for question in corpus.asked}
    assert f1_of(asked["What does Ana drink?"], "espresso") == 0.5
    assert f1_of(asked["Would Bo like a concert?"], "likely yes") == 1
    assert not briefly_right(asked["Would Bo like a concert?"], "likely yes")


def test_recall_is_of_the_labelled_turns_with_its_ceiling(tmp_path: Path) -> None:
    report = run_locomo(locomo_file(tmp_path), embedder=LEXICAL, k=[1, 6])
    title = "Recall of evidence turns"
    assert cell(report, title, "all @6", "usermind") == pytest.approx(0.9)
    assert cell(report, title, "all @6", "ceiling") == pytest.approx(0.9)  # one turn of two is none
    assert cell(report, title, "multi-hop @1", "ceiling") == 0.5
    assert report.counts["questions"] == 6
    assert report.counts["evidence turns that do not exist"] == 1
    assert report.tables[0].systems == ["usermind", "BM25, bare", "BM25, headed", "ceiling"]
    assert "dense baselines are left out" in report.notes[0]


def test_a_perfect_reader_is_right_in_all_contexts(tmp_path: Path, asker: Asks) -> None:
    report = run_locomo(locomo_file(tmp_path), embedder=LEXICAL, asker=asker(by_question))
    for system in ("usermind", "evidence", "none"):
        assert cell(report, "Score of the paper", "all", system) == 1
        assert cell(report, "Taken in", "adversarial", system) == 0
    assert cell(report, "Exactly right", "all", "usermind") == pytest.approx(5 / 6)
    assert cell(report, "Given with a question", "tokens, about", "none") == 0
    assert cell(report, "Given with a question", "share of the evidence", "evidence") == 0.9
    assert report.counts["answers"] == 18


def test_who_always_abstains_is_right_on_adversarial_questions_alone(
    tmp_path: Path, asker: Asks
) -> None:
    report = run_locomo(locomo_file(tmp_path), embedder=LEXICAL, asker=asker("not mentioned"))
    for system in ("usermind", CONSTANT):
        assert cell(report, "Score of the paper", "adversarial", system) == 1
        assert cell(report, "Score of the paper", "all", system) == pytest.approx(1 / 6)
        assert cell(report, "Score of the paper", "mean of the kinds", system) == pytest.approx(0.2)


def test_who_is_taken_in_is_told_so(tmp_path: Path, asker: Asks) -> None:
    report = run_locomo(locomo_file(tmp_path), embedder=LEXICAL, asker=asker("Polly"))
    assert cell(report, "Taken in", "adversarial", "usermind") == 1
    assert cell(report, "Taken in", "adversarial", CONSTANT) == 0


def test_answers_that_cannot_be_used_are_counted_and_wrong(tmp_path: Path) -> None:
    model = ScriptedReasoner([InvalidModelOutputError("noise")] * 18)
    report = run_locomo(locomo_file(tmp_path), embedder=LEXICAL, asker=Asker(model))
    assert cell(report, "Score of the paper", "all", "evidence") == 0
    assert report.counts["answers that could not be used, counted as wrong"] == 18
    assert report.tables[2].figures()["all"]["evidence"].n == 6


def test_contexts_hold_what_they_are_named_for(tmp_path: Path, asker: Asks) -> None:
    seen: dict[tuple[str, int], str] = {}

    def look(prompt: Any) -> str:
        seen[prompt.question.text, len(prompt.memories)] = prompt.render()
        return "x"

    run_locomo(locomo_file(tmp_path), embedder=LEXICAL, asker=asker(look), everything=True)
    live = {count: text for (question, count), text in seen.items() if question.startswith("Where")}
    assert "What is remembered:\n(none)" in live[0]
    assert "2023-05-08 (⟦Ana⟧ said) ⟦I moved to Oslo last year" in live[1]
    assert all(text in live[len(TURNS)] for _, text in TURNS)


def test_a_sample_is_the_same_each_time_and_of_the_questions_that_are_there(
    tmp_path: Path,
) -> None:
    path = locomo_file(tmp_path, sample(), sample(name="conv-2"))
    one = run_locomo(path, embedder=LEXICAL, sample=3, seed=5)
    assert one.counts["questions"] == 3
    assert one.as_json() == run_locomo(path, embedder=LEXICAL, sample=3, seed=5).as_json()
    assert run_locomo(path, embedder=LEXICAL, sample=99).counts["questions"] == 12
    with pytest.raises(InvalidInputError, match="A sample of 0 questions"):
        run_locomo(path, embedder=LEXICAL, sample=0)


@pytest.mark.parametrize("k", [[], [0], [5, 201]])
def test_a_depth_that_cannot_be_looked_at_is_refused(k: list[int], tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="from 1 to 200"):
        run_locomo(locomo_file(tmp_path), embedder=LEXICAL, k=k)


def test_a_replay_gives_the_same_file_byte_for_byte(tmp_path: Path, asker: Asks) -> None:
    data, kept = locomo_file(tmp_path), tmp_path / "answers.jsonl"
    first = asker(by_question, path=kept)
    run_locomo(data, embedder=LEXICAL, asker=first).save(tmp_path / "one")
    run_locomo(data, embedder=LEXICAL, asker=Asker(Recording(kept))).save(tmp_path / "two")
    for name in ("results.json", "report.txt", "questions.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert json.loads((tmp_path / "one" / "results.json").read_text())["settings"]["model"]
    lines = (tmp_path / "one" / "questions.jsonl").read_text().splitlines()
    assert len(lines) == 18
    assert json.loads(lines[0]) == {
        "question": "conv-1:1",
        "kind": "single-hop",
        "context": "usermind",
        "answer": "Oslo",
        "gold": ["Oslo"],
        "scores": {"Score of the paper": 1.0, "Exactly right": 1.0, "Right and brief": 1.0},
    }
    # Of 24 prompts two are the same: of one question nothing is known to be evidence.
    with pytest.raises(InvalidInputError, match="lacks 6 of the 23 answers"):
        run_locomo(data, embedder=LEXICAL, asker=Asker(Recording(kept)), everything=True)


# -- files that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("{", ":1 is not JSON"),
        ("[]", "holds no conversation"),
        ('[{"qa": []}]', "conversation 1 has no `conversation`"),
        ('{"questions": 1}', "conversation 1 has no `conversation`"),
        ("[3]", "conversation 1 must be a JSON object"),
    ],
)
def test_a_file_that_is_not_locomos_is_told(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "locomo.json"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        run_locomo(path, embedder=LEXICAL)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"category": 9}, "question 2, `category` must be one of 1, 2, 3, 4, 5"),
        ({"category": None}, "question 2, `category` must be"),
        ({"evidence": "D1:1"}, "question 2, its evidence must be a JSON list"),
        ({"question": 3}, "question 2 must have a text as `question`"),
        ({"answer": {}}, None),
        ({"answer": True}, None),
    ],
)
def test_a_malformed_question_is_named(
    change: dict[str, Any], words: str | None, tmp_path: Path
) -> None:
    good = QA[0]
    path = locomo_file(tmp_path, sample([good, good | change]))
    if words is None:
        assert read_locomo(path)
        return
    with pytest.raises(InvalidInputError) as caught:
        read_locomo(path)
    assert f"conversation 1 (conv-1), {words}" in str(caught.value)


@pytest.mark.parametrize("key", ["question", "answer", "evidence", "category"])
def test_a_question_without_a_key_is_named(key: str, tmp_path: Path) -> None:
    bad = {name: value for name, value in QA[0].items() if name != key}
    with pytest.raises(InvalidInputError, match=f"question 1 has no `{key}`"):
        read_locomo(locomo_file(tmp_path, sample([bad])))


def test_a_malformed_turn_is_named(tmp_path: Path) -> None:
    bad = sample()
    bad["conversation"]["session_1"][2] = {"speaker": "Ana"}
    with pytest.raises(InvalidInputError, match="conv-1 session_1 turn 3 cannot be read"):
        read_locomo(locomo_file(tmp_path, bad))
    empty = sample()
    empty["conversation"]["session_1"] = []
    with pytest.raises(InvalidInputError, match=r"conversation 1 \(conv-1\) holds no turn"):
        read_locomo(locomo_file(tmp_path, empty))
    with pytest.raises(InvalidInputError, match="holds no questions"):
        read_locomo(locomo_file(tmp_path, sample([])))
    twice = sample()
    twice["conversation"]["session_1"][2]["dia_id"] = "D1:1"
    with pytest.raises(InvalidInputError, match=r"names a turn \(`dia_id`\) twice"):
        read_locomo(locomo_file(tmp_path, twice))


def test_a_turn_without_words_is_passed_over(tmp_path: Path) -> None:
    silent = sample()
    silent["conversation"]["session_1"][5]["text"] = " "
    (corpus,) = read_locomo(locomo_file(tmp_path, silent))
    assert len(corpus.drafts) == 5


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="There is no file"):
        read_locomo(tmp_path / "absent.json")
    with pytest.raises(InvalidInputError, match="is a folder"):
        read_locomo(tmp_path)


def test_how_far_a_search_is_moves_with_what_is_read_and_asked(tmp_path: Path, asker: Asks) -> None:
    path = locomo_file(tmp_path, sample(), sample(name="conv-2"))
    told: list[tuple[str, int, int]] = []
    run_locomo(
        path,
        embedder=LEXICAL,
        asker=asker(by_question),
        progress=lambda doing, done, total: told.append((doing, done, total)),
    )
    searching = [done for doing, done, _ in told if doing == "Searching"]
    total = 2 * len(QA)
    assert {of for doing, _, of in told if doing == "Searching"} == {total}
    assert searching == sorted(searching)
    # Texts of the second conversation that the first had too are not embedded again.
    assert max(after - before for before, after in pairwise(searching)) <= 2
    assert (searching[0], searching[-1]) == (0, total)
