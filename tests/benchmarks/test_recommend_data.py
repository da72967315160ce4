"""The splits of the recommender benchmarks, on tiny files in the formats of the real ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(autouse=True)
def benchmarks_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))


def test_the_graph_of_gowalla_gives_what_is_fitted_on(tmp_path: Path) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    from benchmarks.recommend_data import load

    liked = np.array([[1, 0, 1, 0], [0, 1, 0, 0]])
    graph = np.block([[np.zeros((2, 2)), liked], [liked.T, np.zeros((4, 4))]])
    folder = tmp_path / "gowalla"
    folder.mkdir()
    sparse.save_npz(folder / "s_adj_mat.npz", sparse.csr_matrix(graph))
    (folder / "test.txt").write_text("0 3 1\n1\n")

    split = load("gowalla", tmp_path)
    assert split.log.matrix().toarray().tolist() == liked.tolist()
    assert [user.wanted.tolist() for user in split.tested] == [[3, 1]]
    assert split.tested[0].history.tolist() == [0, 2]
    assert [event.item_id for event in split.query(split.tested[0]).events] == ["0", "2"]


def test_the_pairs_of_ultragcn_are_read_by_user(tmp_path: Path) -> None:
    from benchmarks.recommend_data import load

    folder = tmp_path / "ml1m_ultragcn"
    folder.mkdir()
    (folder / "train.txt").write_text("0 2 1\n1 0\n")
    (folder / "test.txt").write_text("0 3\n1 4 1\n")
    split = load("ml1m_ultragcn", tmp_path)
    assert len(split.items) == 5
    assert split.counts.tolist() == [1, 1, 1, 0, 0]
    assert [user.history.tolist() for user in split.tested] == [[2, 1], [0]]
    assert [user.wanted.tolist() for user in split.tested] == [[3], [4, 1]]


def test_the_last_item_of_beauty_is_wanted_and_the_one_before_is_known_but_not_fitted(
    tmp_path: Path,
) -> None:
    from benchmarks.recommend_data import load

    folder = tmp_path / "beauty_seq"
    folder.mkdir()
    (folder / "Beauty.txt").write_text("1 1 2 3 4\n2 2 3 1\n")
    (folder / "user_sequence_asin.txt").write_text("U1 B1 B2 B3 B4\nU2 B2 B3 B1\n")
    (folder / "item_short_text.txt").write_text("B2 red soap\nB1 flat iron\nB4 comb\nB3 oil\n")
    split = load("beauty_seq", tmp_path)
    assert split.items.ids == ("B1", "B2", "B3", "B4")
    assert split.items[0].title == "flat iron"
    assert [rows.tolist() for rows in split.log.sequences()] == [[0, 1], [1]]
    assert [user.history.tolist() for user in split.tested] == [[0, 1, 2], [1, 2]]
    assert [user.wanted.tolist() for user in split.tested] == [[3], [0]]


def test_the_films_of_gsasrec_have_titles_genres_and_plots(tmp_path: Path) -> None:
    from benchmarks.recommend_data import load

    folder = tmp_path / "ml1m_gsasrec"
    for part in ("train", "val"):
        (folder / part).mkdir(parents=True)
    (folder / "train" / "input.txt").write_text("1 2\n2\n")
    (folder / "val" / "input.txt").write_text("2 1\n")
    (folder / "val" / "output.txt").write_text("3\n")
    (folder / "sas_to_original_items.txt").write_text("1 30\n2 10\n3 20\n")
    (folder / "movies.dat").write_text(
        "10::Toys, The (1995)::Animation|Children's\n20::Heat (1995)::Crime\n30::Up (2009)::Drama\n"
    )
    (folder / "movies_augmentation.csv").write_text(
        'movie_id,title,genres,rating,summary\n10,Toys,x,1,"Toys, alive."\n20,Heat,x,1,A heist.\n'
    )
    split = load("ml1m_gsasrec", tmp_path)
    assert split.items.ids == ("30", "10", "20")
    film = split.items[1]
    assert (film.title, film.text) == ("The Toys (1995)", "Toys, alive.")
    assert film.attributes == {"genre": ("Animation", "Children's"), "year": 1995.0}
    assert split.items[0].text == ""
    assert split.tested[0].history.tolist() == [1, 0]
    assert split.tested[0].wanted.tolist() == [2]


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """Ten films, and forty people who rate each of them in an order and with stars of their own."""
    folder = tmp_path / "ml_latest_small"
    folder.mkdir()
    films = [f"{100 + i},Film {i} (19{50 + i}),Comedy|Drama\n" for i in range(9)]
    films.append('109,"Odd, The",(no genres listed)\n')
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "".join(films))
    (folder / "tags.csv").write_text(
        "userId,movieId,tag,timestamp\n1,100,funny,5\n2,100,dark,6\n3,100,funny,7\n"
    )
    lines = [
        f"{user},{100 + (user + place) % 10},{0.5 + (user * 7 + place * 3) % 10 / 2},"
        f"{user + place}\n"
        for user in range(1, 41)
        for place in range(10)
    ]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(lines))
    return tmp_path


def test_films_carry_their_tags_genres_and_year(ratings: Path) -> None:
    from benchmarks.recommend_data import load

    items = load("ml_latest_small", ratings).items
    assert (items[0].text, items[0].attributes["year"]) == ("Tags: funny, dark.", 1950.0)
    assert (items[9].title, items[9].words("genre")) == ("The Odd", ())


def test_what_is_held_out_is_later_than_what_is_known(ratings: Path) -> None:
    from benchmarks.recommend_data import load, ml_latest_small

    found = ml_latest_small(ratings / "ml_latest_small")
    split = load("ml_latest_small", ratings)
    assert len(split.log) == 320
    for user in split.tested:
        assert len(user.history) == 8
        assert not set(user.wanted) & set(user.history)
    one_cut = load("ml_latest_small_temporal", ratings)
    last = one_cut.log.times.max()
    assert last < found.times.max()
    assert all((user.times <= last).all() for user in one_cut.tested)


def test_wanted_is_what_was_liked_and_disliked_what_was_not(ratings: Path) -> None:
    from benchmarks.recommend_data import DISLIKED, LIKED, load, ml_latest_small, weights

    found = ml_latest_small(ratings / "ml_latest_small")
    stars = {(u, r): s for u, r, s in zip(found.users, found.rows, found.stars, strict=True)}
    split = load("ml_latest_small_cold_users", ratings)
    fitted = set(split.log.users.tolist())
    assert len(fitted) == 32
    for user in split.tested:
        (who,) = {
            u
            for u in range(40)
            if u not in fitted
            and all(
                np.isclose(weights(np.array([stars[u, row]]))[0], weight)
                for row, weight in zip(user.history, user.weights, strict=True)
            )
            and {stars[u, row] >= LIKED for row in user.wanted} == {True}
            and set(user.times) == {u + 1 + p for p in range(5)}
        }
        assert all(stars[who, row] <= DISLIKED for row in user.disliked)


@given(st.floats(0.5, 5), st.floats(0.5, 5))
def test_more_stars_never_weigh_less(first: float, second: float) -> None:
    from benchmarks.recommend_data import weights

    low, high = weights(np.array(sorted((first, second))))
    assert -1 <= low <= high <= 1


def test_cold_items_have_no_interaction_and_are_all_that_is_wanted(ratings: Path) -> None:
    from benchmarks.recommend_data import load, without_items

    split, cold = without_items(load("ml_latest_small", ratings), seed=1)
    assert len(cold) == 2
    assert split.counts[cold].tolist() == [0, 0]
    assert all(set(user.wanted) <= set(cold) for user in split.tested)
    assert not any(set(user.history) & set(cold) for user in split.tested)


def test_cold_users_are_not_in_the_log(ratings: Path) -> None:
    from benchmarks.recommend_data import load, without_users

    whole = load("ml_latest_small", ratings)
    split, liked = without_users(whole, 5, seed=1)
    assert len(liked) == 5
    assert split.counts.sum() + sum(map(len, liked)) == whole.counts.sum()
    assert not split.tested


def test_a_sample_of_users_is_the_same_for_the_same_seed(ratings: Path) -> None:
    from benchmarks.recommend_data import load

    split = load("ml_latest_small", ratings)
    first, again, other = (split.sampled(7, seed) for seed in (3, 3, 4))
    histories = [[user.history.tolist() for user in part.tested] for part in (first, again, other)]
    assert histories[0] == histories[1] != histories[2]
    assert split.sampled(10_000, 3) is split


def test_a_missing_file_says_where_the_data_are_to_be_had(tmp_path: Path) -> None:
    from benchmarks.recommend_data import load

    with pytest.raises(SystemExit, match=r"test\.txt is missing.*README"):
        load("gowalla", tmp_path)
    with pytest.raises(SystemExit, match="no data set 'netflix'"):
        load("netflix", tmp_path)
