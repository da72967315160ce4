"""Users whose memory says what they like, through the product itself, on drawn ratings."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def benchmarks_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty films of three genres; half of the people love comedy and hate horror, half not."""
    genres = ("Comedy", "Horror", "Drama")
    first = ("Silent", "Crimson", "Hollow", "Velvet", "Broken", "Golden")
    second = ("Harbor", "Orchard", "Letters", "Engine", "Sparrow", "Cathedral", "Meridian",
              "Lantern", "Quarry", "Viaduct")  # fmt: skip
    titles = [f"{one} {other}" for one in first for other in second]
    films = [f"{row + 1},{title} (1990),{genres[row % 3]}\n" for row, title in enumerate(titles)]
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n" + "".join(films))
    (tmp_path / "tags.csv").write_text("userId,movieId,tag,timestamp\n")
    source = np.random.default_rng(0)
    lines = []
    for user in range(40):
        stars = (5.0, 0.5, 3.0) if user % 2 else (0.5, 5.0, 3.0)
        for time, row in enumerate(source.permutation(60)[:30]):
            lines.append(f"{user + 1},{row + 1},{stars[row % 3]},{time}\n")
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(lines))
    return tmp_path


def test_people_say_what_they_rated_and_nothing_of_what_is_held_out(folder: Path) -> None:
    from benchmarks.recommend_data import cold_users, ml_latest_small
    from benchmarks.recommend_memory import HATED, person
    from benchmarks.recommend_memory import LOVED as MOST

    split = cold_users(ml_latest_small(folder), 0, 0.3)
    assert len(split.tested) > 1
    for tested in split.tested:
        one = person(split, tested, np.random.default_rng(0))
        said = " ".join(one.sentences)
        assert 0 < len(one.named) <= MOST + HATED
        assert not set(one.named) & (set(tested.wanted) | set(tested.disliked))
        assert all(split.items[row].title.removesuffix(" (1990)") in said for row in one.named)
        hated = [] if one.hated_genre is None else [one.hated_genre.lower()]
        assert all(f"I can't stand {genre} films." in one.sentences for genre in hated)


def test_a_memory_gives_better_lists_than_none_and_nothing_that_is_hated(folder: Path) -> None:
    pytest.importorskip("chromadb")
    pytest.importorskip("scipy")
    from benchmarks.recommend_data import cold_users, ml_latest_small
    from benchmarks.recommend_memory import SEEN, WITH, measure, person
    from benchmarks.recommend_product import product

    from usermind.models.embeddings import open_embedder

    split = cold_users(ml_latest_small(folder), 0, 0.15)
    source = np.random.default_rng(0)
    people = [person(split, tested, source) for tested in split.tested]
    with product(split, open_embedder("lexical"), lambda done, total: None) as made:
        ways = measure(made, people)
    assert ways[WITH].array("cR@20").mean() > ways[SEEN].array("cR@20").mean() + 0.1
    assert np.nanmax(ways[WITH].array("of a hated genre")) == 0.0
    assert np.nanmean(ways[SEEN].array("of a hated genre")) > 0
    assert ways[WITH].array("cites memory").mean() > 0.5


def test_places_are_those_of_the_list_and_infinite_beyond_it() -> None:
    from benchmarks.recommend_product import places_in

    found = places_in(np.array([7, 3, 9]), np.array([9, 4, 7]))
    assert found.tolist() == [3.0, np.inf, 1.0]


def test_titles_are_said_without_year_and_second_name() -> None:
    from benchmarks.recommend_product import said_title

    from usermind.tools.items import Item

    titles = ("Heat (1995)", "Léon (The Professional) (1994)", "(500) Days (2009)", "1984")
    said = [said_title(Item("1", title)) for title in titles]
    assert said == ["Heat", "Léon", "(500) Days", "1984"]
