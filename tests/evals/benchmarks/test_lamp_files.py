"""LaMP's files: what may be wrong with them, and what of them is younger than the question."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from benchmarks.lamp_synthetic import ASKED, LATER, written
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evals.benchmarks.lamp_by_hand import BY_HAND, files, question

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.lamp import measured
from usermind.evals.benchmarks.lamp_choosing import Chosen, by_chance, by_words, newest, remembering
from usermind.evals.benchmarks.lamp_files import cases
from usermind.evals.benchmarks.lamp_tasks import TASKS, known_then, span
from usermind.models import LexicalEmbedder


def test_what_is_not_scored_is_reported(tmp_path: Path) -> None:
    questions = [
        question("LaMP-3", "a"), question("LaMP-3", "a"), question("LaMP-3", "b"),
        question("LaMP-3", "c") | {"profile": []}, question("LaMP-3", "d"), question("LaMP-3", 5),
    ]  # fmt: skip
    questions[0]["profile"][1]["id"] = "i0"
    questions[0]["profile"].append({"id": "z", "text": " ", "score": "1"})
    golds = [
        {"id": "a", "output": "4.0"}, {"id": "c", "output": "1"}, {"id": "d", "output": "1"},
        {"id": "d", "output": "2"}, {"id": 5, "output": "3"}, {"id": "5", "output": "3"},
        {"id": "elsewhere", "output": "3"},
    ]  # fmt: skip
    asked, report = cases(TASKS["LaMP-3"], *files(tmp_path, "LaMP-3", questions, golds))
    assert [(case.question.id, case.gold) for case in asked] == [("a", "4"), ("c", "1"), ("5", "3")]
    assert (report.questions, report.answered) == (6, 3)
    assert report.twice == ["a"]
    assert report.no_gold == ["b", "d"]  # d has two answers
    assert report.gold_twice == ["d", "5"]
    assert report.empty == ["c"]
    assert report.no_question == ["elsewhere"]
    assert (report.item_twice, report.blank) == (1, 1)
    assert "2 without a gold answer, not asked: b, d." in list(report.lines())
    told = measured(TASKS["LaMP-3"], asked, embedder=LexicalEmbedder())
    assert told.counts["questions scored"] == 3  # an empty profile is no crash


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input": None}, r"question 1 \(id 'q1'\): `input` must be a text"),
        ({"input": "no marker here"}, r"question 1 \(id 'q1'\): the input lacks"),
        ({"profile": "none"}, r"question 1 \(id 'q1'\): `profile` must be a JSON list"),
        ({"profile": [{"id": 7, "text": "x"}]}, r"\(id 'q1'\), item 1 \(id '7'\) has no `score`"),
        ({"profile": [{"id": 7, "text": ["x"], "score": 1}]}, r"\(id '7'\): `text` must be a text"),
        (
            {"profile": [{"id": 7, "text": "x", "score": 9}]},
            r"item 1 \(id '7'\): the answer '9' must be a rating",
        ),
        ({"profile": [{"text": "x"}]}, r"question 1 \(id 'q1'\), item 1 has no `id`"),
        ({"profile": ["x"]}, r"question 1 \(id 'q1'\), item 1 must be a JSON object"),
        ({"date": "soon"}, r"question 1 \(id 'q1'\): the date 'soon' must be"),
        ({"date": "2019-13-01"}, r"the date '2019-13-01' must be"),
        ({"id": True}, r"question 1: `id` must be a text"),
    ],
)
def test_a_malformed_question_is_named_by_row_and_id(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        cases(TASKS["LaMP-3"], *files(tmp_path, "LaMP-3", [question("LaMP-3") | change]))
    assert "Nothing was scored" in str(caught.value)


@pytest.mark.parametrize(
    ("golds", "task", "said"),
    [
        ([{"id": "q1"}], "LaMP_3", r"gold 1 \(id 'q1'\) has no `output`"),
        (
            [{"id": "q1", "output": "good"}],
            "LaMP_3",
            r"the answer 'good' must be a rating from 1 to 5",
        ),
        ([{"id": "q2", "output": "1"}], "LaMP_3", "No question of .* has a gold answer"),
        ([{"id": "q1", "output": "1"}], "LaMP_4", "says that its task is 'LaMP_4'; LaMP-3 was"),
        ("none", "LaMP_3", "must be an object"),
    ],
)
def test_malformed_outputs_are_refused(golds: object, task: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=said):
        cases(TASKS["LaMP-3"], *files(tmp_path, "LaMP-3", None, golds, task))


def test_a_label_that_the_task_lacks_is_refused_as_a_gold_answer(tmp_path: Path) -> None:
    golds = [{"id": "q1", "output": "western"}]
    with pytest.raises(InvalidInputError, match="'western' must be one of"):
        cases(TASKS["LaMP-2"], *files(tmp_path, "LaMP-2", None, golds))


def test_a_file_that_is_missing_or_no_json_is_refused(tmp_path: Path) -> None:
    asked, answers = files(tmp_path, "LaMP-3")
    with pytest.raises(InvalidInputError, match="There is no file"):
        cases(TASKS["LaMP-3"], tmp_path / "elsewhere.json", answers)
    asked.write_bytes(b"\xff{")
    with pytest.raises(InvalidInputError, match="is not JSON"):
        cases(TASKS["LaMP-3"], asked, answers)
    asked.write_text("{}", "utf-8")
    with pytest.raises(InvalidInputError, match="must be a list of questions"):
        cases(TASKS["LaMP-3"], asked, answers)
    for path in (asked, answers):
        path.unlink()
        path.mkdir()
        with pytest.raises(InvalidInputError, match="is a folder"):
            cases(TASKS["LaMP-3"], asked, answers)
        path.rmdir()
        path.write_text("{", "utf-8")


# -- nothing of the future --------------------------------------------------------------------

days = st.integers(-400, 400).map(lambda n: ASKED + timedelta(days=n))
dates = st.one_of(
    st.none(),
    days.map(str),
    days.map(lambda day: f"{day:%Y-%m}"),
    days.map(lambda day: f"{day:%Y}"),
    st.tuples(days, st.integers(0, 23)).map(lambda at: f"{at[0]}T{at[1]:02}:30:00"),
)


def first_and_last(date: str) -> tuple[datetime, datetime]:
    """Return the first and last second of a date, by another way than `span`."""
    if "T" in date:
        at = datetime.fromisoformat(date).replace(tzinfo=UTC)
        return at, at
    begin = datetime.fromisoformat((date + "-01-01")[:10]).replace(tzinfo=UTC)
    end = begin
    while f"{end + timedelta(days=1)}".startswith(date):
        end += timedelta(days=1)
    return begin, end + timedelta(hours=23, minutes=59, seconds=59)


@given(date=dates.filter(bool))
def test_a_date_stands_for_all_of_its_time(date: str) -> None:
    first, last = first_and_last(date)
    assert span(date).first == first
    assert span(date).last.replace(microsecond=0) == last


@settings(max_examples=25, deadline=None)
@given(asked=dates, items=st.lists(dates, max_size=6), name=st.sampled_from(list(TASKS)))
def test_no_way_to_choose_gives_an_item_that_may_be_younger_than_the_question(
    asked: str | None, items: list[str | None], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    task, (_, _, by_hand) = TASKS[name], BY_HAND[name]
    profile = [{"id": n, "date": date, **by_hand[n % 2]} for n, date in enumerate(items)]
    paths = files(
        tmp_path_factory.mktemp("lamp"), name, [question(name, date=asked) | {"profile": profile}]
    )
    ((case,), report) = cases(task, *paths)
    allowed = {
        str(n)
        for n, date in enumerate(items)
        if asked is None
        or (date is not None and first_and_last(date)[1] < first_and_last(asked)[0])
    }
    with remembering(task, LexicalEmbedder()) as memory:
        ways: list[Chosen] = [memory, newest, by_chance(0), by_words(task)]
        given_ = [way(case, 10) for way in ways]
    assert {item.id for item in case.items} == allowed
    assert report.withheld == len(items) - len(allowed)
    for found in given_:
        assert found is None or {item.id for item in found} == allowed


def test_the_future_of_the_drawn_users_would_give_the_answer_away(tmp_path: Path) -> None:
    task = TASKS["LaMP-2"]
    asked, report = cases(task, *written("LaMP-2", tmp_path, users=20, seed=0))
    assert report.withheld == 20 * LATER
    for case in asked:
        assert all(item.date and item.date.last.date() < ASKED for item in case.items)
        known = known_then(case.question)
        later = [item for item in case.question.profile if item not in known]
        (same,) = [item for item in later if task.searched(item) == case.query]
        assert same.fields["tag"] == case.gold
    assert report.same == 0


def test_the_newest_are_the_newest_and_unknown_where_one_has_no_date(tmp_path: Path) -> None:
    one = question("LaMP-7")
    one["profile"] = [
        {"id": n, "text": f"post {n}", "date": date}
        for n, date in enumerate(["2017-05", "2018", "2017-05-03", "2016-01-01T10:00:00"])
    ]
    ((case,), _) = cases(TASKS["LaMP-7"], *files(tmp_path, "LaMP-7", [one]))
    assert [item.id for item in newest(case, 3) or []] == ["1", "2", "0"]
    del one["profile"][3]["date"]
    asked, _ = cases(TASKS["LaMP-7"], *files(tmp_path, "LaMP-7", [one]))
    assert newest(asked[0], 3) is None
    told = measured(TASKS["LaMP-7"], asked, embedder=LexicalEmbedder())
    assert list(told.figures()[-1]) == ["no memory", "random", "BM25", "usermind"]
    assert any(
        "The newest are left out: an item has no date in 1 profile." in note for note in told.notes
    )
