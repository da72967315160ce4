"""Files of items and interactions: what is in them is read, and what is wrong is named by row."""

import csv
import json
import os
from collections import ChainMap
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usermind.errors import InvalidInputError
from usermind.tools import Catalogue, Item
from usermind.tools.interaction_files import read_interactions
from usermind.tools.interactions import Interaction
from usermind.tools.item_files import read_items
from usermind.tools.movielens import read_movies, spoken

HEAT = Item("1", "Heat", "A thief.", {"genre": ("Crime", "Drama"), "year": 1995.0, "sold": True})
EMMA = Item("2", "Emma, a novel", "", {"genre": ("Comedy",), "year": 1996.5})


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), "utf-8")
    return path


def lines(path: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path.write_text("".join(f"{row}\n" for row in rows), encoding)
    return path


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue(tmp_path / "catalogue", embedder="lexical") as made:
        yield made


# -- items --------------------------------------------------------------------------------


def test_jsonl_gives_attributes_beside_or_under_their_name(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path / "items.jsonl",
        {"id": 1, "title": " Heat ", "text": "A thief.", "genre": ["Crime", "Drama", "Crime"],
         "year": 1995, "sold": True, "director": None, "cast": []},
        "",
        {"id": "2", "title": "Emma,  a novel", "attributes": {"genre": ["Comedy"], "year": 1996.5}},
    )  # fmt: skip
    assert read_items(file) == [HEAT, EMMA]


@pytest.mark.parametrize(("name", "tab"), [("items.csv", ","), ("ITEMS.TSV", "\t")])
def test_a_column_says_of_what_type_its_cells_are(tmp_path: Path, name: str, tab: str) -> None:
    file = tmp_path / name
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out, delimiter=tab)
        writer.writerow(["id", "title", "text", "genre", "year", "sold", "code", "empty"])
        writer.writerow(["1", "Heat", "A thief.", "Crime|Drama", "1995", "TRUE", "007", ""])
        writer.writerow(["2", "Emma, a novel", "", " Comedy ", "1996.5", "", "x1", ""])
    first, second = read_items(file)
    assert first == Item(HEAT.id, HEAT.title, HEAT.text, {**HEAT.attributes, "code": "007"})
    assert second == Item(EMMA.id, EMMA.title, "", {**EMMA.attributes, "code": "x1"})


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "-nan", "N/A", "null", "None"])
def test_a_number_that_is_missing_is_no_word(tmp_path: Path, cell: str) -> None:
    file = lines(tmp_path / "items.csv", "id,title,year", "1,Heat,1995", f"2,Emma,{cell}")
    assert [item.attributes for item in read_items(file)] == [{"year": 1995.0}, {}]
    alone = lines(tmp_path / "alone.csv", "id,title,year,sold", "1,Heat,nan,", "2,Emma,NaN,")
    assert [item.attributes for item in read_items(alone)] == [{}, {}]


def test_what_stands_for_nothing_among_numbers_is_a_word_among_words(tmp_path: Path) -> None:
    file = lines(tmp_path / "items.csv", "id,title,region", "1,Heat,NA", "2,Emma,EU", "3,Alien,na")
    assert [item.attributes["region"] for item in read_items(file)] == ["NA", "EU", "na"]


def test_a_number_that_is_none_is_missing_in_typed_files_too(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path / "items.jsonl",
        {"id": "1", "title": "Heat", "year": 1995},
        '{"id": "2", "title": "Emma", "year": NaN}',
        {"id": "3", "title": "Alien", "year": None},
    )
    assert [item.attributes for item in read_items(file)] == [{"year": 1995.0}, {}, {}]
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table: dict[str, list[Any]] = {"id": ["1", "2"], "title": ["Heat", "Emma"]}
    table["year"] = [1995.0, float("nan")]
    parquet.write_table(pyarrow.table(table), tmp_path / "items.parquet")
    assert [each.attributes for each in read_items(tmp_path / "items.parquet")] == [
        {"year": 1995.0}, {},
    ]  # fmt: skip
    table["year"][1] = float("inf")
    parquet.write_table(pyarrow.table(table), tmp_path / "items.parquet")
    with pytest.raises(InvalidInputError, match="row 2: the attribute 'year' is no finite number"):
        read_items(tmp_path / "items.parquet")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("1995", "1996", "unknown"), "row 4: 'year' is 'unknown' here and numbers in most rows"),
        (("1995", "inf", "1997"), "row 3: 'year' is 'inf', which is no finite number"),
        (("1995", "1996", "1e999"), "row 4: 'year' is '1e999', which is no finite number"),
        (("1_995", "1996", "1997"), "row 2: 'year' is '1_995' here and numbers"),
        (("true", "False", "perhaps"), "row 4: 'year' is 'perhaps' here and yes or no in most"),
        (("1995", "1996", "true"), "row 4: 'year' is 'true' here and numbers"),
    ],
)
def test_a_cell_that_does_not_fit_its_column_is_a_fault_of_its_row(
    tmp_path: Path, values: tuple[str, ...], told: str
) -> None:
    rows = (f"{number},Film {number},{value}" for number, value in enumerate(values))
    file = lines(tmp_path / "items.csv", "id,title,year", *rows)
    with pytest.raises(InvalidInputError, match="Nothing was stored") as raised:
        read_items(file)
    assert told in str(raised.value)


