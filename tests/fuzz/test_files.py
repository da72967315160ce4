"""Files of rows and lines: what they hold is read, stored and deleted again, or refused."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from tests.fuzz.fuzzing import (
    HALVES,
    ODD_TEXTS,
    bounded,
    inputs,
    json_values,
    mangled,
    odd_text,
    refused,
    scalars,
)

from usermind import MemoryStore
from usermind.agents.sources import EventStream
from usermind.agents.watching import read_one
from usermind.errors import InvalidInputError
from usermind.evals.assessing import read_labelled
from usermind.ingest import BadLine, Tally, read_lines, store
from usermind.testing import StoppedClock
from usermind.tools import Catalogue
from usermind.tools.interaction_files import read_interactions
from usermind.tools.item_files import read_items

# -- observations ---------------------------------------------------------------------------

SAID: Final = (
    '{"text": "I moved to Oslo.", "at": "2026-05-04T09:30:00+02:00", "author": "user", '
    '"source": "chat", "session": "s1", "id": "s1:1"}\n'
    '{"text": "Bo is my dog\\u0021 \\ud83d\\udc36", "at": "2026-05-04T09:31:00", "id": 7}\n'
    '{"text": "Grüße aus Köln", "author": "Mia", "tier": "third_party"}\n'
).encode()
FIELDS: Final = ("text", "at", "author", "source", "session", "id", "tier", "more", "Text")
TIMES: Final = (
    *(
        "2026-05-04T09:30:00+02:00",
        "2026-05-04",
        "0001-01-01T00:00:00+14:00",
        "2026-W19-1",
        "today",
    ),
    *("9999-12-31T23:59:59-12:00", "2026-05-04T24:00", "20260504T093000Z", "1969-12-31T23:59:59Z"),
    *("2026-05-04T09:30:00+23:59:59.999999", "2999-01-01", "0001-01-01", "1900-02-29"),
)


def _jsonl(rows: list[Any]) -> bytes:
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return text.encode("utf-8", "surrogatepass")


def rows_of(
    names: tuple[str, ...], values: st.SearchStrategy[Any], *, most: int = 4
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return rows that have some of these fields."""
    row = st.dictionaries(st.sampled_from(names), values, max_size=len(names))
    return st.lists(row, min_size=1, max_size=most)


said = st.one_of(
    mangled(SAID),
    rows_of(FIELDS, st.one_of(scalars, st.sampled_from(TIMES), json_values)).map(_jsonl),
    st.builds(
        lambda rows: _jsonl([{"text": "I like tea.", **row} for row in rows]),
        rows_of(FIELDS[1:], st.one_of(odd_text, st.sampled_from(TIMES))),
    ),
)


@inputs(25)
@given(data=said)
def test_lines_are_stored_whole_and_deleted_or_told(
    open_store: Callable[..., MemoryStore], data: bytes
) -> None:
    kept = open_store()
    try:
        with bounded():
            ana = kept.user("ana")
            tally = Tally()
            for event in store(ana, read_lines(io.BytesIO(data))):
                tally.add(event)
                assert not isinstance(event, BadLine) or event.reason
            held = ana.observations(limit=100) if ana.exists else []
            assert len(held) == tally.stored
            if ana.exists:
                ana.recall("tea in Oslo", k=50)
                json.dumps([each.text for each in held], ensure_ascii=False).encode()
                ana.forget(observations=[each.id for each in held])
                assert not ana.observations(limit=100)
                ana.forget_everything()
            assert not ana.exists
    finally:
        kept.close()


@inputs(20)
@given(data=said)
def test_a_stream_of_events_tells_only_what_a_memory_takes(
    tmp_path: Path, open_store: Callable[..., MemoryStore], clock: StoppedClock, data: bytes
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(data)
    kept = open_store()
    try:
        with bounded():
            stream = EventStream(path, clock=clock)
            with kept.user("eve").pinned(create=True) as held:
                report, again = read_one(held, stream), read_one(held, stream)
            assert report.error is None
            assert all(part.why for part in report.bad)
            assert again.new == 0
            kept.user("eve").forget_everything()
    finally:
        kept.close()


# -- items and interactions -----------------------------------------------------------------

ITEMS: Final = {
    "jsonl": b'{"id": "heat", "title": "Heat", "genre": ["Crime", "Drama"], "year": 1995}\n'
    b'{"id": 7, "title": "Alien", "text": "Far", "attributes": {"year": 1979, "seen": true}}\n',
    "csv": "id,title,genre,year,seen\nheat,Heat,Crime|Drama,1995,true\n"
    '7,"Alien, the ""first""",Horror,1979,\namélie,Amélie,Comedy,2001,false\n'.encode(),
    "tsv": b"id\ttitle\tgenre\tyear\nheat\tHeat\tCrime|Drama\t1995\n7\tAlien\tHorror\t1979\n",
}
EVENTS: Final = {
    "jsonl": b'{"user": "u1", "item": "heat", "rating": 4.5, "time": 1260759144}\n'
    b'{"user_id": 2, "movieId": 7, "weight": -1, "timestamp": "2026-05-04T09:30:00Z"}\n',
    "csv": b"userId,movieId,rating,timestamp\n1,heat,4.0,1260759144\n2,7,0.5,1260759179\n",
    "tsv": b"user\titem\tweight\nu1\theat\t1\nu2\t7\t-0.5\n",
    "dat": b"1::1193::5::978300760\n1::661::3::978302109\n",
}
ITEM_FIELDS: Final = (
    "id",
    "title",
    "text",
    "genre",
    "year",
    "attributes",
    "#x",
    "a=b",
    "chroma:x",
    "",
)
EVENT_FIELDS: Final = ("user", "item", "rating", "weight", "time", "userId", "movieId", "extra")


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    """Return rows as Parquet; what it has no type for as text."""
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["id"]
    columns: dict[str, Any] = {}
    for name in names:
        values = [row.get(name) for row in rows]
        key = name.encode("utf-8", "replace").decode()
        try:
            column = pyarrow.array(values)
            parquet.write_table(pyarrow.table({"x": column}), io.BytesIO())
            columns[key] = column
        except (pyarrow.ArrowException, ValueError, TypeError, OverflowError):
            shown = [None if each is None else ascii(each)[:200] for each in values]
            columns[key] = pyarrow.array(shown)
    made = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), made)
    return made.getvalue()


