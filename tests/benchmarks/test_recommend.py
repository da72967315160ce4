"""The rows of the recommender benchmark: measured apart, kept in a file, and not measured twice."""

from pathlib import Path

import numpy as np
import pytest

from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Recommendation


@pytest.fixture(autouse=True)
def benchmarks_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twenty people who all like item 0, some item 1, and are asked for what they did next."""
    folder = tmp_path / "ml1m_ultragcn"
    folder.mkdir()
    had = [f"{user} 0 {'1' if user % 2 else '2'} 3\n" for user in range(20)]
    wanted = [f"{user} {'2' if user % 2 else '1'}\n" for user in range(20)]
    (folder / "train.txt").write_text("".join(had))
    (folder / "test.txt").write_text("".join(wanted))
    return tmp_path


def test_a_finished_row_is_read_and_not_measured_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import recommend

    task = recommend.Task("ml1m_ultragcn", "popularity", data)
    kept = tmp_path / "rows.jsonl"
    (first,) = recommend.run([task], kept)
    assert first.cells["R@20"]["mean"] == 1.0
    assert first.tested == 20
    assert first.megabytes >= first.data_megabytes > 0

    with kept.open("a") as file:
        file.write('{"data": "ml1m_ul')  # as a run that was killed leaves it
    other = recommend.Task("ml1m_ultragcn", "popularity", data, most_users=10)
    rows = recommend.run([task, other], kept)
    assert [row.tested for row in rows] == [20, 10]
    monkeypatch.setattr(recommend, "measured_apart", lambda task: pytest.fail("measured twice"))
    assert list(map(str, recommend.run([task, other], kept))) == list(map(str, rows))
    assert str(rows[0]) == str(first)


def test_other_settings_users_or_seeds_are_other_rows(data: Path, tmp_path: Path) -> None:
    from benchmarks.recommend import Task

    tasks = (
        Task("ml1m_ultragcn", "ease", data),
        Task("ml1m_ultragcn", "ease", data, seed=1),
        Task("ml1m_ultragcn", "ease", data, most_users=10),
        Task("ml1m_ultragcn", "ease", data, settings={"ridge": 3}),
    )
    assert len({task.key for task in tasks}) == len(tasks)


def test_the_table_names_what_is_published_and_whether_the_aim_is_met(
    data: Path, tmp_path: Path
) -> None:
    from benchmarks import recommend
    from benchmarks.recommend_data import load

    row = recommend.measure(recommend.Task("ml1m_ultragcn", "popularity", data))
    lines: list[str] = []
    recommend.show(load("ml1m_ultragcn", data), [row], lines.append)
    text = "\n".join(lines)
    assert "| UltraGCN (log in UltraGCN's repository) | .2787 | .2642 |" in text
    assert "R@20 ≥ .2750: met by popularity, 1.0000" in text
    assert "N@20 ≥ .2650: met" in text


def test_what_a_user_did_takes_no_place_from_what_is_wanted(data: Path) -> None:
    from benchmarks.recommend_data import load
    from benchmarks.recommend_runs import ask

    from usermind.tools.recommenders import Popularity

    split = load("ml1m_ultragcn", data)
    answers = ask(Popularity().fit(split.log), split)
    assert answers.values["MRR@10"].tolist() == [1.0] * 20
    assert all(
        not set(rows) & set(user.history)
        for rows, user in zip(answers.lists, split.tested, strict=True)
    )
    spread = answers.spread(split)
    assert spread.coverage == 0.5  # items 1 and 2, each to those who had the other
    assert np.isnan(spread.distance)  # one item a list: no pair


def test_a_recommender_of_another_table_is_not_asked(data: Path) -> None:
    from benchmarks.recommend_data import load
    from benchmarks.recommend_runs import ask

    from usermind.tools.recommenders import Popularity

    with pytest.raises(ValueError, match="another table"):
        ask(Popularity(), load("ml1m_ultragcn", data))


def test_figures_are_written_as_tables_have_them() -> None:
    from benchmarks.recommend_runs import Cell, bare

    assert [bare(value) for value in (0.187, -0.05, 1.0, 10.05)] == [
        ".1870",
        "-.0500",
        "1.0000",
        "10.0500",
    ]
    cell = Cell.of(np.array([0.0, 1.0, np.nan]))
    assert (cell.mean, cell.n) == (0.5, 2)


def test_what_is_on_a_list_is_ranked_first_and_the_rest_as_it_was() -> None:
    from benchmarks.recommend_lists import listed_first

    items = ItemTable.bare("abcd")
    found = [Recommendation(items[row], 0.0, rank, "x") for rank, row in enumerate((2, 0), 1)]

    scores = listed_first(np.array([-1.0, 4.0, -3.0, 2.0], dtype=np.float32), found, items)

    assert [items.ids[row] for row in np.argsort(-scores)] == ["c", "a", "b", "d"]


def test_trained_rows_are_added_where_their_data_suit_them() -> None:
    from benchmarks.recommend import CLOSED_FORM, NEURAL, parser, tasks

    flags = ["--data", "x", "--neural", "--sets", "ml1m_ultragcn", "beauty_seq", "gowalla"]

    planned = {(task.data, task.recommender) for task in tasks(parser().parse_args(flags))}

    trained = {each for each in planned if each[1] not in CLOSED_FORM}
    assert trained == {(data, row) for data, rows in NEURAL.items() for row in rows}