@pytest.mark.parametrize("odd", ["unknown", "1996", ["1996"], True])
def test_a_value_that_does_not_fit_its_column_is_a_fault_in_typed_files_too(
    tmp_path: Path, odd: object
) -> None:
    years = (1995, 1996.5, odd, None)
    rows = ({"id": str(n), "title": "A", "year": year} for n, year in enumerate(years))
    with pytest.raises(InvalidInputError, match=r"row 3: 'year' is .* here and numbers in most"):
        read_items(jsonl(tmp_path / "items.jsonl", *rows))


def test_a_column_of_names_that_are_numbers_can_be_said_to_be_words(tmp_path: Path) -> None:
    rows = ("1,One,1989", "2,Two,25|", "3,Three,Lover")
    albums = read_items(lines(tmp_path / "items.csv", "id,title,album", *rows))
    assert [item.attributes["album"] for item in albums] == [("1989",), ("25",), ("Lover",)]


@pytest.mark.parametrize("name", ["half \ud800.csv", "a\x00b.jsonl", "half \ud800.parquet"])
def test_what_can_be_no_path_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_items(tmp_path / name)


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.jsonl", "pipe.parquet"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InvalidInputError, match="is no file"):
        read_items(tmp_path / name)


def test_a_day_that_no_calendar_has_is_told(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    days = pyarrow.array([2**30], pyarrow.date32())
    table = pyarrow.table({"id": ["heat"], "title": ["Heat"], "day": days})
    parquet.write_table(table, tmp_path / "items.parquet")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_items(tmp_path / "items.parquet")


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "id": [1, 2],
            "title": ["Heat", "Emma, a novel"],
            "text": ["A thief.", None],
            "genre": [["Crime", "Drama"], ["Comedy"]],
            "year": [1995.0, 1996.5],
            "sold": [True, None],
        }
    )
    parquet.write_table(table, tmp_path / "items.parquet")
    assert read_items(tmp_path / "items.parquet") == [HEAT, EMMA]
    events = pyarrow.table(
        {
            "user": ["ana", "bo"],
            "item": [1, 2],
            "rating": [5, None],
            "time": [datetime(2020, 1, 1, tzinfo=UTC), None],
        }
    )
    parquet.write_table(events, tmp_path / "events.parquet")
    assert list(read_interactions(tmp_path / "events.parquet")) == [
        Interaction("ana", "1", 1.0, 1577836800.0, 5.0),
        Interaction("bo", "2"),
    ]
    (tmp_path / "half.parquet").write_bytes((tmp_path / "items.parquet").read_bytes()[:-20])
    with pytest.raises(InvalidInputError, match="whole Parquet file"):
        read_items(tmp_path / "half.parquet")