def files_of(
    seeds: dict[str, bytes], names: tuple[str, ...]
) -> st.SearchStrategy[tuple[str, bytes]]:
    """Return an ending, and the bytes of such a file."""
    rows = rows_of(names, st.one_of(scalars, odd_text, json_values, st.sampled_from(("heat", "7"))))
    whole = _parquet([{"id": "heat", "title": "Heat", "user": "u", "item": "heat", "year": 1.5}])
    changed = [st.tuples(st.just(kind), mangled(seed)) for kind, seed in seeds.items()]
    return st.one_of(
        *changed,
        st.tuples(st.just("jsonl"), rows.map(_jsonl)),
        st.tuples(st.just("parquet"), rows.map(_parquet)),
        st.tuples(st.just("parquet"), mangled(whole)),
        st.tuples(
            st.sampled_from(("jsonl", "csv", "tsv", "parquet", "dat")), st.binary(max_size=60)
        ),
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with Catalogue(tmp_path_factory.mktemp("shelf"), embedder="lexical") as catalogue:
        yield catalogue


@inputs(25)
@given(file=files_of(ITEMS, ITEM_FIELDS))
def test_items_are_read_stored_and_deleted_or_told(
    tmp_path: Path, shelf: Catalogue, file: tuple[str, bytes]
) -> None:
    path = tmp_path / f"items.{file[0]}"
    path.write_bytes(file[1])
    with bounded(), refused(InvalidInputError, told="Nothing was stored"):
        items = read_items(path)
        try:
            shelf.add(items)
            for each in items:
                assert shelf.get(each.id) == each
                assert shelf.search(each.title, k=2)
        finally:
            shelf.delete([each.id for each in items if each.id in shelf])
        assert len(shelf) == 0


@inputs(40)
@given(file=files_of(EVENTS, EVENT_FIELDS))
def test_interactions_are_read_and_stored_or_told(
    tmp_path: Path, shelf: Catalogue, file: tuple[str, bytes]
) -> None:
    path = tmp_path / f"events.{file[0]}"
    path.write_bytes(file[1])
    with bounded(), refused(InvalidInputError, told="Nothing was stored"):
        events = read_interactions(path)
        shelf.add_interactions(list(events))


# -- labels of a judge ----------------------------------------------------------------------

LABELS: Final = (
    b'{"question": {"persona": {"name": "Ana", "facts": ["lives in Oslo"]}, "first": "A", '
    b'"second": "B"}, "label": "first"}\n' * 2
)


@inputs(60)
@given(data=st.one_of(mangled(LABELS), st.lists(json_values, max_size=3).map(_jsonl)))
def test_labels_are_read_or_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(data)
    with bounded(), refused(InvalidInputError, told="Nothing was judged"):
        assert read_labelled(path)


# -- what a path may be ---------------------------------------------------------------------

READERS: Final[dict[str, Callable[[Path], object]]] = {
    "items": read_items,
    "interactions": read_interactions,
    "labels": read_labelled,
}


@pytest.mark.parametrize("name", READERS)
@inputs(15, share=0.1)
@given(
    odd=st.one_of(st.sampled_from((*ODD_TEXTS, *HALVES)), odd_text),
    ending=st.sampled_from((".jsonl", ".csv", ".parquet", ".dat", "")),
)
def test_any_path_is_read_or_told(tmp_path: Path, name: str, odd: str, ending: str) -> None:
    with bounded(), pytest.raises(InvalidInputError):
        READERS[name](tmp_path / f"{odd}{ending}".replace("/", "_"))