OK = {"id": "ok", "title": "Fine"}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"id": "x", "title": "a", "n": 1' + "0" * 5000 + "}", "digits"),
        ("[" * 100_000, "no JSON"),
        ({"title": "Heat"}, "id: Field required"),
        ({"id": "x"}, "title: Field required"),
        ({"id": True, "title": "Heat"}, "id: "),
        ({"id": "x", "title": "  "}, "title"),
        ({"id": "x", "title": "a", "text": 5}, "text: "),
        ({"id": "x\u200b", "title": "a"}, "cannot be seen"),
        ({"id": "x", "title": "a", "who": {"b": 1}}, "attributes.who"),
        ({"id": "x", "title": "a", "who": ["b", 1]}, "attributes.who"),
        ({"id": "x", "title": "a", "attributes": ["b"]}, "attributes: "),
        ({"id": "x", "title": "a", "a=b": "c"}, "'a=b' cannot be called so"),
        ('{"id": "x", "title": "a", "n": -Infinity}', "finite"),
        ('{"id": "x", "title": "\\ud800"}', ""),
        (OK, "came before"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_stored(
    tmp_path: Path, catalogue: Catalogue, row: object, fault: str
) -> None:
    file = jsonl(tmp_path / "items.jsonl", OK, "", row, {"id": "y", "title": "b"})
    with pytest.raises(InvalidInputError, match=r"row 3: (.|\n)*Nothing was stored") as raised:
        catalogue.load(file)
    assert fault in str(raised.value)
    assert (len(catalogue), catalogue.version) == (0, 0)


def test_five_faults_are_told_and_the_others_counted(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "items.jsonl", *["{"] * 1_008)
    with pytest.raises(InvalidInputError, match=r"row 5: .*and 1,003 more") as raised:
        read_items(file)
    assert "row 6" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("none.csv", None, "No such file"),
        ("latin.jsonl", "é".encode("latin-1"), "cannot be read"),
        ("empty.csv", b"", "empty"),
        ("twice.csv", b"id,title,title\n", "two columns"),
        ("nameless.csv", b",id,title\n1,2,3\n", "no name"),
        (
            "cells.csv",
            b"id,title\n1,Heat,Crime\n2\n3,Emma\n",
            "row 2: 3 cells under 2 names; row 3",
        ),
        ("quote.csv", b'id,title\n1,"Heat\n', "cannot be read"),
        ("broken.parquet", b"PAR1", "cannot be read"),
        ("items.xlsx", b"PK", ".parquet"),
        ("folder", None, "MovieLens folder"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, catalogue: Catalogue, name: str, data: bytes | None, fault: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    elif name == "folder":
        path.mkdir()
    with pytest.raises(InvalidInputError, match="Nothing was stored") as raised:
        catalogue.load(path)
    assert fault in str(raised.value)
    assert catalogue.version == 0


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)


def of_kind(letter: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Attributes of one kind, by the first letter of their names: a file's columns are of one."""
    return st.dictionaries(
        st.from_regex(rf"{letter}[a-z]{{0,7}}", fullmatch=True), values, max_size=2
    )


given_items = st.lists(
    st.builds(
        Item,
        id=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=9),
        title=words,
        text=words,
        attributes=st.builds(
            ChainMap,
            of_kind("n", st.floats(allow_nan=False, allow_infinity=False)),
            of_kind("b", st.booleans()),
            of_kind("w", words | st.lists(words, min_size=1, max_size=3, unique=True).map(tuple)),
        ).map(dict),
    ),
    max_size=5,
    unique_by=lambda item: item.id,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(every=given_items, under=st.booleans())
def test_what_is_written_as_jsonl_is_read(tmp_path: Path, every: list[Item], under: bool) -> None:
    rows = [
        {"id": item.id, "title": item.title, "text": item.text}
        | ({"attributes": item.attributes} if under else dict(item.attributes))
        for item in every
        if under or not {"id", "title", "text", "attributes"} & item.attributes.keys()
    ]
    assert [i.id for i in read_items(jsonl(tmp_path / "i.jsonl", *rows))] == [r["id"] for r in rows]
    if under:
        assert read_items(tmp_path / "i.jsonl") == every


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), name=st.sampled_from(["a.jsonl", "a.csv", "a.tsv", "a.dat"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    readers: list[Callable[[Path], Any]] = [read_interactions]
    readers.append(read_movies if name.endswith(".dat") else read_items)
    for read in readers:
        with suppress(InvalidInputError):
            found = read(file)
            assert len(list(found)) == len(found)


# -- MovieLens ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Heat (1995)", "Heat (1995)"),
        ("Matrix, The (1999)", "The Matrix (1999)"),
        ("Avventura, L' (Adventure, The) (1960)", "L'Avventura (The Adventure) (1960)"),
        ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en) (1995)"),
        ("Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)",
         "The Good, the Bad and the Ugly (Il Buono, il brutto, il cattivo) (1966)"),
        ("Women of '69, Unboxed", "Women of '69, Unboxed"),
        ("Rocky VI (1986) ", "Rocky VI (1986)"),
        ("Crouching Tiger, Hidden Dragon (2000)", "Crouching Tiger, Hidden Dragon (2000)"),
    ],
)  # fmt: skip
def test_a_title_is_written_as_people_say_it(title: str, said: str) -> None:
    assert spoken(title) == said


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder like MovieLens' latest small one."""
    folder = tmp_path / "ml-latest-small"
    folder.mkdir()
    lines(
        folder / "movies.csv",
        "movieId,title,genres",
        '1,"Matrix, The (1999)",Action|Sci-Fi',
        "2,Fawlty Towers (1975-1979),Comedy",
        "3,Hyena Road,(no genres listed)",
    )
    lines(
        folder / "ratings.csv",
        "userId,movieId,rating,timestamp",
        "7,1,5.0,100",
        "7,2,0.5,200",
        "8,1,2.75,300",
        "8,9,4.0,400",
    )
    lines(folder / "tags.csv", "userId,movieId,tag,timestamp", "7,1,Hackers,1", "8,1,hackers,2",
          "7,1,cave,3", "7,9,lost,4")  # fmt: skip
    return folder


def test_a_folder_of_movielens_is_loaded_with_ratings_and_tags(
    small: Path, catalogue: Catalogue
) -> None:
    told: list[tuple[int, int]] = []
    items, events = catalogue.load(small, progress=lambda done, of: told.append((done, of)))
    assert (items.added, events.added, events.strangers) == (3, 3, 1)
    assert told == [(3, 7), (7, 7)]
    assert list(catalogue.items) == [
        Item("1", "The Matrix (1999)", "Tags: hackers, cave.",
             {"genre": ("Action", "Sci-Fi"), "year": 1999.0}),
        Item("2", "Fawlty Towers (1975-1979)", "", {"genre": ("Comedy",), "year": 1975.0}),
        Item("3", "Hyena Road", "", {}),
    ]  # fmt: skip
    assert catalogue.log().weights.tolist() == [1.0, -1.0, 0.0]
    assert catalogue.things == ("film", "movie", "films", "movies", "watch")
    assert catalogue.search("the matrix", 1)[0].item.id == "1"
    version = catalogue.version
    again = catalogue.load(small)
    assert (again[0].unchanged, again[1].unchanged) == (3, 3)
    assert catalogue.version == version


def test_a_file_of_it_is_loaded_alone(small: Path, catalogue: Catalogue) -> None:
    items, events = catalogue.load(small / "movies.csv")
    assert (items.added, events.added) == (3, 0)
    assert catalogue.get("1").text == ""
    catalogue.things = ("show",)
    _, events = catalogue.load(small / "movies.csv", interactions=small / "ratings.csv")
    assert events.added == 3
    assert catalogue.things == ("show",), "what was said is kept"


def test_pruning_deletes_what_the_folder_does_not_name(small: Path, catalogue: Catalogue) -> None:
    catalogue.load(small)
    lines(small / "movies.csv", "movieId,title,genres", "2,Fawlty Towers (1975),Comedy")
    assert catalogue.load(small)[0].deleted == 0
    items, events = catalogue.load(small, prune=True)
    assert (items.unchanged, items.deleted, events.strangers) == (1, 2, 3)
    assert catalogue.items.ids == ("2",)
    assert catalogue.sizes == (1, 1)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_the_older_format_is_loaded(tmp_path: Path, catalogue: Catalogue, encoding: str) -> None:
    folder = tmp_path / "ml-1m"
    folder.mkdir()
    films = ("1::Misérables, Les (1995)::Drama|Musical", "2::A :: B (2000)::War")
    lines(folder / "movies.dat", *films, encoding=encoding)
    lines(folder / "ratings.dat", "1::1::5::978300760", "1::2::1::978302109", "2::1::3::1")
    _, events = catalogue.load(folder)
    assert events.added == 3
    assert [item.title for item in catalogue.items] == ["Les Misérables (1995)", "A :: B (2000)"]
    assert catalogue.items[0].attributes == {"genre": ("Drama", "Musical"), "year": 1995.0}
    assert catalogue.log().weights.tolist() == [1.0, -1.0, 0.0]
    assert catalogue.log().times.tolist() == [978300760.0, 978302109.0, 1.0]


@pytest.mark.parametrize(
    ("file", "row", "told"),
    [
        ("movies.csv", "4,Heat (1995)", "row 5: 2 cells"),
        ("movies.csv", "1,Heat (1995),Crime", "row 5: the id '1' came before"),
        ("ratings.csv", "8,2,5.5,1", "row 6: the rating 5.5 is not from 0.5 to 5"),
        ("ratings.csv", "8,2,good,1", "row 6: rating: "),
        ("ratings.csv", "8,2,4,1500000000000", "row 6: the time 1.5e+12"),
        ("ratings.csv", ",2,4,1", "row 6: user: Field required"),
        ("tags.csv", "8,2", "row 6: 2 cells"),
    ],
)
def test_a_wrong_row_of_any_file_stops_all(
    small: Path, catalogue: Catalogue, file: str, row: str, told: str
) -> None:
    with (small / file).open("a") as out:
        out.write(row + "\n")
    with pytest.raises(InvalidInputError, match="Nothing was stored") as raised:
        catalogue.load(small)
    assert f"{small / file} cannot be loaded: {told}" in str(raised.value)
    assert catalogue.version == 0


# -- interactions -------------------------------------------------------------------------


def test_ratings_are_scaled_around_the_middle(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path / "events.jsonl",
        *({"user": n, "item": "a", "rating": n} for n in range(1, 11)),
    )
    found = list(read_interactions(file, scale=(1, 10)))
    assert [each.rating for each in found] == list(range(1, 11))
    assert [each.weight for each in found] == pytest.approx([(n - 5.5) / 4.5 for n in range(1, 11)])
    with pytest.raises(InvalidInputError, match="row 6: the rating 6 is not from 1 to 5") as raised:
        read_interactions(file)
    assert "row 9" in str(raised.value)
    with pytest.raises(InvalidInputError, match="from 5 to 1"):
        read_interactions(file, scale=(5, 1))


def test_what_a_row_of_interactions_may_say(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path / "events.jsonl",
        {"user": "ana", "item": "a"},
        {"user_id": 7, "item_id": 8, "weight": -0.5, "rating": 2, "timestamp": 100},
        {"userId": "ana", "itemId": "b", "weight": 1, "time": "1970-01-02"},
        {"user": "ana", "item": "c", "rating": None, "time": "1970-01-01T01:00:00+01:00"},
        '{"user": "ana", "item": "d", "time": NaN}',
    )
    found = read_interactions(file)
    assert list(found) == [
        Interaction("ana", "a"),
        Interaction("7", "8", -0.5, 100.0, 2.0),
        Interaction("ana", "b", 1.0, 86400.0),
        Interaction("ana", "c", 1.0, 0.0),
        Interaction("ana", "d"),
    ]
    assert len(found) == 5
    assert Interaction("ana", "a") in found
    assert Interaction("bo", "a") not in found


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"user": "u"}, "item: Field required"),
        ({"user": "u", "item": "a", "ratng": 3}, "ratng: Extra inputs"),
        ({"user": "u", "item": "a", "weight": 1.5}, "the weight is 1.5"),
        ({"user": "u", "item": "a", "time": "yesterday"}, "time: "),
        ({"user": "u", "item": "a", "time": "9" * 5000}, "time"),
        ({"user": "u" * 201, "item": "a"}, "longer than 200"),
        ({"user": "u", "item": "a\x07"}, "cannot be seen"),
        ('{"user": "u", "item": "a", "rating": NaN}', "rating: Input should be a finite number"),
        ('{"user": NaN, "item": "a"}', "user: Field required"),
        ('{"user": "u", "item": "a", "weight": Infinity}', "weight"),
        ({"user": ["u"], "item": "a"}, "user: "),
    ],
)
def test_a_wrong_interaction_is_named(tmp_path: Path, row: object, fault: str) -> None:
    file = jsonl(tmp_path / "events.jsonl", {"user": "u", "item": "a"}, row)
    with pytest.raises(InvalidInputError, match="row 2: ") as raised:
        read_interactions(file)
    assert fault in str(raised.value)


def test_interactions_with_nothing_of_the_catalogue_are_refused(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    file = jsonl(tmp_path / "items.jsonl", OK)
    events = jsonl(tmp_path / "events.jsonl", {"user": "u", "item": "other"})
    with pytest.raises(InvalidInputError, match="None of the 1 interactions"):
        catalogue.load(file, interactions=events)
    assert (len(catalogue), catalogue.version) == (0, 0)
